"""Signed documents inside others: cut out of octets as they stand, so that their signatures go on verifying.

What they say is ``schemas.far_side``'s to read; writing them into a Response is ``schemas.response``'s.
"""

from __future__ import annotations

import copy
from typing import Final
from xml.parsers import expat

from lxml import etree

from schemas.xsd import DUIS_NAMESPACE

_SR: Final = f"{{{DUIS_NAMESPACE}}}"


def root_of(document: bytes, expected: str) -> tuple[str, bytes]:
    """The prefix of the root, with its colon, and the root's octets without declaration, comments or space around.

    Raises ValueError when the document has another root, is no XML or not in UTF-8.
    """
    try:
        root = etree.fromstring(document, _parser())
        name = etree.QName(root)
        if (name.namespace, name.localname) != (DUIS_NAMESPACE, expected):
            raise ValueError(f"expected a {expected}, found {name.localname}")
        if not len(root):
            raise ValueError(f"expected a {expected}, found one with nothing inside")
        return f"{root.prefix}:" if root.prefix else "", _octets_of(document, expected)
    except (etree.XMLSyntaxError, expat.ExpatError) as fault:
        raise ValueError(f"expected a {expected}, found no XML: {fault}") from None


def embedded_in(document: bytes, root: etree._Element, name: str) -> tuple[etree._Element, bytes] | None:
    """The first element with that name below the root of a document, and its octets as a document of its own.

    They are those that stand there, if these mean the same alone; else, where a namespace is declared outside, the
    canonical form of the subtree, over which the same signature is.
    """
    element = next(root.iter(_SR + name), None)
    if element is None:
        return None
    try:
        octets = _octets_of(document, name)
        if etree.fromstring(octets, _parser()).nsmap == element.nsmap:
            return element, octets
    except (etree.XMLSyntaxError, expat.ExpatError):
        pass
    # A copy: in a subtree where it stands, libxml2 invents xmlns="" below a default namespace declared twice.
    alone = copy.deepcopy(element)
    alone.tail = None
    return element, etree.tostring(alone, method="c14n", with_comments=False)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _octets_of(document: bytes, name: str) -> bytes:
    """Of the element with that DUIS name, which stands there once and has something inside.

    Found by a parser that counts octets: a comment may hold the element's look-alike.
    """
    wanted = f"{DUIS_NAMESPACE} {name}"
    starts: list[int] = []
    ends: list[int] = []

    def opened(tag: str, _attributes: object) -> None:
        if tag == wanted:
            starts.append(reader.CurrentByteIndex)

    def closed(tag: str) -> None:
        if tag == wanted:
            ends.append(reader.CurrentByteIndex)

    reader = expat.ParserCreate("UTF-8", namespace_separator=" ")
    reader.StartElementHandler, reader.EndElementHandler = opened, closed
    reader.Parse(document, True)
    return document[starts[0] : document.index(b">", ends[-1]) + 1]
