"""The running gateway as its users see it: repeats, Pre-Commands, lists that change under way, what is kept how long.

What it posts to the far sides is told by ``test_smets1_leg`` and ``test_smets2_leg``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from click.testing import CliRunner
from running import A_WHILE, SOON, D, Running, T, serving

from cpl.product import CplEntry
from cpl.writing import write_cpl
from gateway.cli import main
from gateway.product_revisions import ListKind, ProductRevisions
from gateway.sandbox.stage import Post
from gateway.sandbox.traveller import Answered
from gateway.sandbox.world import World
from gateway.settings import Settings
from routing.trace import RoutingTrace
from schemas.request import (
    ActivateFirmware,
    DevicePrenotification,
    ReadFirmwareVersion,
)
from schemas.vocabulary import DeviceStatus, DeviceType, Generation

# ---- the same request again


def the_same_octets(_: Running, post: Post) -> Post:
    return post


def signed_anew(running: Running, post: Post) -> Post:
    again = running.anew(post)
    assert again.document != post.document
    return again


REPEATS = {"the same octets": the_same_octets, "signed anew": signed_anew}


@pytest.mark.parametrize("again", REPEATS.values(), ids=REPEATS.keys())
@pytest.mark.parametrize("device", ["esme", "smets1-ioc-esme"])
async def test_a_repeat_gets_the_stored_answer_and_nothing_goes_out_twice(
    running: Running, device: str, again: Callable[[Running, Post], Post]
) -> None:
    post = running.registers(device)
    first = await running.answered(post)
    await running.settled()
    second = await running.answered(again(running, post))
    await running.settled()
    trace = await running.trace(second.trace_id)
    assert (200, "I99", first.body) == (second.status, second.code, second.body)
    assert ("repeated", "I99", 2) == (trace.outcome, trace.code, len(running.witness.seen))
    assert f"a repeat of the request of trace {first.trace_id}" == trace.reason


async def test_the_stored_answer_stands_though_the_request_would_be_refused_now(running: Running) -> None:
    post = running.registers()
    first = await running.answered(post)
    device = await running.worker.state.device(running.scene.device("esme"))
    assert device is not None
    withdrawn = msgspec.structs.replace(device, status=DeviceStatus.WITHDRAWN)
    await running.worker.state.import_devices([withdrawn], {})
    again, another = await running.answered(post), await running.answered(running.registers())
    assert ("I99", first.body, "E5") == (first.code, again.body, another.code)


async def test_a_refused_request_is_decided_anew_each_time(running: Running) -> None:
    """Nothing is kept of it: what stood in its way may be gone the next time."""
    post = running.registers("pending-esme")
    codes = [(await running.answered(post)).code for _ in range(2)]
    assert ["E5", "E5"] == codes


async def test_the_case_of_a_request_id_is_part_of_what_is_signed_and_not_of_its_name(running: Running) -> None:
    """Lower case is the client libraries', and answered in it. In another spelling the content differs: E63."""
    post = running.registers()
    assert post.request is not None
    small = running.anew(post, text=str(post.request.request_id).lower())
    first, repeated, spelt_otherwise = [await running.answered(one) for one in (small, small, post)]
    trace = await running.trace(spelt_otherwise.trace_id)
    assert ("I99", first.body, "E63") == (first.code, repeated.body, spelt_otherwise.code)
    assert str(post.request.request_id).lower().encode() in first.body
    assert f"RequestID {post.request.request_id} was used" in (trace.reason or "")
    await running.settled()
    assert 1 == len(running.witness.posts("/wan/"))


async def test_other_content_under_its_request_id_is_refused(running: Running) -> None:
    post = running.registers()
    first = await running.answered(post)
    assert post.request is not None
    other = running.anew(
        msgspec.structs.replace(
            post,
            request=msgspec.structs.replace(
                post.request, service_reference="11.2", variant="11.2", body=ReadFirmwareVersion()
            ),
        )
    )
    second = await running.answered(other)
    trace = await running.trace(second.trace_id)
    assert ("I99", "E63", "refused") == (first.code, second.code, trace.outcome)
    assert first.trace_id in (trace.reason or "")
    assert first.body == (await running.answered(post)).body


@pytest.mark.parametrize("device", ["esme", "smets1-mds-esme"])
async def test_of_many_at_once_one_is_accepted_and_the_others_are_repeats(running: Running, device: str) -> None:
    post = running.registers(device)
    answers = await asyncio.gather(*(running.answered(post) for _ in range(6)))
    outcomes = sorted([(await running.trace(one.trace_id)).outcome for one in answers])
    await running.settled()
    assert (1, {"I99"}) == (len({one.body for one in answers}), {one.code for one in answers})
    assert ["accepted", *["repeated"] * 5] == outcomes
    assert 1 == len([one for one in running.witness.seen if not one.path.startswith("/users/")])
    assert 1 == len(running.simulators.users.answers(post.request.request_id))  # type: ignore[union-attr]


async def test_of_two_with_one_request_id_at_once_one_is_refused(running: Running) -> None:
    post = running.registers()
    assert post.request is not None
    other = running.anew(
        msgspec.structs.replace(
            post,
            request=msgspec.structs.replace(
                post.request, service_reference="11.2", variant="11.2", body=ReadFirmwareVersion()
            ),
        )
    )
    answers = await asyncio.gather(running.answered(post), running.answered(other))
    assert ["E63", "I99"] == sorted(one.code or "" for one in answers)


# ---- lists that change under way


def activate_unlisted(running: Running) -> Post:
    """An 11.3 of an image that the world's list does not have."""
    body = ActivateFirmware(firmware_hash=running.world.firmware["esme-unlisted"].hash)
    return running.scene.post("supplier", running.scene.device("esme"), "11.3", body, 4, T)


def list_with_it(running: Running) -> bytes:
    sample = running.world.firmware["esme-unlisted"]
    entry = CplEntry(
        entry_id="999999",
        device_type=DeviceType.ESME,
        generation=Generation.SMETS2,
        manufacturer=sample.manufacturer,
        model=sample.model,
        firmware_version=sample.version,
        firmware_hash=sample.hash,
    )
    return write_cpl([*running.worker.in_force.rules.products.entries, entry])


async def in_force(running: Running, revision: str) -> None:
    async with asyncio.timeout(SOON):
        while running.worker.in_force.revisions["products"] != revision:  # noqa: ASYNC110 -- it tells nobody
            await asyncio.sleep(0.05)


def traces_replay(running: Running, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["traces", "replay", *words, "--config", str(running.world.config)])
    return done.exit_code, done.output


async def test_a_new_product_revision_is_taken_up_without_a_restart(running: Running) -> None:
    old = running.worker.in_force.revisions["products"]
    before = await running.answered(activate_unlisted(running))
    store = ProductRevisions(running.settings.products.directory)
    new = store.import_file("new.csv", list_with_it(running), ListKind.CPL).revision
    assert new is not None
    words = ["products", "activate", new, "--config", str(running.world.config)]
    done = await asyncio.to_thread(CliRunner().invoke, main, words)
    assert 0 == done.exit_code, done.output
    await in_force(running, new)
    after = await running.answered(activate_unlisted(running))
    first, second = await running.trace(before.trace_id), await running.trace(after.trace_id)
    assert ("E110101", "I0") == (before.code, after.code)
    assert (old, new) == (first.revisions["products"], second.revisions["products"])
    assert (0, 1, 0) == (
        (await asyncio.to_thread(traces_replay, running, first.trace_id, "--products", old))[0],
        (await asyncio.to_thread(traces_replay, running, first.trace_id))[0],
        (await asyncio.to_thread(traces_replay, running, second.trace_id))[0],
    )


async def test_lists_that_are_damaged_leave_the_old_ones_in_force(running: Running) -> None:
    old = running.worker.in_force.revisions["products"]
    store = ProductRevisions(running.settings.products.directory)
    new = store.import_file("new.csv", list_with_it(running), ListKind.CPL).revision
    assert new is not None
    store.activate(new)
    place = running.settings.products.directory / "revisions" / new / "cpl.csv"
    place.write_text(place.read_text().replace("999999", "888888"))
    await asyncio.sleep(1.2)
    answered = await running.answered(activate_unlisted(running))
    assert ("E110101", old) == (answered.code, running.worker.in_force.revisions["products"])


# ---- what is kept, and how long


async def accepted(running: Running, post: Post) -> tuple[Answered, RoutingTrace]:
    answered = await running.answered(post)
    return answered, await running.trace(answered.trace_id)


async def test_finished_requests_are_forgotten_when_the_settings_say(world: World) -> None:
    def a_week(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, store=msgspec.structs.replace(settings.store, keep_finished_days=7))

    async with serving(world, a_week) as running:
        post = running.registers()
        await running.answered(post)
        await running.settled()
        running.clock.ahead = timedelta(days=6)
        _, kept = await accepted(running, post)
        await asyncio.sleep(A_WHILE)  # what was delivered is struck off a little later
    async with serving(world, a_week, ahead=timedelta(days=8)) as running:
        await asyncio.sleep(A_WHILE)
        answered, forgotten = await accepted(running, post)
    assert ("repeated", "accepted", "I99") == (kept.outcome, forgotten.outcome, answered.code)


async def test_traces_are_deleted_when_the_settings_say(world: World) -> None:
    def ten_days(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, traces=msgspec.structs.replace(settings.traces, max_age_days=10))

    ids = []
    for days, there in ((0, [True]), (9, [True, True]), (12, [False, True, True])):
        async with serving(world, ten_days, ahead=timedelta(days=days)) as running:
            ids.append((await running.answered(running.registers("hub"))).trace_id)
            await running.worker.traces.show(ids[-1])
            assert there == [await running.worker.traces.show(one) is not None for one in ids], days


async def test_a_pre_notified_device_is_there_for_good(running: Running) -> None:
    """Its record outlives the request that made it."""
    newcomer = running.scene.newcomer
    sample = running.world.firmware["esme-current"]
    body = DevicePrenotification(
        device=newcomer,
        manufacturer=sample.manufacturer,
        model=sample.model,
        device_type=DeviceType.ESME,
        firmware_version=sample.version,
        esme_variant="A",
    )
    post = running.scene.post("supplier", running.scene.dcc, "12.2", body, 8, D)
    assert "I99" == (await running.answered(post)).code
    await running.worker.state.forget(running.clock() + timedelta(days=1))
    again = running.scene.post("supplier", running.scene.dcc, "12.2", body, 8, D)
    assert "E120201" == (await running.answered(again)).code
    assert await running.worker.state.device(newcomer) is not None
