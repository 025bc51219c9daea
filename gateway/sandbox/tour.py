"""The tour: every step of the itinerary through the real listener, one after the other, and how each went."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Protocol

import msgspec

from gateway.sandbox.far_sides import Simulators
from gateway.sandbox.itinerary import STEPS
from gateway.sandbox.stage import Scene, Step
from gateway.sandbox.traveller import Answered
from gateway.sandbox.user_simulator import Answer
from routing.trace import RoutingTrace
from schemas.vocabulary import RequestId, WebService

__all__ = ["STEPS", "Outcome", "Scene", "take_tour"]

_ANSWER_SECONDS: Final = 15.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a step went."""

    title: str
    document: bytes
    web_service: WebService
    answered: Answered
    treatment: str | None
    destinations: tuple[str, ...]
    reason: str | None
    late: Answer | None
    faults: tuple[str, ...]
    """What was not as expected; empty when all was."""


class Traces(Protocol):
    async def show(self, trace_id: str) -> RoutingTrace | None: ...


async def take_tour(scene: Scene, traces: Traces, simulators: Simulators) -> AsyncIterator[Outcome]:
    """Every step in order. The traces of the gateway tell where each went."""
    for step in STEPS:
        post = step.make(scene)
        answered = await scene.by.post(post.document, post.web_service)
        if post.request is not None:
            scene.sent[step.title] = post.request
        scene.answered[step.title] = answered
        late = None
        if step.answer is not None and post.request is not None and answered.code == "I99":
            late = await _late(simulators, post.request.request_id)
        trace = await traces.show(answered.trace_id)
        yield Outcome(
            title=step.title,
            document=post.document,
            web_service=post.web_service,
            answered=answered,
            treatment=None if trace is None else trace.treatment,
            destinations=() if trace is None else trace.destinations,
            reason=None if trace is None else trace.reason,
            late=late,
            faults=tuple(_faults(step, answered, trace, late)),
        )


async def _late(simulators: Simulators, request_id: RequestId) -> Answer | None:
    try:
        return await simulators.users.wait_for(request_id, _ANSWER_SECONDS)
    except TimeoutError:
        return None


def _faults(step: Step, answered: Answered, trace: RoutingTrace | None, late: Answer | None) -> list[str]:
    faults = []
    got = answered.code or answered.problem or str(answered.status)
    if got != step.expected:
        faults.append(f"expected {step.expected}, found {got}")
    if step.result is not None and answered.result != step.result:
        faults.append(f"expected a {step.result}, found {answered.result or 'none'}")
    if trace is None:
        faults.append(f"expected trace {answered.trace_id}, found none")
    elif step.destination and not any(d.startswith(step.destination) for d in trace.destinations):
        faults.append(f"expected destination {step.destination}, found {', '.join(trace.destinations) or 'none'}")
    if step.answer is not None and (late is None or late.kind is not step.answer):
        faults.append(f"expected an asynchronous {step.answer.value}, found {late.kind.value if late else 'none'}")
    return faults
