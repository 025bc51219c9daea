"""The story of the bilingual PPMID (seed 001), told by a gateway at work: read the test from top to bottom.

Between its parts the gateway is stopped, its configuration file is changed, and it is started again.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from ppmid_played import (
    LOST,
    RIGHT,
    SMETS1_VERSION,
    SMETS2_VERSION,
    THIRD,
    WRONG,
    advised,
    as_configured,
    asked,
    configured,
    every_request,
    joined,
    on_the_log,
    ppmid_report,
    pre_notified,
    reached,
    record,
    replayed,
    report,
    shown,
    told,
    update,
    versions_in,
    whitelisted,
)
from running import SOON, Running, serving

from gateway.sandbox.pki import make_pki, new_key
from gateway.sandbox.stage import Post
from gateway.sandbox.user_simulator import AnswerKind
from gateway.sandbox.world import World
from schemas.bodies import body_of
from schemas.inventory_bodies import OtherDevice
from schemas.request import ReadFirmwareVersion
from schemas.vocabulary import DeviceStatus, Generation


async def test_the_story_of_the_bilingual_ppmid(world: World) -> None:
    async with serving(world, lambda _: as_configured(world)) as running:
        await two_entries_and_what_the_pre_notification_fixes(running)
        await joined_rightly_it_is_reached_through_the_s1sp_of_its_hub(running)
        await joined_wrongly_it_was_warned_of(running)
        posts = every_request(running, WRONG)
        await every_request_is_refused_with_the_reason(running, posts)
        before = report(world)

    wrong_home = f"pre-notified as SMETS1 and joined to the SMETS2+ hub {world.named['hub']}"
    assert {"prenotified": "SMETS1", "associated_hub": "SMETS1"} == reached(before["right"])
    assert {"prenotified": "cannot be reached", "associated_hub": "SMETS2+"} == reached(before["wrong"])
    assert [] == before["right"]["conflicts"]
    assert SMETS2_VERSION == before["right"]["read_firmware_version"]
    assert f'"read_firmware_version": "{SMETS2_VERSION}"' in await shown(world, RIGHT)
    (conflict,) = before["wrong"]["conflicts"]
    assert conflict["says"].startswith(wrong_home)
    # Two more stand in wrong homes of the sandbox.
    assert "3 with conflicts, 3 that nothing can be sent to (policy prenotified, " in ppmid_report(world)

    foretold = await replayed(world, "ppmid=associated_hub")
    assert {("E59", "I99"): len(posts), ("W110401", "I99"): 1} == foretold, "what was refused, and nothing else"
    assert {("I99", "E081104"): 1} == await replayed(world, "whitelisting-suits-its-kind=refuses")

    configured(world, 'policy = "prenotified"', 'policy = "associated_hub"')
    async with serving(world, lambda _: as_configured(world)) as running:
        await the_same_requests_pass(running, posts)
        after = report(world)
    for name, row in after.items():
        assert (reached(before[name]), before[name]["conflicts"]) == (reached(row), row["conflicts"]), "it tells both"
        assert (SMETS1_VERSION, SMETS2_VERSION) == (row["firmware_version"], row["read_firmware_version"])
    assert "3 with conflicts, 0 that nothing can be sent to (policy associated_hub, " in ppmid_report(world)


async def two_entries_and_what_the_pre_notification_fixes(running: Running) -> None:
    """Two CPL entries of one model, told apart by a firmware version; the 12.2 gives the details of one, for good."""
    listed = running.worker.in_force.rules.products.in_force_by_model("AB09", "050B0101")
    versions = {entry.firmware_version: entry.generation for entry in listed}
    assert (Generation.SMETS1, Generation.SMETS2) == (versions[SMETS1_VERSION], versions[SMETS2_VERSION])
    entry = next(entry.entry_id for entry in listed if entry.firmware_version == SMETS1_VERSION)
    other = next(entry.entry_id for entry in listed if entry.firmware_version == SMETS2_VERSION)

    code, trace = await told(running, pre_notified(running, RIGHT, None))
    assert ("E120204", "pre-notified-kind-is-clear") == (code, trace.verdicts[-1].check)
    for device in (RIGHT, WRONG, THIRD):
        assert "I99" == (await told(running, pre_notified(running, device, SMETS1_VERSION)))[0]
    made = await record(running, RIGHT)
    assert (Generation.SMETS1, entry, SMETS1_VERSION) == (made.prenotified_as, made.cpl_entry, made.firmware_version)

    code, trace = await told(running, pre_notified(running, RIGHT, SMETS2_VERSION))
    assert (
        "E120201",
        f"{RIGHT} was pre-notified as SMETS1 with CPL entry {entry}, which is for good; CPL entry {other} is SMETS2+",
    ) == (code, trace.reason)


async def joined_rightly_it_is_reached_through_the_s1sp_of_its_hub(running: Running) -> None:
    code, trace = await told(running, whitelisted(running, RIGHT, "smets1-foc-hub"))
    assert ("I99", {}) == (code, advised(trace))
    assert {} == advised(await joined(running, RIGHT, "smets1-foc-"))
    post = asked(running, RIGHT, "11.2", ReadFirmwareVersion())
    code, trace = await told(running, post)
    assert ("I99", "SMETS1", ("s1sp:foc",)) == (code, trace.treatment, trace.destinations)
    assert post.request is not None
    answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert AnswerKind.SMETS1_RESPONSE is answer.kind
    assert [SMETS2_VERSION] == versions_in(answer), "the S1SP of cohort FOC tells what runs, not what the entry says"
    await running.settled()
    found = await record(running, RIGHT)
    assert (SMETS1_VERSION, SMETS2_VERSION) == (found.firmware_version, found.read_firmware_version)


async def joined_wrongly_it_was_warned_of(running: Running) -> None:
    """Nothing at the DCC stops it (the tactical solution changes no system), but the trace said so before."""
    code, trace = await told(running, whitelisted(running, WRONG, "hub"))
    warning = (
        f"{WRONG} is pre-notified as SMETS1 and would be joined to the SMETS2+ hub {running.scene.device('hub')} "
        "(policy prenotified)"
    )
    assert ("I99", {"whitelisting-suits-its-kind": warning}) == (code, advised(trace))
    join = body_of("JoinServiceNonCritical", OtherDevice(other_device_id=WRONG))
    _, trace = await told(running, asked(running, running.scene.device("gsme"), "8.7.2", join))
    assert {"join-suits-its-kind": warning} == advised(trace)
    # Joined all the same: so the inventory has it after an import, with the certificate that SMETS2+ asks for.
    found = await on_the_log(running, WRONG, "hub")
    certificate = make_pki(datetime.now(UTC)).devices.device_key_agreement(WRONG, new_key().public_key())
    commissioned = msgspec.structs.replace(found, status=DeviceStatus.COMMISSIONED)
    await running.worker.state.import_devices([commissioned], {WRONG: certificate})


async def every_request_is_refused_with_the_reason(running: Running, posts: dict[str, Post]) -> None:
    hub = running.scene.device("hub")
    reason = f"{WRONG} is pre-notified as SMETS1 and joined to the SMETS2+ hub {hub}"
    await running.settled()
    handed_on = len(running.witness.seen)
    for srv, post in posts.items():
        code, trace = await told(running, post)
        assert (LOST, reason) == (code, trace.reason), srv
    answered = await running.answered(update(running, WRONG))
    assert ("W110401", "DSPUpdatePPMIDFirmwareWarning") == (answered.code, answered.result)
    assert str(WRONG).encode() in answered.body
    await running.settled()
    assert handed_on == len(running.witness.seen), "nothing went out"


async def the_same_requests_pass(running: Running, posts: dict[str, Post]) -> None:
    """A refused request has not used up its RequestID: these are the very same octets."""
    for srv, post in posts.items():
        code, trace = await told(running, post)
        assert ("I99", "SMETS2+", ("gbcs:North",)) == (code, trace.treatment, trace.destinations), (srv, trace.reason)
        assert post.request is not None
        answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
        assert AnswerKind.RESPONSE is answer.kind
    assert "I99" == (await told(running, update(running, WRONG)))[0]
    code, trace = await told(running, whitelisted(running, THIRD, "hub"))
    assert ("I99", {}) == (code, advised(trace)), "the hub decides: no join is a wrong one"


# ---- and where the configuration refuses such joins


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("prenotified", ("E081104", "whitelisting-suits-its-kind")), ("associated_hub", ("I99", None))],
)
async def test_a_wrong_join_is_refused_before_it_happens_where_the_configuration_says_so(
    world: World, policy: str, expected: tuple[str, str | None]
) -> None:
    refusing = f'policy = "{policy}"\n\n[rules.checks.whitelisting-suits-its-kind]\nrefuses = true'
    configured(world, 'policy = "prenotified"', refusing)
    async with serving(world, lambda _: as_configured(world)) as running:
        assert "I99" == (await told(running, pre_notified(running, THIRD, SMETS1_VERSION)))[0]
        code, trace = await told(running, whitelisted(running, THIRD, "hub"))
        refused_by = next((verdict.check for verdict in trace.verdicts if verdict.code is not None), None)
        assert expected == (code, refused_by), trace.reason


# ---- what an 11.2 reads back


@pytest.mark.parametrize(
    ("home", "expected", "apart"),
    [("smets1-foc-", SMETS2_VERSION, SMETS2_VERSION), ("smets1-ioc-", SMETS1_VERSION, None)],
    ids=["cohort FOC reads what runs", "another cohort's S1SP transforms it into the entry's version"],
)
async def test_what_is_read_back_never_overwrites_the_version_of_the_entry(
    running: Running, home: str, expected: str, apart: str | None
) -> None:
    await running.answered(pre_notified(running, RIGHT, SMETS1_VERSION))
    await running.answered(whitelisted(running, RIGHT, f"{home}hub"))
    await joined(running, RIGHT, home)
    post = asked(running, RIGHT, "11.2", ReadFirmwareVersion())
    assert "I99" == (await told(running, post))[0]
    assert post.request is not None
    answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert [expected] == versions_in(answer)
    await running.settled()
    found = await record(running, RIGHT)
    assert (SMETS1_VERSION, apart) == (found.firmware_version, found.read_firmware_version)
