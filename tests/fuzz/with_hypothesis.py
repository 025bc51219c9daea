"""Hypothesis: documents built and signed from parts, documents mutated, and any octets; a failure is made small.

A program of its own, because a document may end it.
"""

from __future__ import annotations

import sys
import time

from full_documents import REQUESTS
from fuzz_documents import LARGEST, damaged, mutated, seeds
from fuzz_plan import Plan
from fuzz_watch import Watch
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from lxml import etree
from mutants import VALUES
from schemas_world import DEVICE, USER, request, signed

from schemas.xsd import DUIS_NAMESPACE

DOCUMENTS = list(seeds().values())
IN_A_ROUND = 400

euis = st.integers(0, 2**64 - 1).map(lambda number: number.to_bytes(8, "big").hex("-"))
counters = st.one_of(st.integers(0, 2**64), st.sampled_from(["", "00", "-1", "+1", "١"])).map(str)
request_ids = st.one_of(
    st.tuples(st.just(str(USER)), st.one_of(euis, st.just(DEVICE)), counters).map(":".join),
    st.tuples(euis, euis, counters).map(":".join),
)
texts = st.one_of(
    st.sampled_from(VALUES),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=40),
    st.datetimes().map(lambda moment: f"{moment.isoformat()}Z"),
    st.integers().map(str),
    euis,
)


names = st.sampled_from(
    sorted(
        {
            str(e.tag)
            for document in REQUESTS.values()
            for e in etree.fromstring(document).iter(f"{{{DUIS_NAMESPACE}}}*")
        }
    )
)


def _leaf(name: str, text: str) -> etree._Element:
    element = etree.Element(name, nsmap={"sr": DUIS_NAMESPACE})
    element.text = text
    return element


def _branch(name: str, inside: list[etree._Element]) -> etree._Element:
    element = etree.Element(name, nsmap={"sr": DUIS_NAMESPACE})
    element.extend(inside)
    return element


def _written(trees: list[etree._Element]) -> str:
    return "".join(etree.tostring(tree, encoding="unicode") for tree in trees)


trees = st.recursive(
    st.builds(_leaf, names, texts),
    lambda inside: st.builds(_branch, names, st.lists(inside, max_size=4)),
    max_leaves=12,
)
variants = st.sampled_from(["8.2", "4.1.1", "11.1", "12.2", "8.11", "2.2", "99", ""])
built = st.builds(
    lambda body, variant, command_variant, request_id, extra: request(
        _written(body), variant=variant, command_variant=command_variant, request_id=request_id, extra=_written(extra)
    ),
    st.lists(trees, max_size=2),
    variants,
    st.integers(-1, 11),
    request_ids,
    st.lists(trees, max_size=1),
)


def _signed(document: bytes) -> bytes:
    return signed(etree.tostring(etree.fromstring(document), method="c14n"))


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    document, chance = draw(st.sampled_from(DOCUMENTS)), draw(st.randoms(use_true_random=False))
    return mutated(document, chance, DOCUMENTS)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    return damaged(draw(st.sampled_from(DOCUMENTS)), draw(st.randoms(use_true_random=False)))


documents = st.one_of(
    changed(), built.map(_signed), built, broken(), st.sampled_from(DOCUMENTS), st.binary(max_size=400)
).map(lambda document: document[:LARGEST])


def main(plan: Plan) -> None:
    watch = Watch(plan.reader(), plan.folder, plan.cpu, plan.megabytes)
    end, number = time.monotonic() + plan.seconds, 0
    with watch:
        while time.monotonic() < end:
            number += 1
            _round(watch, number)


def _round(watch: Watch, number: int) -> None:
    @seed(number)
    @settings(max_examples=IN_A_ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(documents)
    def each(document: bytes) -> None:
        watch(document)

    each()


if __name__ == "__main__":
    main(Plan.of(sys.argv[1]))
