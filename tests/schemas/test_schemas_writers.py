"""What the gateway writes: canonical, valid in both schema sets, verifiable, and read back to what it was."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from importlib import resources

import msgspec
import pytest
from full_documents import (
    MOMENT,
    REQUEST_ID,
    RESPONSES,
    header,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from schemas_world import (
    CERTIFICATES,
    DEVICE,
    NOW,
    SCHEMA,
    USER,
    canonical_form,
    read,
    refusal,
    request,
    signed,
    user,
    verified,
)

from schemas import canonical
from schemas.countersigned import (
    CountersignedServiceRequest,
    RoutingHeader,
    read_countersigned,
    write_countersigned,
)
from schemas.reading import Authentic
from schemas.response import (
    DSPInventory,
    DSPUpdateFirmwareWarning,
    InventoryDevice,
    write_response,
)
from schemas.response_codes import RESPONSE_CODES, SINCE_5_4, codes_of
from schemas.signature import Verified, sign_canonical, verify
from schemas.vocabulary import DeviceId, DeviceType, RequestId, ServiceReferenceVariant
from schemas.xsd import DUIS_NAMESPACE, SIGNATURE_NAMESPACE, DuisSchema

SR = f"{{{DUIS_NAMESPACE}}}"


# ---- Responses


@pytest.mark.parametrize("name", RESPONSES)
def test_a_response_is_its_own_canonical_form(name: str) -> None:
    assert canonical_form(RESPONSES[name]) == RESPONSES[name]


@pytest.mark.parametrize("name", RESPONSES)
def test_a_signed_response_is_canonical_valid_and_verifies(either: DuisSchema, name: str) -> None:
    document = sign_canonical(RESPONSES[name], user.identity)
    assert canonical_form(document) == document
    assert hashlib.sha256(RESPONSES[name]).digest() == verified(document, either).digest


def test_a_final_response_has_a_response_id_and_the_sender_s_spelling() -> None:
    document = RESPONSES["a Response with no result"].decode()
    user_text = str(USER).lower()
    assert f"<sr:RequestID>{user_text}:{DEVICE}:1000</sr:RequestID>" in document
    assert f"<sr:ResponseID>{DEVICE}:{user_text}:1000</sr:ResponseID>" in document
    assert "<sr:ResponseDateTime>2026-11-21T09:30:10.12Z</sr:ResponseDateTime>" in document
    assert b"ResponseID" not in RESPONSES["a synchronous Response"]


@pytest.mark.parametrize("code", sorted(RESPONSE_CODES))
def test_every_response_code_can_be_written(own: DuisSchema, code: str) -> None:
    outcome = own.read(write_response(header(code), "8.2", "8.2"))
    assert isinstance(outcome, etree._Element), outcome


@pytest.mark.parametrize("version", ["5.0", "5.1", "5.2", "5.3", "5.4"])
def test_the_enumeration_of_a_version_has_the_codes_of_5_4_only_in_5_4(version: str) -> None:
    assert 194 == len(RESPONSE_CODES)
    assert (version == "5.4") == ("E110106" in codes_of(version))
    assert (set() if version == "5.4" else SINCE_5_4) == set(RESPONSE_CODES) - codes_of(version)


@pytest.mark.parametrize(
    ("version", "expected"),
    [("5.4", "5.4"), (" +5.40 ", " +5.40 "), ('5"4', '5"4'), ("<&>", "<&>"), ("5\t4\n\r", "5\t4\n\r")],
)
def test_the_version_is_written_as_the_request_declared_it(version: str, expected: str) -> None:
    document = write_response(msgspec.structs.replace(header(), schema_version=version), "8.2", "8.2")
    assert canonical_form(document) == document
    assert expected == etree.fromstring(document).get("schemaVersion")


def test_a_warning_knows_whether_it_warns() -> None:
    assert not DSPUpdateFirmwareWarning()
    assert DSPUpdateFirmwareWarning(invalid_gbcs_version=(DeviceId.parse(DEVICE),))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_can_be_written_and_is_canonical(text: str, attribute: str) -> None:
    document = f'<a b="{canonical.attribute(attribute)}">{canonical.element("c", text)}</a>'.encode()
    assert canonical_form(document) == document
    root = etree.fromstring(document)
    kept = text.translate(canonical._NO_XML)
    assert (kept, attribute.translate(canonical._NO_XML)) == (root.findtext("c"), root.get("b"))


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_device_of_any_make_can_be_answered(manufacturer: str, address: str) -> None:
    device = InventoryDevice(
        device_id=DeviceId.parse(DEVICE),
        device_type=DeviceType.IHD,
        manufacturer=manufacturer,
        model="",
        postcode="AB1 2CD",
        address=address,
    )
    document = write_response(header(), "8.2", "8.2", DSPInventory((device,)))
    assert canonical_form(document) == document
    assert isinstance(SCHEMA.read(document), etree._Element)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (MOMENT, "2026-11-21T09:30:10.12Z"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05.00Z"),
        (datetime.fromisoformat("2026-07-01T00:30:00+01:00"), "2026-06-30T23:30:00.00Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_hundredths(moment: datetime, expected: str) -> None:
    assert expected == canonical.moment(moment)


# ---- the Countersigned Service Request


COUNTERSIGNED = DuisSchema(
    {f.name: f.read_bytes() for f in resources.files("schemas.duis").iterdir() if f.name.endswith(".xsd")},
    "countersigned.xsd",
)


def routing(**changes: object) -> RoutingHeader:
    fields: dict[str, object] = {
        "request_id": REQUEST_ID,
        "variant": ServiceReferenceVariant("4.8.1"),
        "s1sp": "S1SP-A",
        "devices": (DeviceId.parse(DEVICE), DeviceId(2**64 - 1)),
        "accepted": datetime(2026, 11, 21, 9, 30, 10, 120_000, tzinfo=UTC),
    }
    return RoutingHeader(**(fields | changes))  # type: ignore[arg-type]


HEADERS = {
    "plain": routing(),
    "for an unknown remote party": routing(supplementary_remote_party=USER, supplementary_counter=2**64 - 1),
    "with a counter of zero": routing(supplementary_remote_party=USER, supplementary_counter=0),
    "of one device": routing(devices=(DeviceId(0),)),
    "for a provider with an odd name": routing(s1sp="A & B <\r\n\t> ü"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_countersigned_request_reads_to_what_was_written(name: str) -> None:
    document = write_countersigned(HEADERS[name], signed(), user.identity)
    assert canonical_form(document) == document
    root = etree.fromstring(document)
    assert isinstance(verify(root, CERTIFICATES, NOW), Verified)
    assert CountersignedServiceRequest(header=HEADERS[name], request=signed_of(document)) == read_countersigned(root)
    assert isinstance(read(signed_of(document)), Authentic)


def signed_of(document: bytes) -> bytes:
    return read_countersigned(etree.fromstring(document)).request


@pytest.mark.parametrize("name", HEADERS)
def test_a_countersigned_request_is_valid_in_its_own_schema(name: str) -> None:
    document = write_countersigned(HEADERS[name], b"\0\xff any octets", user.identity)
    outcome = COUNTERSIGNED.read(document)
    assert isinstance(outcome, etree._Element), outcome
    assert b"\0\xff any octets" == signed_of(document)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((b'version="1"', b'version="2"'), "expected a CountersignedServiceRequest of version 1"),
        ((b"csr:S1SP>", b"csr:S2SP>"), "expected S1SP in the RoutingHeader"),
        ((b"<csr:RequestID>", b"<csr:RequestID>x"), "'xa0-00-00-00-00-00-00-01' is not an EUI-64"),
    ],
    ids=["another version", "no provider", "no RequestID"],
)
def test_another_document_is_no_countersigned_request(change: tuple[bytes, bytes], message: str) -> None:
    document = write_countersigned(routing(), signed(), user.identity).replace(*change)
    with pytest.raises(ValueError, match=f"^{message}"):
        read_countersigned(etree.fromstring(document))


def test_the_signature_of_a_countersigned_request_covers_the_user_s_octets() -> None:
    document = write_countersigned(routing(), request(), user.identity)
    changed = document.replace(b"<csr:ServiceRequest>PHNy", b"<csr:ServiceRequest>PHNz")
    assert changed != document
    outcome = refusal(verify(etree.fromstring(changed), CERTIFICATES, NOW))
    assert "signature-does-not-verify" == outcome[0]
    assert 1 == len(etree.fromstring(document).findall(f"{{{SIGNATURE_NAMESPACE}}}Signature"))
    assert RequestId.parse(REQUEST_ID.text) == read_countersigned(etree.fromstring(document)).header.request_id
