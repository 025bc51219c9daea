"""Changes of devices and their status history in the state file, and how far a new product list has been followed.

Plain functions of a connection: those that write run inside the writer's transaction. What changes, and why, is
``routing.transitions``'.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from gateway.sqlite_inventory import put_device
from gateway.sqlite_outbox import Lease
from gateway.sqlite_schema import from_micros
from gateway.status_records import StatusChange, Walk
from routing.inventory import Device
from routing.transitions import Change
from schemas.records import json_decoder
from schemas.vocabulary import DeviceId, DeviceStatus

_DEVICE: Final = json_decoder(Device)
_INSERT: Final = "INSERT INTO status_history (eui, at, event, before, after, cause) VALUES (?, ?, ?, ?, ?, ?)"
_HISTORY: Final = "SELECT at, event, before, after, cause FROM status_history WHERE eui = ? ORDER BY number"
_RECORD: Final = "SELECT record FROM devices WHERE eui = ?"
_AFTER: Final = "SELECT record FROM devices WHERE eui > ? ORDER BY eui LIMIT ?"
_DELETE: Final = tuple(
    f"DELETE FROM {table} WHERE eui = ?"  # noqa: S608 -- names of ours
    for table in ("devices", "device_mpxns", "key_agreement_certificates")
)


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What brought changes about, and when: microseconds since 1970 UTC."""

    at: int
    name: str


def overtaken(db: sqlite3.Connection, changes: Iterable[Change]) -> DeviceId | None:
    """The first device whose record is no longer the one that was judged."""
    for change in changes:
        row = db.execute(_RECORD, (change.before.id.octets,)).fetchone()
        if row is None or _DEVICE.decode(row[0]) != change.before:
            return change.before.id
    return None


def apply(db: sqlite3.Connection, changes: Iterable[Change], cause: Cause) -> None:
    """Write what becomes of the devices; none of them is overtaken."""
    for change in changes:
        after = change.after
        if after is None:
            for statement in _DELETE:
                db.execute(statement, (change.before.id.octets,))
        else:
            put_device(db, after)
        if change.moves:
            note(db, change.before, after, change.row.event, cause)


def note(db: sqlite3.Connection, before: Device | None, after: Device | None, event: str, cause: Cause) -> None:
    """One line of the history of the device."""
    one = after or before
    if one is not None:
        row = (one.id.octets, cause.at, event, _status(before), _status(after), cause.name)
        db.execute(_INSERT, row)


def put_imported(db: sqlite3.Connection, device: Device, cause: Cause) -> None:
    """Insert or replace the record; another status than it had is a line of the history."""
    row = db.execute(_RECORD, (device.id.octets,)).fetchone()
    before = None if row is None else _DEVICE.decode(row[0])
    put_device(db, device)
    if before is None or before.status is not device.status:
        note(db, before, device, "imported", cause)


def _status(device: Device | None) -> str | None:
    return None if device is None or device.status is None else device.status.value


def history(db: sqlite3.Connection, device: DeviceId) -> list[StatusChange]:
    """Oldest first."""
    return [
        StatusChange(
            at=from_micros(at),
            event=event,
            before=None if before is None else DeviceStatus(before),
            after=None if after is None else DeviceStatus(after),
            cause=cause,
        )
        for at, event, before, after, cause in db.execute(_HISTORY, (device.octets,))
    ]


# ---- following a new revision of the product lists, device by device


def is_settled(db: sqlite3.Connection, activated: int) -> bool:
    """Whether all devices follow the revision that was activated then, or a later one."""
    row = db.execute("SELECT target, activated FROM list_walk").fetchone()
    return row is not None and row[0] is None and row[1] >= activated


def claim_walk(db: sqlite3.Connection, active: str, activated: int, lease: Lease) -> Walk | None:
    """The walk to lead on, leased to the owner; ``None`` where there is none or another process leads it.

    Devices that follow no revision yet follow the active one from here on. A walk that was begun is finished before
    one to a still newer revision begins.
    """
    row = db.execute("SELECT settled, target, cursor, owner, lease_until, activated FROM list_walk").fetchone()
    if row is None:
        db.execute("INSERT INTO list_walk (only, settled, activated) VALUES (1, ?, ?)", (active, activated))
        return None
    settled, target, cursor, holder, lease_until, followed = row
    if target is None:
        if activated <= followed:
            return None
        db.execute("UPDATE list_walk SET activated = ?", (activated,))
        if settled == active:
            return None
        target = active
    elif holder != lease.owner and lease_until > lease.now:
        return None
    db.execute("UPDATE list_walk SET target = ?, owner = ?, lease_until = ?", (target, lease.owner, lease.until))
    return Walk(settled=settled, target=target, cursor=cursor or b"")


def still_leads(db: sqlite3.Connection, walk: Walk, owner: str) -> bool:
    """Whether nobody has led the walk on since it was claimed."""
    row = db.execute("SELECT target, coalesce(cursor, x''), owner FROM list_walk").fetchone()
    return row is not None and tuple(row) == (walk.target, walk.cursor, owner)


def lead_on(db: sqlite3.Connection, walk: Walk, cursor: bytes | None, until: int) -> None:
    """Everything up to ``cursor`` has been led; ``None``: everything has."""
    if cursor is None:
        db.execute("UPDATE list_walk SET settled = ?, target = NULL, cursor = NULL, owner = NULL", (walk.target,))
    else:
        db.execute("UPDATE list_walk SET cursor = ?, lease_until = ?", (cursor, until))


def devices_after(db: sqlite3.Connection, cursor: bytes, limit: int) -> Sequence[Device]:
    """In the order of their EUIs."""
    return [_DEVICE.decode(record) for (record,) in db.execute(_AFTER, (cursor, limit))]
