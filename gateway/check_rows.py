"""The check table as people and programs see it: the rows in force, with what the configuration changes of each."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from routing.checks.check import Check
from routing.checks.fact import Fact
from routing.policy import CheckOverride, Policy
from schemas.vocabulary import Basis

UNCHANGED: Final = CheckOverride()


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """A check as it is shown."""

    order: int
    name: str
    code: str
    says: str
    applies: str
    cites: str
    basis: Basis
    reads: tuple[Fact, ...]
    remedy: str
    built_in_code: str | None = None
    """Where the configuration gives it another."""
    off: bool = False
    """The configuration switches it off."""
    advises: bool = False
    """What it finds is told and refuses nothing."""
    why_not_asked: str | None = None


def check_row(order: int, row: Check[Any], policy: Policy, why_not_asked: str | None = None) -> CheckRow:
    """A check as the policy has it; ``order`` is its place in the table, from 1."""
    override = policy.checks.get(row.name, UNCHANGED)
    code = override.code or row.code
    return CheckRow(
        order=order,
        name=row.name,
        code=code,
        says=row.says,
        applies=str(row.applies),
        cites=row.cites,
        basis=row.basis,
        reads=row.reads,
        remedy=row.remedy,
        built_in_code=None if code == row.code else row.code,
        off=override.off,
        advises=row.advises if override.refuses is None else not override.refuses,
        why_not_asked=why_not_asked,
    )
