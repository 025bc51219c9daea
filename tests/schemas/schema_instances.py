"""Documents of any schema set, drawn by hypothesis from what its elements and types declare.

``xmlschema`` reads the set; the texts at the leaves are of every form that a type allows: zones, signs, leading
zeros, white space, either case. Wildcards are left empty. Whether a document is valid is for the sets to say.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import xmlschema
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from lxml import etree
from xmlschema.validators import XsdAnyElement, XsdElement, XsdGroup

from schemas import xsd
from schemas.xsd import DUIS_NAMESPACE, SIGNATURE_NAMESPACE

XS = "{http://www.w3.org/2001/XMLSchema}"
MORE = 2
"""Repetitions above the least."""
LONGEST = 12
DRAWN = {"RequestName", "Eui64", "Eui64List"}
"""Types whose patterns are too much for hypothesis, or that have a list's own form."""

letters = st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], include_characters="\t\n\r")
blanks = st.sampled_from(["", "", "", " ", "\n\t"])
zones = st.sampled_from(["", "Z", "+00:00", "-00:00", "+01:00", "-05:30", "+14:00", "-14:00"])
fractions = st.sampled_from(["", "", ".0", ".12", ".129", ".123456", ".5000"])
days = st.dates(date(2, 1, 1), date(9998, 12, 30)).map(date.isoformat)
clocks = st.one_of(st.just("24:00:00"), st.times().map(lambda t: t.replace(microsecond=0).isoformat()))
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 30)).map(  # noqa: DTZ001
    lambda m: m.replace(microsecond=0).isoformat()
)


def octets_as(write: Callable[[bytes], str]) -> Callable[[int, int], st.SearchStrategy[str]]:
    return lambda least, most: st.binary(min_size=least, max_size=most).map(write)


@st.composite
def euis(draw: st.DrawFn) -> str:
    text = draw(st.integers(0, 2**64 - 1)).to_bytes(8, "big").hex("-")
    return text.upper() if draw(st.booleans()) else text


request_names = st.tuples(euis(), euis(), st.integers(0, 2**64 - 1)).map(lambda parts: ":".join(map(str, parts)))


def padded(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(blanks, strategy, blanks).map("".join)


def clock_texts(bare: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A fraction has no place after the end of the day."""
    return st.tuples(bare, fractions, zones).map(lambda p: p[0] + ("" if "24:" in p[0] else p[1]) + p[2])


@cache
def texts(kind: Any) -> st.SearchStrategy[str]:
    """Of a simple type."""
    local = kind.local_name or ""
    if local in DRAWN:
        if local == "Eui64List":
            return st.lists(euis(), min_size=1, max_size=3).map(",".join)
        return padded(euis() if local == "Eui64" else request_names)
    if kind.enumeration is not None:
        values = st.sampled_from([str(value) for value in kind.enumeration])
        return padded(values) if kind.white_space == "collapse" else values
    if kind.patterns is not None:
        return st.from_regex(kind.patterns.regexps[0], fullmatch=True).filter(kind.is_valid)
    if kind.base_type is not None and (kind.base_type.local_name in DRAWN or kind.base_type.patterns is not None):
        return texts(kind.base_type).filter(kind.is_valid)
    return builtin(kind, next(b for b in ancestry(kind) if b in LEAVES))


def ancestry(kind: Any) -> list[str]:
    found = []
    while kind is not None:
        found.append(kind.local_name or "")
        kind = kind.base_type
    return found


def builtin(kind: Any, name: str) -> st.SearchStrategy[str]:
    return LEAVES[name](kind)


def of_length(make: Callable[[int, int], st.SearchStrategy[str]]) -> Callable[[Any], st.SearchStrategy[str]]:
    def of(kind: Any) -> st.SearchStrategy[str]:
        least = kind.min_length or 0
        return make(least, max(least, min(kind.max_length or LONGEST, LONGEST)))

    return of


def whole(kind: Any) -> st.SearchStrategy[str]:
    digits = next((f.value for name, f in kind.facets.items() if name and name.endswith("totalDigits")), 20)
    least = kind.min_value if kind.min_value is not None else -(10**digits) + 1
    most = kind.max_value if kind.max_value is not None else 10**digits - 1
    numbers = st.integers(int(least), int(most))
    signed = numbers.flatmap(lambda n: st.sampled_from([str(n), f"+{n}" if n >= 0 else str(n), f"{n:05d}"]))
    return padded(signed).filter(kind.is_valid)


def decimal(kind: Any) -> st.SearchStrategy[str]:
    numbers = st.decimals(kind.min_value or 0, kind.max_value or 10**9, places=1, allow_nan=False)
    return padded(numbers.flatmap(lambda n: st.sampled_from([f"{n:f}", f"+{n:f}", f"0{n:f}"]))).filter(kind.is_valid)


LEAVES: dict[str, Callable[[Any], st.SearchStrategy[str]]] = {
    "string": of_length(lambda least, most: st.text(letters, min_size=least, max_size=most)),
    "hexBinary": of_length(octets_as(bytes.hex)),
    "base64Binary": of_length(octets_as(lambda octets: base64.encodebytes(octets).decode())),
    "boolean": lambda kind: padded(st.sampled_from(["true", "false", "0", "1"])),
    "integer": whole,
    "decimal": decimal,
    # libxml2 takes no white space around these three.
    "dateTime": lambda kind: st.one_of(clock_texts(moments), clock_texts(days.map("{}T24:00:00".format))),
    "date": lambda kind: st.tuples(days, zones).map("".join),
    "time": lambda kind: clock_texts(clocks),
}


class Instances:
    """What may stand at one place of a schema set, drawn by ``element``."""

    def __init__(self, schema: xmlschema.XMLSchema) -> None:
        self._schema = schema

    def named(self, path: str) -> XsdElement:
        """By local names from a global element down, ``Request/Body/ReadInventory``; through a group's choices."""
        first, *rest = path.split("/")
        found = self._schema.elements[first]
        for name in rest:
            found = next(e for e in found.type.content.iter_elements() if e.local_name == name)
        return found

    def type_named(self, name: str) -> Any:
        return self._schema.types[name]


def some(count: int) -> settings:
    """That many examples. How long a busy machine takes to draw them is no finding."""
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


class Wishes(NamedTuple):
    """What is not left to chance."""

    chosen: frozenset[str] = frozenset()
    """Local names of elements that are to be there wherever they may."""
    given: Mapping[str, st.SearchStrategy[etree._Element]] = MappingProxyType({})
    """Ready elements, by local name."""

    def lead_into(self, particle: Any) -> bool:
        named = particle.iter_elements() if isinstance(particle, XsdGroup) else [particle]
        return any(one.local_name in self.chosen for one in named)


@st.composite
def elements(draw: st.DrawFn, declared: XsdElement, wishes: Wishes = Wishes()) -> etree._Element:  # noqa: B008
    """An element with all that may stand in it."""
    return drawn(draw, declared, wishes)


def drawn(draw: st.DrawFn, declared: XsdElement, wishes: Wishes) -> etree._Element:
    if declared.local_name in wishes.given:
        return copy.deepcopy(draw(wishes.given[declared.local_name]))
    element = etree.Element(declared.name)
    fill(draw, element, declared.type, wishes)
    return element


def fill(draw: st.DrawFn, element: etree._Element, kind: Any, wishes: Wishes) -> None:
    """The attributes and the content of an element of that type."""
    for name, attribute in getattr(kind, "attributes", {}).items():
        if name is not None and (attribute.use == "required" or draw(st.booleans())):
            element.set(name, draw(texts(attribute.type)).strip())
    if kind.is_simple():
        element.text = draw(texts(kind))
    elif kind.has_simple_content():
        element.text = draw(texts(kind.content))
    else:
        add(draw, element, kind.content, wishes)


def add(draw: st.DrawFn, element: etree._Element, particle: Any, wishes: Wishes) -> None:
    wished = wishes.lead_into(particle)
    for _ in range(draw(st.integers(max(particle.min_occurs, int(wished)), highest(particle)))):
        if isinstance(particle, XsdElement):
            element.append(drawn(draw, particle, wishes))
        elif isinstance(particle, XsdGroup):
            parts = list(particle)
            if particle.model == "choice" and parts:
                parts = [draw(st.sampled_from([part for part in parts if wishes.lead_into(part)] or parts))]
            for part in parts:
                add(draw, element, part, wishes)
        else:
            assert isinstance(particle, XsdAnyElement), particle


def highest(particle: Any) -> int:
    most = particle.max_occurs
    return particle.min_occurs + MORE if most is None else min(most, particle.min_occurs + MORE)


# ---- whole documents


def own_instances() -> Instances:
    """Of our own set."""
    return Instances(xmlschema.XMLSchema(str(Path(xsd.__file__).parent / "duis" / "duis.xsd")))


def choices_of(group: str, file: str) -> list[str]:
    """Names of the elements in a group of our own set."""
    root = etree.parse(Path(xsd.__file__).parent / "duis" / file).getroot()
    (found,) = [e for e in root.iter(f"{XS}group") if e.get("name") == group]
    return [str(e.get("name")) for e in found.iter(f"{XS}element")]


def document(root: str, header: etree._Element, message: etree._Element, version: str = "5.4") -> etree._Element:
    """A Request or Response with that header and that one element in its Body."""
    whole = etree.Element(f"{{{DUIS_NAMESPACE}}}{root}", schemaVersion=version, nsmap={"sr": DUIS_NAMESPACE})
    whole.append(header)
    etree.SubElement(whole, f"{{{DUIS_NAMESPACE}}}Body").append(message)
    return whole


def names_in(root: etree._Element) -> list[str]:
    """Of every element but the signature's, in order, with their attributes."""
    return [
        f"{etree.QName(e).localname} {sorted(e.attrib)}"
        for e in root.iter("*")
        if etree.QName(e).namespace != SIGNATURE_NAMESPACE
    ]
