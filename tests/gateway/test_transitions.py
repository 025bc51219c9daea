"""What becomes of devices when they answer, end to end: status, history, alerts at the users, the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result
from lxml import etree
from patience import until
from running import D, Running, S, T

from gateway.cli import main
from gateway.ports import Far
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.stage import Post
from gateway.sandbox.user_simulator import Answer, AnswerKind
from routing.inventory import Device
from schemas.bodies import body_of
from schemas.inventory_bodies import ClockSetting, OtherDevice
from schemas.request import (
    ActivateFirmware,
    AddDeviceToCHFWhitelist,
    AnyBody,
    DevicePrenotification,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    UpdateHANDeviceLog,
)
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType
from schemas.xsd import DUIS_NAMESPACE

SR = f"{{{DUIS_NAMESPACE}}}"
I, P, W, C, SUSPENDED = (  # noqa: E741 -- statuses
    DeviceStatus.INSTALLED_NOT_COMMISSIONED,
    DeviceStatus.PENDING,
    DeviceStatus.WHITELISTED,
    DeviceStatus.COMMISSIONED,
    DeviceStatus.SUSPENDED,
)


async def record(running: Running, name: str) -> Device:
    found = await running.worker.state.device(running.scene.device(name))
    assert found is not None
    return found


async def put(running: Running, name: str, **changes: object) -> Device:
    """The device, with what a test needs of it otherwise."""
    device = msgspec.structs.replace(await record(running, name), **changes)
    await running.worker.state.import_devices([device], {})
    return device


async def moves(running: Running, device: DeviceId) -> list[tuple[str, str, str]]:
    """The device's history: event, from, to. What a test itself put there is left out."""
    lines = await running.worker.state.history(device)
    return [(line.event, str(line.before), str(line.after)) for line in lines if line.event != "imported"]


def alerts(running: Running) -> list[tuple[str, str]]:
    """What users got unasked, once for each of them: code and content."""
    return [_shown(each) for each in running.simulators.users.unnamed if each.kind is AnswerKind.DCC_ALERT]


def _shown(alert: Answer) -> tuple[str, str]:
    message = etree.fromstring(alert.octets).find(f"{SR}Body/{SR}DCCAlertMessage")
    assert message is not None
    content = message.find(f"{SR}DCCAlert/*")
    assert content is not None
    change = content.find(f"{SR}DeviceStatusChange/*")
    return message.findtext(f"{SR}DCCAlertCode") or "", etree.QName(content if change is None else change).localname


async def ask(running: Running, device: str, srv: str, body: AnyBody, cv: int = 1) -> str | None:
    """The response code, once all has come to rest; a critical request goes all the way to the device."""
    post = running.scene.post("supplier", running.scene.device(device), srv, body, cv, T if cv == 4 else S)
    return await send(running, post)


async def send(running: Running, post: Post) -> str | None:
    answered = await running.answered(post)
    if post.web_service is T and answered.code == "I0":
        answered = await running.answered(running.signed(post, answered.payload or b""))
    await running.settled()
    return answered.code


def reads() -> AnyBody:
    return ReadFirmwareVersion()


def activates(running: Running, firmware: str) -> AnyBody:
    return ActivateFirmware(firmware_hash=running.world.firmware[firmware].hash)


# ---- Suspended and restored


async def test_a_suspended_device_takes_11_2_and_nothing_else_of_the_kind(running: Running) -> None:
    assert "E5" == await ask(running, "suspended-esme", "4.1.1", ReadInstantaneousImportRegisters())
    assert "I99" == await ask(running, "suspended-esme", "11.2", reads())
    assert [] == await moves(running, running.scene.device("suspended-esme"))
    assert SUSPENDED is (await record(running, "suspended-esme")).status
    assert [] == alerts(running)


ACTIVATED = {
    "of SMETS2+": ("suspended-esme", "esme-newer", 4),
    "of SMETS1": ("smets1-suspended-esme", "smets1-secure-esme-newer", 1),
}


@pytest.mark.parametrize(("name", "firmware", "cv"), ACTIVATED.values(), ids=ACTIVATED.keys())
async def test_the_answer_to_an_11_3_restores_a_suspended_device(
    running: Running, name: str, firmware: str, cv: int
) -> None:
    assert "I99" == await ask(running, name, "11.3", activates(running, firmware), cv)
    restored = await record(running, name)
    version = running.world.firmware[firmware].version
    assert (C, None, version) == (restored.status, restored.suspended_from, restored.firmware_version)
    assert [("firmware-activated", "Suspended", "Commissioned")] == await moves(running, restored.id)
    assert [("N29", "DeviceRestored")] == alerts(running)
    assert "I99" == await ask(running, name, "4.1.1", ReadInstantaneousImportRegisters())


async def test_an_11_2_restores_a_device_whose_answer_to_the_11_3_was_lost(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.WRONG_MAC, times=1))
    assert "I99" == await ask(running, "suspended-esme", "11.3", activates(running, "esme-newer"), 4)
    assert SUSPENDED is (await record(running, "suspended-esme")).status
    assert "I99" == await ask(running, "suspended-esme", "11.2", reads())
    assert [("firmware-read", "Suspended", "Commissioned")] == await moves(
        running, running.scene.device("suspended-esme")
    )
    assert [("N29", "DeviceRestored")] == alerts(running)


async def test_an_answer_that_comes_twice_changes_a_device_once(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.DUPLICATE_ANSWER))
    assert "I99" == await ask(running, "suspended-esme", "11.3", activates(running, "esme-newer"), 4)
    assert 1 == len(await moves(running, running.scene.device("suspended-esme")))
    assert 1 == len(alerts(running))


async def test_another_version_read_from_a_device_is_the_inventorys_and_its_suppliers_are_told(
    running: Running,
) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.WRONG_MAC, times=1))
    await ask(running, "esme", "11.3", activates(running, "esme-newer"), 4)
    for _ in range(2):
        assert "I99" == await ask(running, "esme", "11.2", reads())
    assert running.world.firmware["esme-newer"].version == (await record(running, "esme")).firmware_version
    assert [("N49", "FirmwareVersionMismatch")] == alerts(running)
    assert [] == await moves(running, running.scene.device("esme"))


async def test_the_trace_tells_what_became_of_the_device(running: Running) -> None:
    post = running.scene.post("supplier", running.scene.device("suspended-esme"), "11.2", reads(), 1, S)
    answered = await running.answered(post)
    await running.settled()
    device = await record(running, "suspended-esme")
    events = " ".join((await running.trace(answered.trace_id)).events)
    said = f"{device.id} runs {device.firmware_version}, which is not on the CPL for {device.manufacturer}/"
    assert said in events


# ---- from pre-notified to commissioned


async def test_a_pre_notified_device_is_pending(running: Running) -> None:
    sample, newcomer = running.world.firmware["esme-current"], running.scene.newcomer
    body = DevicePrenotification(
        device=newcomer,
        manufacturer=sample.manufacturer,
        model=sample.model,
        device_type=DeviceType.ESME,
        firmware_version=sample.version,
    )
    post = running.scene.post("supplier", running.scene.dcc, "12.2", body, 8, D)
    assert "I99" == await send(running, post)
    (line,) = await running.worker.state.history(newcomer)
    assert post.request is not None
    assert ("pre-notified", None, P, post.request.request_id.text) == (line.event, line.before, line.after, line.cause)


def commissions(running: Running) -> AnyBody:
    setting = ClockSetting(current_date_time=running.clock().replace(microsecond=0), tolerance_period=10)
    return body_of("CommissionDeviceSynchroniseClock", setting)


def joins(name: str) -> Callable[[Running], AnyBody]:
    return lambda running: body_of("JoinServiceCritical", OtherDevice(other_device_id=running.scene.device(name)))


def unjoins(name: str) -> Callable[[Running], AnyBody]:
    return lambda running: body_of("UnjoinServiceCritical", OtherDevice(other_device_id=running.scene.device(name)))


def adds(name: str) -> Callable[[Running], AnyBody]:
    addition = AddDeviceToCHFWhitelist(join_time_period=90, install_code=bytes(range(16)))
    return lambda running: UpdateHANDeviceLog(device=running.scene.device(name), request_type="Add", add=addition)


def removes(name: str) -> Callable[[Running], AnyBody]:
    return lambda running: UpdateHANDeviceLog(device=running.scene.device(name), request_type="Remove")


MOVED = {
    "8.1.1 commissions a meter": (
        ("installing-esme", "8.1.1", commissions, 4),
        ("installing-esme", I),
        ("commissioned", "InstalledNotCommissioned", "Commissioned"),
        # The supplier and the network operator of the meter point.
        [("N16", "MeterIdentity")] * 2,
    ),
    "8.11 Add whitelists a pending device": (
        ("hub", "8.11", adds("pending-esme"), 1),
        ("pending-esme", P),
        ("whitelisted", "Pending", "Whitelisted"),
        [("N24", "UpdateHANDeviceLogResult")],
    ),
    "8.11 Remove takes it off again": (
        ("hub", "8.11", removes("pending-esme"), 1),
        ("pending-esme", W),
        ("taken-off-whitelist", "Whitelisted", "Pending"),
        [("N24", "UpdateHANDeviceLogResult")],
    ),
    "8.11 Add at a SMETS1 hub": (
        ("smets1-ioc-hub", "8.11", adds("smets1-ioc-ppmid"), 1),
        ("smets1-ioc-ppmid", P),
        ("whitelisted", "Pending", "Whitelisted"),
        [("N24", "UpdateHANDeviceLogResult")],
    ),
    "8.7.1 commissions the device that is joined": (
        ("esme", "8.7.1", joins("hcalcs"), 4),
        ("hcalcs", I),
        ("joined", "InstalledNotCommissioned", "Commissioned"),
        [],
    ),
    "8.8.1 takes it back": (
        ("esme", "8.8.1", unjoins("hcalcs"), 4),
        ("hcalcs", C),
        ("unjoined", "Commissioned", "InstalledNotCommissioned"),
        [],
    ),
}


@pytest.mark.parametrize(("asked", "device", "move", "raised"), MOVED.values(), ids=MOVED.keys())
async def test_an_answer_moves(
    running: Running,
    asked: tuple[str, str, Callable[[Running], AnyBody], int],
    device: tuple[str, DeviceStatus],
    move: tuple[str, str, str],
    raised: list[tuple[str, str]],
) -> None:
    target, srv, body, cv = asked
    name, status = device
    before = await put(running, name, status=status)
    assert "I99" == await ask(running, target, srv, body(running), cv)
    assert [move] == await moves(running, before.id)
    assert raised == alerts(running)


async def test_a_whitelisted_device_belongs_to_the_hub_and_its_meter_points(running: Running) -> None:
    addition = AddDeviceToCHFWhitelist(join_time_period=90, install_code=bytes(16), import_mpxn="2330000000999")
    body = UpdateHANDeviceLog(device=running.scene.device("pending-esme"), request_type="Add", add=addition)
    await ask(running, "hub", "8.11", body)
    added = await record(running, "pending-esme")
    assert (running.scene.device("hub"), "2330000000999") == (added.hub, added.import_mpxn)


async def test_a_device_that_did_not_do_it_changes_nothing(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.DEVICE_FAILS))
    await put(running, "smets1-ioc-ppmid", status=P)
    assert "I99" == await ask(running, "smets1-ioc-hub", "8.11", adds("smets1-ioc-ppmid")(running))
    assert P is (await record(running, "smets1-ioc-ppmid")).status
    assert [("N25", "UpdateHANDeviceLogResult")] == alerts(running)


# ---- said by an operator


async def command(running: Running, *arguments: str) -> Result:
    with_config = [*arguments, "--config", str(running.world.config)]
    return await asyncio.to_thread(CliRunner().invoke, main, with_config)


async def test_a_recovery_is_begun_and_complete_when_an_operator_says_so(running: Running) -> None:
    device = running.scene.device("esme")
    begun = await command(running, "devices", "recovery", "begun", str(device))
    assert f"{device} Commissioned -> Recovery (recovery)\n" == begun.stdout
    assert "E5" == await ask(running, "esme", "4.1.1", ReadInstantaneousImportRegisters())
    complete = await command(running, "devices", "recovery", "complete", str(device))
    assert f"{device} Recovery -> Recovered (end-of-recovery), alert N44\n" == complete.stdout
    await until(lambda: [("N44", "RecoveryComplete")] == alerts(running))
    assert "I99" == await ask(running, "esme", "4.1.1", ReadInstantaneousImportRegisters())
    again = await command(running, "devices", "recovery", "complete", str(device))
    reason = f"{device} is Recovered (ESME), where the event recovery-complete changes nothing\n"
    assert (1, reason) == (again.exit_code, again.stdout)


# ---- shown


async def test_the_history_is_shown(running: Running) -> None:
    await ask(running, "suspended-esme", "11.3", activates(running, "esme-newer"), 4)
    device = running.scene.device("suspended-esme")
    as_json = await command(running, "devices", "history", str(device), "--json")
    (line,) = orjson.loads(as_json.stdout)
    assert ("firmware-activated", "Suspended", "Commissioned") == (line["event"], line["before"], line["after"])
    (stored,) = await running.worker.state.history(device)
    assert (stored.cause, stored.at.isoformat().replace("+00:00", "Z")) == (line["cause"], line["at"])
    reply = await running.call("GET", f"{running.operators}/v1/devices/{device}/history")
    assert [line] == orjson.loads(reply.body)
    shown = await command(running, "devices", "history", str(device))
    assert "firmware-activated" in shown.stdout
