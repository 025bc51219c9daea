"""What a Response says of its Command: each family, done and not done, and whatever else may come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbcs import axdr, der, gbz
from gbcs.message import CraFlag, GeneralSigned, GroupingHeader
from gbcs.outcome import Outcome, read_outcome
from gbcs.usecases.firmware import CS06, CS08, ECS52, GCS38
from schemas.vocabulary import Eui64

OTHER_CODE = 0x0062
VERSION = b"00020201"


def response(content: bytes, message_code: int) -> GeneralSigned:
    header = GroupingHeader(
        cra=CraFlag.RESPONSE, counter=1, originator=Eui64(1), recipient=Eui64(2), message_code=message_code
    )
    return GeneralSigned(header=header, content=content, signature=b"")


def dlms(*answers: tuple[bytes, int]) -> bytes:
    count = bytes((len(answers),))
    results = b"".join(bytes((axdr.Access.GET, result)) for _, result in answers)
    return b"\xda\x20\x00\x00\x01\x00\x00" + count + b"".join(datum for datum, _ in answers) + count + results


def zcl(command: int, payload: bytes, frame_control: int = 0x18) -> gbz.Component:
    return gbz.Component(cluster=0x0702, frame_control=frame_control, command=command, payload=payload)


def attribute(status: int, value: bytes = b"") -> gbz.Component:
    return zcl(0x01, b"\x06\x02" + bytes((status,)) + value)


TEXT = b"\x41\x08" + VERSION
OUTCOMES = {
    "an ESME says its version": (
        dlms((axdr.octet_string(VERSION), 0)),
        ECS52,
        Outcome(done=True, firmware_version="00020201"),
    ),
    "an ESME says its version in four octets": (
        dlms((axdr.octet_string(b"\x0a\x0b\x0c\x0d"), 0)),
        ECS52,
        Outcome(done=True, firmware_version="0A0B0C0D"),
    ),
    "an ESME does not say it": (dlms((axdr.NULL, 4)), ECS52, Outcome(done=False)),
    "one access of several fails": (dlms((axdr.NULL, 0), (axdr.NULL, 3)), None, Outcome(done=False)),
    "all succeed; octets of another service are no version": (
        dlms((axdr.NULL, 0), (axdr.octet_string(VERSION), 0)),
        None,
        Outcome(done=True),
    ),
    "a GSME says its version": (
        gbz.encode([attribute(0, TEXT)]),
        GCS38,
        Outcome(done=True, firmware_version="00020201"),
    ),
    "a GSME has no such attribute": (gbz.encode([attribute(0x86)]), GCS38, Outcome(done=False)),
    "a GSME did it": (gbz.encode([zcl(0x0B, b"\x07\x00")]), None, Outcome(done=True)),
    "a GSME did not do the second of two": (
        gbz.encode([zcl(0x0B, b"\x07\x00"), zcl(0x0B, b"\x07\x01")]),
        None,
        Outcome(done=False),
    ),
    "a PPMID says its version": (der.octet_string(VERSION), CS08, Outcome(done=True, firmware_version="00020201")),
    "an image is active": (
        der.sequence(der.integer(0), der.octet_string(VERSION)),
        CS06,
        Outcome(done=True, firmware_version="00020201"),
    ),
    "an image is not active: what runs is not what was asked for": (
        der.sequence(der.integer(1), der.octet_string(VERSION)),
        CS06,
        Outcome(done=False),
    ),
    "an activation waits for its time": (der.NULL, CS06, None),
    "a version of nine characters is none": (der.octet_string(VERSION + b"0"), CS08, Outcome(done=True)),
    "a version that is no text is none": (der.octet_string(b"\xff" * 5), CS08, Outcome(done=True)),
    "half a response": (dlms((axdr.octet_string(VERSION), 0))[:-1], ECS52, None),
    "data without results": (b"\xda\x20\x00\x00\x01\x00\x00\x01\x00\x00", None, None),
    "nothing": (b"", None, None),
}


@pytest.mark.parametrize(("content", "use_case", "expected"), OUTCOMES.values(), ids=OUTCOMES.keys())
def test_outcome(content: bytes, use_case: object, expected: Outcome | None) -> None:
    code = getattr(use_case, "message_code", OTHER_CODE)
    assert expected == read_outcome(response(content, code))


@given(st.binary(max_size=80), st.sampled_from((b"", b"\xda\x20\x00\x00\x01\x00\x00", gbz.PROFILE, b"\x30")))
def test_whatever_a_device_sends_is_an_outcome_or_none(content: bytes, start: bytes) -> None:
    for code in (OTHER_CODE, ECS52.message_code, GCS38.message_code):
        outcome = read_outcome(response(start + content, code))
        assert outcome is None or outcome.firmware_version is None or len(outcome.firmware_version) <= 8
