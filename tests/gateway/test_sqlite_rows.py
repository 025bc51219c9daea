"""Many rows in few statements: all of them arrive, in their order, whatever their number."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from gateway.sqlite_rows import insert_rows

NUMBERS = {
    "none": (0, 0),
    "one": (1, 1),
    "fewer than the smallest group": (3, 3),
    "one group and one more": (65, 2),
    "groups of every size": (64 + 16 + 4 + 1, 4),
    "several of the largest": (150, 2 + 1 + 1 + 2),
}


@pytest.mark.parametrize(("rows", "statements"), NUMBERS.values(), ids=NUMBERS.keys())
def test_rows_arrive(rows: int, statements: int) -> None:
    said: list[str] = []
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE notes (number INTEGER, note TEXT)")
        db.set_trace_callback(said.append)
        written = [(number, f"note {number}") for number in range(rows)]
        insert_rows(db, "INSERT INTO notes (number, note)", written)
        db.set_trace_callback(None)
        assert written == db.execute("SELECT number, note FROM notes ORDER BY rowid").fetchall()
    assert statements == len(said)
