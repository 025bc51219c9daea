"""Something large under way: the switch interval is short and garbage waits; before and after all is as usual."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest
from running import D, Running

from gateway.giving_way import giving_way

USUAL = sys.getswitchinterval()


def test_it_is_short_until_the_last_has_left() -> None:
    first, second = giving_way(), giving_way()
    with first:
        short = sys.getswitchinterval()
        assert short < USUAL / 10
        assert not gc.isenabled()
        second.__enter__()
    assert (short, False) == (sys.getswitchinterval(), gc.isenabled())
    second.__exit__(None, None, None)
    assert (USUAL, True) == (sys.getswitchinterval(), gc.isenabled())


def test_what_fails_inside_leaves_it_as_it_was() -> None:
    with pytest.raises(ValueError, match="large"), giving_way():
        raise ValueError("large")
    assert (USUAL, True) == (sys.getswitchinterval(), gc.isenabled())


def test_where_garbage_is_not_collected_it_stays_so() -> None:
    gc.disable()
    try:
        with giving_way():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


async def test_a_gateway_gives_way_while_it_reads_a_large_document_and_not_for_an_ordinary_one(
    running: Running,
) -> None:
    async def shortest_during(document: bytes) -> float:
        posting = asyncio.create_task(running.send(document, D))
        met = [USUAL]
        while not posting.done():
            met.append(sys.getswitchinterval())
            await asyncio.sleep(0)
        assert USUAL == sys.getswitchinterval()
        return min(met)

    assert USUAL == await shortest_during(running.registers().document)
    large = b"<a>" + b"<b/>" * running.settings.limits.large_document_octets + b"</a>"
    assert await shortest_during(large) < USUAL / 10
