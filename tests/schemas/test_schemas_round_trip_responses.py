"""Everything that users receive: what is valid is read, written and read to the same; so are providers' documents."""

from __future__ import annotations

import typing
from datetime import UTC, datetime

import pytest
from full_documents import FROM_PROVIDERS, OTHER_RESPONSES, RESPONSES, RESULTS, header
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from mutants import mutants
from schema_instances import Instances, Wishes, choices_of, document, elements, names_in, own_instances, some
from schemas_world import DEVICE, SCHEMA, canonical_form, signed

from schemas import messages, results
from schemas.dcc_alerts import PowerOutageEvent
from schemas.messages import DccAlertCode, DCCAlertMessage, Response, ResponseMessage
from schemas.provider_documents import S1SPAlert, SMETS1SignedResponse, read_provider_document
from schemas.request import Malformed
from schemas.response import write_again, write_message, write_response
from schemas.response_reading import read_response
from schemas.vocabulary import DeviceId, RequestId, ServiceReferenceVariant
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

SR = f"{{{DUIS_NAMESPACE}}}"
RESULT_NAMES = choices_of("ResultDocument", "responses.xsd")
ALERT_NAMES = choices_of("AlertContent", "alerts.xsd")
MESSAGES = {
    **{name: f"ResponseMessage/{name}" for name in RESULT_NAMES},
    **{name: f"DCCAlertMessage/DCCAlert/{name}" for name in ALERT_NAMES},
    "an acknowledgement": "ResponseMessage",
    "a device alert": "DeviceAlertMessage",
    "a provider's response": "SMETS1ResponseMessage",
}
every_message = pytest.mark.parametrize("path", MESSAGES.values(), ids=MESSAGES.keys())


@pytest.fixture(scope="module")
def instances() -> Instances:
    return own_instances()


GIVEN = {
    etree.QName(root).localname: st.just(root)
    for root in map(etree.fromstring, [FROM_PROVIDERS["a provider's alert"], FROM_PROVIDERS["a provider's response"]])
}


def drawn_response(data: st.DataObject, instances: Instances, path: str) -> bytes:
    """A valid Response with the result or alert at that path."""
    kind, *inside = path.split("/")
    wishes = Wishes(frozenset(inside), GIVEN)
    message = data.draw(elements(instances.named(f"Response/Body/{kind}"), wishes))
    head = data.draw(elements(instances.named("Response/Header")))
    return etree.tostring(document("Response", head, message))


def read(octets: bytes, schema: DuisSchema = SCHEMA) -> Response:
    outcome = read_response(octets, schema)
    assert isinstance(outcome, Response), outcome
    return outcome


def test_there_is_a_struct_for_every_result_and_every_alert() -> None:
    assert 13 == len(RESULT_NAMES)
    assert set(RESULT_NAMES) == {one.__name__ for one in typing.get_args(results.Result)}
    assert 24 == len(ALERT_NAMES)
    assert set(ALERT_NAMES) == {one.__name__ for one in typing.get_args(messages.AlertContent)}


@every_message
@some(25)
@given(data=st.data())
def test_a_response_reads_back_after_writing(instances: Instances, path: str, data: st.DataObject) -> None:
    octets = drawn_response(data, instances, path)
    values = read(octets)
    written = write_again(values)
    assert values == read(written)
    assert names_in(etree.fromstring(octets)) == names_in(etree.fromstring(written))
    if not {"S1SPAlert", "SMETS1SignedResponse"} & {
        etree.QName(e).localname for e in etree.fromstring(written).iter("*")
    }:
        assert canonical_form(written) == written


@every_message
@some(5)
@given(data=st.data())
def test_a_written_response_is_valid_in_the_published_set(
    instances: Instances, published: DuisSchema, path: str, data: st.DataObject
) -> None:
    values = read(drawn_response(data, instances, path), published)
    assert values == read(write_again(values), published)


# ---- what the gateway writes


@pytest.mark.parametrize("name", RESULTS)
def test_what_the_gateway_answers_reads_back(either: DuisSchema, name: str) -> None:
    head, result = header(), RESULTS[name]
    message = ResponseMessage(
        service_reference="8.2", service_reference_variant=ServiceReferenceVariant("8.2"), result=result
    )
    assert write_response(head, "8.2", "8.2", result) == write_message(head, message)
    expected = Response(
        schema_version="5.4",
        request_id=head.request_id,
        response_id=head.request_id and RequestId.parse(head.request_id.response_id),
        response_code=head.code,
        response_date_time=head.moment.replace(microsecond=120_000),
        message=message,
    )
    assert expected == read(write_response(head, "8.2", "8.2", result), either)
    assert write_response(head, "8.2", "8.2", result) == write_again(expected)


@pytest.mark.parametrize("name", RESPONSES | OTHER_RESPONSES)
def test_a_response_with_a_signature_reads_as_without(name: str) -> None:
    document = (RESPONSES | OTHER_RESPONSES)[name]
    assert read(document) == read(signed(document))


# ---- what is not read

OUTAGE = PowerOutageEvent(
    comms_hub_device_id=DeviceId.parse(DEVICE), start_date_time=datetime(2026, 7, 1, 10, 30, tzinfo=UTC), mpxn="1"
)


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        (FROM_PROVIDERS["a provider's alert"], "/S1SPAlert", "expected a Response, found S1SPAlert"),
        (
            write_response(header(), "8.2", "8.2").replace(b"2026-11-21T", b"-0001-11-21T"),
            "/Response/Header/ResponseDateTime",
            "expected a date and time between the years 1 and 9999, found '-0001-11-21T09:30:10.12Z'",
        ),
        (
            write_message(
                header(),
                DCCAlertMessage(code=DccAlertCode("AD1"), content=OUTAGE),
            ).replace(b"2026-07-01T", b"12026-07-01T"),
            "/Response/Body/DCCAlertMessage/DCCAlert/PowerOutageEvent/StartDateTime",
            "expected a date and time between the years 1 and 9999, found '12026-07-01T10:30:00.00Z'",
        ),
        (
            write_response(header(), "4.1", "4.1.1", results.GBCSPayload(b"\1\2")).replace(b"AQI=", b"AQ!I="),
            "/Response/Body/ResponseMessage/GBCSPayload",
            "expected base64, found characters outside its alphabet or a wrong length",
        ),
    ],
    ids=["a provider's document", "a moment before our era", "an alert of a far year", "octets that are none"],
)
def test_what_no_value_can_hold_is_malformed(document: bytes, path: str, message: str) -> None:
    outcome = read_response(document, SCHEMA)
    assert isinstance(outcome, Malformed)
    assert ("not-schema-valid", path, message) == (outcome.kind, outcome.faults[0].path, outcome.faults[0].message)


def test_a_document_that_is_not_valid_is_malformed() -> None:
    outcome = read_response(write_response(header("E9"), "8.2", "8.2"), SCHEMA)
    assert isinstance(outcome, Malformed)
    assert "/Response/Header/ResponseCode" == outcome.faults[0].path


EVERY = {**RESPONSES, **OTHER_RESPONSES, **FROM_PROVIDERS}


@pytest.mark.parametrize("name", EVERY)
def test_reading_any_mutant_ends_in_an_outcome_that_can_be_written_again(name: str) -> None:
    read_again = 0
    for mutant in mutants(EVERY[name], 11, 60):
        outcome = read_response(mutant.document, SCHEMA)
        assert isinstance(outcome, Response | Malformed), mutant.name
        assert isinstance(read_provider_document(mutant.document, SCHEMA), Provided), mutant.name
        if isinstance(outcome, Response):
            read_again += 1
            assert outcome == read(write_again(outcome)), mutant.name
    assert bool(read_again) == (name not in FROM_PROVIDERS)


Provided = S1SPAlert | SMETS1SignedResponse | Malformed
