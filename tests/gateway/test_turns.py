"""Turns of the event loop between the steps of a request: a group goes through each step side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

import pytest

from gateway.turns import in_turns, next_turn


def steps(name: str, seen: list[str]) -> Generator[None, None, str]:
    seen.append(f"{name} is parsed")
    yield
    seen.append(f"{name} is verified")
    return name


async def test_documents_that_are_read_together_are_all_parsed_before_one_is_verified() -> None:
    seen: list[str] = []
    assert ["first", "second"] == await asyncio.gather(*(in_turns(steps(name, seen)) for name in ("first", "second")))
    assert ["first is parsed", "second is parsed", "first is verified", "second is verified"] == seen


async def test_those_that_are_ready_go_first() -> None:
    seen: list[str] = []
    other = asyncio.create_task(asyncio.sleep(0, seen.append("the other is made")))
    asyncio.get_running_loop().call_soon(seen.append, "the other goes")
    await next_turn()
    seen.append("it is this one's turn again")
    await other
    assert ["the other is made", "the other goes", "it is this one's turn again"] == seen


async def test_what_goes_wrong_in_a_step_comes_out() -> None:
    def broken() -> Generator[None, None, None]:
        yield
        raise ValueError("in the second step")

    with pytest.raises(ValueError, match="in the second step"):
        await in_turns(broken())
