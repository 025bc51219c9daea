"""One HTTP/1.1 connection that posts: one request under way at a time, its answer read by llhttp (``httptools``).

The head is the answer; the rest is words. Once a final status has been read it counts, whatever the peer does
with the body after it; only the connection is then not used again. Which connection a post takes, how long it
may take and whether it is tried on another is ``post_client``'s.

What is written waits in the transport until the peer reads it: never more than one body, which its owner holds
anyway. So nothing is paused, and a peer that does not read runs into the deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

import httptools
import msgspec

MOST_HEAD: Final = 32_768
"""Octets that may come up to the end of the final head, interim answers included."""
MOST_BODY: Final = 65_536
"""Octets after which a connection is closed rather than its answer read on."""
MOST_WORDS: Final = 500
"""Octets of a refusal's body that are kept."""
_JOINED: Final = 65_536
"""Up to here a copy of the body behind its head costs less than handing over the two of them."""
_CLOSING_SECONDS: Final = 1.0
"""What an orderly end may take; then the connection is cut."""


class Answered(msgspec.Struct, frozen=True):
    """A final HTTP answer: its status, and the beginning of its body in one line where it is not 2xx."""

    status: int
    words: str


class Unanswered(msgspec.Struct, frozen=True):
    """There is no answer, and why not."""

    reason: str
    untouched: bool = False
    """The connection ended before the peer said anything to this request."""


Told = Answered | Unanswered


class PostConnection(asyncio.Protocol):
    """One connection. ``lost`` is told when it is gone."""

    def __init__(self, loop: asyncio.AbstractEventLoop, lost: Callable[[PostConnection], None]) -> None:
        self.deadline = 0.0
        """On the loop's clock: for the post under way, for an idle connection's use, for a closing one's end."""
        self.posts = 0
        """So many were begun on it."""
        self._loop = loop
        self._lost = lost
        self._parser = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._ended = "the connection was closed by the peer"
        self._waiting: asyncio.Future[Told] | None = None
        self._received = 0
        self._status = 0
        self._words = b""
        self._keep_alive = False
        self._complete = False

    def post(self, pieces: tuple[bytes, ...], deadline: float) -> asyncio.Future[Told]:
        """Write the pieces of a whole request, on a new connection or one that was ``reusable``.

        The future never is an exception.
        """
        self.deadline = deadline
        self.posts += 1
        self._received = self._status = 0
        self._words = b""
        self._keep_alive = self._complete = False
        waiting: asyncio.Future[Told] = self._loop.create_future()
        if self._transport is None or self._transport.is_closing():
            waiting.set_result(Unanswered(self._ended, untouched=True))
            return waiting
        self._waiting = waiting
        if sum(map(len, pieces)) <= _JOINED:
            self._transport.write(b"".join(pieces))
        else:
            self._transport.writelines(pieces)
        return waiting

    @property
    def reusable(self) -> bool:
        """Whether the last answer was read to its end, and nothing that was said speaks against another request."""
        return (
            self._complete
            and self._keep_alive
            and self._transport is not None
            # An answer that overtook its request: the rest of that would stand before the next one.
            and not self._transport.get_write_buffer_size()
        )

    @property
    def gone(self) -> bool:
        return self._transport is None

    def close(self) -> None:
        """In good order, unless there is something under way: then at once."""
        if self._transport is None:
            return
        if self._waiting is not None or self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()
            self.deadline = self._loop.time() + _CLOSING_SECONDS

    def expire(self, reason: str) -> None:
        """The deadline has passed: a post under way stays without an answer, an idle connection is closed."""
        if self._waiting is not None:
            self._settle(reason)
            self._abandon(reason)
        elif self._transport is not None and self._transport.is_closing():
            self._transport.abort()
        else:
            self.close()

    # ---- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's classes, only shaped like them.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            # It would be taken for the answer to the next request.
            self._abandon("the peer spoke before it was asked")
            return
        if not self._status and self._received + len(data) > MOST_HEAD:
            room = MOST_HEAD - self._received
            self._read(data[:room])
            if not self._status:
                self._fail(f"expected an HTTP head of at most {MOST_HEAD} octets, found more")
            data = data[room:]
        if self._waiting is not None:
            self._read(data)

    def connection_lost(self, fault: Exception | None) -> None:
        self._transport = None
        if self._waiting is not None:
            untouched = not self._received
            place = "before an answer" if untouched else "within the head of the answer"
            self._settle(f"the connection was closed {place}{f': {fault}' if fault else ''}", untouched=untouched)
        self._lost(self)

    def _read(self, data: bytes) -> None:
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail("expected an HTTP/1 answer, found a change to another protocol")
        except httptools.HttpParserError as fault:
            self._fail(f"expected an HTTP/1 answer: {fault}")
        else:
            # Nobody wants the body of a 2xx: it is read only where the connection is used again after it.
            if self._complete or (not self._keep_alive and 200 <= self._status < 300):
                self._settle()
            elif self._received > MOST_HEAD + MOST_BODY:
                self._fail("")

    def _settle(self, reason: str = "", *, untouched: bool = False) -> None:
        """The answer where a final status was read, else why there is none."""
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.done():
            return
        if self._status:
            words = self._words[:MOST_WORDS].decode(errors="replace") if self._words else ""
            waiting.set_result(Answered(self._status, " ".join(words.split())))
        else:
            waiting.set_result(Unanswered(reason, untouched))

    def _fail(self, reason: str) -> None:
        """No more is read, even where the answer is known."""
        self._settle(reason)
        self._abandon(reason)

    def _abandon(self, reason: str) -> None:
        self._ended = reason
        if self._transport is not None:
            self._transport.abort()

    # ---- httptools

    def on_message_begin(self) -> None:
        if self._complete:
            raise ValueError("there is more than one answer")

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self._status = status
            self._keep_alive = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        if self._status >= 300 and len(self._words) < MOST_WORDS:
            self._words += body[:MOST_WORDS]

    def on_message_complete(self) -> None:
        # An interim answer (1xx) is complete as well, and not the one that is waited for.
        self._complete = self._status != 0
