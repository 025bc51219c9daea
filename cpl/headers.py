"""Where the header of a sheet is, which column is where, and which way the table runs.

A header is found by what it says, among the first rows: titles and notes come first. A list may have its
rows as columns, headings down the left, as the draft PPCL does (seed 000, table 3); and the headings may
stand in two rows, a group over its parts (``Installs`` over ``Active``, ``Dormant``, ``Mixed``: seed 003,
section 1). Where a table has two headings for one column the earlier spelling wins and the other is
reported as not read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from cpl.cells import Why, is_blank, squeeze
from cpl.columns import Column, Presence
from cpl.sheets import Row

HEADER_WITHIN: Final = 20
"""Rows at the top of a sheet among which its header is looked for."""
TALLEST: Final = 120
"""Rows of a table whose headings run down the left: more than any list has columns."""
_LEFT_WITHIN: Final = 3
"""Columns at the left among which such headings are looked for."""
_FEWEST: Final = 2
"""Columns that a header has, lest any word in a note be taken for one."""
_LIST_TITLE: Final = re.compile(r"(ppcl|epcl|cpl)v[0-9]+")
"""``PPCL V1.0`` squeezed: the name of a list with the number of its edition."""


class Placed(msgspec.Struct, frozen=True):
    """A column where a sheet has it."""

    index: int
    """Of the cell in a row of the table, from 0."""
    heading: str
    """As written in the file; of two rows, both."""
    column: Column


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says when it is read as a header."""

    placed: tuple[Placed, ...]
    unknown: tuple[str, ...]
    """Headings that were not read, as written."""
    missing: tuple[str, ...]
    """Required columns that no heading names."""
    ambiguous: Why | None = None

    @property
    def written(self) -> dict[str, str]:
        """The heading as written, by column name."""
        return {place.column.name: place.heading for place in self.placed}


class Headed(msgspec.Struct, frozen=True, kw_only=True):
    """A table that was found in the first rows of a sheet."""

    header: Header
    row: int
    """Of the heading, as in the file, from 1."""
    body: tuple[Row, ...]
    """What of those rows comes after the header; of a table that runs across, all its rows."""
    rows_of_cells: tuple[int, ...] | None = None
    """Where the headings run down the left: the row of the sheet that each cell of a row comes from."""


def find_table(top: Sequence[Row], columns: Sequence[Column]) -> Headed | None:
    """The table that these first rows of a sheet (at least ``TALLEST``, where there are so many) begin."""
    down = _best_row(top, columns)
    across = _best_left_column(top, columns) if len(top) < TALLEST else None
    found = [table for table in (down, across) if table is not None]
    return max(found, key=lambda table: len(table.header.placed), default=None)


def _best_row(top: Sequence[Row], columns: Sequence[Column]) -> Headed | None:
    best: Headed | None = None
    for position, row in enumerate(top[:HEADER_WITHIN]):
        header = read_header(row.cells, columns, top[position - 1].cells if position else ())
        if _is_header(header, columns) and (best is None or len(header.placed) > len(best.header.placed)):
            best = Headed(header=header, row=row.number, body=tuple(top[position + 1 :]))
    return best


def _best_left_column(top: Sequence[Row], columns: Sequence[Column]) -> Headed | None:
    best: Headed | None = None
    widest = max((len(row.cells) for row in top), default=0)
    for left in range(min(_LEFT_WITHIN, widest)):
        header = read_header([_cell(row, left) if _says_more(row, left) else None for row in top], columns)
        if _is_header(header, columns) and (best is None or len(header.placed) > len(best.header.placed)):
            body = tuple(
                Row(number=index + 1, cells=[_cell(row, index) for row in top]) for index in range(left + 1, widest)
            )
            first = top[header.placed[0].index].number
            numbers = tuple(row.number for row in top)
            best = Headed(header=header, row=first, body=body, rows_of_cells=numbers)
    return best


def _says_more(row: Row, index: int) -> bool:
    """Whether anything stands to the right: a title has nothing."""
    return not all(map(is_blank, row.cells[index + 1 :]))


def _cell(row: Row, index: int) -> object:
    return row.cells[index] if index < len(row.cells) else None


def _is_header(header: Header, columns: Sequence[Column]) -> bool:
    """Whether it names some columns, and at least half of the required ones."""
    required = sum(column.presence is Presence.REQUIRED for column in columns)
    return len(header.placed) >= _FEWEST and 2 * (required - len(header.missing)) >= required


def read_header(row: Sequence[object], columns: Sequence[Column], above: Sequence[object] = ()) -> Header:
    """Read ``row`` as the header of a list with these ``columns``; ``above`` may hold groups of headings."""
    ranks = {column.name: {spelling: n for n, spelling in enumerate(column.spellings)} for column in columns}
    written = _headings(row, above, {spelling for spellings in ranks.values() for spelling in spellings})
    placed: list[Placed] = []
    missing: list[str] = []
    taken: set[int] = set()
    ambiguous: Why | None = None
    for column in columns:
        rank = ranks[column.name]
        candidates = sorted((rank[spelt], i, said) for spelt, i, said in written if spelt in rank and i not in taken)
        if not candidates:
            if column.presence is Presence.REQUIRED:
                missing.append(column.name)
            continue
        best, index, heading = candidates[0]
        if len(candidates) > 1 and candidates[1][0] == best:
            ambiguous = Why(f"expected one column for {column.name}, found {heading!r} and {candidates[1][2]!r}")
        placed.append(Placed(index, heading, column))
        taken.add(index)
    unknown = tuple(heading for _, i, heading in written if i not in taken)
    return Header(placed=tuple(placed), unknown=unknown, missing=tuple(missing), ambiguous=ambiguous)


def _headings(row: Sequence[object], above: Sequence[object], known: set[str]) -> list[tuple[str, int, str]]:
    """Squeezed heading, index and heading as written, of each cell that says anything."""
    headings: list[tuple[str, int, str]] = []
    group = ""
    for index in range(max(len(row), len(above))):
        own = _words(row, index)
        over = _words(above, index)
        group = over or group
        if own and group and squeeze(group + own) in known:
            headings.append((squeeze(group + own), index, f"{group} {own}"))
        elif own:
            headings.append((_without_edition(squeeze(own)), index, own))
        elif squeeze(over) in known:
            headings.append((squeeze(over), index, over))
    return headings


def _words(cells: Sequence[object], index: int) -> str:
    return "" if index >= len(cells) or is_blank(cells[index]) else str(cells[index]).strip()


def _without_edition(heading: str) -> str:
    title = _LIST_TITLE.fullmatch(heading)
    return title[1] if title else heading
