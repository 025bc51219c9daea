"""TABLE: what the SMETS1 Supporting Requirements say will come of firmware requests to PPMIDs (18.63 to 18.65).

Source: the proposals of the PPMID consultation (27 Jul 2021); the clauses as they were designated were not at hand,
nor the Annexes D, E and F that list the devices. That Annex D is Secure's and that 18.63, 18.64 and 18.65 are for
11.1, 11.2 and 11.3 is inferred. What is done with an advisory is ``routing.checks.advisory``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from cpl.words import fold
from routing.inventory import Device
from schemas.vocabulary import Basis, DeviceType


class Outcome(StrEnum):
    """What is to be expected."""

    FAILS = "fails"
    UNCERTAIN = "uncertain"
    MAY_NOT_MATCH = "may not match the CPL"


class Cohort(StrEnum):
    """The SMETS1 cohorts, as the product lists write them."""

    IOC = "IOC"
    MDS = "MDS"
    SECURE = "Secure"
    FOC = "FOC"


class Concerned(StrEnum):
    """Which PPMIDs of a cohort."""

    ANY = "any PPMID"
    BILINGUAL = "bilingual"
    THIRD_PARTY = "of a third party"
    """Not of the row's makers."""
    UNSUPPORTED = "no longer supported"
    """One of the row's models."""


class Advisory(msgspec.Struct, frozen=True, kw_only=True):
    """One row."""

    name: str
    cohorts: frozenset[Cohort] | None = None
    """``None``: all of them, and S1SPs whose cohort is not known."""
    concerned: Concerned
    makers: frozenset[str] = frozenset()
    """First words of manufacturers that are no third party."""
    models: frozenset[str] = frozenset()
    """``manufacturer/model``."""
    services: frozenset[str]
    outcome: Outcome
    says: str
    clause: str
    source: str
    basis: Basis

    @property
    def cohorts_in_words(self) -> str:
        return "all" if self.cohorts is None else " ".join(each for each in Cohort if each in self.cohorts)

    def concerns(self, device: Device, cohort: Cohort | None, *, bilingual: bool) -> bool:
        """``device`` is one that is treated as SMETS1."""
        if device.type is not DeviceType.PPMID or not (self.cohorts is None or cohort in self.cohorts):
            return False
        match self.concerned:
            case Concerned.ANY:
                return True
            case Concerned.BILINGUAL:
                return bilingual
            case Concerned.THIRD_PARTY:
                return fold(device.manufacturer).partition(" ")[0] not in {fold(maker) for maker in self.makers}
            case Concerned.UNSUPPORTED:
                return f"{fold(device.manufacturer)}/{fold(device.model)}" in {fold(model) for model in self.models}
            case _:
                assert_never(self.concerned)


class AdvisoryOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction to one row; what it does not name stays."""

    cohorts: frozenset[Cohort] | None = None
    makers: frozenset[str] | None = None
    models: frozenset[str] | None = None
    services: frozenset[str] | None = None
    off: bool = False


_SEED: Final = "PPMID consultation (27 Jul 2021)"
_READ: Final = frozenset({"11.2"})
_DISTRIBUTION: Final = frozenset({"11.1", "11.4"})
_UPGRADE: Final = _DISTRIBUTION | {"11.3"}
_UNCERTAIN_CLAUSES: Final = "18.63(d), 18.65(e)"

ADVISORIES: Final = (
    Advisory(
        name="secure-third-party-upgrade",
        cohorts=frozenset({Cohort.SECURE}),
        concerned=Concerned.THIRD_PARTY,
        makers=frozenset({"Secure"}),
        services=_UPGRADE,
        outcome=Outcome.FAILS,
        says="the S1SP of Secure does not upgrade the firmware of others' PPMIDs",
        clause="18.63(c)",
        source=f"{_SEED}, section 4, Annex D",
        basis=Basis.SPECIFIED,
    ),
    Advisory(
        name="secure-third-party-read",
        cohorts=frozenset({Cohort.SECURE}),
        concerned=Concerned.THIRD_PARTY,
        makers=frozenset({"Secure"}),
        services=_READ,
        outcome=Outcome.FAILS,
        says="the S1SP of Secure does not read the firmware of others' PPMIDs",
        clause="18.64(b)",
        source=f"{_SEED}, section 4, Annex D",
        basis=Basis.SPECIFIED,
    ),
    Advisory(
        name="foc-reads-what-runs",
        cohorts=frozenset({Cohort.FOC}),
        concerned=Concerned.BILINGUAL,
        services=_READ,
        outcome=Outcome.MAY_NOT_MATCH,
        says="the version that a bilingual PPMID really runs is told, which may not be that of its SMETS1 CPL entry",
        clause="18.64(c)",
        source=f"{_SEED}, sections 2 and 2.1",
        basis=Basis.SPECIFIED,
    ),
    Advisory(
        name="bilingual-upgrade",
        concerned=Concerned.BILINGUAL,
        services=_UPGRADE,
        outcome=Outcome.UNCERTAIN,
        says="the outcome of a firmware command to a bilingual PPMID is uncertain",
        clause=_UNCERTAIN_CLAUSES,
        source=f"{_SEED}, section 2.1, Annexes D, E and F",
        basis=Basis.SPECIFIED,
    ),
    Advisory(
        name="image-size",
        cohorts=frozenset({Cohort.IOC, Cohort.MDS, Cohort.FOC}),
        concerned=Concerned.ANY,
        services=_DISTRIBUTION,
        outcome=Outcome.UNCERTAIN,
        says="an image may be too large for the hub: success is unlikely",
        clause=_UNCERTAIN_CLAUSES,
        source=f"{_SEED}, section 3, Annexes E and F; that these are the cohorts but Secure is inferred",
        basis=Basis.ASSUMED,
    ),
    Advisory(
        name="image-metadata",
        concerned=Concerned.ANY,
        services=_DISTRIBUTION,
        outcome=Outcome.UNCERTAIN,
        says="an image has the metadata for the hubs of one manufacturer: success is unlikely",
        clause=_UNCERTAIN_CLAUSES,
        source=f"{_SEED}, section 5, Annexes D, E and F",
        basis=Basis.SPECIFIED,
    ),
    Advisory(
        name="unsupported",
        concerned=Concerned.UNSUPPORTED,
        models=frozenset({"Landis+Gyr/P450 Pebble", "Landis + Gyr/P450 Pebble"}),
        services=_UPGRADE,
        outcome=Outcome.UNCERTAIN,
        says="the PPMID is no longer supported: an upgrade was not tested, its outcome is uncertain",
        clause=_UNCERTAIN_CLAUSES,
        source=f"{_SEED}, section 6, Annex F",
        basis=Basis.SPECIFIED,
    ),
)


class Advisories:
    """The rows in force, found by service and outcome."""

    def __init__(
        self,
        rows: Iterable[Advisory] = ADVISORIES,
        overrides: Mapping[str, AdvisoryOverride] | None = None,
        cohorts: Mapping[str, str] | None = None,
    ) -> None:
        """``cohorts``: of S1SPs by their names; one that is not named is the cohort of its own name, if any.

        Raises ValueError naming a correction of a row that is not there.
        """
        known, corrections = tuple(rows), overrides or {}
        for name in corrections:
            if all(row.name != name for row in known):
                raise ValueError(f"rules.advisories.{name}: there is no such advisory")
        corrected = (_corrected(row, corrections.get(row.name)) for row in known)
        self.rows: Final = tuple(row for row in corrected if row is not None)
        self._cohorts = dict(cohorts or {})
        self._by_name = {fold(each): each for each in Cohort}
        self._found: dict[tuple[str, Outcome], tuple[Advisory, ...]] = {}
        for row in self.rows:
            for service in row.services:
                place = service, row.outcome
                self._found[place] = (*self._found.get(place, ()), row)

    def of(self, service: str, outcome: Outcome) -> tuple[Advisory, ...]:
        return self._found.get((service, outcome), ())

    def cohort(self, s1sp: str | None) -> Cohort | None:
        """The cohort of an S1SP."""
        return None if s1sp is None else self._by_name.get(fold(self._cohorts.get(s1sp, s1sp)))


def _corrected(row: Advisory, correction: AdvisoryOverride | None) -> Advisory | None:
    if correction is None:
        return row
    if correction.off:
        return None
    said = {name: getattr(correction, name) for name in ("cohorts", "makers", "models", "services")}
    return msgspec.structs.replace(row, **{name: value for name, value in said.items() if value is not None})
