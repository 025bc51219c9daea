"""How much of the installed base a set of targets covers: the fleet, counted.

Numbers only. What to test, and what becomes an entry, is decided in ``cpl.lifecycle`` and
``cpl.epcl_report``; what counts as a variation in ``cpl.combinations``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from itertools import accumulate
from typing import Final, assert_never

import msgspec

from cpl.combinations import (
    Comparison,
    DeviceModelCombination,
    combination,
    conflict,
    variations,
)
from cpl.epcl import InstallationStatus
from cpl.fleet import FleetRow
from cpl.variations import Rule, Variation
from schemas.vocabulary import Basis

RULES: Final = {
    "rows-add-up": Rule(
        says="rows of one combination are added up; nobody's installations are in two returns",
        cites="MOC SIT DMC selection (seed 000), section 2.2: data of Suppliers and of SMSOs",
        basis=Basis.ASSUMED,
    ),
    "a-device-for-each-model": Rule(
        says="where a return counts no devices, an installation has one for each model that its row names",
        cites="ours: EPCL Report 22 (seed 003), section 1, counts devices and does not say how",
        basis=Basis.ASSUMED,
    ),
    "all-statuses-count": Rule(
        says="active, dormant and mixed installations count alike, now and once the firmware is upgraded",
        cites="MOC SIT DMC selection (seed 000), section 2.2.2",
        basis=Basis.SPECIFIED,
    ),
}
"""Rules of counting, by name."""


class Installs(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of SMETS1 Installations by how their meters are operated (seed 003, section 1)."""

    active: int = 0
    dormant: int = 0
    mixed: int = 0
    unstated: int = 0
    """The return does not tell them apart."""

    @property
    def total(self) -> int:
        return self.active + self.dormant + self.mixed + self.unstated

    def __add__(self, other: Installs) -> Installs:
        return Installs(
            active=self.active + other.active,
            dormant=self.dormant + other.dormant,
            mixed=self.mixed + other.mixed,
            unstated=self.unstated + other.unstated,
        )

    def of(self, status: InstallationStatus) -> int:
        match status:
            case InstallationStatus.ACTIVE:
                return self.active
            case InstallationStatus.DORMANT:
                return self.dormant
            case InstallationStatus.MIXED:
                return self.mixed
            case _:
                assert_never(status)

    def share_of(self, base: Installs) -> float | None:
        """Between 0 and 1; ``None`` where the base is empty."""
        return self.total / base.total if base.total else None


NONE: Final = Installs()


def only(status: InstallationStatus | None, number: int) -> Installs:
    """So many, all of one installation status."""
    match status:
        case InstallationStatus.ACTIVE:
            return Installs(active=number)
        case InstallationStatus.DORMANT:
            return Installs(dormant=number)
        case InstallationStatus.MIXED:
            return Installs(mixed=number)
        case None:
            return Installs(unstated=number)
        case _:
            assert_never(status)


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """A unique combination of the fleet, with what all rows that name it add up to."""

    combination: DeviceModelCombination
    installs: Installs
    devices: Installs
    """Devices in those installations."""
    rows: int


class Fleet:
    """The installed base as RFI data tell it: each unique combination once. Immutable.

    That no installation is in the returns of both a Supplier and an SMSO is the caller's to see to.
    """

    def __init__(self, rows: Iterable[FleetRow] = ()) -> None:
        listed = [_installed(row) for row in rows]
        self.rows: Final = len(listed)
        """Number of rows read."""
        found: dict[object, Installed] = {}
        for one in listed:
            key = one.combination.key
            found[key] = _merged(found[key], one) if key in found else one
        self._bases: Final[dict[str | None, Installs]] = {}
        self.installed: Final = tuple(sorted(found.values(), key=lambda each: each.combination.key))
        self._by_hub: Final[dict[str, list[tuple[int, Installed]]]] = {}
        for number, each in enumerate(self.installed):
            self._by_hub.setdefault(each.combination.hub_model, []).append((number, each))

    def __len__(self) -> int:
        """Number of unique combinations."""
        return len(self.installed)

    def base(self, cohort: str | None = None) -> Installs:
        """All installations, or those of one cohort with those whose cohort is not stated."""
        if cohort not in self._bases:
            counted = (each.installs for each in self.installed if not conflict(each.combination.cohort, cohort))
            self._bases[cohort] = sum(counted, start=NONE)
        return self._bases[cohort]

    def with_hub_of(self, target: DeviceModelCombination) -> Sequence[tuple[int, Installed]]:
        """Those that have the target's model of hub, with their places in ``installed``: it can cover no others."""
        return self._by_hub.get(target.hub_model, ())


class Tier(IntEnum):
    """How near a target's tests are to an installed combination; the lower, the nearer."""

    EXACT = 0
    """The very combination."""
    VERSION = 1
    """Its single-fuel and no-PPMID versions: the coverage figures of seed 000, table 3, include them."""
    EQUIVALENT = 2
    """Other hardware with the same firmware: candidates for substantive equivalence."""
    CORE = 3
    """The same hub and meters with another consumer device, which is assessed by itself."""


_VERSIONS: Final = frozenset({Variation.SINGLE_FUEL, Variation.NO_PPMID})


def tier(varied: frozenset[Variation]) -> Tier:
    """The tier of a combination that varies so, other firmware left aside."""
    beyond = varied - {Variation.FIRMWARE}
    if not beyond:
        return Tier.EXACT
    if beyond <= _VERSIONS:
        return Tier.VERSION
    return Tier.CORE if Variation.CONSUMER_DEVICE in beyond else Tier.EQUIVALENT


def distance(varied: frozenset[Variation]) -> tuple[bool, bool, Tier]:
    """By this the nearest of several targets is chosen: tests of one's own weigh most, then an upgrade."""
    return Variation.CONSUMER_DEVICE in varied, Variation.FIRMWARE in varied, tier(varied)


def nearest(
    one: DeviceModelCombination, tested: Iterable[DeviceModelCombination]
) -> tuple[DeviceModelCombination, frozenset[Variation]] | None:
    """The first of the nearest targets on whose tests a combination can rest, and in what it varies from it."""
    found = ((target, variations(one, target)) for target in tested)
    near = [(target, varied) for target, varied in found if varied is not None and tier(varied) < Tier.CORE]
    return min(near, key=lambda each: distance(each[1]), default=None)


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """Installations reached, nearer tiers included."""

    now: Installs = NONE
    """With the target's firmware already."""
    after_upgrades: Installs = NONE
    """Those, and those that the target's firmware would bring there."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What a set of targets covers of ``base``. Each part includes the one before it."""

    base: Installs
    exact: Reach
    version: Reach
    equivalent: Reach
    core: Reach


class Reached:
    """The nearest tier at which the targets taken so far reach each installed combination."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet: Final = fleet
        self._now: Final[dict[int, Tier]] = {}
        self._after: Final[dict[int, Tier]] = {}

    def take(self, target: DeviceModelCombination, farthest: Tier = Tier.CORE) -> Coverage:
        """Count what ``target`` reaches, up to ``farthest``. A target more never takes anything away.

        Returns what the target covers alone, of the installations of its cohort.
        """
        now: dict[int, Tier] = {}
        after: dict[int, Tier] = {}
        compared = Comparison(target)
        for number, each in self._fleet.with_hub_of(target):
            varied = compared.variations(each.combination)
            if varied is None or (near := tier(varied)) > farthest:
                continue
            after[number] = near
            if Variation.FIRMWARE not in varied:
                now[number] = near
        for reached, found in ((self._now, now), (self._after, after)):
            reached.update((number, min(near, reached.get(number, near))) for number, near in found.items())
        return self._coverage(self._fleet.base(target.cohort), now, after)

    def covers(self, number: int) -> bool:
        """The combination at that place in the fleet needs no tests of its own, after upgrades at the latest."""
        return self._after.get(number, Tier.CORE) < Tier.CORE

    def coverage(self) -> Coverage:
        """What all targets so far cover together, of the whole fleet."""
        return self._coverage(self._fleet.base(), self._now, self._after)

    def _coverage(self, base: Installs, now: Mapping[int, Tier], after: Mapping[int, Tier]) -> Coverage:
        parts = zip(self._cumulated(now), self._cumulated(after), strict=True)
        exact, version, equivalent, core = (Reach(now=one, after_upgrades=other) for one, other in parts)
        return Coverage(base=base, exact=exact, version=version, equivalent=equivalent, core=core)

    def _cumulated(self, reached: Mapping[int, Tier]) -> list[Installs]:
        """By tier, nearer tiers included."""
        sums = [NONE] * len(Tier)
        for number, near in reached.items():
            sums[near] += self._fleet.installed[number].installs
        return list(accumulate(sums))


def coverage(fleet: Fleet, targets: Iterable[DeviceModelCombination]) -> Coverage:
    """What the targets cover together, of the whole fleet."""
    reached = Reached(fleet)
    for target in targets:
        reached.take(target)
    return reached.coverage()


def _installed(row: FleetRow) -> Installed:
    devices = row.installations * len(row.device_models) if row.devices is None else row.devices
    return Installed(
        combination=combination(row, cohort=row.cohort, wan_provider=row.wan_provider, upgradable=row.upgradable),
        installs=only(row.installation_status, row.installations),
        devices=only(row.installation_status, devices),
        rows=1,
    )


def _merged(one: Installed, other: Installed) -> Installed:
    # The spelling that sorts first is kept, so that the order of the rows makes no difference.
    first = min(one.combination, other.combination, key=msgspec.json.encode)
    return Installed(
        combination=first,
        installs=one.installs + other.installs,
        devices=one.devices + other.devices,
        rows=one.rows + other.rows,
    )
