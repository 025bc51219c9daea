"""Elements as ``Part`` values: of the tree that they were read from, and as canonical text again.

The one generic pair of reader and writer; what the elements of a document mean lives where the document's structs
do. A Part has no namespace: all its names are of the one that the document's prefix stands for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from lxml import etree

from schemas import canonical as xml
from schemas.request import OtherBody, Part

_NOTHING: Final[Mapping[etree._Element, Part]] = MappingProxyType({})


def part_of(element: etree._Element, instead: Mapping[etree._Element, Part] = _NOTHING) -> Part:
    """The element and all inside it, comments left out; white space between elements is not kept.

    ``instead`` has the parts of elements that are not to be looked into.
    """
    if element in instead:
        return instead[element]
    children = [child for child in element if type(child) is etree._Element]
    parts = tuple([part_of(child, instead) for child in children]) if instead else parts_of(element)
    return Part(local_name(element), "" if parts else element.text or "", attributes_of(element), parts)


def parts_of(parent: etree._Element) -> tuple[Part, ...]:
    """What stands inside an element. In one function, because a request may have hundreds of them."""
    found = []
    for child in parent:
        if type(child) is etree._Element:
            inner = parts_of(child) if len(child) else ()
            text = "" if inner else child.text or ""
            found.append(Part(str(child.tag).rpartition("}")[2], text, tuple(child.items()), inner))
    return tuple(found)


def local_name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def attributes_of(element: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple([(str(name), str(value)) for name, value in element.items()])


def part_text(part: Part, prefix: str = "sr:") -> str:
    """Canonical form. ``prefix`` is that of the namespace with its colon, or nothing for the default namespace.

    A part without a name is an element as it came from elsewhere: its text is written as it is.
    """
    if not part.name:
        return part.text
    content = parts_text(part.parts, prefix) if part.parts else xml.text(part.text)
    tag = f"{prefix}{part.name}"
    return f"<{tag}{attributes_text(part.attributes) if part.attributes else ''}>{content}</{tag}>"


def parts_text(parts: Iterable[Part], prefix: str = "sr:") -> str:
    """Several, one after the other."""
    return "".join([part_text(part, prefix) for part in parts])


def attributes_text(attributes: Iterable[tuple[str, str]]) -> str:
    """In the order of canonical XML, a blank before each."""
    return "".join([f' {name}="{xml.attribute(value)}"' for name, value in sorted(attributes)])


def parts_at(within: object, path: str) -> Iterator[Part]:
    """Every element at a path of names, ``ReadLogPeriod/StartDateTime``, in the document's order.

    ``Thresholds[index=3]`` is the one of several that has this number, as an attribute or an inner element.
    ``within`` is a Part or a body that is kept as it stands; in anything else there is none.
    """
    found: tuple[Part, ...] = within.parts if isinstance(within, OtherBody | Part) else ()
    *around, last = path.split("/")
    for step in around:
        found = tuple([inner for part in found if _is_meant(part, step) for inner in part.parts])
    return (part for part in found if _is_meant(part, last))


def _is_meant(part: Part, step: str) -> bool:
    if "[" not in step:
        return part.name == step
    name, _, wanted = step[:-1].partition("[")
    key, _, value = wanted.partition("=")
    if part.name != name:
        return False
    numbers = (*part.attributes, *((inner.name, inner.text) for inner in part.parts))
    return any(each == key and int(found) == int(value) for each, found in numbers)
