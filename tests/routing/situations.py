"""From a situation of the matrix to the facts that the gateway decides on, and random situations."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import msgspec
from estate import BODIES, DCC, ESME_2, IMAGE, NOW, PPMID_2, REGISTERED_FROM, SMETS1_IMAGE, SUPPLIER, entry, rules
from oracle import WHEN, Situation

from cpl.product_list import ProductList
from routing.decision import Rules
from routing.facts import Facts, HeldRequest, Preceding
from routing.inventory import Device
from routing.parties import Party, Registration
from schemas.bodies import body_of
from schemas.inventory_bodies import InventoryUpdate, OneDevice, UpdateDeviceStatusCH, UpdateDeviceStatusExceptCH
from schemas.request import AnyBody, OtherBody, ServiceRequest, SignedPreCommand
from schemas.vocabulary import (
    SIGNED_PRE_COMMANDS,
    CommandVariant,
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    RequestId,
    ServiceReferenceVariant,
    UserRole,
    WebService,
)

HUBS = {
    Generation.SMETS1: DeviceId.parse("F3-00-00-00-00-00-00-01"),
    Generation.SMETS2: DeviceId.parse("F3-00-00-00-00-00-00-02"),
}
TARGET = DeviceId.parse("F3-00-00-00-00-00-00-10")
MPXN = "1200000000009"
STATUSES = [status.value for status in DeviceStatus]
VALUES: Mapping[str, Sequence[object]] = {
    "role": [role.value for role in UserRole],
    "command_variant": [int(variant) for variant in CommandVariant],
    "web_service": [each.value for each in WebService],
    "device_type": [kind.value for kind in DeviceType],
    "status": STATUSES,
    "generation": [each.value for each in Generation],
    "schema_version": ["5.1", "5.2", "5.3", "5.4"],
    "registered": [True, False],
    "exists": [True, False],
    "to_dcc": [None, True, False],
    "when": list(WHEN),
    "issued": [True, False],
    "follows": ["", "unknown", "open", "answered"],
    "held": [True, False],
}
USUAL: Mapping[str, Sequence[object]] = VALUES | {
    "status": ["Commissioned"],
    "registered": [True],
    "exists": [True],
    "to_dcc": [None],
    "when": ["now"],
    "issued": [True],
    "follows": [""],
    "schema_version": ["5.4"],
}
"""What most requests have: with it, random situations get far enough to be refused by a late rule, or by none."""


Published = Mapping[str, Mapping[str, str]]
"""The rows of the published facts, by service reference variant."""


def every_pair(published: Published, seed: int) -> Iterator[Situation]:
    """For every two dimensions and every two of their values a situation that has both, the rest drawn."""
    chance = random.Random(seed)
    dimensions = {"srv": list(published), **VALUES}
    for one, other in itertools.combinations(dimensions, 2):
        for mine, theirs in itertools.product(dimensions[one], dimensions[other]):
            yield _drawn(chance, published, {one: mine, other: theirs})


def at_random(published: Published, seed: int, count: int) -> Iterator[Situation]:
    chance = random.Random(seed)
    for _ in range(count):
        yield _drawn(chance, published, {})


def _drawn(chance: random.Random, published: Published, fixed: Mapping[str, object]) -> Situation:
    drawn: dict[str, object] = {"srv": chance.choice(list(published))}
    for name in VALUES:
        drawn[name] = chance.choice((USUAL if chance.random() < 0.85 else VALUES)[name])
    drawn |= fixed
    return Situation(**(drawn | _allowed(chance, published[str(drawn["srv"])], drawn) | fixed))  # type: ignore[arg-type]


def _allowed(chance: random.Random, row: Mapping[str, str], drawn: Mapping[str, object]) -> dict[str, object]:
    """Role, variant, web service and device type that the facts allow, each most of the time."""
    allowed: dict[str, object] = {}
    roles = row["eligible_roles"].split()
    if roles and chance.random() < 0.8:
        allowed["role"] = chance.choice(roles)
    if chance.random() < 0.8:
        allowed["command_variant"] = chance.choice([1, *map(int, row["command_variants"].split())])
    if chance.random() < 0.9:
        taken = allowed.get("command_variant", drawn["command_variant"])
        allowed["web_service"] = {1: "S", 3: "S", 4: "T", 5: "S", 7: "S"}.get(taken, "D")  # type: ignore[call-overload]
    shown = [kind for kind in row["rtds_target_device_types"].split() if "(" not in kind]
    if shown and chance.random() < 0.8:
        allowed["device_type"] = chance.choice(shown)
    return allowed


# ---- to facts

PRODUCTS = ProductList(
    [
        *(entry(f"2{n}", kind, "BOTH", "00000002", firmware_hash=IMAGE) for n, kind in enumerate(DeviceType)),
        entry("900", DeviceType.ESME, "ESME2", "00020001", firmware_hash=SMETS1_IMAGE),
    ]
)
_ESTATE_RULES = rules()
MATRIX_RULES = Rules(_ESTATE_RULES.policy, PRODUCTS, _ESTATE_RULES.routes, DCC)
_LISTED = msgspec.structs.replace(ESME_2, import_mpxn=MPXN, hub=HUBS[Generation.SMETS2])
_HELD = HeldRequest(
    request_id=RequestId(SUPPLIER, TARGET, 7), execution=NOW + timedelta(days=1), hand_off="0a" * 16, trace_id="0b" * 16
)
_HUBS = {
    generation: Device(
        id=hub,
        type=DeviceType.CHF,
        status=DeviceStatus.COMMISSIONED,
        manufacturer="10A1",
        model="HUB",
        prenotified_as=generation,
        csp_region="North",
        s1sp="S1SP-A",
    )
    for generation, hub in HUBS.items()
}


def facts_of(s: Situation, published: Mapping[str, str]) -> Facts:
    """The request, and what the door would have found for it."""
    generation, role = Generation(s.generation), UserRole(s.role)
    hub, kind = _HUBS[generation], DeviceType(s.device_type)
    device = Device(
        id=TARGET,
        type=kind,
        status=DeviceStatus(s.status),
        manufacturer="10A1",
        model="BOTH",
        prenotified_as=generation,
        s1sp="S1SP-A",
        csp_region="North",
        hub=None if kind is DeviceType.CHF else hub.id,
        import_mpxn=MPXN,
    )
    registration = Registration(mpxn=MPXN, role=role, party=SUPPLIER, start=REGISTERED_FROM)
    # A request for many devices has its own lists; here its one device is always the sender's.
    ours = s.registered or s.srv == "11.1"
    return Facts(
        request=_request(s, published),
        web_service=WebService(s.web_service),
        time=NOW,
        party=Party(id=SUPPLIER, name="Northern Supply", roles=(role,)),
        devices=(*_HUBS.values(), _LISTED, PPMID_2, *((device,) if s.exists else ())),
        registrations=(registration,) if ours else (),
        home_mpxns=((hub.id, (MPXN,)),),
        matches=(device,),
        preceding=Preceding(s.follows or "unknown"),
        held=(_HELD,) if s.held else (),
        pre_command_issued=s.issued,
    )


def _request(s: Situation, published: Mapping[str, str]) -> ServiceRequest:
    to_dcc = published["non_device"] == "Yes" if s.to_dcc is None else s.to_dcc
    execution = WHEN[s.when]
    return ServiceRequest(
        request_id=RequestId(SUPPLIER, DCC if to_dcc else TARGET, 2**64 - 1),
        schema_version=s.schema_version,
        command_variant=CommandVariant(s.command_variant),
        service_reference=".".join(s.srv.split(".")[:2]),
        variant=ServiceReferenceVariant(s.srv),
        body=msgspec.structs.replace(_body(s, published["body_element"]), execution=execution),
        preceding=RequestId(SUPPLIER, TARGET, 7) if s.follows else None,
    )


def _body(s: Situation, element: str) -> AnyBody:
    if s.command_variant in SIGNED_PRE_COMMANDS:
        return SignedPreCommand(gbcs_payload=b"\xdf\x01")
    if s.srv == "8.3":
        return body_of(element, OneDevice(device_id=TARGET))
    if s.srv == "8.4":
        of_hub = s.device_type == DeviceType.CHF.value
        installed = DeviceStatus.INSTALLED_NOT_COMMISSIONED
        change = UpdateDeviceStatusCH(installed) if of_hub else UpdateDeviceStatusExceptCH(installed)
        return body_of(element, InventoryUpdate(device_id=TARGET, change=change))
    return BODIES.get(s.srv) or OtherBody(element=element)
