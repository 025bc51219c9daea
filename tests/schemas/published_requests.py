"""Requests made from the published set's own structure: instances of every body, and each of their places once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from published_instances import Structure

from schemas.xsd import DUIS_NAMESPACE, SIGNATURE_NAMESPACE

SR = f"{{{DUIS_NAMESPACE}}}"
REQUEST = f"{SR}Request"


class Place(NamedTuple):
    """An element of a document, and its names from the body down."""

    root: etree._Element
    element: etree._Element
    name: str


def request_structure(reference_dir: Path) -> Structure:
    files = [f for f in (reference_dir / "duis-5.4").glob("*.xsd") if not f.name.startswith("MMC")]
    prefixes = {"sr": DUIS_NAMESPACE, "ds": SIGNATURE_NAMESPACE}
    return Structure([f.read_bytes() for f in files], {}, prefixes)


def request_instances(structure: Structure) -> Iterator[etree._Element]:
    """First those with the least, of each branch and each option; then those with everything."""
    for full in (False, True):
        yield from structure.instances(REQUEST, full=full)


def places(documents: Iterable[etree._Element]) -> Iterator[Place]:
    """Every place below the body and the header once, in the first document that has it."""
    done: set[str] = set()
    for root in documents:
        for element in list(root.iter(f"{SR}*")):
            name = _name(element)
            if element is not root and name not in done:
                done.add(name)
                yield Place(root, element, name)


def _name(element: etree._Element) -> str:
    above = [e for e in element.iterancestors() if e.tag not in {REQUEST, f"{SR}Body"}]
    return "/".join(etree.QName(e).localname for e in (*reversed(above), element))
