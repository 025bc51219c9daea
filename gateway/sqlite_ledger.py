"""RequestIDs, accepted requests and the outbox in the state file.

Plain functions of a connection: those that write run inside the writer's transaction and know nothing
of commits; those that read run on the loop. Times are microseconds since 1970 UTC.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.ports import (
    Acceptance,
    AlreadyUsed,
    AnswerKey,
    Due,
    Earlier,
    Far,
    HandOff,
    Open,
    Stage,
)
from gateway.sqlite_schema import from_micros, to_micros
from schemas.vocabulary import RequestId, ResponseCode, ServiceReferenceVariant


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Whose hand-offs are being written, from when and until when."""

    owner: str
    now: int
    until: int


# ---- requests

_USES = "SELECT stage, digest, code, answer, trace_id, pre_command FROM requests WHERE request_key = ?"
_INSERT_REQUEST = """INSERT INTO requests (request_key, stage, digest, code, request_id, variant, service_reference,
    schema_version, trace_id, received_at, hand_offs, answer_keys, answer, pre_command, received)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_OPEN = """SELECT r.request_id, r.stage, r.variant, r.service_reference, r.schema_version, r.trace_id, r.received_at,
    EXISTS (SELECT 1 FROM answers a WHERE a.request_key = r.request_key AND a.stage = r.stage) """
_OPEN_BY_ANSWER_KEY = (
    _OPEN
    + """FROM answer_keys k JOIN requests r ON r.request_key = k.request_key AND r.stage = k.stage
    WHERE k.answer_key = ?"""
)
_OPEN_BY_ID = _OPEN + "FROM requests r WHERE r.request_key = ? AND r.hand_offs > 0 ORDER BY r.rowid DESC LIMIT 1"


def earlier_uses(db: sqlite3.Connection, request_id: RequestId, stage: Stage) -> tuple[Earlier | None, bytes | None]:
    """What holds the RequestID at this stage; and, at a later stage, the Pre-Command issued at the first."""
    earlier = pre_command = None
    for used_at, digest, code, answer, trace_id, issued in db.execute(_USES, (request_id.octets,)):
        if used_at == stage.value:
            earlier = Earlier(digest=digest, code=ResponseCode(code), answer=answer, trace_id=trace_id)
        if used_at == Stage.REQUEST.value and stage is not Stage.REQUEST:
            pre_command = issued
    return earlier, pre_command


def insert_request(db: sqlite3.Connection, acceptance: Acceptance) -> AlreadyUsed | None:
    """Reserve the RequestID at its stage and keep the request, or say who has it."""
    key = acceptance.request_id.octets
    row = (
        key,
        acceptance.stage.value,
        acceptance.digest,
        acceptance.code,
        acceptance.request_id.text,
        acceptance.variant,
        acceptance.service_reference,
        acceptance.schema_version,
        acceptance.trace_id,
        to_micros(acceptance.received_at),
        len(acceptance.hand_offs),
        b"".join(each.octets for each in acceptance.answer_keys),
        acceptance.answer,
        acceptance.pre_command,
        acceptance.received,
    )
    if db.execute(_INSERT_REQUEST, row).rowcount == 0:
        return already_used(db, acceptance)
    for each in acceptance.answer_keys:
        # Of two requests with one answer key the later is the one that an answer is awaited for.
        db.execute("INSERT OR REPLACE INTO answer_keys VALUES (?, ?, ?)", (each.octets, key, acceptance.stage.value))
    return None


def already_used(db: sqlite3.Connection, acceptance: Acceptance) -> AlreadyUsed | None:
    earlier, _ = earlier_uses(db, acceptance.request_id, acceptance.stage)
    return None if earlier is None else AlreadyUsed(earlier=earlier)


def open_by_answer_key(db: sqlite3.Connection, key: AnswerKey) -> Open | None:
    return _open(db.execute(_OPEN_BY_ANSWER_KEY, (key.octets,)).fetchone())


def open_by_id(db: sqlite3.Connection, request_id: RequestId) -> Open | None:
    return _open(db.execute(_OPEN_BY_ID, (request_id.octets,)).fetchone())


def _open(row: tuple[Any, ...] | None) -> Open | None:
    if row is None:
        return None
    request_id, stage, variant, service_reference, schema_version, trace_id, received_at, answered = row
    return Open(
        request_id=RequestId.parse(request_id),
        stage=Stage(stage),
        variant=ServiceReferenceVariant(variant),
        service_reference=service_reference,
        schema_version=schema_version,
        trace_id=trace_id,
        received_at=from_micros(received_at),
        answered=bool(answered),
    )


def insert_answer(db: sqlite3.Connection, request_id: RequestId, stage: Stage, message_digest: bytes, now: int) -> bool:
    """Remember that this message was passed on; False when it was before."""
    row = (request_id.octets, message_digest, stage.value, now)
    inserted = db.execute(
        "INSERT INTO answers (request_key, message_digest, stage, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row
    )
    return inserted.rowcount == 1


# ---- the outbox

_INSERT_HAND_OFF = """INSERT INTO outbox (id, request_key, stage, far, name, content_type, trace_id, traceparent,
    not_before, due, since, owner, lease_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_DUE = """SELECT o.id, o.far, o.name, o.content_type, b.body, o.trace_id, o.traceparent, o.not_before,
    o.attempts, o.due, o.since, o.last_error, o.dead FROM outbox o JOIN bodies b ON b.id = o.id """
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


def enqueue(
    db: sqlite3.Connection, request_id: RequestId, stage: Stage, hand_offs: Sequence[HandOff], lease: Lease
) -> None:
    """Write hand-offs: those due now leased to the owner, those held for later to nobody."""
    for each in hand_offs:
        not_before = None if each.not_before is None else to_micros(each.not_before)
        due = lease.now if not_before is None else max(lease.now, not_before)
        holder = (lease.owner, lease.until) if due == lease.now else (None, 0)
        identity = (each.id, request_id.octets, stage.value, each.far.value, each.name, each.content_type)
        db.execute(_INSERT_HAND_OFF, (*identity, each.trace_id, each.traceparent, not_before, due, due, *holder))
        db.execute("INSERT INTO bodies (id, body) VALUES (?, ?)", (each.id, each.body))


def any_claimable(db: sqlite3.Connection, now: int) -> bool:
    return db.execute(_ANY_CLAIMABLE, (now, now)).fetchone() is not None


def claim(db: sqlite3.Connection, limit: int, lease: Lease) -> list[Due]:
    """Lease what is due and nobody's, longest overdue first."""
    due = [_due(row) for row in db.execute(_DUE + _CLAIMABLE, (lease.now, lease.now, limit))]
    db.executemany(_LEASE, [(lease.owner, lease.until, each.hand_off.id) for each in due])
    return due


def renew(db: sqlite3.Connection, hand_off_ids: Sequence[str], lease: Lease) -> None:
    db.executemany(_RENEW, [(lease.until, each, lease.owner) for each in hand_off_ids])


def release(db: sqlite3.Connection, owner: str) -> int:
    return db.execute(_RELEASE, (owner,)).rowcount


def remove(db: sqlite3.Connection, hand_off_id: str) -> None:
    db.execute("DELETE FROM outbox WHERE id = ?", (hand_off_id,))


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
    return [_due(row) for row in rows]


def depth(db: sqlite3.Connection) -> dict[str, int]:
    return dict(db.execute(_DEPTH).fetchall())


def _due(row: tuple[Any, ...]) -> Due:
    (id_, far, name, content_type, body, trace_id, traceparent, not_before) = row[:8]
    attempts, due, since, last_error, dead = row[8:]
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
        ),
        attempts=attempts,
        due_at=from_micros(due),
        since=from_micros(since),
        last_error=last_error,
        dead=bool(dead),
    )


# ---- retention

_FORGETTABLE = """SELECT rowid, request_key, answer_keys FROM requests
    WHERE received_at < ? AND request_key NOT IN (SELECT request_key FROM outbox) ORDER BY received_at LIMIT ?"""
_FORGET_ANSWERS = """DELETE FROM answers WHERE (request_key, message_digest) IN
    (SELECT request_key, message_digest FROM answers WHERE at < ? LIMIT ?)"""


FOR_EVER = 2**63 - 1
"""Later than any moment, in microseconds."""


def forget_requests(db: sqlite3.Connection, before: int, limit: int) -> int:
    """Remove the oldest finished requests; those with a hand-off that waits, or is a dead letter, stay."""
    rows = db.execute(_FORGETTABLE, (before, limit)).fetchall()
    db.executemany("DELETE FROM requests WHERE rowid = ?", [(rowid,) for rowid, _, _ in rows])
    keys = [(keys[start : start + 24], request) for _, request, keys in rows for start in range(0, len(keys), 24)]
    # A later request may have taken the answer key over.
    db.executemany("DELETE FROM answer_keys WHERE answer_key = ? AND request_key = ?", keys)
    return len(rows)


def forget_answers(db: sqlite3.Connection, before: int, limit: int) -> int:
    return db.execute(_FORGET_ANSWERS, (before, limit)).rowcount
