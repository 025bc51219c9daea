"""``duis-gateway traces replay``: decide stored requests again, and list what changes."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.table import Table

from gateway.cli.exits import CannotRun, config_option, environment, existing, json_option, refuse, settings_of
from gateway.ports import TraceQuery
from gateway.replaying import Replayed, replay
from gateway.settings import Settings
from gateway.sqlite_traces import SqliteTraces
from routing.trace import RoutingTrace
from schemas.records import to_builtins

MOST = 1_000_000


@click.command(name="replay")
@click.argument("trace_id", metavar="[ID]", required=False)
@click.option("--since", help="All traces from this moment on, ISO 8601.")
@click.option("--until", help="Up to this moment, exclusive.")
@click.option("--products", "revision", help="On this product revision instead of the active one.")
@click.option("--all", "every", is_flag=True, help="List the unchanged ones as well.")
@json_option
@config_option
def replay_command(
    trace_id: str | None,
    since: str | None,
    until: str | None,
    revision: str | None,
    every: bool,
    as_json: bool,
    config: Path,
) -> None:
    """Decide again under today's rules, policy and product list.

    Exit code 0: nothing changes; 1: something does. What could not be replayed is counted and named.
    """
    settings = settings_of(config)
    existing(settings.traces.path)
    with environment():
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
        }
        told = outcomes if every else [*changed, *gaps]
        click.echo(orjson.dumps({**summary, "traces": [to_builtins(o) for o in told]}))
    else:
        _print(outcomes if every else changed, len(outcomes), gaps, dropped)
    raise SystemExit(1 if changed else 0)


async def _stored(
    settings: Settings, trace_id: str | None, since: str | None, until: str | None
) -> tuple[list[RoutingTrace], int]:
    from gateway.cli.traces import moment

    store = SqliteTraces(settings.traces.path)
    if trace_id is not None:
        one = await store.show(trace_id)
        return ([] if one is None else [one]), 0
    start, end = (moment(since) if since else None), (moment(until) if until else None)
    found = await store.find(TraceQuery(since=start, until=end, limit=MOST))
    return found, await store.dropped_between(start, end)


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


def _print(told: list[Replayed], number: int, gaps: list[Replayed], dropped: int) -> None:
    console = Console()
    if told:
        table = Table("trace", "request", "then", "now")
        for outcome in told:
            table.add_row(outcome.trace_id, outcome.request_id or "", outcome.then, outcome.now or outcome.gap or "")
        console.print(table)
    changed = sum(o.changed for o in told)
    console.print(f"{number - len(gaps)} decided again, {changed} changed, {len(gaps)} could not be decided again")
    for why, times in sorted(Counter(o.gap or "" for o in gaps).items()):
        console.print(f"  {times} times: {why}", highlight=False)
    if dropped:
        console.print(f"  {dropped} traces of that time were dropped and are not here")
