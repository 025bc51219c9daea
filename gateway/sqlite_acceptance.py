"""Accepting a request, and passing its answer on: which rows change together in one transaction of the state file.

Plain functions of a connection, run inside the writer's transaction. The rows themselves are ``sqlite_inventory``'s,
``sqlite_ledger``'s, ``sqlite_outbox``'s, ``sqlite_images``' and ``sqlite_statuses``'.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from gateway import sqlite_images as images
from gateway import sqlite_inventory as inventory
from gateway import sqlite_ledger as ledger
from gateway import sqlite_outbox as outbox
from gateway import sqlite_statuses as statuses
from gateway.ports import (
    Acceptance,
    AcceptanceOutcome,
    Accepted,
    AlreadyUsed,
    DeviceExists,
    HandOff,
    HeldNoLonger,
    Overtaken,
    Stage,
)
from gateway.sqlite_outbox import Lease
from gateway.sqlite_statuses import Cause
from gateway.sqlite_writer import OneByOne
from routing.transitions import Event
from schemas.vocabulary import RequestId


def accept(
    db: sqlite3.Connection, several: Sequence[tuple[Acceptance, Lease]]
) -> Sequence[Accepted | AlreadyUsed | DeviceExists]:
    """Acceptances that make no devices. Raises OneByOne when a RequestID of several is taken."""
    if len(several) == 1:
        used = ledger.already_used(db, several[0][0])
        if used is not None:
            return [used]
    if not ledger.insert_requests(db, [acceptance for acceptance, _ in several]):
        raise OneByOne
    outbox.enqueue(db, [(each.request_id, each.stage, each.hand_offs, lease) for each, lease in several])
    images.put_images(db, [image for each, _ in several for image in each.images])
    for each, _ in several:
        if each.activates_image is not None:
            images.end_image(db, each.activates_image)
    return [Accepted()] * len(several)


def put_devices(db: sqlite3.Connection, several: Sequence[images.Slice]) -> Sequence[None]:
    for some in several:
        images.put_devices(db, some)
    return [None] * len(several)


def accept_cancelling(db: sqlite3.Connection, acceptance: Acceptance, lease: Lease) -> AcceptanceOutcome:
    """What is held is taken out of the outbox, and its requests count as answered: nothing more comes of them."""
    # A repeat finds its own cancellation done: that is a used RequestID, and is told first.
    if ledger.already_used(db, acceptance) is None and not outbox.withdraw(db, acceptance.cancels):
        return HeldNoLonger()
    (outcome,) = accept(db, [(acceptance, lease)])
    if isinstance(outcome, Accepted):
        cancelled = [(each.request_id, Stage.REQUEST) for each in acceptance.cancels]
        ledger.insert_answers(db, [(*each, acceptance.digest, lease.now) for each in cancelled])
    return outcome


def accept_with_devices(db: sqlite3.Connection, acceptance: Acceptance, lease: Lease) -> AcceptanceOutcome:
    """Every refusal comes before the first write: a group of acceptances needs no undoing of one of them."""
    clash = next((device.id for device in acceptance.new_devices if inventory.exists(db, device.id)), None)
    changed = statuses.overtaken(db, acceptance.changes)
    # A repeated request finds its own device: that is a used RequestID, and is told first.
    if clash is not None and ledger.already_used(db, acceptance) is None:
        return DeviceExists(device=clash)
    if changed is not None and ledger.already_used(db, acceptance) is None:
        return Overtaken(device=changed)
    (outcome,) = accept(db, [(acceptance, lease)])
    if isinstance(outcome, Accepted):
        cause = Cause(at=lease.now, name=acceptance.request_id.text)
        for device in acceptance.new_devices:
            inventory.put_device(db, device)
            statuses.note(db, None, device, Event.PRE_NOTIFIED, cause)
        statuses.apply(db, acceptance.changes, cause)
    return outcome


def answered(
    db: sqlite3.Connection, several: Sequence[tuple[RequestId, Stage, bytes, Sequence[HandOff], Lease]]
) -> Sequence[bool]:
    """Answers that change no device. Raises OneByOne when a message of several was passed on before."""
    if not ledger.insert_answers(db, [(id_, stage, digest, lease.now) for id_, stage, digest, _, lease in several]):
        if len(several) > 1:
            raise OneByOne
        return [False]
    outbox.enqueue(db, [(id_, stage, hand_offs, lease) for id_, stage, _, hand_offs, lease in several])
    return [True] * len(several)
