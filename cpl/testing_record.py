"""What people have written down of testing: tests, Testing Issues, reports and judgements.

The words are those of the DCC's Further Testing Consultation (seed 004, section 2.1) and of EPCL Report
22 (seed 003, section 1 and annex D); the form is ours. What follows from it is worked out in
``cpl.testing_issues`` and ``cpl.epcl_report``.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

from cpl.epcl import InstallationStatus
from cpl.variations import Variation

LEAST_SEVERE = 5
"""Severities run from 1, the gravest, to this (assumed)."""

Severity = Annotated[int, msgspec.Meta(ge=1, le=LEAST_SEVERE)]
Count = Annotated[int, msgspec.Meta(ge=0)]
Limits = tuple[Count, Count, Count, Count, Count]
"""Open Testing Issues that are permitted, of severity 1, 2, 3, 4 and 5."""


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that people write into a file; a field that is not known is an error."""


class TestingIssue(Given, frozen=True, kw_only=True):
    """A Testing Issue. Entries are named by their ids."""

    id: str
    severity: Severity
    phase: str
    """The test phase it arose from: ``SIT``, ``MT``, ``DMCT``."""
    open: bool = True
    raised_for: frozenset[str] = frozenset()
    """Planned entries whose tests raised it."""
    affects: frozenset[str] | None = None
    """Planned entries that it could affect besides; ``None``, nobody has said: all of them (assumed)."""
    not_counted: dict[str, str] = {}
    """Why the DCC does not count it, by entry: its discretion under clause 20.29."""

    def could_affect(self, entry_id: str) -> bool:
        return self.affects is None or entry_id in self.affects or entry_id in self.raised_for


class TestRun(Given, frozen=True, kw_only=True):
    """The tests of one planned entry and the DMCT Testing Report made of them."""

    entry: str
    planned: Count
    """Number of tests."""
    executed: Count
    stopped: bool = False
    """The Secretary of State has approved that the rest cannot be executed."""
    report: str | None = None
    """Title of the DMCT Testing Report."""
    reported: date | None = None
    final: bool = False
    """No Supplier Party has appealed within 10 Working Days, or the appeal is decided."""


class SitReport(Given, frozen=True, kw_only=True):
    """The SIT Test Completion Report of a cohort for one installation status.

    It goes with the DMCT Testing Report of a Dormant entry where that stands for the Active and Mixed
    entries of the same combination (seed 003, annex D: clauses 20.9 and 20.41).
    """

    cohort: str
    installation_status: InstallationStatus
    report: str
    """Title."""
    reported: date | None = None


class Judgement(Given, frozen=True, kw_only=True):
    """That a variation makes no material difference to how the DCC's systems work with a combination.

    Only what has been judged so becomes an entry on another's tests (seed 000, section 2.2.1).
    """

    variation: Variation
    rationale: str
    """As in the list of what is excluded from the DMCT Schedule (seed 003, section 1)."""
    cohort: str | None = None
    """``None``: of every cohort."""


class TestingRecord(Given, frozen=True, kw_only=True):
    """All of it: one file."""

    tests: tuple[TestRun, ...] = ()
    issues: tuple[TestingIssue, ...] = ()
    sit_reports: tuple[SitReport, ...] = ()
    judgements: tuple[Judgement, ...] = ()
