"""Files as sheets of numbered rows: CSV and XLSX alike. What the cells mean is not known here.

A cell that a workbook merges over several rows or columns stands in every cell that it covers, as a
person reads it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Final

import msgspec

from cpl.cells import is_blank

LARGEST_UNPACKED: Final = 512 * 1024 * 1024
"""Octets that a workbook may unpack to; a list of 20,000 rows has about 20 MB."""
_PIECE: Final = 1 << 20
_END_OF_ROWS: Final = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
_LONGEST_TAG: Final = 256
_MERGED: Final = re.compile(rb"<(?:\w+:)?mergeCell\b[^>]*?\bref=\"([A-Z]{1,3})([0-9]+):([A-Z]{1,3})([0-9]+)\"")


class Unreadable(msgspec.Struct, frozen=True, kw_only=True):
    """From here on no rows can be taken."""

    reason: str
    row: int = 0
    """Where in a CSV file; 0 when the whole file or sheet is meant."""


class Row(msgspec.Struct, frozen=True, gc=False):
    number: int
    """From 1, as a spreadsheet shows it; in CSV the line on which the record begins."""
    cells: Sequence[object]
    is_title: bool = False
    """One text over several columns and nothing beside it."""


class Sheet(msgspec.Struct, frozen=True):
    """One sheet, read as its rows are taken: they can be taken once."""

    name: str
    rows: Iterable[Row | Unreadable]


class _Merged(msgspec.Struct, frozen=True, gc=False):
    """A range of merged cells; rows from 1, columns from 0, both ends included."""

    top: int
    left: int
    bottom: int
    right: int


def read_sheets(name: str, data: bytes) -> list[Sheet] | Unreadable:
    """The sheets of a file, by what it contains and not by what it is called."""
    if data.startswith(b"PK\x03\x04"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return Unreadable(reason="expected CSV or XLSX, found an old or encrypted Excel workbook: save it as .xlsx")
    return _csv(name, data)


def column_letters(index: int) -> str:
    """What a spreadsheet calls a column, ``index`` from 0: A, B, ... Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _csv(name: str, data: bytes) -> list[Sheet] | Unreadable:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        octet = fault.object[fault.start]
        return Unreadable(
            row=fault.object.count(b"\n", 0, fault.start) + 1,
            reason=f"expected CSV in UTF-8, found the octet {octet:#04x}: save it as 'CSV UTF-8'",
        )
    return [Sheet(name, _records(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")))]


def _records(content: Iterable[str]) -> Iterator[Row | Unreadable]:
    lines = csv.reader(content, strict=True)
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
        with sheet._get_source() as part:  # a sheet that is read row by row does not tell its merges
            covering = _Covering(_merged_cells(part))
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield covering.row(number, cells)
    except Exception as fault:  # as above: the sheets are parsed while their rows are taken
        yield Unreadable(row=number + 1, reason=f"expected an XLSX worksheet, found one that cannot be read: {fault}")


def _merged_cells(part: IO[bytes]) -> list[_Merged]:
    """The merged ranges of a worksheet, by their first row. They stand behind the rows, which are passed over."""
    before = b""
    while piece := part.read(_PIECE):
        if end := _END_OF_ROWS.search(before + piece):
            behind = (before + piece)[end.end() :] + part.read()
            found = (_merged(*(word.decode() for word in match)) for match in _MERGED.findall(behind))
            return sorted(found, key=lambda merged: merged.top)
        before = piece[-_LONGEST_TAG:]
    return []


def _merged(left: str, top: str, right: str, bottom: str) -> _Merged:
    return _Merged(top=int(top), left=_column(left), bottom=int(bottom), right=_column(right))


def _column(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1


class _Covering:
    """Puts what merged cells say into the rows that they cover; takes the rows from the first to the last."""

    def __init__(self, merged: Sequence[_Merged]) -> None:
        self._ahead: Final = list(reversed(merged))
        self._open: list[tuple[_Merged, object]] = []

    def row(self, number: int, cells: Sequence[object]) -> Row:
        if not self._ahead and not self._open:
            return Row(number, cells)
        self._open = [(merged, value) for merged, value in self._open if merged.bottom >= number]
        while self._ahead and self._ahead[-1].top <= number:
            merged = self._ahead.pop()
            self._open.append((merged, cells[merged.left] if merged.left < len(cells) else None))
        own = [index for index, cell in enumerate(cells) if not is_blank(cell)]
        if not own:
            return Row(number, cells)  # blank but for what stands in the rows above: no row of the list
        return Row(number, self._filled(cells), is_title=len(own) == 1 and self._spreads(number, own[0]))

    def _filled(self, cells: Sequence[object]) -> list[object]:
        filled = list(cells)
        for merged, value in self._open:
            filled += [None] * (merged.right + 1 - len(filled))
            for index in range(merged.left, merged.right + 1):
                if is_blank(filled[index]):
                    filled[index] = value
        return filled

    def _spreads(self, number: int, index: int) -> bool:
        """Whether the cell begins a range of several columns."""
        return any(m.top == number and m.left == index and m.right > index for m, _ in self._open)
