"""TABLE: outcome to HTTP status and document. The only place that knows both."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from schemas.request import Fault

XML: Final = "application/xml"
PROBLEM: Final = "application/problem+json"


class Outcome(StrEnum):
    """How the synchronous part of a request ended."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPEATED = "repeated"
    NOT_XML = "not-xml"
    FORBIDDEN_CONSTRUCT = "forbidden-construct"
    NOT_SCHEMA_VALID = "not-schema-valid"
    UNAUTHENTICATED = "unauthenticated"
    TOO_LARGE = "too-large"
    TOO_SLOW = "too-slow"
    INCOMPLETE = "incomplete"
    WRONG_CONTENT_TYPE = "wrong-content-type"
    WRONG_METHOD = "wrong-method"
    RATE_LIMITED = "rate-limited"
    OVERLOADED = "overloaded"
    UNAVAILABLE = "unavailable"
    BROKEN_OFF = "broken-off"
    FAULT = "fault"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    title: str = ""
    """Of the problem document; empty where a DUIS Response is the answer."""
    retry_after: int | None = None
    """Seconds."""


TABLE: Final[dict[Outcome, Row]] = {
    Outcome.ACCEPTED: Row(status=200),
    Outcome.REFUSED: Row(status=200),
    Outcome.REPEATED: Row(status=200),
    Outcome.NOT_XML: Row(status=400, title="The document is not well-formed XML"),
    Outcome.FORBIDDEN_CONSTRUCT: Row(status=400, title="The document has a construct that is not accepted"),
    Outcome.NOT_SCHEMA_VALID: Row(status=400, title="The document is not valid against the DUIS schema"),
    Outcome.UNAUTHENTICATED: Row(status=403, title="The signature or its certificate is not acceptable"),
    Outcome.TOO_SLOW: Row(status=408, title="The document did not arrive in time"),
    Outcome.INCOMPLETE: Row(status=400, title="The document did not arrive whole"),
    Outcome.TOO_LARGE: Row(status=413, title="The document is too large"),
    Outcome.WRONG_CONTENT_TYPE: Row(status=415, title="The content type must be application/xml"),
    Outcome.WRONG_METHOD: Row(status=405, title="Requests are posted"),
    Outcome.RATE_LIMITED: Row(status=429, title="This originator sends too much; nothing was accepted", retry_after=1),
    Outcome.OVERLOADED: Row(status=503, title="The gateway is busy or stopping; nothing was accepted", retry_after=1),
    Outcome.UNAVAILABLE: Row(
        status=503, title="The gateway cannot do its work just now; nothing was accepted", retry_after=5
    ),
    Outcome.BROKEN_OFF: Row(
        status=503,
        title="The gateway broke off; whether it accepted the document, the same document sent again tells",
        retry_after=5,
    ),
    Outcome.FAULT: Row(status=500, title="The gateway failed; the trace tells its operators why"),
}


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back over HTTP."""

    outcome: Outcome
    status: int
    content_type: str
    body: bytes
    trace_id: str
    retry_after: int | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457, with every error of a document once."""

    type: str
    title: str
    status: int
    trace: str
    detail: str = ""
    errors: tuple[Fault, ...] = ()


def document(outcome: Outcome, trace_id: str, body: bytes) -> Reply:
    """An answer with a DUIS Response."""
    return Reply(outcome=outcome, status=TABLE[outcome].status, content_type=XML, body=body, trace_id=trace_id)


def problem(outcome: Outcome, trace_id: str, detail: str = "", errors: Sequence[Fault] = ()) -> Reply:
    """An answer with a problem document."""
    row = TABLE[outcome]
    told = Problem(
        type=f"urn:duis-gateway:problem:{outcome.value}",
        title=row.title,
        status=row.status,
        trace=trace_id,
        detail=detail,
        errors=tuple(errors),
    )
    return Reply(
        outcome=outcome,
        status=row.status,
        content_type=PROBLEM,
        body=msgspec.json.encode(told),
        trace_id=trace_id,
        retry_after=row.retry_after,
    )
