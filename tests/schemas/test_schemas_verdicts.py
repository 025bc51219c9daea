"""The verdict of a schema set without its words, in the thread that made it and in any other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from attacks import GOOD, PARSING
from lxml import etree
from schemas_world import request

from schemas.request import Malformed
from schemas.xsd import DUIS_NAMESPACE, DuisSchema


def with_an_entity() -> etree._Element:
    """libxml2 does not answer whether it is valid: it raises."""
    root = etree.fromstring(request())
    root[1][0][0].append(etree.Entity("x"))
    return root


def two_bodies() -> etree._Element:
    root = etree.fromstring(request())
    root.insert(1, etree.fromstring(request())[1])
    return root


TREES: dict[str, tuple[Callable[[], etree._Element], bool]] = {
    "a request": (lambda: etree.fromstring(GOOD), True),
    "a request without a signature": (lambda: etree.fromstring(request()), True),
    "a request of two bodies": (two_bodies, False),
    "a request with an entity in it": (with_an_entity, False),
    "an element of another name": (lambda: etree.Element(f"{{{DUIS_NAMESPACE}}}Requests"), False),
}


@pytest.mark.parametrize("name", TREES)
def test_a_tree_made_in_memory_gets_a_verdict(name: str, own: DuisSchema) -> None:
    make, expected = TREES[name]
    assert expected is own.accepts(make())
    with ThreadPoolExecutor(1) as elsewhere:
        assert expected is elsewhere.submit(lambda: own.accepts(make())).result()


def test_octets_get_the_verdict_that_reading_gives_them(either: DuisSchema) -> None:
    documents = {name: document for name, (document, _, _) in PARSING.items()} | {
        "a request": GOOD,
        "a request without a signature": request(),
        "no body": request(""),
    }
    verdicts = {name: either.accepts(document) for name, document in documents.items()}
    assert {name: isinstance(either.read(document), etree._Element) for name, document in documents.items()} == verdicts
    assert ["a request", "a request without a signature"] == [name for name, taken in verdicts.items() if taken]


def test_threads_that_take_turns_are_told_the_faults_of_their_own_documents(own: DuisSchema) -> None:
    names = [f"Unknown{number}" for number in range(4)]
    together = threading.Barrier(len(names))

    def faults_of(name: str) -> set[str]:
        document = request(f"<sr:{name}/>")
        together.wait()
        outcomes = [own.read(document) for _ in range(50)]
        return {fault.found for outcome in outcomes if isinstance(outcome, Malformed) for fault in outcome.faults}

    with ThreadPoolExecutor(len(names)) as threads:
        assert [{name} for name in names] == list(threads.map(faults_of, names))
