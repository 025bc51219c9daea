"""The canonical form is taken as it was written, and nothing else is taken for it."""

from __future__ import annotations

import re

import pytest

from cpl.product import CplEntry
from cpl.reading_back import NotAsWritten, read_back_cpl, read_back_epcl, read_back_ppcl
from schemas.vocabulary import DeviceType, Generation

HEADER = "entry_id,device_type,generation,manufacturer,model,firmware_version"
ROW = "1001,ESME,SMETS2+,10A1,010A030B,00000000"
EPCL_PARTS = [
    f"{device}_{part}"
    for device in ("gsme", "esme", "hub", "ppmid")
    for part in ("manufacturer", "model", "hardware_version", "hardware_revision", "vendor_version")
]
EPCL_HEADER = ",".join(["entry_id", "cohort", "installation_status", *EPCL_PARTS])


def test_a_list_from_before_some_columns_were_added_is_read() -> None:
    entry = CplEntry(
        entry_id="1001",
        device_type=DeviceType.ESME,
        generation=Generation.SMETS2,
        manufacturer="10A1",
        model="010A030B",
        firmware_version="00000000",
    )
    assert (entry,) == read_back_cpl(f"{HEADER}\n{ROW}\n".encode())


def test_what_was_accepted_once_is_not_judged_again() -> None:
    (entry,) = read_back_cpl(f"{HEADER},gbcs_version\n{ROW},GBCS 9.9\n".encode())
    assert "GBCS 9.9" == entry.gbcs_version


NOT_AS_WRITTEN = {
    "an empty file": (read_back_cpl, "", "row 1: expected our own names of the columns, found nothing"),
    "other headings": (
        read_back_cpl,
        "CPL Entry ID,Device",
        "row 1: expected our own names of the columns, found CPL Entry ID, Device",
    ),
    "a heading twice": (
        read_back_cpl,
        "entry_id,entry_id",
        "row 1: expected our own names of the columns, found entry_id, entry_id",
    ),
    "a short row": (read_back_cpl, f"{HEADER}\n1001,ESME", "row 2: expected 6 cells, found 2"),
    "a value that is not ours": (
        read_back_cpl,
        f"{HEADER}\n{ROW}\n{ROW.replace('SMETS2+', 'smets 2')}",
        "row 3: Invalid enum value 'smets 2' - at `$.generation`",
    ),
    "a missing value": (
        read_back_cpl,
        f"{HEADER}\n{ROW.replace('10A1', '')}",
        "row 2: Object missing required field `manufacturer`",
    ),
    "a hash that is none": (
        read_back_cpl,
        f"{HEADER},firmware_hash\n{ROW},xyz",
        "row 2: expected hexadecimal digits, found 'xyz'",
    ),
    "a quote that never ends": (read_back_cpl, f'{HEADER}\n"{ROW}', "row 2: unexpected end of data"),
    "a model without its columns": (
        read_back_epcl,
        EPCL_HEADER.replace(",ppmid_vendor_version", ""),
        "row 1: expected the columns of every model, found none for ppmid_vendor_version",
    ),
    "a part without a model": (
        read_back_epcl,
        f"{EPCL_HEADER}\n002255,Secure,Active,Maker{',' * 19}",
        "row 2: Object missing required field `model`",
    ),
    "a share that is none": (
        read_back_ppcl,
        f"{EPCL_HEADER},installed_now\n002255,Secure,Active,,M{',' * 18},lots",
        "row 2: Expected `object | null`, got `str` - at `$.installed_now`",
    ),
}


@pytest.mark.parametrize(("read", "text", "message"), NOT_AS_WRITTEN.values(), ids=NOT_AS_WRITTEN.keys())
def test_this_is_not_as_written(read: object, text: str, message: str) -> None:
    with pytest.raises(NotAsWritten, match=f"^{re.escape(message)}$"):
        read(text.encode())  # type: ignore[operator]
