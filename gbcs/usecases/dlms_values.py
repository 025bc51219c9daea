"""Values of bodies kept element by element, as COSEM data: one constructor a type, and how they combine.

Beside ``elements``: there, what a text means; here, which octets it becomes. Which attribute takes
the value is the use case's affair. Bounds are those of the data type unless given; units are DUIS's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from gbcs import axdr
from gbcs.axdr import Tag
from gbcs.times import activation_cosem_date_time, cosem_date_time, cosem_time
from gbcs.usecases.dlms import Step, access_list
from gbcs.usecases.elements import (
    Element,
    Path,
    Text,
    clock,
    device,
    flag,
    moment,
    name_of,
    number,
    one_of,
    part_at,
    text_at,
)
from gbcs.usecases.parts import Derived, Inputs, Part, first_refusal, number_between
from schemas.parts import parts_at
from schemas.request import AnyBody, OtherBody
from schemas.request import Part as Node

# ---- single values


def _numeric(tag: Tag, low: int, high: int) -> Callable[..., Element]:
    def constructor(path: Path, low: int = low, high: int = high) -> Element:
        return Element(path, number, lambda value: axdr.number(tag, value), number_between(low, high))

    return constructor


u8: Final = _numeric(Tag.UNSIGNED, 0, 0xFF)
u16: Final = _numeric(Tag.LONG_UNSIGNED, 0, 0xFFFF)
u32: Final = _numeric(Tag.DOUBLE_LONG_UNSIGNED, 0, 0xFFFFFFFF)
i8: Final = _numeric(Tag.INTEGER, -0x80, 0x7F)
i16: Final = _numeric(Tag.LONG, -0x8000, 0x7FFF)
i32: Final = _numeric(Tag.DOUBLE_LONG, -0x80000000, 0x7FFFFFFF)


def boolean(path: Path) -> Element:
    return Element(path, flag, axdr.boolean)


def is_said(path: Path, table: Mapping[str, int]) -> Element:
    """A two-valued enumeration as a boolean."""
    return Element(path, one_of(table), lambda value: axdr.boolean(bool(value)))


def u32_of(path: Path, table: Mapping[str, int]) -> Element:
    """An enumeration as the number that stands for each of its values."""
    return Element(path, one_of(table), lambda value: axdr.number(Tag.DOUBLE_LONG_UNSIGNED, value))


def octet(path: Path, low: int, high: int) -> Element:
    """A number as an octet-string of one octet: names of weeks and labels."""
    return Element(path, number, lambda value: axdr.octet_string(bytes((value,))), number_between(low, high))


def date_time(path: Path) -> Element:
    return Element(path, moment, lambda value: axdr.octet_string(cosem_date_time(value)))


def time_of_day(path: Path) -> Element:
    return Element(path, clock, lambda value: axdr.octet_string(cosem_time(value)))


def eui(path: Path) -> Element:
    return Element(path, device, lambda value: axdr.octet_string(value.octets))


def characters(path: Path, most: int) -> Text:
    """Text as the octets of an octet-string."""
    return Text(path, most, lambda text: axdr.octet_string(text.encode("ascii")))


def visible(path: Path, most: int) -> Text:
    return Text(path, most, axdr.visible_string)


# ---- when it takes effect

ACTIVATION: Final = Derived(
    lambda inputs: axdr.octet_string(activation_cosem_date_time(inputs.body.execution)),
)
"""Now, at the body's ExecutionDateTime, or never for a cancellation."""


def activations(objects: str) -> tuple[Step, ...]:
    """SETs of activation times, from a list like ``20 0-0:13.0.0.255 10; ...``: class, logical name, attribute."""
    steps = []
    for entry in objects.split(";"):
        class_id, name, attribute = entry.split()
        specification = axdr.Specification(axdr.Access.SET, int(class_id), axdr.obis(name), int(attribute))
        steps.append(Step(specification, ACTIVATION))
    return tuple(steps)


# ---- how values combine


class Item(OtherBody, frozen=True, kw_only=True):
    """One of several like elements, as a body of its own: paths start with the element's name."""

    position: int
    """From 1, in the message's order."""
    whole: AnyBody
    """The body it stands in."""


class Each(msgspec.Struct, frozen=True):
    """A COSEM array with an entry for every element at a path, none included."""

    path: Path
    item: Part
    """Encoded once for each, with an ``Item`` for body."""
    order: str = ""
    """The numeric attribute that orders the entries; the document's order when empty."""
    within: Path = ""
    """An element that must be there, even though it may hold none."""

    def members(self) -> tuple[Part, ...]:
        return (self.item,)

    def refusal(self, inputs: Inputs) -> str | None:
        if self.within and part_at(inputs.body, self.within) is None:
            return f"{name_of(self.within)} is missing"
        reasons = (self.item.refusal(each) for each in self._items(inputs))
        return next((reason for reason in reasons if reason is not None), None)

    def encode(self, inputs: Inputs) -> bytes:
        entries = [self.item.encode(each) for each in self._items(inputs)]
        return axdr.array_head(len(entries)) + b"".join(entries)

    def _items(self, inputs: Inputs) -> list[Inputs]:
        nodes = list(parts_at(inputs.body, self.path))
        if self.order:
            nodes.sort(key=lambda node: int(dict(node.attributes)[self.order]))
        return [_for_item(inputs, node, position) for position, node in enumerate(nodes, 1)]


def _for_item(inputs: Inputs, node: Node, position: int) -> Inputs:
    item = Item(element=node.name, attributes=node.attributes, parts=(node,), position=position, whole=inputs.body)
    return msgspec.structs.replace(inputs, body=item)


def _position(inputs: Inputs) -> bytes:
    return axdr.long_unsigned(inputs.body.position if isinstance(inputs.body, Item) else 0)


POSITION: Final = Derived(_position)
"""Of an entry in its array."""


class Alternatives(msgspec.Struct, frozen=True):
    """The part of the first path at which the body has an element."""

    parts: tuple[tuple[Path, Part], ...]

    def members(self) -> tuple[Part, ...]:
        return tuple(part for _, part in self.parts)

    def refusal(self, inputs: Inputs) -> str | None:
        chosen = self._chosen(inputs)
        if chosen is None:
            return f"{' or '.join(name_of(path) for path, _ in self.parts)} is missing"
        return chosen.refusal(inputs)

    def encode(self, inputs: Inputs) -> bytes:
        chosen = self._chosen(inputs)
        return b"" if chosen is None else chosen.encode(inputs)

    def _chosen(self, inputs: Inputs) -> Part | None:
        return next((part for path, part in self.parts if part_at(inputs.body, path) is not None), None)


def either(*parts: tuple[Path, Part]) -> Alternatives:
    return Alternatives(parts)


class Numbered(msgspec.Struct, frozen=True):
    """The part for the number at a path: of objects that differ by their logical names."""

    path: Path
    parts: tuple[Part, ...]
    """For 1, 2 and so on."""

    def members(self) -> tuple[Part, ...]:
        return self.parts

    def refusal(self, inputs: Inputs) -> str | None:
        of_one = u16(self.path, 1, len(self.parts)).refusal(inputs)
        return self._chosen(inputs).refusal(inputs) if of_one is None else of_one

    def encode(self, inputs: Inputs) -> bytes:
        return self._chosen(inputs).encode(inputs)

    def _chosen(self, inputs: Inputs) -> Part:
        return self.parts[number(text_at(inputs.body, self.path) or "") - 1]


def once_each(path: Path, attribute: str = "index") -> Part:
    """No octets, but a refusal where two elements at a path have the same number: one of them would be lost."""

    def fault(inputs: Inputs) -> str | None:
        numbers = [int(dict(node.attributes)[attribute]) for node in parts_at(inputs.body, path)]
        repeated = next((each for each in numbers if numbers.count(each) > 1), None)
        return None if repeated is None else f"{name_of(path)} {repeated} should be given once"

    return Derived(lambda _inputs: b"", fault)


class StepsAsked(msgspec.Struct, frozen=True):
    """An ACCESS request with a step for each optional element that is given, and the steps that always are."""

    optional: tuple[tuple[Path, Step], ...]
    always: tuple[Step, ...] = ()

    def members(self) -> tuple[Part, ...]:
        return tuple(step.value for step in (*(step for _, step in self.optional), *self.always))

    def refusal(self, inputs: Inputs) -> str | None:
        steps = self._steps(inputs)
        if not steps:
            return f"one of {', '.join(dict.fromkeys(name_of(path) for path, _ in self.optional))} is needed"
        return first_refusal(tuple(step.value for step in steps), inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return access_list(*self._steps(inputs)).encode(inputs)

    def _steps(self, inputs: Inputs) -> tuple[Step, ...]:
        given = [step for path, step in self.optional if part_at(inputs.body, path) is not None]
        return (*given, *self.always)
