"""What one revision of the lists changes against another."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpl.difference import Difference, Product, difference
from cpl.epcl import EpclEntry, InstallationStatus
from cpl.product import CplEntry
from cpl.product_list import ProductList
from schemas.vocabulary import CplStatus, DeviceType, Generation

IMAGE = bytes(32)
ONE = CplEntry(
    entry_id="1",
    device_type=DeviceType.ESME,
    generation=Generation.SMETS2,
    manufacturer="AB01",
    model="010A030B",
    firmware_version="00000001",
    firmware_hash=IMAGE,
)
GONE = msgspec.structs.replace(ONE, status=CplStatus.WITHDRAWN, status_since=date(2025, 1, 1))
TWO = msgspec.structs.replace(ONE, entry_id="2", firmware_version="00000002", firmware_hash=b"\x01" * 32)
AGAIN = msgspec.structs.replace(ONE, entry_id="3")
COMBINATION = EpclEntry(entry_id="002255", cohort="Secure", installation_status=InstallationStatus.ACTIVE)
DORMANT = msgspec.structs.replace(COMBINATION, installation_status=InstallationStatus.DORMANT)
PRODUCT_1, PRODUCT_2 = Product("AB01", "010A030B", "00000001"), Product("AB01", "010A030B", "00000002")


def summary(found: Difference) -> dict[str, object]:
    parts: dict[str, object] = {
        "added": [e.entry_id for e in found.cpl.added],
        "removed": [e.entry_id for e in found.cpl.removed],
        "changed": [(c.before.entry_id, *c.fields) for c in found.cpl.changed],
        "epcl added": [e.entry_id for e in found.epcl.added],
        "epcl removed": [e.entry_id for e in found.epcl.removed],
        "epcl changed": [(c.before.entry_id, *c.fields) for c in found.epcl.changed],
        "ended": list(found.ended),
        "begun": list(found.begun),
        "ended hashes": list(found.ended_hashes),
        "begun hashes": list(found.begun_hashes),
    }
    return {name: value for name, value in parts.items() if value}


CASES = {
    "nothing": ({}, [ONE, TWO], [TWO, ONE], [], []),
    "an entry added": (
        {"added": ["2"], "begun": [PRODUCT_2], "begun hashes": [b"\x01" * 32]},
        [ONE],
        [ONE, TWO],
        [],
        [],
    ),
    "an entry removed": (
        {"removed": ["1"], "ended": [PRODUCT_1], "ended hashes": [IMAGE]},
        [ONE, TWO],
        [TWO],
        [],
        [],
    ),
    "an entry withdrawn": (
        {"changed": [("1", "status", "status_since")], "ended": [PRODUCT_1], "ended hashes": [IMAGE]},
        [ONE],
        [GONE],
        [],
        [],
    ),
    "an entry removed while another keeps the product": ({"removed": ["3"]}, [ONE, AGAIN], [ONE], [], []),
    "a combination added": ({"epcl added": ["002255"]}, [], [], [], [COMBINATION]),
    "a combination for other installations": (
        {"epcl changed": [("002255", "installation_status")]},
        [],
        [],
        [COMBINATION],
        [DORMANT],
    ),
}


@pytest.mark.parametrize(("expected", "before", "after", "old", "new"), CASES.values(), ids=CASES.keys())
def test_the_difference_is(
    expected: dict[str, object],
    before: list[CplEntry],
    after: list[CplEntry],
    old: list[EpclEntry],
    new: list[EpclEntry],
) -> None:
    found = difference(ProductList(before, old), ProductList(after, new))
    assert expected == summary(found)
    assert bool(expected) == bool(found)


ENTRIES = st.lists(
    st.builds(
        lambda number, status: msgspec.structs.replace(
            ONE, entry_id=str(number), firmware_version=f"{number // 2:08}", status=status
        ),
        st.integers(0, 9),
        st.sampled_from(list(CplStatus)),
    ),
    unique_by=lambda entry: entry.entry_id,
    max_size=8,
)


@given(ENTRIES, ENTRIES)
def test_the_way_back_is_the_way_there_reversed(before: list[CplEntry], after: list[CplEntry]) -> None:
    one, other = ProductList(before), ProductList(after)
    there, back = difference(one, other), difference(other, one)
    assert (there.cpl.added, there.cpl.removed) == (back.cpl.removed, back.cpl.added)
    assert (there.ended, there.begun) == (back.begun, back.ended)
    for product in there.ended:
        assert one.in_force(*msgspec.structs.astuple(product))
        assert not other.in_force(*msgspec.structs.astuple(product))
