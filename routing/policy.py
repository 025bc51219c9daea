"""The choices that configuration makes about rules: data that every decision takes as an argument."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from schemas.response_codes import KNOWN_VERSIONS
from schemas.vocabulary import CommandVariant, DeviceType


class PpmidPolicy(StrEnum):
    """How a bilingual PPMID is told to be SMETS1 or SMETS2+ (seed 001)."""

    PRENOTIFIED = "prenotified"
    """The tactical solution: its pre-notification fixes it for good."""
    ASSOCIATED_HUB = "associated_hub"
    """The enduring solution, SEC A2.13: the hub it is associated with decides."""


class CheckOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction to one row of the check table."""

    code: str | None = None
    off: bool = False


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Everything configuration may say about a decision."""

    ppmid: PpmidPolicy = PpmidPolicy.PRENOTIFIED
    checks: dict[str, CheckOverride] = {}
    device_types: dict[str, tuple[DeviceType, ...]] = {}
    smets1_critical_variant: CommandVariant = CommandVariant.SEND
    schema_versions: frozenset[str] = KNOWN_VERSIONS
    """The versions of DUIS that a request may declare."""
    not_for_smets1: frozenset[str] = frozenset()
    """Service reference variants that SMETS1 devices do not offer after all: the final list (DUIS 1.4.2) was not
    at hand when ``routing.services`` was written."""
