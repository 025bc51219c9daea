"""HTTP in, octet for octet: what goes out for what comes in, on connections that are kept and on such that are not.

What a document comes to is ``test_malformed_input``'s; who is let in, and how many, ``test_listeners``'.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import cast

import msgspec
import pytest
from aiohttp import web
from running import SOON, Running, serving

from gateway.http import listener
from gateway.http_answer import HttpAnswer
from gateway.sandbox.world import World
from gateway.settings import Settings

PATH = "/api/v1/serviceS"


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as it came."""

    line: str
    fields: dict[str, str]
    """In their order, names as they were written."""
    body: bytes

    @property
    def status(self) -> int:
        return int(self.line.split(" ")[1])

    @property
    def detail(self) -> str:
        return str(msgspec.json.decode(self.body)["detail"])


class Caller:
    """One connection to a listener."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def say(self, *pieces: str | bytes) -> None:
        self._writer.write(b"".join(each.encode() if isinstance(each, str) else each for each in pieces))

    async def answer(self, *, body: bool = True) -> Heard:
        """The next answer; ``body`` is False for one that has none, whatever its length says."""
        async with asyncio.timeout(SOON):
            line, *lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().rstrip("\r\n").split("\r\n")
            fields = dict(each.split(": ", 1) for each in lines)
            octets = int(fields.get("Content-Length", 0)) if body else 0
            return Heard(line=line, fields=fields, body=await self._reader.readexactly(octets))

    async def rest(self) -> bytes:
        """What comes until the other side closes."""
        async with asyncio.timeout(SOON):
            return await self._reader.read()


@asynccontextmanager
async def calling(port: int) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()


def posted(*fields: str, path: str = PATH, method: str = "POST", version: str = "1.1", length: int = 0) -> str:
    """A head; the type is a user's unless ``fields`` have one."""
    lines = [f"{method} {path} HTTP/{version}", "Host: x", f"Content-Length: {length}", *fields]
    if not any(each.startswith("Content-Type") for each in fields):
        lines.append("Content-Type: application/xml")
    return "\r\n".join((*lines, "", ""))


async def test_an_answer_has_these_fields_and_no_other(running: Running) -> None:
    document = running.registers().document
    async with calling(running.settings.listen.port) as caller:
        caller.say(posted(length=len(document)), document)
        heard = await caller.answer()
    assert "HTTP/1.1 200 OK" == heard.line
    assert ["Date", "Content-Type", "Content-Length", "X-Routing-Trace"] == list(heard.fields)
    assert "application/xml" == heard.fields["Content-Type"]
    assert re.fullmatch("[0-9a-f]{32}", heard.fields["X-Routing-Trace"])
    assert abs((parsedate_to_datetime(heard.fields["Date"]) - running.clock()).total_seconds()) < SOON
    assert b"<sr:ResponseCode>I99<" in heard.body


OCTETS: dict[str, tuple[HttpAnswer, str]] = {
    "nothing to say": (HttpAnswer(204), "HTTP/1.1 204 No Content | Date"),
    "an empty body": (
        HttpAnswer(200, "application/xml"), "HTTP/1.1 200 OK | Date Content-Type Content-Length",
    ),
    "fields of its own": (
        HttpAnswer(503, "application/problem+json", b"{}", {"Retry-After": "5"}),
        "HTTP/1.1 503 Service Unavailable | Date Content-Type Content-Length Retry-After",
    ),
    "a large body": (
        HttpAnswer(200, "application/xml", b"x" * 200_000), "HTTP/1.1 200 OK | Date Content-Type Content-Length",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "expected"), OCTETS.values(), ids=OCTETS.keys())
async def test_an_answer_goes_out_with(answer: HttpAnswer, expected: str) -> None:
    async def answered(_: web.BaseRequest) -> HttpAnswer:
        return answer

    server = web.Server(answered, access_log=None)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    async with listening, calling(listening.sockets[0].getsockname()[1]) as caller:
        for _ in range(2):
            caller.say(posted())
            heard = await caller.answer()
            assert expected == f"{heard.line} | {' '.join(heard.fields)}"
            assert int(heard.fields.get("Content-Length", 0)) == len(heard.body)
        await server.shutdown(1.0)


# ---- paths and methods

PLACES = {
    "a web service": (posted(), 400, {}),
    "a web service with a query": (posted(path=f"{PATH}?a=b"), 400, {}),
    "a web service that is spelt with escapes": (posted(path="/api/v1/service%53"), 400, {}),
    "a web service in other letters": (posted(path="/api/v1/services"), 404, {}),
    "a web service and more": (posted(path=f"{PATH}/"), 404, {}),
    "a web service, got": (posted(method="GET"), 405, {"Allow": "POST"}),
    "nothing": (posted(path="/"), 404, {}),
    "a S1SP without a name": (posted(path="/s1sp/v1//messages"), 404, {}),
    "a S1SP": (posted(path="/s1sp/v1/secure/messages"), 400, {}),
    "a S1SP, got": (posted(path="/s1sp/v1/secure/messages", method="GET"), 405, {"Allow": "POST"}),
    "a S1SP with another type": (posted("Content-Type: text/xml", path="/s1sp/v1/secure/messages"), 415, {}),
    "the WAN with another type": (posted(path="/wan/v1/messages"), 415, {}),
    "the WAN": (posted("Content-Type: application/octet-stream", path="/wan/v1/messages"), 400, {}),
    "the WAN, got": (posted(path="/wan/v1/messages", method="GET"), 405, {"Allow": "POST"}),
}


@pytest.mark.parametrize(("request_head", "status", "fields"), PLACES.values(), ids=PLACES.keys())
async def test_at(running: Running, request_head: str, status: int, fields: dict[str, str]) -> None:
    async with calling(running.settings.listen.port) as caller:
        for _ in range(2):
            caller.say(request_head)
            heard = await caller.answer()
            assert status == heard.status
            assert "application/problem+json" == heard.fields["Content-Type"]
            found = {name: heard.fields[name] for name in heard.fields.keys() & {"Allow", "Connection", "Retry-After"}}
            assert fields == found


async def test_a_head_alone_is_asked_for_and_got(running: Running) -> None:
    async with calling(running.settings.listen.port) as caller:
        caller.say(posted(method="HEAD"), posted())
        first = await caller.answer(body=False)
        assert (405, "POST") == (first.status, first.fields["Allow"])
        assert 0 < int(first.fields["Content-Length"])
        # Right behind it comes the next answer: there was no body between.
        assert 400 == (await caller.answer()).status


# ---- connections

ENDS = {
    "HTTP/1.1": (posted(), None),
    "HTTP/1.1 that asks for the end": (posted("Connection: close"), "close"),
    "HTTP/1.0": (posted(version="1.0"), "close"),
    "HTTP/1.0 that asks to go on": (posted("Connection: keep-alive", version="1.0"), "keep-alive"),
}


@pytest.mark.parametrize(("request_head", "connection"), ENDS.values(), ids=ENDS.keys())
async def test_a_connection_after_a_request_of(running: Running, request_head: str, connection: str | None) -> None:
    async with calling(running.settings.listen.port) as caller:
        caller.say(request_head)
        heard = await caller.answer()
        assert (400, connection) == (heard.status, heard.fields.get("Connection"))
        if connection == "close":
            assert b"" == await caller.rest()
        else:
            caller.say(request_head)
            assert 400 == (await caller.answer()).status


async def test_requests_one_behind_the_other_are_answered_in_their_order(running: Running) -> None:
    documents = [running.registers().document for _ in range(3)]
    async with calling(running.settings.listen.port) as caller:
        caller.say(*(part for each in documents for part in (posted(length=len(each)), each)))
        heard = [await caller.answer() for _ in documents]
    ids = [re.search(rb"<sr:RequestID>([^<]+)<", each) for each in documents]
    assert [200] * 3 == [each.status for each in heard]
    assert [True] * 3 == [id is not None and id[1] in each.body for id, each in zip(ids, heard, strict=True)]


async def test_what_is_too_large_ends_the_connection(running: Running) -> None:
    async with calling(running.settings.listen.port) as caller:
        caller.say(posted(length=262_145), " " * 300_000)
        heard = await caller.answer()
        assert (413, "close") == (heard.status, heard.fields["Connection"])
        assert b"" == await caller.rest()


# ---- bodies

PIECES: dict[str, Callable[[bytes], list[bytes]]] = {
    "its octets": lambda document: [document[n : n + 100] for n in range(0, len(document), 100)],
    "its chunks": lambda document: [
        *(b"%x\r\n%b\r\n" % (len(part), part) for part in (document[:1], document[1:1000], document[1000:])),
        b"0\r\n\r\n",
    ],
}


@pytest.mark.parametrize("how", PIECES.keys())
async def test_a_document_is_read_in(running: Running, how: str) -> None:
    document = running.registers().document
    head = posted(length=len(document))
    if how == "its chunks":
        head = head.replace(f"Content-Length: {len(document)}", "Transfer-Encoding: chunked")
    async with calling(running.settings.listen.port) as caller:
        caller.say(head)
        for piece in PIECES[how](document):
            await asyncio.sleep(0.002)
            caller.say(piece)
        heard = await caller.answer()
        assert (200, True) == (heard.status, b"<sr:ResponseCode>I99<" in heard.body)


async def test_chunks_that_are_too_much_are_refused_though_they_came_with_their_head(world: World) -> None:
    def narrow(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, limits=msgspec.structs.replace(settings.limits, send_command_octets=9))

    head = posted().replace("Content-Length: 0", "Transfer-Encoding: chunked")
    async with serving(world, narrow) as running:
        for body, status in (("5\r\n<aaa>\r\n4\r\n</a>\r\n0\r\n\r\n", 400), ("a\r\n<aaa></aa>\r\n0\r\n\r\n", 413)):
            async with calling(running.settings.listen.port) as caller:
                caller.say(head, body)
                assert status == (await caller.answer()).status


async def test_who_asks_whether_to_go_on_is_told_so(running: Running) -> None:
    document = running.registers().document
    async with calling(running.settings.listen.port) as caller:
        caller.say(posted("Expect: 100-continue", length=len(document)))
        assert ("HTTP/1.1 100 Continue", {}) == ((asked := await caller.answer()).line, asked.fields)
        caller.say(document)
        assert 200 == (await caller.answer()).status


EXPECTING = {
    "what would be too large": (posted("Expect: 100-continue", length=262_145), 413),
    "what has another type": (posted("Expect: 100-continue", "Content-Type: text/xml", length=100), 415),
    "what has come already": (posted("Expect: 100-continue", length=4) + "<a/>", 400),
}


@pytest.mark.parametrize(("request_octets", "status"), EXPECTING.values(), ids=EXPECTING.keys())
async def test_nobody_is_told_to_go_on_with(running: Running, request_octets: str, status: int) -> None:
    async with calling(running.settings.listen.port) as caller:
        caller.say(request_octets)
        assert status == (await caller.answer()).status


# ---- one write


class CountingTransport:
    """A transport as it is, and how often it is written to."""

    def __init__(self, transport: asyncio.Transport, count: Callable[[], None]) -> None:
        self._transport = transport
        self._count = count

    def write(self, octets: bytes) -> None:
        self._count()
        self._transport.write(octets)

    def writelines(self, pieces: tuple[bytes, ...]) -> None:
        self._count()
        self._transport.writelines(pieces)

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


class Counted(asyncio.Protocol):
    """A server's protocol over a counting transport."""

    def __init__(self, server: web.Server, count: Callable[[], None]) -> None:
        self._inner = server()
        self._count = count

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        counting = CountingTransport(cast("asyncio.Transport", transport), self._count)
        self._inner.connection_made(cast("asyncio.Transport", counting))

    def data_received(self, data: bytes) -> None:
        self._inner.data_received(data)

    def connection_lost(self, fault: Exception | None) -> None:
        self._inner.connection_lost(fault)


ANSWERED: dict[str, tuple[Callable[[Running], bytes], int]] = {
    "an acceptance": (lambda running: running.registers().document, 200),
    "a refusal": (lambda running: running.registers(user="second supplier").document, 200),
    "a problem": (lambda _: b"<a/>", 400),
}


@pytest.mark.parametrize(("make", "status"), ANSWERED.values(), ids=ANSWERED.keys())
async def test_one_write_is_enough_for(running: Running, make: Callable[[Running], bytes], status: int) -> None:
    writes: list[None] = []
    worker = running.worker
    server = listener(worker.gateway, worker.returns, running.settings.limits, worker.door)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: Counted(server, lambda: writes.append(None)), "127.0.0.1", 0)
    async with listening, calling(listening.sockets[0].getsockname()[1]) as caller:
        document = make(running)
        caller.say(posted(length=len(document)), document)
        assert status == (await caller.answer()).status
        await server.shutdown(1.0)
    assert 1 == len(writes)
