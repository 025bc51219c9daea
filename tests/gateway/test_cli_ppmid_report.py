"""``devices ppmid-report`` on the world of the sandbox, which has bilingual PPMIDs in right and wrong homes."""

from __future__ import annotations

import orjson
from click.testing import CliRunner, Result

from gateway.cli.devices import devices
from gateway.sandbox.world import World
from schemas.vocabulary import DeviceType


def report(world: World, *options: str, policy: str = "prenotified") -> Result:
    environment = {"COLUMNS": "200", "DUIS_GATEWAY__PPMID__POLICY": policy}
    arguments = ["ppmid-report", "--config", str(world.config), *options]
    result = CliRunner().invoke(devices, arguments, env=environment)
    assert 0 == result.exit_code, result.output
    return result


def test_every_bilingual_device_is_told_with_its_conflicts(world: World) -> None:
    told = orjson.loads(report(world, "--json").stdout)
    expected = {str(home.devices[DeviceType.PPMID]): home.misjoined for home in world.homes if home.bilingual}
    assert expected == {row["device"]: bool(row["conflicts"]) for row in told["devices"]}
    assert "prenotified" == told["policy"]
    row = next(row for row in told["devices"] if row["device"] == str(world.named["misjoined-ppmid-2"]))
    reachable = {policy: treated["reachable"] for policy, treated in row["treatments"].items()}
    assert {"prenotified": False, "associated_hub": True} == reachable
    assert "ioc" == row["treatments"]["associated_hub"]["s1sp"]


def test_conflicts_alone_are_told_where_that_is_asked_for(world: World) -> None:
    told = orjson.loads(report(world, "--conflicts", "--json").stdout)
    wrong = {str(world.named[name]) for name in ("misjoined-ppmid-1", "misjoined-ppmid-2")}
    assert wrong == {row["device"] for row in told["devices"]}


def test_people_read_a_table_that_marks_the_policy_in_force(world: World) -> None:
    tactical = report(world).stdout
    assert " prenotified * " in tactical
    assert "cannot be reached" in tactical
    lost = world.named["misjoined-ppmid-2"]
    hub = next(home.devices[DeviceType.CHF] for home in world.homes if lost in home.devices.values())
    assert f"{lost}: pre-notified as SMETS2+ and joined to the SMETS1 hub {hub} (" in tactical
    assert ", 2 with conflicts, 2 that nothing can be sent to (policy prenotified, " in tactical
    enduring = report(world, policy="associated_hub").stdout
    assert " associated_hub * " in enduring
    assert ", 2 with conflicts, 0 that nothing can be sent to (policy associated_hub, " in enduring
