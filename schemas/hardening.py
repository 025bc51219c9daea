"""What is refused before anything is computed from a document, and why each is a danger.

Namespace declarations make canonicalisation quadratic, each wrong attribute costs a schema error, a
comment can split a value that the digest joins, ``xsi:type`` changes what an element means, and
entities do all of it at once. The tests on bytes are complete, because only UTF-8 passes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from schemas.faults import path_of
from schemas.request import Fault, Malformed

_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_XSI_ATTRIBUTE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"

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
_DECLARED_ENCODING: Final = re.compile(rb"""\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_UTF8_NAMES: Final = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii"})


def _forbidden(document: bytes, at: int, message: str) -> Malformed:
    line = document.count(b"\n", 0, at) + 1
    column = at - document.rfind(b"\n", 0, at)
    return Malformed(kind="forbidden-construct", faults=(Fault(message=message, line=line, column=column),))


def refuse_before_parsing(document: bytes) -> Malformed | None:
    """What must not reach the parser."""
    if document[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in document[:4]:
        return _forbidden(document, 0, "expected UTF-8, found another encoding (UTF-16 or UTF-32)")
    declared = _DECLARED_ENCODING.match(document, 3 if document[:3] == b"\xef\xbb\xbf" else 0)
    if declared and declared.group(1).lower() not in _UTF8_NAMES:
        found = declared.group(1).decode()
        return _forbidden(document, declared.start(1), f"expected encoding UTF-8, found {found}")
    doctype = document.find(b"<!DOCTYPE")
    if doctype >= 0:
        return _forbidden(document, doctype, "a document type declaration is not accepted, nor are entities")
    declarations = document.count(b"xmlns")
    if declarations > MOST_DECLARATIONS_IN_MUCH_MARKUP:
        much = document.count(b"<") > MUCH_MARKUP
        most = MOST_DECLARATIONS_IN_MUCH_MARKUP if much else MOST_NAMESPACE_DECLARATIONS
        if declarations > most:
            place = 0
            for _ in range(most + 1):
                place = document.find(b"xmlns", place + 1)
            return _forbidden(document, place, f"expected at most {most} namespace declarations, found more")
    return None


def refuse_after_parsing(document: bytes, root: etree._Element) -> Malformed | None:
    """Rare constructs: a cheap look at the bytes decides whether the tree is walked at all."""
    if document.count(b"=") > _FEW_ATTRIBUTES:
        attributes = 0
        for element in root.iter("*"):
            attributes += len(element.attrib)
            if len(element.attrib) > MOST_ATTRIBUTES_OF_ONE:
                return _found(
                    element, f"expected at most {MOST_ATTRIBUTES_OF_ONE} attributes of one element, found more"
                )
        if attributes > MOST_ATTRIBUTES:
            return _found(root, f"expected at most {MOST_ATTRIBUTES} attributes in the document, found more")
    # The XML declaration is not a processing instruction; any other "<?" may be one.
    if document.find(b"<?", 2 if document.startswith(_DECLARATION) else 0) >= 0:
        for instruction in _instructions(root):
            return _found(instruction, f"a processing instruction ({instruction.target}) is not accepted")
    tags = document.count(b"<")
    if tags > MUCH_MARKUP and _TOO_DEEP(root):
        return _found(root, f"expected at most {MOST_LEVELS_IN_MUCH_MARKUP} levels of elements, found more")
    if tags > MOST_SIGNATURE_ELEMENTS:
        elements = 0
        for signature in root.iter(_SIGNATURE):
            for _ in signature.iter("*"):
                elements += 1
                if elements > MOST_SIGNATURE_ELEMENTS:
                    return _found(
                        signature, f"expected at most {MOST_SIGNATURE_ELEMENTS} elements in signatures, found more"
                    )
    if b"<!--" in document:
        # Each parent once: asking for every comment would be quadratic.
        for parent in {comment.getparent() for comment in root.iter(etree.Comment)}:
            if parent is not None and not any(True for _ in parent.iterchildren("*")):
                return _found(parent, "a comment inside a value is not accepted")
    if b"type" in document or b"nil" in document or b"chemaLocation" in document:
        for element in root.iter("*"):
            for name in element.attrib:
                if str(name).startswith(_XSI_ATTRIBUTE):
                    attribute = str(name).removeprefix(_XSI_ATTRIBUTE)
                    return _found(element, f"the attribute xsi:{attribute} is not accepted")
    return None


def _instructions(root: etree._Element) -> Iterator[etree._ProcessingInstruction]:
    for outside in (*root.iter(), *root.itersiblings(preceding=True), *root.itersiblings()):
        if isinstance(outside, etree._ProcessingInstruction):
            yield outside


def _found(element: etree._Element, message: str) -> Malformed:
    fault = Fault(message=message, line=element.sourceline or 0, path=path_of(element))
    return Malformed(kind="forbidden-construct", faults=(fault,))
