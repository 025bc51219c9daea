"""``duis-gateway traces replay``: decide stored requests again, and list what changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from pathlib import Path

import click
import orjson
from rich.text import Text

from gateway.cli.arguments import moment
from gateway.cli.console import folding_table, wide_console
from gateway.cli.exits import CannotRun, config_option, environment, existing, json_option, refuse, settings_of
from gateway.other_rules import with_policies, with_rules_of
from gateway.replaying import Replayed, changes_by_code, replay
from gateway.settings import Settings
from gateway.sqlite_traces import SqliteTraces
from gateway.trace_ports import TraceQuery
from routing.trace import RoutingTrace
from schemas.records import to_builtins

MOST = 1_000_000


@click.command(name="replay")
@click.argument("trace_id", metavar="[ID]", required=False)
@click.option("--since", type=moment, help="All traces from this moment on, ISO 8601.")
@click.option("--until", type=moment, help="Up to this moment, exclusive.")
@click.option("--products", "revision", help="On this product revision instead of the active one.")
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME=VALUE",
    help="Under another policy: ppmid=associated_hub, future_dating_days=60, CHECK=refuses|advises|off. Repeatable.",
)
@click.option(
    "--rules",
    "rules_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML file whose [rules] and [ppmid] replace the configuration's.",
)
@click.option("--all", "every", is_flag=True, help="List the unchanged ones as well.")
@json_option
@config_option
def replay_command(
    trace_id: str | None,
    since: datetime | None,
    until: datetime | None,
    revision: str | None,
    policies: tuple[str, ...],
    rules_file: Path | None,
    every: bool,
    as_json: bool,
    config: Path,
) -> None:
    """Decide again under today's rules, policy and product list, or others.

    Exit code 0: nothing changes; 1: something does. What could not be replayed is counted and named.
    """
    settings = settings_of(config)
    existing(settings.traces.path)
    with environment():
        if rules_file is not None:
            settings = with_rules_of(settings, rules_file)
        settings = with_policies(settings, policies)
        stored, dropped = asyncio.run(_stored(settings, trace_id, since, until))
    if trace_id is not None and not stored:
        refuse(f"there is no trace {trace_id}")
    outcomes = _replayed(settings, revision, stored)
    changed = [o for o in outcomes if o.changed]
    gaps = [o for o in outcomes if o.gap is not None]
    if as_json:
        summary = {
            "replayed": len(outcomes) - len(gaps),
            "changed": len(changed),
            "gaps": len(gaps),
            "dropped": dropped,
            "by_code": [to_builtins(each) for each in changes_by_code(outcomes)],
        }
        told = outcomes if every else [*changed, *gaps]
        click.echo(orjson.dumps({**summary, "traces": [to_builtins(o) for o in told]}))
    else:
        _print(outcomes if every else changed, outcomes, dropped)
    raise SystemExit(1 if changed else 0)


async def _stored(
    settings: Settings, trace_id: str | None, since: datetime | None, until: datetime | None
) -> tuple[list[RoutingTrace], int]:
    store = SqliteTraces(settings.traces.path)
    if trace_id is not None:
        one = await store.show(trace_id)
        return ([] if one is None else [one]), 0
    found = await store.find(TraceQuery(since=since, until=until, limit=MOST))
    return found, await store.dropped_between(since, until)


def _replayed(settings: Settings, revision: str | None, stored: list[RoutingTrace]) -> list[Replayed]:
    from gateway.in_force import rules_of
    from gateway.product_revisions import DamagedRevision, ProductRevisions
    from routing.decision import RuleError

    revisions = ProductRevisions(settings.products.directory)
    with environment():
        try:
            products = revisions.active() if revision is None else revisions.load(revision)
            rules = rules_of(settings, products)
        except (DamagedRevision, RuleError, ValueError) as fault:
            raise CannotRun(str(fault)) from None
    return [replay(trace, rules) for trace in stored]


def _print(told: list[Replayed], outcomes: list[Replayed], dropped: int) -> None:
    console = wide_console()
    if told:
        table = folding_table("trace", "request", "then", "now", "because")
        for one in told:
            cells = (one.trace_id, one.request_id or "", one.then, one.now or one.gap or "", one.because or "")
            table.add_row(*map(Text, cells))
        console.print(table)
    gaps = Counter(one.gap for one in outcomes if one.gap is not None)
    changed = sum(one.changed for one in outcomes)
    again = len(outcomes) - gaps.total()
    console.print(f"{again} decided again, {changed} changed, {gaps.total()} could not be decided again")
    for each in changes_by_code(outcomes):
        where = "elsewhere" if each.code_then == each.code_now else f"now {each.code_now}"
        console.print(f"  {each.requests} times: {each.code_then}, {where}", highlight=False)
    for why, times in sorted(gaps.items()):
        console.print(f"  {times} times: {why}", highlight=False, markup=False)
    if dropped:
        console.print(f"  {dropped} traces of that time were dropped and are not here")
