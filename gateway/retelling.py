"""A routing trace in words: what each check asked, the facts that it read, and what would have made a refusal pass.

The verdicts are those of then. Words, clauses and remedies are of the rules that are asked about, so a decision that
would be another under them is told as such, without remedies.
"""

from __future__ import annotations

import msgspec

from gateway.replaying import facts_in, replay
from routing.explained import ExplainedCheck, explained
from routing.remedies import Remedy, remedies
from routing.rules import Rules
from routing.trace import RoutingTrace


class Retold(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a trace says, for people."""

    checks: tuple[ExplainedCheck, ...] = ()
    remedy: str | None = None
    """In general, in the words of the row that refused."""
    remedies: tuple[Remedy, ...] = ()
    """For that request: the smallest changes that would have made it pass."""
    note: str | None = None
    """Why there are no checks, or no remedies."""


def retell(trace: RoutingTrace, rules: Rules) -> Retold:
    """Costs up to some thousand decisions, for a request that was refused."""
    facts = facts_in(trace)
    if isinstance(facts, str):
        return Retold(note=facts)
    checks = explained(trace.verdicts, facts, rules)
    again = replay(trace, rules)
    if again.changed:
        return Retold(checks=checks, note=f"decided under the rules of this explanation it would be {again.now}")
    remedy = next((check.remedy for check in checks if check.remedy is not None), None)
    return Retold(checks=checks, remedy=remedy, remedies=remedies(facts, rules))
