"""Large documents go to a process of their own, over a Unix domain socket. The side that passes them on.

To read 13 MB, or to judge 50,000 devices, takes a second of CPU time; in a thread it would share the interpreter
with the event loop, and everybody else's request would wait for its turn. The other side is a whole ``Worker`` that
serves that socket and nothing else: what a document means, its acceptance, its hand-offs and its trace are its own.

The process is started by the first large document, has ended some minutes after the last, and is started anew when
it died. Whoever waited for it then is told that nobody knows: a repeat gets what was stored.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
from aiohttp import hdrs
from prometheus_client import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from gateway.http_answer import HttpAnswer
from gateway.replies import Outcome
from gateway.settings import MOST_WORKERS, Limits

log = logging.getLogger(__name__)

LISTENS: Final = b"listens\n"
"""What the process says on its standard output once it can be posted to."""
_COUNTERS: Final = "PROMETHEUS_MULTIPROC_DIR"
_START_SECONDS: Final = 30.0
_DRAIN_SECONDS: Final = 15.0
"""After it was told to stop: the time-out of a delivery, and a little more."""
_NOTICE_SECONDS: Final = 1.0
"""A connection that broke tells of a death before the operating system does."""


def index_beside(worker: int) -> int:
    """The index of the process that reads the large documents of that worker: those of workers are below."""
    return worker + MOST_WORKERS


class NotPassedOn(msgspec.Struct, frozen=True, kw_only=True):
    """There is no answer of the process."""

    outcome: Outcome
    reason: str


class _Reader:
    """The process under way."""

    def __init__(self, process: asyncio.subprocess.Process, socket: Path, seconds: float) -> None:
        """``seconds``: within which every answer is expected."""
        self.process = process
        self.session = aiohttp.ClientSession(
            # A connection for each: one that is kept may be closed by the other side in the moment of its use.
            connector=aiohttp.UnixConnector(str(socket), force_close=True),
            timeout=aiohttp.ClientTimeout(total=seconds),
            auto_decompress=False,
        )
        self.stopping = False
        self.watch: asyncio.Task[None] | None = None

    @property
    def usable(self) -> bool:
        return not self.stopping and self.process.returncode is None

    def stop(self) -> None:
        """It ends once what it has under way is done."""
        self.stopping = True
        if self.process.returncode is None:
            self.process.terminate()

    def kill(self) -> None:
        self.stopping = True
        if self.process.returncode is None:
            self.process.kill()


class LargeDocuments:
    """Passes large documents on. Belongs to one event loop."""

    def __init__(self, config: Path, worker: int, limits: Limits, cpus: frozenset[int] = frozenset()) -> None:
        """``config``: the file that the process reads its settings from; ``worker``: the index of the one it serves;
        ``cpus``: those that the process may use, where the worker itself keeps to one."""
        self._config = config
        self._worker = worker
        self._cpus = cpus
        self._room = asyncio.Semaphore(limits.large_in_flight)
        self._seconds = limits.large_seconds
        self._idle_seconds = limits.large_idle_seconds
        self._under_way = 0
        self._starting = asyncio.Lock()
        self._reader: _Reader | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._started = 0
        self.ended: Callable[[], Awaitable[object]] | None = None
        """Called after the process has ended, however it did: what it still held is free."""

    async def pass_on(
        self, path: str, fields: Mapping[str, str], pieces: Sequence[bytes], octets: int
    ) -> HttpAnswer | NotPassedOn:
        """The answer to a document of so many ``octets``, posted as it came with these header fields."""
        async with self._room:
            self._under_way += 1
            if self._timer is not None:
                self._timer.cancel()
            try:
                return await self._passed_on(path, {**fields, hdrs.CONTENT_LENGTH: str(octets)}, pieces)
            finally:
                self._under_way -= 1
                if not self._under_way:
                    self._timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._idle)

    def counted(self) -> Iterable[Metric]:
        """What the processes counted so far, also those that have ended."""
        if self._folder is None:
            return ()
        return MultiProcessCollector(None, self._counters).collect()  # type: ignore[no-untyped-call, no-any-return]

    async def close(self) -> None:
        """Have what is under way done, and the process ended. No document is passed on any more."""
        if self._timer is not None:
            self._timer.cancel()
        async with self._starting:
            reader, self._reader = self._reader, None
            if reader is not None:
                reader.stop()
                await self._gone(reader)
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # ----

    async def _passed_on(
        self, path: str, fields: Mapping[str, str], pieces: Sequence[bytes]
    ) -> HttpAnswer | NotPassedOn:
        try:
            reader = await self._ready()
        except (OSError, TimeoutError) as fault:
            log.error("large documents are not read just now: %s", fault)
            return NotPassedOn(outcome=Outcome.UNAVAILABLE, reason=f"the process for large documents: {fault}")
        try:
            async with reader.session.post(f"http://gateway{path}", data=_each(pieces), headers=fields) as answer:
                return _relayed(answer, await answer.read())
        except TimeoutError:
            reader.kill()
            reason = f"no answer within {self._seconds:g} s"
        except (aiohttp.ClientError, OSError) as fault:
            reason = f"{type(fault).__name__}: {fault}"
        await self._noticed(reader)
        return NotPassedOn(outcome=Outcome.BROKEN_OFF, reason=f"the process for large documents broke off: {reason}")

    async def _ready(self) -> _Reader:
        """The process, started if there is none. Raises OSError when it cannot be, TimeoutError."""
        async with self._starting:
            if self._reader is None or not self._reader.usable:
                if self._reader is not None:
                    # Two with one name would take each other's hand-offs.
                    await self._gone(self._reader)
                self._reader = None
                self._reader = await self._start()
            return self._reader

    async def _start(self) -> _Reader:
        socket = self._socket()
        words = ("--config", self._config, "--worker", index_beside(self._worker), "--supervisor", os.getpid())
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "gateway.cli", "serve", *map(str, words), "--large-documents", str(socket)),
            stdout=asyncio.subprocess.PIPE,
            env={_COUNTERS: self._counters, **os.environ},
        )
        if self._cpus:
            with suppress(OSError):
                os.sched_setaffinity(process.pid, self._cpus)
        reader = _Reader(process, socket, self._seconds)
        reader.watch = asyncio.create_task(self._watch(reader), name="large documents")
        try:
            await self._says_that_it_listens(process)
        except (OSError, TimeoutError):
            reader.kill()
            await self._gone(reader)
            raise
        return reader

    def _socket(self) -> Path:
        """Another for each process, in a folder that only this user may enter."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="duis-gateway-", ignore_cleanup_errors=True)
            Path(self._counters).mkdir()
        self._started += 1
        return Path(self._folder.name) / f"large-{self._started}"

    @staticmethod
    async def _says_that_it_listens(process: asyncio.subprocess.Process) -> None:
        """Raises OSError, TimeoutError."""
        if process.stdout is None:
            raise OSError("it has no standard output")
        try:
            async with asyncio.timeout(_START_SECONDS):
                said = await process.stdout.readline()
        except TimeoutError:
            raise TimeoutError(f"it was not ready within {_START_SECONDS:g} s") from None
        if said != LISTENS:
            raise OSError("it ended before it was ready; its line above says why")

    async def _watch(self, reader: _Reader) -> None:
        """Until its end. What comes of it must not be lost, so nothing is raised."""
        returncode = await reader.process.wait()
        if not reader.stopping:
            log.error("the process for large documents ended with %d; the next of them starts another", returncode)
        await reader.session.close()
        try:
            if self.ended is not None:
                await self.ended()
        except Exception:
            log.exception("what the process for large documents held is free only when its leases have run out")

    async def _noticed(self, reader: _Reader) -> None:
        """Its death, so that the next document does not meet it."""
        try:
            async with asyncio.timeout(_NOTICE_SECONDS):
                await reader.process.wait()
        except TimeoutError:
            log.warning("the process for large documents goes on, though it broke off")

    async def _gone(self, reader: _Reader) -> None:
        """Ended, at last by force."""
        if reader.watch is None:
            return
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await asyncio.shield(reader.watch)
        except TimeoutError:
            log.warning("the process for large documents does not stop and is killed")
            reader.kill()
            await reader.watch

    def _idle(self) -> None:
        if self._reader is not None and not self._under_way:
            self._reader.stop()

    @property
    def _counters(self) -> str:
        return "" if self._folder is None else str(Path(self._folder.name) / "counters")


async def _each(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    """As they came: to join megabytes would keep the loop for milliseconds."""
    for piece in pieces:
        yield piece


def _relayed(answer: aiohttp.ClientResponse, body: bytes) -> HttpAnswer:
    kept = ("X-Routing-Trace", "Retry-After")
    fields = {name: answer.headers[name] for name in kept if name in answer.headers}
    return HttpAnswer(answer.status, answer.content_type, body, fields)
