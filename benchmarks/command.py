"""``duis-gateway bench``: the benchmarks as a command. What they measure is in the modules that it calls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import click
import msgspec
import orjson
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.connection import Target
from benchmarks.devices import measure_devices
from benchmarks.far_side import far_side
from benchmarks.floor import Floor, best_floor, measure_floor
from benchmarks.generator import generator
from benchmarks.load import PERCENTILES, Arrival, Load, Outcome, Plan
from benchmarks.minimal import Minimal, minimal_server
from benchmarks.native import Material
from benchmarks.neighbours import measure_neighbours
from benchmarks.parts import measure_parts
from benchmarks.plot import percentile_curve
from benchmarks.products import measure_products, products_rows
from benchmarks.profiling import profile
from benchmarks.profiling import show as show_profile
from benchmarks.published import published
from benchmarks.pure import decision_rows, measure_decision, measure_messages, message_rows
from benchmarks.reading import measure_reading
from benchmarks.requests import Kind, RequestWriter
from benchmarks.results import (
    Results,
    Row,
    devices_rows,
    floor_rows,
    machine,
    neighbour_rows,
    parts_rows,
    reading_rows,
    save,
    serve_rows,
    show,
    worker_rows,
)
from benchmarks.serve import READS, Paths, return_floors
from benchmarks.stage import Stage, benchmark_world, stage, temporary_directory
from benchmarks.timing import FULL, QUICK, CannotMeasure, Effort
from gateway.cli.exits import CannotRun, environment
from gateway.sandbox.world import load_world

RESULTS: Final = Path("benchmarks") / "results"
_PROFILED_REQUESTS: Final = 1500
_REQUESTS_IN_ROTATION: Final = 300
_TURNS_A_ROUND: Final = 4


class Part(StrEnum):
    FLOOR = "floor"
    SERVE = "serve"
    PARTS = "parts"
    READING = "reading"
    NEIGHBOURS = "neighbours"
    DECISION = "decision"
    GBCS = "gbcs"
    PRODUCTS = "products"
    DEVICES = "devices"


_ON_THEIR_OWN: Final = frozenset({Part.DECISION, Part.GBCS, Part.PRODUCTS, Part.DEVICES})
"""What is measured in this process alone, or on a stage of its own."""


out_option = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=RESULTS,
    show_default=True,
    help="Where the JSON is kept.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="Fewer and shorter rounds: for a look, not for comparing.")
@click.option("--only", multiple=True, type=click.Choice([part.value for part in Part]), help="Only these parts.")
@click.option("--profile", "profiled", is_flag=True, help="Instead: where the time goes, by our layers.")
@json_option
@out_option
@click.pass_context
def bench(context: click.Context, quick: bool, only: tuple[str, ...], profiled: bool, as_json: bool, out: Path) -> None:
    """What a request costs: the floor of native work, the gateway's own CPU time, reading at its worst."""
    if context.invoked_subcommand is not None:
        return
    effort = QUICK if quick else FULL
    parts = [Part(name) for name in only] or list(Part)
    with environment(), _refusals():
        if profiled:
            _profile(effort)
            return
        results = Results(machine=machine(), rows=tuple(_measured(parts, effort)))
    document = orjson.dumps(msgspec.to_builtins(results), option=orjson.OPT_INDENT_2)
    kept = save(document, out, f"bench-{_stamp()}.json")
    if as_json:
        click.echo(document)
        return
    show(results, Console())
    click.echo(f"kept in {kept}")


def _measured(parts: list[Part], effort: Effort) -> list[Row]:
    rows: list[Row] = []
    if Part.DECISION in parts:
        _say("decision")
        rows += decision_rows(measure_decision(effort))
    if Part.GBCS in parts:
        _say("gbcs")
        rows += message_rows(measure_messages(effort))
    if Part.PRODUCTS in parts:
        _say("products")
        rows += products_rows(measure_products(effort))
    if Part.DEVICES in parts:
        _say("devices")
        rows += devices_rows(measure_devices(effort))
    if _ON_THEIR_OWN.issuperset(parts):
        return rows
    with stage() as staged:
        floor, paths, minimal = _rounds(staged, effort, serve=Part.SERVE in parts)
        if Part.FLOOR in parts:
            rows += floor_rows(floor)
        if paths is not None:
            with closing(paths):
                back_floors = return_floors(staged, floor, effort)
                rows += serve_rows(floor, minimal, paths.out, paths.back, back_floors)
        if Part.PARTS in parts:
            _say("parts")
            rows += parts_rows(measure_parts(effort, READS), floor)
        if Part.READING in parts:
            _say("reading")
            rows += reading_rows(measure_reading(staged.world, effort), floor.http_in)
        if Part.NEIGHBOURS in parts:
            _say("neighbours")
            rows += neighbour_rows(measure_neighbours(staged, effort))
        if Part.SERVE in parts:
            rows += worker_rows(staged.gateway.ready_seconds, staged.gateway.megabytes_at_start)
    return rows


def _rounds(staged: Stage, effort: Effort, *, serve: bool) -> tuple[Floor, Paths | None, float]:
    """Floor and gateway in turns, because the machine's own speed drifts; short and many, for some to be undisturbed.

    The steps of the floor take fractions of a second: what disturbs for seconds would count for the gateway alone.
    Not shorter, for a turn's share of the state file's checkpoints: they come after 1,100 (SMETS1) to 1,500 requests.
    """
    writer = RequestWriter(staged.world)
    material = writer.material(Kind.SMETS2_READ, 100)
    in_rotation, document, dcc = _in_rotation(staged, writer), material.documents[0], staged.world.dcc
    turns = _TURNS_A_ROUND * effort.rounds
    once = msgspec.structs.replace(effort, rounds=1, requests=effort.requests // 2)
    floors: list[Floor] = []
    with ExitStack() as stack:
        paths = Paths(staged, once) if serve else None
        minimal: Minimal | None = None
        if paths is not None:
            server = stack.enter_context(minimal_server(material, staged.far_side.port))
            minimal = Minimal(server, staged.generator, staged.far_side, material)
            _say("warm-up")
            paths.warm_up()
        for number in range(turns):
            _say(f"turn {number + 1} of {turns}")
            floors.append(measure_floor(in_rotation, document, dcc, staged.generator, staged.far_side, once))
            if paths is not None and minimal is not None:
                minimal.round(once.requests)
                paths.round()
        return best_floor(floors), paths, 0.0 if minimal is None else minimal.microseconds


def _in_rotation(staged: Stage, writer: RequestWriter) -> Material:
    """What the goals' sum is measured on: all published requests, or reads of our own where those are not at hand."""
    files = published()
    if files is None:
        return writer.material(Kind.SMETS2_READ, _REQUESTS_IN_ROTATION)
    user, keys = next(iter(staged.world.users.items()))
    return files.templates(user, keys.xml)


def _profile(effort: Effort) -> None:
    count = min(effort.requests, _PROFILED_REQUESTS)
    with temporary_directory() as folder, far_side() as far, generator() as driver:
        world = benchmark_world(folder / "world", far.port)
        writer = RequestWriter(world)
        for kind in READS:
            show_profile(profile(world, kind, count, writer, driver, far), Console())


@bench.command()
@click.option("--url", required=True, help="The gateway: http://HOST:PORT.")
@click.option(
    "--dir",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The sandbox world whose users sign, and whose devices the gateway knows.",
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), default=100.0, show_default=True, help="A second.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), default=10.0, show_default=True)
@click.option("--arrival", type=click.Choice([each.value for each in Arrival]), default=Arrival.POISSON.value)
@click.option("--connections", type=click.IntRange(min=1), default=64, show_default=True)
@json_option
@out_option
def load(
    url: str, directory: Path, rate: float, seconds: float, arrival: str, connections: int, as_json: bool, out: Path
) -> None:
    """Send a pre-signed mix at a rate; latency counts from the moment a request was meant to be sent."""
    with environment(), _refusals():
        target = _target(url)
        writer = RequestWriter(load_world(directory))
        warm_up = max(1, int(rate))
        requests = writer.mix(warm_up + int(rate * seconds))
        plan = Plan(
            target=target,
            requests=requests,
            rate=rate,
            arrival=Arrival(arrival),
            connections=connections,
            warm_up=warm_up,
        )
        try:
            outcome = _sent(plan, quiet=as_json)
        except OSError as fault:
            raise CannotRun(f"{url}: {fault.strerror or fault}") from fault
    title = f"{rate:g} requests a second ({arrival}) at {url}"
    name = f"load-{_stamp()}"
    document = orjson.dumps(msgspec.to_builtins(outcome), option=orjson.OPT_INDENT_2)
    kept = save(document, out, f"{name}.json")
    picture = save(percentile_curve(outcome.curve, title).encode(), out, f"{name}.svg")
    if as_json:
        click.echo(document)
    else:
        _show_load(outcome, title)
        click.echo(f"kept in {kept} and {picture}")
    if outcome.unexpected or outcome.broken:
        raise SystemExit(1)


def _sent(plan: Plan, *, quiet: bool) -> Outcome:
    run = Load(plan)
    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("sending", total=len(plan.requests))
        outcome = uvloop.run(run.run(lambda: progress.update(task, completed=run.done)))
        progress.update(task, completed=run.done)
    return outcome


def _show_load(outcome: Outcome, title: str) -> None:
    console = Console()
    console.print(title, soft_wrap=True)
    table = Table()
    for column in ("percentile", "ms"):
        table.add_column(column, justify="right")
    for percentile in PERCENTILES:
        table.add_row(f"{percentile:g}", f"{outcome.percentiles[f'{percentile:g}'] / 1000:,.2f}")
    console.print(table)
    console.print(f"{outcome.sent} sent, {outcome.answered_rate:.1f} a second answered; {outcome.broken} broken off")
    for kind, answers in outcome.answers.items():
        console.print(f"  {kind}: " + ", ".join(f"{code} {count}" for code, count in answers.items()))
    if outcome.unexpected:
        console.print(f"[red]{outcome.unexpected} answers had another status than they should have")
    if outcome.waited_for_connection:
        console.print(
            f"[yellow]{outcome.waited_for_connection} requests waited for a connection: "
            "the gateway is beyond its rate, or there are too few connections"
        )
    if outcome.generator_lagged:
        console.print(
            f"[yellow]the generator itself was up to {outcome.lateness_99 / 1000:.1f} ms late (99 %): "
            "these latencies are not only the gateway's"
        )


def _target(url: str) -> Target:
    try:
        return Target.parse(url)
    except ValueError as fault:
        raise CannotRun(f"--url: {fault}") from None


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be measured ends the command with exit code 2."""
    try:
        yield
    except CannotMeasure as fault:
        raise CannotRun(str(fault)) from fault


def _say(what: str) -> None:
    """Progress, for people only."""
    if sys.stderr.isatty():
        click.echo(f"  {what} ...", err=True)


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
