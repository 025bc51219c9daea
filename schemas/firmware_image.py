"""A firmware image as far as a rule reads it: its size, its hashes and the header of a ZigBee OTA file.

Layout of the header: ZigBee Cluster Library, OTA Upgrade cluster, "OTA File Format". That an image of the
DUIS is such a file is assumed, so one that is not is described and never refused here. What may follow from
any of it is ``routing``'s.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Final

import msgspec

OTA_FILE_IDENTIFIER: Final = 0x0BEEF11E
_OTA_HEADER_VERSION: Final = 0x0100
_FIXED: Final = struct.Struct("<IHHHHHIH32sI")
"""Identifier, header version and length, field control, manufacturer, image type, file version, stack, text, size."""
_SUB_ELEMENT: Final = struct.Struct("<HI")
_UPGRADE_IMAGE: Final = 0x0000
_MOST_SUB_ELEMENTS: Final = 16
_SECURITY_CREDENTIAL, _DEVICE_SPECIFIC, _HARDWARE_VERSIONS = 0x01, 0x02, 0x04


class OtaHeader(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The header of a ZigBee OTA upgrade file. Numbers are unsigned."""

    manufacturer: int
    """ZigBee manufacturer code, 16 bits."""
    image_type: int
    """16 bits."""
    file_version: int
    """32 bits."""
    total_size: int
    """Of the whole file with this header, octets."""
    text: str = ""
    """The header string, at most 32 characters."""
    minimum_hardware: int | None = None
    maximum_hardware: int | None = None
    """16 bits each: version in the high octet, revision in the low one."""


class FirmwareImage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule may ask of an image; the image itself stays in the received bytes."""

    octets: int
    sha256: bytes
    """Of the whole image, 32 octets."""
    inner_sha256: bytes | None = None
    """Of the upgrade image inside an OTA file (sub-element 0), 32 octets."""
    header: OtaHeader | None = None
    not_ota: str | None = None
    """Why it is not an OTA file: what was expected, what was found."""


def describe_image(image: bytes) -> FirmwareImage:
    """Read once, whatever it holds; never raises."""
    whole = hashlib.sha256(image).digest()
    found = _header(image)
    if isinstance(found, str):
        return FirmwareImage(octets=len(image), sha256=whole, not_ota=found)
    header, length = found
    return FirmwareImage(octets=len(image), sha256=whole, inner_sha256=_inner(image, length), header=header)


def _header(image: bytes) -> tuple[OtaHeader, int] | str:
    """The header and its length, or why there is none."""
    if len(image) < _FIXED.size:
        return f"an OTA header has at least {_FIXED.size} octets, the image has {len(image)}"
    identifier, version, length, control, manufacturer, image_type, file_version, _stack, text, total = (
        _FIXED.unpack_from(image)
    )
    if identifier != OTA_FILE_IDENTIFIER:
        return f"an OTA file begins with {OTA_FILE_IDENTIFIER:08X}, this image with {identifier:08X}"
    if version != _OTA_HEADER_VERSION:
        return f"expected OTA header version {_OTA_HEADER_VERSION:04X}, found {version:04X}"
    expected = _FIXED.size + _optional_octets(control)
    if not expected <= length <= len(image):
        return f"expected an OTA header of {expected} to {len(image)} octets, found the length {length}"
    lowest = highest = None
    if control & _HARDWARE_VERSIONS:
        lowest, highest = struct.unpack_from("<HH", image, expected - 4)
    return (
        OtaHeader(
            manufacturer=manufacturer,
            image_type=image_type,
            file_version=file_version,
            total_size=total,
            text=text.split(b"\0")[0].decode("ascii", "replace"),
            minimum_hardware=lowest,
            maximum_hardware=highest,
        ),
        length,
    )


def _optional_octets(control: int) -> int:
    """Fields after the fixed ones: credential version 1, destination 8, hardware versions 2 and 2."""
    return (
        bool(control & _SECURITY_CREDENTIAL)
        + 8 * bool(control & _DEVICE_SPECIFIC)
        + 4 * bool(control & _HARDWARE_VERSIONS)
    )


def _inner(image: bytes, start: int) -> bytes | None:
    """The hash of the first upgrade image among the sub-elements, if they can be followed to it."""
    for _ in range(_MOST_SUB_ELEMENTS):
        if start + _SUB_ELEMENT.size > len(image):
            return None
        tag, length = _SUB_ELEMENT.unpack_from(image, start)
        begin = start + _SUB_ELEMENT.size
        if begin + length > len(image):
            return None
        if tag == _UPGRADE_IMAGE:
            return hashlib.sha256(memoryview(image)[begin : begin + length]).digest()
        start = begin + length
    return None
