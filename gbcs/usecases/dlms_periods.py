"""DLMS reads that are restricted to the ReadLogPeriod of a body that is kept element by element.

A log is read by GET with selection (its capture time between two moments) or, where it is encrypted for the
user, through the data protection object (between two date-times). Source: RTDS vectors.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from gbcs import axdr
from gbcs.times import cosem_date_time, zigbee_seconds
from gbcs.usecases.dlms import NULL, Step, access_list, protected_attributes
from gbcs.usecases.elements import moment, text_at
from gbcs.usecases.parts import Constant, Derived, Inputs, Part, run

PERIOD: Final = "ReadLogPeriod"
_SELECTED: Final = "@"
"""Behind an attribute in a list of objects: only the entries of the period."""
_RANGE: Final = 1
_CLOCK: Final = axdr.structure(
    axdr.long_unsigned(1),
    axdr.octet_string(axdr.obis("0-0:94.44.100.255")),
    axdr.number(axdr.Tag.INTEGER, 2),
    axdr.long_unsigned(0),
)
"""The captured object that the range is about: the time of each entry."""
_EVERY_COLUMN: Final = axdr.array()
_LATEST: Final = 0xFFFFFFFF


def period(inputs: Inputs) -> tuple[datetime, datetime]:
    """First and last moment, both in UTC. Only after ``period_fault`` has answered ``None``."""
    start, end = (text_at(inputs.body, f"{PERIOD}/{name}") or "" for name in ("StartDateTime", "EndDateTime"))
    return moment(start), moment(end)


def period_fault(inputs: Inputs) -> str | None:
    """A period ends no earlier than it starts (assumed: no vector shows another)."""
    for name in ("StartDateTime", "EndDateTime"):
        if text_at(inputs.body, f"{PERIOD}/{name}") is None:
            return f"{name} is missing"
    start, end = period(inputs)
    if end < start:
        return f"EndDateTime should not be before StartDateTime {start.isoformat()}, found {end.isoformat()}"
    return None


def reads(objects: str) -> Part:
    """GETs in order, as ``dlms.gets`` takes them; ``7 0-0:98.1.4.255 2@ 4`` reads attribute 2 for the period only."""
    steps = []
    for entry in objects.split(";"):
        class_id, name, *attributes = entry.split()
        for attribute in attributes:
            index = int(attribute.removesuffix(_SELECTED))
            access = axdr.Access.GET_WITH_SELECTION if attribute.endswith(_SELECTED) else axdr.Access.GET
            specification = axdr.Specification(access, int(class_id), axdr.obis(name), index, _RANGE)
            steps.append(Step(_in_period(specification) if attribute.endswith(_SELECTED) else specification, NULL))
    return access_list(*steps)


def _in_period(specification: axdr.Specification) -> Part:
    return run(Constant(specification.encode()), Derived(_between_seconds, _seconds_fault))


def _between_seconds(inputs: Inputs) -> bytes:
    """A range descriptor: seconds since 2000 (32 bits), of the clock's column, of every column."""
    start, end = (axdr.number(axdr.Tag.DOUBLE_LONG_UNSIGNED, zigbee_seconds(at)) for at in period(inputs))
    return axdr.structure(_CLOCK, start, end, _EVERY_COLUMN)


def _seconds_fault(inputs: Inputs) -> str | None:
    reason = period_fault(inputs)
    if reason is not None:
        return reason
    for name, at in zip(("StartDateTime", "EndDateTime"), period(inputs), strict=True):
        if not 0 <= zigbee_seconds(at) <= _LATEST:
            return f"{name} should be from 2000-01-01 to 2136-02-07, found {at.isoformat()}"
    return None


def protected_log(data_protection: str, objects: str) -> Part:
    """The entries of the period of each object (``7 0-0:98.1.3.255; ...``), encrypted for the user."""
    return protected_attributes(data_protection, objects, Derived(_between_date_times, period_fault))


def _between_date_times(inputs: Inputs) -> bytes:
    return axdr.structure(
        axdr.enum(1), axdr.structure(*(axdr.octet_string(cosem_date_time(at)) for at in period(inputs)))
    )
