"""Where the elements of a refused document stand: from libxml2's node paths to elements, lines and columns.

libxml2 keeps no columns, and real requests are one long line, so a refused document is read once more, for
positions only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Final, NamedTuple
from xml.parsers import expat

from lxml import etree

from schemas.wording import shortened

LARGEST_FOR_POSITIONS: Final = 1_000_000
"""Octets. Columns are worked out for refused documents up to this size."""

LONGEST_PATH: Final = 400
"""Characters. Names may have 50,000, and a refusal must not outgrow what it refuses."""

_STEP: Final = re.compile(r"([^\[]+)(?:\[(\d+)\])?")


class Place(NamedTuple):
    """Line and column count from 1; a column of 0 is not known."""

    line: int
    column: int
    path: str


def path_of(node: etree._Element) -> str:
    """``/Request/Body/UpdateFirmware``: local names from the root."""
    names = []
    place: etree._Element | None = node
    while place is not None:
        if isinstance(place.tag, str):
            names.append(place.tag.rpartition("}")[2])
        place = place.getparent()
    return shortened("/" + "/".join(reversed(names)), LONGEST_PATH)


class Places:
    """The places of one document. Reads no further in it than the places asked for: hostile ones are long."""

    def __init__(self, root: etree._Element, document: bytes) -> None:
        """``document`` is what ``root`` was parsed from."""
        self._root = root
        self._document = document
        self._children: dict[etree._Element, _Children] = {}
        self._order: dict[etree._Element, int] = {}
        self._coming = root.iter("*")

    def element(self, node_path: str | None) -> etree._Element | None:
        """The element that libxml2 names, ``/sr:Request/*[2]/a[3]``."""
        at: etree._Element | None = None
        for step in (node_path or "").split("/")[1:]:
            taken = _STEP.fullmatch(step)
            if taken is None:
                return None
            if at is None:
                at = self._root
                continue
            if at not in self._children:
                self._children[at] = _Children(at)
            at = self._children[at].named(taken.group(1), int(taken.group(2) or 1))
            if at is None:
                return None
        return at

    def order(self, element: etree._Element) -> int:
        """How many elements begin before it."""
        while element not in self._order:
            self._order[next(self._coming)] = len(self._order)
        return self._order[element]

    def of(self, elements: Iterable[etree._Element]) -> list[Place]:
        """Their places, in the order given."""
        numbered = [(self.order(element), element) for element in elements]
        starts = _starts(self._document, max((number for number, _ in numbered), default=-1) + 1)
        return [
            Place(*(starts[number] if number < len(starts) else (element.sourceline or 0, 0)), path_of(element))
            for number, element in numbered
        ]


class _Children:
    """The children of one element as node paths count them: by prefixed name, or all of them as ``*``."""

    def __init__(self, parent: etree._Element) -> None:
        self._coming = parent.iterchildren("*")
        self._found: dict[str, list[etree._Element]] = {"*": []}

    def named(self, name: str, number: int) -> etree._Element | None:
        alike = self._found.setdefault(name, [])
        while len(alike) < number:
            child = next(self._coming, None)
            if child is None:
                return None
            bare = str(child.tag).rpartition("}")[2]
            self._found["*"].append(child)
            self._found.setdefault(f"{child.prefix}:{bare}" if child.prefix else bare, []).append(child)
        return alike[number - 1]


def _starts(document: bytes, count: int) -> list[tuple[int, int]]:
    """Line and column of the first ``count`` start tags; none for a document that is too large."""
    starts: list[tuple[int, int]] = []
    if len(document) > LARGEST_FOR_POSITIONS:
        return starts
    reader = expat.ParserCreate("UTF-8")

    def start(_name: str, _attributes: object) -> None:
        starts.append((reader.CurrentLineNumber, reader.CurrentColumnNumber + 1))
        if len(starts) >= count:
            reader.StartElementHandler = None

    reader.StartElementHandler = start
    with suppress(expat.ExpatError):
        reader.Parse(document, True)
    return starts
