"""The homes of the sandbox and its product lists: that they hang together and are the same each time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from cpl.product import DeviceModel
from cpl.product_list import ProductList
from gateway.sandbox.addresses import REGIONS
from gateway.sandbox.estate import Estate, make_estate
from gateway.sandbox.identities import REGISTRANTS
from gateway.sandbox.lists import cpl_entries, epcl_entries, sample_firmware
from gateway.sandbox.models import Cohort
from gateway.sandbox.places import mpan, mprn
from gateway.sandbox.plans import State
from routing.inventory import Device
from schemas.vocabulary import (
    TYPE_2_DEVICES,
    CplStatus,
    DeviceStatus,
    DeviceType,
    Generation,
    UserRole,
)

METERS = frozenset({DeviceType.ESME, DeviceType.GSME})
HOMES = 150
"""Enough for every kind of home to be drawn by lot as well."""


@pytest.fixture(scope="module")
def estate() -> Estate:
    return make_estate(HOMES, 1, REGISTRANTS)


@pytest.fixture(scope="module")
def products() -> ProductList:
    return ProductList(cpl_entries(), epcl_entries())


def misjoined(devices: Iterable[Device]) -> list[Device]:
    """PPMIDs at a hub of the other generation than they were pre-notified as."""
    known = {device.id: device for device in devices}
    return [
        device
        for device in known.values()
        if device.type is DeviceType.PPMID
        and device.hub is not None
        and device.prenotified_as is not known[device.hub].prenotified_as
    ]


# ---- the estate


def test_the_same_seed_gives_the_same_estate(estate: Estate) -> None:
    assert estate == make_estate(HOMES, 1, REGISTRANTS)


def test_another_seed_gives_another_estate_with_the_same_named_devices(estate: Estate) -> None:
    other = make_estate(HOMES, 2, REGISTRANTS)
    assert estate.devices != other.devices
    assert estate.named == other.named


def test_every_kind_of_home_is_there(estate: Estate) -> None:
    assert set(State) == {home.state for home in estate.homes}
    assert {"North", "Central", "South", "SMETS1"} == {home.region for home in estate.homes}
    assert {None, "ioc", "mds", "secure", "foc"} == {home.cohort for home in estate.homes}
    assert set(DeviceType) - {DeviceType.CAD} == {device.type for device in estate.devices}
    smets1 = sum(home.generation is Generation.SMETS1 for home in estate.homes)
    assert 0.3 < smets1 / HOMES < 0.5


def test_most_devices_are_commissioned_and_every_status_of_a_life_occurs(estate: Estate) -> None:
    statuses = Counter(device.status for device in estate.devices)
    assert {
        None,
        DeviceStatus.PENDING,
        DeviceStatus.INSTALLED_NOT_COMMISSIONED,
        DeviceStatus.COMMISSIONED,
        DeviceStatus.SUSPENDED,
        DeviceStatus.DECOMMISSIONED,
        DeviceStatus.WITHDRAWN,
    } == set(statuses)
    assert statuses[DeviceStatus.COMMISSIONED] > 0.8 * len(estate.devices)
    assert TYPE_2_DEVICES >= {device.type for device in estate.devices if device.status is None}


def test_every_device_is_in_one_home_and_at_its_hub(estate: Estate) -> None:
    known = {device.id: device for device in estate.devices}
    assert len(known) == len(estate.devices)
    assert sorted(known) == sorted(device for home in estate.homes for device in home.devices.values())
    for home in estate.homes:
        hub = home.devices[DeviceType.CHF]
        expected = None if home.state is State.PENDING else hub
        assert {expected} == {known[device].hub for device in home.devices.values() if device != hub}
        assert home.devices[DeviceType.GPF] == known[hub].associated_gpf


def test_every_smets1_device_has_an_s1sp_of_the_configuration(estate: Estate) -> None:
    for device in estate.devices:
        if device.prenotified_as is Generation.SMETS1:
            assert device.s1sp in set(Cohort), device
        else:
            assert device.s1sp is None, device


def test_every_smets2_home_is_in_a_region_of_the_configuration(estate: Estate) -> None:
    for home in estate.homes:
        assert home.region in (REGIONS if home.generation is Generation.SMETS2 else {"SMETS1"})


def test_every_joined_meter_has_a_meter_point_with_registrations_by_supplier_and_network(estate: Estate) -> None:
    roles: dict[str, set[UserRole]] = {}
    for registration in estate.registrations:
        roles.setdefault(registration.mpxn, set()).add(registration.role)
    meters = [device for device in estate.devices if device.type in METERS]
    for meter in meters:
        joined = meter.status is not DeviceStatus.PENDING
        assert joined is (meter.import_mpxn is not None), meter
        if meter.import_mpxn and meter.type is DeviceType.ESME:
            assert {UserRole.IMPORT_SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR} == roles[meter.import_mpxn]
        elif meter.import_mpxn:
            assert {UserRole.GAS_SUPPLIER, UserRole.GAS_TRANSPORTER} == roles[meter.import_mpxn]
        if meter.export_mpan:
            assert {UserRole.EXPORT_SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR} == roles[meter.export_mpan]
    assert set(roles) == {mpxn for meter in meters for mpxn in meter.mpxns}
    points = [mpxn for meter in meters for mpxn in meter.mpxns]
    assert len(points) == len(set(points))
    assert {13} == {len(mpxn) for meter in meters for mpxn in meter.mpxns if meter.type is DeviceType.ESME}
    assert {7, 9, 10} == {len(mpxn) for meter in meters for mpxn in meter.mpxns if meter.type is DeviceType.GSME}


@pytest.mark.parametrize(
    ("name", "supplier", "moment", "covered"),
    [
        pytest.param("esme-changed-supplier", "second", "2025-03-14", True, id="the old supplier up to a past change"),
        pytest.param("esme-changed-supplier", "second", "2025-03-15", False, id="the old supplier after a past change"),
        pytest.param("esme-changed-supplier", "first", "2025-03-14", False, id="the new supplier before it"),
        pytest.param("esme-changed-supplier", "first", "2025-03-15", True, id="the new supplier from then on"),
        pytest.param("esme-changing-supplier", "first", "2035-03-31", True, id="the supplier up to a change ahead"),
        pytest.param("esme-changing-supplier", "first", "2035-04-01", False, id="the supplier after a change ahead"),
        pytest.param("esme-changing-supplier", "second", "2035-04-01", True, id="its successor from then on"),
    ],
)
def test_registrations_follow_a_change_of_supplier(
    estate: Estate, name: str, supplier: str, moment: str, covered: bool
) -> None:
    (meter,) = (device for device in estate.devices if device.id == estate.named[name])
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    party = {"first": REGISTRANTS.first, "second": REGISTRANTS.second}[supplier]
    assert covered is any(
        registration.covers(at)
        for registration in estate.registrations
        if registration.mpxn == meter.import_mpxn and registration.party == party
    )


def test_exactly_two_ppmids_are_joined_to_the_wrong_kind_of_hub(estate: Estate) -> None:
    first, second = misjoined(estate.devices)
    assert (estate.named["misjoined-ppmid-1"], Generation.SMETS1, "foc") == (
        first.id,
        first.prenotified_as,
        first.s1sp,
    )
    assert (estate.named["misjoined-ppmid-2"], Generation.SMETS2, None) == (
        second.id,
        second.prenotified_as,
        second.s1sp,
    )
    assert [first.id, second.id] == [home.devices[DeviceType.PPMID] for home in estate.homes if home.misjoined]


def test_bilingual_ppmids_stand_in_homes_of_either_kind(estate: Estate, products: ProductList) -> None:
    known = {device.id: device for device in estate.devices}
    for name, generation in (
        ("bilingual-ppmid-as-smets1", Generation.SMETS1),
        ("bilingual-ppmid-as-smets2", Generation.SMETS2),
    ):
        ppmid = known[estate.named[name]]
        assert ppmid.hub is not None
        assert (generation, generation) == (ppmid.prenotified_as, known[ppmid.hub].prenotified_as)
        entries = products.in_force_by_model(ppmid.manufacturer, ppmid.model)
        assert set(Generation) == {entry.generation for entry in entries}
        assert len(entries) == len({entry.firmware_version for entry in entries})


def test_an_estate_has_at_least_the_featured_homes() -> None:
    with pytest.raises(ValueError, match=r"^expected at least 20 homes, found 19$"):
        make_estate(19, 1, REGISTRANTS)


def test_meter_point_numbers_end_in_what_checks_them() -> None:
    assert "2012345678906" == mpan(20, 1_234_567_890)
    assert "7000103" == mprn(70_001)


# ---- the product lists


def test_every_commissioned_device_runs_a_version_that_is_on_the_cpl(estate: Estate, products: ProductList) -> None:
    for device in estate.devices:
        if device.status is DeviceStatus.COMMISSIONED and device.firmware_version:
            entries = products.in_force(device.manufacturer, device.model, device.firmware_version)
            assert [(device.cpl_entry, device.prenotified_as)] == [(e.entry_id, e.generation) for e in entries]


def test_a_suspended_device_runs_a_version_that_was_withdrawn(estate: Estate, products: ProductList) -> None:
    suspended = [device for device in estate.devices if device.status is DeviceStatus.SUSPENDED]
    assert suspended
    for device in suspended:
        (entry,) = products.entry(device.manufacturer, device.model, device.firmware_version or "")
        assert (CplStatus.WITHDRAWN, device.cpl_entry) == (entry.status, entry.entry_id)


def test_every_model_has_a_newer_version_than_its_current_one(estate: Estate, products: ProductList) -> None:
    for device in estate.devices:
        in_force = products.in_force_by_model(device.manufacturer, device.model)
        assert 2 == sum(entry.generation is device.prenotified_as for entry in in_force)


def test_every_smets1_model_in_force_is_part_of_an_eligible_combination(products: ProductList) -> None:
    for entry in products.entries:
        if entry.generation is Generation.SMETS1 and entry.in_force:
            model = DeviceModel(manufacturer=entry.manufacturer, model=entry.model, vendor_version=entry.vendor_version)
            assert products.combinations.containing(model), entry


def test_substantively_equivalent_combinations_name_a_tested_one_of_their_status(products: ProductList) -> None:
    equivalent = [entry for entry in products.combinations.entries if entry.equivalent_to]
    assert {"IOC", "MDS", "Secure", "FOC"} == {entry.cohort for entry in equivalent}
    for entry in equivalent:
        parent = products.combinations.entry(entry.equivalent_to or "")
        assert parent is not None
        assert (None, entry.cohort, entry.installation_status) == (
            parent.equivalent_to,
            parent.cohort,
            parent.installation_status,
        )


def test_sample_images_have_the_hash_of_their_entry(products: ProductList) -> None:
    for name, sample in sample_firmware().items():
        assert hashlib.sha256(sample.image).digest() == sample.hash
        assert [sample.version] * (sample.status is not None) == [
            entry.firmware_version for entry in products.by_hash(sample.hash)
        ], name


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("esme-current", CplStatus.ACTIVE),
        ("esme-newer", CplStatus.ACTIVE),
        ("esme-withdrawn", CplStatus.WITHDRAWN),
        ("esme-expired", CplStatus.EXPIRED),
        ("esme-cancelled", CplStatus.CANCELLED),
        ("esme-unlisted", None),
        ("smets1-secure-esme-newer", CplStatus.ACTIVE),
        ("smets1-secure-esme-withdrawn", CplStatus.WITHDRAWN),
    ],
)
def test_sample_firmware_has_the_status_of_its_name(name: str, status: CplStatus | None) -> None:
    assert status is sample_firmware()[name].status
