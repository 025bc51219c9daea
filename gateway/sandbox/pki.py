"""A public key infrastructure in the shape of SMKI: two roots, two issuing authorities, P-256 throughout.

Organisation certificates carry the EUI-64 as x500UniqueIdentifier and the remote party role, in
hexadecimal, as OU; device certificates have an empty subject and carry it as the hardware module name.
Names, serial numbers of 128 bits and extensions are as on the public test certificates; policies are
left out: these certificates are issued under none. Who gets which certificate is ``world``'s affair.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.name import _ASN1Type

from schemas.vocabulary import DeviceId, Eui64

_UNIQUE_IDENTIFIER: Final = x509.ObjectIdentifier("2.5.4.45")
_HARDWARE_MODULE_NAME: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")
_HARDWARE_MODULE: Final = bytes.fromhex("3019060d2a863a0001848fb90f01020201") + b"\x04\x08"
"""HardwareModuleName with the type that SMKI gives devices, up to the eight octets of the EUI-64."""
_FOR_EVER: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_ORGANISATION_LIFE: Final = timedelta(days=3650)
_BEFORE: Final = timedelta(days=1)
"""Certificates are valid from yesterday: clocks of a sandbox need not agree to the second."""
ISSUING_AUTHORITY_UNIT: Final = "07"


class Unit(StrEnum):
    """The OU of an organisation certificate: its remote party role, in hexadecimal.

    Source: what the public test certificates and keys carry (RTDS, DCC client libraries).
    """

    SUPPLIER = "02"
    NETWORK_OPERATOR = "03"
    ACCESS_CONTROL_BROKER = "04"
    TRANSITIONAL_COS = "05"
    OTHER = "7F"
    XML_SIGNING = "87"
    DSP_XML_SIGNING = "89"


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """An issuing authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    key_identifier: bytes
    made: datetime

    def organisation(self, eui: Eui64, unit: Unit, public_key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        """A digital-signing certificate of an organisation."""
        return self._organisation(eui, unit, public_key, _usage(digital_signature=True))

    def organisation_key_agreement(
        self, eui: Eui64, unit: Unit, public_key: ec.EllipticCurvePublicKey
    ) -> x509.Certificate:
        return self._organisation(eui, unit, public_key, _usage(key_agreement=True))

    def device_key_agreement(self, device: DeviceId, public_key: ec.EllipticCurvePublicKey) -> bytes:
        """DER of a device's key agreement certificate."""
        name = x509.OtherName(_HARDWARE_MODULE_NAME, _HARDWARE_MODULE + device.octets)
        builder = self._builder(x509.Name([]), public_key, _FOR_EVER, _usage(key_agreement=True)).add_extension(
            x509.SubjectAlternativeName([name]), critical=True
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)

    def _organisation(
        self, eui: Eui64, unit: Unit, public_key: ec.EllipticCurvePublicKey, usage: x509.KeyUsage
    ) -> x509.Certificate:
        subject = x509.Name(
            [
                x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, unit.value),
                # X.520 makes it a BIT STRING: a count of unused bits, then the octets.
                x509.NameAttribute(_UNIQUE_IDENTIFIER, b"\x00" + eui.octets, _ASN1Type.BitString),
            ]
        )
        return self._builder(subject, public_key, self.made + _ORGANISATION_LIFE, usage).sign(self.key, hashes.SHA256())

    def _builder(
        self, subject: x509.Name, public_key: ec.EllipticCurvePublicKey, until: datetime, usage: x509.KeyUsage
    ) -> x509.CertificateBuilder:
        return (
            _named(subject, public_key, self.certificate.subject, self.made - _BEFORE, until)
            .add_extension(usage, critical=True)
            .add_extension(x509.AuthorityKeyIdentifier(self.key_identifier, None, None), critical=False)
        )


class Pki(msgspec.Struct, frozen=True, kw_only=True):
    """The authorities of a sandbox, and the certificates of those above them."""

    organisations: Authority
    devices: Authority
    roots: dict[str, x509.Certificate]
    """By file name."""


def make_pki(now: datetime) -> Pki:
    """New keys for all authorities; ``now`` is aware. Only the issuing authorities can be used further on."""
    organisation_root, organisations = _hierarchy("Sandbox Organisation Root", "SBO1", now)
    device_root, devices = _hierarchy("Sandbox Device Root", "SBD1", now)
    return Pki(
        organisations=organisations,
        devices=devices,
        roots={"organisation-root": organisation_root, "device-root": device_root},
    )


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """PKCS #8, not encrypted: sandbox keys protect nothing."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _hierarchy(root_name: str, name: str, now: datetime) -> tuple[x509.Certificate, Authority]:
    root_key, key = new_key(), new_key()
    root = _authority_certificate(_name(root_name), root_key.public_key(), _name(root_name), root_key, now)
    own = _authority_certificate(_name(name), key.public_key(), _name(root_name), root_key, now)
    identifier = _key_identifier(key.public_key())
    return root, Authority(key=key, certificate=own, key_identifier=identifier, made=now)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, ISSUING_AUTHORITY_UNIT),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name),
        ]
    )


def _authority_certificate(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    issuer_identifier = _key_identifier(issuer_key.public_key())
    return (
        _named(subject, public_key, issuer, now - _BEFORE, _FOR_EVER)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier(issuer_identifier, None, None), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _named(
    subject: x509.Name, public_key: ec.EllipticCurvePublicKey, issuer: x509.Name, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier(_key_identifier(public_key)), critical=False)
    )


def _serial_number() -> int:
    """Sixteen octets, more than any database integer holds; positive and never shorter."""
    return secrets.randbits(126) | (1 << 126)


def _key_identifier(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """Eight octets: 0100 and the last 60 bits of a SHA-1 (RFC 5280, 4.2.1.2, method 2)."""
    point = public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    tail = hashlib.sha1(point, usedforsecurity=False).digest()[-8:]
    return bytes([0x40 | (tail[0] & 0x0F)]) + tail[1:]


def _usage(
    *,
    digital_signature: bool = False,
    key_agreement: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=key_agreement,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
