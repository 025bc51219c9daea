"""Use cases that read the logs of gas meters and gas proxy functions: services 4.4, 4.6, 4.10, 4.14, 4.17 and 6.13.

4.8.1 is in ``readings``. A log is read by one command for each of its snapshots, or by one for all.
"""

from __future__ import annotations

from typing import Final

from gbcs import gbz
from gbcs.usecases.elements import moment, text_at
from gbcs.usecases.parts import Constant, Derived, Inputs, Leaf, Part, run
from gbcs.usecases.usecase import (
    KNOWN_REMOTE_PARTY,
    UNKNOWN_REMOTE_PARTY,
    Choice,
    Originator,
    Supplementary,
    UseCase,
    element_says,
    for_unknown_remote_party,
)
from gbcs.usecases.zcl import Cluster, one, payload, to_server, u8, u16, u32
from gbcs.usecases.zcl_values import earliest_time, latest_time
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_START_PATH: Final = "ReadLogPeriod/StartDateTime"
_END_PATH: Final = "ReadLogPeriod/EndDateTime"

_GET_SNAPSHOT: Final = 0x06
_GET_SAMPLED_DATA: Final = 0x08
_GET_PREPAY_SNAPSHOT: Final = 0x07
_GET_TOP_UP_LOG: Final = 0x08
_GET_DEBT_REPAYMENT_LOG: Final = 0x0A
_GET_EVENT_LOG: Final = 0x00

_GENERAL: Final = u32(0x00000001)
"""Causes of snapshots, one bit each: here the daily ones."""
_END_OF_BILLING_PERIOD: Final = u32(0x00000002)
_CHANGE_OF_TARIFF_OR_MODE: Final = u32(0x00006008)
_MONTHS: Final = 12
_DAYS: Final = 31
_DEBTS: Final = u8(10)
_PAYMENT_BASED_DEBT: Final = u8(2)
_TOP_UPS: Final = u8(5)
_DAILY_SAMPLES: Final = u16(1)
_NETWORK_SAMPLES: Final = u16(2)
_CONSUMPTION_DELIVERED: Final = u8(0)
_FROM_THE_FIRST: Final = u32(1)
_SIZE_OF_NETWORK_LOG: Final = u16(41)
"""Four hours in samples of six minutes, both ends sampled: as many as 14.1 records."""
_SIZE_OF_DAILY_CONSUMPTION_LOG: Final = u16(731)
"""Two years of days: all that the log holds, whatever the end of the period."""
_ANY_EVENT: Final = u16(0)
_ALL: Final = u8(0)
_NO_OFFSET: Final = u16(0)


def _order_fault(inputs: Inputs) -> str | None:
    start, end = text_at(inputs.body, _START_PATH), text_at(inputs.body, _END_PATH)
    if start is None or end is None or moment(start) <= moment(end):
        return None
    first, last = moment(start).isoformat(), moment(end).isoformat()
    return f"EndDateTime should not be before StartDateTime {first}, found {last}"


_START: Final = earliest_time(_START_PATH)
_END: Final = run(latest_time(_END_PATH), Derived(lambda _inputs: b"", _order_fault))
"""With a check that takes no octets: a period ends no earlier than it starts (assumed, as in ``readings``)."""
_PERIOD: Final = run(_START, _END)


class Snapshots(Leaf, frozen=True):
    """A command for each snapshot of a period, counted from the latest: all made once, but for the period."""

    between: tuple[bytes, ...]
    """The octets of the payload around each place where the period stands."""

    def refusal(self, inputs: Inputs) -> str | None:
        return _PERIOD.refusal(inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return _PERIOD.encode(inputs).join(self.between)


_A_PERIOD: Final = b"\xff" * 8
"""Stands for the period while a payload is made; nothing else in these payloads looks like it."""


def _snapshots(*commands: gbz.Component) -> Snapshots:
    return Snapshots(tuple(gbz.encode(commands).split(_A_PERIOD)))


def _each(cluster: int, command: int, cause: Constant, count: int) -> tuple[gbz.Component, ...]:
    return tuple(
        gbz.Component(
            cluster=cluster,
            frame_control=gbz.FrameControl.CLIENT_TO_SERVER,
            command=command,
            payload=_A_PERIOD + bytes((offset,)) + cause.octets,
        )
        for offset in range(count)
    )


def _of_meter(cause: Constant, count: int) -> tuple[gbz.Component, ...]:
    return _each(Cluster.METERING, _GET_SNAPSHOT, cause, count)


def _of_prepayment(cause: Constant, count: int) -> tuple[gbz.Component, ...]:
    return _each(Cluster.PREPAYMENT, _GET_PREPAY_SNAPSHOT, cause, count)


def _log(
    name: str,
    message_code: int,
    element: str,
    content: Part,
    originator: Originator = Originator.USER,
    supplementary: Supplementary = Supplementary.NONE,
) -> UseCase:
    return UseCase(
        name=name,
        message_code=message_code,
        body=OtherBody,
        element=element,
        payload=content,
        originator=originator,
        supplementary=supplementary,
    )


GCS15B: Final = _log(
    "GCS15b",
    0x00C3,
    "RetrieveCoMOrTariffTriggeredBillingDataLog",
    _snapshots(*_of_prepayment(_CHANGE_OF_TARIFF_OR_MODE, _MONTHS), *_of_meter(_CHANGE_OF_TARIFF_OR_MODE, _MONTHS)),
)
GCS15C: Final = _log(
    "GCS15c",
    0x0076,
    "RetrieveBillingCalendarTriggeredBillingDataLog",
    _snapshots(*_of_meter(_END_OF_BILLING_PERIOD, _MONTHS), *_of_prepayment(_END_OF_BILLING_PERIOD, _MONTHS)),
)
GCS15D: Final = _log(
    "GCS15d",
    0x00C4,
    "RetrieveBillingDataLogDebtPayments",
    payload(
        to_server(Cluster.PREPAYMENT, _GET_DEBT_REPAYMENT_LOG, _END, _DEBTS, _PAYMENT_BASED_DEBT, from_date_time=_START)
    ),
    Originator.ACB,
    Supplementary.PARTY,
)
GCS15E: Final = _log(
    "GCS15e",
    0x00C5,
    "RetrieveBillingDataLogPrepaymentCredits",
    payload(to_server(Cluster.PREPAYMENT, _GET_TOP_UP_LOG, _END, _TOP_UPS, from_date_time=_START)),
)
GCS16A: Final = _log(
    "GCS16a",
    0x0077,
    "RetrieveImportDailyReadLog",
    _snapshots(*_of_meter(_GENERAL, _DAYS)),
)
GCS16B: Final = _log(
    "GCS16b",
    0x0096,
    "ReadPrepaymentDailyReadLog",
    _snapshots(*_of_prepayment(_GENERAL, _DAYS)),
)
GCS18: Final = _log(
    "GCS18",
    0x0079,
    "ReadNetworkData",
    one(
        Cluster.METERING,
        _GET_SAMPLED_DATA,
        _NETWORK_SAMPLES,
        _FROM_THE_FIRST,
        _CONSUMPTION_DELIVERED,
        _SIZE_OF_NETWORK_LOG,
    ),
)
GCS61: Final = _log(
    "GCS61",
    0x00A0,
    "RetrieveDailyConsumptionLog",
    one(
        Cluster.METERING,
        _GET_SAMPLED_DATA,
        _DAILY_SAMPLES,
        _START,
        _CONSUMPTION_DELIVERED,
        _SIZE_OF_DAILY_CONSUMPTION_LOG,
    ),
)


def _events(name: str, message_code: int, control_and_log: int) -> UseCase:
    return _log(
        name,
        message_code,
        "ReadEventOrSecurityLog",
        one(Cluster.EVENTS, _GET_EVENT_LOG, u8(control_and_log), _ANY_EVENT, _START, _END, _ALL, _NO_OFFSET),
    )


_WITH_FULL_INFORMATION: Final = 0x10
_EVENT_LOG: Final = 3
_SECURITY_LOG: Final = 4
_EVENT_LOG_OF_THE_METER: Final = 6
_SECURITY_LOG_OF_THE_METER: Final = 7
"""The two logs that ZigBee Smart Energy has for GBCS alone; that they are the proxy's copies is assumed."""

CS10A: Final = _events("CS10a", 0x0014, _WITH_FULL_INFORMATION | _EVENT_LOG)
CS10B: Final = _events("CS10b", 0x00A1, _SECURITY_LOG)
CS10A_OF_THE_METER: Final = _events("CS10a", 0x0014, _WITH_FULL_INFORMATION | _EVENT_LOG_OF_THE_METER)
CS10B_OF_THE_METER: Final = _events("CS10b", 0x00A1, _SECURITY_LOG_OF_THE_METER)

_GSME: Final = (DeviceType.GSME,)
_GPF: Final = (DeviceType.GPF,)
_BY_ANALOGY: Final = "RTDS shows the unknown remote party for 4.14 and 4.17 only"
_KNOWN_BY_ANALOGY: Final = "RTDS shows GCS61 for an unknown remote party only"
_OTHER_DEVICE: Final = "RTDS shows these logs of a gas meter only"
_COPY: Final = "of ZigBee's logs, 6 and 7 are for GBCS: taken for the proxy's copies; the alternatives are 3 and 4"


def _plain(variant: str, use_case: UseCase) -> Choice:
    return Choice(variant=ServiceReferenceVariant(variant), device_types=_GSME, use_case=use_case)


def _for_both_parties(
    variant: str, device_types: tuple[DeviceType, ...], use_case: UseCase, known: str = "", unknown: str = ""
) -> tuple[Choice, ...]:
    """A log that an unknown remote party may read too. ``known`` and ``unknown`` say what a row rests on."""
    rows = ((KNOWN_REMOTE_PARTY, use_case, known), (UNKNOWN_REMOTE_PARTY, for_unknown_remote_party(use_case), unknown))
    return tuple(
        Choice(
            variant=ServiceReferenceVariant(variant),
            device_types=device_types,
            use_case=chosen,
            conditions=(condition,),
            basis=Basis.ASSUMED if note else Basis.TRANSCRIBED,
            note=note,
        )
        for condition, chosen, note in rows
    )


def _log_to_read(device_types: tuple[DeviceType, ...], log: str, use_case: UseCase, note: str = "") -> Choice:
    return Choice(
        variant=ServiceReferenceVariant("6.13"),
        device_types=device_types,
        use_case=use_case,
        conditions=(element_says("LogToRead", log),),
        basis=Basis.ASSUMED if note else Basis.TRANSCRIBED,
        note=note,
    )


CHOICES: Final = (
    *_for_both_parties("4.4.2", _GSME, GCS15B, unknown=_BY_ANALOGY),
    *_for_both_parties("4.4.3", _GSME, GCS15C, unknown=_BY_ANALOGY),
    _plain("4.4.4", GCS15D),
    _plain("4.4.5", GCS15E),
    *_for_both_parties("4.6.1", _GSME, GCS16A, unknown=_BY_ANALOGY),
    *_for_both_parties("4.10", _GSME, GCS18, unknown=_BY_ANALOGY),
    *_for_both_parties("4.14", (DeviceType.GSME, DeviceType.GPF), GCS16B),
    *_for_both_parties("4.17", _GPF, GCS61, known=_KNOWN_BY_ANALOGY),
    _log_to_read(_GSME, "Event", CS10A),
    _log_to_read(_GSME, "Security", CS10B),
    _log_to_read(_GPF, "Event", CS10A, _OTHER_DEVICE),
    _log_to_read(_GPF, "Security", CS10B, _OTHER_DEVICE),
    _log_to_read(_GPF, "GSMEEvent", CS10A_OF_THE_METER, _COPY),
    _log_to_read(_GPF, "GSMESecurity", CS10B_OF_THE_METER, _COPY),
)
