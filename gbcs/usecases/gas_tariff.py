"""Use cases of tariffs and prices of gas meters: services 1.1.1 and 1.2.1."""

from __future__ import annotations

from typing import Final

from gbcs.usecases.elements import Element, Path, number
from gbcs.usecases.gas_calendar import GasCalendar
from gbcs.usecases.parts import Derived, Part, number_between, run
from gbcs.usecases.usecase import Choice, UseCase, element_given
from gbcs.usecases.zcl import ISSUER_EVENT_ID, Cluster, Commands, payload, to_client, u8, u16, u32
from gbcs.usecases.zcl_values import (
    ACTIVATION,
    ACTIVATION_OF_A_TABLE,
    CountOfNumbered,
    Given,
    enumeration,
    unsigned,
)
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_PUBLISH_TARIFF_INFORMATION: Final = 0x04
_PUBLISH_PRICE_MATRIX: Final = 0x05
_PUBLISH_BLOCK_THRESHOLDS: Final = 0x06

_PRICES: Final = "PriceElements/GasPriceElements"
_BLOCK_TARIFF: Final = f"{_PRICES}/BlockTariff"
_TOU_TARIFF: Final = f"{_PRICES}/TOUTariff"
_BLOCK_PRICE: Final = f"{_BLOCK_TARIFF}/BlockPrice"
_TOU_PRICE: Final = f"{_TOU_TARIFF}/TOUPrice"
_NUMBER_OF_THRESHOLDS: Final = f"{_BLOCK_TARIFF}/NumberOfThresholds"
_TARIFF: Final = "GasTariffElements"
_SWITCHING_TABLE: Final = f"{_TARIFF}/SwitchingTable"
_THRESHOLD: Final = f"{_TARIFF}/ThresholdMatrix/BlockThreshold"

_PROVIDER_ID: Final = u32(0)
_ISSUER_TARIFF_ID: Final = u32(1)
_DELIVERED_TOU: Final = u8(0x00)
_DELIVERED_BLOCK: Final = u8(0x10)
"""Tariff type and charging scheme, a nibble each."""
_NO_LABEL: Final = u8(0)
_NONE: Final = u8(0)
_UNIT_OF_MEASURE: Final = u8(0)
_FIVE_TRAILING_DIGITS: Final = u8(0x50)
"""Prices are in hundred thousandths of the currency's unit."""
_TIER_BLOCK_MODE: Final = u8(0xFF)
_MULTIPLIER_AND_DIVISOR: Final = run(u16(1), u8(0), u16(1000), u8(0))
"""24 bits each."""
_COMMAND_INDEX: Final = u8(0)
_NUMBER_OF_COMMANDS: Final = u8(1)
_TOU_ONLY: Final = u8(1)
_BLOCK_ONLY: Final = u8(0)
_FOR_ALL_TIERS: Final = u8(1)
_MOST_PRICES: Final = 4
_MOST_THRESHOLDS: Final = 3
_PRICE_OCTETS: Final = 4
_THRESHOLD_OCTETS: Final = 6
_NO_TIER: Final = b"\0"
_ISO_4217: Final = {"GBP": 826, "ECB": 978}
"""DUIS names the euro by the bank that issues it."""


def _tariff_information(scheme: Part, tiers: Part, thresholds: Part) -> Commands:
    return to_client(
        Cluster.PRICE,
        _PUBLISH_TARIFF_INFORMATION,
        _PROVIDER_ID,
        ISSUER_EVENT_ID,
        _ISSUER_TARIFF_ID,
        ACTIVATION,
        scheme,
        _NO_LABEL,
        tiers,
        thresholds,
        _UNIT_OF_MEASURE,
        enumeration(f"{_PRICES}/CurrencyUnits", _ISO_4217, octets=2),
        _FIVE_TRAILING_DIGITS,
        unsigned(_PRICE_OCTETS, f"{_PRICES}/StandingCharge"),
        _TIER_BLOCK_MODE,
        _MULTIPLIER_AND_DIVISOR,
    )


def _price_matrix(path: Path, control: Part, first: int) -> Commands:
    """``first`` is the number that the price of index 1 goes by: blocks count from 0, tiers from 1."""
    return to_client(
        Cluster.PRICE,
        _PUBLISH_PRICE_MATRIX,
        _PROVIDER_ID,
        ISSUER_EVENT_ID,
        ACTIVATION_OF_A_TABLE,
        _ISSUER_TARIFF_ID,
        _COMMAND_INDEX,
        _NUMBER_OF_COMMANDS,
        control,
        Derived(lambda _inputs: b"", CountOfNumbered(path, _MOST_PRICES).refusal),
        *(_price(f"{path}[index={place + 1}]", first + place) for place in range(_MOST_PRICES)),
    )


def _price(path: Path, block_or_tier: int) -> Part:
    return Given(path, run(u8(block_or_tier), unsigned(_PRICE_OCTETS, path)))


def _threshold(path: Path) -> Part:
    return Given(path, unsigned(_THRESHOLD_OCTETS, path))


_TOU_PRICES: Final = (
    _tariff_information(_DELIVERED_TOU, CountOfNumbered(_TOU_PRICE, _MOST_PRICES), _NONE),
    _price_matrix(_TOU_PRICE, _TOU_ONLY, 1),
)
_BLOCK_PRICES: Final = _price_matrix(_BLOCK_PRICE, _BLOCK_ONLY, 0)
_BLOCK_THRESHOLDS: Final = to_client(
    Cluster.PRICE,
    _PUBLISH_BLOCK_THRESHOLDS,
    _PROVIDER_ID,
    ISSUER_EVENT_ID,
    ACTIVATION_OF_A_TABLE,
    _ISSUER_TARIFF_ID,
    _COMMAND_INDEX,
    _NUMBER_OF_COMMANDS,
    _FOR_ALL_TIERS,
    CountOfNumbered(_THRESHOLD, _MOST_THRESHOLDS),
    *(_threshold(f"{_THRESHOLD}[index={place}]") for place in range(1, _MOST_THRESHOLDS + 1)),
)


_CALENDAR: Final = GasCalendar(
    calendar_type=0,
    days=f"{_SWITCHING_TABLE}/DayProfiles/DayProfile",
    weeks=f"{_SWITCHING_TABLE}/WeekProfiles/WeekProfile",
    seasons=f"{_SWITCHING_TABLE}/Seasons/Season",
    special_days=f"{_TARIFF}/SpecialDays/SpecialDay",
    day_name="DayName",
    most_days=4,
    schedule_entries=u8(1),
    schedule=run(
        u16(0),
        Element(
            "TOUTariffAction",
            number,
            lambda tier: bytes((tier,)),
            number_between(1, _MOST_PRICES),
            absent=_NO_TIER,
        ),
    ),
).commands()
"""A gas day has one entry, at midnight: a tier, or none where blocks are counted."""


def _use_case(name: str, message_code: int, element: str, *commands: Commands) -> UseCase:
    return UseCase(
        name=name,
        message_code=message_code,
        body=OtherBody,
        element=element,
        critical=True,
        payload=payload(*commands),
    )


def _tariff(*prices: Commands) -> UseCase:
    return _use_case("GCS01a", 0x006B, "UpdateImportTariffPrimaryElement", *_CALENDAR, *prices)


def _price_alone(*prices: Commands) -> UseCase:
    return _use_case("GCS01b", 0x00A3, "UpdatePricePrimaryElement", *prices)


GCS01A_TOU: Final = _tariff(*_TOU_PRICES)
GCS01A_BLOCK: Final = _tariff(
    _tariff_information(_DELIVERED_BLOCK, _NONE, CountOfNumbered(_THRESHOLD, _MOST_THRESHOLDS)),
    _BLOCK_THRESHOLDS,
    _BLOCK_PRICES,
)
"""Thresholds are counted where they stand: RTDS shows three of them beside a NumberOfThresholds of two."""
GCS01B_TOU: Final = _price_alone(*_TOU_PRICES)
GCS01B_BLOCK: Final = _price_alone(
    _tariff_information(
        _DELIVERED_BLOCK, _NONE, unsigned(1, f"{_BLOCK_TARIFF}/NumberOfThresholds", 1, _MOST_THRESHOLDS)
    ),
    _BLOCK_PRICES,
)
"""Without thresholds in the request, their number is what it says (assumed: RTDS shows it with as many prices)."""


def _by_scheme(variant: str, tou: UseCase, block: UseCase) -> tuple[Choice, ...]:
    rows = ((_TOU_TARIFF, tou), (_BLOCK_TARIFF, block))
    return tuple(
        Choice(
            variant=ServiceReferenceVariant(variant),
            device_types=(DeviceType.GSME,),
            use_case=use_case,
            conditions=(element_given(path),),
        )
        for path, use_case in rows
    )


CHOICES: Final = (
    *_by_scheme("1.1.1", GCS01A_TOU, GCS01A_BLOCK),
    *_by_scheme("1.2.1", GCS01B_TOU, GCS01B_BLOCK),
)
