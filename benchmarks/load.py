"""The load harness: a pre-signed mix at a rate of arrival, against any gateway.

Open loop: when a request is sent does not depend on when others are answered, and its latency is counted
from the moment at which it was meant to be sent. So a gateway that stalls is charged for every request that
should have been sent meanwhile. A generator that is late by itself says so.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from hdrh.histogram import HdrHistogram

from benchmarks.connection import Connection, Target, post_octets
from benchmarks.plot import Point, curve_percentiles
from benchmarks.requests import Signed

_LONGEST_MICROSECONDS: Final = 600_000_000
_DIGITS: Final = 3
PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9, 99.99, 100.0)
LATE_MICROSECONDS: Final = 2_000
"""A generator whose 99th percentile of lateness is above this is itself part of what is measured. Timers tick
in milliseconds, so that up to one is always there."""
_clock: Final = time.perf_counter  # an event loop's own clock ticks in milliseconds
_CODE: Final = re.compile(rb"ResponseCode>([A-Z][0-9]+)<")


class Arrival(StrEnum):
    CONSTANT = "constant"
    POISSON = "poisson"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to send, when, over how many connections."""

    target: Target
    requests: Sequence[Signed]
    rate: float
    """Per second."""
    arrival: Arrival = Arrival.POISSON
    connections: int = 64
    warm_up: int = 0
    """So many requests at the beginning are sent and not counted."""
    seed: int = 1


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run went. Latencies and lateness in microseconds."""

    seconds: float
    sent: int
    wanted_rate: float
    answered_rate: float
    percentiles: dict[str, float]
    mean: float
    histogram: str
    """HdrHistogram's own encoding, for adding runs up."""
    curve: list[Point]
    """Percentile and milliseconds."""
    answers: dict[str, dict[str, int]]
    """By kind of request: response code, or HTTP status where there is none, and how often."""
    unexpected: int
    """Answers with another HTTP status than the request should have."""
    broken: int
    """Requests whose connection failed."""
    waited_for_connection: int
    """Requests whose time came while every connection was busy: their wait is part of their latency."""
    lateness_99: float
    """How late the generator itself was, at its 99th percentile."""

    @property
    def generator_lagged(self) -> bool:
        return self.lateness_99 > LATE_MICROSECONDS


def moments(plan: Plan) -> Iterator[float]:
    """Seconds from the start at which each request is to be sent."""
    lot, at = random.Random(plan.seed), 0.0
    for _ in plan.requests:
        yield at
        at += 1 / plan.rate if plan.arrival is Arrival.CONSTANT else lot.expovariate(plan.rate)


class Load:
    """One run. ``done`` can be read meanwhile."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._posts = [post_octets(plan.target, one.path, "application/xml", one.document) for one in plan.requests]
        self._moments = list(moments(plan))
        self._next = 0
        self._latencies = array("d")
        self._lateness = array("d")
        self._answers: dict[str, Counter[str]] = {}
        self._unexpected = self._broken = self._waited = 0
        self.done = 0

    async def run(self, watch: Callable[[], None] | None = None) -> Outcome:
        """Send everything; ``watch`` is called ten times a second. Raises OSError when nobody listens there."""
        connections = [Connection(self._plan.target) for _ in range(self._plan.connections)]
        for connection in connections:
            await connection.__aenter__()
        start = _clock() + 0.05
        watching = asyncio.create_task(_watched(watch)) if watch else None
        try:
            async with asyncio.TaskGroup() as group:
                workers = [group.create_task(self._work(connection, start)) for connection in connections]
            del workers
        finally:
            if watching is not None:
                watching.cancel()
            for connection in connections:
                await connection.__aexit__(None, None, None)
        return self._outcome(_clock() - start)

    async def _work(self, connection: Connection, start: float) -> None:
        while self._next < len(self._posts):
            turn = self._next
            self._next += 1
            due = start + self._moments[turn]
            wait = due - _clock()
            counted = turn >= self._plan.warm_up
            if wait > 0:
                await asyncio.sleep(wait)
                if counted:
                    self._lateness.append(max(_clock() - due, 0.0) * 1_000_000)
            elif counted:
                self._waited += 1
            try:
                reply = await connection.post(self._posts[turn])
            except OSError:
                self._broken += 1
                continue
            finally:
                self.done += 1
            if counted:
                self._latencies.append((_clock() - due) * 1_000_000)
            self._count(self._plan.requests[turn], reply.status, reply.body)

    def _count(self, request: Signed, status: int, body: bytes) -> None:
        code = _CODE.search(body)
        answer = code[1].decode() if code else str(status)
        self._answers.setdefault(request.kind.value, Counter())[answer] += 1
        self._unexpected += status != request.status

    def _outcome(self, seconds: float) -> Outcome:
        latencies, lateness = _histogram(self._latencies), _histogram(self._lateness)
        return Outcome(
            seconds=seconds,
            sent=len(self._posts),
            wanted_rate=self._plan.rate,
            answered_rate=(len(self._posts) - self._broken) / seconds,
            percentiles={f"{p:g}": float(latencies.get_value_at_percentile(p)) for p in PERCENTILES},
            mean=float(latencies.get_mean_value()) if self._latencies else 0.0,
            histogram=latencies.encode().decode(),
            curve=[(p, latencies.get_value_at_percentile(p) / 1000) for p in curve_percentiles(len(self._latencies))],
            answers={kind: dict(answers) for kind, answers in sorted(self._answers.items())},
            unexpected=self._unexpected,
            broken=self._broken,
            waited_for_connection=self._waited,
            lateness_99=float(lateness.get_value_at_percentile(99.0)),
        )


def _histogram(microseconds: array[float]) -> HdrHistogram:
    histogram = HdrHistogram(1, _LONGEST_MICROSECONDS, _DIGITS)
    for value in microseconds:
        histogram.record_value(max(1, min(int(value), _LONGEST_MICROSECONDS)))
    return histogram


async def _watched(watch: Callable[[], None]) -> None:
    while True:
        watch()
        await asyncio.sleep(0.1)
