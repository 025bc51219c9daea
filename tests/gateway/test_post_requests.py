"""What a post is on the wire and where it leads: octets, bodies of all sizes, real servers, names, TLS."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from misbehaving import Reads, Says, octet_by_octet, peer, stays
from posting import FIELDS, Run, answer, chunked, client, on_both_loops, post
from tls_ring import Authority

from gateway.post_connection import Answered, PostConnection, Told, Unanswered

# ---- what is sent


@on_both_loops
def test_a_request_is_these_octets(run: Run) -> None:
    async def test() -> None:
        async with peer() as to, client() as ours:
            await ours.post(to.url, None, {**FIELDS, "traceparent": "00-ab-cd-01"}, b"<a/>")
            lines = (
                "POST /here HTTP/1.1",
                f"Host: 127.0.0.1:{to.port}",
                "Content-Length: 4",
                "Content-Type: application/xml",
                "Idempotency-Key: 0123456789abcdef",
                "traceparent: 00-ab-cd-01",
                "",
                "<a/>",
            )
            assert ["\r\n".join(lines).encode()] == to.requests

    run(test())


BAD_FIELDS = {
    "a line end": {"Idempotency-Key": "a\r\nX-Role: admin"},
    "a line feed": {"Idempotency-Key": "a\nb"},
    "a carriage return": {"Idempotency-Key": "a\rb"},
    "a zero octet": {"Idempotency-Key": "a\0"},
    "a line end in its name": {"X\r\nY": "a"},
    "an accent": {"Content-Type": "text/caf\u00e9"},
    "a line separator": {"Content-Type": "a\u2028b"},
    "half a character": {"Content-Type": "\ud800"},
}


@pytest.mark.parametrize("fields", BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
@on_both_loops
def test_a_header_field_is_not_written_with(run: Run, fields: dict[str, str]) -> None:
    async def test() -> None:
        async with peer() as to, client() as ours:
            with pytest.raises(ValueError, match=r"one line|ascii"):
                await ours.post(to.url, None, fields, b"")
            assert Answered(204, "") == await post(ours, to)
            assert 1 == len(to.requests)

    run(test())


BODIES = {"nothing": 0, "an octet": 1, "just enough for one piece": 65_536, "two pieces": 65_537, "a lot": 14_000_000}


@pytest.mark.parametrize("octets", BODIES.values(), ids=BODIES.keys())
@on_both_loops
def test_a_server_gets_the_whole_of(run: Run, octets: int) -> None:
    """A real server: aiohttp's."""
    body = bytes(range(256)) * (octets // 256) + bytes(octets % 256)

    async def test() -> None:
        async def take(request: web.Request) -> web.Response:
            received = await request.read()
            return web.Response(status=400, text=hashlib.sha256(received).hexdigest())

        async with aiohttp_server(take) as url, client(seconds=20) as ours:
            expected = Answered(400, hashlib.sha256(body).hexdigest())
            assert [expected] * 3 == [await ours.post(url, None, FIELDS, body) for _ in range(3)]
            third = octets // 3
            assert expected == await ours.post(url, None, FIELDS, body[:third], body[third:-third], body[-third:])

    run(test())


@on_both_loops
def test_a_server_that_answers_before_it_has_read_all_is_heard(run: Run) -> None:
    async def test() -> None:
        async def refuse(request: web.Request) -> web.Response:
            await request.content.readany()
            return web.Response(status=413, text="too much")

        async with aiohttp_server(refuse) as url, client() as ours:
            found = await ours.post(url, None, FIELDS, bytes(20_000_000))
            assert Answered(413, "too much") == found
            assert Answered(413, "too much") == await ours.post(url, None, FIELDS, b"a")

    run(test())


@on_both_loops
def test_a_server_is_posted_to_by_many_at_once(run: Run) -> None:
    async def test() -> None:
        seen: list[str] = []

        async def take(request: web.Request) -> web.StreamResponse:
            seen.append(request.headers["Idempotency-Key"])
            text = (await request.read()).decode()
            response = web.StreamResponse(status=400)
            response.enable_chunked_encoding()
            await response.prepare(request)
            for letter in text:
                await response.write(letter.encode())
            return response

        async with aiohttp_server(take) as url, client(most=8) as ours:

            async def one(n: int) -> Told:
                return await ours.post(url, None, {"Idempotency-Key": str(n)}, f"this is {n}".encode())

            found = await asyncio.gather(*(one(n) for n in range(300)))
            assert [Answered(400, f"this is {n}") for n in range(300)] == found
            assert sorted(map(str, range(300))) == sorted(seen)

    run(test())


@asynccontextmanager
async def aiohttp_server(
    take: Callable[[web.Request], Awaitable[web.StreamResponse]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[str]:
    app = web.Application(client_max_size=2**25)
    app.router.add_post("/", take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        yield f"{'http' if tls is None else 'https'}://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


class CountingTransport:
    """A transport as it is, and how many octets each write to it had."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.writes: list[int] = []
        self._transport = transport

    def write(self, octets: bytes) -> None:
        self.writes.append(len(octets))
        self._transport.write(octets)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self.writes.extend(map(len, pieces))
        self._transport.writelines(pieces)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


class Counted(PostConnection):
    """A connection over a counting transport."""

    counting: CountingTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.counting = CountingTransport(cast("asyncio.Transport", transport))
        super().connection_made(cast("asyncio.Transport", self.counting))


HEAD = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n"
WRITES = {
    "a small request in one piece": (4000, [len(HEAD % 4000) + 4000]),
    "a large one in two": (70_000, [len(HEAD % 70_000), 70_000]),
}


@pytest.mark.parametrize(("octets", "expected"), WRITES.values(), ids=WRITES.keys())
@on_both_loops
def test_a_connection_writes(run: Run, octets: int, expected: list[int]) -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        async with peer() as to:
            _, connection = await loop.create_connection(lambda: Counted(loop, lambda _: None), "127.0.0.1", to.port)
            assert Answered(204, "") == await connection.post((HEAD % octets, bytes(octets)), loop.time() + 5)
            assert expected == connection.counting.writes
            connection.close()

    run(test())


# ---- where it leads


@on_both_loops
def test_an_address_of_version_6(run: Run) -> None:
    async def test() -> None:
        try:
            async with peer(host="::1") as to, client() as ours:
                assert Answered(204, "") == await ours.post(f"http://[::1]:{to.port}/", None, {}, b"")
                assert f"Host: [::1]:{to.port}".encode() in to.requests[0]
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")

    run(test())


@on_both_loops
def test_a_name(run: Run) -> None:
    async def test() -> None:
        async with peer() as to, client() as ours:
            assert Answered(204, "") == await ours.post(f"http://LocalHost:{to.port}/", None, {}, b"")
            assert f"Host: localhost:{to.port}".encode() in to.requests[0]

    run(test())


@on_both_loops
def test_a_name_that_nobody_has(run: Run) -> None:
    async def test() -> None:
        async with client() as ours:
            found = await ours.post("http://nobody.invalid/", None, {}, b"")
            assert isinstance(found, Unanswered)
            assert (
                "cannot connect to nobody.invalid:80: " == found.reason[: len("cannot connect to nobody.invalid:80: ")]
            )

    run(test())


@on_both_loops
def test_a_peer_that_does_not_shake_hands_is_given_up(run: Run) -> None:
    async def test() -> None:
        async with (
            peer(*[Says((), reads=Reads.NOTHING)] * 999) as to,
            client(seconds=0.4) as ours,
        ):
            found = await ours.post(f"https://127.0.0.1:{to.port}/", None, {}, b"")
            assert Unanswered(f"cannot connect to 127.0.0.1:{to.port}: no connection within 0.4 s") == found

    run(test())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"), "ours")


def serving(pair: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*pair)
    return context


@on_both_loops
def test_over_tls(run: Run, authority: Authority) -> None:
    trusting = ssl.create_default_context(cafile=str(authority.ca))
    body = bytes(range(256)) * 4000
    answers = [stays(chunked(503, b"come ", b"later"))] * 2 + [octet_by_octet(answer(400, b"no"))]

    async def test() -> None:
        async with peer(*answers, tls=serving(authority.issue("server"))) as to, client() as ours:
            url = f"https://127.0.0.1:{to.port}/"
            found = [await ours.post(url, trusting, {}, body) for _ in range(3)]
            assert [Answered(503, "come later")] * 2 + [Answered(400, "no")] == found
            assert [True] * 3 == [each.endswith(body) for each in to.requests]
            assert 1 == to.connections
            await to.hang_up()
            assert Answered(204, "") == await ours.post(url, trusting, {}, body)
        assert 2 == to.connections

    run(test())


@on_both_loops
def test_a_certificate_is_asked_for_and_read(run: Run, authority: Authority, tmp_path: Path) -> None:
    stranger = Authority(tmp_path, "stranger")
    contexts = {
        "unable to get local issuer": ssl.create_default_context(cafile=str(stranger.ca)),
        "self-signed certificate|unable to get local issuer": None,
    }

    async def test() -> None:
        async with peer(tls=serving(authority.issue("server"))) as to, client() as ours:
            for context in contexts.values():
                found = await ours.post(f"https://127.0.0.1:{to.port}/", context, {}, b"")
                assert isinstance(found, Unanswered)
                start = f"cannot connect to 127.0.0.1:{to.port}: [SSL: CERTIFICATE_VERIFY_FAILED]"
                assert start == found.reason[: len(start)]
            trusting = ssl.create_default_context(cafile=str(authority.ca))
            found = await ours.post(f"https://localhost:{to.port}/", trusting, {}, b"")
            assert isinstance(found, Unanswered)
            assert "Hostname mismatch, certificate is not valid for 'localhost'" in found.reason
            assert [] == to.requests

    run(test())
