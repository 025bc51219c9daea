"""In what combinations may vary from one another, and by which rules they are compared.

Every rule says where it stands and how sure we are of it. The comparison itself is ``cpl.combinations``'s.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from schemas.vocabulary import Basis


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the life of an EPCL entry, where it stands and how sure we are of it."""

    says: str
    cites: str
    basis: Basis


class Variation(StrEnum):
    """In what an installed combination may vary from a target and still profit from its tests."""

    SINGLE_FUEL = "single fuel"
    NO_PPMID = "no PPMID"
    HARDWARE = "hardware"
    FIRMWARE = "firmware"
    CONSUMER_DEVICE = "consumer device"


VARIATIONS: Final = {
    Variation.SINGLE_FUEL: Rule(
        says="a single-fuel set rests on the dual-fuel set of the same hub and meter firmware",
        cites="MOC SIT DMC selection (seed 000), sections 2.1 and 2.2.2",
        basis=Basis.SPECIFIED,
    ),
    Variation.NO_PPMID: Rule(
        says="a set without a PPMID rests on the same set with one",
        cites="MOC SIT DMC selection (seed 000), section 2.2.2",
        basis=Basis.SPECIFIED,
    ),
    Variation.HARDWARE: Rule(
        says="other hardware with the same firmware is a candidate for substantive equivalence",
        cites="MOC SIT DMC selection (seed 000), sections 2.1 and 2.2.1 b",
        basis=Basis.SPECIFIED,
    ),
    Variation.FIRMWARE: Rule(
        says="the same models with other firmware can be upgraded to the target's",
        cites="EPCL Report 22 (seed 003), section 1: potential FW upgrades; that every model can be is assumed",
        basis=Basis.ASSUMED,
    ),
    Variation.CONSUMER_DEVICE: Rule(
        says="another PPMID or IHD on the same hub and meters is assessed by itself, with little testing",
        cites="MOC SIT DMC selection (seed 000), section 2.2.1",
        basis=Basis.SPECIFIED,
    ),
}

RULES: Final = {
    "upgradable-is-ppmid": Rule(
        says="a consumer device whose firmware can be upgraded is a PPMID, another is an IHD",
        cites="MOC SIT DMC selection (seed 000), section 2.1",
        basis=Basis.SPECIFIED,
    ),
    "wan-provider-counts": Rule(
        says="a combination is one of Device Models and communications service provider",
        cites="SEC F2.10A and H14.36A, in the SEC glossary",
        basis=Basis.TRANSCRIBED,
    ),
    "hub-and-meter": Rule(
        says="a combination has a hub and at least one meter; the hub's firmware is that of CHF and GPF alike",
        cites="MOC SIT DMC selection (seed 000), section 2.1: CHF and GPF F/W; table 3 has one CH F/W",
        basis=Basis.ASSUMED,
    ),
    "configuration-is-not-compared": Rule(
        says="the factory installed configuration makes no other combination",
        cites="Device Model, SEC definition (seed 001, section 2.3); seed 000, section 2.1, would look at it too",
        basis=Basis.ASSUMED,
    ),
    "open-in-the-target": Rule(
        says="what the target leaves out is no variation; nor is a cohort, WAN provider or manufacturer not stated",
        cites="ours: the draft PPCL (seed 000, table 3) has no hardware version of PPMIDs, no manufacturer of meters",
        basis=Basis.ASSUMED,
    ),
    "unstated-counts-as-other": Rule(
        says="hardware or firmware that a fleet row does not state counts as other than the target's",
        cites="ours: coverage is never overstated",
        basis=Basis.ASSUMED,
    ),
}
"""Rules of comparison, by name."""
