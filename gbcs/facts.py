"""What a builder must be told of a device: the inventory's affair, passed in by whoever builds."""

from __future__ import annotations

import msgspec

from schemas.vocabulary import DeviceId, DeviceType


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A device in a hub's log."""

    device: DeviceId
    link_key_hash: bytes
    """16 octets."""


class HubLog(msgspec.Struct, frozen=True, kw_only=True):
    """What was kept of a hub's device log, to restore it on another."""

    extended_pan_id: bytes
    """8 octets (the reading is assumed: RTDS shows one value)."""
    entries: tuple[LogEntry, ...] = ()


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The device a message is for."""

    id: DeviceId
    type: DeviceType
    gbcs_version: str | None = None
    """As in the product list entry, ``4.0``; ``None`` when it is not known."""
    twin_element: bool = False
    """Whether an ESME has two measuring elements. Reads shown by RTDS are the same for both."""
    phases: int | None = None
    """Measured phases of an ESME, 1 or 3; ``None`` when it is not known."""
    hub_log: HubLog | None = None
    """For a hub that takes over the log of another."""
    customer_identification_number: str | None = None
    """For service 9.1: what the meter is to show, chosen by the DCC for the request."""
    joining_type: DeviceType | None = None
    """Of the device that is to join this one, or to be joined by it."""
    joining_certificate: bytes | None = None
    """DER of that device's key agreement certificate, for a join that hands it on."""
    gpf_log: tuple[tuple[DeviceId, DeviceType], ...] | None = None
    """For a gas proxy function that takes over the log of another: its devices and their types."""
