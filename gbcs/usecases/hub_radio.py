"""TABLE: reads of a communications hub, its device log and its sub-GHz radio. The broker sends them for the user.

Source: RTDS vectors; 8.11's use cases are in ``hub``.
"""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.usecases.dlms import NULL, access_list, action, gets, sets, structure
from gbcs.usecases.dlms_periods import reads
from gbcs.usecases.elements import Element, Path, number, part_at, scaled
from gbcs.usecases.parts import Constant, Derived, Inputs, Part, number_between
from gbcs.usecases.usecase import (
    Choice,
    Condition,
    Originator,
    Supplementary,
    UseCase,
    element_absent,
    element_given,
    element_says,
    gbcs_before,
    gbcs_from,
)
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_NETWORK_CONTROL: Final = 104
_NETWORK: Final = "0-0:30.3.0.255"
_SECOND_NETWORK: Final = "0-0:30.3.1.255"
_READ_SECURITY_DETAILS: Final = 4
_RESTORE: Final = 5


def _case(name: str, code: int, element: str, payload: Part) -> UseCase:
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element=element,
        payload=payload,
        originator=Originator.ACB,
        supplementary=Supplementary.PARTY,
    )


# ---- the device log


def _log_fault(inputs: Inputs) -> str | None:
    return "the old hub's device log is missing" if inputs.facts.hub_log is None else None


def _log(inputs: Inputs) -> bytes:
    """The trust centre's backup: its extended PAN identifier, and each device with the hash of its link key."""
    log = inputs.facts.hub_log
    if log is None:
        return b""
    entries = (
        axdr.structure(axdr.octet_string(each.device.octets), axdr.octet_string(each.link_key_hash))
        for each in log.entries
    )
    return axdr.structure(axdr.octet_string(log.extended_pan_id), axdr.array(*entries))


CCS03 = _case(
    "CCS03",
    0x0003,
    "RestoreHANDeviceLog",
    access_list(action(_NETWORK_CONTROL, _NETWORK, _RESTORE, Derived(_log, _log_fault))),
)
CCS05_CCS04 = _case("CCS05CCS04", 0x0004, "ReadDeviceLog", gets(f"{_NETWORK_CONTROL} {_NETWORK} 4"))
CCS06 = _case("CCS06", 0x010F, "ReadDeviceLog", gets(f"{_NETWORK_CONTROL} {_NETWORK} 4"))
CCS07 = _case(
    "CCS07",
    0x00FE,
    "ReadDeviceLog",
    access_list(
        *(action(_NETWORK_CONTROL, name, _READ_SECURITY_DETAILS, NULL) for name in (_NETWORK, _SECOND_NETWORK))
    ),
)

# ---- reads of the hub itself

_IDENTITY: Final = "ReadDeviceConfigurationIdentityExcMPxN"
ECS26I = _case("ECS26i", 0x0092, _IDENTITY, gets("1 0-0:96.1.1.255 2; 1 0-0:96.1.4.255 2; 1 0-0:96.1.6.255 2"))
ECS26N = _case("ECS26n", 0x00FA, _IDENTITY, gets("1 0-0:96.1.4.255 2; 1 0-0:96.1.6.255 2"))
_EVENT_LOG: Final = "ReadEventOrSecurityLog"
ECS35C = _case("ECS35c", 0x0093, _EVENT_LOG, reads("7 0-0:99.98.0.255 2@"))
ECS35D = _case("ECS35d", 0x0094, _EVENT_LOG, reads("7 0-0:99.98.1.255 2@"))

# ---- the sub-GHz radio

_CONFIGURATION: Final = "0-0:94.44.10.0"
_PAGE_SHIFT: Final = 27
_FIRST_PAGE: Final = 28
_MASK_BITS: Final = 32
_PAGES: Final = (
    ("LowerBandSubGHzChannels0To26", 0),
    ("LowerBandSubGHzChannels27To34", 27),
    ("LowerBandSubGHzChannels35To61", 35),
    ("UpperBandSubGHzChannels0To26", 0),
)
"""Element of each channel page from 28 on, and the channel that its lowest bit stands for."""


def _page(number_of_page: int, element: Path, first: int) -> Part:
    """A channel page in the top five bits, a bit for each channel below them."""

    def encode(inputs: Inputs) -> bytes:
        group = part_at(inputs.body, element)
        channels = () if group is None else (int(each.name.removeprefix("Channel")) for each in group.parts)
        mask = number_of_page << _PAGE_SHIFT | sum(1 << (channel - first) for channel in channels)
        return axdr.bit_string([bool(mask >> bit & 1) for bit in reversed(range(_MASK_BITS))])

    return Derived(encode)


def _u8(path: Path) -> Part:
    return Element(path, number, lambda value: axdr.number(axdr.Tag.UNSIGNED, value), number_between(0, 0xFF))


def _u16(path: Path) -> Part:
    return Element(path, number, axdr.long_unsigned, number_between(0, 0xFFFF))


def _hundredths(path: Path) -> Part:
    return Element(path, scaled(2), axdr.long_unsigned, number_between(0, 0xFFFF))


DBCH01 = _case("DBCH01", 0x010A, "ReadCHFSubGHzChannel", gets("1 0-0:94.44.10.2 2"))
DBCH02 = _case("DBCH02", 0x010B, "ReadCHFSubGHzChannelLog", reads("7 0-0:94.44.10.3 2@"))
DBCH03 = _case("DBCH03", 0x010C, "ReadCHFSubGHzConfiguration", gets(f"1 {_CONFIGURATION} 2"))
DBCH04 = _case(
    "DBCH04",
    0x010D,
    "SetCHFSubGHzConfiguration",
    access_list(
        sets(
            1,
            _CONFIGURATION,
            2,
            structure(
                *(_page(_FIRST_PAGE + place, element, first) for place, (element, first) in enumerate(_PAGES)),
                _hundredths("NormalLimitedDutyCycleThreshold"),
                _hundredths("LimitedCriticalDutyCycleThreshold"),
                _u8("MaximumSubGHzChannelChangesPerWeek"),
                _u16("GSMECurfew"),
                _u8("ChannelQuieterThreshold"),
                _u8("ChannelNoisierThreshold"),
                _hundredths("NonGSMEPoorCommsPercentageThreshold"),
                _u8("NonGSMEPoorCommsMeasurementPeriods"),
                _u16("LocalCHNoiseMeasurementPeriod"),
                _hundredths("LocalCHFailurePercentage"),
                _hundredths("LocalCHRetryPercentage"),
            ),
        )
    ),
)
DBCH05 = _case(
    "DBCH05",
    0x010E,
    "RequestCHFSubGHzChannelScan",
    access_list(sets(1, "0-0:94.44.10.1", 2, Constant(axdr.number(axdr.Tag.UNSIGNED, 0)))),
)

_DUAL_BAND: Final = "4.0"
"""From this version a hub may have the second band, and the log with it (assumed, as the code stands beside DBCH's)."""
_LATER: Final = "3.2"
_NEWER: Final = "of two use cases with the same body, taken for the GBCS version's difference; the alternative is {}"


def _row(variant: str, use_case: UseCase, *conditions: Condition, assumed: str = "") -> Choice:
    return Choice(
        variant=ServiceReferenceVariant(variant),
        device_types=(DeviceType.CHF,),
        use_case=use_case,
        conditions=conditions,
        basis=Basis.ASSUMED if assumed else Basis.TRANSCRIBED,
        note=assumed,
    )


_SECURITY_DETAILS: Final = "ReadSecurityDetails"
CHOICES: Final = (
    _row("6.2.4", ECS26I, gbcs_before(_LATER), assumed=_NEWER.format("ECS26n")),
    _row("6.2.4", ECS26N, gbcs_from(_LATER), assumed=_NEWER.format("ECS26i")),
    _row("6.13", ECS35C, element_says("LogToRead", "Event")),
    _row("6.13", ECS35D, element_says("LogToRead", "Security")),
    _row("6.28", DBCH04),
    _row("6.29", DBCH05),
    _row("6.30", DBCH03),
    _row("6.31", DBCH01),
    _row("6.32", DBCH02),
    _row("8.9", CCS07, element_given(_SECURITY_DETAILS)),
    _row(
        "8.9", CCS05_CCS04, element_absent(_SECURITY_DETAILS), gbcs_before(_DUAL_BAND), assumed=_NEWER.format("CCS06")
    ),
    _row("8.9", CCS06, element_absent(_SECURITY_DETAILS), gbcs_from(_DUAL_BAND), assumed=_NEWER.format("CCS05CCS04")),
    _row("8.12.1", CCS03),
)
