"""Many rows in few statements.

A thread gives the interpreter up for every statement and has to win it back from the event loop, which costs
both more than the row itself. What is written where is said by ``sqlite_ledger`` and ``sqlite_trace_search``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

_ROWS_AT_ONCE: Final = (64, 16, 4, 1)
"""Few sizes, so that few statements are prepared; 64 rows of 15 columns are within SQLite's oldest limits."""


def insert_rows(db: sqlite3.Connection, insert: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """``insert`` is everything up to and without VALUES; all rows are of one width. In the caller's transaction."""
    start = 0
    for size in _ROWS_AT_ONCE:
        while len(rows) - start >= size:
            chunk = rows[start : start + size]
            db.execute(_statement(insert, len(chunk[0]), size), [value for row in chunk for value in row])
            start += size


@cache
def _statement(insert: str, width: int, size: int) -> str:
    places = f"({', '.join('?' * width)})"
    return f"{insert} VALUES {', '.join([places] * size)}"
