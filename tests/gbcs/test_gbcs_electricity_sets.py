"""Sets and actions on electricity meters against the published messages. Skipped without the reference set."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from test_gbcs_reference_vectors import BROKER, BUILD_TIME

from gbcs.build import build_command, build_pre_command, complete_command
from gbcs.facts import DeviceFacts
from gbcs.message import Command, GeneralSigned
from gbcs.octets import length_octets
from gbcs.refusal import Refused
from schemas.request import OtherBody, Part, ServiceRequest
from schemas.vocabulary import CommandVariant, DeviceType, Eui64

BROKER_COUNTER = 1300
ONE_PHASE: dict[str, object] = {"phases": 1}
PUBLISHED: dict[str, dict[str, object]] = {
    "ECS01a_1.1.1_CANCELLATION_TOU_BLOCK_SUCCESS": {},
    "ECS01a_1.1.1_IMMEDIATE_BLOCK_SUCCESS": {},
    "ECS01b_1.2.1_FUTURE_DATED_TOU_BLOCK_SUCCESS": {},
    "ECS01b_1.2.1_IMMEDIATE_TOU_SUCCESS": {},
    "ECS01c_1.1.2_CANCELLATION_SUCCESS": {},
    "ECS01c_1.1.2_IMMEDIATE_SUCCESS": {},
    "ECS01d_1.2.2_CANCELLATION_SUCCESS": {},
    "ECS01d_1.2.2_FUTURE_DATED_SUCCESS": {},
    "ECS02_1.6_FUTURE_DATED_TWIN_SUCCESS": {"twin_element": True},
    "ECS02_1.6_IMMEDIATE_SINGLE_SUCCESS": {},
    "ECS03_1.6_CANCELLATION_TWIN_SUCCESS": {"twin_element": True},
    "ECS03_1.6_IMMEDIATE_SINGLE_SUCCESS": {},
    "ECS04a_1.5_SUCCESS": {},
    "ECS04b_1.5_SUCCESS": {},
    "ECS05_1.7_SUCCESS": {},
    "ECS07_2.3_SUCCESS": {},
    "ECS08_2.1_CANCELLATION_SUCCESS": {"gbcs_version": "1.1"},
    "ECS08_2.1_FUTURE_DATED_SUCCESS": {"gbcs_version": "1.1"},
    "ECS08a_2.1_FUTURE_DATED_SUCCESS": {"gbcs_version": "4.1"},
    "ECS08a_2.1_IMMEDIATE_SUCCESS": {"gbcs_version": "4.1"},
    "ECS09_2.5_SUCCESS": {},
    "ECS10_3.1_SUCCESS": {},
    "ECS12_3.2_SUCCESS": {},
    "ECS14_3.5_SUCCESS": {},
    "ECS15a_3.3_SUCCESS": {},
    "ECS15c_3.3_SUCCESS": {},
    "ECS16_3.4_SUCCESS": {},
    "ECS25a_6.22_SUCCESS": ONE_PHASE,
    "ECS25a1_6.22_SUCCESS": {},
    "ECS25a2_6.22_SUCCESS": {},
    "ECS25a3_6.22_SUCCESS": {},
    "ECS25b_6.22_SUCCESS": ONE_PHASE,
    "ECS25b3_6.22_SUCCESS": {},
    "ECS28a_6.4.1_FUTURE_DATED_SUCCESS": {},
    "ECS28a_6.4.1_IMMEDIATE_SUCCESS": {},
    "ECS28b_6.4.2_SUCCESS": {},
    "ECS29a_6.5_SUCCESS": {},
    "ECS29b_6.5_SUCCESS": {},
    "ECS29c_6.5_SUCCESS": {},
    "ECS29d_6.5_SUCCESS": {},
    "ECS29e_6.27_SUCCESS": ONE_PHASE,
    "ECS29f_6.27_SUCCESS": {"phases": 3},
    "ECS30_6.8_SUCCESS": {},
    "ECS30a_6.8_SUCCESS": {},
    "ECS34_6.12_SUCCESS": {},
    "ECS37_6.18.1_SUCCESS": {},
    "ECS38_7.12_SUCCESS": {},
    "ECS39a_6.20.1_SINGLE_SUCCESS": {},
    "ECS39a_6.20.1_TWIN_SUCCESS": {},
    "ECS39b_6.20.2_SUCCESS": {},
    "ECS42_7.1_SUCCESS": {},
    "ECS44_7.3_SUCCESS": {},
    "ECS46a_6.14.1_ALL_OPTIONALS_SUCCESS": {},
    "ECS46a_6.14.1_SOME_OPTIONALS_SUCCESS": {},
    "ECS46c_6.14.2_CANCELLATION_ALL_OPTIONALS_SUCCESS": {},
    "ECS46c_6.14.2_IMMEDIATE_SOME_OPTIONALS_SUCCESS": {},
    "ECS46d_6.14.3_CANCELLATION_APC_OUTPUT_SUCCESS": {"type": DeviceType.HCALCS},
    "ECS46d_6.14.3_IMMEDIATE_ALCS_SUCCESS": {},
    "ECS46d_6.14.3_IMMEDIATE_APC_OUTPUT_SUCCESS": {},
    "ECS47Activate_7.5_SUCCESS": {},
    "ECS47Deactivate_7.6_SUCCESS": {},
    "ECS47Reset_7.8_SUCCESS": {},
    "ECS47a_7.13_ALCS_ACTIVATE_SUCCESS": {},
    "ECS47a_7.13_APC_INPUT_SUCCESS": {},
    "ECS47e_7.16_APC_INPUT_SUCCESS": {},
    "ECS47e_7.16_APC_OUTPUT_SUCCESS": {},
    "ECS48_6.26_SUCCESS": {},
    "ECS50_9.1_SUCCESS": {"customer_identification_number": "1234"},
    "ECS57_6.18.2_ALL_OPTIONALS_SUCCESS": {},
    "ECS62Add_7.9_SUCCESS": {},
    "ECS62Remove_7.10_SUCCESS": {},
    "ECS70Commission_8.1.1_SUCCESS": {},
    "ECS70_6.11_SUCCESS": {},
    "ECS81_6.25_SUCCESS": {},
}
"""Stems of the published pairs, and what their requests do not say of the meter."""
ALERTS_OF_ECS25A = Part(
    "ElectricitySupplierAlerts",
    parts=(
        Part(
            "SupplierESMECommon",
            parts=(
                Part("x810D", "Enable"),
                Part("x810E", "Disable"),
                Part("x81C4", "Disable"),
                Part("x81C5", "Disable"),
            ),
        ),
    ),
)
"""What its message sets; its request names x81B7 instead of the last two."""


@pytest.fixture
def corrected(template: Callable[[str], ServiceRequest]) -> Callable[[str], ServiceRequest]:
    """The request of a pair, its body as its message has it."""

    def read(stem: str) -> ServiceRequest:
        request = template(stem)
        if stem != "ECS25a_6.22_SUCCESS":
            return request
        body = OtherBody(element="ConfigureAlertBehaviour", parts=(ALERTS_OF_ECS25A,))
        return msgspec.structs.replace(request, body=body)

    return read


def facts_of(request: ServiceRequest, known: dict[str, object]) -> DeviceFacts:
    facts = DeviceFacts(id=request.request_id.target, type=DeviceType.ESME)
    return msgspec.structs.replace(facts, **known)


@pytest.mark.parametrize("stem", PUBLISHED)
def test_the_message_is_the_published_one(
    stem: str,
    corrected: Callable[[str], ServiceRequest],
    vectors: dict[str, bytes],
    messages: dict[str, Command | GeneralSigned],
    secret_with: Callable[[Eui64], bytes],
) -> None:
    request = corrected(stem)
    facts = facts_of(request, PUBLISHED[stem])
    secret = secret_with(facts.id)
    if request.command_variant is not CommandVariant.TRANSFORM:
        built = build_command(request, facts, BUILD_TIME, acb=BROKER, acb_counter=BROKER_COUNTER, secret=secret)
    else:
        issued = build_pre_command(request, facts, BUILD_TIME)
        assert not isinstance(issued, Refused), issued
        assert vectors[f"{stem}_PRECOMMAND"].hex() == issued.hex()
        built = complete_command(issued, issued + signature_of(messages[f"{stem}_COMMAND"]), secret=secret)
    assert not isinstance(built, Refused), built
    assert vectors[f"{stem}_COMMAND"].hex() == built.hex()


def signature_of(message: Command | GeneralSigned) -> bytes:
    """The user's signature with its length, which nobody else can make."""
    assert isinstance(message, Command)
    signature = message.message.signature
    assert signature is not None
    return length_octets(len(signature)) + signature
