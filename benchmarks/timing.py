"""CPU time, of this process and of others. Everything the benchmarks compare is CPU time per request.

Wall time says how busy the machine was; CPU time says what the work costs. Every figure is the best of
several rounds, for the floor and for the gateway alike: what disturbs a round only ever adds to it.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")
_NAME_END: Final = ")"
_CPU_CLOCK: Final = 2
"""Linux: with a process's number, all bits turned round, above it, the clock of what that process used."""


class CannotMeasure(Exception):
    """What the benchmarks need is not there; the message says what."""


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """How long to measure: ``--quick`` or properly."""

    rounds: int
    seconds: float
    """CPU seconds per round of one native step."""
    requests: int
    """Requests per round of one path through the gateway."""


QUICK: Final = Effort(rounds=2, seconds=0.04, requests=600)
FULL: Final = Effort(rounds=5, seconds=0.15, requests=2500)


def microseconds_each(inputs: Callable[[], Iterable[T]], step: Callable[[T], object], rounds: int) -> float:
    """Best CPU time of ``step`` per input. ``inputs`` are made anew, untimed, for every round."""
    gc.collect()
    return min(_one_round(list(inputs()), step) for _ in range(rounds))


def _one_round(inputs: list[T], step: Callable[[T], object]) -> float:
    gc.disable()
    try:
        start = time.process_time_ns()
        for each in inputs:
            step(each)
        return (time.process_time_ns() - start) / 1000 / len(inputs)
    finally:
        gc.enable()


def milliseconds_once(step: Callable[[], object]) -> float:
    """CPU time of one call, without the care that ``microseconds_each`` takes."""
    start = time.process_time_ns()
    step()
    return (time.process_time_ns() - start) / 1_000_000


def how_many(step: Callable[[], object], seconds: float, most: int = 4000) -> int:
    """So many repetitions of ``step`` take about ``seconds`` of CPU time."""
    start = time.process_time()
    step()
    once = max(time.process_time() - start, 1e-6)
    return max(3, min(most, int(seconds / once)))


def cpu_microseconds(process: int) -> float:
    """User and system time so far of a process with its threads, and of the processes it started, dead or alive.

    Raises CannotMeasure.
    """
    try:
        used = _used(process, _fields(process))
    except OSError as fault:
        raise CannotMeasure(f"the CPU time of process {process} cannot be read: {fault}") from None
    families = _families()
    waiting = families.get(process, [])
    while waiting:
        child = waiting.pop()
        used += child[1]
        waiting += families.get(child[0], [])
    return used


def _families() -> dict[int, list[tuple[int, float]]]:
    """The living children of each process, with the microseconds they used."""
    families: dict[int, list[tuple[int, float]]] = {}
    for place in _PROC.glob("[0-9]*"):
        # It may have ended since.
        with suppress(OSError):
            child, fields = int(place.name), _fields(int(place.name))
            families.setdefault(int(fields[1]), []).append((child, _used(child, fields)))
    return families


def _fields(process: int) -> list[str]:
    """Those of ``stat`` from the third on: the second, the name, is in parentheses and may hold blanks."""
    text = (_PROC / str(process) / "stat").read_text()
    return text[text.rindex(_NAME_END) + 2 :].split()


def _used(process: int, fields: list[str]) -> float:
    """Microseconds: its own, from its clock, which is finer than ``stat``; and those of children it has waited for."""
    own = time.clock_gettime_ns((~process << 3) | _CPU_CLOCK)
    return own / 1000 + sum(map(int, fields[13:15])) * 1_000_000 / _TICKS


def resident_megabytes(process: int) -> float:
    """Resident memory, 1,000,000 octets each. Raises CannotMeasure."""
    try:
        for line in (_PROC / str(process) / "status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1_000_000
    except OSError as fault:
        raise CannotMeasure(f"the memory of process {process} cannot be read: {fault}") from None
    raise CannotMeasure(f"process {process} has ended")
