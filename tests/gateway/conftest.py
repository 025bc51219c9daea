"""Fixtures of the gateway's tests: a world of a test's own, a gateway at work on it, and the tour, taken once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from processes import Toured, toured
from running import Running, copied, made_world, serving

from gateway.sandbox.world import World


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> World:
    """A small world of the test's own, on ports of its own."""
    return copied(made_world(tmp_path_factory), tmp_path / "world")


@pytest.fixture
async def running(world: World) -> AsyncIterator[Running]:
    """A gateway with the settings that the world came with, among its far sides."""
    async with serving(world) as everything:
        yield everything


@pytest.fixture(scope="session")
def tour(tmp_path_factory: pytest.TempPathFactory) -> Toured:
    """The tour, as ``duis-gateway sandbox --once`` takes it in a process of its own."""
    return toured(tmp_path_factory)
