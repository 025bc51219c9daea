"""Vectors of what the SMETS1 Supporting Requirements expect of PPMIDs: advice, which these rules turn into refusals."""

from __future__ import annotations

from typing import Final

import msgspec
from estate import ESME_1, PPMID_1, PPMID_2, PRODUCTS, SMETS1_IMAGE, asks, changed, facts, refusing
from vector import Vector

from cpl.product_list import ProductList
from routing.advisories import ADVISORIES, Advisories, AdvisoryOverride
from routing.decision import Rules
from routing.facts import Facts
from routing.inventory import Device
from schemas.request import ActivateFirmware, ReadFirmwareVersion, UpdateFirmware, UpdatePPMIDFirmware

_SECURES: Final = changed(PPMID_1, manufacturer="Secure Meters")
_PEBBLE: Final = changed(PPMID_1, manufacturer="Landis+Gyr", model="P450 Pebble")
_LISTED: Final = ProductList(
    [
        *(
            msgspec.structs.replace(each, firmware_hash=SMETS1_IMAGE if each.entry_id == "131" else each.firmware_hash)
            for each in PRODUCTS.entries
        ),
        *(
            msgspec.structs.replace(PRODUCTS.in_force("10A1", "BILINGUAL", "FFFF0001")[0], entry_id=id_, **model)
            for id_, model in {
                "901": {"manufacturer": "Secure Meters"},
                "902": {"manufacturer": "Landis+Gyr", "model": "P450 Pebble"},
            }.items()
        ),
    ]
)


def _of(cohort: str, check: str, **corrections: AdvisoryOverride) -> Rules:
    named = {name.replace("_", "-"): correction for name, correction in corrections.items()}
    return refusing(check, advisories=Advisories(ADVISORIES, named, {"S1SP-A": cohort})).with_products(_LISTED)


def _image(
    *devices: Device, kind: type[UpdateFirmware] = UpdateFirmware, version: str = "FFFF0001", **found: object
) -> Facts:
    body = kind(firmware_version=version, devices=tuple(one.id for one in devices), image_characters=4)
    return facts(asks("11.1" if kind is UpdateFirmware else "11.4", body=body), **found)


def _reads(**found: object) -> Facts:
    return facts(asks("11.2", PPMID_1, body=ReadFirmwareVersion()), **found)


def _activates(**found: object) -> Facts:
    return facts(asks("11.3", PPMID_1, 1, body=ActivateFirmware(firmware_hash=SMETS1_IMAGE)), **found)


_NO_UPGRADE: Final = "the S1SP of Secure does not upgrade the firmware of others' PPMIDs (S1SR 18.63(c))"
_NO_READ: Final = "the S1SP of Secure does not read the firmware of others' PPMIDs (S1SR 18.64(b))"
_WHAT_RUNS: Final = (
    "the version that a bilingual PPMID really runs is told, which may not be that of its SMETS1 CPL entry"
)
_UNCERTAIN: Final = "(S1SR 18.63(d), 18.65(e))"
_BILINGUAL: Final = f"the outcome of a firmware command to a bilingual PPMID is uncertain {_UNCERTAIN}"
_SIZE: Final = f"an image may be too large for the hub: success is unlikely {_UNCERTAIN}"
_METADATA: Final = f"an image has the metadata for the hubs of one manufacturer: success is unlikely {_UNCERTAIN}"
_OLD: Final = f"the PPMID is no longer supported: an upgrade was not tested, its outcome is uncertain {_UNCERTAIN}"
_IT: Final = str(PPMID_1.id)

ADVISED: Final = (
    Vector(
        "image-can-succeed",
        "takes an image for Secure's own PPMID",
        "I99",
        _image(PPMID_1, devices=_SECURES),
        None,
        _of("Secure", "image-can-succeed"),
    ),
    Vector(
        "image-can-succeed",
        "takes one for a third party's PPMID elsewhere",
        "I99",
        _image(PPMID_1),
        None,
        _of("MDS", "image-can-succeed"),
    ),
    Vector(
        "image-can-succeed",
        "refuses one for a third party's PPMID on Secure, where it may",
        "E57",
        _image(PPMID_1),
        f"{_NO_UPGRADE}: {_IT}",
        _of("secure", "image-can-succeed"),
    ),
    Vector(
        "image-can-succeed",
        "refuses an 11.4 alike",
        "E57",
        _image(PPMID_1, kind=UpdatePPMIDFirmware),
        f"{_NO_UPGRADE}: {_IT}",
        _of("Secure", "image-can-succeed"),
    ),
    Vector(
        "image-can-succeed",
        "takes one whose maker is said to be no third party",
        "I99",
        _image(PPMID_1),
        None,
        _of("Secure", "image-can-succeed", secure_third_party_upgrade=AdvisoryOverride(makers=frozenset({"10A1"}))),
    ),
    Vector(
        "image-outcome-is-certain",
        "asks nothing of a meter, nor of a SMETS2+ PPMID",
        "W110101",
        _image(ESME_1, PPMID_2),
        None,
        _of("FOC", "image-outcome-is-certain"),
    ),
    Vector(
        "image-outcome-is-certain",
        "takes one for a SMETS2+ PPMID",
        "I99",
        _image(PPMID_2, version="00004002"),
        None,
        _of("FOC", "image-outcome-is-certain"),
    ),
    Vector(
        "image-outcome-is-certain",
        "refuses one for a SMETS1 PPMID with every reason, where it may",
        "E57",
        _image(ESME_1, PPMID_1, PPMID_2),
        f"{_BILINGUAL}: {_IT}; {_SIZE}: {_IT}; {_METADATA}: {_IT}",
        _of("FOC", "image-outcome-is-certain"),
    ),
    Vector(
        "image-outcome-is-certain",
        "leaves the hub's size out on Secure",
        "E57",
        _image(PPMID_1, devices=_SECURES),
        f"{_METADATA}: {_IT}",
        _of("Secure", "image-outcome-is-certain"),
    ),
    Vector(
        "image-outcome-is-certain",
        "knows of no size where the cohort is not known",
        "E57",
        _image(PPMID_1, devices=_SECURES),
        f"{_METADATA}: {_IT}",
        _of("S1SP-A", "image-outcome-is-certain"),
    ),
    Vector(
        "image-outcome-is-certain",
        "names a model that is not supported any more",
        "E57",
        _image(PPMID_1, devices=_PEBBLE),
        f"{_SIZE}: {_IT}; {_METADATA}: {_IT}; {_OLD}: {_IT}",
        _of("FOC", "image-outcome-is-certain"),
    ),
    Vector(
        "image-outcome-is-certain",
        "takes what every advisory was switched off for",
        "I99",
        _image(PPMID_1, devices=_SECURES),
        None,
        _of(
            "MDS",
            "image-outcome-is-certain",
            image_size=AdvisoryOverride(off=True),
            image_metadata=AdvisoryOverride(off=True),
        ),
    ),
    Vector(
        "firmware-request-can-succeed",
        "takes a read of Secure's own PPMID",
        "I99",
        _reads(devices=_SECURES),
        None,
        _of("Secure", "firmware-request-can-succeed"),
    ),
    Vector(
        "firmware-request-can-succeed",
        "refuses a read of a third party's on Secure, where it may",
        "E57",
        _reads(),
        f"{_NO_READ}: {_IT}",
        _of("Secure", "firmware-request-can-succeed"),
    ),
    Vector(
        "firmware-request-can-succeed",
        "refuses an activation of a third party's on Secure, where it may",
        "E57",
        _activates(),
        f"{_NO_UPGRADE}: {_IT}",
        _of("Secure", "firmware-request-can-succeed"),
    ),
    Vector(
        "firmware-outcome-is-certain",
        "takes an activation where no advisory holds",
        "I99",
        _activates(),
        None,
        _of("MDS", "firmware-outcome-is-certain", bilingual_upgrade=AdvisoryOverride(services=frozenset({"11.4"}))),
    ),
    Vector(
        "firmware-outcome-is-certain",
        "refuses an activation on a bilingual PPMID, where it may",
        "E57",
        _activates(),
        f"{_BILINGUAL}: {_IT}",
        _of("MDS", "firmware-outcome-is-certain"),
    ),
    Vector(
        "firmware-read-matches-the-cpl",
        "takes a read of another cohort's PPMID",
        "I99",
        _reads(),
        None,
        _of("MDS", "firmware-read-matches-the-cpl"),
    ),
    Vector(
        "firmware-read-matches-the-cpl",
        "refuses one of a bilingual PPMID of cohort FOC, where it may",
        "E57",
        _reads(),
        f"{_WHAT_RUNS} (S1SR 18.64(c)): {_IT}",
        _of("FOC", "firmware-read-matches-the-cpl"),
    ),
)
