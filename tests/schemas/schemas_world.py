"""A small world for the document tests: keys from fixed numbers, certificates, requests, and a forger's bench.

``sign_canonical`` makes what is right; ``forge`` makes signatures that are cryptographically sound over
whatever SignedInfo and KeyInfo a case asks for, so that only the profile stands between them and acceptance.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from lxml import etree

from schemas.certificates import CertificateDirectory, KnownCertificate, read_certificate
from schemas.reading import Authentic, reading_steps
from schemas.request import Malformed, Unauthenticated
from schemas.signature import SigningIdentity, Verified, sign_canonical, verify
from schemas.vocabulary import Eui64, UserId
from schemas.xsd import DUIS_NAMESPACE, SIGNATURE_NAMESPACE, DuisSchema, own_schema

NOW = datetime(2026, 11, 21, 9, 30, 10, tzinfo=UTC)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the P-256 group (FIPS 186-4, D.1.2.3)."""

USER = UserId.parse("A0-00-00-00-00-00-00-01")
STRANGER = UserId.parse("A0-00-00-00-00-00-00-02")
PROVIDER = UserId.parse("A0-00-00-00-00-00-00-51")
DEVICE = "B0-00-00-00-00-00-00-0E"
DCC = "90-B3-D5-1F-30-00-00-02"

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
HMAC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
INCLUSIVE_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
DIGEST_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Someone with a key and a certificate."""

    identity: SigningIdentity
    known: KnownCertificate
    pem: bytes


def holder(
    eui: Eui64,
    secret: int,
    serial: int,
    *,
    issuer: str = "OU=07,CN=Z1",
    until: datetime = datetime(2118, 1, 1, tzinfo=UTC),
    signs: bool = True,
) -> Holder:
    """A certificate in the shape of the public test ones, for the key that ``secret`` is the scalar of."""
    key = ec.derive_private_key(secret, ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATIONAL_UNIT_NAME, "87"),
            x509.NameAttribute(x509.ObjectIdentifier("2.5.4.45"), b"\0" + eui.octets, _ASN1Type.BitString),
        ]
    )
    usage = dict.fromkeys(
        [
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name.from_rfc4514_string(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime(2018, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(x509.KeyUsage(digital_signature=signs, key_agreement=not signs, **usage), critical=True)
        .sign(key, SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    known = read_certificate(f"{eui}-{serial}.pem", pem)
    return Holder(identity=SigningIdentity(key=key, issuer=known.issuer, serial=serial), known=known, pem=pem)


BIG_SERIAL = 0x7A11_0C47_0000_1957_FFFF_5EED_0B0E_2026
"""128 bits, like every serial number of SMKI."""
user = holder(USER, 0x05E12, BIG_SERIAL)
stranger = holder(STRANGER, 0x57124, 0x5000_0000_0000_0000_0001)
provider = holder(PROVIDER, 0x5157, 0x5000_0000_0000_0000_0051)
expired = holder(USER, 0xE0D, 0x5000_0000_0000_0000_0002, until=datetime(2026, 11, 21, 9, 30, 9, tzinfo=UTC))
agreement = holder(USER, 0xA64E, 0x5000_0000_0000_0000_0003, signs=False)
unknown = holder(USER, 0x0BAD, 0x5000_0000_0000_0000_0004)
lookalike = holder(USER, 0x0BAD, BIG_SERIAL, issuer="OU=07,CN=Z2")
"""The user's serial number under another issuer; not in the directory."""

CERTIFICATES = CertificateDirectory(one.known for one in (user, stranger, provider, expired, agreement))
SCHEMA = own_schema()


def read(document: bytes, schema: DuisSchema = SCHEMA) -> Authentic | Malformed | Unauthenticated:
    """Step by step, as the gateway reads."""
    steps = reading_steps(document, schema, CERTIFICATES, NOW)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            outcome: Authentic | Malformed | Unauthenticated = end.value
            return outcome


def refusal(outcome: object) -> tuple[str, str]:
    """Kind and message of a refusal, the first message where there are several."""
    match outcome:
        case Malformed(kind=kind, faults=faults):
            return kind, faults[0].message
        case Unauthenticated(kind=kind, message=message):
            return kind, message
    return "accepted", repr(outcome)


def canonical_form(document: bytes) -> bytes:
    return etree.tostring(etree.fromstring(document), method="c14n", exclusive=False, with_comments=False)


def verified(document: bytes, schema: DuisSchema) -> Verified:
    root = schema.read(document)
    assert isinstance(root, etree._Element), root
    outcome = verify(root, CERTIFICATES, NOW)
    assert isinstance(outcome, Verified), outcome
    return outcome


INVENTORY = f"<sr:ReadInventory><sr:DeviceID>{DEVICE}</sr:DeviceID></sr:ReadInventory>"


def request(
    body: str = INVENTORY,
    *,
    variant: str = "8.2",
    reference: str | None = None,
    command_variant: int = 8,
    request_id: str = f"{USER}:{DCC}:1000",
    extra: str = "",
) -> bytes:
    """An unsigned request, compact and canonical. ``extra`` goes into Header after the RequestID."""
    reference = reference or ".".join(variant.split(".")[:2])
    return (
        f'<sr:Request xmlns:sr="{DUIS_NAMESPACE}" schemaVersion="5.4"><sr:Header><sr:RequestID>{request_id}'
        f"</sr:RequestID>{extra}<sr:CommandVariant>{command_variant}</sr:CommandVariant>"
        f"<sr:ServiceReference>{reference}</sr:ServiceReference><sr:ServiceReferenceVariant>{variant}"
        f"</sr:ServiceReferenceVariant></sr:Header><sr:Body>{body}</sr:Body></sr:Request>"
    ).encode()


def signed(document: bytes | None = None, by: Holder = user) -> bytes:
    return sign_canonical(document or request(), by.identity)


def reference_to(digest: bytes, uri: str = 'URI=""', transforms: tuple[str, ...] = (ENVELOPED,)) -> str:
    inside = "".join(f'<ds:Transform Algorithm="{one}"/>' for one in transforms)
    return (
        f"<ds:Reference {uri}>"
        + (f"<ds:Transforms>{inside}</ds:Transforms>" if inside else "")
        + f'<ds:DigestMethod Algorithm="{DIGEST_SHA256}"/><ds:DigestValue>{base64.b64encode(digest).decode()}'
        + "</ds:DigestValue></ds:Reference>"
    )


def issuer_serial(by: Holder = user, issuer: str | None = None) -> str:
    return (
        f"<ds:X509IssuerSerial><ds:X509IssuerName>{issuer or by.identity.issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{by.identity.serial}</ds:X509SerialNumber></ds:X509IssuerSerial>"
    )


def forge(
    document: bytes | None = None,
    *,
    references: str | None = None,
    canonicalization: str = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_C14N}"/>',
    method: str = f'<ds:SignatureMethod Algorithm="{ECDSA_SHA256}"/>',
    inclusive: bool = False,
    value: Callable[[bytes], str] = lambda raw: base64.b64encode(raw).decode(),
    key_info: str | None = None,
    before: str = "",
    after: str = "",
    prefix: str = "ds",
    by: Holder = user,
) -> bytes:
    """A document with a Signature made to order; ``value`` maps the 64 octets r||s to the SignatureValue's text.

    The signature is sound over the SignedInfo given, in exclusive canonical form or ``inclusive``. ``before``
    and ``after`` stand in the Signature around its three parts; ``prefix`` replaces ``ds``.
    """
    document = document or request()
    digest = hashlib.sha256(etree.tostring(etree.fromstring(document), method="c14n")).digest()
    signed_info = (
        f"<ds:SignedInfo>{canonicalization}{method}"
        f"{reference_to(digest) if references is None else references}</ds:SignedInfo>"
    )
    if key_info is None:
        key_info = f"<ds:KeyInfo><ds:X509Data>{issuer_serial(by)}</ds:X509Data></ds:KeyInfo>"

    def with_signature(signature_value: str) -> bytes:
        signature = (
            f'<ds:Signature xmlns:ds="{SIGNATURE_NAMESPACE}">{before}{signed_info}'
            f"<ds:SignatureValue>{signature_value}</ds:SignatureValue>{key_info}{after}</ds:Signature>"
        )
        if not prefix:
            signature = signature.replace("xmlns:ds=", "xmlns=").replace("ds:", "")
        elif prefix != "ds":
            signature = signature.replace("ds:", f"{prefix}:").replace("xmlns:ds=", f"xmlns:{prefix}=")
        at = document.rindex(b"</")
        return document[:at] + signature.encode() + document[at:]

    covered = etree.fromstring(with_signature("")).find(f".//{{{SIGNATURE_NAMESPACE}}}SignedInfo")
    assert covered is not None
    octets = etree.tostring(covered, method="c14n", exclusive=not inclusive)
    r, s = decode_dss_signature(by.identity.key.sign(octets, ec.ECDSA(SHA256())))
    return with_signature(value(r.to_bytes(32, "big") + s.to_bytes(32, "big")))
