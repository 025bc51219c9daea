"""The tables in force: the check table and the services under one policy, product list and set of routes.

Which checks a request is put, and in which rounds, follows from its service and command variant alone: it is
settled here once, when the rules are made. What the checks say to a request is ``routing.decision``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, Final, Generic, TypeVar

import msgspec

from cpl.product_list import ProductList
from routing.checks import table
from routing.checks.check import Check
from routing.facts import Envelope, Located, Received, Routes, Target
from routing.policy import IMAGE_GBCS, Policy
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
        "service-is-carried-out-here",
        "destination-is-known",
        "message-can-be-built",
    }
)
"""What they refuse cannot be carried out at all, so no configuration may switch them off or have them advise."""


_OF_NO_DEVICE: Final = frozenset({CommandVariant.NON_DEVICE, CommandVariant.INTERNAL})


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """The check table, stage by stage."""

    received: tuple[Check[Received], ...] = table.RECEIVED
    envelope: tuple[Check[Envelope], ...] = table.ENVELOPE
    located: tuple[Check[Located], ...] = table.LOCATED
    target: tuple[Check[Target], ...] = table.TARGET
    built: tuple[Check[Target], ...] = table.BUILT


BUILT_IN: Final = Tables()


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
    """Empty for a non-device service."""


class Rules:
    """The tables in force under one policy, product list revision and set of routes. Immutable."""

    def __init__(
        self, policy: Policy, products: ProductList, routes: Routes, dcc: DeviceId, tables: Tables = BUILT_IN
    ) -> None:
        """Raises RuleError: a correction for a check or service that does not exist or may not be corrected so, a code
        that refuses nothing, or a service that no check would be put to."""
        self.policy = policy
        self.products = products
        self.routes: Final = routes
        self.dcc: Final = dcc
        self.services: Final = _corrected_services(policy)
        _require_usable(policy)
        self._built_in: Final = tables
        self._tables: Final = _corrected_tables(tables, policy)
        self.received: Final = _round(self._tables.received)
        self._plans: Final[dict[tuple[ServiceReferenceVariant, CommandVariant], Plan]] = {}
        for service in self.services.values():
            for variant in CommandVariant:
                self._plans[service.variant, variant] = self._planned(service, variant)

    def with_products(self, products: ProductList) -> Rules:
        """The same rules on another revision of the lists. No plan depends on them, so none is made anew."""
        same = copy(self)
        same.products = products
        return same

    def with_policy(self, policy: Policy) -> Rules:
        """The same tables under another policy. Raises RuleError."""
        same_plans = msgspec.structs.replace(policy, ppmid=self.policy.ppmid) == self.policy
        if not same_plans:
            return Rules(policy, self.products, self.routes, self.dcc, self._built_in)
        same = copy(self)
        same.policy = policy
        return same

    def _planned(self, service: Service, variant: CommandVariant) -> Plan:
        tables = self._tables

        def chosen(rows: tuple[Check[F], ...]) -> tuple[Check[F], ...]:
            return tuple(row for row in rows if row.applies.to(service, variant))

        def of(generation: Generation, rows: tuple[Check[Target], ...]) -> tuple[Check[Target], ...]:
            return tuple(row for row in rows if row.applies.generation in {None, generation})

        envelope = _round(chosen(tables.envelope), self.received.passed)
        located = _round(chosen(tables.located), envelope.passed)
        if not envelope.rows or not (located.rows or service.non_device):
            raise RuleError(f"no check is left for {service.variant}: an empty plan is refused")
        if service.non_device:
            return Plan(service=service, envelope=envelope, located=located, target={})
        of_device, built = chosen(tables.target), chosen(tables.built)
        if not all(of(each, of_device) for each in Generation):
            raise RuleError(f"no check of the target is left for {service.variant}: an empty plan is refused")
        target = {each: _round(of(each, (*of_device, *built)), located.passed) for each in Generation}
        return Plan(service=service, envelope=envelope, located=located, target=target)

    def plan(self, variant: ServiceReferenceVariant, command_variant: CommandVariant) -> Plan:
        """For a service that is decided here."""
        return self._plans[variant, command_variant]

    def rows(self, service: Service, variant: CommandVariant) -> tuple[Check[Any], ...]:
        """What such a request is asked, in order, for either generation of device."""
        tables = self._tables
        of_device: tuple[tuple[Check[Any], ...], ...] = () if service.non_device else (tables.target, tables.built)
        every: tuple[tuple[Check[Any], ...], ...] = (tables.received, tables.envelope, tables.located, *of_device)
        return tuple(row for rows in every for row in rows if row.applies.to(service, variant))


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


def _require_usable(policy: Policy) -> None:
    for name, correction in policy.checks.items():
        if name not in CHECK_NAMES:
            raise RuleError(f"rules.checks.{name}: there is no such check")
        if name in NEEDED and (correction.off or correction.refuses is False):
            how = "off" if correction.off else "refuses"
            raise RuleError(f"rules.checks.{name}.{how}: what this check refuses cannot be carried out")
        if correction.code is not None and correction.code not in RESPONSE_CODES:
            raise RuleError(f"rules.checks.{name}.code: {correction.code} is not a response code of DUIS 5.4")
        if correction.code is not None and not correction.code.startswith("E"):
            raise RuleError(f"rules.checks.{name}.code: {correction.code} refuses nothing")
    for service in policy.image_gbcs.keys() - IMAGE_GBCS.keys():
        raise RuleError(f"rules.image_gbcs.{service}: expected one of {', '.join(IMAGE_GBCS)}")
    if policy.smets1_critical_variant in _OF_NO_DEVICE:
        number = int(policy.smets1_critical_variant)
        raise RuleError(f"rules.smets1_critical_variant: {number} is not a variant of requests to devices")


def _corrected_tables(tables: Tables, policy: Policy) -> Tables:
    return Tables(
        received=_corrected(tables.received, policy),
        envelope=_corrected(tables.envelope, policy),
        located=_corrected(tables.located, policy),
        target=_corrected(tables.target, policy),
        built=_corrected(tables.built, policy),
    )


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
            advises = row.advises if correction.refuses is None else not correction.refuses
            kept.append(msgspec.structs.replace(row, code=ResponseCode(code), advises=advises))
    return tuple(kept)


def _corrected_services(policy: Policy) -> Mapping[ServiceReferenceVariant, Service]:
    services = dict(SERVICES)

    def correct(setting: str, name: str, *, any_service: bool = False, **correction: object) -> None:
        variant = ServiceReferenceVariant(name)
        if variant not in services or (services[variant].non_device and not any_service):
            kind = "" if any_service else "device "
            raise RuleError(f"rules.{setting}.{name}: there is no such {kind}service")
        services[variant] = msgspec.structs.replace(services[variant], **correction)

    for name, types in policy.device_types.items():
        correct("device_types", name, device_types=dict.fromkeys(types, Basis.SPECIFIED))
    for name, statuses in policy.device_statuses.items():
        correct("device_statuses", name, device_statuses=dict.fromkeys(statuses, Basis.SPECIFIED))
    for name, roles in policy.roles.items():
        correct("roles", name, any_service=True, roles=frozenset(roles), newer_roles={})
    for name in sorted(policy.for_smets1 & policy.not_for_smets1):
        raise RuleError(f"rules.for_smets1.{name}: rules.not_for_smets1 names it as well")
    for name in sorted(policy.for_smets1):
        correct("for_smets1", name, smets1=Basis.SPECIFIED, smets1_source="the configuration")
    for name in sorted(policy.not_for_smets1):
        correct("not_for_smets1", name, smets1=None)
    return services
