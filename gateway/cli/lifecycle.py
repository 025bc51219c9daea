"""``duis-gateway products lifecycle``: from the installed base and the PPCL to what to test and what to ask for.

Reads files and writes the report. What is worked out from them is ``cpl.lifecycle``'s and
``cpl.epcl_report``'s; what it looks like is that of
``gateway.cli.lifecycle_tables`` and ``gateway.cli.lifecycle_object``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import orjson

from cpl.coverage import Fleet
from cpl.epcl import EpclEntry
from cpl.epcl_report import epcl_report
from cpl.lifecycle import plan
from cpl.planned_entries import Numbering, faults_of, planned_entries
from cpl.ppcl import PpclRow
from cpl.reading import read_epcl, read_fleet, read_ppcl
from cpl.report_documents import annex_a, document
from cpl.requested_entries import EpclReport
from cpl.rows import Reading
from cpl.testing_issues import Outcome, Thresholds
from cpl.testing_record import TestingRecord
from gateway.cli.exits import CannotRun, environment, json_option, refuse, settings_of
from gateway.cli.lifecycle_object import Life, life_object
from gateway.cli.lifecycle_tables import show_life
from gateway.product_revisions import DamagedRevision, ProductRevisions

WRITERS: Final[dict[str, Callable[[EpclReport], bytes]]] = {
    ".csv": annex_a,
    ".md": lambda report: document(report).encode(),
}
"""What a report file's ending asks for."""

_file: Final = click.Path(dir_okay=False, path_type=Path)


@click.command("lifecycle")
@click.argument("fleet", nargs=-1, required=True, type=_file)
@click.option("--ppcl", type=_file, help="The Pending Product Combinations List; else the one in force.")
@click.option("--epcl", type=_file, help="What is eligible already; else the list in force, or nothing.")
@click.option("--testing", type=_file, help="TOML: tests, issues, sit_reports, judgements.")
@click.option("--report", "reports", multiple=True, type=_file, help="Write it here: .csv annex A, .md the report.")
@click.option("--first-entry-id", type=click.IntRange(1, 999_999), help="For planned entries without an id.")
@click.option("--skip-unusable", is_flag=True, help="Go on with the usable rows of files that have others.")
@click.option("--all", "everything", is_flag=True, help="Every row of every table, and the rules with their sources.")
@json_option
@click.option("--config", type=_file, help="The gateway's TOML file: thresholds, and the lists in force.")
def lifecycle_command(
    fleet: tuple[Path, ...],
    ppcl: Path | None,
    epcl: Path | None,
    testing: Path | None,
    reports: tuple[Path, ...],
    first_entry_id: int | None,
    skip_unusable: bool,
    everything: bool,
    as_json: bool,
    config: Path | None,
) -> None:
    """What to test of the combinations in FLEET (RFI data, CSV or XLSX), how much of it that covers, what to ask for.

    \b
    The testing record, TOML (a word that is not known is an error):
      [[tests]]        entry, planned, executed, stopped, report, reported, final
      [[issues]]       id, severity, phase, open, raised_for, affects, not_counted
      [[sit_reports]]  cohort, installation_status, report, reported
      [[judgements]]   variation ("hardware", "single fuel", "no PPMID"), rationale, cohort

    Exit code 1, and no report, when rows cannot be used or the testing record names entries that are not planned.
    """
    if unknown := [file for file in reports if file.suffix.lower() not in WRITERS]:
        raise CannotRun(f"--report {unknown[0]}: expected a file that ends in {' or '.join(WRITERS)}")
    thresholds, eligible, pending = _in_force(config)
    files = _Files(skip_unusable)
    installed = Fleet(row for file in fleet for row in files.rows(file, read_fleet))
    pending = pending if ppcl is None else files.rows(ppcl, read_ppcl)
    eligible = eligible if epcl is None else files.rows(epcl, read_epcl)
    files.refuse_faults()
    record = TestingRecord() if testing is None else _testing_record(testing)
    given = [*(row.entry_id for row in pending if row.entry_id), *(entry.entry_id for entry in eligible)]
    numbering = Numbering(given, first_entry_id)
    planned = planned_entries(pending, numbering, record, thresholds or Thresholds())
    if faults := faults_of(record, planned, eligible):
        refuse("\n".join(f"{testing}: {fault}" for fault in faults))
    begun = frozenset(each.entry_id for each in planned if each.assessment.outcome is not Outcome.NOT_STARTED)
    life = Life(
        plan=plan(installed, pending, eligible, begun),
        report=epcl_report(installed, planned, eligible, record, numbering),
        thresholds=thresholds or Thresholds(),
        thresholds_given=thresholds is not None,
        notes=tuple(files.notes),
    )
    with environment():
        for file in reports:
            file.write_bytes(WRITERS[file.suffix.lower()](life.report))
    if as_json:
        click.echo(orjson.dumps(life_object(life), option=orjson.OPT_INDENT_2))
        return
    show_life(life, everything)
    for file in reports:
        click.echo(f"written: {file}")


class _Files:
    """Reads lists, and remembers what of them cannot be used."""

    def __init__(self, skip_unusable: bool) -> None:
        self.notes: Final[list[str]] = []
        self._skip_unusable: Final = skip_unusable
        self._faulty = False

    def rows(self, file: Path, read: Callable[[str, bytes], Reading[Any]]) -> Sequence[Any]:
        with environment():
            reading = read(file.name, file.read_bytes())
        self.notes.extend(map(str, reading.unusable))
        if reading.unknown_columns:
            self.notes.append(f"{file.name}: columns not read: {', '.join(reading.unknown_columns)}")
        if reading.skipped_sheets:
            self.notes.append(f"{file.name}: sheets without a list: {', '.join(reading.skipped_sheets)}")
        # A file that broke off, or that holds no list at all, has no usable rest to go on with.
        self._faulty |= bool(reading.unusable) and (not self._skip_unusable or not reading.rows)
        self._faulty |= not reading.is_whole
        return reading.rows

    def refuse_faults(self) -> None:
        if self._faulty:
            refuse("\n".join([*self.notes, "nothing was worked out: rows cannot be used"]))


def _in_force(config: Path | None) -> tuple[Thresholds | None, Sequence[EpclEntry], Sequence[PpclRow]]:
    if config is None:
        return None, (), ()
    settings = settings_of(config)
    with environment():
        try:
            lists = ProductRevisions(settings.products.directory).active()
        except DamagedRevision as fault:
            raise CannotRun(str(fault)) from fault
    return settings.testing_issues, lists.combinations.entries, lists.pending.rows


def _testing_record(file: Path) -> TestingRecord:
    """Raises CannotRun, naming the place, when FILE is no testing record."""
    with environment():
        text = file.read_text(encoding="utf-8")
    try:
        return msgspec.convert(tomllib.loads(text), TestingRecord)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as fault:
        raise CannotRun(f"{file}: {fault}") from fault
