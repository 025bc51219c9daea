"""The outbox at work by itself: one state file, real far sides on sockets, and every way that a delivery can go wrong.

What no single delivery may do is stop the others. The whole gateway's deliveries are ``test_onward``'s.
"""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from patience import A_LONG_TIME, until

from gateway.onward import Address, Onward
from gateway.ports import Acceptance, Accepted, Far, HandOff, Stage
from gateway.settings import HandOffPolicy
from gateway.sqlite_state import SqliteState
from gateway.sqlite_traces import SqliteTraces
from routing.trace import HandOffAttempt, RoutingTrace
from schemas.vocabulary import DeviceId, RequestId, ResponseCode, ServiceReferenceVariant, UserId

QUICK = HandOffPolicy(
    timeout_seconds=2.0,
    first_retry_seconds=0.05,
    longest_retry_seconds=0.2,
    breaker_failures=50,
    breaker_seconds=0.5,
)
USER = UserId.parse("90-B3-D5-1F-30-01-00-00")
_numbers = itertools.count(1)


def utc_now() -> datetime:
    return datetime.now(UTC)


def accelerated(times: float) -> Callable[[], datetime]:
    """A clock that runs so many times faster than the real one, from now on."""
    start, began = utc_now(), time.monotonic()
    return lambda: start + timedelta(seconds=(time.monotonic() - began) * times)


# ---- far sides


def says(status: int, text: str = "why not") -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    return (head + text).encode()


class FarSide:
    """Reads each post and says the same octets to it, ``after`` so many seconds; then hangs up."""

    def __init__(self, reply: bytes, after: float) -> None:
        self.reply = reply
        self.keys: list[str] = []
        """Idempotency keys, in the order of the posts."""
        self.url = ""
        self._after = after

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        await reader.readexactly(int(fields["content-length"]))
        self.keys.append(fields["idempotency-key"])
        await asyncio.sleep(self._after)
        writer.write(self.reply)
        writer.close()


@asynccontextmanager
async def far_side(reply: bytes, *, after: float = 0.0) -> AsyncIterator[FarSide]:
    side = FarSide(reply, after)
    server = await asyncio.start_server(side.serve, "127.0.0.1", 0)
    side.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server:
        yield side


# ---- the outbox


class Desk(msgspec.Struct, frozen=True):
    """An outbox at work, with the stores it works on."""

    state: SqliteState
    traces: SqliteTraces
    onward: Onward
    work: asyncio.Task[None]

    async def hand_on(self, *users: str) -> list[str]:
        """Accept one request with a hand-off to each of these, as the gateway does; the traces."""
        accepted = acceptance(*users)
        for each in accepted.hand_offs:
            self.traces.offer(RoutingTrace(trace_id=each.trace_id, received_at=utc_now(), web_service="S"))
        assert Accepted() == await self.state.accept(accepted)
        self.onward.deliver(accepted.hand_offs)
        return [each.trace_id for each in accepted.hand_offs]

    async def tries(self, trace_id: str, count: int = 1) -> list[HandOffAttempt]:
        """The attempts, as soon as there are so many."""
        async with asyncio.timeout(A_LONG_TIME):
            while True:
                trace = await self.traces.show(trace_id)
                assert trace is not None
                if len(trace.attempts) >= count:
                    return list(trace.attempts)
                await asyncio.sleep(0.02)

    async def emptied(self) -> None:
        async def is_empty() -> bool:
            return not await self.state.outbox_depth()

        await until(is_empty)


def acceptance(*users: str) -> Acceptance:
    n = next(_numbers)
    return Acceptance(
        request_id=RequestId(USER, DeviceId(n), n),
        stage=Stage.REQUEST,
        digest=n.to_bytes(32, "big"),
        variant=ServiceReferenceVariant("4.1.1"),
        service_reference="4.1",
        schema_version="5.4",
        trace_id=f"{n:032x}",
        received_at=utc_now(),
        received=b"<request/>",
        code=ResponseCode("I99"),
        answer=b"<answer/>",
        hand_offs=tuple(
            HandOff(
                id=f"{n:016x}{part:016x}",
                far=Far.USER,
                name=name,
                content_type="application/xml",
                body=b"<body/>",
                trace_id=f"{n:016x}{part:016x}",
            )
            for part, name in enumerate(users)
        ),
    )


Addresses = Mapping[str, str] | Callable[[Far, str], Address | None]


@asynccontextmanager
async def at_work(
    folder: Path,
    addresses: Addresses,
    *,
    owner: str = "w0",
    clock: Callable[[], datetime] = utc_now,
    busy_seconds: float = 5.0,
    policy: HandOffPolicy = QUICK,
) -> AsyncIterator[Desk]:
    state = SqliteState(folder / "state.db", owner=owner, clock=clock, busy_seconds=busy_seconds)
    traces = SqliteTraces(folder / "traces.db", queue=10_000, max_age_days=30, max_octets=10**8, clock=clock)
    if callable(addresses):
        look_up = addresses
    else:
        known = addresses
        look_up = lambda _far, name: Address(url=known[name]) if name in known else None  # noqa: E731
    onward = Onward(state, traces, look_up, policy, clock)
    stopping = asyncio.Event()
    await state.open()
    await traces.open()
    await state.recover()
    work = asyncio.create_task(onward.run(stopping))
    await asyncio.sleep(0)
    try:
        yield Desk(state, traces, onward, work)
    finally:
        stopping.set()
        await work
        await traces.close()
        await state.close()


# ---- one answer


def named(reply: bytes, outcome: str, status: int | None, error: str | None, name: str) -> object:
    return pytest.param(reply, outcome, status, error, id=name)


ANSWERS = [
    *(named(says(code, ""), "delivered", code, None, f"{code} is delivered") for code in (200, 202, 204)),
    *(
        named(says(code), "dead-letter", code, f"a answered {code}: why not", f"{code} is final")
        for code in (400, 403, 404, 413, 415)
    ),
    *(
        named(says(code), "retry", code, "why not", f"{code} is for later")
        for code in (302, 308, 408, 429, 500, 502, 503, 504)
    ),
    named(says(503, ""), "retry", 503, "answered 503", "a refusal without words"),
    named(b"", "retry", None, "the connection was closed before an answer", "hanging up"),
    named(b"220 mail.example ESMTP\r\n\r\n", "retry", None, "expected an HTTP/1 answer: ", "another protocol"),
    named(says(500)[:-3], "retry", 500, "why", "half a refusal"),
    named(says(503, "\x00\x1b[31m" + "x" * 90_000), "retry", 503, "\x00\x1b[31m" + "x" * 494, "a very long refusal"),
]


@pytest.mark.parametrize(("reply", "outcome", "status", "error"), ANSWERS)
async def test_an_answer_means(
    tmp_path: Path, reply: bytes, outcome: str, status: int | None, error: str | None
) -> None:
    async with far_side(reply) as side, at_work(tmp_path, {"a": side.url}) as desk:
        (trace_id,) = await desk.hand_on("a")
        attempt, *_ = await desk.tries(trace_id)
        assert (outcome, status, trace_id, "user", "a") == (
            attempt.outcome,
            attempt.status,
            attempt.hand_off,
            attempt.far,
            attempt.name,
        )
        assert error == (attempt.error and attempt.error[: len(error or "")])


# ---- nothing stops the others

BAD_ADDRESSES = {
    "nothing": "",
    "no scheme": "far.example/receive",
    "no host": "http:///receive",
    "another scheme": "ftp://127.0.0.1/receive",
    "a port that is none": "http://127.0.0.1:99999/",
    "a port in words": "http://127.0.0.1:http/",
    "half an address of version 6": "http://[::1/receive",
    "a label that is too long": f"http://{'a' * 64}.example/",
    "an empty label": "http://a..example/",
    "a letter that no host has": "http://\u2100.example/",
    "half a character": "http://127.0.0.1:9/\ud800",
    "a line end": "http://127.0.0.1:9/\r\nHost: b",
    "a port where nobody may knock": "http://127.0.0.1:0/",
    "a user and a password": "http://jo:secret@127.0.0.1:9/",
}


@pytest.mark.parametrize("address", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES.keys())
async def test_a_bad_address_is_its_own_destinations_trouble(tmp_path: Path, address: str) -> None:
    async with far_side(says(204, "")) as side, at_work(tmp_path, {"bad": address, "good": side.url}) as desk:
        bad, good = await desk.hand_on("bad", "good")
        assert ["delivered"] == [one.outcome for one in await desk.tries(good)]
        # Tried again like any other, for as long as any other: somebody may mend the address.
        attempts = await desk.tries(bad, 2)
        assert ["retry", "retry"] == [one.outcome for one in attempts][:2]
        assert (attempts[0].error or "").startswith("ValueError: expected an ")
        (later,) = await desk.hand_on("good")
        assert ["delivered"] == [one.outcome for one in await desk.tries(later)]
        assert not desk.work.done()


async def test_an_address_book_that_fails_is_its_own_entrys_trouble(tmp_path: Path) -> None:
    async with far_side(says(204, "")) as side:

        def look_up(_far: Far, name: str) -> Address | None:
            return Address(url=side.url) if name == "good" else Address(url=str(UserId.parse(name)))

        async with at_work(tmp_path, look_up) as desk:
            bad, good = await desk.hand_on("bad", "good")
            assert ["delivered"] == [one.outcome for one in await desk.tries(good)]
            attempt, *_ = await desk.tries(bad)
            assert ("retry", "ValueError: 'bad' is not an EUI-64 (eight hexadecimal pairs joined by hyphens)") == (
                attempt.outcome,
                attempt.error,
            )


async def test_a_store_that_fails_for_a_while_is_used_again_when_it_is_back(tmp_path: Path) -> None:
    clock = accelerated(30)
    async with far_side(says(503)) as side, at_work(tmp_path, {"a": side.url}, clock=clock) as desk:
        (trace_id,) = await desk.hand_on("a")
        await desk.tries(trace_id)
        with closing(sqlite3.connect(tmp_path / "state.db")) as db:
            db.execute("ALTER TABLE outbox RENAME TO elsewhere")
            await asyncio.sleep(1.5)
            assert not desk.work.done(), "a fault of ours, every half second, and it goes on"
            side.reply = says(204, "")
            db.execute("ALTER TABLE elsewhere RENAME TO outbox")
        await desk.emptied()
        assert "delivered" == (await desk.tries(trace_id, 2))[-1].outcome


async def test_a_store_that_another_holds_is_waited_for(tmp_path: Path) -> None:
    clock = accelerated(30)
    async with (
        far_side(says(503)) as side,
        at_work(tmp_path, {"a": side.url}, clock=clock, busy_seconds=0.1) as desk,
    ):
        (trace_id,) = await desk.hand_on("a")
        await desk.tries(trace_id)
        with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(1.5)
            assert not desk.work.done()
            side.reply = says(204, "")
            db.execute("ROLLBACK")
        await desk.emptied()


async def test_what_was_tried_a_thousand_times_is_tried_once_more(tmp_path: Path) -> None:
    async with far_side(says(503)) as side, at_work(tmp_path, {"a": side.url}) as desk:
        hopeless = acceptance("a")
        desk.traces.offer(RoutingTrace(trace_id=hopeless.hand_offs[0].trace_id, received_at=utc_now(), web_service="S"))
        assert Accepted() == await desk.state.accept(hopeless)
        (hand_off,) = hopeless.hand_offs
        later = utc_now() + timedelta(seconds=1)
        await asyncio.gather(*(desk.state.postpone(hand_off.id, later, "down") for _ in range(1100)))
        attempts = await desk.tries(hand_off.id, 2)
        assert ["retry", "retry"] == [one.outcome for one in attempts][:2]
        side.reply = says(204, "")
        await desk.emptied()


# ---- destinations apart


async def test_a_silent_destination_opens_its_circuit_too(tmp_path: Path) -> None:
    """Its time-outs are longer than the circuit stays open: what counts is when they end."""
    policy = msgspec.structs.replace(
        QUICK, timeout_seconds=0.8, breaker_failures=1, breaker_seconds=0.6, first_retry_seconds=0.05
    )
    async with far_side(b"", after=30) as side, at_work(tmp_path, {"a": side.url}, policy=policy) as desk:
        (trace_id,) = await desk.hand_on("a")
        first, second = (await desk.tries(trace_id, 2))[:2]
        assert ("retry", "no answer within 0.8 s") == (first.outcome, first.error)
        assert timedelta(seconds=0.8 + 0.6) <= second.at - first.at


async def test_a_destination_that_was_dead_takes_the_rest_after_one_success(tmp_path: Path) -> None:
    policy = msgspec.structs.replace(QUICK, breaker_failures=2, breaker_seconds=1.0, concurrency=1)
    async with far_side(says(503)) as side, at_work(tmp_path, {"a": side.url}, policy=policy) as desk:
        for _ in range(8):
            await desk.hand_on("a")
        await until(lambda: len(side.keys) >= 2)
        side.reply = says(204, "")
        await desk.emptied()
        assert 2 + 8 == len(side.keys)


# ---- who delivers


async def left_by(folder: Path, owner: str, name: str) -> HandOff:
    """What a process that died after its acceptance leaves: a hand-off under its lease."""
    state = SqliteState(folder / "state.db", owner=owner)
    await state.open()
    left = acceptance(name)
    assert Accepted() == await state.accept(left)
    await state.close()
    return left.hand_offs[0]


async def test_what_a_dead_process_left_its_successor_delivers_at_once(tmp_path: Path) -> None:
    left = await left_by(tmp_path, "w0", "a")
    async with far_side(says(204, "")) as side, at_work(tmp_path, {"a": side.url}) as desk:
        began = time.monotonic()
        await desk.emptied()
        assert [left.id] == side.keys
        assert time.monotonic() - began < 5, "long before the lease ends"


async def test_what_a_dead_process_left_another_delivers_when_the_lease_is_over(tmp_path: Path) -> None:
    clock = accelerated(30)
    left = await left_by(tmp_path, "w0", "a")
    async with far_side(says(204, "")) as side, at_work(tmp_path, {"a": side.url}, owner="w1", clock=clock) as desk:
        await asyncio.sleep(1.0)
        assert [] == side.keys, "the lease of 60 s has 30 to go"
        await desk.emptied()
        assert [left.id] == side.keys


async def test_a_slow_delivery_stays_with_the_process_that_makes_it(tmp_path: Path) -> None:
    """It takes two leases of time, and another process is ready to take over."""
    clock = accelerated(20)
    policy = msgspec.structs.replace(QUICK, timeout_seconds=30.0)
    async with far_side(says(204, ""), after=6.0) as side:
        known = {"a": side.url}
        async with (
            at_work(tmp_path, known, owner="w1", clock=clock, policy=policy),
            at_work(tmp_path, known, owner="w0", clock=clock, policy=policy) as desk,
        ):
            (trace_id,) = await desk.hand_on("a")
            await desk.emptied()
            assert [trace_id] == side.keys


async def test_what_is_under_way_when_the_end_comes_is_finished(tmp_path: Path) -> None:
    async with far_side(says(204, ""), after=1.0) as side:
        async with at_work(tmp_path, {"a": side.url}) as desk:
            await desk.hand_on("a")
            await until(lambda: bool(side.keys))
        async with at_work(tmp_path, {"a": side.url}) as desk:
            assert {} == await desk.state.outbox_depth()
        assert 1 == len(side.keys)
