"""TLS certificates for tests: those of the sandbox are for signatures, and name nobody's address."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.sandbox.pki import certificate_pem, key_pem, new_key
from gateway.settings import Tls


class Authority:
    """Issues TLS certificates for 127.0.0.1 into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name, self._key = folder, name, new_key()
        self.ca = self._write(f"{name}.pem", certificate_pem(self._certificate(name, self._key, ca=True)))

    def issue(self, name: str) -> tuple[Path, Path]:
        """Certificate and key."""
        key = new_key()
        certificate = self._write(f"{name}.pem", certificate_pem(self._certificate(name, key, ca=False)))
        return certificate, self._write(f"{name}-key.pem", key_pem(key))

    def _write(self, file: str, data: bytes) -> Path:
        (self._folder / file).write_bytes(data)
        return self._folder / file

    def _certificate(self, name: str, key: ec.EllipticCurvePrivateKey, *, ca: bool) -> x509.Certificate:
        def named(text: str) -> x509.Name:
            return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

        today = datetime.now(UTC)
        usage = x509.KeyUsage(True, False, False, False, False, ca, ca, False, False)
        return (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named(self._name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(today - timedelta(days=1))
            .not_valid_after(today + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )


class Ring(msgspec.Struct, frozen=True):
    """Whoever has certificates in these tests: the gateway, its peers, and somebody unknown."""

    ours: Authority
    others: Authority
    server: tuple[Path, Path]
    peer: tuple[Path, Path]
    stranger: tuple[Path, Path]

    def client(self, pair: tuple[Path, Path] | None) -> ssl.SSLContext:
        """That of a client that trusts the gateway's authority and presents ``pair``."""
        context = ssl.create_default_context(cafile=str(self.ours.ca))
        if pair is not None:
            context.load_cert_chain(*pair)
        return context

    def section(self, *, mutual: bool) -> Tls:
        return Tls(certificate=self.server[0], key=self.server[1], client_ca=self.ours.ca if mutual else None)
