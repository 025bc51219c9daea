"""Delivery in a running gateway: what its far sides' faults come to, seen from the traces, the outbox and the far side.

The world's simulators are behind real HTTP and go wrong as an operator can make them. How one answer or one
address is taken is ``test_onward_alone``'s.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from datetime import timedelta

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result
from patience import A_LONG_TIME, until
from running import Running, S, Witness, free_port, serving, witness

from gateway.cli.outbox import outbox
from gateway.parties import load_parties, write_parties
from gateway.ports import Far
from gateway.product_revisions import Activation, ProductRevisions
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.stage import Post
from gateway.sandbox.world import World
from gateway.service import Worker
from gateway.settings import HandOffPolicy, Settings, SettingsError
from routing.trace import HandOffAttempt
from schemas.request import ReadInstantaneousImportRegisters

QUICK = HandOffPolicy(
    timeout_seconds=2.0,
    first_retry_seconds=0.05,
    longest_retry_seconds=0.2,
    breaker_failures=50,
    breaker_seconds=0.5,
)
SECURE, IOC = "smets1-secure-esme", "smets1-ioc-esme"


def with_policy(**changed: float) -> Callable[[Settings], Settings]:
    policy = msgspec.structs.replace(QUICK, **changed)
    return lambda settings: msgspec.structs.replace(settings, hand_off=policy)


def with_secure_at(url: str) -> Callable[[Settings], Settings]:
    def adjusted(settings: Settings) -> Settings:
        secure = msgspec.structs.replace(settings.s1sp["secure"], url=url)
        return msgspec.structs.replace(settings, hand_off=QUICK, s1sp={**settings.s1sp, "secure": secure})

    return adjusted


async def accepted(running: Running, post: Post) -> str:
    """The trace of a request that got I99."""
    answered = await running.answered(post)
    assert (200, "I99") == (answered.status, answered.code)
    return answered.trace_id


async def tries(running: Running, trace_id: str, count: int, far: Far = Far.S1SP) -> list[HandOffAttempt]:
    """The attempts to deliver to that kind of far side, as soon as there are so many."""
    async with asyncio.timeout(A_LONG_TIME):
        while True:
            found = [one for one in (await running.trace(trace_id)).attempts if one.far == far.value]
            if len(found) >= count:
                return found
            await asyncio.sleep(0.05)


def told(attempts: list[HandOffAttempt]) -> list[tuple[str, int | None, str | None]]:
    return [(one.outcome, one.status, one.error) for one in attempts]


async def emptied(running: Running) -> None:
    async def is_empty() -> bool:
        return not await running.worker.state.outbox_depth()

    await until(is_empty)


def outbox_says(world: World, *words: str) -> Result:
    return CliRunner().invoke(outbox, [*words, "--config", str(world.config)], env={"COLUMNS": "200"})


async def outbox_rows(world: World, which: str) -> list[dict[str, object]]:
    said = await asyncio.to_thread(outbox_says, world, which, "--json")
    assert 0 == said.exit_code, said.output
    return [orjson.loads(line) for line in said.output.splitlines()]


def keys_at(standing: Witness, place: str) -> list[str]:
    return [one.headers["idempotency-key"] for one in standing.posts(place)]


# ---- tried again


async def test_a_far_side_that_refuses_twice_is_tried_a_third_time_later_each_time(world: World) -> None:
    async with serving(world, with_policy(first_retry_seconds=0.4, longest_retry_seconds=10)) as running:
        running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.REFUSE, times=2))
        trace_id = await accepted(running, running.registers(SECURE))
        attempts = await tries(running, trace_id, 3)
        refused = ("retry", 503, "switched to refuse")
        assert [refused, refused, ("delivered", 202, None)] == told(attempts)
        pauses = [later.at - earlier.at for earlier, later in itertools.pairwise(attempts)]
        assert timedelta(seconds=0.4 * 0.75) <= pauses[0]
        assert timedelta(seconds=0.8 * 0.75) <= pauses[1]
        assert {"secure"} == {one.name for one in attempts}
        assert 1 == len(set(keys_at(running.witness, "/s1sp/secure"))), "one hand-off, one Idempotency-Key"
        await tries(running, trace_id, 1, Far.USER)
        await emptied(running)


async def test_a_far_side_that_says_nothing_is_tried_again_when_the_time_is_out(world: World) -> None:
    async with serving(world, with_policy(timeout_seconds=0.4)) as running:
        running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.TIME_OUT, times=1, seconds=3))
        attempts = await tries(running, await accepted(running, running.registers("esme")), 2, Far.WAN)
        assert [("retry", None, "no answer within 0.4 s"), ("delivered", 202, None)] == told(attempts)
        assert 400 <= attempts[0].milliseconds


async def test_where_nobody_listens_it_is_tried_until_somebody_does(world: World) -> None:
    port = free_port()
    async with serving(world, with_secure_at(f"http://127.0.0.1:{port}/s1sp/secure")) as running:
        trace_id = await accepted(running, running.registers(SECURE))
        (first, *_) = await tries(running, trace_id, 1)
        assert ("retry", None) == (first.outcome, first.status)
        assert f"cannot connect to 127.0.0.1:{port}: Connection refused" == first.error
        (row,) = await outbox_rows(world, "list")
        assert ("s1sp", "secure", first.error, trace_id) == tuple(
            row[name] for name in ("far", "name", "last_error", "trace_id")
        )
        async with witness(port, running.simulators.url) as standing:
            await standing.wait_for("/s1sp/secure")
            await emptied(running)
        assert "delivered" == (await tries(running, trace_id, 2))[-1].outcome


async def test_a_late_acknowledgement_makes_a_second_delivery_that_the_far_side_knows_by_its_key(world: World) -> None:
    async with serving(world, with_policy(timeout_seconds=0.4)) as running:
        running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.SLOW, times=1, seconds=1.5))
        post = running.registers(SECURE)
        await tries(running, await accepted(running, post), 2)
        await emptied(running)
        visits = running.simulators.s1sps.visits("secure")
        assert (2, 1, 1) == (visits.posts, visits.taken, visits.repeated)
        assert post.request is not None
        await running.simulators.users.wait_for(post.request.request_id, A_LONG_TIME)
        assert 1 == len(running.simulators.users.answers(post.request.request_id)), "executed once, answered once"


# ---- given up


async def test_what_a_far_side_does_not_want_is_a_dead_letter_until_it_is_redriven(world: World) -> None:
    async with serving(world, with_policy()) as running:
        running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.REJECT, times=1))
        trace_id = await accepted(running, running.registers(SECURE))
        reason = "secure answered 400: switched to reject"
        assert [("dead-letter", 400, reason)] == told(await tries(running, trace_id, 1))
        assert {"dead": 1} == await running.worker.state.outbox_depth()
        (row,) = await outbox_rows(world, "dead-letters")
        assert (reason, 1, True, trace_id) == tuple(row[key] for key in ("last_error", "attempts", "dead", "trace_id"))

        redriven = await asyncio.to_thread(outbox_says, world, "redrive", str(row["id"]))
        assert (0, f"{row['id']}: due now\n") == (redriven.exit_code, redriven.output)
        assert ("delivered", 202, None) == told(await tries(running, trace_id, 2))[-1]
        await emptied(running)
        again = await asyncio.to_thread(outbox_says, world, "redrive", str(row["id"]))
        assert (1, f"{row['id']}: no dead letter has this id\n") == (again.exit_code, again.output)


async def test_a_hand_off_that_fails_for_too_long_is_given_up(world: World) -> None:
    async with serving(world, with_policy(give_up_after_hours=24)) as running:
        running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.REFUSE))
        trace_id = await accepted(running, running.registers(SECURE))
        assert {"retry"} == {one.outcome for one in await tries(running, trace_id, 2)}
        running.clock.ahead += timedelta(hours=24, seconds=1)

        async def is_dead() -> bool:
            return {"dead": 1} == await running.worker.state.outbox_depth()

        await until(is_dead)
        assert ("dead-letter", 503, "given up: switched to refuse") == told(await tries(running, trace_id, 3))[-1]
        running.simulators.faults.clear()
        (row,) = await outbox_rows(world, "dead-letters")
        await asyncio.to_thread(outbox_says, world, "redrive", str(row["id"]))
        # A redrive starts anew: its time counts from here.
        await emptied(running)


async def test_an_answer_for_a_user_without_an_address_is_a_dead_letter(world: World) -> None:
    file = world.settings.parties.file
    file.write_text(write_parties(msgspec.structs.replace(one, receive_url=None) for one in load_parties(file)))
    async with serving(world, with_policy()) as running:
        post = running.registers(SECURE)
        assert post.request is not None
        trace_id = await accepted(running, post)
        attempts = await tries(running, trace_id, 1, Far.USER)
        user = post.request.request_id.originator
        assert [("dead-letter", None, f"user {user} has no address")] == told(attempts)
        assert ["delivered"] == [one.outcome for one in await tries(running, trace_id, 1)]


# ---- one destination and another


async def test_a_dead_destination_opens_its_circuit_and_the_others_notice_nothing(world: World) -> None:
    policy = with_policy(concurrency=1, breaker_failures=3, breaker_seconds=2.0)
    async with serving(world, policy) as running:
        running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.REFUSE, name="secure"))
        visits = running.simulators.s1sps.visits("secure")
        dead = [await accepted(running, running.registers(SECURE)) for _ in range(6)]
        await until(lambda: visits.posts >= 3)
        alive = await accepted(running, running.registers(IOC))
        (delivery,) = await tries(running, alive, 1)
        assert "delivered" == delivery.outcome
        assert delivery.milliseconds < 1000
        await asyncio.sleep(0.8)
        assert 3 == visits.posts, "the circuit is open: nobody else tries"
        assert {"s1sp": 6} == await running.worker.state.outbox_depth()

        running.simulators.faults.clear()
        await emptied(running)
        assert ["delivered"] * 6 == [(await tries(running, one, 1))[-1].outcome for one in dead]
        assert (9, 6) == (visits.posts, visits.taken)


async def test_an_open_circuit_lets_one_try_through_and_no_more(world: World) -> None:
    policy = with_policy(concurrency=1, breaker_failures=2, breaker_seconds=1.0)
    async with serving(world, policy) as running:
        running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.REFUSE, name="secure"))
        traces = [await accepted(running, running.registers(SECURE)) for _ in range(5)]
        await asyncio.sleep(3.6)
        found = [one for trace in traces for one in (await running.trace(trace)).attempts]
        moments = sorted(one.at for one in found)
        pauses = [later - earlier for earlier, later in itertools.pairwise(moments[1:])]
        assert 2 + 2 <= len(moments) <= 2 + 3, "two open the circuit, then one a second tries"
        assert [] == [pause for pause in pauses if pause < timedelta(seconds=1)]

        async def counted_and_told_alike() -> bool:
            waiting = await running.worker.state.outbox(dead=False, limit=10)
            told = [len((await running.trace(trace)).attempts) for trace in traces]
            return sum(due.attempts for due in waiting) == sum(told)

        # A try may fall between the two looks; what was not tried and is counted would stay.
        await until(counted_and_told_alike)


# ---- later


async def test_a_request_for_later_is_handed_on_at_its_time(world: World) -> None:
    async with serving(world, with_policy()) as running:
        clock = running.clock
        execution = (clock() + timedelta(hours=1)).replace(microsecond=0)
        body = ReadInstantaneousImportRegisters(execution=execution)
        post = running.scene.post("supplier", running.scene.device(SECURE), "4.1.1", body, 1, S)
        trace_id = await accepted(running, post)
        (due,) = await running.worker.state.outbox(dead=False, limit=10)
        assert (execution, execution) == (due.due_at, due.hand_off.not_before)
        await asyncio.sleep(1.2)
        assert [] == running.witness.posts("/s1sp/secure")
        clock.ahead += timedelta(minutes=59)
        await asyncio.sleep(1.2)
        assert [] == running.witness.posts("/s1sp/secure")
        clock.ahead += timedelta(minutes=1)
        (delivery,) = await tries(running, trace_id, 1)
        assert "delivered" == delivery.outcome
        assert execution <= delivery.at


# ---- what may be wrong at the start, and in between

BAD_ADDRESSES = {
    "nothing": "",
    "no scheme": "far.example/secure",
    "another scheme": "ftp://127.0.0.1/secure",
    "no host": "http:///secure",
    "a port that is none": "http://127.0.0.1:99999/",
    "half an address of version 6": "http://[::1/secure",
    "a label that is too long": f"http://{'a' * 64}.example/",
}


@pytest.mark.parametrize("address", BAD_ADDRESSES.values(), ids=BAD_ADDRESSES.keys())
def test_a_far_side_that_cannot_be_reached_as_configured_is_told_at_the_start(world: World, address: str) -> None:
    with pytest.raises(SettingsError) as told_why:
        Worker(with_secure_at(address)(world.settings))
    assert f"s1sp.secure.url: expected an http or https address, found {address!r}" == str(told_why.value)


def test_a_password_in_an_address_is_refused_at_the_start_and_not_repeated(world: World) -> None:
    with pytest.raises(SettingsError) as told_why:
        Worker(with_secure_at("https://jo:secret@far.example/secure")(world.settings))
    assert "s1sp.secure.url: expected an address without a user, found one before the host" == str(told_why.value)


async def test_product_lists_that_cannot_be_read_are_looked_at_again(running: Running) -> None:
    """Whatever is in the file, the work that follows it goes on."""
    directory = running.settings.products.directory
    active = directory / "active"
    good, in_force = active.read_bytes(), running.worker.in_force.revisions["products"]
    active.write_bytes(b"\xff\xfe neither UTF-8 nor a revision")
    await asyncio.sleep(1.5)
    assert in_force == running.worker.in_force.revisions["products"]
    active.write_bytes(good)
    back = ProductRevisions(directory).rollback()
    assert isinstance(back, Activation)
    await until(lambda: back.revision == running.worker.in_force.revisions["products"])
