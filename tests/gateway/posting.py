"""Posts of our client in tests: on both event loops, and what is said to them.

An answer is made here as octets; how they are sent, and when, is ``misbehaving``'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import pytest
import uvloop
from misbehaving import Peer
from patience import A_LONG_TIME

from gateway.post_client import PostClient
from gateway.post_connection import Told

Run = Callable[[Awaitable[None]], None]
FIELDS: Final = {"Content-Type": "application/xml", "Idempotency-Key": "0123456789abcdef"}
BEFORE: Final = "the connection was closed before an answer"


def _running(loop_factory: Callable[[], asyncio.AbstractEventLoop]) -> Run:
    """Runs a test on such a loop; what the loop is told of faults fails it."""

    def run(test: Awaitable[None]) -> None:
        faults: list[str] = []

        async def limited() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(str(context)))
            async with asyncio.timeout(A_LONG_TIME):
                await test

        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(limited())
        assert [] == faults

    return run


LOOPS: Final = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
on_both_loops = pytest.mark.parametrize("run", [_running(each) for each in LOOPS.values()], ids=LOOPS.keys())


@asynccontextmanager
async def client(most: int = 4, seconds: float = 5.0, idle_seconds: float = 60.0) -> AsyncIterator[PostClient]:
    async with PostClient(most=most, seconds=seconds, idle_seconds=idle_seconds) as ours:
        yield ours


async def post(ours: PostClient, to: Peer, body: bytes = b"<a/>") -> Told:
    return await ours.post(to.url, None, FIELDS, body)


def answer(status: int, body: bytes, *fields: str, version: str = "1.1") -> bytes:
    lines = (f"HTTP/{version} {status} Said", f"Content-Length: {len(body)}", *fields, "", "")
    return "\r\n".join(lines).encode() + body


def chunked(status: int, *chunks: bytes, trailers: bytes = b"") -> bytes:
    head = f"HTTP/1.1 {status} Said\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks) + b"0\r\n" + trailers + b"\r\n"
