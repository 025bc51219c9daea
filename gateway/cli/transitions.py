"""``duis-gateway transitions``: what becomes of a device in the inventory, as built in or as a configuration has it.

Shows the table; what has become of one device is ``devices history``'.
"""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.table import Column, Table
from rich.text import Text

from gateway.cli.console import wide_console
from gateway.cli.exits import CannotRun, json_option, settings_of
from gateway.cli.tables import optional_config
from routing.decision import RuleError
from routing.policy import Policy
from routing.transitions import Transition, Transitions
from schemas.records import to_builtins

_HEADINGS = ("transition", "event", "device types", "from", "to", "asks", "alerts", "basis", "source")


@click.command()
@json_option
@optional_config
def transitions(as_json: bool, config: Path | None) -> None:
    """What becomes of a device: event, statuses, what is asked, the alerts raised and for whom, how sure we are."""
    rows = _in_force(config).rows
    if as_json:
        click.echo(orjson.dumps([_object(row) for row in rows], option=orjson.OPT_INDENT_2))
        return
    columns = (Column(heading, overflow="fold") for heading in _HEADINGS)
    table = Table(*columns, title="Transitions", title_justify="left")
    for row in rows:
        alerts = "; ".join(f"{each.code} {each.content.value} to {each.told.value}" for each in row.alerts)
        cells = (row.name, row.event, row.types, row.statuses, row.after, row.asks, alerts, row.basis, row.cites)
        table.add_row(*map(Text, map(str, cells)))
    wide_console().print(table)


def _in_force(config: Path | None) -> Transitions:
    if config is None:
        return Policy().transitions
    from gateway.in_force import policy_of

    try:
        return policy_of(settings_of(config)).transitions
    except RuleError as fault:
        raise CannotRun(f"{config}: {fault}") from fault


def _object(row: Transition) -> dict[str, object]:
    return {
        "transition": row.name,
        "event": row.event.value,
        "device_types": sorted(kind.value for kind in row.device_types),
        "from": [None if status is None else status.value for status in row.before],
        "to": row.after.value,
        "asks": row.asks or None,
        "alerts": [to_builtins(alert) for alert in row.alerts],
        "basis": row.basis.value,
        "source": row.cites,
    }
