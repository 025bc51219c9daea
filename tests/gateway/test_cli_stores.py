"""``devices``, ``outbox`` and ``traces`` on the command line: what they print and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.devices import devices
from gateway.cli.outbox import outbox
from gateway.cli.traces import traces
from gateway.ports import Acceptance, Far, HandOff, Stage
from gateway.sqlite_state import SqliteState
from gateway.sqlite_traces import SqliteTraces
from routing.trace import Answer, HandOffAttempt, RoutingTrace, Verdict
from schemas.vocabulary import RequestId, ResponseCode, ServiceReferenceVariant

T0 = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)
ID = "1" * 32
CSV = """device_id,device_type,status,manufacturer,model,prenotified_as,colour
00-DB-12-34-56-78-90-A0,ESME,Commissioned,Acme,M100,SMETS2+,blue
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings whose stores do not exist yet."""
    file = tmp_path / "config.toml"
    file.write_text(
        '[signing]\nkey = "dsp.key"\ncertificate = "dsp.pem"\n[gbcs]\nkey_agreement_key = "acb.key"\n'
        '[store]\npath = "state.db"\n[traces]\npath = "traces.db"\n'
    )
    return file


def run(group: click.Group, config: Path, *arguments: str) -> Result:
    """Into a pipe, on a narrow terminal."""
    return CliRunner().invoke(main, [str(group.name), *arguments, "--config", str(config)], env={"COLUMNS": "60"})


def with_state(config: Path, what: Callable[[SqliteState], Awaitable[Any]]) -> Any:
    async def use() -> Any:
        state = SqliteState(config.with_name("state.db"), owner="w0")
        await state.open()
        try:
            return await what(state)
        finally:
            await state.close()

    return asyncio.run(use())


async def _one_dead_letter(state: SqliteState) -> None:
    hand_off = HandOff(
        id=ID, far=Far.S1SP, name="secure", content_type="application/xml", body=b"x" * 4321, trace_id="a" * 32
    )
    acceptance = Acceptance(
        request_id=RequestId.parse("90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:7"),
        stage=Stage.REQUEST,
        digest=b"d" * 32,
        variant=ServiceReferenceVariant("4.1.1"),
        service_reference="4.1",
        schema_version="5.4",
        trace_id="a" * 32,
        received_at=T0,
        received=b"<request/>",
        code=ResponseCode("I99"),
        answer=b"<answer/>",
        hand_offs=(hand_off,),
    )
    await state.accept(acceptance)
    await state.dead_letter(ID, "HTTP 404")


TRACE = RoutingTrace(
    trace_id="a" * 32,
    received_at=T0,
    web_service="S",
    device="00-DB-12-34-56-78-90-A0",
    variant="4.1.1",
    code="E11",
    verdicts=(Verdict(check="device-type-suits-service", answer=Answer.REFUSED, code="E11", reason="[for] ESME"),),
    attempts=(HandOffAttempt(at=T0, hand_off=ID, far="s1sp", name="secure", outcome="retry", error="HTTP 503"),),
    events=("answered",),
)


@pytest.fixture
def traced(config: Path) -> Path:
    async def offer() -> None:
        store = SqliteTraces(config.with_name("traces.db"), clock=lambda: T0)
        await store.open()
        store.offer(TRACE)
        await store.close()

    asyncio.run(offer())
    return config


def test_devices_are_imported_and_shown(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(CSV)
    imported = run(devices, config, "import", str(file))
    assert [
        f"{file}: unknown columns, not read: colour",
        f"{file}: 1 devices, 0 certificates imported",
    ] == imported.stdout.splitlines()
    shown = run(devices, config, "show", "00db1234567890a0", "--json")
    assert {
        "id": "00-DB-12-34-56-78-90-A0",
        "type": "ESME",
        "status": "Commissioned",
        "manufacturer": "Acme",
        "model": "M100",
        "prenotified_as": "SMETS2+",
        "key_agreement_certificate": False,
    } == orjson.loads(shown.stdout)
    assert "M100" in run(devices, config, "show", "00-DB-12-34-56-78-90-A0").stdout


def test_a_file_with_a_fault_is_not_imported_at_all(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "devices.csv"
    file.write_text(CSV + "nonsense,ESME,,Acme,M100,SMETS2+,red\n")
    refused = run(devices, config, "import", str(file))
    assert 1 == refused.exit_code
    assert [
        f"{file}: line 3: device_id: 'nonsense' is not an EUI-64 (sixteen hexadecimal digits)",
        f"{file}: nothing was imported: 1 faults",
    ] == refused.stdout.splitlines()[1:]
    assert not config.with_name("state.db").exists()


def test_a_dead_letter_is_listed_and_redriven(config: Path) -> None:
    with_state(config, _one_dead_letter)
    row = orjson.loads(run(outbox, config, "dead-letters", "--json").stdout)
    assert (ID, "secure", 1, "HTTP 404", 4321) == tuple(
        row[name] for name in ("id", "name", "attempts", "last_error", "octets")
    )
    assert "0 waiting" == run(outbox, config, "list").stdout.splitlines()[-1]
    assert "1 dead letters" == run(outbox, config, "dead-letters").stdout.splitlines()[-1]
    again = run(outbox, config, "redrive", ID, "2" * 32)
    assert (1, [f"{ID}: due now", f"{'2' * 32}: no dead letter has this id"]) == (
        again.exit_code,
        again.stdout.splitlines(),
    )
    assert "1 waiting" == run(outbox, config, "list").stdout.splitlines()[-1]


def test_a_trace_is_shown_for_people_and_for_programs(traced: Path) -> None:
    shown = run(traces, traced, "show", "a" * 32)
    for expected in ("device-type-suits-service", "[for] ESME", "HTTP 503", "answered", "E11"):
        assert expected in shown.stdout
    assert "refused" == orjson.loads(run(traces, traced, "show", "a" * 32, "--json").stdout)["verdicts"][0]["answer"]


FINDS = {
    "everything": ([], 1),
    "every filter that fits": (
        [
            *("--device", "00db1234567890a0", "--srv", "4.1.1", "--code", "E11"),
            *("--check", "device-type-suits-service"),
            *("--since", "2025-03-31", "--until", "2025-03-31T09:00:01Z"),
        ],
        1,
    ),
    "another device": (["--device", "00db1234567890a1"], 0),
    "another originator": (["--originator", "90-B3-D5-1F-30-01-00-00"], 0),
    "another destination": (["--destination", "secure"], 0),
    "a later time": (["--since", "2025-03-31T10:00:01+01:00"], 0),
}


@pytest.mark.parametrize(("arguments", "expected"), FINDS.values(), ids=FINDS)
def test_find(traced: Path, arguments: list[str], expected: int) -> None:
    assert expected == len(run(traces, traced, "find", "--json", *arguments).stdout.splitlines())
    *table, count = run(traces, traced, "find", *arguments).stdout.splitlines()
    assert f"{expected} traces" == count
    assert expected == sum("a" * 32 in row for row in table), "in a pipe a trace's ID is whole"


ENDINGS: dict[str, tuple[click.Group, list[str], int, str]] = {
    "a device that is not there": (
        devices,
        ["show", "FF-DB-12-34-56-78-90-A0"],
        1,
        "FF-DB-12-34-56-78-90-A0 is not in the inventory",
    ),
    "something that is no EUI-64": (
        devices,
        ["show", "meter"],
        2,
        "Error: Invalid value for 'EUI': 'meter' is not an EUI-64 (sixteen hexadecimal digits)"
        " (see duis-gateway devices show --help)",
    ),
    "the history of a device that is not there": (
        devices,
        ["history", "FF-DB-12-34-56-78-90-A0"],
        1,
        "FF-DB-12-34-56-78-90-A0 is not in the inventory, and has no status history",
    ),
    "a CSV that is not there": (devices, ["import", "absent.csv"], 2, "No such file or directory: 'absent.csv'"),
    "a trace that is not there": (
        traces,
        ["show", "none"],
        1,
        "no trace none: never written, dropped, or older than is kept",
    ),
    "a time that is none": (traces, ["find", "--since", "noon"], 2, "'noon' is not a time"),
    "a code that is none": (traces, ["find", "--code", "E999"], 2, "'E999' is not a response code of DUIS 5.4"),
    "a check that is none": (traces, ["find", "--check", "mood"], 2, "'mood' is not the name of a check"),
    "a command that is none": (traces, ["lose"], 2, "Error: No such command 'lose'. (see duis-gateway traces --help)"),
    "an option that is none": (
        outbox,
        ["list", "--all"],
        2,
        "No such option '--all'. (see duis-gateway outbox",
    ),
}


@pytest.mark.parametrize(("group", "arguments", "code", "message"), ENDINGS.values(), ids=ENDINGS)
def test_endings(traced: Path, group: click.Group, arguments: list[str], code: int, message: str) -> None:
    with_state(traced, lambda state: state.outbox_depth())
    ended = run(group, traced, *arguments)
    assert code == ended.exit_code
    said = ended.stdout if code == 1 else ended.stderr
    assert message in said
    assert 1 == len(said.splitlines())


@pytest.mark.parametrize(
    ("group", "arguments", "store"),
    [
        (devices, ["show", "00db1234567890a0"], "state.db"),
        (outbox, ["list"], "state.db"),
        (traces, ["find"], "traces.db"),
    ],
    ids=["devices show", "outbox list", "traces find"],
)
def test_looking_into_a_store_does_not_make_it(
    config: Path, group: click.Group, arguments: list[str], store: str
) -> None:
    ended = run(group, config, *arguments)
    missing = config.with_name(store)
    assert (2, f"Error: {missing} does not exist: the gateway makes it when it first runs\n") == (
        ended.exit_code,
        ended.stderr,
    )
    assert not missing.exists()


def test_settings_that_are_absent_are_one_line_on_stderr(tmp_path: Path) -> None:
    ended = run(outbox, tmp_path / "absent.toml", "list")
    assert (2, "") == (ended.exit_code, ended.stdout)
    assert 1 == len(ended.stderr.splitlines())
