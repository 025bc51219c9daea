"""``duis-gateway devices recovery``: a device's credentials are being recovered, or have been.

No request and no answer tells the gateway of a recovery, so an operator does. What it does to the device is the table
of transitions', as anywhere else; the alerts go out by the gateway that runs on the store.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from os import urandom
from pathlib import Path
from typing import Final

import click

from gateway.answers import Answers
from gateway.cli.arguments import device_id
from gateway.cli.exits import CannotRun, config_option, environment, existing, refuse, settings_of
from gateway.consequences import told
from gateway.in_force import policy_of
from gateway.loading import signing_identity
from gateway.ports import Stage, Wanted
from gateway.product_revisions import ProductRevisions
from gateway.settings import Settings
from gateway.sqlite_state import SqliteState
from gateway.status_alerts import StatusAlerts
from routing.decision import RuleError
from routing.transitions import Change, Event, Occurrence, Unchanged
from schemas.vocabulary import DeviceId, RequestId, UserId

_EVENTS: Final = {"begun": Event.RECOVERY_BEGUN, "complete": Event.RECOVERY_COMPLETE}


@click.command()
@click.argument("stage", type=click.Choice(list(_EVENTS)))
@click.argument("eui", type=device_id)
@config_option
def recovery(stage: str, eui: DeviceId, config: Path) -> None:
    """Say that the recovery of the device EUI has begun, or is complete."""
    settings = settings_of(config)
    existing(settings.store.path)
    with environment():
        try:
            change = asyncio.run(_change(settings, eui, _EVENTS[stage]))
        except RuleError as fault:
            raise CannotRun(f"{config}: {fault}") from fault
    if isinstance(change, Unchanged):
        refuse(change.reason)
    click.echo(told(change))


async def _change(settings: Settings, wanted: DeviceId, event: Event) -> Change | Unchanged:
    alerts = StatusAlerts(Answers(signing_identity(settings.signing.key, settings.signing.certificate)))
    name, now = RequestId(UserId(settings.gbcs.acb), wanted, 0), datetime.now(UTC)
    products = await asyncio.to_thread(ProductRevisions(settings.products.directory).active)
    state = SqliteState(settings.store.path, owner="command line")
    await state.open()
    try:
        found = await state.look_up(Wanted(request_id=name, stage=Stage.REQUEST, devices=(wanted,)))
        device = found.devices.get(wanted)
        if device is None:
            return Unchanged(f"{wanted} is not in the inventory")
        occurrence = Occurrence(event=event, at=now, products=products)
        change = policy_of(settings).transitions.transition(device, occurrence)
        if isinstance(change, Unchanged):
            return change
        raised = tuple(alerts.of(change, found, now, urandom(16).hex()))
        if not await state.changed(change, name, raised):
            return Unchanged(f"{wanted} changed meanwhile: say it again")
        return change
    finally:
        await state.close()
