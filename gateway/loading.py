"""What the settings name, loaded: keys, certificates, schema, lists, TLS. Everything raises SettingsError naming
the file or the key, so that a gateway that cannot work does not start."""

from __future__ import annotations

import ssl
from pathlib import Path

from gateway.in_force import InForce, in_force
from gateway.key_files import private_key
from gateway.parties import load_certificates, load_parties
from gateway.product_revisions import DamagedRevision, ProductRevisions
from gateway.settings import Settings, SettingsError, Tls
from routing.decision import RuleError
from schemas.certificates import CertificateDirectory, CertificateError, read_certificate
from schemas.signature import SigningIdentity
from schemas.xsd import DuisSchema, SchemaError, own_schema, published_schema


def signing_identity(key_file: Path, certificate_file: Path) -> SigningIdentity:
    key = private_key(key_file)
    try:
        certificate = read_certificate(certificate_file.name, certificate_file.read_bytes())
    except (OSError, CertificateError) as fault:
        raise SettingsError(f"{certificate_file}: {fault}") from None
    if certificate.public_key != key.public_key():
        raise SettingsError(f"{certificate_file} is not the certificate of {key_file}")
    return SigningIdentity(key=key, issuer=certificate.issuer, serial=certificate.serial)


def duis_schema(directory: Path | None) -> DuisSchema:
    """Our own set, or the published one in ``directory``."""
    try:
        if directory is None:
            return own_schema()
        return published_schema({file.name: file.read_bytes() for file in directory.iterdir() if file.is_file()})
    except (OSError, SchemaError) as fault:
        raise SettingsError(f"schemas.directory: {fault}") from None


def snapshot(settings: Settings, certificates: CertificateDirectory | None = None) -> InForce:
    """Everything that is in force, loaded afresh."""
    try:
        products = ProductRevisions(settings.products.directory).active()
        return in_force(
            settings,
            duis_schema(settings.schemas.directory),
            certificates or load_certificates(settings.parties.certificates),
            load_parties(settings.parties.file),
            products,
        )
    except (RuleError, DamagedRevision, OSError) as fault:
        raise SettingsError(str(fault)) from None


def server_tls(tls: Tls, section: str) -> ssl.SSLContext | None:
    """TLS, or mutual TLS where a client CA is given."""
    if tls.certificate is None or tls.key is None:
        return None
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls.certificate, tls.key)
        if tls.client_ca is not None:
            context.load_verify_locations(tls.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as fault:
        raise SettingsError(f"{section}.tls: {fault}") from None
    return context


def client_tls(tls: Tls, section: str) -> ssl.SSLContext | None:
    """For connections to a far side: its CA, and our certificate where one is given."""
    if tls.certificate is None and tls.client_ca is None:
        return None
    try:
        context = ssl.create_default_context(cafile=None if tls.client_ca is None else str(tls.client_ca))
        if tls.certificate is not None and tls.key is not None:
            context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ssl.SSLError) as fault:
        raise SettingsError(f"{section}.tls: {fault}") from None
    return context
