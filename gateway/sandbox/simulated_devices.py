"""The devices behind the simulators: what they read on their registers and which firmware they run.

The readings are invented, grow with time, and depend on nothing but the device's EUI-64 and the moment,
so that they are the same after a restart. Who may ask for them is not judged here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from gateway.sandbox.models import EXECUTED
from routing.inventory import Device
from schemas.vocabulary import DeviceId, DeviceType

HALF_HOUR: Final = timedelta(minutes=30)
LONGEST_PROFILE: Final = 19_056
"""Entries that one 4.8.1 answer can hold (DUIS facts, section 2.4)."""
_FIRST_READING: Final = datetime(2020, 1, 1, tzinfo=UTC)
_UNKNOWN_VERSION: Final = "00000000"
_GAS: Final = frozenset({DeviceType.GSME, DeviceType.GPF})


class DeviceBook(Protocol):
    """What the far sides may look up: the part of ``gateway.ports.Inventory`` that they share."""

    async def device(self, device: DeviceId) -> Device | None: ...

    async def key_agreement_certificate(self, device: DeviceId) -> bytes | None:
        """DER of the device's key agreement certificate."""
        ...


ImageVersion = Callable[[Device, bytes], str | None]
"""The firmware version of the image with this 32-octet hash, when it is one for the device."""


def is_gas(device: Device) -> bool:
    return device.type in _GAS


def register(device: DeviceId, at: datetime) -> int:
    """The import register: Wh of electricity, or litres of gas, since 2020."""
    hours = max(at - _FIRST_READING, timedelta()) / timedelta(hours=1)
    return int(hours * _hourly(device))


def half_hour(device: DeviceId, start: datetime) -> int:
    """Wh, or litres, in the half-hour from ``start``."""
    slot = (start - _FIRST_READING) // HALF_HOUR
    share = 50 + (int(device) * 31 + slot * 17) % 100
    return _hourly(device) * share // 200


def profile_starts(start: datetime, end: datetime, now: datetime) -> list[datetime]:
    """The half-hours that a log holds of the period from ``start`` up to ``end`` or ``now``; 19,056 at most."""
    skipped = -((_FIRST_READING - max(start, _FIRST_READING)) // HALF_HOUR)  # rounded up
    first = _FIRST_READING + skipped * HALF_HOUR
    count = max(0, (min(end, now) - first) // HALF_HOUR)
    return [first + step * HALF_HOUR for step in range(min(count, LONGEST_PROFILE))]


def _hourly(device: DeviceId) -> int:
    return 200 + int(device) % 397


class SimulatedDevices:
    """The devices of the inventory, with the firmware that was activated since the simulators started."""

    def __init__(self, book: DeviceBook, image_version: ImageVersion) -> None:
        """A device is taken to hold every image for it: distribution by 11.1 is not followed up."""
        self.book: Final = book
        self._image_version = image_version
        self._activated: dict[DeviceId, str] = {}

    async def region(self, device: Device) -> str | None:
        """The WAN region that reaches the device: that of its hub, or its own."""
        hub = await self._hub(device)
        return (hub.csp_region if hub is not None else None) or device.csp_region

    async def operated_by(self, device: Device, s1sp: str) -> bool:
        """Whether the S1SP operates the device, or the hub that it is joined to (seed 001: SEC A2.13)."""
        if device.s1sp == s1sp:
            return True
        hub = await self._hub(device)
        return hub is not None and hub.s1sp == s1sp

    async def _hub(self, device: Device) -> Device | None:
        return None if device.hub is None else await self.book.device(device.hub)

    def firmware_version(self, device: Device) -> str:
        """What runs on the device, at most 8 characters."""
        listed = self.listed_version(device)
        return EXECUTED.get((device.manufacturer, device.model, listed), listed)

    def listed_version(self, device: Device) -> str:
        """The version of its CPL entry, which an S1SP tells instead where it transforms what it reads."""
        return self._activated.get(device.id) or device.firmware_version or _UNKNOWN_VERSION

    def activate(self, device: Device, firmware_hash: bytes) -> str | None:
        """The version that runs from now on; ``None`` when the device holds no such image."""
        version = self._image_version(device, firmware_hash)
        if version is not None:
            self._activated[device.id] = version
        return version
