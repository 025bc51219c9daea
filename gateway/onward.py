"""The outbox at work: deliver, retry, back off, give up. Retries live here and nowhere else.

At-least-once. What this process accepted is delivered from memory, under its lease in the ledger; what
failed, fell due later or was left by a dead process is claimed from the ledger. One circuit breaker for
each destination, so that a dead one costs the others nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from gateway.metrics import DELIVERIES
from gateway.ports import Due, Far, HandOff, Ledger, Unavailable, Upkeep
from gateway.post_client import PostClient
from gateway.post_connection import Answered
from gateway.settings import HandOffPolicy
from gateway.trace_ports import TraceSink
from routing.trace import HandOffAttempt

log = logging.getLogger(__name__)

_POLL_SECONDS: Final = 0.5
_CLAIM: Final = 256
_MOST_IN_MEMORY: Final = 10_000
"""Per destination. What is more stays in the ledger until its lease runs out, and is claimed then."""
_RENEW: Final = timedelta(seconds=20)
"""A third of a lease: one renewal may fail."""
_MOST_DOUBLINGS: Final = 32
_PERMANENT: Final = frozenset({400, 401, 403, 404, 405, 409, 410, 413, 414, 415, 422})
"""What trying again does not mend. Users' receivers: 400, 404 and 413 are sourced, the others assumed."""


class OutboxLedger(Ledger, Upkeep, Protocol):
    """The ledger with its upkeep, and what only delivery asks of it."""

    async def hold_back(self, hand_off_id: str, until: datetime, reason: str) -> None:
        """Not tried, because its destination is not to be tried just now. Written a little later."""
        ...


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a destination is reached."""

    url: str
    ssl: ssl.SSLContext | None = None


Addresses = Callable[[Far, str], Address | None]
"""The address of a destination now; ``None`` when it has none."""


class _Destination:
    """What waits for one destination in this process, and how it has been doing."""

    def __init__(self, far: Far, name: str) -> None:
        self.far = far
        self.name = name
        self.waiting: deque[Due] = deque()
        self.working = 0
        self.failures = 0
        self.open_until: datetime | None = None


class Onward:
    """Delivers hand-offs."""

    def __init__(
        self,
        ledger: OutboxLedger,
        traces: TraceSink,
        addresses: Addresses,
        policy: HandOffPolicy,
        clock: Callable[[], datetime],
        *,
        claims: bool = True,
    ) -> None:
        """Without ``claims`` only what was accepted here is delivered, and tried once: the rest is other processes'."""
        self._claims = claims
        self._ledger = ledger
        self._traces = traces
        self._addresses = addresses
        self._policy = policy
        self._clock = clock
        self._destinations: dict[tuple[Far, str], _Destination] = {}
        self._held: set[str] = set()
        self._client: PostClient | None = None
        self._group: asyncio.TaskGroup | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Until ``stopping`` is set; then the deliveries under way are finished and the rest is left leased."""
        async with PostClient(most=self._policy.concurrency, seconds=self._policy.timeout_seconds) as self._client:
            try:
                async with asyncio.TaskGroup() as self._group:
                    poll = self._group.create_task(self._poll())
                    await stopping.wait()
                    poll.cancel()
                    for destination in self._destinations.values():
                        destination.waiting.clear()
            finally:
                self._group = None

    def deliver(self, hand_offs: Iterable[HandOff]) -> None:
        """Deliver what was just accepted and is leased to this process."""
        now = self._clock()
        for hand_off in hand_offs:
            if hand_off.not_before is None or hand_off.not_before <= now:
                self._enqueue(Due(hand_off=hand_off, attempts=0, due_at=now, since=now))

    def _enqueue(self, due: Due) -> None:
        hand_off = due.hand_off
        key = (hand_off.far, hand_off.name)
        destination = self._destinations.get(key)
        if destination is None:
            destination = self._destinations[key] = _Destination(*key)
        if hand_off.id in self._held or len(destination.waiting) >= _MOST_IN_MEMORY or self._group is None:
            return
        self._held.add(hand_off.id)
        destination.waiting.append(due)
        if destination.working < self._policy.concurrency:
            destination.working += 1
            self._group.create_task(self._work(destination))

    async def _work(self, destination: _Destination) -> None:
        try:
            while destination.waiting:
                due = destination.waiting.popleft()
                try:
                    await self._deliver(destination, due)
                except Unavailable as fault:
                    # The lease runs out and the hand-off is claimed again: nothing is lost.
                    log.warning("hand-off %s: the ledger does not answer: %s", due.hand_off.id, fault)
                except Exception:
                    # The same holds. One that left this group of tasks would end them all.
                    log.exception("hand-off %s: a fault of ours", due.hand_off.id)
                finally:
                    self._held.discard(due.hand_off.id)
        finally:
            destination.working -= 1

    async def _deliver(self, destination: _Destination, due: Due) -> None:
        now = self._clock()
        if destination.open_until is not None:
            breaker = timedelta(seconds=self._policy.breaker_seconds)
            if now < destination.open_until:
                until = min(destination.open_until, now + breaker)
                await self._ledger.hold_back(due.hand_off.id, until, due.last_error or "circuit open")
                return
            # One try closes the circuit or opens it again; it may take its time, and nobody else tries meanwhile.
            destination.open_until = now + breaker + timedelta(seconds=self._policy.timeout_seconds)
        answered = await self._post(destination, due.hand_off)
        if answered is None:
            reason = f"{destination.far.value} {destination.name} has no address"
            await self._give_up(due, now, None, reason, 0.0)
            return
        status, error = answered
        milliseconds = (self._clock() - now).total_seconds() * 1000
        if status is not None and 200 <= status < 300:
            destination.failures, destination.open_until = 0, None
            await self._ledger.delivered(due.hand_off.id)
            self._record(due, now, "delivered", status, None, milliseconds)
        elif status in _PERMANENT:
            destination.failures, destination.open_until = 0, None
            await self._give_up(due, now, status, f"{destination.name} answered {status}: {error}", milliseconds)
        else:
            await self._retry(destination, due, now, status, error or f"answered {status}", milliseconds)

    async def _post(self, destination: _Destination, hand_off: HandOff) -> tuple[int | None, str | None] | None:
        """Status and words of the answer, or why there is none; ``None`` where there is no address to post to."""
        if self._client is None:
            return None, "stopping"
        fields = {
            "Content-Type": hand_off.content_type,
            "Idempotency-Key": hand_off.id,
            "X-Routing-Trace": hand_off.trace_id,
        }
        if hand_off.traceparent is not None:
            fields["traceparent"] = hand_off.traceparent
        try:
            address = self._addresses(destination.far, destination.name)
            if address is None:
                return None
            told = await self._client.post(address.url, address.ssl, fields, *hand_off.pieces)
        except ValueError as fault:
            # An address that cannot be used. It may be mended while the hand-off waits.
            return None, f"{type(fault).__name__}: {fault}"
        return (told.status, told.words) if isinstance(told, Answered) else (None, told.reason)

    async def _retry(
        self, destination: _Destination, due: Due, now: datetime, status: int | None, error: str, milliseconds: float
    ) -> None:
        policy = self._policy
        # Waits count from the end of the attempt: a time-out may take longer than they are.
        ended = self._clock()
        destination.failures += 1
        if destination.failures >= policy.breaker_failures:
            destination.open_until = ended + timedelta(seconds=policy.breaker_seconds)
        if due.since is not None and ended - due.since > timedelta(hours=policy.give_up_after_hours):
            await self._give_up(due, now, status, f"given up: {error}", milliseconds)
            return
        wait = min(policy.first_retry_seconds * 2 ** min(due.attempts, _MOST_DOUBLINGS), policy.longest_retry_seconds)
        # Spread, so that a destination that comes back is not met by all at once.
        wait *= random.uniform(0.75, 1.25)  # noqa: S311
        await self._ledger.postpone(due.hand_off.id, ended + timedelta(seconds=wait), error)
        self._record(due, now, "retry", status, error, milliseconds)

    async def _give_up(self, due: Due, now: datetime, status: int | None, reason: str, milliseconds: float) -> None:
        await self._ledger.dead_letter(due.hand_off.id, reason)
        self._record(due, now, "dead-letter", status, reason, milliseconds)

    def _record(
        self, due: Due, at: datetime, outcome: str, status: int | None, error: str | None, milliseconds: float
    ) -> None:
        hand_off = due.hand_off
        DELIVERIES[hand_off.far, outcome].inc()
        self._traces.attempted(
            hand_off.trace_id,
            HandOffAttempt(
                at=at,
                hand_off=hand_off.id,
                far=hand_off.far.value,
                name=hand_off.name,
                outcome=outcome,
                status=status,
                error=error,
                milliseconds=round(milliseconds, 3),
            ),
        )

    async def _poll(self) -> None:
        """Claim what fell due, and keep the leases of what is still held here."""
        renewed = self._clock()
        while True:
            try:
                now = self._clock()
                if self._held and now - renewed >= _RENEW:
                    await self._ledger.renew(tuple(self._held))
                    renewed = now
                for due in await self._ledger.claim_due(now, _CLAIM) if self._claims else ():
                    self._enqueue(due)
            except Unavailable as fault:
                log.warning("the outbox cannot be read: %s", fault)
            except Exception:
                log.exception("the outbox cannot be read: a fault of ours")
            await asyncio.sleep(_POLL_SECONDS)
