"""How much one originator may send: a leaky bucket each, from the settings."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from aiolimiter import AsyncLimiter

from schemas.vocabulary import UserId

_MOST: Final = 10_000
"""Originators remembered; the one that was quiet longest is forgotten first."""


class OriginatorRates:
    """``rate`` requests a second after a burst of ``burst``; a rate of 0 admits everything."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = max(burst, 1)
        self._buckets: OrderedDict[UserId, AsyncLimiter] = OrderedDict()

    async def admits(self, originator: UserId) -> bool:
        """Whether it may send one more now. Never waits."""
        if self._rate <= 0:
            return True
        bucket = self._buckets.pop(originator, None) or AsyncLimiter(self._burst, self._burst / self._rate)
        self._buckets[originator] = bucket
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        if not bucket.has_capacity():
            return False
        await bucket.acquire()
        return True
