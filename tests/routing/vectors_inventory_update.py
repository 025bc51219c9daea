"""Vectors of the checks of 8.3 and 8.4, which change a device's record."""

from __future__ import annotations

from typing import Final

from estate import ESME_2, HUB_2, OTHER_SUPPLIER, STRANGER, asks, changed, facts
from vector import Vector

from routing.facts import Facts
from schemas.bodies import body_of
from schemas.inventory_bodies import (
    DeleteDevice,
    InventoryChange,
    InventoryUpdate,
    OneDevice,
    UpdateDeviceDetails,
    UpdateDeviceStatusExceptCH,
    UpdateMPxN,
)
from schemas.vocabulary import DeviceId, DeviceStatus, UserId

_PENDING: Final = changed(ESME_2, status=DeviceStatus.PENDING)


def _decommissions(device: DeviceId = ESME_2.id, originator: UserId | None = None) -> Facts:
    body = body_of("DecommissionDevice", OneDevice(device_id=device))
    return facts(asks("8.3", body=body) if originator is None else asks("8.3", body=body, originator=originator))


def _updates(change: InventoryChange, device: DeviceId = ESME_2.id, **known: object) -> Facts:
    body = body_of("UpdateInventory", InventoryUpdate(device_id=device, change=change))
    return facts(asks("8.4", body=body), **known)


CHANGES: Final = (
    Vector("device-to-change-exists", "takes a device of the inventory", "I99", _decommissions()),
    Vector(
        "device-to-change-exists",
        "refuses a device that is not there",
        "E19",
        _decommissions(STRANGER),
        f"{STRANGER} is not in the inventory",
    ),
    Vector("sender-may-change-device", "takes it from its supplier", "I99", _decommissions()),
    Vector(
        "sender-may-change-device",
        "refuses another supplier",
        "E4",
        _decommissions(originator=OTHER_SUPPLIER),
        f"{OTHER_SUPPLIER} is registered for none of 1200000000002 as GS or IS at 2026-03-02T09:30:00Z",
    ),
    Vector("decommissioning-is-possible", "takes a commissioned meter", "I99", _decommissions()),
    Vector(
        "decommissioning-is-possible",
        "refuses a device that was never in place",
        "E080302",
        facts(asks("8.3"), devices=_PENDING),
        f"{ESME_2.id} is Pending (ESME), where the event decommissioned changes nothing",
    ),
    Vector(
        "update-is-possible",
        "forgets a device that is pending",
        "I99",
        _updates(DeleteDevice(), devices=_PENDING),
    ),
    Vector("update-is-possible", "sets a meter point", "I99", _updates(UpdateMPxN(export_mpan="1200000000003"))),
    Vector(
        "update-is-possible",
        "takes a version that is listed",
        "I99",
        _updates(UpdateDeviceDetails(firmware_version="00020002")),
    ),
    Vector(
        "update-is-possible",
        "refuses a version that is not",
        "E080405",
        _updates(UpdateDeviceDetails(firmware_version="00010009")),
        f"what {ESME_2.id} would be is not on the CPL as SMETS2+",
    ),
    Vector(
        "update-is-possible",
        "refuses to forget a device in use",
        "E080405",
        _updates(DeleteDevice()),
        f"{ESME_2.id} is Commissioned (ESME), where the event removed changes nothing",
    ),
    Vector(
        "update-is-possible",
        "refuses the wrong branch for a hub",
        "E080405",
        _updates(UpdateDeviceStatusExceptCH(DeviceStatus.PENDING), HUB_2.id),
        f"UpdateDeviceStatusExceptCH is not for {HUB_2.id}, which is CHF",
    ),
)
