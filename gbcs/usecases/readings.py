"""Use cases that read registers and profiles: services 4.1.1 and 4.8.1."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gbcs.times import zcl_earliest_refusal, zcl_utc_time
from gbcs.usecases.dlms import protected_read
from gbcs.usecases.parts import Derived, Inputs, log_period_fault, read
from gbcs.usecases.usecase import (
    KNOWN_REMOTE_PARTY,
    UNKNOWN_REMOTE_PARTY,
    Choice,
    UseCase,
    for_unknown_remote_party,
)
from gbcs.usecases.zcl import Cluster, one, payload, read_attributes, u8, u16
from schemas.request import ReadActiveImportProfileData, ReadInstantaneousImportRegisters
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_SAMPLE_INTERVAL: Final = timedelta(minutes=30)
_GET_SAMPLED_DATA: Final = 0x08
_CONSUMPTION_DELIVERED: Final = 0
_MOST_SAMPLES: Final = 0xFFFF


def _samples(inputs: Inputs) -> int:
    """Half-hours from start to end, both ends sampled: two days are 97.

    Assumed where the period is not one of whole half-hours; RTDS shows one that is.
    """
    return int((read(inputs.body, "end") - read(inputs.body, "start")) // _SAMPLE_INTERVAL) + 1


def _start_fault(inputs: Inputs) -> str | None:
    reason = zcl_earliest_refusal(read(inputs.body, "start"))
    return None if reason is None else f"StartDateTime {reason}"


def _samples_fault(inputs: Inputs) -> str | None:
    reason = log_period_fault(inputs)
    if reason is not None:
        return reason
    count = _samples(inputs)
    if count > _MOST_SAMPLES:
        return f"ReadLogPeriod should span at most {_MOST_SAMPLES} half-hourly samples, found {count}"
    return None


ECS17B = UseCase(
    name="ECS17b",
    message_code=0x0027,
    body=ReadInstantaneousImportRegisters,
    payload=protected_read("0-0:43.2.8.255", "1 0-0:94.44.34.10"),
)
GCS13A = UseCase(
    name="GCS13a",
    message_code=0x0074,
    body=ReadInstantaneousImportRegisters,
    payload=payload(read_attributes(Cluster.METERING, "0302 0301 0300 0000")),
)
ECS22B = UseCase(
    name="ECS22b",
    message_code=0x0037,
    body=ReadActiveImportProfileData,
    payload=protected_read("0-0:43.2.7.255", "7 0-0:99.1.0.255", period=True),
)
GCS17 = UseCase(
    name="GCS17",
    message_code=0x0078,
    body=ReadActiveImportProfileData,
    payload=one(
        Cluster.METERING,
        _GET_SAMPLED_DATA,
        u16(0),
        Derived(lambda inputs: zcl_utc_time(read(inputs.body, "start")), _start_fault),
        u8(_CONSUMPTION_DELIVERED),
        Derived(lambda inputs: _samples(inputs).to_bytes(2, "little"), _samples_fault),
    ),
)

_INSTANTANEOUS: Final = ServiceReferenceVariant("4.1.1")
_PROFILE: Final = ServiceReferenceVariant("4.8.1")
_BY_ANALOGY: Final = "RTDS shows the unknown remote party for 4.14 and 4.17 only"

CHOICES: Final = (
    Choice(variant=_INSTANTANEOUS, device_types=(DeviceType.ESME,), use_case=ECS17B),
    Choice(variant=_INSTANTANEOUS, device_types=(DeviceType.GSME, DeviceType.GPF), use_case=GCS13A),
    Choice(variant=_PROFILE, device_types=(DeviceType.ESME,), use_case=ECS22B, conditions=(KNOWN_REMOTE_PARTY,)),
    Choice(
        variant=_PROFILE,
        device_types=(DeviceType.ESME,),
        use_case=for_unknown_remote_party(ECS22B),
        conditions=(UNKNOWN_REMOTE_PARTY,),
        basis=Basis.ASSUMED,
        note=_BY_ANALOGY,
    ),
    Choice(variant=_PROFILE, device_types=(DeviceType.GSME,), use_case=GCS17, conditions=(KNOWN_REMOTE_PARTY,)),
    Choice(
        variant=_PROFILE,
        device_types=(DeviceType.GSME,),
        use_case=for_unknown_remote_party(GCS17),
        conditions=(UNKNOWN_REMOTE_PARTY,),
        basis=Basis.ASSUMED,
        note=_BY_ANALOGY,
    ),
)
