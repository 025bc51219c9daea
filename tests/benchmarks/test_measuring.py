"""The benchmarks measure what they say: small runs of each part, and how results are told."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import pytest
from lxml import etree
from rich.console import Console

from benchmarks.attacks import SIZE, attacks
from benchmarks.devices import measure_devices
from benchmarks.far_side import FarSide
from benchmarks.floor import best_floor, measure_floor
from benchmarks.generator import Batch, posts_of
from benchmarks.minimal import Minimal, minimal_server
from benchmarks.native import NativeReader
from benchmarks.neighbours import measure_neighbours
from benchmarks.parts import measure_parts
from benchmarks.plot import curve_percentiles, percentile_curve
from benchmarks.profiling import profile
from benchmarks.reading import measure_reading
from benchmarks.requests import Kind, RequestWriter
from benchmarks.results import (
    Bound,
    Goal,
    Results,
    Row,
    floor_rows,
    machine,
    reading_rows,
    serve_rows,
    show,
    worker_rows,
)
from benchmarks.serve import READS, Paths, return_floors
from benchmarks.stage import Stage, benchmark_world
from benchmarks.timing import CannotMeasure, Effort, cpu_microseconds, resident_megabytes

pytestmark = pytest.mark.xdist_group("benchmarks")
TINY = Effort(rounds=1, seconds=0.005, requests=60)


def test_the_native_steps_verify_what_users_sign(staged: Stage) -> None:
    material = RequestWriter(staged.world).material(Kind.SMETS2_READ, 5)
    reader = NativeReader()
    assert 5 == len({reader.whole(document, material.public_key) for document in material.documents})


def test_a_run_fills_the_whole_table(staged: Stage) -> None:
    material = RequestWriter(staged.world).material(Kind.SMETS2_READ, 10)
    document, dcc = material.documents[0], staged.world.dcc
    floor = best_floor([measure_floor(material, document, dcc, staged.generator, staged.far_side, TINY)] * 2)
    with minimal_server(material, staged.far_side.port) as server:
        minimal = Minimal(server, staged.generator, staged.far_side, material)
        minimal.round(60)
    with closing(Paths(staged, TINY)) as paths:
        paths.warm_up()
        paths.round()
        back = return_floors(staged, floor, TINY)
        rows = [
            *floor_rows(floor),
            *serve_rows(floor, minimal.microseconds, paths.out, paths.back, back),
            *worker_rows(staged.gateway.ready_seconds, staged.gateway.megabytes_at_start),
        ]
        assert set(READS) == set(paths.out) == set(paths.back) == set(back)
    assert all(row.value > 0 for row in rows if "free the tree" not in row.name), rows
    console = Console(width=200)
    with console.capture() as captured:
        show(Results(machine=machine(), rows=tuple(rows)), console)
    assert "sum with HTTP on both sides" in captured.get()


def test_reading_is_compared_with_the_native_calls(staged: Stage) -> None:
    reading = measure_reading(staged.world, TINY)
    rows = {row.name: row for row in reading_rows(reading, http_in=30.0)}
    compared = [row.ratio for name, row in rows.items() if name.endswith(", to the native calls")]
    assert len(compared) >= 3
    # A large document is nearly all native: so short a look may find either way the cheaper.
    assert [] == [ratio for ratio in compared if ratio is None or not 0.5 < ratio < 5]
    assert reading.small.usual is not None
    assert reading.small.ours < reading.small.usual
    assert 0 < reading.memory.before < reading.memory.after
    assert reading.worst > 0
    assert reading.worst_name in dict(attacks(_signed(staged)))


def test_our_layers_are_measured_one_by_one() -> None:
    parts = measure_parts(TINY, READS)
    assert set(READS) == set(parts)
    assert all(value > 0 for each in parts.values() for value in msgspec.structs.astuple(each)), parts


def test_small_requests_are_watched_beside_images(staged: Stage) -> None:
    found = measure_neighbours(staged, TINY)
    assert 0 < found.alone
    assert 0 < found.beside_images


def test_small_requests_are_watched_beside_long_lists() -> None:
    found = measure_devices(TINY, 600)
    assert 0 < found.cpu_milliseconds
    assert 0 < found.alone
    assert 0 < found.beside
    assert 0 < found.updates


def test_a_profile_names_our_layers(staged: Stage, tmp_path: Path) -> None:
    world = benchmark_world(tmp_path / "world", staged.far_side.port, homes=40)
    found = profile(world, Kind.SMETS2_READ, 60, RequestWriter(world), staged.generator, staged.far_side)
    layers = {share.name for share in found.layers}
    ours = {"schemas.reading", "routing.decision", "gateway.serve", "gateway.onward", "gateway.post_client"}
    assert ours | {"aiohttp server", "cryptography (C)"} <= layers, layers
    assert 100 == pytest.approx(sum(share.percent for share in found.layers))
    assert {"event loop", "writes state.db", "writes traces.db"} == set(found.threads)


def _signed(staged: Stage) -> bytes:
    return RequestWriter(staged.world).write(Kind.SMETS2_READ, 1)[0].document


def test_the_attacks_are_as_large_as_they_may_be(staged: Stage) -> None:
    documents = list(attacks(_signed(staged)))
    assert [] == [name for name, document in documents if not SIZE // 2 < len(document) <= SIZE]
    assert len(documents) == len({name for name, _ in documents})


def test_an_answer_that_is_not_expected_is_no_measurement(staged: Stage) -> None:
    posts = posts_of(staged.gateway.target, RequestWriter(staged.world).write(Kind.ALTERED, 3))
    with pytest.raises(CannotMeasure, match=r"^expected answers with status \[200\], found \{403: 3\}$"):
        staged.generator.run(Batch(target=staged.gateway.target, posts=posts))


def test_a_far_side_keeps_what_was_posted_while_it_was_told_to(staged: Stage) -> None:
    far_side: FarSide = staged.far_side
    writer = RequestWriter(staged.world)
    far_side.keep()
    posted = far_side.count
    staged.generator.run(
        Batch(target=staged.gateway.target, posts=posts_of(staged.gateway.target, writer.write(Kind.SMETS1_READ, 2)))
    )
    far_side.wait_for(posted + 2)
    kept = far_side.take()
    assert ([True] * 2, []) == ([path.startswith("/s1sp/") for path, _ in kept], far_side.take())


def test_a_process_that_is_not_there_cannot_be_measured() -> None:
    with pytest.raises(CannotMeasure, match=r"^the CPU time of process 0 cannot be read"):
        cpu_microseconds(0)


_BURNS: Final = "import time\nwhile time.process_time() < 0.2: pass\n"
_STARTS: Final = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', sys.argv[1]])\n"
CHILDREN: Final = {
    "lives": ("print(flush=True)\ninput()", "input()"),
    "has been waited for": ("", "child.wait()\nprint(flush=True)\ninput()"),
}


@pytest.mark.parametrize(("at_end", "parent"), CHILDREN.values(), ids=CHILDREN.keys())
def test_cpu_time_counts_a_child_that(at_end: str, parent: str) -> None:
    words = [sys.executable, "-c", _STARTS + parent, _BURNS + at_end]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert 200_000 <= cpu_microseconds(process.pid) < 2_000_000
        process.kill()
    with pytest.raises(CannotMeasure, match=r"^the memory of process 0 cannot be read"):
        resident_megabytes(0)


GOALS: dict[str, tuple[Row, bool | None]] = {
    "a value below what is allowed": (Row(section="s", name="n", value=1, unit="s"), None),
    "a ratio decides before a value": (
        Row(section="s", name="n", value=900, unit="us", ratio=1.9, goal=Goal(bound=Bound.AT_MOST, value=2)),
        True,
    ),
    "a value without a ratio": (
        Row(section="s", name="n", value=91, unit="MB", goal=Goal(bound=Bound.AT_MOST, value=90)),
        False,
    ),
    "at least": (
        Row(section="s", name="n", value=1, unit="us", ratio=2.5, goal=Goal(bound=Bound.AT_LEAST, value=2.5)),
        True,
    ),
}


@pytest.mark.parametrize(("row", "expected"), GOALS.values(), ids=GOALS.keys())
def test_a_goal_is_met(row: Row, expected: bool | None) -> None:
    assert expected is row.met


def test_a_goal_says_where_it_is_to_go_next() -> None:
    assert "at most 2.5, then 2" == str(Goal(bound=Bound.AT_MOST, value=2.5, then=2.0))
    assert "at least 2.5" == str(Goal(bound=Bound.AT_LEAST, value=2.5))


def test_the_curve_is_an_svg_with_a_point_for_each_percentile() -> None:
    points = [(percentile, 1.0 + percentile / 10) for percentile in curve_percentiles(1000)]
    root = etree.fromstring(percentile_curve(points, "100 a second < & >").encode())
    curve = root.findtext("{*}title"), root.find("{*}polyline")
    assert "100 a second < & >" == curve[0]
    assert curve[1] is not None
    assert len(points) == len((curve[1].get("points") or "").split())
