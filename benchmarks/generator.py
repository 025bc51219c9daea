"""The load generator in a process of its own: posts that are kept under way at a steady number.

Closed loop: each connection posts its next document when the last is answered, which keeps the gateway
busy without a queue. Latencies under an arrival rate are ``load``'s.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import Any, Final

import msgspec
import uvloop

from benchmarks.connection import Connection, Target, post_octets
from benchmarks.requests import Signed
from benchmarks.timing import CannotMeasure

CONNECTIONS: Final = 32
_PATIENCE_SECONDS: Final = 10.0


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What to post, and over how many connections."""

    target: Target
    posts: list[bytes]
    """Whole HTTP requests."""
    connections: int = CONNECTIONS


class Driven(msgspec.Struct, frozen=True, kw_only=True):
    """How it went."""

    seconds: float
    statuses: dict[int, int]


async def drive(batch: Batch) -> Driven:
    """Post the batch, in order, each connection the next that is left."""
    left = iter(batch.posts)
    statuses: Counter[int] = Counter()

    async def work() -> None:
        async with Connection(batch.target) as connection:
            for post in left:
                reply = await connection.post(post)
                statuses[reply.status] += 1

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(work()) for _ in range(min(batch.connections, len(batch.posts)))]
    del workers
    return Driven(seconds=time.perf_counter() - start, statuses=dict(statuses))


def _serve(pipe: Pipe[Any, Any]) -> None:
    while True:
        try:
            batch: Batch = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(uvloop.run(drive(batch)))
        except ExceptionGroup as group:
            pipe.send(CannotMeasure(f"the load generator failed: {group.exceptions[0]}"))


class Generator:
    """The generator as the benchmark sees it."""

    def __init__(self, pipe: Pipe[Any, Any]) -> None:
        self._pipe = pipe

    def start(self, batch: Batch) -> None:
        """Begin; ``finish`` waits for the end."""
        self._pipe.send(batch)

    def finish(self, expected: Iterable[int] = (200,)) -> Driven:
        """Raises CannotMeasure when an answer had another status than those expected."""
        driven: Driven | CannotMeasure = self._pipe.recv()
        if isinstance(driven, CannotMeasure):
            raise driven
        if not set(driven.statuses) <= set(expected):
            raise CannotMeasure(f"expected answers with status {list(expected)}, found {driven.statuses}")
        return driven

    def run(self, batch: Batch, expected: Iterable[int] = (200,)) -> Driven:
        self.start(batch)
        return self.finish(expected)


@contextmanager
def generator() -> Iterator[Generator]:
    """A generator for as long as the context lasts."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Generator(ours)
    finally:
        ours.close()
        process.join(_PATIENCE_SECONDS)


def posts_of(target: Target, requests: Sequence[Signed]) -> list[bytes]:
    """The requests as whole HTTP requests."""
    return [post_octets(target, each.path, "application/xml", each.document) for each in requests]
