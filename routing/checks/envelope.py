"""What the header and the kind of body say, before any device is looked at."""

from __future__ import annotations

from typing import Final

from routing.facts import Envelope, Received
from routing.services import SERVICES
from schemas.request import SignedPreCommand
from schemas.response_codes import plain_version
from schemas.vocabulary import SIGNED_PRE_COMMANDS, CommandVariant, WebService

SERVICE_OF_VARIANT: Final = {
    CommandVariant.SEND: WebService.SEND_COMMAND,
    CommandVariant.LOCAL: WebService.NON_DEVICE,
    CommandVariant.SEND_AND_LOCAL: WebService.SEND_COMMAND,
    CommandVariant.TRANSFORM: WebService.TRANSFORM,
    CommandVariant.SIGNED_SEND: WebService.SEND_COMMAND,
    CommandVariant.SIGNED_LOCAL: WebService.NON_DEVICE,
    CommandVariant.SIGNED_SEND_AND_LOCAL: WebService.SEND_COMMAND,
    CommandVariant.NON_DEVICE: WebService.NON_DEVICE,
}
"""Which web service takes which variant: the schema's comments on CommandVariant."""


def service_is_decided_here(facts: Received) -> str | None:
    """The service is one that this gateway decides."""
    if facts.request.variant in SERVICES:
        return None
    return f"{facts.request.variant} is not among the {len(SERVICES)} services that this gateway decides"


def schema_version_is_known(facts: Received) -> str | None:
    """The request declares a version of DUIS that this gateway answers."""
    declared, known = facts.request.schema_version, facts.policy.schema_versions
    if plain_version(declared) in known:
        return None
    return f"schemaVersion is {declared}; this gateway answers {', '.join(sorted(known))}"


def body_fits_service(facts: Envelope) -> str | None:
    """The body and the service reference are those of the service reference variant."""
    request, service = facts.request, facts.service
    if request.service_reference != service.reference:
        return f"{request.variant} belongs to service reference {service.reference}, not {request.service_reference}"
    signed = request.command_variant in SIGNED_PRE_COMMANDS
    expected = SignedPreCommand.__name__ if signed else service.body_element
    if request.body_element != expected:
        return (
            f"{request.variant} with command variant {int(request.command_variant)} has body {expected}, "
            f"not {request.body_element}"
        )
    return None


def variant_suits_service(facts: Envelope) -> str | None:
    """The command variant is one that the service takes, from either generation of device."""
    request, service = facts.request, facts.service
    taken = set(service.command_variants)
    if service.critical and service.smets1 is not None:
        taken.add(facts.policy.smets1_critical_variant)
    if request.command_variant in taken:
        return None
    if request.command_variant is CommandVariant.INTERNAL:
        return "command variant 9 is internal to the DCC data systems; no user may send it"
    listed = " ".join(str(int(v)) for v in sorted(taken))
    return f"{request.variant} takes command variants {listed}, not {int(request.command_variant)}"


def web_service_suits_variant(facts: Envelope) -> str | None:
    """The request was posted to the web service that takes its command variant."""
    variant = facts.request.command_variant
    expected = SERVICE_OF_VARIANT.get(variant)
    if expected is facts.facts.web_service:
        return None
    where = f"service{expected.value}" if expected is not None else "no web service"
    return f"command variant {int(variant)} belongs to {where}, not service{facts.facts.web_service.value}"


def target_suits_service(facts: Envelope) -> str | None:
    """A non-device request is addressed to the DCC, any other to a device."""
    target = facts.request.request_id.target
    if facts.service.non_device and target != facts.dcc:
        return f"{facts.request.variant} is addressed to the DCC ({facts.dcc}), not to {target}"
    if not facts.service.non_device and target == facts.dcc:
        return f"{facts.request.variant} is addressed to a device, not to the DCC ({facts.dcc})"
    return None


def request_id_is_new(facts: Envelope) -> str | None:
    """The RequestID was not used before for another content."""
    if facts.facts.request_id_used_by is None:
        return None
    return f"RequestID {facts.request.request_id} was used for another request (trace {facts.facts.request_id_used_by})"


def counter_is_the_latest(facts: Envelope) -> str | None:
    """No later counter was used for the device before: counters are moments, and a device expects them to rise."""
    later = facts.facts.later_counter
    if later is None:
        return None
    return f"counter {facts.request.request_id.counter} comes after {later}; the device may refuse it as a replay"


def pre_command_was_issued(facts: Envelope) -> str | None:
    """A Signed Pre-Command answers a Pre-Command that was issued under the same RequestID."""
    if facts.facts.pre_command_issued:
        return None
    return f"no Pre-Command was issued under RequestID {facts.request.request_id}"
