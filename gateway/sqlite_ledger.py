"""RequestIDs, accepted requests and the outbox in the state file.

Plain functions of a connection: those that write run inside the writer's transaction and know nothing
of commits; those that read run on the loop. Times are microseconds since 1970 UTC.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from gateway.ports import (
    Acceptance,
    AlreadyUsed,
    AnswerKey,
    DeviceAnswer,
    Due,
    Earlier,
    Enclosure,
    Far,
    HandOff,
    Open,
    Stage,
)
from gateway.sqlite_rows import execute_in, insert_rows
from gateway.sqlite_schema import from_micros, to_micros
from routing.facts import HeldRequest, Preceding
from schemas.countersigned import base64_of
from schemas.vocabulary import RequestId, ResponseCode, ServiceReferenceVariant


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Whose hand-offs are being written, from when and until when."""

    owner: str
    now: int
    until: int


# ---- requests

_ANSWER: Final = "answer"
"""The use of a name that an answer finds its request by; the other uses are stages."""
_USES = f"""SELECT n.use, r.digest, r.code, r.answer, r.trace_id, r.pre_command
    FROM names n JOIN requests r ON r.number = n.request WHERE n.name = ? AND n.use <> '{_ANSWER}'"""  # noqa: S608 -- a constant
USES: Final = f"""EXISTS (SELECT 1 FROM names WHERE name = ?1 AND use <> '{_ANSWER}'), (SELECT name FROM names
    WHERE name > ?1 AND name <= ?2 AND use <> '{_ANSWER}' ORDER BY name DESC LIMIT 1)"""  # noqa: S608 -- a constant
"""SQL: whether the RequestID of that ``name`` was used, at any stage; and the last of those above it."""
_HIGHEST = b"\xff" * 8
_INSERT_REQUESTS = """INSERT OR FAIL INTO requests (request_key, stage, digest, code, request_id, variant,
    service_reference, schema_version, trace_id, received_at, hand_offs, answer_keys, answer, pre_command, received)"""
_INSERT_NAMES = "INSERT OR FAIL INTO names (name, use, request, expects)"
# Of two requests with one answer key the later is the one that an answer is awaited for.
_LATER_AWAITS = f"""ON CONFLICT (name, use)
    DO UPDATE SET request = excluded.request, expects = excluded.expects WHERE use = '{_ANSWER}'"""
_OPEN = """SELECT r.request_id, r.stage, r.variant, r.service_reference, r.schema_version, r.trace_id, r.received_at,
    EXISTS (SELECT 1 FROM answers a WHERE a.request_key = r.request_key AND a.stage = r.stage), n.expects
    FROM names n JOIN requests r ON r.number = n.request WHERE n.name = ? """
_OPEN_BY_ANSWER_KEY = _OPEN + f"AND n.use = '{_ANSWER}'"
_LATEST_USE = f"""SELECT r.pre_command IS NOT NULL, length(r.answer_keys) = 0
    OR EXISTS (SELECT 1 FROM answers a WHERE a.request_key = r.request_key AND a.stage = r.stage)
    FROM names n JOIN requests r ON r.number = n.request
    WHERE n.name = ? AND n.use <> '{_ANSWER}' ORDER BY r.number DESC LIMIT 1"""  # noqa: S608 -- a constant
_OPEN_BY_ID = _OPEN + f"AND n.use <> '{_ANSWER}' AND r.hand_offs > 0 ORDER BY r.number DESC LIMIT 1"


def name_of(key: RequestId | AnswerKey) -> bytes:
    """What a request is found by, 24 octets: device, originator and counter."""
    return _device_first(key.octets)


def _device_first(octets: bytes) -> bytes:
    return octets[8:16] + octets[:8] + octets[16:]


def names_from(request_id: RequestId) -> tuple[bytes, bytes]:
    """The parameters of ``USES``: the name of the RequestID, and the highest with its device and originator."""
    name = name_of(request_id)
    return name, name[:16] + _HIGHEST


def counter_in(name: bytes) -> int:
    return int.from_bytes(name[16:], "big")


def later_counter(db: sqlite3.Connection, request_id: RequestId) -> int | None:
    """The highest counter above that one which its originator has used for its target."""
    _, later = db.execute(f"SELECT {USES}", names_from(request_id)).fetchone()
    return None if later is None else counter_in(later)


def earlier_uses(db: sqlite3.Connection, request_id: RequestId, stage: Stage) -> tuple[Earlier | None, bytes | None]:
    """What holds the RequestID at this stage; and, at a later stage, the Pre-Command issued at the first."""
    earlier = pre_command = None
    for used_at, digest, code, answer, trace_id, issued in db.execute(_USES, (name_of(request_id),)):
        if used_at == stage.value:
            earlier = Earlier(digest=digest, code=ResponseCode(code), answer=answer, trace_id=trace_id)
        if used_at == Stage.REQUEST.value and stage is not Stage.REQUEST:
            pre_command = issued
    return earlier, pre_command


def preceding_use(db: sqlite3.Connection, request_id: RequestId) -> Preceding:
    """How far the request that another one follows has come. A Pre-Command that nobody signed is an open one."""
    latest = db.execute(_LATEST_USE, (name_of(request_id),)).fetchone()
    if latest is None:
        return Preceding.UNKNOWN
    awaits_signature, answered = latest
    return Preceding.OPEN if awaits_signature or not answered else Preceding.ANSWERED


def insert_requests(db: sqlite3.Connection, acceptances: Sequence[Acceptance]) -> bool:
    """Keep the requests and reserve their RequestIDs at their stages.

    False when not all of these were free: then too much was written, and the transaction is to be undone.
    """
    last = insert_rows(db, _INSERT_REQUESTS, [_request_row(each) for each in acceptances]).last
    numbered = list(enumerate(acceptances, last - len(acceptances) + 1))
    names: list[tuple[bytes, str, int, bytes | None]]
    names = [(name_of(each.request_id), each.stage.value, number, None) for number, each in numbered]
    names += [
        (name_of(key), _ANSWER, number, _expected(each.device_answer))
        for number, each in numbered
        for key in each.answer_keys
    ]
    return insert_rows(db, _INSERT_NAMES, names, _LATER_AWAITS).rows == len(names)


def _request_row(acceptance: Acceptance) -> tuple[Any, ...]:
    return (
        name_of(acceptance.request_id),
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


def _expected(answer: DeviceAnswer | None) -> bytes | None:
    if answer is None:
        return None
    return answer.message_code.to_bytes(2, "big") + (answer.customer_identification_number or "").encode()


def _device_answer(expected: bytes | None) -> DeviceAnswer | None:
    if expected is None:
        return None
    code, told = int.from_bytes(expected[:2], "big"), expected[2:].decode()
    return DeviceAnswer(message_code=code, customer_identification_number=told or None)


def already_used(db: sqlite3.Connection, acceptance: Acceptance) -> AlreadyUsed | None:
    earlier, _ = earlier_uses(db, acceptance.request_id, acceptance.stage)
    return None if earlier is None else AlreadyUsed(earlier=earlier)


def open_by_answer_key(db: sqlite3.Connection, key: AnswerKey) -> Open | None:
    return _open(db.execute(_OPEN_BY_ANSWER_KEY, (name_of(key),)).fetchone())


def open_by_id(db: sqlite3.Connection, request_id: RequestId) -> Open | None:
    return _open(db.execute(_OPEN_BY_ID, (name_of(request_id),)).fetchone())


def _open(row: tuple[Any, ...] | None) -> Open | None:
    if row is None:
        return None
    request_id, stage, variant, service_reference, schema_version, trace_id, received_at, answered, expected = row
    return Open(
        request_id=RequestId.parse(request_id),
        stage=Stage(stage),
        variant=ServiceReferenceVariant(variant),
        service_reference=service_reference,
        schema_version=schema_version,
        trace_id=trace_id,
        received_at=from_micros(received_at),
        answered=bool(answered),
        device_answer=_device_answer(expected),
    )


_RECEIVED = "SELECT r.received FROM names n JOIN requests r ON r.number = n.request WHERE n.name = ? AND n.use = ?"


def received(db: sqlite3.Connection, request_id: RequestId) -> bytes | None:
    """The octets of the request at its first stage."""
    row = db.execute(_RECEIVED, (name_of(request_id), Stage.REQUEST.value)).fetchone()
    return None if row is None else bytes(row[0])


_INSERT_ANSWERS = "INSERT OR FAIL INTO answers (request_key, message_digest, stage, at)"


def insert_answers(db: sqlite3.Connection, answers: Sequence[tuple[RequestId, Stage, bytes, int]]) -> bool:
    """Remember that these messages, by digest, were passed on then; False when not all of them are new."""
    rows = [(name_of(request_id), digest, stage.value, at) for request_id, stage, digest, at in answers]
    return insert_rows(db, _INSERT_ANSWERS, rows, "ON CONFLICT DO NOTHING").rows == len(rows)


# ---- the outbox

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
RECEIVED = "SELECT r.received FROM names n JOIN requests r ON r.number = n.request WHERE n.name = ? AND n.use = ?"
"""SQL: the request of that ``name`` at that stage, as it was received."""
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


def held(db: sqlite3.Connection, like: RequestId, variant: ServiceReferenceVariant) -> tuple[HeldRequest, ...]:
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


# ---- retention

_FORGETTABLE = """SELECT number, request_key, stage, answer_keys FROM requests
    WHERE received_at < ? AND request_key NOT IN (SELECT request_key FROM outbox) ORDER BY received_at LIMIT ?"""
_FORGET_ANSWERS = """DELETE FROM answers WHERE (request_key, message_digest) IN
    (SELECT request_key, message_digest FROM answers WHERE at < ? LIMIT ?)"""


FOR_EVER = 2**63 - 1
"""Later than any moment, in microseconds."""


def forget_requests(db: sqlite3.Connection, before: int, limit: int) -> int:
    """Remove the oldest finished requests; those with a hand-off that waits, or is a dead letter, stay."""
    rows = db.execute(_FORGETTABLE, (before, limit)).fetchall()
    db.executemany("DELETE FROM requests WHERE number = ?", [(number,) for number, *_ in rows])
    names = [(name, stage, number) for number, name, stage, _ in rows]
    names += [
        (_device_first(keys[start : start + 24]), _ANSWER, number)
        for number, _, _, keys in rows
        for start in range(0, len(keys), 24)
    ]
    # A later request may have taken the answer key over.
    db.executemany("DELETE FROM names WHERE name = ? AND use = ? AND request = ?", names)
    return len(rows)


def forget_answers(db: sqlite3.Connection, before: int, limit: int) -> int:
    return db.execute(_FORGET_ANSWERS, (before, limit)).rowcount
