"""What another revision of the product lists would break: devices, requests under way, decisions.

Pure: the inventory's records, the accepted firmware requests and the traces are handed in. Whatever was
accepted before a list changed stays accepted: it is listed here, and never answered again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from cpl.difference import Difference, Product, difference
from cpl.product_list import ProductList
from cpl.why import is_of_model
from gateway.replaying import replay
from routing.decision import Rules
from routing.inventory import Device
from routing.trace import RoutingTrace
from schemas.request import ActivateFirmware, AnyBody, UpdateFirmware
from schemas.vocabulary import DeviceId, RequestId

FIRMWARE_SERVICES: Final = ("11.1", "11.3", "11.4")


class Effect(StrEnum):
    """What becomes of the product that a device or request is about."""

    ENDS = "no longer on the CPL"
    BEGINS = "newly on the CPL"


class Whereabouts(StrEnum):
    """Where an accepted request is, as far as the gateway knows."""

    WITH_USER = "with the user, as a Pre-Command"
    WAITING = "waiting"
    """A hand-off of it is still in the outbox, held for its time or tried again."""
    DEAD_LETTER = "dead letter"
    WITH_DEVICE = "with the device"
    """Handed on: not answered yet, or a future-dated 11.3 that waits in the device for its time."""


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted firmware request that is not at its end."""

    request_id: RequestId
    variant: str
    trace_id: str
    received_at: datetime
    body: AnyBody
    """Of the request, or of the one that was transformed."""
    whereabouts: Whereabouts


class AffectedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """A device that runs, by its inventory record, firmware which ends or begins to be on the CPL."""

    device: DeviceId
    product: Product
    status: str | None
    effect: Effect


class AffectedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted request for firmware that ends or begins to be on the CPL."""

    request_id: str
    variant: str
    trace_id: str
    received_at: datetime
    execution: datetime | None
    whereabouts: Whereabouts
    devices: tuple[DeviceId, ...]
    """Those of its devices that are concerned."""
    effect: Effect


class DecidedOtherwise(msgspec.Struct, frozen=True, kw_only=True):
    """A request of the past that would now be answered otherwise."""

    trace_id: str
    request_id: str | None
    before: str
    """Code, refusing check and destinations, on the revision in force."""
    after: str


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, and what could not be looked at."""

    difference: Difference
    devices: tuple[AffectedDevice, ...]
    requests: tuple[AffectedRequest, ...]
    decisions: tuple[DecidedOtherwise, ...]
    decided: int
    """Traces that were decided again."""
    gaps: int
    """Traces that could not be: never decided, or without their facts."""


class TwoLists(msgspec.Struct, frozen=True):
    """The two revisions, asked as the checks of 11.1 and 11.3 ask them."""

    before: ProductList
    after: ProductList

    def of_version(self, device: Device, firmware_version: str | None) -> Effect | None:
        """What becomes of a device's firmware version (DUIS form)."""
        if firmware_version is None:
            return None
        product = device.manufacturer, device.model, firmware_version
        return _effect(bool(self.before.in_force(*product)), bool(self.after.in_force(*product)))

    def of_image(self, device: Device | None, firmware_hash: bytes) -> Effect | None:
        """What becomes of an image for a device, or for any where the device is not known."""
        return _effect(_has(self.before, device, firmware_hash), _has(self.after, device, firmware_hash))


def _has(products: ProductList, device: Device | None, firmware_hash: bytes) -> bool:
    entries = products.in_force_by_hash(firmware_hash)
    return bool(entries) if device is None else any(is_of_model(e, device.manufacturer, device.model) for e in entries)


def _effect(before: bool, after: bool) -> Effect | None:
    if before is after:
        return None
    return Effect.ENDS if before else Effect.BEGINS


def impact(
    before: Rules,
    after: Rules,
    devices: Iterable[Device],
    under_way: Iterable[UnderWay],
    traces: Iterable[RoutingTrace],
) -> Impact:
    """``before`` and ``after`` differ in the revision of the product lists alone."""
    found = difference(before.products, after.products)
    lists = TwoLists(before.products, after.products)
    inventory = {device.id: device for device in devices}
    decisions, decided, gaps = _decisions(before, after, traces)
    return Impact(
        difference=found,
        devices=tuple(_devices(lists, inventory.values())),
        requests=tuple(_requests(lists, inventory, under_way)),
        decisions=decisions,
        decided=decided,
        gaps=gaps,
    )


def _devices(lists: TwoLists, devices: Iterable[Device]) -> Iterator[AffectedDevice]:
    for device in devices:
        effect = lists.of_version(device, device.firmware_version)
        if effect is not None:
            yield AffectedDevice(
                device=device.id,
                product=Product(device.manufacturer, device.model, device.firmware_version or ""),
                status=None if device.status is None else device.status.value,
                effect=effect,
            )


def _requests(
    lists: TwoLists, inventory: dict[DeviceId, Device], under_way: Iterable[UnderWay]
) -> Iterator[AffectedRequest]:
    for request in under_way:
        for effect, devices in _concerned(lists, inventory, request).items():
            yield AffectedRequest(
                request_id=request.request_id.text,
                variant=request.variant,
                trace_id=request.trace_id,
                received_at=request.received_at,
                execution=request.body.execution,
                whereabouts=request.whereabouts,
                devices=devices,
                effect=effect,
            )


def _concerned(
    lists: TwoLists, inventory: dict[DeviceId, Device], request: UnderWay
) -> dict[Effect, tuple[DeviceId, ...]]:
    body = request.body
    concerned: dict[Effect, list[DeviceId]] = {}
    if isinstance(body, ActivateFirmware):
        target = request.request_id.target
        effect = lists.of_image(inventory.get(target), body.firmware_hash)
        if effect is not None:
            concerned[effect] = [target]
    elif isinstance(body, UpdateFirmware):
        for one in dict.fromkeys(body.devices):
            device = inventory.get(one)
            effect = None if device is None else lists.of_version(device, body.firmware_version)
            if effect is not None:
                concerned.setdefault(effect, []).append(one)
    return {effect: tuple(devices) for effect, devices in concerned.items()}


def _decisions(
    before: Rules, after: Rules, traces: Iterable[RoutingTrace]
) -> tuple[tuple[DecidedOtherwise, ...], int, int]:
    otherwise: list[DecidedOtherwise] = []
    decided = gaps = 0
    for trace in traces:
        now, then = replay(trace, before), replay(trace, after)
        if now.now is None or then.now is None:
            gaps += 1
            continue
        decided += 1
        if now.now != then.now:
            otherwise.append(
                DecidedOtherwise(trace_id=trace.trace_id, request_id=trace.request_id, before=now.now, after=then.now)
            )
    return tuple(otherwise), decided, gaps
