"""``decide``: facts and rules in, a decision out. Nothing is decided outside the check table.

Plain functions, no clock, no look-up: the same facts under the same rules always decide the same, which
is what replay and ``explain`` rest on.
"""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from routing.destination import (
    NOT_OVER_WAN,
    Destination,
    ToDcc,
    ToGbcs,
    answered_here,
    choose_destination,
)
from routing.facts import Envelope, Facts, Located, Received, Target
from routing.image_devices import judge_devices
from routing.ppmid import Treatment, is_bilingual, settle_treatment
from routing.rules import ALL_CHECKS, CHECK_NAMES, Round, RuleError, Rules
from routing.trace import Answer, Verdict
from schemas.request import UpdateFirmware
from schemas.response import DSPUpdateFirmwareWarning
from schemas.vocabulary import DeviceType, ResponseCode

__all__ = ["ALL_CHECKS", "CHECK_NAMES", "Decision", "RuleError", "Rules", "decide", "reached"]

F = TypeVar("F")

SUCCESS: Final = ResponseCode("I0")
ACKNOWLEDGED: Final = ResponseCode("I99")
ACCEPTED_WITH_LISTS: Final = {"11.1": ResponseCode("W110101"), "11.4": ResponseCode("W110401")}


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
    advised: tuple[str, ...] = ()
    """The checks that had something to say and refused nothing."""
    located: Located | None = None
    """The last stage that was reached, for whoever carries the decision out."""


def decide(facts: Facts, rules: Rules) -> Decision:
    """One request's decision. The order of the rounds is the order of the table."""
    in_force = rules.policy, rules.products, rules.routes, rules.dcc

    advice: dict[str, str] = {}
    received = Received(facts, *in_force)
    refusal = _ask(rules.received, received, advice)
    if refusal is not None:
        return refusal

    plan = rules.plan(facts.request.variant, facts.request.command_variant)
    envelope = Envelope(facts, *in_force, plan.service)
    refusal = _ask(plan.envelope, envelope, advice)
    if refusal is not None:
        return refusal

    devices, homes = {device.id: device for device in facts.devices}, dict(facts.home_mpxns)
    located = Located(facts, *in_force, plan.service, devices, homes)
    refusal = _ask(plan.located, located, advice)
    if refusal is not None:
        return msgspec.structs.replace(refusal, located=located)
    if plan.service.non_device:
        decision = _for_the_dcc(located, _with_advice(plan.located.passed, advice))
        return msgspec.structs.replace(decision, advised=tuple(advice)) if advice else decision

    target = _target(located)
    treatment = target.treatment
    asked = plan.target[treatment.generation]
    refusal = _ask(asked, target, advice)
    if refusal is not None:
        return msgspec.structs.replace(refusal, located=target, treatment=treatment)
    destination, reason = choose_destination(target)
    returned = isinstance(destination, ToGbcs) and facts.request.command_variant in NOT_OVER_WAN
    complete = returned or isinstance(destination, ToDcc)
    return Decision(
        accepted=True,
        code=SUCCESS if complete else ACKNOWLEDGED,
        verdicts=_with_advice(asked.passed, advice),
        advised=tuple(advice),
        treatment=treatment,
        destinations=(destination,),
        destination_reason=reason,
        located=target,
    )


def reached(facts: Facts, rules: Rules) -> Received:
    """The last stage that the facts allow, whatever the checks say of them: for whoever tells what was known."""
    in_force = rules.policy, rules.products, rules.routes, rules.dcc
    service = rules.services.get(facts.request.variant)
    if service is None:
        return Received(facts, *in_force)
    devices = {device.id: device for device in facts.devices}
    located = Located(facts, *in_force, service, devices, dict(facts.home_mpxns))
    if service.non_device or facts.request.request_id.target not in devices:
        return located
    return _target(located)


def _target(located: Located) -> Target:
    facts, policy, products, devices = located.facts, located.policy, located.products, located.devices
    device = devices[facts.request.request_id.target]
    hub = devices.get(device.hub) if device.hub is not None else None
    # Only of a PPMID does it matter, and asking the list costs as much as a round of checks.
    bilingual = device.type is DeviceType.PPMID and is_bilingual(device, products)
    treatment = settle_treatment(device, hub, bilingual=bilingual, policy=policy.ppmid)
    in_force = policy, products, located.routes, located.dcc
    return Target(facts, *in_force, located.service, devices, located.homes, device, hub, treatment)


def _ask(asked: Round[F], facts: F, advice: dict[str, str]) -> Decision | None:
    """``None`` when every check of the round passes, or the decision of the first that refuses.

    What a check that only advises has to say goes into ``advice``, by its name.
    """
    for place, row in enumerate(asked.rows):
        reason = row.ask(facts)
        if reason is None:
            continue
        if row.advises:
            advice[row.name] = reason
            continue
        refused = Verdict(check=row.name, answer=Answer.REFUSED, code=row.code, reason=reason)
        verdicts = (*_with_advice(asked.passed_before(place), advice), refused)
        return Decision(accepted=False, code=row.code, verdicts=verdicts, refused_by=row.name, reason=reason)
    return None


def _with_advice(passed: tuple[Verdict, ...], advice: dict[str, str]) -> tuple[Verdict, ...]:
    if not advice:
        return passed
    return tuple(
        Verdict(check=each.check, answer=Answer.ADVISED, reason=advice[each.check]) if each.check in advice else each
        for each in passed
    )


def _for_the_dcc(located: Located, verdicts: tuple[Verdict, ...]) -> Decision:
    """A non-device request that passed: answered here, and an 11.1 handed on as well."""
    here, reason = answered_here(located)
    if not isinstance(located.request.body, UpdateFirmware):
        has_result = located.service.body_element == "ReadInventory"
        return Decision(
            accepted=True,
            code=SUCCESS if has_result else ACKNOWLEDGED,
            verdicts=verdicts,
            destinations=(here,),
            destination_reason=reason,
            located=located,
        )
    judged = judge_devices(located, located.request.body)
    return Decision(
        accepted=True,
        code=ACCEPTED_WITH_LISTS[located.request.variant] if judged.warning else ACKNOWLEDGED,
        verdicts=verdicts,
        destinations=judged.destinations or (here,),
        destination_reason=judged.reason,
        warning=judged.warning,
        located=located,
    )
