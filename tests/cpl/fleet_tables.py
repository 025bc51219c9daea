"""Fleets and lists as short tables: one line a row, `` | `` between the devices.

A device is ``MODEL FIRMWARE HARDWARE``; ``-`` for no device, ``?`` for a part that the row does not state.
A consumer device may end in ``IHD`` or ``PPMID``: the row says whether it can be upgraded.
"""

from __future__ import annotations

from cpl.combinations import DeviceModelCombination, combination
from cpl.epcl import EpclEntry, InstallationStatus
from cpl.fleet import FleetRow
from cpl.ppcl import PpclRow
from cpl.product import DeviceModel

COHORT = "Secure"
UPGRADABLE = {"PPMID": True, "IHD": False}
TARGET = "EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
"""The combination that most fleets are compared with."""


def model(words: str) -> DeviceModel | None:
    parts = [None if part == "?" else part for part in words.split()]
    if parts in ([], ["-"]):
        return None
    name, firmware, hardware = (*parts, None, None)[:3]
    assert name is not None
    return DeviceModel(model=name, vendor_version=firmware, hardware_version=hardware)


def models(words: str) -> dict[str, DeviceModel | None]:
    return dict(zip(("gsme", "esme", "hub", "ppmid"), map(model, words.split("|")), strict=True))


def fleet_row(line: str, cohort: str | None = COHORT, wan_provider: str | None = None) -> FleetRow:
    """``GSME | ESME | HUB | CONSUMER DEVICE | STATUS | INSTALLATIONS``; a status of ``?`` is not stated."""
    *devices, consumer, status, number = (cell.strip() for cell in line.split("|"))
    name, _, kind = consumer.rpartition(" ")
    if kind not in UPGRADABLE:
        name = consumer
    return FleetRow(
        installations=int(number),
        installation_status=None if status == "?" else InstallationStatus(status),
        upgradable=UPGRADABLE.get(kind),
        cohort=cohort,
        wan_provider=wan_provider,
        **models(" | ".join([*devices, name])),
    )


def fleet_rows(table: str) -> list[FleetRow]:
    return [fleet_row(line) for line in table.strip().splitlines() if line.strip()]


def dmc(words: str, cohort: str | None = COHORT, wan_provider: str | None = None) -> DeviceModelCombination:
    return combination(pending(words), cohort=cohort, wan_provider=wan_provider)


def pending(words: str, entry_id: str | None = None, status: str | None = None) -> PpclRow:
    """A row of the PPCL."""
    return PpclRow(
        cohort=COHORT,
        entry_id=entry_id,
        installation_status=None if status is None else InstallationStatus(status),
        **models(words),
    )


def entry(entry_id: str, words: str, status: str = "Active", equivalent_to: str | None = None) -> EpclEntry:
    """An entry of the EPCL."""
    return EpclEntry(
        entry_id=entry_id,
        cohort=COHORT,
        installation_status=InstallationStatus(status),
        equivalent_to=equivalent_to,
        **models(words),
    )
