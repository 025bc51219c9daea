"""What an EPCL report is made of: entries that are asked for in two groups, and what waits.

How it is worked out is ``cpl.epcl_report``'s, how it is laid out ``cpl.report_documents``'s.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec

from cpl.combinations import DeviceModelCombination
from cpl.coverage import NONE, Installs
from cpl.epcl import EpclEntry, InstallationStatus
from cpl.planned_entries import PlannedEntry


class Group(IntEnum):
    """The groups of seed 003, section 1."""

    TESTED = 1
    EQUIVALENT = 2


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """Installations and devices: a block of the tables of seed 003, section 1."""

    installs: Installs = NONE
    devices: Installs = NONE

    def __add__(self, other: Volume) -> Volume:
        return Volume(installs=self.installs + other.installs, devices=self.devices + other.devices)


class RequestedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that the report asks for."""

    group: Group
    entry: EpclEntry
    id_given: bool
    """By the PPCL; another is numbered here."""
    rationale: str
    at_target: Volume
    upgrades: Volume
    """Potential firmware upgrades to the entry's firmware."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What is not asked for yet, and why."""

    combination: DeviceModelCombination
    installation_status: InstallationStatus | None
    entry_id: str | None
    """``None``: no entry is planned for it."""
    installs: int
    """After upgrades."""
    why: str


class EpclReport(msgspec.Struct, frozen=True, kw_only=True):
    """Both groups in the order of entry ids, and the rest."""

    requested: tuple[RequestedEntry, ...]
    waiting: tuple[Waiting, ...]
    planned: tuple[PlannedEntry, ...]

    def group(self, group: Group) -> tuple[RequestedEntry, ...]:
        return tuple(each for each in self.requested if each.group is group)
