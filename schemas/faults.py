"""What is wrong with a document, where, and in words for people: no parser's internals.

libxml2 decides; this module only tells it: every place once, with line, column and path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Final
from xml.parsers import expat

from lxml import etree

from schemas.request import Fault, Malformed

MOST_FAULTS: Final = 50
"""Reported for one document; the last says how many there were."""

LARGEST_FOR_POSITIONS: Final = 1_000_000
"""Octets. Columns are worked out for refused documents up to this size."""


LONGEST_MESSAGE: Final = 800
LONGEST_PATH: Final = 400
"""Characters. Names may have 50,000, and a refusal must not outgrow what it refuses."""


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"


def path_of(node: etree._Element) -> str:
    """``/Request/Body/UpdateFirmware``: local names from the root."""
    names = []
    place: etree._Element | None = node
    while place is not None:
        if isinstance(place.tag, str):
            names.append(etree.QName(place).localname)
        place = place.getparent()
    return _shortened("/" + "/".join(reversed(names)), LONGEST_PATH)


_INTERNALS: Final = re.compile(r"^xml[A-Z]\w+: |,? (?:try|use) XML_PARSE_HUGE.*$")


def not_xml(fault: etree.XMLSyntaxError) -> Malformed:
    line, column = fault.position if fault.position else (0, 0)
    text = re.sub(r",? ?\(?line \d+(, column \d+)?\)?.*$", "", fault.msg or "not well-formed").strip()
    text = _shortened(_INTERNALS.sub("", text), LONGEST_MESSAGE)
    return Malformed(kind="not-xml", faults=(Fault(message=text, line=max(line, 0), column=max(column, 0)),))


_BRACED_NAMESPACE: Final = re.compile(r"\{http[^}]*\}")
_LONG_VALUE: Final = re.compile(r"'([^']{80})[^']*(?:'|$)")  # libxml2 cuts a very long message off
_LONG_SET: Final = re.compile(r"(is not an element of the set \{.{200}).*")
_LONG_CHOICE: Final = re.compile(r"(Expected is one of \( .{300}).* \)")


def schema_faults(log: etree._ListErrorLog, root: etree._Element, document: bytes) -> Iterator[Fault]:
    """One fault for each place: libxml2 says of one wrong value both that it fails a facet and its type."""
    places = _Places(root, document)
    seen: set[tuple[int, int, str]] = set()
    total = len(log)
    for entry in log:
        line, column, path = places.of(entry.path, entry.line)
        if (line, column, path) in seen:
            continue
        seen.add((line, column, path))
        if len(seen) > MOST_FAULTS:
            yield Fault(message=f"and more: {total} findings in all", line=line, column=column, path=path)
            return
        message = _BRACED_NAMESPACE.sub("", entry.message)
        message = _LONG_VALUE.sub(r"'\1...'", message)
        message = _LONG_SET.sub(r"\1 ...}.", message)
        message = _LONG_CHOICE.sub(r"\1 ... )", message)
        yield Fault(message=_shortened(message, LONGEST_MESSAGE), line=line, column=column, path=path)


class _Places:
    """Where elements stand. libxml2 keeps no columns, and real requests are one long line, so a refused
    document is read once more, for positions only."""

    def __init__(self, root: etree._Element, document: bytes) -> None:
        self._tree = root.getroottree()
        # Not from the elements' nsmap: each of those repeats all that is in scope.
        declared = [what for _, what in etree.iterwalk(root, events=("start-ns",)) if what is not None]
        self._prefixes = {prefix: uri for prefix, uri in declared if prefix}
        self._order = {e: n for n, e in enumerate(root.iter("*"))}
        self._starts: list[tuple[int, int]] = []
        if len(document) <= LARGEST_FOR_POSITIONS:
            reader = expat.ParserCreate("UTF-8")

            def start(_name: str, _attributes: object) -> None:
                self._starts.append((reader.CurrentLineNumber, reader.CurrentColumnNumber + 1))

            reader.StartElementHandler = start
            with suppress(expat.ExpatError):
                reader.Parse(document, True)

    def of(self, xpath: str | None, line: int) -> tuple[int, int, str]:
        try:
            found = self._tree.xpath(xpath, namespaces=self._prefixes) if xpath else []
        except etree.XPathError:
            found = []
        element = found[0] if isinstance(found, list) and found else None
        if not isinstance(element, etree._Element):
            return line, 0, xpath or ""
        position = self._order.get(element, len(self._starts))
        line, column = self._starts[position] if position < len(self._starts) else (line, 0)
        return line, column, path_of(element)
