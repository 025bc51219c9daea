"""The parts that use-case payloads are composed of, whatever their encoding.

A part says why it cannot be encoded from given inputs, or encodes itself. Composites ask their
members, so that every value is checked before the first octet is made. Encodings are in
``dlms``, ``zcl`` and ``asn1`` beside this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Protocol

import msgspec

from gbcs.facts import DeviceFacts
from schemas.request import AnyBody
from schemas.vocabulary import Eui64, UserId


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that a payload may depend on."""

    body: AnyBody
    facts: DeviceFacts
    user: UserId
    """Originator of the RequestID."""
    originator: Eui64
    """Of the grouping header: the user, or the access control broker on the user's behalf."""
    counter: int
    """Originator counter of the grouping header."""
    build_time: datetime


class Part(Protocol):
    """A piece of a payload, or a whole one."""

    def refusal(self, inputs: Inputs) -> str | None:
        """Why this cannot be encoded, naming the DUIS field; ``None`` when it can."""
        ...

    def encode(self, inputs: Inputs) -> bytes:
        """The octets. Only after ``refusal`` has answered ``None``."""
        ...

    def members(self) -> tuple[Part, ...]:
        """The parts this one is made of."""
        ...


class Leaf(msgspec.Struct, frozen=True):
    """A part without members."""

    def members(self) -> tuple[Part, ...]:
        return ()


class Constant(Leaf, frozen=True):
    """The same octets in every message."""

    octets: bytes

    def refusal(self, inputs: Inputs) -> str | None:
        return None

    def encode(self, inputs: Inputs) -> bytes:
        return self.octets


class Field(Leaf, frozen=True):
    """A value of the request's body."""

    name: str
    """The DUIS element, as refusals name it."""
    path: str
    """Attributes from the body to the value, ``add.install_code``."""
    encoder: Callable[[Any], bytes]
    fault: Callable[[Any], str | None]
    """What is wrong with a value, as the end of a sentence that starts with the name."""

    def refusal(self, inputs: Inputs) -> str | None:
        value = read(inputs.body, self.path)
        if value is None:
            return f"{self.name} is missing"
        fault = self.fault(value)
        return None if fault is None else f"{self.name} {fault}"

    def encode(self, inputs: Inputs) -> bytes:
        return self.encoder(read(inputs.body, self.path))


class Derived(Leaf, frozen=True):
    """A value that follows from more than one input, or from none of the body's."""

    encoder: Callable[[Inputs], bytes]
    fault: Callable[[Inputs], str | None] = lambda _inputs: None
    """Why it cannot be derived, as a sentence that names the field."""

    def refusal(self, inputs: Inputs) -> str | None:
        return self.fault(inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return self.encoder(inputs)


class Run(msgspec.Struct, frozen=True):
    """Parts whose octets follow each other; ``run`` makes it."""

    parts: tuple[Part, ...]

    def members(self) -> tuple[Part, ...]:
        return self.parts

    def refusal(self, inputs: Inputs) -> str | None:
        return first_refusal(self.parts, inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return b"".join([part.encode(inputs) for part in self.parts])


def run(*parts: Part) -> Part:
    """The parts in a row; a part alone is itself. Runs among them are opened and neighbouring constants joined,
    so that what is the same in every message is encoded once, when the tables are made."""
    flat: list[Part] = []
    for part in parts:
        for each in part.parts if isinstance(part, Run) else (part,):
            before = flat[-1] if flat else None
            if isinstance(each, Constant) and isinstance(before, Constant):
                flat[-1] = Constant(before.octets + each.octets)
            else:
                flat.append(each)
    return flat[0] if len(flat) == 1 else Run(tuple(flat))


def first_refusal(parts: tuple[Part, ...], inputs: Inputs) -> str | None:
    """What the first part that cannot be encoded says: a composite's own refusal."""
    for part in parts:
        reason = part.refusal(inputs)
        if reason is not None:
            return reason
    return None


def read(body: object, path: str) -> Any:
    """The value at a path of attributes, ``None`` as soon as one of them is."""
    value: Any = body
    for name in path.split("."):
        value = getattr(value, name)
        if value is None:
            return None
    return value


def body_fields(part: Part) -> Iterator[Field]:
    """Every body field that a payload reads through a ``Field``."""
    if isinstance(part, Field):
        yield part
    for member in part.members():
        yield from body_fields(member)


def number_between(low: int, high: int) -> Callable[[int], str | None]:
    """A number within its bounds, both included."""

    def fault(value: int) -> str | None:
        return None if low <= value <= high else f"should be {low} to {high}, found {value}"

    return fault


def octets_between(low: int, high: int) -> Callable[[bytes], str | None]:
    """Octets of a length within its bounds, both included."""
    wanted = f"{low}" if low == high else f"{low} to {high}"

    def fault(value: bytes) -> str | None:
        return None if low <= len(value) <= high else f"should have {wanted} octets, found {len(value)}"

    return fault


def decimal_digits(count: int) -> Callable[[str], str | None]:
    """Text of so many decimal digits."""

    def fault(value: str) -> str | None:
        if len(value) == count and value.isascii() and value.isdigit():
            return None
        return f"should be {count} decimal digits, found {value!r}"

    return fault


def anything(_value: object) -> str | None:
    """For values whose type leaves nothing to check."""
    return None


def log_period_fault(inputs: Inputs) -> str | None:
    """A ReadLogPeriod ends no earlier than it starts. Assumed: no vector shows another."""
    start, end = read(inputs.body, "start"), read(inputs.body, "end")
    if end < start:
        return f"EndDateTime should not be before StartDateTime {start.isoformat()}, found {end.isoformat()}"
    return None
