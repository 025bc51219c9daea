"""The load harness: when it sends, what it counts as latency, and what it says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from hdrh.histogram import HdrHistogram

from benchmarks.command import bench
from benchmarks.connection import Target
from benchmarks.load import Arrival, Load, Outcome, Plan, moments
from benchmarks.requests import MIX, Kind, RequestWriter, Signed
from benchmarks.stage import Stage

STALL_SECONDS = 0.02
pytestmark = pytest.mark.xdist_group("benchmarks")


def plan(port: int = 1, count: int = 20, rate: float = 100.0, **changed: object) -> Plan:
    request = Signed(kind=Kind.SMETS2_READ, path="/api/v1/serviceS", document=b"<r/>", status=200)
    target = Target(host="127.0.0.1", port=port)
    return Plan(**{"target": target, "requests": [request] * count, "rate": rate, "connections": 1, **changed})


@asynccontextmanager
async def server(answer: bytes, stall: float = 0.0) -> AsyncIterator[int]:
    """Answers every post on a connection after ``stall`` seconds."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            await asyncio.sleep(stall)
            writer.write(answer)
        writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running:
        yield running.sockets[0].getsockname()[1]


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
CODED = b"HTTP/1.1 200 OK\r\nContent-Length: 36\r\n\r\n<sr:ResponseCode>I99</sr:ResponseCode>"


def test_a_constant_rate_sends_at_equal_distances() -> None:
    assert [0.0, 0.01, 0.02, 0.03] == pytest.approx(list(moments(plan(count=4, arrival=Arrival.CONSTANT))))


def test_poisson_arrivals_keep_the_rate_and_vary() -> None:
    times = list(moments(plan(count=5000)))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert 0.01 == pytest.approx(sum(gaps) / len(gaps), rel=0.1)
    assert 1.0 == pytest.approx(sum(gap < 0.01 for gap in gaps) / len(gaps) / 0.632, rel=0.05), "exponential gaps"


def test_the_same_seed_sends_at_the_same_moments() -> None:
    assert list(moments(plan(seed=7))) == list(moments(plan(seed=7)))
    assert list(moments(plan(seed=7))) != list(moments(plan(seed=8)))


async def run(answer: bytes, stall: float = 0.0, **changed: object) -> Outcome:
    async with server(answer, stall) as port:
        return await Load(plan(port, **changed)).run()


async def test_latency_counts_from_the_moment_a_request_was_meant_to_be_sent() -> None:
    """Twenty requests every 10 ms, each taking 20 ms on the only connection: the last waits for ten others."""
    outcome = await run(OK, STALL_SECONDS, arrival=Arrival.CONSTANT)
    assert 19 * 10_000 <= outcome.percentiles["100"]
    assert 10 <= outcome.waited_for_connection


async def test_a_warm_up_is_sent_and_not_counted() -> None:
    outcome = await run(OK, warm_up=15)
    assert (20, 5) == (outcome.sent, HdrHistogram.decode(outcome.histogram).total_count)


ANSWERS: dict[str, tuple[bytes, dict[str, int], int]] = {
    "an answer without a code is told by its status": (OK, {"200": 20}, 0),
    "an answer with a code is told by it": (CODED.replace(b"36", b"38"), {"I99": 20}, 0),
    "another status than expected is counted": (REFUSED, {"403": 20}, 20),
}


@pytest.mark.parametrize(("answer", "expected", "unexpected"), ANSWERS.values(), ids=ANSWERS.keys())
async def test_answers_are_counted(answer: bytes, expected: dict[str, int], unexpected: int) -> None:
    outcome = await run(answer)
    assert ({Kind.SMETS2_READ.value: expected}, unexpected) == (outcome.answers, outcome.unexpected)


async def test_a_peer_that_hangs_up_is_counted_and_the_run_goes_on() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.close()

    running = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with running:
        outcome = await Load(plan(running.sockets[0].getsockname()[1], count=5, rate=1000)).run()
    assert (5, 5) == (outcome.sent, outcome.broken)


def test_the_mix_is_answered_as_each_of_its_requests_should_be(staged: Stage) -> None:
    writer = RequestWriter(staged.world)
    requests = [one for kind in MIX for one in writer.write(kind, 3)]
    target = staged.gateway.target
    outcome = asyncio.run(Load(Plan(target=target, requests=requests, rate=200, connections=8)).run())
    expected = {
        Kind.SMETS2_READ: "I99",
        Kind.SMETS1_READ: "I99",
        Kind.PROFILE: "I99",
        Kind.FIRMWARE_VERSION: "I99",
        Kind.TRANSFORM: "I0",
        Kind.INVENTORY: "I0",
        Kind.UNKNOWN_DEVICE: "E19",
        Kind.OTHER_SUPPLIER: "E4",
        Kind.ALTERED: "403",
    }
    assert {kind.value: {code: 3} for kind, code in expected.items()} == outcome.answers
    assert (0, 0) == (outcome.unexpected, outcome.broken)


def test_the_command_keeps_figures_and_curve(staged: Stage, tmp_path: Path) -> None:
    target = staged.gateway.target
    url = f"http://{target.host}:{target.port}"
    options = ["--rate", "50", "--seconds", "1", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, ["load", "--url", url, "--dir", str(staged.world.directory), *options])
    assert 0 == done.exit_code, done.output
    assert "50 requests a second (poisson)" in done.output
    assert {".json", ".svg"} == {file.suffix for file in tmp_path.iterdir()}


USAGE: dict[str, tuple[Callable[[Stage], list[str]], str]] = {
    "a URL without a scheme": (
        lambda staged: ["--url", "localhost:80", "--dir", str(staged.world.directory)],
        "Error: --url: expected http://HOST:PORT, found 'localhost:80'\n",
    ),
    "nobody listens there": (
        lambda staged: ["--url", "http://127.0.0.1:1", "--dir", str(staged.world.directory)],
        "Error: http://127.0.0.1:1: Connection refused\n",
    ),
    "there is no world": (
        lambda staged: ["--url", "http://127.0.0.1:1", "--dir", str(staged.world.directory / "nowhere")],
        "no sandbox has been made here",
    ),
}


@pytest.mark.parametrize(("options", "expected"), USAGE.values(), ids=USAGE.keys())
def test_what_prevents_a_run_is_said_in_one_line(
    staged: Stage, options: Callable[[Stage], list[str]], expected: str
) -> None:
    done = CliRunner().invoke(bench, ["load", "--rate", "5", "--seconds", "1", *options(staged)])
    assert (2, True) == (done.exit_code, expected in done.output), done.output
