"""The group writer, and what it and the state say when the file, the disk or another process is in the way."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from gateway.ports import Unavailable
from gateway.sqlite_rows import insert_rows
from gateway.sqlite_schema import STATE_MIGRATIONS, connect_to_write
from gateway.sqlite_state import SqliteState
from gateway.sqlite_writer import GroupWriter, OneByOne

NOTES = (("CREATE TABLE notes (note TEXT UNIQUE)",),)


def note(text: str) -> Callable[[sqlite3.Connection], str]:
    def work(db: sqlite3.Connection) -> str:
        db.execute("INSERT INTO notes VALUES (?)", (text,))
        return text

    return work


def notes(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [text for (text,) in db.execute("SELECT note FROM notes ORDER BY rowid")]


def watched(path: Path, statements: list[str]) -> Callable[[], sqlite3.Connection]:
    """Makes a connection that tells what it is told."""

    def connect() -> sqlite3.Connection:
        db = connect_to_write(path, NOTES, busy_seconds=1)
        db.set_trace_callback(statements.append)
        return db

    return connect


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[GroupWriter]:
    writer = GroupWriter(path, lambda: connect_to_write(path, NOTES, busy_seconds=1), busy_seconds=0.2)
    await writer.start()
    yield writer
    await writer.stop()


async def test_the_writer_s_commits_are_on_the_disk_when_they_return(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with closing(connect_to_write(path, STATE_MIGRATIONS, busy_seconds=1)) as db:
        assert 2 == db.execute("PRAGMA synchronous").fetchone()[0], "FULL"
        assert "wal" == db.execute("PRAGMA journal_mode").fetchone()[0]
    state = SqliteState(path, owner="w0")
    await state.open()
    try:
        assert 2 == await state._writer.run(lambda db: db.execute("PRAGMA synchronous").fetchone()[0])
    finally:
        await state.close()


async def test_what_queues_during_a_commit_is_committed_together(path: Path) -> None:
    statements: list[str] = []
    first_runs, go_on = threading.Event(), threading.Event()

    def slow(db: sqlite3.Connection) -> None:
        first_runs.set()
        go_on.wait(5)

    writer = GroupWriter(path, watched(path, statements), busy_seconds=1)
    await writer.start()
    first = asyncio.create_task(writer.run(slow))
    await asyncio.to_thread(first_runs.wait, 5)
    rest = [asyncio.create_task(writer.run(note(str(n)))) for n in range(10)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, *rest)
    await writer.stop()
    inserts = [f"INSERT INTO notes VALUES ('{n}')" for n in range(10)]
    group = ["BEGIN IMMEDIATE", *inserts, "COMMIT"]
    assert [*group[:1], *group[-1:], *group] == [each for each in statements if not each.startswith("PRAGMA")]


async def test_what_arrives_in_one_turn_of_the_loop_is_committed_together(path: Path) -> None:
    statements: list[str] = []
    writer = GroupWriter(path, watched(path, statements), busy_seconds=1)
    await writer.start()
    await asyncio.gather(*(writer.run(note(str(n))) for n in range(10)))
    await writer.stop()
    assert ["BEGIN IMMEDIATE", "COMMIT"] == [each for each in statements if each in {"BEGIN IMMEDIATE", "COMMIT"}]


# ---- one statement for several


def together(db: sqlite3.Connection, texts: Sequence[str]) -> list[str]:
    insert_rows(db, "INSERT INTO notes (note)", [(text,) for text in texts])
    return [text.upper() for text in texts]


def all_but_twins(db: sqlite3.Connection, texts: Sequence[str]) -> list[bool]:
    fresh = insert_rows(db, "INSERT INTO notes (note)", [(text,) for text in texts], "ON CONFLICT DO NOTHING").rows
    if 1 < len(texts) != fresh:
        raise OneByOne
    return [bool(fresh)] * len(texts)


async def test_work_of_one_kind_is_done_once_and_each_gets_its_own_result(path: Path) -> None:
    statements: list[str] = []
    writer = GroupWriter(path, watched(path, statements), busy_seconds=1)
    await writer.start()
    for text in "xy":
        writer.lazily_together(together, text)
    writer.lazily(note("z"))
    outcomes = await asyncio.gather(
        writer.run_together(together, "a"), writer.run(note("alone")), writer.run_together(together, "b")
    )
    await writer.stop()
    assert ["A", "alone", "B"] == outcomes
    written = [each.partition("VALUES")[2].strip() for each in statements if "INSERT" in each]
    assert ["('x'), ('y')", "('z')", "('a'), ('b')", "('alone')"] == written
    assert 1 == statements.count("COMMIT")


async def test_what_cannot_be_told_of_several_is_told_of_each_in_one_commit(path: Path) -> None:
    statements: list[str] = []
    writer = GroupWriter(path, watched(path, statements), busy_seconds=1)
    await writer.start()
    outcomes = await asyncio.gather(*(writer.run_together(all_but_twins, text) for text in "abac"))
    await writer.stop()
    assert [True, True, False, True] == outcomes
    assert ["a", "b", "c"] == notes(path)
    assert ["ROLLBACK", "COMMIT"] == [each for each in statements if each in {"ROLLBACK", "COMMIT"}]


async def test_a_fault_among_several_of_one_kind_spoils_only_its_own(path: Path, writer: GroupWriter) -> None:
    await writer.run(note("b"))
    outcomes = await asyncio.gather(*(writer.run_together(together, text) for text in "abc"), return_exceptions=True)
    assert ["A", "UNIQUE constraint failed: notes.note", "C"] == [str(each) for each in outcomes]
    assert ["b", "a", "c"] == notes(path)


# ---- how long a group gathers


async def seconds_until_written(writer: GroupWriter, several: Sequence[str]) -> float:
    began = time.monotonic()
    await asyncio.gather(*(writer.run(note(text)) for text in several))
    return time.monotonic() - began


async def test_after_a_large_group_the_next_one_gathers(path: Path) -> None:
    statements: list[str] = []
    writer = GroupWriter(path, watched(path, statements), busy_seconds=1, gathering_seconds=1)
    await writer.start()
    await seconds_until_written(writer, "abcdef")
    first = asyncio.create_task(seconds_until_written(writer, "g"))
    await asyncio.sleep(0.1)
    await seconds_until_written(writer, "h")
    assert 0.8 < await first
    assert 2 == statements.count("COMMIT")
    assert await seconds_until_written(writer, "i") < 0.5, "nobody waits after a small group"
    await writer.stop()


async def test_what_comes_alone_or_among_few_never_waits(path: Path) -> None:
    writer = GroupWriter(path, watched(path, []), busy_seconds=1, gathering_seconds=5)
    await writer.start()
    async with asyncio.timeout(4):
        for several in ("a", "b", "cdefg", "h", "ijklm", "n"):
            await seconds_until_written(writer, several)
    await writer.stop()


async def test_stopping_does_not_wait_for_a_group_to_gather(path: Path) -> None:
    writer = GroupWriter(path, watched(path, []), busy_seconds=1, gathering_seconds=60)
    await writer.start()
    await seconds_until_written(writer, "abcdef")
    last = asyncio.create_task(writer.run(note("g")))
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        await writer.stop()
        assert "g" == await last
    assert [*"abcdefg"] == notes(path)


# ---- faults


async def test_a_fault_of_one_undoes_only_its_own_work(path: Path, writer: GroupWriter) -> None:
    def faulty(db: sqlite3.Connection) -> None:
        note("half")(db)
        raise ValueError("no")

    outcomes = await asyncio.gather(
        writer.run(note("a")), writer.run(faulty), writer.run(note("a")), writer.run(note("b")), return_exceptions=True
    )
    assert ["a", "no", "UNIQUE constraint failed: notes.note", "b"] == [str(each) for each in outcomes]
    assert ["a", "b"] == notes(path)


async def test_lazy_work_goes_before_the_next_work(path: Path, writer: GroupWriter) -> None:
    writer.lazily(note("lazy"))
    await writer.run(note("prompt"))
    assert ["lazy", "prompt"] == notes(path)


async def test_stopping_writes_what_is_waiting(path: Path, writer: GroupWriter) -> None:
    writer.lazily(note("lazy"))
    waiting = [asyncio.create_task(writer.run(note(str(n)))) for n in range(3)]
    await asyncio.sleep(0)
    await writer.stop()
    assert ["0", "1", "2"] == await asyncio.gather(*waiting)
    assert ["0", "1", "2", "lazy"] == sorted(notes(path))
    with pytest.raises(Unavailable, match=r"^notes\.db is closed$"):
        await writer.run(note("late"))


async def test_the_thread_s_death_fails_all_who_wait_and_all_who_come(writer: GroupWriter) -> None:
    async with asyncio.timeout(5):
        waiting = [writer.run(lambda db: sys.exit(3)), writer.run(note("behind it"))]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        expected = "the thread that writes notes.db ended: SystemExit: 3"
        assert [(Unavailable, expected)] * 2 == [(type(each), str(each)) for each in outcomes]
        with pytest.raises(Unavailable, match=expected):
            await writer.run(note("afterwards"))


async def test_a_lock_held_too_long_is_unavailable_and_passes(path: Path, writer: GroupWriter) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.lazily(note("lazy"))
        with pytest.raises(Unavailable, match=r"^notes\.db is locked by another process: database is locked$"):
            await writer.run(note("refused"))
        other.execute("ROLLBACK")
    await writer.run(note("accepted"))
    assert ["lazy", "accepted"] == notes(path), "a lazy mark is kept for later"


async def test_a_short_lock_is_waited_for(path: Path, writer: GroupWriter) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(writer.run(note("a")))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        other.execute("ROLLBACK")
    assert "a" == await waiting


async def test_a_full_disk_is_unavailable_and_nothing_is_half_written(path: Path) -> None:
    def small() -> sqlite3.Connection:
        db = connect_to_write(path, NOTES, busy_seconds=1)
        db.execute("PRAGMA max_page_count = 8")
        return db

    writer = GroupWriter(path, small, busy_seconds=1)
    await writer.start()
    try:
        await writer.run(note("fits"))
        with pytest.raises(Unavailable, match=r"^notes\.db has no room left on its disk: database or disk is full$"):
            await writer.run(lambda db: [note(f"{n} {'x' * 2000}")(db) for n in range(20)])
        await writer.run(note("fits too"))
        assert ["fits", "fits too"] == notes(path)
    finally:
        await writer.stop()


def _no_sqlite_file(path: Path) -> None:
    path.write_bytes(b"device_id,device_type\n" * 100)


def _of_the_future(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 1000")


def _a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_no_sqlite_file, "state.db is not an SQLite file: file is not a database"),
        (_of_the_future, f"state.db has schema version 1000; this program knows up to {len(STATE_MIGRATIONS)}"),
        (_a_folder, "state.db cannot be opened: unable to open database file"),
    ],
    ids=["a file of another kind", "a file of a later version", "a folder"],
)
async def test_a_state_that_cannot_be_opened_says_why(
    tmp_path: Path, make: Callable[[Path], None], expected: str
) -> None:
    make(tmp_path / "state.db")
    state = SqliteState(tmp_path / "state.db", owner="w0", busy_seconds=0.2)
    with pytest.raises(Unavailable) as raised:
        await state.open()
    assert expected == str(raised.value)
    await state.close()


async def test_several_processes_make_one_file_at_once(tmp_path: Path) -> None:
    states = [SqliteState(tmp_path / "state.db", owner=f"w{n}") for n in range(6)]
    await asyncio.gather(*(state.open() for state in states))
    assert [{}] * 6 == [await state.outbox_depth() for state in states]
    await asyncio.gather(*(state.close() for state in states))
