"""A row names the facts that its function reads: those that it was seen to read, and no others.

Every row is put to the vectors on records that write down which of their fields are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from vectors import VECTORS

from routing.checks import table
from routing.checks.check import Check
from routing.checks.fact import Fact
from routing.decision import ALL_CHECKS, decide, reached
from routing.facts import Envelope, Facts, Located, Received, Target
from routing.inventory import Device
from routing.parties import Party
from routing.policy import Policy
from routing.ppmid import Treatment
from routing.service import Service
from schemas.request import ServiceRequest

TOLD_BY: dict[str, set[Fact]] = {
    "Party.id": {Fact.ORIGINATOR},
    "Party.name": {Fact.ORIGINATOR},
    "Party.status": {Fact.ORIGINATOR},
    "Party.roles": {Fact.ROLES},
    "ServiceRequest.schema_version": {Fact.SCHEMA_VERSION, Fact.ELIGIBLE_ROLES},
    "ServiceRequest.command_variant": {Fact.COMMAND_VARIANT},
    "ServiceRequest.service_reference": {Fact.BODY},
    "ServiceRequest.body": {
        Fact.BODY,
        Fact.EXECUTION,
        Fact.FIRMWARE,
        Fact.IMAGE,
        Fact.NAMED_DEVICES,
        Fact.REGISTRATIONS,
    },
    "ServiceRequest.first_in_sequence": {Fact.SEQUENCE},
    "ServiceRequest.preceding": {Fact.SEQUENCE},
    "Service.reference": {Fact.SERVICE},
    "Service.name": {Fact.SERVICE},
    "Service.body_element": {Fact.SERVICE},
    "Service.non_device": {Fact.SERVICE},
    "Service.carried_out": {Fact.SERVICE},
    "Service.critical": {Fact.SERVICE, Fact.SMETS1_SERVICES},
    "Service.smets1": {Fact.SMETS1_SERVICES},
    "Service.roles": {Fact.ELIGIBLE_ROLES},
    "Service.newer_roles": {Fact.ELIGIBLE_ROLES},
    "Service.command_variants": {Fact.SERVICE_VARIANTS},
    "Service.device_types": {Fact.SERVICE_TYPES},
    "Service.device_statuses": {Fact.SERVICE_STATUSES},
    "Service.future_dating": {Fact.FUTURE_DATING},
    "Facts.web_service": {Fact.WEB_SERVICE},
    "Facts.time": {Fact.TIME, Fact.REGISTRATIONS},
    "Facts.request_id_used_by": {Fact.EARLIER_USE},
    "Facts.later_counter": {Fact.LATER_COUNTER},
    "Facts.pre_command_issued": {Fact.PRE_COMMAND},
    "Facts.preceding": {Fact.PRECEDING},
    "Facts.held": {Fact.HELD},
    "Facts.matches": {Fact.MATCHES},
    "Facts.registrations": {Fact.REGISTRATIONS},
    "Facts.activates": {Fact.FIRMWARE},
    "Facts.unbuildable": {Fact.GBCS_MESSAGE},
    "Policy.schema_versions": {Fact.SCHEMA_VERSION},
    "Policy.smets1_critical_variant": {Fact.SMETS1_SERVICES},
    "Policy.future_dating_days": {Fact.HORIZON},
    "Policy.hub_image_octets": {Fact.HUB_LIMITS},
    "Policy.transitions": {Fact.TRANSITIONS},
    "Policy.advisories": {Fact.ADVISORIES},
    "Policy.ppmid": {Fact.PPMID_POLICY},
    "Device.type": {Fact.DEVICE_TYPE},
    "Device.status": {Fact.DEVICE_STATUS},
    "Device.manufacturer": {Fact.DEVICE_MODEL, Fact.PRODUCT_LIST},
    "Device.model": {Fact.DEVICE_MODEL, Fact.PRODUCT_LIST},
    "Device.prenotified_as": {Fact.TREATMENT, Fact.PPMID_POLICY},
    "Device.hub": {Fact.HUB, Fact.METER_POINTS},
    "Device.s1sp": {Fact.TREATMENT, Fact.PPMID_POLICY},
    "Device.csp_region": {Fact.HUB},
    "Device.mpxns": {Fact.METER_POINTS},
    "Treatment.generation": {Fact.TREATMENT},
    "Treatment.s1sp": {Fact.TREATMENT},
    "Treatment.misjoined": {Fact.TREATMENT},
    "known.dcc": {Fact.TARGET},
    "known.products": {Fact.PRODUCT_LIST},
    "known.routes": {Fact.PROVIDERS},
    "known.devices": {Fact.IN_INVENTORY, Fact.NAMED_DEVICES, Fact.HUBS, Fact.HUB},
    "known.homes": {Fact.METER_POINTS},
    "known.hub": {Fact.HUB},
}
"""Field by field: the facts that would tell it."""
WHOSE_AND_WHICH = {"ServiceRequest.request_id", "ServiceRequest.variant", "Device.id"}
"""What every reason names."""
NAMED_BY_EVERY_REQUEST = {Fact.TARGET, Fact.SERVICE}
seen: set[str] = set()


def _watched(kind: type[Any], name: str) -> type[Any]:
    fields = set(kind.__struct_fields__)
    if kind is Device:
        fields = {"mpxns"} | fields - {"import_mpxn", "secondary_import_mpan", "export_mpan"}

    class Watched(kind, frozen=True):  # type: ignore[misc]
        def __getattribute__(self, field: str) -> Any:
            if field in fields:
                seen.add(f"{name}.{field}")
            return super().__getattribute__(field)

    return Watched


STAGES = {kind: _watched(kind, "known") for kind in (Received, Envelope, Located, Target)}
RECORDS = {
    kind: _watched(kind, kind.__name__) for kind in (Facts, Party, Policy, Service, ServiceRequest, Device, Treatment)
}
THE_WAY_THERE = {
    f"known.{field}" for field in ("facts", "policy", "service", "device", "treatment")
} | {"Facts.request", "Facts.party"}  # fmt: skip


def watched(value: Any) -> Any:
    """The record, and those inside it that a row looks into, as ones that write down what is read."""
    kind = {**STAGES, **RECORDS}.get(type(value))
    if kind is None:
        return value
    inner = {field: getattr(value, field) for field in type(value).__struct_fields__}
    return kind(**{field: watched(each) for field, each in inner.items()})


STAGE_OF: dict[str, type[Received]] = {
    row.name: stage
    for stage, rows in (
        (Received, table.RECEIVED),
        (Envelope, table.ENVELOPE),
        (Located, table.LOCATED),
        (Target, (*table.TARGET, *table.BUILT)),
    )
    for row in rows
}


def put() -> Iterator[tuple[Check[Any], set[str]]]:
    """Every row that was put to a vector, with the fields that it was seen to read."""
    rows = {row.name: row for row in ALL_CHECKS}
    for vector in VECTORS:
        known = reached(vector.facts, vector.rules)
        for verdict in decide(vector.facts, vector.rules).verdicts:
            stage = STAGE_OF[verdict.check]
            at_its_stage = watched(stage(*(getattr(known, field) for field in stage.__struct_fields__)))
            seen.clear()
            rows[verdict.check].ask(at_its_stage)
            yield rows[verdict.check], seen - THE_WAY_THERE - WHOSE_AND_WHICH


SEEN: dict[str, set[str]] = {row.name: set() for row in ALL_CHECKS}
for _row, _fields in put():
    SEEN[_row.name] |= _fields
every_check = pytest.mark.parametrize("row", ALL_CHECKS, ids=[row.name for row in ALL_CHECKS])


@every_check
def test_what_is_read_is_named(row: Check[Any]) -> None:
    assert [] == sorted(field for field in SEEN[row.name] if TOLD_BY.get(field, set()).isdisjoint(row.reads))


@every_check
def test_what_is_named_is_read(row: Check[Any]) -> None:
    told = {fact for field in SEEN[row.name] for fact in TOLD_BY.get(field, ())}
    assert [] == [fact for fact in row.reads if fact not in told | NAMED_BY_EVERY_REQUEST]


def test_a_field_that_is_read_is_written_down() -> None:
    seen.clear()
    known = watched(reached(VECTORS[0].facts, VECTORS[0].rules))
    assert isinstance(known, Received)
    assert isinstance(known.party, Party)
    assert {"known.facts", "Facts.party"} <= seen
