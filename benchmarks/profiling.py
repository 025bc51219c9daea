"""Where the time goes: the whole path in this process under cProfile, told by our layers.

The profiler costs time of its own, and more of it where functions are small: shares are to be compared, and
microseconds are those of ``serve``. It does not see into lxml, whose time is that of our modules that call
it (``schemas.xsd``, ``schemas.signature``). The threads that write are told by their clocks.
"""

from __future__ import annotations

import asyncio
import cProfile
import pstats
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.connection import Target
from benchmarks.far_side import FarSide
from benchmarks.generator import Batch, Generator, posts_of
from benchmarks.requests import Kind, RequestWriter
from gateway.sandbox.world import World
from gateway.service import Worker

_OURS: Final = ("schemas", "cpl", "routing", "gbcs", "gateway", "benchmarks")
_NATIVE: Final = ("cryptography", "sqlite3", "msgspec", "hashlib", "uvloop", "aiohttp", "multidict", "yarl")
_SERVER: Final = ("web",)
_WARM_UP: Final = 300

Function = tuple[str, int, str]
"""File, line and name, as cProfile has them; what is written in C has ``~`` for a file."""


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A layer's or a function's part of the event loop's time."""

    name: str
    percent: float
    calls_per_request: float = 0.0


class Profiled(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of request."""

    kind: Kind
    layers: list[Share]
    """Largest first: own time, that of C functions charged to the library that they belong to."""
    functions: list[Share]
    """Own time and that of the C functions which a function calls itself."""
    threads: dict[str, float]
    """CPU microseconds per request of the event loop and of each thread that writes."""


def profile(
    world: World, kind: Kind, count: int, writer: RequestWriter, generator: Generator, far_side: FarSide
) -> Profiled:
    """``count`` requests of one kind through a gateway in this process. The world's ports must be free."""
    return uvloop.run(_profiled(world, kind, count, writer, generator, far_side))


async def _profiled(
    world: World, kind: Kind, count: int, writer: RequestWriter, generator: Generator, far_side: FarSide
) -> Profiled:
    target = Target(host="127.0.0.1", port=world.settings.listen.port)
    profiler = cProfile.Profile()
    async with Worker(world.settings).running(operate=False):

        async def send(posts: list[bytes]) -> None:
            handed_on = far_side.count + len(posts)
            generator.start(Batch(target=target, posts=posts))
            await asyncio.to_thread(generator.finish)
            await asyncio.to_thread(far_side.wait_for, handed_on)
            await asyncio.sleep(0.3)

        warm_up, plain, traced = (posts_of(target, writer.write(kind, n)) for n in (_WARM_UP, count, count))
        await send(warm_up)
        unprofiled = _thread_times()
        await send(plain)
        threads = {name: (ns - unprofiled.get(name, 0)) / 1000 / count for name, ns in _thread_times().items()}
        profiler.enable()
        await send(traced)
        profiler.disable()
    layers, functions = _shares(pstats.Stats(profiler), count)
    return Profiled(kind=kind, layers=layers, functions=functions, threads=threads)


def _thread_times() -> dict[str, int]:
    """CPU nanoseconds of the event loop and of the writers, so far."""
    return {
        "event loop" if each is threading.main_thread() else each.name: time.clock_gettime_ns(
            time.pthread_getcpuclockid(each.ident)
        )
        for each in threading.enumerate()
        if each.ident is not None and (each is threading.main_thread() or each.name.startswith("writes"))
    }


def _shares(stats: pstats.Stats, count: int) -> tuple[list[Share], list[Share]]:
    """By layer and by function, own times."""
    entries: dict[Function, Any] = stats.stats  # type: ignore[attr-defined]
    layers: defaultdict[str, float] = defaultdict(float)
    functions: defaultdict[str, float] = defaultdict(float)
    calls: dict[str, int] = {}
    for function, (_, called, own, _, callers) in entries.items():
        layers[_layer(function)] += own
        if function[0] != "~":
            functions[_named(function)] += own
            calls[_named(function)] = called
            continue
        for caller, (_, _, part, _) in callers.items():
            functions[_named(caller) if caller[0] != "~" else function[2]] += part
    total = sum(layers.values()) or 1.0

    def ranked(times: dict[str, float]) -> list[Share]:
        return [
            Share(name=name, percent=100 * own / total, calls_per_request=calls.get(name, 0) / count)
            for name, own in sorted(times.items(), key=lambda item: -item[1])
        ]

    return ranked(layers), ranked(functions)


def _layer(function: Function) -> str:
    file, _, name = function
    if file == "~":
        return next((f"{library} (C)" for library in _NATIVE if library in name), "Python's own (C)")
    parts = Path(file).parts
    for package in _OURS:
        if package in parts and "site-packages" not in parts:
            return ".".join(parts[parts.index(package) :]).removesuffix(".py")
    if "aiohttp" in parts:
        return "aiohttp server" if parts[-1].startswith(_SERVER) else "aiohttp, elsewhere"
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    # The standard library: a package such as asyncio, or a module in its top folder.
    folder = parts[-2] if len(parts) > 1 else ""
    return parts[-1].removesuffix(".py") if not folder or folder.startswith("python") else folder


def _named(function: Function) -> str:
    file, line, name = function
    return f"{Path(file).parent.name}/{Path(file).name}:{line} {name}"


def show(profiled: Profiled, console: Console, rows: int = 25) -> None:
    """The two tables, and the threads."""
    threads = ", ".join(f"{name} {microseconds:.0f} us" for name, microseconds in profiled.threads.items())
    console.print(f"\n{profiled.kind.value}: CPU per request, unprofiled: {threads}")
    for title, shares in (("by layer", profiled.layers), ("by function", profiled.functions)):
        table = Table(title=f"{profiled.kind.value}, event loop, {title}", title_justify="left")
        table.add_column(title.removeprefix("by "))
        table.add_column("%", justify="right")
        table.add_column("calls a request", justify="right")
        for share in shares[:rows]:
            calls = f"{share.calls_per_request:.1f}" if share.calls_per_request else ""
            table.add_row(share.name, f"{share.percent:.1f}", calls)
        console.print(table)
