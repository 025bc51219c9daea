"""Certificates as the DUIS signature profile and GBCS need them: found by issuer and serial, read once.

Which certificates are known is the caller's business; this module reads no files and trusts nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from schemas.vocabulary import Eui64

_UNIQUE_IDENTIFIER: Final = x509.ObjectIdentifier("2.5.4.45")
_HARDWARE_MODULE_NAME: Final = x509.ObjectIdentifier("1.3.6.1.5.5.7.8.4")

_LONGEST_NAME: Final = 256
"""Characters. Names of issuers are far shorter."""

IssuerKey = tuple[tuple[str, str], ...]


class CertificateError(Exception):
    """A certificate cannot be used; the message names it."""


class KnownCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate with an EUI-64 for a subject and a P-256 key."""

    name: str
    """Where it was found, for messages."""
    eui: Eui64
    issuer: str
    serial: int
    not_before: datetime
    not_after: datetime
    unit: str
    """The subject's OU: the remote party role in hexadecimal (02 supplier, 87 XML signing); may be empty."""
    public_key: ec.EllipticCurvePublicKey
    for_signatures: bool
    """Its key usage lets it sign (a key agreement certificate does not)."""
    der: bytes

    def valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after


def read_certificate(name: str, pem_or_der: bytes) -> KnownCertificate:
    """Raises CertificateError: not a certificate, no EUI-64, or not a P-256 key."""
    try:
        if b"-----BEGIN" in pem_or_der:
            certificate = x509.load_pem_x509_certificate(pem_or_der)
        else:
            certificate = x509.load_der_x509_certificate(pem_or_der)
        public_key = certificate.public_key()
        eui = _eui_of(certificate)
    except ValueError as fault:
        raise CertificateError(f"{name}: {fault}") from None
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or not isinstance(public_key.curve, ec.SECP256R1):
        raise CertificateError(f"{name}: expected a P-256 key")
    units = certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    return KnownCertificate(
        name=name,
        eui=eui,
        issuer=certificate.issuer.rfc4514_string(),
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        unit=str(units[0].value) if units else "",
        public_key=public_key,
        for_signatures=_may_sign(certificate),
        der=certificate.public_bytes(serialization.Encoding.DER),
    )


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    except x509.ExtensionNotFound:
        return True


def _eui_of(certificate: x509.Certificate) -> Eui64:
    """Organisations carry it in x500UniqueIdentifier, devices as the hardware module name of the subject."""
    for attribute in certificate.subject.get_attributes_for_oid(_UNIQUE_IDENTIFIER):
        value = attribute.value
        octets = value if isinstance(value, bytes) else str(value).encode("latin-1")
        if len(octets) == 9:
            octets = octets[1:]  # a BIT STRING's count of unused bits
        if len(octets) == 8:
            return Eui64.from_octets(octets)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        raise ValueError("no EUI-64 in its subject") from None
    for other in names.get_values_for_type(x509.OtherName):
        # HardwareModuleName ::= SEQUENCE { hwType OID, hwSerialNum OCTET STRING }: the serial ends it.
        if other.type_id == _HARDWARE_MODULE_NAME and other.value[-10:-8] == b"\x04\x08":
            return Eui64.from_octets(other.value[-8:])
    raise ValueError("no EUI-64 in its subject or hardware module name")


@lru_cache(maxsize=4096)
def issuer_key(text: str) -> IssuerKey:
    """A distinguished name whatever its order and spacing: clients write ``CN=Z1,OU=07`` and ``OU=07, CN=Z1``."""
    try:
        name = x509.Name.from_rfc4514_string(",".join(part.strip() for part in text.split(",")))
    except ValueError:
        return (("", text),)
    return tuple(sorted((attribute.oid.dotted_string, str(attribute.value)) for attribute in name))


class CertificateDirectory:
    """The certificates that are known, by issuer and serial number."""

    def __init__(self, certificates: Iterable[KnownCertificate]) -> None:
        """Raises CertificateError when two different certificates share issuer and serial number."""
        self._by_serial: dict[tuple[IssuerKey, int], KnownCertificate] = {}
        for certificate in certificates:
            key = (issuer_key(certificate.issuer), certificate.serial)
            other = self._by_serial.setdefault(key, certificate)
            if other.der != certificate.der:
                raise CertificateError(f"{other.name} and {certificate.name} share issuer and serial number")

    def find(self, issuer: str, serial: int) -> KnownCertificate | None:
        if len(issuer) > _LONGEST_NAME:  # else a stranger's names could fill the memory of ``issuer_key``
            return None
        return self._by_serial.get((issuer_key(issuer), serial))

    def of(self, eui: Eui64) -> tuple[KnownCertificate, ...]:
        """All certificates of one EUI-64."""
        return tuple(c for c in self._by_serial.values() if c.eui == eui)

    def __len__(self) -> int:
        return len(self._by_serial)


def directory_from(files: Mapping[str, bytes]) -> CertificateDirectory:
    """From PEM or DER files by name. Raises CertificateError naming the file."""
    return CertificateDirectory(read_certificate(name, data) for name, data in sorted(files.items()))
