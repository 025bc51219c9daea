"""ExecutionDateTime: which requests may carry one, and how far from now.

Source: the comments of the DUIS schema on future dating (who holds it, and that only variants 1 and 5 have it);
that a date in the year 3000 cancels is what the Reference Test Data Set does. How far ahead is a setting.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from routing.facts import Envelope
from routing.services import FutureDating
from schemas.request import is_cancellation
from schemas.vocabulary import CommandVariant

DATED_VARIANTS: Final = frozenset({CommandVariant.SEND, CommandVariant.TRANSFORM, CommandVariant.SIGNED_SEND})
"""Those that are sent and nothing more, and the transformation that comes before a variant 5."""


def service_may_be_dated(facts: Envelope) -> str | None:
    """Only a service that may be future-dated carries an execution time."""
    if facts.request.body.execution is None or facts.service.future_dating is not FutureDating.NONE:
        return None
    return f"{facts.request.variant} is done at once; it takes no ExecutionDateTime"


def variant_may_be_dated(facts: Envelope) -> str | None:
    """A future-dated request is one to send, without a local copy."""
    variant = facts.request.command_variant
    if facts.request.body.execution is None or variant in DATED_VARIANTS:
        return None
    listed = " ".join(str(int(each)) for each in sorted(DATED_VARIANTS))
    return f"command variant {int(variant)} takes no ExecutionDateTime; {listed} do"


def execution_is_ahead(facts: Envelope) -> str | None:
    """The execution time of a future-dated request is not past."""
    execution, now = facts.request.body.execution, facts.facts.time
    if execution is None or execution >= now:
        return None
    return f"ExecutionDateTime {execution:%Y-%m-%dT%H:%M:%SZ} is past: it is {now:%Y-%m-%dT%H:%M:%SZ}"


def execution_is_within_horizon(facts: Envelope) -> str | None:
    """The execution time is no further ahead than the horizon, or cancels what is held."""
    execution, days = facts.request.body.execution, facts.policy.future_dating_days
    if execution is None or execution - facts.facts.time <= timedelta(days=days):
        return None
    if is_cancellation(execution):
        return None
    return f"ExecutionDateTime {execution:%Y-%m-%dT%H:%M:%SZ} is more than {days} days ahead"


def something_is_held(facts: Envelope) -> str | None:
    """What a cancellation would cancel is held by the DSP."""
    if facts.facts.held or not facts.cancels_what_the_dsp_holds:
        return None
    variant, target = facts.request.variant, facts.request.request_id.target
    return f"the year 3000 cancels, and no request of this user for {variant} at {target} is held"
