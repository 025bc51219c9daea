"""What becomes of every combination of the PPCL and the fleet: tested, or on whose evidence it rests.

The order in which combinations are chosen is ``cpl.selection``'s, what they cover ``cpl.coverage``'s.
What has been tested with which outcome, and what is asked for then, is ``cpl.epcl_report``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from cpl.combinations import Comparison, DeviceModelCombination
from cpl.coverage import NONE, Coverage, Fleet, Installs, Reached, Tier, distance, tier
from cpl.epcl import EpclEntry, Evidence
from cpl.ppcl import PpclRow
from cpl.selection import Origin, Target, from_fleet, from_pending, targets
from cpl.variations import Variation


class Place(StrEnum):
    """What becomes of a combination."""

    ELIGIBLE = "eligible"
    PROPOSED = "proposed for testing"
    CANDIDATE = "candidate for substantive equivalence"
    UPGRADE = "covered once its firmware is the target's"
    CONSUMER_DEVICE = "its consumer device is to be assessed"
    UNDETERMINED = "its rows do not state all firmware"
    NOT_INSTALLED = "no installation has it"
    NO_COMBINATION = "its rows name no hub, or no meter"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A combination proposed for testing."""

    name: str
    """What it is called here: ``DMC 3``, third in order."""
    target: Target
    coverage: Coverage
    """Its own, of its cohort."""
    together: Coverage
    """With everything eligible and proposed before it, of the whole fleet."""
    core_of: str | None
    """The target that has the same hub and meters: little testing is needed (seed 000, section 2.2.1)."""


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """A unique combination and what becomes of it."""

    combination: DeviceModelCombination
    place: Place
    installs: Installs
    """Of this very combination, as it is now."""
    entry_ids: tuple[str, ...] = ()
    rests_on: str | None = None
    """Name of the target."""
    variations: tuple[Variation, ...] = ()
    """In what it varies from the target."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What the PPCL and the fleet come to."""

    rows: int
    """Rows of RFI data."""
    base: Installs
    eligible: Coverage
    """What the EPCL covers already, of the whole fleet."""
    proposals: tuple[Proposal, ...]
    pending: tuple[Placement, ...]
    """Every unique combination of the PPCL."""
    installed: tuple[Placement, ...]
    """Every unique combination of the fleet."""


def plan(
    fleet: Fleet,
    pending: Iterable[PpclRow],
    eligible: Iterable[EpclEntry] = (),
    under_test: frozenset[str] = frozenset(),
) -> Plan:
    """Propose what to test. ``under_test``: ids of planned entries whose tests have begun; they stay chosen."""
    planning = _Planning(fleet, tuple(eligible))
    waiting = targets(pending, Origin.PPCL)
    for target in from_pending(fleet, [each for each in waiting if _usable(each)], planning.tested, under_test):
        planning.propose(target)
    planned = [target.combination for target in (*planning.tested, *(each.target for each in planning.proposals))]
    for target in from_fleet(fleet, planning.reached, planned):
        planning.propose(target)
    return Plan(
        rows=fleet.rows,
        base=fleet.base(),
        eligible=planning.eligible,
        proposals=tuple(planning.proposals),
        pending=tuple(planning.placement(each.combination, NONE, each.entry_ids) for each in waiting),
        installed=tuple(planning.placement(each.combination, each.installs, ()) for each in fleet.installed),
    )


class _Known:
    """A target that others may rest on, up to a tier."""

    def __init__(self, name: str, target: Target, farthest: Tier) -> None:
        self.name: Final = name
        self.target: Final = target
        self.farthest: Final = farthest
        self.compared: Final = Comparison(target.combination)


class _Planning:
    """What is known while a plan is made: targets by name, and how far they reach."""

    def __init__(self, fleet: Fleet, listed: Sequence[EpclEntry]) -> None:
        self.reached: Final = Reached(fleet)
        self.proposals: Final[list[Proposal]] = []
        self._known: Final[dict[str, list[_Known]]] = {}
        tested, equivalent = (
            tuple(filter(_usable, targets((entry for entry in listed if entry.evidence is evidence), Origin.EPCL)))
            for evidence in (Evidence.TESTED, Evidence.SUBSTANTIVELY_EQUIVALENT)
        )
        self.tested: Final = tested
        for target in tested:
            self._know(_Known(f"EPCL {target.entry_ids[0]}", target, Tier.CORE))
        # An entry that is equivalent itself lends its evidence to nobody: it covers itself alone.
        for target in equivalent:
            self._know(_Known(f"EPCL {target.entry_ids[0]}", target, Tier.EXACT))
        self.eligible: Final = self.reached.coverage()

    def propose(self, target: Target) -> None:
        name = f"DMC {len(self.proposals) + 1}"
        cores = (known.name for known, varied in self._related(target.combination) if _is_core(varied))
        core = next(cores, None)
        alone = self._know(_Known(name, target, Tier.CORE))
        self.proposals.append(
            Proposal(name=name, target=target, coverage=alone, together=self.reached.coverage(), core_of=core)
        )

    def placement(self, one: DeviceModelCombination, installs: Installs, entry_ids: tuple[str, ...]) -> Placement:
        nearest = min(self._related(one), key=lambda found: distance(found[1]), default=None)
        if nearest is None:
            return Placement(combination=one, place=_place_of_unrelated(one), installs=installs, entry_ids=entry_ids)
        known, varied = nearest
        return Placement(
            combination=one,
            place=_place(known.target, varied),
            installs=installs,
            entry_ids=entry_ids,
            rests_on=known.name,
            variations=tuple(sorted(varied)),
        )

    def _know(self, known: _Known) -> Coverage:
        self._known.setdefault(known.target.combination.hub_model, []).append(known)
        return self.reached.take(known.target.combination, known.farthest)

    def _related(self, one: DeviceModelCombination) -> Iterator[tuple[_Known, frozenset[Variation]]]:
        for known in self._known.get(one.hub_model, ()):
            varied = known.compared.variations(one)
            if varied is not None and tier(varied) <= known.farthest:
                yield known, varied


def _usable(target: Target) -> bool:
    return target.combination.complete and target.combination.firmware_stated


def _is_core(varied: frozenset[Variation]) -> bool:
    return Variation.CONSUMER_DEVICE in varied and Variation.FIRMWARE not in varied


def _place(target: Target, varied: frozenset[Variation]) -> Place:
    if Variation.CONSUMER_DEVICE in varied:
        return Place.CONSUMER_DEVICE
    if Variation.FIRMWARE in varied:
        return Place.UPGRADE
    if varied:
        return Place.CANDIDATE
    return Place.ELIGIBLE if target.origin is Origin.EPCL else Place.PROPOSED


def _place_of_unrelated(one: DeviceModelCombination) -> Place:
    if not one.complete:
        return Place.NO_COMBINATION
    return Place.NOT_INSTALLED if one.firmware_stated else Place.UNDETERMINED
