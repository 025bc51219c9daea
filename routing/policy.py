"""The choices that configuration makes about rules: data that every decision takes as an argument."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from routing.advisories import Advisories
from routing.transition_table import TRANSITIONS
from routing.transitions import Transitions
from schemas.response_codes import KNOWN_VERSIONS
from schemas.vocabulary import CommandVariant, DeviceStatus, DeviceType, UserRole


class PpmidPolicy(StrEnum):
    """How a bilingual PPMID is told to be SMETS1 or SMETS2+ (seed 001)."""

    PRENOTIFIED = "prenotified"
    """The tactical solution: its pre-notification fixes it for good."""
    ASSOCIATED_HUB = "associated_hub"
    """The enduring solution, SEC A2.13: the hub it is associated with decides."""


class GbcsMeasure(StrEnum):
    """What the GBCS version of an image's CPL entry is held against, where both are on record (assumed)."""

    DEVICE = "device"
    """Not below the device's own: it does not go back."""
    HUB = "hub"
    """Not above that of the device's hub, which keeps the image and passes it on."""


IMAGE_GBCS: Final[Mapping[str, tuple[GbcsMeasure, ...]]] = {
    "11.1": (GbcsMeasure.DEVICE,),
    "11.4": (GbcsMeasure.DEVICE, GbcsMeasure.HUB),
}
"""By service: what decides that a device stands in the list InvalidGBCSVersion (assumed)."""


class CheckOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction to one row of the check table."""

    code: str | None = None
    off: bool = False
    refuses: bool | None = None
    """Whether it refuses, or only advises. ``None``: as the row says."""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Everything configuration may say about a decision."""

    ppmid: PpmidPolicy = PpmidPolicy.PRENOTIFIED
    checks: dict[str, CheckOverride] = {}
    device_types: dict[str, tuple[DeviceType, ...]] = {}
    device_statuses: dict[str, tuple[DeviceStatus, ...]] = {}
    roles: dict[str, tuple[UserRole, ...]] = {}
    """By service reference variant: the eligible roles, in every version."""
    future_dating_days: int = 30
    """How far ahead an ExecutionDateTime may be, days (assumed, from memory)."""
    hub_image_octets: dict[str, int] = {}
    """How large an image a hub can hold, octets, by its manufacturer or ``manufacturer/model`` (none is known)."""
    image_gbcs: dict[str, tuple[GbcsMeasure, ...]] = {}
    """By service, instead of what ``IMAGE_GBCS`` says."""
    image_days: int = 5
    """How long an accepted 11.1 or 11.4 is taken to be under way for a device, days (assumed, from memory)."""
    smets1_critical_variant: CommandVariant = CommandVariant.SEND
    schema_versions: frozenset[str] = KNOWN_VERSIONS
    """The versions of DUIS that a request may declare."""
    for_smets1: frozenset[str] = frozenset()
    """Service reference variants that SMETS1 devices offer as well."""
    transitions: Transitions = Transitions(TRANSITIONS)
    """What becomes of devices, and which alerts that raises."""
    advisories: Advisories = Advisories()
    """What is to be expected of firmware requests to SMETS1 PPMIDs."""
    not_for_smets1: frozenset[str] = frozenset()
    """Service reference variants that SMETS1 devices do not offer after all: the final list (DUIS 1.4.2) was not
    at hand when ``routing.services`` was written."""
