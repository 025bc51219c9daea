"""DLMS payloads as parts: lists of accesses, and the protected read of sensitive registers.

Source: RTDS vectors. The octets themselves are made by ``gbcs.axdr``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from gbcs import axdr
from gbcs.octets import length_octets
from gbcs.times import cosem_date_time
from gbcs.usecases.parts import (
    Constant,
    Derived,
    Field,
    Inputs,
    Part,
    anything,
    decimal_digits,
    log_period_fault,
    number_between,
    octets_between,
    read,
    run,
)

_DATA_PROTECTION: Final = 30
"""Class of the objects through which sensitive attributes are read."""
_GET_PROTECTED_ATTRIBUTES: Final = 1
_VALUE: Final = 2
_INTEGER_VALUE: Final = axdr.number(axdr.Tag.INTEGER, _VALUE)
_NOT_RESTRICTED: Final = axdr.structure(axdr.enum(0), axdr.NULL)
_AGREED_KEY: Final = axdr.structure(axdr.enum(2), axdr.structure(axdr.octet_string(b"\x02"), axdr.octet_string(b"")))
_KEYED_TRANSACTION: Final = b"\x04"


class Step(msgspec.Struct, frozen=True):
    """One access of an ACCESS request."""

    specification: axdr.Specification | Part
    """A part where something of the request is in it: the range of a selection."""
    value: Part


def access_list(*steps: Step) -> Part:
    """An ACCESS request; the order of its steps is the use case's."""
    count = Constant(length_octets(len(steps)))
    return run(
        Derived(lambda inputs: axdr.access_request_head(inputs.counter)),
        count,
        *(_specified(step.specification) for step in steps),
        count,
        *(step.value for step in steps),
    )


def _specified(specification: axdr.Specification | Part) -> Part:
    return Constant(specification.encode()) if isinstance(specification, axdr.Specification) else specification


def structure(*parts: Part) -> Part:
    """A COSEM structure. Its head counts members, not octets: it is the same whatever they hold."""
    return run(Constant(axdr.structure_head(len(parts))), *parts)


def array(*parts: Part) -> Part:
    """A COSEM array, likewise."""
    return run(Constant(axdr.array_head(len(parts))), *parts)


NULL: Final = Constant(axdr.NULL)
_PROTECTION_PARAMETERS: Final = array(
    structure(
        Constant(axdr.enum(2)),
        structure(
            Derived(lambda inputs: axdr.octet_string(_KEYED_TRANSACTION + inputs.counter.to_bytes(8, "big"))),
            Derived(lambda inputs: axdr.octet_string(inputs.user.octets)),
            Derived(lambda inputs: axdr.octet_string(inputs.facts.id.octets)),
            Constant(axdr.octet_string(b"")),
            Constant(_AGREED_KEY),
        ),
    )
)
"""Encryption for the user, even where the broker is originator; the counter is the originator's."""


def gets(objects: str) -> Part:
    """GETs in order, from a list like ``3 1-0:2.8.0.255 2 3; 1 0-0:0.2.1.255 2``: class, logical name, attributes."""
    steps = []
    for entry in objects.split(";"):
        class_id, name, *attributes = entry.split()
        for attribute in attributes:
            specification = axdr.Specification(axdr.Access.GET, int(class_id), axdr.obis(name), int(attribute))
            steps.append(Step(specification, NULL))
    return access_list(*steps)


def sets(class_id: int, name: str, attribute: int, value: Part) -> Step:
    return Step(axdr.Specification(axdr.Access.SET, class_id, axdr.obis(name), attribute), value)


def action(class_id: int, name: str, method: int, value: Part) -> Step:
    return Step(axdr.Specification(axdr.Access.ACTION, class_id, axdr.obis(name), method), value)


def protected_read(data_protection: str, objects: str, *, period: bool = False) -> Part:
    """The value attributes of ``objects`` (``7 0-0:99.1.0.255; ...``: class, logical name), encrypted for the user.

    ``data_protection`` is the logical name of the object that encrypts; with ``period``, entries are
    restricted to the body's ReadLogPeriod.
    """
    restriction: Part = Derived(_log_period, log_period_fault) if period else Constant(_NOT_RESTRICTED)
    return protected_attributes(data_protection, objects, restriction)


def protected_attributes(data_protection: str, objects: str, restriction: Part) -> Part:
    """The same with any restriction of the entries, for a body of any kind."""
    attributes = array(*(_protected_attribute(entry, restriction) for entry in objects.split(";")))
    argument = structure(attributes, _PROTECTION_PARAMETERS)
    return access_list(action(_DATA_PROTECTION, data_protection, _GET_PROTECTED_ATTRIBUTES, argument))


def _protected_attribute(entry: str, restriction: Part) -> Part:
    class_id, name = entry.split()
    described = (
        axdr.long_unsigned(int(class_id)),
        axdr.octet_string(axdr.obis(name)),
        _INTEGER_VALUE,
        axdr.long_unsigned(0),
    )
    return structure(*(Constant(octets) for octets in described), restriction)


def _log_period(inputs: Inputs) -> bytes:
    start, end = read(inputs.body, "start"), read(inputs.body, "end")
    return axdr.structure(axdr.enum(1), axdr.structure(_date_time(start), _date_time(end)))


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
