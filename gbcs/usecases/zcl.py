"""GBZ payloads as parts: ZCL commands with their fields, little-endian.

Source: RTDS vectors; the names of fields are those of ZigBee Smart Energy. The frames themselves are
made by ``gbcs.gbz``, the values of requests by ``zcl_values``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import Final, Protocol

import msgspec

from gbcs import gbz
from gbcs.times import ZCL_NOW, zcl_refusal, zcl_utc_time
from gbcs.usecases.elements import Path
from gbcs.usecases.parts import Constant, Derived, Field, Inputs, Part, decimal_digits, first_refusal, run
from schemas.parts import parts_at

READ_ATTRIBUTES: Final = 0x00


class Cluster(IntEnum):
    """The Smart Energy clusters that the use cases address."""

    BASIC = 0x0000
    PRICE = 0x0700
    METERING = 0x0702
    MESSAGING = 0x0703
    PREPAYMENT = 0x0705
    CALENDAR = 0x0707
    DEVICE_MANAGEMENT = 0x0708
    EVENTS = 0x0709


class Commands(Protocol):
    """One ZCL command, or as many as the request asks for."""

    def members(self) -> tuple[Part, ...]:
        """The parts that the commands are made of."""
        ...

    def refusal(self, inputs: Inputs) -> str | None:
        """As of a part."""
        ...

    def components(self, inputs: Inputs) -> Iterable[gbz.Component]:
        """In their order. Only after ``refusal`` has answered ``None``."""
        ...


class ZclCommand(msgspec.Struct, frozen=True, kw_only=True):
    """One component of a GBZ payload."""

    cluster: int
    command: int
    frame_control: gbz.FrameControl = gbz.FrameControl.CLIENT_TO_SERVER
    fields: Part
    from_date_time: Part | None = None
    """A ZCL UTCTime that the component's header carries, for commands without a field for it."""

    def members(self) -> tuple[Part, ...]:
        return (self.fields,) if self.from_date_time is None else (self.from_date_time, self.fields)

    def refusal(self, inputs: Inputs) -> str | None:
        return first_refusal(self.members(), inputs)

    def component(self, payload: bytes, from_date_time: int | None = None) -> gbz.Component:
        return gbz.Component(
            cluster=self.cluster,
            frame_control=self.frame_control,
            command=self.command,
            payload=payload,
            from_date_time=from_date_time,
        )

    def components(self, inputs: Inputs) -> Iterable[gbz.Component]:
        moment = None if self.from_date_time is None else self.from_date_time.encode(inputs)
        start = None if moment is None else int.from_bytes(moment, "little")
        return (self.component(self.fields.encode(inputs), start),)


class ForEach(msgspec.Struct, frozen=True):
    """A command for each element at a path, in the document's order; its fields are read within that element."""

    path: Path
    command: ZclCommand

    def members(self) -> tuple[Part, ...]:
        return self.command.members()

    def refusal(self, inputs: Inputs) -> str | None:
        reasons = (self.command.refusal(each) for each in within(self.path, inputs))
        return next((reason for reason in reasons if reason is not None), None)

    def components(self, inputs: Inputs) -> Iterable[gbz.Component]:
        return (component for each in within(self.path, inputs) for component in self.command.components(each))


def within(path: Path, inputs: Inputs) -> Iterator[Inputs]:
    """The same inputs with each element at the path in the body's place."""
    return (msgspec.structs.replace(inputs, body=part) for part in parts_at(inputs.body, path))


class GbzPayload(msgspec.Struct, frozen=True):
    """ZCL commands with values in them; ``payload`` makes it."""

    commands: tuple[Commands, ...]

    def members(self) -> tuple[Part, ...]:
        return tuple(part for command in self.commands for part in command.members())

    def refusal(self, inputs: Inputs) -> str | None:
        reasons = (command.refusal(inputs) for command in self.commands)
        return next((reason for reason in reasons if reason is not None), None)

    def encode(self, inputs: Inputs) -> bytes:
        return gbz.encode([component for command in self.commands for component in command.components(inputs)])


def payload(*commands: Commands) -> Part:
    """ZCL commands in the use case's order; encoded here and now where nothing in them varies."""
    fixed = [
        each.component(each.fields.octets)
        for each in commands
        if isinstance(each, ZclCommand) and isinstance(each.fields, Constant) and each.from_date_time is None
    ]
    return Constant(gbz.encode(fixed)) if len(fixed) == len(commands) else GbzPayload(commands)


def to_server(cluster: int, command: int, *fields: Part, from_date_time: Part | None = None) -> ZclCommand:
    """A command from the client to the server."""
    return ZclCommand(cluster=cluster, command=command, fields=run(*fields), from_date_time=from_date_time)


def to_client(cluster: int, command: int, *fields: Part) -> ZclCommand:
    """A command from the server to the client: how the energy supplier publishes."""
    return ZclCommand(
        cluster=cluster, command=command, frame_control=gbz.FrameControl.SERVER_TO_CLIENT, fields=run(*fields)
    )


def one(cluster: int, command: int, *fields: Part) -> Part:
    """A payload of a single command from the client to the server."""
    return payload(to_server(cluster, command, *fields))


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
