"""One document after another through a reader, within limits of processor time and memory.

Each document is in a file before it is read, so that one that ends the process can be found there: a process
that uses too much processor time for one document is ended by SIGPROF, inside a C library too. One that has
grown too large ends itself at once: what came after would be blamed in vain.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

Reader = Callable[[bytes], str]
"""Takes a document, returns the kind of the outcome."""

CURRENT, SLOWEST, TALLY = "current.xml", "slowest.xml", "tally.json"
TOO_LARGE = 70
"""Exit code of a process that has grown beyond its limit."""
EVERY = 50
"""Documents between two tallies."""


class Watch:
    """A reader that is watched. ``seconds`` of processor time for one document, ``megabytes`` for the process."""

    def __init__(self, reader: Reader, folder: Path, seconds: float, megabytes: int) -> None:
        self._reader = reader
        self._folder = folder
        self._seconds = seconds
        self._megabytes = megabytes
        self._current = os.open(folder / CURRENT, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        self._started = time.monotonic()
        self._slowest = 0.0
        self._outcomes: Counter[str] = Counter()
        # Beyond this the machine would suffer; a reader that asks for it gets MemoryError.
        ceiling = (megabytes + 4096) * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)

    def __call__(self, document: bytes) -> None:
        """Raises what the reader raises. Ends the process when time or memory is used up."""
        os.ftruncate(self._current, 0)
        os.pwrite(self._current, document, 0)
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        try:
            outcome = self._reader(document)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        taken = time.process_time() - start
        if taken > self._slowest:
            self._slowest = taken
            (self._folder / SLOWEST).write_bytes(document)
        self._outcomes[outcome] += 1
        if self._outcomes.total() % EVERY == 0:
            self.tally()
        if self.peak > self._megabytes:
            os._exit(TOO_LARGE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.tally()

    @property
    def peak(self) -> int:
        """Megabytes that the process has had resident at most."""
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

    def tally(self) -> None:
        """Leave the numbers in the folder: a fuzzer may end the process at any time, without a last word."""
        numbers = {
            "executions": self._outcomes.total(),
            "outcomes": dict(self._outcomes.most_common()),
            "seconds": round(time.monotonic() - self._started, 1),
            "slowest_milliseconds": round(self._slowest * 1000, 1),
            "peak_megabytes": self.peak,
        }
        (self._folder / TALLY).write_text(json.dumps(numbers))
