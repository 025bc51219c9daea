"""The entries that are planned for the EPCL, with their ids, and how each came through its tests.

A PPCL row is a planned entry for its installation status. Which of them may be asked for, and what rests
on them, is ``cpl.epcl_report``'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from cpl.combinations import DeviceModelCombination, combination
from cpl.epcl import EpclEntry, InstallationStatus
from cpl.ppcl import PpclRow
from cpl.testing_issues import Assessment, Thresholds, assess
from cpl.testing_record import TestingRecord
from cpl.variations import Rule
from schemas.vocabulary import Basis

RULES: Final = {
    "row-without-status": Rule(
        says="a PPCL row that states no installation status plans an entry for each",
        cites="EPCL Report 22 (seed 003), section 1: an entry is for Active, Dormant or Mixed; the draft PPCL "
        "(seed 000, table 3) states none",
        basis=Basis.ASSUMED,
    ),
    "numbered-here": Rule(
        says="a planned entry without an id gets the next free number",
        cites="ours: the DCC gives the ids; these serve until it does",
        basis=Basis.ASSUMED,
    ),
}
"""Rules of planning, by name."""


class PlannedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that the PPCL plans."""

    entry_id: str
    id_given: bool
    """By the PPCL; another is numbered here."""
    installation_status: InstallationStatus
    combination: DeviceModelCombination
    solution_release: str | None
    smso: str | None
    assessment: Assessment

    @property
    def key(self) -> tuple[object, InstallationStatus]:
        return self.combination.key, self.installation_status


class Numbering:
    """Gives ids that no list has: six digits, rising."""

    def __init__(self, taken: Iterable[str], first: int | None = None) -> None:
        self._taken: Final = {int(entry_id) for entry_id in taken}
        self._next = max(self._taken, default=0) + 1 if first is None else first

    def next(self) -> str:
        while self._next in self._taken:
            self._next += 1
        self._next += 1
        return f"{self._next - 1:06d}"


def planned_entries(
    pending: Sequence[PpclRow], numbering: Numbering, record: TestingRecord, thresholds: Thresholds
) -> tuple[PlannedEntry, ...]:
    """The planned entries in the order of the PPCL, each with the outcome of its tests."""
    planned = []
    for row in pending:
        for status, given in _statuses(row):
            entry_id = given or numbering.next()
            planned.append(
                PlannedEntry(
                    entry_id=entry_id,
                    id_given=given is not None,
                    installation_status=status,
                    combination=combination(row, cohort=row.cohort, wan_provider=row.wan_provider),
                    solution_release=row.solution_release,
                    smso=row.smso,
                    assessment=assess(entry_id, record.tests, record.issues, thresholds),
                )
            )
    return tuple(planned)


def _statuses(row: PpclRow) -> Iterator[tuple[InstallationStatus, str | None]]:
    """With the id that the row gives: one id is for one installation status (seed 003, section 1)."""
    if row.installation_status is not None:
        yield row.installation_status, row.entry_id
        return
    first, *others = InstallationStatus
    yield first, row.entry_id
    yield from ((status, None) for status in others)


def faults_of(record: TestingRecord, planned: Iterable[PlannedEntry], eligible: Iterable[EpclEntry]) -> tuple[str, ...]:
    """What the record says of entries that there are not, or twice."""
    known = {each.entry_id for each in planned} | {entry.entry_id for entry in eligible}
    tests = Counter(run.entry for run in record.tests)
    faults = [f"tests of {entry}: expected once, found {count} times" for entry, count in tests.items() if count > 1]
    named = [(f"tests of {entry}", entry) for entry in tests]
    for issue in record.issues:
        entries = issue.raised_for | (issue.affects or frozenset()) | issue.not_counted.keys()
        named += [(f"Testing Issue {issue.id}", entry) for entry in sorted(entries)]
    faults += [f"{where}: expected a planned entry, found {entry}" for where, entry in named if entry not in known]
    return tuple(faults)
