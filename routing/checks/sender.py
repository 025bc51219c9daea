"""Who sends: party, status, role."""

from __future__ import annotations

from routing.facts import Envelope, Received
from schemas.vocabulary import UserStatus


def party_is_known(facts: Received) -> str | None:
    """The originator is a party and holds at least one user role."""
    if facts.party is None:
        return f"{facts.request.request_id.originator} is not a party"
    if not facts.party.roles:
        return f"{facts.party.id} ({facts.party.name}) holds no user role"
    return None


def party_is_active(facts: Received) -> str | None:
    """The originator's status lets it send."""
    if facts.party is not None and facts.party.status is not UserStatus.ACTIVE:
        return f"{facts.party.id} ({facts.party.name}) is {facts.party.status.value}, not {UserStatus.ACTIVE.value}"
    return None


def role_may_send_service(facts: Envelope) -> str | None:
    """One of the originator's roles is eligible for the service."""
    if facts.roles:
        return None
    held = " ".join(facts.party.roles) if facts.party is not None else "none"
    eligible = " ".join(sorted(facts.service.roles_in(facts.request.schema_version))) or "no user role"
    return f"{facts.request.variant} is for {eligible}; the originator holds {held}"
