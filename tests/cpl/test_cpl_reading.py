"""Readers against lists as people write them: every spelling, every way to be wrong."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from cpl.columns import CPL_COLUMNS, Column
from cpl.combination_columns import EPCL_COLUMNS, FLEET_COLUMNS, PPCL_COLUMNS
from cpl.product import CplEntry
from cpl.reading import read_cpl
from cpl.rows import Unusable
from schemas.vocabulary import CplStatus, DeviceType, Generation

HASH = "00" * 31 + "Ab"
ENTRY = CplEntry(
    entry_id="1001",
    device_type=DeviceType.ESME,
    generation=Generation.SMETS2,
    manufacturer="10A1",
    model="010A030B",
    firmware_version="00000000",
)
PLAIN = "entry_id,device_type,generation,manufacturer,model,firmware_version"
ROW = "1001,ESME,SMETS2+,10A1,010A030B,00000000"


def csv_of(*lines: str) -> bytes:
    return "\n".join(lines).encode() + b"\n"


def xlsx_of(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


SAME_LIST = {
    "our own headings": csv_of(PLAIN, ROW),
    "headings in another order": csv_of(
        "firmware_version,model,manufacturer,generation,device_type,entry_id",
        "00000000,010A030B,10A1,SMETS2+,ESME,1001",
    ),
    "headings as a person writes them": csv_of(
        "CPL Entry ID,Physical Device Type,SMETS Generation,Manufacturer Identifier,Device Model,F/W Version", ROW
    ),
    "headings in capitals with odd spacing": csv_of(
        " ENTRY-ID , DEVICE  TYPE ,GENERATION,MANUFACTURER,MODEL,FIRMWARE VERSION", ROW
    ),
    "a byte order mark": b"\xef\xbb\xbf" + csv_of(PLAIN, ROW),
    "Windows line ends": csv_of(PLAIN, ROW).replace(b"\n", b"\r\n"),
    "no line end after the last row": csv_of(PLAIN, ROW).rstrip(),
    "spaces around values": csv_of(PLAIN, " 1001 ,ESME ,SMETS2+ ,10A1  ,010A030B ,00000000\u00a0"),
    "blank rows between": csv_of(PLAIN, "", ",,,,,", ROW, " , ,,,,"),
    "a title above the header": csv_of("Central Products List,,,,,", "as of 03/12/2021", PLAIN, ROW),
    "quoted values": csv_of(PLAIN, '"1001","ESME","SMETS2+","10A1","010A030B","00000000"'),
    "device types in words": csv_of(PLAIN, ROW.replace("ESME", "Electricity Smart Metering Equipment")),
    "the generation as people say it": csv_of(PLAIN, ROW.replace("SMETS2+", "SMETS 2")),
    "a workbook": xlsx_of(CPL=[PLAIN.split(","), ROW.split(",")]),
    "a workbook with a sheet of notes": xlsx_of(
        Notes=[["Published by", "someone"], ["Version", 12]], CPL=[PLAIN.split(","), ROW.split(",")]
    ),
    "a workbook whose entry ids are numbers": xlsx_of(CPL=[PLAIN.split(","), [1001, *ROW.split(",")[1:]]]),
}


@pytest.mark.parametrize("data", SAME_LIST.values(), ids=SAME_LIST.keys())
def test_the_same_list_is_read_from(data: bytes) -> None:
    reading = read_cpl("list", data)
    assert () == reading.unusable
    assert (ENTRY,) == reading.rows


OPTIONAL = {
    "a British date": ("status_since", "03/05/2024", "status_since", date(2024, 5, 3)),
    "a British date without zeros": ("Status Date", "3/5/2024", "status_since", date(2024, 5, 3)),
    "an ISO date": ("Since", "2024-05-03", "status_since", date(2024, 5, 3)),
    "a date with dots and two digits for the year": ("Date Removed", "03.12.21", "status_since", date(2021, 12, 3)),
    "a date in words": ("Date Added", "30 August 2022", "listed_on", date(2022, 8, 30)),
    "a date as a spreadsheet shows it": ("CPA Expiry Date", "30-Aug-22", "cpa_expiry", date(2022, 8, 30)),
    "a date with an ordinal": ("CPA Renewal Date", "1st Sept 2028", "cpa_renewal", date(2028, 9, 1)),
    "a certificate": ("CPA Certificate Reference", "CPA-0001", "cpa_certificate", "CPA-0001"),
    "a hardware version": ("H/W Version", "0x12A", "hardware_version", "0x12A"),
    "a hardware revision": ("H/W Revision", "Rev09", "hardware_revision", "Rev09"),
    "a GBCS version with its name": ("GBCS Version", "GBCS v3.2", "gbcs_version", "3.2"),
    "the vendor's name of the model": ("Model Name", "Liberty 100", "model_name", "Liberty 100"),
    "a removed entry": ("CPL Status", "withdrawn", "status", CplStatus.WITHDRAWN),
    "the other spelling of cancelled": ("Status", "Canceled", "status", CplStatus.CANCELLED),
    "a hash in capitals": ("Manufacturer Image Hash", HASH.upper(), "firmware_hash", bytes.fromhex(HASH)),
    "a hash with a prefix and spaces": (
        "SHA-256",
        "0x" + HASH[:32] + " " + HASH[32:],
        "firmware_hash",
        bytes.fromhex(HASH),
    ),
    "a vendor version": ("Vendor Version", "03.07.09 (49) - REV09", "vendor_version", "03.07.09 (49) - REV09"),
    "nothing written as N/A": ("GBCS Version", "N/A", "gbcs_version", None),
    "nothing written as a dash": ("Vendor Version", "-", "vendor_version", None),
    "the specification version": ("SMETS / CHTS Version", "SMETS V1.58", "smets_chts_version", "SMETS V1.58"),
}


@pytest.mark.parametrize(("heading", "cell", "field", "expected"), OPTIONAL.values(), ids=OPTIONAL.keys())
def test_an_optional_column_holds(heading: str, cell: str, field: str, expected: object) -> None:
    reading = read_cpl("list", csv_of(f"{PLAIN},{heading}", f"{ROW},{cell}"))
    assert () == reading.unusable
    assert expected == getattr(reading.rows[0], field)


def with_cell(heading: str, cell: str) -> bytes:
    values = dict(zip(PLAIN.split(","), ROW.split(","), strict=True)) | {heading: cell}
    return csv_of(",".join(values), ",".join(values.values()))


def sheet_with_cell(heading: str, cell: object) -> bytes:
    values: dict[str, object] = dict(zip(PLAIN.split(","), ROW.split(","), strict=True)) | {heading: cell}
    return xlsx_of(CPL=[list(values), list(values.values())])


UNUSABLE_CELLS = {
    "a firmware version that is too long": (
        with_cell("firmware_version", "ASP04.04.01-55497"),
        "firmware_version",
        "expected at most 8 characters, found 'ASP04.04.01-55497' (17 characters)",
    ),
    "a missing firmware version": (
        with_cell("firmware_version", " "),
        "firmware_version",
        "expected a value, found nothing",
    ),
    "a model that a spreadsheet made a number of": (
        with_cell("model", "1.2345E+71"),
        "model",
        "expected text, found 1.2345E+71, which a spreadsheet made of a number",
    ),
    "an unknown device type": (
        with_cell("device_type", "Toaster"),
        "device_type",
        "expected a device type (ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD or CAD), found 'Toaster'",
    ),
    "an unknown generation": (
        with_cell("generation", "SMETS3"),
        "generation",
        "expected SMETS1 or SMETS2+, found 'SMETS3'",
    ),
    "an unknown status": (
        with_cell("status", "Removed"),
        "status",
        "expected Active, Cancelled, Expired or Withdrawn, found 'Removed'",
    ),
    "a blank status where the column is there": (with_cell("status", ""), "status", "expected a value, found nothing"),
    "a short hash": (
        with_cell("firmware_hash", "AB" * 20),
        "firmware_hash",
        f"expected 64 hexadecimal digits (32 octets), found '{'AB' * 20}'",
    ),
    "an American date": (
        with_cell("status_since", "12/31/2024"),
        "status_since",
        "expected a date as dd/mm/yyyy or yyyy-mm-dd, found '12/31/2024', which is no day of the calendar",
    ),
    "a date that is no date": (
        with_cell("status_since", "spring 2024"),
        "status_since",
        "expected a date as dd/mm/yyyy or yyyy-mm-dd, found 'spring 2024'",
    ),
    "a date with a month nobody knows": (
        with_cell("status_since", "3 Mai 2024"),
        "status_since",
        "expected a date as dd/mm/yyyy or yyyy-mm-dd, found '3 Mai 2024', which is no day of the calendar",
    ),
    "a GBCS version that this gateway does not know": (
        with_cell("gbcs_version", "9.1"),
        "gbcs_version",
        "expected a GBCS version that this gateway knows (1.0, 1.1, 2.0, 2.1, 3.2, 4.0, 4.1, 4.2, 4.3), found '9.1': "
        "published, but not in force",
    ),
    "a control character": (
        with_cell("model", "010A\x1f030B"),
        "model",
        "expected text, found the control character 0x1f in '010A\\x1f030B'",
    ),
    "a manufacturer that is too long": (
        with_cell("manufacturer", "M" * 31),
        "manufacturer",
        f"expected at most 30 characters, found '{'M' * 31}' (31 characters)",
    ),
    "a firmware version that is a number in a workbook": (
        sheet_with_cell("firmware_version", 0),
        "firmware_version",
        "expected text, found the number 0: format the column as text and enter it again",
    ),
    "a model that is a number in a workbook": (
        sheet_with_cell("model", 1030405),
        "model",
        "expected text, found the number 1030405: format the column as text and enter it again",
    ),
    "a vendor version that became a date in a workbook": (
        sheet_with_cell("vendor_version", datetime(2009, 7, 3)),  # noqa: DTZ001 -- workbooks know no zones
        "vendor_version",
        "expected text, found the date 2009-07-03 00:00:00: format the column as text and enter it again",
    ),
    "a truth value in a workbook": (
        sheet_with_cell("model", True),
        "model",
        "expected text, found the truth value True: format the column as text and enter it again",
    ),
    "a spreadsheet error": (with_cell("model", "#REF!"), "model", "expected text, found the spreadsheet error #REF!"),
}


@pytest.mark.parametrize(("data", "column", "reason"), UNUSABLE_CELLS.values(), ids=UNUSABLE_CELLS.keys())
def test_a_row_is_unusable_for(data: bytes, column: str, reason: str) -> None:
    reading = read_cpl("CPL", data)
    assert () == reading.rows
    assert (Unusable(sheet="CPL", row=2, column=column, reason=reason),) == reading.unusable


UNUSABLE_FILES = {
    "an empty file": (
        b"",
        "list: expected a header row with entry_id, device_type, generation, manufacturer, model, firmware_version "
        "among the first 20 rows, found none",
    ),
    "a file that is something else": (
        csv_of("name,address", "a,b"),
        "list: expected a header row with entry_id, device_type, generation, manufacturer, model, firmware_version "
        "among the first 20 rows, found none",
    ),
    "a required column that is missing": (
        csv_of("note,,", "CPL Entry ID,Device Type,Generation,Manufacturer,Model", "1,ESME,SMETS1,A,B"),
        "list, row 2: expected columns for firmware_version, found none",
    ),
    "two headings that say the same": (
        csv_of(f"{PLAIN},Firmware-Version", f"{ROW},00000001"),
        "list, row 1: expected one column for firmware_version, found 'firmware_version' and 'Firmware-Version'",
    ),
    "text that is not UTF-8": (
        csv_of(PLAIN, ROW) + b"1002,ESME,SMETS1,M\xfcller,x,y\n",
        "list, row 3: expected CSV in UTF-8, found the octet 0xfc: save it as 'CSV UTF-8'",
    ),
    "an old workbook": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64),
        "list: expected CSV or XLSX, found an old or encrypted Excel workbook: save it as .xlsx",
    ),
    "a damaged workbook": (
        SAME_LIST["a workbook"][:200],
        "list: expected an XLSX workbook, found one that cannot be read: File is not a zip file",
    ),
}


@pytest.mark.parametrize(("data", "message"), UNUSABLE_FILES.values(), ids=UNUSABLE_FILES.keys())
def test_nothing_can_be_read_from(data: bytes, message: str) -> None:
    reading = read_cpl("list", data)
    assert () == reading.rows
    assert [message] == [str(unusable) for unusable in reading.unusable]


def test_a_quote_that_never_ends_is_reported_where_it_begins_and_earlier_rows_are_kept() -> None:
    reading = read_cpl("list", csv_of(PLAIN, ROW, '1002,"ESME'))
    assert (ENTRY,) == reading.rows
    assert not reading.is_whole
    assert ["list, row 3: expected CSV, found a record that cannot be read: unexpected end of data"] == [
        str(unusable) for unusable in reading.unusable
    ]


def test_every_fault_of_a_row_is_reported_under_the_heading_as_written_and_other_rows_are_kept() -> None:
    headings = "Entry No.,Type,Generation,Manufacturer,Model,F/W"
    reading = read_cpl("list", csv_of(headings, ROW, "1002,Toaster,SMETS1,A,B,123456789", ROW.replace("1001", "1003")))
    assert ["1001", "1003"] == [entry.entry_id for entry in reading.rows]
    assert [(3, "Type"), (3, "F/W")] == [(unusable.row, unusable.column) for unusable in reading.unusable]


def test_rows_count_as_lines_in_the_file_even_where_a_value_spans_two() -> None:
    reading = read_cpl("list", csv_of(PLAIN + ",note", ROW + ',"two\nlines"', "", "1002,Toaster,SMETS1,A,B,C,"))
    assert [5] == [unusable.row for unusable in reading.unusable]


def test_an_entry_that_is_listed_twice_is_unusable_the_second_time() -> None:
    reading = read_cpl("list", csv_of(PLAIN, ROW, ROW.replace("00000000", "00000001")))
    assert (ENTRY,) == reading.rows
    assert ["list, row 3, column 'entry_id': expected each entry once, found 1001 also in list, row 2"] == [
        str(unusable) for unusable in reading.unusable
    ]


def test_columns_that_are_not_read_are_named_once_and_in_order() -> None:
    headings = [*PLAIN.split(","), "Associating Party", "Device Manufacturer", "ZigBee Certificate"]
    rows = [headings, [*ROW.split(","), "P", "Some Maker", "2030"]]
    reading = read_cpl("list", xlsx_of(One=rows, Two=[headings]))
    assert ("Associating Party", "Device Manufacturer", "ZigBee Certificate") == reading.unknown_columns
    assert "10A1" == reading.rows[0].manufacturer


NAMES = {
    "beside its identifier": ("Manufacturer Identifier,Manufacturer Name", "10A1,Maker", ("10A1", "Maker")),
    "alone": ("Manufacturer Name,Note", "Maker,10A1", ("Maker", None)),
}


@pytest.mark.parametrize(("headings", "cells", "expected"), NAMES.values(), ids=NAMES.keys())
def test_the_manufacturers_name_is_read(headings: str, cells: str, expected: tuple[str, str | None]) -> None:
    plain = "entry_id,device_type,generation,model,firmware_version"
    reading = read_cpl("list", csv_of(f"{plain},{headings}", f"1001,ESME,SMETS2+,010A030B,00000000,{cells}"))
    assert () == reading.unusable
    assert expected == (reading.rows[0].manufacturer, reading.rows[0].manufacturer_name)


def test_a_certificate_has_an_expiry_or_a_renewal_date_and_not_both() -> None:
    reading = read_cpl("list", csv_of(f"{PLAIN},CPA Expiry,CPA Renewal", f"{ROW},30/08/2022,30/08/2028"))
    assert () == reading.rows
    assert [
        "list, row 2, column 'CPA Renewal': expected an expiry date, or the renewal date of a lifetime certificate, "
        "found both (2022-08-30, 2028-08-30)"
    ] == [str(unusable) for unusable in reading.unusable]


def test_sheets_without_a_list_are_named() -> None:
    reading = read_cpl("list", SAME_LIST["a workbook with a sheet of notes"])
    assert ("Notes",) == reading.skipped_sheets


def test_a_workbook_that_understates_its_dimensions_is_read_whole() -> None:
    data = xlsx_of(CPL=[PLAIN.split(","), *(ROW.replace("1001", str(n)).split(",") for n in range(30))])
    lying = _replace_in_workbook(data, "xl/worksheets/sheet1.xml", b'ref="A1:F31"', b'ref="A1:B02"')
    assert 30 == len(read_cpl("list", lying).rows)


def test_progress_is_told_the_rows_read() -> None:
    told: list[int] = []
    read_cpl("list", csv_of(PLAIN, *(ROW.replace("1001", str(n)) for n in range(1100))), told.append)
    assert [500, 1000] == told


COLUMNS = {
    "the CPL, but for names that stand in for identifiers": (CPL_COLUMNS, ["manufacturername", "modelname"]),
    "the EPCL": (EPCL_COLUMNS, []),
    "the PPCL": (PPCL_COLUMNS, []),
    "returns on installed meters": (FLEET_COLUMNS, []),
}


@pytest.mark.parametrize(("columns", "expected"), COLUMNS.values(), ids=COLUMNS.keys())
def test_no_heading_names_two_columns_of(columns: tuple[Column, ...], expected: list[str]) -> None:
    spellings = [spelling for column in columns for spelling in column.spellings]
    assert expected == sorted({s for s in spellings if spellings.count(s) > 1})


def _replace_in_workbook(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            assert name != part or old in content
            after.writestr(name, content.replace(old, new) if name == part else content)
    return out.getvalue()
