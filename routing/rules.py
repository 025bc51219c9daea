"""The tables in force: the check table and the services under one policy, product list and set of routes.

Which checks a request is put, and in which rounds, follows from its service and command variant alone: it is
settled here once, when the rules are made. What the checks say to a request is ``routing.decision``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

import msgspec

from cpl.product_list import ProductList
from routing.checks import table
from routing.checks.check import Check
from routing.facts import Envelope, Located, Routes, Target
from routing.policy import Policy
from routing.services import SERVICES, Service
from routing.trace import Answer, Verdict
from schemas.response_codes import RESPONSE_CODES
from schemas.vocabulary import (
    Basis,
    CommandVariant,
    DeviceId,
    Generation,
    ResponseCode,
    ServiceReferenceVariant,
)

F = TypeVar("F")

NEEDED: Final = frozenset(
    {
        "service-is-decided-here",
        "request-id-is-new",
        "pre-command-was-issued",
        "device-exists",
        "device-is-new",
        "inventory-holds-what-is-asked",
        "destination-is-known",
        "message-can-be-built",
    }
)
"""What they refuse cannot be carried out at all, so no configuration may switch them off."""


class RuleError(Exception):
    """The rules in force cannot be used; the message names the row."""


class Round(msgspec.Struct, Generic[F], frozen=True):
    """Checks that are put one after another to the same facts."""

    rows: tuple[Check[F], ...]
    passed: tuple[Verdict, ...]
    """What has been said once all of them pass, from the first check of all on: the same for every request."""

    def passed_before(self, place: int) -> tuple[Verdict, ...]:
        """What has been said when the check at ``place`` of this round is put."""
        return self.passed[: len(self.passed) - len(self.rows) + place]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The rounds of one service and command variant after the first, which every request has alike."""

    service: Service
    envelope: Round[Envelope]
    located: Round[Located]
    target: dict[Generation, Round[Target]]


class Rules:
    """The tables in force under one policy, product list revision and set of routes. Immutable."""

    def __init__(self, policy: Policy, products: ProductList, routes: Routes, dcc: DeviceId) -> None:
        """Raises RuleError: a correction for a check or service that does not exist, an unknown code,
        or a service that no check would be put to."""
        self.policy: Final = policy
        self.products: Final = products
        self.routes: Final = routes
        self.dcc: Final = dcc
        self.services: Final = _corrected_services(policy)
        for name in policy.checks:
            if name not in CHECK_NAMES:
                raise RuleError(f"rules.checks.{name}: there is no such check")
        self.received: Final = _round(_corrected(table.RECEIVED, policy))
        self._plans: Final[dict[tuple[ServiceReferenceVariant, CommandVariant], Plan]] = {}
        for service in self.services.values():
            for variant in CommandVariant:
                self._plans[service.variant, variant] = self._planned(service, variant)
        for name, correction in policy.checks.items():
            if correction.off and name in NEEDED:
                raise RuleError(f"rules.checks.{name}.off: what this check refuses cannot be carried out")

    def with_products(self, products: ProductList) -> Rules:
        """The same rules on another revision of the lists."""
        return Rules(self.policy, products, self.routes, self.dcc)

    def _planned(self, service: Service, variant: CommandVariant) -> Plan:
        def chosen(rows: tuple[Check[F], ...]) -> tuple[Check[F], ...]:
            return tuple(row for row in _corrected(rows, self.policy) if row.applies.to(service, variant))

        def of_target(rows: tuple[Check[Target], ...], generation: Generation) -> tuple[Check[Target], ...]:
            return tuple(row for row in chosen(rows) if row.applies.generation in {None, generation})

        envelope = _round(chosen(table.ENVELOPE), self.received.passed)
        located = _round(chosen(table.LOCATED), envelope.passed)
        if not envelope.rows or not (located.rows or service.non_device):
            raise RuleError(f"no check is left for {service.variant}: an empty plan is refused")
        if not service.non_device and not all(of_target(table.TARGET, each) for each in Generation):
            raise RuleError(f"no check of the target is left for {service.variant}: an empty plan is refused")
        target = {each: _round(of_target((*table.TARGET, *table.BUILT), each), located.passed) for each in Generation}
        return Plan(service=service, envelope=envelope, located=located, target=target)

    def plan(self, variant: ServiceReferenceVariant, command_variant: CommandVariant) -> Plan:
        """For a service that is decided here."""
        return self._plans[variant, command_variant]

    def rows(self, service: Service, variant: CommandVariant) -> tuple[Check[Any], ...]:
        """What such a request is asked, in order, for either generation of device."""
        every: tuple[tuple[Check[Any], ...], ...] = (
            table.RECEIVED,
            table.ENVELOPE,
            table.LOCATED,
            table.TARGET,
            table.BUILT,
        )
        return tuple(
            row
            for rows in every
            for row in _corrected(rows, self.policy)
            if row.applies.to(service, variant) and not (service.non_device and rows in (table.TARGET, table.BUILT))
        )


def _round(rows: tuple[Check[F], ...], before: tuple[Verdict, ...] = ()) -> Round[F]:
    return Round(rows, (*before, *(_PASSED[row.name] for row in rows)))


ALL_CHECKS: Final[tuple[Check[Any], ...]] = (
    *table.RECEIVED,
    *table.ENVELOPE,
    *table.LOCATED,
    *table.TARGET,
    *table.BUILT,
)
CHECK_NAMES: Final = frozenset(row.name for row in ALL_CHECKS)
_PASSED: Final = {name: Verdict(check=name, answer=Answer.PASSED) for name in CHECK_NAMES}


def _corrected(rows: tuple[Check[F], ...], policy: Policy) -> tuple[Check[F], ...]:
    if not policy.checks:
        return rows
    kept = []
    for row in rows:
        correction = policy.checks.get(row.name)
        if correction is None:
            kept.append(row)
        elif not correction.off:
            code = correction.code or row.code
            if code not in RESPONSE_CODES:
                raise RuleError(f"rules.checks.{row.name}.code: {code} is not a response code of DUIS 5.4")
            kept.append(msgspec.structs.replace(row, code=ResponseCode(code)))
    return tuple(kept)


def _corrected_services(policy: Policy) -> Mapping[ServiceReferenceVariant, Service]:
    services = dict(SERVICES)

    def correct(setting: str, name: str, **correction: object) -> None:
        variant = ServiceReferenceVariant(name)
        if variant not in services or services[variant].non_device:
            raise RuleError(f"rules.{setting}.{name}: there is no such device service")
        services[variant] = msgspec.structs.replace(services[variant], **correction)

    for name, types in policy.device_types.items():
        correct("device_types", name, device_types=dict.fromkeys(types, Basis.SPECIFIED))
    for name in sorted(policy.not_for_smets1):
        correct("not_for_smets1", name, smets1=None)
    return services
