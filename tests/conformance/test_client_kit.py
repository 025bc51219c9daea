"""The DCC's own client libraries against the sandbox on the public test PKI.

The client signs, posts, and verifies every answer with XSD and signature of its own; it prints one JSON
object a line. Each run starts a JVM or two, so the cases are few and chosen.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import msgspec
import pytest

from gateway.sandbox.traveller import Answered, Traveller
from gateway.sandbox.world import World, load_world
from schemas.request import DevicePrenotification, ReadInventory
from schemas.vocabulary import DeviceId, DeviceType, UserId, WebService

pytestmark = pytest.mark.xdist_group("client kit")

SUPPLIER = "90-b3-d5-1f-30-01-00-00"
NETWORK_OPERATOR = "90-b3-d5-1f-30-02-00-00"
ESME = "00-db-12-34-56-78-90-a0"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class RunningSandbox(msgspec.Struct):
    url: str
    receive_port: int
    directory: Path


@pytest.fixture(scope="module")
def sandbox(keystore: Path, reference_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    directory = tmp_path_factory.mktemp("kit") / "world"
    port, operators, simulators, receive = (free_port() for _ in range(4))
    command = [sys.executable, "-m", "gateway.cli", "sandbox", "--dir", str(directory)]
    command += ["--keystore", str(keystore), "--device-certs", str(reference_dir / "pki" / "devices")]
    command += ["--receive-url", f"http://127.0.0.1:{receive}/smartdcc/duis"]
    command += ["--port", str(port), "--operator-port", str(operators), "--simulators-port", str(simulators)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            wait_until_ready(process, operators)
            yield RunningSandbox(url=f"http://127.0.0.1:{port}", receive_port=receive, directory=directory)
        finally:
            process.terminate()
            process.wait(20)


def wait_until_ready(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"the sandbox ended: {process.stdout.read() if process.stdout else ''}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("the sandbox did not come up within 60 s")


class Spoken(msgspec.Struct):
    """What the client said: its events by name, and its exit code."""

    events: dict[str, dict[str, object]]
    exit_code: int

    def code(self, event: str) -> str:
        return str(self.events[event]["header"]["responseCode"])  # type: ignore[index]

    def result(self, event: str) -> dict[str, object]:
        return self.events[event]["body"]["ResponseMessage"]  # type: ignore[index, no-any-return]


def speak(client_kit: Path, sandbox: RunningSandbox, *arguments: str) -> Spoken:
    command = ["node", "duis_client.js", "--url", sandbox.url, *arguments]
    done = subprocess.run(command, check=False, cwd=client_kit, capture_output=True, text=True, timeout=120)
    events = {line["event"]: line for line in map(json.loads, done.stdout.splitlines())}
    return Spoken(events=events, exit_code=done.returncode)


def test_inventory_is_answered_at_once(client_kit: Path, sandbox: RunningSandbox) -> None:
    spoken = speak(client_kit, sandbox, "--template", "8.2_READ_INVENTORY")
    assert 0 == spoken.exit_code
    assert "I0" == spoken.code("sync")
    assert "00-DB-12-34-56-78-90-A2" == spoken.result("sync")["DSPInventory"]["Device"]["DeviceID"]  # type: ignore[index]


@pytest.mark.parametrize("originator", [SUPPLIER, NETWORK_OPERATOR], ids=["a supplier", "a network operator"])
def test_firmware_version_is_acknowledged_then_answered(
    client_kit: Path, sandbox: RunningSandbox, originator: str
) -> None:
    addressed = ("--originator", originator, "--target", ESME, "--listen", str(sandbox.receive_port))
    spoken = speak(client_kit, sandbox, "--template", "CS08_11.2", *addressed)
    assert 0 == spoken.exit_code
    assert ("I99", "I0") == (spoken.code("sync"), spoken.code("async"))
    assert "GBCSPayload" in spoken.result("async")


def test_activation_is_transformed(client_kit: Path, sandbox: RunningSandbox) -> None:
    spoken = speak(client_kit, sandbox, "--template", "CS06_11.3_IMMEDIATE")
    assert 0 == spoken.exit_code
    assert "I0" == spoken.code("sync")
    payload = spoken.result("sync")["PreCommand"]["GBCSPayload"]  # type: ignore[index]
    assert re.match("3[w-z]", payload), "the first octet is DF"


SIGN = """
const [file, eui, name, payload] = process.argv.slice(1)
const held = JSON.parse(require('node:fs').readFileSync(file, 'utf8'))[eui].digitalSignature
const { privateKey: key } = Object.values(held).find((one) => one.name === name)
const issued = Buffer.from(payload, 'base64')
const signature = require('node:crypto').sign('sha256', issued.subarray(1), { key, dsaEncoding: 'ieee-p1363' })
process.stdout.write(Buffer.concat([issued, Buffer.of(64), signature]).toString('base64'))
"""
"""A user's side of a Pre-Command, none of it ours: everything after DF is signed, length and r, s are appended."""


def signed_pre_command(keystore: Path, pre_command: str) -> str:
    """Both in base64; signed with the test supplier's digital-signing key."""
    command = ["node", "-e", SIGN, str(keystore), SUPPLIER.replace("-", ""), "Z1-supplier-ds", pre_command]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@pytest.mark.parametrize("template", ["ECS43_7.2", "GCS32_7.2"], ids=["an ESME", "a GSME"])
def test_a_critical_request_is_transformed_signed_sent_and_answered(
    client_kit: Path, keystore: Path, sandbox: RunningSandbox, tmp_path: Path, template: str
) -> None:
    same = ("--template", template, "--counter", str(time.time_ns() // 1_000_000))
    transformed = speak(client_kit, sandbox, *same)
    assert (0, "I0") == (transformed.exit_code, transformed.code("sync"))
    issued = str(transformed.result("sync")["PreCommand"]["GBCSPayload"])  # type: ignore[index]

    signed = tmp_path / "signed.json"
    signed.write_text(json.dumps({"SignedPreCommand": {"GBCSPayload": signed_pre_command(keystore, issued)}}))
    sent = speak(client_kit, sandbox, *same, "--cv", "5", "--body", str(signed), "--listen", str(sandbox.receive_port))
    assert (0, "I99", "I0") == (sent.exit_code, sent.code("sync"), sent.code("async"))
    assert "GBCSPayload" in sent.result("async")

    signed.write_text(json.dumps({"SignedPreCommand": {"GBCSPayload": issued}}))
    unsigned = speak(client_kit, sandbox, *same, "--cv", "5", "--body", str(signed))
    assert (0, "E63") == (unsigned.exit_code, unsigned.code("sync")), "its RequestID has been used by the signed one"


def test_firmware_that_is_not_on_the_cpl_is_refused(client_kit: Path, sandbox: RunningSandbox) -> None:
    spoken = speak(client_kit, sandbox, "--template", "11.1_UPDATE_FIRMWARE")
    assert 0 == spoken.exit_code, "an E-code is an answer that the client accepts"
    assert "E110101" == spoken.code("sync")


def test_firmware_that_is_on_the_cpl_is_taken(client_kit: Path, sandbox: RunningSandbox, tmp_path: Path) -> None:
    body = {
        "UpdateFirmware": {
            "FirmwareImage": "AAAA",
            "FirmwareVersion": "0002012F",
            "DeviceIDList": "00-DB-12-34-56-78-90-A0",
        }
    }
    file = tmp_path / "body.json"
    file.write_text(json.dumps(body))
    spoken = speak(client_kit, sandbox, "--template", "11.1_UPDATE_FIRMWARE", "--body", str(file))
    assert 0 == spoken.exit_code
    assert "I99" == spoken.code("sync")


@pytest.mark.parametrize("change", ["--tamper", "--no-sign"], ids=["tampered", "unsigned"])
def test_what_nobody_signed_is_refused(client_kit: Path, sandbox: RunningSandbox, change: str) -> None:
    spoken = speak(client_kit, sandbox, "--template", "8.2_READ_INVENTORY", change)
    assert 403 == spoken.events["http"]["status"]


class PreNotified(msgspec.Struct):
    """A 12.2 for a device that is not there, its second, and an 8.2 for it."""

    first: Answered
    second: Answered
    inventory: Answered


@pytest.fixture
async def pre_notified(sandbox: RunningSandbox) -> PreNotified:
    world: World = load_world(sandbox.directory)
    user, dcc = UserId.parse(SUPPLIER), world.settings.gbcs.acb
    device = DeviceId.parse("00-DB-12-34-56-78-90-F7")
    body = DevicePrenotification(
        device=device,
        manufacturer="AB01",
        model="010A030B",
        device_type=DeviceType.ESME,
        smets_chts_version="SMETS V1.58",
        firmware_version="0002012F",
        esme_variant="AD",
    )
    async with aiohttp.ClientSession() as session:
        by = Traveller(world, sandbox.url, session)

        async def post(variant: str, what: DevicePrenotification | ReadInventory) -> Answered:
            return await by.post(by.signed(by.request(user, dcc, variant, what, 8)), WebService.NON_DEVICE)

        return PreNotified(
            first=await post("12.2", body),
            second=await post("12.2", body),
            inventory=await post("8.2", ReadInventory(device=device)),
        )


async def test_a_device_is_pre_notified_once_and_then_in_the_inventory(pre_notified: PreNotified) -> None:
    codes = [pre_notified.first.code, pre_notified.second.code, pre_notified.inventory.code]
    assert ["I99", "E120201", "I0"] == codes
    assert b"<sr:DeviceStatus>Pending</sr:DeviceStatus>" in pre_notified.inventory.body


def test_pre_notification_template(client_kit: Path, sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The RTDS body for another device: its Device Model is on the CPL of this world."""
    body = {
        "DevicePrenotification": {
            "DeviceID": "00-DB-12-34-56-78-90-F8",
            "DeviceManufacturer": "AB01",
            "DeviceModel": "010A030B",
            "DeviceType": "ESME",
            "SMETSCHTSVersion": "SMETS V1.58",
            "FirmwareVersion": "0002012F",
            "ESMEVariant": "AD",
        }
    }
    file = tmp_path / "body.json"
    file.write_text(json.dumps(body))
    spoken = speak(client_kit, sandbox, "--template", "12.2_DEVICE_PRE_NOTIFICATION", "--body", str(file))
    assert (0, "I99") == (spoken.exit_code, spoken.code("sync"))
    again = speak(client_kit, sandbox, "--template", "12.2_DEVICE_PRE_NOTIFICATION", "--body", str(file))
    assert (0, "E120201") == (again.exit_code, again.code("sync"))
