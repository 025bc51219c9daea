"""What is proposed for testing, in which order, and on what the other combinations rest."""

from __future__ import annotations

import random

import pytest
from fleet_tables import TARGET, dmc, entry, fleet_row, fleet_rows, pending
from hypothesis import given, settings
from hypothesis import strategies as st
from test_coverage import ROWS

from cpl import selection
from cpl.combinations import combination
from cpl.coverage import Fleet
from cpl.fleet import FleetRow
from cpl.lifecycle import Place, Plan, plan
from cpl.ppcl import PpclRow
from cpl.selection import Origin
from cpl.variations import RULES, VARIATIONS, Variation

ELECTRICITY_ONLY = "- | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
OTHER_HARDWARE = "EG4 Q4 0x12B | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
OTHER_FIRMWARE = "EG4 Q3 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
OTHER_PPMID = "EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | SED 2.08 ?"
OTHER_METER = "EG4 Q4 0x12A | L110 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
NO_HUB = "EG4 Q4 0x12A | L110 P4 0x131 | - | Pipit AE05 ?"
NO_FIRMWARE = "EG7 ? 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"


def made(table: str, *rows: PpclRow) -> Plan:
    return plan(Fleet(fleet_rows(table)), rows)


def proposed(found: Plan) -> list[tuple[str, Origin]]:
    return [(str(each.target.combination), each.target.origin) for each in found.proposals]


def in_words(words: str) -> str:
    """As a combination is told, its consumer device as PPMID or IHD."""
    row = fleet_row(f"{words} | ? | 0")
    return str(combination(row, cohort=row.cohort, wan_provider=None, upgradable=row.upgradable))


PROPOSED = {
    "a dual-fuel set before the single-fuel set that it covers": (
        f"{TARGET} | Active | 1\n{ELECTRICITY_ONLY} | Active | 90",
        [pending(ELECTRICITY_ONLY), pending(TARGET)],
        [(TARGET, Origin.PPCL)],
    ),
    "a dual-fuel set of the fleet before its more numerous single-fuel set": (
        f"{TARGET} | Active | 1\n{ELECTRICITY_ONLY} | Active | 90",
        [],
        [(TARGET, Origin.FLEET)],
    ),
    "a single-fuel set where there is no dual-fuel set": (
        f"{ELECTRICITY_ONLY} | Active | 90",
        [],
        [(ELECTRICITY_ONLY, Origin.FLEET)],
    ),
    "the more numerous of two hardware variants": (
        f"{TARGET} | Active | 10\n{OTHER_HARDWARE} | Dormant | 11",
        [pending(TARGET), pending(OTHER_HARDWARE)],
        [(OTHER_HARDWARE, Origin.PPCL)],
    ),
    "the more numerous hardware after upgrades": (
        "EG4 Q3 0x12B | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Active | 5",
        [pending(TARGET), pending(OTHER_HARDWARE)],
        [(OTHER_HARDWARE, Origin.PPCL)],
    ),
    "a pending combination that nobody has installed": ("", [pending(TARGET)], [(TARGET, Origin.PPCL)]),
    "both firmware versions when both are pending": (
        f"{TARGET} | Active | 10\n{OTHER_FIRMWARE} | Active | 9",
        [pending(OTHER_FIRMWARE), pending(TARGET)],
        [(TARGET, Origin.PPCL), (OTHER_FIRMWARE, Origin.PPCL)],
    ),
    "not the firmware that an upgrade to a pending combination replaces": (
        f"{OTHER_FIRMWARE} | Active | 9",
        [pending(TARGET)],
        [(TARGET, Origin.PPCL)],
    ),
    "both firmware versions when no plan says which stays": (
        f"{TARGET} | Active | 10\n{OTHER_FIRMWARE} | Active | 11",
        [],
        [(OTHER_FIRMWARE, Origin.FLEET), (TARGET, Origin.FLEET)],
    ),
    "the pending ones first, then those of the fleet by size": (
        f"{TARGET} | Active | 1\n{OTHER_METER} | Active | 20\n{OTHER_PPMID} | Active | 30",
        [pending(TARGET)],
        [(TARGET, Origin.PPCL), (OTHER_PPMID, Origin.FLEET), (OTHER_METER, Origin.FLEET)],
    ),
    "another PPMID on the firmware that is planned for its hub and meters": (
        "EG4 Q3 0x12B | L100 P3 0x131 | i510 H2 0x02 | SED 2.08 ? | Active | 30",
        [pending(TARGET)],
        [
            (TARGET, Origin.PPCL),
            ("EG4 Q4 0x12B | L100 P4 0x131 | i510 H3 0x02 | SED 2.08 ?", Origin.FLEET),
        ],
    ),
    "a numerous single-fuel set before a rare dual-fuel set of other meters": (
        f"{TARGET} | Active | 1\n- | L110 P4 0x131 | i510 H3 0x02 | - | Active | 90",
        [],
        [("- | L110 P4 0x131 | i510 H3 0x02 | -", Origin.FLEET), (TARGET, Origin.FLEET)],
    ),
    "an IHD beside the PPMID of the same model": (
        f"{TARGET} PPMID | Active | 20\n{TARGET} IHD | Active | 10",
        [],
        [(TARGET, Origin.FLEET), (f"{TARGET} IHD", Origin.FLEET)],
    ),
    "nothing of what names no hub, states no firmware or is installed nowhere": (
        f"{NO_HUB} | Active | 5\n{NO_FIRMWARE} | Active | 6\n{OTHER_METER} | Active | 0",
        [],
        [],
    ),
    "nothing for an empty fleet and an empty list": ("", [], []),
}


@pytest.mark.parametrize(("table", "rows", "expected"), PROPOSED.values(), ids=PROPOSED.keys())
def test_what_is_proposed_is(table: str, rows: list[PpclRow], expected: list[tuple[str, Origin]]) -> None:
    assert [(in_words(words), origin) for words, origin in expected] == proposed(made(table, *rows))


EVERYTHING = f"""
{TARGET}           | Active  | 100
{ELECTRICITY_ONLY} | Dormant | 20
{OTHER_HARDWARE}   | Mixed   | 30
{OTHER_FIRMWARE}   | Active  | 40
{OTHER_PPMID}      | Active  | 7
{OTHER_METER}      | Active  | 5
{NO_HUB}           | Active  | 2
{NO_FIRMWARE}      | Active  | 3
EG9 1 ? | L9 1 ? | H9 1 ? | - | Active | 0
"""
PLACES = {
    TARGET: (Place.PROPOSED, "DMC 1", ()),
    ELECTRICITY_ONLY: (Place.CANDIDATE, "DMC 1", (Variation.SINGLE_FUEL,)),
    OTHER_HARDWARE: (Place.CANDIDATE, "DMC 1", (Variation.HARDWARE,)),
    OTHER_FIRMWARE: (Place.UPGRADE, "DMC 1", (Variation.FIRMWARE,)),
    OTHER_PPMID: (Place.PROPOSED, "DMC 2", ()),
    OTHER_METER: (Place.PROPOSED, "DMC 3", ()),
    NO_HUB: (Place.NO_COMBINATION, None, ()),
    NO_FIRMWARE: (Place.UNDETERMINED, None, ()),
    "EG9 1 ? | L9 1 ? | H9 1 ? | -": (Place.NOT_INSTALLED, None, ()),
}


@pytest.mark.parametrize(("words", "expected"), PLACES.items(), ids=[str(dmc(words)) for words in PLACES])
def test_every_combination_has_its_place(words: str, expected: tuple) -> None:
    found = made(EVERYTHING, pending(TARGET))
    placement = next(each for each in found.installed if each.combination.key == dmc(words).key)
    assert expected == (placement.place, placement.rests_on, placement.variations)


def test_a_proposal_says_what_it_covers_alone_and_with_those_before_it() -> None:
    # 207 in all: DMC 1 covers 100 + 20 + 30, after upgrades 190; DMC 2 adds 7, DMC 3 adds 5
    found = made(EVERYTHING, pending(TARGET))
    assert 207 == found.base.total
    assert [100, 7, 5] == [each.coverage.exact.now.total for each in found.proposals]
    assert [150, 7, 5] == [each.coverage.equivalent.now.total for each in found.proposals]
    assert [190, 7, 5] == [each.coverage.equivalent.after_upgrades.total for each in found.proposals]
    assert [190, 197, 202] == [each.together.equivalent.after_upgrades.total for each in found.proposals]


def test_a_proposal_on_a_known_core_says_so() -> None:
    found = made(EVERYTHING, pending(TARGET))
    assert [None, "DMC 1", None] == [each.core_of for each in found.proposals]


def test_a_pending_row_has_its_place_too() -> None:
    found = made(f"{TARGET} | Active | 9", pending(ELECTRICITY_ONLY, "000002"), pending(TARGET, "000001"))
    assert [
        (("000002",), Place.CANDIDATE, "DMC 1"),
        (("000001",), Place.PROPOSED, "DMC 1"),
    ] == [(each.entry_ids, each.place, each.rests_on) for each in found.pending]


def test_rows_for_several_statuses_are_one_combination() -> None:
    rows = [pending(TARGET, "000001", "Active"), pending(TARGET, "000002", "Dormant")]
    assert [("000001", "000002")] == [each.target.entry_ids for each in made("", *rows).proposals]


def test_what_is_on_the_list_is_not_tested_again() -> None:
    listed = [entry("000007", TARGET), entry("000008", OTHER_METER, equivalent_to="000007")]
    meter_with_other_ppmid = "EG4 Q4 0x12A | L110 P4 0x131 | i510 H3 0x02 | -"
    table = f"{TARGET} | Active | 10\n{OTHER_HARDWARE} | Active | 4\n{OTHER_METER} | Active | 3"
    fleet = Fleet(fleet_rows(f"{table}\n{meter_with_other_ppmid} | Active | 2"))
    found = plan(fleet, [pending(TARGET)], listed)
    assert [str(dmc(meter_with_other_ppmid))] == [str(each.target.combination) for each in found.proposals]
    assert 13 == found.eligible.exact.now.total, "10 tested and 3 equivalent"
    assert 17 == found.eligible.equivalent.now.total, "the equivalent entry lends its evidence to nobody"
    assert {Place.ELIGIBLE: 2, Place.CANDIDATE: 1, Place.PROPOSED: 1} == {
        place: sum(each.place is place for each in found.installed)
        for place in {each.place for each in found.installed}
    }


def test_what_is_under_test_stays_chosen() -> None:
    fleet = Fleet(fleet_rows(f"{TARGET} | Active | 100"))
    rows = [pending(TARGET, "000001"), pending(OTHER_HARDWARE, "000002")]
    found = plan(fleet, rows, under_test=frozenset({"000002"}))
    assert [("000002",)] == [each.target.entry_ids for each in found.proposals]


PENDING = st.lists(
    st.sampled_from([TARGET, ELECTRICITY_ONLY, OTHER_HARDWARE, OTHER_FIRMWARE, OTHER_PPMID]).map(pending), max_size=4
)


@settings(deadline=None)
@given(st.lists(ROWS, max_size=10), PENDING, st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(
    rows: list[FleetRow], listed: list[PpclRow], dice: random.Random
) -> None:
    expected = plan(Fleet(rows), listed)
    found = plan(Fleet(dice.sample(rows, len(rows))), dice.sample(listed, len(listed)))
    assert expected.proposals == found.proposals
    assert expected.installed == found.installed


@settings(deadline=None)
@given(st.lists(ROWS, max_size=10), PENDING)
def test_all_that_can_be_covered_is_and_nothing_is_tested_twice(rows: list[FleetRow], listed: list[PpclRow]) -> None:
    fleet = Fleet(rows)
    found = plan(fleet, listed)
    left = {Place.UNDETERMINED, Place.NO_COMBINATION, Place.NOT_INSTALLED, Place.CONSUMER_DEVICE}
    reached = sum(each.installs.total for each in found.installed if each.place not in left)
    covered = found.proposals[-1].together.equivalent.after_upgrades.total if found.proposals else 0
    assert reached == covered
    for each in found.installed:
        if each.place is Place.CONSUMER_DEVICE and each.installs.total:
            assert not each.combination.firmware_stated
    chosen = [each.target.combination for each in found.proposals]
    assert not any(selection.rests_on(one, other) for number, one in enumerate(chosen) for other in chosen[:number])


def test_every_rule_says_where_it_stands() -> None:
    for rules in (RULES, VARIATIONS, selection.RULES):
        assert all(rule.says and rule.cites for rule in rules.values())
    assert set(Variation) == set(VARIATIONS)
