"""Use cases that set up gas meters, arm them and have them record: services 6.6, 6.7, 6.8, 7.3 and 14.1.

Events and alerts (6.22) are in ``gas_alerts``, tariffs, prepayment and the display in modules of their own.
"""

from __future__ import annotations

from typing import Final

from gbcs.usecases.parts import Part
from gbcs.usecases.usecase import Choice, Condition, Originator, Supplementary, UseCase, element_given, element_says
from gbcs.usecases.zcl import ISSUER_EVENT_ID, NOW, Cluster, one, payload, to_client, to_server, u8, u16, u32
from gbcs.usecases.zcl_values import decimal, enumeration, unsigned, utc_time
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_PROVIDER_ID: Final = u32(0)
_TARIFF_DELIVERED: Final = u8(0)


def _critical(name: str, message_code: int, element: str, content: Part) -> UseCase:
    return UseCase(
        name=name, message_code=message_code, body=OtherBody, element=element, critical=True, payload=content
    )


_PUBLISH_CONVERSION_FACTOR: Final = 0x02
_PUBLISH_CALORIFIC_VALUE: Final = 0x03
_FIVE_DECIMALS: Final = u8(0x50)
_ONE_DECIMAL: Final = u8(0x10)
_MEGAJOULES_PER_CUBIC_METRE: Final = u8(1)

GCS23: Final = _critical(
    "GCS23",
    0x007C,
    "UpdateDeviceConfigurationGasConversion",
    payload(
        to_client(
            Cluster.PRICE,
            _PUBLISH_CONVERSION_FACTOR,
            ISSUER_EVENT_ID,
            NOW,
            decimal(4, "ConversionFactor", 5),
            _FIVE_DECIMALS,
        ),
        to_client(
            Cluster.PRICE,
            _PUBLISH_CALORIFIC_VALUE,
            ISSUER_EVENT_ID,
            NOW,
            decimal(4, "CalorificValue", 1),
            _MEGAJOULES_PER_CUBIC_METRE,
            _ONE_DECIMAL,
        ),
    ),
)

_SET_SUPPLY_STATUS: Final = 0x0D
_SET_UNCONTROLLED_FLOW_THRESHOLD: Final = 0x0E
_CUBIC_METRES_PER_HOUR: Final = u8(1)
_MULTIPLIER: Final = u16(1)
_FLOW_RATE: Final = "UncontrolledGasFlowRate"
_FLOW_RATE_DECIMAL: Final = "UncontrolledGasFlowRateDecimal"
_FLOW_RATE_DECIMALS: Final = 4
_SUPPLY: Final = {"Locked": 0, "Unchanged": 3}
"""Locked is what ZigBee calls supply off (assumed: RTDS shows Unchanged only, and 0 for uncontrolled flow)."""
_LOCKED: Final = u8(_SUPPLY["Locked"])
_UNCHANGED: Final = u8(_SUPPLY["Unchanged"])


def _gas_flow(name: str, message_code: int, flow_rate: Part, divisor: int) -> UseCase:
    return _critical(
        name,
        message_code,
        "UpdateDeviceConfigurationGasFlow",
        payload(
            to_server(
                Cluster.METERING,
                _SET_UNCONTROLLED_FLOW_THRESHOLD,
                _PROVIDER_ID,
                ISSUER_EVENT_ID,
                flow_rate,
                _CUBIC_METRES_PER_HOUR,
                _MULTIPLIER,
                u16(divisor),
                unsigned(1, "StabilisationPeriod", 1),
                unsigned(2, "MeasurementPeriod", 1),
            ),
            to_server(
                Cluster.METERING,
                _SET_SUPPLY_STATUS,
                ISSUER_EVENT_ID,
                enumeration("SupplyTamperState", _SUPPLY),
                enumeration("SupplyDepletionState", _SUPPLY),
                _LOCKED,
                _UNCHANGED,
            ),
        ),
    )


GCS24: Final = _gas_flow("GCS24", 0x007D, unsigned(2, _FLOW_RATE), 1)
GCS24A: Final = _gas_flow(
    "GCS24a", 0x00FC, decimal(2, _FLOW_RATE_DECIMAL, _FLOW_RATE_DECIMALS), 10**_FLOW_RATE_DECIMALS
)

_PUBLISH_BLOCK_PERIOD: Final = 0x01
_PUBLISH_BILLING_PERIOD: Final = 0x09
_BILLING: Final = "GasBillingCalendar"
_PERIODICITY: Final = f"{_BILLING}/Periodicity"
_IN_DAYS: Final = 0x21
_IN_WEEKS: Final = 0x22
_IN_MONTHS: Final = 0x23
"""The unit of a duration, and that it starts at no particular point of one."""
_PERIODS: Final = {
    "Daily": (1, _IN_DAYS),
    "Weekly": (1, _IN_WEEKS),
    "Monthly": (1, _IN_MONTHS),
    "Quarterly": (3, _IN_MONTHS),
    "SixMonthly": (6, _IN_MONTHS),
    "Yearly": (12, _IN_MONTHS),
}
"""Duration and unit. Assumed where RTDS is silent: it shows Monthly and SixMonthly."""
_DURATIONS: Final = {periodicity: duration for periodicity, (duration, _) in _PERIODS.items()}
_UNITS: Final = {periodicity: unit for periodicity, (_, unit) in _PERIODS.items()}
_BLOCK_PERIOD_CONTROL: Final = u8(2)
_PER_BLOCK_PERIOD: Final = u8(1)


def _billing_calendar(name: str, message_code: int) -> UseCase:
    start = utc_time(f"{_BILLING}/BillingPeriodStart")
    duration, unit = enumeration(_PERIODICITY, _DURATIONS, octets=3), enumeration(_PERIODICITY, _UNITS)
    return _critical(
        name,
        message_code,
        "UpdateDeviceConfigurationBillingCalendar",
        payload(
            to_client(
                Cluster.PRICE,
                _PUBLISH_BILLING_PERIOD,
                _PROVIDER_ID,
                ISSUER_EVENT_ID,
                start,
                duration,
                unit,
                _TARIFF_DELIVERED,
            ),
            to_client(
                Cluster.PRICE,
                _PUBLISH_BLOCK_PERIOD,
                _PROVIDER_ID,
                ISSUER_EVENT_ID,
                start,
                duration,
                _BLOCK_PERIOD_CONTROL,
                unit,
                _TARIFF_DELIVERED,
                _PER_BLOCK_PERIOD,
            ),
        ),
    )


GCS25: Final = _billing_calendar("GCS25", 0x007E)
GCS25A: Final = _billing_calendar("GCS25a", 0x00D8)

_CHANGE_SUPPLY: Final = 0x0B
_SUPPLY_ARMED: Final = u8(1)
_ACKNOWLEDGEMENT_REQUIRED: Final = u8(1)
GCS39: Final = _critical(
    "GCS39",
    0x0085,
    "ArmSupply",
    one(
        Cluster.METERING,
        _CHANGE_SUPPLY,
        _PROVIDER_ID,
        ISSUER_EVENT_ID,
        NOW,
        NOW,
        _SUPPLY_ARMED,
        _ACKNOWLEDGEMENT_REQUIRED,
    ),
)

_START_SAMPLING: Final = 0x07
_CONSUMPTION_DELIVERED: Final = u8(0)
_SIX_MINUTES: Final = u16(360)
"""Seconds."""
_FOUR_HOURS_OF_SAMPLES: Final = u16(41)
GCS31: Final = UseCase(
    name="GCS31",
    message_code=0x0080,
    body=OtherBody,
    element="RecordNetworkDataGAS",
    originator=Originator.ACB,
    supplementary=Supplementary.PARTY,
    payload=one(
        Cluster.METERING,
        _START_SAMPLING,
        ISSUER_EVENT_ID,
        NOW,
        _CONSUMPTION_DELIVERED,
        _SIX_MINUTES,
        _FOUR_HOURS_OF_SAMPLES,
    ),
)

_BY_ANALOGY: Final = "RTDS shows GCS25 with Monthly and GCS25a, the one of all periodicities, with SixMonthly"


def _choice(
    variant: str,
    use_case: UseCase,
    *conditions: Condition,
    note: str = "",
) -> Choice:
    return Choice(
        variant=ServiceReferenceVariant(variant),
        device_types=(DeviceType.GSME,),
        use_case=use_case,
        conditions=conditions,
        basis=Basis.ASSUMED if note else Basis.TRANSCRIBED,
        note=note,
    )


CHOICES: Final = (
    _choice("6.6", GCS23),
    _choice("6.7", GCS24, element_given(_FLOW_RATE)),
    _choice("6.7", GCS24A, element_given(_FLOW_RATE_DECIMAL)),
    _choice("6.8", GCS25, element_says(_PERIODICITY, "Monthly")),
    _choice("6.8", GCS25A, element_says(_PERIODICITY, "SixMonthly")),
    _choice("6.8", GCS25, element_says(_PERIODICITY, "Daily", "Weekly"), note=_BY_ANALOGY),
    _choice("6.8", GCS25A, element_says(_PERIODICITY, "Quarterly", "Yearly"), note=_BY_ANALOGY),
    _choice("7.3", GCS39),
    _choice("14.1", GCS31),
)
