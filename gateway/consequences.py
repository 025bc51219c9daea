"""What the answer of a device does to the inventory: from a service and its outcome to changes and their alerts.

A table by service reference variant; a service that is not in it changes nothing and costs one look-up in it.
What an occurrence does is ``routing.transitions``'; that answer and changes are one transaction is the ledger's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import msgspec

from gateway.answers import Answers
from gateway.in_force import InForce
from gateway.ports import HandOff, Inventory, Ledger, Open, Wanted
from gateway.status_alerts import StatusAlerts
from gbcs.outcome import Outcome
from routing.ppmid import is_bilingual
from routing.transitions import Change, Event, Occurrence, Unchanged
from schemas.bodies import body_as
from schemas.inventory_bodies import OtherDevice
from schemas.reading import read_request_unverified
from schemas.request import AnyBody, Malformed, UpdateHANDeviceLog
from schemas.vocabulary import DeviceId, DeviceType


class Consequence(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written with an answer."""

    changes: tuple[Change, ...] = ()
    alerts: tuple[HandOff, ...] = ()
    notes: tuple[str, ...] = ()
    """For the trace: what became of the devices, or why nothing did."""


NOTHING: Final = Consequence()


class _Happening(msgspec.Struct, frozen=True, kw_only=True):
    """An event of one device, and what is said of it."""

    device: DeviceId
    event: Event
    firmware_version: str | None = None
    hub: DeviceId | None = None
    mpxns: tuple[str | None, str | None, str | None] = (None, None, None)


_Reading = Callable[[Open, Outcome, AnyBody | None], list[_Happening]]


class _Changing(msgspec.Struct, frozen=True, kw_only=True):
    """A service whose answer changes devices."""

    happenings: _Reading
    asks_body: bool = False
    """Whether the request's body has to be read again."""


def _of_target(event: Event) -> _Reading:
    def happenings(opened: Open, outcome: Outcome, _body: AnyBody | None) -> list[_Happening]:
        if not outcome.done:
            return []
        target = opened.request_id.target
        return [_Happening(device=target, event=event, firmware_version=outcome.firmware_version)]

    return happenings


def _of_pair(event: Event) -> _Reading:
    """The target and the device that the body names: the rows tell which of the two it concerns."""

    def happenings(opened: Open, outcome: Outcome, body: AnyBody | None) -> list[_Happening]:
        other = None if body is None or not outcome.done else body_as(OtherDevice, body)
        if not isinstance(other, OtherDevice):
            return []
        pair = dict.fromkeys((opened.request_id.target, other.other_device_id))
        return [_Happening(device=device, event=event) for device in pair]

    return happenings


def _of_han_log(opened: Open, outcome: Outcome, body: AnyBody | None) -> list[_Happening]:
    if not isinstance(body, UpdateHANDeviceLog):
        return []
    if not outcome.done:
        return [_Happening(device=body.device, event=Event.WHITELISTING_FAILED)]
    added = body.add
    if added is None:
        return [_Happening(device=body.device, event=Event.TAKEN_OFF_WHITELIST)]
    mpxns = (added.import_mpxn, added.secondary_import_mpan, added.export_mpan)
    return [_Happening(device=body.device, event=Event.WHITELISTED, hub=opened.request_id.target, mpxns=mpxns)]


_CHANGING: Final[Mapping[str, _Changing]] = {
    "8.1.1": _Changing(happenings=_of_target(Event.COMMISSIONED)),
    "8.5": _Changing(happenings=_of_target(Event.WITHDRAWN)),
    "8.7.1": _Changing(happenings=_of_pair(Event.JOINED), asks_body=True),
    "8.7.2": _Changing(happenings=_of_pair(Event.JOINED), asks_body=True),
    "8.8.1": _Changing(happenings=_of_pair(Event.UNJOINED), asks_body=True),
    "8.8.2": _Changing(happenings=_of_pair(Event.UNJOINED), asks_body=True),
    "8.11": _Changing(happenings=_of_han_log, asks_body=True),
    "11.2": _Changing(happenings=_of_target(Event.FIRMWARE_READ)),
    "11.3": _Changing(happenings=_of_target(Event.FIRMWARE_ACTIVATED)),
}


def changes_devices(opened: Open) -> bool:
    """Whether the answer to that request may change a device."""
    return opened.variant in _CHANGING


class Consequences:
    """Finds what an answer changes."""

    def __init__(
        self, *, in_force: Callable[[], InForce], inventory: Inventory, ledger: Ledger, answers: Answers
    ) -> None:
        self._in_force = in_force
        self._inventory = inventory
        self._ledger = ledger
        self._alerts = StatusAlerts(answers)

    async def of(self, opened: Open, outcome: Outcome, now: datetime) -> Consequence:
        """Raises Unavailable. Each device is judged on its record of this moment."""
        service = _CHANGING[opened.variant]
        body = await self._body(opened) if service.asks_body else None
        changes: list[Change] = []
        alerts: list[HandOff] = []
        notes: list[str] = []
        for happening in service.happenings(opened, outcome, body):
            wanted = Wanted(request_id=opened.request_id, stage=opened.stage, devices=(happening.device,))
            found = await self._inventory.look_up(wanted)
            device = found.devices.get(happening.device)
            if device is None:
                notes.append(f"{happening.device} is not in the inventory any more")
                continue
            in_force = self._in_force()
            products = in_force.rules.products
            occurrence = Occurrence(
                event=happening.event,
                at=now,
                products=products,
                firmware_version=happening.firmware_version,
                hub=happening.hub,
                mpxns=happening.mpxns,
                bilingual=device.type is DeviceType.PPMID and is_bilingual(device, products),
            )
            change = in_force.rules.policy.transitions.transition(device, occurrence)
            if isinstance(change, Unchanged):
                notes.append(change.reason)
                continue
            changes.append(change)
            alerts += self._alerts.of(change, found, now, opened.trace_id, opened)
            notes.append(told(change))
        return Consequence(changes=tuple(changes), alerts=tuple(alerts), notes=tuple(notes))

    async def _body(self, opened: Open) -> AnyBody | None:
        octets = await self._ledger.received(opened.request_id)
        if octets is None:
            return None
        request = read_request_unverified(octets, self._in_force().schema)
        return None if isinstance(request, Malformed) else request.body


def told(change: Change) -> str:
    """A change in words: ``00-.. Commissioned -> Suspended (suspension), alert N28``."""
    before, after = (
        "not in the inventory" if one is None else "no status" if one.status is None else one.status.value
        for one in (change.before, change.after)
    )
    codes = ", ".join(alert.code for alert in change.row.alerts)
    status = f"{before} -> {after}" if change.moves else f"still {before}"
    return f"{change.before.id} {status} ({change.row.name})" + (f", alert {codes}" if codes else "")
