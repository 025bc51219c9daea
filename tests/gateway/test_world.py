"""The sandbox's world: that it is complete, that everybody in it can sign, and that it is made once.

What stands in it is ``test_estate``'s, what a gateway does in it the tour's to show.
"""

from __future__ import annotations

import sqlite3
import stat
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from cpl.product_list import ProductList
from gateway.parties import load_certificates, load_parties
from gateway.product_revisions import ProductRevisions
from gateway.sandbox.estate import make_estate
from gateway.sandbox.identities import REGISTRANTS
from gateway.sandbox.lists import cpl_entries, epcl_entries
from gateway.sandbox.pki import make_pki, new_key
from gateway.sandbox.plans import FEATURED
from gateway.sandbox.world import World, load_world, make_world
from gateway.settings import SettingsError, load_settings
from gateway.sqlite_state import SqliteState
from schemas.certificates import read_certificate
from schemas.signature import SigningIdentity
from schemas.vocabulary import (
    DeviceId,
    DeviceType,
    Generation,
    UserId,
    UserRole,
    UserStatus,
)

NOW = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), homes=len(FEATURED), now=NOW)


def identities(world: World) -> dict[str, SigningIdentity]:
    return {
        "the DCC": world.dcc,
        **{f"user {user}": keys.xml for user, keys in world.users.items()},
        **{f"S1SP {name}": identity for name, identity in world.s1sps.items()},
    }


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
    assert Counter({UserStatus.ACTIVE: 7, UserStatus.SUSPENDED: 1}) == Counter(party.status for party in parties)
    assert [f"http://127.0.0.1:8077/users/{party.id}/receive" for party in parties] == [
        party.receive_url for party in parties
    ]
    assert {party.id: party.roles for party in parties} == {user: keys.roles for user, keys in world.users.items()}


def test_everybody_signs_with_the_key_of_a_known_certificate(world: World) -> None:
    certificates = load_certificates(world.settings.parties.certificates)
    for who, identity in identities(world).items():
        certificate = certificates.find(identity.issuer, identity.serial)
        assert certificate is not None, who
        assert identity.key.public_key() == certificate.public_key, who
        assert certificate.for_signatures, who


def test_certificates_name_their_holder_and_its_remote_party_role(world: World) -> None:
    certificates = load_certificates(world.settings.parties.certificates)
    units = {user: sorted(certificate.unit for certificate in certificates.of(user)) for user in world.users}
    assert [["02", "87"]] * 3 + [["03", "87"]] * 2 + [["7F", "87"]] * 3 == list(units.values())
    assert [("04", False), ("04", True), ("89", True)] == sorted(
        (certificate.unit, certificate.for_signatures) for certificate in certificates.of(world.settings.gbcs.acb)
    )
    (cos,) = certificates.of(world.settings.gbcs.tcos or UserId(0))
    assert ("05", True) == (cos.unit, cos.for_signatures)
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


def test_the_product_lists_are_in_force(world: World) -> None:
    store = ProductRevisions(world.settings.products.directory)
    assert ProductList(cpl_entries(), epcl_entries()).revision == store.active_revision()


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
