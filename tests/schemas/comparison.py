"""Our verdicts beside the published set's: the reasons for which they may differ, counted, and no others.

The reasons are in the words of CONFORMANCE.md.
"""

from __future__ import annotations

import re
from collections import Counter

from lxml import etree

from schemas.request import Malformed
from schemas.xsd import DuisSchema

REFUSED_ON_PURPOSE = {
    "a document type declaration": r"a document type declaration is not accepted, nor are entities",
    "an encoding other than UTF-8": r"expected (UTF-8, found another encoding .*|encoding UTF-8, found .*)",
    "32 namespace declarations": r"expected at most 32 namespace declarations, found more",
    "8 namespace declarations": r"expected at most 8 namespace declarations, found more",
    "32 levels of elements": r"expected at most 32 levels of elements, found more",
    "64 elements in signatures": r"expected at most 64 elements in signatures, found more",
    "16 attributes of one element": r"expected at most 16 attributes of one element, found more",
    "2,700 in all": r"expected at most 2700 attributes in the document, found more",
    "processing instructions": r"a processing instruction \(.*\) is not accepted",
    "`xsi:` attributes": r"the attribute xsi:\w+ is not accepted",
    "a comment inside a value": r"a comment inside a value is not accepted",
}
"""What ``schemas.hardening`` refuses although a schema cannot see it or has no objection, with its messages."""

INSIDE_OF_SMETS1 = "the message-mapping inside of a SMETS1 response"
LEFT_TO_THE_PUBLISHED_SET = re.compile(r"/SMETS1Response/(Header|Body/)")
"""The message mapping namespace inside a provider's response: only asked to be well formed by ours."""

LISTED = (*REFUSED_ON_PURPOSE, INSIDE_OF_SMETS1)


def taken_by(published: DuisSchema, document: bytes) -> bool:
    """By the schema alone, without the hardening and with a parser as it comes."""
    try:
        return published.accepts(etree.fromstring(document))
    except etree.XMLSyntaxError:
        return False


class Comparison:
    """Our verdicts on many documents, each put beside the published set's."""

    def __init__(self, published: DuisSchema) -> None:
        self._published = published
        self.verdicts: Counter[tuple[str, bool]] = Counter()
        """How many documents there were, by kind and by whether the published set takes them."""
        self.reasons: Counter[str] = Counter()
        """How many differences there were, by their listed reason."""
        self.unlisted: list[str] = []

    def add(self, kind: str, name: str, document: bytes, ours: object) -> None:
        """``ours`` is a Malformed, or anything else for a valid document."""
        refused, taken = isinstance(ours, Malformed), taken_by(self._published, document)
        self.verdicts[kind, taken] += 1
        if refused != taken:
            return
        reason = why_refused(ours) if isinstance(ours, Malformed) else self._why_taken(document)
        if reason is not None:
            self.reasons[reason] += 1
        else:
            self.unlisted.append(f"{name}: only {'ours' if refused else 'the published set'} refuses: {ours}")

    @property
    def seen(self) -> int:
        return self.verdicts.total()

    @property
    def valid(self) -> int:
        return sum(count for (_, taken), count in self.verdicts.items() if taken)

    def _why_taken(self, document: bytes) -> str | None:
        """Every fault that the published set finds must be in a place that is left open."""
        theirs = self._published.validate(etree.fromstring(document), document)
        # A mutant may give a prefix a second meaning; the path of a fault is then as libxml2 wrote it.
        paths = [re.sub(r"/[^/:]+:", "/", fault.path) for fault in theirs.faults] if theirs is not None else [""]
        return INSIDE_OF_SMETS1 if all(LEFT_TO_THE_PUBLISHED_SET.search(path) for path in paths) else None


def why_refused(ours: Malformed) -> str | None:
    """By which of the listed reasons, if it is one of them."""
    if ours.kind != "forbidden-construct":
        return None
    message = ours.faults[0].message
    return next((name for name, pattern in REFUSED_ON_PURPOSE.items() if re.fullmatch(pattern, message)), None)
