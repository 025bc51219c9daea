"""Coverage of fleets that were counted by hand: each table says in its own numbers what must come out."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from fleet_tables import COHORT, TARGET, dmc, fleet_row, fleet_rows
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from cpl.coverage import NONE, Coverage, Fleet, Installs, Reached, coverage, only
from cpl.epcl import InstallationStatus
from cpl.fleet import FleetRow

Counted = tuple[int, int, int, int]
"""Installations: the exact combination; with single-fuel and no-PPMID versions; with other hardware; with
other consumer devices."""


def now(found: Coverage) -> Counted:
    parts = (found.exact, found.version, found.equivalent, found.core)
    one, two, three, four = (part.now.total for part in parts)
    return one, two, three, four


def after_upgrades(found: Coverage) -> Counted:
    parts = (found.exact, found.version, found.equivalent, found.core)
    one, two, three, four = (part.after_upgrades.total for part in parts)
    return one, two, three, four


FLEETS: dict[str, tuple[str, int, Counted, Counted]] = {
    # 40 + (30 electricity only + 20 gas only + 10 without PPMID) = 100, all of them with the target's firmware
    "single-fuel and no-PPMID sets rest on the dual-fuel set": (
        f"""
        {TARGET}                                                   | Active | 40
        -            | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Active | 30
        EG4 Q4 0x12A | -             | i510 H3 0x02 | Pipit AE05 ? | Active | 20
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | -            | Active | 10
        """,
        100,
        (40, 100, 100, 100),
        (40, 100, 100, 100),
    ),
    # 10 as they are; 15 single fuel and 25 dual fuel once the hub is upgraded
    "the same hub with other firmware is covered only after an upgrade": (
        f"""
        {TARGET}                                                   | Active | 10
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H2 0x02 | Pipit AE05 ? | Active | 25
        -            | L100 P4 0x131 | i510 H2 0x02 | Pipit AE05 ? | Active | 15
        """,
        50,
        (10, 10, 10, 10),
        (35, 50, 50, 50),
    ),
    # the single-fuel gas set has the gas meter's old firmware: 5 now, 5 + 60 after upgrades
    "a single-fuel set with other meter firmware is not covered as it is": (
        f"""
        {TARGET}                                                   | Active | 5
        EG4 Q3 0x12A | -             | i510 H3 0x02 | Pipit AE05 ? | Active | 60
        """,
        65,
        (5, 5, 5, 5),
        (5, 65, 65, 65),
    ),
    # 1 exact; 19 + 30 + 50 differ in hardware of gas meter, electricity meter, hub; all run the same firmware
    "hardware-only variants are candidates for equivalence": (
        f"""
        {TARGET}                                                   | Active | 1
        EG4 Q4 0x12B | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Active | 19
        EG4 Q4 0x12A | L100 P4 0x132 | i510 H3 0x02 | Pipit AE05 ? | Active | 30
        -            | L100 P4 0x131 | i510 H3 0x03 | -            | Active | 50
        """,
        100,
        (1, 1, 100, 100),
        (1, 1, 100, 100),
    ),
    # 70 with another make of PPMID on the same core, 20 of them with other meter hardware besides
    "another PPMID is assessed by itself": (
        f"""
        {TARGET}                                                   | Active | 30
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | SED 2.08 ?   | Active | 50
        EG4 Q4 0x12A | L100 P4 0x132 | i510 H3 0x02 | SED 2.08 ?   | Active | 20
        """,
        100,
        (30, 30, 30, 100),
        (30, 30, 30, 100),
    ),
    # upgradable 40 = PPMID; 35 not upgradable = IHD, another device although the model is the same; 25 unsaid = PPMID
    "an upgradable consumer device is a PPMID and another is an IHD": (
        """
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? PPMID | Active | 40
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? IHD   | Active | 35
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?       | Active | 25
        """,
        100,
        (65, 65, 65, 100),
        (65, 65, 65, 100),
    ),
    # 12 PPMIDs with older firmware can be upgraded, 8 such IHDs cannot
    "older firmware of a PPMID can be upgraded, that of an IHD cannot": (
        """
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE04 ? PPMID | Active | 12
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE04 ? IHD   | Active | 8
        """,
        20,
        (0, 0, 0, 8),
        (12, 12, 12, 20),
    ),
    # 10 + 20 + 30 + 40 of one combination, however its meters are operated
    "dormant, mixed and unsaid installations count like active ones": (
        f"""
        {TARGET} | Active  | 10
        {TARGET} | Dormant | 20
        {TARGET} | Mixed   | 30
        {TARGET} | ?       | 40
        """,
        100,
        (100, 100, 100, 100),
        (100, 100, 100, 100),
    ),
    # nothing of 25 + 25 + 25 + 25: each has another model of meter or hub, or no hub
    "other meters and hubs are not covered": (
        """
        EG4 Q4 0x12A | L110 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Active  | 25
        EG5 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Dormant | 25
        EG4 Q4 0x12A | L100 P4 0x131 | i520 H3 0x02 | Pipit AE05 ? | Active  | 25
        EG4 Q4 0x12A | L100 P4 0x131 | -            | Pipit AE05 ? | Active  | 25
        """,
        100,
        (0, 0, 0, 0),
        (0, 0, 0, 0),
    ),
    # hardware unsaid: 10 can only be candidates; firmware unsaid: 20 may need the upgrade; both: 30
    "what a row does not state counts as other": (
        """
        EG4 Q4 ?     | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Active | 10
        EG4 Q4 0x12A | L100 P4 0x131 | i510 ? 0x02  | Pipit AE05 ? | Active | 20
        EG4 Q4 0x12A | L100 ? ?      | i510 H3 0x02 | Pipit AE05 ? | Active | 30
        """,
        60,
        (0, 0, 10, 10),
        (20, 20, 60, 60),
    ),
    # 3 + 4 + 5: three rows of one combination, spelt differently
    "several rows of one combination add up": (
        """
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Active  | 3
        eg4 q4 0X12a | l100 p4 0x131 | I510 h3 0x02 | PIPIT ae05 ? | Active  | 4
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Dormant | 5
        """,
        12,
        (12, 12, 12, 12),
        (12, 12, 12, 12),
    ),
    "an empty fleet is covered by nothing": ("", 0, (0, 0, 0, 0), (0, 0, 0, 0)),
    "a combination that nobody has installed": (f"{TARGET} | Active | 0", 0, (0, 0, 0, 0), (0, 0, 0, 0)),
    # as seed 000 tells it: none now; after the upgrade 8 of 1000 exactly, 540 with equivalents, 950 with other PPMIDs
    "a cohort before its upgrade: under 1 % exactly and 54 % with equivalents": (
        """
        EG4 Q3 0x12A | L100 P3 0x131 | i510 H2 0x02 | Pipit AE05 ? | Active  | 6
        -            | L100 P3 0x131 | i510 H2 0x02 | Pipit AE04 ? | Dormant | 2
        EG4 Q3 0x12B | L100 P3 0x131 | i510 H2 0x02 | Pipit AE05 ? | Active  | 300
        EG4 Q3 0x12A | L100 P3 0x130 | i510 H2 0x01 | Pipit AE05 ? | Dormant | 132
        EG4 Q3 0x12A | L100 P3 0x130 | i510 H2 0x01 | -            | Mixed   | 100
        EG4 Q3 0x12A | L100 P3 0x131 | i510 H2 0x02 | Trio 7 ?     | Active  | 410
        EG4 Q3 0x12A | L110 P3 0x131 | i510 H2 0x02 | Pipit AE05 ? | Active  | 50
        """,
        1000,
        (0, 0, 0, 0),
        (6, 8, 540, 950),
    ),
}


@pytest.mark.parametrize(("table", "base", "as_is", "upgraded"), FLEETS.values(), ids=FLEETS.keys())
def test_the_target_covers(table: str, base: int, as_is: Counted, upgraded: Counted) -> None:
    found = Reached(Fleet(fleet_rows(table))).take(dmc(TARGET))
    assert base == found.base.total
    assert as_is == now(found)
    assert upgraded == after_upgrades(found)


def test_coverage_is_told_by_installation_status() -> None:
    fleet = Fleet(
        fleet_rows(f"""
        {TARGET}                                                   | Active  | 1
        {TARGET}                                                   | Mixed   | 2
        EG4 Q4 0x12A | L100 P4 0x131 | i510 H2 0x02 | Pipit AE05 ? | Dormant | 4
        """)
    )
    found = Reached(fleet).take(dmc(TARGET))
    assert Installs(active=1, mixed=2) == found.exact.now
    assert Installs(active=1, dormant=4, mixed=2) == found.exact.after_upgrades


SHARES = {
    "a part of the base": (Installs(active=6, dormant=2), Installs(active=1000), 0.008),
    "all of it": (Installs(mixed=3), Installs(active=1, unstated=2), 1.0),
    "of an empty base": (NONE, NONE, None),
}


@pytest.mark.parametrize(("part", "base", "share"), SHARES.values(), ids=SHARES.keys())
def test_the_share_is(part: Installs, base: Installs, share: float | None) -> None:
    assert share == part.share_of(base)


def test_installations_are_counted_by_status() -> None:
    for status in InstallationStatus:
        assert 7 == only(status, 7).of(status)
        assert 7 == only(status, 7).total
    assert Installs(unstated=7) == only(None, 7)


def test_a_cohort_is_measured_by_its_own_installations() -> None:
    others = [fleet_row(f"{TARGET} | Active | 30", cohort="Elster"), fleet_row(f"{TARGET} | Active | 1", cohort=None)]
    found = Reached(Fleet([*fleet_rows(f"{TARGET} | Active | 9"), *others])).take(dmc(TARGET, cohort=COHORT))
    assert 10 == found.base.total, "nine, and one that may be of the cohort"
    assert 10 == found.exact.now.total


def test_another_wan_provider_makes_another_combination() -> None:
    fleet = Fleet(
        [
            fleet_row(f"{TARGET} | Active | 5", wan_provider="WAN-1"),
            fleet_row(f"{TARGET} | Active | 7", wan_provider="WAN-2"),
            fleet_row(f"{TARGET} | Active | 1"),
        ]
    )
    assert 3 == len(fleet)
    assert 6 == coverage(fleet, [dmc(TARGET, wan_provider="WAN-1")]).exact.now.total
    assert 13 == coverage(fleet, [dmc(TARGET)]).exact.now.total


def test_an_installation_that_two_targets_reach_is_counted_once() -> None:
    other_hub_hardware = "EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x09 | Pipit AE05 ?"
    fleet = Fleet(fleet_rows(f"{TARGET} | Active | 10\n{other_hub_hardware} | Active | 5"))
    assert (10, 10, 15, 15) == now(coverage(fleet, [dmc(TARGET)]))
    assert (15, 15, 15, 15) == now(coverage(fleet, [dmc(TARGET), dmc(other_hub_hardware)]))


def test_an_ihd_with_other_firmware_is_another_ihd() -> None:
    # The target's IHD is no more upgradable than the installed ones: 5 have its firmware, 8 never will.
    words = "EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit {} ? IHD | Active | {}"
    fleet = Fleet([fleet_row(words.format("AE05", 5)), fleet_row(words.format("AE04", 8))])
    target = next(each.combination for each in fleet.installed if each.installs.total == 5)
    found = coverage(fleet, [target])
    assert (5, 5, 5, 13) == now(found)
    assert (5, 5, 5, 13) == after_upgrades(found)


def test_a_factory_configuration_makes_no_other_combination() -> None:
    row = fleet_row(f"{TARGET} | Active | 5")
    assert row.hub is not None
    configured = replace(row, hub=replace(row.hub, configuration="prepayment"))
    installed = Fleet([row, configured]).installed
    assert [dmc(TARGET)] == [each.combination for each in installed]
    assert 10 == coverage(Fleet([row, configured]), [dmc(TARGET)]).exact.now.total


def test_devices_are_counted_as_the_return_counts_them() -> None:
    row = replace(fleet_row(f"{TARGET} | Mixed | 10"), devices=37)
    assert Installs(mixed=37) == Fleet([row]).installed[0].devices


def test_devices_are_counted_where_the_return_counts_none() -> None:
    fleet = Fleet(fleet_rows("- | L100 P4 0x131 | i510 H3 0x02 | - | Dormant | 10"))
    assert Installs(dormant=20) == fleet.installed[0].devices


GSMES = ("-", "EG4 Q4 0x12A", "EG4 Q3 0x12A", "EG4 Q4 0x12B", "EG5 Q4 0x12A", "EG4 ? ?")
ESMES = ("-", "L100 P4 0x131", "L100 P3 0x131", "L100 P4 0x130", "L110 P4 0x131")
HUBS = ("-", "i510 H3 0x02", "i510 H2 0x02", "i510 H3 0x03", "i520 H3 0x02")
CONSUMERS = ("-", "Pipit AE05 ?", "Pipit AE04 ?", "SED 2.08 ?", "Pipit AE05 ? IHD")
WORDS = st.tuples(*map(st.sampled_from, (GSMES, ESMES, HUBS, CONSUMERS)))
STATUSES = st.sampled_from([*InstallationStatus, "?"])
ROWS = st.builds(
    lambda words, status, number: fleet_row(" | ".join([*words, status, str(number)])),
    WORDS,
    STATUSES,
    st.integers(0, 1000),
)
TARGETS = st.lists(
    st.builds(
        lambda words: dmc(" | ".join(words)),
        st.tuples(*map(st.sampled_from, (GSMES[:4], ESMES[:4], HUBS[1:4], CONSUMERS[:4]))),
    ),
    max_size=4,
)


def shares(found: Coverage) -> list[int]:
    return [*now(found), *after_upgrades(found)]


@given(st.lists(ROWS, max_size=12), TARGETS)
def test_parts_are_within_one_another_and_within_the_base(rows: list[FleetRow], targets: Sequence) -> None:
    found = coverage(Fleet(rows), targets)
    assert sum(row.installations for row in rows) == found.base.total
    assert sorted(now(found)) == list(now(found))
    assert sorted(after_upgrades(found)) == list(after_upgrades(found))
    assert all(one <= other for one, other in zip(now(found), after_upgrades(found), strict=True))
    assert after_upgrades(found)[-1] <= found.base.total


@given(st.lists(ROWS, max_size=12), TARGETS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_targets_makes_no_difference(
    rows: list[FleetRow], targets: list, dice: random.Random
) -> None:
    expected = coverage(Fleet(rows), targets)
    shuffled, other_way = dice.sample(rows, len(rows)), dice.sample(targets, len(targets))
    assert expected == coverage(Fleet(shuffled), other_way)
    assert Fleet(rows).installed == Fleet(shuffled).installed


@given(st.lists(ROWS, max_size=12), TARGETS)
def test_a_tested_combination_more_never_lowers_coverage(rows: list[FleetRow], targets: Sequence) -> None:
    fleet = Fleet(rows)
    for number in range(len(targets)):
        before, after = (shares(coverage(fleet, targets[:taken])) for taken in (number, number + 1))
        assert all(less <= more for less, more in zip(before, after, strict=True))


@given(st.lists(ROWS, max_size=12))
def test_a_combination_of_the_fleet_covers_at_least_itself(rows: list[FleetRow]) -> None:
    fleet = Fleet(rows)
    for each in fleet.installed:
        if each.combination.complete:
            found = coverage(fleet, [each.combination])
            assert each.installs.total <= found.exact.now.total
