"""Invented addresses and meter point numbers that look like real ones: postcodes, UPRNs, MPANs, MPRNs.

An MPAN's thirteenth digit checks the others, and the last two digits of an MPRN the rest, as on real ones
(from memory: assumed). Nothing here says what is supplied to whom.
"""

from __future__ import annotations

import random
from typing import Final

import msgspec

_AREAS: Final = {
    "North": ("LS", "NE", "G", "EH", "M"),
    "Central": ("B", "NG", "CF", "LE", "CV"),
    "South": ("BN", "SO", "EX", "RG", "GU"),
}
_ELSEWHERE: Final = tuple(area for areas in _AREAS.values() for area in areas)
_STREETS: Final = ("Alder Way", "Birch Lane", "Cedar Close", "Elm Street", "Hazel Grove", "Larch Road", "Rowan Court")
_LETTERS: Final = "ABDEFGHJLNPQRSTUWXYZ"
"""Of the second half of a postcode: C, I, K, M, O and V do not occur."""
_MPAN_WEIGHTS: Final = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
_DISTRIBUTION_AREAS: Final = range(10, 24)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a home is."""

    address: str
    postcode: str
    uprn: str
    """12 digits."""
    mpan: str
    export_mpan: str
    """13 digits each."""
    mprn: str
    """7 to 10 digits."""


def place(number: int, region: str, lot: random.Random) -> Place:
    """The place of home ``number``; no two homes share a meter point or a UPRN."""
    area = lot.choice(_AREAS.get(region, _ELSEWHERE))
    inward = f"{lot.randint(1, 9)}{lot.choice(_LETTERS)}{lot.choice(_LETTERS)}"
    distribution_area = lot.choice(_DISTRIBUTION_AREAS)
    return Place(
        address=f"{lot.randint(1, 180)} {lot.choice(_STREETS)}",
        postcode=f"{area}{lot.randint(1, 20)} {inward}",
        uprn=f"{100_090_000_000 + number}",
        mpan=mpan(distribution_area, 3_000_000_000 + 2 * number),
        export_mpan=mpan(distribution_area, 3_000_000_000 + 2 * number + 1),
        mprn=mprn(lot.choice((70_000, 8_000_000, 90_000_000)) + number),
    )


def mpan(distribution_area: int, number: int) -> str:
    """13 digits: two of the distribution area, ten of the number, one to check them."""
    digits = f"{distribution_area:02d}{number:010d}"
    check = sum(weight * int(digit) for weight, digit in zip(_MPAN_WEIGHTS, digits, strict=True)) % 11 % 10
    return f"{digits}{check}"


def mprn(number: int) -> str:
    """The digits of the number and two more: the remainder by 11 of their sum, each times its place."""
    digits = str(number)
    check = sum(int(digit) * (len(digits) - place) for place, digit in enumerate(digits)) % 11
    return f"{digits}{check:02d}"
