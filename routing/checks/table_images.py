"""TABLE: what is said of the firmware image of an 11.1 or 11.4, after its version was found on the CPL.

All of it is advice: whether an image is an OTA file, and what its header has to say, is assumed. ``[rules.checks]``
makes any of it a refusal. One code each for both services: the codes of 11.4 are numbered as those of 11.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from routing.checks import firmware, image
from routing.checks.check import Applies, Check
from routing.checks.fact import Fact
from routing.facts import Located
from schemas.vocabulary import Basis, ResponseCode

_SEED_001: Final = "PPMID consultation (27 Jul 2021)"
_OTA: Final = "ZigBee Cluster Library, OTA file format; that an image is one is assumed"
_UPDATES: Final = Applies(services=frozenset({"11.1", "11.4"}))


def _advice(
    name: str, code: str, ask: Callable[[Located], str | None], cites: str, remedy: str, *reads: Fact
) -> Check[Located]:
    return Check(
        name=name,
        code=ResponseCode(code),
        ask=ask,
        cites=cites,
        basis=Basis.ASSUMED,
        remedy=remedy,
        reads=reads,
        applies=_UPDATES,
        advises=True,
    )


IMAGES: Final[tuple[Check[Located], ...]] = (
    Check(
        name="ppmid-firmware-version-is-on-cpl",
        code=ResponseCode("E110401"),
        ask=firmware.firmware_version_is_on_cpl,
        cites="DUIS response codes: numbered as those of 11.1, whose first is E110101; inferred",
        basis=Basis.ASSUMED,
        reads=(Fact.FIRMWARE, Fact.NAMED_DEVICES, Fact.PRODUCT_LIST),
        remedy="send a firmware version that the CPL lists for the devices' model",
        applies=Applies(services=frozenset({"11.4"})),
    ),
    _advice(
        "image-is-the-one-on-the-cpl",
        "E110102",
        image.image_is_the_one_on_the_cpl,
        "E110102 from memory: the image's hash differs from the CPL's",
        "send the image whose hash the CPL has",
        Fact.IMAGE,
        Fact.FIRMWARE,
        Fact.NAMED_DEVICES,
        Fact.PRODUCT_LIST,
    ),
    _advice(
        "image-is-an-ota-file",
        "E110103",
        image.image_is_an_ota_file,
        _OTA,
        "send the image with its OTA header",
        Fact.IMAGE,
    ),
    _advice(
        "image-is-whole",
        "E110103",
        image.image_is_whole,
        _OTA,
        "send the whole file",
        Fact.IMAGE,
    ),
    _advice(
        "image-is-of-the-devices-maker",
        "E110105",
        image.image_is_of_the_devices_maker,
        _OTA,
        "send the image of the devices' manufacturer",
        Fact.IMAGE,
        Fact.NAMED_DEVICES,
    ),
    _advice(
        "image-has-that-version",
        "E110105",
        image.image_has_the_version_of_the_request,
        _OTA,
        "give the version that the image has",
        Fact.IMAGE,
        Fact.FIRMWARE,
    ),
    _advice(
        "image-fits-the-hubs",
        "E110105",
        image.image_fits_the_hubs,
        f"{_SEED_001}, section 3: a hub that is too small cannot pass an image on; the code is assumed",
        "ask the manufacturer for an image that the hub can hold",
        Fact.IMAGE,
        Fact.NAMED_DEVICES,
        Fact.HUBS,
        Fact.HUB_LIMITS,
    ),
    _advice(
        "image-suits-the-hubs-maker",
        "E110105",
        image.image_suits_the_hubs_maker,
        f"{_SEED_001}, section 5: an image is locked to the hubs of one manufacturer; the code is assumed",
        "send the image with the metadata for the hubs' manufacturer",
        Fact.IMAGE,
        Fact.NAMED_DEVICES,
        Fact.HUBS,
        Fact.PRODUCT_LIST,
    ),
)
