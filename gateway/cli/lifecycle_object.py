"""What ``products lifecycle`` has worked out, as one object for programs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from cpl import coverage, epcl_report, planned_entries, selection, testing_issues, variations
from cpl.combinations import DeviceModelCombination
from cpl.coverage import Coverage, Installs
from cpl.lifecycle import Placement, Plan, Proposal
from cpl.report_documents import volumes
from cpl.requested_entries import EpclReport, Group, RequestedEntry, Waiting
from cpl.testing_issues import Thresholds
from cpl.variations import Rule
from schemas.records import to_builtins

RULES: Final[tuple[dict[str, Rule], ...]] = (
    variations.RULES,
    {f"variation: {variation}": rule for variation, rule in variations.VARIATIONS.items()},
    coverage.RULES,
    selection.RULES,
    testing_issues.RULES,
    planned_entries.RULES,
    epcl_report.RULES,
)
"""In the order in which they are applied."""


class Life(msgspec.Struct, frozen=True, kw_only=True):
    """All that was worked out."""

    plan: Plan
    report: EpclReport
    thresholds: Thresholds
    thresholds_given: bool
    """By a configuration; otherwise they are assumed."""
    notes: tuple[str, ...]
    """What of the files was not read."""


def life_object(life: Life) -> dict[str, Any]:
    """For programs: counts are installations, shares are between 0 and 1 (null where the base is empty)."""
    plan, report = life.plan, life.report
    return {
        "fleet": {"rows": plan.rows, "combinations": len(plan.installed), "installations": _installs(plan.base)},
        "eligible": _coverage(plan.eligible),
        "proposals": [_proposal(each) for each in plan.proposals],
        "pending": [_placement(each) for each in plan.pending],
        "installed": [_placement(each) for each in plan.installed],
        "planned": [
            {
                "entry_id": each.entry_id,
                "id_given": each.id_given,
                "installation_status": each.installation_status.value,
                "combination": _combination(each.combination),
                "assessment": to_builtins(each.assessment),
            }
            for each in report.planned
        ],
        "report": {
            f"group_{int(group)}": {
                "entries": [_requested(each) for each in report.group(group)],
                **_volumes(report.group(group)),
            }
            for group in Group
        }
        | {"overall": _volumes(report.requested), "waiting": [_waiting(each) for each in report.waiting]},
        "thresholds": to_builtins(life.thresholds) | {"given": life.thresholds_given},
        "rules": [{"name": name, **to_builtins(rule)} for rules in RULES for name, rule in rules.items()],
        "notes": life.notes,
    }


def _installs(installs: Installs) -> dict[str, int]:
    shown: dict[str, int] = to_builtins(installs)
    return shown | {"total": installs.total}


def _coverage(found: Coverage) -> dict[str, Any]:
    parts = {"exact": found.exact, "version": found.version, "equivalent": found.equivalent, "core": found.core}
    return {"base": _installs(found.base)} | {
        name: {
            when: _installs(part) | {"share": part.share_of(found.base)}
            for when, part in (("now", reach.now), ("after_upgrades", reach.after_upgrades))
        }
        for name, reach in parts.items()
    }


def _combination(one: DeviceModelCombination) -> dict[str, Any]:
    shown: dict[str, Any] = to_builtins(one)
    return shown | {"in_words": str(one)}


def _proposal(each: Proposal) -> dict[str, Any]:
    return {
        "name": each.name,
        "combination": _combination(each.target.combination),
        "origin": each.target.origin.value,
        "entry_ids": each.target.entry_ids,
        "coverage": _coverage(each.coverage),
        "together": _coverage(each.together),
        "core_of": each.core_of,
    }


def _placement(each: Placement) -> dict[str, Any]:
    shown: dict[str, Any] = to_builtins(each)
    return shown | {"combination": _combination(each.combination), "installs": _installs(each.installs)}


def _requested(each: RequestedEntry) -> dict[str, Any]:
    shown: dict[str, Any] = to_builtins(each)
    return shown | {"evidence": each.entry.evidence.value}


def _volumes(entries: Iterable[RequestedEntry]) -> dict[str, Any]:
    at_target, upgrades = volumes(entries)
    return {"at_target": to_builtins(at_target), "potential_upgrades": to_builtins(upgrades)}


def _waiting(each: Waiting) -> dict[str, Any]:
    shown: dict[str, Any] = to_builtins(each)
    return shown | {"combination": _combination(each.combination)}
