"""RequestIDs, accepted requests and their answers in the state file.

Plain functions of a connection: those that write run inside the writer's transaction and know nothing
of commits; those that read run on the loop. Times are microseconds since 1970 UTC.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

from gateway.ports import (
    Acceptance,
    AlreadyUsed,
    AnswerKey,
    DeviceAnswer,
    Earlier,
    Open,
    Stage,
)
from gateway.sqlite_rows import insert_rows
from gateway.sqlite_schema import from_micros, to_micros
from routing.facts import Preceding
from schemas.vocabulary import RequestId, ResponseCode, ServiceReferenceVariant

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


RECEIVED: Final = """SELECT r.received FROM names n JOIN requests r ON r.number = n.request
    WHERE n.name = ? AND n.use = ?"""
"""SQL: the request of that ``name`` at that stage, as it was received."""


def received(db: sqlite3.Connection, request_id: RequestId) -> bytes | None:
    """The octets of the request at its first stage."""
    row = db.execute(RECEIVED, (name_of(request_id), Stage.REQUEST.value)).fetchone()
    return None if row is None else bytes(row[0])


_INSERT_ANSWERS = "INSERT OR FAIL INTO answers (request_key, message_digest, stage, at)"


def insert_answers(db: sqlite3.Connection, answers: Sequence[tuple[RequestId, Stage, bytes, int]]) -> bool:
    """Remember that these messages, by digest, were passed on then; False when not all of them are new."""
    rows = [(name_of(request_id), digest, stage.value, at) for request_id, stage, digest, at in answers]
    return insert_rows(db, _INSERT_ANSWERS, rows, "ON CONFLICT DO NOTHING").rows == len(rows)


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
