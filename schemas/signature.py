"""The DUIS XML-signature profile: verify, sign.

The profile is one exact shape: an enveloped signature with a single Reference to the whole document
(``URI=""``) whose only transform is enveloped-signature, so that the digest is over inclusive
Canonical XML 1.0; SignedInfo in exclusive canonical form; SHA-256; ECDSA on P-256 with raw r||s;
KeyInfo that holds X509IssuerSerial and nothing else. Everything else is refused with its reason.

The shape is matched on the canonical octets of SignedInfo, the very octets that the signature covers.
High s is legal in XML signatures. Which certificates count is ``schemas.certificates``' business.

Sources: what the DCC's own client libraries send; W3C XML Signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import datetime
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from lxml import etree

from schemas.certificates import CertificateDirectory, KnownCertificate
from schemas.request import Unauthenticated
from schemas.xsd import SIGNATURE_NAMESPACE

EXCLUSIVE_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"

MOST_ISSUER_CHARACTERS: Final = 256
"""Real issuers have a dozen. Names are read at a cost for each part, and remembered."""

_MOST_SERIAL_CHARACTERS: Final = 80
"""SMKI's have 128 bits, 39 digits."""

_DS: Final = f"{{{SIGNATURE_NAMESPACE}}}"
_SIGNATURE: Final = _DS + "Signature"
_PARTS: Final = [_DS + "SignedInfo", _DS + "SignatureValue", _DS + "KeyInfo"]
_X509_DATA: Final = _DS + "X509Data"
_ISSUER_SERIAL: Final = _DS + "X509IssuerSerial"
_NAME_AND_NUMBER: Final = [_DS + "X509IssuerName", _DS + "X509SerialNumber"]

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the P-256 group."""
_ALGORITHM: Final = ec.ECDSA(hashes.SHA256())


def _profile() -> re.Pattern[bytes]:
    gap = rb"(?:[ \t\n]|&#xD;)*"

    def leaf(name: bytes, attributes: str) -> bytes:
        return rb"<(?P=p)" + name + re.escape(attributes.encode()) + rb"></(?P=p)" + name + rb">" + gap

    return re.compile(
        rb"<(?P<p>(?:[A-Za-z_][\w.-]*:)?)SignedInfo xmlns(?::[A-Za-z_][\w.-]*)?="
        + re.escape(f'"{SIGNATURE_NAMESPACE}"'.encode())
        + rb">"
        + gap
        + leaf(b"CanonicalizationMethod", f' Algorithm="{EXCLUSIVE_C14N}"')
        + leaf(b"SignatureMethod", f' Algorithm="{ECDSA_SHA256}"')
        + rb'<(?P=p)Reference URI="">'
        + gap
        + rb"<(?P=p)Transforms>"
        + gap
        + leaf(b"Transform", f' Algorithm="{ENVELOPED}"')
        + rb"</(?P=p)Transforms>"
        + gap
        + leaf(b"DigestMethod", f' Algorithm="{SHA256}"')
        + rb"<(?P=p)DigestValue>(?P<digest>[A-Za-z0-9+/= \t\n]*(?:&#xD;[A-Za-z0-9+/= \t\n]*)*)</(?P=p)DigestValue>"
        + gap
        + rb"</(?P=p)Reference>"
        + gap
        + rb"</(?P=p)SignedInfo>"
    )


_PROFILE: Final = _profile()
_REFERENCES: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Reference[ >]")


class Verified(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A document that a known certificate's holder signed as it stands."""

    digest: bytes
    """The SHA-256 that was signed, 32 octets: equal content has an equal digest, however often it is signed."""
    certificate: KnownCertificate


def verify(root: etree._Element, certificates: CertificateDirectory, now: datetime) -> Verified | Unauthenticated:
    """Verify the enveloped signature of ``root`` and take it out of the tree.

    Afterwards the tree is exactly what was digested: values read from it are covered by the signature.
    ``now`` is aware; the certificate must be within its dates then.
    """
    children = list(root)
    signatures = [child for child in children if child.tag == _SIGNATURE]
    if not signatures:
        return Unauthenticated(
            kind="unsigned", message=f"expected a Signature at the end of {_local(root)}, found none"
        )
    signature = children[-1]
    if len(signatures) > 1 or signature is not signatures[0]:
        return _off_profile("expected one Signature, at the end of the document")
    parts = list(signature)
    if [part.tag for part in parts] != _PARTS:
        found = ", ".join(_local(part) for part in signature.iterchildren("*"))
        return _off_profile(f"expected SignedInfo, SignatureValue and KeyInfo in the Signature, found {found}")
    signed_info, signature_value, key_info = parts
    named = _issuer_and_serial(key_info)
    if not isinstance(named, tuple):
        return named
    certificate = certificates.find(*named)
    if certificate is None:
        return Unauthenticated(
            kind="unknown-certificate", message=f"no certificate of issuer {named[0]!r} and serial {named[1]} is known"
        )
    if not (certificate.for_signatures and certificate.valid_at(now)):
        return _unusable(certificate, now)
    try:
        covered = etree.tostring(signed_info, method="c14n", exclusive=True, with_comments=False)
    except (etree.LxmlError, ValueError) as fault:
        return _off_profile(f"SignedInfo has no canonical form: {fault}")
    if signature.tail:
        _leave_behind(signature.tail, signature.getprevious(), root)
    root.remove(signature)
    try:
        digest = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=False, with_comments=False)).digest()
    except (etree.LxmlError, ValueError) as fault:
        return _off_profile(f"the document has no canonical form: {fault}")
    # Written compact, as most are, SignedInfo has only one form for this digest, and that form is of the profile.
    if covered != _signed_info(digest) and (refusal := _shape_refused(covered, digest)):
        return refusal
    raw = _octets((signature_value.text or "").encode())
    if raw is None or len(raw) != 64:
        return _off_profile("expected 64 octets r||s in SignatureValue")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        return Unauthenticated(kind="signature-does-not-verify", message="r or s of the signature is out of range")
    try:
        certificate.public_key.verify(encode_dss_signature(r, s), covered, _ALGORITHM)
    except InvalidSignature:
        return Unauthenticated(
            kind="signature-does-not-verify",
            message=f"the signature was not made with the key of certificate {certificate.serial}",
        )
    return Verified(digest=digest, certificate=certificate)


def _unusable(certificate: KnownCertificate, now: datetime) -> Unauthenticated:
    if not certificate.for_signatures:
        return Unauthenticated(
            kind="unknown-certificate", message=f"the certificate {certificate.serial} is not for signatures"
        )
    return Unauthenticated(
        kind="certificate-dates",
        message=f"the certificate {certificate.serial} is valid from {certificate.not_before:%Y-%m-%d} to "
        f"{certificate.not_after:%Y-%m-%d}, not at {now:%Y-%m-%dT%H:%M:%SZ}",
    )


def _shape_refused(covered: bytes, digest: bytes) -> Unauthenticated | None:
    """Why a SignedInfo is not of the profile, in any of its spellings, or not for a document of this digest."""
    shape = _PROFILE.fullmatch(covered)
    if shape is None:
        return _off_profile(_deviation(covered))
    if digest != _octets(shape["digest"].replace(b"&#xD;", b"")):
        return Unauthenticated(
            kind="signature-does-not-verify", message="the document is not the one that was signed (its digest differs)"
        )
    return None


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _off_profile(message: str) -> Unauthenticated:
    return Unauthenticated(kind="signature-profile", message=message)


def _issuer_and_serial(key_info: etree._Element) -> tuple[str, int] | Unauthenticated:
    data = _only_child(key_info, _X509_DATA)
    issuer_serial = None if data is None else _only_child(data, _ISSUER_SERIAL)
    if issuer_serial is None:
        return _off_profile("expected X509IssuerSerial alone in KeyInfo")
    parts = list(issuer_serial)
    texts = [part.text or "" for part in parts]
    if (
        [part.tag for part in parts] != _NAME_AND_NUMBER
        or len(texts[0]) > MOST_ISSUER_CHARACTERS
        or len(texts[1]) > _MOST_SERIAL_CHARACTERS
    ):
        return _off_profile(
            f"expected X509IssuerName (at most {MOST_ISSUER_CHARACTERS} characters) and X509SerialNumber in KeyInfo"
        )
    name, number = texts
    try:
        return name.strip(), int(number)
    except ValueError:
        return _off_profile(f"expected a number in X509SerialNumber, found {number[:40]!r}")


def _only_child(parent: etree._Element, name: str) -> etree._Element | None:
    if len(parent) != 1:
        return None
    child = parent[0]
    return child if child.tag == name else None


def _deviation(canonical: bytes) -> str:
    """Which of the profile's parts is missing from a SignedInfo."""
    if len(_REFERENCES.findall(canonical)) != 1:
        return "expected one Reference"
    for what, octets in (
        ("CanonicalizationMethod " + EXCLUSIVE_C14N, f'"{EXCLUSIVE_C14N}"'),
        ("SignatureMethod " + ECDSA_SHA256, f'"{ECDSA_SHA256}"'),
        ('Reference URI="" (the whole document)', 'Reference URI=""'),
        ("Transform " + ENVELOPED, f'"{ENVELOPED}"'),
        ("DigestMethod " + SHA256, f'"{SHA256}"'),
    ):
        if octets.encode() not in canonical:
            return f"expected {what}"
    return "SignedInfo has parts beyond those of the profile"


def _octets(base64_text: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(b"".join(base64_text.split()), strict_mode=True)
    except ValueError:
        return None


def _leave_behind(tail: str, before: etree._Element | None, parent: etree._Element) -> None:
    """White space after the Signature stays, as the enveloped transform has it."""
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail


class SigningIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """A P-256 private key and the name of its certificate."""

    key: ec.EllipticCurvePrivateKey
    issuer: str
    serial: int


_SIGNED_INFO_APEX: Final = f'<ds:SignedInfo xmlns:ds="{SIGNATURE_NAMESPACE}">'.encode()
_BEFORE_DIGEST: Final = (
    f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>'
    f'<ds:SignatureMethod Algorithm="{ECDSA_SHA256}"></ds:SignatureMethod>'
    f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>'
).encode()
_AFTER_DIGEST: Final = b"</ds:DigestValue></ds:Reference></ds:SignedInfo>"


def _signed_info(digest: bytes) -> bytes:
    """The canonical octets of SignedInfo, as they stand once taken out of a Signature that declares ``ds``."""
    return _SIGNED_INFO_APEX + _BEFORE_DIGEST + binascii.b2a_base64(digest, newline=False) + _AFTER_DIGEST


def signature_over(digest: bytes, identity: SigningIdentity) -> bytes:
    """A Signature element for a document with this digest, compact."""
    covered = _signed_info(digest)
    r, s = decode_dss_signature(identity.key.sign(covered, _ALGORITHM))
    value = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return b"".join(
        (
            f'<ds:Signature xmlns:ds="{SIGNATURE_NAMESPACE}"><ds:SignedInfo>'.encode(),
            covered[len(_SIGNED_INFO_APEX) :],
            b"<ds:SignatureValue>",
            value,
            b"</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>",
            _escaped(identity.issuer),
            b"</ds:X509IssuerName><ds:X509SerialNumber>%d</ds:X509SerialNumber>" % identity.serial,
            b"</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo></ds:Signature>",
        )
    )


def _escaped(text: str) -> bytes:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def sign_canonical(document: bytes, identity: SigningIdentity) -> bytes:
    """Sign octets that are already in canonical form, as everything is that ``schemas.response`` writes."""
    at = document.rindex(b"</")
    return document[:at] + signature_over(hashlib.sha256(document).digest(), identity) + document[at:]


def sign(root: etree._Element, identity: SigningIdentity) -> bytes:
    """Sign any document: written out compact as it is, with the Signature as its last element.

    Raises lxml.etree.C14NError when it has no canonical form.
    """
    return sign_canonical(etree.tostring(root, method="c14n", exclusive=False, with_comments=False), identity)
