"""The target device: that it is there, its type, its status, who may address it, how it can be reached."""

from __future__ import annotations

from typing import Final

from routing.destination import NOT_OVER_WAN, region_of
from routing.facts import Located, Target
from routing.policy import Policy
from routing.rights import unregistered
from routing.service import Service
from schemas.vocabulary import CommandVariant, Generation

_SENT: Final = frozenset({CommandVariant.SEND})


def device_exists(facts: Located) -> str | None:
    """The target is in the inventory."""
    target = facts.request.request_id.target
    return None if target in facts.devices else f"{target} is not in the inventory"


def device_type_suits_service(facts: Target) -> str | None:
    """The service is defined for this type of device."""
    allowed = facts.service.device_types
    if facts.device.type in allowed:
        return None
    names = " ".join(t.value for t in allowed)
    return f"{facts.request.variant} is for {names}; {facts.device.id} is {facts.device.type.value}"


def device_is_joined_to_its_kind(facts: Target) -> str | None:
    """The device is not one that was joined to the wrong kind of installation."""
    return facts.treatment.misjoined


def device_status_suits_service(facts: Target) -> str | None:
    """The inventory status of the device permits the service."""
    status, allowed = facts.device.status, facts.service.device_statuses
    if status is None or status in allowed:
        return None
    names = ", ".join(s.value for s in allowed)
    return f"{facts.device.id} is {status.value}; {facts.request.variant} needs {names}"


def sender_is_registered(facts: Target) -> str | None:
    """The sender is registered for a meter point of the device, in an eligible role, at the required time."""
    return unregistered(facts, facts.device)


def variants_for(generation: Generation, service: Service, policy: Policy) -> frozenset[CommandVariant]:
    """The command variants that a service takes where the device is treated as that generation."""
    if generation is Generation.SMETS2:
        return service.command_variants
    return frozenset({policy.smets1_critical_variant}) if service.critical else _SENT


def variant_suits_treatment(facts: Target) -> str | None:
    """The command variant is one for this generation of device."""
    variant = facts.request.command_variant
    taken = variants_for(facts.treatment.generation, facts.service, facts.policy)
    if variant in taken:
        return None
    listed = " ".join(str(int(v)) for v in sorted(taken))
    return (
        f"{facts.device.id} is treated as {facts.treatment.generation.value}, where {facts.request.variant} "
        f"takes command variant {listed}, not {int(variant)}"
    )


def service_is_available_for_smets1(facts: Target) -> str | None:
    """The service is one of those that SMETS1 devices offer."""
    if facts.service.smets1 is not None:
        return None
    return f"{facts.request.variant} is not available for SMETS1 devices, and {facts.device.id} is treated as one"


def destination_is_known(facts: Target) -> str | None:
    """The provider that the device is reached through is configured."""
    if facts.treatment.generation is Generation.SMETS1:
        if facts.treatment.s1sp in facts.routes.s1sps:
            return None
        return f"{facts.device.id} is operated by S1SP {facts.treatment.s1sp or '(none)'}, which is not configured"
    if facts.request.command_variant in NOT_OVER_WAN:
        return None
    region = region_of(facts)
    if region in facts.routes.regions:
        return None
    return f"{facts.device.id} is in WAN region {region or '(none)'}, which is not configured"
