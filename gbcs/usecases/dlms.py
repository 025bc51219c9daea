"""DLMS payloads as parts: lists of accesses, and the protected read of sensitive registers.

Source: RTDS vectors. The octets themselves are made by ``gbcs.axdr``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from gbcs import axdr
from gbcs.times import cosem_date_time
from gbcs.usecases.parts import (
    Constant,
    Derived,
    Field,
    Inputs,
    Part,
    anything,
    decimal_digits,
    first_refusal,
    log_period_fault,
    number_between,
    octets_between,
    read,
)

_DATA_PROTECTION: Final = 30
"""Class of the objects through which sensitive attributes are read."""
_GET_PROTECTED_ATTRIBUTES: Final = 1
_VALUE: Final = 2
_INTEGER_VALUE: Final = axdr.number(axdr.Tag.INTEGER, _VALUE)
_NOT_RESTRICTED: Final = axdr.structure(axdr.enum(0), axdr.NULL)
_AGREED_KEY: Final = axdr.structure(axdr.enum(2), axdr.structure(axdr.octet_string(b"\x02"), axdr.octet_string(b"")))


class Step(msgspec.Struct, frozen=True):
    """One access of an ACCESS request."""

    specification: axdr.Specification
    value: Part


class AccessList(msgspec.Struct, frozen=True):
    """An ACCESS request; the order of its steps is the use case's."""

    steps: tuple[Step, ...]

    def members(self) -> tuple[Part, ...]:
        return tuple(step.value for step in self.steps)

    def refusal(self, inputs: Inputs) -> str | None:
        return first_refusal(self.members(), inputs)

    def encode(self, inputs: Inputs) -> bytes:
        specifications = [step.specification.encode() for step in self.steps]
        return axdr.access_request(inputs.counter, specifications, [s.value.encode(inputs) for s in self.steps])


class Structure(msgspec.Struct, frozen=True):
    """A COSEM structure of encoded members."""

    parts: tuple[Part, ...]

    def members(self) -> tuple[Part, ...]:
        return self.parts

    def refusal(self, inputs: Inputs) -> str | None:
        return first_refusal(self.members(), inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return axdr.structure(*(part.encode(inputs) for part in self.parts))


class Array(msgspec.Struct, frozen=True):
    """A COSEM array of encoded members."""

    parts: tuple[Part, ...]

    def members(self) -> tuple[Part, ...]:
        return self.parts

    def refusal(self, inputs: Inputs) -> str | None:
        return first_refusal(self.members(), inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return axdr.array(*(part.encode(inputs) for part in self.parts))


NULL: Final = Constant(axdr.NULL)


def gets(objects: str) -> AccessList:
    """GETs in order, from a list like ``3 1-0:2.8.0.255 2 3; 1 0-0:0.2.1.255 2``: class, logical name, attributes."""
    steps = []
    for entry in objects.split(";"):
        class_id, name, *attributes = entry.split()
        for attribute in attributes:
            specification = axdr.Specification(axdr.Access.GET, int(class_id), axdr.obis(name), int(attribute))
            steps.append(Step(specification, NULL))
    return AccessList(tuple(steps))


def sets(class_id: int, name: str, attribute: int, value: Part) -> Step:
    return Step(axdr.Specification(axdr.Access.SET, class_id, axdr.obis(name), attribute), value)


def action(class_id: int, name: str, method: int, value: Part) -> Step:
    return Step(axdr.Specification(axdr.Access.ACTION, class_id, axdr.obis(name), method), value)


def protected_read(data_protection: str, objects: str, *, period: bool = False) -> AccessList:
    """The value attributes of ``objects`` (``7 0-0:99.1.0.255; ...``: class, logical name), encrypted for the user.

    ``data_protection`` is the logical name of the object that encrypts; with ``period``, entries are
    restricted to the body's ReadLogPeriod.
    """
    restriction: Part = Derived(_log_period, log_period_fault) if period else Constant(_NOT_RESTRICTED)
    attributes = tuple(_protected_attribute(entry, restriction) for entry in objects.split(";"))
    argument = Structure((Array(attributes), Derived(_protection_parameters)))
    return AccessList((action(_DATA_PROTECTION, data_protection, _GET_PROTECTED_ATTRIBUTES, argument),))


def _protected_attribute(entry: str, restriction: Part) -> Structure:
    class_id, name = entry.split()
    described = (
        axdr.long_unsigned(int(class_id)),
        axdr.octet_string(axdr.obis(name)),
        _INTEGER_VALUE,
        axdr.long_unsigned(0),
    )
    return Structure((*(Constant(octets) for octets in described), restriction))


def _log_period(inputs: Inputs) -> bytes:
    start, end = read(inputs.body, "start"), read(inputs.body, "end")
    return axdr.structure(axdr.enum(1), axdr.structure(_date_time(start), _date_time(end)))


def _protection_parameters(inputs: Inputs) -> bytes:
    """Encryption for the user, even where the broker is originator; the counter is the originator's."""
    transaction = b"\x04" + inputs.counter.to_bytes(8, "big")
    options = axdr.structure(
        axdr.octet_string(transaction),
        axdr.octet_string(inputs.user.octets),
        axdr.octet_string(inputs.facts.id.octets),
        axdr.octet_string(b""),
        _AGREED_KEY,
    )
    return axdr.array(axdr.structure(axdr.enum(2), options))


def _date_time(moment: datetime) -> bytes:
    return axdr.octet_string(cosem_date_time(moment))


# ---- fields of the body


def long_unsigned(name: str, path: str, low: int = 0, high: int = 0xFFFF) -> Field:
    return Field(name, path, axdr.long_unsigned, number_between(low, high))


def octet_string(name: str, path: str, low: int, high: int) -> Field:
    """Octets, carried as given; ``low`` and ``high`` bound their number."""
    return Field(name, path, axdr.octet_string, octets_between(low, high))


def eui(name: str, path: str) -> Field:
    return Field(name, path, lambda device: axdr.octet_string(device.octets), anything)


def digits(name: str, path: str, count: int) -> Field:
    """Decimal digits as the characters of an octet-string."""
    return Field(name, path, lambda text: axdr.octet_string(text.encode("ascii")), decimal_digits(count))
