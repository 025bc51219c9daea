"""``duis-gateway outbox``: what waits to be handed on, and what was given up."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click
import orjson
from rich.text import Text

from gateway.cli.console import folding_table, wide_console
from gateway.cli.devices import OWNER
from gateway.cli.exits import config_option, environment, existing, json_option, refuse, settings_of
from gateway.ports import Due
from gateway.sqlite_state import SqliteState

limit_option = click.option("--limit", default=100, show_default=True, type=click.IntRange(min=1), help="At most.")


@click.group()
def outbox() -> None:
    """Hand-offs: list those that wait, list dead letters, redrive."""


@outbox.command("list")
@limit_option
@json_option
@config_option
def list_waiting(limit: int, as_json: bool, config: Path) -> None:
    """Hand-offs that wait, those due first at the top."""
    _print(config, dead=False, limit=limit, as_json=as_json)


@outbox.command("dead-letters")
@limit_option
@json_option
@config_option
def dead_letters(limit: int, as_json: bool, config: Path) -> None:
    """Hand-offs that were given up, with the reason."""
    _print(config, dead=True, limit=limit, as_json=as_json)


@outbox.command()
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@config_option
def redrive(ids: tuple[str, ...], config: Path) -> None:
    """Make dead letters due again. Exit code 1 when one of the IDs is not a dead letter's."""
    path = existing(settings_of(config).store.path)
    with environment():
        redriven = asyncio.run(_redrive(path, ids))
    for each in redriven:
        click.echo(f"{each}: due now")
    missing = [each for each in ids if each not in redriven]
    if missing:
        refuse("\n".join(f"{each}: no dead letter has this id" for each in missing))


async def _redrive(path: Path, ids: tuple[str, ...]) -> list[str]:
    state = SqliteState(path, owner=OWNER)
    await state.open()
    try:
        return [each for each in dict.fromkeys(ids) if await state.redrive(each)]
    finally:
        await state.close()


def _print(config: Path, *, dead: bool, limit: int, as_json: bool) -> None:
    state = SqliteState(existing(settings_of(config).store.path), owner=OWNER)
    with environment():
        found = asyncio.run(state.outbox(dead=dead, limit=limit))
    if as_json:
        for each in found:
            click.echo(orjson.dumps(_row(each)))
        return
    headings = ("id", "to", "due", "tries", "octets", "trace", "last error")
    table = folding_table(*headings, title="dead letters" if dead else None)
    for each in found:
        row = _row(each)
        cells = (row["id"], f"{row['far']} {row['name']}", row["due_at"], row["attempts"], row["octets"])
        table.add_row(*(Text(str(cell)) for cell in (*cells, row["trace_id"], row["last_error"] or "")))
    wide_console().print(table)
    click.echo(f"{len(found)} {'dead letters' if dead else 'waiting'}")


def _row(due: Due) -> dict[str, Any]:
    """The hand-off without its body: that is the request, and does not belong on a terminal."""
    hand_off = due.hand_off
    return {
        "id": hand_off.id,
        "far": hand_off.far.value,
        "name": hand_off.name,
        "due_at": due.due_at,
        "since": due.since,
        "attempts": due.attempts,
        "last_error": due.last_error,
        "dead": due.dead,
        "octets": hand_off.octets,
        "trace_id": hand_off.trace_id,
    }
