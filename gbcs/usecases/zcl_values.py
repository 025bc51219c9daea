"""Values of bodies kept element by element, as ZCL fields: one constructor a type, and how they combine.

Beside ``elements``: there, what a text means; here, which octets it becomes. Which command takes the
value is the use case's affair. Bounds are those of the field unless given; units are DUIS's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Final

from gbcs.times import (
    ZCL_NEVER,
    ZCL_NEVER_SUBSTITUTED,
    ZCL_NOW,
    ZIGBEE_EPOCH,
    zcl_earliest_refusal,
    zcl_refusal,
    zcl_utc_time,
)
from gbcs.usecases.elements import Element, Path, Text, clock, moment, name_of, number, one_of, part_at, scaled, text_at
from gbcs.usecases.parts import Derived, Inputs, Leaf, Part, number_between
from gbcs.usecases.zcl import within
from schemas.parts import parts_at
from schemas.request import is_cancellation

# ---- single values


def unsigned(octets: int, path: Path, low: int = 0, high: int | None = None) -> Element:
    """A whole number, never negative, of so many octets."""
    most = (1 << 8 * octets) - 1 if high is None else high
    return Element(path, number, lambda value: value.to_bytes(octets, "little"), number_between(low, most))


def signed(octets: int, path: Path) -> Element:
    limit = 1 << 8 * octets - 1
    return Element(
        path,
        number,
        lambda value: value.to_bytes(octets, "little", signed=True),
        number_between(-limit, limit - 1),
    )


def decimal(octets: int, path: Path, places: int) -> Element:
    """A decimal as a whole number of units of ``10 ** -places``."""
    most = (1 << 8 * octets) - 1
    return Element(path, scaled(places), lambda value: value.to_bytes(octets, "little"), number_between(0, most))


def enumeration(path: Path, table: Mapping[str, int], octets: int = 1) -> Element:
    return Element(path, one_of(table), lambda value: value.to_bytes(octets, "little"))


def characters(path: Path, most: int) -> Text:
    """Text as a ZCL octet string, 254 characters at most: the length FF says that there is none."""
    return Text(path, most, octet_string)


def octet_string(text: str) -> bytes:
    """ASCII text of up to 254 characters."""
    return bytes((len(text),)) + text.encode("ascii")


# ---- moments


def utc_time(path: Path) -> Element:
    return Element(path, moment, zcl_utc_time, zcl_refusal)


def earliest_time(path: Path) -> Element:
    """The start of a period."""
    return Element(path, moment, zcl_utc_time, zcl_earliest_refusal)


def latest_time(path: Path) -> Element:
    """The end of a period. One in the year 3000 is no end at all: the highest time that is one stands for it.

    Source: RTDS GCS15e; that other reads of logs do the same is assumed.
    """
    return Element(
        path,
        moment,
        lambda end: _u32(ZCL_NEVER_SUBSTITUTED) if is_cancellation(end) else zcl_utc_time(end),
        lambda end: None if is_cancellation(end) else zcl_refusal(end),
    )


def _execution_fault(inputs: Inputs) -> str | None:
    execution = inputs.body.execution
    reason = None if execution is None or is_cancellation(execution) else zcl_refusal(execution)
    return None if reason is None else f"ExecutionDateTime {reason}"


def _activation(execution: datetime | None, never: int) -> bytes:
    if execution is None:
        return _u32(ZCL_NOW)
    return _u32(never) if is_cancellation(execution) else zcl_utc_time(execution)


def _u32(value: int) -> bytes:
    return value.to_bytes(4, "little")


ACTIVATION: Final = Derived(lambda inputs: _activation(inputs.body.execution, ZCL_NEVER), _execution_fault)
"""Now, at the body's ExecutionDateTime, or never for a cancellation."""
ACTIVATION_OF_A_TABLE: Final = Derived(
    lambda inputs: _activation(inputs.body.execution, ZCL_NEVER_SUBSTITUTED), _execution_fault
)
"""The same for calendars, special days, price matrices and block thresholds, whose "never" is another."""


def minutes_of_day(path: Path) -> Element:
    """A time of day, UTC, as minutes after midnight, 2 octets; seconds are refused, never dropped."""
    return Element(path, clock, _minutes, _seconds_fault)


def _minutes(at: time) -> bytes:
    utc = datetime.combine(ZIGBEE_EPOCH, at, at.tzinfo or UTC).astimezone(UTC)
    return (utc.hour * 60 + utc.minute).to_bytes(2, "little")


def _seconds_fault(at: time) -> str | None:
    return f"should be a whole minute, found {at.isoformat()}" if at.second or at.microsecond else None


# ---- how values combine


class Each(Leaf, frozen=True):
    """A part for each element at a path, in the document's order; it reads within that element."""

    path: Path
    item: Part

    def refusal(self, inputs: Inputs) -> str | None:
        reasons = (self.item.refusal(each) for each in within(self.path, inputs))
        return next((reason for reason in reasons if reason is not None), None)

    def encode(self, inputs: Inputs) -> bytes:
        return b"".join([self.item.encode(each) for each in within(self.path, inputs)])


class Given(Leaf, frozen=True):
    """A part that is there when the body has an element at a path."""

    path: Path
    part: Part

    def refusal(self, inputs: Inputs) -> str | None:
        return self.part.refusal(inputs) if part_at(inputs.body, self.path) is not None else None

    def encode(self, inputs: Inputs) -> bytes:
        return self.part.encode(inputs) if part_at(inputs.body, self.path) is not None else b""


class Count(Leaf, frozen=True):
    """The number of elements at a path, one octet."""

    path: Path
    most: int = 0xFF
    least: int = 0

    def refusal(self, inputs: Inputs) -> str | None:
        found = _count(self.path, inputs)
        if self.least <= found <= self.most:
            return None
        return f"there should be {self.least} to {self.most} {name_of(self.path)}, found {found}"

    def encode(self, inputs: Inputs) -> bytes:
        return bytes((_count(self.path, inputs),))


class CountOfNumbered(Leaf, frozen=True):
    """The number of elements at a path that carry an index, one octet; refused where 1 to that number are not there."""

    path: Path
    most: int

    def refusal(self, inputs: Inputs) -> str | None:
        found = sorted(int(text_at(part, "@index") or 0) for part in parts_at(inputs.body, self.path))
        if found == list(range(1, len(found) + 1)) and 1 <= len(found) <= self.most:
            return None
        listed = ", ".join(map(str, found)) or "none"
        return f"{name_of(self.path)} should be numbered from 1 without gaps, up to {self.most}, found {listed}"

    def encode(self, inputs: Inputs) -> bytes:
        return bytes((_count(self.path, inputs),))


def _count(path: Path, inputs: Inputs) -> int:
    return sum(1 for _ in parts_at(inputs.body, path))
