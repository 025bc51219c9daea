"""``duis-gateway traces``: what happened to a request, and why. ``replay`` has its own module."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cpl.product_list import ProductList
from gateway.cli.arguments import device_id, moment, one_of, user_id
from gateway.cli.console import folding_table, say, wide_console
from gateway.cli.exits import CannotRun, config_option, environment, existing, json_option, refuse, settings_of
from gateway.cli.explain import checks_table, print_remedies
from gateway.cli.replay import replay_command
from gateway.in_force import rules_of
from gateway.product_revisions import DamagedRevision, ProductRevisions
from gateway.retelling import Retold, retell
from gateway.settings import Settings
from gateway.sqlite_traces import SqliteTraces
from gateway.trace_ports import TraceQuery
from routing.decision import CHECK_NAMES, RuleError, Rules
from routing.trace import RoutingTrace
from schemas.records import to_builtins, to_json
from schemas.response_codes import RESPONSE_CODES


@click.group()
def traces() -> None:
    """Routing traces: show one, find many, decide them again."""


traces.add_command(replay_command)


@traces.command()
@click.argument("trace_id", metavar="ID")
@json_option
@config_option
def show(trace_id: str, as_json: bool, config: Path) -> None:
    """The whole trace ID: what every check read and found, what would have made it pass, each try to hand on."""
    settings = settings_of(config)
    store = SqliteTraces(existing(settings.traces.path))
    with environment():
        trace = asyncio.run(store.show(trace_id))
    if trace is None:
        refuse(f"no trace {trace_id}: never written, dropped, or older than is kept")
    retold = retell(trace, _rules_of(settings, trace))
    if as_json:
        told = {**orjson.loads(to_json(trace)), "explained": to_builtins(retold)}
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    else:
        _print(trace, retold, wide_console())


def _rules_of(settings: Settings, trace: RoutingTrace) -> Rules:
    """The configuration's of today, on the product lists of then while they are kept. Raises CannotRun."""
    revisions, then = ProductRevisions(settings.products.directory), trace.revisions.get("products", "")
    with environment():
        try:
            return rules_of(settings, _kept(revisions, then) or revisions.active())
        except (DamagedRevision, RuleError) as fault:
            raise CannotRun(str(fault)) from None


def _kept(revisions: ProductRevisions, revision: str) -> ProductList | None:
    try:
        return revisions.load(revision)
    except DamagedRevision:
        return None


@traces.command()
@click.option("--device", type=device_id, help="The device concerned.")
@click.option("--originator", type=user_id, help="The user.")
@click.option("--srv", help="Service reference variant, 4.1.1.")
@click.option("--code", type=one_of(RESPONSE_CODES, "a response code of DUIS 5.4"), help="Response code, E110101.")
@click.option("--destination", help="Where it went.")
@click.option("--check", type=one_of(CHECK_NAMES, "the name of a check"), help="A check that refused.")
@click.option("--since", type=moment, help="Received then or later.")
@click.option("--until", type=moment, help="Received before.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1), help="At most.")
@json_option
@config_option
def find(config: Path, as_json: bool, srv: str | None, **filters: Any) -> None:
    """The traces that all the options fit, newest first; with --json one object a line."""
    store = _store(config)
    query = TraceQuery(variant=srv, **filters)

    async def read() -> tuple[list[RoutingTrace], int]:
        return await store.find(query), await store.dropped_between(query.since, query.until)

    with environment():
        found, dropped = asyncio.run(read())
    if as_json:
        for trace in found:
            click.echo(orjson.dumps(orjson.loads(to_json(trace))))
    else:
        table = folding_table("received", "trace", "srv", "device", "treatment", "code", "to", "refused by")
        for trace in found:
            table.add_row(*(Text(cell) for cell in _summary(trace)))
        wide_console().print(table)
        click.echo(f"{len(found)} traces")
    if dropped:
        click.echo(f"{dropped} records of that time were dropped and cannot be found", err=True)


def _store(config: Path) -> SqliteTraces:
    return SqliteTraces(existing(settings_of(config).traces.path))


def _summary(trace: RoutingTrace) -> tuple[str, ...]:
    return (
        trace.received_at.isoformat(timespec="milliseconds"),
        trace.trace_id,
        trace.variant or "",
        trace.device or "",
        trace.treatment or "",
        trace.code or "",
        ", ".join(trace.destinations),
        ", ".join(verdict.check for verdict in trace.verdicts if verdict.answer == "refused"),
    )


def _print(trace: RoutingTrace, retold: Retold, console: Console) -> None:
    head = Table(show_header=False, box=None)
    for name, value in (
        ("trace", trace.trace_id),
        ("received", f"{trace.received_at.isoformat()} on service{trace.web_service}, {trace.octets} octets"),
        ("request", trace.request_id),
        ("service", f"{trace.variant}, command variant {trace.command_variant}" if trace.variant else None),
        ("device", trace.device),
        ("treatment", _with_reason(trace.treatment, trace.treatment_reason)),
        ("destination", _with_reason(", ".join(trace.destinations), trace.destination_reason)),
        ("outcome", _with_reason(f"{trace.outcome}, HTTP {trace.status}", trace.reason)),
        ("code", trace.code),
        ("revisions", ", ".join(f"{name} {revision}" for name, revision in trace.revisions.items())),
        ("timings", ", ".join(f"{step} {milliseconds:.2f} ms" for step, milliseconds in trace.timings.items())),
        ("masked", ", ".join(trace.masked)),
    ):
        if value:
            head.add_row(name, Text(value))
    console.print(head)
    if retold.checks:
        console.print(checks_table(retold.checks))
        print_remedies(retold.remedies, retold.remedy, console)
    elif trace.verdicts:
        checks = Table("check", "verdict", "code", "reason")
        for verdict in trace.verdicts:
            cells = (verdict.check, verdict.answer.value, verdict.code or "", verdict.reason or "")
            checks.add_row(*map(Text, cells))
        console.print(checks)
    if retold.note:
        say(console, "note", retold.note)
    if trace.attempts:
        tries = Table("at", "to", "outcome", "status", "ms", "error")
        for each in trace.attempts:
            where = (each.at.isoformat(timespec="milliseconds"), f"{each.far} {each.name}", each.outcome)
            tries.add_row(*map(Text, (*where, str(each.status or ""), f"{each.milliseconds:.1f}", each.error or "")))
        console.print(tries)
    for event in trace.events:
        console.print(Text(event))


def _with_reason(what: str | None, why: str | None) -> str | None:
    return f"{what}: {why}" if what and why else what
