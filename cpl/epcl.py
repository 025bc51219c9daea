"""The SMETS1 Eligible Product Combinations List: Device Model Combinations and where they stand.

The list gates which SMETS1 Device Models may have a CPL entry; it is not asked when a request is
decided (seed 004, section 3). How a combination gets there (testing, reports) does not live here.
Sources: seeds 000 (table 3) and 003; the header of the published list was not at hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from cpl.product import DeviceModel


class InstallationStatus(StrEnum):
    """The SMETS1 Installations an entry is for: by how their meters are operated (seed 003)."""

    ACTIVE = "Active"
    DORMANT = "Dormant"
    MIXED = "Mixed"


class Evidence(StrEnum):
    """Why a combination is eligible."""

    TESTED = "Tested"
    SUBSTANTIVELY_EQUIVALENT = "Substantively Equivalent"


class EpclEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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

    @property
    def evidence(self) -> Evidence:
        return Evidence.TESTED if self.equivalent_to is None else Evidence.SUBSTANTIVELY_EQUIVALENT

    @property
    def device_models(self) -> tuple[DeviceModel, ...]:
        """The models that the combination names: GSME, ESME, hub, PPMID, without the absent ones."""
        return tuple(model for model in (self.gsme, self.esme, self.hub, self.ppmid) if model is not None)


class EpclIndex:
    """The entries of one list, found by id or by a Device Model they contain. Immutable.

    Text compares trimmed and without regard to case (assumed, as on the CPL).
    """

    def __init__(self, entries: Iterable[EpclEntry] = ()) -> None:
        self.entries: Final = tuple(sorted(entries, key=lambda entry: entry.entry_id))
        self._by_id: Final = {entry.entry_id: entry for entry in self.entries}
        self._by_model: Final[dict[str, list[EpclEntry]]] = {}
        for entry in self.entries:
            for name in {_fold(model.model) for model in entry.device_models}:
                self._by_model.setdefault(name, []).append(entry)

    def __len__(self) -> int:
        return len(self.entries)

    def entry(self, entry_id: str) -> EpclEntry | None:
        """The entry of that six-digit id."""
        return self._by_id.get(entry_id)

    def containing(self, model: DeviceModel) -> tuple[EpclEntry, ...]:
        """The entries that contain a Device Model, by entry id.

        What either side leaves out (``None``) is no difference (assumed: the draft list of seed 000
        gives no hardware version for PPMIDs and no manufacturer for meters).
        """
        named = self._by_model.get(_fold(model.model), ())
        return tuple(entry for entry in named if any(_same_model(model, other) for other in entry.device_models))


def _same_model(one: DeviceModel, other: DeviceModel) -> bool:
    pairs = (
        (one.model, other.model),
        (one.manufacturer, other.manufacturer),
        (one.hardware_version, other.hardware_version),
        (one.hardware_revision, other.hardware_revision),
        (one.vendor_version, other.vendor_version),
    )
    return all(mine is None or theirs is None or _fold(mine) == _fold(theirs) for mine, theirs in pairs)


def _fold(text: str) -> str:
    return text.strip().casefold()
