"""SMETS2+, end to end: the Commands that go out over the WAN, what stays, what waits, and what may come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest
from running import A_WHILE, SOON, D, Running, S, T
from smets2_played import GBCS, Played, decoded, flipped, played, secret_of, the_command, with_header

from gateway.ports import Far
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.stage import Post
from gateway.sandbox.user_simulator import AnswerKind
from gateway.trace_ports import TraceQuery
from gbcs.build import build_response
from gbcs.crypto import verify, verify_mac
from gbcs.message import Command, CraFlag, decode_message
from schemas.request import AnyBody, DisableSupply, ReadActiveImportProfileData, ReadFirmwareVersion, TopUpDevice
from schemas.vocabulary import DeviceId


def profile(running: Running) -> AnyBody:
    day = running.clock().replace(hour=0, minute=0, second=0, microsecond=0)
    return ReadActiveImportProfileData(start=day - timedelta(days=2), end=day - timedelta(days=1))


def asking(srv: str, device: str, body: AnyBody | None = None) -> Callable[[Running], Post]:
    def make(running: Running) -> Post:
        return running.scene.post("supplier", running.scene.device(device), srv, body or profile(running), 1, S)

    return make


COMMANDS = {
    "4.1.1 of an ESME": (lambda running: running.registers(), "North", "user"),
    "4.1.1 of a GSME": (lambda running: running.registers("gsme"), "North", "user"),
    "4.8.1 of a GSME": (asking("4.8.1", "gsme"), "North", "user"),
    "2.2 of an ESME": (asking("2.2", "esme", TopUpDevice(utrn="73946144332040217315")), "North", "user"),
    "11.2 of a Suspended ESME in the south": (asking("11.2", "suspended-esme", ReadFirmwareVersion()), "South", "user"),
    "11.2 of a PPMID": (asking("11.2", "ppmid", ReadFirmwareVersion()), "North", "broker"),
}


@pytest.mark.parametrize(("make", "region", "originator"), COMMANDS.values(), ids=COMMANDS.keys())
async def test_a_command_has_a_mac_that_its_device_accepts(
    running: Running, make: Callable[[Running], Post], region: str, originator: str
) -> None:
    post = make(running)
    assert post.request is not None
    name = post.request.request_id
    seen, command = await the_command(running, post)
    header = command.message.header
    assert (f"/wan/{region}", 202, GBCS) == (seen.path, seen.status, seen.headers["content-type"])
    assert verify_mac(command, await secret_of(running, name.target))
    assert not verify_mac(command, await secret_of(running, running.scene.device("exporting-esme")))
    assert (name.target, CraFlag.COMMAND) == (header.recipient, header.cra)
    if originator == "user":
        assert (name.originator, name.counter) == (header.originator, header.counter)
    else:
        assert (running.scene.dcc, True) == (header.originator, header.counter != name.counter)
    answer = await running.simulators.users.wait_for(name, SOON)
    assert (AnswerKind.RESPONSE, "I0") == (answer.kind, answer.response_code)


async def test_a_traceparent_goes_along_with_a_span_of_our_own(running: Running) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    reply = await running.send(running.registers().document, traceparent=parent)
    (seen,) = await running.witness.wait_for("/wan/")
    version, trace, span, flags = seen.headers["traceparent"].split("-")
    assert ("00", "4bf92f3577b34da6a3ce929d0e0e4736", "01") == (version, trace, flags)
    assert "00f067aa0ba902b7" != span
    assert (reply.trace_id, parent) == (
        seen.headers["x-routing-trace"],
        (await running.trace(reply.trace_id)).traceparent,
    )


# ---- what stays, what is copied


LOCAL = {
    "2: for local delivery alone": (2, D, "I0", 0),
    "3: sent, with a copy for local delivery": (3, S, "I99", 1),
}


@pytest.mark.parametrize(("variant", "service", "code", "sent"), LOCAL.values(), ids=LOCAL.keys())
async def test_variant(running: Running, variant: int, service: object, code: str, sent: int) -> None:
    post = running.registers(cv=variant, service=service)  # type: ignore[arg-type]
    answered = await running.answered(post)
    await running.settled()
    assert (code, "LocalCommand") == (answered.code, answered.result)
    command = decode_message(answered.payload or b"")
    assert isinstance(command, Command)
    assert verify_mac(command, await secret_of(running, running.scene.device("esme")))
    assert [answered.payload] * sent == [seen.body for seen in running.witness.posts("/wan/")]


async def transformed(running: Running) -> tuple[Post, bytes]:
    post = running.scene.post("supplier", running.scene.device("esme"), "7.2", DisableSupply(), 4, T)
    answered = await running.answered(post)
    assert (b"\xdf", "I0") == ((answered.payload or b"")[:1], answered.code)
    assert [] == running.witness.posts("/wan/")
    return post, answered.payload or b""


SIGNED = {
    "5: sent": (5, "I99", None, 1),
    "6: for local delivery alone": (6, "I0", "LocalCommand", 0),
    "7: sent, with a copy for local delivery": (7, "I99", "LocalCommand", 1),
}


@pytest.mark.parametrize(("variant", "code", "result", "sent"), SIGNED.values(), ids=SIGNED.keys())
async def test_signed_variant(running: Running, variant: int, code: str, result: str | None, sent: int) -> None:
    post, pre_command = await transformed(running)
    answered = await running.answered(running.signed(post, pre_command, variant))
    await running.settled()
    assert (code, result) == (answered.code, answered.result)
    if result is not None:
        assert sent == [seen.body for seen in running.witness.posts("/wan/")].count(answered.payload or b"")
    assert sent == len(running.witness.posts("/wan/"))


async def test_a_signed_pre_command_becomes_a_command_with_the_signature_of_the_user(running: Running) -> None:
    post, pre_command = await transformed(running)
    signed = running.signed(post, pre_command)
    _, command = await the_command(running, signed)
    assert post.request is not None
    user = running.world.users[post.request.request_id.originator]
    assert verify_mac(command, await secret_of(running, post.request.request_id.target))
    assert verify(user.ds_key.public_key(), command.message)
    assert command.message.encode().startswith(pre_command)
    answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert (AnswerKind.RESPONSE, "I0") == (answer.kind, answer.response_code)


# ---- what waits


def dated(running: Running, when: datetime) -> Post:
    post = running.registers()
    assert post.request is not None
    body = msgspec.structs.replace(post.request.body, execution=when)
    return running.anew(msgspec.structs.replace(post, request=msgspec.structs.replace(post.request, body=body)))


async def test_a_future_dated_request_goes_out_at_its_time(running: Running) -> None:
    post = dated(running, running.clock() + timedelta(hours=6))
    answered = await running.answered(post)
    await asyncio.sleep(A_WHILE)
    assert ("I99", []) == (answered.code, running.witness.seen)
    (waiting,) = await running.worker.state.outbox(dead=False, limit=10)
    assert (Far.WAN, 0) == (waiting.hand_off.far, waiting.attempts)
    running.clock.ahead = timedelta(hours=5, minutes=59)
    await asyncio.sleep(0.6)  # the outbox is looked into every half second
    assert [] == running.witness.seen
    running.clock.ahead = timedelta(hours=6)
    (seen,) = await running.witness.wait_for("/wan/")
    assert "/wan/North" == seen.path
    assert (await running.trace(answered.trace_id)).trace_id == seen.headers["x-routing-trace"]


async def test_a_request_for_a_time_gone_by_is_refused(running: Running) -> None:
    answered = await running.answered(dated(running, running.clock() - timedelta(minutes=1)))
    await running.settled()
    assert ("E46", 0) == (answered.code, len(running.witness.posts("/wan/")))


# ---- back


Made = Callable[[Played], bytes]
REFUSED: dict[str, tuple[Made, int, str]] = {
    "whose MAC is wrong": (
        lambda d: flipped(d, -1),
        403,
        "the MAC of the response of 00-DB-12-5A-00-00-01-03 does not",
    ),
    "whose content was changed": (lambda d: flipped(d, -20), 403, "the MAC of the response of 00-DB-12-5A-00-00-01-03"),
    "with another key's MAC": (
        lambda d: build_response(d.command, d.content, secret=bytes(32)),
        403,
        "the MAC of the response of 00-DB-12-5A-00-00-01-03 does not verify",
    ),
    "to a command that was never sent": (lambda d: with_header(d, counter=1), 422, "with counter 1 waits"),
    "to another user": (
        lambda d: with_header(d, recipient=DeviceId.parse("90-B3-D5-1F-31-02-00-00")),
        422,
        "from 90-B3-D5-1F-31-02-00-00 with counter ",
    ),
    "of another device": (
        lambda d: with_header(d, originator=DeviceId.parse("00-DB-12-5A-00-00-02-03")),
        422,
        "no command to 00-DB-12-5A-00-00-02-03 from ",
    ),
    "to another use case": (
        lambda d: with_header(d, message_code=0x0026),
        422,
        "the response of 00-DB-12-5A-00-00-01-03 has message code 0026, expected 0027",
    ),
    "that is a command": (lambda d: d.command, 422, "expected a response with a MAC"),
    "that is an alert": (lambda d: with_header(d, cra=CraFlag.ALERT), 422, "expected a response with a MAC"),
    "that has no MAC": (lambda d: decoded(d).message.encode(), 422, "expected a response with a MAC"),
    "that breaks off": (lambda d: d.response[:-5], 400, "not a GBCS message: "),
    "that goes on": (lambda d: d.response + b"\x00", 400, "not a GBCS message: "),
    "that is garbage": (lambda _: bytes(range(200)), 400, "not a GBCS message: "),
    "that is empty": (lambda _: b"", 400, "not a GBCS message: "),
}


@pytest.mark.parametrize(("make", "status", "says"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_response_is_not_passed_on(running: Running, make: Made, status: int, says: str) -> None:
    device = await played(running)
    reply = await device.post(make(device))
    assert (status, "application/problem+json") == (reply.status, reply.headers["content-type"])
    assert says in str(reply.problem["detail"]), reply.problem
    assert 0 == await device.passed_on()
    # It used nothing up: the right response is passed on afterwards.
    assert (204, 1) == ((await device.post(device.response)).status, await device.passed_on())


async def test_a_response_is_taken_as_octets_only(running: Running) -> None:
    device = await played(running)
    reply = await device.post(device.response, "application/xml")
    assert (415, "expected application/octet-stream, found application/xml") == (reply.status, reply.problem["detail"])


async def test_the_user_gets_the_message_of_the_device(running: Running) -> None:
    device = await played(running)
    assert (204, 1) == ((await device.post(device.response)).status, await device.passed_on())
    (answer,) = running.simulators.users.answers(device.request_id)
    (found,) = await running.worker.traces.find(TraceQuery(device=device.request_id.target))
    assert (AnswerKind.RESPONSE, "I0") == (answer.kind, answer.response_code)
    assert f"{device.request_id.target}:{device.request_id.originator}:{device.request_id.counter}".encode() in (
        answer.octets
    )
    assert [f"response of {device.request_id.target} passed on to {device.request_id.originator}"] == [
        event.split(" ", 1)[1] for event in found.events
    ]


async def test_a_response_that_comes_again_is_passed_on_once(running: Running) -> None:
    device = await played(running)
    replies = await asyncio.gather(*(device.post(device.response) for _ in range(3)))
    replies.append(await device.post(device.response))
    assert ([204] * 4, 1) == ([reply.status for reply in replies], await device.passed_on())


async def test_a_command_for_local_delivery_has_no_answer_over_the_wan(running: Running) -> None:
    device = await played(running)
    answered = await running.answered(running.registers(cv=2, service=D))
    response = build_response(answered.payload or b"", device.content, secret=device.secret)
    assert 422 == (await device.post(response)).status


# ---- a far side that fails


async def test_what_a_wan_does_not_take_is_tried_again(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.REFUSE, times=1))
    post = running.registers()
    answered = await running.answered(post)
    first, second = await running.witness.wait_for("/wan/", 2)
    await running.settled()
    trace = await running.trace(answered.trace_id)
    assert (503, 202, first.headers["idempotency-key"]) == (
        first.status,
        second.status,
        second.headers["idempotency-key"],
    )
    assert [("wan", "retry", 503), ("wan", "delivered", 202), ("user", "delivered", 204)] == [
        (attempt.far, attempt.outcome, attempt.status) for attempt in trace.attempts
    ]


async def test_what_a_wan_rejects_is_a_dead_letter(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.REJECT))
    answered = await running.answered(running.registers())
    await running.settled()
    (dead,) = await running.worker.state.outbox(dead=True, limit=10)
    trace = await running.trace(answered.trace_id)
    assert (answered.trace_id, "North answered 400: switched to reject") == (dead.hand_off.trace_id, dead.last_error)
    assert [("dead-letter", 400)] == [(attempt.outcome, attempt.status) for attempt in trace.attempts]


async def test_a_new_certificate_of_a_device_counts_at_once(running: Running) -> None:
    esme, state = running.scene.device("esme"), running.worker.state
    _, command = await the_command(running, running.registers())
    old_secret = await secret_of(running, esme)
    assert verify_mac(command, old_secret)
    record = await state.device(esme)
    certificate = await state.key_agreement_certificate(running.scene.device("exporting-esme"))
    assert record is not None
    assert certificate is not None
    await state.import_devices([record], {esme: certificate})
    assert "I99" == (await running.answered(running.registers())).code
    (_, seen) = await running.witness.wait_for("/wan/", 2)
    later = decode_message(seen.body)
    assert isinstance(later, Command)
    assert verify_mac(later, await secret_of(running, esme))
    assert not verify_mac(later, old_secret)
