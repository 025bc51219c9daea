"""How much one originator may send: a token bucket each, from the settings."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

from schemas.vocabulary import UserId

_MOST: Final = 10_000


class OriginatorRates:
    """``rate`` requests a second after a burst of ``burst``; a rate of 0 admits everything."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(max(burst, 1))
        self._buckets: OrderedDict[UserId, tuple[float, float]] = OrderedDict()

    def admits(self, originator: UserId) -> bool:
        if self._rate <= 0:
            return True
        now = time.monotonic()
        left, since = self._buckets.pop(originator, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._rate)
        self._buckets[originator] = (left - 1 if left >= 1 else left), now
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return left >= 1
