"""The decision against a second opinion: services, roles, variants, web services, device types, statuses, generations.

The second opinion (``oracle``) has no table and shares only the published facts with the gateway. What the facts
cannot tell it is told by the hand-written cases, which share nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from oracle import Oracle, Situation
from situations import MATRIX_RULES, at_random, every_pair, facts_of

from routing.decision import decide
from routing.services import SERVICES

SEED = 20261121


@pytest.fixture(scope="session")
def oracle(reference_dir: Path) -> Oracle:
    place = reference_dir.parent / "domain" / "service_requests.csv"
    if not place.is_file():
        pytest.skip("domain facts absent: they stand beside the reference set, in domain/service_requests.csv")
    return Oracle(place)


def disagreements(oracle: Oracle, situations: Iterable[Situation]) -> tuple[Counter[str], list[str]]:
    """How often each code was right, and the first of the others in words."""
    agreed: Counter[str] = Counter()
    differing: list[str] = []
    for situation in situations:
        expected = oracle.code(situation)
        found = decide(facts_of(situation, oracle.services[situation.srv]), MATRIX_RULES)
        if (expected, expected[0] != "E") == (found.code, found.accepted):
            agreed[expected] += 1
        elif len(differing) < 5:
            differing.append(f"{situation}: expected {expected}, found {found.code} ({found.reason})")
    return agreed, differing


def test_every_pair_of_values_is_decided_as_the_second_opinion_says(oracle: Oracle) -> None:
    agreed, differing = disagreements(oracle, every_pair(oracle.services, SEED))
    assert [] == differing
    assert 9_724 <= agreed.total()
    assert agreed["I99"] > 400


def test_random_situations_are_decided_as_the_second_opinion_says(oracle: Oracle) -> None:
    agreed, differing = disagreements(oracle, at_random(oracle.services, SEED, 100_000))
    assert [] == differing
    assert 100_000 == agreed.total()
    told = "I0 I99 E2 E4 E5 E11 E12 E13 E17 E19 E40 E41 E44 E45 E46 E47 E49 E57 E62 E64 E66 E080302 E080405"
    assert set(told.split()) == set(agreed), "a code that the matrix never reaches is not compared"
    assert agreed["I99"] > 5_000


BY_HAND: Mapping[str, tuple[str, Situation]] = {
    "a gas supplier tops a SMETS1 meter up (seed 002)": (
        "I99",
        Situation("2.2", "GS", 1, "S", "GSME", "Commissioned", "SMETS1"),
    ),
    "a supplier cuts a SMETS1 meter off without a Pre-Command (seed 002)": (
        "I99",
        Situation("7.2", "IS", 1, "S", "ESME", "Commissioned", "SMETS1"),
    ),
    "a supplier transforms the same for a SMETS2+ meter": (
        "I0",
        Situation("7.2", "IS", 4, "T", "ESME", "Commissioned", "SMETS2+"),
    ),
    "nobody cuts a SMETS2+ meter off without a Pre-Command": (
        "E12",
        Situation("7.2", "IS", 1, "S", "ESME", "Commissioned", "SMETS2+"),
    ),
    "a gas supplier may not enable supply, which is an import supplier's": (
        "E2",
        Situation("7.1", "GS", 4, "T", "ESME", "Commissioned", "SMETS2+"),
    ),
    "a SMETS1 meter has no Display Message (seed 002 does not list 3.1)": (
        "E57",
        Situation("3.1", "IS", 1, "S", "ESME", "Commissioned", "SMETS1"),
    ),
    "a SMETS1 image is activated (seed 004)": (
        "I99",
        Situation("11.3", "IS", 1, "S", "ESME", "Commissioned", "SMETS1"),
    ),
    "a Suspended meter tells its firmware version (MP105)": (
        "I99",
        Situation("11.2", "IS", 1, "S", "ESME", "Suspended", "SMETS2+"),
    ),
    "a Suspended meter is not read": ("E5", Situation("4.1.1", "IS", 1, "S", "ESME", "Suspended", "SMETS2+")),
    "a non-device request posted to Transform is at the wrong address": (
        "E13",
        Situation("8.2", "IS", 8, "T", "ESME", "Commissioned", "SMETS2+"),
    ),
    "a question to the inventory is answered at once": (
        "I0",
        Situation("8.2", "RSA", 8, "D", "ESME", "Commissioned", "SMETS2+"),
    ),
    "variant 9 is never a user's": ("E12", Situation("4.1.1", "IS", 9, "S", "ESME", "Commissioned", "SMETS2+")),
    "a distributor resets maximum demand": (
        "I99",
        Situation("6.18.2", "ED", 1, "S", "ESME", "Commissioned", "SMETS2+"),
    ),
    "a hub is asked for its device log": ("I99", Situation("8.9", "OU", 1, "S", "CHF", "Commissioned", "SMETS2+")),
    "a gas meter's price is no electricity distributor's": (
        "E2",
        Situation("1.2.1", "ED", 4, "T", "GSME", "Commissioned", "SMETS2+"),
    ),
    "a meter that was decommissioned is not commissioned anew": (
        "E5",
        Situation("8.1.1", "IS", 4, "T", "ESME", "Decommissioned", "SMETS2+"),
    ),
    "commissioning is sent over the WAN or not at all": (
        "E12",
        Situation("8.1.1", "IS", 6, "D", "ESME", "InstalledNotCommissioned", "SMETS2+"),
    ),
    "nobody opts out: the matrix gives 8.5 to no role": (
        "E2",
        Situation("8.5", "IS", 1, "S", "ESME", "Commissioned", "SMETS2+"),
    ),
    "a Meter Data Retriever reads a SMETS1 meter under DUIS 5.3": (
        "I99",
        Situation("4.1.1", "MDR", 1, "S", "ESME", "Commissioned", "SMETS1", schema_version="5.3", registered=False),
    ),
    "a Meter Data Retriever reads no SMETS2+ meter": (
        "E4",
        Situation("4.1.1", "MDR", 1, "S", "ESME", "Commissioned", "SMETS2+", registered=False),
    ),
    "another supplier does not read a meter": (
        "E4",
        Situation("4.8.1", "IS", 1, "S", "ESME", "Commissioned", "SMETS2+", registered=False),
    ),
    "an Other User reads a profile without a registration": (
        "I99",
        Situation("4.8.1", "OU", 1, "S", "ESME", "Commissioned", "SMETS2+", registered=False),
    ),
    "an Other User takes no command along": (
        "E17",
        Situation("4.8.1", "OU", 2, "D", "ESME", "Commissioned", "SMETS2+", registered=False),
    ),
    "a device that nobody announced is not read": (
        "E19",
        Situation("4.1.1", "IS", 1, "S", "ESME", "Commissioned", "SMETS2+", exists=False),
    ),
    "a future-dated image is cancelled on the device": (
        "I0",
        Situation("11.3", "IS", 4, "T", "ESME", "Commissioned", "SMETS2+", when="never"),
    ),
    "the WAN matrix is held by nobody here": (
        "E66",
        Situation("12.1", "ED", 8, "D", "ESME", "Commissioned", "SMETS2+"),
    ),
}


@pytest.mark.parametrize(("code", "situation"), BY_HAND.values(), ids=BY_HAND.keys())
def test_a_case_written_by_hand(code: str, situation: Situation) -> None:
    service = next(each for each in SERVICES.values() if each.variant == situation.srv)
    published = {"non_device": "Yes" if situation.command_variant == 8 else "No", "body_element": service.body_element}
    assert code == decide(facts_of(situation, published), MATRIX_RULES).code


@pytest.mark.parametrize(("code", "situation"), BY_HAND.values(), ids=BY_HAND.keys())
def test_the_second_opinion_agrees_with_the_hand_on(oracle: Oracle, code: str, situation: Situation) -> None:
    assert code == oracle.code(situation)
