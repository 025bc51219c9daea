"""The simulated Receive Response services: what a user checks, keeps and refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from simulated_world import (
    COUNTER,
    KEYS,
    NOW,
    OTHER_USER,
    SECURE,
    SMETS1_ESME,
    USER,
    Sandbox,
    countersigned,
    request_id,
    sandbox,
    sign_in_place,
)

from gateway.sandbox.smets1_messages import AlertCode, write_alert
from gateway.sandbox.user_simulator import AnswerKind
from schemas.response import (
    GBCSPayload,
    ResponseHeader,
    write_response,
    write_s1sp_alert,
    write_smets1_response,
)
from schemas.signature import SigningIdentity, sign_canonical
from schemas.vocabulary import ResponseCode, UserId

XML = "application/xml"
NAME = request_id(SMETS1_ESME.id)
HEADER = ResponseHeader(request_id=NAME, code=ResponseCode("I0"), moment=NOW, schema_version="5.4", final=True)


@pytest.fixture
async def far_sides() -> AsyncIterator[Sandbox]:
    async with sandbox() as started:
        yield started


def response(*, signed_by: SigningIdentity = KEYS.dcc) -> bytes:
    return sign_canonical(write_response(HEADER, "2.2", "2.2", GBCSPayload(b"\xdf\x09")), signed_by)


async def smets1_message(far_sides: Sandbox) -> bytes:
    """What the S1SP simulator sends for a top-up."""
    await far_sides.post("/s1sp/secure", countersigned("2.2", SMETS1_ESME.id), XML)
    return (await far_sides.gateway.next()).body


def wrapped(message: bytes) -> bytes:
    return sign_in_place(write_smets1_response(HEADER, "2.2", "2.2", message), KEYS.dcc)


def alert() -> bytes:
    return write_alert(
        code=AlertCode.NOT_EXECUTED,
        information="it did not",
        request_id=NAME,
        device=SMETS1_ESME.id,
        schema_version="5.4",
        now=NOW,
        identity=KEYS.s1sps["secure"],
    )


async def delivered(far_sides: Sandbox, document: bytes, user: UserId = USER) -> tuple[int, str]:
    return await far_sides.post(f"/users/{user}/receive", document, XML, "k1")


async def test_a_user_keeps_a_response(far_sides: Sandbox) -> None:
    assert (204, "") == await delivered(far_sides, response())
    answer = await far_sides.simulators.users.wait_for(NAME, 1)
    assert (AnswerKind.RESPONSE, "I0", USER) == (answer.kind, answer.response_code, answer.user)
    assert (None, None) == (answer.inner, answer.inner_as_sent)
    assert b"<sr:GBCSPayload>" in answer.octets


async def test_a_user_verifies_the_providers_document_in_place(far_sides: Sandbox) -> None:
    message = await smets1_message(far_sides)
    assert (204, "") == await delivered(far_sides, wrapped(message))
    answer = await far_sides.simulators.users.wait_for(NAME, 1, kind=AnswerKind.SMETS1_RESPONSE)
    assert (message, True) == (answer.inner, answer.inner_as_sent)


async def test_a_user_takes_a_providers_alert(far_sides: Sandbox) -> None:
    document = sign_in_place(write_s1sp_alert(HEADER, "N55", alert()), KEYS.dcc)
    assert (204, "") == await delivered(far_sides, document)
    answer = await far_sides.simulators.users.wait_for(NAME, 1)
    assert (AnswerKind.DCC_ALERT, alert().split(b"<ds:")[0]) == (answer.kind, (answer.inner or b"").split(b"<ds:")[0])
    assert None is answer.inner_as_sent


async def test_an_answer_without_a_request_id_is_found_by_the_alert_inside(far_sides: Sandbox) -> None:
    unnamed = ResponseHeader(request_id=None, code=ResponseCode("I0"), moment=NOW, schema_version="5.4")
    await delivered(far_sides, sign_in_place(write_s1sp_alert(unnamed, "N55", alert()), KEYS.dcc))
    assert [AnswerKind.DCC_ALERT] == [one.kind for one in far_sides.simulators.users.answers(NAME)]


async def test_an_answer_with_a_response_id_alone_is_found_by_it(far_sides: Sandbox) -> None:
    document = write_response(HEADER, "2.2", "2.2").replace(f"<sr:RequestID>{NAME}</sr:RequestID>".encode(), b"")
    assert (204, "") == await delivered(far_sides, sign_canonical(document, KEYS.dcc))
    assert [NAME] == [one.request_id for one in far_sides.simulators.users.answers(NAME)]


async def test_a_duplicate_is_taken_and_kept(far_sides: Sandbox) -> None:
    for _ in range(2):
        assert (204, "") == await delivered(far_sides, response())
    second = await far_sides.simulators.users.wait_for(NAME, 1, count=2)
    assert second == far_sides.simulators.users.answers(NAME)[1]
    assert 1 == far_sides.simulators.users.visits(USER).repeated


async def test_an_answer_can_be_waited_for_before_it_comes(far_sides: Sandbox) -> None:
    waiting = asyncio.create_task(far_sides.simulators.users.wait_for(NAME, 5))
    await asyncio.sleep(0)
    await delivered(far_sides, response())
    assert NAME == (await waiting).request_id


async def test_nobody_waits_longer_than_he_says(far_sides: Sandbox) -> None:
    with pytest.raises(TimeoutError, match=f"0 of 1 answer for {USER}:{SMETS1_ESME.id}:{COUNTER} within 0.05 s"):
        await far_sides.simulators.users.wait_for(NAME, 0.05)


def _unsigned(_message: bytes) -> bytes:
    return write_response(HEADER, "2.2", "2.2")


def _not_the_dcc(_message: bytes) -> bytes:
    return response(signed_by=KEYS.s1sps["secure"])


def _changed(_message: bytes) -> bytes:
    return response().replace(b">I0<", b">I99<")


def _off_schema(_message: bytes) -> bytes:
    return response().replace(b">I0<", b">I100<")


def _not_an_answer(message: bytes) -> bytes:
    return message


def _changed_inside(message: bytes) -> bytes:
    return wrapped(message.replace(b">2.2<", b">2.3<", 1))


def _signed_by_user(message: bytes) -> bytes:
    start = message.index(b"<ds:Signature")
    end = message.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return wrapped(sign_canonical(message[:start] + message[end:], KEYS.user))


def _signed_again(message: bytes) -> bytes:
    start = message.index(b"<ds:Signature")
    end = message.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return wrapped(sign_canonical(message[:start] + message[end:], KEYS.s1sps["secure"]))


def _with_more_in_scope(message: bytes) -> bytes:
    inner = write_smets1_response(HEADER, "2.2", "2.2", message)
    return sign_in_place(inner.replace(b"<sr:Response ", b'<sr:Response xmlns:more="urn:more" ', 1), KEYS.dcc)


REFUSALS = [
    pytest.param(_unsigned, "expected a Signature at the end of Response, found none", id="what nobody signed"),
    pytest.param(_not_the_dcc, f"expected the DCC's signature, found that of {SECURE}", id="what the DCC did not sign"),
    pytest.param(_changed, "the document is not the one that was signed (its digest differs)", id="what was changed"),
    pytest.param(
        _not_an_answer,
        f"expected the DCC's signature, found that of {SECURE}",
        id="a provider's document that comes past the DCC",
    ),
    pytest.param(
        _changed_inside,
        "the S1SP's document: the document is not the one that was signed (its digest differs)",
        id="a provider's document that was changed",
    ),
    pytest.param(
        _signed_by_user, f"the S1SP's document: {USER} is not a S1SP", id="a document inside that no provider signed"
    ),
    pytest.param(
        _signed_again,
        "the S1SP's document: its octets are not those that were sent",
        id="a provider's document that is not letter for letter the one that was sent",
    ),
    pytest.param(
        _with_more_in_scope,
        "the wrapper adds namespaces to the scope of the S1SP's document",
        id="a wrapper that brings namespaces along",
    ),
]


@pytest.mark.parametrize(("document", "reason"), REFUSALS)
async def test_a_user_refuses(far_sides: Sandbox, document: Callable[[bytes], bytes], reason: str) -> None:
    message = await smets1_message(far_sides)
    assert (400, reason) == await delivered(far_sides, document(message))
    assert () == far_sides.simulators.users.answers(NAME)


async def test_a_user_refuses_what_the_schema_does_not_have(far_sides: Sandbox) -> None:
    status, reason = await delivered(far_sides, _off_schema(b""))
    assert 400 == status
    assert reason.startswith("/Response/Header/ResponseCode ResponseCode: expected one of 194 values"), reason


async def test_a_user_refuses_the_answers_of_others(far_sides: Sandbox) -> None:
    expected = (400, f"the answer is for {USER}, this is {OTHER_USER}")
    assert expected == await delivered(far_sides, response(), OTHER_USER)


async def test_a_user_takes_xml_only(far_sides: Sandbox) -> None:
    found = await far_sides.post(f"/users/{USER}/receive", response(), "text/xml")
    assert (415, "expected application/xml, found text/xml") == found


async def test_an_address_names_a_user(far_sides: Sandbox) -> None:
    found = await far_sides.post("/users/nobody/receive", response(), XML)
    assert (404, "'nobody' is not an EUI-64 (eight hexadecimal pairs joined by hyphens)") == found
