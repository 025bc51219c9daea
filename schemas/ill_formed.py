"""What is wrong with a document that is no XML: in words, at the place where the mistake begins.

libxml2 decides that it is wrong and of what kind. It says so where it gave up; a second reader (expat), asked for
positions only, tells where the mistake begins and which elements are open there. Texts are not repeated: outside
of well-formed XML nobody can tell which of them are secret.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from lxml import etree

from schemas.ill_formed_kinds import Open, Stop, explained, position
from schemas.places import LARGEST_FOR_POSITIONS, LONGEST_PATH
from schemas.request import Fault, Malformed
from schemas.wording import shortened

_E: Final = etree.ErrorTypes
_EXPAT_READS_ON: Final = frozenset(
    {
        _E.ERR_RESOURCE_LIMIT,
        _E.ERR_VERSION_MISSING,
        _E.NS_ERR_UNDEFINED_NAMESPACE,
        _E.NS_ERR_XML_NAMESPACE,
        _E.NS_ERR_QNAME,
        _E.NS_ERR_ATTRIBUTE_REDEFINED,
        _E.WAR_NS_URI,
    }
)
"""What expat, without namespaces and limits, has no objection to: it is asked for what comes before."""
_EXPAT_STOPS_BEHIND: Final[dict[int, int]] = {_E.ERR_MISPLACED_CDATA_END: 2, _E.ERR_HYPHEN_IN_COMMENT: 2}
"""Octets: it has read two signs of the three before it objects."""


def not_xml(fault: etree.XMLSyntaxError, document: bytes) -> Malformed:
    """The refusal of a document that libxml2 could not parse, with one fault: nobody can read on behind it."""
    stop = _stop(fault, document)
    stop, finding = explained(int(fault.code or 0), stop)
    line, column = position(stop)
    told = Fault(
        message=f"expected {finding.expected}, found {finding.found}",
        line=line,
        column=column,
        path=_path(stop.open),
        expected=finding.expected,
        found=finding.found,
        hint=finding.hint,
    )
    return Malformed(kind="not-xml", faults=(told,))


def _path(opened: list[Open]) -> str:
    return shortened("".join(f"/{one.name.rpartition(':')[2]}" for one in opened), LONGEST_PATH)


def _stop(fault: etree.XMLSyntaxError, document: bytes) -> Stop:
    """Where the mistake is: where the second reader stopped, if that objects to the same thing."""
    line, column = fault.position or (0, 0)
    message = fault.msg or ""
    theirs = _offset(document, line, column)
    opened: list[Open] = []
    if len(document) > LARGEST_FOR_POSITIONS:
        return Stop(document, message, theirs, opened)
    reader = expat.ParserCreate("UTF-8")

    def start(name: str, _attributes: object) -> None:
        opened.append(Open(name, reader.CurrentLineNumber, reader.CurrentColumnNumber + 1))

    def end(_name: str) -> None:
        opened.pop()

    reader.StartElementHandler, reader.EndElementHandler = start, end
    try:
        reader.Parse(document[:theirs] if fault.code in _EXPAT_READS_ON else document, True)
    except expat.ExpatError:
        if reader.ErrorByteIndex >= 0:
            theirs = reader.ErrorByteIndex - _EXPAT_STOPS_BEHIND.get(int(fault.code or 0), 0)
    return Stop(document, message, theirs, opened)


def _offset(document: bytes, line: int, column: int) -> int:
    """Of libxml2's line and column, which counts characters."""
    start = len(document) - len(document.split(b"\n", max(line - 1, 0))[-1])
    characters = document[start : start + 4 * column].decode("utf-8", "surrogateescape")[: max(column - 1, 0)]
    return min(start + len(characters.encode("utf-8", "surrogateescape")), len(document))
