"""TABLE: for every check at least one request that passes it and one that it refuses.

A vector is the complete facts of a request. One without a reason must be accepted; one with a reason
must be refused by its check, with that code and those words.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NamedTuple

import msgspec
from estate import (
    ADDITION,
    DCC,
    ESME_1,
    ESME_2,
    GPF_2,
    HUB_0,
    HUB_1,
    HUB_2,
    IMAGE,
    NOW,
    OTHER_SUPPLIER,
    PPMID_1,
    PPMID_2,
    PRODUCTS,
    REGISTERED_UNTIL,
    RULES,
    SMETS1_IMAGE,
    STRANGER,
    SUPPLIER,
    SUPPLIER_PARTY,
    WITHDRAWN_IMAGE,
    asks,
    changed,
    facts,
    rules,
)

from routing.decision import Rules
from routing.facts import Facts
from routing.policy import CheckOverride
from schemas.request import (
    ActivateFirmware,
    DevicePrenotification,
    DisableSupply,
    ReadInstantaneousImportRegisters,
    TopUpDevice,
    UnreadBody,
    UpdateFirmware,
    UpdateHANDeviceLog,
)
from schemas.vocabulary import CommandVariant, DeviceStatus, DeviceType, UserRole, UserStatus, WebService


class Vector(NamedTuple):
    """``title`` reads as a sentence after the check's name."""

    check: str
    title: str
    code: str
    facts: Facts
    reason: str | None = None
    rules: Rules = RULES


def _party(**changes: object) -> object:
    return msgspec.structs.replace(SUPPLIER_PARTY, **changes)


def _pre_notifies(**changes: object) -> Facts:
    base = DevicePrenotification(
        device=STRANGER, manufacturer="10A1", model="ESME2", device_type=DeviceType.ESME, firmware_version="00020001"
    )
    return facts(asks("12.2", body=msgspec.structs.replace(base, **changes)))


def _updates(firmware_version: str, *devices: object) -> Facts:
    body = UpdateFirmware(firmware_version=firmware_version, devices=devices, image_characters=4)  # type: ignore[arg-type]
    return facts(asks("11.1", body=body))


def _activates(firmware_hash: bytes) -> Facts:
    return facts(asks("11.3", ESME_2, body=ActivateFirmware(firmware_hash=firmware_hash)))


def _reads_later(after: timedelta) -> Facts:
    return facts(asks("4.1.1", ESME_2, body=ReadInstantaneousImportRegisters(execution=NOW + after)))


_HALF_OFF: Final = rules(checks={"variant-suits-service": CheckOverride(off=True)})
_LISTED: Final = f"(revision {PRODUCTS.revision})"

RECEIVED: Final = (
    Vector("party-is-known", "lets a supplier in", "I99", facts(asks("4.1.1", ESME_2))),
    Vector(
        "party-is-known",
        "refuses a stranger",
        "E1",
        facts(asks("4.1.1", ESME_2), party=None),
        "5A-00-00-00-00-00-00-01 is not a party",
    ),
    Vector(
        "party-is-known",
        "refuses a party without roles",
        "E1",
        facts(asks("4.1.1", ESME_2), party=_party(roles=())),
        "5A-00-00-00-00-00-00-01 (Northern Supply) holds no user role",
    ),
    Vector("party-is-active", "lets an active party in", "I99", facts(asks("2.2", ESME_2))),
    Vector(
        "party-is-active",
        "refuses a suspended party",
        "E3",
        facts(asks("2.2", ESME_2), party=_party(status=UserStatus.SUSPENDED)),
        "5A-00-00-00-00-00-00-01 (Northern Supply) is Suspended, not Active",
    ),
    Vector("service-is-decided-here", "takes a service of the table", "I99", facts(asks("4.8.1", ESME_2))),
    Vector(
        "service-is-decided-here",
        "refuses a service that the schema knows and the table does not",
        "E60",
        facts(asks("6.11", ESME_2, body=UnreadBody(element="SynchroniseClock"))),
        "6.11 is not among the 10 services that this gateway decides",
    ),
)

ENVELOPE: Final = (
    Vector("role-may-send-service", "lets a gas supplier top up", "I99", facts(asks("2.2", ESME_2))),
    Vector(
        "role-may-send-service",
        "refuses a network operator that tops up",
        "E2",
        facts(asks("2.2", ESME_2), party=_party(roles=(UserRole.ELECTRICITY_DISTRIBUTOR, UserRole.OTHER_USER))),
        "2.2 is for GS IS; the originator holds ED OU",
    ),
    Vector(
        "body-fits-service",
        "takes a Signed Pre-Command in place of the service's body",
        "I99",
        facts(asks("7.2", ESME_2, 5), pre_command_issued=True),
    ),
    Vector(
        "body-fits-service",
        "refuses another service's reference",
        "E61",
        facts(asks("4.1.1", ESME_2, reference="4.8")),
        "4.1.1 belongs to service reference 4.1, not 4.8",
    ),
    Vector(
        "body-fits-service",
        "refuses another service's body",
        "E61",
        facts(asks("4.1.1", ESME_2, body=DisableSupply())),
        "4.1.1 with command variant 1 has body ReadInstantaneousImportRegisters, not DisableSupply",
    ),
    Vector(
        "body-fits-service",
        "refuses a signed variant that carries no Signed Pre-Command",
        "E61",
        facts(asks("7.2", ESME_2, 5, DisableSupply()), pre_command_issued=True),
        "7.2 with command variant 5 has body SignedPreCommand, not DisableSupply",
    ),
    Vector("variant-suits-service", "takes a critical request to transform", "I0", facts(asks("7.2", ESME_2, 4))),
    Vector(
        "variant-suits-service",
        "refuses to transform what is not critical",
        "E12",
        facts(asks("4.1.1", ESME_2, 4)),
        "4.1.1 takes command variants 1 2 3, not 4",
    ),
    Vector(
        "variant-suits-service",
        "lists the SMETS1 variant of a critical service too",
        "E12",
        facts(asks("7.2", ESME_2, 2)),
        "7.2 takes command variants 1 4 5 6 7, not 2",
    ),
    Vector(
        "variant-suits-service",
        "refuses the DCC's own variant",
        "E12",
        facts(asks("8.2", variant=9)),
        "command variant 9 is internal to the DCC data systems; no user may send it",
    ),
    Vector("web-service-suits-variant", "takes a local command at Non-Device", "I0", facts(asks("4.1.1", ESME_2, 2))),
    Vector(
        "web-service-suits-variant",
        "refuses a local command at Send Command",
        "E13",
        facts(asks("4.1.1", ESME_2, 2), web_service=WebService.SEND_COMMAND),
        "command variant 2 belongs to serviceD, not serviceS",
    ),
    Vector(
        "web-service-suits-variant",
        "refuses the DCC's own variant even where the check before it is switched off",
        "E13",
        facts(asks("8.2", variant=9)),
        "command variant 9 belongs to no web service, not serviceD",
        _HALF_OFF,
    ),
    Vector("target-suits-service", "takes a question to the DCC", "I0", facts(asks("8.2"))),
    Vector(
        "target-suits-service",
        "refuses a non-device request to a device",
        "E62",
        facts(asks("8.2", ESME_2)),
        f"8.2 is addressed to the DCC ({DCC}), not to {ESME_2.id}",
    ),
    Vector(
        "target-suits-service",
        "refuses a device's request to the DCC",
        "E62",
        facts(asks("4.1.1", DCC)),
        f"4.1.1 is addressed to a device, not to the DCC ({DCC})",
    ),
    Vector("request-id-is-new", "takes a RequestID that nobody used", "I99", facts(asks("4.1.1", GPF_2))),
    Vector(
        "request-id-is-new",
        "refuses a RequestID that another request used",
        "E63",
        facts(asks("4.1.1", ESME_2), request_id_used_by="0f0e0d"),
        f"RequestID {SUPPLIER}:{ESME_2.id}:18446744073709551615 was used for another request (trace 0f0e0d)",
    ),
    Vector(
        "pre-command-was-issued",
        "takes the Signed Pre-Command that answers one",
        "I0",
        facts(asks("7.2", ESME_2, 6), pre_command_issued=True),
    ),
    Vector(
        "pre-command-was-issued",
        "refuses a Signed Pre-Command out of nowhere",
        "E64",
        facts(asks("7.2", ESME_2, 6)),
        f"no Pre-Command was issued under RequestID {SUPPLIER}:{ESME_2.id}:18446744073709551615",
    ),
)

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
        f"firmware 00030001 of 10A1/ESME1 is not on the CPL {_LISTED}; listed for this model: 00020001",
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
        f"firmware 99999999 of any manufacturer/any model is not on the CPL {_LISTED}",
    ),
)

TARGET: Final = (
    Vector("device-type-suits-service", "lets a meter be cut off", "I0", facts(asks("7.2", ESME_2))),
    Vector(
        "device-type-suits-service",
        "refuses to cut a hub off",
        "E11",
        facts(asks("7.2", HUB_2)),
        f"7.2 is for ESME GSME; {HUB_2.id} is CHF",
    ),
    Vector("device-is-joined-to-its-kind", "takes a PPMID among its own", "I99", facts(asks("11.2", PPMID_2))),
    Vector(
        "device-is-joined-to-its-kind",
        "refuses a PPMID that was joined to the other kind",
        "E59",
        facts(asks("11.2", PPMID_2), devices=changed(PPMID_2, hub=HUB_1.id)),
        f"{PPMID_2.id} is pre-notified as SMETS2+ and joined to the SMETS1 hub {HUB_1.id}",
    ),
    Vector("device-status-suits-service", "takes a Commissioned device", "I99", facts(asks("2.2", ESME_2))),
    Vector(
        "device-status-suits-service",
        "takes an 11.2 to a Suspended device",
        "I99",
        facts(asks("11.2", ESME_2), devices=changed(ESME_2, status=DeviceStatus.SUSPENDED)),
    ),
    Vector(
        "device-status-suits-service",
        "asks nothing of a device without a status",
        "I99",
        facts(asks("11.2", PPMID_2), devices=changed(PPMID_2, status=None)),
    ),
    Vector(
        "device-status-suits-service",
        "refuses a top-up of a Suspended device",
        "E5",
        facts(asks("2.2", ESME_2), devices=changed(ESME_2, status=DeviceStatus.SUSPENDED)),
        f"{ESME_2.id} is Suspended; 2.2 needs InstalledNotCommissioned, Commissioned, Recovered",
    ),
    Vector("sender-is-registered", "lets the meter point's supplier in", "I99", facts(asks("4.1.1", ESME_2))),
    Vector("sender-is-registered", "lets the home's supplier reach a hub", "I99", facts(asks("8.11", HUB_2))),
    Vector(
        "sender-is-registered",
        "lets anyone reach a hub before its first meter",
        "I99",
        facts(asks("8.11", HUB_0, originator=OTHER_SUPPLIER)),
    ),
    Vector(
        "sender-is-registered",
        "asks no registration of an Other User",
        "I99",
        facts(asks("4.8.1", ESME_2), party=_party(roles=(UserRole.OTHER_USER,)), registrations=()),
    ),
    Vector(
        "sender-is-registered",
        "refuses another supplier",
        "E4",
        facts(asks("4.1.1", ESME_2, originator=OTHER_SUPPLIER)),
        f"{OTHER_SUPPLIER} is registered for none of 1200000000002 as GS or IS at 2026-03-02T09:30:00Z",
    ),
    Vector(
        "sender-is-registered",
        "refuses another home's supplier",
        "E4",
        facts(asks("8.11", HUB_2, originator=OTHER_SUPPLIER)),
        f"{OTHER_SUPPLIER} is registered for none of 1200000000002, 4000000002 as GS or IS at 2026-03-02T09:30:00Z",
    ),
    Vector(
        "sender-is-registered",
        "takes a request for the last moment of a registration",
        "I99",
        _reads_later(REGISTERED_UNTIL - NOW - timedelta(seconds=1)),
    ),
    Vector(
        "sender-is-registered",
        "refuses a request for the moment a registration ends",
        "E4",
        _reads_later(REGISTERED_UNTIL - NOW),
        f"{SUPPLIER} is registered for none of 1200000000002 as GS or IS at 2026-06-01T00:00:00Z",
    ),
    Vector("service-is-available-for-smets1", "takes a SMETS1 service", "I99", facts(asks("2.2", ESME_1))),
    Vector(
        "service-is-available-for-smets1",
        "refuses a service that the configuration takes out of SMETS1",
        "E57",
        facts(asks("4.8.1", ESME_1)),
        f"4.8.1 is not available for SMETS1 devices, and {ESME_1.id} is treated as one",
        rules(not_for_smets1=frozenset({"4.8.1"})),
    ),
    Vector("variant-suits-treatment", "takes a critical SMETS1 request as it is", "I99", facts(asks("7.2", ESME_1, 1))),
    Vector(
        "variant-suits-treatment",
        "refuses to transform for a SMETS1 device",
        "E12",
        facts(asks("7.2", ESME_1, 4)),
        f"{ESME_1.id} is treated as SMETS1, where 7.2 takes command variant 1, not 4",
    ),
    Vector(
        "variant-suits-treatment",
        "refuses a local copy for a SMETS1 device",
        "E12",
        facts(asks("4.1.1", ESME_1, 3)),
        f"{ESME_1.id} is treated as SMETS1, where 4.1.1 takes command variant 1, not 3",
    ),
    Vector(
        "variant-suits-treatment",
        "refuses a critical SMETS2+ request that nobody transformed",
        "E12",
        facts(asks("7.2", ESME_2, 1, DisableSupply())),
        f"{ESME_2.id} is treated as SMETS2+, where 7.2 takes command variant 4 5 6 7, not 1",
    ),
    Vector("firmware-hash-is-on-cpl", "takes the hash of a listed image", "I0", _activates(IMAGE)),
    Vector(
        "firmware-hash-is-on-cpl",
        "leaves a Signed Pre-Command to the check it passed before",
        "I99",
        facts(asks("11.3", ESME_2, 5), pre_command_issued=True),
    ),
    Vector(
        "firmware-hash-is-on-cpl",
        "refuses a hash of nobody's",
        "E110101",
        _activates(bytes(32)),
        f"firmware hash {'00' * 32} is not on the CPL {_LISTED}",
    ),
    Vector(
        "firmware-hash-is-on-cpl",
        "refuses the hash of an image that was withdrawn",
        "E110101",
        _activates(WITHDRAWN_IMAGE),
        f"firmware hash {'b2' * 32} is not on the CPL {_LISTED}: entry 102 was Withdrawn on 2025-05-01 "
        "(firmware 00010009 of 10A1/ESME2)",
    ),
    Vector(
        "firmware-hash-is-on-cpl",
        "refuses the hash of another model's image",
        "E110101",
        _activates(SMETS1_IMAGE),
        f"firmware with hash {'C3' * 32} is on the CPL for 10A1/ESME1, not for 10A1/ESME2 of {ESME_2.id} {_LISTED}",
    ),
    Vector("destination-is-known", "takes a configured S1SP", "I99", facts(asks("4.1.1", ESME_1))),
    Vector("destination-is-known", "takes a configured WAN region", "I99", facts(asks("4.1.1", ESME_2))),
    Vector(
        "destination-is-known",
        "needs no region to transform",
        "I0",
        facts(asks("7.2", ESME_2), devices=changed(HUB_2, csp_region=None)),
    ),
    Vector(
        "destination-is-known",
        "refuses an S1SP that is not configured",
        "E58",
        facts(asks("4.1.1", ESME_1), devices=changed(ESME_1, s1sp="S1SP-Z")),
        f"{ESME_1.id} is operated by S1SP S1SP-Z, which is not configured",
    ),
    Vector(
        "destination-is-known",
        "refuses a SMETS1 device that nobody operates",
        "E58",
        facts(asks("11.2", PPMID_1), devices=changed(HUB_1, s1sp=None)),
        f"{PPMID_1.id} is operated by S1SP (none), which is not configured",
    ),
    Vector(
        "destination-is-known",
        "refuses a region that is not configured",
        "E58",
        facts(asks("4.1.1", ESME_2), devices=changed(HUB_2, csp_region="East")),
        f"{ESME_2.id} is in WAN region East, which is not configured",
    ),
    Vector(
        "destination-is-known",
        "refuses a home without a region",
        "E58",
        facts(asks("4.1.1", ESME_2), devices=changed(HUB_2, csp_region=None)),
        f"{ESME_2.id} is in WAN region (none), which is not configured",
    ),
    Vector("message-can-be-built", "takes a message that was built", "I99", facts(asks("2.2", ESME_2))),
    Vector(
        "message-can-be-built",
        "refuses what the GBCS builder refused",
        "E56",
        facts(asks("2.2", ESME_2, body=TopUpDevice(utrn="1")), unbuildable="UTRN should have 20 digits, found 1"),
        "UTRN should have 20 digits, found 1",
    ),
)

VECTORS: Final = (*RECEIVED, *ENVELOPE, *LOCATED, *TARGET)
NOT_OVER_WAN: Final = {CommandVariant.LOCAL, CommandVariant.TRANSFORM, CommandVariant.SIGNED_LOCAL}
