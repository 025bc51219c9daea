"""A far side that acknowledges at once, in a process of its own, so that its cost is not the gateway's.

It takes any post, counts it and, when told to, keeps what was posted, for the answers that the return leg
needs. Nothing is read: what documents say is the sandbox's simulators' affair.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from multiprocessing.connection import Connection as Pipe
from typing import Any, Final, assert_never, cast

import uvloop

from benchmarks.timing import CannotMeasure

_HEAD_END: Final = b"\r\n\r\n"
_ACKNOWLEDGEMENT: Final = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
_PATIENCE_SECONDS: Final = 30.0

Posted = tuple[str, bytes]
"""Path and body."""


class _Question(Enum):
    COUNT = "count"
    KEEP = "keep"
    TAKE = "take"


class _Book:
    """What was posted."""

    def __init__(self) -> None:
        self.count = 0
        self.keeping = False
        self.kept: list[Posted] = []

    def answer(self, question: _Question) -> Any:
        match question:
            case _Question.COUNT:
                return self.count
            case _Question.KEEP:
                self.keeping = True
                return None
            case _Question.TAKE:
                self.keeping = False
                kept, self.kept = self.kept, []
                return kept
            case _:
                assert_never(question)


class _Acknowledging(asyncio.Protocol):
    def __init__(self, book: _Book) -> None:
        self._book = book
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's classes, only shaped like them.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := _end_of_post(self._received)) is not None:
            self._book.count += 1
            if self._book.keeping:
                self._book.kept.append(_posted(bytes(self._received[:end])))
            del self._received[:end]
            if self._transport is not None:
                self._transport.write(_ACKNOWLEDGEMENT)


def _end_of_post(received: bytearray) -> int | None:
    """Where the first post in ``received`` ends; ``None`` while it is incomplete."""
    head_end = received.find(_HEAD_END)
    if head_end < 0:
        return None
    head = bytes(received[:head_end]).lower() + b"\r\n"
    at = head.find(b"content-length:")
    end = head_end + len(_HEAD_END) + (0 if at < 0 else int(head[at + 15 : head.index(b"\r\n", at)]))
    return end if len(received) >= end else None


def _posted(octets: bytes) -> Posted:
    head, body = octets.split(_HEAD_END, 1)
    return head.split(b" ", 2)[1].decode(), body


def _serve(pipe: Pipe[Any, Any]) -> None:
    uvloop.run(_until_told(pipe))


async def _until_told(pipe: Pipe[Any, Any]) -> None:
    book = _Book()
    server = await asyncio.get_running_loop().create_server(lambda: _Acknowledging(book), "127.0.0.1", 0, backlog=1024)
    pipe.send(server.sockets[0].getsockname()[1])
    # In a thread: an event loop makes the pipe one that does not wait, and large answers then break off.
    await asyncio.to_thread(_answer_questions, pipe, book)
    server.close()


def _answer_questions(pipe: Pipe[Any, Any], book: _Book) -> None:
    with suppress(EOFError):
        while True:
            pipe.send(book.answer(pipe.recv()))


class FarSide:
    """The far side as the benchmark sees it."""

    def __init__(self, pipe: Pipe[Any, Any]) -> None:
        self._pipe = pipe
        self.port: Final[int] = pipe.recv()

    @property
    def count(self) -> int:
        """Posts taken so far."""
        return int(self._ask(_Question.COUNT))

    def keep(self) -> None:
        """Keep what is posted from now on."""
        self._ask(_Question.KEEP)

    def take(self) -> list[Posted]:
        """What was kept, and no more is kept from now on."""
        kept: list[Posted] = self._ask(_Question.TAKE)
        return kept

    def wait_for(self, count: int) -> None:
        """Until so many posts were taken. Raises CannotMeasure when they do not come."""
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while (found := self.count) < count:
            if time.monotonic() > give_up:
                raise CannotMeasure(f"expected {count} hand-offs at the far side, found {found}")
            time.sleep(0.02)

    def _ask(self, question: _Question) -> Any:
        self._pipe.send(question)
        return self._pipe.recv()


@contextmanager
def far_side() -> Iterator[FarSide]:
    """A far side for as long as the context lasts."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield FarSide(ours)
    finally:
        ours.close()
        process.join(_PATIENCE_SECONDS)
