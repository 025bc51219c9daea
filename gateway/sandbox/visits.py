"""What a far side remembers of the gateway's posts: counts, the last documents, idempotency keys.

Memory only, and bounded: a load test may run for hours.
"""

from __future__ import annotations

from collections import Counter, deque
from datetime import datetime
from typing import Final

import msgspec

LAST_VISITS: Final = 20
_MOST_KEYS: Final = 200_000
_SHOWN_CHARACTERS: Final = 4_000


class Visit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One document that a far side took, for an operator to look at."""

    at: datetime
    what: str
    """Service and device, or kind and RequestID."""
    octets: int
    idempotency_key: str | None = None
    document: str = ""
    """XML as text, GBCS as hexadecimal; the first 4,000 characters."""


class Visits:
    """Of one S1SP, one WAN region or one user."""

    def __init__(self) -> None:
        self.posts: int = 0
        self.taken: int = 0
        self.repeated: int = 0
        """Posts whose Idempotency-Key was seen before: acknowledged, not executed again."""
        self.refused: Counter[str] = Counter()
        """By HTTP status."""
        self.last: deque[Visit] = deque(maxlen=LAST_VISITS)
        self.last_refusal: str | None = None
        self._keys: dict[str, None] = {}

    def seen_before(self, key: str) -> bool:
        """Whether this key was here before; it has been from now on."""
        if key in self._keys:
            self.repeated += 1
            return True
        self._keys[key] = None
        if len(self._keys) > _MOST_KEYS:
            del self._keys[next(iter(self._keys))]
        return False

    def took(self, visit: Visit) -> None:
        self.taken += 1
        self.last.append(visit)

    def refuse(self, status: int, reason: str) -> None:
        self.refused[str(status)] += 1
        self.last_refusal = reason

    def summary(self) -> dict[str, object]:
        """For ``GET /state``."""
        return {
            "posts": self.posts,
            "taken": self.taken,
            "repeated": self.repeated,
            "refused": dict(self.refused),
            "last_refusal": self.last_refusal,
            "last": list(self.last),
        }


def shown(document: bytes, *, text: bool) -> str:
    """A document as an operator reads it, cut to a length that a page can hold."""
    if text:
        return document[:_SHOWN_CHARACTERS].decode("utf-8", "replace")
    return document[: _SHOWN_CHARACTERS // 2].hex().upper()
