"""The listeners: TLS on either side, who is let in, and what happens when too much comes or the gateway stops."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from running import SOON, Replied, Running, free_port, serving
from tls_ring import Authority, Ring

from gateway.sandbox.world import World
from gateway.service import Worker
from gateway.settings import Settings, SettingsError, Tls, load_settings
from gateway.trace_ports import TraceQuery


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Ring:
    folder = tmp_path_factory.mktemp("tls")
    ours, others = Authority(folder, "ours"), Authority(folder, "others")
    return Ring(ours, others, ours.issue("server"), ours.issue("peer"), others.issue("stranger"))


# ---- who is let in


LISTENERS = ["listen", "operator"]
WHERE = {"listen": ("POST", "/api/v1/serviceS", 415), "operator": ("GET", "/livez", 200)}


def with_tls(listener: str, tls: Tls) -> Callable[[Settings], Settings]:
    def adjust(settings: Settings) -> Settings:
        section = msgspec.structs.replace(getattr(settings, listener), tls=tls)
        return msgspec.structs.replace(settings, **{listener: section})

    return adjust


async def asked(settings: Settings, listener: str, context: ssl.SSLContext | None) -> int:
    """The status, without a document. Raises aiohttp.ClientError when there is no connection."""
    method, path, _ = WHERE[listener]
    scheme = "http" if context is None else "https"
    url = f"{scheme}://127.0.0.1:{getattr(settings, listener).port}{path}"
    async with aiohttp.ClientSession() as session, session.request(method, url, ssl=context or True) as answer:
        return answer.status


@pytest.mark.parametrize("listener", LISTENERS)
async def test_over_tls(world: World, ring: Ring, listener: str) -> None:
    async with only_the_gateway(world, with_tls(listener, ring.section(mutual=False))) as worker:
        assert WHERE[listener][2] == await asked(worker.settings, listener, ring.client(None))
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await asked(worker.settings, listener, ssl.create_default_context(cafile=str(ring.others.ca)))
        with pytest.raises(aiohttp.ClientError):
            await asked(worker.settings, listener, None)


@pytest.mark.parametrize("listener", LISTENERS)
async def test_over_mutual_tls(world: World, ring: Ring, listener: str) -> None:
    async with only_the_gateway(world, with_tls(listener, ring.section(mutual=True))) as worker:
        assert WHERE[listener][2] == await asked(worker.settings, listener, ring.client(ring.peer))
        for pair in (None, ring.stranger):
            with pytest.raises(aiohttp.ClientError):
                await asked(worker.settings, listener, ring.client(pair))
        # Whoever was turned away left nothing behind.
        assert WHERE[listener][2] == await asked(worker.settings, listener, ring.client(ring.peer))


@asynccontextmanager
async def only_the_gateway(world: World, adjust: Callable[[Settings], Settings]) -> AsyncIterator[Worker]:
    worker = Worker(adjust(world.settings))
    async with worker.running():
        yield worker


# ---- far sides over TLS


@asynccontextmanager
async def far_side(ring: Ring, *, mutual: bool) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A WAN that takes everything: its port, and what it took."""
    taken: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        taken.append(await request.read())
        return web.Response(status=202)

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*ring.server)
    if mutual:
        context.load_verify_locations(ring.ours.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    app = web.Application()
    app.router.add_post("/{place:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield runner.addresses[0][1], taken
    finally:
        await runner.cleanup()


def presenting(ring: Ring, pair: tuple[Path, Path] | None, ca: Path) -> Tls:
    return Tls(client_ca=ca) if pair is None else Tls(certificate=pair[0], key=pair[1], client_ca=ca)


FAR = {
    "with TLS": (False, None, "ours", True),
    "with mutual TLS": (True, "peer", "ours", True),
    "that wants a certificate and gets none": (True, None, "ours", False),
    "that wants a certificate and gets a stranger's": (True, "stranger", "ours", False),
    "whose own certificate another authority issued": (False, None, "others", False),
}


@pytest.mark.parametrize(("mutual", "pair", "ca", "reached"), FAR.values(), ids=FAR.keys())
async def test_a_far_side(world: World, ring: Ring, mutual: bool, pair: str | None, ca: str, reached: bool) -> None:
    async with far_side(ring, mutual=mutual) as (port, taken):
        tls = presenting(ring, None if pair is None else getattr(ring, pair), getattr(ring, ca).ca)

        def adjust(settings: Settings) -> Settings:
            north = msgspec.structs.replace(settings.wan["North"], url=f"https://127.0.0.1:{port}/", tls=tls)
            return msgspec.structs.replace(settings, wan={**settings.wan, "North": north})

        async with serving(world, adjust) as running:
            answered = await running.answered(running.registers())
            attempts = await first_attempts(running, answered.trace_id)
            waiting = await running.worker.state.outbox(dead=False, limit=10)
    assert "I99" == answered.code
    assert ("delivered" if reached else "retry", 1 if reached else 0) == (attempts[0], len(taken))
    assert reached or 1 == len(waiting)


async def first_attempts(running: Running, trace_id: str) -> list[str]:
    async with asyncio.timeout(SOON):
        while not (found := (await running.trace(trace_id)).attempts):  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.02)
    return [attempt.outcome for attempt in found]


# ---- what the settings refuse


SECTIONS = {
    "an operators' port off loopback without a token": (
        '[operator]\nhost = "127.0.0.1"', '[operator]\nhost = "0.0.0.0"',
        "operator.token: needed when operator.host is '0.0.0.0'",
    ),
    "a certificate without its key": (
        "[store]", '[listen.tls]\ncertificate = "x.pem"\n[store]', "listen.tls: certificate and key go together",
    ),
    "a client CA without a certificate": (
        "[store]", '[operator.tls]\nclient_ca = "ours.pem"\n[store]',
        "operator.tls.client_ca: mutual TLS needs certificate and key as well",
    ),
    "more workers than counters tell apart": (
        "[store]", "[workers]\ncount = 33\n[store]", "workers.count: at most 32, found 33",
    ),
    "no large document at a time": (
        "[store]", "[limits]\nlarge_in_flight = 0\n[store]", "Expected `int` >= 1 - at `$.limits.large_in_flight`",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "put", "says"), SECTIONS.values(), ids=SECTIONS.keys())
def test_the_settings_refuse(world: World, found: str, put: str, says: str) -> None:
    text = world.config.read_text()
    assert found in text
    world.config.write_text(text.replace(found, put, 1))
    with pytest.raises(SettingsError) as refused:
        load_settings(world.config)
    assert f"{world.config}: {says}" == str(refused.value)


async def test_a_certificate_that_is_none_is_refused_at_the_start(world: World, tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("no certificate")
    tls = Tls(certificate=tmp_path / "x.pem", key=tmp_path / "x.pem")
    with pytest.raises(SettingsError, match=r"^listen\.tls: "):
        async with only_the_gateway(world, with_tls("listen", tls)):
            pass


# ---- too much, and the end


def with_limits(**limits: object) -> Callable[[Settings], Settings]:
    def adjust(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, limits=msgspec.structs.replace(settings.limits, **limits))

    return adjust


class Slow:
    """A document whose sender stops before its end until it is let go on."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._go_on = asyncio.Event()

    def go_on(self) -> None:
        self._go_on.set()

    async def octets(self) -> AsyncIterator[bytes]:
        yield self._document[:100]
        await self._go_on.wait()
        yield self._document[100:]


async def inside(worker: Worker, number: int) -> None:
    async with asyncio.timeout(SOON):
        while worker.in_flight < number:  # noqa: ASYNC110 -- the door tells nobody
            await asyncio.sleep(0.01)


def is_turned_away(reply: Replied) -> None:
    assert (503, "1") == (reply.status, reply.headers["retry-after"])
    assert "application/problem+json" == reply.headers["content-type"]
    assert "urn:duis-gateway:problem:overloaded" == reply.problem["type"]


async def test_above_its_limit_the_gateway_turns_away_and_accepts_nothing(world: World) -> None:
    async with serving(world, with_limits(in_flight=2)) as running:
        slow = [Slow(running.registers().document) for _ in range(2)]
        held = [asyncio.create_task(running.send(one.octets())) for one in slow]
        await inside(running.worker, 2)
        post = running.registers()
        reply = await running.send(post.document)
        is_turned_away(reply)
        assert "overloaded" == (await running.trace(reply.trace_id)).outcome
        for one in slow:
            one.go_on()
        assert [(200, "I99")] * 2 == [(reply.status, reply.code) for reply in await asyncio.gather(*held)]
        # Nothing was accepted of what was turned away: it is no repeat now.
        answered = await running.answered(post)
        assert ("I99", "accepted") == (answered.code, (await running.trace(answered.trace_id)).outcome)


async def test_a_gateway_that_stops_answers_what_is_inside_and_turns_the_rest_away(world: World) -> None:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(serving(world))
        worker = Worker(elsewhere(running.settings), index=1)
        stop = asyncio.Event()

        async def run() -> None:
            async with worker.running(operate=False):
                await stop.wait()

        task = asyncio.create_task(run())
        url = f"http://127.0.0.1:{worker.settings.listen.port}/api/v1/serviceS"
        first, other = running.registers(), running.registers()
        slow = Slow(first.document)
        await listens(worker.settings.listen.port)
        held = asyncio.create_task(running.call("POST", url, slow.octets(), Content_Type="application/xml"))
        await inside(worker, 1)
        stop.set()
        async with asyncio.timeout(SOON):
            while worker.ready:  # noqa: ASYNC110 -- it tells nobody
                await asyncio.sleep(0.01)
        is_turned_away(await running.call("POST", url, other.document, Content_Type="application/xml"))
        slow.go_on()
        reply = await held
        assert (200, "I99") == (reply.status, reply.code)
        await task
        # What it accepted is delivered, by it or by those that are left; what it turned away it has not kept.
        await running.settled()
        assert first.request is not None and other.request is not None
        names = (first.request.request_id, other.request.request_id)
        assert [1, 0] == [len(running.simulators.users.answers(name)) for name in names]


def elsewhere(settings: Settings) -> Settings:
    """The same, listening on another port."""
    return msgspec.structs.replace(settings, listen=msgspec.structs.replace(settings.listen, port=free_port()))


async def listens(port: int) -> None:
    async with asyncio.timeout(SOON):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return


async def test_a_request_that_was_accepted_as_the_gateway_stopped_is_handed_on_after_its_start(world: World) -> None:
    """The far side does not answer while the first gateway runs; the second one finds the hand-off."""

    def nowhere(settings: Settings) -> Settings:
        north = msgspec.structs.replace(settings.wan["North"], url="http://127.0.0.1:1/")
        return msgspec.structs.replace(settings, wan={**settings.wan, "North": north})

    async with serving(world, nowhere) as running:
        post = running.registers()
        answered = await running.answered(post)
        assert ("I99", ["retry"]) == (answered.code, await first_attempts(running, answered.trace_id))
    async with serving(world) as running:
        await running.witness.wait_for("/wan/North")
        await running.settled()
        assert post.request is not None
        assert 1 == len(running.simulators.users.answers(post.request.request_id))


async def test_a_sender_above_its_rate_is_told_when_to_come_again(world: World) -> None:
    async with serving(world, with_limits(originator_rate=0.5, originator_burst=2)) as running:
        posts = [running.registers() for _ in range(3)]
        replies = [await running.send(post.document) for post in posts]
        assert [200, 200, 429] == [reply.status for reply in replies]
        last = replies[2]
        assert ("1", "urn:duis-gateway:problem:rate-limited") == (last.headers["retry-after"], last.problem["type"])
        trace = await running.trace(last.trace_id)
        assert ("rate-limited", str(posts[2].request.request_id)) == (trace.outcome, trace.request_id)  # type: ignore[union-attr]
        # Others are not concerned.
        other = running.registers(user="second supplier")
        assert "E4" == (await running.send(other.document)).code


HEAD = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: 5000\r\n\r\n<a"


async def test_a_sender_that_goes_away_leaves_the_door_and_a_trace(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.settings.listen.port)
    writer.write(HEAD % (b"/api/v1/serviceS", b"application/xml"))
    await inside(running.worker, 1)
    writer.close()
    async with asyncio.timeout(SOON):
        while running.worker.in_flight:  # noqa: ASYNC110 -- the door tells nobody
            await asyncio.sleep(0.01)
    assert not await reader.read()
    assert "I99" == (await running.answered(running.registers())).code
    (trace,) = [t for t in await running.worker.traces.find(TraceQuery()) if t.outcome == "incomplete"]
    assert (400, "the sender hung up before the document's end: Connection lost") == (trace.status, trace.reason)
    assert [] == caplog.records, "that somebody hangs up is no fault of ours"


async def test_a_far_side_that_goes_away_is_no_fault_of_ours(
    running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", running.settings.listen.port)
    writer.write(HEAD % (b"/wan/v1/messages", b"application/octet-stream"))
    await asyncio.sleep(0.2)
    writer.close()
    await asyncio.sleep(0.2)
    assert "I99" == (await running.answered(running.registers())).code
    assert [] == caplog.records
