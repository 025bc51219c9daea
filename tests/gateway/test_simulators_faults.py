"""The faults at the doors of the far sides, what an operator sees and switches, and who only counts."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from simulated_world import (
    KEYS,
    NOW,
    OTHER_USER,
    SMETS1_ESME,
    USER,
    Sandbox,
    countersigned,
    request_id,
    sandbox,
)

from gateway.ports import Far
from gateway.sandbox.door import Door
from gateway.sandbox.far_sides import make_simulators
from gateway.sandbox.faults import POSSIBLE, Fault, FaultKind, Faults
from schemas.response import ResponseHeader, write_response
from schemas.signature import SigningIdentity, sign_canonical
from schemas.vocabulary import ResponseCode

XML = "application/xml"
NAME = request_id(SMETS1_ESME.id)
RECEIVE = f"/users/{USER}/receive"


@pytest.fixture
async def far_sides() -> AsyncIterator[Sandbox]:
    async with sandbox() as started:
        yield started


def response() -> bytes:
    header = ResponseHeader(request_id=NAME, code=ResponseCode("I0"), moment=NOW, schema_version="5.4", final=True)
    return sign_canonical(write_response(header, "2.2", "2.2"), KEYS.dcc)


DOORS = [
    pytest.param(Far.S1SP, "/s1sp/secure", 202, id="at a S1SP"),
    pytest.param(Far.USER, RECEIVE, 204, id="at a user"),
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
        await _patience_runs_out(far_sides, RECEIVE, response(), "k1")
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
    await far_sides.post(f"/users/{OTHER_USER}/receive", response(), XML)
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
    pytest.param(RECEIVE, 204, id="a user"),
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
            image_version=lambda _device, _hash: None,
            gateway="http://127.0.0.1:1",
        )


def test_a_door_counts_by_far_side_and_name() -> None:
    door = Door(Faults())
    door.visits_of(Far.WAN, "North").posts += 1
    assert {"North": 1} == {name: visits.posts for name, visits in door.visits(Far.WAN).items()}
