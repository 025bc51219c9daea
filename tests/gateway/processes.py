"""``duis-gateway`` as processes of its own, for tests: started, waited for, told to stop; and its tour, taken once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import pytest
from running import HOMES, free_port, made_once

from gateway.sandbox.world import World, load_world
from gateway.settings import Settings

PROJECT: Final = Path(__file__).resolve().parents[2]


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "gateway.cli", *map(str, words)]


@contextmanager
def process(*words: object) -> Iterator[subprocess.Popen[str]]:
    """``duis-gateway`` with ``words``, killed at the end if it still runs."""
    child = subprocess.Popen(
        command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROJECT, env=_environment()
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def _environment() -> dict[str, str]:
    settings_apart = {name: value for name, value in os.environ.items() if not name.startswith("DUIS_GATEWAY__")}
    return {**settings_apart, "COLUMNS": "200"}


def until_said(child: subprocess.Popen[str], *words: str, seconds: float = 15.0) -> str:
    """What it says on stderr until all of ``words`` were in it; killed when that takes longer."""
    too_late = threading.Timer(seconds, child.kill)
    too_late.start()
    said = ""
    assert child.stderr is not None
    for line in child.stderr:
        said += line
        if all(word in said for word in words):
            break
    too_late.cancel()
    return said


def is_ready(settings: Settings, seconds: float = 15.0) -> bool:
    """Whether the operators' port says so within that time."""
    url = f"http://127.0.0.1:{settings.operator.port}/readyz"
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return int(answer.status) == 200
        except OSError:
            time.sleep(0.05)
    return False


def stopped(child: subprocess.Popen[str]) -> tuple[int, str]:
    """Tell it to stop; its exit code and what it said on stderr."""
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=15)
    return child.returncode, said


class Toured(msgspec.Struct, frozen=True, kw_only=True):
    """A world that ``duis-gateway sandbox --once`` made, with what it said."""

    directory: Path
    returncode: int
    lines: tuple[str, ...]
    """One for each step of the tour."""
    last: str

    @property
    def config(self) -> Path:
        return self.directory / "config.toml"

    def document(self, place: int) -> Path:
        """What was sent in step ``place``, from 1."""
        (found,) = (self.directory / "tour").glob(f"{place:02}-*.xml")
        return found

    def trace_id(self, place: int) -> str:
        return self.lines[place - 1].rsplit("/", 1)[-1].strip()

    @property
    def world(self) -> World:
        return load_world(self.directory)


def _take_tour(folder: Path) -> None:
    ports = ("--port", free_port(), "--operator-port", free_port(), "--simulators-port", free_port())
    done = subprocess.run(
        command("sandbox", "--dir", folder / "world", "--homes", HOMES, "--once", *ports),
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env=_environment(),
        timeout=60,
    )
    (folder / "said").write_text(done.stdout)
    (folder / "complained").write_text(done.stderr)
    (folder / "returncode").write_text(str(done.returncode))


def toured(factory: pytest.TempPathFactory) -> Toured:
    """The tour, taken once in a process of its own."""
    folder = made_once(factory, "running-tour", _take_tour)
    said = (folder / "said").read_text().splitlines()
    return Toured(
        directory=folder / "world",
        returncode=int((folder / "returncode").read_text()),
        lines=tuple(line for line in said if "/v1/traces/" in line),
        last=said[-1] if said else (folder / "complained").read_text(),
    )
