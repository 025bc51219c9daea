"""A revision of the product lists that comes into force, and the devices that it concerns.

Those whose entry goes are suspended, those whose entry is back are restored. All devices are led from the revision
that they follow to the new one in the order of their EUIs, slice by slice: how far that is stands in the store and
changes with the devices themselves, so that a restart goes on where it was, and of several workers one does it.
A device whose product neither revision has, or both, is left as it is. Which request sees which revision is not
decided here: that is ``gateway.in_force``'s.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from os import urandom
from typing import Final, Protocol

import msgspec

from cpl.product_list import ProductList
from gateway.answers import Answers
from gateway.impact import Effect, TwoLists
from gateway.in_force import InForce
from gateway.metrics import TRANSITIONS_MADE
from gateway.onward import Onward
from gateway.ports import Found, HandOff, Stage, Wanted
from gateway.product_revisions import DamagedRevision, ProductRevisions
from gateway.status_alerts import StatusAlerts
from gateway.status_records import Walk
from routing.inventory import Device
from routing.transitions import Change, Event, Occurrence
from schemas.vocabulary import DeviceId, RequestId, UserId

log = logging.getLogger(__name__)

SLICE: Final = 500
"""Devices that are read at once."""
MOST_CHANGES: Final = 25
"""Devices that change in one transaction: each may need several signed alerts, and requests come in between."""
_UNWRITTEN_SLICES: Final = 20
"""Slices in which nothing changes before how far the walk is gets written."""
_EVENTS: Final = {Effect.ENDS: Event.ENTRY_LOST, Effect.BEGINS: Event.ENTRY_BACK}


class WalkStore(Protocol):
    """What the walk asks of the store; ``gateway.sqlite_state`` has it."""

    async def walk(self, active: str, activated: datetime) -> Walk | None: ...

    async def devices_after(self, cursor: bytes, limit: int) -> Sequence[Device]: ...

    async def look_up(self, wanted: Wanted) -> Found: ...

    async def led_on(
        self, walk: Walk, cursor: bytes | None, changes: Sequence[Change], alerts: dict[RequestId, list[HandOff]]
    ) -> bool: ...


class _Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a slice of devices."""

    cursor: bytes | None
    """EUI of the last device that was judged; ``None``: there are no more."""
    changes: list[Change]
    alerts: dict[RequestId, list[HandOff]]


class ListWalk:
    """Leads the devices of one store."""

    def __init__(
        self,
        *,
        store: WalkStore,
        revisions: ProductRevisions,
        in_force: Callable[[], InForce],
        onward: Onward,
        answers: Answers,
        dcc: DeviceId,
        clock: Callable[[], datetime],
    ) -> None:
        """``dcc`` names the alerts in the outbox: no request led to them."""
        self._store = store
        self._revisions = revisions
        self._in_force = in_force
        self._onward = onward
        self._alerts = StatusAlerts(answers)
        self._dcc = UserId(dcc)
        self._clock = clock

    async def begin(self) -> Walk | None:
        """What is to be led here. Devices that follow no revision yet follow the active one from now on.

        Raises Unavailable, OSError, and DamagedRevision where the activations cannot be read.
        """
        history = await asyncio.to_thread(self._revisions.history)
        return await self._store.walk(history[0].revision, history[0].at) if history else None

    async def lead(self, stopping: asyncio.Event) -> None:
        """Until every device follows the active revision, or another process leads. Raises as ``begin`` does."""
        walk = await self.begin()
        if walk is None:
            return
        lists = TwoLists(await self._load(walk.settled), await asyncio.to_thread(self._revisions.load, walk.target))
        reached, unwritten, changed = walk.cursor, 0, 0
        while not stopping.is_set():
            judged = await self._judge(reached, lists)
            if judged.cursor is not None and not judged.changes and unwritten < _UNWRITTEN_SLICES:
                reached, unwritten = judged.cursor, unwritten + 1
                continue
            if not await self._store.led_on(walk, judged.cursor, judged.changes, judged.alerts):
                return
            self._deliver(judged)
            changed += len(judged.changes)
            if judged.cursor is None:
                log.info("product lists: all devices follow revision %s, %d changed", walk.target, changed)
                return
            walk, reached, unwritten = msgspec.structs.replace(walk, cursor=judged.cursor), judged.cursor, 0

    async def _load(self, revision: str) -> ProductList:
        """The lists that the devices follow; empty ones where they are not there any more."""
        nothing = ProductList(())
        if revision == nothing.revision:
            return nothing
        try:
            return await asyncio.to_thread(self._revisions.load, revision)
        except DamagedRevision as fault:
            log.error("product lists: nothing is suspended, because what devices followed is not known: %s", fault)
            return nothing

    async def _judge(self, cursor: bytes, lists: TwoLists) -> _Judged:
        devices = await self._store.devices_after(cursor, SLICE)
        changes: list[Change] = []
        alerts: dict[RequestId, list[HandOff]] = {}
        for device in devices:
            effect = lists.of_version(device, device.firmware_version)
            if effect is None:
                continue
            name = RequestId(self._dcc, device.id, 0)
            change, raised = await self._change(name, _EVENTS[effect], lists.after)
            if change is not None:
                changes.append(change)
                alerts[name] = raised
                if len(changes) == MOST_CHANGES:
                    return _Judged(cursor=device.id.octets, changes=changes, alerts=alerts)
        last = devices[-1].id.octets if len(devices) == SLICE else None
        return _Judged(cursor=last, changes=changes, alerts=alerts)

    async def _change(
        self, name: RequestId, event: Event, products: ProductList
    ) -> tuple[Change | None, list[HandOff]]:
        found = await self._store.look_up(Wanted(request_id=name, stage=Stage.REQUEST, devices=(name.target,)))
        device, now = found.devices.get(name.target), self._clock()
        if device is None:
            return None, []
        table = self._in_force().rules.policy.transitions
        change = table.transition(device, Occurrence(event=event, at=now, products=products))
        if not isinstance(change, Change):
            return None, []
        # Each of these costs a signature: whoever else has work to do on the loop has its turn.
        await asyncio.sleep(0)
        return change, list(self._alerts.of(change, found, now, urandom(16).hex()))

    def _deliver(self, judged: _Judged) -> None:
        for change in judged.changes:
            TRANSITIONS_MADE[change.row.name].inc()
        for raised in judged.alerts.values():
            self._onward.deliver(raised)
