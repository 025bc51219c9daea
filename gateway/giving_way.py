"""What keeps the interpreter from the event loop while something large is under way, and how it gives way.

A large document is read, and a long list judged, in a thread. The loop needs the interpreter several times for each
request, and a thread that computes keeps it for the switch interval each time: 5 ms, usually. A shorter one would
cost ordinary requests, whose threads mostly wait, more than it brings them: so it is short only meanwhile. And the
collector of garbage, which stops everything and finds nothing in lists that are all in use, waits.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SWITCH_SECONDS: Final = 0.0001
_UNCOLLECTED_SECONDS: Final = 10.0
"""Where one large document follows another without a pause, garbage is collected that often."""


class _Meanwhile:
    """One for the process, as the interval and the collector are."""

    def __init__(self) -> None:
        self._inside = 0
        self._switch_seconds = 0.0
        self._collects = False
        self._since = 0.0

    def enter(self) -> None:
        if self._inside == 0:
            self._switch_seconds, self._collects = sys.getswitchinterval(), gc.isenabled()
            self._since = time.monotonic()
            sys.setswitchinterval(_SWITCH_SECONDS)
            gc.disable()
        self._inside += 1

    def leave(self) -> None:
        self._inside -= 1
        if self._inside == 0:
            sys.setswitchinterval(self._switch_seconds)
            if self._collects:
                gc.enable()
        elif time.monotonic() - self._since > _UNCOLLECTED_SECONDS:
            self._since = time.monotonic()
            gc.collect()


_meanwhile: Final = _Meanwhile()


@contextmanager
def giving_way() -> Iterator[None]:
    """Entered and left on the loop; several may be inside."""
    _meanwhile.enter()
    try:
        yield
    finally:
        _meanwhile.leave()
