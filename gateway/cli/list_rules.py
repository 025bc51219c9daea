"""What the rules between the product lists look like to people, and to programs."""

from __future__ import annotations

from typing import Any, Final

import click

from cpl.product_list import ProductList
from cpl.rules import LIST_RULES, Violation, non_epcl_entries, violations
from schemas.records import to_builtins
from schemas.vocabulary import Generation

SHOWN_VIOLATIONS: Final = 10
"""Of one rule; JSON has them all."""


def say_violations(products: ProductList) -> None:
    """The rules that these lists do not keep to, with the rows concerned. Nothing is refused for it."""
    broken = violations(products)
    for rule in LIST_RULES:
        if rule.name in broken:
            _say(f"{rule.name} ({rule.basis.value}: {rule.cites})", broken[rule.name])


def say_non_epcl(products: ProductList) -> None:
    """How many entries are of Non-EPCL Device Models; of SMETS1 there should be none."""
    found = non_epcl_entries(products)
    smets1 = sum(entry.generation is Generation.SMETS1 for entry in found)
    if found:
        click.echo(f"{len(found)} entries in force of Non-EPCL Device Models, {smets1} of them SMETS1")


def rules_object(products: ProductList) -> dict[str, Any]:
    """The same for programs."""
    return {
        "violations": to_builtins(violations(products)),
        "non_epcl_entries": [entry.entry_id for entry in non_epcl_entries(products)],
    }


def _say(rule: str, found: tuple[Violation, ...]) -> None:
    click.echo(f"{len(found)} not in keeping with {rule}:")
    for violation in found[:SHOWN_VIOLATIONS]:
        click.echo(f"  {violation.reason}")
    if (rest := len(found) - SHOWN_VIOLATIONS) > 0:
        click.echo(f"  and {rest} more: products show --json has them")
