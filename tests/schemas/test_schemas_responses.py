"""Responses, providers' documents and signatures: our schema set gives the published one's verdict.

The documents are made from the published set's own structure; what stands inside a provider's response is of
the message mapping namespace, which ours does not describe, and is therefore one ready example.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from full_documents import FROM_PROVIDERS, OTHER_RESPONSES, RESPONSES, smets1_response
from lxml import etree
from mutants import ATTRIBUTE_VALUES, mutants
from published_instances import XS, Structure
from published_values import values_of
from schemas_world import signed

from schemas.request import Malformed
from schemas.xsd import DUIS_NAMESPACE, MESSAGE_MAPPING_NAMESPACE, SIGNATURE_NAMESPACE, DuisSchema

SR = f"{{{DUIS_NAMESPACE}}}"
ROOTS = ("Response", "SMETS1SignedResponse", "S1SPAlert")
OUR_FILES = (
    *("responses.xsd", "alerts.xsd", "alerts_firmware.xsd", "alerts_radio.xsd", "smets1.xsd", "response_codes.xsd"),
    "signature.xsd",
)
LEFT_TO_THE_PUBLISHED_SET = ("/SMETS1Response/Header", "/SMETS1Response/Body/")
"""The message mapping namespace inside a provider's response: only asked to be well formed by ours."""

MUTATED = 400
MUTANTS_OF_EACH = 12
POOL_OF_EACH_PLACE = 15


@pytest.fixture(scope="module")
def structure(reference_dir: Path) -> Structure:
    files = [f for f in (reference_dir / "duis-5.4").glob("*.xsd") if not f.name.startswith("MMC")]
    answer, alert = (etree.fromstring(smets1_response(alert=alert)) for alert in (False, True))
    given = {
        "HeaderType": answer.find(f".//{SR}Header"),
        "ResponsePayload": answer.find(f".//{SR}ResponseMessage"),
        "DeviceAlertMessageType": alert.find(f".//{SR}DeviceAlertMessage"),
    }
    return Structure(
        [f.read_bytes() for f in files],
        {name: e for name, e in given.items() if e is not None},
        {"sr": DUIS_NAMESPACE, "ds": SIGNATURE_NAMESPACE, "ra": MESSAGE_MAPPING_NAMESPACE},
    )


@pytest.fixture(scope="module")
def documents(structure: Structure) -> list[bytes]:
    """Least and full instances of the three roots."""
    return [
        etree.tostring(instance)
        for root in ROOTS
        for full in (False, True)
        for instance in structure.instances(SR + root, full=full)
    ]


def accepted(schema: DuisSchema, document: bytes) -> bool:
    """By the schema alone, without what ``schemas.hardening`` refuses."""
    try:
        return schema.validate(etree.fromstring(document), document) is None
    except etree.XMLSyntaxError:
        return False


def difference(own: DuisSchema, published: DuisSchema, document: bytes) -> str | None:
    """Why the verdicts differ, unless ours leaves the place to the published set. Of the schemas alone."""
    try:
        root = etree.fromstring(document)
    except etree.XMLSyntaxError:
        return None
    ours, theirs = own.validate(root, document), published.validate(root, document)
    if ours is None and theirs is not None:
        # A mutant may give a prefix a second meaning; the path of a fault is then as libxml2 wrote it.
        paths = [re.sub(r"/[^/:]+:", "/", fault.path) for fault in theirs.faults]
        left = [any(part in path for part in LEFT_TO_THE_PUBLISHED_SET) for path in paths]
        return None if all(left) else f"only the published set refuses: {theirs.faults[left.index(False)]}"
    if ours is not None and theirs is None:
        return f"only ours refuses: {ours.faults[0]}"
    return None


# ---- Structure


@pytest.mark.parametrize("full", [False, True], ids=["with the least", "with everything"])
@pytest.mark.parametrize("root", ROOTS)
def test_every_instance_of_the_published_structure_is_valid_in_both_sets(
    own: DuisSchema, published: DuisSchema, structure: Structure, root: str, full: bool
) -> None:
    refused = []
    for instance in structure.instances(SR + root, full=full):
        document = etree.tostring(instance)
        for schema in (own, published):
            outcome = schema.validate(etree.fromstring(document), document)
            refused += [str(outcome.faults[0])] if outcome is not None else []
    assert [] == refused


@pytest.mark.parametrize(
    ("ours", "published_type", "count"),
    [("ResultDocument", "ResponseMessage", 13), ("AlertContent", "DCCAlert", 24)],
    ids=["result documents", "alert contents"],
)
def test_every_content_of_an_answer_is_declared_and_among_the_instances(
    structure: Structure, documents: list[bytes], ours: str, published_type: str, count: int
) -> None:
    expected = set(structure.children(DUIS_NAMESPACE, published_type)) - {"ServiceReference", "ServiceReferenceVariant"}
    (group,) = [
        g for file in OUR_FILES for g in etree.fromstring(own_file(file)).iter(f"{XS}group") if g.get("name") == ours
    ]
    assert count == len(expected)
    assert expected == {e.get("name") for e in group.iter(f"{XS}element")}
    assert expected == {name for name in expected if any(f":{name}>".encode() in d for d in documents)}


def test_an_element_may_repeat_as_often_as_in_the_published_set(
    own: DuisSchema, published: DuisSchema, structure: Structure, documents: list[bytes]
) -> None:
    seen, differences = 0, []
    for _place, document, element in places(documents):
        low, high = structure.most.get(names(element), (1, 1))
        for count in {max(0, low - 1), low, high or 100, (high or 100) + 1}:
            seen += 1
            root = repeated(document, element, count)
            differences += [d for d in [difference(own, published, etree.tostring(root))] if d]
    assert [] == differences
    assert seen > 1_000


def repeated(document: etree._Element, element: etree._Element, count: int) -> etree._Element:
    """A copy of the document in which the element stands ``count`` times, one after the other."""
    path = document.getroottree().getelementpath(element)
    root = etree.fromstring(etree.tostring(document))
    (place,) = root.findall(str(path))
    parent = place.getparent()
    assert parent is not None
    for other in parent.findall(place.tag):
        if other is not place:
            parent.remove(other)
    for _ in range(count - 1):
        place.addnext(etree.fromstring(etree.tostring(place)))
    if count == 0:
        parent.remove(place)
    return root


# ---- Values


def test_every_value_at_a_limit_gets_the_same_verdict_at_every_place(
    own: DuisSchema, published: DuisSchema, structure: Structure, documents: list[bytes]
) -> None:
    chance = random.Random(54)
    seen, valid, differences = 0, 0, []
    for place, document, leaf in places(documents):
        original = leaf.text
        for simple in structure.leaves.get(names(leaf), ()):
            near, any_other = values_of(simple)
            for leaf.text in [*near, *chance.sample(any_other, POOL_OF_EACH_PLACE)]:
                seen += 1
                theirs = published.validate(document, b"") is None
                valid += theirs
                if theirs != (own.validate(document, b"") is None):
                    differences.append(f"{place}: {leaf.text!r} is {'valid' if theirs else 'refused'} there")
        leaf.text = original
    assert [] == differences
    assert seen > 5_000
    assert seen // 5 < valid < seen * 4 // 5, "values that are all valid or all invalid prove nothing"


def test_an_attribute_gets_the_same_verdict_at_every_place(
    own: DuisSchema, published: DuisSchema, documents: list[bytes]
) -> None:
    """Each that is there, without it and with odd values; one that is not."""
    seen, valid, differences = 0, 0, []
    for place, document, element in places(documents):
        if any(part in f"/{place}" for part in LEFT_TO_THE_PUBLISHED_SET):
            continue
        for name in {*map(str, element.attrib), "other"}:
            original = element.attrib.pop(name, None)
            for value in (None, *ATTRIBUTE_VALUES):
                if value is not None:
                    element.set(name, value)
                seen += 1
                theirs = published.validate(document, b"") is None
                valid += theirs
                if theirs != (own.validate(document, b"") is None):
                    differences.append(f"{place}: {name}={value!r} is {'valid' if theirs else 'refused'} there")
            element.attrib.pop(name, None)
            if original is not None:
                element.set(name, original)
    assert [] == differences
    assert seen > 5_000
    assert valid > 500


def places(documents: list[bytes]) -> Iterator[tuple[str, etree._Element, etree._Element]]:
    """Each place once (an element and the two above it, by name), in the first document that has it."""
    done = set()
    for document in documents:
        root = etree.fromstring(document)
        for element in root.iterdescendants("*"):
            above = [element, *element.iterancestors()][:3]
            place = "/".join(etree.QName(e).localname for e in reversed(above))
            if place not in done and etree.QName(element).namespace != MESSAGE_MAPPING_NAMESPACE:
                done.add(place)
                yield place, root, element


def names(element: etree._Element) -> tuple[str, str]:
    parent = element.getparent()
    return "" if parent is None else etree.QName(parent).localname, etree.QName(element).localname


# ---- Mutants


def test_mutants_of_the_instances_get_the_same_verdict_from_both_sets(
    own: DuisSchema, published: DuisSchema, documents: list[bytes]
) -> None:
    seen, valid, differences = 0, 0, []
    for seed, document in enumerate(random.Random(54).sample(documents, MUTATED)):
        for mutant in mutants(document, seed, MUTANTS_OF_EACH):
            seen += 1
            why = difference(own, published, mutant.document)
            differences += [f"{mutant.name}: {why}"] if why else []
            valid += accepted(published, mutant.document)
    assert [] == differences
    assert seen == MUTATED * MUTANTS_OF_EACH
    assert seen // 5 < valid < seen * 4 // 5, "mutants that are all valid or all invalid prove nothing"


# ---- What this gateway writes, and the inside of a provider's response

WRITTEN = RESPONSES | OTHER_RESPONSES | FROM_PROVIDERS


@pytest.mark.parametrize("name", WRITTEN)
def test_what_the_gateway_writes_or_passes_on_is_valid(either: DuisSchema, name: str) -> None:
    outcome = either.read(WRITTEN[name])
    assert isinstance(outcome, etree._Element), outcome


@pytest.mark.parametrize("name", RESPONSES)
def test_a_signed_response_is_valid(either: DuisSchema, name: str) -> None:
    outcome = either.read(signed(RESPONSES[name]))
    assert isinstance(outcome, etree._Element), outcome


@pytest.mark.parametrize(
    ("namespace", "expected"),
    [
        (MESSAGE_MAPPING_NAMESPACE, None),
        (DUIS_NAMESPACE, "/SMETS1SignedResponse/SMETS1Response/Body/ResponseMessage/anything"),
        (SIGNATURE_NAMESPACE, "/SMETS1SignedResponse/SMETS1Response/Body/ResponseMessage/anything"),
        ("urn:other", "/SMETS1SignedResponse/SMETS1Response/Body/ResponseMessage/anything"),
    ],
    ids=["of the message mapping namespace", "not of DUIS", "not of signatures", "not of another namespace"],
)
def test_a_provider_s_response_holds_elements(own: DuisSchema, namespace: str, expected: str | None) -> None:
    root = etree.fromstring(FROM_PROVIDERS["a provider's response"])
    (message,) = root.iter(f"{SR}ResponseMessage")
    message[:] = [etree.Element(f"{{{namespace}}}anything")]
    outcome = own.read(etree.tostring(root))
    assert expected == (outcome.faults[0].path if isinstance(outcome, Malformed) else None)


# ---- Our files


def own_file(name: str) -> bytes:
    return resources.files("schemas.duis").joinpath(name).read_bytes()


@pytest.mark.parametrize("file", OUR_FILES)
def test_every_type_says_what_it_is(file: str) -> None:
    types = etree.fromstring(own_file(file)).iterchildren(f"{XS}complexType", f"{XS}simpleType")
    silent = [t.get("name") for t in types if not (t.findtext(f"{XS}annotation/{XS}documentation") or "").strip()]
    assert [] == silent
