"""What a post to a far side costs: our client against aiohttp's, set up as the gateway had it.

CPU time of this process for one post; the far side is another. ``python -m benchmarks.posting`` tells it.
Figures and what followed from them: docs/decisions/0009.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from benchmarks.far_side import FarSide, far_side
from benchmarks.timing import FULL, CannotMeasure, Effort
from gateway.post_client import PostClient
from gateway.post_connection import Answered

UNDER_WAY: Final = (1, 32)
_BODY: Final = bytes(1500)
_ACCEPTED: Final = 202

Post = Callable[[str, dict[str, str]], Awaitable[int | None]]
"""Posts to an address with these fields; the status."""


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of CPU for one post, the best of all rounds."""

    under_way: int
    """Posts at once."""
    aiohttp: float
    ours: float


def measure_posting(far: FarSide, effort: Effort) -> list[Posting]:
    """Both clients in turns. Raises CannotMeasure when a post is not acknowledged."""
    return uvloop.run(_measured(f"http://127.0.0.1:{far.port}/posting", effort))


async def _measured(url: str, effort: Effort) -> list[Posting]:
    async with (
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=64, keepalive_timeout=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=10),
        ) as session,
        PostClient(most=64, seconds=10) as client,
    ):

        async def theirs(url: str, fields: dict[str, str]) -> int:
            async with session.post(url, data=_BODY, headers=fields, allow_redirects=False) as response:
                return response.status

        async def ours(url: str, fields: dict[str, str]) -> int | None:
            told = await client.post(url, None, fields, _BODY)
            return told.status if isinstance(told, Answered) else None

        found = []
        for under_way in UNDER_WAY:
            rounds = [
                (
                    await _cost(theirs, url, under_way, effort.requests),
                    await _cost(ours, url, under_way, effort.requests),
                )
                for _ in range(effort.rounds + 1)
            ]
            # The first fills caches and opens connections.
            theirs_best, ours_best = (min(each) for each in zip(*rounds[1:], strict=True))
            found.append(Posting(under_way=under_way, aiohttp=theirs_best, ours=ours_best))
        return found


async def _cost(post: Post, url: str, under_way: int, count: int) -> float:
    left = iter(range(count))

    async def work() -> None:
        for number in left:
            fields = {
                "Content-Type": "application/xml",
                "Idempotency-Key": f"{number:032x}",
                "X-Routing-Trace": f"{number:032x}",
            }
            if (status := await post(url, fields)) != _ACCEPTED:
                raise CannotMeasure(f"expected an acknowledgement ({_ACCEPTED}), found {status}")

    start = time.process_time_ns()
    await asyncio.gather(*(work() for _ in range(under_way)))
    return (time.process_time_ns() - start) / 1000 / count


def main() -> None:
    """The table."""
    with far_side() as far:
        found = measure_posting(far, FULL)
    table = Table(title="CPU microseconds for one post", title_justify="left")
    for column in ("at once", "aiohttp", "ours", "ratio"):
        table.add_column(column, justify="right")
    for each in found:
        table.add_row(str(each.under_way), f"{each.aiohttp:.1f}", f"{each.ours:.1f}", f"{each.aiohttp / each.ours:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
