"""``duis-gateway devices``: the inventory, for set-up and for looking at one device."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
import orjson
from rich.table import Table
from rich.text import Text

from gateway.cli.arguments import device_id
from gateway.cli.console import folding_table, wide_console
from gateway.cli.exits import CannotRun, config_option, environment, existing, json_option, refuse, settings_of
from gateway.cli.ppmid_report import ppmid_report
from gateway.cli.recovery import recovery
from gateway.device_rows import DeviceRows, read_device_rows
from gateway.sqlite_state import SqliteState
from gateway.status_records import StatusChange
from routing.inventory import Device
from schemas.records import to_builtins
from schemas.vocabulary import DeviceId

OWNER = "command line"
"""The name under which commands open the state; it never holds a hand-off."""


@click.group()
def devices() -> None:
    """The inventory: import, show, history, recovery, report."""


devices.add_command(ppmid_report)
devices.add_command(recovery)


@devices.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
def import_devices(file: Path, config: Path) -> None:
    """Insert or replace the devices in FILE (CSV), all or none.

    Columns: device_id, device_type, manufacturer, model and prenotified_as are needed; status,
    firmware_version, smets_version, cpl_entry, s1sp, hub, mpxn, secondary_import_mpan, export_mpan,
    associated_gpf, esme_variant, gbcs_version, csp_region, date_commissioned, uprn, postcode, address and
    ka_certificate (base64 DER, or a path beside FILE) are read where given.
    """
    settings = settings_of(config)
    with environment():
        try:
            text = file.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as fault:
            raise CannotRun(f"{file}: not UTF-8: {fault}") from None
        rows = read_device_rows(text, file.resolve().parent)
    if rows.unknown_columns:
        click.echo(f"{file}: unknown columns, not read: {', '.join(rows.unknown_columns)}")
    if rows.faults:
        click.echo("\n".join(f"{file}: {fault}" for fault in rows.faults))
        refuse(f"{file}: nothing was imported: {len(rows.faults)} faults")
    with environment():
        asyncio.run(_store(settings.store.path, rows))
    click.echo(f"{file}: {len(rows.devices)} devices, {len(rows.certificates)} certificates imported")


@devices.command()
@click.argument("eui", type=device_id)
@json_option
@config_option
def show(eui: DeviceId, as_json: bool, config: Path) -> None:
    """Everything the inventory holds of the device EUI."""
    path = existing(settings_of(config).store.path)
    with environment():
        device, certified = asyncio.run(_read(path, eui))
    if device is None:
        refuse(f"{eui} is not in the inventory")
    record = {**to_builtins(device), "key_agreement_certificate": certified}
    if as_json:
        click.echo(orjson.dumps(record, option=orjson.OPT_INDENT_2))
        return
    table = Table(show_header=False, box=None)
    for name, value in record.items():
        table.add_row(name, Text({True: "yes", False: "no"}.get(value, str(value))))
    wide_console().print(table)


@devices.command()
@click.argument("eui", type=device_id)
@json_option
@config_option
def history(eui: DeviceId, as_json: bool, config: Path) -> None:
    """Every status that the device EUI has had: from, to, when, by what event, and what caused it."""
    path = existing(settings_of(config).store.path)
    with environment():
        known, lines = asyncio.run(_history(path, eui))
    if not known and not lines:
        refuse(f"{eui} is not in the inventory, and has no status history")
    if as_json:
        click.echo(orjson.dumps([to_builtins(line) for line in lines], option=orjson.OPT_INDENT_2))
    elif not lines:
        click.echo(f"{eui} has no status history")
    else:
        table = folding_table("at", "event", "from", "to", "cause")
        for line in lines:
            statuses = (str(one or "-") for one in (line.before, line.after))
            table.add_row(f"{line.at:%Y-%m-%dT%H:%M:%S.%fZ}", line.event, *statuses, Text(line.cause))
        wide_console().print(table)


async def _history(path: Path, wanted: DeviceId) -> tuple[bool, list[StatusChange]]:
    state = SqliteState(path, owner=OWNER)
    await state.open()
    try:
        return await state.device(wanted) is not None, await state.history(wanted)
    finally:
        await state.close()


async def _store(path: Path, rows: DeviceRows) -> None:
    state = SqliteState(path, owner=OWNER)
    await state.open()
    try:
        await state.import_devices(rows.devices, rows.certificates)
    finally:
        await state.close()


async def _read(path: Path, wanted: DeviceId) -> tuple[Device | None, bool]:
    state = SqliteState(path, owner=OWNER)
    await state.open()
    try:
        return await state.device(wanted), await state.key_agreement_certificate(wanted) is not None
    finally:
        await state.close()
