"""The smallest change that would make a refused request pass: found by deciding again, never guessed.

A closed set of changes of one fact each is tried, the smallest first (the order of ``Kind``); pairs of them where no
single one helps. What is returned was decided to pass, or says what would refuse it next. As far as the checks
reach: whether a GBCS message can be made of the changed request is tried when it is sent. Where nothing helps that
is a fact (a device that there is not, a body that is wrong), the row's own words remain: ``Check.remedy``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from routing.change import Candidate, Candidates, Change, Kind
from routing.changes_of_request import OF_REQUEST
from routing.changes_of_world import OF_WORLD
from routing.decision import Decision, decide
from routing.facts import Facts
from routing.rules import ALL_CHECKS, Rules

KINDS: Final[Mapping[Kind, Candidates]] = {**OF_REQUEST, **OF_WORLD}
MOST: Final = 6
"""Remedies that are told; the smallest."""
_SIZE: Final = {kind: size for size, kind in enumerate(Kind)}
_PLACE: Final = {row.name: place for place, row in enumerate(ALL_CHECKS)}


class Remedy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One or two changes, and what the request would be answered with then."""

    words: str
    """What to do, as the end of a sentence: 'to pass, ...'."""
    changes: tuple[Change, ...]
    passes: bool
    code: str
    refused_by: str | None = None
    """The check that would refuse it next: more than two things are wrong."""
    reason: str | None = None
    others: tuple[str, ...] = ()
    """Other values of the last change that would do as well."""


def remedies(facts: Facts, rules: Rules) -> tuple[Remedy, ...]:
    """The smallest changes first; none for a request that passes, or that no change of facts lets pass.

    Costs up to some thousand decisions: for whoever asks, not for every request.
    """
    found = decide(facts, rules)
    if found.accepted:
        return ()
    tried: list[Tried] = [((each,), decide(each.facts, each.rules)) for each in _candidates(facts, rules)]
    passing = [(each, after) for each, after in tried if after.accepted]
    if passing:
        return _smallest(passing)
    changing = [each for (each,), after in tried if after.reason != found.reason]
    return _smallest(list(_pairs(changing))) or _smallest([one for one in tried if _is_further(one[1], found)])


Tried = tuple[tuple[Candidate, ...], Decision]


def _candidates(facts: Facts, rules: Rules) -> Iterator[Candidate]:
    for kind in Kind:
        yield from KINDS[kind](facts, rules)


def _pairs(changing: list[Candidate]) -> Iterator[Tried]:
    """Those that pass. A change that alters nothing by itself is no part of one."""
    for first in changing:
        for second in _candidates(first.facts, first.rules):
            if second.change.of is not first.change.of:
                after = decide(second.facts, second.rules)
                if after.accepted:
                    yield (first, second), after


def _is_further(after: Decision, before: Decision) -> bool:
    """What refused the request lets it pass now, and something later in the table refuses it."""
    return _PLACE[after.refused_by or ""] > _PLACE[before.refused_by or ""]


def _smallest(tried: list[Tried]) -> tuple[Remedy, ...]:
    """One remedy for each set of facts changed, with the other values that do as well."""
    alike: dict[tuple[Kind, ...], list[Tried]] = {}
    for changes, after in sorted(tried, key=_size):
        alike.setdefault(_kinds(changes), []).append((changes, after))
    return tuple(_told(each) for each in list(alike.values())[:MOST])


def _kinds(changes: tuple[Candidate, ...]) -> tuple[Kind, ...]:
    return tuple(sorted((each.change.of for each in changes), key=_SIZE.__getitem__))


def _size(tried: Tried) -> list[int]:
    return sorted(_SIZE[each.change.of] for each in tried[0])


def _told(alike: list[Tried]) -> Remedy:
    candidates, after = alike[0]
    changes = tuple(each.change for each in candidates)
    words = ", and ".join(change.words for change in changes)
    if not after.accepted:
        return Remedy(
            words=f"{words}; {after.refused_by} refuses it then: {after.reason}",
            changes=changes,
            passes=False,
            code=after.code,
            refused_by=after.refused_by,
            reason=after.reason,
        )
    same = (each for each, _ in alike[1:] if tuple(one.change for one in each[:-1]) == changes[:-1])
    others = tuple(dict.fromkeys(each[-1].change.wanted for each in same))
    return Remedy(
        words=f"{words} (or {', '.join(others)})" if others else words,
        changes=changes,
        passes=True,
        code=after.code,
        others=others,
    )
