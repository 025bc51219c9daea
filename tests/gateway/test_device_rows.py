"""The devices CSV: each column, each thing that can be wrong with a cell."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.device_rows import read_device_rows
from routing.inventory import Device
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation

HEADER = "device_id,device_type,status,manufacturer,model,prenotified_as"
ROW = "00-DB-12-34-56-78-90-A0,ESME,Commissioned,Acme,M100,SMETS2+"
ESME = DeviceId.parse("00-DB-12-34-56-78-90-A0")
HUB = DeviceId.parse("00-DB-12-34-56-78-90-A2")


def certificate() -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a device")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
    return builder.not_valid_after(datetime(2040, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256())


CERTIFICATE = certificate()
DER = CERTIFICATE.public_bytes(Encoding.DER)


def test_every_column_becomes_its_field(tmp_path: Path) -> None:
    columns = {
        "device_id": "00db1234567890a0",
        "device_type": "esme",
        "status": "commissioned",
        "manufacturer": "Acme",
        "model": "M100",
        "firmware_version": "0A0B0C0D",
        "smets_version": "SMETS V1.2",
        "cpl_entry": "CPL-1",
        "prenotified_as": "smets1",
        "s1sp": "secure",
        "hub": str(HUB),
        "mpxn": "1200000000001",
        "secondary_import_mpan": "1200000000002",
        "export_mpan": "1200000000003",
        "associated_gpf": "00-DB-12-34-56-78-90-A3",
        "esme_variant": "A",
        "gbcs_version": "4.1",
        "csp_region": "SMETS1",
        "date_commissioned": "2025-03-31",
        "uprn": "100000000001",
        "postcode": "EC1A 1BB",
        "address": '"1 High Street, London"',
    }
    expected = Device(
        id=ESME,
        type=DeviceType.ESME,
        status=DeviceStatus.COMMISSIONED,
        manufacturer="Acme",
        model="M100",
        firmware_version="0A0B0C0D",
        smets_chts_version="SMETS V1.2",
        cpl_entry="CPL-1",
        prenotified_as=Generation.SMETS1,
        s1sp="secure",
        hub=HUB,
        import_mpxn="1200000000001",
        secondary_import_mpan="1200000000002",
        export_mpan="1200000000003",
        associated_gpf=DeviceId.parse("00-DB-12-34-56-78-90-A3"),
        esme_variant="A",
        gbcs_version="4.1",
        csp_region="SMETS1",
        date_commissioned=date(2025, 3, 31),
        uprn="100000000001",
        postcode="EC1A 1BB",
        address="1 High Street, London",
    )
    rows = read_device_rows(",".join(columns) + "\n" + ",".join(columns.values()) + "\n", tmp_path)
    assert ((expected,), ()) == (rows.devices, rows.faults)


def test_empty_cells_are_fields_not_given_and_unknown_columns_are_named(tmp_path: Path) -> None:
    text = f"\ufeff{HEADER.upper()},hub,Colour,shelf\n{ROW},,blue,3\n"
    rows = read_device_rows(text, tmp_path)
    assert (None, ("colour", "shelf"), ()) == (rows.devices[0].hub, rows.unknown_columns, rows.faults)


FAULTS = {
    "a column is missing": ("device_id,model\n", "line 1: no column device_type, manufacturer, prenotified_as"),
    "the file is empty": ("", "line 1: no column device_id, device_type, manufacturer, model, prenotified_as"),
    "an identifier is no EUI-64": (
        f"{HEADER}\n{ROW.replace('A0,', 'AZ,')}\n",
        "line 2: device_id: '00-DB-12-34-56-78-90-AZ' is not an EUI-64 (sixteen hexadecimal digits)",
    ),
    "a type is unknown": (
        f"{HEADER}\n{ROW.replace('ESME', 'TOASTER')}\n",
        "line 2: device_type: 'TOASTER' is not one of ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD, CAD",
    ),
    "a needed cell is empty": (f"{HEADER}\n{ROW.replace('Acme', ' ')}\n", "line 2: manufacturer: empty"),
    "a row is too long": (f"{HEADER}\n{ROW},more\n", "line 2: more cells than the header has columns"),
    "a device is there twice": (
        f"{HEADER}\n{ROW}\n{ROW.lower().replace('smets2+', 'SMETS2+')}\n",
        "line 3: device_id: 00-DB-12-34-56-78-90-A0 was on an earlier line already",
    ),
    "a date is none": (
        f"{HEADER},date_commissioned\n{ROW},31/03/2025\n",
        "line 2: date_commissioned: Invalid isoformat string: '31/03/2025'",
    ),
    "a certificate's file is absent": (
        f"{HEADER},ka_certificate\n{ROW},absent.pem\n",
        "line 2: ka_certificate: 'absent.pem' cannot be read: No such file or directory",
    ),
    "a certificate is none": (
        f"{HEADER},ka_certificate\n{ROW},{base64.b64encode(b'0 is how DER begins').decode()}\n",
        "line 2: ka_certificate: 'MCBpcyBob3cgREVSIGJlZ2lucw==' is not an X.509 certificate (DER or PEM)",
    ),
}


@pytest.mark.parametrize(("text", "expected"), FAULTS.values(), ids=FAULTS)
def test_faults(tmp_path: Path, text: str, expected: str) -> None:
    assert (expected,) == read_device_rows(text, tmp_path).faults


def test_every_fault_of_a_file_is_found_at_once(tmp_path: Path) -> None:
    text = f"{HEADER}\nx,y,z,,,SMETS3\n{ROW}\n"
    assert 6 == len(read_device_rows(text, tmp_path).faults)


CELLS = {
    "in the cell": base64.b64encode(DER).decode(),
    "in a PEM file": "device.pem",
    "in a DER file": "device.der",
}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_a_key_agreement_certificate(tmp_path: Path, cell: str) -> None:
    (tmp_path / "device.pem").write_bytes(CERTIFICATE.public_bytes(Encoding.PEM))
    (tmp_path / "device.der").write_bytes(DER)
    rows = read_device_rows(f"{HEADER},ka_certificate\n{ROW},{cell}\n", tmp_path)
    assert ({ESME: DER}, ()) == (rows.certificates, rows.faults)
