"""The signature profile: what is signed verifies, here and with a second opinion, in every spelling that is legal."""

from __future__ import annotations

import base64
import hashlib
import textwrap
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import signxml
from full_documents import REQUESTS
from lxml import etree
from schemas_world import (
    BIG_SERIAL,
    CERTIFICATES,
    ECDSA_SHA256,
    EXCLUSIVE_C14N,
    NOW,
    ORDER,
    SCHEMA,
    USER,
    forge,
    issuer_serial,
    read,
    reference_to,
    refusal,
    request,
    signed,
    stranger,
    unknown,
    user,
)
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureConfiguration, SignatureMethod

from schemas.certificates import CertificateDirectory, CertificateError, directory_from, read_certificate
from schemas.reading import Authentic, read_request
from schemas.request import Unauthenticated
from schemas.signature import Verified, sign, sign_canonical, signature_over, verify
from schemas.xsd import SIGNATURE_NAMESPACE

PROFILE = SignatureConfiguration(
    require_x509=True,
    signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
)


def pretty(document: bytes) -> bytes:
    root = etree.fromstring(document)
    etree.indent(root, "    ")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root) + b"\n"


def declaring(document: bytes) -> bytes:
    """As the DCC's client writes it: with a namespace that nothing uses, which only the inclusive form shows."""
    return document.replace(
        b" schemaVersion", b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" schemaVersion', 1
    )


LAYOUTS = {"compact": bytes, "pretty printed": pretty, "with a namespace in vain": declaring}


def digest_of(outcome: object) -> bytes:
    assert isinstance(outcome, Authentic), refusal(outcome)
    return outcome.digest


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_signed_verifies_and_its_digest_is_that_of_the_octets(name: str) -> None:
    document = REQUESTS[name]
    assert hashlib.sha256(document).digest() == digest_of(read(signed(document)))


@pytest.mark.parametrize("name", REQUESTS)
def test_a_pretty_printed_request_signed_as_a_tree_verifies(name: str) -> None:
    document = pretty(REQUESTS[name])
    signed_document = sign(etree.fromstring(document), user.identity)
    assert digest_of(read(signed_document)) != digest_of(read(signed(REQUESTS[name])))
    assert etree.tostring(etree.fromstring(document), method="c14n").rpartition(b"</")[0] in signed_document


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_second_opinion_verifies_what_we_sign(name: str, layout: Callable[[bytes], bytes]) -> None:
    document = sign(etree.fromstring(layout(REQUESTS[name])), user.identity)
    seen = signxml.XMLVerifier().verify(document, x509_cert=user.pem.decode(), expect_config=PROFILE).signed_data
    assert etree.tostring(etree.fromstring(layout(REQUESTS[name])), method="c14n") == seen


def signed_elsewhere(document: bytes) -> bytes:
    """A signature in this profile by signxml.

    It digests in exclusive canonical form, which for a document that declares no namespace in vain is the same.
    """
    signer = signxml.XMLSigner(
        method=signxml.methods.enveloped,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    key_info = etree.fromstring(
        f'<ds:KeyInfo xmlns:ds="{SIGNATURE_NAMESPACE}"><ds:X509Data>{issuer_serial()}</ds:X509Data></ds:KeyInfo>'
    )
    root = signer.sign(
        etree.fromstring(document),
        key=user.identity.key,
        key_info=key_info,
        exclude_c14n_transform_element=True,
    )
    return etree.tostring(root)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("layout", [bytes, pretty], ids=["compact", "pretty printed"])
def test_what_a_second_opinion_signs_verifies_here(name: str, layout: Callable[[bytes], bytes]) -> None:
    outcome = read(signed_elsewhere(layout(REQUESTS[name])))
    canonical = etree.tostring(etree.fromstring(layout(REQUESTS[name])), method="c14n")
    assert hashlib.sha256(canonical).digest() == digest_of(outcome)


GAPS = "\n      "
SPREAD = (
    reference_to(hashlib.sha256(request()).digest()).replace("><", f">{GAPS}<").replace(f">{GAPS}</ds:Transform>", ">")
)

SPELLINGS = {
    "short empty elements": forge(),
    "gaps between the parts of the signature": forge(
        canonicalization=f'{GAPS}<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_C14N}"/>{GAPS}',
        references=f"{GAPS}{SPREAD}{GAPS}",
        before=GAPS,
        after=GAPS,
    ),
    "carriage returns between the parts of SignedInfo": forge(
        method=f'&#13;\n<ds:SignatureMethod Algorithm="{ECDSA_SHA256}"/>&#13;\n'
    ),
    "carriage returns in the value": forge(
        value=lambda v: "&#13;\n".join(textwrap.wrap(base64.b64encode(v).decode(), 76))
    ),
    "carriage returns in the digest": forge(
        references=reference_to(hashlib.sha256(request()).digest()).replace(
            "=</ds:DigestValue", "&#13;\n=</ds:DigestValue"
        )
    ),
    "blanks around the value": forge(value=lambda v: f"\n  {base64.b64encode(v).decode()}\n  "),
    "the signature's namespace as the default": forge(prefix=""),
    "another prefix": forge(prefix="dsig-1.x"),
    "the signature's namespace declared on the request": forge(
        request().replace(b"<sr:Request ", f'<sr:Request xmlns:ds="{SIGNATURE_NAMESPACE}" '.encode())
    ),
    "another prefix for the request": forge(request().replace(b"sr:", b"duis:").replace(b"xmlns:sr", b"xmlns:duis")),
    "no prefix for the request": forge(request().replace(b"sr:", b"").replace(b"xmlns:sr", b"xmlns")),
    "an attribute in another order": forge(
        references=reference_to(hashlib.sha256(request()).digest()).replace('URI=""', "URI=''"),
    ),
    "a schema version with blanks": forge(request().replace(b'"5.4"', b'" 5.4 "')),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_legal_spelling_verifies(name: str) -> None:
    outcome = read(SPELLINGS[name])
    assert isinstance(outcome, Authentic), refusal(outcome)
    expected = read(signed())
    assert isinstance(expected, Authentic)
    assert expected.request == outcome.request


ISSUERS = ["OU=07,CN=Z1", "CN=Z1,OU=07", "CN=Z1, OU=07", "OU=07, CN=Z1", "  CN=Z1 ,  OU=07\n", "2.5.4.3=Z1,2.5.4.11=07"]


@pytest.mark.parametrize("issuer", ISSUERS)
def test_an_issuer_is_known_in_every_spelling(issuer: str) -> None:
    key_info = f"<ds:KeyInfo><ds:X509Data>{issuer_serial(issuer=issuer)}</ds:X509Data></ds:KeyInfo>"
    assert digest_of(read(signed())) == digest_of(read(forge(key_info=key_info)))


@pytest.mark.parametrize(
    "issuer",
    ["CN=Z1", "CN=Z1,OU=07,O=x", "CN=z1,OU=07", "CN=Z1,OU=7", "Z1", "", ",", "=", "CN=Z1,OU=\\", "CN=#zz", "C=GBR"],
)
def test_another_issuer_is_unknown(issuer: str) -> None:
    name = issuer_serial().replace("OU=07,CN=Z1", issuer)
    outcome = refusal(read(forge(key_info=f"<ds:KeyInfo><ds:X509Data>{name}</ds:X509Data></ds:KeyInfo>")))
    assert ("unknown-certificate", f"no certificate of issuer {issuer!r} and serial {BIG_SERIAL} is known") == outcome


@pytest.mark.parametrize("written", [f"{BIG_SERIAL}", f"+{BIG_SERIAL}", f"000{BIG_SERIAL}", f"\n {BIG_SERIAL} "])
def test_a_serial_number_over_64_bits_is_a_number(written: str) -> None:
    assert BIG_SERIAL > 2**64
    assert isinstance(read(signed().replace(f">{BIG_SERIAL}<".encode(), f">{written}<".encode())), Authentic)


def mirrored(raw: bytes) -> str:
    """(r, n - s): the other signature over the same octets."""
    s = ORDER - int.from_bytes(raw[32:], "big")
    return base64.b64encode(raw[:32] + s.to_bytes(32, "big")).decode()


def test_high_s_and_low_s_both_verify_and_count_as_the_same_content() -> None:
    one = forge()
    value = one.split(b"<ds:SignatureValue>")[1].split(b"</ds:SignatureValue>")[0]
    raw = base64.b64decode(value)
    other = one.replace(value, mirrored(raw).encode())
    assert one != other
    assert {True, False} == {int.from_bytes(r[32:], "big") > ORDER // 2 for r in (raw, base64.b64decode(mirrored(raw)))}
    assert digest_of(read(one)) == digest_of(read(other))


def test_signing_again_gives_another_signature_and_the_same_digest() -> None:
    first, second = signed(), signed()
    assert first != second
    assert digest_of(read(first)) == digest_of(read(second))


def test_verification_leaves_the_very_tree_that_was_digested() -> None:
    document = pretty(request())
    root = SCHEMA.read(sign(etree.fromstring(document), user.identity))
    assert isinstance(root, etree._Element)
    outcome = verify(root, CERTIFICATES, NOW)
    assert isinstance(outcome, Verified)
    assert hashlib.sha256(etree.tostring(root, method="c14n")).digest() == outcome.digest
    assert etree.tostring(etree.fromstring(document), method="c14n") == etree.tostring(root, method="c14n")
    assert [] == root.findall(f"{{{SIGNATURE_NAMESPACE}}}Signature")


@pytest.mark.parametrize(
    "around",
    ["{}", "\n{}", "{}\n", " \n {} \t ", "<!-- a -->{}", "<!-- a -->\n{}\n", "\n<!-- a --> {}"],
)
def test_the_white_space_around_the_signature_is_part_of_the_digest(around: str) -> None:
    before, after = around.split("{}")
    bare = request().replace(b"</sr:Request>", f"{before}{after}</sr:Request>".encode())
    canonical = etree.tostring(etree.fromstring(bare), method="c14n", with_comments=False)
    signature = signature_over(hashlib.sha256(canonical).digest(), user.identity)
    document = request().replace(b"</sr:Request>", before.encode() + signature + after.encode() + b"</sr:Request>")
    assert hashlib.sha256(canonical).digest() == digest_of(read(document))


UNSEEN: dict[str, tuple[bytes, str, str]] = {
    "an empty element": (b"<a/>", "unsigned", "expected a Signature at the end of a, found none"),
    "the Signature first": (
        signed().replace(b"</sr:Request>", b"<sr:a/></sr:Request>"),
        "signature-profile",
        "expected one Signature, at the end of the document",
    ),
    "other names in X509IssuerSerial": (
        signed().replace(b"X509SerialNumber>", b"X509SerialNumbers>"),
        "signature-profile",
        "expected X509IssuerName (at most 256 characters) and X509SerialNumber in KeyInfo",
    ),
    "a serial number in words": (
        signed().replace(f">{BIG_SERIAL}<".encode(), b">one<"),
        "signature-profile",
        "expected a number in X509SerialNumber, found 'one'",
    ),
    "no SignedInfo": (
        signed().replace(b"ds:SignedInfo", b"ds:Info"),
        "signature-profile",
        "expected SignedInfo, SignatureValue and KeyInfo in the Signature, found Info, SignatureValue, KeyInfo",
    ),
}


@pytest.mark.parametrize(("document", "kind", "message"), UNSEEN.values(), ids=UNSEEN.keys())
def test_a_tree_that_no_schema_has_seen_is_refused_all_the_same(document: bytes, kind: str, message: str) -> None:
    assert (kind, message) == refusal(verify(etree.fromstring(document), CERTIFICATES, NOW))


@pytest.mark.parametrize("end", [-1, 0, 1])
def test_a_certificate_is_good_until_its_last_moment(end: int) -> None:
    moment = user.known.not_after + timedelta(seconds=end)
    outcome = read_request(signed(), SCHEMA, CERTIFICATES, moment)
    assert (end > 0) == isinstance(outcome, Unauthenticated)
    early = read_request(signed(), SCHEMA, CERTIFICATES, datetime(2017, 12, 31, 23, 59, 59, tzinfo=UTC))
    expected = f"the certificate {BIG_SERIAL} is valid from 2018-01-01 to 2118-01-01, not at 2017-12-31T23:59:59Z"
    assert ("certificate-dates", expected) == refusal(early)


def test_sign_canonical_and_sign_agree() -> None:
    one, other = sign_canonical(request(), user.identity), sign(etree.fromstring(request()), user.identity)
    assert one.partition(b"<ds:SignatureValue>")[0] == other.partition(b"<ds:SignatureValue>")[0]


def test_two_certificates_of_one_issuer_and_serial_are_refused_at_start_up() -> None:
    twin = read_certificate("twin.pem", unknown.pem)
    CertificateDirectory([unknown.known, twin])
    impostor = msgspec.structs.replace(stranger.known, issuer=unknown.known.issuer, serial=unknown.known.serial)
    with pytest.raises(CertificateError, match=r"share issuer and serial number$"):
        CertificateDirectory([unknown.known, impostor])


def test_certificates_are_found_by_eui_and_read_from_pem_and_der() -> None:
    directory = directory_from({"a.pem": user.pem, "b.der": stranger.known.der})
    assert 2 == len(directory)
    assert [BIG_SERIAL] == [certificate.serial for certificate in directory.of(USER)]
    with pytest.raises(CertificateError, match=r"^c\.pem: "):
        directory_from({"c.pem": b"-----BEGIN CERTIFICATE-----\n"})
