"""SMETS1 providers' documents as whole values: read, written, signed and read to the same, alone and in a Response."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xmlschema
from full_documents import FROM_PROVIDERS, REQUEST_ID, header, s1sp_alert, smets1_response
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from schema_instances import Wishes, elements, names_in, some
from schemas_world import CERTIFICATES, DEVICE, NOW, SCHEMA, USER, canonical_form, provider, request, signed

from schemas.dcc_alerts import S1SPAlertDSP
from schemas.far_side import S1spAlert, Smets1Answer, read_s1sp_message
from schemas.messages import DccAlertCode, DCCAlertMessage, Response, SMETS1ResponseMessage
from schemas.provider_documents import (
    MessageHeader,
    MessageKind,
    S1SPAlert,
    SMETS1SignedResponse,
    read_provider_document,
    write_s1sp_alert_document,
    write_smets1_document,
)
from schemas.request import Malformed, Part
from schemas.response import write_again, write_message
from schemas.response_reading import read_response
from schemas.signature import Verified, verify
from schemas.vocabulary import DeviceId, ServiceReferenceVariant
from schemas.xsd import DUIS_NAMESPACE, MESSAGE_MAPPING_NAMESPACE, DuisSchema

SR = f"{{{DUIS_NAMESPACE}}}"
RA = f"{{{MESSAGE_MAPPING_NAMESPACE}}}"
SEEN = datetime(2026, 11, 21, 10, 30, 0, 120_000, tzinfo=timezone(timedelta(hours=1)))
ALERT = S1SPAlert(
    schema_version="5.4",
    request_id=REQUEST_ID,
    device_id=DeviceId.parse(DEVICE),
    s1sp_alert_code="S1-9",
    additional_information=" 1 < 2\r\n",
    utrn="00000000000000000001",
    date_time=SEEN,
)
RESPONSE = SMETS1SignedResponse(
    schema_version="5.4",
    header=MessageHeader(
        business_originator_id=DeviceId.parse(DEVICE),
        business_target_id=USER,
        originator_counter=2**64 - 1,
        supplementary_remote_party_id=USER,
        supplementary_remote_party_counter=0,
        message_code=b"\0\x62",
        service_reference="4.1",
        service_reference_variant=ServiceReferenceVariant("4.1.1"),
    ),
    kind=MessageKind.ANSWER,
    content=(Part("SMETSData", parts=(Part("DisableSupplyRsp", attributes=(("MessageSuccess", "true"),)),)),),
)


@pytest.fixture(scope="module")
def mapping(reference_dir: Path) -> xmlschema.XMLSchema:
    """The published message mapping catalogue."""
    return xmlschema.XMLSchema(str(reference_dir / "duis-5.4" / "MMC Schema V5.4.xsd"))


# ---- alone


@pytest.mark.parametrize("zone", [None, UTC], ids=["as it is", "in UTC"])
def test_an_alert_is_written_and_read_with_its_zone(zone: timezone | None) -> None:
    alert = msgspec.structs.replace(ALERT, date_time=SEEN.astimezone(zone) if zone else SEEN)
    document = write_s1sp_alert_document(alert)
    assert canonical_form(document) == document
    outcome = read_provider_document(signed(document, provider), SCHEMA)
    assert isinstance(outcome, S1SPAlert)
    assert alert == outcome
    assert alert.date_time.utcoffset() == outcome.date_time.utcoffset()


def test_an_alert_with_the_least_is_read_back() -> None:
    least = S1SPAlert(schema_version="5.4", s1sp_alert_code="", date_time=SEEN)
    assert least == read_provider_document(signed(write_s1sp_alert_document(least), provider), SCHEMA)


@pytest.mark.parametrize("kind", MessageKind)
def test_a_response_is_written_and_read(either: DuisSchema, kind: MessageKind) -> None:
    content = RESPONSE.content if kind is MessageKind.ANSWER else DEVICE_ALERT
    response = msgspec.structs.replace(RESPONSE, kind=kind, content=content)
    document = write_smets1_document(response)
    assert canonical_form(document) == document
    assert response == read_provider_document(signed(document, provider), either)


DEVICE_ALERT = (
    Part(
        "DeviceAlertContent",
        parts=(
            Part("GBCSHexAlertCode", "8F72"),
            Part("AlertDescription", "verified"),
            Part("Timestamp", "2026-11-21T09:30:00Z"),
        ),
    ),
)


@pytest.mark.parametrize("document", FROM_PROVIDERS.values(), ids=FROM_PROVIDERS.keys())
def test_the_gateway_reads_what_was_written_again_as_before(document: bytes) -> None:
    values = read_provider_document(document, SCHEMA)
    assert isinstance(values, S1SPAlert | SMETS1SignedResponse)
    written = write_s1sp_alert_document(values) if isinstance(values, S1SPAlert) else write_smets1_document(values)
    expected = read_s1sp_message(document, SCHEMA, CERTIFICATES, NOW)
    assert isinstance(expected, S1spAlert | Smets1Answer)
    assert expected == read_s1sp_message(signed(written, provider), SCHEMA, CERTIFICATES, NOW)


@some(60)
@given(data=st.data())
def test_any_data_of_the_message_mapping_catalogue_read_back(
    mapping: xmlschema.XMLSchema, published: DuisSchema, data: st.DataObject
) -> None:
    payload = mapping.types["ResponsePayload"].content
    kind = data.draw(st.sampled_from(["ResponsePayload", "DeviceAlertMessageType"]))
    alternatives = [e for group in payload.iter_elements() for e in ([group, *below(group)])]
    chosen = frozenset({data.draw(st.sampled_from(alternatives)).local_name}) | {"SMETSData"}
    root = etree.fromstring(smets1_response(alert=kind != "ResponsePayload"))
    (response,) = root
    message = response[1][0]
    head = data.draw(elements(typed(mapping, "HeaderType")))
    body = data.draw(elements(typed(mapping, kind), Wishes(chosen)))
    response[0][:], message[:] = list(head), list(body)
    document = signed(etree.tostring(root, method="c14n"), provider)
    values = read_provider_document(document, published)
    assert isinstance(values, SMETS1SignedResponse), values
    written = signed(write_smets1_document(values), provider)
    assert names_in(root) == names_in(etree.fromstring(written))
    assert values == read_provider_document(written, published)


def below(element: Any) -> list[Any]:
    return list(element.type.content.iter_elements()) if element.local_name == "SMETSData" else []


def typed(mapping: xmlschema.XMLSchema, name: str) -> Any:
    """An element of a type that other elements have, under the name of the type."""
    return next(e for e in mapping.iter_components() if getattr(e, "type", None) is mapping.types[name])


# ---- in a Response


def message_around(document: bytes) -> SMETS1ResponseMessage | DCCAlertMessage:
    if b"SMETS1SignedResponse" in document:
        return SMETS1ResponseMessage(dsp_schedule_id=10**12, throttled_alert_count=7, signed_response=document)
    content = S1SPAlertDSP(alert=document, dsp_schedule_id=0)
    return DCCAlertMessage(code=DccAlertCode("N55"), throttled_alert_sequence=2**32 - 1, content=content)


def inner_of(response: object) -> bytes:
    assert isinstance(response, Response), response
    if isinstance(response.message, SMETS1ResponseMessage):
        return response.message.signed_response
    assert isinstance(response.message, DCCAlertMessage)
    assert isinstance(response.message.content, S1SPAlertDSP)
    return response.message.content.alert


@pytest.mark.parametrize("prefix", ["sr", "", "duis", "ds", "x.-_9"])
@pytest.mark.parametrize("make", [smets1_response, s1sp_alert], ids=["a response", "an alert"])
def test_the_octets_of_a_provider_are_read_as_they_came(either: DuisSchema, make: Any, prefix: str) -> None:
    message = message_around(signed(make(prefix), provider))
    document = write_message(header(), message)
    response = read_response(document, either)
    assert isinstance(response, Response), response
    assert message == response.message
    assert document == write_again(response)


def test_a_provider_s_spelling_is_read_as_it_came() -> None:
    pretty = etree.fromstring(signed(s1sp_alert(), provider))
    etree.indent(pretty)
    odd = (
        etree.tostring(pretty)
        .replace(b'schemaVersion="5.4"', b"schemaVersion = '5.4'  ")
        .replace(b"S1-9", b"&#x53;1-9")
    )
    assert message_around(odd) == read_response(write_message(header(), message_around(odd)), SCHEMA).message


def test_a_document_that_needs_the_namespaces_around_it_is_read_as_one_that_stands_alone() -> None:
    inner = signed(s1sp_alert(), provider)
    outer = write_message(header(), message_around(inner)).replace(
        b'<sr:S1SPAlert xmlns:sr="' + DUIS_NAMESPACE.encode() + b'"', b"<sr:S1SPAlert"
    )
    assert inner not in outer
    found = inner_of(read_response(outer, SCHEMA))
    assert inner == found
    assert isinstance(verify(etree.fromstring(found), CERTIFICATES, NOW), Verified)


# ---- what is not read

COUNTER = b"<ra:OriginatorCounter>1000</ra:OriginatorCounter>"


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (signed(request()), "/Request", "expected a SMETS1SignedResponse or S1SPAlert, found Request"),
        (
            signed(smets1_response().replace(COUNTER, b""), provider),
            "/SMETS1SignedResponse/SMETS1Response/Header",
            "expected OriginatorCounter",
        ),
        (
            signed(smets1_response().replace(COUNTER, COUNTER * 2), provider),
            "/SMETS1SignedResponse/SMETS1Response/Header",
            "expected one OriginatorCounter, found 2",
        ),
        (
            signed(smets1_response().replace(b">1000<", b">ten<"), provider),
            "/SMETS1SignedResponse/SMETS1Response/Header/OriginatorCounter",
            "expected a whole number of at most 4300 digits, found 'ten'",
        ),
        (
            signed(smets1_response().replace(b"<ra:Error>", b"words<ra:Error>"), provider),
            "/SMETS1SignedResponse/SMETS1Response/Body/ResponseMessage/DebugInfo/SMETS1Debug/SMETS1Response",
            "expected elements, found words between them",
        ),
        (
            signed(smets1_response().replace(b"<ra:Error>no answer</ra:Error>", b"<Error></Error>"), provider),
            "/SMETS1SignedResponse/SMETS1Response/Body/ResponseMessage/DebugInfo/SMETS1Debug/SMETS1Response/Error",
            "expected elements and attributes of the message mapping catalogue alone",
        ),
        (
            signed(s1sp_alert().replace(b"2026-11-21T", b"12026-11-21T"), provider),
            "/S1SPAlert/DateTime",
            "expected a date and time between the years 1 and 9999, found '12026-11-21T09:30:00.00Z'",
        ),
    ],
    ids=[
        "another document",
        "no counter",
        "two counters",
        "a counter that is none",
        "words between elements",
        "an element of no namespace",
        "a moment out of reach",
    ],
)
def test_what_no_value_can_hold_is_malformed(document: bytes, path: str, message: str) -> None:
    outcome = read_provider_document(document, SCHEMA)
    assert isinstance(outcome, Malformed)
    assert ("not-schema-valid", path, message) == (outcome.kind, outcome.faults[0].path, outcome.faults[0].message)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"junk", "expected a S1SPAlert, found no XML: Start tag expected"),
        (smets1_response(), "expected a S1SPAlert, found SMETS1SignedResponse"),
        (
            f'<S1SPAlert xmlns="{DUIS_NAMESPACE}"/>'.encode(),
            "expected a S1SPAlert, found one with nothing inside",
        ),
        (s1sp_alert().replace(b"S1-9", b"\xff"), "expected a S1SPAlert, found no XML: "),
        (
            b'<?xml version="1.0" encoding="ISO-8859-1"?>' + s1sp_alert().replace(b"S1-9", b"\xff"),
            "expected a S1SPAlert, found no XML: not well-formed",
        ),
    ],
    ids=["no XML", "another document", "an empty element", "no text", "another encoding"],
)
def test_what_is_no_alert_is_not_wrapped(document: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        write_message(header(), DCCAlertMessage(code=DccAlertCode("N55"), content=S1SPAlertDSP(alert=document)))
