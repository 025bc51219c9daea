"""The decision and the GBCS message are measured for what is asked and built, and held to their goals."""

from __future__ import annotations

import pytest

from benchmarks.pure import Built, decision_rows, measure_decision, measure_messages, message_rows
from benchmarks.requests import MIX, Kind
from benchmarks.timing import Effort

pytestmark = pytest.mark.xdist_group("benchmarks")
TINY = Effort(rounds=1, seconds=0.005, requests=60)


def test_every_kind_of_request_that_is_decided_is_measured() -> None:
    measured = measure_decision(TINY)
    assert set(MIX) - {Kind.ALTERED} == set(measured)
    assert all(value > 0 for value in measured.values()), measured


def test_the_first_command_for_a_device_costs_more_than_the_next() -> None:
    built = measure_messages(TINY)
    assert all(value > 0 for value in (*built.commands.values(), built.pre_command)), built
    assert built.first > min(built.commands.values()), "a key agreement costs more than a message"


def test_reads_are_held_to_their_goals() -> None:
    decisions = decision_rows({Kind.SMETS2_READ: 40.0, Kind.SMETS1_READ: 40.1, Kind.INVENTORY: 99.0})
    assert [True, False, None] == [row.met for row in decisions]
    messages = message_rows(Built(commands={Kind.SMETS2_READ: 60.1, Kind.PROFILE: 99.0}, first=200.0, pre_command=99.0))
    assert [False, None, True, None] == [row.met for row in messages]
