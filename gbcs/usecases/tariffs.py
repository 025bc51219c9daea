"""Use cases of tariffs and prices of an ESME: services 1.1.1, 1.1.2, 1.2.1 and 1.2.2.

Source: RTDS vectors. A price table always names every register: 48 of time of use, 4 blocks of 8;
what the request does not price is 0. The same is assumed of the four registers of the secondary element.
"""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.usecases.dlms import Step, access_list, array, sets, structure
from gbcs.usecases.dlms_calendars import DatePattern, numbered_days
from gbcs.usecases.dlms_objects import CosemClass, unit_charge
from gbcs.usecases.dlms_values import (
    Each,
    activations,
    characters,
    either,
    i8,
    i16,
    is_said,
    octet,
    once_each,
    time_of_day,
    u8,
    u32,
)
from gbcs.usecases.elements import Element, Path, number
from gbcs.usecases.parts import Constant, Part, number_between, run
from gbcs.usecases.usecase import Choice, UseCase
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_PASSIVE_SEASONS, _PASSIVE_WEEKS, _PASSIVE_DAYS = 7, 8, 9
_PASSIVE_CHARGE: Final = 6

_MOST_DAYS: Final = 16
_MOST_WEEKS: Final = 4
_SEASON_NAME_CHARACTERS: Final = 8
_TIME_OF_USE_REGISTERS: Final = 48
_BLOCKS: Final = "ABCD"
_BLOCK_GROUPS: Final = 8
_SECONDARY_REGISTERS: Final = 4

_TARIFF_SCRIPTS: Final = Constant(axdr.octet_string(axdr.obis("0-0:10.0.100.255")))
_FIRST_BLOCK_SCRIPT: Final = 100
_FIRST_SECONDARY_SCRIPT: Final = 200

_KILO: Final = 3
_NOT_PRICED: Final = axdr.number(axdr.Tag.LONG, 0)
_CURRENCY: Final = {"GBP": 1, "ECB": 0}
"""RTDS shows pounds; the other value is taken for its opposite."""


def _script(path: Path, before: int, most: int) -> Part:
    """A register or block group as the script that selects it: ``before`` more than its number."""
    return Element(path, number, lambda value: axdr.long_unsigned(before + value), number_between(1, most))


def _integer(value: int) -> Constant:
    return Constant(axdr.number(axdr.Tag.INTEGER, value))


# ---- switching tables

_PRIMARY_ACTION: Final = either(
    ("ProfileSchedule/TOUTariffAction", _script("ProfileSchedule/TOUTariffAction", 0, _TIME_OF_USE_REGISTERS)),
    (
        "ProfileSchedule/BlockTariffAction",
        _script("ProfileSchedule/BlockTariffAction", _FIRST_BLOCK_SCRIPT, _BLOCK_GROUPS),
    ),
)
_SECONDARY_ACTION: Final = _script("ProfileSchedule/TOUTariffAction", _FIRST_SECONDARY_SCRIPT, _SECONDARY_REGISTERS)


def _switching(calendar: str, table: Path, action: Part) -> tuple[Step, ...]:
    """Seasons, weeks and days of an activity calendar, from the SwitchingTable at a path."""
    season = structure(
        characters("Season/SeasonName", _SEASON_NAME_CHARACTERS),
        DatePattern("Season/SeasonStartDate", at_midnight=True),
        octet("Season/ReferencedWeekName", 1, _MOST_WEEKS),
    )
    week = structure(
        octet("WeekProfile/WeekName", 1, _MOST_WEEKS),
        *(u8(f"WeekProfile/ReferencedDayName[index={day}]", 1, _MOST_DAYS) for day in range(1, 8)),
    )
    switching = structure(time_of_day("ProfileSchedule/StartTime"), _TARIFF_SCRIPTS, action)
    day = structure(u8("DayProfile/DayName", 1, _MOST_DAYS), Each("DayProfile/ProfileSchedule", switching))
    return (
        sets(CosemClass.ACTIVITY_CALENDAR, calendar, _PASSIVE_SEASONS, Each(f"{table}/Seasons/Season", season)),
        sets(CosemClass.ACTIVITY_CALENDAR, calendar, _PASSIVE_WEEKS, Each(f"{table}/WeekProfiles/WeekProfile", week)),
        sets(CosemClass.ACTIVITY_CALENDAR, calendar, _PASSIVE_DAYS, Each(f"{table}/DayProfiles/DayProfile", day)),
    )


def _special_days(table: str, path: Path) -> Step:
    days = numbered_days(f"{path}/SpecialDay", "SpecialDay/Date", "SpecialDay/ReferencedDayName")
    return sets(CosemClass.SPECIAL_DAYS, table, 2, days)


def _thresholds(matrix: Path) -> tuple[Step, ...]:
    steps = []
    for group in range(1, _BLOCK_GROUPS + 1):
        row = f"{matrix}/Thresholds[index={group}]"
        thresholds = Each(f"{row}/BlockThreshold", u32("BlockThreshold"), order="index", within=row)
        steps.append(sets(CosemClass.REGISTER_MONITOR, f"0-0:16.1.{10 + group}.255", 2, thresholds))
    return tuple(steps)


# ---- prices


def _price(label: int, path: Path) -> Part:
    value = Element(path, number, i16(path).encoder, i16(path).fault, absent=_NOT_PRICED)
    return structure(Constant(axdr.octet_string(bytes((label,)))), value)


def _unit_charges(scale: Path, commodity: str, prices: Part) -> Part:
    """The passive unit charge of a consumption-based charge: prices of kilowatt hours."""
    measured = structure(
        Constant(axdr.long_unsigned(3)), Constant(axdr.octet_string(axdr.obis(commodity))), _integer(2)
    )
    return structure(structure(_integer(_KILO), i8(scale)), measured, prices)


def _primary_prices(path: Path) -> tuple[Step, ...]:
    standing = unit_charge(f"{path}/StandingChargeScale", i16(f"{path}/StandingCharge"))
    table = either(
        *(
            (f"{path}/{tariff}", _primary_price_table(f"{path}/{tariff}"))
            for tariff in ("BlockTariff", "TOUTariff", "HybridTariff")
        )
    )
    charge = _unit_charges(f"{path}/PriceScale", "1-0:1.8.0.255", table)
    return (
        sets(CosemClass.CHARGE, "0-0:19.20.4.255", _PASSIVE_CHARGE, standing),
        sets(CosemClass.CHARGE, "0-0:19.20.0.255", _PASSIVE_CHARGE, charge),
    )


def _primary_price_table(path: Path) -> Part:
    """Labels 01 to 30 for the time-of-use registers; A1 to D8 for block A to D of group 1 to 8."""
    registers = [_price(n, f"{path}/TOUPrice[index={n}]") for n in range(1, _TIME_OF_USE_REGISTERS + 1)]
    blocks = [
        _price(int(f"{block}{group}", 16), f"{path}/BlockPrices[index={group}]/BlockPrice[index={place}]")
        for place, block in enumerate(_BLOCKS, 1)
        for group in range(1, _BLOCK_GROUPS + 1)
    ]
    rows = [once_each(f"{path}/BlockPrices[index={group}]/BlockPrice") for group in range(1, _BLOCK_GROUPS + 1)]
    return run(once_each(f"{path}/TOUPrice"), once_each(f"{path}/BlockPrices"), *rows, array(*registers, *blocks))


def _secondary_prices(path: Path) -> Step:
    element = f"{path}/ElectricityPriceElement"
    prices = array(*(_price(n, f"{element}[index={n}]") for n in range(1, _SECONDARY_REGISTERS + 1)))
    charge = _unit_charges(f"{path}/PriceScale", "1-20:1.8.0.255", run(once_each(element), prices))
    return sets(CosemClass.CHARGE, "0-0:19.20.5.255", _PASSIVE_CHARGE, charge)


_ELECTRICITY: Final = "PriceElements/ElectricityPriceElements"
_TARIFF: Final = "ElecTariffElements"

ECS01A: Final = UseCase(
    name="ECS01a",
    message_code=0x0019,
    body=OtherBody,
    element="UpdateImportTariffPrimaryElement",
    critical=True,
    payload=access_list(
        *_switching("0-0:13.0.0.255", f"{_TARIFF}/SwitchingTable", _PRIMARY_ACTION),
        _special_days("0-1:11.0.0.255", f"{_TARIFF}/SpecialDays"),
        *_thresholds(f"{_TARIFF}/ThresholdMatrix"),
        sets(CosemClass.EXTENDED_DATA, "0-0:94.44.2.0", 4, is_said(f"{_TARIFF}/CurrencyUnits", _CURRENCY)),
        *_primary_prices(_ELECTRICITY),
        *activations(
            "20 0-0:13.0.0.255 10; 9000 0-0:94.44.128.29 6; 9000 0-0:94.44.2.0 6; 113 0-0:19.20.4.255 7; "
            "113 0-0:19.20.0.255 7; 9000 0-0:63.1.1.255 6"
        ),
    ),
)
ECS01B: Final = UseCase(
    name="ECS01b",
    message_code=0x00A2,
    body=OtherBody,
    element="UpdatePricePrimaryElement",
    critical=True,
    payload=access_list(*_primary_prices(_ELECTRICITY), *activations("113 0-0:19.20.4.255 7; 113 0-0:19.20.0.255 7")),
)
ECS01C: Final = UseCase(
    name="ECS01c",
    message_code=0x00B7,
    body=OtherBody,
    element="UpdateImportTariffSecondaryElement",
    critical=True,
    payload=access_list(
        _secondary_prices("PriceElements"),
        *_switching("0-0:13.0.1.255", "SwitchingTable", _SECONDARY_ACTION),
        _special_days("0-1:11.0.1.255", "SpecialDays"),
        *activations("20 0-0:13.0.1.255 10; 113 0-0:19.20.5.255 7; 9000 0-0:94.44.128.30 6"),
    ),
)
ECS01D: Final = UseCase(
    name="ECS01d",
    message_code=0x00C7,
    body=OtherBody,
    element="UpdatePriceSecondaryElement",
    critical=True,
    payload=access_list(_secondary_prices("PriceElements"), *activations("113 0-0:19.20.5.255 7")),
)

CHOICES: Final = tuple(
    Choice(variant=ServiceReferenceVariant(variant), device_types=(DeviceType.ESME,), use_case=use_case)
    for variant, use_case in (("1.1.1", ECS01A), ("1.1.2", ECS01C), ("1.2.1", ECS01B), ("1.2.2", ECS01D))
)
