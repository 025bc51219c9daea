"""Choosing the use case that realises a request on a device. The rows are ``gbcs.usecases``'s."""

from __future__ import annotations

from collections.abc import Iterable

from gbcs.facts import DeviceFacts
from gbcs.refusal import NoUseCase
from gbcs.usecases.registry import CHOICES_BY_VARIANT
from gbcs.usecases.usecase import Asked, Choice, Originator, UseCase
from schemas.request import AnyBody, OtherBody
from schemas.vocabulary import ServiceReferenceVariant, UserRole

__all__ = ["DeviceFacts", "NoUseCase", "Originator", "UseCase", "choose", "select_use_case"]


def select_use_case(
    variant: ServiceReferenceVariant, body: AnyBody, facts: DeviceFacts, originator_role: UserRole | None = None
) -> UseCase | NoUseCase:
    """The use case for a service reference variant on a device, or what is missing to choose one.

    Source: the pairs of RTDS; the basis of each choice is in its row.
    """
    rows = CHOICES_BY_VARIANT.get(variant, ())
    if not rows:
        return NoUseCase(f"no GBCS use case is known for service reference variant {variant}")
    return choose(rows, Asked(body=body, facts=facts, role=originator_role))


def choose(rows: Iterable[Choice], asked: Asked) -> UseCase | NoUseCase:
    """The first of one variant's rows that fits the device's type and whose conditions hold.

    A row that lacks a fact stops the search: a later one might fit only because we know too little.
    """
    rows = tuple(rows)
    for row in rows:
        if _fits(row, asked):
            answers = [condition.holds(asked) for condition in row.conditions]
            if False in answers:
                continue
            if None in answers:
                return _lacking(row, rows, asked)
            return row.use_case
    return _nothing_fits(rows, asked)


def _fits(row: Choice, asked: Asked) -> bool:
    return asked.facts.type in row.device_types and _of_body(row.use_case, asked.body)


def _of_body(use_case: UseCase, body: AnyBody) -> bool:
    if isinstance(body, OtherBody) and use_case.body is OtherBody:
        return use_case.element in {"", body.element}
    return isinstance(body, use_case.body)


def _lacking(row: Choice, rows: tuple[Choice, ...], asked: Asked) -> NoUseCase:
    lacking = [condition.needs for condition in row.conditions if condition.holds(asked) is None]
    fitting = [each for each in rows if _fits(each, asked) and _may_hold(each, asked)]
    return NoUseCase(f"{', '.join(lacking)} is needed to choose between {_names(fitting)}")


def _may_hold(row: Choice, asked: Asked) -> bool:
    return all(condition.holds(asked) is not False for condition in row.conditions)


def _nothing_fits(rows: tuple[Choice, ...], asked: Asked) -> NoUseCase:
    device_type = asked.facts.type
    if not any(device_type in row.device_types for row in rows):
        return _no_row_for_type(rows, asked)
    fitting = [row for row in rows if _fits(row, asked)]
    if not fitting:
        return _no_row_for_body(rows, asked)
    wanted = "; ".join(f"{row.use_case.name} if {_conditions(row)}" for row in fitting)
    return NoUseCase(f"no GBCS use case of {rows[0].variant} for {device_type.value} fits the request: {wanted}")


def _no_row_for_type(rows: tuple[Choice, ...], asked: Asked) -> NoUseCase:
    known = dict.fromkeys(device_type.value for row in rows for device_type in row.device_types)
    return NoUseCase(
        f"no GBCS use case of {rows[0].variant} is known for {asked.facts.type.value}; known for {', '.join(known)}"
    )


def _no_row_for_body(rows: tuple[Choice, ...], asked: Asked) -> NoUseCase:
    known = dict.fromkeys(row.use_case.element or row.use_case.body.__name__ for row in rows)
    found = asked.body.element if isinstance(asked.body, OtherBody) else type(asked.body).__name__
    return NoUseCase(f"{rows[0].variant} is built from {', '.join(known)}, found {found}")


def _names(rows: list[Choice]) -> str:
    return " and ".join(dict.fromkeys(row.use_case.name for row in rows))


def _conditions(row: Choice) -> str:
    return " and ".join(condition.says for condition in row.conditions)
