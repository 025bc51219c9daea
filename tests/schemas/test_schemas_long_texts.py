"""Of a large document less is looked at before it is read, and nothing is overlooked."""

from __future__ import annotations

import pytest
from attacks import GOOD, NAMESPACES
from long_texts import DECLARATIONS, LARGE, LONG, WELL_FORMED, in_a_value
from lxml import etree
from schemas_world import read, refusal

from schemas.hardening import markup_of
from schemas.request import Malformed
from schemas.xsd import DuisSchema


@pytest.mark.parametrize("name", LARGE)
def test_an_attack_beside_a_long_text_is_refused_for_its_reason(name: str, either: DuisSchema) -> None:
    document, kind, message = LARGE[name]
    found_kind, found_message = refusal(read(document, either))
    assert (kind, True) == (found_kind, found_message.startswith(message)), found_message[:200]


def tags(document: bytes) -> list[tuple[str, dict[str, str], dict[str | None, str]]]:
    """Names, attributes and namespaces, but for texts everything that a document is."""
    return [(str(e.tag), dict(e.attrib), e.nsmap) for e in etree.fromstring(document).iter("*")]


@pytest.mark.parametrize("name", WELL_FORMED)
def test_what_is_looked_at_has_every_tag_with_all_that_is_in_it(name: str) -> None:
    document = WELL_FORMED[name]
    markup = markup_of(document)
    assert tags(document) == tags(markup.octets)
    assert (document.count(b"<"), markup.octets.count(b"=")) == (markup.tags, markup.equals)


def test_long_texts_are_not_looked_at() -> None:
    assert GOOD == markup_of(in_a_value(LONG).replace(b"B0-00-00-00-00-00-00-0E", b"")).octets.replace(
        b"<sr:DeviceID>", b"<sr:DeviceID>B0-00-00-00-00-00-00-0E"
    )
    document = in_a_value(f"{LONG}<a>{LONG}</a>{LONG}")
    assert len(document) - len(markup_of(document).octets) > 3 * len(LONG)


BEFORE = {
    "nothing before it": "",
    "a long text before it": LONG,
    "a long second line before it": f"\n{LONG}",
    "two long texts before it": f"{LONG}<a/>\n{LONG}\n{LONG}",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE.keys())
def test_one_declaration_too_many_is_told_at_its_place(before: str) -> None:
    document = in_a_value(f"{before}<b {DECLARATIONS}/>")
    text = document.decode()
    place = text.index("xmlns:n31=")  # the first is the request's own
    outcome = read(document)
    assert isinstance(outcome, Malformed)
    assert [NAMESPACES] == [fault.message for fault in outcome.faults]
    expected = (text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
    assert [expected] == [(fault.line, fault.column) for fault in outcome.faults]
