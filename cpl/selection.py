"""Which combinations to test, in order: first of the PPCL, then of the fleet.

The selection of the DCC's MOC SIT consultation (seed 000, sections 2.1 and 2.2): few combinations in
test, the dominant ones, the rest on their evidence. What becomes of the rest is ``cpl.lifecycle``'s.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from cpl.combinations import (
    Comparison,
    DeviceModelCombination,
    combination,
    on_core_of,
    variations,
    without_hardware,
)
from cpl.coverage import Fleet, Installed, Reached, Tier, tier
from cpl.epcl import EpclEntry
from cpl.ppcl import PpclRow
from cpl.variations import Rule, Variation
from schemas.vocabulary import Basis

RULES: Final = {
    "pending-first": Rule(
        says="the combinations of the PPCL come first: they are what Suppliers plan to enrol",
        cites="MOC SIT DMC selection (seed 000), section 2.2",
        basis=Basis.SPECIFIED,
    ),
    "dominant-first": Rule(
        says="then those of the fleet; within both, whichever adds most installations to what is covered",
        cites="MOC SIT DMC selection (seed 000), section 2: the dominant DMCs; the order is assumed",
        basis=Basis.ASSUMED,
    ),
    "numerous-hardware": Rule(
        says="of hardware variants the most numerous is tested",
        cites="MOC SIT DMC selection (seed 000), section 2.2.1: Rev09",
        basis=Basis.SPECIFIED,
    ),
    "planned-core": Rule(
        says="another consumer device is tested on the hub and meters with the firmware that is planned for them",
        cites="MOC SIT DMC selection (seed 000), section 2.2.1: assessed in DMCT with the core devices",
        basis=Basis.SPECIFIED,
    ),
    "no-plan-no-upgrade": Rule(
        says="upgrades are foreseen to the firmware of the PPCL and the EPCL only",
        cites="MOC SIT DMC selection (seed 000), section 2.2.1: upgrades that Suppliers plan",
        basis=Basis.ASSUMED,
    ),
}
"""Rules of the selection, by name."""


class Origin(StrEnum):
    """Where a target comes from."""

    EPCL = "EPCL"
    PPCL = "PPCL"
    FLEET = "RFI data"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A combination whose tests others may rest on."""

    combination: DeviceModelCombination
    origin: Origin
    entry_ids: tuple[str, ...] = ()
    """Of all installation statuses, as far as they are given."""


def targets(rows: Iterable[EpclEntry | PpclRow], origin: Origin) -> tuple[Target, ...]:
    """The unique combinations of a list, in the order of their first row."""
    found: dict[object, Target] = {}
    for row in rows:
        one = combination(row, cohort=row.cohort, wan_provider=row.wan_provider)
        before = found.get(one.key, Target(combination=one, origin=origin))
        ids = () if row.entry_id is None else (row.entry_id,)
        found[one.key] = msgspec.structs.replace(before, entry_ids=(*before.entry_ids, *ids))
    return tuple(found.values())


def rests_on(one: DeviceModelCombination, target: DeviceModelCombination) -> bool:
    """The target's tests may stand for ``one`` as it is, without an upgrade."""
    varied = variations(one, target)
    return varied is not None and Variation.FIRMWARE not in varied and tier(varied) <= Tier.EQUIVALENT


def from_pending(
    fleet: Fleet, pending: Sequence[Target], tested: Collection[Target], under_test: frozenset[str]
) -> Iterator[Target]:
    """Those of the PPCL to test: none rests on another or on a tested one, but where tests have begun."""
    candidates = []
    for target in pending:
        near, compared = {}, Comparison(target.combination)
        for number, each in fleet.with_hub_of(target.combination):
            varied = compared.variations(each.combination)
            if varied is not None and tier(varied) <= Tier.EQUIVALENT:
                near[number] = varied
        exact = [fleet.installed[number].installs.total for number, varied in near.items() if varied <= _UPGRADE]
        present = [fleet.installed[number].installs.total for number, varied in near.items() if not varied]
        candidates.append(
            _Candidate(
                target=target,
                reach=frozenset(near),
                exact=(sum(exact), sum(present)),
                begun=not under_test.isdisjoint(target.entry_ids),
            )
        )
    yield from _greedy(fleet, candidates, [target.combination for target in tested])


def from_fleet(fleet: Fleet, reached: Reached, planned: Sequence[DeviceModelCombination]) -> Iterator[Target]:
    """Those of the fleet that nothing ``reached`` so far covers, even after upgrades, and that are installed.

    ``planned``: what has been reached from, whose firmware the fleet is to have.
    """
    plans = [Comparison(one) for one in planned]
    forms = {
        number: _foreseen(each.combination, plans)
        for number, each in enumerate(fleet.installed)
        if _wants_tests(each) and not reached.covers(number)
    }
    variants: dict[object, list[int]] = {}
    for number, form in forms.items():
        variants.setdefault(without_hardware(form).key, []).append(number)
    # Hardware makes no difference to what rests on what: one variant speaks for all.
    groups = [(forms[numbers[0]], frozenset(numbers)) for numbers in variants.values()]
    by_hub: dict[str, list[tuple[DeviceModelCombination, frozenset[int]]]] = {}
    for spokesman, numbers in groups:
        by_hub.setdefault(spokesman.hub_model, []).append((spokesman, numbers))
    candidates = []
    for _, numbers in groups:
        one, count = _most_numerous(fleet, forms, numbers)
        reach = (others for spokesman, others in by_hub[one.hub_model] if rests_on(spokesman, one))
        target = Target(combination=one, origin=Origin.FLEET)
        candidates.append(_Candidate(target=target, reach=frozenset().union(*reach), exact=(count, count)))
    yield from _greedy(fleet, candidates, [])


def _wants_tests(each: Installed) -> bool:
    return each.combination.complete and each.combination.firmware_stated and each.installs.total > 0


def _foreseen(one: DeviceModelCombination, plans: Iterable[Comparison]) -> DeviceModelCombination:
    """The combination as it will be when hub and meters have the firmware planned for them."""
    for compared in plans:
        varied = compared.variations(one)
        if varied is not None and varied >= _CORE_UPGRADE:
            return on_core_of(one, compared.target)
    return one


def _most_numerous(
    fleet: Fleet, forms: Mapping[int, DeviceModelCombination], numbers: Iterable[int]
) -> tuple[DeviceModelCombination, int]:
    """Of hardware variants, with the number of its installations."""
    counts: Counter[tuple[tuple[str, ...], ...]] = Counter()
    named: dict[object, DeviceModelCombination] = {}
    for number in sorted(numbers):
        counts[forms[number].key] += fleet.installed[number].installs.total
        named.setdefault(forms[number].key, forms[number])
    most = min(counts, key=lambda key: (-counts[key], key))
    return named[most], counts[most]


_UPGRADE: Final = frozenset({Variation.FIRMWARE})
_CORE_UPGRADE: Final = frozenset({Variation.CONSUMER_DEVICE, Variation.FIRMWARE})


class _Candidate(msgspec.Struct, frozen=True, kw_only=True):
    target: Target
    reach: frozenset[int]
    """Places in the fleet of what it would cover, equivalents included."""
    exact: tuple[int, int]
    """Installations of the very combination, after upgrades and now."""
    begun: bool = False


def _greedy(
    fleet: Fleet, candidates: Sequence[_Candidate], tested: Iterable[DeviceModelCombination]
) -> Iterator[Target]:
    """By what each adds to those before it. What a candidate adds only ever shrinks, so stale ranks are too high."""
    chosen = list(tested)
    covered: set[int] = set()
    totals = [each.installs.total for each in fleet.installed]

    def rank(candidate: _Candidate) -> tuple[bool, int, int, int, int, tuple[tuple[str, ...], ...]]:
        gain = sum(totals[number] for number in candidate.reach - covered)
        one = candidate.target.combination
        upgraded, present = candidate.exact
        return (not candidate.begun, -gain, -len(one.devices), -upgraded, -present, one.key)

    queue = [(rank(candidate), number) for number, candidate in enumerate(candidates)]
    heapq.heapify(queue)
    while queue:
        stale, number = heapq.heappop(queue)
        candidate = candidates[number]
        if (fresh := rank(candidate)) != stale:
            heapq.heappush(queue, (fresh, number))
        elif candidate.begun or not any(rests_on(candidate.target.combination, other) for other in chosen):
            chosen.append(candidate.target.combination)
            covered |= candidate.reach
            yield candidate.target
