"""The report on bilingual PPMIDs: which devices are in it, how they are treated, and what does not go together."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import msgspec
import pytest
from estate import ESME_2, HUB_1, HUB_2, PPMID_1, PPMID_2, PRODUCTS

from cpl.product_list import ProductList
from routing.inventory import Device
from routing.policy import PpmidPolicy
from routing.ppmid_report import BilingualDevice, ConflictKind, bilingual_device
from schemas.vocabulary import CplStatus, Generation

TACTICAL, ENDURING = PpmidPolicy.PRENOTIFIED, PpmidPolicy.ASSOCIATED_HUB
SMETS1_ENTRY = msgspec.structs.replace(PPMID_1, cpl_entry="131", firmware_version="FFFF0001")
SMETS2_ENTRY = msgspec.structs.replace(PPMID_2, cpl_entry="130", firmware_version="00004002")
WITHOUT_SMETS2 = ProductList(
    msgspec.structs.replace(entry, status=CplStatus.WITHDRAWN, status_since=date(2026, 1, 5))
    if entry.entry_id == "130"
    else entry
    for entry in PRODUCTS.entries
)


def reported(device: Device, hub: Device | None, products: ProductList = PRODUCTS) -> BilingualDevice:
    found = bilingual_device(device, hub, products)
    assert found is not None
    return found


def at(device: Device, hub: Device | None) -> Device:
    return msgspec.structs.replace(device, hub=None if hub is None else hub.id)


LEFT_OUT = {
    "a PPMID of a model of one generation": msgspec.structs.replace(PPMID_2, model="MONOLINGUAL"),
    "a PPMID of a model that is not listed": msgspec.structs.replace(PPMID_2, model="UNLISTED"),
    "a meter": msgspec.structs.replace(ESME_2, model="BILINGUAL"),
}


@pytest.mark.parametrize("device", LEFT_OUT.values(), ids=LEFT_OUT.keys())
def test_the_report_leaves_out(device: Device) -> None:
    assert bilingual_device(device, HUB_2, PRODUCTS) is None


def test_a_row_tells_what_was_fixed_and_where_the_device_is() -> None:
    row = reported(SMETS1_ENTRY, HUB_1)
    assert (PPMID_1.id, "10A1", "BILINGUAL", PPMID_1.status) == (row.device, row.manufacturer, row.model, row.status)
    assert (Generation.SMETS1, "131", "FFFF0001") == (row.prenotified_as, row.cpl_entry, row.firmware_version)
    assert (HUB_1.id, Generation.SMETS1, ()) == (row.hub, row.hub_generation, row.conflicts)


def test_a_device_that_runs_the_other_entrys_version_is_told_with_it_and_no_conflict() -> None:
    row = reported(msgspec.structs.replace(SMETS1_ENTRY, read_firmware_version="00004002"), HUB_1)
    assert ("FFFF0001", "00004002", ()) == (row.firmware_version, row.read_firmware_version, row.conflicts)


class Case(NamedTuple):
    device: Device
    hub: Device | None
    tactical: str
    """``cannot be reached``, or the generation with its S1SP."""
    enduring: str
    conflicts: dict[ConflictKind, str]
    products: ProductList = PRODUCTS


LOST = "cannot be reached"
CASES = {
    "a SMETS1 device among its own": Case(SMETS1_ENTRY, HUB_1, "SMETS1 S1SP-A", "SMETS1 S1SP-A", {}),
    "a SMETS2+ device among its own": Case(SMETS2_ENTRY, HUB_2, "SMETS2+", "SMETS2+", {}),
    "a device that is not joined yet": Case(at(SMETS1_ENTRY, None), None, "SMETS1", "SMETS1", {}),
    "a SMETS1 device at a SMETS2+ hub": Case(
        at(SMETS1_ENTRY, HUB_2),
        HUB_2,
        LOST,
        "SMETS2+",
        {
            ConflictKind.WRONG_INSTALLATION: f"pre-notified as SMETS1 and joined to the SMETS2+ hub {HUB_2.id} "
            "(prenotified: nothing can be sent to it; associated_hub: treated as SMETS2+)"
        },
    ),
    "a SMETS2+ device at a SMETS1 hub": Case(
        at(SMETS2_ENTRY, HUB_1),
        HUB_1,
        LOST,
        "SMETS1 S1SP-A",
        {
            ConflictKind.WRONG_INSTALLATION: f"pre-notified as SMETS2+ and joined to the SMETS1 hub {HUB_1.id} "
            "(prenotified: nothing can be sent to it; associated_hub: treated as SMETS1)"
        },
    ),
    "a device whose hub is not there": Case(
        SMETS2_ENTRY,
        None,
        "SMETS2+",
        "SMETS2+",
        {ConflictKind.UNKNOWN_HUB: f"its hub {HUB_2.id} is not in the inventory"},
    ),
    "a SMETS2+ device at a SMETS1 hub of no S1SP": Case(
        at(SMETS2_ENTRY, HUB_1),
        msgspec.structs.replace(HUB_1, s1sp=None),
        LOST,
        "SMETS1",
        {
            ConflictKind.WRONG_INSTALLATION: f"pre-notified as SMETS2+ and joined to the SMETS1 hub {HUB_1.id} "
            "(prenotified: nothing can be sent to it; associated_hub: treated as SMETS1)",
            ConflictKind.NO_PROVIDER: "associated_hub treats it as SMETS1, and neither it nor its hub names an S1SP",
        },
    ),
    "a SMETS1 device of another S1SP than its hub": Case(
        msgspec.structs.replace(SMETS1_ENTRY, s1sp="S1SP-B"),
        HUB_1,
        "SMETS1 S1SP-B",
        "SMETS1 S1SP-B",
        {ConflictKind.OTHER_PROVIDER: "its record names the S1SP S1SP-B, that of its hub S1SP-A"},
    ),
    "a SMETS1 device with the version that really runs": Case(
        msgspec.structs.replace(SMETS1_ENTRY, firmware_version="00004002"),
        HUB_1,
        "SMETS1 S1SP-A",
        "SMETS1 S1SP-A",
        {
            ConflictKind.VERSION_OF_OTHER_ENTRY: "firmware 00004002 is that of the SMETS2+ entry 130, "
            "and it was pre-notified as SMETS1"
        },
    ),
    "a device with a version of no entry": Case(
        msgspec.structs.replace(SMETS2_ENTRY, firmware_version="99999999"),
        HUB_2,
        "SMETS2+",
        "SMETS2+",
        {
            ConflictKind.VERSION_NOT_LISTED: "firmware 99999999 of 10A1/BILINGUAL is not on the CPL "
            f"(revision {PRODUCTS.revision}): no entry of this model names this version; "
            "listed for this model: 00004002, FFFF0001"
        },
    ),
    "a device that says it runs a version of no entry": Case(
        msgspec.structs.replace(SMETS1_ENTRY, read_firmware_version="77777777"),
        HUB_1,
        "SMETS1 S1SP-A",
        "SMETS1 S1SP-A",
        {ConflictKind.READ_OF_NO_ENTRY: "it says that it runs 77777777, which no entry of 10A1/BILINGUAL names"},
    ),
    "a SMETS1 device at a SMETS2+ hub when the SMETS2+ entry was withdrawn": Case(
        at(SMETS1_ENTRY, HUB_2),
        HUB_2,
        LOST,
        LOST,
        {
            ConflictKind.WRONG_INSTALLATION: f"pre-notified as SMETS1 and joined to the SMETS2+ hub {HUB_2.id} "
            "(prenotified: nothing can be sent to it; associated_hub: nothing can be sent to it)",
            ConflictKind.ONE_ENTRY_LEFT: "of 10A1/BILINGUAL only SMETS1 entries are in force, "
            "so no policy lets its hub decide",
        },
        WITHOUT_SMETS2,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_reported_is(case: Case) -> None:
    row = reported(case.device, case.hub, case.products)
    told = {
        policy: f"{one.generation.value} {one.s1sp or ''}".strip() if one.reachable else LOST
        for policy, one in row.treatments.items()
    }
    assert {TACTICAL: case.tactical, ENDURING: case.enduring} == told
    assert case.conflicts == {conflict.kind: conflict.says for conflict in row.conflicts}


def test_every_kind_of_conflict_is_shown_by_a_case() -> None:
    assert set(ConflictKind) == {kind for case in CASES.values() for kind in case.conflicts}
