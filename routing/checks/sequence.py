"""FirstInSequence and PrecedingServiceRequestID: sequenced requests.

Nothing is held back here until another request has been done: a sequenced request is taken when the one before it
has been answered, and refused until then. The official codes and their conditions were not at hand.
"""

from __future__ import annotations

from routing.facts import Envelope, Preceding


def sequence_is_consistent(facts: Envelope) -> str | None:
    """The first request of a sequence follows no other, and none follows itself."""
    request = facts.request
    if request.preceding is None:
        return None
    if request.first_in_sequence:
        return f"FirstInSequence is true, and the request follows {request.preceding}"
    if request.preceding == request.request_id:
        return f"{request.request_id} follows itself"
    return None


def preceding_request_is_known(facts: Envelope) -> str | None:
    """The request that a sequenced one follows was accepted from the same user."""
    preceding = facts.request.preceding
    if preceding is None:
        return None
    if preceding.originator != facts.request.request_id.originator:
        return f"the preceding request {preceding} is another user's"
    if facts.facts.preceding is Preceding.UNKNOWN:
        return f"no preceding request {preceding} was accepted"
    return None


def preceding_request_is_answered(facts: Envelope) -> str | None:
    """The request that a sequenced one follows has been answered."""
    if facts.request.preceding is None or facts.facts.preceding is not Preceding.OPEN:
        return None
    return f"the preceding request {facts.request.preceding} has not been answered"
