"""The entrance that all far sides share: counting, and the faults that strike before anything is read.

Who may come in further, and what then happens, is each simulator's own affair.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from gateway.ports import Far
from gateway.sandbox.faults import FaultKind, Faults
from gateway.sandbox.visits import Visits

XML: Final = "application/xml"
GBCS: Final = "application/octet-stream"
_ACKNOWLEDGEMENT: Final = {Far.S1SP: 202, Far.WAN: 202, Far.USER: 204}


class Refusal(msgspec.Struct, frozen=True):
    """Why a far side does not take a post, with the HTTP status that says so."""

    status: int
    reason: str


class Door:
    """One for all far sides. With ``only_count`` posts are counted and acknowledged, and nothing is read."""

    def __init__(self, faults: Faults, *, only_count: bool = False) -> None:
        self._faults = faults
        self._only_count = only_count
        self._closing = asyncio.Event()
        self._visits: dict[Far, defaultdict[str, Visits]] = {far: defaultdict(Visits) for far in Far}

    def visits(self, far: Far) -> Mapping[str, Visits]:
        """By name of the S1SP, WAN region or user."""
        return self._visits[far]

    def visits_of(self, far: Far, name: str) -> Visits:
        return self._visits[far][name]

    async def enter(self, request: web.Request, far: Far, name: str) -> bytes | web.Response:
        """The posted octets, or the reply that ends the visit here."""
        visits = self._visits[far][name]
        visits.posts += 1
        body = await request.read()
        if self._faults.strike(FaultKind.REFUSE, far, name):
            return self.refuse(far, name, Refusal(503, "switched to refuse"))
        if fault := self._faults.strike(FaultKind.TIME_OUT, far, name):
            await self.pause(fault.seconds)
            return self.refuse(far, name, Refusal(504, "switched to time out"))
        if self._faults.strike(FaultKind.REJECT, far, name):
            return self.refuse(far, name, Refusal(400, "switched to reject"))
        if self._only_count:
            visits.taken += 1
            return web.Response(status=_ACKNOWLEDGEMENT[far])
        return body

    def refuse(self, far: Far, name: str, refusal: Refusal) -> web.Response:
        self._visits[far][name].refuse(refusal.status, refusal.reason)
        return web.Response(status=refusal.status, text=refusal.reason)

    async def acknowledge(self, far: Far, name: str) -> web.Response:
        if fault := self._faults.strike(FaultKind.SLOW, far, name):
            await self.pause(fault.seconds)
        return web.Response(status=_ACKNOWLEDGEMENT[far])

    async def pause(self, seconds: float) -> None:
        """Wait, but not beyond the closing of the simulators."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def close(self) -> None:
        """Nobody is kept waiting any longer."""
        self._closing.set()


def wrong_content_type(request: web.Request, expected: str) -> Refusal | None:
    if request.content_type == expected:
        return None
    return Refusal(415, f"expected {expected}, found {request.content_type}")
