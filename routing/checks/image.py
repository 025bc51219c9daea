"""A firmware image against what the product list and the devices say of it: advice to the sender, unless configured.

What an image of the DUIS must look like was not at hand: that it is a ZigBee OTA file is assumed, and what follows
from its header with it. Seed 001, section 5, says that images hold metadata of one hub manufacturer, and not
where: which images those are is a column of the list. Section 3 says that hubs have limits, and none of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cpl.product import CplEntry
from cpl.words import fold
from routing.facts import Located
from routing.inventory import Device
from schemas.firmware_image import FirmwareImage, OtaHeader
from schemas.request import UpdateFirmware

NAMED: Final = 3
"""Devices that a reason names before it counts the rest."""
_MANUFACTURER_DIGITS: Final = 4
_VERSION_DIGITS: Final = 8


def image_is_the_one_on_the_cpl(facts: Located) -> str | None:
    """The image has the hash of a CPL entry of its version for a device of its list."""
    image = _image(facts)
    if image is None:
        return None
    listed = {entry.firmware_hash for entry in _entries(facts) if entry.firmware_hash is not None}
    if not listed or not listed.isdisjoint({image.sha256, image.inner_sha256}):
        return None
    known = ", ".join(sorted(each.hex() for each in listed))
    return f"the image has the hash {image.sha256.hex()}; the CPL (revision {facts.products.revision}) has {known}"


def image_is_an_ota_file(facts: Located) -> str | None:
    """The image is a ZigBee OTA upgrade file."""
    image = _image(facts)
    return None if image is None else image.not_ota


def image_is_whole(facts: Located) -> str | None:
    """The image is as long as its OTA header says."""
    image, header = _image(facts), _header(facts)
    if image is None or header is None or header.total_size == image.octets:
        return None
    return f"the OTA header says {header.total_size} octets, the image has {image.octets}"


def image_is_of_the_devices_maker(facts: Located) -> str | None:
    """The OTA header names the manufacturer of the devices."""
    header = _header(facts)
    if header is None:
        return None
    maker = f"{header.manufacturer:04X}"
    others = [
        device
        for device in _devices(facts)
        if _is_hexadecimal(device.manufacturer, _MANUFACTURER_DIGITS) and fold(device.manufacturer) != fold(maker)
    ]
    if not others:
        return None
    return f"the OTA header names manufacturer {maker}; {_names(others)} {_are(others)} of another"


def image_has_the_version_of_the_request(facts: Located) -> str | None:
    """The OTA header has the firmware version that the request gives."""
    header, body = _header(facts), facts.request.body
    if header is None or not isinstance(body, UpdateFirmware):
        return None
    version = f"{header.file_version:08X}"
    if not _is_hexadecimal(body.firmware_version, _VERSION_DIGITS) or fold(body.firmware_version) == fold(version):
        return None
    return f"the OTA header has version {version}, the request says {body.firmware_version}"


def image_fits_the_hubs(facts: Located) -> str | None:
    """The image is no larger than the devices' hubs can hold, where that is known."""
    image, limits = _image(facts), facts.policy.hub_image_octets
    if image is None or not limits:
        return None
    for device, hub in _with_hubs(facts):
        limit = limits.get(f"{hub.manufacturer}/{hub.model}", limits.get(hub.manufacturer))
        if limit is not None and image.octets > limit:
            return f"the image has {image.octets} octets; the hub {hub.id} of {device.id} holds {limit}"
    return None


def image_suits_the_hubs_maker(facts: Located) -> str | None:
    """The image's metadata are those of the manufacturer of the devices' hubs."""
    image = _image(facts)
    if image is None:
        return None
    makers = {
        entry.hub_manufacturer
        for entry in _entries(facts)
        if entry.hub_manufacturer is not None and entry.firmware_hash in {None, image.sha256, image.inner_sha256}
    }
    if not makers:
        return None
    suited = {fold(maker) for maker in makers}
    others = [device for device, hub in _with_hubs(facts) if fold(hub.manufacturer) not in suited]
    if not others:
        return None
    whose = ", ".join(sorted(makers))
    return f"the image has the metadata of hubs of {whose}; {_names(others)} {_are(others)} joined to others"


def _image(facts: Located) -> FirmwareImage | None:
    body = facts.request.body
    return body.image if isinstance(body, UpdateFirmware) else None


def _header(facts: Located) -> OtaHeader | None:
    image = _image(facts)
    return None if image is None else image.header


def _devices(facts: Located) -> Iterator[Device]:
    body = facts.request.body
    if isinstance(body, UpdateFirmware):
        for one in body.devices:
            device = facts.devices.get(one)
            if device is not None:
                yield device


def _with_hubs(facts: Located) -> Iterator[tuple[Device, Device]]:
    for device in _devices(facts):
        hub = facts.devices.get(device.hub) if device.hub is not None else None
        if hub is not None:
            yield device, hub


def _entries(facts: Located) -> list[CplEntry]:
    """Those in force for a model of the list, with the request's version."""
    body = facts.request.body
    if not isinstance(body, UpdateFirmware):
        return []
    models = {(device.manufacturer, device.model) for device in _devices(facts)}
    return [entry for model in sorted(models) for entry in facts.products.in_force(*model, body.firmware_version)]


def _is_hexadecimal(text: str, digits: int) -> bool:
    try:
        return len(text.strip()) == digits and int(text, 16) >= 0
    except ValueError:
        return False


def _names(devices: list[Device]) -> str:
    named = ", ".join(str(device.id) for device in devices[:NAMED])
    return named if len(devices) <= NAMED else f"{named} (and {len(devices) - NAMED} more)"


def _are(devices: list[Device]) -> str:
    return "is" if len(devices) == 1 else "are"
