"""Brings the far sides' messages to the gateway, with retries, over one session with kept-alive connections.

What a message says is the simulators' business; this module knows only paths and octets.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from enum import Enum, auto
from typing import Any, Final

import aiohttp
import msgspec

_log = logging.getLogger("gateway.sandbox")
_SHOWN_CHARACTERS: Final = 200


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds throughout."""

    timeout: float = 10.0
    first: float = 0.2
    longest: float = 5.0
    give_up_after: float = 600.0


class _Try(Enum):
    DELIVERED = auto()
    REFUSED = auto()
    AGAIN = auto()


class Courier:
    """Background deliveries. ``open`` and ``close`` belong to the application that uses it."""

    def __init__(self, gateway: str, *, policy: RetryPolicy, at_once: int = 32) -> None:
        """``gateway`` is a base URL; ``at_once`` bounds the posts under way."""
        self.gateway: Final = gateway.rstrip("/")
        self._policy = policy
        self._at_once = asyncio.Semaphore(at_once)
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.delivered = 0
        self.retried = 0
        self.refused = 0
        """The gateway said 4xx: not tried again."""
        self.given_up = 0
        self.broken = 0
        """Tasks that ended in an exception: a bug here."""
        self.last_failures: deque[str] = deque(maxlen=20)

    async def open(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._policy.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60.0),
        )

    async def close(self) -> None:
        """What has not been delivered is dropped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` in the background until the courier closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    async def deliver(self, path: str, body: bytes, content_type: str) -> None:
        """Post until the gateway takes it, refuses it, or it has become too old."""
        clock = asyncio.get_running_loop().time
        last = clock() + self._policy.give_up_after
        pause = self._policy.first
        while True:
            async with self._at_once:
                outcome = await self._try(path, body, content_type)
            if outcome is not _Try.AGAIN:
                return
            if clock() + pause > last:
                self.given_up += 1
                return
            self.retried += 1
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._policy.longest)

    def summary(self) -> dict[str, object]:
        """For ``GET /state``."""
        return {
            "gateway": self.gateway,
            "under_way": len(self._tasks),
            "delivered": self.delivered,
            "retried": self.retried,
            "refused": self.refused,
            "given_up": self.given_up,
            "broken": self.broken,
            "last_failures": list(self.last_failures),
        }

    async def _try(self, path: str, body: bytes, content_type: str) -> _Try:
        if self._session is None:
            raise RuntimeError("the courier is not open")
        try:
            async with self._session.post(
                self.gateway + path, data=body, headers={"Content-Type": content_type}
            ) as answer:
                said = await answer.text(errors="replace")
                return self._judge(path, answer.status, said)
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            self.last_failures.append(f"{path}: {type(fault).__name__} {fault}".strip())
            return _Try.AGAIN

    def _judge(self, path: str, status: int, said: str) -> _Try:
        if status < 300:
            self.delivered += 1
            return _Try.DELIVERED
        self.last_failures.append(f"{path}: {status} {said[:_SHOWN_CHARACTERS]}")
        if status == 429 or status >= 500:
            return _Try.AGAIN
        self.refused += 1
        return _Try.REFUSED

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.broken += 1
            _log.error("a far side's answer was not made", exc_info=task.exception())
