"""What a device's Response says of its Command: whether it was done, and the firmware that runs.

Assumed throughout, as the sandbox's devices write it: no published vector shows a Response. DLMS answers are
ACCESS responses with a result for each access, GBZ answers general commands of the ZigBee cluster library, ASN.1
answers a sequence that begins with an outcome, NULL where the Command waits in the device for its time. Asked only
of the few services whose success changes the inventory; the user gets every Response as it came.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gbcs import axdr, der, gbz
from gbcs.message import GeneralSigned
from gbcs.usecases.firmware import CS06, CS08, ECS52, GCS38

_SAYS_VERSION: Final = frozenset({use_case.message_code for use_case in (ECS52, GCS38, CS08, CS06)})
_DONE: Final = 0
_READ_ATTRIBUTES_RESPONSE: Final = 0x01
_DEFAULT_RESPONSE: Final = 0x0B
_GENERAL: Final = frozenset({0x08, 0x18})
"""Frame controls of general commands from a server, with and without a default response asked for."""
_ZCL_OCTET_STRING: Final = 0x41
_RAW_VERSION: Final = 4
_LONGEST_VERSION: Final = 8


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a Command ended."""

    done: bool
    firmware_version: str | None = None
    """In the DUIS form, at most 8 characters; ``None`` where the Response does not say it."""


def read_outcome(response: GeneralSigned) -> Outcome | None:
    """``None`` when the Response tells no outcome: the Command waits for its time, or nobody can read it."""
    content, says_version = response.content, response.header.message_code in _SAYS_VERSION
    try:
        if content[:1] == bytes((axdr.ACCESS_RESPONSE,)):
            done, octets = _of_access(axdr.decode_access_response(content))
        elif content[:2] == gbz.PROFILE:
            done, octets = _of_components(gbz.decode(content))
        elif content == der.NULL:
            return None
        else:
            done, octets = _of_element(der.decode(content))
    except ValueError:
        return None
    return Outcome(done=done, firmware_version=_version(octets) if says_version and done else None)


def _of_access(response: axdr.AccessResponse) -> tuple[bool, bytes | None]:
    said = (each.value for each in response.data if each.tag is axdr.Tag.OCTET_STRING)
    octets = next((value for value in said if isinstance(value, bytes)), None)
    return all(result == _DONE for result in response.results), octets


def _of_components(components: tuple[gbz.Component, ...]) -> tuple[bool, bytes | None]:
    done, octets = True, None
    for each in components:
        if each.frame_control not in _GENERAL:
            continue
        if each.command == _DEFAULT_RESPONSE:
            done = done and each.payload[1:2] == bytes((_DONE,))
        elif each.command == _READ_ATTRIBUTES_RESPONSE:
            # One attribute: identifier (2 octets), status, type, and for a string its length before it.
            done = done and each.payload[2:3] == bytes((_DONE,))
            if each.payload[3:4] == bytes((_ZCL_OCTET_STRING,)):
                octets = each.payload[5 : 5 + int.from_bytes(each.payload[4:5])]
    return done, octets


def _of_element(said: der.Element) -> tuple[bool, bytes | None]:
    members = said.content if isinstance(said.content, tuple) else (said,)
    outcome = next((m.content for m in members if m.tag == der.INTEGER), bytes((_DONE,)))
    octets = next((m.content for m in members if m.tag == der.OCTET_STRING and isinstance(m.content, bytes)), None)
    return outcome == bytes((_DONE,)), octets


def _version(octets: bytes | None) -> str | None:
    """Four octets are a version's number; more are its characters."""
    if octets is None or not 0 < len(octets) <= _LONGEST_VERSION:
        return None
    if len(octets) == _RAW_VERSION:
        return octets.hex().upper()
    return octets.decode("ascii") if octets.isascii() else None
