"""ONE request's way, top to bottom. Read this first.

    octets -> read and verify -> look up -> decide -> carry out -> accept durably -> answer -> hand on

Time, the revision of every list and schema and the settings in force are taken once, at the door. The
only await before the decision is the look-up. Only after the acceptance is durable does the user get
I99; a crash at any instant leaves either nothing or a request that will be handed on. The trace opens
before parsing and is offered whatever happens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from os import urandom

import msgspec

from gateway.answers import Answers
from gateway.fulfilment import Fulfilment, Order
from gateway.in_force import InForce
from gateway.metrics import TRANSITIONS_MADE
from gateway.onward import Onward
from gateway.originators import OriginatorRates
from gateway.ports import (
    Acceptance,
    Accepted,
    AlreadyUsed,
    DeviceExists,
    Earlier,
    Found,
    HeldNoLonger,
    Inventory,
    Ledger,
    Overtaken,
    Unavailable,
)
from gateway.replies import Outcome, Reply, document, problem
from gateway.settings import Limits
from gateway.trace_ports import TraceSink
from gateway.tracing import TraceDraft
from gateway.turns import in_turns, next_turn
from gateway.wants import facts_of, wanted_by
from gbcs.refusal import Refused
from routing.decision import Decision, decide
from routing.facts import Facts
from schemas.reading import Authentic, reading_steps
from schemas.request import Malformed, Unauthenticated
from schemas.vocabulary import WebService

log = logging.getLogger(__name__)

_HUGE_TEXT_OCTETS = 9_000_000
"""Above this a text may be longer than the parser takes unasked."""


class Gateway:
    """Serves requests. Everything it needs of the world is a port or a value that it was given."""

    def __init__(
        self,
        *,
        in_force: InForce,
        inventory: Inventory,
        ledger: Ledger,
        traces: TraceSink,
        onward: Onward,
        answers: Answers,
        fulfilment: Fulfilment,
        limits: Limits,
        clock: Callable[[], datetime],
    ) -> None:
        self.in_force = in_force
        self._inventory = inventory
        self._ledger = ledger
        self._traces = traces
        self._onward = onward
        self._answers = answers
        self._fulfilment = fulfilment
        self._clock = clock
        self._rates = OriginatorRates(limits.originator_rate, limits.originator_burst)

    async def serve(self, received: bytes, web_service: WebService, traceparent: str | None = None) -> Reply:
        """The synchronous answer to one posted document. Never raises for anything a sender can do."""
        in_force, now = self.in_force, self._clock()
        draft = TraceDraft(urandom(16).hex(), now, web_service, len(received), in_force.revisions, traceparent)
        try:
            reply = await self._serve(received, web_service, in_force, now, draft)
        except Unavailable as fault:
            draft.reason = str(fault)
            reply = problem(Outcome.UNAVAILABLE, draft.trace_id)
        except Exception as fault:
            log.exception("trace %s: a fault of ours", draft.trace_id)
            draft.reason = f"{type(fault).__name__}: {fault}"
            reply = problem(Outcome.FAULT, draft.trace_id)
        draft.finish(reply)
        self._traces.offer(draft)
        draft.count()
        return reply

    def turned_away(self, outcome: Outcome, web_service: WebService, detail: str, octets: int = 0) -> Reply:
        """A post that is not read here: too large, of another type, or one too many. It has its trace all the same.

        ``octets``: of one that came whole.
        """
        draft = TraceDraft(urandom(16).hex(), self._clock(), web_service, octets, self.in_force.revisions, None)
        draft.reason = detail
        reply = problem(outcome, draft.trace_id, detail)
        draft.finish(reply)
        self._traces.offer(draft)
        return reply

    async def _serve(
        self, received: bytes, web_service: WebService, in_force: InForce, now: datetime, draft: TraceDraft
    ) -> Reply:
        huge = len(received) > _HUGE_TEXT_OCTETS
        await next_turn()
        reading = await in_turns(reading_steps(received, in_force.schema, in_force.certificates, now, large=huge))
        draft.lap("read")
        await next_turn()
        match reading:
            case Malformed(kind=kind, faults=faults):
                draft.reason = faults[0].message
                return problem(Outcome(kind), draft.trace_id, errors=faults)
            case Unauthenticated(kind=kind, message=message):
                draft.reason = f"{kind}: {message}"
                return problem(Outcome.UNAUTHENTICATED, draft.trace_id, detail=message)
            case Authentic(request=request, digest=digest):
                draft.read(request, digest)
        if not await self._rates.admits(request.request_id.originator):
            return problem(Outcome.RATE_LIMITED, draft.trace_id)

        found = await self._inventory.look_up(wanted_by(request))
        draft.lap("look-up")
        await next_turn()
        earlier = found.earlier
        if earlier is not None and earlier.digest == digest:
            return self._repeated(earlier, draft)

        order = Order(
            received=received, digest=digest, trace_id=draft.trace_id, traceparent=draft.onward_parent, moment=now
        )
        facts = facts_of(request, digest, web_service, now, in_force.parties, found)
        return await self._decide_and_accept(facts, found, order, in_force, draft)

    async def _decide_and_accept(
        self, facts: Facts, found: Found, order: Order, in_force: InForce, draft: TraceDraft
    ) -> Reply:
        """Decide, carry out, accept. A race or an unbuildable message goes back to the check table once."""
        decision = decide(facts, in_force.rules)
        draft.decided(facts, decision)
        if not decision.accepted:
            return self._refused(facts, decision, order, draft)
        await next_turn()
        acceptance = await self._fulfilment.acceptance(decision, found, order)
        draft.lap("carry-out")
        if isinstance(acceptance, Refused):
            return self._refused_after_all(facts, {"unbuildable": acceptance.reason}, order, in_force, draft)
        return await self._accept(acceptance, facts, order, in_force, draft)

    async def _accept(
        self, acceptance: Acceptance, facts: Facts, order: Order, in_force: InForce, draft: TraceDraft
    ) -> Reply:
        outcome = await self._ledger.accept(acceptance)
        draft.lap("accept")
        match outcome:
            case Accepted():
                for change in acceptance.changes:
                    TRANSITIONS_MADE[change.row.name].inc()
                self._onward.deliver(acceptance.hand_offs)
                for held in acceptance.cancels:
                    self._traces.noted(held.trace_id, f"cancelled by the request of trace {draft.trace_id}")
                return document(Outcome.ACCEPTED, draft.trace_id, acceptance.answer)
            case AlreadyUsed(earlier=earlier) if earlier.digest == order.digest:
                return self._repeated(earlier, draft)
            case AlreadyUsed(earlier=earlier):
                # Refused by the envelope's checks, which ask nothing of devices.
                changed = {"request_id_used_by": earlier.trace_id}
                return self._refused_after_all(facts, changed, order, in_force, draft)
            case HeldNoLonger():
                return self._refused_after_all(facts, {"held": ()}, order, in_force, draft)
            case DeviceExists(device=device):
                made_meanwhile = await self._inventory.device(device)
                known = (*facts.devices, *((made_meanwhile,) if made_meanwhile else ()))
                return self._refused_after_all(facts, {"devices": known}, order, in_force, draft)
            case Overtaken():
                found = await self._inventory.look_up(wanted_by(facts.request))
                facts = facts_of(facts.request, order.digest, facts.web_service, order.moment, in_force.parties, found)
                return await self._decide_and_accept(facts, found, order, in_force, draft)

    def _refused_after_all(
        self, facts: Facts, changed: Mapping[str, object], order: Order, in_force: InForce, draft: TraceDraft
    ) -> Reply:
        facts = msgspec.structs.replace(facts, **changed)
        decision = decide(facts, in_force.rules)
        draft.decided(facts, decision)
        if decision.accepted:
            raise AssertionError(f"the check table accepts what could not be accepted: {changed}")
        return self._refused(facts, decision, order, draft)

    def _refused(self, facts: Facts, decision: Decision, order: Order, draft: TraceDraft) -> Reply:
        answer = self._answers.immediate(facts.request, decision.code, order.moment)
        draft.lap("answer")
        return document(Outcome.REFUSED, draft.trace_id, answer)

    @staticmethod
    def _repeated(earlier: Earlier, draft: TraceDraft) -> Reply:
        draft.repeats(earlier)
        return document(Outcome.REPEATED, draft.trace_id, earlier.answer)
