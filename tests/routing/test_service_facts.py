"""The table of services against the domain facts, where they are at hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from routing.services import SERVICES, SMETS1_ONLY_ROLES, FutureDating, Service
from schemas.vocabulary import Basis, DeviceStatus, DeviceType, ServiceReferenceVariant, UserRole

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
HELD_BY = {
    "No": FutureDating.NONE,
    "DSP": FutureDating.DSP,
    "Device": FutureDating.DEVICE,
    "DSP & Device": FutureDating.DSP_AND_DEVICE,
}
REFERENCES = {"6.20.1": "6.20", "6.20.2": "6.20"}
"""What the enumeration of the DUIS schema has where the facts have 6.2: a number that lost its last digit."""
NO_TYPE_OF_DUIS = {"other(A5)", "other(A6)", "PPMID-or-other(A4)"}
"""Devices of the reference data whose type is not said."""


@pytest.fixture(scope="session")
def rows(reference_dir: Path) -> dict[str, dict[str, str]]:
    """The published facts, by service reference variant."""
    place = reference_dir.parent / "domain" / "service_requests.csv"
    if not place.is_file():
        pytest.skip("domain facts absent: they stand beside the reference set, in domain/service_requests.csv")
    with place.open(newline="", encoding="utf-8") as lines:
        return {row["srv"]: row for row in csv.DictReader(lines)}


@every_service
def test_a_row_is_as_published(rows: dict[str, dict[str, str]], service: Service) -> None:
    row = rows[service.variant]
    assert (REFERENCES.get(service.variant, row["service_reference"]), row["name"]) == (service.reference, service.name)
    assert row["body_element"] == service.body_element
    assert (row["critical"] == "Yes") is service.critical
    assert (row["non_device"] == "Yes") is service.non_device
    assert {int(variant) for variant in row["command_variants"].split()} == set(service.command_variants)
    assert set(row["eligible_roles"].split()) == set(service.roles)
    assert HELD_BY[row["future_dated"]] is service.future_dating
    assert (row["dcc_schedulable"] == "Yes") is (service.schedulable is not None)


def test_every_published_service_is_in_the_table(rows: dict[str, dict[str, str]]) -> None:
    assert sorted(rows) == sorted(SERVICES)


@every_service
def test_the_device_types_that_the_reference_data_shows_are_those_not_assumed(
    rows: dict[str, dict[str, str]], service: Service
) -> None:
    names = set(rows[service.variant]["rtds_target_device_types"].split()) - NO_TYPE_OF_DUIS
    shown = {kind for kind, basis in service.device_types.items() if basis is Basis.SPECIFIED}
    # One reference message of 5.1 is for the meter that the schedule would read.
    assert (set() if service.non_device else {DeviceType(name) for name in names}) == shown


@every_service
def test_a_service_of_the_2017_smets1_list_is_available_for_smets1(
    rows: dict[str, dict[str, str]], service: Service
) -> None:
    listed = bool(rows[service.variant]["smets1_2017_list"])
    assert not listed or service.smets1 is not None
    if service.smets1 is Basis.SPECIFIED:
        assert listed or service.variant == "11.3", "seed 004 adds 11.3 and nothing else"
    assert bool(service.smets1) is bool(service.smets1_source)


@every_service
def test_only_device_services_name_device_types_and_statuses(service: Service) -> None:
    assert service.non_device is not bool(service.device_types)
    assert service.non_device is not bool(service.device_statuses)


def test_only_the_firmware_services_reach_a_suspended_device() -> None:
    reaching = {
        str(variant): service.device_statuses[DeviceStatus.SUSPENDED]
        for variant, service in SERVICES.items()
        if DeviceStatus.SUSPENDED in service.device_statuses
    }
    assert {"11.2": Basis.TRANSCRIBED, "11.3": Basis.ASSUMED} == reaching


MINIMUM_SERVICES = {
    **dict.fromkeys(("1.1", "1.2", "1.5", "1.6", "2.1", "2.2", "2.3", "2.5", "3.2", "3.3", "4.3", "4.4"), "IS GS"),
    **dict.fromkeys(("6.4", "6.8", "6.11", "6.12", "6.23", "7.2", "7.3", "11.1"), "IS GS"),
    **dict.fromkeys(("4.1", "4.10", "6.15"), "IS GS ED GT"),
    "4.2": "ES ED",
    "4.8": "IS GS ED GT ES OU",
    "4.11": "IS GS OU",
    "4.16": "IS ED",
    **dict.fromkeys(("6.2", "11.2"), "IS GS ED GT ES RSA OU"),
    "6.5": "ED",
    **dict.fromkeys(("6.6", "6.7"), "GS"),
    "6.13": "IS GS ED GT RSA",
    "7.1": "IS",
    "7.4": "IS GS ED GT ES RSA",
}
"""Appendix F of the SMETS1 communications forum (Mar 2017), by hand: service reference and eligible users."""
FORUM = "SMETS1 communications forum (Mar 2017)"
DOUBTED = {"6.15", "6.23"}
"""Listed, and "therefore not relevant to the SMETS1 Services" below the forum's table 4."""
COMMISSIONING = {"12.2", "8.11", "8.1.1", "8.4", "8.2"}
"""Tables 5 and 25 there, what they call needed or used. Its second "8.1.1", Update HAN Device Log, is 8.11."""


@pytest.mark.parametrize("reference", MINIMUM_SERVICES)
def test_smets1_devices_have_the_same_roles_as_others_for(reference: str) -> None:
    eligible = set(map(UserRole, MINIMUM_SERVICES[reference].split()))
    services = [service for service in SERVICES.values() if service.reference == reference]
    assert services
    for service in services:
        assert set() == service.roles - eligible
        if reference not in DOUBTED:
            assert (Basis.SPECIFIED, f"{FORUM}, minimum services") == (service.smets1, service.smets1_source)


def test_what_else_smets1_devices_offer_is_named_with_its_source() -> None:
    rest = {
        str(service.variant): service.smets1_source
        for service in SERVICES.values()
        if service.reference not in MINIMUM_SERVICES and service.smets1 not in {None, Basis.ASSUMED}
    }
    assert {
        **dict.fromkeys(COMMISSIONING, f"{FORUM}, commissioning and inventory"),
        "11.3": "SMETS1 Further Testing Consultation (19 Dec 2019), section 3",
        "4.6.1": "SEC Appendix E v10.0: a response time for SMETS1",
    } == rest


def test_what_the_forum_itself_doubts_is_offered_as_an_assumption() -> None:
    of_devices = {
        str(service.variant): service.smets1_source
        for service in SERVICES.values()
        if service.smets1 is Basis.ASSUMED and not service.non_device
    }
    assert {
        **dict.fromkeys(
            ("6.15.1", "6.15.2", "6.23"), f"{FORUM}, minimum services; thought not relevant to SMETS1 there"
        ),
        **dict.fromkeys(("8.7.1", "8.7.2"), f"{FORUM}, commissioning: an equivalent may be needed"),
        "6.20.1": f"{FORUM}, commissioning: not a SMETS1 requirement, in use with more than one type of meter",
        "6.20.2": "ours",
    } == of_devices


def test_a_meter_data_retriever_has_rights_in_newer_versions_only() -> None:
    newer = {str(service.variant): service.newer_roles for service in SERVICES.values() if service.newer_roles}
    assert {"4.1.1", "4.4.3", "4.6.1", "4.8.1"} == set(newer)
    read = SERVICES[ServiceReferenceVariant("4.1.1")]
    before, since = read.roles_in("5.2"), read.roles_in("05.30")
    assert SMETS1_ONLY_ROLES == since - before
    assert set() == {role for service in SERVICES.values() for role in service.roles} & SMETS1_ONLY_ROLES


def test_export_registers_are_scheduled_in_the_newest_version_only() -> None:
    since = {str(s.variant): s.schedulable.version for s in SERVICES.values() if s.schedulable is not None}
    assert {"4.2"} == {variant for variant, version in since.items() if version == "5.4"}
    assert 14 == len(since)
    export = SERVICES[ServiceReferenceVariant("4.2")].schedulable
    assert export is not None
    assert (False, True) == (export.is_had_by("5.3"), export.is_had_by("5.4"))
