"""What is fuzzed: one received document through ``read_request``, and what must hold of every outcome."""

from __future__ import annotations

import orjson
from schemas_world import CERTIFICATES, NOW, SCHEMA

from schemas.reading import Authentic, read_request, read_request_unverified
from schemas.records import to_builtins
from schemas.request import Malformed, ServiceRequest, Unauthenticated

LONGEST_FAULT = 4_000
"""Characters of a fault's message, path and hint together; a refusal must not outgrow what it refuses."""


class BrokenPromise(Exception):
    """An outcome that ``read_request`` says it never gives."""


def read(document: bytes) -> str:
    """The outcome's kind. Raises BrokenPromise, and whatever the reader raises."""
    # The parser for large documents is another; one document in eight must do.
    large = len(document) % 8 == 0
    match outcome := read_request(document, SCHEMA, CERTIFICATES, NOW, large=large):
        case Authentic(request=request):
            _check_authentic(outcome, document)
            orjson.dumps(to_builtins(request))
            return "authentic"
        case Malformed():
            _check_malformed(outcome, document)
        case Unauthenticated():
            pass
        case other:
            raise BrokenPromise(f"neither read nor refused: {other!r}")
    orjson.dumps(to_builtins(outcome))
    return outcome.kind


def _check_authentic(outcome: Authentic, document: bytes) -> None:
    """Values and signer are those of one document, and without its signature it reads to the same."""
    if outcome.certificate.eui != outcome.request.request_id.originator or len(outcome.digest) != 32:
        raise BrokenPromise(f"not of one document: {outcome!r}")
    alone = read_request_unverified(document, SCHEMA)
    if not isinstance(alone, ServiceRequest) or alone != outcome.request:
        raise BrokenPromise(f"{outcome.request!r} reads to {alone!r} without a signature check")


def _check_malformed(outcome: Malformed, document: bytes) -> None:
    """There is a fault, each has words, a place inside the document, and a bounded length."""
    if not outcome.faults:
        raise BrokenPromise(f"refused without a fault: {outcome!r}")
    lines = document.count(b"\n") + document.count(b"\r") + 1
    for fault in outcome.faults:
        if not fault.message or not 0 <= fault.line <= lines or not 0 <= fault.column <= len(document) + 1:
            raise BrokenPromise(f"a fault without words or place: {fault!r}")
        if len(fault.message) + len(fault.path) + len(fault.hint) > LONGEST_FAULT:
            raise BrokenPromise(f"a fault of {len(fault.message)} characters at {fault.path[:200]}")
