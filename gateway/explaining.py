"""``explain``: what would become of a request, and why; nothing changes.

The same reading, look-up, decision and GBCS build as ``serve``, without acceptance. Each check is told in
words, with its clause, the facts that it read and what it found; for a refusal, what would make it pass. A
RequestID that was accepted before with this content is told as the repeat that it is, with the checks as they went
then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from gateway.fulfilment import Fulfilment, Order
from gateway.in_force import InForce
from gateway.ports import Found, Inventory
from gateway.retelling import retell
from gateway.trace_ports import TraceStore
from gateway.wants import facts_of, wanted_by
from gbcs.refusal import Refused
from routing.checks.fact import Fact
from routing.decision import Decision, Rules, decide
from routing.explained import ExplainedCheck, explained
from routing.facts import Facts
from routing.remedies import Remedy, remedies
from routing.trace import Answer
from schemas.reading import Authentic, read_request
from schemas.request import Fault, Malformed, Unauthenticated
from schemas.response_codes import MEANINGS
from schemas.vocabulary import WebService


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The whole answer. ``code`` is what the service would answer with; ``None``: no DUIS document at all."""

    outcome: str
    code: str | None = None
    title: str | None = None
    reason: str | None = None
    remedy: str | None = None
    """In general, in the words of the row that refuses."""
    remedies: tuple[Remedy, ...] = ()
    """For this request: the smallest changes that would make it pass."""
    checks: tuple[ExplainedCheck, ...] = ()
    treatment: str | None = None
    treatment_reason: str | None = None
    destinations: tuple[str, ...] = ()
    destination_reason: str | None = None
    repeat_of: str | None = None
    """Trace of the request that this one repeats."""
    errors: tuple[Fault, ...] = ()
    revisions: dict[str, str] = msgspec.field(default_factory=dict)


_DRY: Final = "dry-run"
_MEND_DOCUMENT: Final = "mend what the errors name; duis-gateway validate finds the same ones"
MEND_SIGNATURE: Final[Mapping[str, str]] = {
    "unsigned": "sign the document with the originator's XML-signing key",
    "signature-profile": "sign it as DUIS has it: one enveloped signature over the whole document, ECDSA with SHA-256",
    "unknown-certificate": "sign with a key whose certificate the gateway has, or have the certificate added",
    "wrong-originator": "sign with the key of the originator that the RequestID names",
    "certificate-dates": "sign with a key whose certificate is valid at that moment",
    "signature-does-not-verify": "sign the document as it is sent: it was changed since, or signed with another key",
}
"""What a sender can do about a document that nobody has signed as it stands, by kind."""


async def explain(
    received: bytes,
    web_service: WebService | None,
    now: datetime,
    *,
    in_force: InForce,
    inventory: Inventory,
    traces: TraceStore | None,
    fulfilment: Fulfilment,
) -> Explanation:
    """``web_service`` ``None``: the one that the command variant belongs to. Raises Unavailable."""
    reading = read_request(received, in_force.schema, in_force.certificates, now, large=len(received) > 9_000_000)
    match reading:
        case Malformed(kind=kind, faults=faults):
            return Explanation(
                outcome=kind,
                reason=faults[0].message,
                remedy=_MEND_DOCUMENT,
                errors=faults,
                revisions=in_force.revisions,
            )
        case Unauthenticated(kind=kind, message=message):
            return Explanation(
                outcome="unauthenticated",
                reason=f"{kind}: {message}",
                remedy=MEND_SIGNATURE[kind],
                revisions=in_force.revisions,
            )
        case Authentic(request=request, digest=digest):
            pass
    service = web_service or service_of(request.command_variant)
    found = await inventory.look_up(wanted_by(request))
    facts = facts_of(request, digest, service, now, in_force.parties, found)
    order = Order(received=received, digest=digest, trace_id=_DRY, traceparent=None, moment=now)
    facts, decision = await _decided(facts, found, order, in_force.rules, fulfilment)
    if found.earlier is not None and found.earlier.digest == digest:
        first = None if traces is None else await traces.show(found.earlier.trace_id)
        return Explanation(
            outcome="repeated",
            code=found.earlier.code,
            title=_title(found.earlier.code),
            reason=f"this request was decided before (trace {found.earlier.trace_id}); its answer stands",
            repeat_of=found.earlier.trace_id,
            checks=() if first is None else retell(first, in_force.rules).checks,
            treatment=None if first is None else first.treatment,
            treatment_reason=None if first is None else first.treatment_reason,
            destinations=() if first is None else first.destinations,
            destination_reason=None if first is None else first.destination_reason,
            revisions=in_force.revisions,
        )
    checks = explained(decision.verdicts, facts, in_force.rules, await _since(inventory, facts))
    treatment = decision.treatment
    return Explanation(
        outcome="accepted" if decision.accepted else "refused",
        code=decision.code,
        title=_title(decision.code),
        reason=decision.reason,
        remedy=next((check.remedy for check in checks if check.answer is Answer.REFUSED), None),
        # Some thousand decisions, for which a worker's other requests do not wait.
        remedies=await asyncio.to_thread(remedies, facts, in_force.rules),
        checks=checks,
        treatment=None if treatment is None else treatment.generation.value,
        treatment_reason=None if treatment is None else treatment.reason,
        destinations=tuple(map(str, decision.destinations)),
        destination_reason=decision.destination_reason,
        revisions=in_force.revisions,
    )


async def _since(inventory: Inventory, facts: Facts) -> dict[Fact, str]:
    """Since when the target has the status that it has, where the history says so."""
    target = next((each for each in facts.devices if each.id == facts.request.request_id.target), None)
    if target is None or target.status is None:
        return {}
    for change in reversed(await inventory.history(target.id)):
        if change.after is target.status and change.at <= facts.time:
            return {Fact.DEVICE_STATUS: f"since {change.at:%Y-%m-%dT%H:%M:%SZ} ({change.event})"}
    return {}


async def _decided(
    facts: Facts, found: Found, order: Order, rules: Rules, fulfilment: Fulfilment
) -> tuple[Facts, Decision]:
    """With the facts as they are once it was tried to make a GBCS message."""
    decision = decide(facts, rules)
    if decision.accepted:
        built = await fulfilment.acceptance(decision, found, order)
        if isinstance(built, Refused):
            facts = msgspec.structs.replace(facts, unbuildable=built.reason)
            return facts, decide(facts, rules)
    return facts, decision


def service_of(variant: int) -> WebService:
    """The web service that takes a command variant; variant 9, which none takes, is explained as sent."""
    if variant == 4:
        return WebService.TRANSFORM
    return WebService.NON_DEVICE if variant in {2, 6, 8} else WebService.SEND_COMMAND


def _title(code: str) -> str | None:
    meaning = MEANINGS.get(code)
    return None if meaning is None else f"{meaning.title} ({meaning.basis.value})"
