"""What holds for any octets, any identifier and any name: nothing a sender can do raises."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from attacks import GOOD
from full_documents import FROM_PROVIDERS, REQUESTS
from hypothesis import given, settings
from hypothesis import strategies as st
from mutants import mutants
from octet_mutants import PIECES
from schemas_world import CERTIFICATES, NOW, SCHEMA, USER, read, refusal, request, signed

from schemas.certificates import issuer_key
from schemas.far_side import S1spAlert, Smets1Answer, read_s1sp_message
from schemas.reading import Authentic, read_request_unverified
from schemas.records import from_builtins, to_builtins
from schemas.request import Body, Malformed, ReadFirmwareVersion, ServiceRequest, Unauthenticated
from schemas.vocabulary import DeviceId, Eui64, RequestId, UserId
from schemas.xsd import DuisSchema

few = settings(max_examples=100, deadline=None)

DOCUMENTS = [GOOD, *map(signed, REQUESTS.values()), *FROM_PROVIDERS.values()]
euis = st.integers(0, 2**64 - 1)
counters = st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([0, 2**63 - 1, 2**63, 2**64 - 1]))
NAME_PIECES = ["CN", "OU", "=", ",", "+", "\\", "#", '"', ";", "C", "2.5.4.3", "1", "0", "zz", "\0", "é"]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A real document with pieces cut out and pieces put in."""
    document = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(document)))
        gone = draw(st.one_of(st.just(0), st.integers(0, 60)))
        document = (
            document[:at] + draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6))) + document[at + gone :]
        )
    return document


def is_an_outcome(outcome: object) -> bool:
    return isinstance(outcome, Authentic | Malformed | Unauthenticated)


@few
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode), damaged()))
def test_reading_any_octets_ends_in_an_outcome(document: bytes) -> None:
    assert is_an_outcome(read(document))
    assert isinstance(read_request_unverified(document, SCHEMA), ServiceRequest | Malformed)
    outcome = read_s1sp_message(document, SCHEMA, CERTIFICATES, NOW)
    assert isinstance(outcome, Smets1Answer | S1spAlert | Malformed | Unauthenticated)


@pytest.mark.parametrize("schema_set", ["own", "published"])
def test_reading_any_mutant_ends_in_an_outcome_and_none_is_authentic_that_changed(
    request: pytest.FixtureRequest, schema_set: str
) -> None:
    schema: DuisSchema = request.getfixturevalue(schema_set)
    changed = []
    for seed, document in enumerate(map(signed, REQUESTS.values())):
        expected = read(document, schema)
        for mutant in mutants(document, 1000 + seed, 40):
            outcome = read(mutant.document, schema)
            assert is_an_outcome(outcome)
            if isinstance(outcome, Authentic) and outcome != expected:
                changed.append(mutant.name)
            values = read_request_unverified(mutant.document, schema)
            assert isinstance(values, ServiceRequest | Malformed)
    assert [] == changed


def test_reading_a_mutant_of_a_provider_s_document_ends_in_an_outcome() -> None:
    for seed, document in enumerate(FROM_PROVIDERS.values()):
        for mutant in mutants(document, seed, 200):
            outcome = read_s1sp_message(mutant.document, SCHEMA, CERTIFICATES, NOW)
            assert isinstance(outcome, Smets1Answer | S1spAlert | Malformed | Unauthenticated), mutant.name


@few
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(NAME_PIECES)).map("".join)))
def test_any_issuer_has_a_key(text: str) -> None:
    assert issuer_key(text) == issuer_key(text)
    assert isinstance(issuer_key(text), tuple)


# ---- identifiers


@few
@given(euis)
def test_an_eui_64_reads_back_from_every_form(number: int) -> None:
    eui = Eui64(number)
    assert number == Eui64.parse(str(eui)) == Eui64.parse(str(eui).lower()) == Eui64.from_octets(eui.octets)
    for text in (str(eui), str(eui).replace("-", ""), str(eui).replace("-", ":").lower(), f" {eui}\n"):
        assert number == Eui64.parse_lenient(text)
    assert f"Eui64({eui})" == repr(eui)
    assert hash(number) == hash(UserId(number)) == hash(DeviceId(number))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A0-00-00-00-00-00-00",
        "A0-00-00-00-00-00-00-01-02",
        "A000000000000001",
        "A0:00:00:00:00:00:00:01",
        "G0-00-00-00-00-00-00-01",
        "A0-00-00-00-00-00-00-01\n",
        " A0-00-00-00-00-00-00-01",
        "٠0-00-00-00-00-00-00-01",
        "-A-00-00-00-00-00-00-01",
    ],
)
def test_another_form_is_no_eui_64(text: str) -> None:
    with pytest.raises(ValueError, match="is not an EUI-64") as refused:
        Eui64.parse(text)
    assert f"{text!r} is not an EUI-64 (eight hexadecimal pairs joined by hyphens)" == str(refused.value)


@pytest.mark.parametrize("octets", [b"", bytes(7), bytes(9)])
def test_another_number_of_octets_is_no_eui_64(octets: bytes) -> None:
    with pytest.raises(ValueError, match=f"^an EUI-64 has 8 octets, found {len(octets)}$"):
        Eui64.from_octets(octets)


@few
@given(euis, euis, counters, st.booleans(), st.booleans())
def test_a_request_id_is_equal_across_case_and_keeps_its_spelling(
    originator: int, target: int, counter: int, lower: bool, other_lower: bool
) -> None:
    name = RequestId(UserId(originator), DeviceId(target), counter)
    one, other = (name.text.lower() if low else name.text.upper() for low in (lower, other_lower))
    assert RequestId.parse(one) == RequestId.parse(other) == name
    assert 1 == len({RequestId.parse(one), RequestId.parse(other), name})
    assert RequestId.parse(one).octets == RequestId.parse(other).octets == name.octets
    assert (one, one) == (RequestId.parse(one).text, from_builtins(one, RequestId).text)
    assert name == from_builtins(to_builtins(name), RequestId)
    parts = one.split(":")
    assert f"{parts[1]}:{parts[0]}:{counter}" == RequestId.parse(one).response_id
    assert 24 == len(name.octets)
    assert counter == int.from_bytes(name.octets[16:], "big")


@few
@given(euis, euis, counters, counters)
def test_two_request_ids_are_equal_exactly_when_their_octets_are(one: int, other: int, first: int, second: int) -> None:
    a = RequestId(UserId(one), DeviceId(other), first)
    b = RequestId(UserId(one), DeviceId(other), second)
    swapped = RequestId(UserId(other), DeviceId(one), first)
    assert (a == b) == (a.octets == b.octets) == (first == second)
    assert (a == swapped) == (one == other)
    assert a != str(a)


ID = f"{USER}:B0-00-00-00-00-00-00-0E"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "'' is not a RequestID (originator:target:counter)"),
        (ID, f"{ID!r} is not a RequestID (originator:target:counter)"),
        (f"{ID}:1:1", f"{ID + ':1:1'!r} is not a RequestID (originator:target:counter)"),
        (f"{ID}:", f"the counter of RequestID {ID + ':'!r} is not an unsigned 64-bit number"),
        (f"{ID}:01", f"the counter of RequestID {ID + ':01'!r} is not an unsigned 64-bit number"),
        (f"{ID}:-1", f"the counter of RequestID {ID + ':-1'!r} is not an unsigned 64-bit number"),
        (f"{ID}:{2**64}", f"the counter of RequestID {f'{ID}:{2**64}'!r} is not an unsigned 64-bit number"),
        (f"{ID}:1\n", f"the counter of RequestID {ID + ':1' + chr(10)!r} is not an unsigned 64-bit number"),
        (f"x{ID}:1", f"'x{USER}' is not an EUI-64 (eight hexadecimal pairs joined by hyphens)"),
    ],
)
def test_another_text_is_no_request_id(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"RequestID|EUI-64") as refused:
        RequestId.parse(text)
    assert message == str(refused.value)


@few
@given(euis, euis, counters)
def test_any_request_id_is_valid_in_the_schema_and_reads_back(originator: int, target: int, counter: int) -> None:
    name = RequestId(UserId(originator), DeviceId(target), counter)
    outcome = read_request_unverified(request(request_id=f"\n{str(name).lower()} "), SCHEMA)
    assert isinstance(outcome, ServiceRequest)
    assert (name, str(name).lower()) == (outcome.request_id, outcome.request_id.text)


# ---- moments

zones = st.one_of(st.none(), st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m))))


def executed(text: str) -> Body | Malformed:
    body = f"<sr:ReadFirmwareVersion><sr:ExecutionDateTime>{text}</sr:ExecutionDateTime></sr:ReadFirmwareVersion>"
    outcome = read_request_unverified(request(body, variant="11.2", command_variant=1), SCHEMA)
    return outcome.body if isinstance(outcome, ServiceRequest) else outcome


@few
@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), zones)  # noqa: DTZ001
def test_a_moment_reads_to_utc_and_without_a_zone_is_taken_for_utc(moment: datetime, zone: timezone | None) -> None:
    text = moment.replace(tzinfo=zone).isoformat()
    aware = moment.replace(tzinfo=zone or UTC)
    assert ReadFirmwareVersion(execution=aware.astimezone(UTC)) == executed(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31T24:00:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
        ("2026-12-31T24:00:00.00+01:00", datetime(2026, 12, 31, 23, tzinfo=UTC)),
        ("2026-06-01T12:00:00.1234567Z", datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)),
        ("3000-12-31T00:00:00Z", datetime(3000, 12, 31, tzinfo=UTC)),
    ],
    ids=["the end of the day", "the end of another zone's day", "tenths of microseconds", "the cancelling year"],
)
def test_an_odd_moment_is_read(text: str, expected: datetime) -> None:
    assert ReadFirmwareVersion(execution=expected) == executed(text)


@pytest.mark.parametrize(
    "text", ["12026-01-01T00:00:00Z", "-2026-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T24:00:00Z"]
)
def test_a_moment_out_of_reach_is_malformed(text: str) -> None:
    outcome = executed(text)
    assert isinstance(outcome, Malformed)
    assert [f"expected a date and time between the years 1 and 9999, found {text!r}"] == [
        fault.message for fault in outcome.faults
    ]
    assert "/Request/Body/ReadFirmwareVersion/ExecutionDateTime" == outcome.faults[0].path


# ---- what fuzzing has found

WARNED = '<b xml:space="other"/>'
"""The parser only warns of it, and so forgets that it had an error before."""
LONG = "a" * 17_000
FOUND: dict[str, tuple[bytes, str, str]] = {
    "a prefix without a declaration, before a warning": (
        request().replace(b"<sr:Body>", f"<n:Body/>{WARNED}<sr:Body>".encode()),
        "not-schema-valid",
        "Request: expected Body, found n:Body",
    ),
    "the same in the signature": (
        GOOD.replace(b"<ds:SignatureMethod ", f"<n:a/>{WARNED}<ds:SignatureMethod ".encode()),
        "not-schema-valid",
        "SignedInfo: expected SignatureMethod, found n:a",
    ),
    "a name of three parts, before a warning": (
        GOOD.replace(b"<sr:Body>", f"<a:b:c/>{WARNED}<sr:Body>".encode()),
        "not-schema-valid",
        "Request: expected Body, found a:b:c",
    ),
    "an attribute twice by two prefixes, before a warning": (
        GOOD.replace(b"<sr:Body>", f'<a xmlns:p="urn:a" xmlns:q="urn:a" p:x="" q:x=""/>{WARNED}<sr:Body>'.encode()),
        "not-schema-valid",
        "Request: expected Body, found a",
    ),
    "an instruction with a long name": (
        f"<?{LONG}?>".encode() + GOOD,
        "forbidden-construct",
        f"a processing instruction ({LONG[:38]}...{LONG[:39]}) is not accepted",
    ),
    "an encoding with a long name": (
        f'<?xml version="1.0" encoding="{LONG}"?>'.encode() + GOOD,
        "forbidden-construct",
        f"expected encoding UTF-8, found {LONG[:38]}...{LONG[:39]}",
    ),
    "an attribute of the schema language with a long name": (
        GOOD.replace(
            b"<sr:Body", f'<sr:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:{LONG}=""'.encode()
        ),
        "forbidden-construct",
        f"the attribute xsi:{LONG[:38]}...{LONG[:39]} is not accepted",
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_fuzzing_found_is_refused(name: str) -> None:
    document, kind, message = FOUND[name]
    assert (kind, message) == refusal(read(document))


def test_the_mutants_are_the_same_on_every_machine() -> None:
    first, second = (list(mutants(GOOD, 7, 20)) for _ in range(2))
    assert first == second
    assert first != list(mutants(GOOD, 8, 20))


def test_threads_read_beside_each_other(own: DuisSchema) -> None:
    """A thread that reads for the first time must not compile the set: others' parsing would be in its way."""
    document = signed(REQUESTS["8.2 by device"])
    found: list[object] = []

    def read_many() -> None:
        found.extend(own.read(document) for _ in range(200))

    threads = [threading.Thread(target=read_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    read_many()
    for thread in threads:
        thread.join()
    assert 1000 == len(found)
    assert not [each for each in found if isinstance(each, Malformed)]
