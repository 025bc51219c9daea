"""A worker keeps to one CPU, and leaves one that others keep busy.

Its threads take turns with the interpreter, so a second CPU hardly makes them faster; but each time that the
interpreter goes to a thread on another CPU, that one is woken by an interrupt and its caches hold nothing of what it
needs. On one CPU a request costs a tenth less (``docs/decisions/0017``). Others that may run anywhere are moved away by
the operating system. Others that keep to the same CPU are not: so the worker looks now and then whether it has to
share, and goes where there is more room. Where the operating system cannot do this, nothing is done.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 1.0
_OTHERS: Final = 0.2
"""The share of a CPU that others may use without disturbing."""
_FULL: Final = 0.8
_GAIN: Final = 0.3
"""So much more room another CPU must have."""
_STAT: Final = Path("/proc/stat")
_THREADS: Final = Path("/proc/self/task")


class Used(msgspec.Struct, frozen=True):
    """Ticks of one CPU since the machine's start."""

    busy: int
    """With what the hypervisor gave to others; without processes that come last (nice)."""
    all: int


def roomier(here: int, own: float, busy: Mapping[int, float]) -> int | None:
    """The CPU to go to, from ``here``; ``None`` to stay. ``own`` share of one CPU, ``busy`` shares of those allowed."""
    others = busy[here] - own
    best = min(busy, key=lambda cpu: (busy[cpu], cpu))
    crowded = others > _OTHERS and busy[here] > _FULL
    return best if crowded and busy[here] - busy[best] > _GAIN else None


def shares(before: Mapping[int, Used], after: Mapping[int, Used]) -> dict[int, float]:
    """How busy each CPU was meanwhile, between 0 and 1."""
    return {
        cpu: (after[cpu].busy - before[cpu].busy) / max(1, after[cpu].all - before[cpu].all)
        for cpu in before.keys() & after.keys()
    }


def read_used(stat: str, cpus: Iterable[int]) -> dict[int, Used]:
    """Of Linux's ``/proc/stat``: user, nice, system, idle, iowait, irq, softirq and steal of each CPU."""
    wanted = {f"cpu{cpu}": cpu for cpu in cpus}
    used: dict[int, Used] = {}
    for line in stat.splitlines():
        name, *values = line.split()
        if name in wanted:
            ticks = [int(value) for value in values[:8]]
            nice, idle, waiting = ticks[1], ticks[3], ticks[4]
            used[wanted[name]] = Used(sum(ticks) - nice - idle - waiting, sum(ticks))
    return used


class OneCpu:
    """Of this process. Made before the process has threads that should keep to it too."""

    def __init__(self, worker: int, stat: Path = _STAT) -> None:
        """Workers by their index begin on different CPUs of those that this process may use. ``stat`` tells of them."""
        self.allowed: Final = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()
        self._stat = stat
        self._can: Final = len(self.allowed) > 1 and stat.exists() and _THREADS.exists()
        if self._can:
            self._cpu = sorted(self.allowed)[worker % len(self.allowed)]
            self._keep_to(self._cpu)

    async def watch(self) -> None:
        """For as long as the worker runs. Two that share a CPU do not always leave it in the same second."""
        while self._can:
            try:
                other = await self._roomier()
            except OSError as fault:
                log.warning("how busy the CPUs are cannot be read: %s", fault)
                return
            if other is not None and random.random() < 0.5:  # noqa: S311 -- a coin
                log.info("CPU %d is busy with others: going on on CPU %d", self._cpu, other)
                self._cpu = other
                self._keep_to(other)

    async def _roomier(self) -> int | None:
        before, own, started = self._used(), time.process_time(), time.monotonic()
        await asyncio.sleep(_LOOK_SECONDS)
        share = (time.process_time() - own) / (time.monotonic() - started)
        return roomier(self._cpu, share, shares(before, self._used()))

    def _used(self) -> dict[int, Used]:
        return read_used(self._stat.read_text(), self.allowed)

    @staticmethod
    def _keep_to(cpu: int) -> None:
        for thread in _THREADS.iterdir():
            try:
                os.sched_setaffinity(int(thread.name), {cpu})
            except OSError:
                # The thread has ended, or the CPU was taken away: both are no reason to stop.
                continue
