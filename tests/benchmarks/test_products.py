"""The made-up product lists are whole lists, and their figures are held to their goals."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks.products import Products, measure_products, products_rows
from benchmarks.timing import Effort

pytestmark = pytest.mark.xdist_group("benchmarks")
TINY = Effort(rounds=1, seconds=0.005, requests=60)
GOOD = Products(
    cpl_rows=100_000,
    epcl_rows=50_000,
    import_cpl=10.0,
    import_epcl=10.0,
    progress=300,
    load=5.0,
    octets_per_row=2000.0,
    memory_doubled=2.2,
    look_ups={"look-up": 2.0},
)


def test_lists_of_any_length_are_imported_loaded_and_looked_up() -> None:
    found = measure_products(TINY, cpl_rows=1200, epcl_rows=600)
    assert 3 == found.progress, "1,201 and 601 rows, told every 500"
    assert 1.5 < found.memory_doubled < 2.5
    assert min(found.import_cpl, found.import_epcl, found.load, found.octets_per_row, *found.look_ups.values()) > 0


def test_every_figure_but_the_progress_is_held_to_a_goal() -> None:
    rows = products_rows(GOOD)
    assert [True, True, None, True, True, True, True] == [row.met for row in rows]
    assert "products" in {row.section for row in rows}


WORSE = {
    "a slow import": {"import_cpl": 10.1},
    "a slow import of combinations": {"import_epcl": 10.1},
    "a slow load": {"load": 5.1},
    "large rows": {"octets_per_row": 2001.0},
    "memory out of proportion": {"memory_doubled": 2.3},
    "slow look-ups": {"look_ups": {"look-up": 2.1}},
}


@pytest.mark.parametrize("change", WORSE.values(), ids=WORSE.keys())
def test_the_goal_is_missed_by(change: dict[str, object]) -> None:
    rows = products_rows(msgspec.structs.replace(GOOD, **change))
    assert 1 == [row.met for row in rows].count(False)
