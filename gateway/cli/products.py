"""``duis-gateway products``: the product lists, revision by revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import click
import orjson
from rich.console import Console
from rich.progress import Progress
from rich.table import Column, Table
from rich.text import Text

from cpl.epcl import EpclEntry
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, DeviceModel
from cpl.product_list import ProductList
from gateway.cli.arguments import moment
from gateway.cli.console import wide_console
from gateway.cli.lifecycle import lifecycle_command
from gateway.cli.list_rules import rules_object, say_non_epcl, say_violations
from gateway.cli.product_questions import diff_command, impact_command, why_command
from gateway.product_revisions import DamagedRevision, Imported, ListKind, ProductRevisions, Refused
from gateway.settings import SettingsError, load_settings
from schemas.records import to_builtins

SHOWN_ROWS: Final = 50
SHOWN_PASSED_OVER: Final = 5
PROGRESS_FROM: Final = 3000
"""Rows after which a bar appears; shorter files are read before anyone wonders."""


class CannotRun(click.ClickException):
    """A usage or environment error: one line on stderr, exit code 2."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


config_option: Final = click.option(
    "--config",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The gateway's TOML file.",
)


@click.group()
def products() -> None:
    """The product lists: import, activate, roll back, show; ask why, what differs, what it would break."""


for question in (why_command, diff_command, impact_command, lifecycle_command):
    products.add_command(question)


@products.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in ListKind]), help="Which list FILE is.")
@click.option("--skip-unusable", is_flag=True, help="Import the usable rows of a file that has others.")
@config_option
def import_list(file: Path, kind: str, skip_unusable: bool, config: Path) -> None:
    """Store FILE (CSV or XLSX) as a candidate revision; what is in force stays in force.

    Exit code 1, and nothing stored, when rows cannot be used or there are none.
    """
    with _environment():
        store, data = _store(config), file.read_bytes()
        with _progress(file.name, data) as progress:
            made = store.import_file(file.name, data, ListKind(kind), skip_unusable=skip_unusable, progress=progress)
        in_force = made.revision is not None and made.revision == store.active_revision()
    _say_what_was_read(made)
    candidate = made.candidate
    if candidate is None:
        click.echo(f"{file}: nothing was imported: {made.entries} usable rows, {len(made.unusable)} faults")
        if skip_unusable and not made.is_whole:
            click.echo("part of it could not be read at all, and half a list is not imported")
        raise SystemExit(1)
    click.echo(f"revision {candidate.revision}: {_counts(candidate)}")
    say_violations(candidate)
    if in_force:
        click.echo("this revision is in force")
    else:
        click.echo(f"bring it into force: duis-gateway products activate {candidate.revision} --config {config}")


@products.command()
@click.argument("revision")
@config_option
def activate(revision: str, config: Path) -> None:
    """Bring REVISION into force. Running services take it up by themselves."""
    with _environment():
        outcome = _store(config).activate(revision)
    if isinstance(outcome, Refused):
        click.echo(outcome.reason)
        raise SystemExit(1)
    click.echo(f"revision {outcome.revision} is in force since {outcome.at.isoformat(timespec='seconds')}")


@products.command()
@config_option
def rollback(config: Path) -> None:
    """Bring the revision back that the present one replaced."""
    with _environment():
        outcome = _store(config).rollback()
    if isinstance(outcome, Refused):
        click.echo(outcome.reason)
        raise SystemExit(1)
    click.echo(f"revision {outcome.revision} is in force again")


@products.command()
@click.option("--revision", help="Another revision than the one in force.")
@click.option("--at", help="The one in force at this moment, ISO 8601.")
@click.option("--all", "everything", is_flag=True, help=f"All entries, not only the first {SHOWN_ROWS} of each list.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything.")
@config_option
def show(revision: str | None, at: str | None, everything: bool, as_json: bool, config: Path) -> None:
    """The revisions in the store and the entries of the one in force."""
    with _environment():
        store = _store(config)
        known, active, history = store.revisions(), store.active_revision(), store.history()
        if at is not None and revision is None:
            revision = store.revision_at(moment(at))
            if revision is None:
                click.echo(f"no revision was in force at {at}")
                raise SystemExit(1)
        if revision is not None and revision not in known:
            click.echo(f"revision {revision} is not in the store; there are: {', '.join(known) or 'none'}")
            raise SystemExit(1)
        lists = store.active() if revision is None else store.load(revision)
    if as_json:
        click.echo(
            orjson.dumps(
                {
                    "active_revision": active,
                    "revisions": known,
                    "history": to_builtins(history),
                    "revision": lists.revision,
                    "cpl": [_cpl_object(entry) for entry in lists.entries],
                    "epcl": to_builtins(lists.combinations.entries),
                    "ppcl": to_builtins(lists.pending.rows),
                    **rules_object(lists),
                },
                option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
            ),
            nl=False,
        )
        return
    if active is None and revision is None:
        click.echo("no revision is in force")
    else:
        click.echo(f"revision {lists.revision}: {_counts(lists)}")
    for name in known:
        click.echo(f"  {name}{'  in force' if name == active else ''}")
    console = wide_console()
    _print_rows(console, _cpl_table(), lists.entries, _cpl_row, everything)
    _print_rows(console, _epcl_table(), lists.combinations.entries, partial(_epcl_row, lists), everything)
    _print_rows(console, _ppcl_table(), lists.pending.rows, partial(_ppcl_row, lists), everything)
    say_violations(lists)
    say_non_epcl(lists)


@contextmanager
def _environment() -> Iterator[None]:
    try:
        yield
    except (SettingsError, DamagedRevision, OSError) as fault:
        raise CannotRun(str(fault)) from None


def _store(config: Path) -> ProductRevisions:
    return ProductRevisions(load_settings(config).products.directory)


@contextmanager
def _progress(name: str, data: bytes) -> Iterator[Callable[[int], None]]:
    """A bar on stderr once a file turns out to be long; a workbook's length is not known beforehand."""
    total = None if data.startswith(b"PK") else data.count(b"\n")
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"reading {name}", total=total, visible=False)
        yield lambda rows: bar.update(task, completed=rows, visible=rows >= PROGRESS_FROM)


def _say_what_was_read(made: Imported) -> None:
    for unusable in made.unusable:
        click.echo(str(unusable))
    if made.unknown_columns:
        click.echo(f"columns not read: {', '.join(made.unknown_columns)}")
    if made.passed_over:
        shown = "; ".join(made.passed_over[:SHOWN_PASSED_OVER])
        rest = len(made.passed_over) - SHOWN_PASSED_OVER
        click.echo(f"rows that are no entries: {shown}{f' and {rest} more' if rest > 0 else ''}")
    if made.skipped_sheets:
        click.echo(f"sheets without a list: {', '.join(made.skipped_sheets)}")


def _counts(lists: ProductList) -> str:
    by_status = Counter(entry.status.value for entry in lists.entries)
    detail = ", ".join(f"{count} {status}" for status, count in sorted(by_status.items()))
    pending = f", {len(lists.pending)} pending combinations" if len(lists.pending) else ""
    cpl = f"{len(lists)} CPL entries{f' ({detail})' if detail else ''}"
    return f"{cpl}, {len(lists.combinations)} EPCL entries{pending}"


def _print_rows(
    console: Console, table: Table, entries: tuple[Any, ...], row: Callable[[Any], tuple[str, ...]], everything: bool
) -> None:
    if not entries:
        return
    shown = entries if everything else entries[:SHOWN_ROWS]
    for entry in shown:
        table.add_row(*map(Text, row(entry)))
    console.print(table)
    if rest := len(entries) - len(shown):
        click.echo(f"and {rest} more: --all shows them")


def _table(title: str, *headings: str) -> Table:
    """Folds what is too long for its column: half an identifier is of no use to anybody."""
    return Table(*(Column(heading, overflow="fold") for heading in headings), title=title)


def _cpl_table() -> Table:
    return _table("CPL", "entry", "device", "generation", "manufacturer", "model", "firmware", "status", "since")


def _cpl_row(entry: CplEntry) -> tuple[str, ...]:
    since = entry.status_since.isoformat() if entry.status_since else ""
    return (
        entry.entry_id,
        entry.device_type.value,
        entry.generation.value,
        entry.manufacturer,
        entry.model,
        entry.firmware_version,
        entry.status.value,
        since,
    )


def _cpl_object(entry: CplEntry) -> dict[str, Any]:
    shown: dict[str, Any] = to_builtins(entry) | {"status": entry.status.value}
    return shown | ({"firmware_hash": entry.firmware_hash.hex()} if entry.firmware_hash else {})


def _epcl_table() -> Table:
    return _table("EPCL", "entry", "cohort", "installations", "evidence", "models")


def _epcl_row(lists: ProductList, entry: EpclEntry) -> tuple[str, ...]:
    evidence = entry.evidence.value + (f" to {entry.equivalent_to}" if entry.equivalent_to else "")
    return entry.entry_id, entry.cohort, entry.installation_status.value, evidence, _models(lists, entry.device_models)


def _ppcl_table() -> Table:
    return _table("PPCL", "cohort", "entry", "installations", "now", "at migration", "testing", "models")


def _ppcl_row(lists: ProductList, row: PpclRow) -> tuple[str, ...]:
    stated = (row.entry_id, row.installation_status, row.installed_now, row.installed_at_migration, row.dmct_status)
    return row.cohort, *("" if value is None else str(value) for value in stated), _models(lists, row.device_models)


def _models(lists: ProductList, models: Iterable[DeviceModel]) -> str:
    return ", ".join(_model(lists, model) for model in models)


def _model(lists: ProductList, model: DeviceModel) -> str:
    """The vendor's version, and the DUIS form by which requests name it where that is another."""
    said = f"{model.model} {model.vendor_version or ''}".strip()
    duis = sorted({entry.firmware_version for entry in lists.named_by(model)} - {model.vendor_version})
    return f"{said} (DUIS {', '.join(duis)})" if model.vendor_version and duis else said
