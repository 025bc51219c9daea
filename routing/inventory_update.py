"""What an 8.3 or 8.4 asks of a device's record, as an occurrence of the table of transitions.

Read from the request's body; whether it is possible is the table's to say, and that the sender may ask it a check's.
"""

from __future__ import annotations

from typing import Final, assert_never

from routing.facts import Located
from routing.inventory import Device
from routing.transitions import Change, Event, Occurrence, Unchanged
from schemas.bodies import body_as
from schemas.inventory_bodies import (
    DeleteDevice,
    InventoryUpdate,
    OneDevice,
    UpdateDeviceDetails,
    UpdateDeviceStatusCH,
    UpdateDeviceStatusExceptCH,
    UpdateMPxN,
)
from schemas.request import AnyBody, Fault, OtherBody
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType

ELEMENTS: Final = frozenset({"DecommissionDevice", "UpdateInventory"})
"""The bodies of 8.3 and 8.4."""
_EVENTS: Final = {
    DeviceStatus.PENDING: Event.SET_PENDING,
    DeviceStatus.INSTALLED_NOT_COMMISSIONED: Event.SET_INSTALLED,
    DeviceStatus.COMMISSIONED: Event.SET_COMMISSIONED,
    DeviceStatus.WITHDRAWN: Event.SET_WITHDRAWN,
}
_Read = OneDevice | InventoryUpdate


def device_to_change(facts: Located) -> DeviceId | None:
    """The device whose record the request is to change; ``None`` where it does not name one rightly."""
    read = _read(facts.request.body)
    return None if isinstance(read, Fault | None) else read.device_id


def asked_change(facts: Located) -> Change | Unchanged:
    """What becomes of the device, or why nothing does."""
    read = _read(facts.request.body)
    if read is None:
        return Unchanged(f"{facts.request.variant} changes no record")
    if isinstance(read, Fault):
        return Unchanged(read.message)
    device = facts.devices.get(read.device_id)
    if device is None:
        return Unchanged(f"{read.device_id} is not in the inventory")
    occurrence = _occurrence(read, device, facts)
    if isinstance(occurrence, Unchanged):
        return occurrence
    return facts.policy.transitions.transition(device, occurrence)


def _read(body: AnyBody) -> _Read | Fault | None:
    if not isinstance(body, OtherBody) or body.element not in ELEMENTS:
        return None
    return body_as(OneDevice, body) if body.element == "DecommissionDevice" else body_as(InventoryUpdate, body)


def _occurrence(read: _Read, device: Device, facts: Located) -> Occurrence | Unchanged:
    event = _event(read, device)
    if isinstance(event, Unchanged):
        return event
    change = read.change if isinstance(read, InventoryUpdate) else None
    update = change if isinstance(change, UpdateDeviceDetails | UpdateMPxN) else None
    return Occurrence(event=event, at=facts.facts.time, products=facts.products, update=update)


def _event(read: _Read, device: Device) -> Event | Unchanged:
    if isinstance(read, OneDevice):
        return Event.DECOMMISSIONED
    change = read.change
    match change:
        case UpdateDeviceStatusCH(status) | UpdateDeviceStatusExceptCH(status):
            of_hub = isinstance(change, UpdateDeviceStatusCH)
            if of_hub is not (device.type is DeviceType.CHF):
                return Unchanged(f"{type(change).__name__} is not for {device.id}, which is {device.type.value}")
            return _EVENTS.get(status) or Unchanged(f"the status of {device.id} cannot be set to {status.value}")
        case DeleteDevice():
            return Event.REMOVED
        case UpdateDeviceDetails():
            return Event.DETAILS_UPDATED
        case UpdateMPxN():
            return Event.METER_POINT_SET
        case _:
            assert_never(change)
