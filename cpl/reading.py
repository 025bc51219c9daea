"""Product lists: bytes -> rows, and the rows that cannot be used with the reason for each.

Nothing is guessed and nothing is dropped in silence: whoever calls decides whether a list with
unusable rows is loaded. What the columns are called is data of ``cpl.columns``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, Generic, TypeVar

import msgspec

from cpl.cells import Why, is_blank
from cpl.columns import CPL_COLUMNS, DEVICES, EPCL_COLUMNS, MODEL_PARTS, Column, Header, Presence, read_header
from cpl.epcl import EpclEntry, Evidence
from cpl.product import CplEntry, DeviceModel
from cpl.sheets import Row, Sheet, Unreadable, read_sheets

T = TypeVar("T", CplEntry, EpclEntry)
Progress = Callable[[int], None]
"""Told the number of rows read so far, now and then."""

HEADER_WITHIN: Final = 20
"""Rows at the top of a sheet among which its header is looked for: titles and notes come first."""
PROGRESS_EVERY: Final = 500


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps a row, or the whole file, from being used."""

    sheet: str
    row: int
    """As in the file, from 1; 0 when the whole sheet is meant."""
    column: str
    """The heading as written; empty when no single column is to blame."""
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
    unknown_columns: tuple[str, ...] = ()
    """Headings that were not read, as written."""
    skipped_sheets: tuple[str, ...] = ()
    """Sheets that are not lists: notes, change logs."""


class _Misfit(msgspec.Struct, frozen=True):
    """Cells that are well each by itself and do not go together."""

    column: str
    reason: str


def read_cpl(name: str, data: bytes, progress: Progress | None = None) -> Reading[CplEntry]:
    """The Central Products List from CSV or XLSX.

    A file without a status column lists what is in force (assumed). ``name`` is for reports only.
    """
    return _read(name, data, CPL_COLUMNS, _cpl_entry, progress)


def read_epcl(name: str, data: bytes, progress: Progress | None = None) -> Reading[EpclEntry]:
    """The SMETS1 Eligible Product Combinations List from CSV or XLSX."""
    return _read(name, data, EPCL_COLUMNS, _epcl_entry, progress)


def _cpl_entry(values: dict[str, Any]) -> CplEntry:
    return CplEntry(**values)


def _epcl_entry(values: dict[str, Any]) -> EpclEntry | _Misfit:
    evidence, parent = values.pop("evidence", None), values.get("equivalent_to")
    if evidence is None and parent is None:
        return _Misfit("evidence", "expected Tested or Substantively Equivalent, found neither")
    if evidence is Evidence.TESTED and parent is not None:
        return _Misfit("evidence", f"expected Tested or an entry it is equivalent to, found both (Tested, {parent})")
    if evidence is Evidence.SUBSTANTIVELY_EQUIVALENT and parent is None:
        return _Misfit("equivalent_to", "expected the tested entry it is Substantively Equivalent to, found none")
    for device in DEVICES:
        parts = {part: values.pop(f"{device}_{part}", None) for part in MODEL_PARTS}
        if parts["model"] is not None:
            values[device] = DeviceModel(**parts)
        elif stated := [part for part, value in parts.items() if value is not None]:
            return _Misfit(f"{device}_model", f"expected a model, found only {', '.join(stated)}")
    if not DEVICES.keys() & values.keys():
        return _Misfit("", "expected the model of a GSME, ESME, hub or PPMID, found none")
    return EpclEntry(**values)


def _read(
    name: str,
    data: bytes,
    columns: Sequence[Column],
    build: Callable[[dict[str, Any]], T | _Misfit],
    progress: Progress | None,
) -> Reading[T]:
    sheets = read_sheets(name, data)
    if isinstance(sheets, Unreadable):
        fault = Unusable(sheet=name, row=sheets.row, column="", reason=sheets.reason)
        return Reading(rows=(), unusable=(fault,))
    table: _Table[T] = _Table(columns, build, progress)
    for sheet in sheets:
        table.take(sheet)
    if len(table.skipped) == len(sheets) and not table.unusable:
        required = ", ".join(column.name for column in columns if column.presence is Presence.REQUIRED)
        reason = f"expected a header row with {required} among the first {HEADER_WITHIN} rows, found none"
        table.unusable.append(Unusable(sheet=name, row=0, column="", reason=reason))
    return Reading(
        rows=tuple(table.rows),
        unusable=tuple(table.unusable),
        unknown_columns=tuple(dict.fromkeys(table.unknown)),
        skipped_sheets=tuple(table.skipped),
    )


class _Table(Generic[T]):
    """Collects the rows of all sheets of one file."""

    def __init__(
        self, columns: Sequence[Column], build: Callable[[dict[str, Any]], T | _Misfit], progress: Progress | None
    ) -> None:
        self.columns: Final = columns
        self.build: Final[Callable[[dict[str, Any]], T | _Misfit]] = build
        self.progress: Final = progress
        self.rows: Final[list[T]] = []
        self.unusable: Final[list[Unusable]] = []
        self.unknown: Final[list[str]] = []
        self.skipped: Final[list[str]] = []
        self._seen: Final[dict[str, str]] = {}
        self._count = 0

    def take(self, sheet: Sheet) -> None:
        rows = self._readable(sheet)
        top = list(islice(rows, HEADER_WITHIN))
        found = _find_header(top, self.columns)
        if found is None:
            self.skipped.append(sheet.name)
            return
        position, header = found
        if header.ambiguous is not None:
            self._refuse(sheet, top[position].number, "", header.ambiguous)
            return
        if header.missing:
            reason = f"expected columns for {', '.join(header.missing)}, found none"
            self._refuse(sheet, top[position].number, "", reason)
            return
        self.unknown.extend(header.unknown)
        for row in chain(top[position + 1 :], rows):
            if not all(map(is_blank, row.cells)):
                self._take_row(sheet, row, header)

    def _readable(self, sheet: Sheet) -> Iterator[Row]:
        for row in sheet.rows:
            if isinstance(row, Unreadable):
                self._refuse(sheet, row.row, "", row.reason)
                return
            self._count += 1
            if self.progress is not None and self._count % PROGRESS_EVERY == 0:
                self.progress(self._count)
            yield row

    def _take_row(self, sheet: Sheet, row: Row, header: Header) -> None:
        values: dict[str, Any] = {}
        usable = True
        for place in header.placed:
            value = place.column.parse(row.cells[place.index]) if place.index < len(row.cells) else None
            if value is None:
                if place.column.presence is Presence.OPTIONAL:
                    continue
                value = Why("expected a value, found nothing")
            if isinstance(value, Why):
                self._refuse(sheet, row.number, place.heading, value)
                usable = False
            else:
                values[place.column.name] = value
        if usable:
            self._keep(sheet, row.number, self.build(values), header)

    def _keep(self, sheet: Sheet, number: int, entry: T | _Misfit, header: Header) -> None:
        if isinstance(entry, _Misfit):
            self._refuse(sheet, number, header.written.get(entry.column, entry.column), entry.reason)
            return
        if entry.entry_id in self._seen:
            reason = f"expected each entry once, found {entry.entry_id} also in {self._seen[entry.entry_id]}"
            self._refuse(sheet, number, header.written["entry_id"], reason)
            return
        self._seen[entry.entry_id] = f"{sheet.name}, row {number}"
        self.rows.append(entry)

    def _refuse(self, sheet: Sheet, row: int, column: str, reason: str) -> None:
        self.unusable.append(Unusable(sheet=sheet.name, row=row, column=column, reason=reason))


def _find_header(top: Sequence[Row], columns: Sequence[Column]) -> tuple[int, Header] | None:
    """The row near the top that names the most columns; ``None`` where that is under half the required."""
    best: tuple[int, Header] | None = None
    for position, row in enumerate(top):
        header = read_header(row.cells, columns)
        if best is None or len(header.placed) > len(best[1].placed):
            best = (position, header)
    required = sum(column.presence is Presence.REQUIRED for column in columns)
    if best is None or 2 * (required - len(best[1].missing)) < required:
        return None
    return best
