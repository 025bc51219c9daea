"""What is pure in the middle of a request: the decision, and the GBCS message of what was decided.

Both are told as medians over requests to devices in rotation: each request is decided and built for in turn,
as a gateway meets them, and what a disturbed moment adds does not count. What stands around them (reading,
look-up, signing, the store) is ``parts``'.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

import msgspec
import uvloop

from benchmarks.requests import MIX, Kind, RequestWriter, Signed
from benchmarks.results import Bound, Goal, Row
from benchmarks.stage import benchmark_world, temporary_directory
from benchmarks.timing import CannotMeasure, Effort
from gateway.commands import Certificates, CommandBuilder
from gateway.key_files import load_keys
from gateway.sandbox.world import World
from gateway.service import Worker
from gateway.wants import facts_of, wanted_by
from gbcs.refusal import Refused
from routing.decision import decide
from routing.facts import Facts, Target
from schemas.reading import Authentic, read_request
from schemas.vocabulary import WebService

T = TypeVar("T")

HOMES: Final = 60
_REQUESTS: Final = 256
_DECIDED: Final = tuple(kind for kind in MIX if kind is not Kind.ALTERED)
"""What was altered after signing is never decided."""
_READS: Final = frozenset({Kind.SMETS2_READ, Kind.SMETS1_READ})
_COMMANDS: Final = (Kind.SMETS2_READ, Kind.PROFILE, Kind.FIRMWARE_VERSION)
_DECISION_MICROSECONDS: Final = 40.0
_COMMAND_MICROSECONDS: Final = 60.0
_FIRST_COMMAND_MICROSECONDS: Final = 200.0


class Built(msgspec.Struct, frozen=True, kw_only=True):
    """Median microseconds of CPU for one message."""

    commands: dict[Kind, float]
    """From the request as values, the secret shared with the device known already."""
    first: float
    """What the first Command for a device costs more: its certificate is read and the secret agreed."""
    pre_command: float


def measure_decision(effort: Effort) -> dict[Kind, float]:
    """Median microseconds of CPU for one ``decide``: every check with its verdict, treatment, destination.

    Raises CannotMeasure.
    """
    with temporary_directory() as folder:
        world = benchmark_world(folder / "world", far_side_port=1, homes=HOMES)
        return uvloop.run(_decisions(world, effort.rounds))


def measure_messages(effort: Effort) -> Built:
    """Raises CannotMeasure."""
    with temporary_directory() as folder:
        world = benchmark_world(folder / "world", far_side_port=1, homes=HOMES)
        return uvloop.run(_messages(world, effort.rounds))


async def _decisions(world: World, rounds: int) -> dict[Kind, float]:
    worker, writer = Worker(world.settings), RequestWriter(world)
    async with worker.running(listen=False, operate=False):
        rules = worker.in_force.rules
        medians: dict[Kind, float] = {}
        for kind in _DECIDED:
            ready = [await _facts(worker, each) for each in writer.write(kind, _REQUESTS)]
            medians[kind] = _median(lambda facts: decide(facts, rules), ready * rounds)
    return medians


async def _messages(world: World, rounds: int) -> Built:
    worker, writer = Worker(world.settings), RequestWriter(world)
    async with worker.running(listen=False, operate=False):
        targets = {kind: await _targets(worker, writer, kind) for kind in (*_COMMANDS, Kind.TRANSFORM)}
        known = await _certificates(worker, (target for several in targets.values() for target in several))
        keys = load_keys(world.settings.gbcs)
        # A builder of its own for each round: it remembers the secrets that it has agreed.
        new_builder = partial(CommandBuilder, world.settings.gbcs.acb, keys, worker.state, worker.in_force.certificates)
        once_each = list({target.device.id: target for target in targets[Kind.SMETS2_READ]}.values())
        firsts: list[int] = []
        for _ in range(rounds):
            firsts += await _commands(new_builder(), known, once_each)
        builder = new_builder()
        commands: dict[Kind, float] = {}
        for kind in _COMMANDS:
            await _commands(builder, known, targets[kind])
            commands[kind] = statistics.median(await _commands(builder, known, targets[kind] * rounds)) / 1000
        pre_command = partial(builder.pre_command, build_time=datetime.now(UTC), known=known)
        return Built(
            commands=commands,
            first=statistics.median(firsts) / 1000 - commands[Kind.SMETS2_READ],
            pre_command=_median(lambda target: _built(pre_command(target)), targets[Kind.TRANSFORM] * rounds),
        )


def _median(step: Callable[[T], object], inputs: Sequence[T]) -> float:
    """Microseconds of CPU."""
    spent = []
    for each in inputs:
        start = time.thread_time_ns()
        step(each)
        spent.append(time.thread_time_ns() - start)
    return statistics.median(spent) / 1000


async def _targets(worker: Worker, writer: RequestWriter, kind: Kind) -> list[Target]:
    targets = []
    for each in writer.write(kind, _REQUESTS):
        decision = decide(await _facts(worker, each), worker.in_force.rules)
        if not isinstance(decision.located, Target):
            raise CannotMeasure(f"expected a request for a device, found {decision.code}: {decision.reason}")
        targets.append(decision.located)
    return targets


async def _facts(worker: Worker, signed: Signed) -> Facts:
    in_force, now = worker.in_force, datetime.now(UTC)
    reading = read_request(signed.document, in_force.schema, in_force.certificates, now)
    if not isinstance(reading, Authentic):
        raise CannotMeasure(f"expected an authentic request, found {reading}")
    found = await worker.state.look_up(wanted_by(reading.request))
    posted_to = WebService(signed.path[-1])
    return facts_of(reading.request, reading.digest, posted_to, now, in_force.parties, found)


async def _certificates(worker: Worker, targets: Iterable[Target]) -> Certificates:
    devices = {target.device.id for target in targets}
    found = {device: await worker.state.key_agreement_certificate(device) for device in devices}
    return {device: certificate for device, certificate in found.items() if certificate is not None}


async def _commands(builder: CommandBuilder, known: Certificates, targets: Sequence[Target]) -> list[int]:
    """Nanoseconds of CPU for each."""
    spent, now = [], datetime.now(UTC)
    for target in targets:
        start = time.thread_time_ns()
        built = await builder.command(target, now, None, known)
        spent.append(time.thread_time_ns() - start)
        _built(built)
    return spent


def _built(message: object) -> None:
    if isinstance(message, Refused):
        raise CannotMeasure(f"expected a message, found {message.reason}")


def decision_rows(measured: dict[Kind, float]) -> list[Row]:
    goal = Goal(bound=Bound.AT_MOST, value=_DECISION_MICROSECONDS)
    return [
        Row(
            section="decision",
            name=kind.value,
            value=value,
            unit="us",
            goal=goal if kind in _READS else None,
        )
        for kind, value in measured.items()
    ]


def message_rows(measured: Built) -> list[Row]:
    goals = {Kind.SMETS2_READ: Goal(bound=Bound.AT_MOST, value=_COMMAND_MICROSECONDS)}
    return [
        *(
            Row(section="gbcs", name=f"{kind.value}, Command", value=value, unit="us", goal=goals.get(kind))
            for kind, value in measured.commands.items()
        ),
        Row(
            section="gbcs",
            name="the first Command for a device, more",
            value=measured.first,
            unit="us",
            goal=Goal(bound=Bound.AT_MOST, value=_FIRST_COMMAND_MICROSECONDS),
        ),
        Row(section="gbcs", name=f"{Kind.TRANSFORM.value}, Pre-Command", value=measured.pre_command, unit="us"),
    ]
