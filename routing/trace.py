"""The routing trace: the versioned record that operators read and that replay decides again.

It names revisions, facts and the body values that checks read, never the raw body. Values in
``masked`` were left out on purpose.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

TRACE_VERSION = 1


class Answer(StrEnum):
    """What a check said."""

    PASSED = "passed"
    REFUSED = "refused"
    ADVISED = "advised"
    NOT_ASKED = "not-asked"


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One check, as it went."""

    check: str
    answer: Answer
    code: str | None = None
    reason: str | None = None


class HandOffAttempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try to deliver."""

    at: datetime
    hand_off: str
    far: str
    name: str
    outcome: str
    """``delivered``, ``retry`` or ``dead-letter``."""
    status: int | None = None
    error: str | None = None
    milliseconds: float = 0.0


class RoutingTrace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened to one request, and why."""

    trace_id: str
    received_at: datetime
    web_service: str
    version: int = TRACE_VERSION
    traceparent: str | None = None
    octets: int = 0
    """Size of the received document."""
    revisions: dict[str, str] = msgspec.field(default_factory=dict)
    """Of everything in force: ``products``, ``schema``, ``rules``, ``settings``."""
    request_id: str | None = None
    originator: str | None = None
    device: str | None = None
    """The device concerned: the target, or the one device that a non-device request names."""
    variant: str | None = None
    command_variant: int | None = None
    digest: str | None = None
    """Hexadecimal digest that was signed."""
    facts: msgspec.Raw | None = None
    """JSON of ``routing.facts.Facts``: what the decision was made from."""
    verdicts: tuple[Verdict, ...] = ()
    treatment: str | None = None
    treatment_reason: str | None = None
    destinations: tuple[str, ...] = ()
    destination_reason: str | None = None
    outcome: str = ""
    """Name of a row of ``gateway.replies``."""
    status: int = 0
    """HTTP status of the synchronous answer."""
    code: str | None = None
    reason: str | None = None
    masked: tuple[str, ...] = ()
    timings: dict[str, float] = msgspec.field(default_factory=dict)
    """Milliseconds per step."""
    attempts: tuple[HandOffAttempt, ...] = ()
    events: tuple[str, ...] = ()
