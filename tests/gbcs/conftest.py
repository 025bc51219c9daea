"""Where the tests of GBCS messages find the published vectors and the public test keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from gbcs_bodies import without_signature

from gbcs.crypto import shared_secret
from gbcs.message import Command, GeneralSigned, decode_message
from schemas.reading import read_request_unverified
from schemas.request import ServiceRequest
from schemas.vocabulary import Eui64
from schemas.xsd import own_schema

BROKER_KEY_SERIAL = "37CDF206B07DDEF852FBC62950F22ED0"


@pytest.fixture(scope="session")
def broker_key(keystore: Path) -> ec.EllipticCurvePrivateKey:
    """The key agreement key of the public test PKI's access control broker."""
    record = json.loads(keystore.read_text())["90b3d51f30000002"]["keyAgreement"][str(int(BROKER_KEY_SERIAL, 16))]
    key = load_pem_private_key(record["privateKey"].encode(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


@pytest.fixture(scope="session")
def secret_with(broker_key: ec.EllipticCurvePrivateKey, reference_dir: Path) -> Callable[[Eui64], bytes]:
    """Z of the test PKI's broker and one of its devices."""
    known: dict[Eui64, bytes] = {}

    def secret(device: Eui64) -> bytes:
        if device not in known:
            file = reference_dir / "pki" / "devices" / f"{device.octets.hex()}-ka.pem"
            certificate = x509.load_pem_x509_certificate(file.read_bytes())
            known[device] = shared_secret(broker_key, certificate.public_bytes(Encoding.DER))
        return known[device]

    return secret


@pytest.fixture(scope="session")
def vectors(reference_dir: Path) -> dict[str, bytes]:
    """All vectors by the stem of their file."""
    folder = reference_dir / "rtds" / "vectors"
    return {file.stem: bytes.fromhex(file.read_text().strip()) for file in sorted(folder.glob("*.hex"))}


@pytest.fixture(scope="session")
def messages(vectors: dict[str, bytes]) -> dict[str, Command | GeneralSigned]:
    return {name: decode_message(octets) for name, octets in vectors.items()}


@pytest.fixture(scope="session")
def template(reference_dir: Path) -> Callable[[str], ServiceRequest]:
    """A request of the reference set by the stem it shares with its vectors."""
    schema = own_schema()

    def read(stem: str) -> ServiceRequest:
        file = reference_dir / "rtds" / "templates" / f"{stem}_REQUEST_DUIS.XML"
        request = read_request_unverified(without_signature(file.read_bytes()), schema)
        assert isinstance(request, ServiceRequest), request
        return request

    return read


@pytest.fixture(scope="session")
def signing_keys(reference_dir: Path) -> dict[Eui64, list[ec.EllipticCurvePublicKey]]:
    """The digital-signing keys of the test PKI's organisations, by EUI-64: some have a replacement."""
    keys: dict[Eui64, list[ec.EllipticCurvePublicKey]] = {}
    for file in sorted((reference_dir / "pki" / "organisations").glob("*.pem")):
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        unique = certificate.subject.get_attributes_for_oid(x509.NameOID.X500_UNIQUE_IDENTIFIER)
        key = certificate.public_key()
        if unique and isinstance(key, ec.EllipticCurvePublicKey):
            value = unique[0].value
            octets = value if isinstance(value, bytes) else value.encode("latin-1")
            keys.setdefault(Eui64.from_octets(octets[-8:]), []).append(key)
    return keys
