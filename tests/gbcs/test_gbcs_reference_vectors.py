"""Our messages against the published ones, octet for octet. Skipped where the reference set is absent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs import axdr, der, gbz
from gbcs.build import build_command, build_pre_command, complete_command, verify_signed_pre_command
from gbcs.crypto import verify, verify_mac
from gbcs.facts import DeviceFacts
from gbcs.message import Command, GeneralSigned
from gbcs.octets import length_octets
from gbcs.refusal import Refused
from schemas.request import ServiceRequest
from schemas.vocabulary import DeviceType, Eui64, RequestId, UserId

BUILD_TIME = datetime(2015, 1, 1, tzinfo=UTC)
BROKER = UserId.parse("90-B3-D5-1F-30-00-00-02")
LOAD_CONTROLLER = UserId.parse("90-B3-D5-1F-30-01-00-08")
SUPPLIER = UserId.parse("90-B3-D5-1F-30-01-00-00")

COMMANDS = [
    pytest.param("ECS17b_4.1.1_SINGLE_SUCCESS", DeviceType.ESME, 0, id="ECS17b reads import registers of an ESME"),
    pytest.param("GCS13a_4.1.1_SUCCESS_RELIABLE_GSME", DeviceType.GSME, 0, id="GCS13a reads import registers, GSME"),
    pytest.param("GCS13a_4.1.1_SUCCESS_RELIABLE_GPF", DeviceType.GPF, 0, id="GCS13a reads import registers, GPF"),
    pytest.param("ECS22b_4.8.1_SINGLE_SUCCESS", DeviceType.ESME, 0, id="ECS22b reads the profile of an ESME"),
    pytest.param("GCS17_4.8.1_SUCCESS", DeviceType.GSME, 0, id="GCS17 reads the profile of a GSME"),
    pytest.param("CS01a_2.2_SUCCESS", DeviceType.ESME, 0, id="CS01a tops an ESME up"),
    pytest.param("CS01b_2.2_SUCCESS", DeviceType.GSME, 0, id="CS01b tops a GSME up"),
    pytest.param("CCS01_8.11_SUCCESS", DeviceType.CHF, 0x516, id="CCS01 adds to the hub's device log"),
    pytest.param("CCS02_8.11_SUCCESS", DeviceType.CHF, 0x516, id="CCS02 removes from the hub's device log"),
    pytest.param("ECS52_11.2_SUCCESS", DeviceType.ESME, 0, id="ECS52 reads the firmware version of an ESME"),
    pytest.param("GCS38_11.2_SUCCESS", DeviceType.GSME, 0, id="GCS38 reads the firmware version of a GSME"),
    pytest.param("CS08_11.2_SUCCESS", DeviceType.PPMID, 0x514, id="CS08 reads the firmware version of a PPMID"),
]
CRITICAL = [
    pytest.param("ECS43_7.2_SUCCESS", DeviceType.ESME, id="ECS43 disables the supply of an ESME"),
    pytest.param("GCS32_7.2_SUCCESS", DeviceType.GSME, id="GCS32 disables the supply of a GSME"),
    pytest.param("CS06_11.3_IMMEDIATE_SUCCESS", DeviceType.ESME, id="CS06 activates firmware now"),
    pytest.param("CS06_11.3_CANCELLATION_SUCCESS", DeviceType.ESME, id="CS06 cancels an activation"),
]


@pytest.fixture
def request_of(template: Callable[[str], ServiceRequest]) -> Callable[[str], ServiceRequest]:
    """The request of a pair. CS08's template names the broker where its vector has the supplier."""

    def read(stem: str) -> ServiceRequest:
        request = template(stem)
        if request.request_id.originator != BROKER:
            return request
        corrected = RequestId(SUPPLIER, request.request_id.target, request.request_id.counter)
        return msgspec.structs.replace(request, request_id=corrected)

    return read


def facts_of(request: ServiceRequest, device_type: DeviceType) -> DeviceFacts:
    return DeviceFacts(id=request.request_id.target, type=device_type)


@pytest.mark.parametrize(("stem", "device_type", "broker_counter"), COMMANDS)
def test_a_command_is_the_published_one(
    stem: str,
    device_type: DeviceType,
    broker_counter: int,
    request_of: Callable[[str], ServiceRequest],
    vectors: dict[str, bytes],
    secret_with: Callable[[Eui64], bytes],
) -> None:
    request = request_of(stem)
    facts = facts_of(request, device_type)
    secret = secret_with(facts.id)
    built = build_command(request, facts, BUILD_TIME, acb=BROKER, acb_counter=broker_counter, secret=secret)
    assert not isinstance(built, Refused), built
    assert vectors[f"{stem}_COMMAND"].hex() == built.hex()


@pytest.mark.parametrize(("stem", "device_type"), CRITICAL)
def test_a_pre_command_is_the_published_one(
    stem: str, device_type: DeviceType, request_of: Callable[[str], ServiceRequest], vectors: dict[str, bytes]
) -> None:
    request = request_of(stem)
    built = build_pre_command(request, facts_of(request, device_type), BUILD_TIME)
    assert not isinstance(built, Refused), built
    assert vectors[f"{stem}_PRECOMMAND"].hex() == built.hex()


@pytest.mark.parametrize(("stem", "device_type"), CRITICAL)
def test_a_critical_command_is_completed_to_the_published_one(
    stem: str,
    device_type: DeviceType,
    request_of: Callable[[str], ServiceRequest],
    vectors: dict[str, bytes],
    messages: dict[str, Command | GeneralSigned],
    secret_with: Callable[[Eui64], bytes],
    signing_keys: dict[Eui64, list[ec.EllipticCurvePublicKey]],
) -> None:
    request = request_of(stem)
    issued = build_pre_command(request, facts_of(request, device_type), BUILD_TIME)
    assert not isinstance(issued, Refused), issued
    published = messages[f"{stem}_COMMAND"]
    assert isinstance(published, Command)
    signature = published.message.signature
    assert signature is not None
    signed = issued + length_octets(len(signature)) + signature
    verdicts = [verify_signed_pre_command(signed, key) for key in signing_keys[request.request_id.originator]]
    assert None in verdicts
    built = complete_command(issued, signed, secret=secret_with(request.request_id.target))
    assert not isinstance(built, Refused), built
    assert vectors[f"{stem}_COMMAND"].hex() == built.hex()


def test_every_published_message_survives_decoding_and_encoding(
    vectors: dict[str, bytes], messages: dict[str, Command | GeneralSigned]
) -> None:
    assert len(vectors) > 300
    assert vectors == {name: message.encode() for name, message in messages.items()}


def test_every_published_payload_survives_decoding_and_encoding(messages: dict[str, Command | GeneralSigned]) -> None:
    contents = {name: signed_of(message).content for name, message in messages.items()}
    assert contents == {name: recode(content) for name, content in contents.items()}


def recode(content: bytes) -> bytes:
    if content[0] == axdr.ACCESS_REQUEST:
        return axdr.decode_access_request(content).encode()
    if content.startswith(gbz.PROFILE):
        return gbz.encode(gbz.decode(content))
    return der.decode(content).encode()


def test_every_published_mac_verifies(
    messages: dict[str, Command | GeneralSigned], secret_with: Callable[[Eui64], bytes]
) -> None:
    commands = {name: message for name, message in messages.items() if isinstance(message, Command)}
    failed = [n for n, c in commands.items() if not verify_mac(c, secret_with(c.message.header.recipient))]
    assert len(commands) > 200
    assert [] == failed


def test_every_published_signature_verifies(
    messages: dict[str, Command | GeneralSigned], signing_keys: dict[Eui64, list[ec.EllipticCurvePublicKey]]
) -> None:
    signed = {name: signed_of(message) for name, message in messages.items() if signed_of(message).signature}
    without_certificate = {m.header.originator for m in signed.values()} - signing_keys.keys()
    failed = [
        name
        for name, message in signed.items()
        if message.header.originator not in without_certificate
        and not any(verify(key, message) for key in signing_keys[message.header.originator])
    ]
    assert {LOAD_CONTROLLER} == without_certificate
    assert len(signed) > 80
    assert [] == failed


def signed_of(message: Command | GeneralSigned) -> GeneralSigned:
    return message.message if isinstance(message, Command) else message
