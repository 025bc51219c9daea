"""The SMETS1 Eligible Product Combinations List: Device Model Combinations and where they stand.

The list gates which SMETS1 Device Models may have a CPL entry; it is not asked when a request is
decided (seed 004, section 3). How a combination gets there (testing, reports) does not live here.
Sources: seeds 000 (table 3) and 003; the header of the published list was not at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from cpl.product import DeviceModel
from cpl.words import fold, fold_version


class InstallationStatus(StrEnum):
    """The SMETS1 Installations an entry is for: by how their meters are operated (seed 003)."""

    ACTIVE = "Active"
    DORMANT = "Dormant"
    MIXED = "Mixed"


class Evidence(StrEnum):
    """Why a combination is eligible."""

    TESTED = "Tested"
    SUBSTANTIVELY_EQUIVALENT = "Substantively Equivalent"


class FuelType(StrEnum):
    """Which fuels the meters of a combination measure (seed 000, table 3 and section 2.1)."""

    DUAL = "DF"
    SINGLE = "SF"
    """Assumed abbreviation: the sources write it out."""


class Combination(Protocol):
    """What names a Device Model Combination: an entry, a pending row, a row of the fleet."""

    @property
    def gsme(self) -> DeviceModel | None: ...
    @property
    def esme(self) -> DeviceModel | None: ...
    @property
    def hub(self) -> DeviceModel | None: ...
    @property
    def ppmid(self) -> DeviceModel | None: ...


C = TypeVar("C", bound=Combination)


def models_of(combination: Combination) -> tuple[DeviceModel, ...]:
    """The models that a combination names: GSME, ESME, hub, PPMID, without the absent ones."""
    models = (combination.gsme, combination.esme, combination.hub, combination.ppmid)
    return tuple(model for model in models if model is not None)


class EpclEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One Device Model Combination for one installation status.

    A single fuel combination lacks one meter, one without a consumer device lacks the PPMID. As in
    ``CplEntry``, a field that is added later must be optional and default to ``None``.
    """

    entry_id: str
    """Six digits, ``002255``."""
    cohort: str
    installation_status: InstallationStatus
    equivalent_to: str | None = None
    """The tested entry that this one is Substantively Equivalent to; ``None``: tested itself."""
    solution_release: str | None = None
    gsme: DeviceModel | None = None
    esme: DeviceModel | None = None
    hub: DeviceModel | None = None
    ppmid: DeviceModel | None = None
    smso: str | None = None
    """Identifier of the Smart Metering Systems Operator."""
    wan_provider: str | None = None
    """The hub's communications service provider."""
    tested_as: InstallationStatus | None = None
    """The installation status that was tested when it is not the entry's own: a test of the Dormant entry may
    stand for the Active and Mixed ones (seed 003, annex D)."""
    test_reports: str | None = None
    """Titles and dates of the testing reports (seed 003, annex B)."""

    @property
    def evidence(self) -> Evidence:
        return Evidence.TESTED if self.equivalent_to is None else Evidence.SUBSTANTIVELY_EQUIVALENT

    @property
    def device_models(self) -> tuple[DeviceModel, ...]:
        """The models that the combination names: GSME, ESME, hub, PPMID, without the absent ones."""
        return models_of(self)


class CombinationIndex(Generic[C]):
    """Combinations, found by a Device Model they contain. Immutable; text compares as ``cpl.words`` says."""

    def __init__(self, rows: Iterable[C] = ()) -> None:
        self.rows: Final = tuple(rows)
        self._places: Final[dict[DeviceModel, list[int]]] = {}
        self._models: Final[dict[str, list[DeviceModel]]] = {}
        for place, row in enumerate(self.rows):
            for model in models_of(row):
                self._places.setdefault(model, []).append(place)
        for model in self._places:
            self._models.setdefault(fold(model.model), []).append(model)

    def __len__(self) -> int:
        return len(self.rows)

    def names(self, model: DeviceModel) -> bool:
        """Whether any combination contains a Device Model, in the sense of ``containing``."""
        return any(same_model(model, other) for other in self._models.get(fold(model.model), ()))

    def containing(self, model: DeviceModel) -> tuple[C, ...]:
        """The combinations that contain a Device Model, in their order.

        What either side leaves out (``None``) is no difference (assumed: the draft list of seed 000
        gives no hardware version for PPMIDs and no manufacturer for meters).
        """
        same = [other for other in self._models.get(fold(model.model), ()) if same_model(model, other)]
        places = sorted({place for other in same for place in self._places[other]})
        return tuple(self.rows[place] for place in places)


class EpclIndex(CombinationIndex[EpclEntry]):
    """The entries of one list, by entry id."""

    def __init__(self, entries: Iterable[EpclEntry] = ()) -> None:
        super().__init__(sorted(entries, key=lambda entry: entry.entry_id))
        self._by_id: Final = {entry.entry_id: entry for entry in self.rows}

    @property
    def entries(self) -> tuple[EpclEntry, ...]:
        return self.rows

    def entry(self, entry_id: str) -> EpclEntry | None:
        """The entry of that six-digit id."""
        return self._by_id.get(entry_id)


def same_model(one: DeviceModel, other: DeviceModel) -> bool:
    """Whether two namings can be of one Device Model: all that both state is the same."""
    return (
        fold(one.model) == fold(other.model)
        and _agree(one.manufacturer, other.manufacturer, fold)
        and _agree(one.hardware_version, other.hardware_version, fold)
        and _agree(one.hardware_revision, other.hardware_revision, fold)
        and _agree(one.vendor_version, other.vendor_version, fold_version)
    )


def _agree(one: str | None, other: str | None, folded: Callable[[str], str]) -> bool:
    return one is None or other is None or folded(one) == folded(other)
