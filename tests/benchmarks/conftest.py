"""One small stage for all tests of the benchmarks: a world, a gateway, a far side, a generator, as processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.stage import Stage, stage


@pytest.fixture(scope="session")
def staged() -> Iterator[Stage]:
    with stage(homes=40) as made:
        yield made
