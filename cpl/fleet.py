"""What suppliers and SMSOs return on their installed meters: combinations with numbers of installations.

The fields are those that the DCC's requests for information name (seed 000, section 1) and the numbers
by installation status of seed 003, section 1. What follows from them (unique combinations, coverage) is
not worked out here.
"""

from __future__ import annotations

import msgspec

from cpl.epcl import FuelType, InstallationStatus, models_of
from cpl.product import DeviceModel


class FleetRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """So many installations of one Device Model Combination in one installation status.

    A row of a sheet with a column for each status becomes one of these for each status that it gives a
    number for, nought included. Two rows may be about the same combination: several suppliers have it.
    """

    installations: int
    """At least 0."""
    installation_status: InstallationStatus | None = None
    """``None``: the return does not tell them apart."""
    devices: int | None = None
    """Devices in those installations, at least 0."""
    supplier: str | None = None
    """Who returned the row."""
    cohort: str | None = None
    fuel_type: FuelType | None = None
    solution_release: str | None = None
    gsme: DeviceModel | None = None
    esme: DeviceModel | None = None
    hub: DeviceModel | None = None
    ppmid: DeviceModel | None = None
    """The consumer device, whatever the return calls it."""
    upgradable: bool | None = None
    """Whether the consumer device's firmware can be upgraded, which makes it a SMETS1 PPMID and not an IHD
    (seed 000, section 2.1); ``None``: the return does not say."""
    smso: str | None = None
    """Identifier of the Smart Metering Systems Operator."""
    wan_provider: str | None = None
    """The hub's communications service provider."""

    @property
    def device_models(self) -> tuple[DeviceModel, ...]:
        """The models that the combination names: GSME, ESME, hub, consumer device, without the absent ones."""
        return models_of(self)
