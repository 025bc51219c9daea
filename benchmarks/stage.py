"""What a benchmark of the whole path plays on: a world, the gateway as it is run, a far side, a generator.

Each in a process of its own, so that the gateway's CPU time is only its own. The gateway is started as its
operators start it; nothing in it is switched off.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from benchmarks.connection import Target
from benchmarks.far_side import FarSide, far_side
from benchmarks.generator import Generator, generator
from benchmarks.timing import CannotMeasure, cpu_microseconds, resident_megabytes
from gateway.sandbox.world import World, make_world

HOMES: Final = 300
_PATIENCE_SECONDS: Final = 20.0
_SETTLING_SECONDS: Final = 0.3
"""Lazy writes wait up to 50 ms and traces 200 ms: what a request costs has been spent by then."""


class GatewayProcess:
    """``duis-gateway serve`` under way."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, ready_seconds: float) -> None:
        self._process = process
        self.target: Final = Target(host="127.0.0.1", port=port)
        self.ready_seconds: Final = ready_seconds
        """From its start to the first time that ``/readyz`` said yes, Python's own start included."""
        self.megabytes_at_start: Final = resident_megabytes(process.pid)

    @property
    def cpu_microseconds(self) -> float:
        """So far, once what is under way has been written."""
        time.sleep(_SETTLING_SECONDS)
        return cpu_microseconds(self._process.pid)

    @property
    def megabytes(self) -> float:
        return resident_megabytes(self._process.pid)


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything in its place."""

    world: World
    gateway: GatewayProcess
    far_side: FarSide
    generator: Generator


@contextmanager
def stage(
    directory: Path | None = None,
    homes: int = HOMES,
    furnish: Callable[[World], None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Stage]:
    """The stage for as long as the context lasts, in ``directory`` or in one that goes away with it.

    ``furnish`` puts more into the world before the gateway starts, ``environment`` corrects its settings.
    Raises CannotMeasure, and SettingsError or Unavailable when the world in ``directory`` cannot be used.
    """
    with ExitStack() as stack:
        place = directory or stack.enter_context(temporary_directory()) / "world"
        far = stack.enter_context(far_side())
        world = benchmark_world(place, far.port, homes)
        if furnish is not None:
            furnish(world)
        driver = stack.enter_context(generator())
        gateway = stack.enter_context(gateway_process(world, environment=environment))
        yield Stage(world=world, gateway=gateway, far_side=far, generator=driver)


@contextmanager
def temporary_directory() -> Iterator[Path]:
    """A directory that goes away with the context."""
    with tempfile.TemporaryDirectory(prefix="duis-bench-") as folder:
        yield Path(folder)


def benchmark_world(directory: Path, far_side_port: int, homes: int = HOMES) -> World:
    """The world in ``directory``, made if it is not there, on free ports and with its far sides on that port."""
    port, operator_port = free_ports(2)
    return make_world(directory, port=port, operator_port=operator_port, simulators_port=far_side_port, homes=homes)


@contextmanager
def gateway_process(
    world: World, workers: int = 1, environment: Mapping[str, str] | None = None
) -> Iterator[GatewayProcess]:
    """A gateway on the world's configuration. Raises CannotMeasure when it does not get ready."""
    listen, operator = world.settings.listen, world.settings.operator
    command = [sys.executable, "-m", "gateway.cli", "serve", "--config", str(world.config), "--workers", str(workers)]
    start = time.monotonic()
    process = subprocess.Popen(command, env={**_environment(), **(environment or {})}, stderr=subprocess.DEVNULL)
    try:
        _wait_until_ready(process, f"http://{operator.host}:{operator.port}/readyz", start + _PATIENCE_SECONDS)
        yield GatewayProcess(process, listen.port, time.monotonic() - start)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_SECONDS)
        process.kill()
        process.wait()


def _environment() -> Mapping[str, str]:
    """Ours, without what would change the gateway's settings."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("DUIS_GATEWAY__")},
        "DUIS_GATEWAY__LOGGING__LEVEL": "WARNING",
    }


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, give_up: float) -> None:
    while True:
        if process.poll() is not None:
            raise CannotMeasure(f"the gateway ended with {process.returncode} before it was ready")
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=1) as answer:
            if answer.status == 200:
                return
        if time.monotonic() > give_up:
            raise CannotMeasure(f"the gateway was not ready within {_PATIENCE_SECONDS:g} s")
        time.sleep(0.01)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
