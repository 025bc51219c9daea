"""What the DSP holds until its time and the year 3000 cancels; and counters that come late, end to end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from running import Post, Running, S

from routing.trace import Answer
from schemas.request import ReadInstantaneousImportRegisters
from schemas.vocabulary import RequestId

NEVER = datetime(3000, 12, 31, tzinfo=UTC)
LATER = timedelta(hours=6)


def reads(running: Running, device: str, execution: datetime) -> Post:
    body = ReadInstantaneousImportRegisters(execution=execution)
    return running.scene.post("supplier", running.scene.device(device), "4.1.1", body, 1, S)


@pytest.mark.parametrize(("device", "far"), [("esme", "/wan"), ("smets1-secure-esme", "/s1sp")])
async def test_what_is_held_and_cancelled_never_reaches_its_provider(running: Running, device: str, far: str) -> None:
    held, again = [reads(running, device, running.clock() + LATER) for _ in range(2)]
    first, second = await running.answered(held), await running.answered(again)
    assert ["I99", "I99"] == [first.code, second.code]
    cancellation = await running.answered(reads(running, device, NEVER))
    assert "I0" == cancellation.code
    trace = await running.trace(cancellation.trace_id)
    assert ("dcc", "cancels what the DSP holds: 2 of 4.1.1") == (trace.destinations[0], trace.destination_reason)
    for one in (first, second):
        told = await running.trace(one.trace_id)
        assert (f"cancelled by the request of trace {cancellation.trace_id}",) == told.events
    running.clock.ahead = LATER + timedelta(minutes=1)
    await asyncio.sleep(1.5)
    assert [] == running.witness.posts(far)
    assert {} == await running.worker.state.outbox_depth()


async def test_there_is_nothing_to_cancel_twice_or_of_another_service(running: Running) -> None:
    assert "I99" == (await running.answered(reads(running, "esme", running.clock() + LATER))).code
    assert "E49" == (await running.answered(reads(running, "smets1-secure-esme", NEVER))).code
    cancellation = reads(running, "esme", NEVER)
    assert "I0" == (await running.answered(cancellation)).code
    assert "I0" == (await running.answered(cancellation)).code, "a repeat gets its answer again"
    assert "E49" == (await running.answered(reads(running, "esme", NEVER))).code


async def test_a_counter_that_comes_late_is_advised_on_and_goes_out_all_the_same(running: Running) -> None:
    late, early = running.registers(), running.registers()
    assert late.request is not None and early.request is not None
    name = late.request.request_id
    assert name.counter < early.request.request_id.counter
    assert "I99" == (await running.answered(early)).code
    answered = await running.answered(late)
    assert "I99" == answered.code
    (advice,) = [v for v in (await running.trace(answered.trace_id)).verdicts if v.answer is Answer.ADVISED]
    assert "counter-is-the-latest" == advice.check
    assert advice.reason == (
        f"counter {name.counter} comes after {early.request.request_id.counter}; the device may refuse it as a replay"
    )
    for one in (early, late):
        assert one.request is not None
        await running.simulators.users.wait_for(one.request.request_id, 20.0)


async def test_a_counter_for_another_device_is_not_late(running: Running) -> None:
    other = running.registers("smets1-secure-esme")
    assert other.request is not None
    high = RequestId(other.request.request_id.originator, other.request.request_id.target, 2**64 - 1)
    assert "I99" == (await running.answered(running.anew(other, text=high.text))).code
    trace = await running.trace((await running.answered(running.registers())).trace_id)
    assert [] == [verdict.check for verdict in trace.verdicts if verdict.answer is Answer.ADVISED]
