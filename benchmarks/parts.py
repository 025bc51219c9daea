"""Our own layers, each on its own in a loop, as the floor measures the native steps.

What ``serve`` shows as one figure is taken apart here: the differences to the floor are what our code costs.
The parts of one request add up to less than ``serve`` measures, because in a loop nothing is ever cold.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
import uvloop

from benchmarks.requests import Kind, RequestWriter
from benchmarks.stage import benchmark_world, temporary_directory
from benchmarks.timing import CannotMeasure, Effort
from gateway.fulfilment import Order
from gateway.ports import Acceptance, Found
from gateway.replies import Outcome, document
from gateway.sandbox.world import World
from gateway.service import Worker
from gateway.tracing import TraceDraft
from gateway.wants import facts_of, wanted_by
from gbcs.refusal import Refused
from routing.decision import Decision, decide
from routing.facts import Facts
from schemas.reading import Authentic, read_request
from schemas.vocabulary import WebService

T = TypeVar("T")

HOMES: Final = 60
_REQUESTS: Final = 256
_AT_ONCE: Final = 32
"""So many acceptances are under way together, as in the floor's batches."""


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of CPU for one request, threads included."""

    read: float
    """``read_request``."""
    look_up: float
    decide: float
    """With making the facts."""
    carry_out: float
    """The message to hand on, and the signed answer."""
    accept: float
    """The durable transaction with request, answer and hand-off."""
    delivered: float
    """Taking the hand-off out again."""
    trace: float
    """Making the record."""
    keep_trace: float
    """Writing it."""

    @property
    def sum(self) -> float:
        return float(sum(msgspec.structs.astuple(self)))


class _Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """One request at all its stages."""

    octets: bytes
    reading: Authentic
    found: Found
    facts: Facts
    decision: Decision
    order: Order
    acceptance: Acceptance


def measure_parts(effort: Effort, kinds: Sequence[Kind]) -> dict[Kind, Parts]:
    """In a world of their own, in this process. Raises CannotMeasure."""
    with temporary_directory() as folder:
        world = benchmark_world(folder / "world", far_side_port=1, homes=HOMES)
        return {kind: uvloop.run(_parts(world, kind, effort.rounds)) for kind in kinds}


async def _parts(world: World, kind: Kind, rounds: int) -> Parts:
    worker = Worker(world.settings)
    writer = RequestWriter(world)
    async with worker.running(listen=False, operate=False):
        in_force, state, now = worker.in_force, worker.state, datetime.now(UTC)

        def read(octets: bytes) -> object:
            return read_request(octets, in_force.schema, in_force.certificates, now)

        def decided(one: _Prepared) -> Decision:
            facts = facts_of(
                one.reading.request, one.reading.digest, WebService.SEND_COMMAND, now, in_force.parties, one.found
            )
            return decide(facts, in_force.rules)

        async def looked_up() -> float:
            return await _cost([state.look_up(wanted_by(one.reading.request)) for one in ready], len(ready))

        async def carried_out() -> float:
            work = [worker.fulfilment.acceptance(one.decision, one.found, one.order) for one in ready]
            return await _cost(work, len(ready))

        async def prepared() -> list[_Prepared]:
            return [await _prepare(worker, each.document, now) for each in writer.write(kind, _REQUESTS)]

        ready = await prepared()
        fresh = [await prepared() for _ in range(rounds)]
        accepts = [await _cost([_accept_all(worker, batch)], len(batch)) for batch in fresh]
        deliveries = [await _cost([_deliver_all(worker, batch)], len(batch)) for batch in fresh]
        traces = [[_trace(worker, one, now) for one in ready] for _ in range(rounds)]
        return Parts(
            read=min(_cpu(read, [one.octets for one in ready]) for _ in range(rounds)),
            look_up=min([await looked_up() for _ in range(rounds)]),
            decide=min(_cpu(decided, ready) for _ in range(rounds)),
            carry_out=min([await carried_out() for _ in range(rounds)]),
            accept=min(accepts),
            delivered=min(deliveries),
            trace=min(_cpu(lambda one: _trace(worker, one, now), ready) for _ in range(rounds)),
            keep_trace=min([await _cost([_keep_all(worker, batch)], len(batch)) for batch in traces]),
        )


async def _prepare(worker: Worker, octets: bytes, now: datetime) -> _Prepared:
    in_force = worker.in_force
    reading = read_request(octets, in_force.schema, in_force.certificates, now)
    if not isinstance(reading, Authentic):
        raise CannotMeasure(f"expected an authentic request, found {reading}")
    found = await worker.state.look_up(wanted_by(reading.request))
    facts = facts_of(reading.request, reading.digest, WebService.SEND_COMMAND, now, in_force.parties, found)
    decision = decide(facts, in_force.rules)
    trace_id = secrets.token_hex(16)
    order = Order(received=octets, digest=reading.digest, trace_id=trace_id, traceparent=None, moment=now)
    acceptance = await worker.fulfilment.acceptance(decision, found, order)
    if isinstance(acceptance, Refused):
        raise CannotMeasure(f"expected an acceptance, found {acceptance}")
    return _Prepared(
        octets=octets,
        reading=reading,
        found=found,
        facts=facts,
        decision=decision,
        order=order,
        acceptance=acceptance,
    )


async def _accept_all(worker: Worker, batch: Sequence[_Prepared]) -> None:
    for start in range(0, len(batch), _AT_ONCE):
        together = batch[start : start + _AT_ONCE]
        await asyncio.gather(*(worker.state.accept(one.acceptance) for one in together))


async def _deliver_all(worker: Worker, batch: Sequence[_Prepared]) -> None:
    for one in batch:
        for hand_off in one.acceptance.hand_offs:
            await worker.state.delivered(hand_off.id)
    # What is lazy is written with the next piece of work that somebody waits for.
    await worker.state.recover()


def _trace(worker: Worker, one: _Prepared, now: datetime) -> TraceDraft:
    """A record as ``serve`` makes it."""
    draft = TraceDraft(
        secrets.token_hex(16), now, WebService.SEND_COMMAND, len(one.octets), worker.in_force.revisions, None
    )
    draft.lap("read")
    draft.read(one.reading.request, one.reading.digest)
    draft.lap("look-up")
    draft.decided(one.facts, one.decision)
    draft.lap("carry-out")
    draft.lap("accept")
    draft.finish(document(Outcome.ACCEPTED, draft.trace_id, one.acceptance.answer))
    draft.count()
    return draft


async def _keep_all(worker: Worker, traces: Sequence[TraceDraft]) -> None:
    for trace in traces:
        worker.traces.offer(trace)
    await worker.traces.show(traces[-1].trace_id)


def _cpu(step: Callable[[T], object], inputs: Sequence[T]) -> float:
    start = time.process_time_ns()
    for each in inputs:
        step(each)
    return (time.process_time_ns() - start) / 1000 / len(inputs)


async def _cost(work: Sequence[Awaitable[object]], count: int) -> float:
    """CPU microseconds of this process, all threads, for one of ``count``."""
    start = time.process_time_ns()
    for each in work:
        await each
    return (time.process_time_ns() - start) / 1000 / count
