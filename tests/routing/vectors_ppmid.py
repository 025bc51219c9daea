"""Vectors of what keeps a PPMID of one generation, and out of installations of the other."""

from __future__ import annotations

from typing import Final

import msgspec
from estate import (
    ADDITION,
    ESME_2,
    GSME_2,
    HUB_1,
    HUB_2,
    PPMID_1,
    PPMID_2,
    PRODUCTS,
    STRANGER,
    asks,
    changed,
    facts,
    refusing,
    rules,
)
from vector import Vector

from cpl.product_list import ProductList
from routing.facts import Facts
from routing.inventory import Device
from routing.policy import PpmidPolicy
from schemas.bodies import body_of
from schemas.inventory_bodies import OtherDevice
from schemas.request import DevicePrenotification, UpdateHANDeviceLog
from schemas.vocabulary import DeviceId, DeviceType

_ENDURING: Final = PpmidPolicy.ASSOCIATED_HUB
_BILINGUAL: Final = DevicePrenotification(
    device=STRANGER,
    manufacturer="10A1",
    model="BILINGUAL",
    device_type=DeviceType.PPMID,
    firmware_version="FFFF0001",
)


def _pre_notifies(**changes: object) -> Facts:
    return facts(asks("12.2", body=msgspec.structs.replace(_BILINGUAL, **changes)))


def _adds(device: Device, hub: Device) -> Facts:
    return facts(asks("8.11", hub, body=UpdateHANDeviceLog(device=device.id, request_type="Add", add=ADDITION)))


def _joins(other: DeviceId, target: Device, **found: object) -> Facts:
    body = body_of("JoinServiceNonCritical", OtherDevice(other_device_id=other))
    return facts(asks("8.7.2", target, body=body), **found)


_SAID: Final = {"130": "SMETS V4.2", "131": "SMETS V1.2"}
_VERSIONED: Final = rules().with_products(
    ProductList(msgspec.structs.replace(e, smets_chts_version=_SAID.get(e.entry_id)) for e in PRODUCTS.entries)
)
_ALONE: Final = changed(PPMID_1, hub=None)

PPMIDS: Final = (
    Vector("pre-notification-is-for-good", "takes a device nobody announced", "I99", _pre_notifies()),
    Vector(
        "pre-notification-is-for-good",
        "refuses the SMETS1 entry for a device that was announced with the other",
        "E120201",
        facts(
            asks("12.2", body=msgspec.structs.replace(_BILINGUAL, device=PPMID_2.id)),
            devices=changed(PPMID_2, cpl_entry="130"),
        ),
        f"{PPMID_2.id} was pre-notified as SMETS2+ with CPL entry 130, which is for good; CPL entry 131 is SMETS1",
    ),
    Vector(
        "pre-notification-is-for-good",
        "refuses the SMETS2+ entry for a device that was announced with the other",
        "E120201",
        _pre_notifies(device=PPMID_1.id, firmware_version="00004002"),
        f"{PPMID_1.id} was pre-notified as SMETS1, which is for good; CPL entry 130 is SMETS2+",
    ),
    Vector(
        "device-is-new",
        "refuses a PPMID that was announced with the same entry",
        "E120201",
        _pre_notifies(device=PPMID_1.id),
        f"{PPMID_1.id} is in the inventory already",
    ),
    Vector("pre-notified-kind-is-clear", "takes the firmware version of one entry", "I99", _pre_notifies()),
    Vector(
        "pre-notified-kind-is-clear",
        "needs no firmware version of a model of one generation",
        "I99",
        _pre_notifies(model="MONOLINGUAL", firmware_version=None),
    ),
    Vector(
        "pre-notified-kind-is-clear",
        "refuses a bilingual model without a firmware version",
        "E120204",
        _pre_notifies(firmware_version=None),
        "10A1/BILINGUAL is bilingual, and this may mean any of 00004002 (SMETS2+), FFFF0001 (SMETS1)",
    ),
    Vector(
        "pre-notified-kind-is-clear",
        "takes the SMETS version of the entry whose firmware version it gives",
        "I99",
        _pre_notifies(smets_chts_version="SMETS V1.2"),
        rules=_VERSIONED,
    ),
    Vector(
        "pre-notified-kind-is-clear",
        "takes the SMETS version alone where it tells the entries apart",
        "I99",
        _pre_notifies(firmware_version=None, smets_chts_version="SMETS V4.2"),
        rules=_VERSIONED,
    ),
    Vector(
        "pre-notified-kind-is-clear",
        "takes a SMETS version of no entry, and goes by the firmware version",
        "I99",
        _pre_notifies(smets_chts_version="SMETS V1.1"),
        rules=_VERSIONED,
    ),
    Vector(
        "pre-notified-kind-is-clear",
        "refuses the firmware version of one entry with the SMETS version of the other",
        "E120204",
        _pre_notifies(smets_chts_version="SMETS V4.2"),
        "firmware FFFF0001 is that of the SMETS1 entry 131, SMETS V4.2 that of the SMETS2+ entry 130",
        _VERSIONED,
    ),
    Vector("whitelisting-suits-its-kind", "takes a PPMID among its own", "I99", _adds(PPMID_2, HUB_2)),
    Vector(
        "whitelisting-suits-its-kind",
        "lets a PPMID be removed from a hub of the other kind",
        "I99",
        facts(asks("8.11", HUB_1, body=UpdateHANDeviceLog(device=PPMID_2.id, request_type="Remove"))),
        rules=refusing("whitelisting-suits-its-kind"),
    ),
    Vector(
        "whitelisting-suits-its-kind",
        "lets the hub of a bilingual PPMID decide under the enduring policy",
        "I99",
        _adds(PPMID_2, HUB_1),
        rules=refusing("whitelisting-suits-its-kind", ppmid=_ENDURING),
    ),
    Vector(
        "whitelisting-suits-its-kind",
        "says nothing of a meter",
        "I99",
        _adds(ESME_2, HUB_1),
        rules=refusing("whitelisting-suits-its-kind"),
    ),
    Vector(
        "whitelisting-suits-its-kind",
        "refuses a PPMID of the other kind, where it may",
        "E081104",
        _adds(PPMID_2, HUB_1),
        f"{PPMID_2.id} is pre-notified as SMETS2+ and would be joined to the SMETS1 hub {HUB_1.id} "
        "(policy prenotified)",
        refusing("whitelisting-suits-its-kind"),
    ),
    Vector(
        "whitelisting-suits-its-kind",
        "refuses a PPMID of one generation at the other's hub under either policy, where it may",
        "E081104",
        facts(
            asks("8.11", HUB_1, body=UpdateHANDeviceLog(device=PPMID_2.id, request_type="Add", add=ADDITION)),
            devices=changed(PPMID_2, model="MONOLINGUAL"),
        ),
        f"{PPMID_2.id} is pre-notified as SMETS2+ and would be joined to the SMETS1 hub {HUB_1.id} "
        "(policy associated_hub)",
        refusing("whitelisting-suits-its-kind", ppmid=_ENDURING),
    ),
    Vector("join-suits-its-kind", "takes a PPMID among its own", "I99", _joins(PPMID_2.id, GSME_2)),
    Vector(
        "join-suits-its-kind",
        "has nothing to say of a device that nobody knows",
        "I99",
        _joins(STRANGER, GSME_2),
        rules=refusing("join-suits-its-kind"),
    ),
    Vector(
        "join-suits-its-kind",
        "refuses to join a PPMID of the other kind to a meter, where it may",
        "E080702",
        _joins(PPMID_1.id, GSME_2, devices=_ALONE),
        f"{PPMID_1.id} is pre-notified as SMETS1 and would be joined to the SMETS2+ hub {HUB_2.id} "
        "(policy prenotified)",
        refusing("join-suits-its-kind"),
    ),
    Vector(
        "join-suits-its-kind",
        "refuses to join a meter to a PPMID of the other kind, where it may",
        "E080702",
        _joins(ESME_2.id, PPMID_1),
        f"{PPMID_1.id} is pre-notified as SMETS1 and would be joined to the SMETS2+ hub {HUB_2.id} "
        "(policy prenotified)",
        refusing("join-suits-its-kind"),
    ),
    Vector(
        "join-suits-its-kind",
        "lets the hub of a bilingual PPMID decide under the enduring policy",
        "I99",
        _joins(PPMID_1.id, GSME_2, devices=_ALONE),
        rules=refusing("join-suits-its-kind", ppmid=_ENDURING),
    ),
)
