"""The load generator's side of HTTP: keep-alive connections that post octets made beforehand.

As lean as it can be, because generator and gateway share the machine: one request at a time on a
connection, Content-Length only. What is sent when is ``generator``'s and ``load``'s affair.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import urlsplit

import msgspec

_HEAD_END: Final = b"\r\n\r\n"


class Reply(msgspec.Struct, frozen=True):
    """An HTTP answer."""

    status: int
    body: bytes


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where to post to, over plain HTTP."""

    host: str
    port: int

    @classmethod
    def parse(cls, url: str) -> Target:
        """Raises ValueError for anything but ``http://host:port``."""
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"expected http://HOST:PORT, found {url!r}")
        return cls(host=parts.hostname, port=parts.port or 80)


def post_octets(target: Target, path: str, content_type: str, body: bytes) -> bytes:
    """A whole HTTP/1.1 request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {target.host}:{target.port}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One connection. As an async context it connects and closes; it connects again when the peer closed."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: asyncio.Future[Reply] | None = None

    async def __aenter__(self) -> Self:
        await self._connect()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._transport is not None:
            self._transport.close()

    async def post(self, octets: bytes) -> Reply:
        """Send a whole request and wait for its answer. Raises ConnectionError."""
        if self._transport is None or self._transport.is_closing():
            await self._connect()
        self._waiting = asyncio.get_running_loop().create_future()
        self._received.clear()
        if self._transport is not None:
            self._transport.write(octets)
        return await self._waiting

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._target.host, self._target.port)

    # ---- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's classes, only shaped like them.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(_HEAD_END)
        if head_end < 0 or self._waiting is None or self._waiting.done():
            return
        status = int(self._received[9:12])
        body_start = head_end + len(_HEAD_END)
        body_end = body_start + _content_length(bytes(self._received[:body_start]))
        if len(self._received) >= body_end:
            self._waiting.set_result(Reply(status, bytes(self._received[body_start:body_end])))

    def connection_lost(self, fault: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError(f"the connection was closed: {fault or 'by the peer'}"))


def _content_length(head: bytes) -> int:
    """Answers to a 204 have none; what is chunked is not read (neither the gateway nor aiohttp chunks octets)."""
    at = head.lower().find(b"content-length:")
    return 0 if at < 0 else int(head[at + 15 : head.index(b"\r\n", at)])
