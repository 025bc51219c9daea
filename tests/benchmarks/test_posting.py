"""The benchmark of the client measures both clients against a real far side."""

from __future__ import annotations

import pytest

from benchmarks.far_side import far_side
from benchmarks.posting import UNDER_WAY, measure_posting
from benchmarks.timing import Effort

pytestmark = pytest.mark.xdist_group("benchmarks")


def test_both_clients_post_as_often_as_they_say() -> None:
    with far_side() as far:
        found = measure_posting(far, Effort(rounds=1, seconds=0.01, requests=50))
        # A first round that is not counted, and one that is, for each client.
        assert len(UNDER_WAY) * 2 * 2 * 50 == far.count
    assert list(UNDER_WAY) == [each.under_way for each in found]
    assert all(0 < each.ours and 0 < each.aiohttp for each in found), found
