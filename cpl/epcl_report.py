"""The EPCL report: which entries are asked for, on what evidence, and what the others wait for.

Two groups, as in the DCC's EPCL Report 22 (seed 003, section 1): entries of combinations that were
tested, and entries that rest on those by substantive equivalence. The assessments that people make
(live service criteria, risks, pacing: sections 2, 3 and annex C) are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from cpl.combinations import DeviceModelCombination, at_target, combination, conflict, leaves_hardware_open
from cpl.coverage import Fleet, Installed, nearest, only
from cpl.epcl import EpclEntry, Evidence, InstallationStatus
from cpl.planned_entries import Numbering, PlannedEntry
from cpl.requested_entries import EpclReport, Group, RequestedEntry, Volume, Waiting
from cpl.testing_issues import Outcome
from cpl.testing_record import SitReport, TestingRecord, TestRun
from cpl.variations import Rule, Variation
from schemas.vocabulary import Basis

_Key = tuple[tuple[tuple[str, ...], ...], InstallationStatus]
"""A combination's key and an installation status: what an entry is for."""

RULES: Final = {
    "final-report": Rule(
        says="an entry is asked for once its DMCT Testing Report is final: 10 Working Days without an appeal",
        cites="Further Testing Consultation (seed 004), section 2.1; SMETS1 SVTAD 20.37 to 20.39 (seed 003, annex D)",
        basis=Basis.SPECIFIED,
    ),
    "dormant-suffices": Rule(
        says="tests of the Dormant entry suffice for the Active and Mixed ones, with the SIT report of that status",
        cites="EPCL Report 22 (seed 003), annex D; SMETS1 SVTAD 20.9 and 20.41",
        basis=Basis.SPECIFIED,
    ),
    "judged-immaterial": Rule(
        says="a candidate is substantively equivalent once its variations are judged to make no material difference",
        cites="MOC SIT DMC selection (seed 000), section 2.2.1; EPCL Report 22 (seed 003), section 1, group 2",
        basis=Basis.SPECIFIED,
    ),
    "same-status": Rule(
        says="it is equivalent to the tested entry of its own installation status",
        cites="ours: an entry is for one installation status",
        basis=Basis.ASSUMED,
    ),
    "potential-upgrades": Rule(
        says="installations of the same models with other firmware are potential upgrades to the entry",
        cites="EPCL Report 22 (seed 003), section 1",
        basis=Basis.SPECIFIED,
    ),
}
"""Rules of the report, by name."""


def epcl_report(
    fleet: Fleet,
    planned: Sequence[PlannedEntry],
    eligible: Iterable[EpclEntry],
    record: TestingRecord,
    numbering: Numbering,
) -> EpclReport:
    """Work out what may be asked for. ``numbering`` gives ids to entries that the PPCL does not plan."""
    drafting = _Drafting(fleet, planned, tuple(eligible), record, numbering)
    for step in (drafting.by_own_tests, drafting.by_dormant_tests, drafting.by_equivalence):
        for slot in drafting.slots:
            if not slot.settled:
                step(slot)
    return EpclReport(
        requested=tuple(sorted(drafting.requested, key=lambda each: (each.group, each.entry.entry_id))),
        waiting=tuple(drafting.waiting),
        planned=tuple(planned),
    )


class _Slot(msgspec.Struct, kw_only=True):
    """Where an entry is, or would be."""

    combination: DeviceModelCombination
    status: InstallationStatus
    planned: PlannedEntry | None = None
    solution_release: str | None = None
    at_target: Volume = Volume()
    upgrades: Volume = Volume()
    settled: bool = False


class _Drafting:
    """The slots, the evidence so far, and what has become of each slot."""

    def __init__(
        self,
        fleet: Fleet,
        planned: Sequence[PlannedEntry],
        eligible: Sequence[EpclEntry],
        record: TestingRecord,
        numbering: Numbering,
    ) -> None:
        self.requested: Final[list[RequestedEntry]] = []
        self.waiting: Final[list[Waiting]] = []
        self._record: Final = record
        self._numbering: Final = numbering
        self._evidence: Final[dict[_Key, EpclEntry]] = {}
        """Tested entries, on the EPCL or asked for."""
        self._tested: Final[dict[object, DeviceModelCombination]] = {}
        """Combinations of which any installation status is tested."""
        self._releases: Final = {each.combination.key: each.solution_release for each in planned}
        listed: set[_Key] = set()
        for entry in eligible:
            one = combination(entry, cohort=entry.cohort, wan_provider=entry.wan_provider)
            listed.add((one.key, entry.installation_status))
            if entry.evidence is Evidence.TESTED:
                self._prove(one, entry)
        self._slots: Final[list[_Slot]] = []
        self._by_key: Final[dict[_Key, _Slot]] = {}
        for each in planned:
            key = each.combination.key, each.installation_status
            if _passed(each) and key not in listed:
                self._tested[each.combination.key] = each.combination
            slot = _Slot(
                combination=each.combination,
                status=each.installation_status,
                planned=each,
                solution_release=each.solution_release,
            )
            self._slots.append(slot)
            # Two rows may differ in what makes no other combination: the installations go to the first.
            self._by_key.setdefault(key, slot)
        for installed in fleet.installed:
            self._place(installed)
        unplanned = (self._by_key[key] for key in sorted(self._by_key))
        self._slots.extend(slot for slot in unplanned if slot.planned is None)
        self.slots: Final = tuple(slot for slot in self._slots if (slot.combination.key, slot.status) not in listed)

    def by_own_tests(self, slot: _Slot) -> None:
        if slot.planned is None or slot.planned.assessment.outcome is Outcome.NOT_STARTED:
            return
        if _passed(slot.planned):
            run = slot.planned.assessment.run
            self._request(slot, Group.TESTED, "tested", reports=() if run is None else (titled(run),))
        elif slot.planned.assessment.outcome is Outcome.SUCCESSFUL:
            self._wait(slot, "its DMCT Testing Report is a draft: the time for appeals runs, or one is not decided")
        else:
            self._wait(slot, f"{slot.planned.assessment.outcome}: {slot.planned.assessment.reason}")

    def by_dormant_tests(self, slot: _Slot) -> None:
        dormant = self._evidence.get((slot.combination.key, InstallationStatus.DORMANT))
        if dormant is None:
            return
        sit = next((report for report in self._record.sit_reports if _serves(report, slot)), None)
        if sit is None:
            whose = f"{slot.status} installations of cohort {slot.combination.cohort}"
            self._wait(slot, f"the Dormant entry {dormant.entry_id} is tested; no SIT report of {whose} is recorded")
            return
        rationale = f"the Dormant entry {dormant.entry_id} is tested, and the {slot.status} steps in SIT"
        reports = (*filter(None, [dormant.test_reports]), titled(sit))
        self._request(slot, Group.TESTED, rationale, reports=reports, tested_as=InstallationStatus.DORMANT)

    def by_equivalence(self, slot: _Slot) -> None:
        own = slot.combination.key
        found = nearest(slot.combination, (one for key, one in self._tested.items() if key != own))
        if found is None or Variation.FIRMWARE in found[1]:
            tested = [status for key, status in self._evidence if key == own]
            self._wait(
                slot, f"tested for {', '.join(tested)} installations only" if tested else "no tests of it are executed"
            )
            return
        target, varied = found
        parent = self._evidence.get((target.key, slot.status))
        if parent is None:
            others = ", ".join(sorted(entry.entry_id for key, entry in self._evidence.items() if key[0] == target.key))
            self._wait(slot, f"candidate for equivalence to {others}: no {slot.status} entry is tested")
            return
        judgements = {each: self._judgement(each, slot.combination.cohort) for each in sorted(varied)}
        if unjudged := [variation for variation, judgement in judgements.items() if judgement is None]:
            self._wait(slot, f"candidate for equivalence to {parent.entry_id}: not judged yet: {_listed(unjudged)}")
            return
        reasons = "; ".join(f"{variation}: {judgement}" for variation, judgement in judgements.items())
        rationale = f"as {parent.entry_id}" + (f" but for {reasons}" if reasons else "")
        reports = tuple(filter(None, [parent.test_reports]))
        self._request(slot, Group.EQUIVALENT, rationale, reports=reports, equivalent_to=parent.entry_id)

    def _place(self, each: Installed) -> None:
        """Count the installations of one combination where they belong, status by status."""
        found = nearest(each.combination, self._tested.values())
        target, varied = found or (each.combination, frozenset())
        if found is not None and leaves_hardware_open(each.combination, target):
            self._leave(each, each.installs.total, "its rows do not state the hardware")
            return
        if found is not None and each.installs.unstated:
            self._leave(each, each.installs.unstated, "its rows do not state the installation status")
        one = at_target(each.combination, target)
        for status in InstallationStatus:
            key, installs = (one.key, status), each.installs.of(status)
            if not installs or (found is None and key not in self._by_key):
                continue
            slot = self._by_key.setdefault(
                key, _Slot(combination=one, status=status, solution_release=self._releases.get(target.key))
            )
            volume = Volume(installs=only(status, installs), devices=only(status, each.devices.of(status)))
            if Variation.FIRMWARE in varied:
                slot.upgrades += volume
            else:
                slot.at_target += volume

    def _judgement(self, variation: Variation, cohort: str | None) -> str | None:
        return next(
            (
                each.rationale
                for each in self._record.judgements
                if each.variation is variation and not conflict(each.cohort, cohort)
            ),
            None,
        )

    def _prove(self, one: DeviceModelCombination, entry: EpclEntry) -> None:
        self._evidence[one.key, entry.installation_status] = entry
        self._tested[one.key] = one

    def _request(
        self,
        slot: _Slot,
        group: Group,
        rationale: str,
        *,
        reports: Iterable[str],
        tested_as: InstallationStatus | None = None,
        equivalent_to: str | None = None,
    ) -> None:
        slot.settled = True
        one, planned = slot.combination, slot.planned
        entry = EpclEntry(
            entry_id=self._numbering.next() if planned is None else planned.entry_id,
            cohort=one.cohort or "",
            installation_status=slot.status,
            equivalent_to=equivalent_to,
            solution_release=slot.solution_release,
            gsme=one.gsme,
            esme=one.esme,
            hub=one.hub,
            ppmid=one.consumer_device,
            smso=None if planned is None else planned.smso,
            wan_provider=one.wan_provider,
            tested_as=tested_as,
            test_reports="; ".join(reports) or None,
        )
        if group is Group.TESTED:
            self._prove(one, entry)
        self.requested.append(
            RequestedEntry(
                group=group,
                entry=entry,
                id_given=planned is not None and planned.id_given,
                rationale=rationale,
                at_target=slot.at_target,
                upgrades=slot.upgrades,
            )
        )

    def _wait(self, slot: _Slot, why: str) -> None:
        slot.settled = True
        self.waiting.append(
            Waiting(
                combination=slot.combination,
                installation_status=slot.status,
                entry_id=None if slot.planned is None else slot.planned.entry_id,
                installs=slot.at_target.installs.total + slot.upgrades.installs.total,
                why=why,
            )
        )

    def _leave(self, each: Installed, installs: int, why: str) -> None:
        if installs:
            self.waiting.append(
                Waiting(
                    combination=each.combination, installation_status=None, entry_id=None, installs=installs, why=why
                )
            )


def titled(report: TestRun | SitReport) -> str:
    """A report by title and date, as annex A lists it."""
    title = report.report or "DMCT Testing Report without a title"
    return f"{title} ({report.reported.isoformat()})" if report.reported else title


def _passed(planned: PlannedEntry) -> bool:
    assessment = planned.assessment
    return assessment.outcome is Outcome.SUCCESSFUL and assessment.run is not None and assessment.run.final


def _serves(report: SitReport, slot: _Slot) -> bool:
    return report.installation_status is slot.status and not conflict(report.cohort, slot.combination.cohort)


def _listed(variations_: Iterable[Variation]) -> str:
    return ", ".join(sorted(variations_))
