"""``traces replay``: stored requests decided again, on today's or another product revision and policy.

A trace keeps the facts that its decision was made from, so nothing is looked up. What cannot be replayed
(never decided, facts left out, facts of another version) is said, not skipped.
"""

from __future__ import annotations

from typing import Final

import msgspec

from routing.decision import Rules, decide
from routing.facts import Facts
from routing.trace import RoutingTrace
from schemas.records import json_decoder

_FACTS: Final = json_decoder(Facts)


class Replayed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One trace, then and now."""

    trace_id: str
    request_id: str | None
    then: str
    """Code, refusing check and destinations, as the trace has them."""
    now: str | None = None
    changed: bool = False
    gap: str | None = None
    """Why it could not be decided again."""


def replay(trace: RoutingTrace, rules: Rules) -> Replayed:
    """Decide once more."""
    refused_by = next((v.check for v in trace.verdicts if v.code is not None), None)
    then = _summary(trace.code, refused_by, trace.destinations)
    if trace.facts is None:
        why = "its facts were left out" if "facts" in trace.masked else f"it was never decided ({trace.outcome})"
        return Replayed(trace_id=trace.trace_id, request_id=trace.request_id, then=then, gap=why)
    try:
        facts = _FACTS.decode(trace.facts)
    except (msgspec.ValidationError, ValueError) as fault:
        why = f"its facts are not those of this version: {fault}"
        return Replayed(trace_id=trace.trace_id, request_id=trace.request_id, then=then, gap=why)
    decision = decide(facts, rules)
    again = _summary(decision.code, decision.refused_by, tuple(map(str, decision.destinations)))
    return Replayed(trace_id=trace.trace_id, request_id=trace.request_id, then=then, now=again, changed=again != then)


def _summary(code: str | None, refused_by: str | None, destinations: tuple[str, ...]) -> str:
    return " ".join(filter(None, (code, refused_by and f"by {refused_by}", *(f"to {d}" for d in destinations))))
