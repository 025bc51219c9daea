"""The trace file's tables and everything that is said to them: append, search, prune.

Plain functions of a connection. A trace is one row with its JSON; what is searched for stands beside it
in columns. So do the facts, octets that only replay reads, and which msgspec would not read back from
within the record (an optional Raw). Attempts and events come after the trace and are rows of their own,
merged when it is read.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec

from gateway.sqlite_rows import insert_rows
from gateway.sqlite_schema import to_micros
from gateway.trace_ports import TraceQuery
from routing.trace import Answer, HandOffAttempt, RoutingTrace
from schemas.records import json_decoder, to_json
from schemas.vocabulary import Eui64

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE traces (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, trace_id TEXT NOT NULL UNIQUE, received_at INTEGER NOT NULL,
            device BLOB, originator BLOB, variant TEXT, code TEXT, record BLOB NOT NULL, facts BLOB) STRICT""",
        "CREATE INDEX traces_by_age ON traces (received_at)",
        "CREATE INDEX traces_by_device ON traces (device, received_at) WHERE device IS NOT NULL",
        "CREATE INDEX traces_by_originator ON traces (originator, received_at) WHERE originator IS NOT NULL",
        "CREATE INDEX traces_by_code ON traces (code, received_at) WHERE code IS NOT NULL",
        """CREATE TABLE destinations (
            seq INTEGER NOT NULL, destination TEXT NOT NULL COLLATE NOCASE,
            PRIMARY KEY (seq, destination)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE refusals (
            seq INTEGER NOT NULL, check_name TEXT NOT NULL, PRIMARY KEY (seq, check_name)) STRICT, WITHOUT ROWID""",
        """CREATE TABLE additions (
            seq INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
            record BLOB NOT NULL) STRICT""",
        "CREATE INDEX additions_by_trace ON additions (trace_id)",
        "CREATE INDEX additions_by_age ON additions (at)",
        "CREATE TABLE gaps (at INTEGER NOT NULL, dropped INTEGER NOT NULL) STRICT",
    ),
)


class AdditionKind(StrEnum):
    ATTEMPT = "attempt"
    EVENT = "event"


class Addition(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened after the trace was offered (or before it was written)."""

    trace_id: str
    kind: AdditionKind
    value: HandOffAttempt | str


_trace = json_decoder(RoutingTrace)
_attempt = json_decoder(HandOffAttempt)
_event = json_decoder(str)


# ---- append

_INSERT_TRACE = """INSERT OR FAIL INTO traces (seq, trace_id, received_at, device, originator, variant, code,
    record, facts)"""
_INSERT_DESTINATION = "INSERT OR IGNORE INTO destinations (seq, destination)"
_INSERT_REFUSAL = "INSERT OR IGNORE INTO refusals (seq, check_name)"
_INSERT_ADDITION = "INSERT OR FAIL INTO additions (trace_id, kind, at, record)"
_EUIS = 4096
"""So many are remembered: of originators there are few."""
_LAST_SEQ = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'traces'"


def insert(db: sqlite3.Connection, records: Sequence[RoutingTrace | Addition], at: int) -> None:
    """Append the traces, or replace those of the same ids, and what happened to them. In the caller's transaction."""
    traces: dict[str, RoutingTrace] = {}
    within: dict[str, list[Addition]] = {}
    apart: list[Addition] = []
    for record in records:
        if isinstance(record, RoutingTrace):
            traces[record.trace_id] = record
        elif record.trace_id in traces:
            # Mostly a delivery, some milliseconds later: it need not be a row of its own.
            within.setdefault(record.trace_id, []).append(record)
        else:
            apart.append(record)
    for trace_id, several in within.items():
        traces[trace_id] = _completed(traces[trace_id], [each.value for each in several])
    _insert_traces(db, list(traces.values()))
    insert_rows(db, _INSERT_ADDITION, [(each.trace_id, each.kind.value, at, to_json(each.value)) for each in apart])


def _insert_traces(db: sqlite3.Connection, traces: Sequence[RoutingTrace]) -> None:
    first = int(db.execute(_LAST_SEQ).fetchone()[0]) + 1
    numbered = list(enumerate(traces, first))
    rows = [_row(seq, trace) for seq, trace in numbered]
    if insert_rows(db, _INSERT_TRACE, rows, "ON CONFLICT DO NOTHING").rows < len(rows):
        _replace(db, rows)
    insert_rows(db, _INSERT_DESTINATION, [(seq, place) for seq, trace in numbered for place in trace.destinations])
    insert_rows(
        db,
        _INSERT_REFUSAL,
        [(seq, each.check) for seq, trace in numbered for each in trace.verdicts if each.answer is Answer.REFUSED],
    )


def _replace(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert those of the rows that traces of the same ids have kept out, in their place."""
    inserted = {seq for (seq,) in db.execute("SELECT seq FROM traces WHERE seq >= ?", (rows[0][0],))}
    kept_out = [row for row in rows if row[0] not in inserted]
    for _, trace_id, *_ in kept_out:
        _remove(db, db.execute("SELECT seq FROM traces WHERE trace_id = ?", (trace_id,)).fetchall())
    insert_rows(db, _INSERT_TRACE, kept_out)


def _row(seq: int, trace: RoutingTrace) -> tuple[Any, ...]:
    return (
        seq,
        trace.trace_id,
        to_micros(trace.received_at),
        _octets(trace.device),
        _octets(trace.originator),
        trace.variant,
        trace.code,
        to_json(msgspec.structs.replace(trace, facts=None)),
        None if trace.facts is None else bytes(trace.facts),
    )


def insert_gap(db: sqlite3.Connection, at: int, dropped: int) -> None:
    db.execute("INSERT INTO gaps (at, dropped) VALUES (?, ?)", (at, dropped))


@lru_cache(_EUIS)
def _octets(eui: str | None) -> bytes | None:
    """A trace repeats what the sender wrote, in either case: searching compares numbers."""
    if eui is None:
        return None
    try:
        return Eui64.parse_lenient(eui).octets
    except ValueError:
        return None


# ---- search


def show(db: sqlite3.Connection, trace_id: str) -> RoutingTrace | None:
    row = db.execute("SELECT record, facts FROM traces WHERE trace_id = ?", (trace_id,)).fetchone()
    return None if row is None else _merged(db, *row)


def find(db: sqlite3.Connection, query: TraceQuery) -> list[RoutingTrace]:
    conditions: list[str] = []
    values: list[object] = []
    for condition, value in _conditions(query):
        conditions.append(condition)
        values.append(value)
    where = " AND ".join(conditions) or "TRUE"
    select = "SELECT record, facts FROM traces t WHERE " + where + " ORDER BY received_at DESC, seq DESC LIMIT ?"  # noqa: S608 -- constants
    rows = db.execute(select, (*values, query.limit)).fetchall()
    return [_merged(db, record, facts) for record, facts in rows]


def _conditions(query: TraceQuery) -> Iterator[tuple[str, object]]:
    if query.device is not None:
        yield "device = ?", query.device.octets
    if query.originator is not None:
        yield "originator = ?", query.originator.octets
    if query.variant is not None:
        yield "variant = ?", query.variant
    if query.code is not None:
        yield "code = ?", query.code
    if query.destination is not None:
        yield "EXISTS (SELECT 1 FROM destinations d WHERE d.seq = t.seq AND d.destination = ?)", query.destination
    if query.check is not None:
        yield "EXISTS (SELECT 1 FROM refusals c WHERE c.seq = t.seq AND c.check_name = ?)", query.check
    if query.since is not None:
        yield "received_at >= ?", to_micros(query.since)
    if query.until is not None:
        yield "received_at < ?", to_micros(query.until)


def _merged(db: sqlite3.Connection, record: bytes, facts: bytes | None) -> RoutingTrace:
    trace = _trace.decode(record)
    rows = db.execute("SELECT kind, record FROM additions WHERE trace_id = ? ORDER BY seq", (trace.trace_id,))
    later = [
        _attempt.decode(value) if kind == AdditionKind.ATTEMPT.value else _event.decode(value) for kind, value in rows
    ]
    return msgspec.structs.replace(_completed(trace, later), facts=None if facts is None else msgspec.Raw(facts))


def _completed(trace: RoutingTrace, later: Sequence[HandOffAttempt | str]) -> RoutingTrace:
    attempts = (each for each in later if not isinstance(each, str))
    events = (each for each in later if isinstance(each, str))
    return msgspec.structs.replace(trace, attempts=(*trace.attempts, *attempts), events=(*trace.events, *events))


def dropped_between(db: sqlite3.Connection, since: datetime | None, until: datetime | None) -> int:
    bounds = (-(2**63) if since is None else to_micros(since), 2**63 - 1 if until is None else to_micros(until))
    row = db.execute("SELECT coalesce(sum(dropped), 0) FROM gaps WHERE at >= ? AND at < ?", bounds).fetchone()
    return int(row[0])


# ---- prune


_AT_ONCE = 500


def delete_before(db: sqlite3.Connection, moment: int) -> int:
    """Delete the traces received before, and the gaps of that time; how many traces."""
    deleted = 0
    select = "SELECT seq FROM traces WHERE received_at < ? ORDER BY received_at LIMIT ?"
    while rows := db.execute(select, (moment, _AT_ONCE)).fetchall():
        deleted += _delete(db, rows)
    with transaction(db):
        db.execute("DELETE FROM gaps WHERE at < ?", (moment,))
        db.execute("DELETE FROM additions WHERE at < ?", (moment,))
    return deleted


def delete_oldest(db: sqlite3.Connection) -> int:
    """Delete a twentieth of all traces, the oldest, at least one and at most 500; how many."""
    count = int(db.execute("SELECT count(*) FROM traces").fetchone()[0])
    limit = max(1, min(_AT_ONCE, count // 20))
    return _delete(db, db.execute("SELECT seq FROM traces ORDER BY received_at LIMIT ?", (limit,)).fetchall())


def _delete(db: sqlite3.Connection, rows: Sequence[tuple[int]]) -> int:
    with transaction(db):
        db.executemany("DELETE FROM additions WHERE trace_id = (SELECT trace_id FROM traces WHERE seq = ?)", rows)
        _remove(db, rows)
        # Additions whose trace was dropped have nobody else to go with.
        db.execute("DELETE FROM additions WHERE at < (SELECT min(received_at) FROM traces)")
    return len(rows)


def _remove(db: sqlite3.Connection, rows: Sequence[tuple[int]]) -> None:
    for statement in (
        "DELETE FROM destinations WHERE seq = ?",
        "DELETE FROM refusals WHERE seq = ?",
        "DELETE FROM traces WHERE seq = ?",
    ):
        db.executemany(statement, rows)


def give_back(db: sqlite3.Connection) -> None:
    """Return freed pages to the file system, a few at a time: other processes write in between."""
    before, free = -1, _free_pages(db)
    while free and free != before:
        db.execute(f"PRAGMA incremental_vacuum({_AT_ONCE})").fetchall()
        before, free = free, _free_pages(db)


def _free_pages(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA freelist_count").fetchone()[0])


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
