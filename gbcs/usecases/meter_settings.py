"""Use cases that configure an ESME: load limiting, thresholds, demand, meter points, clock, tamper state.

Services 6.4.1, 6.4.2, 6.11, 6.12, 6.18.1, 6.18.2, 6.20.1, 6.20.2, 6.25 and 8.1.1. Source: RTDS vectors.
Billing calendars are in ``billing``, voltage in ``voltage``, alerts in ``alert_settings``.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from gbcs import axdr
from gbcs.times import COSEM_NEVER, cosem_date_time
from gbcs.usecases.dlms import Step, access_list, action, array, sets, structure
from gbcs.usecases.dlms_objects import NO_ARGUMENT, CosemClass, reset
from gbcs.usecases.dlms_values import StepsAsked, activations, date_time, is_said, time_of_day, u32
from gbcs.usecases.elements import Element, Path, moment, number, part_at, plain, text_at
from gbcs.usecases.parts import Constant, Derived, Inputs, Part, decimal_digits, number_between, run
from gbcs.usecases.usecase import Choice, Originator, Supplementary, UseCase
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

# ---- load limiting

ECS28A: Final = UseCase(
    name="ECS28a",
    message_code=0x0043,
    body=OtherBody,
    element="UpdateDeviceConfigurationLoadLimitingGeneralSettings",
    critical=True,
    payload=access_list(
        sets(
            CosemClass.EXTENDED_DATA,
            "0-0:94.44.0.3",
            4,
            is_said("LoadLimitSupplyState", {"Disable": 1, "Unchanged": 0}),
        ),
        sets(CosemClass.EXTENDED_DATA, "0-0:94.44.128.7", 4, u32("LoadLimitPowerThreshold")),
        sets(CosemClass.EXTENDED_DATA, "0-0:94.44.128.6", 4, u32("LoadLimitPeriod")),
        sets(CosemClass.EXTENDED_DATA, "0-0:94.44.128.8", 4, u32("LoadLimitRestorationPeriod")),
        *activations("9000 0-0:94.44.0.3 6; 9000 0-0:94.44.128.7 6; 9000 0-0:94.44.128.6 6; 9000 0-0:94.44.128.8 6"),
    ),
)
ECS28B: Final = UseCase(
    name="ECS28b",
    message_code=0x0044,
    body=OtherBody,
    element="UpdateDeviceConfigurationLoadLimitingCounterReset",
    payload=access_list(reset(CosemClass.REGISTER, "0-0:94.44.42.255")),
)

# ---- power thresholds and maximum demand

ECS34: Final = UseCase(
    name="ECS34",
    message_code=0x0047,
    body=OtherBody,
    element="UpdateDeviceConfigurationInstantaneousPowerThreshold",
    payload=access_list(
        sets(
            CosemClass.REGISTER_MONITOR,
            "0-0:16.0.0.255",
            2,
            array(u32("LowMediumPowerThreshold"), u32("MediumHighPowerThreshold")),
        )
    ),
)

_DEMAND_SCRIPTS: Final = Constant(axdr.octet_string(axdr.obis("0-0:10.128.100.255")))
_EVERY_DAY_OF_EVERY_YEAR: Final = Constant(
    axdr.long_unsigned(0xFFFF)
    + axdr.bit_string((True,) * 7)
    + axdr.bit_string(())
    + axdr.octet_string(bytes.fromhex("000001FFFF"))
    + axdr.octet_string(b"\xff" * 5)
)
"""No validity window, all weekdays, no special days, from any year's first month on."""
_PERIOD: Final = "MaximumDemandTimePeriodSchedule"


def _demand_switch(place: int, switch_time: Path) -> Part:
    """Script 1 starts the period, script 2 ends it. A structure of ten members."""
    return run(
        Constant(axdr.structure_head(10)),
        Constant(axdr.long_unsigned(place)),
        Constant(axdr.boolean(True)),
        _DEMAND_SCRIPTS,
        Constant(axdr.long_unsigned(place + 1)),
        time_of_day(switch_time),
        _EVERY_DAY_OF_EVERY_YEAR,
    )


ECS37: Final = UseCase(
    name="ECS37",
    message_code=0x004A,
    body=OtherBody,
    element="SetMaximumDemandConfigurableTimePeriod",
    payload=access_list(
        sets(
            CosemClass.SCHEDULE,
            "0-0:12.0.0.255",
            2,
            array(_demand_switch(0, f"{_PERIOD}/StartTime"), _demand_switch(1, f"{_PERIOD}/EndTime")),
        )
    ),
)


def _demand_reset(element: str, name: str) -> tuple[Path, Step]:
    return element, reset(CosemClass.EXTENDED_REGISTER, name)


ECS57: Final = UseCase(
    name="ECS57",
    message_code=0x005A,
    body=OtherBody,
    element="ResetMaximumDemandRegisters",
    payload=StepsAsked(
        (
            _demand_reset("MaxDemandActivePowerImportValue", "1-0:1.6.0.255"),
            _demand_reset("MaxDemandConfigTimeActivePowerImportValue", "1-0:1.6.1.255"),
            _demand_reset("MaxDemandActivePowerExportValue", "1-0:2.6.0.255"),
        )
    ),
)

# ---- meter points

_MPAN_DIGITS: Final = 13


def _mpan(path: Path) -> Element:
    return Element(
        path,
        plain,
        lambda text: axdr.octet_string(text.encode("ascii")),
        decimal_digits(_MPAN_DIGITS),
    )


_FIRST: Final = "ImportMPANs/ImportMPAN"
_SECOND: Final = "ImportMPANs/SecondaryImportMPAN"


def _import_mpans_fault(inputs: Inputs) -> str | None:
    reason = _mpan(_FIRST).refusal(inputs)
    if reason is None and part_at(inputs.body, _SECOND) is not None:
        reason = _mpan(_SECOND).refusal(inputs)
    return reason


def _import_mpans(inputs: Inputs) -> bytes:
    """The digits of one meter point, or of both in a row."""
    both = (text_at(inputs.body, _FIRST) or "") + (text_at(inputs.body, _SECOND) or "")
    return axdr.octet_string(both.encode("ascii"))


ECS39A: Final = UseCase(
    name="ECS39a",
    message_code=0x004C,
    body=OtherBody,
    element="SetDeviceConfigurationImportMPxN",
    payload=access_list(sets(CosemClass.DATA, "0-0:94.44.34.11", 2, Derived(_import_mpans, _import_mpans_fault))),
)
ECS39B: Final = UseCase(
    name="ECS39b",
    message_code=0x004D,
    body=OtherBody,
    element="SetDeviceConfigurationExportMPAN",
    originator=Originator.ACB,
    supplementary=Supplementary.PARTY,
    payload=access_list(sets(CosemClass.DATA, "1-0:0.0.2.255", 2, _mpan("ExportMPAN"))),
)

# ---- clock and tamper state

_CLOCK: Final = "0-0:1.0.0.255"
_CLOCK_BASE: Final = 9
_RADIO_CONTROLLED: Final = Constant(axdr.enum(5))
_PRESET, _ADJUST_TO_PRESET = 5, 4
_MOST_TOLERANCE: Final = 86400
_LATEST_START: Final = datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC)


def _tolerance_fault(inputs: Inputs) -> str | None:
    period = Element("TolerancePeriod", number, axdr.long_unsigned, number_between(0, _MOST_TOLERANCE))
    reason = date_time("CurrentDateTime").refusal(inputs) or period.refusal(inputs)
    if reason is None and moment(text_at(inputs.body, "CurrentDateTime") or "") > _LATEST_START:
        return f"CurrentDateTime should be before {_LATEST_START.isoformat()}, so that a tolerance can follow it"
    return reason


def _latest(inputs: Inputs) -> bytes:
    """The last moment at which the preset may be taken: the given time and the tolerance after it."""
    start = moment(text_at(inputs.body, "CurrentDateTime") or "")
    tolerance = number(text_at(inputs.body, "TolerancePeriod") or "")
    return axdr.octet_string(cosem_date_time(start + timedelta(seconds=tolerance)))


def _clock(element: str) -> UseCase:
    preset = structure(
        Constant(axdr.octet_string(COSEM_NEVER)), date_time("CurrentDateTime"), Derived(_latest, _tolerance_fault)
    )
    return UseCase(
        name="ECS70",
        message_code=0x0062,
        body=OtherBody,
        element=element,
        critical=True,
        payload=access_list(
            sets(CosemClass.CLOCK, _CLOCK, _CLOCK_BASE, _RADIO_CONTROLLED),
            action(CosemClass.CLOCK, _CLOCK, _PRESET, preset),
            action(CosemClass.CLOCK, _CLOCK, _ADJUST_TO_PRESET, NO_ARGUMENT),
            *(
                Step(axdr.Specification(axdr.Access.GET, CosemClass.CLOCK, axdr.obis(_CLOCK), attribute), _NO_DATA)
                for attribute in (2, 4)
            ),
        ),
    )


_NO_DATA: Final = Constant(axdr.NULL)
ECS70: Final = _clock("SynchroniseClock")
ECS70_AT_COMMISSIONING: Final = _clock("CommissionDeviceSynchroniseClock")
ECS81: Final = UseCase(
    name="ECS81",
    message_code=0x0068,
    body=OtherBody,
    element="SetElectricitySupplyTamperState",
    critical=True,
    payload=access_list(
        sets(CosemClass.DATA, "0-0:94.44.0.4", 2, is_said("SupplyTamperState", {"Locked": 1, "Unchanged": 0}))
    ),
)

CHOICES: Final = tuple(
    Choice(variant=ServiceReferenceVariant(variant), device_types=(DeviceType.ESME,), use_case=use_case)
    for variant, use_case in (
        ("6.4.1", ECS28A),
        ("6.4.2", ECS28B),
        ("6.11", ECS70),
        ("6.12", ECS34),
        ("6.18.1", ECS37),
        ("6.18.2", ECS57),
        ("6.20.1", ECS39A),
        ("6.20.2", ECS39B),
        ("6.25", ECS81),
        ("8.1.1", ECS70_AT_COMMISSIONING),
    )
)
