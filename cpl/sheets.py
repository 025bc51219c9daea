"""Files as sheets of numbered rows: CSV and XLSX alike. What the cells mean is not known here."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

LARGEST_UNPACKED: Final = 512 * 1024 * 1024
"""Octets that a workbook may unpack to; a list of 20,000 rows has about 20 MB."""


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """From here on no rows can be taken."""

    reason: str
    row: int = 0
    """Where in a CSV file; 0 when the whole file or sheet is meant."""


class Row(msgspec.Struct, frozen=True):
    number: int
    """From 1, as a spreadsheet shows it; in CSV the line on which the record begins."""
    cells: Sequence[object]


class Sheet(msgspec.Struct, frozen=True):
    """One sheet, read as its rows are taken: they can be taken once."""

    name: str
    rows: Iterable[Row | Unreadable]


def read_sheets(name: str, data: bytes) -> list[Sheet] | Unreadable:
    """The sheets of a file, by what it contains and not by what it is called."""
    if data.startswith(b"PK\x03\x04"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return Unreadable(reason="expected CSV or XLSX, found an old or encrypted Excel workbook: save it as .xlsx")
    return _csv(name, data)


def _csv(name: str, data: bytes) -> list[Sheet] | Unreadable:
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        octet = fault.object[fault.start]
        return Unreadable(
            row=fault.object.count(b"\n", 0, fault.start) + 1,
            reason=f"expected CSV in UTF-8, found the octet {octet:#04x}: save it as 'CSV UTF-8'",
        )
    return [Sheet(name, _records(content))]


def _records(content: str) -> Iterator[Row | Unreadable]:
    lines = csv.reader(io.StringIO(content, newline=""), strict=True)
    first_line = 1
    try:
        for record in lines:
            yield Row(first_line, record)
            first_line = lines.line_num + 1
    except csv.Error as fault:
        yield Unreadable(row=first_line, reason=f"expected CSV, found a record that cannot be read: {fault}")


def _workbook(data: bytes) -> list[Sheet] | Unreadable:
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
        if unpacked > LARGEST_UNPACKED:
            return Unreadable(
                reason=f"expected a workbook of at most {LARGEST_UNPACKED} octets unpacked, found {unpacked}"
            )
        import openpyxl  # most gateways read CSV only, and this import costs 70 ms

        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        return [Sheet(str(sheet.title), _rows(sheet)) for sheet in book.worksheets]
    except Exception as fault:  # a damaged workbook fails in whatever part reads it first
        return Unreadable(reason=f"expected an XLSX workbook, found one that cannot be read: {fault}")


def _rows(sheet: Any) -> Iterator[Row | Unreadable]:
    # Some programs write dimensions that are too small; openpyxl would believe them.
    sheet.reset_dimensions()
    number = 0
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield Row(number, cells)
    except Exception as fault:  # as above: the sheets are parsed while their rows are taken
        yield Unreadable(row=number + 1, reason=f"expected an XLSX worksheet, found one that cannot be read: {fault}")
