"""Whether a planned EPCL entry has completed its tests, and how: the two-part Testing Issue Threshold.

The numbers of the thresholds were in no source at hand: those here are assumed, and whoever calls may
give others. Which entries go into a report does not live here.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from cpl.testing_record import LEAST_SEVERE, Given, Limits, TestingIssue, TestRun
from cpl.variations import Rule
from schemas.vocabulary import Basis

RULES: Final = {
    "two-part-threshold": Rule(
        says="tests are successful when all planned ones are executed and the open issues are within both parts: "
        "those of the entry, and those of any test phase that could affect it",
        cites="Further Testing Consultation (seed 004), section 2.1; SMETS1 SVTAD 20.28",
        basis=Basis.SPECIFIED,
    ),
    "threshold-numbers": Rule(
        says="how many open issues of each severity are permitted",
        cites="ours: the sources name the thresholds and not their numbers",
        basis=Basis.ASSUMED,
    ),
    "stopped-is-unsuccessful": Rule(
        says="tests that could not all be executed are unsuccessful once the Secretary of State approves that",
        cites="Further Testing Consultation (seed 004), section 2.1",
        basis=Basis.SPECIFIED,
    ),
    "not-counted": Rule(
        says="the DCC may leave out issues that would not affect the functioning for the entry",
        cites="Further Testing Consultation (seed 004), section 2.1; SMETS1 SVTAD 20.29",
        basis=Basis.SPECIFIED,
    ),
    "unsaid-affects-all": Rule(
        says="an issue of which nobody says whom it affects could affect every planned entry",
        cites="ours: a threshold is never kept by silence",
        basis=Basis.ASSUMED,
    ),
}
"""Rules of completion, by name."""


class Outcome(StrEnum):
    """Where the tests of a planned entry stand (seed 004, section 2.1)."""

    NOT_STARTED = "not started"
    UNDER_TEST = "under test"
    SUCCESSFUL = "successful"
    UNSUCCESSFUL = "unsuccessful"


class Thresholds(Given, frozen=True, kw_only=True):
    """The two parts of the threshold.

    Assumed: none of severity 1 and 2, because such an issue prevents or seriously harms the service;
    three of each other severity for the entry, because EPCL Report 22 went ahead with three that
    counted (seed 003, annex D: four open, one not counted); ten of each in aggregate.
    """

    entry: Limits = (0, 0, 3, 3, 3)
    """For issues that were raised in the tests of the planned entry."""
    aggregate: Limits = (0, 0, 10, 10, 10)
    """For issues of any test phase that could affect the functioning of the DCC solution for it."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the threshold: what is open, what is permitted. Both by severity, from 1 to 5."""

    open: tuple[int, ...]
    permitted: tuple[int, ...]

    @property
    def exceeded(self) -> bool:
        return any(found > limit for found, limit in zip(self.open, self.permitted, strict=True))

    def __str__(self) -> str:
        pairs = enumerate(zip(self.open, self.permitted, strict=True), 1)
        return ", ".join(f"severity {n}: {found} of {limit}" for n, (found, limit) in pairs if found) or "none"


class NotCounted(msgspec.Struct, frozen=True, kw_only=True):
    """An open issue left out of the count for an entry."""

    issue: str
    rationale: str


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """How a planned entry came through its tests."""

    entry: str
    outcome: Outcome
    reason: str
    by_entry: Tally
    aggregate: Tally
    not_counted: tuple[NotCounted, ...]
    run: TestRun | None


def assess(
    entry_id: str, runs: Iterable[TestRun], issues: Iterable[TestingIssue], thresholds: Thresholds
) -> Assessment:
    """Judge the tests of one planned entry.

    Successful: all planned tests executed and the open issues within both parts. Unsuccessful: they
    exceed either part, or not all tests could be executed and the Secretary of State has approved that.
    """
    run = next((run for run in runs if run.entry == entry_id), None)
    concerned = sorted(
        (issue for issue in issues if issue.open and issue.could_affect(entry_id)), key=lambda issue: issue.id
    )
    counted = [issue for issue in concerned if entry_id not in issue.not_counted]
    by_entry = _tally((issue for issue in counted if entry_id in issue.raised_for), thresholds.entry)
    aggregate = _tally(counted, thresholds.aggregate)
    outcome, reason = _outcome(run, by_entry, aggregate)
    return Assessment(
        entry=entry_id,
        outcome=outcome,
        reason=reason,
        by_entry=by_entry,
        aggregate=aggregate,
        not_counted=tuple(
            NotCounted(issue=issue.id, rationale=issue.not_counted[entry_id])
            for issue in concerned
            if entry_id in issue.not_counted
        ),
        run=run,
    )


def _tally(issues: Iterable[TestingIssue], limits: Limits) -> Tally:
    found = [0] * LEAST_SEVERE
    for issue in issues:
        found[issue.severity - 1] += 1
    return Tally(open=tuple(found), permitted=limits)


def _outcome(run: TestRun | None, by_entry: Tally, aggregate: Tally) -> tuple[Outcome, str]:
    # A plan without tests is all executed and proves nothing.
    if run is None or run.planned == 0:
        return Outcome.NOT_STARTED, "no tests are planned"
    tests = f"{run.executed} of {run.planned} planned tests executed"
    if run.executed < run.planned:
        if run.stopped:
            return Outcome.UNSUCCESSFUL, f"{tests}; the Secretary of State approved that the rest cannot be"
        return (Outcome.UNDER_TEST if run.executed else Outcome.NOT_STARTED), tests
    over = [
        f"open Testing Issues {part} exceed the threshold ({tally})"
        for part, tally in (("of the entry", by_entry), ("in aggregate", aggregate))
        if tally.exceeded
    ]
    if over:
        return Outcome.UNSUCCESSFUL, f"{tests}; {'; '.join(over)}"
    return Outcome.SUCCESSFUL, f"{tests}; open Testing Issues within both parts of the threshold"
