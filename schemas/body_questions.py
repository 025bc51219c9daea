"""What rules ask of any body, whatever its service: the devices it names, its period, its firmware.

Every body answers every question, with nothing where it does not speak of it. When a request is to be executed is
``Body.execution``; a schedule is ``body_as(ReadingSchedule, body)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from schemas.parts import parts_at
from schemas.request import (
    ActivateFirmware,
    AnyBody,
    DevicePrenotification,
    Fault,
    OtherBody,
    Part,
    ReadActiveImportProfileData,
    ReadInventory,
    UpdateFirmware,
    UpdateHANDeviceLog,
)
from schemas.value_texts import read_moment
from schemas.vocabulary import DeviceId

DEVICE_ELEMENTS: Final = frozenset(
    {"DeviceID", "OtherDeviceID", "OldCHFID", "OldGPFID", "AssociatedGPFDeviceID", "HCALCS", "DeviceIDList"}
)
"""The elements of request bodies that hold EUI-64s: one, or several with commas between. DUIS 5.4 has no others."""
_PERIOD: Final = ("StartDateTime", "EndDateTime")
_VERSIONS: Final = ("FirmwareVersion", "UpdateDeviceDetails/FirmwareVersion")


class Period(msgspec.Struct, frozen=True):
    """From one moment to another, as the sender ordered them."""

    start: datetime
    end: datetime


class Firmware(msgspec.Struct, frozen=True, kw_only=True):
    """What a body says of a firmware image."""

    version: str | None = None
    """In the DUIS form, 1 to 8 characters."""
    image_hash: bytes | None = None
    """SHA-256 of the image, 32 octets."""
    image_characters: int | None = None
    """Length of the image's base64 text, characters, where the image is in the body."""


def devices_named(body: AnyBody) -> tuple[DeviceId, ...]:
    """Every device that the body names, in its order, again where it is named again."""
    match body:
        case UpdateHANDeviceLog(device=device):
            return (device,)
        case UpdateFirmware(devices=devices):
            return devices
        case DevicePrenotification(device=device, associated_gpf=None) | ReadInventory(device=DeviceId() as device):
            return (device,)
        case DevicePrenotification(device=device, associated_gpf=DeviceId() as gas_proxy):
            return (device, gas_proxy)
        case OtherBody(parts=parts):
            return tuple(_devices_in(parts))
    return ()


def _devices_in(parts: Iterable[Part]) -> Iterator[DeviceId]:
    for part in parts:
        if part.parts:
            yield from _devices_in(part.parts)
        elif part.name in DEVICE_ELEMENTS:
            yield from (DeviceId.parse(text.strip()) for text in part.text.split(","))


def period(body: AnyBody) -> Period | Fault | None:
    """Of a log to read (4.x, 6.13, 6.32, 7.11), or during which a level holds (7.13, 7.16)."""
    if isinstance(body, ReadActiveImportProfileData):
        return Period(body.start, body.end)
    for path in ("ReadLogPeriod", ""):
        start, end = (next(parts_at(body, f"{path}/{name}".strip("/")), None) for name in _PERIOD)
        if start is not None and end is not None:
            try:
                return Period(read_moment(start.text), read_moment(end.text))
            except ValueError as fault:
                place = f"/Request/Body/{getattr(body, 'element', '')}/{path}".rstrip("/")
                return Fault(message=str(fault), path=place)
    return None


def firmware(body: AnyBody) -> Firmware | None:
    """Of 11.1 and 11.4 (version and image), 11.3 (hash), 12.2 and 8.4 (the version on record)."""
    match body:
        case UpdateFirmware(firmware_version=version, image_characters=characters):
            return Firmware(version=version, image_characters=characters)
        case ActivateFirmware(firmware_hash=image_hash):
            return Firmware(image_hash=image_hash)
        case DevicePrenotification(firmware_version=str() as version):
            return Firmware(version=version)
    found = next((part for path in _VERSIONS for part in parts_at(body, path)), None)
    if found is None:
        return None
    image = next(parts_at(body, "FirmwareImage"), None)
    return Firmware(version=found.text, image_characters=None if image is None else len(image.text))
