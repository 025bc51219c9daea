"""One process of ``serve``: a worker, or the one beside it that reads its large documents."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import shutil
import signal
import sys
from pathlib import Path

import uvloop
from prometheus_client import REGISTRY, CollectorRegistry, multiprocess

from gateway.cli.exits import environment
from gateway.large_documents import LISTENS, LargeDocuments
from gateway.metrics import AddedUp
from gateway.one_cpu import OneCpu
from gateway.service import Worker
from gateway.settings import Settings

_GC_THRESHOLDS = (20_000, 50, 50)
_ORPHAN_CHECK_SECONDS = 1.0
_NICENESS = 10


def run_worker(settings: Settings, config: Path, index: int, *, supervisor: int | None = None) -> None:
    """One process's service. With a supervisor (its process id) others listen on the same port, and the first
    of them has the operators' port."""
    shared = supervisor is not None
    cpu = OneCpu(index) if settings.workers.one_cpu else None

    async def run() -> None:
        large = LargeDocuments(config, index, settings.limits, frozenset() if cpu is None else cpu.allowed)
        registry = CollectorRegistry()
        if shared and "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        else:
            registry.register(AddedUp(REGISTRY.collect, large.counted))
        worker = Worker(settings, index=index, registry=registry, large=large)
        stop = _told_to_stop(signal.SIGINT, signal.SIGTERM)
        async with worker.running(operate=index == 0, reuse_port=shared):
            _loaded()
            logging.getLogger("gateway").info(
                "worker %d listens on %s:%d", index, settings.listen.host, settings.listen.port
            )
            await _until_stopped(worker, stop, supervisor, cpu)

    with environment():
        uvloop.run(run())


def run_beside(settings: Settings, index: int, parent: int, socket: Path) -> None:
    """The process that reads the large documents of its parent, for as long as that is there."""
    # Ctrl-C tells a whole group of processes; this one stops when its parent does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def run() -> None:
        worker = Worker(settings, index=index, socket=socket)
        stop = _told_to_stop(signal.SIGTERM)
        async with worker.running(operate=False):
            _loaded()
            # Ordinary requests come first; but they wait for what the threads that write have locked. Those have been
            # started, and a thread's priority is its own.
            os.nice(_NICENESS)
            sys.stdout.buffer.write(LISTENS)
            sys.stdout.flush()
            await _until_stopped(worker, stop, parent)

    with environment():
        uvloop.run(run())
    if os.getppid() != parent:
        shutil.rmtree(socket.parent, ignore_errors=True)


def _told_to_stop(*numbers: signal.Signals) -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    return stop


def _loaded() -> None:
    """What is loaded now stays: looking through it again and again costs some 3 % of a request."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


async def _until_stopped(worker: Worker, stop: asyncio.Event, parent: int | None, cpu: OneCpu | None = None) -> None:
    watches = [] if parent is None else [asyncio.create_task(_stop_when_orphaned(parent, stop))]
    if cpu is not None:
        watches.append(asyncio.create_task(cpu.watch()))
    await worker.ended(stop)
    for watch in watches:
        watch.cancel()


async def _stop_when_orphaned(supervisor: int, stop: asyncio.Event) -> None:
    """A worker whose supervisor was killed makes room for the next one's."""
    while os.getppid() == supervisor:  # noqa: ASYNC110 -- nobody tells of a parent's death
        await asyncio.sleep(_ORPHAN_CHECK_SECONDS)
    stop.set()
