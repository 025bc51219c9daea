"""What a change of one fact is: candidates for what would make a refused request pass.

Which changes there are is ``changes_of_request``'s and ``changes_of_world``'s; whether one helps is for ``remedies``
to find out, by deciding again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from routing.facts import Facts
from routing.parties import Party
from routing.rules import Rules
from routing.service import Service
from schemas.request import AnyBody, ServiceRequest


class Kind(StrEnum):
    """Which fact is changed, the smallest change first: what the sender writes, how it sends it, who it is, what the
    device is, what the configuration says."""

    COMMAND_VARIANT = "command-variant"
    WEB_SERVICE = "web-service"
    EXECUTION = "execution-time"
    FIRMWARE = "firmware"
    SEQUENCE = "sequence"
    SCHEMA_VERSION = "schema-version"
    REQUEST_ID = "request-id"
    TARGET = "target"
    DEVICE_TYPE = "device-type"
    PRECEDING = "preceding-request"
    PRE_COMMAND = "pre-command"
    ROLE = "role"
    REGISTRATION = "registration"
    PARTY_STATUS = "party-status"
    DEVICE_STATUS = "device-status"
    HUB = "hub"
    PPMID_POLICY = "ppmid-policy"
    ADVICE = "advice"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Of one fact."""

    of: Kind
    found: str
    """As the request or the world has it."""
    wanted: str
    """As it would have to be."""
    words: str
    """What to do, as the end of a sentence: 'to pass, ...'."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """One change with the facts and rules as they would be then."""

    change: Change
    facts: Facts
    rules: Rules


Candidates = Callable[[Facts, Rules], Iterator[Candidate]]


def service_of(facts: Facts, rules: Rules) -> Service | None:
    """``None`` for a service that is not decided here."""
    return rules.services.get(facts.request.variant)


def with_request(facts: Facts, **changes: object) -> Facts:
    """The facts with fields of the request changed."""
    request: ServiceRequest = msgspec.structs.replace(facts.request, **changes)
    return msgspec.structs.replace(facts, request=request)


def with_body(facts: Facts, **changes: object) -> Facts:
    """The facts with fields of the body changed."""
    body: AnyBody = msgspec.structs.replace(facts.request.body, **changes)
    return with_request(facts, body=body)


def with_party(facts: Facts, party: Party, **changes: object) -> Facts:
    """The facts with fields of the sender's record changed."""
    return msgspec.structs.replace(facts, party=msgspec.structs.replace(party, **changes))
