"""``decide``: facts and rules in, a decision out. Nothing is decided outside the check table.

Plain functions, no clock, no look-up: the same facts under the same rules always decide the same, which
is what replay and ``explain`` rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec

from cpl.product_list import ProductList
from routing.checks import table
from routing.checks.check import Check
from routing.checks.firmware import sort_firmware_devices
from routing.destination import (
    NOT_OVER_WAN,
    Destination,
    ToFirmwareDistribution,
    ToGbcs,
    ToS1sp,
    answered_here,
    choose_destination,
)
from routing.facts import Envelope, Facts, Located, Received, Routes, Target
from routing.inventory import Device
from routing.policy import Policy
from routing.ppmid import Treatment, settle_treatment
from routing.services import SERVICES, Service
from routing.trace import Answer, Verdict
from schemas.request import UpdateFirmware
from schemas.response import DSPUpdateFirmwareWarning
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

SUCCESS: Final = ResponseCode("I0")
ACKNOWLEDGED: Final = ResponseCode("I99")
ACCEPTED_WITH_LISTS: Final = ResponseCode("W110101")


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


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of a request."""

    accepted: bool
    code: ResponseCode
    verdicts: tuple[Verdict, ...]
    refused_by: str | None = None
    reason: str | None = None
    treatment: Treatment | None = None
    destinations: tuple[Destination, ...] = ()
    destination_reason: str | None = None
    warning: DSPUpdateFirmwareWarning | None = None
    """The lists of an 11.1 that was accepted for some of its devices."""
    located: Located | None = None
    """The last stage that was reached, for whoever carries the decision out."""


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The checks of one service and variant, chosen once."""

    service: Service
    envelope: tuple[Check[Envelope], ...]
    located: tuple[Check[Located], ...]
    target: dict[Generation, tuple[Check[Target], ...]]
    built: dict[Generation, tuple[Check[Target], ...]]


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
        self.received: Final = _corrected(table.RECEIVED, policy)
        self._passed: Final = {name: Verdict(check=name, answer=Answer.PASSED) for name in CHECK_NAMES}
        self._plans: Final[dict[tuple[ServiceReferenceVariant, CommandVariant], _Plan]] = {}
        for service in self.services.values():
            for variant in CommandVariant:
                self._plans[service.variant, variant] = self._planned(service, variant)
        for name, correction in policy.checks.items():
            if correction.off and name in NEEDED:
                raise RuleError(f"rules.checks.{name}.off: what this check refuses cannot be carried out")

    def with_products(self, products: ProductList) -> Rules:
        """The same rules on another revision of the lists."""
        return Rules(self.policy, products, self.routes, self.dcc)

    def _planned(self, service: Service, variant: CommandVariant) -> _Plan:
        def chosen(rows: tuple[Check[F], ...]) -> tuple[Check[F], ...]:
            return tuple(row for row in _corrected(rows, self.policy) if row.applies.to(service, variant))

        def by_generation(rows: tuple[Check[F], ...]) -> dict[Generation, tuple[Check[F], ...]]:
            return {g: tuple(r for r in chosen(rows) if r.applies.generation in {None, g}) for g in Generation}

        plan = _Plan(
            service=service,
            envelope=chosen(table.ENVELOPE),
            located=chosen(table.LOCATED),
            target=by_generation(table.TARGET),
            built=by_generation(table.BUILT),
        )
        if not plan.envelope or not (plan.located or service.non_device):
            raise RuleError(f"no check is left for {service.variant}: an empty plan is refused")
        if not service.non_device and not all(plan.target.values()):
            raise RuleError(f"no check of the target is left for {service.variant}: an empty plan is refused")
        return plan

    def plan(self, variant: ServiceReferenceVariant, command_variant: CommandVariant) -> _Plan:
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

    def passed(self, name: str) -> Verdict:
        return self._passed[name]


ALL_CHECKS: Final[tuple[Check[Any], ...]] = (
    *table.RECEIVED,
    *table.ENVELOPE,
    *table.LOCATED,
    *table.TARGET,
    *table.BUILT,
)
CHECK_NAMES: Final = frozenset(row.name for row in ALL_CHECKS)


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


def decide(facts: Facts, rules: Rules) -> Decision:
    """One request's decision. The order of the stages is the order of the table."""
    verdicts: list[Verdict] = []
    in_force = {"policy": rules.policy, "products": rules.products, "routes": rules.routes, "dcc": rules.dcc}

    received = Received(facts=facts, **in_force)  # type: ignore[arg-type]
    refusal = _ask(rules.received, received, rules, verdicts)
    if refusal is not None:
        return refusal

    plan = rules.plan(facts.request.variant, facts.request.command_variant)
    envelope = Envelope(facts=facts, service=plan.service, **in_force)  # type: ignore[arg-type]
    refusal = _ask(plan.envelope, envelope, rules, verdicts)
    if refusal is not None:
        return refusal

    devices, homes = {device.id: device for device in facts.devices}, dict(facts.home_mpxns)
    located = Located(facts=facts, service=plan.service, devices=devices, homes=homes, **in_force)  # type: ignore[arg-type]
    refusal = _ask(plan.located, located, rules, verdicts)
    if refusal is not None:
        return msgspec.structs.replace(refusal, located=located)
    if plan.service.non_device:
        return _for_the_dcc(located, verdicts)

    device = devices[facts.request.request_id.target]
    hub = devices.get(device.hub) if device.hub is not None else None
    treatment = settle_treatment(device, hub, bilingual=is_bilingual(device, rules.products), policy=rules.policy.ppmid)
    target = Target(
        facts=facts,
        service=plan.service,
        devices=devices,
        homes=homes,
        device=device,
        hub=hub,
        treatment=treatment,
        **in_force,  # type: ignore[arg-type]
    )
    refusal = _ask(plan.target[treatment.generation], target, rules, verdicts) or _ask(
        plan.built[treatment.generation], target, rules, verdicts
    )
    if refusal is not None:
        return msgspec.structs.replace(refusal, located=target, treatment=treatment)
    destination, reason = choose_destination(target)
    complete = isinstance(destination, ToGbcs) and facts.request.command_variant in NOT_OVER_WAN
    return Decision(
        accepted=True,
        code=SUCCESS if complete else ACKNOWLEDGED,
        verdicts=tuple(verdicts),
        treatment=treatment,
        destinations=(destination,),
        destination_reason=reason,
        located=target,
    )


def is_bilingual(device: Device, products: ProductList) -> bool:
    """The product list has an entry of the device's model in each generation."""
    return len({e.generation for e in products.in_force_by_model(device.manufacturer, device.model)}) > 1


def _ask(rows: tuple[Check[F], ...], facts: F, rules: Rules, verdicts: list[Verdict]) -> Decision | None:
    for row in rows:
        reason = row.ask(facts)
        if reason is None:
            verdicts.append(rules.passed(row.name))
            continue
        verdicts.append(Verdict(check=row.name, answer=Answer.REFUSED, code=row.code, reason=reason))
        return Decision(accepted=False, code=row.code, verdicts=tuple(verdicts), refused_by=row.name, reason=reason)
    return None


def _for_the_dcc(located: Located, verdicts: list[Verdict]) -> Decision:
    """A non-device request that passed: answered here, and an 11.1 handed on as well."""
    here, reason = answered_here(located)
    if not isinstance(located.request.body, UpdateFirmware):
        has_result = located.service.body_element == "ReadInventory"
        return Decision(
            accepted=True,
            code=SUCCESS if has_result else ACKNOWLEDGED,
            verdicts=tuple(verdicts),
            destinations=(here,),
            destination_reason=reason,
            located=located,
        )
    accepted, warning = sort_firmware_devices(located)
    destinations, unreachable = _firmware_destinations(located, accepted)
    if unreachable:
        warning = msgspec.structs.replace(warning, invalid=(*warning.invalid, *unreachable))
    return Decision(
        accepted=True,
        code=ACCEPTED_WITH_LISTS if warning else ACKNOWLEDGED,
        verdicts=tuple(verdicts),
        destinations=destinations or (here,),
        destination_reason=f"an image for {len(accepted) - len(unreachable)} devices of {len(destinations)} providers",
        warning=warning if warning else None,
        located=located,
    )


def _firmware_destinations(
    located: Located, accepted: tuple[Device, ...]
) -> tuple[tuple[Destination, ...], tuple[DeviceId, ...]]:
    """One destination per provider, and the devices that none of the configured providers reaches."""
    by_s1sp: dict[str, list[DeviceId]] = {}
    by_region: dict[str, list[DeviceId]] = {}
    unreachable: list[DeviceId] = []
    bilingual: dict[tuple[str, str], bool] = {}
    for device in accepted:
        model = (device.manufacturer, device.model)
        if model not in bilingual:
            bilingual[model] = is_bilingual(device, located.products)
        hub = located.devices.get(device.hub) if device.hub is not None else None
        treatment = settle_treatment(device, hub, bilingual=bilingual[model], policy=located.policy.ppmid)
        region = (hub.csp_region if hub is not None else None) or device.csp_region
        if treatment.misjoined:
            unreachable.append(device.id)
        elif treatment.generation is Generation.SMETS1 and treatment.s1sp in located.routes.s1sps:
            by_s1sp.setdefault(treatment.s1sp or "", []).append(device.id)
        elif treatment.generation is Generation.SMETS2 and region in located.routes.regions:
            by_region.setdefault(region or "", []).append(device.id)
        else:
            unreachable.append(device.id)
    destinations: tuple[Destination, ...] = (
        *(ToS1sp(name=name, devices=tuple(ids)) for name, ids in sorted(by_s1sp.items())),
        *(ToFirmwareDistribution(region=name, devices=tuple(ids)) for name, ids in sorted(by_region.items())),
    )
    return destinations, tuple(unreachable)
