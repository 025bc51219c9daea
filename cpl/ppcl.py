"""The Pending Product Combinations List: combinations that are chosen for testing and not eligible yet.

Its draft is table 3 of seed 000. It tells what an EPCL entry is waiting for and is never asked when a
request is decided. Which combinations to choose, and how they get from here to the EPCL, is not
decided here.
"""

from __future__ import annotations

from typing import Final

import msgspec

from cpl.epcl import FuelType, InstallationStatus, models_of
from cpl.product import DeviceModel

SHARE_DECIMALS: Final = 6
"""Of a percentage; the lists give whole ones."""


class Share(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A part of the installed base as the list puts it: ``35%``, ``<1% (Up to 54% with equivalent DMCs)``."""

    percent: float
    """0 to 100."""
    is_below: bool = False
    """``<1%``: less than ``percent``, how much is not said."""
    with_equivalents: float | None = None
    """Percent, at most, when the Substantively Equivalent combinations are counted as well."""

    def __str__(self) -> str:
        text = f"{'<' if self.is_below else ''}{_number(self.percent)}%"
        if self.with_equivalents is None:
            return text
        return f"{text} (up to {_number(self.with_equivalents)}% with equivalent DMCs)"


def _number(percent: float) -> str:
    return f"{percent:.{SHARE_DECIMALS}f}".rstrip("0").rstrip(".")


class PpclRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One pending Device Model Combination. A field that is added later must default to ``None``."""

    cohort: str
    """What heads the combination in the draft: ``Secure``, ``Elster``."""
    entry_id: str | None = None
    """Six digits of the EPCL entry that is asked for; the draft gives none."""
    installation_status: InstallationStatus | None = None
    fuel_type: FuelType | None = None
    solution_release: str | None = None
    gsme: DeviceModel | None = None
    esme: DeviceModel | None = None
    hub: DeviceModel | None = None
    ppmid: DeviceModel | None = None
    smso: str | None = None
    """Identifier of the Smart Metering Systems Operator."""
    wan_provider: str | None = None
    """The hub's communications service provider."""
    installed_now: Share | None = None
    installed_at_migration: Share | None = None
    dmct_status: str | None = None
    """Where testing stands, in the words of whoever publishes it (the DMCT Status List of seed 003)."""

    @property
    def device_models(self) -> tuple[DeviceModel, ...]:
        """The models that the combination names: GSME, ESME, hub, PPMID, without the absent ones."""
        return models_of(self)
