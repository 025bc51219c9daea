"""All request bodies of DUIS 5.4: our schema set and the published one agree on every instance, value and count.

The cases come from the published set itself (``published_structure``): whatever it declares is tried at, inside
and outside of its limits. The published files are read where they stand; nothing of them is kept here.
"""

from __future__ import annotations

import base64
import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from lxml import etree
from mutants import VALUES, mutants
from published_structure import Place, Published, occurrence
from schemas_world import DEVICE, request
from test_schemas_mutants import unexplained, verdict

from schemas.xsd import DUIS_NAMESPACE, DuisSchema

SR = f"{{{DUIS_NAMESPACE}}}"
SERVICE_REFERENCE_VARIANTS = 129
BODIES = SERVICE_REFERENCE_VARIANTS + 1
"""One for each variant, and the SignedPreCommand."""
GENERAL_VALUES = 8
"""Of the mutants' values, drawn for each element beside those that its own type suggests."""
MUTANTS_OF_A_TEMPLATE = 8


class Comparison:
    """Two schema sets asked the same question, in place; what they answered differently is kept."""

    def __init__(self, own: DuisSchema, published: DuisSchema) -> None:
        # The bare schemas: explaining each fault would cost far more than the verdict.
        self._schemas = [schema._here.schema for schema in (own, published)]
        self.asked = self.valid = 0
        self.differences: list[str] = []

    def ask(self, root: etree._Element, what: str) -> bool:
        """Whether the published set takes the document."""
        ours, theirs = (schema.validate(root) for schema in self._schemas)
        self.asked += 1
        self.valid += theirs
        if ours != theirs:
            self.differences.append(f"{what}: only {'ours' if ours else 'the published set'} takes it")
        return theirs


class Instance(msgspec.Struct, frozen=True, kw_only=True):
    root: etree._Element
    places: list[Place]
    name: str


@pytest.fixture(scope="module")
def structure(reference_dir: Path) -> Published:
    (document,) = (reference_dir / "duis-5.4").glob("DUIS*.xsd")
    return Published(document.read_bytes())


def bodies(structure: Published) -> list[etree._Element]:
    return structure.declarations("Request", "Body")


def instances(structure: Published, declaration: etree._Element) -> Iterator[Instance]:
    """The least and the greatest of each branch, inside a request."""
    for branch in range(structure.ways(declaration)):
        for greedy in (False, True):
            root = etree.fromstring(request(""))
            places = structure.instance(declaration, branch, greedy=greedy)
            body = root.find(f"{SR}Body")
            assert body is not None
            body.append(places[0].element)
            size = "maximal" if greedy else "minimal"
            yield Instance(root=root, places=places, name=f"{size} {declaration.get('name')}, branch {branch}")


def path(element: etree._Element) -> str:
    above = [e for e in element.iterancestors() if e.tag not in {f"{SR}Request", f"{SR}Body"}]
    return "/".join(etree.QName(e).localname for e in (*reversed(above), element))


def new_places(structure: Published) -> Iterator[tuple[Instance, Place, str]]:
    """Every place of every body once, by its path, in the smallest instance that has it first."""
    seen: set[str] = set()
    for declaration in bodies(structure):
        for instance in instances(structure, declaration):
            for place in instance.places:
                name = path(place.element)
                if name not in seen:
                    seen.add(name)
                    yield instance, place, name


def test_every_template_is_valid_in_both_sets(either: DuisSchema, templates: Path) -> None:
    outcomes = {file.name: either.read(file.read_bytes()) for file in templates.iterdir()}
    assert 297 == len(outcomes)
    assert {} == {name: found for name, found in outcomes.items() if not isinstance(found, etree._Element)}


def test_there_is_a_body_for_each_service_reference_variant(structure: Published) -> None:
    assert BODIES == len({body.get("name") for body in bodies(structure)})


def test_the_least_and_greatest_instance_of_every_branch_is_valid_in_both_sets(
    structure: Published, own: DuisSchema, published: DuisSchema
) -> None:
    comparison = Comparison(own, published)
    for declaration in bodies(structure):
        for instance in instances(structure, declaration):
            assert comparison.ask(instance.root, instance.name), etree.tostring(instance.root)
    assert [] == comparison.differences
    assert comparison.asked > 2 * BODIES


def test_every_declaration_is_in_some_instance(structure: Published) -> None:
    declared = {e for body in bodies(structure) for e in below(structure, body)}
    covered = {
        place.declaration
        for body in bodies(structure)
        for instance in instances(structure, body)
        for place in instance.places
    }
    assert set() == {str(e.get("name")) for e in declared - covered}
    assert len(declared) > 600


def below(structure: Published, declaration: etree._Element) -> Iterator[etree._Element]:
    yield declaration
    for child in structure.children(declaration):
        yield from below(structure, child)


def test_every_value_around_every_limit_gets_the_same_verdict(
    structure: Published, own: DuisSchema, published: DuisSchema
) -> None:
    comparison, chance = Comparison(own, published), random.Random(5)
    for instance, place, name in new_places(structure):
        element, simple = place.element, structure.simple(place.declaration)
        before = element.text
        if simple is not None:
            for text in {*simple.samples(), *edits(before or ""), *chance.sample(VALUES, GENERAL_VALUES)}:
                element.text = text
                comparison.ask(instance.root, f"{text!r} in {name}")
            element.text = before
        for attribute in structure.attributes(place.declaration):
            key, kind = str(attribute.get("name")), structure.simple(attribute)
            assert kind is not None
            old = str(element.get(key))
            for text in {*kind.samples(), *edits(old)}:
                element.set(key, text)
                comparison.ask(instance.root, f"{key}={text!r} of {name}")
            del element.attrib[key]
            comparison.ask(instance.root, f"no {key} of {name}")
            element.set(key, old)
    assert [] == comparison.differences
    assert comparison.asked > 20_000
    assert comparison.valid > comparison.asked // 10, "values that are all invalid prove nothing"


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
    structure: Published, own: DuisSchema, published: DuisSchema
) -> None:
    comparison = Comparison(own, published)
    for instance, place, name in new_places(structure):
        number = list(instance.root.iter("*")).index(place.element)
        for what, damage in DAMAGE.items():
            root = copy.deepcopy(instance.root)
            damage(next(e for n, e in enumerate(root.iter("*")) if n == number))
            comparison.ask(root, f"{what} at {name}")
    assert [] == comparison.differences
    assert comparison.asked > 10_000


def test_every_count_of_every_element_gets_the_same_verdict(
    structure: Published, own: DuisSchema, published: DuisSchema
) -> None:
    comparison = Comparison(own, published)
    for instance, place, name in new_places(structure):
        parent = place.element.getparent()
        assert parent is not None
        peers = [e for e in parent if e.tag == place.element.tag]
        start = parent.index(peers[0])
        least, most = occurrence(place.declaration)
        for count in {0, least - 1, least, least + 1, most - 1, most, most + 1, len(peers) + 1} - {-1}:
            for peer in [e for e in parent if e.tag == place.element.tag]:
                parent.remove(peer)
            parent[start:start] = [copy.deepcopy(place.element) for _ in range(count)]
            comparison.ask(instance.root, f"{count} times {name}")
        for copied in [e for e in parent if e.tag == place.element.tag]:
            parent.remove(copied)
        parent[start:start] = peers
        assert comparison.ask(instance.root, f"{name} put back")
    assert [] == comparison.differences
    assert comparison.asked > 2_000


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


def test_mutants_of_every_template_get_the_same_verdict(
    templates: Path, own: DuisSchema, published: DuisSchema
) -> None:
    differences, seen, valid = [], 0, 0
    for seed, file in enumerate(sorted(templates.iterdir())):
        for mutant in mutants(file.read_bytes(), seed, MUTANTS_OF_A_TEMPLATE):
            theirs = verdict(published, mutant.document)
            seen, valid = seen + 1, valid + (theirs is None)
            differences += [f"{file.name}: {mutant.name}: {why}" for why in unexplained(own, theirs, mutant.document)]
    assert [] == differences
    assert 297 * MUTANTS_OF_A_TEMPLATE == seen
    assert seen // 5 < valid < seen * 4 // 5, "mutants that are all valid or all invalid prove nothing"
