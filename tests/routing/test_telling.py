"""The facts that a check read, in words: every fact has its words, and a row's are those that its function reads."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from estate import (
    ESME_1,
    ESME_2,
    GPF_2,
    HUB_2,
    IMAGE,
    NOW,
    OTHER_SUPPLIER,
    PPMID_2,
    RULES,
    STRANGER,
    asks,
    changed,
    facts,
    rules,
    the_supplier,
)
from vector import Vector
from vectors import VECTORS

from routing.checks.check import Check
from routing.checks.fact import Fact
from routing.decision import ALL_CHECKS, Rules, decide, reached
from routing.facts import Facts
from routing.telling import OF_LOCATED, OF_TARGET, tell
from routing.telling_document import OF_ENVELOPE, OF_RECEIVED
from schemas.request import DisableSupply, OtherBody, ReadInstantaneousImportRegisters, UpdateFirmware
from schemas.vocabulary import DeviceId, UserRole, UserStatus

TABLES = (OF_RECEIVED, OF_ENVELOPE, OF_LOCATED, OF_TARGET)


def test_every_fact_is_told_in_one_place() -> None:
    assert sorted(Fact) == sorted(fact for told in TABLES for fact in told)


def test_every_fact_is_read_by_a_check() -> None:
    assert set(Fact) == {fact for row in ALL_CHECKS for fact in row.reads}


@pytest.mark.parametrize("vector", VECTORS, ids=[f"{v.check} {v.title}" for v in VECTORS])
def test_what_a_check_read_is_told_of_a_request_that_it_was_put_to(vector: Vector) -> None:
    rows: dict[str, Check[object]] = {row.name: row for row in ALL_CHECKS}
    known = reached(vector.facts, vector.rules)
    put = [rows[verdict.check] for verdict in decide(vector.facts, vector.rules).verdicts]
    assert [] == [f"{row.name}: {fact}" for row in put for fact in row.reads if not tell(fact, known)]


READ = facts(asks("4.1.1", ESME_2))
DATED = ReadInstantaneousImportRegisters(execution=NOW + timedelta(days=120))
IMAGES = UpdateFirmware(firmware_version="00020001", devices=(ESME_2.id, STRANGER), image_characters=4)
MANY = msgspec.structs.replace(IMAGES, devices=tuple(DeviceId(number) for number in range(1, 8)))
TOLD: dict[str, tuple[Fact, Facts, str | None]] = {
    "a party": (Fact.ORIGINATOR, READ, "5A-00-00-00-00-00-00-01 (Northern Supply), Active"),
    "a suspended party": (
        Fact.ORIGINATOR,
        facts(asks("4.1.1", ESME_2), party=the_supplier(status=UserStatus.SUSPENDED)),
        "5A-00-00-00-00-00-00-01 (Northern Supply), Suspended",
    ),
    "a sender that is no party": (
        Fact.ORIGINATOR,
        facts(asks("4.1.1", ESME_2), party=None),
        "5A-00-00-00-00-00-00-01, no party",
    ),
    "the roles of a sender": (Fact.ROLES, READ, "IS GS"),
    "the roles of a party without one": (
        Fact.ROLES,
        facts(asks("4.1.1", ESME_2), party=the_supplier(roles=())),
        "none",
    ),
    "the roles that may send a service": (Fact.ELIGIBLE_ROLES, READ, "ED GS GT IS MDR in DUIS 5.4"),
    "a service": (
        Fact.SERVICE,
        facts(asks("7.2", ESME_2, 4)),
        "7.2 Disable Supply, critical",
    ),
    "a non-device service": (Fact.SERVICE, facts(asks("8.2")), "8.2 Read Inventory, non-device"),
    "a service that nothing here does": (
        Fact.SERVICE,
        facts(asks("12.1", body=OtherBody(element="RequestWANMatrix"))),
        "12.1 Request WAN Matrix, non-device, carried out by nothing here",
    ),
    "a service that is not decided here": (
        Fact.SERVICE,
        facts(asks("6.3", ESME_2, body=DisableSupply())),
        "6.3, which is none that is decided here",
    ),
    "the variants that a service takes": (Fact.SERVICE_VARIANTS, READ, "1 2 3"),
    "the device types that it is for": (Fact.SERVICE_TYPES, READ, "ESME GSME GPF"),
    "the statuses that it needs": (Fact.SERVICE_STATUSES, READ, "InstalledNotCommissioned Commissioned Recovered"),
    "who holds it until its time": (Fact.FUTURE_DATING, READ, "DSP"),
    "a command variant": (Fact.COMMAND_VARIANT, READ, "1, which belongs to serviceS"),
    "the target": (Fact.TARGET, READ, f"{ESME_2.id}, not the DCC (DC-C0-00-00-00-00-00-02)"),
    "a request for at once": (Fact.EXECUTION, READ, "none: at once"),
    "a request for later": (Fact.EXECUTION, facts(asks("4.1.1", ESME_2, body=DATED)), "2026-06-30T09:30:00Z"),
    "a RequestID that was used before": (
        Fact.EARLIER_USE,
        facts(asks("4.1.1", ESME_2), request_id_used_by="77"),
        "by another request, trace 77",
    ),
    "an image's hash": (Fact.FIRMWARE, facts(asks("11.3", ESME_2, 4)), f"image with SHA-256 {IMAGE.hex()}"),
    "a version": (Fact.FIRMWARE, facts(asks("11.1", body=IMAGES)), "version 00020001"),
    "the model of a pre-notification": (Fact.FIRMWARE, facts(asks("12.2")), "10A1/ESME2, version 00020001"),
    "devices of a list": (
        Fact.NAMED_DEVICES,
        facts(asks("11.1", body=IMAGES)),
        f"{ESME_2.id} ESME 10A1/ESME2, SMETS2+, Commissioned; {STRANGER} is not in the inventory",
    ),
    "more devices than anybody wants to read": (
        Fact.NAMED_DEVICES,
        facts(asks("11.1", body=MANY)),
        "; ".join(f"00-00-00-00-00-00-00-0{number} is not in the inventory" for number in range(1, 6))
        + "; (and 2 more)",
    ),
    "the product list, of the target's model": (
        Fact.PRODUCT_LIST,
        facts(asks("11.3", ESME_2, 4)),
        f"revision {RULES.products.revision}; 10A1/ESME2 in force with 00020001 00020002",
    ),
    "the product list, of a model that is on none": (
        Fact.PRODUCT_LIST,
        facts(asks("11.3", GPF_2, 4), devices=changed(GPF_2, model="UNKNOWN")),
        f"revision {RULES.products.revision}; 10A1/UNKNOWN in force with none",
    ),
    "a device's status": (Fact.DEVICE_STATUS, READ, "Commissioned"),
    "a device without a status": (
        Fact.DEVICE_STATUS,
        facts(asks("4.1.1", ESME_2), devices=changed(ESME_2, status=None)),
        "none",
    ),
    "a device that there is not": (Fact.DEVICE_STATUS, facts(asks("4.1.1", STRANGER)), None),
    "an inventory without the device": (Fact.IN_INVENTORY, facts(asks("4.1.1", STRANGER)), f"has no {STRANGER}"),
    "the hub of a device": (Fact.HUB, READ, f"{HUB_2.id} CHF 10A1/HUB2, SMETS2+, Commissioned, WAN region North"),
    "a treatment": (
        Fact.TREATMENT,
        facts(asks("4.1.1", ESME_1)),
        "SMETS1: pre-notified as SMETS1; operated by S1SP S1SP-A",
    ),
    "meter points of a device that measures": (Fact.METER_POINTS, READ, "1200000000002 (its own)"),
    "meter points of a device that measures nothing": (
        Fact.METER_POINTS,
        facts(asks("11.2", PPMID_2)),
        "1200000000002 4000000002 (those of its home)",
    ),
    "registrations of the sender": (
        Fact.REGISTRATIONS,
        READ,
        "1200000000002 as IS from 2024-01-01T00:00:00Z until 2026-06-01T00:00:00Z; asked for 2026-03-02T09:30:00Z",
    ),
    "registrations for another moment": (
        Fact.REGISTRATIONS,
        facts(asks("4.1.1", ESME_2, body=DATED)),
        "1200000000002 as IS from 2024-01-01T00:00:00Z until 2026-06-01T00:00:00Z; asked for 2026-06-30T09:30:00Z",
    ),
    "no registration of the sender": (
        Fact.REGISTRATIONS,
        facts(asks("4.1.1", ESME_2, originator=OTHER_SUPPLIER)),
        "none; asked for 2026-03-02T09:30:00Z",
    ),
    "the far sides": (Fact.PROVIDERS, READ, "S1SPs S1SP-A S1SP-B; WAN regions North South"),
}


@pytest.mark.parametrize(("fact", "asked", "words"), TOLD.values(), ids=TOLD.keys())
def test_is_told(fact: Fact, asked: Facts, words: str | None) -> None:
    assert words == tell(fact, reached(asked, RULES))


OF_POLICY: dict[str, tuple[Fact, Rules, str]] = {
    "the horizon": (Fact.HORIZON, rules(future_dating_days=60), "60 days"),
    "hubs without a known limit": (Fact.HUB_LIMITS, RULES, "none configured"),
    "hubs with one": (Fact.HUB_LIMITS, rules(hub_image_octets={"10A1": 750_000}), "10A1 750000 octets"),
    "roles as configured": (Fact.ELIGIBLE_ROLES, rules(roles={"4.1.1": (UserRole.OTHER_USER,)}), "OU in DUIS 5.4"),
    "services of SMETS1 devices as configured": (
        Fact.SMETS1_SERVICES,
        rules(not_for_smets1=frozenset({"4.1.1"})),
        "4.1.1 is not among them",
    ),
}


@pytest.mark.parametrize(("fact", "in_force", "words"), OF_POLICY.values(), ids=OF_POLICY.keys())
def test_the_configuration_is_told(fact: Fact, in_force: Rules, words: str) -> None:
    assert words == tell(fact, reached(READ, in_force))
