"""The EPCL report as documents: annex A as CSV for programs and sheets, the report as Markdown for people.

Annex A has the columns of our canonical combinations list and reads back as one; columns of its own
come after. The tables and annexes are those of EPCL Report 22 (seed 003).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cpl.coverage import Installs
from cpl.planned_entries import PlannedEntry
from cpl.requested_entries import EpclReport, Group, RequestedEntry, Volume
from cpl.testing_issues import Outcome
from cpl.writing import write_epcl

OWN_COLUMNS: Final = (
    "group",
    "entry_id_is",
    "rationale",
    "installs_at_target",
    "installs_to_upgrade",
    "devices_at_target",
    "devices_to_upgrade",
)
"""Columns of annex A after those of the combinations list."""

_TITLES: Final = {Group.TESTED: "tested", Group.EQUIVALENT: "substantively equivalent"}


def annex_a(report: EpclReport) -> bytes:
    """The entries that are asked for as CSV, UTF-8, by entry id."""
    requested = {each.entry.entry_id: each for each in report.requested}
    entries = write_epcl(each.entry for each in report.requested).decode()
    rows = csv.DictReader(io.StringIO(entries, newline=""))
    out = io.StringIO(newline="")
    lines = csv.DictWriter(out, [*(rows.fieldnames or ()), *OWN_COLUMNS], lineterminator="\n")
    lines.writeheader()
    lines.writerows(row | _own_cells(requested[row["entry_id"]]) for row in rows)
    return out.getvalue().encode()


def document(report: EpclReport) -> str:
    """The report as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def volumes(requested: Iterable[RequestedEntry]) -> tuple[Volume, Volume]:
    """At target firmware, and potential upgrades to it: the sums that a table of seed 003 shows."""
    at_target, upgrades = Volume(), Volume()
    for each in requested:
        at_target += each.at_target
        upgrades += each.upgrades
    return at_target, upgrades


def _own_cells(each: RequestedEntry) -> dict[str, object]:
    return {
        "group": int(each.group),
        "entry_id_is": "given" if each.id_given else "proposed",
        "rationale": each.rationale,
        "installs_at_target": each.at_target.installs.total,
        "installs_to_upgrade": each.upgrades.installs.total,
        "devices_at_target": each.at_target.devices.total,
        "devices_to_upgrade": each.upgrades.devices.total,
    }


def _lines(report: EpclReport) -> Iterator[str]:
    yield "# EPCL report"
    yield ""
    yield (
        f"Annex A sets out the {len(report.requested)} entries that are asked for. The live service criteria, the risk "
        "register and the pacing strategy are people's assessments and are not made here."
    )
    yield ""
    yield "## 1. Context"
    yield ""
    yield from _volume_table("Overall", "tested and SE", report.requested)
    for group, words in ((Group.TESTED, "tested"), (Group.EQUIVALENT, "SE")):
        entries = report.group(group)
        yield f"### Group {int(group)}: {_TITLES[group]}"
        yield ""
        yield from _volume_table(f"Group {int(group)}", words, entries)
        yield from _entry_table(entries)
    yield from _waiting_table(report)
    yield "## Annex B: testing reports"
    yield ""
    named = dict.fromkeys(each.entry.test_reports for each in report.requested if each.entry.test_reports)
    yield from [f"- {title}" for title in named] or ["None."]
    yield ""
    yield from _testing_table(report.planned)


def _volume_table(title: str, words: str, requested: Sequence[RequestedEntry]) -> Iterator[str]:
    at_target, upgrades = volumes(requested)
    total = at_target + upgrades
    yield from _table(
        (title, "Installs: Active", "Dormant", "Mixed", "Devices: Active", "Dormant", "Mixed"),
        (
            (f"Requested EPCL entries ({words}) at target FW", *_numbers(at_target)),
            (f"Potential FW upgrades to target FW ({words})", *_numbers(upgrades)),
            ("Totals by Installation Status", *_numbers(total)),
            ("Totals", str(total.installs.total), "", "", str(total.devices.total), "", ""),
        ),
    )


def _entry_table(requested: Sequence[RequestedEntry]) -> Iterator[str]:
    if not requested:
        yield "No entries."
        yield ""
        return
    yield from _table(
        ("entry", "cohort", "installations", "models", "because", "testing reports"),
        (
            (
                each.entry.entry_id + ("" if each.id_given else " (proposed)"),
                each.entry.cohort,
                each.entry.installation_status.value,
                ", ".join(f"{model.model} {model.vendor_version}" for model in each.entry.device_models),
                each.rationale,
                each.entry.test_reports or "",
            )
            for each in requested
        ),
    )


def _waiting_table(report: EpclReport) -> Iterator[str]:
    if not report.waiting:
        return
    yield "### Not asked for yet"
    yield ""
    yield from _table(
        ("entry", "installations", "combination", "how many", "waits because"),
        (
            (
                each.entry_id or "",
                each.installation_status.value if each.installation_status else "",
                str(each.combination),
                str(each.installs),
                each.why,
            )
            for each in report.waiting
        ),
    )


def _testing_table(planned: Iterable[PlannedEntry]) -> Iterator[str]:
    tested = [each.assessment for each in planned if each.assessment.outcome is not Outcome.NOT_STARTED]
    if not tested:
        return
    yield "## Annex D: tests and Testing Issues"
    yield ""
    yield from _table(
        ("entry", "outcome", "open issues of the entry", "open issues in aggregate", "not counted (clause 20.29)"),
        (
            (
                each.entry,
                f"{each.outcome}: {each.reason}",
                str(each.by_entry),
                str(each.aggregate),
                "; ".join(f"{issue.issue}: {issue.rationale}" for issue in each.not_counted),
            )
            for each in tested
        ),
    )


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (headings, ["---"] * len(headings), *rows):
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"
    yield ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _numbers(volume: Volume) -> tuple[str, ...]:
    return (*_by_status(volume.installs), *_by_status(volume.devices))


def _by_status(installs: Installs) -> tuple[str, str, str]:
    return str(installs.active), str(installs.dormant), str(installs.mixed)
