"""Requests that look signed, each with the kind and the message of its refusal.

Every forged signature here is sound: the named deviation alone stands between it and acceptance.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from attacks import DIGEST, EVIL, GOOD, INVALID, SIGNATURE, TEXT, Attack, on_root, with_signature
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree
from schemas_world import (
    DIGEST_SHA256,
    ECDSA_SHA256,
    ENVELOPED,
    EXCLUSIVE_C14N,
    HMAC_SHA256,
    INCLUSIVE_C14N,
    ORDER,
    RSA_SHA256,
    agreement,
    expired,
    forge,
    issuer_serial,
    lookalike,
    provider,
    reference_to,
    request,
    signed,
    stranger,
    unknown,
    user,
)

from schemas.xsd import SIGNATURE_NAMESPACE

UNSIGNED, PROFILE, BROKEN = "unsigned", "signature-profile", "signature-does-not-verify"
UNKNOWN, DATES, ORIGINATOR = "unknown-certificate", "certificate-dates", "wrong-originator"
DIGEST_DIFFERS = "the document is not the one that was signed (its digest differs)"
NOT_THAT_KEY = f"the signature was not made with the key of certificate {user.identity.serial}"
OUT_OF_RANGE = "r or s of the signature is out of range"
NOT_64 = "expected 64 octets r||s in SignatureValue"
ONE_AT_THE_END = "expected one Signature, at the end of the document"
BEYOND = "SignedInfo has parts beyond those of the profile"
ISSUER_SERIAL_ALONE = "expected X509IssuerSerial alone in KeyInfo"
WHOLE_DOCUMENT = 'expected Reference URI="" (the whole document)'
NOT_ECDSA = "expected SignatureMethod http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
NOT_EXCLUSIVE = "expected CanonicalizationMethod http://www.w3.org/2001/10/xml-exc-c14n#"
NOT_SHA256 = "expected DigestMethod http://www.w3.org/2001/04/xmlenc#sha256"
ONE_REFERENCE = "expected one Reference"
NO_CANONICAL_FORM = "SignedInfo has no canonical form: C14N failed"
THREE_PARTS = "expected SignedInfo, SignatureValue and KeyInfo in the Signature, found "


def raw(change: str) -> bytes:
    """A SignatureValue made of other numbers: ``r``, ``s`` or a value given in hexadecimal for each."""

    def value(octets: bytes) -> str:
        known = {"r": octets[:32], "s": octets[32:]}
        return base64.b64encode(
            b"".join(known.get(w) or int(w, 16).to_bytes(32, "big") for w in change.split())
        ).decode()

    return forge(value=value)


def hmac_value(_raw: bytes) -> str:
    """The HMAC of SignedInfo under the public key as a shared secret: anybody can make it."""
    secret = user.known.public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    draft = forge(method=f'<ds:SignatureMethod Algorithm="{HMAC_SHA256}"/>')
    covered = etree.fromstring(draft).find(f".//{{{SIGNATURE_NAMESPACE}}}SignedInfo")
    assert covered is not None
    return base64.b64encode(
        hmac.digest(secret, etree.tostring(covered, method="c14n", exclusive=True), "sha256")
    ).decode()


def method(algorithm: str) -> str:
    return f'<ds:SignatureMethod Algorithm="{algorithm}"/>'


def canonicalization(algorithm: str, inside: str = "") -> str:
    return f'<ds:CanonicalizationMethod Algorithm="{algorithm}">{inside}</ds:CanonicalizationMethod>'


def key_info(inside: str) -> str:
    return f"<ds:KeyInfo>{inside}</ds:KeyInfo>"


def reference_with(digest_method: str, digest: bytes) -> str:
    return reference_to(digest).replace(DIGEST_SHA256, digest_method)


WHITE = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
CERTIFICATE = "<ds:X509Certificate>" + base64.b64encode(unknown.known.der).decode() + "</ds:X509Certificate>"
OWN_KEY = (
    '<ds:KeyValue><ECKeyValue xmlns="http://www.w3.org/2009/xmldsig11#"><NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/>'
    "<PublicKey>"
    + base64.b64encode(unknown.known.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)).decode()
    + "</PublicKey></ECKeyValue></ds:KeyValue>"
)
TWO_REFERENCES = reference_to(DIGEST) + reference_to(DIGEST)
ORIGINAL_INSIDE = f'<ds:Object Id="original">{TEXT}</ds:Object>'

AUTHENTICITY: dict[str, Attack] = {
    "no signature": (request(), UNSIGNED, "expected a Signature at the end of Request, found none"),
    "a comment after the signature": (GOOD.replace(b"</sr:Request>", b"<!----></sr:Request>"), PROFILE, ONE_AT_THE_END),
    # wrapping and transplanting
    "a signature on another document": (with_signature(EVIL, SIGNATURE), BROKEN, DIGEST_DIFFERS),
    "a signature on another document with its digest corrected": (
        with_signature(
            EVIL,
            SIGNATURE.replace(base64.b64encode(DIGEST), base64.b64encode(hashlib.sha256(EVIL).digest())),
        ),
        BROKEN,
        NOT_THAT_KEY,
    ),
    "the original in an Object of its signature": (
        with_signature(EVIL, SIGNATURE.replace(b"</ds:Signature>", ORIGINAL_INSIDE.encode() + b"</ds:Signature>")),
        PROFILE,
        THREE_PARTS + "SignedInfo, SignatureValue, KeyInfo, Object",
    ),
    "the original in an Object that the reference points at": (
        forge(EVIL, references=reference_to(DIGEST, 'URI="#original"'), after=ORIGINAL_INSIDE),
        PROFILE,
        THREE_PARTS + "SignedInfo, SignatureValue, KeyInfo, Object",
    ),
    "the original in KeyInfo": (
        with_signature(EVIL, SIGNATURE.replace(b"</ds:KeyInfo>", GOOD + b"</ds:KeyInfo>")),
        PROFILE,
        ISSUER_SERIAL_ALONE,
    ),
    "the original in SignatureMethod": (
        with_signature(
            EVIL,
            SIGNATURE.replace(
                f'<ds:SignatureMethod Algorithm="{ECDSA_SHA256}"></ds:SignatureMethod>'.encode(),
                f'<ds:SignatureMethod Algorithm="{ECDSA_SHA256}">{TEXT}</ds:SignatureMethod>'.encode(),
            ),
        ),
        PROFILE,
        ONE_REFERENCE,
    ),
    "a signature inside the signature": (
        with_signature(EVIL, SIGNATURE.replace(b"<ds:X509Data>", SIGNATURE + b"<ds:X509Data>")),
        INVALID,
        "RetrievalMethod, SPKIData or X509Data, found Signature",
    ),
    # references
    "a reference to another element": (forge(references=reference_to(DIGEST, 'URI="#a"')), PROFILE, WHOLE_DOCUMENT),
    "a reference without URI": (forge(references=reference_to(DIGEST, "")), PROFILE, WHOLE_DOCUMENT),
    "a reference by xpointer": (forge(references=reference_to(DIGEST, 'URI="#xpointer(/)"')), PROFILE, WHOLE_DOCUMENT),
    "a reference to a file": (
        forge(references=reference_to(DIGEST, 'URI="file:///etc/passwd"')),
        PROFILE,
        WHOLE_DOCUMENT,
    ),
    "a reference to the network": (
        forge(references=reference_to(DIGEST, 'URI="http://127.0.0.1/"')),
        PROFILE,
        WHOLE_DOCUMENT,
    ),
    "a reference with a type": (
        forge(references=reference_to(DIGEST, f'Type="{WHITE}Manifest" URI=""')),
        PROFILE,
        WHOLE_DOCUMENT,
    ),
    "two references": (forge(references=TWO_REFERENCES), PROFILE, ONE_REFERENCE),
    "a reference hidden in another's digest method": (
        forge(
            references=reference_to(DIGEST).replace(
                f'Algorithm="{DIGEST_SHA256}"/>',
                f'Algorithm="{DIGEST_SHA256}"><a:Reference xmlns:a="{WHITE}" URI="#a"/></ds:DigestMethod>',
            )
        ),
        INVALID,
        "DigestMethod: expected the end of DigestMethod, found Reference",
    ),
    # transforms
    "no transform": (
        forge(references=reference_to(DIGEST, transforms=())),
        PROFILE,
        "expected Transform http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    ),
    "the enveloped transform twice": (
        forge(references=reference_to(DIGEST, transforms=(ENVELOPED,) * 2)),
        PROFILE,
        BEYOND,
    ),
    "canonicalisation as a second transform": (
        forge(references=reference_to(DIGEST, transforms=(ENVELOPED, EXCLUSIVE_C14N))),
        PROFILE,
        BEYOND,
    ),
    "an XPath transform": (
        forge(references=reference_to(DIGEST, transforms=("http://www.w3.org/TR/1999/REC-xpath-19991116",))),
        PROFILE,
        "expected Transform http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    ),
    "an XSLT transform": (
        forge(references=reference_to(DIGEST, transforms=(ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"))),
        PROFILE,
        BEYOND,
    ),
    # algorithms
    "HMAC under the public key": (forge(method=method(HMAC_SHA256), value=hmac_value), PROFILE, NOT_ECDSA),
    "RSA": (forge(method=method(RSA_SHA256)), PROFILE, NOT_ECDSA),
    "ECDSA with SHA-1": (forge(method=method(MORE + "ecdsa-sha1")), PROFILE, NOT_ECDSA),
    "ECDSA with SHA-512": (forge(method=method(MORE + "ecdsa-sha512")), PROFILE, NOT_ECDSA),
    "a digest by SHA-1": (
        forge(references=reference_with(WHITE + "sha1", hashlib.sha1(request()).digest())),
        PROFILE,
        NOT_SHA256,
    ),
    "a digest by SHA-512": (
        forge(references=reference_with("http://www.w3.org/2001/04/xmlenc#sha512", hashlib.sha512(request()).digest())),
        PROFILE,
        NOT_SHA256,
    ),
    "SignedInfo in inclusive form": (
        forge(canonicalization=canonicalization(INCLUSIVE_C14N), inclusive=True),
        PROFILE,
        NOT_EXCLUSIVE,
    ),
    "SignedInfo with comments": (
        forge(canonicalization=canonicalization(EXCLUSIVE_C14N + "WithComments")),
        PROFILE,
        NOT_EXCLUSIVE,
    ),
    "a prefix list in SignedInfo": (
        forge(
            canonicalization=canonicalization(
                EXCLUSIVE_C14N, f'<InclusiveNamespaces xmlns="{EXCLUSIVE_C14N}" PrefixList="sr"/>'
            )
        ),
        INVALID,
        "expected an element that the schema declares, found InclusiveNamespaces",
    ),
    "the right algorithm in the wrong place": (
        forge(method=f'<ds:SignatureMethod Algorithm="{RSA_SHA256}">{ECDSA_SHA256}</ds:SignatureMethod>'),
        PROFILE,
        NOT_ECDSA,
    ),
    "an empty digest": (forge(references=reference_to(b"")), BROKEN, DIGEST_DIFFERS),
    "a digest of another length": (forge(references=reference_to(DIGEST + b"\0")), BROKEN, DIGEST_DIFFERS),
    # the value
    "r of zero": (raw("0 s"), BROKEN, OUT_OF_RANGE),
    "s of zero": (raw("r 0"), BROKEN, OUT_OF_RANGE),
    "all zero": (raw("0 0"), BROKEN, OUT_OF_RANGE),
    "r of the order": (raw(f"{ORDER:x} s"), BROKEN, OUT_OF_RANGE),
    "s of the order": (raw(f"r {ORDER:x}"), BROKEN, OUT_OF_RANGE),
    "s over the order": (raw(f"r {2**256 - 1:x}"), BROKEN, OUT_OF_RANGE),
    "r and s swapped": (raw("s r"), BROKEN, NOT_THAT_KEY),
    "63 octets": (forge(value=lambda v: base64.b64encode(v[:63]).decode()), PROFILE, NOT_64),
    "65 octets": (forge(value=lambda v: base64.b64encode(v + b"\0").decode()), PROFILE, NOT_64),
    "no octets": (forge(value=lambda v: ""), PROFILE, NOT_64),
    "the DER form": (
        forge(
            value=lambda v: base64.b64encode(
                encode_dss_signature(int.from_bytes(v[:32], "big"), int.from_bytes(v[32:], "big"))
            ).decode()
        ),
        PROFILE,
        NOT_64,
    ),
    "a stray character in the value": (forge(value=lambda v: "!" + base64.b64encode(v).decode()), PROFILE, NOT_64),
    "a space outside of ASCII in the value": (
        forge(value=lambda v: "\u2003" + base64.b64encode(v).decode()),
        PROFILE,
        NOT_64,
    ),
    # who
    "an unknown certificate": (
        signed(by=unknown),
        UNKNOWN,
        f"no certificate of issuer 'OU=07,CN=Z1' and serial {unknown.identity.serial} is known",
    ),
    "the user's serial number under another issuer": (
        signed(by=lookalike),
        UNKNOWN,
        f"no certificate of issuer 'OU=07,CN=Z2' and serial {user.identity.serial} is known",
    ),
    "the user's name on another key": (
        forge(by=unknown, key_info=key_info(f"<ds:X509Data>{issuer_serial()}</ds:X509Data>")),
        BROKEN,
        NOT_THAT_KEY,
    ),
    "an expired certificate": (
        signed(by=expired),
        DATES,
        f"the certificate {expired.identity.serial} is valid from 2018-01-01 to 2026-11-21, "
        "not at 2026-11-21T09:30:10Z",
    ),
    "a key agreement certificate": (
        signed(by=agreement),
        UNKNOWN,
        f"the certificate {agreement.identity.serial} is not for signatures",
    ),
    "the certificate of another user": (
        signed(by=stranger),
        ORIGINATOR,
        "the RequestID names originator A0-00-00-00-00-00-00-01, the certificate is that of A0-00-00-00-00-00-00-02",
    ),
    "the certificate of a provider": (
        signed(by=provider),
        ORIGINATOR,
        "the RequestID names originator A0-00-00-00-00-00-00-01, the certificate is that of A0-00-00-00-00-00-00-51",
    ),
    # KeyInfo
    "no KeyInfo": (
        forge(key_info=""),
        PROFILE,
        THREE_PARTS + "SignedInfo, SignatureValue",
    ),
    "a key name": (forge(key_info=key_info("<ds:KeyName>user</ds:KeyName>")), PROFILE, ISSUER_SERIAL_ALONE),
    "a key of the sender's choice": (forge(by=unknown, key_info=key_info(OWN_KEY)), PROFILE, ISSUER_SERIAL_ALONE),
    "a certificate of the sender's choice": (
        forge(by=unknown, key_info=key_info(f"<ds:X509Data>{CERTIFICATE}</ds:X509Data>")),
        PROFILE,
        ISSUER_SERIAL_ALONE,
    ),
    "a certificate beside issuer and serial": (
        forge(key_info=key_info(f"<ds:X509Data>{issuer_serial()}{CERTIFICATE}</ds:X509Data>")),
        PROFILE,
        ISSUER_SERIAL_ALONE,
    ),
    "a certificate in a second X509Data": (
        forge(
            key_info=key_info(f"<ds:X509Data>{issuer_serial()}</ds:X509Data><ds:X509Data>{CERTIFICATE}</ds:X509Data>")
        ),
        PROFILE,
        ISSUER_SERIAL_ALONE,
    ),
    "two issuers and serials": (
        forge(key_info=key_info(f"<ds:X509Data>{issuer_serial(stranger)}{issuer_serial()}</ds:X509Data>")),
        PROFILE,
        ISSUER_SERIAL_ALONE,
    ),
    "a retrieval method": (
        forge(key_info=key_info('<ds:RetrievalMethod URI="http://127.0.0.1/key"/>')),
        PROFILE,
        ISSUER_SERIAL_ALONE,
    ),
    "an issuer of 300 characters": (
        forge(key_info=key_info(f"<ds:X509Data>{issuer_serial(issuer='CN=' + 'a' * 297)}</ds:X509Data>")),
        PROFILE,
        "expected X509IssuerName (at most 256 characters) and X509SerialNumber in KeyInfo",
    ),
    "a serial number of a hundred digits": (
        GOOD.replace(str(user.identity.serial).encode(), b"9" * 100),
        PROFILE,
        "expected X509IssuerName (at most 256 characters) and X509SerialNumber in KeyInfo",
    ),
    "a negative serial number": (
        GOOD.replace(str(user.identity.serial).encode(), b"-" + str(user.identity.serial).encode()),
        UNKNOWN,
        f"no certificate of issuer 'OU=07,CN=Z1' and serial -{user.identity.serial} is known",
    ),
    "an Object after KeyInfo": (
        forge(after="<ds:Object/>"),
        PROFILE,
        THREE_PARTS + "SignedInfo, SignatureValue, KeyInfo, Object",
    ),
    "a relative namespace on the request": (on_root('xmlns:a="relative"', GOOD), PROFILE, NO_CANONICAL_FORM),
    "a relative namespace in SignedInfo": (
        GOOD.replace(b"<ds:Transform ", b'<ds:Transform xmlns:a="relative" ', 1),
        PROFILE,
        NO_CANONICAL_FORM,
    ),
}
