"""Every check against its vectors, and the table against its checks."""

from __future__ import annotations

import inspect
from typing import get_args, get_type_hints

import pytest
from vector import Vector
from vectors import VECTORS

from routing.checks import (
    check,
    dates,
    delivery,
    device,
    envelope,
    firmware,
    inventory,
    inventory_update,
    joins,
    sender,
    sequence,
    table,
)
from routing.decision import ALL_CHECKS, decide
from routing.facts import Envelope, Facts, Located, Received, Target
from routing.trace import Answer
from schemas.records import from_builtins, json_decoder, to_builtins, to_json
from schemas.request import AnyBody
from schemas.response_codes import codes_of
from schemas.vocabulary import Generation

STAGES = {
    Received: table.RECEIVED,
    Envelope: table.ENVELOPE,
    Located: table.LOCATED,
    Target: (*table.TARGET, *table.BUILT),
}
every_check = pytest.mark.parametrize("row", ALL_CHECKS, ids=[row.name for row in ALL_CHECKS])
every_vector = pytest.mark.parametrize("vector", VECTORS, ids=[f"{v.check} {v.title}" for v in VECTORS])


@every_vector
def test_decides(vector: Vector) -> None:
    decision = decide(vector.facts, vector.rules)
    refused_by = vector.check if vector.reason else None
    assert (vector.code, refused_by, vector.reason) == (decision.code, decision.refused_by, decision.reason)
    assert (vector.reason is None) is decision.accepted


@every_vector
def test_its_verdict_names_the_check(vector: Vector) -> None:
    verdicts = {verdict.check: verdict for verdict in decide(vector.facts, vector.rules).verdicts}
    found = verdicts[vector.check]
    if vector.reason is None:
        assert (Answer.PASSED, None, None) == (found.answer, found.code, found.reason)
    else:
        assert (Answer.REFUSED, vector.code, vector.reason) == (found.answer, found.code, found.reason)


@every_vector
def test_verdicts_come_in_the_order_of_the_table_and_end_with_a_refusal(vector: Vector) -> None:
    decision = decide(vector.facts, vector.rules)
    asked = [verdict.check for verdict in decision.verdicts]
    assert [row.name for row in ALL_CHECKS if row.name in asked] == asked
    refusals = [place for place, verdict in enumerate(decision.verdicts) if verdict.answer is Answer.REFUSED]
    assert ([] if decision.accepted else [len(asked) - 1]) == refusals


@every_vector
def test_a_request_was_asked_everything_that_applies_up_to_what_refuses_it(vector: Vector) -> None:
    decision = decide(vector.facts, vector.rules)
    request = vector.facts.request
    service = vector.rules.services.get(request.variant)
    rows = table.RECEIVED if service is None else vector.rules.rows(service, request.command_variant)
    generation = None if decision.treatment is None else decision.treatment.generation
    applying = [row.name for row in rows if row.applies.generation in {None, generation}]
    if decision.refused_by is not None:
        applying = applying[: applying.index(decision.refused_by) + 1]
    assert applying == [verdict.check for verdict in decision.verdicts]


@every_vector
def test_facts_that_were_recorded_are_decided_the_same(vector: Vector) -> None:
    decision = decide(vector.facts, vector.rules)
    assert decision == decide(from_builtins(to_builtins(vector.facts), Facts), vector.rules)
    assert vector.facts == json_decoder(Facts).decode(to_json(vector.facts))


def test_vectors_use_every_kind_of_body() -> None:
    assert set(get_args(AnyBody)) == {type(vector.facts.request.body) for vector in VECTORS}


@every_check
def test_there_is_a_vector_that_passes_and_one_that_is_refused(row: check.Check[object]) -> None:
    accepted = [vector for vector in VECTORS if vector.check == row.name and vector.reason is None]
    refused = [vector for vector in VECTORS if vector.check == row.name and vector.reason is not None]
    assert accepted, f"{row.name} has no vector that passes it"
    assert refused, f"{row.name} has no vector that it refuses"


@every_check
def test_a_row_says_what_it_asks_and_what_to_do(row: check.Check[object]) -> None:
    assert row.says.endswith("."), f"{row.name}: the docstring's first line is a sentence"
    assert row.cites
    assert row.remedy
    assert row.remedy[0].islower(), "the remedy goes on a sentence: 'to pass, ...'"
    assert row.reads, f"{row.name}: name the facts that {row.ask.__name__} looks at (routing.checks.fact)"


@every_check
def test_a_code_is_in_the_enumeration_of_every_version(row: check.Check[object]) -> None:
    for version in ("5.1", "5.2", "5.3", "5.4"):
        assert row.code in codes_of(version)


@every_check
def test_a_check_asks_for_the_facts_of_its_stage(row: check.Check[object]) -> None:
    stage = next(stage for stage, rows in STAGES.items() if any(row is one for one in rows))
    asked = get_type_hints(row.ask)["facts"]
    assert issubclass(stage, asked), f"{row.name} needs {asked.__name__} and is put at {stage.__name__}"


def test_names_are_used_once() -> None:
    names = [row.name for row in ALL_CHECKS]
    assert sorted(set(names)) == sorted(names)


def test_every_check_function_has_a_row() -> None:
    written = {
        function
        for module in (
            dates,
            delivery,
            device,
            envelope,
            firmware,
            inventory,
            inventory_update,
            joins,
            sender,
            sequence,
        )
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not function.__name__.startswith("_")
        and get_type_hints(function)["return"] == (str | None)
    }
    assert set() == written - {row.ask for row in ALL_CHECKS}


APPLIES = {
    "every request": check.EVERY,
    "device services": check.DEVICE,
    "11.1 11.3": check.Applies(services=frozenset({"11.3", "11.1"})),
    "critical, variants 5 6": check.Applies(critical=True, variants=frozenset({6, 5})),  # type: ignore[arg-type]
    "non-critical": check.Applies(critical=False),
    "non-device services": check.Applies(non_device=True),
    "device services, SMETS1": check.Applies(non_device=False, generation=Generation.SMETS1),
}


@pytest.mark.parametrize(("words", "applies"), APPLIES.items(), ids=APPLIES.keys())
def test_what_a_check_applies_to_reads_as(words: str, applies: check.Applies) -> None:
    assert words == str(applies)
