"""GBZ payloads: ZCL commands carried in GBCS messages. Encode and decode.

Frames and components only; ZCL payloads are octets, little-endian inside. Source: RTDS vectors.
The additional header of encrypted components occurs in responses only and is not read here.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from gbcs.octets import Octets

PROFILE: Final = bytes.fromhex("0109")
"""Smart Energy."""
_LAST: Final = 0x01
_WITH_FROM_DATE: Final = 0x10
_KNOWN_CONTROL: Final = _LAST | _WITH_FROM_DATE
_FROM_DATE_LENGTH: Final = 4
"""Counted in the component's length."""
_ZCL_HEADER_LENGTH: Final = 3


class FrameControl(IntEnum):
    """The ZCL frame controls that GBCS Commands use."""

    READ_ATTRIBUTES = 0x00
    CLIENT_TO_SERVER = 0x01
    SERVER_TO_CLIENT = 0x09


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """One ZCL command. Its sequence number and its being the last follow from its place."""

    cluster: int
    frame_control: int
    command: int
    payload: bytes = b""
    """ZCL payload."""
    from_date_time: int | None = None
    """Seconds since 2000-01-01T00:00:00Z, for logs that are read from a moment on."""

    def encode(self, sequence: int, last: bool) -> bytes:
        control = (_LAST if last else 0) | (0 if self.from_date_time is None else _WITH_FROM_DATE)
        frame = bytes((self.frame_control, sequence, self.command)) + self.payload
        moment = b"" if self.from_date_time is None else self.from_date_time.to_bytes(4, "big")
        body = moment + frame
        return bytes((control,)) + self.cluster.to_bytes(2, "big") + len(body).to_bytes(2, "big") + body


def encode(components: tuple[Component, ...] | list[Component]) -> bytes:
    """A GBZ payload of 1 to 255 components. Raises ValueError for another number of them."""
    count = len(components)
    if not 1 <= count <= 255:
        raise ValueError(f"a GBZ payload has 1 to 255 components, found {count}")
    parts = [component.encode(i, i == count - 1) for i, component in enumerate(components)]
    return PROFILE + bytes((count,)) + b"".join(parts)


def decode(payload: bytes) -> tuple[Component, ...]:
    """Read a GBZ payload. Raises ValueError naming the field, the expectation and the finding."""
    octets = Octets(payload)
    octets.expect(PROFILE, "the profile id")
    count = octets.u8("the number of GBZ components")
    if not count:
        raise ValueError("a GBZ payload has 1 to 255 components, found 0")
    components = tuple(_take_component(octets, i, i == count - 1) for i in range(count))
    octets.finish("the GBZ payload")
    return components


def _take_component(octets: Octets, sequence: int, last: bool) -> Component:
    name = f"GBZ component {sequence}"
    control = octets.u8(f"the control field of {name}")
    if control & ~_KNOWN_CONTROL:
        raise ValueError(f"the control field of {name} has bits other than 01 and 10: {control:02X}")
    if bool(control & _LAST) is not last:
        raise ValueError(f"{name} is {'' if last else 'not '}the last; its control field {control:02X} says otherwise")
    cluster = octets.u16(f"the cluster of {name}")
    dated = bool(control & _WITH_FROM_DATE)
    frame_length = octets.u16(f"the length of {name}") - (_FROM_DATE_LENGTH if dated else 0)
    if frame_length < _ZCL_HEADER_LENGTH:
        raise ValueError(f"{name} has at least {_ZCL_HEADER_LENGTH} octets of ZCL header, found {frame_length}")
    moment = int.from_bytes(octets.take(_FROM_DATE_LENGTH, "the from-date-time"), "big") if dated else None
    frame = octets.take(frame_length, f"the ZCL frame of {name}")
    if frame[1] != sequence:
        raise ValueError(f"the sequence number of {name} is its place, found {frame[1]}")
    return Component(
        cluster=cluster, frame_control=frame[0], command=frame[2], payload=frame[3:], from_date_time=moment
    )
