"""What ``products lifecycle`` shows to people. What programs get is ``gateway.cli.lifecycle_object``'s."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import click
from rich.table import Column, Table
from rich.text import Text

from cpl.coverage import Installs, Reach
from cpl.lifecycle import Place, Placement, Plan, Proposal
from cpl.report_documents import volumes
from cpl.requested_entries import EpclReport, Group, RequestedEntry, Volume
from cpl.testing_issues import Outcome
from gateway.cli.console import wide_console
from gateway.cli.lifecycle_object import RULES, Life
from schemas.records import to_builtins

SHOWN_ROWS: Final = 30


def show_life(life: Life, everything: bool) -> None:
    """For people. Long tables are cut unless ``everything``."""
    for note in life.notes:
        click.echo(note)
    plan, report = life.plan, life.report
    statuses = ", ".join(f"{number} {name}" for name, number in to_builtins(plan.base).items() if number) or "none"
    found = f"{len(plan.installed)} combinations, {plan.base.total} installations ({statuses})"
    click.echo(f"{plan.rows} rows of RFI data, {found}")
    if plan.eligible.core.after_upgrades.total:
        click.echo(f"eligible already: {_reach(plan.eligible.exact, plan.base)}")
    shown = _Shown(everything)
    title = "Proposed for testing: installations now -> after upgrades, share of the cohort"
    shown.table(title, _PROPOSED, map(_proposal_cells, plan.proposals))
    shown.table("What becomes of the combinations", ("", "combinations", "installations"), _places(plan))
    rest = [each for each in plan.installed if each.place is not Place.PROPOSED]
    shown.table("Installed combinations", _PLACED, map(_placement_cells, sorted(rest, key=_by_size)))
    shown.table("PPCL", ("entries", *_PLACED[1:]), ((_ids(each), *_placement_cells(each)[1:]) for each in plan.pending))
    _show_tests(life, shown)
    for group in Group:
        title = f"EPCL report, group {int(group)}: {group.name.lower()}"
        shown.table(title, _REQUESTED, map(_requested_cells, report.group(group)))
    if report.requested:
        shown.table("EPCL report", _VOLUMES, _volume_rows(report))
    shown.table(
        "Not asked for yet",
        ("entry", "installations of", "combination", "how many", "waits because"),
        (
            (each.entry_id or "", each.installation_status or "", str(each.combination), str(each.installs), each.why)
            for each in report.waiting
        ),
    )
    if everything:
        rules = [(name, rule.says, rule.cites, rule.basis.value) for rules in RULES for name, rule in rules.items()]
        shown.table("Rules", ("rule", "says", "source", "basis"), rules)


class _Shown:
    """Prints tables; those without rows are left out."""

    def __init__(self, everything: bool) -> None:
        self._console: Final = wide_console()
        self._most: Final = None if everything else SHOWN_ROWS

    def table(self, title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        found = list(rows)
        if not found:
            return
        table = Table(*(Column(each, overflow="fold") for each in headings), title=title, title_justify="left")
        for row in found[: self._most]:
            table.add_row(*map(Text, row))
        self._console.print(table)
        if self._most is not None and len(found) > self._most:
            click.echo(f"and {len(found) - self._most} more: --all shows them")


_PROPOSED: Final = (
    "",
    "cohort",
    "combination",
    "from",
    "exactly",
    "with single fuel, no PPMID",
    "with equivalents",
    "with other PPMIDs",
    "with all before, of everything",
)
_PLACED: Final = ("installations", "combination", "becomes", "rests on", "varies in")
_REQUESTED: Final = ("entry", "cohort", "installations of", "models", "because", "at target", "to upgrade")
_VOLUMES: Final = ("", "installs: Active", "Dormant", "Mixed", "devices: Active", "Dormant", "Mixed")


def _show_tests(life: Life, shown: _Shown) -> None:
    begun = [each for each in life.report.planned if each.assessment.outcome is not Outcome.NOT_STARTED]
    headings = ("entry", "installations of", "outcome", "because", "open of the entry", "open in aggregate")
    shown.table(
        "Tests of planned entries",
        headings,
        (
            (
                each.entry_id,
                each.installation_status.value,
                each.assessment.outcome.value,
                each.assessment.reason,
                str(each.assessment.by_entry),
                str(each.assessment.aggregate),
            )
            for each in begun
        ),
    )
    if begun:
        whose = "of the configuration" if life.thresholds_given else "assumed; [testing_issues] of a configuration sets"
        parts = f"{_limits(life.thresholds.entry)} for an entry, {_limits(life.thresholds.aggregate)} in aggregate"
        click.echo(f"permitted open Testing Issues of severity 1 to 5 ({whose}): {parts}")


def _limits(limits: Iterable[int]) -> str:
    return " ".join(map(str, limits))


def _places(plan: Plan) -> Iterable[tuple[str, ...]]:
    for place in Place:
        found = [each for each in plan.installed if each.place is place]
        if found:
            yield place.value, str(len(found)), str(sum(each.installs.total for each in found))


def _proposal_cells(each: Proposal) -> tuple[str, ...]:
    target, found = each.target, each.coverage
    origin = target.origin.value + (f" {', '.join(target.entry_ids)}" if target.entry_ids else "")
    return (
        each.name,
        target.combination.cohort or "",
        str(target.combination) + (f" [core of {each.core_of}]" if each.core_of else ""),
        origin,
        *(_reach(part, found.base) for part in (found.exact, found.version, found.equivalent, found.core)),
        _reach(each.together.equivalent, each.together.base),
    )


def _reach(reach: Reach, base: Installs) -> str:
    return f"{_share(reach.now, base)} -> {_share(reach.after_upgrades, base)}"


def _share(part: Installs, base: Installs) -> str:
    share = part.share_of(base)
    return str(part.total) if share is None else f"{part.total} ({share:.1%})"


def _by_size(each: Placement) -> int:
    return -each.installs.total


def _placement_cells(each: Placement) -> tuple[str, ...]:
    return (
        str(each.installs.total),
        str(each.combination),
        each.place.value,
        each.rests_on or "",
        ", ".join(each.variations),
    )


def _ids(each: Placement) -> str:
    return ", ".join(each.entry_ids)


def _requested_cells(each: RequestedEntry) -> tuple[str, ...]:
    entry = each.entry
    return (
        entry.entry_id + ("" if each.id_given else " (proposed)"),
        entry.cohort,
        entry.installation_status.value,
        ", ".join(f"{model.model} {model.vendor_version}" for model in entry.device_models),
        each.rationale,
        str(each.at_target.installs.total),
        str(each.upgrades.installs.total),
    )


def _volume_rows(report: EpclReport) -> Iterable[tuple[str, ...]]:
    for title, entries in (
        ("overall", report.requested),
        *((f"group {int(group)}", report.group(group)) for group in Group),
    ):
        at_target, upgrades = volumes(entries)
        yield f"{title}: requested entries at target firmware", *_numbers(at_target)
        yield f"{title}: potential upgrades to it", *_numbers(upgrades)


def _numbers(volume: Volume) -> tuple[str, ...]:
    counted = (volume.installs, volume.devices)
    return tuple(str(number) for each in counted for number in (each.active, each.dormant, each.mixed))
