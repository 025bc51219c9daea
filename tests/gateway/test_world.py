"""The sandbox's world: that it is complete, hangs together, and is the same each time.

What a gateway does in it is the tour's to show.
"""

from __future__ import annotations

import hashlib
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from cpl.product import DeviceModel
from cpl.product_list import ProductList
from gateway.parties import load_certificates, load_parties
from gateway.product_revisions import ProductRevisions
from gateway.sandbox.estate import Estate, make_estate
from gateway.sandbox.identities import REGISTRANTS
from gateway.sandbox.pki import make_pki, new_key
from gateway.sandbox.places import mpan, mprn
from gateway.sandbox.plans import FEATURED, State
from gateway.sandbox.world import World, load_world, make_world
from gateway.settings import SettingsError, load_settings
from gateway.sqlite_state import SqliteState
from routing.inventory import Device
from schemas.certificates import CertificateDirectory, read_certificate
from schemas.signature import SigningIdentity
from schemas.vocabulary import (
    TYPE_2_DEVICES,
    CplStatus,
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    UserId,
    UserRole,
    UserStatus,
)

NOW = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)
METERS = frozenset({DeviceType.ESME, DeviceType.GSME})
HOMES = 150
"""Enough for every kind of home to be drawn by lot as well."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), homes=len(FEATURED), now=NOW)


@pytest.fixture(scope="module")
def estate() -> Estate:
    return make_estate(HOMES, 1, REGISTRANTS)


@pytest.fixture(scope="module")
def products(world: World) -> ProductList:
    return ProductRevisions(world.settings.products.directory).active()


def identities(world: World) -> dict[str, SigningIdentity]:
    return {
        "the DCC": world.dcc,
        **{f"user {user}": keys.xml for user, keys in world.users.items()},
        **{f"S1SP {name}": identity for name, identity in world.s1sps.items()},
    }


def assert_all_can_sign(world: World, certificates: CertificateDirectory) -> None:
    for who, identity in identities(world).items():
        certificate = certificates.find(identity.issuer, identity.serial)
        assert certificate is not None, who
        assert identity.key.public_key() == certificate.public_key, who
        assert certificate.for_signatures, who


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


# ---- configuration, parties, keys


def test_the_configuration_is_one_that_the_gateway_takes(world: World) -> None:
    settings = load_settings(world.config, {})
    assert world.settings == settings
    assert (8079, 8078) == (settings.listen.port, settings.operator.port)
    assert ["ioc", "mds", "secure", "foc"] == list(settings.s1sp)
    assert "http://127.0.0.1:8077/s1sp/secure" == settings.s1sp["secure"].url
    assert {region: f"http://127.0.0.1:8077/wan/{region}" for region in ("North", "Central", "South")} == {
        region: wan.url for region, wan in settings.wan.items()
    }


def test_there_is_a_party_in_every_role_and_one_is_suspended(world: World) -> None:
    parties = list(load_parties(world.settings.parties.file))
    assert set(UserRole) == {role for party in parties for role in party.roles}
    assert Counter({UserStatus.ACTIVE: 6, UserStatus.SUSPENDED: 1}) == Counter(party.status for party in parties)
    assert [f"http://127.0.0.1:8077/users/{party.id}/receive" for party in parties] == [
        party.receive_url for party in parties
    ]
    assert {party.id: party.roles for party in parties} == {user: keys.roles for user, keys in world.users.items()}


def test_everybody_signs_with_the_key_of_a_known_certificate(world: World) -> None:
    assert_all_can_sign(world, load_certificates(world.settings.parties.certificates))


def test_certificates_name_their_holder_and_its_remote_party_role(world: World) -> None:
    certificates = load_certificates(world.settings.parties.certificates)
    units = {user: sorted(certificate.unit for certificate in certificates.of(user)) for user in world.users}
    assert [["02", "87"]] * 3 + [["03", "87"]] * 2 + [["7F", "87"]] * 2 == list(units.values())
    assert [("04", False), ("89", True)] == sorted(
        (certificate.unit, certificate.for_signatures) for certificate in certificates.of(world.settings.gbcs.acb)
    )
    for name, s1sp in world.settings.s1sp.items():
        assert [f"s1sp-{name}.pem"] == [certificate.name for certificate in certificates.of(s1sp.id)]


def test_a_pre_command_key_has_a_certificate_that_is_not_for_xml(world: World) -> None:
    certificates = load_certificates(world.settings.parties.certificates)
    for user, keys in world.users.items():
        (digital,) = (each for each in certificates.of(user) if each.unit != "87")
        assert keys.ds_key.public_key() == digital.public_key


def test_certificates_are_of_the_shape_of_smki(world: World) -> None:
    folder = world.settings.parties.certificates
    certificate = x509.load_pem_x509_certificate((folder / "alder-ds.pem").read_bytes())
    assert 120 < certificate.serial_number.bit_length() <= 128
    assert "CN=SBO1,OU=07" == certificate.issuer.rfc4514_string()
    # A BIT STRING (03) of 9 octets, none of whose bits is unused.
    assert b"\x03\x09\x00" + UserId.parse("90-B3-D5-1F-31-01-00-00").octets in certificate.subject.public_bytes()
    issuing = x509.load_pem_x509_certificate(
        (world.directory / "authorities" / "organisation-issuing.pem").read_bytes()
    )
    root = x509.load_pem_x509_certificate((world.directory / "authorities" / "organisation-root.pem").read_bytes())
    certificate.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)


def test_device_certificates_have_no_subject_but_a_hardware_module() -> None:
    pki, device = make_pki(NOW), DeviceId.parse("90-DB-12-51-00-00-01-03")
    der = pki.devices.device_key_agreement(device, new_key().public_key())
    certificate = x509.load_der_x509_certificate(der)
    assert [] == list(certificate.subject)
    assert device == read_certificate("device", der).eui
    certificate.verify_directly_issued_by(pki.devices.certificate)


def test_private_keys_are_for_their_owner_only(world: World) -> None:
    assert 0o700 == stat.S_IMODE((world.directory / "keys").stat().st_mode)


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


def test_every_smets1_device_has_an_s1sp_of_the_configuration(world: World, estate: Estate) -> None:
    for device in estate.devices:
        if device.prenotified_as is Generation.SMETS1:
            assert device.s1sp in world.settings.s1sp, device
        else:
            assert device.s1sp is None, device


def test_every_smets2_home_is_in_a_region_of_the_configuration(world: World, estate: Estate) -> None:
    for home in estate.homes:
        assert home.region in (world.settings.wan if home.generation is Generation.SMETS2 else {"SMETS1"})


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


def test_sample_images_have_the_hash_of_their_entry(world: World, products: ProductList) -> None:
    for name, sample in world.firmware.items():
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
def test_sample_firmware_has_the_status_of_its_name(world: World, name: str, status: CplStatus | None) -> None:
    assert status is world.firmware[name].status


# ---- the store


async def test_the_store_has_every_device_with_its_home(world: World) -> None:
    estate = make_estate(len(FEATURED), 1, REGISTRANTS)
    state = SqliteState(world.settings.store.path, owner="test")
    await state.open()
    try:
        assert list(estate.devices) == [await state.device(device.id) for device in estate.devices]
        assert estate.named == world.named
        assert estate.homes == world.homes
        certified = {
            device.id for device in estate.devices if await state.key_agreement_certificate(device.id) is not None
        }
        assert {
            device.id
            for device in estate.devices
            if (
                device.prenotified_as is Generation.SMETS2
                or (device.manufacturer, device.model) == ("AB09", "050B0101")
            )
            and device.type is not DeviceType.IHD
        } == certified
        der = await state.key_agreement_certificate(world.named["esme"])
        assert der is not None
        assert world.named["esme"] == read_certificate("esme", der).eui
    finally:
        await state.close()


def test_the_store_has_every_registration(world: World) -> None:
    estate = make_estate(len(FEATURED), 1, REGISTRANTS)
    with sqlite3.connect(world.settings.store.path) as db:
        assert [(len(estate.registrations),)] == db.execute("SELECT count(*) FROM registrations").fetchall()


# ---- made once


def test_what_is_made_is_loaded_and_not_made_again(world: World) -> None:
    before = {path: path.stat().st_mtime_ns for path in world.directory.rglob("*.pem")}
    again = make_world(world.directory, homes=len(FEATURED))
    assert before == {path: path.stat().st_mtime_ns for path in world.directory.rglob("*.pem")}
    assert (world.named, world.homes, world.firmware) == (again.named, again.homes, again.firmware)
    assert world.dcc.serial == again.dcc.serial


def test_a_half_made_world_is_made_anew(tmp_path: Path) -> None:
    made = make_world(tmp_path, homes=20, now=NOW)
    made.directory.joinpath("world.json").unlink()
    made.directory.joinpath("world.making").touch()
    again = make_world(tmp_path, homes=20, now=NOW)
    assert made.dcc.serial != again.dcc.serial
    assert made.named == again.named
    assert not tmp_path.joinpath("world.making").exists()


def test_other_ports_and_addresses_leave_everything_else_as_it_was(tmp_path: Path) -> None:
    made = make_world(tmp_path, homes=20, now=NOW)
    edited = made.config.read_text().replace('policy = "prenotified"', 'policy = "associated_hub"')
    made.config.write_text(edited)
    moved = make_world(
        tmp_path, homes=20, port=9079, operator_port=9078, simulators_port=9077, receive_url="http://127.0.0.1:1/me"
    )
    assert (9079, 9078) == (moved.settings.listen.port, moved.settings.operator.port)
    assert "http://127.0.0.1:9077/s1sp/foc" == moved.settings.s1sp["foc"].url
    assert "http://127.0.0.1:9077/wan/North" == moved.settings.wan["North"].url
    assert {"http://127.0.0.1:1/me"} == {party.receive_url for party in load_parties(moved.settings.parties.file)}
    assert "associated_hub" == moved.settings.ppmid.policy
    assert made.dcc.serial == moved.dcc.serial
    back = make_world(tmp_path, homes=20)
    assert edited == back.config.read_text()
    assert list(load_parties(made.settings.parties.file)) == list(load_parties(back.settings.parties.file))


def test_a_world_of_another_origin_is_refused(world: World) -> None:
    with pytest.raises(SettingsError) as refusal:
        make_world(world.directory, homes=30, seed=2)
    assert (
        f"{world.directory}: the world in it was made with homes 20, not 30, seed 1, not 2: choose another directory"
    ) == str(refusal.value)


def test_a_directory_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError) as refusal:
        make_world(tmp_path, homes=20)
    assert f"{tmp_path}: expected an empty directory or a sandbox's, found one with other files" == str(refusal.value)
    assert ["thesis.txt"] == [path.name for path in tmp_path.iterdir()]


def test_where_nothing_was_made_there_is_nothing_to_load(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_world(tmp_path)
    assert f"{tmp_path}: no sandbox has been made here" == str(refusal.value)


def test_too_few_homes_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        make_world(tmp_path / "new", homes=5)
    assert "homes: expected at least 20 homes, found 5" == str(refusal.value)
    assert not (tmp_path / "new").exists()


# ---- on a given keystore

SUPPLIER, NETWORKS, SUPPLIER_2, OTHER_USER = (
    UserId.parse(eui)
    for eui in (
        "90-B3-D5-1F-30-01-00-00",
        "90-B3-D5-1F-30-02-00-00",
        "90-B3-D5-1F-30-03-00-00",
        "00-DB-12-34-56-78-00-04",
    )
)
RECEIVE_URL = "http://127.0.0.1:18880/smartdcc/duis"


@pytest.fixture(scope="module")
def kit_world(keystore: Path, reference_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(
        tmp_path_factory.mktemp("kit"),
        keystore=keystore,
        device_certificates=reference_dir / "pki" / "devices",
        receive_url=RECEIVE_URL,
        now=NOW,
    )


def test_on_a_keystore_its_users_hold_their_roles_and_receive_elsewhere(kit_world: World) -> None:
    parties = load_parties(kit_world.settings.parties.file)
    assert {
        SUPPLIER: "IS GS ES",
        NETWORKS: "ED GT",
        SUPPLIER_2: "IS GS",
        OTHER_USER: "OU",
    } == {party.id: " ".join(party.roles) for party in parties}
    assert {RECEIVE_URL} == {party.receive_url for party in parties}


def test_on_a_keystore_everybody_signs_with_the_keys_in_it(kit_world: World) -> None:
    certificates = load_certificates(kit_world.settings.parties.certificates)
    assert_all_can_sign(kit_world, certificates)
    names = {
        user: found.name
        for user, keys in kit_world.users.items()
        if (found := certificates.find(keys.xml.issuer, keys.xml.serial))
    }
    assert {
        SUPPLIER: "xml-sign-90B3D51F30010000-ds.pem",
        NETWORKS: "xml-sign-90B3D51F30020000-ds.pem",
        SUPPLIER_2: "Z1-supplier2-ds.pem",
        OTHER_USER: "xml-sign-00DB123456780004-ds.pem",
    } == names
    dcc = certificates.find(kit_world.dcc.issuer, kit_world.dcc.serial)
    assert dcc is not None
    assert "dsp-xml-sign-90B3D51F30000002-ds.pem" == dcc.name
    assert kit_world.acb_key.public_key() == key_of(kit_world, "Z1-accessControlBroker-ka").public_key()
    assert kit_world.users[SUPPLIER].ds_key.public_key() == key_of(kit_world, "Z1-supplier-ds").public_key()


def key_of(world: World, name: str) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key((world.directory / "keys" / f"{name}.pem").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


async def test_on_a_keystore_the_rtds_devices_have_the_certificates_that_were_given(
    kit_world: World, reference_dir: Path
) -> None:
    state = SqliteState(kit_world.settings.store.path, owner="test")
    await state.open()
    try:
        for last, kind in zip(range(0xA0, 0xA5), ("ESME", "GSME", "CHF", "GPF", "PPMID"), strict=True):
            device = await state.device(DeviceId(0x00DB123456789000 | last))
            assert device is not None
            assert (kind, DeviceStatus.COMMISSIONED, Generation.SMETS2) == (
                device.type,
                device.status,
                device.prenotified_as,
            )
            given = reference_dir / "pki" / "devices" / f"{device.id.octets.hex()}-ka.pem"
            der = await state.key_agreement_certificate(device.id)
            assert read_certificate("given", given.read_bytes()).der == der
        esme = await state.device(kit_world.named["rtds-esme"])
        assert esme is not None
        assert ("AB01", "010A030B", "0002012F") == (esme.manufacturer, esme.model, esme.firmware_version)
    finally:
        await state.close()


def test_on_a_keystore_all_suppliers_are_registered_for_the_rtds_home(kit_world: World) -> None:
    with sqlite3.connect(kit_world.settings.store.path) as db:
        query = """SELECT r.role, r.party FROM registrations r
            JOIN device_mpxns m ON m.mpxn = r.mpxn WHERE m.eui = ? ORDER BY r.role, r.party"""
        found = {
            name: [(role, UserId.from_octets(party)) for role, party in db.execute(query, (device.octets,))]
            for name, device in kit_world.named.items()
            if name in {"rtds-esme", "rtds-gsme"}
        }
    assert [("GS", SUPPLIER), ("GS", SUPPLIER_2), ("GT", NETWORKS)] == found["rtds-gsme"]
    assert [
        ("ED", NETWORKS),
        ("ED", NETWORKS),
        ("ES", SUPPLIER),
        ("IS", SUPPLIER),
        ("IS", SUPPLIER_2),
    ] == found["rtds-esme"]


def test_on_a_keystore_the_products_of_the_templates_are_listed(kit_world: World) -> None:
    products = ProductRevisions(kit_world.settings.products.directory).active()
    assert ["SMETS V1.58"] == [entry.smets_chts_version for entry in products.in_force("AB01", "010A030B", "0002012F")]
    template = bytes.fromhex("AA758690730934FF0685AA758690730934FF0685657788990011223344556677")
    assert [DeviceType.ESME, DeviceType.GSME] == [e.device_type for e in products.in_force_by_hash(template)]
    assert () == products.by_version("00000000")


REFUSED_KEYSTORES = {
    "that is not JSON": ("{", "Input data was truncated"),
    "without a key for the DCC": ('{"90b3d51f30000002": {}}', "expected role 137, found none"),
    "of another form": ('{"90b3d51f30000002": {"digitalSignature": []}}', "Expected `object`, got `array`"),
    "without the access control broker": ("{}", "expected certificates of 90-B3-D5-1F-30-00-00-02, found none"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED_KEYSTORES.values(), ids=REFUSED_KEYSTORES.keys())
def test_a_keystore_that_no_world_can_be_made_of_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "keystore.json"
    file.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        make_world(tmp_path / "new", keystore=file)
    assert str(refusal.value).startswith(f"{file}: not a keystore that a sandbox can be made of: {message}")
    assert not (tmp_path / "new").exists()


def test_device_certificates_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refusal:
        make_world(tmp_path / "new", device_certificates=tmp_path)
    assert "device certificates go with a keystore: give both or none" == str(refusal.value)
