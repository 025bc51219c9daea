"""Vectors of what is asked of a firmware image. Most of it is advice, which these rules have turned into refusals."""

from __future__ import annotations

from typing import Final

import msgspec
from estate import DCC, ESME_2, HUB_2, IMAGE, PPMID_2, PRODUCTS, ROUTES, asks, facts, refusing
from vector import Vector

from cpl.product_list import ProductList
from routing.decision import Rules
from routing.facts import Facts
from routing.policy import CheckOverride, Policy
from schemas.firmware_image import FirmwareImage, OtaHeader
from schemas.request import UpdateFirmware, UpdatePPMIDFirmware
from schemas.vocabulary import DeviceId

_HEADER: Final = OtaHeader(manufacturer=0x10A1, image_type=1, file_version=0x00020001, total_size=100)
_IMAGE: Final = FirmwareImage(octets=100, sha256=IMAGE, header=_HEADER)
_NO_OTA: Final = FirmwareImage(octets=100, sha256=IMAGE, not_ota="an OTA file begins with 0BEEF11E, this image with 0")


def _updates(image: FirmwareImage | None = _IMAGE, **header: int) -> Facts:
    if image is not None and header:
        image = msgspec.structs.replace(image, header=msgspec.structs.replace(_HEADER, **header))
    body = UpdateFirmware(firmware_version="00020001", devices=(ESME_2.id,), image_characters=136, image=image)
    return facts(asks("11.1", body=body))


def _for_ppmids(firmware_version: str, *more: DeviceId) -> Facts:
    body = UpdatePPMIDFirmware(
        firmware_version=firmware_version, devices=(PPMID_2.id, *more), image_characters=136, image=_IMAGE
    )
    return facts(asks("11.4", body=body))


def _other(**changes: object) -> FirmwareImage:
    return msgspec.structs.replace(_IMAGE, **changes)


_LOCKED: Final = ProductList(
    msgspec.structs.replace(entry, hub_manufacturer="20B2") if entry.firmware_hash == IMAGE else entry
    for entry in PRODUCTS.entries
)

IMAGES: Final = (
    Vector("ppmid-firmware-version-is-on-cpl", "takes a version of the devices' model", "I99", _for_ppmids("00004002")),
    Vector(
        "ppmid-firmware-version-is-on-cpl",
        "takes a list with a device that is no PPMID, and leaves it out",
        "W110401",
        _for_ppmids("00004002", ESME_2.id),
    ),
    Vector(
        "ppmid-firmware-version-is-on-cpl",
        "refuses a version of nobody's",
        "E110401",
        _for_ppmids("99999999"),
        f"firmware 99999999 of 10A1/BILINGUAL is not on the CPL (revision {PRODUCTS.revision}): "
        "no entry of this model names this version; listed for this model: 00004002, FFFF0001",
    ),
    Vector("image-is-the-one-on-the-cpl", "takes the image of the entry", "I99", _updates()),
    Vector(
        "image-is-the-one-on-the-cpl",
        "takes the image inside an OTA file",
        "I99",
        _updates(_other(sha256=bytes(32), inner_sha256=IMAGE)),
    ),
    Vector(
        "image-is-the-one-on-the-cpl",
        "refuses another image, where it may",
        "E110102",
        _updates(_other(sha256=bytes(32))),
        f"the image has the hash {'00' * 32}; the CPL (revision {PRODUCTS.revision}) has {IMAGE.hex()}",
        refusing("image-is-the-one-on-the-cpl"),
    ),
    Vector("image-is-an-ota-file", "takes an OTA file", "I99", _updates()),
    Vector(
        "image-is-an-ota-file",
        "refuses anything else, where it may",
        "E110103",
        _updates(_NO_OTA),
        "an OTA file begins with 0BEEF11E, this image with 0",
        refusing("image-is-an-ota-file"),
    ),
    Vector("image-is-whole", "takes a file as long as it says", "I99", _updates()),
    Vector(
        "image-is-whole",
        "has nothing to say of what is no OTA file",
        "I99",
        _updates(_NO_OTA),
        None,
        refusing("image-is-whole"),
    ),
    Vector(
        "image-is-whole",
        "refuses a longer one, where it may",
        "E110103",
        _updates(total_size=99),
        "the OTA header says 99 octets, the image has 100",
        refusing("image-is-whole"),
    ),
    Vector("image-is-of-the-devices-maker", "takes the devices' manufacturer", "I99", _updates()),
    Vector(
        "image-is-of-the-devices-maker",
        "refuses another one, where it may",
        "E110105",
        _updates(manufacturer=0x20B2),
        f"the OTA header names manufacturer 20B2; {ESME_2.id} is of another",
        refusing("image-is-of-the-devices-maker"),
    ),
    Vector("image-has-that-version", "takes the version that was said", "I99", _updates()),
    Vector(
        "image-has-that-version",
        "refuses another one, where it may",
        "E110105",
        _updates(file_version=0x00020002),
        "the OTA header has version 00020002, the request says 00020001",
        refusing("image-has-that-version"),
    ),
    Vector("image-fits-the-hubs", "takes any image where no limit is known", "I99", _updates()),
    Vector(
        "image-fits-the-hubs",
        "takes an image of just the limit",
        "I99",
        _updates(),
        None,
        refusing("image-fits-the-hubs", hub_image_octets={"10A1": 99, "10A1/HUB2": 100}),
    ),
    Vector(
        "image-fits-the-hubs",
        "refuses a larger one, where it may",
        "E110105",
        _updates(),
        f"the image has 100 octets; the hub {HUB_2.id} of {ESME_2.id} holds 99",
        refusing("image-fits-the-hubs", hub_image_octets={"10A1": 99}),
    ),
    Vector("image-suits-the-hubs-maker", "takes an image that is for any hub", "I99", _updates()),
    Vector(
        "image-suits-the-hubs-maker",
        "refuses one for the hubs of another, where it may",
        "E110105",
        _updates(),
        f"the image has the metadata of hubs of 20B2; {ESME_2.id} is joined to others",
        Rules(Policy(checks={"image-suits-the-hubs-maker": CheckOverride(refuses=True)}), _LOCKED, ROUTES, DCC),
    ),
)
