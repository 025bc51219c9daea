"""All use cases and the order in which they are asked: the tables of this package, joined."""

from __future__ import annotations

from typing import Final

from gbcs.usecases import firmware, hub, prepayment, readings, supply
from gbcs.usecases.usecase import Choice
from schemas.vocabulary import ServiceReferenceVariant

CHOICES: Final[tuple[Choice, ...]] = (
    *prepayment.CHOICES,
    *readings.CHOICES,
    *supply.CHOICES,
    *hub.CHOICES,
    *firmware.CHOICES,
)


def _by_variant() -> dict[ServiceReferenceVariant, tuple[Choice, ...]]:
    rows: dict[ServiceReferenceVariant, tuple[Choice, ...]] = {}
    for choice in CHOICES:
        rows[choice.variant] = (*rows.get(choice.variant, ()), choice)
    return rows


def _names_by_code() -> dict[int, tuple[str, ...]]:
    names: dict[int, tuple[str, ...]] = {}
    for choice in CHOICES:
        use_case = choice.use_case
        known = names.get(use_case.message_code, ())
        names[use_case.message_code] = known if use_case.name in known else (*known, use_case.name)
    return names


CHOICES_BY_VARIANT: Final = _by_variant()
NAMES_BY_CODE: Final = _names_by_code()
"""Names of the use cases of each message code: several variants of one may share it."""
