"""``duis-gateway devices ppmid-report``: every bilingual PPMID, how it is treated, and its conflicts."""

from __future__ import annotations

from pathlib import Path

import click
import orjson
from rich.table import Column, Table
from rich.text import Text

from gateway.cli.console import wide_console
from gateway.cli.exits import CannotRun, config_option, environment, existing, json_option, settings_of
from gateway.product_revisions import DamagedRevision, ProductRevisions
from gateway.sqlite_survey import ppmids_with_hubs
from routing.policy import PpmidPolicy
from routing.ppmid_report import BilingualDevice, Treated, bilingual_device
from schemas.records import to_builtins


@click.command("ppmid-report")
@click.option("--conflicts", "only_conflicts", is_flag=True, help="Only the devices that have one.")
@json_option
@config_option
def ppmid_report(only_conflicts: bool, as_json: bool, config: Path) -> None:
    """Every PPMID whose model has a CPL entry in each generation.

    How it was pre-notified, its hub, how it is treated under both policies ([ppmid] policy), and what does not go
    together: joined to an installation of the other generation, a hub that nobody knows, no S1SP, a firmware version
    of the other entry or of none, an entry that is no longer in force.
    """
    settings = settings_of(config)
    with environment():
        try:
            products = ProductRevisions(settings.products.directory).active()
        except DamagedRevision as fault:
            raise CannotRun(str(fault)) from None
        pairs = ppmids_with_hubs(existing(settings.store.path))
        rows = [row for device, hub in pairs if (row := bilingual_device(device, hub, products)) is not None]
    shown = [row for row in rows if row.conflicts or not only_conflicts]
    if as_json:
        told = {"policy": settings.ppmid.policy, "revision": products.revision, "devices": to_builtins(shown)}
        click.echo(orjson.dumps(told))
        return
    _print(shown, settings.ppmid.policy)
    conflicting = sum(bool(row.conflicts) for row in rows)
    lost = sum(not row.treatments[settings.ppmid.policy].reachable for row in rows)
    click.echo(
        f"{len(rows)} bilingual PPMIDs, {conflicting} with conflicts, {lost} that nothing can be sent to "
        f"(policy {settings.ppmid.policy.value}, product lists {products.revision})"
    )


def _print(rows: list[BilingualDevice], in_force: PpmidPolicy) -> None:
    if not rows:
        return
    policies = [f"{policy.value} *" if policy is in_force else policy.value for policy in PpmidPolicy]
    table = Table(
        Column("device", no_wrap=True),
        "pre-notified as",
        Column("hub", no_wrap=True),
        *policies,
        caption="*: the policy in force",
        show_lines=True,
    )
    for row in rows:
        table.add_row(
            _lines(row.device, f"{row.manufacturer}/{row.model}", row.status and row.status.value),
            _lines(
                row.prenotified_as.value,
                f"entry {row.cpl_entry or '(none)'}",
                row.firmware_version or "(no version)",
                row.read_firmware_version and f"says {row.read_firmware_version}",
            ),
            _lines("(none)" if row.hub is None else row.hub, row.hub_generation and row.hub_generation.value),
            *(_treated(row.treatments[policy]) for policy in PpmidPolicy),
        )
    console = wide_console()
    console.print(table)
    for row in rows:
        for conflict in row.conflicts:
            console.print(Text(f"{row.device}: {conflict.says}"))


def _lines(*said: object) -> Text:
    """One under the other, without what is not known."""
    return Text("\n".join(str(each) for each in said if each is not None))


def _treated(treated: Treated) -> Text:
    if not treated.reachable:
        return Text("cannot be reached", style="bold red")
    return _lines(treated.generation.value, treated.s1sp)
