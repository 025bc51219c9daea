"""Calendars of gas meters as ZCL commands: switching tables of tariffs and non-disablement calendars.

A calendar is published as its days, weeks, seasons and special days; what they switch is the use case's.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gbcs.usecases.elements import Element, Path, number
from gbcs.usecases.parts import Part, number_between, run
from gbcs.usecases.zcl import ISSUER_EVENT_ID, Cluster, Commands, ForEach, to_client, u8, u32
from gbcs.usecases.zcl_values import ACTIVATION_OF_A_TABLE, Count, Each, unsigned

_PUBLISH_CALENDAR: Final = 0x00
_PUBLISH_DAY_PROFILE: Final = 0x01
_PUBLISH_WEEK_PROFILE: Final = 0x02
_PUBLISH_SEASONS: Final = 0x03
_PUBLISH_SPECIAL_DAYS: Final = 0x04

_PROVIDER_ID: Final = u32(0)
_ISSUER_CALENDAR_ID: Final = ISSUER_EVENT_ID
"""The moment of building too: a new calendar each time."""
_UTC: Final = u8(0)
_NO_NAME: Final = u8(0)
_COMMAND_INDEX: Final = u8(0)
_NUMBER_OF_COMMANDS: Final = u8(1)
_HEAD: Final = run(_PROVIDER_ID, ISSUER_EVENT_ID, _ISSUER_CALENDAR_ID)
_DAYS_OF_THE_WEEK: Final = 7
_MOST_WEEKS: Final = 2
_MOST_SEASONS: Final = 3
_MOST_SPECIAL_DAYS: Final = 20
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = _FIRST_YEAR + 0xFE
"""FF is every year."""
_ANY: Final = b"\xff"


class GasCalendar(msgspec.Struct, frozen=True, kw_only=True):
    """Where the parts of a calendar stand in a body, and of which type it is. Paths are DUIS's."""

    calendar_type: int
    days: Path
    weeks: Path
    seasons: Path
    special_days: Path
    day_name: Path
    """Within a day."""
    most_days: int
    schedule_entries: Part
    """How many there are in a day, one octet."""
    schedule: Part
    """The entries of a day: start, minutes after midnight, two octets; and what is switched, one."""

    def commands(self) -> tuple[Commands, ...]:
        """All that publishes the calendar, in the order of RTDS."""
        return (self._calendar(), self._day(), self._week(), self._seasons(), self._special_days())

    def _calendar(self) -> Commands:
        return to_client(
            Cluster.CALENDAR,
            _PUBLISH_CALENDAR,
            _HEAD,
            ACTIVATION_OF_A_TABLE,
            u8(self.calendar_type),
            _UTC,
            _NO_NAME,
            Count(self.seasons, _MOST_SEASONS, 1),
            Count(self.weeks, _MOST_WEEKS, 1),
            Count(self.days, self.most_days, 1),
        )

    def _day(self) -> Commands:
        command = to_client(
            Cluster.CALENDAR,
            _PUBLISH_DAY_PROFILE,
            _HEAD,
            unsigned(1, self.day_name, 1, self.most_days),
            self.schedule_entries,
            _COMMAND_INDEX,
            _NUMBER_OF_COMMANDS,
            u8(self.calendar_type),
            self.schedule,
        )
        return ForEach(self.days, command)

    def _week(self) -> Commands:
        days = (f"ReferencedDayName[index={day}]" for day in range(1, _DAYS_OF_THE_WEEK + 1))
        command = to_client(
            Cluster.CALENDAR,
            _PUBLISH_WEEK_PROFILE,
            _HEAD,
            unsigned(1, "WeekName", 1, _MOST_WEEKS),
            *(unsigned(1, day, 1, self.most_days) for day in days),
        )
        return ForEach(self.weeks, command)

    def _seasons(self) -> Commands:
        season = run(_date("SeasonStartDate"), unsigned(1, "ReferencedWeekName", 1, _MOST_WEEKS))
        return to_client(
            Cluster.CALENDAR,
            _PUBLISH_SEASONS,
            _HEAD,
            _COMMAND_INDEX,
            _NUMBER_OF_COMMANDS,
            Each(self.seasons, season),
        )

    def _special_days(self) -> Commands:
        special_day = run(_date("Date"), unsigned(1, "ReferencedDayName", 1, self.most_days))
        return to_client(
            Cluster.CALENDAR,
            _PUBLISH_SPECIAL_DAYS,
            _HEAD,
            ACTIVATION_OF_A_TABLE,
            u8(self.calendar_type),
            Count(self.special_days, _MOST_SPECIAL_DAYS),
            _COMMAND_INDEX,
            _NUMBER_OF_COMMANDS,
            Each(self.special_days, special_day),
        )


def _date(path: Path) -> Part:
    """A ZCL date, 4 octets: years after 1900, month, day, day of the week from Monday; FF where DUIS leaves it open."""
    return run(
        _part_of_date(f"{path}/GasYearWithWildcards/SpecifiedYear", _FIRST_YEAR, _LAST_YEAR, _FIRST_YEAR),
        _part_of_date(f"{path}/GasMonthWithWildcards/SpecifiedMonth", 1, 12),
        _part_of_date(f"{path}/GasDayOfMonthWithWildcards/SpecifiedDayOfMonth", 1, 31),
        _part_of_date(f"{path}/GasDayOfWeekWithWildcards/SpecifiedDayOfWeek", 1, _DAYS_OF_THE_WEEK),
    )


def _part_of_date(path: Path, low: int, high: int, less: int = 0) -> Element:
    return Element(path, number, lambda value: bytes((value - less,)), number_between(low, high), absent=_ANY)
