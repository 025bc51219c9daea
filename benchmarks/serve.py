"""What one request costs the gateway: CPU time of its process, over the requests it served.

Up to the hand-off: from the post to the acknowledgement of the far side, with everything that is written
on the way. The return leg: from a far side's message to the user's acknowledgement of the answer. Load,
far side and gateway are processes of their own. ``floor`` has what these are compared with.
"""

from __future__ import annotations

from contextlib import closing
from typing import Final

import msgspec

from benchmarks.answers import AnswerWriter
from benchmarks.far_side import Posted
from benchmarks.floor import Floor
from benchmarks.generator import Batch, posts_of
from benchmarks.native import Material, NativeReader, sign_tree_microseconds
from benchmarks.requests import Kind, RequestWriter
from benchmarks.stage import Stage
from benchmarks.timing import CannotMeasure, Effort
from gateway.sandbox.world import World

READS: Final = (Kind.SMETS2_READ, Kind.SMETS1_READ)
_TAKEN: Final = 204


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """The best round of one way through the gateway."""

    microseconds: float
    """CPU per request."""
    per_second: float
    """Requests answered per second while the generator kept 32 under way."""


class Paths:
    """Rounds of all ways on one stage; the best of each is kept."""

    def __init__(self, stage: Stage, effort: Effort) -> None:
        self._stage = stage
        self._requests = effort.requests
        self._writer = RequestWriter(stage.world)
        self._answers = AnswerWriter(stage.world)
        self.out: dict[Kind, Served] = {}
        self.back: dict[Kind, Served] = {}

    def warm_up(self) -> None:
        """Caches filled, connections open, statements prepared. Nothing of it is kept."""
        for kind in READS:
            self._out(kind, self._requests // 4)
            self._back(self._requests // 8, kind)

    def round(self) -> None:
        """One of each. Raises CannotMeasure when the gateway does not do what it should."""
        for kind in READS:
            self.out[kind] = _better(self.out.get(kind), self._out(kind, self._requests))
            self.back[kind] = _better(self.back.get(kind), self._back(self._requests // 2, kind))

    def close(self) -> None:
        self._answers.close()

    def _out(self, kind: Kind, count: int) -> Served:
        target = self._stage.gateway.target
        return self._measured(posts_of(target, self._writer.write(kind, count)), 200)

    def _back(self, count: int, kind: Kind) -> Served:
        """Answers to requests that are made for it, outside of what is timed."""
        self._stage.far_side.keep()
        self._out(kind, count)
        return self._measured(self._answers.posts(self._stage.gateway.target, self._stage.far_side.take()), _TAKEN)

    def _measured(self, posts: list[bytes], expected: int) -> Served:
        """Each post makes the gateway post once itself."""
        gateway, far_side = self._stage.gateway, self._stage.far_side
        before, posted = gateway.cpu_microseconds, far_side.count
        driven = self._stage.generator.run(Batch(target=gateway.target, posts=posts), (expected,))
        far_side.wait_for(posted + len(posts))
        return Served(
            microseconds=(gateway.cpu_microseconds - before) / len(posts), per_second=len(posts) / driven.seconds
        )


def _better(one: Served | None, other: Served) -> Served:
    return other if one is None or other.microseconds < one.microseconds else one


def return_floors(stage: Stage, floor: Floor, effort: Effort) -> dict[Kind, float]:
    """What the return leg needs at least, microseconds: the native work on the far side's message and the answer."""
    both_http = floor.http_in + floor.http_out + floor.durable_in_batches
    material = _smets1_messages(stage)
    steps = NativeReader().steps(material, effort)
    signing = sign_tree_microseconds(material.documents[0], stage.world.dcc.key, effort)
    return {
        Kind.SMETS2_READ: both_http + floor.mac + floor.sign_answer,
        Kind.SMETS1_READ: both_http + steps.sum + signing,
    }


def _smets1_messages(stage: Stage, count: int = 50) -> Material:
    """Messages of one S1SP."""
    posts = posts_of(stage.gateway.target, RequestWriter(stage.world).write(Kind.SMETS1_READ, count))
    expected = stage.far_side.count + count
    stage.far_side.keep()
    stage.generator.run(Batch(target=stage.gateway.target, posts=posts))
    stage.far_side.wait_for(expected)
    posted = stage.far_side.take()
    if not posted:
        raise CannotMeasure("the gateway handed nothing on")
    path = posted[0][0]
    return _messages(stage.world, [each for each in posted if each[0] == path])


def _messages(world: World, posted: list[Posted]) -> Material:
    with closing(AnswerWriter(world)) as writer:
        documents = [writer.smets1_message(path, body) for path, body in posted]
    name = posted[0][0].rsplit("/", 1)[-1]
    return Material(documents=documents, public_key=world.s1sps[name].key.public_key())
