"""What is refused before anything is computed from a document, and why each is a danger.

Namespace declarations make canonicalisation quadratic, each wrong attribute costs a schema error, a
comment can split a value that the digest joins, ``xsi:type`` changes what an element means, and
entities do all of it at once. The tests on bytes are complete, because only UTF-8 passes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec
from lxml import etree

from schemas.faults import path_of
from schemas.request import Fault, Malformed
from schemas.wording import shortened

_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_XSI_NAMESPACE: Final = b"http://www.w3.org/2001/XMLSchema-instance"
_XSI: Final = f"{{{_XSI_NAMESPACE.decode()}}}"

MOST_NAMESPACE_DECLARATIONS: Final = 32
"""Real requests declare three. Canonicalisation is quadratic in them."""
MUCH_MARKUP: Final = 256
"""Tags, from which on a document is held to the two limits below: the three multiply in canonicalisation."""
MOST_DECLARATIONS_IN_MUCH_MARKUP: Final = 8
MOST_LEVELS_IN_MUCH_MARKUP: Final = 32
MOST_ATTRIBUTES: Final = 2700
"""A 6.14.3 at its fullest has 2,541; most requests have about ten. Each wrong one costs a schema error."""
MOST_ATTRIBUTES_OF_ONE: Final = 16
"""Of one element; no element of DUIS takes more than two."""
_FEW_ATTRIBUTES: Final = 128
MOST_SIGNATURE_ELEMENTS: Final = 64
"""Signatures of the profile have fifteen. The schema lets them repeat, and the place of each wrong one is
counted from its first sibling: quadratic as well."""
_TOO_DEEP: Final = etree.XPath(f"boolean({'/*' * (MOST_LEVELS_IN_MUCH_MARKUP + 1)})")
_DECLARATION: Final = (b"<?xml ", b"<?xml\t", b"<?xml\n", b"<?xml\r")
_OTHER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_DECLARED_ENCODING: Final = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF8_NAMES: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})
_LONG: Final = 16_384
"""Octets. Every text of twice this length is found; what is shorter costs little to look through."""


def long_texts(document: bytes) -> list[tuple[int, int]]:
    """Where long texts begin and end, in order, octets from the start.

    Between a ``>`` and the next ``<``, with neither inside: no tag of a well-formed document reaches into them.
    """
    found = []
    behind, probe = 0, _LONG
    while (end := document.find(b"<", probe)) >= 0:
        start = document.rfind(b">", behind, end) + 1
        if start and end - start >= _LONG and document.find(b"<", start, probe) < 0:
            found.append((start, end))
        behind, probe = end, end + _LONG
    return found


class Markup(msgspec.Struct, frozen=True, gc=False):
    """A document without its long texts, which is all that its tests need: a 2,000th of a firmware update."""

    octets: bytes
    tags: int
    """Start tags, end tags and comments: how often ``<`` is in it."""
    equals: int
    """At least as many as there are attributes and namespace declarations together."""


def markup_of(document: bytes) -> Markup:
    octets = _without(document, long_texts(document)) if len(document) > _LONG else document
    return Markup(octets, octets.count(b"<"), octets.count(b"="))


def _without(document: bytes, texts: list[tuple[int, int]]) -> bytes:
    if not texts:
        return document
    bounds = [0, *(place for text in texts for place in text), len(document)]
    return b"".join(document[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def _forbidden(document: bytes, at: int, message: str) -> Malformed:
    line = document.count(b"\n", 0, at) + 1
    column = at - document.rfind(b"\n", 0, at)
    return Malformed(kind="forbidden-construct", faults=(Fault(message=message, line=line, column=column),))


def refuse_before_parsing(document: bytes, markup: Markup) -> Malformed | None:
    """What must not reach the parser. ``markup`` is ``markup_of(document)``."""
    octets = markup.octets
    if b"\0" in document[:4] or document.startswith(_OTHER_MARKS):
        return _forbidden(document, 0, "expected UTF-8, found another encoding (UTF-16 or UTF-32)")
    # One character is looked for far faster than several, and real requests have neither of these two.
    if b"?" in octets:
        declared = _DECLARED_ENCODING.match(document, 3 if document[:3] == b"\xef\xbb\xbf" else 0)
        if declared and declared.group(1).lower() not in _UTF8_NAMES:
            found = declared.group(1).decode()
            return _forbidden(document, declared.start(1), f"expected encoding UTF-8, found {shortened(found)}")
    if b"!" in octets and b"<!DOCTYPE" in octets:
        place = document.index(b"<!DOCTYPE")
        return _forbidden(document, place, "a document type declaration is not accepted, nor are entities")
    most = MOST_DECLARATIONS_IN_MUCH_MARKUP if markup.tags > MUCH_MARKUP else MOST_NAMESPACE_DECLARATIONS
    if markup.equals > most and octets.count(b"xmlns") > most:
        place = _place_of_declaration(document, octets, most + 1)
        return _forbidden(document, place, f"expected at most {most} namespace declarations, found more")
    return None


def _place_of_declaration(document: bytes, octets: bytes, number: int) -> int:
    place = 0
    for _ in range(number):
        place = octets.find(b"xmlns", place + 1)
    for start, end in long_texts(document):
        if start <= place:
            place += end - start
    return place


def refuse_after_parsing(markup: Markup, root: etree._Element) -> Malformed | None:
    """Rare constructs: a cheap look at the bytes decides whether the tree is walked at all.

    Comments that stand between elements are taken out of the tree, all but those beside the root's children.
    """
    octets, tags = markup.octets, markup.tags
    if markup.equals > _FEW_ATTRIBUTES and (refusal := _too_many_attributes(root)):
        return refusal
    # The XML declaration is not a processing instruction; any other "<?" may be one.
    if b"?" in octets and octets.find(b"<?", 2 if octets.startswith(_DECLARATION) else 0) >= 0:
        for instruction in _instructions(root):
            return _found(instruction, f"a processing instruction ({shortened(instruction.target)}) is not accepted")
    if tags > MUCH_MARKUP and _TOO_DEEP(root):
        return _found(root, f"expected at most {MOST_LEVELS_IN_MUCH_MARKUP} levels of elements, found more")
    if tags > MOST_SIGNATURE_ELEMENTS and (refusal := _too_many_in_signatures(root)):
        return refusal
    if b"!" in octets and b"<!--" in octets:
        if refusal := _comment_in_a_value(root):
            return refusal
        _drop_comments(root)
    return _xsi_attribute(root) if _may_have_xsi_attributes(octets) else None


def _may_have_xsi_attributes(octets: bytes) -> bool:
    """An attribute is in a namespace only by a prefix, and that is declared with the namespace written out.

    Most clients declare this one and use it for nothing.
    """
    if b"&" in octets:  # some of it may be character references
        return True
    place = octets.find(_XSI_NAMESPACE)
    if place < 0 or octets.find(_XSI_NAMESPACE, place + 1) >= 0:
        return place >= 0
    declared = octets.rfind(b"xmlns:", 0, place) + len(b"xmlns:")
    return octets[declared:place].rstrip(b" \t\r\n='\"") + b":" in octets


def _too_many_attributes(root: etree._Element) -> Malformed | None:
    attributes = 0
    for element in root.iter("*"):
        count = len(element.attrib)  # of the ways to count them the only one that is not quadratic
        attributes += count
        if count > MOST_ATTRIBUTES_OF_ONE:
            return _found(element, f"expected at most {MOST_ATTRIBUTES_OF_ONE} attributes of one element, found more")
    if attributes > MOST_ATTRIBUTES:
        return _found(root, f"expected at most {MOST_ATTRIBUTES} attributes in the document, found more")
    return None


def _too_many_in_signatures(root: etree._Element) -> Malformed | None:
    elements = 0
    for signature in root.iter(_SIGNATURE):
        for _ in signature.iter("*"):
            elements += 1
            if elements > MOST_SIGNATURE_ELEMENTS:
                return _found(
                    signature, f"expected at most {MOST_SIGNATURE_ELEMENTS} elements in signatures, found more"
                )
    return None


def _comment_in_a_value(root: etree._Element) -> Malformed | None:
    # Each parent once: asking for every comment would be quadratic.
    for parent in {comment.getparent() for comment in root.iter(etree.Comment)}:
        if parent is not None and not any(True for _ in parent.iterchildren("*")):
            return _found(parent, "a comment inside a value is not accepted")
    return None


def _drop_comments(root: etree._Element) -> None:
    """No digest covers them. What follows finds elements alone, and canonicalising a comment ends the process."""
    for child in root.iterchildren("*"):
        etree.strip_tags(child, etree.Comment)


def _xsi_attribute(root: etree._Element) -> Malformed | None:
    for element in root.iter("*"):
        for name in element.attrib:
            if str(name).startswith(_XSI):
                return _found(element, f"the attribute xsi:{shortened(str(name).removeprefix(_XSI))} is not accepted")
    return None


def _instructions(root: etree._Element) -> Iterator[etree._ProcessingInstruction]:
    for outside in (*root.iter(), *root.itersiblings(preceding=True), *root.itersiblings()):
        if isinstance(outside, etree._ProcessingInstruction):
            yield outside


def _found(element: etree._Element, message: str) -> Malformed:
    fault = Fault(message=message, line=element.sourceline or 0, path=path_of(element))
    return Malformed(kind="forbidden-construct", faults=(fault,))
