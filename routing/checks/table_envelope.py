"""TABLE: the checks that come before any device is looked at, in their order. ``table`` says what the order is.

Sender, service and role, body, command variant, web service, target, RequestID, execution time, sequence.
"""

from __future__ import annotations

from typing import Final

from routing.checks import dates, envelope, sender, sequence
from routing.checks.check import Applies, Check
from routing.checks.fact import Fact
from routing.facts import Envelope, Received
from schemas.vocabulary import SIGNED_PRE_COMMANDS, Basis, ResponseCode

_TITLES: Final = "DCC Systems Response Codes"


def _code(text: str) -> ResponseCode:
    return ResponseCode(text)


RECEIVED: Final[tuple[Check[Received], ...]] = (
    Check(
        name="party-is-known",
        code=_code("E1"),
        ask=sender.party_is_known,
        cites=f"{_TITLES}, E1",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.ORIGINATOR, Fact.ROLES),
        remedy="send as a user that is registered with the DCC, or have the party added",
    ),
    Check(
        name="party-is-active",
        code=_code("E3"),
        ask=sender.party_is_active,
        cites=f"{_TITLES}, E3",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.ORIGINATOR,),
        remedy="wait until the party is active again",
    ),
    Check(
        name="schema-version-is-known",
        code=_code("E55"),
        ask=envelope.schema_version_is_known,
        cites="ours: the schema takes any decimal, and an unknown version's meaning and codes are not known",
        basis=Basis.ASSUMED,
        reads=(Fact.SCHEMA_VERSION,),
        remedy="declare a version of DUIS that the gateway answers",
    ),
    Check(
        name="service-is-decided-here",
        code=_code("E60"),
        ask=envelope.service_is_decided_here,
        cites="ours: an unknown service is refused, not unchecked",
        basis=Basis.ASSUMED,
        reads=(Fact.SERVICE,),
        remedy="use one of the services that `duis-gateway services` lists",
    ),
)

ENVELOPE: Final[tuple[Check[Envelope], ...]] = (
    Check(
        name="role-may-send-service",
        code=_code("E2"),
        ask=sender.role_may_send_service,
        cites=f"{_TITLES}, E2; service request matrix",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.ROLES, Fact.ELIGIBLE_ROLES, Fact.SCHEMA_VERSION),
        remedy="send in a role that is eligible for the service",
    ),
    Check(
        name="body-fits-service",
        code=_code("E61"),
        ask=envelope.body_fits_service,
        cites="DUIS schema, Body",
        basis=Basis.ASSUMED,
        reads=(Fact.SERVICE, Fact.BODY, Fact.COMMAND_VARIANT),
        remedy="make body, ServiceReference and ServiceReferenceVariant those of one service",
    ),
    Check(
        name="variant-suits-service",
        code=_code("E12"),
        ask=envelope.variant_suits_service,
        cites=f"{_TITLES}, E12; DUIS schema, CommandVariant",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.COMMAND_VARIANT, Fact.SERVICE_VARIANTS, Fact.SMETS1_SERVICES),
        remedy="use a command variant that the service takes",
    ),
    Check(
        name="web-service-suits-variant",
        code=_code("E13"),
        ask=envelope.web_service_suits_variant,
        cites=f"{_TITLES}, E13; DUIS schema, CommandVariant",
        basis=Basis.TRANSCRIBED,
        reads=(Fact.COMMAND_VARIANT, Fact.WEB_SERVICE),
        remedy="post to the web service that takes this command variant",
    ),
    Check(
        name="target-suits-service",
        code=_code("E62"),
        ask=envelope.target_suits_service,
        cites="RTDS templates of 11.1 and 12.2",
        basis=Basis.ASSUMED,
        reads=(Fact.SERVICE, Fact.TARGET),
        remedy="address non-device requests to the Access Control Broker and others to a device",
    ),
    Check(
        name="request-id-is-new",
        code=_code("E63"),
        ask=envelope.request_id_is_new,
        cites="ours: no RequestID is accepted twice with other content",
        basis=Basis.ASSUMED,
        reads=(Fact.EARLIER_USE,),
        remedy="use a counter that was not used before",
    ),
    Check(
        name="counter-is-the-latest",
        code=_code("E48"),
        ask=envelope.counter_is_the_latest,
        cites="ours: counters are moments and arrive out of order; devices protect themselves; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.LATER_COUNTER,),
        remedy="use a counter above those that were used for the device",
        advises=True,
    ),
    Check(
        name="pre-command-was-issued",
        code=_code("E64"),
        ask=envelope.pre_command_was_issued,
        cites="DCC client library: variant 5 reuses the RequestID of its variant 4",
        basis=Basis.ASSUMED,
        reads=(Fact.PRE_COMMAND,),
        remedy="transform the request first (variant 4) and reuse its RequestID",
        applies=Applies(variants=SIGNED_PRE_COMMANDS),
    ),
    Check(
        name="service-may-be-future-dated",
        code=_code("E44"),
        ask=dates.service_may_be_dated,
        cites="service request matrix, future dating; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.EXECUTION, Fact.FUTURE_DATING),
        remedy="leave ExecutionDateTime out",
    ),
    Check(
        name="variant-may-be-future-dated",
        code=_code("E45"),
        ask=dates.variant_may_be_dated,
        cites="DUIS schema, CommandVariant; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.COMMAND_VARIANT, Fact.EXECUTION),
        remedy="leave ExecutionDateTime out, or use a variant that sends without a local copy",
    ),
    Check(
        name="execution-time-is-ahead",
        code=_code("E46"),
        ask=dates.execution_is_ahead,
        cites="ours: nothing can be done in the past",
        basis=Basis.ASSUMED,
        reads=(Fact.EXECUTION, Fact.TIME),
        remedy="give a later ExecutionDateTime, or none",
    ),
    Check(
        name="execution-time-is-within-horizon",
        code=_code("E47"),
        ask=dates.execution_is_within_horizon,
        cites="from memory: 30 days; rules.future_dating_days of the configuration",
        basis=Basis.ASSUMED,
        reads=(Fact.EXECUTION, Fact.TIME, Fact.HORIZON),
        remedy="give an earlier ExecutionDateTime",
    ),
    Check(
        name="held-request-is-cancelled",
        code=_code("E49"),
        ask=dates.something_is_held,
        cites="RTDS: the year 3000 cancels on devices; that it does so at the DSP, and the code, are assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.SERVICE, Fact.EXECUTION, Fact.HELD, Fact.FUTURE_DATING),
        remedy="cancel before the request is handed on, with its service and device",
    ),
    Check(
        name="sequence-is-consistent",
        code=_code("E43"),
        ask=sequence.sequence_is_consistent,
        cites="DUIS schema, FirstInSequence and PrecedingServiceRequestID; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.SEQUENCE,),
        remedy="give PrecedingServiceRequestID to the second request of a sequence and to those after it",
    ),
    Check(
        name="preceding-request-is-known",
        code=_code("E40"),
        ask=sequence.preceding_request_is_known,
        cites="DUIS schema, PrecedingServiceRequestID; the code is assumed",
        basis=Basis.ASSUMED,
        reads=(Fact.SEQUENCE, Fact.PRECEDING),
        remedy="send the preceding request first",
    ),
    Check(
        name="preceding-request-is-answered",
        code=_code("E41"),
        ask=sequence.preceding_request_is_answered,
        cites="ours: no request is held back here until another has been done",
        basis=Basis.ASSUMED,
        reads=(Fact.SEQUENCE, Fact.PRECEDING),
        remedy="send the request once the preceding one has been answered",
    ),
)
