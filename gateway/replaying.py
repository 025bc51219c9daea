"""``traces replay``: stored requests decided again, on today's or another product revision, policy or rule table.

A trace keeps the facts that its decision was made from, so nothing is looked up. What cannot be replayed
(never decided, facts left out, facts of another version) is said, not skipped. A GBCS message is not built again:
where it could not be made then, that is one of the facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
    code_then: str | None = None
    now: str | None = None
    code_now: str | None = None
    changed: bool = False
    because: str | None = None
    """Of a change: why it would be refused now, or where it would go."""
    gap: str | None = None
    """Why it could not be decided again."""


class CodeChange(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the requests that were answered with one code would be answered with another."""

    code_then: str | None
    code_now: str | None
    """The same code where only the check or the destination is another."""
    requests: int


def facts_in(trace: RoutingTrace) -> Facts | str:
    """What the decision was made from, or why the trace does not have it."""
    if trace.facts is None:
        return "its facts were left out" if "facts" in trace.masked else f"it was never decided ({trace.outcome})"
    try:
        return _FACTS.decode(trace.facts)
    except (msgspec.ValidationError, ValueError) as fault:
        return f"its facts are not those of this version: {fault}"


def replay(trace: RoutingTrace, rules: Rules) -> Replayed:
    """Decide once more."""
    refused_by = next((v.check for v in trace.verdicts if v.code is not None), None)
    then = _summary(trace.code, refused_by, trace.destinations)
    known = Replayed(trace_id=trace.trace_id, request_id=trace.request_id, then=then, code_then=trace.code)
    facts = facts_in(trace)
    if isinstance(facts, str):
        return msgspec.structs.replace(known, gap=facts)
    decision = decide(facts, rules)
    again = _summary(decision.code, decision.refused_by, tuple(map(str, decision.destinations)))
    changed = again != then
    why = (decision.reason or decision.destination_reason) if changed else None
    return msgspec.structs.replace(known, now=again, code_now=decision.code, changed=changed, because=why)


def changes_by_code(outcomes: Iterable[Replayed]) -> tuple[CodeChange, ...]:
    """The changes by code, the most frequent first."""
    counted = Counter((one.code_then, one.code_now) for one in outcomes if one.changed)
    return tuple(CodeChange(code_then=then, code_now=now, requests=n) for (then, now), n in counted.most_common())


def _summary(code: str | None, refused_by: str | None, destinations: tuple[str, ...]) -> str:
    return " ".join(filter(None, (code, refused_by and f"by {refused_by}", *(f"to {d}" for d in destinations))))
