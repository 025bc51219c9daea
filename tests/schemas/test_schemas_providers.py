"""Documents of SMETS1 service providers: read to values, and passed on inside ours without a letter changed."""

from __future__ import annotations

import copy
import hashlib

import pytest
from full_documents import FROM_PROVIDERS, REQUEST_ID, header, s1sp_alert, smets1_response
from lxml import etree
from schemas_world import (
    CERTIFICATES,
    DEVICE,
    NOW,
    SCHEMA,
    USER,
    canonical_form,
    provider,
    refusal,
    signed,
    user,
    verified,
)

from schemas.far_side import S1spAlert, Smets1Answer, read_s1sp_message
from schemas.response import write_s1sp_alert, write_smets1_response
from schemas.signature import Verified, signature_over, verify
from schemas.vocabulary import DeviceId
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

SR = f"{{{DUIS_NAMESPACE}}}"


def signed_in_place(document: bytes) -> bytes:
    """The document's own octets with the Signature of its tree before the last tag."""
    at = document.rindex(b"</")
    digest = hashlib.sha256(canonical_form(document)).digest()
    return document[:at] + signature_over(digest, user.identity) + document[at:]


PREFIXES = ["sr", "", "duis", "ds", "x.-_9", "ns0"]


def outer(kind: str, inner: bytes) -> bytes:
    if kind == "response":
        return write_smets1_response(header(), "4.1", "4.1.1", inner)
    return write_s1sp_alert(header(), "N55", inner)


def inner_of(kind: str, prefix: str) -> bytes:
    message_prefix = "sr" if prefix == "ra" else "ra"
    bare = smets1_response(prefix, message_prefix=message_prefix) if kind == "response" else s1sp_alert(prefix)
    return signed(bare, provider)


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("kind", ["response", "alert"])
def test_a_provider_s_document_verifies_in_place_whatever_its_prefix(
    either: DuisSchema, kind: str, prefix: str
) -> None:
    inner = inner_of(kind, prefix)
    assert isinstance(read_s1sp_message(inner, SCHEMA, CERTIFICATES, NOW), Smets1Answer | S1spAlert)
    document = signed_in_place(outer(kind, inner))
    verified(document, either)

    name = "SMETS1SignedResponse" if kind == "response" else "S1SPAlert"
    root = etree.fromstring(document)
    (place,) = root.iter(SR + name)
    # The octets, cut out as they stand.
    tag = f"{prefix}:{name}" if prefix else name
    start, end = document.index(f"<{tag} ".encode()), document.index(f"</{tag}>".encode()) + len(tag) + 3
    assert inner == document[start:end]
    # The subtree, with the namespaces that are in scope there. A copy, which keeps them: in a subtree where it
    # stands, libxml2's inclusive form invents xmlns="" below a default namespace that is declared twice.
    assert canonical_form(inner) == etree.tostring(copy.deepcopy(place), method="c14n", with_comments=False)
    assert etree.fromstring(inner).nsmap == place.nsmap
    alone = etree.fromstring(document[start:end])
    assert isinstance(verify(alone, CERTIFICATES, NOW), Verified)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b'<?xml version="1.0" encoding="UTF-8"?>\n', b"\n"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", b""),
        (b"<!-- <sr:SMETS1SignedResponse> -->", b"<!-- </sr:SMETS1SignedResponse> -->\n"),
        (b'<!-- "<sr:S1SPAlert >" \xc3\xa9 -->', b"<!-- </sr:S1SPAlert> -->"),
    ],
    ids=["bare", "with a declaration", "with a mark", "with look-alikes around it", "with letters of two octets"],
)
@pytest.mark.parametrize("kind", ["response", "alert"])
def test_only_the_root_of_a_provider_s_document_is_passed_on(kind: str, before: bytes, after: bytes) -> None:
    inner = inner_of(kind, "sr")
    assert outer(kind, inner) == outer(kind, before + inner + after)
    verified(signed_in_place(outer(kind, before + inner + after)), SCHEMA)


def test_a_provider_s_spelling_is_left_alone() -> None:
    pretty = etree.fromstring(smets1_response())
    etree.indent(pretty)
    odd = (
        etree.tostring(pretty)
        .replace(b'Position="1"', b"Position = '1'")
        .replace(b"no answer", b"<![CDATA[no]]> answer")
    )
    inner = odd.replace(b"</sr:SMETS1SignedResponse>", b"").rstrip()
    digest = hashlib.sha256(canonical_form(inner + b"</sr:SMETS1SignedResponse >")).digest()
    inner += signature_over(digest, provider.identity) + b"</sr:SMETS1SignedResponse >"
    assert isinstance(read_s1sp_message(inner, SCHEMA, CERTIFICATES, NOW), Smets1Answer)
    document = signed_in_place(outer("response", inner))
    assert inner in document
    verified(document, SCHEMA)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "expected a SMETS1SignedResponse, found no XML: Document is empty"),
        (b"junk", "expected a SMETS1SignedResponse, found no XML: Start tag expected"),
        (s1sp_alert(), "expected a SMETS1SignedResponse, found S1SPAlert"),
        (b"<SMETS1SignedResponse/>", "expected a SMETS1SignedResponse, found SMETS1SignedResponse"),
    ],
    ids=["nothing", "no XML", "another document", "another namespace"],
)
def test_what_is_no_provider_s_response_is_not_wrapped(document: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        write_smets1_response(header(), "4.1", "4.1.1", document)


def test_a_provider_s_answer_reads_to_its_values() -> None:
    outcome = read_s1sp_message(FROM_PROVIDERS["a provider's response"], SCHEMA, CERTIFICATES, NOW)
    expected = Smets1Answer(
        signer=provider.known.eui, device=DeviceId.parse(DEVICE), user=USER, counter=1000, is_alert=False, failed=True
    )
    assert expected == outcome
    alert = read_s1sp_message(FROM_PROVIDERS["a provider's alert"], SCHEMA, CERTIFICATES, NOW)
    assert (
        S1spAlert(signer=provider.known.eui, code="S1-9", request_id=REQUEST_ID, device=DeviceId.parse(DEVICE)) == alert
    )
    device_alert = read_s1sp_message(FROM_PROVIDERS["a provider's device alert"], SCHEMA, CERTIFICATES, NOW)
    assert isinstance(device_alert, Smets1Answer)
    assert (True, False) == (device_alert.is_alert, device_alert.failed)


COUNTER = b"<ra:OriginatorCounter>1000</ra:OriginatorCounter>"


@pytest.mark.parametrize(
    ("counter", "expected"),
    [
        ("0", 0),
        ("+7", 7),
        ("0007", 7),
        (" 7\n", 7),
        ("18446744073709551615", 2**64 - 1),
        ("00018446744073709551615", 2**64 - 1),
    ],
)
def test_a_provider_s_counter_is_read(counter: str, expected: int) -> None:
    document = signed(smets1_response().replace(b">1000<", f">{counter}<".encode()), provider)
    outcome = read_s1sp_message(document, SCHEMA, CERTIFICATES, NOW)
    assert isinstance(outcome, Smets1Answer), refusal(outcome)
    assert expected == outcome.counter


@pytest.mark.parametrize("counter", ["", "-1", "1.0", "x", "18446744073709551616", "9" * 5000, "1_0", "١"])
def test_a_provider_s_impossible_counter_is_malformed(counter: str) -> None:
    document = signed(smets1_response().replace(b">1000<", f">{counter}<".encode()), provider)
    outcome = refusal(read_s1sp_message(document, SCHEMA, CERTIFICATES, NOW))
    assert ("not-schema-valid", f"expected an unsigned 64-bit counter, found {counter[:40]!r}") == outcome


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (signed(), "expected a SMETS1SignedResponse or S1SPAlert, found Request"),
        (
            signed(smets1_response().replace(COUNTER, b""), provider),
            "expected BusinessOriginatorID, BusinessTargetID and ",
        ),
        (signed(smets1_response().replace(DEVICE.encode(), b"x"), provider), "'x' is not an EUI-64"),
    ],
    ids=["a request", "no counter", "no EUI"],
)
def test_what_a_provider_may_not_send_is_malformed(document: bytes, expected: str) -> None:
    kind, message = refusal(read_s1sp_message(document, SCHEMA, CERTIFICATES, NOW))
    assert ("not-schema-valid", True) == (kind, message.startswith(expected)), message
