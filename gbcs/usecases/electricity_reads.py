"""TABLE: what an ESME is read for, but for the reads that have a body of their own in ``readings``.

Source: RTDS vectors. Logical names and the order of attributes are the use cases'; neither is always what
one would expect. Where a body alone does not settle the use case, the row says what it was taken to rest on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gbcs.usecases.dlms import protected_read
from gbcs.usecases.dlms_periods import protected_log, reads
from gbcs.usecases.parts import Part
from gbcs.usecases.usecase import (
    KNOWN_REMOTE_PARTY,
    UNKNOWN_REMOTE_PARTY,
    Choice,
    Condition,
    Originator,
    Supplementary,
    UseCase,
    element_says,
    for_unknown_remote_party,
    gbcs_before,
    gbcs_from,
    phases_are,
    role_is,
)
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant, UserRole

_NEWER: Final = "of two use cases with the same body, taken for the GBCS version's difference; the alternative is {}"
_BY_ANALOGY: Final = "RTDS shows the unknown remote party for 4.14 and 4.17 only"


def _read(name: str, code: int, element: str, payload: Part, *, by_broker: bool = False) -> UseCase:
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element=element,
        payload=payload,
        originator=Originator.ACB if by_broker else Originator.USER,
        supplementary=Supplementary.PARTY if by_broker else Supplementary.NONE,
    )


ECS17A = _read("ECS17a", 0x0026, "ReadInstantaneousExportRegisters", reads("3 1-0:2.8.0.255 2 3; 3 1-0:4.8.0.255 2 3"))
ECS17C = _read("ECS17c", 0x0028, "ReadActivePowerImport", reads("1 0-0:94.44.34.20 2"))
ECS17D = _read(
    "ECS17d",
    0x0029,
    "ReadInstantaneousImportTOUMatrices",
    protected_read("0-0:43.2.9.255", "1 0-0:94.44.34.1"),
)
ECS17E = _read(
    "ECS17e",
    0x002A,
    "ReadInstantaneousImportTOUWithBlocksMatrices",
    protected_read("0-0:43.2.10.255", "1 0-0:94.44.34.2"),
)
ECS18A = _read("ECS18a", 0x002B, "ReadMaximumDemandExportRegisters", reads("1 0-0:94.44.5.2 2; 4 1-0:2.6.0.255 2 3 5"))
ECS18B = _read(
    "ECS18b",
    0x002C,
    "ReadMaximumDemandImportRegisters",
    reads("1 0-0:94.44.5.0 2; 1 0-0:94.44.5.1 2; 4 1-0:1.6.0.255 2 3 5; 4 1-0:1.6.1.255 2 3 5; 10 0-0:12.0.0.255 2"),
)
ECS19 = _read("ECS19", 0x002D, "ReadInstantaneousPrepayValues", protected_read("0-0:43.2.1.255", "1 0-0:94.44.34.30"))
ECS20A = _read("ECS20a", 0x002E, "RetrieveBillingDataLogDebtPayments", reads("7 0-0:98.1.4.255 2@"))
ECS20B = _read(
    "ECS20b",
    0x002F,
    "RetrieveCoMOrTariffTriggeredBillingDataLog",
    protected_log("0-0:43.2.3.255", "7 0-0:98.1.2.255"),
)
ECS20C = _read(
    "ECS20c",
    0x0030,
    "RetrieveBillingCalendarTriggeredBillingDataLog",
    protected_log("0-0:43.2.2.255", "7 0-0:98.1.0.255; 7 0-0:98.1.1.255"),
)
ECS20D = _read("ECS20d", 0x00C9, "RetrieveBillingDataLogPrepaymentCredits", reads("7 0-0:98.1.5.255 2@"))
ECS21A = _read("ECS21a", 0x0033, "RetrieveImportDailyReadLog", protected_log("0-0:43.2.5.255", "7 0-0:98.1.9.255"))
ECS21B = _read("ECS21b", 0x0034, "ReadPrepaymentDailyReadLog", protected_log("0-0:43.2.6.255", "7 0-0:98.1.8.255"))
ECS21C = _read("ECS21c", 0x0035, "RetrieveExportDailyReadLog", reads("7 0-0:98.1.10.255 2@"), by_broker=True)
ECS22A = _read("ECS22a", 0x0036, "ReadExportProfileData", reads("7 0-0:99.1.1.255 2@"))
ECS22C = _read("ECS22c", 0x0038, "ReadReactiveImportProfileData", reads("7 0-0:99.1.2.255 2@"))

_PHASE: Final = "3 1-0:{0}.32.0.4 2 3; 3 1-0:{0}.36.0.4 2 3; 7 1-0:{0}.24.0.255 2@ 4"
ECS23 = _read("ECS23", 0x0039, "ReadNetworkData", reads(_PHASE.format(32)))
ECS23B = _read("ECS23b", 0x00BC, "ReadNetworkData", reads("; ".join(_PHASE.format(phase) for phase in (32, 52, 72))))

ECS24 = _read(
    "ECS24",
    0x003A,
    "ReadTariffPrimaryElement",
    reads(
        "3 0-0:94.44.1.7 2 3; 20 0-0:13.0.0.255 3 4 5; 11 0-0:11.0.0.255 2; "
        "21 0-0:16.0.11.255 2; 21 0-0:16.0.12.255 2; 21 0-0:16.0.13.255 2; 21 0-0:16.0.14.255 2; "
        "21 0-0:16.0.15.255 2; 21 0-0:16.0.16.255 2; 21 0-0:16.0.17.255 2; 21 0-0:16.0.18.255 2; "
        "9000 0-0:94.44.2.0 2; 113 0-0:19.20.4.255 5; 113 0-0:19.20.0.255 5"
    ),
)
ECS24B = _read(
    "ECS24b",
    0x00BD,
    "ReadTariffSecondaryElement",
    reads("113 0-0:19.20.5.255 5; 3 0-0:94.44.1.8 2 3; 11 0-0:11.0.1.255 2; 20 0-0:13.0.1.255 3 4 5"),
)
_BEHAVIOURS: Final = "ReadDeviceConfigurationEventAndAlertBehaviours"
ECS25R1 = _read(
    "ECS25r1",
    0x00EE,
    _BEHAVIOURS,
    reads("1 0-30:97.98.15.255 2; 1 0-30:97.98.16.255 2; 1 0-30:97.98.17.255 2; 1 0-30:97.98.18.255 2"),
)
ECS25R2 = _read("ECS25r2", 0x00EF, _BEHAVIOURS, reads("1 0-33:97.98.15.255 2; 1 0-33:97.98.18.255 2"))
ECS26A = _read(
    "ECS26a",
    0x003B,
    "ReadPrepaymentConfiguration",
    reads(
        "113 0-0:19.20.1.255 5; 11 0-0:11.0.2.255 2; 113 0-0:19.20.1.255 8 5; 113 0-0:19.20.2.255 5 8 5; "
        "113 0-0:19.20.3.255 13; 9000 0-0:94.44.2.10 2; 21 0-0:16.0.1.255 2; 9000 0-0:94.44.2.20 2; "
        "111 0-0:19.0.0.255 16 18 19; 112 0-0:19.10.1.255 9 10; 10 0-0:12.0.1.255 2; 111 0-0:19.0.0.255 11"
    ),
)
_VOLTAGE: Final = (
    "71 0-0:17.0.1.255 4 6; 71 0-0:17.0.2.255 4 6; 71 0-0:17.0.3.255 4 6; 71 0-0:17.0.4.255 4 6; "
    "1 1-0:32.35.0.4 2; 1 1-0:32.31.0.4 2"
)
ECS26B = _read("ECS26b", 0x003C, "ReadDeviceConfigurationVoltage", reads(_VOLTAGE))
ECS26K = _read(
    "ECS26k",
    0x00C6,
    "ReadDeviceConfigurationVoltage",
    reads(_VOLTAGE + "; 1 1-0:52.31.0.4 2; 1 1-0:52.35.0.4 2; 1 1-0:72.31.0.4 2; 1 1-0:72.35.0.4 2"),
)
ECS26C = _read(
    "ECS26c",
    0x003D,
    "ReadDeviceConfigurationRandomisation",
    reads("1 0-0:94.44.0.0 2; 1 0-0:94.44.0.2 2; 1 0-0:94.44.0.1 2"),
)
_BILLING_CALENDAR: Final = "ReadDeviceConfigurationBillingCalendar"
ECS26D = _read("ECS26d", 0x003E, _BILLING_CALENDAR, reads("22 0-0:15.0.0.255 4"))
ECS26L = _read("ECS26l", 0x00D9, _BILLING_CALENDAR, reads("22 0-0:15.0.0.255 4"))
_IDENTITY: Final = "ReadDeviceConfigurationIdentityExcMPxN"
ECS26E = _read(
    "ECS26e",
    0x003F,
    _IDENTITY,
    reads("1 0-0:96.1.1.255 2; 1 0-0:96.1.2.255 2; 1 0-0:96.1.4.255 2; 1 0-0:96.1.6.255 2; 1 0-0:94.44.0.4 2"),
)
ECS26M = _read(
    "ECS26m",
    0x00F9,
    _IDENTITY,
    reads("1 0-0:96.1.2.255 2; 1 0-0:96.1.4.255 2; 1 0-0:96.1.6.255 2; 1 0-0:94.44.0.4 2"),
)
ECS26F = _read("ECS26f", 0x0040, "ReadDeviceConfigurationInstantaneousPowerThresholds", reads("21 0-0:16.0.0.255 2"))
ECS26J = _read("ECS26j", 0x00BE, "ReadDeviceConfigurationPaymentMode", reads("111 0-0:19.0.0.255 2"))
ECS27 = _read(
    "ECS27",
    0x0042,
    "ReadLoadLimitData",
    reads("9000 0-0:94.44.0.3 2; 3 0-0:94.44.42.255 2 3; 71 0-0:17.0.0.255 4 6 7"),
)
_LOG: Final = "ReadEventOrSecurityLog"
ECS35A = _read("ECS35a", 0x0048, _LOG, reads("7 0-0:99.98.0.255 2@"))
ECS35B = _read("ECS35b", 0x0049, _LOG, reads("7 0-0:99.98.1.255 2@"))
ECS35E = _read("ECS35e", 0x00B9, _LOG, reads("7 0-0:99.98.4.255 2@"))
ECS35F = _read("ECS35f", 0x00BA, _LOG, reads("7 0-17:99.98.2.255 2@"))
ECS35G = _read("ECS35g", 0x00FD, _LOG, reads("7 0-17:99.98.2.255 2@"))
ECS40 = _read("ECS40", 0x004E, "ReadDeviceConfigurationMPxN", reads("1 0-0:94.44.34.11 2; 1 1-0:0.0.2.255 2"))
ECS45 = _read("ECS45", 0x0052, "ReadSupplyStatus", reads("70 0-0:96.3.10.255 3"))

_SWITCHES: Final = "; ".join(f"1 0-0:94.44.0.{number} 2" for number in range(11, 16))
_STATES: Final = "; ".join(f"1 0-0:94.44.0.{number} 2" for number in range(21, 26))
_LIMITS: Final = "; ".join(f"1 0-0:94.44.0.{number} 2" for number in range(31, 36))
_CALENDAR: Final = "11 0-0:11.0.3.255 2; 10 0-0:12.0.2.255 2"
ECS61A = _read(
    "ECS61a",
    0x00BB,
    "ReadALCSData",
    reads(
        f"{_SWITCHES}; {_STATES}; {_CALENDAR}; " + "; ".join(f"70 0-{number}:96.3.10.255 2" for number in range(1, 6))
    ),
)
ECS61C = _read(
    "ECS61c",
    0x005E,
    "ReadBoostButtonDetails",
    reads(
        "1 0-0:94.44.7.255 2; 7 0-0:99.98.20.255 2@; "
        + "; ".join(f"1 0-0:94.44.6.{number} 2" for number in range(1, 6))
    ),
)
ECS61D = _read(
    "ECS61d",
    0x011C,
    "ReadAuxiliaryControllerConfigurationData",
    reads(f"{_SWITCHES}; {_CALENDAR}"),
    by_broker=True,
)
ECS61E = _read("ECS61e", 0x011D, "ReadAuxiliaryControllerOperationalData", reads(f"{_STATES}; {_LIMITS}"))
ECS66 = _read("ECS66", 0x0060, "RetrieveDailyConsumptionLog", protected_log("0-0:43.2.4.255", "7 0-0:99.1.3.255"))
ECS82 = _read("ECS82", 0x0069, "ReadMeterBalance", reads("112 0-0:19.10.0.255 2"))


_SUPPLIERS: Final = (UserRole.IMPORT_SUPPLIER, UserRole.EXPORT_SUPPLIER, UserRole.GAS_SUPPLIER)
_IS_SUPPLIER: Final = role_is(*_SUPPLIERS)
_IS_NETWORK: Final = role_is(UserRole.ELECTRICITY_DISTRIBUTOR, UserRole.GAS_TRANSPORTER)
_SINGLE_PHASE, _POLYPHASE = phases_are(1), phases_are(3)
_EARLY, _LATER = "2.0", "3.2"
"""The versions that the order of the message codes suggests."""


def _row(variant: str, use_case: UseCase, *conditions: Condition, assumed: str = "") -> Choice:
    return Choice(
        variant=ServiceReferenceVariant(variant),
        device_types=(DeviceType.ESME,),
        use_case=use_case,
        conditions=conditions,
        basis=Basis.ASSUMED if assumed else Basis.TRANSCRIBED,
        note=assumed,
    )


def _open_to_strangers(
    variant: str, use_case: UseCase, *conditions: Condition, shown: bool = False
) -> Iterator[Choice]:
    """For a user the device knows, and for one that gives its certificate."""
    yield _row(variant, use_case, KNOWN_REMOTE_PARTY, *conditions)
    unknown = for_unknown_remote_party(use_case)
    yield _row(variant, unknown, UNKNOWN_REMOTE_PARTY, *conditions, assumed="" if shown else _BY_ANALOGY)


CHOICES: Final = (
    _row("4.1.2", ECS17D),
    _row("4.1.3", ECS17E),
    _row("4.2", ECS17A),
    _row("4.3", ECS19),
    *_open_to_strangers("4.4.2", ECS20B),
    *_open_to_strangers("4.4.3", ECS20C),
    _row("4.4.4", ECS20A),
    _row("4.4.5", ECS20D),
    *_open_to_strangers("4.6.1", ECS21A),
    _row("4.6.2", ECS21C),
    _row("4.8.2", ECS22C),
    _row("4.8.3", ECS22A),
    *_open_to_strangers("4.10", ECS23, _SINGLE_PHASE),
    *_open_to_strangers("4.10", ECS23B, _POLYPHASE),
    _row("4.11.1", ECS24),
    _row("4.11.2", ECS24B),
    _row("4.12.1", ECS18B),
    _row("4.12.2", ECS18A),
    _row("4.13", ECS26A),
    *_open_to_strangers("4.14", ECS21B, shown=True),
    _row("4.15", ECS27),
    _row("4.16", ECS17C),
    *_open_to_strangers("4.17", ECS66),
    _row("4.18", ECS82),
    _row("6.2.1", ECS26B, _SINGLE_PHASE),
    _row("6.2.1", ECS26K, _POLYPHASE),
    _row("6.2.2", ECS26C),
    _row("6.2.3", ECS26D, gbcs_before(_EARLY), assumed=_NEWER.format("ECS26l")),
    _row("6.2.3", ECS26L, gbcs_from(_EARLY), assumed=_NEWER.format("ECS26d")),
    _row("6.2.4", ECS26E, gbcs_before(_LATER), assumed=_NEWER.format("ECS26m")),
    _row("6.2.4", ECS26M, gbcs_from(_LATER), assumed=_NEWER.format("ECS26e")),
    _row("6.2.5", ECS26F),
    _row("6.2.7", ECS40),
    _row("6.2.9", ECS26J),
    _row("6.2.10", ECS25R1, _IS_SUPPLIER),
    _row("6.2.10", ECS25R2, _IS_NETWORK),
    _row("6.13", ECS35A, element_says("LogToRead", "Event")),
    _row("6.13", ECS35B, element_says("LogToRead", "Security")),
    _row("6.13", ECS35E, element_says("LogToRead", "PowerEvent")),
    _row("6.13", ECS35F, element_says("LogToRead", "ALCSEvent"), _IS_SUPPLIER),
    _row("6.13", ECS35G, element_says("LogToRead", "ALCSEvent"), _IS_NETWORK),
    _row("7.4", ECS45),
    _row("7.7", ECS61A),
    _row("7.11", ECS61C),
    _row("7.14", ECS61D),
    _row("7.15", ECS61E),
)
