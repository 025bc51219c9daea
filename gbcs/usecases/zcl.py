"""GBZ payloads as parts: ZCL commands with their fields, little-endian.

Source: RTDS vectors. The frames themselves are made by ``gbcs.gbz``.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from gbcs import gbz
from gbcs.times import ZCL_NOW, zcl_refusal, zcl_utc_time
from gbcs.usecases.parts import Constant, Derived, Field, Inputs, Part, decimal_digits, first_refusal, run

READ_ATTRIBUTES: Final = 0x00


class Cluster(IntEnum):
    """The Smart Energy clusters that the use cases address."""

    METERING = 0x0702
    PREPAYMENT = 0x0705


class ZclCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One component of a GBZ payload."""

    cluster: int
    command: int
    frame_control: gbz.FrameControl = gbz.FrameControl.CLIENT_TO_SERVER
    fields: Part

    def component(self, payload: bytes) -> gbz.Component:
        return gbz.Component(
            cluster=self.cluster, frame_control=self.frame_control, command=self.command, payload=payload
        )


class GbzPayload(msgspec.Struct, frozen=True):
    """ZCL commands with values in them; ``payload`` makes it."""

    commands: tuple[ZclCommand, ...]

    def members(self) -> tuple[Part, ...]:
        return tuple(command.fields for command in self.commands)

    def refusal(self, inputs: Inputs) -> str | None:
        return first_refusal(self.members(), inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return gbz.encode([command.component(command.fields.encode(inputs)) for command in self.commands])


def payload(*commands: ZclCommand) -> Part:
    """ZCL commands in the use case's order; encoded here and now where nothing in them varies."""
    fixed = [each.component(each.fields.octets) for each in commands if isinstance(each.fields, Constant)]
    return Constant(gbz.encode(fixed)) if len(fixed) == len(commands) else GbzPayload(commands)


def one(cluster: int, command: int, *fields: Part) -> Part:
    """A payload of a single command from the client to the server."""
    return payload(ZclCommand(cluster=cluster, command=command, fields=run(*fields)))


def read_attributes(cluster: int, attributes: str) -> ZclCommand:
    """A read of attributes, given as four-digit hexadecimal identifiers in order."""
    identifiers = b"".join(int(a, 16).to_bytes(2, "little") for a in attributes.split())
    return ZclCommand(
        cluster=cluster,
        command=READ_ATTRIBUTES,
        frame_control=gbz.FrameControl.READ_ATTRIBUTES,
        fields=Constant(identifiers),
    )


def u8(value: int) -> Constant:
    return Constant(value.to_bytes(1, "little"))


def u16(value: int) -> Constant:
    return Constant(value.to_bytes(2, "little"))


def u32(value: int) -> Constant:
    return Constant(value.to_bytes(4, "little"))


NOW: Final = u32(ZCL_NOW)


def _build_time_fault(inputs: Inputs) -> str | None:
    reason = zcl_refusal(inputs.build_time)
    return None if reason is None else f"the build time {reason}"


ISSUER_EVENT_ID: Final = Derived(lambda inputs: zcl_utc_time(inputs.build_time), _build_time_fault)
"""The moment of building, seconds since 2000: later events replace earlier ones."""


def digits(name: str, path: str, count: int) -> Field:
    """Decimal digits as the characters of a ZCL octet string."""
    return Field(name, path, lambda text: bytes((count,)) + text.encode("ascii"), decimal_digits(count))
