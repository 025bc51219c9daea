"""A firmware version leaves the list: who is affected, who is refused, what stays accepted, and the way back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result
from patience import until
from running import SOON, D, Running, T

from cpl.writing import write_cpl
from gateway.cli import main
from gateway.ports import Far
from gateway.product_revisions import ListKind, ProductRevisions
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.stage import Post
from gateway.sqlite_survey import SqliteSurvey
from gateway.sqlite_traces import SqliteTraces
from schemas.request import ActivateFirmware, UpdateFirmware
from schemas.xsd import own_schema


async def asked(running: Running, *words: str) -> Result:
    config = str(running.world.config)
    return await asyncio.to_thread(CliRunner().invoke, main, ["products", *words, "--config", config])


async def kept(running: Running, trace_id: str) -> None:
    """Until the trace, and so each before it, can be read by another process."""
    store = SqliteTraces(running.settings.traces.path)

    async def is_there() -> bool:
        return await store.show(trace_id) is not None

    await until(is_there, SOON)


def without(running: Running, name: str) -> str:
    """A revision that lacks the entries of one of the world's firmware versions; its name."""
    store, sample = ProductRevisions(running.settings.products.directory), running.world.firmware[name]
    left = write_cpl(entry for entry in store.active().entries if entry.firmware_hash != sample.hash)
    revision = store.import_file("cpl.csv", left, ListKind.CPL).revision
    assert revision is not None
    return revision


def activation(running: Running, device: str, name: str, *, later: timedelta | None = None, cv: int = 4) -> Post:
    body = ActivateFirmware(
        firmware_hash=running.world.firmware[name].hash,
        execution=None if later is None else (running.clock() + later).replace(microsecond=0),
    )
    return running.scene.post("supplier", running.scene.device(device), "11.3", body, cv, T)


def update(running: Running, device: str, name: str) -> Post:
    sample = running.world.firmware[name]
    body = UpdateFirmware(firmware_version=sample.version, devices=(running.scene.device(device),), image_characters=0)
    return running.scene.post("supplier", running.scene.dcc, "11.1", body, 8, D, sample.image)


async def test_a_version_leaves_the_list_and_comes_back(running: Running) -> None:
    esme, other = running.scene.device("esme"), "gsme"
    newer = running.world.firmware["esme-newer"]

    held = activation(running, "esme", "esme-newer", later=timedelta(days=3))
    issued = await running.answered(held)
    acknowledged = await running.answered(running.signed(held, issued.payload or b""))
    unsigned = activation(running, "esme", "esme-newer")
    pre_command_only = await running.answered(unsigned)
    distributed = await running.answered(update(running, "esme", "esme-newer"))
    assert ["I0", "I99", "I0", "I99"] == [each.code for each in (issued, acknowledged, pre_command_only, distributed)]
    read = await running.answered(running.registers(other))
    assert "I99" == read.code
    await running.settled()

    await kept(running, read.trace_id)
    revision = without(running, "esme-newer")
    told = await asked(running, "impact", revision, "--json")
    found = orjson.loads(told.stdout)
    assert 1 == told.exit_code
    assert [newer.version] == [product["firmware_version"] for product in found["difference"]["ended"]]
    assert [newer.hash.hex()] == found["difference"]["ended_hashes"]
    assert {
        (acknowledged.trace_id, "11.3", "with the device"),
        (pre_command_only.trace_id, "11.3", "with the user, as a Pre-Command"),
        (distributed.trace_id, "11.1", "with the device"),
    } == {(each["trace_id"], each["variant"], each["whereabouts"]) for each in found["requests"]}
    assert all([str(esme)] == each["devices"] for each in found["requests"])
    decided = {each["trace_id"]: each["after"] for each in found["decisions"]}
    assert {issued.trace_id, pre_command_only.trace_id, distributed.trace_id} <= decided.keys()
    assert all(each.startswith("E110101 by firmware-") for each in decided.values())
    assert read.trace_id not in decided

    before = ProductRevisions(running.settings.products.directory).active_revision()
    assert 0 == (await asked(running, "activate", revision)).exit_code
    await until(lambda: revision == running.worker.in_force.revisions["products"], SOON)
    refused = [
        await running.answered(activation(running, "esme", "esme-newer")),
        await running.answered(update(running, "esme", "esme-newer")),
    ]
    refused.append(await running.answered(running.signed(unsigned, pre_command_only.payload or b"")))
    assert ["E110101", "E110101", "E110101"] == [each.code for each in refused]
    for answer in refused:
        trace = await running.trace(answer.trace_id)
        assert revision == trace.revisions["products"]
        assert f"is not on the CPL (revision {revision}): " in (trace.reason or "")
    why = await asked(running, "why", newer.manufacturer, newer.model, newer.version, "--json")
    trace = await running.trace(refused[1].trace_id)
    assert (1, trace.reason) == (why.exit_code, orjson.loads(why.stdout)["reason"])
    assert "I99" == (await running.answered(running.registers(other))).code
    repeated = await running.answered(msgspec.structs.replace(held))
    assert ("I0", issued.payload) == (repeated.code, repeated.payload)

    assert 0 == (await asked(running, "rollback")).exit_code
    await until(lambda: before == running.worker.in_force.revisions["products"], SOON)
    assert "I0" == (await running.answered(activation(running, "esme", "esme-newer"))).code
    # Accepted as well: but the image that was sent before the switch is still under way.
    assert "W110101" == (await running.answered(update(running, "esme", "esme-newer"))).code


async def test_devices_that_run_a_version_are_named_when_it_ends(running: Running) -> None:
    store = ProductRevisions(running.settings.products.directory)
    record = await running.worker.state.device(running.scene.device("esme"))
    assert record is not None
    left = write_cpl(
        entry
        for entry in store.active().entries
        if (entry.manufacturer, entry.model, entry.firmware_version)
        != (record.manufacturer, record.model, record.firmware_version)
    )
    revision = store.import_file("cpl.csv", left, ListKind.CPL).revision
    assert revision is not None
    found = orjson.loads((await asked(running, "impact", revision, "--days", "0", "--json")).stdout)
    named = {each["device"] for each in found["devices"]}
    with SqliteSurvey(running.settings.store.path, own_schema()) as survey:
        every = list(survey.devices())
    same = {
        str(each.id)
        for each in every
        if (each.manufacturer, each.model, each.firmware_version)
        == (record.manufacturer, record.model, record.firmware_version)
    }
    assert same == named
    assert {"no longer on the CPL"} == {each["effect"] for each in found["devices"]}
    assert [] == found["decisions"]


async def test_a_revision_that_changes_nothing_affects_nothing(running: Running) -> None:
    store = ProductRevisions(running.settings.products.directory)
    same = store.active_revision()
    assert same is not None
    told = await asked(running, "impact", same)
    assert 0 == told.exit_code, told.stdout
    assert "0 devices, 0 accepted requests, 0 of " in told.stdout


async def test_the_lists_of_a_past_moment_are_shown(running: Running) -> None:
    first = ProductRevisions(running.settings.products.directory).active_revision()
    then = datetime.now(UTC).isoformat()
    later = without(running, "esme-newer")
    assert 0 == (await asked(running, "activate", later)).exit_code
    shown = [orjson.loads((await asked(running, "show", "--json", *at)).stdout) for at in ((), ("--at", then))]
    assert [later, first] == [each["revision"] for each in shown]
    before = await asked(running, "show", "--at", "2001-01-01")
    assert (1, "no revision was in force at 2001-01-01") == (before.exit_code, before.stdout.strip())


QUESTIONS = {
    "a version in force": (0, "is on the CPL (revision", "esme-newer", ()),
    "a version that is not listed": (1, "no entry has this hash", "esme-unlisted", ()),
    "a moment before anything": (1, "no revision was in force at 2001-01-01", "esme-newer", ("--at", "2001-01-01")),
    "a revision that there is not": (1, "revision 0123 is not in the store", "esme-newer", ("--revision", "0123")),
}  # fmt: skip


@pytest.mark.parametrize(("code", "says", "name", "options"), QUESTIONS.values(), ids=QUESTIONS.keys())
async def test_why(running: Running, code: int, says: str, name: str, options: tuple[str, ...]) -> None:
    told = await asked(running, "why", running.world.firmware[name].hash.hex(), *options)
    assert code == told.exit_code, told.output
    assert says in told.stdout


async def test_what_waits_to_be_handed_on_is_told_apart(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.REFUSE))
    distributed = await running.answered(update(running, "esme", "esme-newer"))
    assert "I99" == distributed.code
    found = orjson.loads(
        (await asked(running, "impact", without(running, "esme-newer"), "--days", "0", "--json")).stdout
    )
    assert [(distributed.trace_id, "waiting")] == [
        (each["trace_id"], each["whereabouts"]) for each in found["requests"]
    ]
