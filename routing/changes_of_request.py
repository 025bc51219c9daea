"""TABLE: what a sender could write otherwise, one fact at a time. Each yields the nearest change first.

Nothing here asks whether a change helps, and none invents a value: versions and hashes are those that the product
list has in force, devices those of the facts, dates those that a rule or a registration gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from cpl.product import CplEntry
from routing.change import Candidate, Candidates, Change, Kind, service_of, with_body, with_request
from routing.facts import Facts
from routing.inventory import Device
from routing.rules import Rules
from schemas.body_questions import devices_named
from schemas.request import ActivateFirmware, DevicePrenotification, UpdateFirmware
from schemas.response_codes import plain_version
from schemas.vocabulary import COUNTER_LIMIT, CommandVariant, DeviceId, RequestId, WebService


def other_variant(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    found = facts.request.command_variant
    for wanted in CommandVariant:
        if wanted not in {found, CommandVariant.INTERNAL}:
            words = f"use command variant {int(wanted)} instead of {int(found)}"
            change = Change(of=Kind.COMMAND_VARIANT, found=str(int(found)), wanted=str(int(wanted)), words=words)
            yield Candidate(change=change, facts=with_request(facts, command_variant=wanted), rules=rules)


def other_web_service(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    found = facts.web_service
    for wanted in WebService:
        if wanted is not found:
            words = f"post it to service{wanted.value} instead of service{found.value}"
            change = Change(of=Kind.WEB_SERVICE, found=found.value, wanted=wanted.value, words=words)
            yield Candidate(change=change, facts=msgspec.structs.replace(facts, web_service=wanted), rules=rules)


def other_date(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """None, the last day of the horizon, or the day on which a registration of the sender begins."""
    execution, now = facts.request.body.execution, facts.time
    found = "none" if execution is None else _moment(execution)
    if execution is not None:
        change = Change(of=Kind.EXECUTION, found=found, wanted="none", words="leave ExecutionDateTime out")
        yield Candidate(change=change, facts=with_body(facts, execution=None), rules=rules)
    latest = now + timedelta(days=rules.policy.future_dating_days)
    sender = facts.request.request_id.originator
    starts = sorted({each.start for each in facts.registrations if each.party == sender and now < each.start <= latest})
    for wanted in (*starts, *((latest,) if execution is not None else ())):
        words = f"give ExecutionDateTime {_moment(wanted)}"
        change = Change(of=Kind.EXECUTION, found=found, wanted=_moment(wanted), words=words)
        yield Candidate(change=change, facts=with_body(facts, execution=wanted), rules=rules)


def other_firmware(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """Versions and images that the product list has in force for a device concerned, the highest version first."""
    match facts.request.body:
        case UpdateFirmware(devices=listed, firmware_version=version):
            models = _models(facts, listed)
            yield from _versions(facts, rules, version, _in_force(rules, models))
        case DevicePrenotification(manufacturer=maker, model=model, device_type=kind, firmware_version=said):
            entries = [e for e in _in_force(rules, {(maker, model): None}) if e.device_type is kind]
            yield from _versions(facts, rules, said, entries)
        case ActivateFirmware(firmware_hash=image):
            for entry in _in_force(rules, _models(facts, (facts.request.request_id.target,))):
                wanted = entry.firmware_hash
                if wanted is not None and wanted != image:
                    words = f"activate the image of version {entry.firmware_version}, SHA-256 {wanted.hex()}"
                    change = Change(of=Kind.FIRMWARE, found=image.hex(), wanted=wanted.hex(), words=words)
                    yield Candidate(change=change, facts=with_body(facts, firmware_hash=wanted), rules=rules)


def no_sequence(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    preceding = facts.request.preceding
    if preceding is not None:
        words = "leave PrecedingServiceRequestID out"
        change = Change(of=Kind.SEQUENCE, found=str(preceding), wanted="none", words=words)
        yield Candidate(change=change, facts=with_request(facts, preceding=None), rules=rules)


def other_schema_version(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    found = facts.request.schema_version
    for wanted in sorted(rules.policy.schema_versions, reverse=True):
        if wanted != plain_version(found):
            words = f"declare schemaVersion {wanted} instead of {found}"
            change = Change(of=Kind.SCHEMA_VERSION, found=found, wanted=wanted, words=words)
            yield Candidate(change=change, facts=with_request(facts, schema_version=wanted), rules=rules)


def unused_request_id(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """The counter after the latest, or after this one where none is later; taken to be unused."""
    found, request = facts.request.request_id, facts.request
    if facts.request_id_used_by is None and facts.later_counter is None and request.preceding != found:
        return
    latest = facts.later_counter or found.counter
    wanted = RequestId(found.originator, found.target, (latest + 1) % COUNTER_LIMIT)
    above = "" if facts.later_counter is None else f", above {latest}"
    words = f"use a counter that was not used before{above}"
    change = Change(of=Kind.REQUEST_ID, found=str(found.counter), wanted=f"unused{above}", words=words)
    fresh = with_request(facts, request_id=wanted)
    nothing = {"request_id_used_by": None, "later_counter": None}
    yield Candidate(change=change, facts=msgspec.structs.replace(fresh, **nothing), rules=rules)


def other_target(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """The DCC for a non-device service; for any other, a device of a type that it is for, in the home or named."""
    service, found = service_of(facts, rules), facts.request.request_id.target
    if service is None:
        return
    if service.non_device:
        if found != rules.dcc:
            yield _addressed(facts, rules, rules.dcc, f"address it to the DCC ({rules.dcc})")
        return
    target = target_of(facts)
    if (target is None and found != rules.dcc) or (target is not None and target.type in service.device_types):
        return
    named = devices_named(facts.request.body)
    for device in facts.devices:
        near = target is None or device.id in named or device.home == target.home
        if device.id != found and near and device.type in service.device_types:
            yield _addressed(facts, rules, device.id, f"address it to {device.id}, which is {device.type.value}")


def other_device_type(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    """A device of a type that the service is for, and in all else like the target."""
    service, target = service_of(facts, rules), target_of(facts)
    if service is None or target is None or target.type in service.device_types:
        return
    for wanted in service.device_types:
        words = f"address a device of type {wanted.value} instead of {target.type.value}"
        change = Change(of=Kind.DEVICE_TYPE, found=target.type.value, wanted=wanted.value, words=words)
        yield Candidate(change=change, facts=with_device(facts, target, type=wanted), rules=rules)


OF_REQUEST: Final[Mapping[Kind, Candidates]] = {
    Kind.COMMAND_VARIANT: other_variant,
    Kind.WEB_SERVICE: other_web_service,
    Kind.EXECUTION: other_date,
    Kind.FIRMWARE: other_firmware,
    Kind.SEQUENCE: no_sequence,
    Kind.SCHEMA_VERSION: other_schema_version,
    Kind.REQUEST_ID: unused_request_id,
    Kind.TARGET: other_target,
    Kind.DEVICE_TYPE: other_device_type,
}


def target_of(facts: Facts) -> Device | None:
    """The target's record, where there is one."""
    return _device(facts, facts.request.request_id.target)


def with_device(facts: Facts, one: Device, **changes: object) -> Facts:
    """The facts with one device's record changed."""
    changed = msgspec.structs.replace(one, **changes)
    return msgspec.structs.replace(facts, devices=tuple(changed if d.id == one.id else d for d in facts.devices))


def _device(facts: Facts, wanted: DeviceId) -> Device | None:
    return next((device for device in facts.devices if device.id == wanted), None)


def _addressed(facts: Facts, rules: Rules, wanted: DeviceId, words: str) -> Candidate:
    found = facts.request.request_id
    request_id = RequestId(found.originator, wanted, found.counter)
    change = Change(of=Kind.TARGET, found=str(found.target), wanted=str(wanted), words=words)
    return Candidate(change=change, facts=with_request(facts, request_id=request_id), rules=rules)


def _models(facts: Facts, listed: tuple[DeviceId, ...]) -> dict[tuple[str, str], None]:
    wanted = set(listed)
    return {(device.manufacturer, device.model): None for device in facts.devices if device.id in wanted}


def _in_force(rules: Rules, models: Mapping[tuple[str, str], None]) -> list[CplEntry]:
    entries = [entry for model in models for entry in rules.products.in_force_by_model(*model)]
    return sorted(entries, key=lambda entry: entry.firmware_version, reverse=True)


def _versions(facts: Facts, rules: Rules, found: str | None, entries: list[CplEntry]) -> Iterator[Candidate]:
    for wanted in dict.fromkeys(entry.firmware_version for entry in entries):
        if wanted != found:
            words = f"give firmware version {wanted}" + (f" instead of {found}" if found else "")
            change = Change(of=Kind.FIRMWARE, found=found or "none", wanted=wanted, words=words)
            yield Candidate(change=change, facts=with_body(facts, firmware_version=wanted), rules=rules)


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
