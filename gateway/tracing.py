"""The trace of one request while it is under way."""

from __future__ import annotations

import re
import secrets
import time
from datetime import datetime
from typing import Final

import msgspec

from gateway.metrics import ADVISORIES, CODES, REFUSALS
from gateway.ports import Earlier
from gateway.replies import Outcome, Reply
from gateway.wants import PLACE, masked, without_places
from routing.decision import Decision
from routing.facts import Facts
from routing.trace import RoutingTrace, Verdict
from schemas.records import to_json
from schemas.request import DevicePrenotification, ReadInventory, ServiceRequest, UpdateFirmware
from schemas.vocabulary import DeviceId, WebService

MOST_DEVICES_IN_TRACE: Final = 500
"""A request that concerns more is recorded without its facts, and replay says so."""
_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class TraceDraft:
    """Gathers what happens; ``made`` is the record of it, which whoever keeps it has made when there is time."""

    def __init__(
        self,
        trace_id: str,
        received_at: datetime,
        web_service: WebService,
        octets: int,
        revisions: dict[str, str],
        traceparent: str | None,
    ) -> None:
        self.trace_id = trace_id
        self.reason: str | None = None
        self._received_at = received_at
        self._web_service = web_service
        self._octets = octets
        self._revisions = revisions
        honoured = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
        self._traceparent = traceparent if honoured else None
        # W3C Trace Context: the same trace, a span of our own.
        self.onward_parent = f"00-{honoured[1]}-{secrets.token_hex(8)}-{honoured[3]}" if honoured else None
        self._request: ServiceRequest | None = None
        self._digest: bytes | None = None
        self._facts: Facts | None = None
        self._decision: Decision | None = None
        self._earlier: Earlier | None = None
        self._outcome = Outcome.FAULT
        self._status = 0
        self._timings: dict[str, float] = {}
        self._start = self._mark = time.perf_counter_ns()

    def lap(self, step: str) -> None:
        now = time.perf_counter_ns()
        self._timings[step] = _milliseconds(now - self._mark)
        self._mark = now

    def read(self, request: ServiceRequest, digest: bytes) -> None:
        self._request, self._digest = request, digest

    def decided(self, facts: Facts, decision: Decision) -> None:
        self._facts, self._decision = facts, decision
        self.lap("decide")

    def repeats(self, earlier: Earlier) -> None:
        self._earlier = earlier

    def count(self) -> None:
        """Code and refusing check, for the operators' counters."""
        decision = self._decision
        if decision is not None:
            CODES[decision.code].inc()
            if decision.refused_by is not None:
                REFUSALS[decision.refused_by].inc()
            for name in decision.advised:
                if name in ADVISORIES:
                    ADVISORIES[name].inc()

    def finish(self, reply: Reply) -> None:
        """Nothing more happens: the request is answered with ``reply``."""
        self._timings["total"] = _milliseconds(time.perf_counter_ns() - self._start)
        self._outcome, self._status = reply.outcome, reply.status

    def made(self) -> RoutingTrace:
        """The record, in any thread, once the request is answered."""
        request, decision = self._request, self._decision
        facts, hidden = _recorded(self._facts)
        verdicts: tuple[Verdict, ...] = () if decision is None else decision.verdicts
        treatment = None if decision is None else decision.treatment
        code = None if decision is None else str(decision.code)
        reason = self.reason if decision is None else decision.reason
        if self._earlier is not None:
            code, reason = str(self._earlier.code), f"a repeat of the request of trace {self._earlier.trace_id}"
        return RoutingTrace(
            trace_id=self.trace_id,
            received_at=self._received_at,
            web_service=self._web_service.value,
            traceparent=self._traceparent,
            octets=self._octets,
            revisions=self._revisions,
            request_id=None if request is None else str(request.request_id),
            originator=None if request is None else str(request.request_id.originator),
            device=None if request is None else _device_concerned(request),
            variant=None if request is None else request.variant,
            command_variant=None if request is None else int(request.command_variant),
            digest=None if self._digest is None else self._digest.hex(),
            facts=facts,
            verdicts=verdicts,
            treatment=None if treatment is None else treatment.generation.value,
            treatment_reason=None if treatment is None else treatment.reason,
            destinations=() if decision is None else tuple(map(str, decision.destinations)),
            destination_reason=None if decision is None else decision.destination_reason,
            outcome=self._outcome.value,
            status=self._status,
            code=code,
            reason=reason,
            masked=hidden,
            timings=self._timings,
        )


def _milliseconds(nanoseconds: int) -> float:
    return nanoseconds // 1000 / 1000


def _recorded(facts: Facts | None) -> tuple[msgspec.Raw | None, tuple[str, ...]]:
    if facts is None:
        return None, ()
    body = facts.request.body
    listed = len(body.devices) if isinstance(body, UpdateFirmware) else 0
    if max(listed, len(facts.devices)) > MOST_DEVICES_IN_TRACE:
        return None, ("facts",)
    request, hidden = masked(facts.request)
    devices, matches = without_places(facts.devices), without_places(facts.matches)
    if devices is not facts.devices or matches is not facts.matches:
        hidden = (*hidden, *(f"devices.{name}" for name in PLACE))
    if hidden:
        facts = msgspec.structs.replace(facts, request=request, devices=devices, matches=matches)
    return msgspec.Raw(to_json(facts)), hidden


def _device_concerned(request: ServiceRequest) -> str | None:
    """The target, or the one device that a non-device request names."""
    named: DeviceId | None = request.request_id.target
    match request.body:
        case DevicePrenotification(device=device):
            named = device
        case ReadInventory(device=device):
            named = device
        case _:
            pass
    return None if named is None else str(named)
