"""Rows of a table as values, and what keeps a row, or a whole file, from being used.

Nothing is guessed and nothing is dropped in silence. What the columns are called and how the cells of a
row make a value is told by a ``Layout``; the lists have theirs in ``cpl.reading``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, Generic, TypeVar

import msgspec

from cpl.cells import Why, is_blank
from cpl.columns import Column, Presence
from cpl.headers import HEADER_WITHIN, TALLEST, Headed, Header, find_table
from cpl.sheets import Row, Sheet, Unreadable, column_letters, read_sheets

T = TypeVar("T")
Progress = Callable[[int], None]
"""Told the number of rows read so far, now and then."""

PROGRESS_EVERY: Final = 500
_KEPT_CELLS: Final = 4096
"""Different texts of a column whose values are kept: most columns have few, and repeat them."""
_TOTAL: Final = re.compile(r"(?:(?:grand|sub)[ -]?)?totals?(?: by [\w ]+)?:?", re.IGNORECASE)
"""``Totals``, ``Totals by Installation Status`` (seed 003, section 1)."""


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps a row, or the whole file, from being used."""

    sheet: str
    row: int
    """As in the file, from 1; 0 when the whole sheet is meant."""
    column: str
    """The heading as written; empty when no single column is to blame. Where the rows of a list run across, the
    heading with the letter of the row's column: ``GSME F/W (C)``."""
    reason: str

    def __str__(self) -> str:
        place = self.sheet
        place += f", row {self.row}" if self.row else ""
        place += f", column {self.column!r}" if self.column else ""
        return f"{place}: {self.reason}"


class Reading(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """What a file held."""

    rows: tuple[T, ...]
    unusable: tuple[Unusable, ...]
    is_whole: bool = True
    """Every row of every list was reached. If not, the usable rows are not all there are."""
    unknown_columns: tuple[str, ...] = ()
    """Headings that were not read, as written."""
    skipped_sheets: tuple[str, ...] = ()
    """Sheets that are not lists: notes, change logs."""
    passed_over: tuple[str, ...] = ()
    """Rows that are no rows of a list: titles over several columns, totals, headings once more."""


class Misfit(msgspec.Struct, frozen=True):
    """Cells that are well each by itself and do not go together."""

    column: str
    """Our name; empty when no single column is to blame."""
    reason: str


class Layout(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """How a kind of list is laid out."""

    columns: tuple[Column, ...]
    build: Callable[[dict[str, Any]], tuple[T, ...] | Misfit]
    """The values of one row of the sheet, by our names of the columns; a row may hold several."""
    identity: Callable[[T], tuple[str, str] | None]
    """What a list has only once, after our name of its column (empty: the row as a whole); ``None``: it may be
    there again."""
    one_of: tuple[str, ...] = ()
    """Columns of which there must be at least one."""


def read_rows(name: str, data: bytes, layout: Layout[T], progress: Progress | None) -> Reading[T]:
    """The rows of a file, CSV or XLSX. ``name`` is for reports only."""
    sheets = read_sheets(name, data)
    if isinstance(sheets, Unreadable):
        fault = Unusable(sheet=name, row=sheets.row, column="", reason=sheets.reason)
        return Reading(rows=(), unusable=(fault,), is_whole=False)
    table = _Table(layout, progress)
    for sheet in sheets:
        table.take(sheet)
    if len(table.skipped) == len(sheets) and not table.unusable:
        required = [column.name for column in layout.columns if column.presence is Presence.REQUIRED]
        wanted = ", ".join([*required, *layout.one_of[:1]])
        reason = f"expected a header row with {wanted} among the first {HEADER_WITHIN} rows, found none"
        table.refuse(Unusable(sheet=name, row=0, column="", reason=reason), whole=False)
    return Reading(
        rows=tuple(table.rows),
        unusable=tuple(table.unusable),
        is_whole=table.is_whole,
        unknown_columns=tuple(dict.fromkeys(table.unknown)),
        skipped_sheets=tuple(table.skipped),
        passed_over=tuple(table.passed_over),
    )


class _Place(msgspec.Struct, frozen=True):
    """A row of a list in its sheet."""

    sheet: str
    table: Headed
    number: int
    """Of the row; where rows run across, of the column, from 1."""

    def __str__(self) -> str:
        if self.table.rows_of_cells is not None:
            return f"{self.sheet}, column {column_letters(self.number - 1)}"
        return f"{self.sheet}, row {self.number}"

    def unusable(self, column: str, reason: str) -> Unusable:
        """``column``: our name, or empty."""
        placed = next((place for place in self.table.header.placed if place.column.name == column), None)
        heading = column if placed is None else placed.heading
        if self.table.rows_of_cells is None:
            return Unusable(sheet=self.sheet, row=self.number, column=heading, reason=reason)
        row = 0 if placed is None else self.table.rows_of_cells[placed.index]
        letters = column_letters(self.number - 1)
        said = f"{heading} ({letters})" if heading else letters
        return Unusable(sheet=self.sheet, row=row, column=said, reason=reason)


class _Table(Generic[T]):
    """Collects the rows of all sheets of one file."""

    def __init__(self, layout: Layout[T], progress: Progress | None) -> None:
        self.layout: Final = layout
        self.progress: Final = progress
        self.rows: Final[list[T]] = []
        self.unusable: Final[list[Unusable]] = []
        self.is_whole = True
        self.unknown: Final[list[str]] = []
        self.skipped: Final[list[str]] = []
        self.passed_over: Final[list[str]] = []
        self._seen: Final[dict[tuple[str, str], _Place]] = {}
        self._read: Final[dict[str, dict[str, object]]] = {column.name: {} for column in layout.columns}
        self._count = 0

    def take(self, sheet: Sheet) -> None:
        rows = self._readable(sheet)
        top = list(islice(rows, TALLEST))
        table = find_table(top, self.layout.columns)
        if table is None:
            self.skipped.append(sheet.name)
            return
        if fault := self._fault_of_header(table):
            self.refuse(Unusable(sheet=sheet.name, row=table.row, column="", reason=fault), whole=False)
            return
        self.unknown.extend(table.header.unknown)
        read = [(place.index, place.column, self._read[place.column.name]) for place in table.header.placed]
        for row in chain(table.body, rows if table.rows_of_cells is None else ()):
            if all(map(is_blank, row.cells)):
                continue
            if row.is_title or _is_total(row) or _repeats(row, table.header):
                self.passed_over.append(f"{_Place(sheet.name, table, row.number)}: {_first_words(row)}")
            else:
                self._take_row(_Place(sheet.name, table, row.number), row.cells, read)

    def refuse(self, fault: Unusable, *, whole: bool = True) -> None:
        """``whole``: the rows after this one are still read."""
        self.unusable.append(fault)
        self.is_whole &= whole

    def _fault_of_header(self, table: Headed) -> str | None:
        header = table.header
        if header.ambiguous is not None:
            return header.ambiguous
        missing = list(header.missing)
        if self.layout.one_of and not header.written.keys() & set(self.layout.one_of):
            missing.append(" or ".join(self.layout.one_of))
        return f"expected columns for {', '.join(missing)}, found none" if missing else None

    def _readable(self, sheet: Sheet) -> Iterator[Row]:
        for row in sheet.rows:
            if isinstance(row, Unreadable):
                self.refuse(Unusable(sheet=sheet.name, row=row.row, column="", reason=row.reason), whole=False)
                return
            self._count += 1
            if self.progress is not None and self._count % PROGRESS_EVERY == 0:
                self.progress(self._count)
            yield row

    def _take_row(
        self, place: _Place, cells: Sequence[object], read: Sequence[tuple[int, Column, dict[str, object]]]
    ) -> None:
        values: dict[str, Any] = {}
        usable = True
        for index, column, kept in read:
            cell = cells[index] if index < len(cells) else None
            value = kept.get(cell, kept) if type(cell) is str else kept
            if value is kept:
                value = _parsed(cell, column, kept)
            if value is None:
                if column.presence is Presence.OPTIONAL:
                    continue
                value = Why("expected a value, found nothing")
            if type(value) is Why:
                self.refuse(place.unusable(column.name, value))
                usable = False
            else:
                values[column.name] = value
        if usable:
            self._keep(place, self.layout.build(values))

    def _keep(self, place: _Place, built: tuple[T, ...] | Misfit) -> None:
        if isinstance(built, Misfit):
            self.refuse(place.unusable(built.column, built.reason))
            return
        for value in built:
            identity = self.layout.identity(value)
            if identity is not None and (earlier := self._seen.setdefault(identity, place)) is not place:
                column, said = identity
                found = said if column else "the same"
                self.refuse(place.unusable(column, f"expected each entry once, found {found} also in {earlier}"))
            else:
                self.rows.append(value)


def _parsed(cell: object, column: Column, kept: dict[str, object]) -> object:
    value = column.parse(cell)
    if type(cell) is str and len(kept) < _KEPT_CELLS:
        kept[cell] = value
    return value


def _is_total(row: Row) -> bool:
    return _TOTAL.fullmatch(_first_words(row)) is not None


def _repeats(row: Row, header: Header) -> bool:
    """The headings once more, as on every page of something printed."""
    first = header.placed[0]
    if first.index >= len(row.cells) or row.cells[first.index] != first.heading:
        return False
    return all(place.index < len(row.cells) and row.cells[place.index] == place.heading for place in header.placed)


def _first_words(row: Row) -> str:
    return next(str(cell).strip() for cell in row.cells if not is_blank(cell))
