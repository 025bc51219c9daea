"""The rules between the lists: each kept, and each broken with the rows concerned."""

from __future__ import annotations

import msgspec
import pytest

from cpl.epcl import EpclEntry, InstallationStatus
from cpl.product import CplEntry, DeviceModel
from cpl.product_list import ProductList
from cpl.rules import LIST_RULES, Violation, non_epcl_entries, violations
from schemas.vocabulary import CplStatus, DeviceType, Generation


def listed(entry_id: str, **changes: object) -> CplEntry:
    base = CplEntry(
        entry_id=entry_id,
        device_type=DeviceType.ESME,
        generation=Generation.SMETS1,
        manufacturer="Secure",
        model="Liberty 100",
        firmware_version="P4X9G01",
    )
    return msgspec.structs.replace(base, **changes)


def combined(entry_id: str, parent: str | None = None, **esme: str) -> EpclEntry:
    return EpclEntry(
        entry_id=entry_id,
        cohort="Secure",
        installation_status=InstallationStatus.ACTIVE,
        equivalent_to=parent,
        esme=DeviceModel(**{"model": "Liberty 100", "vendor_version": "P4X9G01", **esme}),
    )


SMETS1 = listed("1")
SMETS2 = listed("2", generation=Generation.SMETS2)
ELIGIBLE = combined("002255")
LONG = {"firmware_version": "ASP40401", "vendor_version": "ASP04.04.01-55497"}
ON_EPCL, BILINGUAL, EQUIVALENT = (rule.name for rule in LIST_RULES)

KEPT = {
    "a SMETS1 model in an EPCL entry": ([SMETS1], [ELIGIBLE]),
    "a SMETS1 model that an EPCL entry names without its maker": (
        [SMETS1],
        [combined("002255", manufacturer="SECURE")],
    ),
    "a version that the EPCL gives in the vendor's form, with a blank more": (
        [listed("1", **LONG)],
        [combined("002255", vendor_version="ASP 04.04.01-55497")],
    ),
    "a version that the EPCL gives in the form of DUIS": (
        [listed("1", **LONG)],
        [combined("002255", vendor_version="ASP40401")],
    ),
    "an identifier whose name the EPCL gives": (
        [listed("1", manufacturer="10A1", manufacturer_name="Secure", model="010A0301", model_name="Liberty 100")],
        [combined("002255", manufacturer="Secure")],
    ),
    "a SMETS2+ model in no EPCL entry": ([SMETS2], []),
    "a SMETS1 entry that is out of force": ([listed("1", status=CplStatus.WITHDRAWN)], []),
    "a bilingual model with a version for each generation": (
        [SMETS1, msgspec.structs.replace(SMETS2, firmware_version="P4X9G02")],
        [ELIGIBLE],
    ),
    "a bilingual model whose mistaken entry was withdrawn": (
        [SMETS1, msgspec.structs.replace(SMETS2, status=CplStatus.WITHDRAWN)],
        [ELIGIBLE],
    ),
    "an entry that is equivalent to a tested one": ([], [ELIGIBLE, combined("002256", "002255")]),
}


@pytest.mark.parametrize(("cpl", "epcl"), KEPT.values(), ids=KEPT.keys())
def test_no_rule_is_broken_by(cpl: list[CplEntry], epcl: list[EpclEntry]) -> None:
    assert {} == violations(ProductList(cpl, epcl))


BROKEN = {
    "a SMETS1 model in no EPCL entry": (
        [SMETS1],
        [],
        {
            ON_EPCL: (
                Violation(cpl=("1",), reason="CPL entry 1: firmware P4X9G01 of Secure/Liberty 100 is in no EPCL entry"),
            )
        },
    ),
    "a SMETS1 version that no EPCL entry has": (
        [listed("1", firmware_version="P4X9G02")],
        [ELIGIBLE],
        {
            ON_EPCL: (
                Violation(cpl=("1",), reason="CPL entry 1: firmware P4X9G02 of Secure/Liberty 100 is in no EPCL entry"),
            )
        },
    ),
    "hardware that no EPCL entry has": (
        [listed("1", hardware_version="0x132")],
        [combined("002255", hardware_version="0x131")],
        {
            ON_EPCL: (
                Violation(cpl=("1",), reason="CPL entry 1: firmware P4X9G01 of Secure/Liberty 100 is in no EPCL entry"),
            )
        },
    ),
    "one version for both generations of a model": (
        [SMETS1, msgspec.structs.replace(SMETS2, manufacturer="SECURE ")],
        [ELIGIBLE],
        {
            BILINGUAL: (
                Violation(
                    cpl=("1", "2"),
                    reason="CPL entries 1 (SMETS1) and 2 (SMETS2+) are both firmware P4X9G01 of Secure/Liberty 100",
                ),
            )
        },
    ),
    "an entry that is equivalent to none on the list": (
        [],
        [combined("002256", "002255")],
        {
            EQUIVALENT: (
                Violation(
                    epcl=("002256",),
                    reason="EPCL entry 002256 is Substantively Equivalent to 002255, which is not on the list",
                ),
            )
        },
    ),
    "an entry that is equivalent to an untested one": (
        [],
        [ELIGIBLE, combined("002256", "002255"), combined("002257", "002256")],
        {
            EQUIVALENT: (
                Violation(
                    epcl=("002257", "002256"),
                    reason="EPCL entry 002257 is Substantively Equivalent to 002256, which is itself only "
                    "equivalent to 002255",
                ),
            )
        },
    ),
}


@pytest.mark.parametrize(("cpl", "epcl", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_rule_is_broken_by(
    cpl: list[CplEntry], epcl: list[EpclEntry], expected: dict[str, tuple[Violation, ...]]
) -> None:
    assert expected == violations(ProductList(cpl, epcl))


def test_every_rule_is_broken_somewhere_here_and_says_what_it_demands() -> None:
    assert {rule.name for rule in LIST_RULES} == {name for *_, expected in BROKEN.values() for name in expected}
    assert all(rule.finds.__doc__ and rule.cites for rule in LIST_RULES)


def test_a_non_epcl_device_model_is_on_the_cpl_in_force_and_in_no_epcl_entry() -> None:
    other = listed("3", model="Liberty 110", generation=Generation.SMETS2)
    gone = listed("4", model="Liberty 120", status=CplStatus.EXPIRED)
    assert (other,) == non_epcl_entries(ProductList([SMETS1, other, gone], [ELIGIBLE]))
