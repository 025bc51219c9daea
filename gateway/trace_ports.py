"""What keeps routing traces, as the gateway sees it. ``sqlite_traces`` is the adapter; other ports are in ``ports``."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

import msgspec

from routing.trace import HandOffAttempt, RoutingTrace
from schemas.vocabulary import DeviceId, UserId


class TraceQuery(msgspec.Struct, frozen=True, kw_only=True):
    device: DeviceId | None = None
    originator: UserId | None = None
    variant: str | None = None
    code: str | None = None
    destination: str | None = None
    check: str | None = None
    """Name of a check that refused."""
    since: datetime | None = None
    until: datetime | None = None
    """Exclusive."""
    limit: int = 100


class UnmadeTrace(Protocol):
    """A trace that costs something to make, and that nobody waits for."""

    @property
    def trace_id(self) -> str: ...

    def made(self) -> RoutingTrace:
        """In any thread."""
        ...


class TraceSink(Protocol):
    def offer(self, trace: RoutingTrace | UnmadeTrace) -> None:
        """Never blocks and never raises; a full queue drops the trace and counts it."""
        ...

    def attempted(self, trace_id: str, attempt: HandOffAttempt) -> None: ...

    def noted(self, trace_id: str, event: str) -> None:
        """Append to the trace's ``events``, as in ``offer``."""
        ...


class TraceStore(TraceSink, Protocol):
    async def show(self, trace_id: str) -> RoutingTrace | None: ...

    async def find(self, query: TraceQuery) -> list[RoutingTrace]:
        """Newest first."""
        ...
