"""The sandbox's world on a given keystore and given device certificates: the public test identities."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.parties import load_certificates, load_parties
from gateway.product_revisions import ProductRevisions
from gateway.sandbox.world import World, make_world
from gateway.settings import SettingsError
from gateway.sqlite_state import SqliteState
from schemas.certificates import read_certificate
from schemas.vocabulary import (
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    UserId,
)

NOW = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)
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
    names: dict[UserId, str] = {}
    for user, keys in kit_world.users.items():
        found = certificates.find(keys.xml.issuer, keys.xml.serial)
        assert found is not None
        assert keys.xml.key.public_key() == found.public_key
        names[user] = found.name
    assert {
        SUPPLIER: "xml-sign-90B3D51F30010000-ds.pem",
        NETWORKS: "xml-sign-90B3D51F30020000-ds.pem",
        SUPPLIER_2: "Z1-supplier2-ds.pem",
        OTHER_USER: "xml-sign-00DB123456780004-ds.pem",
    } == names
    dcc = certificates.find(kit_world.dcc.issuer, kit_world.dcc.serial)
    assert dcc is not None
    assert ("dsp-xml-sign-90B3D51F30000002-ds.pem", kit_world.dcc.key.public_key()) == (dcc.name, dcc.public_key)
    assert kit_world.acb_key.public_key() == key_of(kit_world, "Z1-accessControlBroker-ka").public_key()
    signing = kit_world.settings.gbcs
    assert ("Z1-accessControlBroker-ds.pem", "Z1-transitionalCoS-ds.pem", "90-B3-D5-1F-30-00-00-04") == (
        signing.acb_signing_key and signing.acb_signing_key.name,
        signing.tcos_signing_key and signing.tcos_signing_key.name,
        str(signing.tcos),
    )
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
