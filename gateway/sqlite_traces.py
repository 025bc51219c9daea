"""Routing traces in an SQLite file of their own: they must never stop acceptance, and may be lost.

``offer`` only appends to a bounded queue; a thread writes it out in batches, without a sync per commit,
and keeps the file within its age and size. What a full queue or a failing disk drops is counted, in the
file too, so that replay and impact can report the gap. The search itself is in ``sqlite_trace_search``.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from gateway import sqlite_trace_search as search
from gateway.sqlite_schema import connect_to_read, connect_to_write, octets_in_use, sqlite_faults, to_micros
from gateway.sqlite_trace_search import Addition, AdditionKind
from gateway.trace_ports import TraceQuery, UnmadeTrace
from routing.trace import HandOffAttempt, RoutingTrace

T = TypeVar("T")

LINGER_SECONDS = 0.2
"""How long the thread lets traces gather: a trace is found by other processes that much later."""
PRUNE_SECONDS = 60.0
_BUSY_SECONDS = 10.0
_BATCH = 1000
_PIECE = 16
_PAUSE_SECONDS = 0.0002

_Record = RoutingTrace | UnmadeTrace | Addition

_log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SqliteTraces:
    """A TraceStore on the file at ``path``, which ``open`` makes when it is absent.

    At most ``queue`` records wait to be written. Traces older than ``max_age_days`` go, and the oldest
    while they take more than ``max_octets`` (the log beside the file, up to 64 MB, comes on top).
    Offer, attempt and note on the loop that opened it.
    """

    def __init__(
        self,
        path: Path,
        *,
        queue: int = 10_000,
        max_age_days: int = 30,
        max_octets: int = 2048 * 1024 * 1024,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._path = path
        self._room = queue
        self._max_age = timedelta(days=max_age_days)
        self._max_octets = max_octets
        self._clock = clock
        self._waiting: deque[_Record] = deque()
        self._refused = 0
        self._lost = 0
        self._told = 0
        self._failing = False
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._stopping = False
        self._written = threading.Condition()
        self._asked = 0
        self._done = 0
        self._thread = threading.Thread(target=self._serve, name=f"writes {path.name}", daemon=True)

    async def open(self) -> None:
        """Make or migrate the file and start the thread. Raises Unavailable."""
        await asyncio.to_thread(lambda: self._connect().close())
        self._thread.start()

    async def close(self) -> None:
        """Write what is waiting, then let go of the file."""
        self._stopping = True
        self._hurry.set()
        self._wake.set()
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)

    @property
    def dropped(self) -> int:
        """How many records this process could not keep: the queue was full, or the file failed."""
        return self._refused + self._lost

    # ---- TraceSink

    def offer(self, trace: RoutingTrace | UnmadeTrace) -> None:
        self._put(trace)

    def attempted(self, trace_id: str, attempt: HandOffAttempt) -> None:
        self._put(Addition(trace_id=trace_id, kind=AdditionKind.ATTEMPT, value=attempt))

    def noted(self, trace_id: str, event: str) -> None:
        self._put(Addition(trace_id=trace_id, kind=AdditionKind.EVENT, value=event))

    def _put(self, record: _Record) -> None:
        if len(self._waiting) >= self._room:
            self._refused += 1
            return
        self._waiting.append(record)
        if not self._wake.is_set():
            self._wake.set()

    # ---- reading

    async def show(self, trace_id: str) -> RoutingTrace | None:
        """The trace with its attempts and events, those of this process up to this moment. Raises Unavailable."""
        return await self._read(lambda db: search.show(db, trace_id))

    async def find(self, query: TraceQuery) -> list[RoutingTrace]:
        """Newest first, with attempts and events. Raises Unavailable."""
        return await self._read(lambda db: search.find(db, query))

    async def dropped_between(self, since: datetime | None, until: datetime | None) -> int:
        """How many records any process dropped from ``since`` on and before ``until``. Raises Unavailable."""
        return await self._read(lambda db: search.dropped_between(db, since, until))

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        def read() -> T:
            self._flush()
            with sqlite_faults(self._path), closing(connect_to_read(self._path, busy_seconds=_BUSY_SECONDS)) as db:
                return query(db)

        return await asyncio.to_thread(read)

    def _flush(self) -> None:
        """Wait, in a reader's thread, until what was offered before is in the file."""
        with self._written:
            self._asked += 1
            turn = self._asked
            self._hurry.set()
            self._wake.set()
            self._written.wait_for(lambda: self._done >= turn or not self._thread.is_alive(), timeout=_BUSY_SECONDS)

    # ---- in the thread

    def _connect(self) -> sqlite3.Connection:
        return connect_to_write(
            self._path, search.MIGRATIONS, busy_seconds=_BUSY_SECONDS, synchronous="NORMAL", gives_back=True
        )

    def _serve(self) -> None:
        db: sqlite3.Connection | None = None
        next_prune = 0.0
        stopping = False
        while not stopping:
            self._wake.wait(timeout=PRUNE_SECONDS)
            self._hurry.wait(timeout=LINGER_SECONDS)
            # Cleared before anything is read: whoever asks from here on wakes the next round.
            self._hurry.clear()
            self._wake.clear()
            asked, stopping = self._asked, self._stopping
            try:
                db = db or self._connect()
                self._drain(db)
                if time.monotonic() >= next_prune or octets_in_use(db) > self._max_octets:
                    next_prune = time.monotonic() + PRUNE_SECONDS
                    self._prune(db)
                self._failing = False
            except Exception as fault:
                self._failed(fault)
            with self._written:
                self._done = asked
                self._written.notify_all()
        self._lost += len(self._waiting)
        if db is not None:
            db.close()

    def _drain(self, db: sqlite3.Connection) -> None:
        while self._waiting or self.dropped > self._told:
            self._store(db, self._made([self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]))

    def _made(self, batch: list[_Record]) -> list[RoutingTrace | Addition]:
        """Traces are made here and not on the loop: many in a row cost half of what one among other work does."""
        made: list[RoutingTrace | Addition] = []
        for number, record in enumerate(batch, 1):
            try:
                made.append(record if isinstance(record, RoutingTrace | Addition) else record.made())
            except Exception as fault:
                self._lost += 1
                self._failed(fault)
            if number % _PIECE == 0:
                # The interpreter is the loop's first of all, and would not get it for 5 ms.
                time.sleep(_PAUSE_SECONDS)
        return made

    def _store(self, db: sqlite3.Connection, batch: list[RoutingTrace | Addition]) -> None:
        """One transaction; a record that cannot be written as a record is dropped alone."""
        try:
            self._write(db, batch)
        except sqlite3.Error:
            self._lost += len(batch)
            raise
        except Exception as fault:
            if len(batch) > 1:
                for record in batch:
                    self._store(db, [record])
                return
            self._lost += len(batch)
            self._failed(fault)

    def _write(self, db: sqlite3.Connection, batch: list[RoutingTrace | Addition]) -> None:
        dropped = self.dropped
        now = to_micros(self._clock())
        with search.transaction(db):
            search.insert(db, batch, now)
            if dropped > self._told:
                search.insert_gap(db, now, dropped - self._told)
        self._told = dropped

    def _prune(self, db: sqlite3.Connection) -> None:
        search.delete_before(db, to_micros(self._clock() - self._max_age))
        if octets_in_use(db) > self._max_octets:
            # Somewhat below the limit, so that the next batch does not start it again.
            while octets_in_use(db) > self._max_octets * 19 // 20 and search.delete_oldest(db):
                pass
        search.give_back(db)

    def _failed(self, fault: Exception) -> None:
        if not self._failing:
            _log.warning("traces are being dropped: %s: %s: %s", self._path.name, type(fault).__name__, fault)
        self._failing = True
