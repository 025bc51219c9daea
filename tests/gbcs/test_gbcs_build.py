"""From requests of our own to messages: frozen octets, completion of signed Pre-Commands, Responses, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from gbcs_requests import COMMANDS, PRE_COMMANDS, Own
from gbcs_world import (
    BROKER,
    BROKER_COUNTER,
    BUILD_TIME,
    COUNTER,
    DEVICE,
    JOINING,
    SECRET,
    USER,
    USER_KEY,
    addition,
    facts,
    request,
)

from gbcs.build import (
    build_command,
    build_pre_command,
    build_response,
    complete_command,
    verify_signed_pre_command,
)
from gbcs.crypto import sign, verify_mac
from gbcs.message import Command, CraFlag, GeneralSigned, SupplementaryParty, decode_message
from gbcs.refusal import NoUseCase, Refused
from gbcs.select import select_use_case
from gbcs.usecases.usecase import Originator, UseCase
from schemas.request import (
    ActivateFirmware,
    AnyBody,
    DisableSupply,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    TopUpDevice,
    UpdateHANDeviceLog,
)
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

FROZEN = Path(__file__).resolve().parent.parent / "vectors" / "gbcs" / "messages.json"


@pytest.fixture(scope="session")
def frozen() -> dict[str, str]:
    return json.loads(FROZEN.read_text())


def command(variant: str, body: AnyBody, device_type: DeviceType, build_time: datetime = BUILD_TIME) -> bytes | Refused:
    return build_command(
        request(variant, body),
        facts(device_type),
        build_time,
        acb=BROKER,
        acb_counter=BROKER_COUNTER,
        secret=SECRET,
    )


def pre_command(variant: str, body: AnyBody, device_type: DeviceType) -> bytes | Refused:
    return build_pre_command(request(variant, body), facts(device_type), BUILD_TIME)


def decoded(octets: bytes | Refused) -> Command:
    assert isinstance(octets, bytes), octets
    message = decode_message(octets)
    assert isinstance(message, Command)
    return message


@pytest.mark.parametrize("own", [pytest.param(own, id=own.name) for own in COMMANDS])
def test_a_command_has_its_frozen_octets(own: Own, frozen: dict[str, str]) -> None:
    built = command(own.variant, own.body, own.device_type)
    assert isinstance(built, bytes), built
    assert frozen[own.name] == built.hex()


@pytest.mark.parametrize("own", [pytest.param(own, id=own.name) for own in PRE_COMMANDS])
def test_a_pre_command_has_its_frozen_octets(own: Own, frozen: dict[str, str]) -> None:
    built = pre_command(own.variant, own.body, own.device_type)
    assert isinstance(built, bytes), built
    assert frozen[own.name] == built.hex()


def test_nothing_is_frozen_that_is_not_built(frozen: dict[str, str]) -> None:
    assert {own.name for own in (*COMMANDS, *PRE_COMMANDS)} == frozen.keys()


@pytest.mark.parametrize("own", [pytest.param(own, id=own.name) for own in COMMANDS])
def test_the_header_and_mac_of_a_command(own: Own) -> None:
    message = decoded(command(own.variant, own.body, own.device_type))
    header = message.message.header
    use_case = select_use_case(ServiceReferenceVariant(own.variant), own.body, facts(own.device_type), None)
    assert isinstance(use_case, UseCase)
    by_user = use_case.originator is Originator.USER
    assert (own.use_case, CraFlag.COMMAND, DEVICE) == (use_case.name, header.cra, header.recipient)
    assert ((USER, COUNTER) if by_user else (BROKER, BROKER_COUNTER)) == (header.originator, header.counter)
    certificate = getattr(own.body, "ka_credentials", None) or b""
    party = SupplementaryParty(id=USER, counter=COUNTER, key_agreement_certificate=certificate)
    assert (None if by_user else party) == header.supplementary_party
    assert verify_mac(message, SECRET)


# ---- refusals: nothing is built, and the reason names the field

REFUSED = [
    pytest.param(
        "8.11",
        addition(join_time_period=0),
        DeviceType.CHF,
        "CCS01: JoinTimePeriod should be 1 to 3600, found 0",
        id="no time to join",
    ),
    pytest.param(
        "8.11",
        addition(join_time_period=3601),
        DeviceType.CHF,
        "CCS01: JoinTimePeriod should be 1 to 3600, found 3601",
        id="more than an hour to join",
    ),
    pytest.param(
        "8.11",
        addition(install_code=bytes(5)),
        DeviceType.CHF,
        "CCS01: InstallCode should have 6 to 16 octets, found 5",
        id="a short install code",
    ),
    pytest.param(
        "8.11",
        addition(install_code=bytes(17)),
        DeviceType.CHF,
        "CCS01: InstallCode should have 6 to 16 octets, found 17",
        id="a long install code",
    ),
    pytest.param(
        "8.11",
        UpdateHANDeviceLog(device=JOINING, request_type="Add"),
        DeviceType.CHF,
        "CCS01: InstallCode is missing",
        id="an addition that says nothing of the device",
    ),
    pytest.param(
        "2.2",
        TopUpDevice(utrn="1234"),
        DeviceType.ESME,
        "CS01a: UTRN should be 20 decimal digits, found '1234'",
        id="a short UTRN on an ESME",
    ),
    pytest.param(
        "2.2",
        TopUpDevice(utrn="1234567890123456789x"),
        DeviceType.GSME,
        "CS01b: UTRN should be 20 decimal digits, found '1234567890123456789x'",
        id="a letter in a UTRN on a GSME",
    ),
    pytest.param(
        "2.2",
        TopUpDevice(utrn="٠" * 20),
        DeviceType.GSME,
        f"CS01b: UTRN should be 20 decimal digits, found '{'٠' * 20}'",
        id="digits of another script",
    ),
    pytest.param(
        "4.8.1",
        ReadActiveImportProfileData(start=BUILD_TIME, end=BUILD_TIME - timedelta(seconds=1)),
        DeviceType.ESME,
        "ECS22b: EndDateTime should not be before StartDateTime 2024-02-29T12:30:15+00:00,"
        " found 2024-02-29T12:30:14+00:00",
        id="a period that ends before it starts, ESME",
    ),
    pytest.param(
        "4.8.1",
        ReadActiveImportProfileData(start=BUILD_TIME, end=BUILD_TIME - timedelta(seconds=1)),
        DeviceType.GSME,
        "GCS17: EndDateTime should not be before StartDateTime 2024-02-29T12:30:15+00:00,"
        " found 2024-02-29T12:30:14+00:00",
        id="a period that ends before it starts, GSME",
    ),
    pytest.param(
        "4.8.1",
        ReadActiveImportProfileData(start=datetime(1999, 12, 31, tzinfo=UTC), end=BUILD_TIME),
        DeviceType.GSME,
        "GCS17: StartDateTime 1999-12-31T00:00:00+00:00 is outside 2000-01-01 to 2136-02-07,"
        " the range of a ZCL UTCTime",
        id="a start before the ZCL epoch",
    ),
    pytest.param(
        "4.8.1",
        ReadActiveImportProfileData(start=BUILD_TIME, end=BUILD_TIME + timedelta(minutes=30) * 0xFFFF),
        DeviceType.GSME,
        "GCS17: ReadLogPeriod should span at most 65535 half-hourly samples, found 65536",
        id="more samples than the field can tell",
    ),
    pytest.param(
        "7.2",
        DisableSupply(),
        DeviceType.ESME,
        "ECS43 is critical: its Command is completed from a Signed Pre-Command",
        id="a critical request as a Command",
    ),
]


@pytest.mark.parametrize(("variant", "body", "device_type", "reason"), REFUSED)
def test_a_command_is_refused(variant: str, body: AnyBody, device_type: DeviceType, reason: str) -> None:
    assert Refused(reason) == command(variant, body, device_type)


REFUSED_PRE_COMMANDS = [
    pytest.param(
        "11.3",
        ActivateFirmware(firmware_hash=bytes(31)),
        DeviceType.ESME,
        "CS06: FirmwareHash should have 32 octets, found 31",
        id="a short hash",
    ),
    pytest.param(
        "4.1.1",
        ReadInstantaneousImportRegisters(),
        DeviceType.ESME,
        "ECS17b is not critical: it has no Pre-Command",
        id="a read as a Pre-Command",
    ),
]


@pytest.mark.parametrize(("variant", "body", "device_type", "reason"), REFUSED_PRE_COMMANDS)
def test_a_pre_command_is_refused(variant: str, body: AnyBody, device_type: DeviceType, reason: str) -> None:
    assert Refused(reason) == pre_command(variant, body, device_type)


def test_a_build_time_that_zigbee_cannot_tell_is_refused() -> None:
    built = build_pre_command(request("7.2", DisableSupply()), facts(DeviceType.GSME), datetime(1999, 1, 1, tzinfo=UTC))
    assert (
        Refused(
            "GCS32: the build time 1999-01-01T00:00:00+00:00 is outside 2000-01-01 to 2136-02-07,"
            " the range of a ZCL UTCTime"
        )
        == built
    )


def test_facts_of_another_device_are_refused() -> None:
    of_another = facts(DeviceType.ESME, device=JOINING)
    built = build_pre_command(request("7.2", DisableSupply()), of_another, BUILD_TIME)
    reason = f"the facts are of {JOINING}, the request is addressed to {DEVICE}"
    assert NoUseCase(reason) == built


def test_a_service_without_a_use_case_on_the_device_is_refused() -> None:
    reason = "no GBCS use case of 11.2 is known for CHF; known for ESME, GSME, PPMID"
    assert NoUseCase(reason) == command("11.2", ReadFirmwareVersion(), DeviceType.CHF)


# ---- completion of a Signed Pre-Command


@pytest.fixture
def issued() -> bytes:
    built = pre_command("7.2", DisableSupply(), DeviceType.ESME)
    assert isinstance(built, bytes), built
    return built


@pytest.fixture
def signed(issued: bytes) -> bytes:
    message = decode_message(issued)
    assert isinstance(message, GeneralSigned)
    return sign(USER_KEY, message).encode()


def test_a_signed_pre_command_becomes_a_command(issued: bytes, signed: bytes) -> None:
    assert verify_signed_pre_command(signed, USER_KEY.public_key()) is None
    built = decoded(complete_command(issued, signed, secret=SECRET))
    assert signed == built.message.encode()
    assert verify_mac(built, SECRET)


SPOILED = [
    pytest.param(
        lambda issued, signed: issued, "the Pre-Command came back without a signature", id="it came back unsigned"
    ),
    pytest.param(
        lambda issued, signed: issued + b"\x00",
        "the Pre-Command came back without a signature",
        id="it says that it is unsigned",
    ),
    pytest.param(
        lambda issued, signed: signed[:10] + b"\x00" + signed[11:],
        "the Signed Pre-Command is not the Pre-Command that was issued: its counter is 72623859790382848,"
        " expected 72623859790382856",
        id="another counter came back",
    ),
    pytest.param(
        lambda issued, signed: signed[:19] + b"\x02" + signed[20:],
        "the Signed Pre-Command is not the Pre-Command that was issued: its originator is A0-00-00-00-00-00-00-02,"
        " expected A0-00-00-00-00-00-00-01",
        id="another originator came back",
    ),
    pytest.param(
        lambda issued, signed: signed[:32] + b"\x51" + signed[33:],
        "the Signed Pre-Command is not the Pre-Command that was issued: its message code is 0051, expected 0050",
        id="another use case came back",
    ),
    pytest.param(
        lambda issued, signed: signed[:-65] + b"\x40" + signed[-64:-1],
        "the Signed Pre-Command cannot be read: the signature needs 64 octets, 63 are left (truncated)",
        id="it lost an octet",
    ),
    pytest.param(
        lambda issued, signed: b"\x30" + signed[1:],
        "the Signed Pre-Command cannot be read: a GBCS message starts with DF (general-signing) or DD"
        " (general-ciphering), found 30",
        id="it is no GBCS message",
    ),
    pytest.param(
        lambda issued, signed: complete_command(issued, signed, secret=SECRET),
        "a Signed Pre-Command is general-signing (DF), found general-ciphering (DD)",
        id="it is a Command already",
    ),
]


@pytest.mark.parametrize(("spoil", "reason"), SPOILED)
def test_another_pre_command_is_not_completed(
    spoil: Callable[[bytes, bytes], bytes], reason: str, issued: bytes, signed: bytes
) -> None:
    assert Refused(reason) == complete_command(issued, spoil(issued, signed), secret=SECRET)


def test_a_longer_message_that_starts_alike_is_not_completed(issued: bytes) -> None:
    message = decode_message(issued)
    assert isinstance(message, GeneralSigned)
    longer = sign(USER_KEY, msgspec.structs.replace(message, content=message.content + b"\x00")).encode()
    place = len(issued) - len(message.content) - 1
    reason = f"the Signed Pre-Command is not the Pre-Command that was issued: octet {place} differs"
    assert Refused(reason) == complete_command(issued, longer, secret=SECRET)


def test_a_signature_of_somebody_else_does_not_verify(signed: bytes) -> None:
    forged = signed[:-64] + bytes(63) + b"\x01"
    reason = "the signature of the Signed Pre-Command does not verify with the originator's digital-signing key"
    assert reason == verify_signed_pre_command(forged, USER_KEY.public_key())


def test_an_unsigned_pre_command_does_not_verify(issued: bytes) -> None:
    reason = "the Pre-Command came back without a signature"
    assert reason == verify_signed_pre_command(issued, USER_KEY.public_key())


# ---- Responses


@pytest.mark.parametrize("own", [pytest.param(own, id=own.name) for own in COMMANDS])
def test_a_response_goes_back_to_where_the_command_came_from(own: Own) -> None:
    octets = command(own.variant, own.body, own.device_type)
    asked = decoded(octets)
    assert isinstance(octets, bytes)
    answer = decoded(build_response(octets, b"\xda\x00", secret=SECRET))
    header, original = answer.message.header, asked.message.header
    assert (CraFlag.RESPONSE, DEVICE, original.originator) == (header.cra, header.originator, header.recipient)
    assert (original.counter, original.message_code) == (header.counter, header.message_code)
    assert b"\xda\x00" == answer.message.content
    assert verify_mac(answer, SECRET)
    assert answer.mac != asked.mac


def test_only_a_command_is_answered(issued: bytes) -> None:
    reason = r"^a Response answers a Command \(general-ciphering, CRA flag 01\)$"
    with pytest.raises(ValueError, match=reason):
        build_response(issued, b"", secret=SECRET)
    octets = command("11.2", ReadFirmwareVersion(), DeviceType.ESME)
    assert isinstance(octets, bytes)
    with pytest.raises(ValueError, match=reason):
        build_response(build_response(octets, b"", secret=SECRET), b"", secret=SECRET)
