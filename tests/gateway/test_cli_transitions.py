"""``duis-gateway transitions``: the table for people and for programs, as built in and as corrected."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.sandbox.world import World
from routing.transition_table import TRANSITIONS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["transitions", *arguments])


def test_the_table_is_shown_for_people_and_for_programs() -> None:
    rows = orjson.loads(run("--json").stdout)
    assert [row.name for row in TRANSITIONS] == [row["transition"] for row in rows]
    (suspension,) = (row for row in rows if row["transition"] == "suspension")
    assert {
        "transition": "suspension",
        "event": "entry-lost",
        "device_types": sorted(["ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "IHD", "CAD"]),
        "from": ["Commissioned"],
        "to": "Suspended",
        "asks": "The device's model and firmware version have no entry in force",
        "alerts": [
            {"content": "DeviceSuspended", "code": "N28", "told": "the suppliers registered", "basis": "assumed"}
        ],
        "basis": "assumed",
        "source": "the CPL entry goes; DUIS schema, DeviceSuspended",
    } == suspension
    assert "N28 DeviceSuspended to" in run().stdout


def corrected(world: World, text: str) -> Path:
    with world.config.open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")
    return world.config


def test_the_configuration_corrects_it(world: World) -> None:
    off = "[rules.transitions.removal]\noff = true\n"
    config = corrected(world, off + '[rules.transitions.suspension.alert_codes]\nDeviceSuspended = "N16"')
    rows = {row["transition"]: row for row in orjson.loads(run("--json", "--config", str(config)).stdout)}
    assert "removal" not in rows
    assert ["N16"] == [alert["code"] for alert in rows["suspension"]["alerts"]]


MISTAKES = {
    "of a row that is not there": (
        "[rules.transitions.suspenion]\noff = true",
        "rules.transitions.suspenion: there is no such transition",
    ),
    "to a code that is none": (
        '[rules.transitions.suspension.alert_codes]\nDeviceSuspended = "N32"',
        "rules.transitions.suspension.alert_codes.DeviceSuspended: N32 is not a DCC Alert code of DUIS 5.4",
    ),
}


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_correction(world: World, text: str, message: str) -> None:
    config = corrected(world, text)
    ended = run("--config", str(config))
    assert (2, f"Error: {config}: {message}") == (ended.exit_code, ended.output.strip())
