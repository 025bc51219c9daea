"""The table of services against the domain facts, where they are at hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from routing.services import SERVICES, FutureDating, Service
from schemas.vocabulary import Basis, DeviceStatus, DeviceType

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=list(SERVICES))
HELD_BY = {"No": FutureDating.NONE, "DSP": FutureDating.DSP, "Device": FutureDating.DEVICE}


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
    assert (row["service_reference"], row["name"]) == (service.reference, service.name)
    assert row["body_element"] == service.body_element
    assert (row["critical"] == "Yes") is service.critical
    assert (row["non_device"] == "Yes") is service.non_device
    assert {int(variant) for variant in row["command_variants"].split()} == set(service.command_variants)
    assert set(row["eligible_roles"].split()) == set(service.roles)
    assert HELD_BY[row["future_dated"]] is service.future_dating


@every_service
def test_the_device_types_that_the_reference_data_shows_are_those_not_assumed(
    rows: dict[str, dict[str, str]], service: Service
) -> None:
    # "PPMID-or-other(A4)" is a device whose type is not said.
    names = [name for name in rows[service.variant]["rtds_target_device_types"].split() if "-or-" not in name]
    shown = {kind for kind, basis in service.device_types.items() if basis is Basis.SPECIFIED}
    assert {DeviceType(name) for name in names} == shown


@every_service
def test_a_service_of_the_2017_smets1_list_is_available_for_smets1(
    rows: dict[str, dict[str, str]], service: Service
) -> None:
    if rows[service.variant]["smets1_2017_list"]:
        assert Basis.SPECIFIED is service.smets1


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
