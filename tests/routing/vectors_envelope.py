"""Vectors of the checks that are put before any device is looked at."""

from __future__ import annotations

from typing import Final

import msgspec
from estate import DCC, ESME_2, GPF_2, SUPPLIER, asks, facts, refusing, rules, the_supplier
from vector import Vector

from routing.policy import CheckOverride
from schemas.request import DisableSupply, OtherBody, ServiceRequest
from schemas.vocabulary import UserRole, UserStatus, WebService

_HALF_OFF: Final = rules(checks={"variant-suits-service": CheckOverride(off=True)})


def declaring(version: str) -> ServiceRequest:
    return msgspec.structs.replace(asks("2.2", ESME_2), schema_version=version)


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
        facts(asks("4.1.1", ESME_2), party=the_supplier(roles=())),
        "5A-00-00-00-00-00-00-01 (Northern Supply) holds no user role",
    ),
    Vector("party-is-active", "lets an active party in", "I99", facts(asks("2.2", ESME_2))),
    Vector(
        "party-is-active",
        "refuses a suspended party",
        "E3",
        facts(asks("2.2", ESME_2), party=the_supplier(status=UserStatus.SUSPENDED)),
        "5A-00-00-00-00-00-00-01 (Northern Supply) is Suspended, not Active",
    ),
    Vector("schema-version-is-known", "takes 5.1 however it is written", "I99", facts(declaring("+05.10"))),
    Vector(
        "schema-version-is-known",
        "refuses a version that nobody has seen",
        "E55",
        facts(declaring("6.0")),
        "schemaVersion is 6.0; this gateway answers 5.1, 5.2, 5.3, 5.4",
    ),
    Vector("service-is-decided-here", "takes a service of the table", "I99", facts(asks("4.8.1", ESME_2))),
    Vector(
        "service-is-decided-here",
        "refuses a service that the table does not know",
        "E60",
        facts(asks("6.3", ESME_2, body=OtherBody(element="SynchroniseClock"))),
        "6.3 is not among the 129 services that this gateway decides",
    ),
)

ENVELOPE: Final = (
    Vector("role-may-send-service", "lets a gas supplier top up", "I99", facts(asks("2.2", ESME_2))),
    Vector(
        "role-may-send-service",
        "refuses a network operator that tops up",
        "E2",
        facts(asks("2.2", ESME_2), party=the_supplier(roles=(UserRole.ELECTRICITY_DISTRIBUTOR, UserRole.OTHER_USER))),
        "2.2 is for GS IS; the originator holds ED OU",
    ),
    Vector(
        "role-may-send-service",
        "names the Meter Data Retriever where the version has it",
        "E2",
        facts(asks("4.1.1", ESME_2), party=the_supplier(roles=(UserRole.OTHER_USER,))),
        "4.1.1 is for ED GS GT IS MDR; the originator holds OU",
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
    Vector("counter-is-the-latest", "takes the highest counter so far", "I99", facts(asks("4.1.1", ESME_2))),
    Vector(
        "counter-is-the-latest",
        "refuses a counter that comes late, when it is told to",
        "E48",
        facts(asks("4.1.1", ESME_2), later_counter=2**64 - 1),
        "counter 18446744073709551615 comes after 18446744073709551615; the device may refuse it as a replay",
        rules=refusing("counter-is-the-latest"),
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
