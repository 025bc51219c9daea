"""Vectors of the checks of local delivery, of roles with rights to one generation, and of what is carried out."""

from __future__ import annotations

from typing import Final

import msgspec
from estate import ESME_1, ESME_2, asks, changed, facts, rules, the_supplier
from vector import Vector

from routing.facts import Facts
from schemas.request import OtherBody
from schemas.vocabulary import DeviceStatus, UserRole

_RETRIEVER: Final = the_supplier(roles=(UserRole.METER_DATA_RETRIEVER,))
_ALSO_WITHDRAWN: Final = rules(device_statuses={"4.1.1": (DeviceStatus.COMMISSIONED, DeviceStatus.WITHDRAWN)})


def _retrieves(version: str, **changes: object) -> Facts:
    request = msgspec.structs.replace(asks("4.1.1", ESME_1), schema_version=version)
    return facts(request, **({"party": _RETRIEVER} | changes))


NEWER_ROLES: Final = (
    Vector("role-may-send-service", "lets a Meter Data Retriever read under DUIS 5.3", "I99", _retrieves("5.3")),
    Vector(
        "role-may-send-service",
        "refuses a Meter Data Retriever under DUIS 5.2",
        "E2",
        _retrieves("5.2"),
        "4.1.1 is for ED GS GT IS; the originator holds MDR",
    ),
    Vector(
        "role-may-send-service",
        "lets in whom the configuration gives a service that the matrix gives nobody",
        "I99",
        facts(asks("8.5", ESME_1, body=OtherBody(element="ServiceOptOut"))),
        rules=rules(roles={"8.5": (UserRole.IMPORT_SUPPLIER,)}, for_smets1=frozenset({"8.5"})),
    ),
    Vector(
        "role-may-send-service",
        "refuses a service that the matrix gives nobody",
        "E2",
        facts(asks("8.5", ESME_1, body=OtherBody(element="ServiceOptOut"))),
        "8.5 is for no user role; the originator holds IS GS",
    ),
)
CARRIED_OUT: Final = (
    Vector("service-is-carried-out-here", "takes a question to the inventory", "I0", facts(asks("8.2"))),
    Vector(
        "service-is-carried-out-here",
        "refuses what nothing here does",
        "E66",
        facts(asks("12.1", body=OtherBody(element="RequestWANMatrix"))),
        "12.1 Request WAN Matrix is decided here and not carried out: nothing is acknowledged",
    ),
)
DELIVERY: Final = (
    Vector(
        "role-has-rights-to-generation", "lets a supplier read a SMETS2+ meter", "I99", facts(asks("4.1.1", ESME_2))
    ),
    Vector(
        "role-has-rights-to-generation",
        "refuses a Meter Data Retriever on a SMETS2+ meter",
        "E4",
        facts(asks("4.1.1", ESME_2), party=_RETRIEVER),
        f"MDR may address SMETS1 devices only; {ESME_2.id} is treated as SMETS2+",
    ),
    Vector(
        "local-delivery-is-permitted", "lets a supplier take a command along", "I0", facts(asks("4.1.1", ESME_2, 2))
    ),
    Vector(
        "local-delivery-is-permitted",
        "refuses an Other User",
        "E17",
        facts(asks("4.8.1", ESME_2, 3), party=the_supplier(roles=(UserRole.OTHER_USER,))),
        "a command for local delivery to a device that is Commissioned is for ES GS IS; the originator sends as OU",
    ),
    Vector(
        "local-delivery-is-permitted",
        "refuses a status that only the configuration lets through",
        "E17",
        facts(asks("4.1.1", ESME_2, 2), devices=changed(ESME_2, status=DeviceStatus.WITHDRAWN)),
        "a command for local delivery to a device that is Withdrawn is for nobody; the originator sends as GS IS",
        _ALSO_WITHDRAWN,
    ),
)
