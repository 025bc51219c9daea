"""Whether large documents keep small ones waiting: the 99th percentile alone, and beside 3 MB images.

A large document is read by a process of its own, which the first of them starts: one is sent before anything is
measured. What they still cost the others is what this measures, at a rate that leaves the gateway room: wall time,
and so a figure that a busy machine makes worse.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec
import uvloop

from benchmarks.connection import Connection, post_octets
from benchmarks.load import Load, Plan
from benchmarks.requests import Kind, RequestWriter
from benchmarks.stage import Stage
from benchmarks.timing import CannotMeasure, Effort

IMAGE_OCTETS: Final = 3_000_000
_RATE: Final = 100.0
_IMAGES_PER_SECOND: Final = 2.0
_REQUESTS_PER_ROUND: Final = 100
_CONNECTIONS: Final = 16


class Neighbours(msgspec.Struct, frozen=True, kw_only=True):
    """99th percentiles of small requests, milliseconds."""

    alone: float
    beside_images: float


def measure_neighbours(stage: Stage, effort: Effort) -> Neighbours:
    """Raises CannotMeasure when an image is not taken."""
    writer = RequestWriter(stage.world)
    count = _REQUESTS_PER_ROUND * effort.rounds
    plans = [
        Plan(
            target=stage.gateway.target,
            requests=writer.write(Kind.SMETS2_READ, count),
            rate=_RATE,
            connections=_CONNECTIONS,
            warm_up=count // 10,
        )
        for _ in range(2)
    ]
    images = [
        post_octets(
            stage.gateway.target,
            "/api/v1/serviceD",
            "application/xml",
            writer.firmware_update(bytes(IMAGE_OCTETS)).documents[0],
        )
        for _ in range(1 + int(count / _RATE * _IMAGES_PER_SECOND))
    ]
    uvloop.run(_send(plans[0], images[:1]))
    alone = uvloop.run(_percentile(plans[0], []))
    return Neighbours(alone=alone, beside_images=uvloop.run(_percentile(plans[1], images[1:])))


async def _percentile(plan: Plan, images: list[bytes]) -> float:
    sending = asyncio.create_task(_send(plan, images))
    outcome = await Load(plan).run()
    await sending
    if outcome.unexpected or outcome.broken:
        raise CannotMeasure(f"expected {outcome.sent} answers with status 200, found {outcome.answers}")
    return outcome.percentiles["99"] / 1000


async def _send(plan: Plan, images: list[bytes]) -> None:
    async with Connection(plan.target) as connection:
        for image in images:
            reply = await connection.post(image)
            if reply.status != 200:
                raise CannotMeasure(f"expected an image to be taken, found status {reply.status}")
            await asyncio.sleep(1 / _IMAGES_PER_SECOND)
