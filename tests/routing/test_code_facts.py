"""The response codes against the domain facts, where they are at hand, and the codes that checks use."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from vectors import VECTORS

from routing import decision
from routing.decision import ALL_CHECKS
from schemas.response_codes import MEANINGS, RESPONSE_CODES
from schemas.vocabulary import Basis


@pytest.fixture(scope="session")
def rows(reference_dir: Path) -> dict[str, dict[str, str]]:
    """The published facts, by response code."""
    place = reference_dir.parent / "domain" / "response_codes.csv"
    if not place.is_file():
        pytest.skip("domain facts absent: they stand beside the reference set, in domain/response_codes.csv")
    with place.open(newline="", encoding="utf-8") as lines:
        return {row["code"]: row for row in csv.DictReader(lines)}


def test_the_enumeration_is_the_published_one(rows: dict[str, dict[str, str]]) -> None:
    assert {code: row["applies_to"] for code, row in rows.items()} == RESPONSE_CODES


@pytest.mark.parametrize("code", MEANINGS)
def test_nothing_is_surer_than_its_source(rows: dict[str, dict[str, str]], code: str) -> None:
    published = rows[code]["basis"].split()[0]
    if MEANINGS[code].basis is not Basis.ASSUMED:
        assert published == MEANINGS[code].basis.value
        assert rows[code]["title"].casefold() == MEANINGS[code].title.casefold()


def test_every_code_with_a_sourced_meaning_has_a_row(rows: dict[str, dict[str, str]]) -> None:
    sourced = {code for code, row in rows.items() if row["basis"].split()[0] in {"specified", "transcribed"}}
    assert set() == sourced - set(MEANINGS)


def test_a_check_is_no_surer_of_its_code_than_the_code_is() -> None:
    unsure = {
        row.name
        for row in ALL_CHECKS
        if row.basis is not Basis.ASSUMED and (row.code not in MEANINGS or MEANINGS[row.code].basis is Basis.ASSUMED)
    }
    # What DP316 reports is the use of E120201, not its title.
    assert {"hub-is-not-its-own-gas-proxy"} == unsure


def test_every_code_that_a_decision_can_have_is_one_that_a_vector_gets() -> None:
    of_acceptances = {decision.SUCCESS, decision.ACKNOWLEDGED, *decision.ACCEPTED_WITH_LISTS.values()}
    assert {row.code for row in ALL_CHECKS} | of_acceptances == {vector.code for vector in VECTORS}
