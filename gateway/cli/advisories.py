"""``duis-gateway advisories``: what is to be expected of firmware requests to SMETS1 PPMIDs, and how we know.

Shows the table, as built in or as a configuration has it; what holds for one request is ``explain``'s.
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
from routing.advisories import Advisories, Advisory
from routing.decision import RuleError
from routing.policy import Policy

_HEADINGS = ("advisory", "cohorts", "PPMIDs", "services", "outcome", "says", "clause", "basis", "source")


@click.command()
@json_option
@optional_config
def advisories(as_json: bool, config: Path | None) -> None:
    """What the SMETS1 Supporting Requirements (18.63 to 18.65) expect of firmware requests to PPMIDs."""
    rows = _in_force(config).rows
    if as_json:
        click.echo(orjson.dumps([_object(row) for row in rows], option=orjson.OPT_INDENT_2))
        return
    table = Table(*(Column(each, overflow="fold") for each in _HEADINGS), title="Advisories", title_justify="left")
    for row in rows:
        named = ", ".join(sorted(row.models))
        concerned = f"{row.concerned}: {named}" if named else row.concerned.value
        services = " ".join(sorted(row.services))
        cells = (row.name, row.cohorts_in_words, concerned, services, row.outcome, row.says, row.clause)
        table.add_row(*map(Text, map(str, (*cells, row.basis, row.source))))
    wide_console().print(table)
    click.echo("Requests are forwarded all the same; [rules.checks] makes refusals of it, [rules.advisories] corrects.")


def _in_force(config: Path | None) -> Advisories:
    if config is None:
        return Policy().advisories
    from gateway.in_force import policy_of

    try:
        return policy_of(settings_of(config)).advisories
    except RuleError as fault:
        raise CannotRun(f"{config}: {fault}") from fault


def _object(row: Advisory) -> dict[str, object]:
    return {
        "advisory": row.name,
        "cohorts": None if row.cohorts is None else sorted(row.cohorts),
        "concerned": row.concerned.value,
        "makers": sorted(row.makers),
        "models": sorted(row.models),
        "services": sorted(row.services),
        "outcome": row.outcome.value,
        "says": row.says,
        "clause": row.clause,
        "basis": row.basis.value,
        "source": row.source,
    }
