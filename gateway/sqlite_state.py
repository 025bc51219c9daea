"""The inventory and the ledger in one SQLite file: the embedded adapter of their ports.

One file, because SQLite commits atomically within a file and a 12.2 changes both. Writes go through a
``GroupWriter``; point reads happen on the loop (a hop to a thread costs more than they do), long ones in
a thread with a connection of their own. Several worker processes may share the file, each with an owner
name of its own. What changes together is said by ``sqlite_acceptance``, the SQL is in
``sqlite_inventory``, ``sqlite_ledger`` and ``sqlite_outbox``; traces have another file.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from gateway import sqlite_acceptance as accepting
from gateway import sqlite_images as images
from gateway import sqlite_inventory as inventory
from gateway import sqlite_ledger as ledger
from gateway import sqlite_outbox as outbox
from gateway import sqlite_statuses as statuses
from gateway.ports import (
    Acceptance,
    AcceptanceOutcome,
    AnswerKey,
    Due,
    Found,
    HandOff,
    Open,
    Overtaken,
    Stage,
    Unavailable,
    Wanted,
)
from gateway.sqlite_outbox import Lease
from gateway.sqlite_schema import (
    STATE_MIGRATIONS,
    as_unavailable,
    connect_to_read,
    connect_to_write,
    octets_in_use,
    sqlite_faults,
    to_micros,
)
from gateway.sqlite_statuses import Cause
from gateway.sqlite_writer import GroupWriter
from gateway.status_records import StatusChange, Walk
from routing.inventory import Device
from routing.parties import Registration
from routing.transitions import Change
from schemas.vocabulary import DeviceId, RequestId

T = TypeVar("T")

LEASE_SECONDS = 60.0
BUSY_SECONDS = 5.0
_FORGET_AT_ONCE = 500
_BETWEEN_SLICES_SECONDS = 0.004
"""Who waits for the lock looks for it now and then, and would not find it free between one slice and the next."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqliteState:
    """Inventory, Ledger and Upkeep on the file at ``path``, which ``open`` makes when it is absent.

    ``owner`` names this process among those that share the file (two with one name take each other's
    hand-offs). A hand-off is held for ``lease_seconds`` and then free for others unless ``renew`` is called.
    ``busy_seconds`` bounds the wait for another process's lock.
    """

    def __init__(
        self,
        path: Path,
        *,
        owner: str,
        lease_seconds: float = LEASE_SECONDS,
        busy_seconds: float = BUSY_SECONDS,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._path = path
        self._owner = owner
        self._lease = round(lease_seconds * 1_000_000)
        self._busy_seconds = busy_seconds
        self._clock = clock
        self._writer = GroupWriter(path, self._connect, busy_seconds=busy_seconds)
        self._reader: sqlite3.Connection | None = None
        self._records = inventory.RecordReader(cached=True)
        self._homes = inventory.KnownHomes()

    async def open(self) -> None:
        """Make or migrate the file and start the writer. Raises Unavailable. A state opens once."""
        await self._writer.start()
        try:
            self._reader = connect_to_read(self._path, busy_seconds=self._busy_seconds)
        except Unavailable:
            await self._writer.stop()
            raise

    async def close(self) -> None:
        """Write what is waiting, then let go of the file."""
        await self._writer.stop()
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    # ---- Inventory

    async def look_up(self, wanted: Wanted) -> Found:
        now = to_micros(self._clock())
        if len(wanted.listed) > inventory.FEW_LISTED:
            apart = inventory.RecordReader(cached=False)
            return await self._read_apart(lambda db: inventory.look_up(db, wanted, apart, now))
        return self._read(lambda db: self._homes.look_up(db, wanted, self._records, now))

    async def device(self, device: DeviceId) -> Device | None:
        return self._read(lambda db: inventory.read_device(db, device, self._records))

    async def key_agreement_certificate(self, device: DeviceId) -> bytes | None:
        return self._read(lambda db: inventory.read_key_agreement_certificate(db, device))

    # ---- Ledger: requests

    async def accept(self, acceptance: Acceptance) -> AcceptanceOutcome:
        for place, some in enumerate(some for image in acceptance.images for some in images.slices(image)):
            if place:
                await asyncio.sleep(_BETWEEN_SLICES_SECONDS)
            await self._writer.run_together(accepting.put_devices, some)
        lease = self._lease_from(self._clock())
        if acceptance.cancels:
            return await self._writer.run(lambda db: accepting.accept_cancelling(db, acceptance, lease))
        if acceptance.new_devices or acceptance.changes:
            return await self._writer.run(lambda db: accepting.accept_with_devices(db, acceptance, lease))
        return await self._writer.run_together(accepting.accept, (acceptance, lease))

    async def open_request(self, key: AnswerKey) -> Open | None:
        return self._read(lambda db: ledger.open_by_answer_key(db, key))

    async def open_request_by_id(self, request_id: RequestId) -> Open | None:
        return self._read(lambda db: ledger.open_by_id(db, request_id))

    async def received(self, request_id: RequestId) -> bytes | None:
        return self._read(lambda db: ledger.received(db, request_id))

    async def answered(
        self,
        request_id: RequestId,
        stage: Stage,
        message_digest: bytes,
        hand_offs: Sequence[HandOff],
        changes: Sequence[Change] = (),
    ) -> bool | Overtaken:
        lease = self._lease_from(self._clock())

        answer = (request_id, stage, message_digest, hand_offs, lease)
        if not changes:
            return await self._writer.run_together(accepting.answered, answer)
        cause = Cause(at=lease.now, name=request_id.text)

        def work(db: sqlite3.Connection) -> bool | Overtaken:
            changed = statuses.overtaken(db, changes)
            if changed is not None:
                return Overtaken(device=changed)
            (fresh,) = accepting.answered(db, [answer])
            if fresh:
                statuses.apply(db, changes, cause)
            return fresh

        return await self._writer.run(work)

    # ---- what becomes of devices

    async def history(self, device: DeviceId) -> list[StatusChange]:
        """The device's status history, oldest first; empty for one that was never in the inventory."""
        return self._read(lambda db: statuses.history(db, device))

    async def changed(self, change: Change, name: RequestId, alerts: Sequence[HandOff]) -> bool:
        """Write what somebody says of a device; False when it has changed meanwhile. Any process delivers the alerts,
        which stand under a name that no request has."""
        now = to_micros(self._clock())
        cause, nobodys = Cause(at=now, name=self._owner), Lease(owner=self._owner, now=now, until=now)

        def work(db: sqlite3.Connection) -> bool:
            if statuses.overtaken(db, (change,)) is not None:
                return False
            statuses.apply(db, (change,), cause)
            outbox.enqueue(db, [(name, Stage.REQUEST, alerts, nobodys)])
            return True

        return await self._writer.run(work)

    async def walk(self, active: str, activated: datetime) -> Walk | None:
        """The walk to the active revision of the product lists that this process is to lead on, if any.

        ``activated`` is the moment at which that revision came into force.
        """
        since = to_micros(activated)
        if self._read(lambda db: statuses.is_settled(db, since)):
            return None
        lease = self._lease_from(self._clock())
        return await self._writer.run(lambda db: statuses.claim_walk(db, active, since, lease))

    async def devices_after(self, cursor: bytes, limit: int) -> Sequence[Device]:
        """Records in the order of their EUIs, of those after the EUI ``cursor`` (8 octets, or none)."""
        return await self._read_apart(lambda db: statuses.devices_after(db, cursor, limit))

    async def led_on(
        self, walk: Walk, cursor: bytes | None, changes: Sequence[Change], alerts: Mapping[RequestId, list[HandOff]]
    ) -> bool:
        """Write a slice of a walk, up to the EUI ``cursor`` or (``None``) to its end, in one transaction.

        Alerts stand under names that no request has. False, and nothing written, when a device has changed
        meanwhile or another process leads the walk.
        """
        lease = self._lease_from(self._clock())
        cause = Cause(at=lease.now, name=f"product lists {walk.target}")

        def work(db: sqlite3.Connection) -> bool:
            if not statuses.still_leads(db, walk, lease.owner) or statuses.overtaken(db, changes) is not None:
                return False
            statuses.apply(db, changes, cause)
            outbox.enqueue(db, [(name, Stage.REQUEST, several, lease) for name, several in alerts.items()])
            statuses.lead_on(db, walk, cursor, lease.until)
            return True

        return await self._writer.run(work)

    # ---- Ledger: the outbox

    async def claim_due(self, now: datetime, limit: int) -> list[Due]:
        lease = self._lease_from(now)
        # Workers ask all the time and mostly in vain: that must not cost the others their turn at the lock.
        if not self._read(lambda db: outbox.any_claimable(db, lease.now)):
            return []
        return await self._writer.run(lambda db: outbox.claim(db, limit, lease))

    async def delivered(self, hand_off_id: str) -> None:
        self._writer.lazily_together(outbox.remove, hand_off_id)

    async def postpone(self, hand_off_id: str, due_at: datetime, error: str) -> None:
        due = to_micros(due_at)
        await self._writer.run(lambda db: outbox.postpone(db, hand_off_id, due, error))

    async def hold_back(self, hand_off_id: str, until: datetime, reason: str) -> None:
        """Not due before ``until``, for any process; no attempt is counted. Written a little later."""
        due = to_micros(until)
        self._writer.lazily(lambda db: outbox.hold_back(db, hand_off_id, due, reason))

    async def dead_letter(self, hand_off_id: str, reason: str) -> None:
        await self._writer.run(lambda db: outbox.bury(db, hand_off_id, reason))

    async def redrive(self, hand_off_id: str) -> bool:
        """Make a dead letter due now, for any process; False when there is none of that id."""
        now = to_micros(self._clock())
        return await self._writer.run(lambda db: outbox.redrive(db, hand_off_id, now))

    async def outbox(self, *, dead: bool, limit: int) -> list[Due]:
        return await self._read_apart(lambda db: outbox.waiting(db, dead=dead, limit=limit))

    async def outbox_depth(self) -> dict[str, int]:
        return await self._read_apart(outbox.depth)

    # ---- Upkeep

    async def recover(self, owner: str | None = None) -> int:
        return await self._writer.run(lambda db: outbox.release(db, owner or self._owner))

    async def renew(self, hand_off_ids: Sequence[str]) -> None:
        lease = self._lease_from(self._clock())
        held = tuple(hand_off_ids)
        self._writer.lazily(lambda db: outbox.renew(db, held, lease))

    async def forget(self, before: datetime) -> int:
        """Answers passed on before that moment go too. In small transactions: requests come in between."""
        moment = to_micros(before)
        forgotten = 0
        while count := await self._writer.run(lambda db: ledger.forget_requests(db, moment, _FORGET_AT_ONCE)):
            forgotten += count
        while await self._writer.run(lambda db: ledger.forget_answers(db, moment, _FORGET_AT_ONCE)):
            pass
        while await self._writer.run(lambda db: images.forget_images(db, moment, 1)):
            pass
        return forgotten

    async def shrink(self, max_octets: int) -> int:
        """Forget the oldest finished requests until the file's pages in use are below ``max_octets``; how many."""
        forgotten = 0
        while await self._read_apart(octets_in_use) > max_octets:
            count = await self._writer.run(lambda db: ledger.forget_requests(db, ledger.FOR_EVER, _FORGET_AT_ONCE))
            if not count:
                break
            forgotten += count
        return forgotten

    # ---- set-up

    async def import_devices(self, rows: Iterable[Device], certificates: Mapping[DeviceId, bytes]) -> int:
        """Insert or replace records, and the DER of key agreement certificates, in one transaction; how many."""
        devices = tuple(rows)
        cause = Cause(at=to_micros(self._clock()), name=self._owner)

        def work(db: sqlite3.Connection) -> int:
            for device in devices:
                statuses.put_imported(db, device, cause)
            inventory.put_certificates(db, certificates)
            return len(devices)

        return await self._writer.run(work)

    async def import_registrations(self, rows: Iterable[Registration]) -> int:
        """Insert, or replace those of the same meter point, role, party and start, in one transaction; how many."""
        registrations = tuple(rows)

        def work(db: sqlite3.Connection) -> int:
            inventory.put_registrations(db, registrations)
            return len(registrations)

        return await self._writer.run(work)

    # ----

    def _connect(self) -> sqlite3.Connection:
        return connect_to_write(self._path, STATE_MIGRATIONS, busy_seconds=self._busy_seconds)

    def _lease_from(self, now: datetime) -> Lease:
        micros = to_micros(now)
        return Lease(owner=self._owner, now=micros, until=micros + self._lease)

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        if self._reader is None:
            raise Unavailable(f"{self._path.name} is not open")
        try:
            return query(self._reader)
        except sqlite3.Error as fault:
            raise (as_unavailable(fault, self._path) or fault) from fault

    async def _read_apart(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """In a thread, on a connection made for it: a long list must not keep the loop."""

        def read() -> T:
            with sqlite_faults(self._path), closing(connect_to_read(self._path, busy_seconds=self._busy_seconds)) as db:
                return query(db)

        return await asyncio.to_thread(read)
