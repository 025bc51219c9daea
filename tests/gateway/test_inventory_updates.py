"""8.3 and 8.4, end to end: a record is changed at once, with the answer, its history and the alerts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from running import D, Running
from test_transitions import C, I, P, W, alerts, moves, put, record, send

from gateway.sandbox.stage import Post
from schemas.bodies import body_of
from schemas.inventory_bodies import (
    DeleteDevice,
    InventoryChange,
    InventoryUpdate,
    OneDevice,
    UpdateDeviceDetails,
    UpdateDeviceStatusCH,
    UpdateDeviceStatusExceptCH,
    UpdateMPxN,
)
from schemas.vocabulary import DeviceStatus

Ask = Callable[[Running, str], Post]


def decommissions(running: Running, name: str) -> Post:
    body = body_of("DecommissionDevice", OneDevice(device_id=running.scene.device(name)))
    return running.scene.post("supplier", running.scene.dcc, "8.3", body, 8, D)


def updates(change: InventoryChange) -> Ask:
    def ask(running: Running, name: str) -> Post:
        body = body_of("UpdateInventory", InventoryUpdate(device_id=running.scene.device(name), change=change))
        return running.scene.post("supplier", running.scene.dcc, "8.4", body, 8, D)

    return ask


MOVED = {
    "8.3 decommissions a meter": (
        decommissions,
        ("esme", C),
        ("decommissioned", "Commissioned", "Decommissioned"),
        [("N1", "MeterDecommissioningOrWithdrawal")] * 2,
    ),
    "8.4 has a meter installed": (
        updates(UpdateDeviceStatusExceptCH(I)),
        ("pending-esme", W),
        ("set-installed", "Whitelisted", "InstalledNotCommissioned"),
        [],
    ),
    "8.4 takes a meter back to pending": (
        updates(UpdateDeviceStatusExceptCH(P)),
        ("installing-esme", I),
        ("set-pending", "InstalledNotCommissioned", "Pending"),
        [],
    ),
    "8.4 commissions a hub": (
        updates(UpdateDeviceStatusCH(C)),
        ("pending-hub", I),
        ("set-commissioned", "InstalledNotCommissioned", "Commissioned"),
        [],
    ),
    "8.4 withdraws a hub": (
        updates(UpdateDeviceStatusCH(DeviceStatus.WITHDRAWN)),
        ("hub", C),
        ("set-withdrawn", "Commissioned", "Withdrawn"),
        [],
    ),
    "8.4 forgets a pending device": (
        updates(DeleteDevice()),
        ("pending-gsme", P),
        ("removed", "Pending", "None"),
        [("N8", "DeviceRemovedFromInventory")],
    ),
}


@pytest.mark.parametrize(("ask", "device", "move", "raised"), MOVED.values(), ids=MOVED.keys())
async def test_a_request_moves(
    running: Running,
    ask: Ask,
    device: tuple[str, DeviceStatus],
    move: tuple[str, str, str],
    raised: list[tuple[str, str]],
) -> None:
    name, status = device
    before = await put(running, name, status=status)
    post = ask(running, name)
    assert "I99" == await send(running, post)
    assert "I99" == await send(running, post), "a repeat is answered as before"
    assert [move] == await moves(running, before.id)
    assert raised == alerts(running)


REFUSED = {
    "8.3 of a device that is not in place": (decommissions, "pending-esme", "E080302"),
    "8.4 that forgets a device in use": (updates(DeleteDevice()), "esme", "E080405"),
    "8.4 of a hub's status, for a meter": (updates(UpdateDeviceStatusCH(C)), "esme", "E080405"),
    "8.3 by a supplier that is not registered": (decommissions, "twin-esme", "E4"),
}


@pytest.mark.parametrize(("ask", "name", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_refused(running: Running, ask: Ask, name: str, code: str) -> None:
    before = await record(running, name)
    assert code == await send(running, ask(running, name))
    assert before == await record(running, name)
    assert [] == await moves(running, before.id)


async def test_what_was_pre_notified_wrongly_is_put_right(running: Running) -> None:
    newer = running.world.firmware["esme-newer"].version
    assert "I99" == await send(running, updates(UpdateDeviceDetails(firmware_version=newer))(running, "pending-esme"))
    assert "I99" == await send(running, updates(UpdateMPxN(import_mpxn="2330000000999"))(running, "pending-esme"))
    changed = await record(running, "pending-esme")
    assert (newer, "2330000000999", P) == (changed.firmware_version, changed.import_mpxn, changed.status)
    entry = running.worker.in_force.rules.products.in_force(changed.manufacturer, changed.model, newer)[0]
    assert entry.entry_id == changed.cpl_entry


async def test_of_requests_for_one_device_at_once_each_is_judged_on_what_the_one_before_left(running: Running) -> None:
    posts = [decommissions(running, "esme") for _ in range(4)]
    answered = await asyncio.gather(*(running.answered(post) for post in posts))
    assert ["E080302", "E080302", "E080302", "I99"] == sorted(str(each.code) for each in answered)
    assert 1 == len(await moves(running, running.scene.device("esme")))
