"""One thread that writes, for a whole process, and commits in groups.

Work that arrives in one turn of the event loop, or while a commit is under way, goes into the next one
together. A lone piece of work commits at once; while many arrive, groups gather for some milliseconds,
because a commit costs more than a dozen requests do in it. Nothing here knows what is written: work is a
function of a connection, or of a connection and all the items of a group. Reading does not come this way.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from itertools import groupby
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from gateway.ports import Unavailable
from gateway.sqlite_schema import as_unavailable, is_busy

I = TypeVar("I")  # noqa: E741 -- an item
T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
WorkTogether = Callable[[sqlite3.Connection, Sequence[I]], Sequence[T]]
"""Does the same for each of several items, and returns as many results in their order."""

LAZY_SECONDS = 0.05
"""The longest that lazy work waits for a commit to join."""
GATHERING_SECONDS = 0.01
_LARGE_GROUP = 6
_BUSY_PAUSE_SECONDS = 0.0005


class OneByOne(Exception):
    """Raised by work for several items when one of them needs an answer of its own: each is then done alone."""


class _Job:
    """A piece of work, who waits for it (nobody, when lazy), and how it went."""

    __slots__ = ("fault", "future", "item", "value", "work")

    def __init__(self, work: WorkTogether[Any, Any], item: object, future: asyncio.Future[Any] | None) -> None:
        self.work = work
        self.item = item
        self.future = future
        self.value: Any = None
        self.fault: Exception | None = None


def _each(db: sqlite3.Connection, works: Sequence[Work[Any]]) -> list[Any]:
    return [work(db) for work in works]


def _by_work(jobs: Iterable[_Job]) -> list[_Job]:
    """Those of one kind of work side by side. All wait at the same moment, so their order is free."""
    kinds: dict[WorkTogether[Any, Any], list[_Job]] = {}
    for job in jobs:
        kinds.setdefault(job.work, []).append(job)
    return [job for several in kinds.values() for job in several]


class _Sign(Enum):
    FLUSH = "flush"
    STOP = "stop"


class GroupWriter:
    """Runs work on one connection, in its own thread, in grouped transactions.

    ``connect`` is called in the thread; ``busy_seconds`` bounds the wait for other processes' locks. A group of
    six or more is followed by the next no sooner than after ``gathering_seconds``.
    Create, start, use and stop it on one event loop.
    """

    def __init__(
        self,
        path: Path,
        connect: Callable[[], sqlite3.Connection],
        *,
        busy_seconds: float,
        gathering_seconds: float = GATHERING_SECONDS,
    ) -> None:
        self._path = path
        self._connect = connect
        self._busy_seconds = busy_seconds
        self._gathering_seconds = gathering_seconds
        self._queue: SimpleQueue[list[_Job] | _Sign] = SimpleQueue()
        self._gathered: list[_Job] = []
        self._lazy: deque[_Job] = deque()
        self._next_group_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._closed: Unavailable | None = Unavailable(f"{path.name} is not open")
        self._at_hand: list[_Job] = []
        self._thread = threading.Thread(target=self._serve, name=f"writes {path.name}", daemon=True)

    async def start(self) -> None:
        """Open the connection. Raises Unavailable when that fails."""
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._closed = None
        self._thread.start()
        await self._ready

    async def run(self, work: Work[T]) -> T:
        """What ``work`` returned, once the transaction that held it is committed.

        ``work`` runs in the thread, and again when another's fault undid its group: it changes nothing
        but the connection's data. The mark of a transaction is left to the writer.
        Raises Unavailable when the file, the disk or another process prevents it, and whatever ``work``
        raised; in both cases nothing of it was written.
        """
        value: T = await self.run_together(_each, work)
        return value

    async def run_together(self, work: WorkTogether[I, T], item: I) -> T:
        """As ``run``: what ``work``, done once for all its items in a group, returned for ``item``.

        When it raises, it is done for each item alone.
        """
        if self._closed is not None:
            raise self._closed
        future: asyncio.Future[T] = self._loop.create_future()
        # Handing work over piece by piece wakes the thread for each, and both then fight for the interpreter.
        if not self._gathered:
            pause = self._next_group_at - self._loop.time()
            if pause > 0:
                self._loop.call_later(pause, self._hand_over)
            else:
                self._loop.call_soon(self._hand_over)
        self._gathered.append(_Job(work, item, future))
        return await future

    def lazily(self, work: Work[object]) -> None:
        """Have ``work`` done in the next group, at the latest in 50 ms; nobody learns how it went.

        Work that the disk or a lock prevented is tried again with a later group.
        """
        self.lazily_together(_each, work)

    def lazily_together(self, work: WorkTogether[I, object], item: I) -> None:
        """As ``lazily``: ``work`` is done once for all its items in a group."""
        self._lazy.append(_Job(work, item, None))
        self._arm()

    async def stop(self) -> None:
        """Write what is waiting, then end the thread and close the connection."""
        if self._closed is None:
            self._closed = Unavailable(f"{self._path.name} is closed")
            self._hand_over()
            self._queue.put(_Sign.STOP)
        if self._timer is not None:
            self._timer.cancel()
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)

    # ---- on the loop

    def _hand_over(self) -> None:
        if self._gathered:
            if len(self._gathered) >= _LARGE_GROUP:
                self._next_group_at = self._loop.time() + self._gathering_seconds
            self._queue.put(self._gathered)
            self._gathered = []

    def _arm(self) -> None:
        if self._timer is None and self._closed is None:
            self._timer = self._loop.call_later(LAZY_SECONDS, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._lazy:
            self._queue.put(_Sign.FLUSH)

    def _settle(self, jobs: list[_Job]) -> None:
        for job in jobs:
            if job.future is None or job.future.done():
                continue
            if job.fault is not None:
                job.future.set_exception(job.fault)
            else:
                job.future.set_result(job.value)
        if self._lazy:
            self._arm()

    def _give_up(self, reason: Exception, jobs: list[_Job]) -> None:
        """The thread is gone. Runs on the loop, where all work is queued: none can slip in behind it."""
        self._closed = reason if isinstance(reason, Unavailable) else Unavailable(str(reason))
        self._hand_over()
        with contextlib.suppress(Empty):
            while True:
                waiting = self._queue.get_nowait()
                if isinstance(waiting, list):
                    jobs.extend(waiting)
        for job in jobs:
            job.fault = self._closed
        self._settle(jobs)
        if not self._ready.done():
            self._ready.set_exception(self._closed)

    # ---- in the thread

    def _serve(self) -> None:
        try:
            db = self._connect()
        except Exception as fault:
            self._tell(self._give_up, fault, [])
            return
        try:
            db.execute("PRAGMA busy_timeout = 0")
            self._tell(self._opened)
            while self._next_group():
                if self._at_hand:
                    self._write(db, self._at_hand)
                    jobs, self._at_hand = self._at_hand, []
                    self._tell(self._settle, jobs)
        except BaseException as fault:
            reason = Unavailable(f"the thread that writes {self._path.name} ended: {type(fault).__name__}: {fault}")
            self._tell(self._give_up, reason, self._at_hand)
        finally:
            db.close()

    def _opened(self) -> None:
        if not self._ready.done():
            self._ready.set_result(None)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        # A loop that closed under us has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what, *arguments)

    def _next_group(self) -> bool:
        """Gather all that waits into ``_at_hand``, waiting for the first; False when there will be no more."""
        group: list[_Job] = []
        waiting = self._queue.get()
        with contextlib.suppress(Empty):
            while waiting is not _Sign.STOP:
                if isinstance(waiting, list):
                    group += waiting
                waiting = self._queue.get_nowait()
        stopping = waiting is _Sign.STOP
        if stopping:
            self._queue.put(_Sign.STOP)
        lazy: list[_Job] = []
        with contextlib.suppress(IndexError):
            while True:
                lazy.append(self._lazy.popleft())
        # Lazy work first: a claim in this group must not find what has been delivered already.
        self._at_hand = _by_work(lazy) + _by_work(group)
        return bool(self._at_hand) or not stopping

    def _write(self, db: sqlite3.Connection, jobs: list[_Job]) -> None:
        """One transaction for all; if one of them is at fault, one for each, so that it spoils only its own."""
        fault = self._attempt(db, jobs)
        if isinstance(fault, OneByOne):
            fault = self._attempt(db, jobs, together=False)
        if fault is None:
            return
        prevented = as_unavailable(fault, self._path) if isinstance(fault, sqlite3.Error) else None
        if prevented is None and len(jobs) > 1:
            for job in jobs:
                self._write(db, [job])
            return
        for job in jobs:
            job.fault = fault if prevented is None else Unavailable(str(prevented))
        if prevented is not None and self._closed is None:
            self._lazy.extendleft(job for job in reversed(jobs) if job.future is None)

    def _attempt(self, db: sqlite3.Connection, jobs: list[_Job], *, together: bool = True) -> Exception | None:
        try:
            self._begin(db)
            try:
                for _, alike in groupby(jobs, key=lambda job: job.work if together else job):
                    part = list(alike)
                    for job, value in zip(part, part[0].work(db, [job.item for job in part]), strict=True):
                        job.value = value
                db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back by itself.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except Exception as fault:
            return fault
        return None

    def _begin(self, db: sqlite3.Connection) -> None:
        """Waits in short steps: SQLite's own busy timeout sleeps up to 100 ms for a lock that is free after one."""
        give_up = time.monotonic() + self._busy_seconds
        while True:
            try:
                db.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as fault:
                if not is_busy(fault) or time.monotonic() >= give_up:
                    raise
            time.sleep(_BUSY_PAUSE_SECONDS)
