"""``duis-gateway products why|diff|impact``: what the lists say, what a revision changes and what it would break."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click
import orjson

from cpl.difference import Difference, difference
from cpl.product_list import ProductList
from cpl.story import Asked, Standing, Story
from cpl.why import why
from gateway.cli.arguments import moment
from gateway.cli.exits import CannotRun, config_option, environment, existing, json_option, refuse, settings_of
from gateway.cli.product_tables import print_difference, print_impact, tell
from gateway.impact import Impact, impact
from gateway.in_force import rules_of
from gateway.loading import duis_schema
from gateway.product_revisions import DamagedRevision, ProductRevisions
from gateway.settings import Settings
from gateway.sqlite_survey import SqliteSurvey
from gateway.sqlite_traces import SqliteTraces
from gateway.trace_ports import TraceQuery
from routing.trace import RoutingTrace
from schemas.records import to_builtins
from schemas.vocabulary import Generation

MOST_TRACES: Final = 1_000_000
_HASH_DIGITS: Final = 64


@click.command("why")
@click.argument("manufacturer")
@click.argument("model", required=False)
@click.argument("firmware", required=False)
@click.option(
    "--as", "generation", type=click.Choice([each.value for each in Generation]), help="For a device of this kind."
)
@click.option("--at", help="As the lists were at this moment, ISO 8601.")
@click.option("--revision", help="On this revision instead of the one in force.")
@json_option
@config_option
def why_command(
    manufacturer: str,
    model: str | None,
    firmware: str | None,
    generation: str | None,
    at: str | None,
    revision: str | None,
    as_json: bool,
    config: Path,
) -> None:
    """Why a firmware version is on the CPL or not: MANUFACTURER MODEL FIRMWARE.

    FIRMWARE is the version as DUIS or the vendor writes it, or an image's SHA-256 in hexadecimal digits;
    a hash may also stand alone. Exit code 0: it is on the CPL; 1: it is not.
    """
    asked = _asked(manufacturer, model, firmware, generation)
    store = ProductRevisions(settings_of(config).products.directory)
    products = _lists(store, revision, at)
    story = why(products, asked, today=datetime.now(UTC).date() if at is None else moment(at).date())
    if as_json:
        click.echo(orjson.dumps({**_story(story), "in_force_here_since": _since(store, products.revision)}))
    else:
        tell(story)
    raise SystemExit(0 if story.standing is Standing.IN_FORCE else 1)


@click.command("diff")
@click.argument("revision")
@click.argument("other", required=False)
@click.option("--at", help="Against the revision in force at this moment, ISO 8601.")
@json_option
@config_option
def diff_command(revision: str, other: str | None, at: str | None, as_json: bool, config: Path) -> None:
    """What REVISION changes against the one in force; with OTHER, what OTHER changes against REVISION.

    Exit code 0: nothing differs; 1: something does.
    """
    store = ProductRevisions(settings_of(config).products.directory)
    before = _lists(store, revision if other else None, at)
    found = difference(before, _lists(store, other or revision, None))
    if as_json:
        click.echo(orjson.dumps(_difference(found)))
    else:
        print_difference(found)
    raise SystemExit(1 if found else 0)


@click.command("impact")
@click.argument("revision")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="Traces of how many days.")
@json_option
@config_option
def impact_command(revision: str, days: int, as_json: bool, config: Path) -> None:
    """What activating REVISION would break: devices, accepted requests, decisions of the last days.

    Changes nothing. Exit code 0: nothing is affected; 1: something is.
    """
    settings = settings_of(config)
    store = ProductRevisions(settings.products.directory)
    before, after = _lists(store, None, None), _lists(store, revision, None)
    rules, now = rules_of(settings, before), datetime.now(UTC)
    with environment(), SqliteSurvey(existing(settings.store.path), duis_schema(settings.schemas.directory)) as survey:
        traces, dropped = asyncio.run(_traces(settings, now - timedelta(days=days)))
        found = impact(rules, rules.with_products(after), survey.devices(), survey.firmware_requests(now), traces)
    if as_json:
        click.echo(orjson.dumps({**_impact(found), "dropped": dropped}))
    else:
        print_impact(found, days, dropped)
    raise SystemExit(1 if found.devices or found.requests or found.decisions else 0)


# ---- what is asked, and of which lists


def _asked(manufacturer: str, model: str | None, firmware: str | None, generation: str | None) -> Asked:
    kind = None if generation is None else Generation(generation)
    if model is None:
        image = _hash(manufacturer)
        if image is None:
            raise CannotRun("expected MANUFACTURER MODEL FIRMWARE, or a SHA-256 of 64 hexadecimal digits alone")
        return Asked(firmware_hash=image, generation=kind)
    if firmware is None:
        raise CannotRun("expected MANUFACTURER MODEL FIRMWARE: FIRMWARE is missing")
    image = _hash(firmware)
    if image is not None:
        return Asked(manufacturer=manufacturer, model=model, firmware_hash=image, generation=kind)
    return Asked(manufacturer=manufacturer, model=model, firmware_version=firmware, generation=kind)


def _hash(text: str) -> bytes | None:
    if len(text) != _HASH_DIGITS:
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def _lists(store: ProductRevisions, revision: str | None, at: str | None) -> ProductList:
    """A revision by name, or the one in force at a moment, or the one in force. Ends the command without one."""
    with environment():
        try:
            if revision is not None:
                if revision not in store.revisions():
                    known = ", ".join(store.revisions()) or "none"
                    refuse(f"revision {revision} is not in the store; there are: {known}")
                return store.load(revision)
            if at is None:
                return store.active()
            then = store.revision_at(moment(at))
            if then is None:
                refuse(f"no revision was in force at {at}")
            return store.load(then)
        except DamagedRevision as fault:
            raise CannotRun(str(fault)) from None


def _since(store: ProductRevisions, revision: str) -> str | None:
    """When the revision last came into force, if it ever did."""
    return next((each.at.isoformat() for each in store.history() if each.revision == revision), None)


async def _traces(settings: Settings, since: datetime) -> tuple[list[RoutingTrace], int]:
    if not settings.traces.path.exists():
        return [], 0
    store = SqliteTraces(settings.traces.path)
    found = await store.find(TraceQuery(since=since, limit=MOST_TRACES))
    return found, await store.dropped_between(since, None)


# ---- for programs


def _story(story: Story) -> dict[str, Any]:
    told: dict[str, Any] = to_builtins(story)
    return {**told, "headline": story.headline, "reason": story.reason}


def _difference(found: Difference) -> dict[str, Any]:
    told: dict[str, Any] = to_builtins(found)
    hashes = {name: [each.hex() for each in getattr(found, name)] for name in ("ended_hashes", "begun_hashes")}
    return {**told, **hashes}


def _impact(found: Impact) -> dict[str, Any]:
    told: dict[str, Any] = to_builtins(found)
    return {**told, "difference": _difference(found.difference)}
