"""Use cases that read attributes and settings of gas meters and gas proxy functions: constant payloads.

Reads of logs are in ``gas_logs``. A gas proxy function mirrors its meter's data: the message is the same
for both, and what is asked of the meter itself is what RTDS calls unreliable.
"""

from __future__ import annotations

from typing import Final

from gbcs.usecases.parts import Part
from gbcs.usecases.usecase import Choice, Condition, UseCase, gbcs_before, gbcs_from
from gbcs.usecases.zcl import Cluster, payload, read_attributes, to_client, to_server, u8, u16, u32
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_GET_CURRENT_PRICE: Final = 0x00
_GET_BILLING_PERIOD: Final = 0x0B
_GET_DAY_PROFILES: Final = 0x01
_GET_WEEK_PROFILES: Final = 0x02
_GET_SEASONS: Final = 0x03
_GET_SPECIAL_DAYS: Final = 0x04
_GET_EVENT_CONFIGURATION: Final = 0x05
_PROVIDER_ID: Final = u32(0)
_ANY_EVENT: Final = u32(0xFFFFFFFF)
_ANY_CALENDAR: Final = u32(0xFFFFFFFF)
_NON_DISABLEMENT_CALENDAR: Final = u32(0xFFFFFFFE)
"""The calendar of the type that the special days are asked by; RTDS shows it for 4.13."""
_TARIFF_CALENDAR_TYPE: Final = u8(0)
_NON_DISABLEMENT_CALENDAR_TYPE: Final = u8(3)
_ONE_PERIOD: Final = u8(1)
_DELIVERED: Final = u8(0)
_FIRST: Final = u8(1)
_ALL: Final = u8(0)
_NO_OPTIONS: Final = u8(0)
_EARLIEST: Final = u32(0)
_EVENTS_OF_GBCS: Final = u16(0x81FF)

_GSME: Final = (DeviceType.GSME,)
_GSME_OR_GPF: Final = (DeviceType.GSME, DeviceType.GPF)


def _read(name: str, message_code: int, element: str, content: Part) -> UseCase:
    return UseCase(name=name, message_code=message_code, body=OtherBody, element=element, payload=content)


def _calendar_reads(calendar: Part, calendar_type: Part) -> tuple[tuple[int, tuple[Part, ...]], ...]:
    """Commands that read all of a calendar, with their fields."""
    return (
        (_GET_DAY_PROFILES, (_PROVIDER_ID, calendar, _FIRST, _ALL)),
        (_GET_WEEK_PROFILES, (_PROVIDER_ID, calendar, _FIRST, _ALL)),
        (_GET_SEASONS, (_PROVIDER_ID, calendar)),
        (_GET_SPECIAL_DAYS, (_EARLIEST, _ALL, calendar_type, _PROVIDER_ID, calendar)),
    )


GCS13B: Final = _read(
    "GCS13b",
    0x00B8,
    "ReadInstantaneousImportBlockCounters",
    payload(read_attributes(Cluster.METERING, "0700 0701 0702 0703 0302 0301 0300")),
)
GCS13C: Final = _read(
    "GCS13c",
    0x00B6,
    "ReadInstantaneousImportTOUMatrices",
    payload(read_attributes(Cluster.METERING, "0302 0301 0300 0100 0102 0104 0106")),
)
GCS14: Final = _read(
    "GCS14",
    0x0075,
    "ReadInstantaneousPrepayValues",
    payload(
        read_attributes(Cluster.PRICE, "0617 0616"),
        read_attributes(Cluster.PREPAYMENT, "0005 0002 0001 0231 0211 0221"),
    ),
)
GCS21A: Final = _read(
    "GCS21a",
    0x007B,
    "ReadDeviceConfigurationGas",
    payload(
        read_attributes(Cluster.PRICE, "0306 0305 0304 0303 0302"),
        read_attributes(Cluster.METERING, "0B13 0B12 0B11 0B10 0B14 0B15"),
    ),
)
GCS21B: Final = _read(
    "GCS21b",
    0x00B5,
    "ReadPrepaymentConfiguration",
    payload(
        read_attributes(Cluster.PREPAYMENT, "0239 0006 0216 0226 0040 0010 0011 0031 0021 0022 0217 0227"),
        read_attributes(Cluster.PRICE, "0617"),
        *(
            to_server(Cluster.CALENDAR, command, *fields)
            for command, fields in _calendar_reads(_NON_DISABLEMENT_CALENDAR, _NON_DISABLEMENT_CALENDAR_TYPE)
        ),
    ),
)
_BILLING_PERIOD: Final = payload(
    to_server(Cluster.PRICE, _GET_BILLING_PERIOD, _EARLIEST, _ANY_EVENT, _ONE_PERIOD, _DELIVERED),
)
GCS21D: Final = _read("GCS21d", 0x009D, "ReadDeviceConfigurationBillingCalendar", _BILLING_PERIOD)
GCS21K: Final = _read("GCS21k", 0x00DA, "ReadDeviceConfigurationBillingCalendar", _BILLING_PERIOD)
GCS21E: Final = _read(
    "GCS21e",
    0x009E,
    "ReadDeviceConfigurationIdentityExcMPxN",
    payload(read_attributes(Cluster.BASIC, "0004 0005 0003"), read_attributes(Cluster.METERING, "0608 0607")),
)
GCS21M: Final = _read(
    "GCS21m",
    0x00FB,
    "ReadDeviceConfigurationIdentityExcMPxN",
    payload(read_attributes(Cluster.BASIC, "0004 0005"), read_attributes(Cluster.METERING, "0608 0607")),
)
GCS21F: Final = _read(
    "GCS21f",
    0x009F,
    "ReadTariffPrimaryElement",
    payload(
        read_attributes(
            Cluster.PRICE,
            "0203 0202 0100 0101 0102 0615 0400 0401 0402 0403 0410 0420 0430 0440 0616 0617 0301",
        ),
        *(
            to_server(Cluster.CALENDAR, command, *fields)
            for command, fields in _calendar_reads(_ANY_CALENDAR, _TARIFF_CALENDAR_TYPE)
        ),
        to_server(Cluster.PRICE, _GET_CURRENT_PRICE, _NO_OPTIONS),
    ),
)
GCS21J: Final = _read(
    "GCS21j", 0x00BF, "ReadDeviceConfigurationPaymentMode", payload(read_attributes(Cluster.PREPAYMENT, "0000"))
)
GCS20R: Final = _read(
    "GCS20r",
    0x00F1,
    "ReadDeviceConfigurationEventAndAlertBehaviours",
    payload(to_client(Cluster.DEVICE_MANAGEMENT, _GET_EVENT_CONFIGURATION, _EVENTS_OF_GBCS)),
)
GCS33: Final = _read("GCS33", 0x0082, "ReadSupplyStatus", payload(read_attributes(Cluster.METERING, "0205 0014")))
GCS46: Final = _read("GCS46", 0x0089, "ReadDeviceConfigurationMPxN", payload(read_attributes(Cluster.METERING, "0307")))
_BALANCE: Final = payload(read_attributes(Cluster.METERING, "0A00"), read_attributes(Cluster.PREPAYMENT, "0001"))
GCS60: Final = _read("GCS60", 0x008D, "ReadMeterBalance", _BALANCE)
GCS60A: Final = _read("GCS60a", 0x012A, "ReadMeterBalance", _BALANCE)

_WITH_ALL_PERIODICITIES: Final = "2.0"
_WITHOUT_HARDWARE_VERSION: Final = "3.2"
_WITH_MIRRORED_BALANCE: Final = "4.1"


def _by_version(variant: str, old: UseCase, new: UseCase, version: str, difference: str) -> tuple[Choice, ...]:
    """Two use cases of one body for a gas meter. RTDS shows both without saying what decides."""
    rows: tuple[tuple[UseCase, Condition, UseCase], ...] = (
        (old, gbcs_before(version), new),
        (new, gbcs_from(version), old),
    )
    return tuple(
        Choice(
            variant=ServiceReferenceVariant(variant),
            device_types=_GSME,
            use_case=use_case,
            conditions=(condition,),
            basis=Basis.ASSUMED,
            note=f"{difference}, taken to be new in GBCS {version}; the alternative is {alternative.name}",
        )
        for use_case, condition, alternative in rows
    )


def _plain(variant: str, device_types: tuple[DeviceType, ...], use_case: UseCase) -> Choice:
    return Choice(variant=ServiceReferenceVariant(variant), device_types=device_types, use_case=use_case)


CHOICES: Final = (
    _plain("4.1.2", _GSME_OR_GPF, GCS13C),
    _plain("4.1.4", _GSME_OR_GPF, GCS13B),
    _plain("4.3", _GSME_OR_GPF, GCS14),
    _plain("4.11.1", _GSME, GCS21F),
    _plain("4.13", _GSME, GCS21B),
    *_by_version("4.18", GCS60, GCS60A, _WITH_MIRRORED_BALANCE, "GCS60a has the balance that the proxy mirrors"),
    _plain("4.18", (DeviceType.GPF,), GCS60A),
    *_by_version("6.2.3", GCS21D, GCS21K, _WITH_ALL_PERIODICITIES, "GCS21k is of all periodicities"),
    *_by_version("6.2.4", GCS21E, GCS21M, _WITHOUT_HARDWARE_VERSION, "GCS21m leaves the hardware version out"),
    _plain("6.2.7", _GSME, GCS46),
    _plain("6.2.8", _GSME, GCS21A),
    _plain("6.2.9", _GSME, GCS21J),
    _plain("6.2.10", _GSME, GCS20R),
    _plain("7.4", _GSME, GCS33),
)
