"""Many rows in few statements.

A thread gives the interpreter up for every statement and has to win it back from the event loop, which costs
both more than the row itself. What is written where is said by ``sqlite_ledger`` and ``sqlite_trace_search``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar

T = TypeVar("T")

_LARGE_PIECES: Final = (64, 16)
"""What is left after these goes at once: so there are 17 statements for each table, and few for any number of
rows. 64 rows of 15 columns are within SQLite's oldest limits."""


class Inserted(NamedTuple):
    rows: int
    """How many went in, or changed one instead."""
    last: int
    """The number of the last row. Those of one call have consecutive numbers when the table gives them."""


def insert_rows(db: sqlite3.Connection, insert: str, rows: Sequence[tuple[Any, ...]], otherwise: str = "") -> Inserted:
    """``insert`` is everything before VALUES, ``otherwise`` what comes after the rows.

    All rows are of one width. In the caller's transaction. An insert of several rows that may ABORT copies every
    page that it changes, to be able to undo itself; OR FAIL and OR IGNORE spare that.
    """
    written = last = 0
    for piece in _pieces(rows):
        statement = _insertion(insert, len(piece[0]), len(piece), otherwise)
        inserted = db.execute(statement, [value for row in piece for value in row])
        written, last = written + inserted.rowcount, inserted.lastrowid or 0
    return Inserted(written, last)


def execute_in(db: sqlite3.Connection, statement: str, values: Sequence[Any]) -> None:
    """``statement`` for all values: it ends in IN, and each value is looked for. In the caller's transaction."""
    for piece in _pieces(values):
        db.execute(_selection(statement, len(piece)), piece)


def _pieces(values: Sequence[T]) -> Iterator[Sequence[T]]:
    start = 0
    for size in _LARGE_PIECES:
        while len(values) - start >= size:
            yield values[start : start + size]
            start += size
    if start < len(values):
        yield values[start:]


@cache
def _insertion(insert: str, width: int, size: int, otherwise: str) -> str:
    places = f"({', '.join('?' * width)})"
    return f"{insert} VALUES {', '.join([places] * size)} {otherwise}"


@cache
def _selection(statement: str, size: int) -> str:
    return f"{statement} ({', '.join('?' * size)})"
