"""Services beyond the first ten, end to end: handed to the S1SP, or refused and then neither kept nor handed on."""

from __future__ import annotations

from running import SOON, D, Running, S

from gateway.sandbox.user_simulator import AnswerKind
from schemas.bodies import body_of
from schemas.inventory_bodies import ClockSetting, CoverageQuestion
from schemas.request import AnyBody


def clock_setting(running: Running) -> AnyBody:
    return body_of("SynchroniseClock", ClockSetting(current_date_time=running.clock(), tolerance_period=10))


async def test_a_critical_service_goes_to_the_s1sp_of_a_smets1_meter(running: Running) -> None:
    meter = running.scene.device("smets1-secure-esme")
    post = running.scene.post("supplier", meter, "6.11", clock_setting(running), 1, S)
    assert post.request is not None
    assert "I99" == (await running.answered(post)).code
    (seen,) = await running.witness.wait_for("/s1sp/")
    assert "/s1sp/secure" == seen.path
    answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert (AnswerKind.SMETS1_RESPONSE, "I0") == (answer.kind, answer.response_code)


async def test_a_service_that_nothing_here_does_is_refused_and_leaves_nothing(running: Running) -> None:
    question = body_of("RequestWANMatrix", CoverageQuestion(uprn="100023336956"))
    post = running.scene.post("supplier", running.scene.dcc, "12.1", question, 8, D)
    answered = await running.answered(post)
    assert "E66" == answered.code
    trace = await running.trace(answered.trace_id)
    assert "12.1 Request WAN Matrix is decided here and not carried out: nothing is acknowledged" == trace.reason
    assert post.request is not None
    assert await running.worker.state.open_request_by_id(post.request.request_id) is None
    again = await running.answered(post)
    assert ("E66", True) == (again.code, again.trace_id != answered.trace_id), "decided again: nothing was kept"
    assert [] == running.witness.seen
