"""Mutants at the limits: each text and attribute of a document at, inside and outside of the limits of its type.

The limits are the published set's. Each mutant says on which side of a limit it is, and so what the published
set's verdict must be.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree
from mutants import Change, Mutant
from published_instances import Structure, Typed
from published_values import Side, SimpleType, sided

LIMIT = {
    Side.AT: Change.AT_A_LIMIT,
    Side.INSIDE: Change.INSIDE_A_LIMIT,
    Side.OUTSIDE: Change.OUTSIDE_A_LIMIT,
}
ENUMERATION = {Side.AT: Change.LISTED, Side.OUTSIDE: Change.NEARLY_LISTED}

Place = tuple[str, str, SimpleType]
"""Names of the element and of the one around it, and the type."""


class LimitMutant(Mutant, frozen=True, kw_only=True):
    side: Side
    type: SimpleType


def limit_mutants(document: bytes, structure: Structure, done: set[Place]) -> Iterator[LimitMutant]:
    """Every value around every limit, at every place not in ``done``."""
    root = etree.fromstring(document)
    for typed in list(structure.typed(root)):
        place = _place(typed)
        if place in done:
            continue
        done.add(place)
        before = _value(typed)
        for side, text in sided(typed.type):
            _set(typed, text)
            yield LimitMutant(
                name=f"{side} a limit: {text[:60]!r} at {place[0]}/{place[1]}",
                change=(ENUMERATION if typed.type.choices else LIMIT)[side],
                document=etree.tostring(root),
                side=side,
                type=typed.type,
            )
        _set(typed, before)


def _place(typed: Typed) -> Place:
    above = typed.element.getparent()
    name = etree.QName(typed.element).localname
    if typed.attribute is not None:
        return name, f"@{typed.attribute}", typed.type
    return "" if above is None else etree.QName(above).localname, name, typed.type


def _value(typed: Typed) -> str:
    return (typed.element.text if typed.attribute is None else typed.element.get(typed.attribute)) or ""


def _set(typed: Typed, text: str) -> None:
    if typed.attribute is None:
        typed.element.text = text
    else:
        typed.element.set(typed.attribute, text)
