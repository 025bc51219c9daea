"""TABLE: what holds between the product lists, and the rows that do not keep to it.

A violation is reported when a list is imported or shown. It is never a reason to refuse a list, because
the lists are other people's, nor a request, because requests ask the CPL alone (seed 004, section 3). What
keeps a single row from being read is ``cpl.reading``'s affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from cpl.epcl import Evidence
from cpl.product import CplEntry
from cpl.product_list import ProductList
from schemas.vocabulary import Basis, Generation


class Violation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rows that do not keep to a rule, and how."""

    cpl: tuple[str, ...] = ()
    """CPL Entry IDs of the rows concerned."""
    epcl: tuple[str, ...] = ()
    """EPCL entry ids of the rows concerned."""
    reason: str


class ListRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: ``finds`` has it as its docstring."""

    name: str
    finds: Callable[[ProductList], Iterator[Violation]]
    cites: str
    basis: Basis


def smets1_models_are_on_the_epcl(products: ProductList) -> Iterator[Violation]:
    """A SMETS1 CPL entry is made only when its Device Model is part of at least one EPCL entry."""
    for entry in products.entries:
        if entry.in_force and entry.generation is Generation.SMETS1 and not _is_eligible(products, entry):
            reason = f"CPL entry {entry.entry_id}: {_name(entry)} is in no EPCL entry"
            yield Violation(cpl=(entry.entry_id,), reason=reason)


def bilingual_entries_differ_in_version(products: ProductList) -> Iterator[Violation]:
    """The SMETS1 and the SMETS2+ entry of a bilingual model differ in firmware version."""
    for entry in products.entries:
        if not entry.in_force or entry.generation is not Generation.SMETS1:
            continue
        namesakes = products.in_force(entry.manufacturer, entry.model, entry.firmware_version)
        for other in namesakes:
            if other.generation is Generation.SMETS2:
                reason = f"CPL entries {entry.entry_id} (SMETS1) and {other.entry_id} (SMETS2+) are both {_name(entry)}"
                yield Violation(cpl=(entry.entry_id, other.entry_id), reason=reason)


def equivalent_entries_have_a_tested_one(products: ProductList) -> Iterator[Violation]:
    """An EPCL entry that was not tested is Substantively Equivalent to an entry that was."""
    for entry in products.combinations.entries:
        if entry.equivalent_to is None:
            continue
        parent = products.combinations.entry(entry.equivalent_to)
        start = f"EPCL entry {entry.entry_id} is Substantively Equivalent to {entry.equivalent_to}, which"
        if parent is None:
            yield Violation(epcl=(entry.entry_id,), reason=f"{start} is not on the list")
        elif parent.evidence is not Evidence.TESTED:
            reason = f"{start} is itself only equivalent to {parent.equivalent_to}"
            yield Violation(epcl=(entry.entry_id, parent.entry_id), reason=reason)


LIST_RULES: Final = (
    ListRule(
        name="smets1-models-are-on-the-epcl",
        finds=smets1_models_are_on_the_epcl,
        cites="SMETS1 Further Testing Consultation (19 Dec 2019), section 3",
        basis=Basis.SPECIFIED,
    ),
    ListRule(
        name="bilingual-entries-differ-in-version",
        finds=bilingual_entries_differ_in_version,
        cites="PPMID consultation (27 Jul 2021), sections 2 and 2.3",
        basis=Basis.SPECIFIED,
    ),
    ListRule(
        name="equivalent-entries-have-a-tested-one",
        finds=equivalent_entries_have_a_tested_one,
        cites="EPCL Report 22 (3 Dec 2021), section 1, group 2",
        basis=Basis.SPECIFIED,
    ),
)
"""Between entries in force; that the others are left alone is assumed."""


def violations(products: ProductList) -> dict[str, tuple[Violation, ...]]:
    """What does not keep to a rule, by the rule's name and then by entry; a rule that is kept is left out."""
    found = {rule.name: tuple(rule.finds(products)) for rule in LIST_RULES}
    return {name: broken for name, broken in found.items() if broken}


def non_epcl_entries(products: ProductList) -> tuple[CplEntry, ...]:
    """The entries in force of Non-EPCL Device Models: on the CPL, in no EPCL entry (seed 001, section 2.3)."""
    return tuple(entry for entry in products.entries if entry.in_force and not _is_eligible(products, entry))


def _is_eligible(products: ProductList, entry: CplEntry) -> bool:
    return any(map(products.combinations.names, entry.device_models))


def _name(entry: CplEntry) -> str:
    return f"firmware {entry.firmware_version} of {entry.manufacturer}/{entry.model}"
