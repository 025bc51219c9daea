"""Use cases of voltage monitoring of an ESME: services 6.5 and 6.27.

Source: RTDS vectors. The order of the accesses differs from use case to use case and is data.
"""

from __future__ import annotations

from typing import Final

from gbcs.usecases.dlms import Step, access_list, sets
from gbcs.usecases.dlms_objects import CosemClass, reset
from gbcs.usecases.dlms_values import u32
from gbcs.usecases.elements import Path
from gbcs.usecases.usecase import Choice, UseCase, element_absent, element_given, phases_are
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_PHASES: Final = {1: 32, 2: 52, 3: 72}
"""Group C of the voltage of each phase."""
_OVER, _UNDER = 35, 31
_OVER_COUNTER, _UNDER_COUNTER = 36, 32
_LIMITS: Final = ("RMSExtremeOverVoltage", "RMSExtremeUnderVoltage", "RMSVoltageSag", "RMSVoltageSwell")
_THRESHOLD, _PERIOD = 4, 6
_SINGLE: Final = "SinglePhaseVoltageSettings"
_POLY: Final = "PolyPhaseVoltageSettings"


def _limits() -> list[Step]:
    steps = []
    for place, limit in enumerate(_LIMITS, 1):
        name = f"0-0:17.0.{place}.255"
        steps.append(sets(CosemClass.LIMITER, name, _THRESHOLD, u32(f"RMSVoltageSettings/{limit}Threshold")))
        steps.append(sets(CosemClass.LIMITER, name, _PERIOD, u32(f"RMSVoltageSettings/{limit}MeasurementPeriod")))
    return steps


def _path(phase: int, element: str, poly: bool) -> Path:
    """Where a setting of a phase stands. The elements of a polyphase meter may come in any order."""
    return f"{_POLY}[Phase={phase}]/PhaseVoltageSettings/{element}" if poly else f"{_SINGLE}/{element}"


def _period(phase: int, poly: bool) -> Step:
    path = _path(phase, "AverageRMSVoltageMeasurementPeriod", poly)
    return sets(CosemClass.PROFILE, f"1-0:{_PHASES[phase]}.24.0.255", 4, u32(path))


def _average(phase: int, which: int, poly: bool) -> Step:
    path = _path(phase, "AverageRMSOverVoltageThreshold" if which == _OVER else "AverageRMSUnderVoltageThreshold", poly)
    return sets(CosemClass.DATA, f"1-0:{_PHASES[phase]}.{which}.0.4", 2, u32(path))


def _resets(*phases: int) -> list[Step]:
    return [
        reset(CosemClass.REGISTER, f"1-0:{_PHASES[phase]}.{counter}.0.4")
        for phase in phases
        for counter in (_UNDER_COUNTER, _OVER_COUNTER)
    ]


def _settings(name: str, code: int, *steps: Step) -> UseCase:
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element="UpdateDeviceConfigurationVoltage",
        payload=access_list(*steps),
    )


def _counters(name: str, code: int, *phases: int) -> UseCase:
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element="UpdateDeviceConfigurationRMSVoltageCounterReset",
        payload=access_list(*_resets(*phases)),
    )


ECS29A: Final = _settings(
    "ECS29a",
    0x0045,
    _period(1, poly=False),
    *_limits(),
    _average(1, _OVER, poly=False),
    _average(1, _UNDER, poly=False),
    *_resets(1),
)
ECS29B: Final = _settings(
    "ECS29b",
    0x00AE,
    *(_period(phase, poly=True) for phase in _PHASES),
    *_limits(),
    _average(1, _OVER, poly=True),
    _average(1, _UNDER, poly=True),
    _average(2, _UNDER, poly=True),
    _average(2, _OVER, poly=True),
    _average(3, _UNDER, poly=True),
    _average(3, _OVER, poly=True),
    *_resets(1, 2, 3),
)
ECS29C: Final = _settings(
    "ECS29c",
    0x00D1,
    _average(1, _UNDER, poly=False),
    _average(1, _OVER, poly=False),
    _period(1, poly=False),
    *_limits(),
)
ECS29D: Final = _settings(
    "ECS29d",
    0x00D2,
    *(_average(phase, which, poly=True) for phase in _PHASES for which in (_UNDER, _OVER)),
    *(_period(phase, poly=True) for phase in _PHASES),
    *_limits(),
)
ECS29E: Final = _counters("ECS29e", 0x00D3, 1)
ECS29F: Final = _counters("ECS29f", 0x00D4, 1, 2, 3)


_UPDATE: Final = ServiceReferenceVariant("6.5")
_RESET_COUNTERS: Final = ServiceReferenceVariant("6.27")
_ESME: Final = (DeviceType.ESME,)
_KEEP: Final = "RMSVoltageCountersNotReset"
_BY_PHASES: Final = "RTDS shows both from one request; the number of phases is taken to decide"

CHOICES: Final = (
    *(
        Choice(
            variant=_UPDATE,
            device_types=_ESME,
            use_case=use_case,
            conditions=(element_given(phases), element_given(_KEEP) if kept else element_absent(_KEEP)),
        )
        for use_case, phases, kept in (
            (ECS29A, _SINGLE, False),
            (ECS29B, _POLY, False),
            (ECS29C, _SINGLE, True),
            (ECS29D, _POLY, True),
        )
    ),
    *(
        Choice(
            variant=_RESET_COUNTERS,
            device_types=_ESME,
            use_case=use_case,
            conditions=(phases_are(count),),
            basis=Basis.ASSUMED,
            note=_BY_PHASES,
        )
        for use_case, count in ((ECS29E, 1), (ECS29F, 3))
    ),
)
