"""Use cases of prepayment settings of an ESME: services 2.1, 2.3 and 2.5. Top-ups are in ``prepayment``.

Source: RTDS vectors.
"""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.axdr import Tag
from gbcs.usecases.dlms import Step, access_list, action, sets
from gbcs.usecases.dlms_calendars import (
    PlainDate,
    schedule_entry,
    special_day_bits,
    special_days,
    weekdays,
)
from gbcs.usecases.dlms_objects import NO_ARGUMENT, CosemClass, unit_charge
from gbcs.usecases.dlms_values import Each, activations, i16, i32, u16, u32_of
from gbcs.usecases.elements import Element, Path, one_of
from gbcs.usecases.parts import Constant, Part
from gbcs.usecases.usecase import Choice, UseCase, gbcs_before, gbcs_from
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

# ---- debts, 2.3

_SECONDS: Final = {"HOURLY": 3600, "DAILY": 86400}
"""RTDS shows DAILY; HOURLY follows from it."""
_MOST_HUNDREDTHS: Final = 10_000
_TIME_DEBT_1: Final = "0-0:19.20.1.255"
_TIME_DEBT_2: Final = "0-0:19.20.2.255"
_PAYMENT_DEBT: Final = "0-0:19.20.3.255"
_PASSIVE_CHARGE, _PERIOD, _PROPORTION = 6, 8, 13
_ACTIVATE_PASSIVE, _UPDATE_TOTAL = 2, 4


def _rate(path: Path) -> Part:
    return unit_charge(f"{path}/DebtRecoveryRatePriceScale", i16(f"{path}/DebtRecoveryRate"))


ECS07: Final = UseCase(
    name="ECS07",
    message_code=0x001E,
    body=OtherBody,
    element="UpdateDebt",
    critical=True,
    payload=access_list(
        sets(CosemClass.CHARGE, _TIME_DEBT_1, _PASSIVE_CHARGE, _rate("ElecDebtRecovery1")),
        sets(CosemClass.CHARGE, _TIME_DEBT_2, _PASSIVE_CHARGE, _rate("ElecDebtRecovery2")),
        sets(CosemClass.CHARGE, _PAYMENT_DEBT, _PROPORTION, u16("DebtRecoveryPerPayment", 0, _MOST_HUNDREDTHS)),
        sets(CosemClass.CHARGE, _TIME_DEBT_1, _PERIOD, u32_of("ElecDebtRecovery1/DebtRecoveryRatePeriod", _SECONDS)),
        sets(CosemClass.CHARGE, _TIME_DEBT_2, _PERIOD, u32_of("ElecDebtRecovery2/DebtRecoveryRatePeriod", _SECONDS)),
        action(CosemClass.CHARGE, _TIME_DEBT_1, _ACTIVATE_PASSIVE, NO_ARGUMENT),
        action(CosemClass.CHARGE, _TIME_DEBT_2, _ACTIVATE_PASSIVE, NO_ARGUMENT),
        action(CosemClass.CHARGE, _PAYMENT_DEBT, _UPDATE_TOTAL, i32("PaymentDebtRegister")),
        action(CosemClass.CHARGE, _TIME_DEBT_1, _UPDATE_TOTAL, i32("TimeDebtRegister1")),
        action(CosemClass.CHARGE, _TIME_DEBT_2, _UPDATE_TOTAL, i32("TimeDebtRegister2")),
    ),
)

# ---- limits and the non-disablement calendar, 2.1

_ELECTRICITY: Final = "UpdatePrepayConfigElectricity"
_CALENDAR: Final = f"{_ELECTRICITY}/ElectricityNonDisablementCalendar"
_SPECIAL_DAY: Final = f"{_CALENDAR}/ElectricitySpecialDays/SpecialDay"
_RULE: Final = "ElectricityNonDisablementSchedule"
_SCRIPTS: Final = {"START": 32, "STOP": 33}
_RATE_CAP_PERIOD: Final = Constant(axdr.number(Tag.DOUBLE_LONG, 7 * 86400))
"""The cap on debt recovery is for a week, in seconds."""

_NON_DISABLEMENT: Final = Each(
    f"{_CALENDAR}/{_RULE}",
    schedule_entry(
        "0-0:10.0.106.255",
        Element(f"{_RULE}/NonDisablementScript", one_of(_SCRIPTS), axdr.long_unsigned),
        f"{_RULE}/ScheduleDatesAndTime/SwitchTime",
        weekdays(f"{_RULE}/DaysOfWeekApplicability/DayOfWeekApplicability/DayOfWeekID"),
        special_day_bits(
            f"{_RULE}/SpecialDaysApplicability/SpecialDayApplicability/SpecialDayID", f"{_SPECIAL_DAY}@index"
        ),
        PlainDate(f"{_RULE}/ScheduleDatesAndTime/StartDate"),
        PlainDate(f"{_RULE}/ScheduleDatesAndTime/EndDate"),
    ),
)


def _extended(name: str, attribute: int, value: Part) -> Step:
    return sets(CosemClass.EXTENDED_DATA, name, attribute, value)


def _configuration(name: str, code: int, balance_attribute: int) -> UseCase:
    """The two differ in the attribute that takes the MaxMeterBalance."""
    special_days_active, *others_active = activations(
        "9000 0-0:94.44.128.31 6; 9000 0-0:94.44.2.20 6; 9000 0-0:94.44.2.10 6; 9000 0-0:94.44.128.12 6; "
        "9000 0-0:94.44.128.13 6; 9000 0-0:94.44.128.9 6; 9000 0-0:94.44.128.2 6; 9000 0-0:94.44.128.3 6; "
        "9000 0-0:94.44.128.28 6"
    )
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element="UpdatePrepayConfiguration",
        critical=True,
        payload=access_list(
            sets(
                CosemClass.SPECIAL_DAYS,
                "0-1:11.0.2.255",
                2,
                special_days(_SPECIAL_DAY, "SpecialDay@index", "SpecialDay/Date"),
            ),
            _extended("0-0:94.44.2.20", balance_attribute, i32(f"{_ELECTRICITY}/MaxMeterBalance")),
            _extended("0-0:94.44.2.10", 4, i32(f"{_ELECTRICITY}/MaxCreditThreshold")),
            sets(CosemClass.SCHEDULE, "0-1:12.0.1.255", 2, _NON_DISABLEMENT),
            _extended("0-0:94.44.128.12", 4, u16(f"{_ELECTRICITY}/DebtRecoveryRateCap")),
            _extended("0-0:94.44.128.13", 4, _RATE_CAP_PERIOD),
            _extended("0-0:94.44.128.9", 4, i32(f"{_ELECTRICITY}/LowCreditThreshold")),
            _extended("0-0:94.44.128.2", 4, i32(f"{_ELECTRICITY}/EmergencyCreditLimit")),
            special_days_active,
            _extended("0-0:94.44.128.3", 4, i32(f"{_ELECTRICITY}/EmergencyCreditThreshold")),
            *others_active,
        ),
    )


ECS08: Final = _configuration("ECS08", 0x001F, 2)
ECS08A: Final = _configuration("ECS08a", 0x00DE, 4)
ECS09: Final = UseCase(
    name="ECS09",
    message_code=0x0020,
    body=OtherBody,
    element="ActivateEmergencyCredit",
    critical=True,
    payload=access_list(action(CosemClass.CREDIT, "0-0:19.10.1.255", 3, NO_ARGUMENT)),
)

_CONFIGURE: Final = ServiceReferenceVariant("2.1")
_ESME: Final = (DeviceType.ESME,)
_BY_VERSION: Final = (
    "RTDS shows ECS08 and ECS08a from like requests; the GBCS version is taken to decide, 2.0 being assumed "
    "from the order of the message codes. The alternative is the other of the two"
)

CHOICES: Final = (
    Choice(
        variant=_CONFIGURE,
        device_types=_ESME,
        use_case=ECS08,
        conditions=(gbcs_before("2.0"),),
        basis=Basis.ASSUMED,
        note=_BY_VERSION,
    ),
    Choice(
        variant=_CONFIGURE,
        device_types=_ESME,
        use_case=ECS08A,
        conditions=(gbcs_from("2.0"),),
        basis=Basis.ASSUMED,
        note=_BY_VERSION,
    ),
    Choice(variant=ServiceReferenceVariant("2.3"), device_types=_ESME, use_case=ECS07),
    Choice(variant=ServiceReferenceVariant("2.5"), device_types=_ESME, use_case=ECS09),
)
