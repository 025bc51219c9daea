"""Use cases of single-action schedules of an ESME: the billing calendar (6.8), the daily block reset (6.26).

Source: RTDS vectors for monthly, quarterly and daily dates. Assumed: Monday is 1, the months of a
longer period start with BillingPeriodStartMonth, and no daily reset is an empty list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from gbcs import axdr
from gbcs.usecases.dlms import access_list, array, sets, structure
from gbcs.usecases.dlms_calendars import EVERY_DAY, EVERY_MONTH, day_of_month, weekday
from gbcs.usecases.dlms_objects import CosemClass
from gbcs.usecases.dlms_values import either, time_of_day
from gbcs.usecases.elements import Element, Path, flag, number, text_at
from gbcs.usecases.parts import Constant, Derived, Inputs, Part, number_between
from gbcs.usecases.usecase import Choice, Condition, UseCase, element_given
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_EXECUTION_TIMES: Final = 4
_CALENDAR: Final = "ElectricityBillingCalendar"
_TIME: Final = time_of_day(f"{_CALENDAR}/BillingTime")
_MONTHS: Final = 12
_LAST_COMMON_DAY: Final = 28


def _at(*dates: Part) -> Part:
    return array(*(structure(_TIME, date) for date in dates))


def _numbered(period: str, high: int, date: Callable[[int], bytes]) -> tuple[Path, Part]:
    path = f"{_CALENDAR}/{period}"
    return path, _at(Element(path, number, date, number_between(1, high)))


def _every(period: str, months: int) -> tuple[Path, Part]:
    """Dates that are ``months`` apart, through the year."""
    path = f"{_CALENDAR}/{period}"
    return path, _at(*(_date(path, after) for after in range(0, _MONTHS, months)))


def _date(path: Path, months_after: int) -> Part:
    month, day = f"{path}/BillingPeriodStartMonth", f"{path}/DayOfMonth"
    values = (
        Element(month, number, axdr.long_unsigned, number_between(1, _MONTHS)),
        Element(day, number, axdr.long_unsigned, number_between(1, _LAST_COMMON_DAY)),
    )

    def fault(inputs: Inputs) -> str | None:
        return next((reason for value in values if (reason := value.refusal(inputs)) is not None), None)

    def encode(inputs: Inputs) -> bytes:
        first = number(text_at(inputs.body, month) or "")
        return day_of_month((first - 1 + months_after) % _MONTHS + 1, number(text_at(inputs.body, day) or ""))

    return Derived(encode, fault)


def _calendar(name: str, code: int, *periods: tuple[Path, Part]) -> UseCase:
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element="UpdateDeviceConfigurationBillingCalendar",
        critical=True,
        payload=access_list(
            sets(CosemClass.SINGLE_ACTION_SCHEDULE, "0-0:15.0.0.255", _EXECUTION_TIMES, either(*periods))
        ),
    )


ECS30: Final = _calendar(
    "ECS30",
    0x0046,
    (f"{_CALENDAR}/Daily", _at(Constant(EVERY_DAY))),
    _numbered("Weekly", 7, weekday),
    _numbered("Monthly", _LAST_COMMON_DAY, lambda day: day_of_month(EVERY_MONTH, day)),
)
ECS30A: Final = _calendar("ECS30a", 0x00D7, _every("Quarterly", 3), _every("SixMonthly", 6), _every("Yearly", 12))

_DAILY_RESET: Final = axdr.array(axdr.structure(axdr.octet_string(bytes(4)), EVERY_DAY))

ECS48: Final = UseCase(
    name="ECS48",
    message_code=0x00DB,
    body=OtherBody,
    element="UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix",
    critical=True,
    payload=access_list(
        sets(
            CosemClass.SINGLE_ACTION_SCHEDULE,
            "0-0:15.1.0.255",
            _EXECUTION_TIMES,
            Element("DailyTariffBlockCounterMatrixReset", flag, lambda daily: _DAILY_RESET if daily else axdr.array()),
        )
    ),
)

_UPDATE: Final = ServiceReferenceVariant("6.8")
_LONGER: Final = (
    "RTDS shows ECS30 for Monthly and ECS30a for Quarterly; up to a month is taken for ECS30, longer for ECS30a. "
    "The alternative is a choice by the GBCS version"
)


def _row(use_case: UseCase, period: str, shown: bool) -> Choice:
    condition: Condition = element_given(f"{_CALENDAR}/{period}")
    return Choice(
        variant=_UPDATE,
        device_types=(DeviceType.ESME,),
        use_case=use_case,
        conditions=(condition,),
        basis=Basis.TRANSCRIBED if shown else Basis.ASSUMED,
        note="" if shown else _LONGER,
    )


CHOICES: Final = (
    _row(ECS30, "Monthly", shown=True),
    _row(ECS30A, "Quarterly", shown=True),
    _row(ECS30, "Daily", shown=False),
    _row(ECS30, "Weekly", shown=False),
    _row(ECS30A, "SixMonthly", shown=False),
    _row(ECS30A, "Yearly", shown=False),
    Choice(variant=ServiceReferenceVariant("6.26"), device_types=(DeviceType.ESME,), use_case=ECS48),
)
