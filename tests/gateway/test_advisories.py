"""Advisories end to end: the request goes out, and trace, ``explain`` and metrics say what is to be expected of it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from click.testing import CliRunner
from running import D, Running, S

from gateway.cli.advisories import advisories
from gateway.sandbox.stage import Post
from gateway.sandbox.world import World
from routing.advisories import ADVISORIES, Outcome
from routing.trace import Answer
from schemas.request import ReadFirmwareVersion, UpdatePPMIDFirmware

UNCERTAIN = "(S1SR 18.63(d), 18.65(e))"


def upgrades(running: Running, cohort: str) -> Post:
    sample = running.world.firmware[f"smets1-{cohort}-ppmid-newer"]
    devices = (running.scene.device(f"smets1-{cohort}-ppmid"),)
    body = UpdatePPMIDFirmware(firmware_version=sample.version, devices=devices, image_characters=0)
    return running.scene.post("supplier", running.scene.dcc, "11.4", body, 8, D, sample.image)


def reads(running: Running, name: str) -> Post:
    return running.scene.post("supplier", running.scene.device(name), "11.2", ReadFirmwareVersion(), 1, S)


async def advised(running: Running, trace_id: str) -> dict[str, str | None]:
    """What the advisories said of a request, by check."""
    trace = await running.trace(trace_id)
    said = {each.check: each.reason for each in trace.verdicts if each.answer is Answer.ADVISED}
    return {name: reason for name, reason in said.items() if not name.startswith("image-is")}


async def counted(running: Running, outcome: Outcome) -> float:
    text = (await running.call("GET", running.operators + "/metrics")).body.decode()
    (line,) = [each for each in text.splitlines() if each.startswith(f'duis_advisories_total{{outcome="{outcome}"}}')]
    return float(line.rsplit(" ", 1)[1])


async def test_an_upgrade_of_a_ppmid_that_is_no_longer_supported_is_forwarded_with_every_reason(
    running: Running,
) -> None:
    before = await counted(running, Outcome.UNCERTAIN)
    answered = await running.answered(upgrades(running, "foc"))
    pebble = running.scene.device("smets1-foc-ppmid")
    (seen,) = await running.witness.wait_for("/s1sp/")
    assert ("I99", "/s1sp/foc") == (answered.code, seen.path)
    expected = (
        f"an image may be too large for the hub: success is unlikely {UNCERTAIN}: {pebble}; "
        f"an image has the metadata for the hubs of one manufacturer: success is unlikely {UNCERTAIN}: {pebble}; "
        "the PPMID is no longer supported: an upgrade was not tested, its outcome is uncertain "
        f"{UNCERTAIN}: {pebble}"
    )
    assert {"image-outcome-is-certain": expected} == await advised(running, answered.trace_id)
    assert before + 1 == await counted(running, Outcome.UNCERTAIN)


async def test_a_read_of_a_bilingual_ppmid_of_cohort_foc_says_that_the_version_may_be_another(
    running: Running,
) -> None:
    before = await counted(running, Outcome.MAY_NOT_MATCH)
    answered = await running.answered(reads(running, "bilingual-ppmid-as-smets1"))
    said = await advised(running, answered.trace_id)
    assert ("I99", ["firmware-read-matches-the-cpl"]) == (answered.code, list(said))
    assert before + 1 == await counted(running, Outcome.MAY_NOT_MATCH)


@pytest.mark.parametrize("name", ["smets1-secure-ppmid", "smets1-foc-esme"])
async def test_a_read_of_which_nothing_is_to_be_expected_is_not_advised_on(running: Running, name: str) -> None:
    answered = await running.answered(reads(running, name))
    assert ("I99", {}) == (answered.code, await advised(running, answered.trace_id))


async def test_explain_says_it_before_anything_happens(running: Running) -> None:
    document = reads(running, "bilingual-ppmid-as-smets1").document
    reply = await running.call("POST", f"{running.operators}/v1/explain", document, Content_Type="application/xml")
    told = {each["name"]: each for each in orjson.loads(reply.body)["checks"]}
    assert "advised" == told["firmware-read-matches-the-cpl"]["answer"]
    assert "may not be that of its SMETS1 CPL entry (S1SR 18.64(c))" in told["firmware-read-matches-the-cpl"]["reason"]


# ---- the table


def shown(*arguments: str) -> Any:
    result = CliRunner().invoke(advisories, [*arguments, "--json"])
    assert 0 == result.exit_code, result.output
    return {row["advisory"]: row for row in orjson.loads(result.stdout)}


def test_the_table_is_shown_with_clause_source_and_mark() -> None:
    found = shown()
    assert [row.name for row in ADVISORIES] == list(found)
    assert {
        "advisory": "secure-third-party-read",
        "cohorts": ["Secure"],
        "concerned": "of a third party",
        "makers": ["Secure"],
        "models": [],
        "services": ["11.2"],
        "outcome": "fails",
        "says": "the S1SP of Secure does not read the firmware of others' PPMIDs",
        "clause": "18.64(b)",
        "basis": "specified",
        "source": "PPMID consultation (27 Jul 2021), section 4, Annex D",
    } == found["secure-third-party-read"]


def test_the_table_is_for_people_too() -> None:
    result = CliRunner().invoke(advisories, [])
    words = " ".join(result.stdout.split())
    assert 0 == result.exit_code
    assert all(row.name in words for row in ADVISORIES)
    assert "Requests are forwarded all the same" in words


def corrected(world: World, words: str) -> str:
    config = world.directory / "corrected.toml"
    config.write_text(f"{world.config.read_text()}\n{words}")
    return str(config)


def test_the_configuration_corrects_a_row_and_switches_one_off(world: World) -> None:
    words = '[rules.advisories.unsupported]\nmodels = ["Acme/Old"]\n[rules.advisories.image-size]\noff = true'
    found = shown("--config", corrected(world, words))
    assert (["Acme/Old"], False) == (found["unsupported"]["models"], "image-size" in found)


def test_a_correction_of_a_row_that_is_not_there_is_refused(world: World) -> None:
    config = corrected(world, "[rules.advisories.image-colour]\noff = true")
    result = CliRunner().invoke(advisories, ["--config", config])
    assert 2 == result.exit_code
    assert "rules.advisories.image-colour: there is no such advisory" in result.output
