"""Vectors of the checks that ask the inventory and the product list, before a device is treated."""

from __future__ import annotations

from typing import Final

import msgspec
from estate import ADDITION, ESME_1, ESME_2, GPF_2, HUB_1, HUB_2, PPMID_2, PRODUCTS, STRANGER, asks, facts
from vector import Vector

from routing.facts import Facts
from schemas.request import DevicePrenotification, UpdateFirmware, UpdateHANDeviceLog
from schemas.vocabulary import DeviceId, DeviceType

_LISTED: Final = f"(revision {PRODUCTS.revision})"


def _pre_notifies(**changes: object) -> Facts:
    base = DevicePrenotification(
        device=STRANGER, manufacturer="10A1", model="ESME2", device_type=DeviceType.ESME, firmware_version="00020001"
    )
    return facts(asks("12.2", body=msgspec.structs.replace(base, **changes)))


def _updates(firmware_version: str, *devices: DeviceId) -> Facts:
    body = UpdateFirmware(firmware_version=firmware_version, devices=devices, image_characters=4)
    return facts(asks("11.1", body=body))


LOCATED: Final = (
    Vector("device-exists", "takes a device of the inventory", "I99", facts(asks("4.1.1", ESME_1))),
    Vector(
        "device-exists",
        "refuses a device that is not there",
        "E19",
        facts(asks("4.1.1", STRANGER)),
        "FF-00-00-00-00-00-00-FF is not in the inventory",
    ),
    Vector("inventory-holds-what-is-asked", "answers with what fits", "I0", facts(asks("8.2"))),
    Vector(
        "inventory-holds-what-is-asked",
        "refuses a question that nothing fits",
        "E080201",
        facts(asks("8.2"), matches=()),
        "no device in the inventory fits the question",
    ),
    Vector("device-is-new", "takes a device nobody announced", "I99", _pre_notifies()),
    Vector(
        "device-is-new",
        "refuses a device that was announced",
        "E120201",
        _pre_notifies(device=ESME_2.id),
        f"{ESME_2.id} is in the inventory already",
    ),
    Vector(
        "hub-is-not-its-own-gas-proxy",
        "takes a hub and another gas proxy",
        "I99",
        _pre_notifies(device_type=DeviceType.CHF, model="HUB2", firmware_version="00050001", associated_gpf=GPF_2.id),
    ),
    Vector(
        "hub-is-not-its-own-gas-proxy",
        "refuses one identifier for both",
        "E120201",
        _pre_notifies(device_type=DeviceType.CHF, model="HUB2", firmware_version="00050001", associated_gpf=STRANGER),
        f"CHF and associated GPF are both {STRANGER}",
    ),
    Vector("pre-notified-model-is-on-cpl", "takes a listed model and version", "I99", _pre_notifies()),
    Vector(
        "pre-notified-model-is-on-cpl",
        "takes a listed model without a version",
        "I99",
        _pre_notifies(firmware_version=None),
    ),
    Vector(
        "pre-notified-model-is-on-cpl",
        "asks nothing of a Type 2 device",
        "I99",
        _pre_notifies(device_type=DeviceType.IHD, model="DISPLAY"),
    ),
    Vector(
        "pre-notified-model-is-on-cpl",
        "takes a gas proxy, which is part of its hub's entry",
        "I99",
        _pre_notifies(device_type=DeviceType.GPF, model="HUB2"),
    ),
    Vector(
        "pre-notified-model-is-on-cpl",
        "refuses a version that was withdrawn and names the others",
        "E120203",
        _pre_notifies(firmware_version="00010009"),
        f"firmware 00010009 of 10A1/ESME2 is not on the CPL {_LISTED}: entry 102 was Withdrawn on 2025-05-01; "
        "listed for this model: 00020001, 00020002",
    ),
    Vector(
        "pre-notified-model-is-on-cpl",
        "refuses a model that is not listed",
        "E120203",
        _pre_notifies(model="ESME9", firmware_version=None),
        f"10A1/ESME9 is not on the CPL {_LISTED}",
    ),
    Vector(
        "pre-notified-model-is-on-cpl",
        "refuses a model listed as another type",
        "E120203",
        _pre_notifies(device_type=DeviceType.GSME),
        "10A1/ESME2 is on the CPL as ESME, not as GSME",
    ),
    Vector("whitelisting-is-described", "takes an Add with its details", "I99", facts(asks("8.11", HUB_2))),
    Vector(
        "whitelisting-is-described",
        "takes a Remove without details",
        "I99",
        facts(asks("8.11", HUB_2, body=UpdateHANDeviceLog(device=PPMID_2.id, request_type="Remove"))),
    ),
    Vector(
        "whitelisting-is-described",
        "refuses an Add without details",
        "E081101",
        facts(asks("8.11", HUB_2, body=UpdateHANDeviceLog(device=PPMID_2.id, request_type="Add"))),
        "RequestType Add comes without AddDeviceToCHFWhitelist",
    ),
    Vector(
        "whitelisting-is-described",
        "refuses a Remove with details",
        "E081101",
        facts(asks("8.11", HUB_2, body=UpdateHANDeviceLog(device=PPMID_2.id, request_type="Remove", add=ADDITION))),
        "RequestType Remove comes with AddDeviceToCHFWhitelist",
    ),
    Vector("named-device-is-pre-notified", "takes a device that was announced", "I99", facts(asks("8.11", HUB_1))),
    Vector(
        "named-device-is-pre-notified",
        "refuses a device that was not",
        "E081102",
        facts(asks("8.11", HUB_2, body=UpdateHANDeviceLog(device=STRANGER, request_type="Add", add=ADDITION))),
        "FF-00-00-00-00-00-00-FF is not in the inventory: it was never pre-notified",
    ),
    Vector("firmware-version-is-on-cpl", "takes a listed version", "I99", _updates("00020001", ESME_2.id)),
    Vector(
        "firmware-version-is-on-cpl",
        "takes a version listed for any model when it knows none of the devices",
        "W110101",
        _updates("00020001", STRANGER),
    ),
    Vector(
        "firmware-version-is-on-cpl",
        "refuses a version of no device's model",
        "E110101",
        _updates("00030001", ESME_1.id, ESME_2.id),
        f"firmware 00030001 of 10A1/ESME1 is not on the CPL {_LISTED}: no entry of this model names this version; "
        "listed for this model: 00020001",
    ),
    Vector(
        "firmware-version-is-on-cpl",
        "refuses a version that was withdrawn",
        "E110101",
        _updates("00010009", ESME_2.id),
        f"firmware 00010009 of 10A1/ESME2 is not on the CPL {_LISTED}: entry 102 was Withdrawn on 2025-05-01; "
        "listed for this model: 00020001, 00020002",
    ),
    Vector(
        "firmware-version-is-on-cpl",
        "refuses a version of nobody's when it knows none of the devices",
        "E110101",
        _updates("99999999", STRANGER),
        f"firmware 99999999 is not on the CPL {_LISTED}: no entry names this version",
    ),
)
