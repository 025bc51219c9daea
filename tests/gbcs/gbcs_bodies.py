"""Bodies from XML as short as can be, without a header; and from elements that were drawn."""

from __future__ import annotations

from datetime import datetime

from lxml import etree

from schemas.request import OtherBody, Part


def body(xml: str, execution: datetime | None = None) -> OtherBody:
    """The element as a body; an ExecutionDateTime is given beside it."""
    return body_of(etree.fromstring(xml), execution)


def body_of(element: etree._Element, execution: datetime | None = None) -> OtherBody:
    root = _part(element)
    return OtherBody(element=root.name, attributes=root.attributes, parts=root.parts, execution=execution)


def _part(element: etree._Element) -> Part:
    parts = tuple(_part(child) for child in element)
    text = "" if parts else element.text or ""
    attributes = tuple((str(name), str(value)) for name, value in element.items())
    return Part(etree.QName(element).localname, text, attributes, parts)


def without_signature(document: bytes) -> bytes:
    """The templates' signatures are placeholders; a request without one is valid too."""
    root = etree.fromstring(document)
    for signature in root.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"):
        root.remove(signature)
    return etree.tostring(root)
