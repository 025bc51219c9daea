"""A worker keeps to one CPU, and leaves one that others keep busy."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import is_ready, process

from gateway.one_cpu import OneCpu, Used, read_used, roomier, shares
from gateway.sandbox.world import World

MOVES: dict[str, tuple[float, dict[int, float], int | None]] = {
    "alone on its CPU it stays, however busy it is": (1.0, {0: 1.0, 1: 0.0}, None),
    "beside one that keeps to the same CPU it goes where there is room": (0.5, {0: 1.0, 1: 0.0}, 1),
    "of several it takes the one with most room": (0.5, {0: 1.0, 1: 0.4, 2: 0.1, 3: 0.3}, 2),
    "where others are as busy it stays": (0.5, {0: 1.0, 1: 0.9}, None),
    "a CPU with room for both is not left": (0.3, {0: 0.6, 1: 0.0}, None),
    "little of others does not disturb": (0.85, {0: 1.0, 1: 0.0}, None),
}


@pytest.mark.parametrize(("own", "busy", "expected"), MOVES.values(), ids=MOVES)
def test_where_a_worker_goes(own: float, busy: dict[int, float], expected: int | None) -> None:
    assert expected == roomier(0, own, busy)


STAT = """cpu  90 10 40 800 5 0 5 50 0 0
cpu0 40 10 20 400 5 0 5 20 0 0
cpu1 50 0 20 400 0 0 0 30 0 0
cpu10 1 1 1 1 1 1 1 1 0 0
intr 1 2 3
"""


def test_what_comes_last_and_what_waits_counts_as_room_and_what_the_hypervisor_took_does_not() -> None:
    assert {0: Used(busy=85, all=500), 1: Used(busy=100, all=500)} == read_used(STAT, (0, 1))


def test_a_share_is_of_the_time_between_two_looks() -> None:
    before, after = {0: Used(100, 1000), 1: Used(0, 0)}, {0: Used(175, 1100), 1: Used(0, 100)}
    assert {0: 0.75, 1: 0.0} == shares(before, after)


two_cpus = pytest.mark.skipif(
    not Path("/proc/stat").exists() or len(os.sched_getaffinity(0)) < 2, reason="needs Linux and two CPUs"
)


def threads(pid: int) -> list[int]:
    return [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]


@pytest.fixture
def cpus() -> Iterator[list[int]]:
    """Those of this process, which has them all again afterwards."""
    before = os.sched_getaffinity(0)
    yield sorted(before)
    for thread in threads(os.getpid()):
        os.sched_setaffinity(thread, before)


@two_cpus
def test_the_system_tells_of_every_cpu_that_this_process_may_use(cpus: list[int]) -> None:
    assert set(cpus) == read_used(Path("/proc/stat").read_text(), cpus).keys()


@two_cpus
async def test_it_leaves_a_cpu_that_others_keep_busy(tmp_path: Path, cpus: list[int]) -> None:
    stat = tmp_path / "stat"

    def tell(busy: int) -> None:
        stat.write_text(f"cpu{cpus[0]} {busy} 0 0 0 0 0 0 0\ncpu{cpus[1]} 0 0 0 {busy} 0 0 0 0\n")

    tell(0)
    one = OneCpu(worker=0, stat=stat)
    assert {cpus[0]} == os.sched_getaffinity(0)
    watching = asyncio.create_task(one.watch())
    for hundreds in range(1, 200):
        tell(100 * hundreds)
        await asyncio.sleep(0.2)
        if os.sched_getaffinity(0) == {cpus[1]}:
            break
    watching.cancel()
    assert {cpus[1]} == os.sched_getaffinity(0)


@two_cpus
async def test_a_worker_stays_where_it_is_when_nobody_tells_of_the_cpus_any_more(
    tmp_path: Path, cpus: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    stat = tmp_path / "stat"
    stat.write_text("")
    one = OneCpu(worker=1, stat=stat)
    stat.unlink()
    await one.watch()
    assert {cpus[1]} == os.sched_getaffinity(0)
    assert "how busy the CPUs are cannot be read" in caplog.text


@two_cpus
@pytest.mark.parametrize(("setting", "expected"), [("true", 1), ("false", len(os.sched_getaffinity(0)))])
def test_the_service_keeps_all_its_threads_on_one_cpu_unless_told_otherwise(
    setting: str, expected: int, world: World
) -> None:
    world.config.write_text(f"{world.config.read_text()}\n[workers]\none_cpu = {setting}\n")
    with process("serve", "--config", world.config, "--workers", "1") as service:
        assert is_ready(world.settings)
        found = {frozenset(os.sched_getaffinity(thread)) for thread in threads(service.pid)}
        assert [expected] == [len(each) for each in found]
        service.send_signal(signal.SIGTERM)
        assert 0 == service.wait(15)
