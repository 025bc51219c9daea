"""The combinations list as seeds 000 and 003 describe it, and what does not go together in a row."""

from __future__ import annotations

import io

import openpyxl
import pytest

from cpl.epcl import EpclEntry, EpclIndex, Evidence, InstallationStatus
from cpl.product import DeviceModel
from cpl.reading import read_epcl

HEADINGS = (
    "EPCL Entry ID,Cohort,Installation Status,Tested / SE,SE to,Solution Release,GSME Model,GSME F/W,"
    "GSME hardware version,GSME hardware revision,ESME Model,ESME F/W,ESME hardware version,"
    "CH Model,CH F/W,CH Hardware variant,PPMID Model,PPMID Firmware,PPMID Manufacturer,SMSO ID,CH WAN Provider"
)
SECURE = (
    "002255,Secure,Active,Tested,,-,Liberty EG4v11,Q4X2G0E,0x12A,N/A,Liberty 100,P4X9G01,0x131,"
    "Skyline i-510,HUB3F0X,0x02,Pipit 500,IHDAE05,Secure,SMSO-1,WAN-1"
)
ENTRY = EpclEntry(
    entry_id="002255",
    cohort="Secure",
    installation_status=InstallationStatus.ACTIVE,
    gsme=DeviceModel(model="Liberty EG4v11", hardware_version="0x12A", vendor_version="Q4X2G0E"),
    esme=DeviceModel(model="Liberty 100", hardware_version="0x131", vendor_version="P4X9G01"),
    hub=DeviceModel(model="Skyline i-510", hardware_version="0x02", vendor_version="HUB3F0X"),
    ppmid=DeviceModel(manufacturer="Secure", model="Pipit 500", vendor_version="IHDAE05"),
    smso="SMSO-1",
    wan_provider="WAN-1",
)
SHORT = "entry_id,cohort,installation_status,evidence,equivalent_to,esme_model,esme_vendor_version,gsme_vendor_version"


def short(row: str) -> bytes:
    return f"{SHORT}\n{row}\n".encode()


def test_the_columns_of_the_draft_list_are_read() -> None:
    reading = read_epcl("epcl", f"{HEADINGS}\n{SECURE}\n".encode())
    assert () == reading.unusable
    assert () == reading.unknown_columns
    assert (ENTRY,) == reading.rows
    assert Evidence.TESTED is ENTRY.evidence


def test_an_entry_id_that_is_a_number_in_a_workbook_gets_its_six_digits_back() -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADINGS.split(","))
    book.active.append([2255, *SECURE.split(",")[1:]])
    out = io.BytesIO()
    book.save(out)
    assert (ENTRY,) == read_epcl("epcl", out.getvalue()).rows


EVIDENCE = {
    "tested": ("002370,FOC,Dormant,Tested,,M,1,", None),
    "equivalent, said in words": ("002370,FOC,Dormant,Substantively Equivalent,002255,M,1,", "002255"),
    "equivalent, abbreviated": ("002370,FOC,Mixed,SE,002255,M,1,", "002255"),
    "equivalent, by the entry alone": ("002370,FOC,Mixed,,002255,M,1,", "002255"),
}


@pytest.mark.parametrize(("row", "parent"), EVIDENCE.values(), ids=EVIDENCE.keys())
def test_the_evidence_is(row: str, parent: str | None) -> None:
    reading = read_epcl("epcl", short(row))
    assert () == reading.unusable
    assert parent == reading.rows[0].equivalent_to


MISFITS = {
    "no evidence at all": (
        "002370,FOC,Mixed,,,M,1,",
        "epcl, row 2, column 'evidence': expected Tested or Substantively Equivalent, found neither",
    ),
    "tested and equivalent at once": (
        "002370,FOC,Mixed,Tested,002255,M,1,",
        "epcl, row 2, column 'evidence': expected Tested or an entry it is equivalent to, found both (Tested, 002255)",
    ),
    "equivalent to nothing": (
        "002370,FOC,Mixed,SE,,M,1,",
        "epcl, row 2, column 'equivalent_to': expected the tested entry it is Substantively Equivalent to, found none",
    ),
    "an entry id of another width": (
        "2370,FOC,Mixed,Tested,,M,1,",
        "epcl, row 2, column 'entry_id': expected six digits, found '2370'",
    ),
    "an unknown installation status": (
        "002370,FOC,Asleep,Tested,,M,1,",
        "epcl, row 2, column 'installation_status': expected Active, Dormant or Mixed, found 'Asleep'",
    ),
    "equivalent to itself": (
        "002370,FOC,Mixed,SE,002370,M,1,",
        "epcl, row 2, column 'equivalent_to': expected another entry, found 002370 itself",
    ),
    "firmware without a model": (
        "002370,FOC,Mixed,Tested,,M,1,2",
        "epcl, row 2, column 'gsme_model': expected a model, found only vendor_version",
    ),
    "no device model": (
        "002370,FOC,Mixed,Tested,,,,",
        "epcl, row 2: expected the model of a GSME, ESME, hub or PPMID, found none",
    ),
}


@pytest.mark.parametrize(("row", "message"), MISFITS.values(), ids=MISFITS.keys())
def test_a_row_is_unusable_for(row: str, message: str) -> None:
    reading = read_epcl("epcl", short(row))
    assert () == reading.rows
    assert [message] == [str(unusable) for unusable in reading.unusable]


OTHER = EpclEntry(
    entry_id="002370",
    cohort="Secure",
    installation_status=InstallationStatus.DORMANT,
    equivalent_to="002255",
    esme=DeviceModel(model="Liberty 100", hardware_version="0x132", vendor_version="P4X9G01"),
)
LOOK_UPS = {
    "a model of both entries": (DeviceModel(model=" liberty 100"), ["002255", "002370"]),
    "a hardware version of one": (DeviceModel(model="Liberty 100", hardware_version="0X132"), ["002370"]),
    "a hardware version of none": (DeviceModel(model="Liberty 100", hardware_version="0x133"), []),
    "a hardware version where the entry states none": (
        DeviceModel(model="Pipit 500", hardware_version="7", manufacturer="SECURE"),
        ["002255"],
    ),
    "another maker's model of that name": (DeviceModel(model="Pipit 500", manufacturer="Chameleon"), []),
    "a version with blanks that the entry does not have": (
        DeviceModel(model="Liberty 100", hardware_version="0x131", vendor_version="P4 X9G01 "),
        ["002255"],
    ),
    "a model nobody lists": (DeviceModel(model="Pipit 900"), []),
}


@pytest.mark.parametrize(("model", "expected"), LOOK_UPS.values(), ids=LOOK_UPS.keys())
def test_the_entries_are_found_for(model: DeviceModel, expected: list[str]) -> None:
    index = EpclIndex([OTHER, ENTRY])
    assert expected == [entry.entry_id for entry in index.containing(model)]


@pytest.mark.parametrize(("model", "expected"), LOOK_UPS.values(), ids=LOOK_UPS.keys())
def test_the_list_knows_whether_it_names(model: DeviceModel, expected: list[str]) -> None:
    assert bool(expected) is EpclIndex([OTHER, ENTRY]).names(model)


def test_an_entry_is_found_by_its_id() -> None:
    index = EpclIndex([OTHER, ENTRY])
    assert 2 == len(index)
    assert ENTRY == index.entry("002255")
    assert index.entry("002256") is None
