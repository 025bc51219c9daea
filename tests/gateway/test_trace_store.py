"""The trace store: what was offered is found, merged with what came later; what cannot be kept is counted."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.ports import Unavailable
from gateway.sqlite_traces import SqliteTraces
from gateway.trace_ports import TraceQuery
from routing.trace import Answer, HandOffAttempt, RoutingTrace, Verdict
from schemas.vocabulary import DeviceId, UserId

T0 = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)
USER = "90-b3-d5-1f-30-01-00-00"
ESME = "F0-DB-12-34-56-78-90-A0"


def trace(n: int, **more: Any) -> RoutingTrace:
    facts: dict[str, Any] = {
        "trace_id": f"{n:032x}",
        "received_at": T0 + timedelta(seconds=n),
        "web_service": "S",
        "originator": USER,
        "device": ESME,
        "variant": "4.1.1",
        "code": "I99",
        "destinations": ("s1sp:secure",),
        "facts": msgspec.Raw(b'{"device":{"model":"M100"}}'),
    }
    return RoutingTrace(**(facts | more))


def attempt(outcome: str) -> HandOffAttempt:
    return HandOffAttempt(at=T0, hand_off="1" * 32, far="s1sp", name="secure", outcome=outcome, status=503)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "traces.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteTraces]:
    store = SqliteTraces(path, clock=lambda: T0)
    await store.open()
    yield store
    await store.close()


async def test_a_trace_is_shown_as_it_was_offered(store: SqliteTraces) -> None:
    store.offer(trace(1))
    assert trace(1) == await store.show(f"{1:032x}")
    assert await store.show("no such trace") is None


async def test_attempts_and_events_are_merged_in_their_order(store: SqliteTraces) -> None:
    store.offer(trace(1, attempts=(attempt("first"),), events=("accepted",)))
    await store.show(f"{1:032x}")
    store.attempted(f"{1:032x}", attempt("retry"))
    store.noted(f"{1:032x}", "answered")
    store.attempted(f"{1:032x}", attempt("delivered"))
    merged = trace(
        1,
        attempts=(attempt("first"), attempt("retry"), attempt("delivered")),
        events=("accepted", "answered"),
    )
    assert merged == await store.show(f"{1:032x}")
    assert [merged] == await store.find(TraceQuery())


async def test_an_attempt_may_be_written_before_its_trace(store: SqliteTraces) -> None:
    store.attempted(f"{1:032x}", attempt("delivered"))
    assert await store.show(f"{1:032x}") is None
    store.offer(trace(1))
    assert trace(1, attempts=(attempt("delivered"),)) == await store.show(f"{1:032x}")


async def test_what_happens_before_a_trace_is_written_is_written_with_it(path: Path, store: SqliteTraces) -> None:
    store.offer(trace(1))
    store.attempted(f"{1:032x}", attempt("retry"))
    store.noted(f"{1:032x}", "answered")
    store.attempted(f"{1:032x}", attempt("delivered"))
    store.attempted(f"{2:032x}", attempt("of a trace that was dropped"))
    merged = trace(1, attempts=(attempt("retry"), attempt("delivered")), events=("answered",))
    assert [merged] == await store.find(TraceQuery())
    with closing(sqlite3.connect(path)) as db:
        assert [(f"{2:032x}",)] == db.execute("SELECT trace_id FROM additions").fetchall()


async def test_a_trace_offered_again_among_others_replaces_the_first(store: SqliteTraces) -> None:
    for n in (1, 2, 3):
        store.offer(trace(n))
    await store.show("anything, so that these are written")
    for each in (trace(4), trace(2, code="E11", destinations=("user",)), trace(5)):
        store.offer(each)
    found = {each.trace_id: each.code for each in await store.find(TraceQuery())}
    assert {f"{n:032x}": "E11" if n == 2 else "I99" for n in range(1, 6)} == found
    assert [f"{2:032x}"] == [each.trace_id for each in await store.find(TraceQuery(destination="user"))]
    assert 4 == len(await store.find(TraceQuery(destination="s1sp:secure")))


async def test_a_trace_offered_again_replaces_the_first(store: SqliteTraces) -> None:
    store.offer(trace(1, destinations=("wan:north",)))
    store.offer(trace(1, code="E11"))
    assert [trace(1, code="E11")] == await store.find(TraceQuery())
    assert [] == await store.find(TraceQuery(destination="wan:north"))


REFUSED = Verdict(check="device-type-suits-service", answer=Answer.REFUSED, code="E11", reason="4.1.1 is for ESME")
PASSED = Verdict(check="party-is-registered", answer=Answer.PASSED)
TRACES = (
    trace(1),
    trace(2, device="f0-db-12-34-56-78-90-a1", variant="11.2"),
    trace(3, originator="90-B3-D5-1F-30-02-00-00", destinations=("wan:north", "user")),
    trace(4, code="E11", destinations=(), verdicts=(PASSED, REFUSED)),
    trace(5, device=None, originator=None, variant=None, code=None, destinations=(), outcome="not-xml"),
    trace(6, verdicts=(PASSED,)),
)
QUERIES: dict[str, tuple[TraceQuery, list[int]]] = {
    "everything, newest first": (TraceQuery(), [6, 5, 4, 3, 2, 1]),
    "no more than the limit": (TraceQuery(limit=2), [6, 5]),
    "a device, however it was spelled": (TraceQuery(device=DeviceId.parse("F0-DB-12-34-56-78-90-A1")), [2]),
    "an originator, however it was spelled": (TraceQuery(originator=UserId.parse(USER.upper())), [6, 4, 2, 1]),
    "a service reference variant": (TraceQuery(variant="11.2"), [2]),
    "a response code": (TraceQuery(code="E11"), [4]),
    "one of several destinations": (TraceQuery(destination="user"), [3]),
    "a destination in another case": (TraceQuery(destination="WAN:North"), [3]),
    "a check that refused": (TraceQuery(check="device-type-suits-service"), [4]),
    "a check that only passed": (TraceQuery(check="party-is-registered"), []),
    "since a moment, which is included": (TraceQuery(since=T0 + timedelta(seconds=5)), [6, 5]),
    "until a moment, which is not": (TraceQuery(until=T0 + timedelta(seconds=3)), [2, 1]),
    "all filters together": (
        TraceQuery(
            device=DeviceId.parse(ESME),
            originator=UserId.parse(USER),
            variant="4.1.1",
            code="I99",
            destination="s1sp:secure",
            since=T0,
            until=T0 + timedelta(seconds=6),
        ),
        [1],
    ),
    "filters that no trace fits together": (TraceQuery(variant="11.2", code="E11"), []),
}


@pytest.mark.parametrize(("query", "expected"), QUERIES.values(), ids=QUERIES)
async def test_find(store: SqliteTraces, query: TraceQuery, expected: list[int]) -> None:
    for each in TRACES:
        store.offer(each)
    by_id = {each.trace_id: each for each in TRACES}
    assert [by_id[f"{n:032x}"] for n in expected] == await store.find(query)


async def test_a_full_queue_drops_counts_and_never_waits(path: Path) -> None:
    store = SqliteTraces(path, queue=3, clock=lambda: T0)
    for n in range(5):
        store.offer(trace(n))
    store.attempted("a", attempt("delivered"))
    assert 3 == store.dropped
    await store.open()
    assert [trace(2), trace(1), trace(0)] == await store.find(TraceQuery())
    assert 3 == await store.dropped_between(None, None)
    assert 3 == await store.dropped_between(T0, T0 + timedelta(seconds=1))
    assert 0 == await store.dropped_between(T0 + timedelta(seconds=1), None)
    await store.close()


async def test_a_record_that_cannot_be_written_is_dropped_alone(store: SqliteTraces) -> None:
    store.offer(trace(1))
    store.offer(trace(2, received_at=datetime(2025, 3, 31)))  # noqa: DTZ001 -- the fault
    store.offer(trace(3))
    assert [trace(3), trace(1)] == await store.find(TraceQuery())
    assert 1 == store.dropped


class Unmade:
    """A trace that is made when it is kept, or cannot be made."""

    def __init__(self, made: RoutingTrace | None) -> None:
        self._made = made
        self.trace_id = made.trace_id if made else "none"
        self.made_in: set[str] = set()

    def made(self) -> RoutingTrace:
        self.made_in.add(threading.current_thread().name)
        if self._made is None:
            raise KeyError("nothing to make it from")
        return self._made


async def test_a_trace_is_made_beside_the_loop_and_found_at_once_with_what_came_after_it(store: SqliteTraces) -> None:
    unmade = Unmade(trace(1))
    store.offer(unmade)
    store.attempted(unmade.trace_id, attempt("delivered"))
    assert trace(1, attempts=(attempt("delivered"),)) == await store.show(unmade.trace_id)
    assert {"writes traces.db"} == unmade.made_in


async def test_a_trace_that_cannot_be_made_is_dropped_alone(store: SqliteTraces) -> None:
    for n in range(40):
        store.offer(Unmade(None if n == 20 else trace(n)))
    assert [trace(n) for n in reversed(range(40)) if n != 20] == await store.find(TraceQuery())
    assert 1 == store.dropped


async def test_closing_writes_what_is_waiting(path: Path, store: SqliteTraces) -> None:
    for n in range(2500):
        store.offer(trace(n))
    await store.close()
    with closing(sqlite3.connect(path)) as db:
        assert 2500 == db.execute("SELECT count(*) FROM traces").fetchone()[0]


async def test_another_process_finds_a_trace_soon(path: Path, store: SqliteTraces) -> None:
    other = SqliteTraces(path)
    store.offer(trace(1))
    for _ in range(100):
        if await other.show(f"{1:032x}"):
            break
        await asyncio.sleep(0.05)
    assert trace(1) == await other.show(f"{1:032x}")


async def test_reading_where_no_store_is_says_so(path: Path) -> None:
    with pytest.raises(Unavailable, match=r"^traces\.db cannot be opened: unable to open database file$"):
        await SqliteTraces(path).show("a")


async def test_a_failing_file_loses_traces_and_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "traces.db"
    store = SqliteTraces(path)
    await store.open()
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE traces")
    store.offer(trace(1))
    store.offer(trace(2))
    await store.close()
    assert 2 == store.dropped


# ---- retention


async def test_traces_older_than_is_kept_are_gone_with_all_that_belongs_to_them(path: Path) -> None:
    first = SqliteTraces(path, max_age_days=30, clock=lambda: T0)
    await first.open()
    for n in (1, 2 * 86400):
        first.offer(trace(n, verdicts=(REFUSED,)))
        await first.show("anything, so that the attempt comes later")
        first.attempted(f"{n:032x}", attempt("delivered"))
    await first.close()
    later = SqliteTraces(path, max_age_days=30, clock=lambda: T0 + timedelta(days=31))
    await later.open()
    await later.show("anything, so that one round of the thread is over")
    kept = trace(2 * 86400, verdicts=(REFUSED,), attempts=())
    assert [kept] == await later.find(TraceQuery())
    await later.close()
    with closing(sqlite3.connect(path)) as db:
        counts = {name: db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in TABLES}
    assert {"traces": 1, "destinations": 1, "refusals": 1, "additions": 0} == counts


TABLES = ("traces", "destinations", "refusals", "additions")


async def test_the_oldest_go_when_there_are_too_many_octets(path: Path) -> None:
    limit = 1_000_000
    store = SqliteTraces(path, max_octets=limit, clock=lambda: T0)
    await store.open()
    for burst in range(8):
        for n in range(burst * 50, burst * 50 + 50):
            store.offer(trace(n, reason="x" * 5000))
        await store.show("anything, so that the burst is written")
    found = await store.find(TraceQuery(limit=1000))
    await store.close()
    assert path.stat().st_size <= limit  # noqa: ASYNC240 -- the store is closed
    newest = [f"{n:032x}" for n in range(399, -1, -1)]
    assert 100 < len(found) < 200
    assert newest[: len(found)] == [each.trace_id for each in found]
