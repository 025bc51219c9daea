"""The documents against the code: tables that both have, and decisions that are all there."""

from __future__ import annotations

import re
from typing import Final

import pytest
from house_sources import MODULES, PROJECT

from gbcs.usecases.registry import CHOICES
from routing.advisories import ADVISORIES
from routing.decision import ALL_CHECKS
from routing.services import SERVICES, Service
from routing.transition_table import TRANSITIONS
from schemas.vocabulary import Basis

CONFORMANCE: Final = (PROJECT / "CONFORMANCE.md").read_text(encoding="utf-8")
DECISIONS: Final = sorted((PROJECT / "docs" / "decisions").glob("*.md"))
HEADINGS: Final = ["## Context", "## Options", "## Outcome"]


def table_under(heading: str) -> list[list[str]]:
    """The cells of the table whose header row begins so, row by row."""
    lines = iter(CONFORMANCE.splitlines())
    for line in lines:
        if line.startswith(heading):
            break
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def test_the_table_of_checks_is_the_one_in_force() -> None:
    expected = [
        [str(order), f"`{row.name}`", row.code, row.basis.value, row.cites] for order, row in enumerate(ALL_CHECKS, 1)
    ]
    assert expected == table_under("| | check | code | mark |")


def test_the_table_of_transitions_is_the_one_in_force() -> None:
    expected = []
    for row in TRANSITIONS:
        told = (f"{a.code} {a.content.value} to {a.told.value} ({a.basis.value})" for a in row.alerts)
        ends = (row.statuses, row.after.value, row.asks or "nothing", "; ".join(told) or "none")
        expected.append([f"`{row.name}`", row.event.value, row.types, *ends, row.basis.value, row.cites])
    assert expected == table_under("| transition | event | device types |")


def test_the_table_of_advisories_is_the_one_built_in() -> None:
    expected = [
        [
            f"`{row.name}`",
            row.cohorts_in_words,
            row.concerned.value,
            " ".join(sorted(row.services)),
            row.outcome.value,
            row.clause,
            row.basis.value,
            row.source,
        ]
        for row in ADVISORIES
    ]
    assert expected == table_under("| advisory | cohorts | PPMIDs |")


def _types(service: Service, *, assumed: bool) -> str:
    found = [kind.value for kind, basis in service.device_types.items() if (basis is Basis.ASSUMED) is assumed]
    return " ".join(found) or "none"


def test_the_table_of_services_is_the_one_in_force() -> None:
    alike: dict[tuple[str, ...], list[str]] = {}
    for service in SERVICES.values():
        if not service.non_device:
            statuses = ", ".join(f"{status.value} ({basis.value})" for status, basis in service.device_statuses.items())
            cells = (_types(service, assumed=False), _types(service, assumed=True), statuses)
            alike.setdefault(cells, []).append(service.variant)
    expected = [[" ".join(variants), *cells] for cells, variants in alike.items()]
    assert expected == table_under("| services | device types shown |")


def test_every_assumed_choice_of_a_use_case_is_named_with_what_it_rests_on() -> None:
    expected = {
        (choice.variant, " ".join(kind.value for kind in choice.device_types), choice.use_case.name, choice.note)
        for choice in CHOICES
        if choice.basis is Basis.ASSUMED
    }
    found = {
        (variant, kinds, use_case.split(" ")[0], note)
        for variant, kinds, use_case, note in table_under("| service | device | use case |")
    }
    assert expected == found


def test_links_lead_somewhere() -> None:
    pages = [PROJECT / "CONFORMANCE.md", *DECISIONS]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert [] == dead


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [f"{number:04}" for number in range(1, len(DECISIONS) + 1)] == [page.name[:4] for page in DECISIONS]


@pytest.mark.parametrize("name", [page.name for page in DECISIONS])
def test_a_decision_has_context_options_and_outcome(name: str) -> None:
    lines = (PROJECT / "docs" / "decisions" / name).read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith(f"# {name[:4]} ")
    assert HEADINGS == [line for line in lines if line.startswith("## ")]
    assert len(lines) <= 60, "a third of a page, a page at most"


def test_a_decision_that_a_source_cites_exists() -> None:
    cited = {number for one in MODULES for number in re.findall(r"docs/decisions/(\d{4})", one.text)}
    assert set() == cited - {page.name[:4] for page in DECISIONS}
