"""Vectors of the checks of the target device."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from estate import (
    ESME_1,
    ESME_2,
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
    SMETS1_IMAGE,
    SUPPLIER,
    WITHDRAWN_IMAGE,
    asks,
    changed,
    facts,
    rules,
    the_supplier,
)
from vector import Vector

from routing.facts import Facts
from schemas.request import ActivateFirmware, DisableSupply, ReadInstantaneousImportRegisters, TopUpDevice
from schemas.vocabulary import DeviceStatus, UserRole

_LISTED: Final = f"(revision {PRODUCTS.revision})"
_FAR_AHEAD: Final = rules(future_dating_days=365)
_OTHERS = "listed for this model: 00020001, 00020002"


def _activates(firmware_hash: bytes) -> Facts:
    return facts(asks("11.3", ESME_2, body=ActivateFirmware(firmware_hash=firmware_hash)))


def _reads_later(after: timedelta) -> Facts:
    return facts(asks("4.1.1", ESME_2, body=ReadInstantaneousImportRegisters(execution=NOW + after)))


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
        facts(asks("4.8.1", ESME_2), party=the_supplier(roles=(UserRole.OTHER_USER,)), registrations=()),
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
        rules=_FAR_AHEAD,
    ),
    Vector(
        "sender-is-registered",
        "refuses a request for the moment a registration ends",
        "E4",
        _reads_later(REGISTERED_UNTIL - NOW),
        f"{SUPPLIER} is registered for none of 1200000000002 as GS or IS at 2026-06-01T00:00:00Z",
        _FAR_AHEAD,
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
        f"firmware hash {'00' * 32} of 10A1/ESME2 is not on the CPL {_LISTED}: no entry has this hash; {_OTHERS}",
    ),
    Vector(
        "firmware-hash-is-on-cpl",
        "refuses the hash of an image that was withdrawn",
        "E110101",
        _activates(WITHDRAWN_IMAGE),
        f"firmware hash {'b2' * 32} of 10A1/ESME2 is not on the CPL {_LISTED}: entry 102 was Withdrawn on 2025-05-01 "
        f"(firmware 00010009 of 10A1/ESME2); {_OTHERS}",
    ),
    Vector(
        "firmware-hash-is-on-cpl",
        "refuses the hash of another model's image",
        "E110101",
        _activates(SMETS1_IMAGE),
        f"firmware hash {'c3' * 32} of 10A1/ESME2 is not on the CPL {_LISTED}: "
        f"it is firmware 00020001 of 10A1/ESME1; {_OTHERS}",
    ),
    Vector(
        "firmware-hash-is-on-cpl",
        "refuses a Signed Pre-Command whose image has left the list meanwhile",
        "E110101",
        facts(asks("11.3", ESME_2, 5), pre_command_issued=True, activates=WITHDRAWN_IMAGE),
        f"firmware hash {'b2' * 32} of 10A1/ESME2 is not on the CPL {_LISTED}: entry 102 was Withdrawn on 2025-05-01 "
        f"(firmware 00010009 of 10A1/ESME2); {_OTHERS}",
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
