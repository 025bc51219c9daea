"""Many rows in few statements: all of them arrive, in their order, whatever their number."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.sqlite_rows import Inserted, execute_in, insert_rows

INSERT = "INSERT OR FAIL INTO notes (number, note)"


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("CREATE TABLE notes (number INTEGER PRIMARY KEY, note TEXT UNIQUE)")
        yield db


def statements(db: sqlite3.Connection) -> list[str]:
    """Those that are executed from now on."""
    said: list[str] = []
    db.set_trace_callback(said.append)
    return said


NUMBERS = {
    "none": (0, 0),
    "one": (1, 1),
    "fewer than the smallest large piece": (15, 1),
    "a large piece and one more": (65, 2),
    "a piece of every size": (64 + 16 + 5, 3),
    "several of the largest": (150, 2 + 1 + 1),
}


@pytest.mark.parametrize(("rows", "expected"), NUMBERS.values(), ids=NUMBERS.keys())
def test_rows_arrive(rows: int, expected: int, db: sqlite3.Connection) -> None:
    said = statements(db)
    written = [(number, f"note {number}") for number in range(1, rows + 1)]
    assert Inserted(rows=rows, last=rows) == insert_rows(db, INSERT, written)
    assert expected == len(said)
    assert written == db.execute("SELECT number, note FROM notes ORDER BY number").fetchall()


def test_rows_that_the_table_numbers_have_consecutive_numbers(db: sqlite3.Connection) -> None:
    insert_rows(db, INSERT, [(7, "before")])
    inserted = insert_rows(db, "INSERT OR FAIL INTO notes (note)", [(f"note {n}",) for n in range(70)])
    assert Inserted(rows=70, last=77) == inserted
    found = db.execute("SELECT number, note FROM notes WHERE number > 7 ORDER BY number").fetchall()
    assert [(8 + n, f"note {n}") for n in range(70)] == found


OTHERWISE = {
    "what stays out is not counted": ("ON CONFLICT DO NOTHING", 2, ["a", "b", "c"]),
    "what changes a row is": ("ON CONFLICT (note) DO UPDATE SET note = upper(note)", 3, ["B", "a", "c"]),
}


@pytest.mark.parametrize(("otherwise", "rows", "notes"), OTHERWISE.values(), ids=OTHERWISE.keys())
def test_a_row_that_is_there(otherwise: str, rows: int, notes: list[str], db: sqlite3.Connection) -> None:
    insert_rows(db, INSERT, [(2, "b")])
    assert rows == insert_rows(db, INSERT, [(11, "a"), (12, "b"), (13, "c")], otherwise).rows
    assert notes == sorted(note for (note,) in db.execute("SELECT note FROM notes"))


@pytest.mark.parametrize(("values", "expected"), NUMBERS.values(), ids=NUMBERS.keys())
def test_a_statement_for_several_values(values: int, expected: int, db: sqlite3.Connection) -> None:
    insert_rows(db, INSERT, [(number, f"note {number}") for number in range(values + 1)])
    said = statements(db)
    execute_in(db, "DELETE FROM notes WHERE number IN", list(range(values)))
    assert expected == len(said)
    assert [(values,)] == db.execute("SELECT number FROM notes").fetchall()
