"""``sandbox``: make a world, serve it, take the tour through it."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import click
from prometheus_client import REGISTRY, CollectorRegistry
from rich.console import Console
from rich.markup import escape

from gateway.cli.exits import environment
from gateway.large_documents import LargeDocuments
from gateway.metrics import AddedUp
from gateway.sandbox.simulators import Simulators, serve_world
from gateway.sandbox.tour import STEPS, Outcome, Scene, take_tour
from gateway.sandbox.traveller import Traveller
from gateway.sandbox.world import World, make_world
from gateway.service import Worker

_SIMULATORS_BELOW = 1
"""The far sides listen on the operators' port less this, unless told otherwise."""


@click.command()
@click.option("--dir", "directory", required=True, type=click.Path(file_okay=False, path_type=Path), help="The world.")
@click.option("--port", default=8079, show_default=True, help="Where users post to.")
@click.option("--operator-port", default=8078, show_default=True, help="Where operators look.")
@click.option("--simulators-port", type=int, help="Where the simulated far sides listen; default: operator port - 1.")
@click.option("--once", is_flag=True, help="Stop after the tour; exit code 0 if every request did what it expects.")
@click.option("--no-tour", is_flag=True, help="Only serve.")
@click.option("--homes", type=int, help="How many homes the estate has [default: 1000, or 50 on a keystore].")
@click.option(
    "--keystore",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the users' and the DSP's keys from here: keystore.json of @smartdcc/dccboxed-keystore.",
)
@click.option(
    "--device-certs",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="PEM device certificates to go with it.",
)
@click.option("--receive-url", help="Where users' answers go, instead of the simulator.")
def sandbox(
    directory: Path,
    port: int,
    operator_port: int,
    simulators_port: int | None,
    once: bool,
    no_tour: bool,
    homes: int | None,
    keystore: Path | None,
    device_certs: Path | None,
    receive_url: str | None,
) -> None:
    """Make (once) and serve a complete world in DIR, and send a tour of requests through it.

    On a keystore the world is served without the tour: its users' answers may go elsewhere.
    """
    import uvloop

    logging.basicConfig(level=logging.WARNING)
    with environment():
        world = make_world(
            directory,
            port=port,
            operator_port=operator_port,
            simulators_port=operator_port - _SIMULATORS_BELOW if simulators_port is None else simulators_port,
            keystore=keystore,
            device_certificates=device_certs,
            receive_url=receive_url,
            homes=homes,
        )
        tour = not no_tour and keystore is None and receive_url is None
        faults = uvloop.run(_serve(world, tour=tour, once=once))
    raise SystemExit(1 if faults else 0)


async def _serve(world: World, *, tour: bool, once: bool) -> int:
    """How many steps of the tour did not do what it expects."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    console = Console()
    settings = world.settings
    gateway = f"http://{settings.listen.host}:{settings.listen.port}"
    operators = f"http://{settings.operator.host}:{settings.operator.port}"
    async with AsyncExitStack() as stack:
        simulators = await stack.enter_async_context(serve_world(world))
        large, registry = LargeDocuments(world.config, 0, settings.limits), CollectorRegistry()
        registry.register(AddedUp(REGISTRY.collect, large.counted))
        worker = Worker(settings, registry=registry, large=large)
        await stack.enter_async_context(worker.running())
        console.print(f"the gateway listens on {gateway}, its operators' port on {operators}", highlight=False)
        faults = await _tour(world, worker, simulators, gateway, operators, console) if tour else 0
        if not once:
            console.print(f"serving {world.directory} until Ctrl-C; configuration: {world.config}", highlight=False)
            await stop.wait()
    return faults


async def _tour(
    world: World, worker: Worker, simulators: Simulators, gateway: str, operators: str, console: Console
) -> int:
    """One line a request; the documents are kept beside the world, so that ``explain`` can be tried on them."""
    kept = world.directory / "tour"
    kept.mkdir(exist_ok=True)
    failed = 0
    async with aiohttp.ClientSession() as session:
        scene = Scene(world, Traveller(world, gateway, session))
        place = 0
        async for outcome in take_tour(scene, worker.traces, simulators):
            place += 1
            (kept / f"{place:02}-service{outcome.web_service.value}.xml").write_bytes(outcome.document)
            console.print(_line(place, outcome, operators), highlight=False, soft_wrap=True)
            for fault in outcome.faults:
                console.print(f"   [bold red]✗ {escape(fault)}[/]")
            failed += bool(outcome.faults)
    done = len(STEPS) - failed
    style = "green" if not failed else "bold red"
    console.print(f"[{style}]{done} of {len(STEPS)} requests did what the tour expects[/]; sent documents: {kept}")
    return failed


def _line(place: int, outcome: Outcome, operators: str) -> str:
    answered = outcome.answered
    code = answered.code or f"{answered.status} {answered.problem or ''}"
    good = not outcome.faults
    where = ", ".join(outcome.destinations) or "-"
    late = f" then {outcome.late.kind.value} {outcome.late.response_code}" if outcome.late else ""
    result = f" {answered.result}" if answered.result else ""
    mark = "[green]✓[/]" if good else "[bold red]✗[/]"
    return (
        f"{mark} {place:2} {escape(outcome.title):52} {outcome.treatment or '-':8} {where:30} "
        f"[bold]{escape(code)}[/]{result}{late}  [dim]{operators}/v1/traces/{answered.trace_id}[/]"
    )
