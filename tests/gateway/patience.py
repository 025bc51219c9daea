"""Waiting until something is so, for tests of what happens by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Final

A_LONG_TIME: Final = 20.0
"""Seconds: a busy machine's limit for what happens in one."""


async def until(holds: Callable[[], bool | Awaitable[bool]], seconds: float = A_LONG_TIME) -> None:
    """Raises TimeoutError when it is not so within ``seconds``."""
    async with asyncio.timeout(seconds):
        while True:
            found = holds()
            if await found if isawaitable(found) else found:
                return
            await asyncio.sleep(0.02)
