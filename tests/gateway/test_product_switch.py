"""Product lists that change under load: each request is decided on one revision, and says which."""

from __future__ import annotations

import asyncio

import pytest
from patience import until
from running import D, Running, T

from cpl.writing import write_cpl
from gateway.product_revisions import ListKind, ProductRevisions
from gateway.sandbox.stage import Post
from gateway.sandbox.traveller import Answered
from schemas.request import ActivateFirmware, UpdateFirmware

SWITCHES = 4
USERS = 8


def updates(running: Running) -> Post:
    sample = running.world.firmware["esme-newer"]
    devices = tuple(running.scene.device(name) for name in ("esme", "exporting-esme"))
    body = UpdateFirmware(firmware_version=sample.version, devices=devices, image_characters=0)
    return running.scene.post("supplier", running.scene.dcc, "11.1", body, 8, D, sample.image)


def activates(running: Running) -> Post:
    body = ActivateFirmware(firmware_hash=running.world.firmware["esme-newer"].hash)
    return running.scene.post("supplier", running.scene.device("esme"), "11.3", body, 4, T)


@pytest.mark.parametrize(
    ("make", "accepted"), [(updates, {"I99", "W110101"}), (activates, {"I0"})], ids=["11.1 by version", "11.3 by hash"]
)
async def test_a_request_sees_one_revision_only(running: Running, make: object, accepted: set[str]) -> None:
    store = ProductRevisions(running.settings.products.directory)
    listed = store.active_revision()
    sample = running.world.firmware["esme-newer"]
    left = write_cpl(entry for entry in store.active().entries if entry.firmware_hash != sample.hash)
    unlisted = store.import_file("cpl.csv", left, ListKind.CPL).revision
    assert listed is not None
    assert unlisted is not None
    answers: list[Answered] = []
    ended = asyncio.Event()

    async def use() -> None:
        while not ended.is_set():
            answers.append(await running.answered(make(running)))  # type: ignore[operator]

    async with asyncio.TaskGroup() as users:
        for _ in range(USERS):
            users.create_task(use())
        for number in range(SWITCHES):
            wanted = (unlisted, listed)[number % 2]
            await asyncio.to_thread(store.activate, wanted)
            await until(lambda wanted=wanted: wanted == running.worker.in_force.revisions["products"])  # type: ignore[misc]
        ended.set()

    seen: dict[str, set[str | None]] = {}
    for answer in answers:
        trace = await running.trace(answer.trace_id)
        revision = trace.revisions["products"]
        seen.setdefault(revision, set()).add(answer.code)
        if answer.code == "E110101":
            assert f"(revision {revision})" in (trace.reason or "")
    assert {listed, unlisted} == seen.keys()
    assert {"E110101"} == seen[unlisted]
    assert seen[listed] <= accepted
