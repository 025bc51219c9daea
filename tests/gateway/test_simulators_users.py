"""The simulated Receive Response services, the faults at every door, and what an operator sees."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import aiohttp
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

from gateway.ports import Far
from gateway.sandbox.door import Door
from gateway.sandbox.far_sides import make_simulators
from gateway.sandbox.faults import POSSIBLE, Fault, FaultKind, Faults
from gateway.sandbox.smets1_messages import write_alert
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
        code="S1SIM-NOT-EXECUTED",
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
    assert reason.startswith("/Response/Header/ResponseCode Element 'ResponseCode'"), reason


async def test_a_user_refuses_the_answers_of_others(far_sides: Sandbox) -> None:
    expected = (400, f"the answer is for {USER}, this is {OTHER_USER}")
    assert expected == await delivered(far_sides, response(), OTHER_USER)


async def test_a_user_takes_xml_only(far_sides: Sandbox) -> None:
    found = await far_sides.post(f"/users/{USER}/receive", response(), "text/xml")
    assert (415, "expected application/xml, found text/xml") == found


async def test_an_address_names_a_user(far_sides: Sandbox) -> None:
    found = await far_sides.post("/users/nobody/receive", response(), XML)
    assert (404, "'nobody' is not an EUI-64 (eight hexadecimal pairs joined by hyphens)") == found


# ---- faults at the door


DOORS = [
    pytest.param(Far.S1SP, "/s1sp/secure", 202, id="at a S1SP"),
    pytest.param(Far.USER, f"/users/{USER}/receive", 204, id="at a user"),
]


def _document(far: Far) -> bytes:
    return response() if far is Far.USER else countersigned("2.2", SMETS1_ESME.id)


@pytest.mark.parametrize(("far", "path", "welcome"), DOORS)
async def test_refusing_ends_after_so_many_times(far_sides: Sandbox, far: Far, path: str, welcome: int) -> None:
    far_sides.simulators.faults.switch_on(Fault(far=far, kind=FaultKind.REFUSE, times=2))
    found = [(await far_sides.post(path, _document(far), XML))[0] for _ in range(3)]
    assert [503, 503, welcome] == found
    assert () == far_sides.simulators.faults.current


@pytest.mark.parametrize(("far", "path", "welcome"), DOORS)
async def test_rejecting_goes_on_until_it_is_switched_off(
    far_sides: Sandbox, far: Far, path: str, welcome: int
) -> None:
    far_sides.simulators.faults.switch_on(Fault(far=far, kind=FaultKind.REJECT))
    found = [await far_sides.post(path, _document(far), XML) for _ in range(2)]
    assert [(400, "switched to reject")] * 2 == found
    far_sides.simulators.faults.clear()
    assert welcome == (await far_sides.post(path, _document(far), XML))[0]


async def _patience_runs_out(far_sides: Sandbox, path: str, document: bytes, key: str) -> None:
    headers = {"Content-Type": XML, "Idempotency-Key": key}
    with pytest.raises(TimeoutError):
        async with far_sides.client.post(
            far_sides.simulators.url + path,
            data=document,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=0.2),
        ):
            pass


async def test_what_timed_out_was_not_taken(far_sides: Sandbox) -> None:
    far_sides.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.TIME_OUT, times=1))
    document = countersigned("2.2", SMETS1_ESME.id)
    await _patience_runs_out(far_sides, "/s1sp/secure", document, "k1")
    assert await far_sides.gateway.nothing_more()
    assert (202, "") == await far_sides.post("/s1sp/secure", document, XML, "k1")
    await far_sides.gateway.next()


async def test_what_was_acknowledged_too_late_was_taken_once(far_sides: Sandbox) -> None:
    far_sides.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.SLOW, times=1))
    document = countersigned("2.2", SMETS1_ESME.id)
    await _patience_runs_out(far_sides, "/s1sp/secure", document, "k1")
    assert (202, "") == await far_sides.post("/s1sp/secure", document, XML, "k1")
    await far_sides.gateway.next()
    assert await far_sides.gateway.nothing_more()
    assert 1 == far_sides.simulators.s1sps.visits("secure").repeated


async def test_closing_does_not_wait_for_those_who_hang() -> None:
    started = time.monotonic()
    async with sandbox() as far_sides:
        far_sides.simulators.faults.switch_on(Fault(far=Far.USER, kind=FaultKind.TIME_OUT, seconds=600))
        await _patience_runs_out(far_sides, f"/users/{USER}/receive", response(), "k1")
    assert time.monotonic() - started < 5


# ---- faults as data


SENSELESS = [
    pytest.param(
        Fault(far=Far.USER, kind=FaultKind.WRONG_MAC),
        "a user cannot have the fault wrong-mac; it can have refuse, reject, slow, time-out",
        id="a user has no MAC",
    ),
    pytest.param(Fault(far=Far.WAN, kind=FaultKind.REFUSE, times=0), "times: at least 1, found 0", id="no times"),
    pytest.param(
        Fault(far=Far.WAN, kind=FaultKind.SLOW, seconds=-1), "seconds: 0 to 3600, found -1", id="negative seconds"
    ),
]


@pytest.mark.parametrize(("fault", "reason"), SENSELESS)
def test_a_senseless_fault_cannot_be_switched_on(fault: Fault, reason: str) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match="^" + reason.replace(".", r"\.") + "$"):
        faults.switch_on(fault)
    assert () == faults.current


def test_every_kind_of_fault_strikes_somewhere() -> None:
    assert frozenset(FaultKind) == frozenset().union(*POSSIBLE.values())


async def test_an_operator_switches_faults(far_sides: Sandbox) -> None:
    url = far_sides.simulators.url + "/faults"
    wanted = [{"far": "wan", "kind": "slow", "name": "North", "times": 3, "seconds": 0.5}]
    async with far_sides.client.put(url, json=wanted) as answer:
        assert (200, wanted) == (answer.status, await answer.json())
    assert (Fault(far=Far.WAN, kind=FaultKind.SLOW, name="North", times=3, seconds=0.5),) == (
        far_sides.simulators.faults.current
    )
    async with far_sides.client.get(url) as answer:
        assert wanted == await answer.json()


UNREADABLE = [
    pytest.param(
        b'[{"far": "wan", "kind": "tired"}]', "Invalid enum value 'tired' - at `$[0].kind`", id="an unknown kind"
    ),
    pytest.param(
        b'[{"far": "wan", "kind": "slow", "often": 1}]',
        "Object contains unknown field `often` - at `$[0]`",
        id="an unknown field",
    ),
    pytest.param(
        b'[{"far": "user", "kind": "alert"}]',
        "a user cannot have the fault alert; it can have refuse, reject, slow, time-out",
        id="an impossible fault",
    ),
]


@pytest.mark.parametrize(("body", "reason"), UNREADABLE)
async def test_unreadable_faults_change_nothing(far_sides: Sandbox, body: bytes, reason: str) -> None:
    kept = Fault(far=Far.S1SP, kind=FaultKind.REFUSE)
    far_sides.simulators.faults.switch_on(kept)
    async with far_sides.client.put(far_sides.simulators.url + "/faults", data=body) as answer:
        assert (400, reason) == (answer.status, await answer.text())
    assert (kept,) == far_sides.simulators.faults.current


# ---- what an operator sees, and a process that only counts


async def test_the_state_shows_what_came_and_went(far_sides: Sandbox) -> None:
    document = countersigned("2.2", SMETS1_ESME.id)
    await far_sides.post("/s1sp/secure", document, XML, "k1")
    await far_sides.gateway.next()
    await delivered(far_sides, response(), OTHER_USER)
    async with far_sides.client.get(far_sides.simulators.url + "/state") as answer:
        state = await answer.json()
    provider, user = state["s1sp"]["secure"], state["user"][str(OTHER_USER)]
    assert (1, 1, f"2.2 {NAME}", "k1") == (
        provider["posts"],
        provider["taken"],
        provider["last"][0]["what"],
        provider["last"][0]["idempotency_key"],
    )
    assert document.startswith(provider["last"][0]["document"].encode())
    assert ({"400": 1}, f"the answer is for {USER}, this is {OTHER_USER}") == (user["refused"], user["last_refusal"])
    assert (1, 0) == (state["outgoing"]["delivered"], state["outgoing"]["refused"])


ANYTHING = [
    pytest.param("/s1sp/secure", 202, id="a S1SP"),
    pytest.param("/wan/North", 202, id="a WAN"),
    pytest.param(f"/users/{USER}/receive", 204, id="a user"),
]


@pytest.mark.parametrize(("path", "status"), ANYTHING)
async def test_who_only_counts_takes_anything_and_answers_nothing(path: str, status: int) -> None:
    async with sandbox(only_count=True) as far_sides:
        assert (status, "") == await far_sides.post(path, b"anything", XML)
        assert await far_sides.gateway.nothing_more()
        sides = far_sides.simulators.state()
    posts = [summary["posts"] for far in Far for summary in sides[far.value].values()]  # type: ignore[attr-defined]
    assert [1] == posts


async def test_simulators_need_the_certificates_of_those_they_play() -> None:
    stranger = SigningIdentity(key=KEYS.dcc.key, issuer="CN=Nobody", serial=7)
    with pytest.raises(ValueError, match=r"the certificate of S1SP secure \(CN=Nobody, 7\) is not in the directory"):
        make_simulators(
            certificates=KEYS.certificates,
            dcc=KEYS.dcc,
            s1sps={"secure": stranger},
            acb_key=KEYS.acb,
            book=KEYS.book,
            image_version=lambda _hash: None,
            gateway="http://127.0.0.1:1",
        )


def test_a_door_counts_by_far_side_and_name() -> None:
    door = Door(Faults())
    door.visits_of(Far.WAN, "North").posts += 1
    assert {"North": 1} == {name: visits.posts for name, visits in door.visits(Far.WAN).items()}
