"""``explain``: a dry run of one request, every check in words."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.arguments import moment
from gateway.cli.console import say, wide_console
from gateway.cli.exits import config_option, environment, existing, json_option, settings_of
from gateway.explaining import Explanation
from routing.explained import ExplainedCheck
from routing.remedies import Remedy
from routing.trace import Answer
from schemas.records import to_builtins

_COLOURS = {Answer.PASSED: "green", Answer.REFUSED: "bold red", Answer.ADVISED: "yellow", Answer.NOT_ASKED: "dim"}
_MARKS = {Answer.PASSED: "✓", Answer.REFUSED: "✗", Answer.ADVISED: "!", Answer.NOT_ASKED: "-"}


@click.command()
@config_option
@click.option("--service", type=click.Choice(["T", "S", "D"]), help="The web service; default: that of its variant.")
@click.option("--at", type=moment, help="As of this moment, ISO 8601.")
@json_option
@click.argument("request_file", metavar="REQUEST.xml", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def explain(config: Path, service: str | None, at: datetime | None, as_json: bool, request_file: Path) -> None:
    """What would become of a request, and why. Changes nothing.

    Exit code 0: it would be accepted (or was before); 1: refused, with what would make it pass.
    """
    told = _explained(config, request_file.read_bytes(), service, at)
    if as_json:
        click.echo(orjson.dumps(to_builtins(told)))
    else:
        print_explanation(told)
    accepted = told.outcome == "accepted" or (told.outcome == "repeated" and (told.code or "").startswith(("I", "W")))
    raise SystemExit(0 if accepted else 1)


def _explained(config: Path, received: bytes, service: str | None, at: datetime | None) -> Explanation:
    from gateway.explaining import explain as dry_run
    from gateway.service import Worker, utc_now
    from schemas.vocabulary import WebService

    settings = settings_of(config)
    now = at or utc_now()

    async def run() -> Explanation:
        worker = Worker(settings)
        await worker.state.open()
        try:
            return await dry_run(
                received,
                None if service is None else WebService(service),
                now,
                in_force=worker.in_force,
                inventory=worker.state,
                traces=worker.traces,
                fulfilment=worker.fulfilment,
            )
        finally:
            await worker.state.close()

    with environment():
        existing(settings.store.path)
        return asyncio.run(run())


def print_explanation(told: Explanation) -> None:
    """For people: checks in order, then treatment, destination, verdict."""
    console = wide_console()
    if told.checks:
        console.print(checks_table(told.checks))
    for name, value in (
        ("treatment", told.treatment and f"{told.treatment}: {told.treatment_reason}"),
        ("destination", told.destinations and f"{', '.join(told.destinations)}: {told.destination_reason}"),
        ("revisions", ", ".join(f"{k} {v}" for k, v in told.revisions.items())),
    ):
        if value:
            say(console, name, value)
    for fault in told.errors:
        console.print(f"{fault.line}:{fault.column}: {fault.path}: {fault.message}", highlight=False, markup=False)
    verdict = " ".join(filter(None, (told.outcome, told.code, told.title and f"- {told.title}")))
    say(console, "verdict", verdict)
    if told.reason:
        say(console, "reason", told.reason)
    print_remedies(told.remedies, told.remedy, console)


def checks_table(checks: tuple[ExplainedCheck, ...]) -> Table:
    """A row for each check, in order."""
    table = Table(title="Checks, in order", title_justify="left")
    for heading in ("", "check", "what it asks", "clause", "facts it read", "finding"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "check")
    for check in checks:
        finding = "" if check.reason is None else f"{check.code}: {check.reason}"
        reads = "\n".join(f"{each.fact}: {each.stood}" for each in check.reads)
        words = (check.says, f"{check.cites} ({check.basis})", reads)
        style = _COLOURS[check.answer]
        table.add_row(
            Text(_MARKS[check.answer], style), Text(check.name, style), *map(Text, words), Text(finding, style)
        )
    return table


def print_remedies(found: tuple[Remedy, ...], in_general: str | None, console: Console) -> None:
    """The smallest changes, or the words of the rule where no change of facts would help."""
    if found:
        console.print("[bold]what would make it pass[/bold], the smallest change first", highlight=False)
    elif in_general:
        say(console, "what would make it pass", in_general)
    for remedy in found:
        answered = f"it would be answered {remedy.code}" if remedy.passes else "which is not all"
        console.print(f"  - {remedy.words}; {answered}", highlight=False, markup=False)
