"""What people do in the story of the bilingual PPMID, and where they look: requests, commands, the configuration."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import orjson
from click.testing import CliRunner
from lxml import etree
from running import D, Running, S

from gateway.cli.devices import devices
from gateway.cli.traces import traces
from gateway.sandbox.stage import Post
from gateway.sandbox.user_simulator import Answer as UserAnswer
from gateway.sandbox.world import World
from gateway.settings import Settings, load_settings
from routing.inventory import Device
from routing.trace import Answer, RoutingTrace
from schemas.bodies import body_of
from schemas.inventory_bodies import DeviceLogQuestion, OtherDevice
from schemas.request import (
    AddDeviceToCHFWhitelist,
    AnyBody,
    DevicePrenotification,
    ReadFirmwareVersion,
    UpdateHANDeviceLog,
    UpdatePPMIDFirmware,
)
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType
from schemas.xsd import MESSAGE_MAPPING_NAMESPACE

RIGHT, WRONG, THIRD = (DeviceId(0x00DB125AFFFF0000 + number) for number in (1, 2, 3))
"""Three PPMIDs of one model: joined rightly, joined wrongly, and kept from it."""
SMETS1_VERSION, SMETS2_VERSION = "F1020300", "01020300"
LOST: Final = "E59"


def configured(world: World, before: str, after: str) -> None:
    """Change the configuration file, as an operator does."""
    text = world.config.read_text(encoding="utf-8")
    assert before in text
    world.config.write_text(text.replace(before, after), encoding="utf-8")


def as_configured(world: World) -> Settings:
    return load_settings(world.config, {})


def pre_notified(running: Running, device: DeviceId, firmware_version: str | None) -> Post:
    body = DevicePrenotification(
        device=device,
        manufacturer="AB09",
        model="050B0101",
        device_type=DeviceType.PPMID,
        firmware_version=firmware_version,
    )
    return running.scene.post("supplier", running.scene.dcc, "12.2", body, 8, D)


def whitelisted(running: Running, device: DeviceId, hub: str) -> Post:
    addition = AddDeviceToCHFWhitelist(join_time_period=90, install_code=bytes(range(16)))
    body = UpdateHANDeviceLog(device=device, request_type="Add", add=addition)
    return running.scene.post("supplier", running.scene.device(hub), "8.11", body, 1, S)


def asked(running: Running, device: DeviceId, srv: str, body: AnyBody) -> Post:
    return running.scene.post("supplier", device, srv, body, 1, S)


async def on_the_log(running: Running, device: DeviceId, hub: str) -> Device:
    """Once its hub has answered the 8.11."""
    await running.settled()
    found = await record(running, device)
    assert (running.scene.device(hub), DeviceStatus.WHITELISTED) == (found.hub, found.status)
    return found


async def joined(running: Running, device: DeviceId, home: str) -> RoutingTrace:
    """To the gas meter of a SMETS1 home: so it is commissioned."""
    await on_the_log(running, device, f"{home}hub")
    join = body_of("JoinServiceNonCritical", OtherDevice(other_device_id=device))
    code, trace = await told(running, asked(running, running.scene.device(f"{home}gsme"), "8.7.2", join))
    assert "I99" == code, trace.reason
    await running.settled()
    assert DeviceStatus.COMMISSIONED is (await record(running, device)).status
    return trace


async def record(running: Running, device: DeviceId) -> Device:
    found = await running.worker.state.device(device)
    assert found is not None
    return found


async def told(running: Running, post: Post) -> tuple[str | None, RoutingTrace]:
    """The response code, and the trace that says why."""
    answered = await running.answered(post)
    return answered.code, await running.trace(answered.trace_id)


def advised(trace: RoutingTrace) -> dict[str, str | None]:
    return {verdict.check: verdict.reason for verdict in trace.verdicts if verdict.answer is Answer.ADVISED}


def ppmid_report(world: World, *options: str) -> str:
    result = CliRunner().invoke(devices, ["ppmid-report", "--config", str(world.config), *options])
    assert 0 == result.exit_code, result.output
    return result.stdout


async def shown(world: World, device: DeviceId) -> str:
    """``devices show``."""
    arguments = ["show", str(device), "--json", "--config", str(world.config)]
    result = await asyncio.to_thread(CliRunner().invoke, devices, arguments)
    assert 0 == result.exit_code, result.output
    return result.stdout


async def replayed(world: World, policy: str) -> dict[tuple[str, str], int]:
    """``traces replay``: how many requests would change from one code to another under that policy."""
    arguments = ["replay", "--since", "2020-01-01", "--policy", policy, "--json", "--config", str(world.config)]
    result = await asyncio.to_thread(CliRunner().invoke, traces, arguments)
    changes = orjson.loads(result.stdout)["by_code"]
    return {(change["code_then"], change["code_now"]): change["requests"] for change in changes}


def report(world: World) -> dict[str, Any]:
    """The rows of two of our devices."""
    rows = {row["device"]: row for row in orjson.loads(ppmid_report(world, "--json"))["devices"]}
    return {"right": rows[str(RIGHT)], "wrong": rows[str(WRONG)]}


def reached(row: dict[str, Any]) -> dict[str, str]:
    """Under each policy: the generation that the device is treated as, or that it cannot be reached."""
    return {
        policy: treated["generation"] if treated["reachable"] else "cannot be reached"
        for policy, treated in row["treatments"].items()
    }


def every_request(running: Running, device: DeviceId) -> dict[str, Post]:
    """All that a supplier can ask of a PPMID, by service."""
    meter = OtherDevice(other_device_id=running.scene.device("esme"))
    return {
        "8.8.2": asked(running, device, "8.8.2", body_of("UnjoinServiceNonCritical", meter)),
        "8.7.2": asked(running, device, "8.7.2", body_of("JoinServiceNonCritical", meter)),
        "8.9": asked(running, device, "8.9", body_of("ReadDeviceLog", DeviceLogQuestion())),
        "11.2": asked(running, device, "11.2", ReadFirmwareVersion()),
    }


def versions_in(answer: UserAnswer) -> list[str]:
    """What an S1SP says that the device runs."""
    found = etree.fromstring(answer.inner or b"").iter(f"{{{MESSAGE_MAPPING_NAMESPACE}}}FirmwareVersion")
    return [each.text or "" for each in found]


def update(running: Running, device: DeviceId) -> Post:
    sample = running.world.firmware["bilingual-ppmid-as-smets2"]
    body = UpdatePPMIDFirmware(firmware_version=sample.version, devices=(device,), image_characters=0)
    return running.scene.post("supplier", running.scene.dcc, "11.4", body, 8, D, sample.image)
