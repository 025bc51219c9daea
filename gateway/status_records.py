"""What the store keeps of devices' statuses besides the devices: their history, and how far a walk over them is."""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas.vocabulary import DeviceStatus


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a device's status history."""

    at: datetime
    event: str
    """An event of ``routing.transitions``, or ``imported``."""
    before: DeviceStatus | None = None
    after: DeviceStatus | None = None
    """``None`` on either side: no status, or not in the inventory."""
    cause: str
    """The RequestID, the revision of the product lists, or the command that brought it about."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """All devices are being led from one revision of the product lists to another, in the order of their EUIs."""

    settled: str
    """The revision that those after ``cursor`` still follow."""
    target: str
    cursor: bytes
    """EUI of the last device that was led; empty at the start."""
