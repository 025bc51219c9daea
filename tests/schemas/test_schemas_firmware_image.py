"""The header of a firmware image: read where it is an OTA file, explained where it is not."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.firmware_image import FirmwareImage, OtaHeader, describe_image

BODY = b"the firmware itself"


def ota(
    *,
    identifier: int = 0x0BEEF11E,
    version: int = 0x0100,
    control: int = 0,
    optional: bytes = b"",
    length: int | None = None,
    elements: bytes | None = None,
    total: int | None = None,
) -> bytes:
    inside = struct.pack("<HI", 0, len(BODY)) + BODY if elements is None else elements
    size = 56 + len(optional)
    head = struct.pack(
        "<IHHHHHIH32sI",
        identifier,
        version,
        size if length is None else length,
        control,
        0x10A1,
        0x0001,
        0x0002012F,
        2,
        b"ESME newer",
        size + len(inside) if total is None else total,
    )
    return head + optional + inside


HEADER = OtaHeader(manufacturer=0x10A1, image_type=1, file_version=0x0002012F, total_size=81, text="ESME newer")
READ = {
    "without optional fields": (HEADER, ota()),
    "with hardware versions": (
        OtaHeader(
            manufacturer=0x10A1,
            image_type=1,
            file_version=0x0002012F,
            total_size=85,
            text="ESME newer",
            minimum_hardware=0x0103,
            maximum_hardware=0x01FF,
        ),
        ota(control=4, optional=struct.pack("<HH", 0x0103, 0x01FF)),
    ),
    "with every optional field": (
        OtaHeader(
            manufacturer=0x10A1,
            image_type=1,
            file_version=0x0002012F,
            total_size=94,
            text="ESME newer",
            minimum_hardware=1,
            maximum_hardware=2,
        ),
        ota(control=7, optional=b"\x02" + bytes(8) + struct.pack("<HH", 1, 2)),
    ),
}


@pytest.mark.parametrize(("header", "image"), READ.values(), ids=READ.keys())
def test_a_header_is_read(header: OtaHeader, image: bytes) -> None:
    found = describe_image(image)
    assert header == found.header
    assert (len(image), None) == (found.octets, found.not_ota)
    assert hashlib.sha256(image).digest() == found.sha256
    assert hashlib.sha256(BODY).digest() == found.inner_sha256


EXPLAINED = {
    "nothing": ("an OTA header has at least 56 octets, the image has 0", b""),
    "something short": ("an OTA header has at least 56 octets, the image has 55", ota()[:55]),
    "something else": (
        "an OTA file begins with 0BEEF11E, this image with 706D6153",
        b"Sample firmware image, nothing that a device could run.     ",
    ),
    "another header version": ("expected OTA header version 0100, found 0200", ota(version=0x0200)),
    "a header longer than the image": (
        "expected an OTA header of 56 to 81 octets, found the length 82",
        ota(length=82),
    ),
    "a header too short for its fields": (
        "expected an OTA header of 60 to 85 octets, found the length 56",
        ota(control=4, optional=bytes(4), length=56),
    ),
}


@pytest.mark.parametrize(("why", "image"), EXPLAINED.values(), ids=EXPLAINED.keys())
def test_it_is_explained_why_it_is_no_ota_file(why: str, image: bytes) -> None:
    found = describe_image(image)
    expected = FirmwareImage(octets=len(image), sha256=hashlib.sha256(image).digest(), not_ota=why)
    assert expected == found


INNER = {
    "after another element": (BODY, struct.pack("<HI", 1, 3) + b"sig" + struct.pack("<HI", 0, len(BODY)) + BODY),
    "longer than the file": (None, struct.pack("<HI", 0, len(BODY) + 1) + BODY),
    "none": (None, b""),
    "none among many": (None, struct.pack("<HI", 1, 0) * 100),
}


@pytest.mark.parametrize(("inner", "elements"), INNER.values(), ids=INNER.keys())
def test_the_upgrade_image_inside(inner: bytes | None, elements: bytes) -> None:
    expected = None if inner is None else hashlib.sha256(inner).digest()
    assert expected == describe_image(ota(elements=elements)).inner_sha256


@given(st.binary(max_size=200), st.integers(0, 90))
def test_nothing_that_is_sent_raises(noise: bytes, kept: int) -> None:
    found = describe_image(ota()[:kept] + noise)
    assert kept + len(noise) >= found.octets
    assert (found.header is None) is (found.not_ota is not None)
