"""The image that a firmware activation names, read back from what was built."""

from __future__ import annotations

import pytest
from gbcs_world import BUILD_TIME, SECRET, USER_KEY, facts, request

from gbcs.activation import activated_image
from gbcs.build import build_pre_command, complete_command
from gbcs.crypto import sign
from gbcs.message import GeneralSigned, decode_message
from schemas.request import ActivateFirmware, DisableSupply
from schemas.vocabulary import DeviceType

IMAGE = bytes(range(32))


def pre_command(srv: str, body: ActivateFirmware | DisableSupply) -> bytes:
    built = build_pre_command(request(srv, body), facts(DeviceType.ESME), BUILD_TIME)
    assert isinstance(built, bytes)
    return built


ACTIVATION = pre_command("11.3", ActivateFirmware(firmware_hash=IMAGE))


def signed() -> bytes:
    message = decode_message(ACTIVATION)
    assert isinstance(message, GeneralSigned)
    return sign(USER_KEY, message).encode()


def command() -> bytes:
    completed = complete_command(ACTIVATION, signed(), secret=SECRET)
    assert isinstance(completed, bytes)
    return completed


@pytest.mark.parametrize("message", [ACTIVATION, signed(), command()], ids=["Pre-Command", "Signed", "Command"])
def test_an_activation_names_its_image(message: bytes) -> None:
    assert IMAGE == activated_image(message)


OTHERS = {
    "another use case": pre_command("7.2", DisableSupply()),
    "no GBCS message": b"\xdf\x01",
    "nothing": b"",
    "a content cut short": ACTIVATION[:-3],
}


@pytest.mark.parametrize("message", OTHERS.values(), ids=OTHERS.keys())
def test_anything_else_names_none(message: bytes) -> None:
    assert activated_image(message) is None
