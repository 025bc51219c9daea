"""A decision check by check, in words: what each asks, by which clause, which facts it read and what it found.

For ``explain`` and for whoever reads a trace; made when somebody asks, from the facts and the verdicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from routing.checks.check import Check
from routing.checks.fact import Fact
from routing.decision import reached
from routing.facts import Facts, Received
from routing.rules import Rules
from routing.telling import tell
from routing.trace import Answer, Verdict


class ReadFact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that a check read."""

    fact: str
    stood: str
    """In words, at the time of the decision."""


class ExplainedCheck(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check, in words."""

    name: str
    says: str
    answer: Answer
    code: str
    cites: str
    basis: str
    reads: tuple[ReadFact, ...] = ()
    """Of a check that was put."""
    reason: str | None = None
    remedy: str | None = None


NOTHING: Final[Mapping[Fact, str]] = MappingProxyType({})


def explained(
    verdicts: Iterable[Verdict], facts: Facts, rules: Rules, besides: Mapping[Fact, str] = NOTHING
) -> tuple[ExplainedCheck, ...]:
    """The verdicts in words, then the checks that were not asked any more.

    ``besides``: what is known of a fact and decides nothing, to be told after it.
    """
    said = {verdict.check: verdict for verdict in verdicts}
    service = rules.services.get(facts.request.variant)
    rows = rules.received.rows if service is None else rules.rows(service, facts.request.command_variant)
    known = reached(facts, rules)
    told = []
    for row in rows:
        verdict = said.get(row.name, Verdict(check=row.name, answer=Answer.NOT_ASKED))
        refused = verdict.answer is Answer.REFUSED
        told.append(
            ExplainedCheck(
                name=row.name,
                says=row.says,
                answer=verdict.answer,
                code=row.code,
                cites=row.cites,
                basis=row.basis.value,
                reads=() if verdict.answer is Answer.NOT_ASKED else _read_by(row, known, besides),
                reason=verdict.reason,
                remedy=row.remedy if refused else None,
            )
        )
    return tuple(told)


def _read_by(row: Check[Any], known: Received, besides: Mapping[Fact, str]) -> tuple[ReadFact, ...]:
    stood = ((fact, tell(fact, known)) for fact in row.reads)
    return tuple(
        ReadFact(fact=fact.value, stood=f"{words} {besides[fact]}" if fact in besides else words)
        for fact, words in stood
        if words is not None
    )
