"""How soon a thread gives the interpreter back to the event loop while something large is under way.

A large document is read, and a long list judged, in a thread. The loop needs the interpreter several times for each
request, and a thread that computes keeps it for the switch interval each time: 5 ms, usually. A shorter one would
cost ordinary requests, whose threads mostly wait, more than it brings them: so it is short only meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SWITCH_SECONDS: Final = 0.0001


class _Meanwhile:
    """One for the process, as the interval is."""

    def __init__(self) -> None:
        self.inside = 0
        self.usual = 0.0


_meanwhile = _Meanwhile()


@contextmanager
def giving_way() -> Iterator[None]:
    """Entered and left on the loop; several may be inside."""
    if _meanwhile.inside == 0:
        _meanwhile.usual = sys.getswitchinterval()
        sys.setswitchinterval(_SWITCH_SECONDS)
    _meanwhile.inside += 1
    try:
        yield
    finally:
        _meanwhile.inside -= 1
        if _meanwhile.inside == 0:
            sys.setswitchinterval(_meanwhile.usual)
