"""Dates with open parts, special days and switching schedules, as COSEM data: classes 11 and 10.

Source: RTDS vectors for whole dates, open years, months and days, and for the order of the weekdays'
bits. Assumed, after the DLMS Blue Book: FE for the last day of a month and FD for the last but one,
Monday as 1 for a day of the week.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from gbcs import axdr
from gbcs.usecases.dlms import structure
from gbcs.usecases.dlms_values import POSITION, Each, Item, once_each, time_of_day, u8, u16
from gbcs.usecases.elements import Path, name_of, number, part_at, text_at
from gbcs.usecases.parts import Constant, Derived, Inputs, Leaf, Part, number_between, run
from schemas.parts import parts_at

_ANY: Final = 0xFF
_ANY_YEAR: Final = 0xFFFF
_LAST_DAY: Final = 0xFE
_SECOND_LAST_DAY: Final = 0xFD
_ANY_WEEKDAY: Final = b"\xff"
_MIDNIGHT_UTC: Final = bytes(3) + b"\x00\x80\x00\xff"
"""Hour, minute, second and hundredths, then as in every GBCS date-time."""
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_XSD_DATE: Final = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?:Z|[+-]\d\d:\d\d)?")

_NO_VALIDITY_WINDOW: Final = Constant(axdr.long_unsigned(0xFFFF))
_ENABLED: Final = Constant(axdr.boolean(True))


class _Portion:
    """One portion of a date: the elements that can say it, what each stands for, and its width in octets."""

    def __init__(self, name: str, specified: str, low: int, high: int, octets: int, **open_values: int) -> None:
        self.name = name
        self._specified = specified
        self._fault: Callable[[int], str | None] = number_between(low, high)
        self._octets = octets
        self._open = open_values

    def refusal(self, body: object, path: Path) -> str | None:
        text = text_at(body, f"{path}/{self.name}/{self._specified}")
        if text is not None:
            try:
                reason = self._fault(number(text))
            except ValueError as fault:
                reason = str(fault)
            return None if reason is None else f"{self._specified} {reason}"
        if any(part_at(body, f"{path}/{self.name}/{each}") is not None for each in self._open):
            return None
        return f"{self.name} of {name_of(path)} is missing"

    def encode(self, body: object, path: Path) -> bytes:
        text = text_at(body, f"{path}/{self.name}/{self._specified}")
        if text is not None:
            return number(text).to_bytes(self._octets, "big")
        said = (each for each in self._open if part_at(body, f"{path}/{self.name}/{each}") is not None)
        return self._open[next(said)].to_bytes(self._octets, "big")


_PORTIONS: Final = (
    _Portion("Year", "SpecifiedYear", 0, 9999, 2, NonSpecifiedYear=_ANY_YEAR),
    _Portion("Month", "SpecifiedMonth", 1, 12, 1, NonSpecifiedMonth=_ANY),
    _Portion(
        "DayOfMonth",
        "SpecifiedDayOfMonth",
        1,
        31,
        1,
        NonSpecifiedDayOfMonth=_ANY,
        LastDayOfMonth=_LAST_DAY,
        SecondLastDayOfMonth=_SECOND_LAST_DAY,
    ),
    _Portion("DayOfWeek", "SpecifiedDayOfWeek", 1, 7, 1, NonSpecifiedDayOfWeek=_ANY),
)


class DatePattern(Leaf, frozen=True):
    """A date of which any portion may be open: year, month, day of the month, day of the week."""

    path: Path
    at_midnight: bool = False
    """Whether a date-time is wanted: the start of the day."""

    def refusal(self, inputs: Inputs) -> str | None:
        reasons = (portion.refusal(inputs.body, self.path) for portion in _PORTIONS)
        return next((reason for reason in reasons if reason is not None), None)

    def encode(self, inputs: Inputs) -> bytes:
        octets = b"".join(portion.encode(inputs.body, self.path) for portion in _PORTIONS)
        return axdr.octet_string(octets + _MIDNIGHT_UTC if self.at_midnight else octets)


class PlainDate(Leaf, frozen=True):
    """An ``xs:date``: the year 65535 leaves it open. A time zone is dropped (assumed: switching days are UTC)."""

    path: Path

    def refusal(self, inputs: Inputs) -> str | None:
        text = text_at(inputs.body, self.path)
        if text is None:
            return f"{name_of(self.path)} is missing"
        found = _XSD_DATE.fullmatch(text)
        if found is None or int(found[1]) > _ANY_YEAR:
            return f"{name_of(self.path)} should be a date of the years 0 to {_ANY_YEAR}, found {text!r}"
        return None

    def encode(self, inputs: Inputs) -> bytes:
        found = _XSD_DATE.fullmatch(text_at(inputs.body, self.path) or "")
        if found is None:
            return b""
        year, month, day = (int(group) for group in found.groups())
        return axdr.octet_string(year.to_bytes(2, "big") + bytes((month, day)) + _ANY_WEEKDAY)


def special_days(path: Path, number_at: Path, date: Path) -> Part:
    """Entries of a special-days table that schedules know by a number of their own."""
    entries = Each(path, structure(u16(number_at, 1, 0xFF), DatePattern(date), u8(number_at, 1)))
    return run(once_each(path, number_at.partition("@")[2]), entries)


def numbered_days(path: Path, date: Path, day_at: Path) -> Part:
    """Entries of a special-days table that name a day profile; numbered as they come."""
    return Each(path, structure(POSITION, DatePattern(date), u8(day_at, 1)))


def schedule_entry(
    script_table: str, selector: Part, switch_time: Path, days: Part, special: Part, start: Part, end: Part
) -> Part:
    """A rule of a schedule: which script runs at what time, on which (special) days, between which dates."""
    return structure(
        POSITION,
        _ENABLED,
        Constant(axdr.octet_string(axdr.obis(script_table))),
        selector,
        time_of_day(switch_time),
        _NO_VALIDITY_WINDOW,
        days,
        special,
        start,
        end,
    )


def weekdays(path: Path) -> Part:
    """Seven bits, Monday's first; ``path`` leads to the names of the days that apply."""

    def encode(inputs: Inputs) -> bytes:
        named = {node.text.strip() for node in parts_at(inputs.body, path)}
        return axdr.bit_string([day in named for day in _WEEKDAYS])

    return Derived(encode)


def special_day_bits(applicable: Path, defined: Path) -> Part:
    """One bit for each special day that the body defines, the first for number 1.

    ``applicable`` leads from a rule of the schedule to the numbers of the days it applies on, ``defined``
    from the body to the numbers of all.
    """

    def fault(inputs: Inputs) -> str | None:
        unknown = _numbers_at(inputs.body, applicable) - _numbers_at(_whole(inputs), defined)
        return f"{name_of(applicable)} {min(unknown)} is not the number of a special day" if unknown else None

    def encode(inputs: Inputs) -> bytes:
        named = _numbers_at(inputs.body, applicable)
        count = max(_numbers_at(_whole(inputs), defined), default=0)
        return axdr.bit_string([each in named for each in range(1, count + 1)])

    return Derived(encode, fault)


def _numbers_at(body: object, path: Path) -> set[int]:
    path, _, attribute = path.partition("@")
    return {int(dict(node.attributes)[attribute] if attribute else node.text) for node in parts_at(body, path)}


def _whole(inputs: Inputs) -> object:
    return inputs.body.whole if isinstance(inputs.body, Item) else inputs.body


def weekday(value: int) -> bytes:
    """A date that is one day of every week."""
    return axdr.octet_string(_ANY_YEAR.to_bytes(2, "big") + bytes((_ANY, _ANY, value)))


def day_of_month(month: int, day: int) -> bytes:
    """A date of every year; ``month`` FF is every month."""
    return axdr.octet_string(_ANY_YEAR.to_bytes(2, "big") + bytes((month, day, _ANY)))


EVERY_MONTH: Final = _ANY
EVERY_DAY: Final = axdr.octet_string(b"\xff" * 5)
