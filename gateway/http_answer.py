"""An HTTP answer whose head is written by hand, in one piece with its body: one write, no header mapping.

aiohttp builds a mapping of headers, completes it and serializes it for every answer; ours differ in four values.
Which answer goes out is ``http``'s; connections, keep-alive and reading stay aiohttp's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

_STATUS_LINES: Final = {each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\n" for each in HTTPStatus}
_JOINED: Final = 65_536
"""Up to here a copy of the body behind its head costs less than handing over the two of them."""


class HttpAnswer(web.StreamResponse):
    """A whole answer. ``fields`` are ours, never a sender's words: their values are written as they are."""

    def __init__(
        self, status: int, content_type: str = "", body: bytes = b"", fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status=status)
        self._type = content_type
        self._octets = body
        self._fields = fields
        self._to: web.BaseRequest | None = None
        self.closes = False
        """The connection is not used again."""

    @property
    def keep_alive(self) -> bool:
        return not self.closes and self._to is not None and self._to.keep_alive

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        self._to = request
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Raises ConnectionResetError when there is nobody to write to any more."""
        request = self._to
        transport = None if request is None else request.transport
        if request is None or transport is None or transport.is_closing():
            raise ConnectionResetError("the sender has gone")
        head = self._head(request)
        if request.method == "HEAD":
            transport.write(head)
        elif len(self._octets) <= _JOINED:
            transport.write(head + self._octets)
        else:
            transport.writelines((head, self._octets))

    def _head(self, request: web.BaseRequest) -> bytes:
        lines = f"{_STATUS_LINES[self.status]}Date: {_date(int(time.time()))}\r\n"
        if self.status != 204:
            lines += f"Content-Type: {self._type}\r\nContent-Length: {len(self._octets)}\r\n"
        if self._fields:
            for name, value in self._fields.items():
                lines += f"{name}: {value}\r\n"
        if not self.keep_alive:
            lines += "Connection: close\r\n"
        elif request.version.minor == 0:
            lines += "Connection: keep-alive\r\n"
        return f"{lines}\r\n".encode("ascii")


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    return formatdate(second, usegmt=True)
