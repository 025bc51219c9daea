"""Does what a remedy says, from its data alone: a second reading of every kind of change, apart from the product's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import assert_never

import msgspec

from routing.change import Change, Kind
from routing.facts import Facts, Preceding
from routing.inventory import Device
from routing.parties import Party, Registration
from routing.policy import CheckOverride, PpmidPolicy
from routing.rules import Rules
from schemas.request import ActivateFirmware, ServiceRequest
from schemas.vocabulary import (
    CommandVariant,
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    RequestId,
    UserRole,
    UserStatus,
    WebService,
)


def done(change: Change, facts: Facts, rules: Rules) -> tuple[Facts, Rules]:
    """The facts and rules once somebody has done what the change says."""
    if change.of is Kind.PPMID_POLICY:
        policy = msgspec.structs.replace(rules.policy, ppmid=PpmidPolicy(change.wanted))
        return facts, Rules(policy, rules.products, rules.routes, rules.dcc)
    if change.of is Kind.ADVICE:
        checks = {**rules.policy.checks, change.wanted: CheckOverride(refuses=False)}
        policy = msgspec.structs.replace(rules.policy, checks=checks)
        return facts, Rules(policy, rules.products, rules.routes, rules.dcc)
    return _done(change, facts), rules


def _done(change: Change, facts: Facts) -> Facts:
    request, wanted = facts.request, change.wanted
    its_id = request.request_id
    match change.of:
        case Kind.COMMAND_VARIANT:
            return _asking(facts, command_variant=CommandVariant(int(wanted)))
        case Kind.WEB_SERVICE:
            return msgspec.structs.replace(facts, web_service=WebService(wanted))
        case Kind.EXECUTION:
            return _saying(facts, execution=None if wanted == "none" else datetime.fromisoformat(wanted))
        case Kind.FIRMWARE if isinstance(request.body, ActivateFirmware):
            return _saying(facts, firmware_hash=bytes.fromhex(wanted))
        case Kind.FIRMWARE:
            return _saying(facts, firmware_version=wanted)
        case Kind.SEQUENCE:
            return _asking(facts, preceding=None)
        case Kind.SCHEMA_VERSION:
            return _asking(facts, schema_version=wanted)
        case Kind.REQUEST_ID:
            fresh = _asking(facts, request_id=RequestId(its_id.originator, its_id.target, 4242))
            return msgspec.structs.replace(fresh, request_id_used_by=None, later_counter=None)
        case Kind.TARGET:
            return _asking(facts, request_id=RequestId(its_id.originator, DeviceId.parse(wanted), its_id.counter))
        case Kind.DEVICE_TYPE:
            return _with(facts, its_id.target, type=DeviceType(wanted))
        case Kind.PRECEDING:
            return msgspec.structs.replace(facts, preceding=Preceding(wanted))
        case Kind.PRE_COMMAND:
            return msgspec.structs.replace(facts, pre_command_issued=True)
        case Kind.ROLE:
            sender = _sender(facts)
            return _sending(facts, roles=(*sender.roles, UserRole(wanted)))
        case Kind.REGISTRATION:
            mpxn, _, role, _, when = wanted.split()
            moment = datetime.fromisoformat(when).astimezone(UTC)
            around = {"start": moment - timedelta(days=1), "end": moment + timedelta(days=1)}
            added = Registration(mpxn=mpxn, role=UserRole(role), party=its_id.originator, **around)
            return msgspec.structs.replace(facts, registrations=(*facts.registrations, added))
        case Kind.PARTY_STATUS:
            return _sending(facts, status=UserStatus(wanted))
        case Kind.DEVICE_STATUS:
            return _with(facts, its_id.target, status=DeviceStatus(wanted))
        case Kind.HUB:
            (hub,) = (device.hub for device in facts.devices if device.id == its_id.target)
            assert hub is not None
            return _with(facts, hub, prenotified_as=Generation(wanted))
        case Kind.PPMID_POLICY | Kind.ADVICE:
            raise AssertionError("rules, not facts")
        case _:
            assert_never(change.of)


def _asking(facts: Facts, **changes: object) -> Facts:
    request: ServiceRequest = msgspec.structs.replace(facts.request, **changes)
    return msgspec.structs.replace(facts, request=request)


def _saying(facts: Facts, **changes: object) -> Facts:
    return _asking(facts, body=msgspec.structs.replace(facts.request.body, **changes))


def _sender(facts: Facts) -> Party:
    assert facts.party is not None
    return facts.party


def _sending(facts: Facts, **changes: object) -> Facts:
    return msgspec.structs.replace(facts, party=msgspec.structs.replace(_sender(facts), **changes))


def _with(facts: Facts, one: DeviceId, **changes: object) -> Facts:
    def changed(device: Device) -> Device:
        return msgspec.structs.replace(device, **changes) if device.id == one else device

    return msgspec.structs.replace(facts, devices=tuple(map(changed, facts.devices)))
