"""All request bodies of DUIS 5.4: our schema set and the published one agree on every instance, value and count.

The cases come from the published set itself (``published_instances``): whatever it declares is tried, and damaged.
The published files are read where they stand; nothing of them is kept here.
"""

from __future__ import annotations

import base64
import copy
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from mutants import VALUES
from published_instances import Structure
from published_requests import REQUEST, SR, Place, places, request_instances, request_structure
from schemas_world import DEVICE, request

from schemas.xsd import DuisSchema

SERVICE_REFERENCE_VARIANTS = 129
BODIES = SERVICE_REFERENCE_VARIANTS + 1
"""One for each variant, and the SignedPreCommand."""
GENERAL_VALUES = 8
"""Of the mutants' values, drawn for each element beside edits of its own; limits are tried where templates are."""


class Agreement:
    """Two schema sets asked the same question, in place; what they answered differently is kept."""

    def __init__(self, own: DuisSchema, published: DuisSchema) -> None:
        self._schemas = (own, published)
        self.asked = self.valid = 0
        self.differences: list[str] = []

    def ask(self, root: etree._Element, what: str) -> bool:
        """Whether the published set takes the document."""
        ours, theirs = (schema.accepts(root) for schema in self._schemas)
        self.asked += 1
        self.valid += theirs
        if ours != theirs:
            self.differences.append(f"{what}: only {'ours' if ours else 'the published set'} takes it")
        return theirs


@pytest.fixture(scope="module")
def structure(reference_dir: Path) -> Structure:
    return request_structure(reference_dir)


@pytest.fixture
def instances(structure: Structure) -> list[etree._Element]:
    """Fresh ones: tests change them."""
    return list(request_instances(structure))


def test_there_is_a_body_for_each_service_reference_variant(instances: list[etree._Element]) -> None:
    assert BODIES == len({body[0].tag for root in instances for body in root.iter(f"{SR}Body")})


def test_every_instance_is_valid_in_both_sets(
    instances: list[etree._Element], own: DuisSchema, published: DuisSchema
) -> None:
    agreement = Agreement(own, published)
    assert [] == [root for root in instances if not agreement.ask(root, etree.tostring(root).decode())]
    assert [] == agreement.differences
    assert agreement.asked > 10 * BODIES


def test_every_declared_element_is_in_some_instance(structure: Structure, instances: list[etree._Element]) -> None:
    declared = {(above, name) for above, name in structure.declared(REQUEST) if above}
    found = {
        (str(parent.tag), str(e.tag))
        for root in instances
        for e in root.iter("*")
        if (parent := e.getparent()) is not None
    }
    assert set() == declared - found
    assert len(declared) > 600


def test_odd_values_get_the_same_verdict_at_every_place(
    instances: list[etree._Element], own: DuisSchema, published: DuisSchema
) -> None:
    agreement, chance = Agreement(own, published), random.Random(5)
    for root, element, name in places(instances):
        before = element.text
        for element.text in {*edits(before or ""), *chance.sample(VALUES, GENERAL_VALUES)}:
            agreement.ask(root, f"{element.text!r} in {name}")
        element.text = before
        for key, old in element.attrib.items():
            for text in edits(str(old)):
                element.set(key, text)
                agreement.ask(root, f"{key!s}={text!r} of {name}")
            del element.attrib[key]
            agreement.ask(root, f"no {key!s} of {name}")
            element.set(key, old)
    assert [] == agreement.differences
    assert agreement.asked > 10_000
    assert agreement.valid > agreement.asked // 10, "values that are all invalid prove nothing"


def edits(text: str) -> tuple[str, ...]:
    return ("", " ", "x", f" {text} ", f"\n{text}\t", f"{text}x", text[:-1], text[1:], text * 2, f"\xa0{text}")


Damage = Callable[[etree._Element], object]
DAMAGE: dict[str, Damage] = {
    "an unknown attribute": lambda e: e.set("unknown", "1"),
    "an unknown element last": lambda e: etree.SubElement(e, f"{SR}Unknown"),
    "an unknown element first": lambda e: e.insert(0, etree.Element(f"{SR}Unknown")),
    "another name": lambda e: setattr(e, "tag", f"{SR}{etree.QName(e).localname}X"),
    "no namespace": lambda e: setattr(e, "tag", etree.QName(e).localname),
    "words inside": lambda e: setattr(e, "text", "x"),
    "white space inside": lambda e: setattr(e, "text", "\n  "),
    "words after it": lambda e: setattr(e, "tail", "x"),
    "white space after it": lambda e: setattr(e, "tail", "\n  "),
    "its first child last": lambda e: e.append(e[0]) if len(e) else None,
    "its last child first": lambda e: e.insert(0, e[-1]) if len(e) else None,
    "all children reversed": lambda e: e.extend(list(reversed(e))),
    "nothing inside": lambda e: e.clear(),
    "its first child moved up": lambda e: e.addnext(e[0]) if len(e) else None,
}


def test_every_damage_of_structure_gets_the_same_verdict(
    instances: list[etree._Element], own: DuisSchema, published: DuisSchema
) -> None:
    agreement = Agreement(own, published)
    for root, element, name in places(instances):
        number = list(root.iter("*")).index(element)
        for what, damage in DAMAGE.items():
            damaged = copy.deepcopy(root)
            damage(next(e for n, e in enumerate(damaged.iter("*")) if n == number))
            agreement.ask(damaged, f"{what} at {name}")
    assert [] == agreement.differences
    assert agreement.asked > 10_000


def test_every_count_of_every_element_gets_the_same_verdict(
    structure: Structure, instances: list[etree._Element], own: DuisSchema, published: DuisSchema
) -> None:
    agreement = Agreement(own, published)
    for place in places(instances):
        parent = place.element.getparent()
        assert parent is not None
        names = (etree.QName(parent).localname, etree.QName(place.element).localname)
        least, most = structure.most.get(names, (1, 1))
        for count in {0, least - 1, least, least + 1, *((most - 1, most, most + 1) if most else (100,))} - {-1}:
            agreement.ask(with_count(place, parent, count), f"{count} times {place.name}")
    assert [] == agreement.differences
    assert agreement.asked > 2_000
    assert agreement.valid > agreement.asked // 5, "counts that are all invalid prove nothing"


def with_count(place: Place, parent: etree._Element, count: int) -> etree._Element:
    """A copy of the document in which the element stands ``count`` times, one after the other."""
    way = place.root.getroottree().getelementpath(parent)
    root = copy.deepcopy(place.root)
    (around,) = [root] if way == "." else root.findall(str(way))
    peers = [e for e in around if e.tag == place.element.tag]
    start = around.index(peers[0])
    for peer in peers:
        around.remove(peer)
    around[start:start] = [copy.deepcopy(place.element) for _ in range(count)]
    return root


@pytest.mark.parametrize("body", ["UpdateFirmware", "UpdatePPMIDFirmware"])
@pytest.mark.parametrize(
    ("octets", "devices", "expected"),
    [(10_240_000, 50_000, True), (10_240_001, 1, False), (1, 50_001, False)],
    ids=["the largest image for the most devices", "one octet more", "one device more"],
)
def test_the_limits_of_a_firmware_request_are_those_of_the_published_set(
    either: DuisSchema, body: str, octets: int, devices: int, expected: bool
) -> None:
    image = base64.b64encode(bytes(octets)).decode()
    inside = (
        f"<sr:FirmwareImage>{image}</sr:FirmwareImage><sr:FirmwareVersion>00000000</sr:FirmwareVersion>"
        f"<sr:DeviceIDList>{','.join([DEVICE] * devices)}</sr:DeviceIDList>"
    )
    outcome = either.read(request(f"<sr:{body}>{inside}</sr:{body}>"), large=True)
    assert expected == isinstance(outcome, etree._Element), outcome
