"""Giving the event loop a turn between two steps of one request.

Requests come in groups: those whose documents arrived in one turn of the loop, and those whose acceptance one commit
made durable. With a turn between the steps a group goes through each step side by side: all are read, then all are
verified, then all are looked up, and so on. A step's code is then in the processor's caches for all but the first of
them, and the same work costs a quarter less than when each request goes through all steps in a row
(``docs/decisions/0016``). A turn itself costs about a microsecond.
"""

from __future__ import annotations

from collections.abc import Generator
from types import coroutine
from typing import TypeVar

T = TypeVar("T")


@coroutine
def next_turn() -> Generator[None, None, None]:
    """Awaited by a task: the others that are ready go first. What ``asyncio.sleep(0)`` does, without its frame."""
    yield


@coroutine
def in_turns(steps: Generator[None, None, T]) -> Generator[None, None, T]:
    """What the steps return, with a turn for the others at each of their pauses."""
    return (yield from steps)
