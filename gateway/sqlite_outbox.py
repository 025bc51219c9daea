"""The outbox in the state file: what is to be handed on, by whom, when, and what is held until its time.

Plain functions of a connection: those that write run inside the writer's transaction and know nothing of
commits; those that read run on the loop. Requests and their names are ``sqlite_ledger``'s. Times are
microseconds since 1970 UTC.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gateway.ports import (
    Due,
    Enclosure,
    Far,
    HandOff,
    Stage,
)
from gateway.sqlite_ledger import RECEIVED, name_of, names_from
from gateway.sqlite_rows import execute_in, insert_rows
from gateway.sqlite_schema import from_micros, to_micros
from routing.facts import HeldRequest
from schemas.countersigned import base64_of
from schemas.vocabulary import RequestId, ServiceReferenceVariant


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Whose hand-offs are being written, from when and until when."""

    owner: str
    now: int
    until: int


_INSERT_HAND_OFFS = """INSERT OR FAIL INTO outbox (id, request_key, stage, far, name, content_type, trace_id,
    traceparent, not_before, due, since, owner, lease_until, enclosed_at, body)"""
_INSERT_BODIES = "INSERT OR FAIL INTO bodies (id, body)"
_DUE = """SELECT o.id, o.far, o.name, o.content_type, coalesce(o.body, (SELECT body FROM bodies b WHERE b.id = o.id)),
    o.trace_id, o.traceparent, o.not_before, o.attempts, o.due, o.since, o.last_error, o.dead,
    o.enclosed_at, o.request_key, o.stage FROM outbox o """
_CLAIMABLE = "WHERE o.dead = 0 AND o.due <= ? AND o.lease_until <= ? ORDER BY o.due LIMIT ?"
_ANY_CLAIMABLE = "SELECT 1 FROM outbox WHERE dead = 0 AND due <= ? AND lease_until <= ? LIMIT 1"
_LEASE = "UPDATE outbox SET owner = ?, lease_until = ? WHERE id = ?"
_RENEW = "UPDATE outbox SET lease_until = ? WHERE id = ? AND owner = ?"
_RELEASE = "UPDATE outbox SET owner = NULL, lease_until = 0 WHERE owner = ?"
_POSTPONE = """UPDATE outbox SET due = ?, attempts = attempts + 1, last_error = ?, owner = NULL, lease_until = 0
    WHERE id = ?"""
_HOLD_BACK = "UPDATE outbox SET due = ?, last_error = ?, owner = NULL, lease_until = 0 WHERE id = ?"
_BURY = """UPDATE outbox SET dead = 1, attempts = attempts + 1, last_error = ?, owner = NULL, lease_until = 0
    WHERE id = ?"""
_REDRIVE = "UPDATE outbox SET dead = 0, due = ?, since = ?, attempts = 0, lease_until = 0 WHERE id = ? AND dead = 1"
_DEPTH = "SELECT CASE WHEN dead THEN 'dead' ELSE far END, count(*) FROM outbox GROUP BY 1"


_LONG_OCTETS: Final = 16_384
"""A longer body has a row of its own: a hand-off's row is written again with every try."""

Enqueued = tuple[RequestId, Stage, Sequence[HandOff], Lease]
"""Hand-offs of one request, and who delivers them."""


def enqueue(db: sqlite3.Connection, several: Sequence[Enqueued]) -> None:
    """Write hand-offs: those due now leased to the owner, those held for later to nobody."""
    rows = [
        _hand_off_row(request_id, stage, each, lease)
        for request_id, stage, hand_offs, lease in several
        for each in hand_offs
    ]
    insert_rows(db, _INSERT_HAND_OFFS, rows)
    long = [
        (each.id, each.body) for _, _, hand_offs, _ in several for each in hand_offs if len(each.body) > _LONG_OCTETS
    ]
    insert_rows(db, _INSERT_BODIES, long)


def _hand_off_row(request_id: RequestId, stage: Stage, each: HandOff, lease: Lease) -> tuple[Any, ...]:
    not_before = None if each.not_before is None else to_micros(each.not_before)
    due = lease.now if not_before is None else max(lease.now, not_before)
    holder = (lease.owner, lease.until) if due == lease.now else (None, 0)
    identity = (each.id, name_of(request_id), stage.value, each.far.value, each.name, each.content_type)
    body = None if len(each.body) > _LONG_OCTETS else each.body
    enclosed_at = None if each.enclosed is None else each.enclosed.at
    return (*identity, each.trace_id, each.traceparent, not_before, due, due, *holder, enclosed_at, body)


_HELD = """SELECT r.request_id, o.not_before, o.id, o.trace_id FROM outbox o
    JOIN names n ON n.name = o.request_key AND n.use = o.stage JOIN requests r ON r.number = n.request
    WHERE o.not_before IS NOT NULL AND o.request_key BETWEEN ? AND ? AND r.variant = ? AND o.dead = 0
    AND o.attempts = 0 AND o.lease_until = 0 ORDER BY o.not_before, o.id"""


_STILL_HELD = "SELECT 1 FROM outbox WHERE id = ? AND dead = 0 AND attempts = 0 AND lease_until = 0"


def held_requests(db: sqlite3.Connection, like: RequestId, variant: ServiceReferenceVariant) -> tuple[HeldRequest, ...]:
    """Future-dated requests of that originator, target and service that nobody has begun to deliver."""
    name, highest = names_from(like)
    rows = db.execute(_HELD, (name[:16] + bytes(8), highest, variant))
    return tuple(
        HeldRequest(
            request_id=RequestId.parse(request_id), execution=from_micros(not_before), hand_off=id_, trace_id=trace_id
        )
        for request_id, not_before, id_, trace_id in rows
    )


def withdraw(db: sqlite3.Connection, requests: Sequence[HeldRequest]) -> bool:
    """Take what is held out of the outbox, all of it or nothing: False when some is being delivered, or was."""
    ids = [each.hand_off for each in requests]
    still_held = all(db.execute(_STILL_HELD, (id_,)).fetchone() is not None for id_ in ids)
    if still_held:
        remove(db, ids)
    return still_held


def any_claimable(db: sqlite3.Connection, now: int) -> bool:
    return db.execute(_ANY_CLAIMABLE, (now, now)).fetchone() is not None


def claim(db: sqlite3.Connection, limit: int, lease: Lease) -> list[Due]:
    """Lease what is due and nobody's, longest overdue first."""
    due = _all_due(db, db.execute(_DUE + _CLAIMABLE, (lease.now, lease.now, limit)).fetchall())
    db.executemany(_LEASE, [(lease.owner, lease.until, each.hand_off.id) for each in due])
    return due


def renew(db: sqlite3.Connection, hand_off_ids: Sequence[str], lease: Lease) -> None:
    db.executemany(_RENEW, [(lease.until, each, lease.owner) for each in hand_off_ids])


def release(db: sqlite3.Connection, owner: str) -> int:
    return db.execute(_RELEASE, (owner,)).rowcount


def remove(db: sqlite3.Connection, hand_off_ids: Sequence[str]) -> list[None]:
    execute_in(db, "DELETE FROM outbox WHERE id IN", hand_off_ids)
    return [None] * len(hand_off_ids)


def postpone(db: sqlite3.Connection, hand_off_id: str, due: int, error: str) -> None:
    db.execute(_POSTPONE, (due, error, hand_off_id))


def hold_back(db: sqlite3.Connection, hand_off_id: str, until: int, reason: str) -> None:
    db.execute(_HOLD_BACK, (until, reason, hand_off_id))


def bury(db: sqlite3.Connection, hand_off_id: str, reason: str) -> None:
    db.execute(_BURY, (reason, hand_off_id))


def redrive(db: sqlite3.Connection, hand_off_id: str, now: int) -> bool:
    return db.execute(_REDRIVE, (now, now, hand_off_id)).rowcount == 1


def waiting(db: sqlite3.Connection, *, dead: bool, limit: int) -> list[Due]:
    """Hand-offs that wait, or the dead letters, in the order of their due times."""
    rows = db.execute(_DUE + "WHERE o.dead = ? ORDER BY o.due, o.id LIMIT ?", (int(dead), limit))
    return _all_due(db, rows.fetchall())


def depth(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute(_DEPTH).fetchall())


def _all_due(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> list[Due]:
    """The request that several hand-offs enclose is read once for all of them."""
    enclosed: dict[tuple[bytes, str], bytes] = {}
    due = []
    for row in rows:
        at, request = row[13], row[14:]
        if at is not None and request not in enclosed:
            enclosed[request] = base64_of(db.execute(RECEIVED, request).fetchone()[0])
        due.append(_due(row, None if at is None else Enclosure(at, enclosed[request])))
    return due


def _due(row: tuple[Any, ...], enclosed: Enclosure | None) -> Due:
    (id_, far, name, content_type, body, trace_id, traceparent, not_before) = row[:8]
    attempts, due, since, last_error, dead = row[8:13]
    return Due(
        hand_off=HandOff(
            id=id_,
            far=Far(far),
            name=name,
            content_type=content_type,
            body=body,
            trace_id=trace_id,
            traceparent=traceparent,
            not_before=None if not_before is None else from_micros(not_before),
            enclosed=enclosed,
        ),
        attempts=attempts,
        due_at=from_micros(due),
        since=from_micros(since),
        last_error=last_error,
        dead=bool(dead),
    )
