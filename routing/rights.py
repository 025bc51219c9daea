"""Rights to a device that follow from registration. Rights to a service by role are ``Envelope.roles``."""

from __future__ import annotations

from typing import Final

from routing.facts import Located
from routing.inventory import Device
from schemas.vocabulary import UserRole

REGISTERED_ROLES: Final = frozenset(UserRole) - {
    UserRole.REGISTERED_SUPPLIER_AGENT,
    UserRole.OTHER_USER,
    UserRole.METER_DATA_RETRIEVER,
}
"""Roles whose rights to a device follow from registration; the others' do not (assumed)."""


def unregistered(facts: Located, device: Device) -> str | None:
    """Why the sender has no right to the device by registration, or ``None``."""
    roles = facts.roles
    if not roles <= REGISTERED_ROLES:
        return None
    mpxns = facts.mpxns_around(device)
    if not mpxns:
        return None  # nothing is measured there yet: a hub before its first meter (assumed)
    sender, when = facts.request.request_id.originator, facts.required_time
    for registration in facts.facts.registrations:
        if (
            registration.party == sender
            and registration.mpxn in mpxns
            and registration.role in roles
            and registration.covers(when)
        ):
            return None
    eligible = " or ".join(sorted(roles))
    return f"{sender} is registered for none of {', '.join(mpxns)} as {eligible} at {when:%Y-%m-%dT%H:%M:%SZ}"
