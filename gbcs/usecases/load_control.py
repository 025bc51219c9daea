"""Use cases of auxiliary loads of an ESME: services 6.14.1 to 6.14.3, 7.5, 7.6, 7.8 to 7.10, 7.12, 7.13 and 7.16.

Source: RTDS vectors. Assumed: an input from a load carries the same mark in a schedule (6.14.3) as in a
command (7.13); a switch for which the boost button request says false is left as it is.
"""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.usecases.dlms import Step, access_list, sets
from gbcs.usecases.dlms_calendars import (
    DatePattern,
    schedule_entry,
    special_day_bits,
    special_days,
    weekdays,
)
from gbcs.usecases.dlms_objects import CosemClass, fixed_script, script
from gbcs.usecases.dlms_values import (
    Each,
    Numbered,
    StepsAsked,
    activations,
    date_time,
    either,
    eui,
    once_each,
    u16,
    visible,
)
from gbcs.usecases.elements import Element, Path, number, text_at
from gbcs.usecases.parts import Constant, Inputs, Part, number_between, run
from gbcs.usecases.usecase import Choice, UseCase
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_CONTROLLERS: Final = range(1, 6)
_LOAD_SCRIPTS: Final = "0-0:10.0.103.255"
_LIMIT_SCRIPTS: Final = "0-0:10.0.107.255"


def _use_case(name: str, code: int, element: str, payload: Part, *, critical: bool = True) -> UseCase:
    return UseCase(name=name, message_code=code, body=OtherBody, element=element, critical=critical, payload=payload)


# ---- a switch on or off for a while, or back to its schedule

_ACTIVATE, _DEACTIVATE, _BACK_TO_SCHEDULE = 0x11, 0x12, 0x20


def _duration_object(controller: int, place: int) -> str:
    return f"0-0:94.44.{116 + controller}.{place}"


def _switch_for_a_while(element: str, place: int, command: int) -> Part:
    def payload(switch: int) -> Part:
        return access_list(
            sets(CosemClass.DATA, _duration_object(switch, place), 2, u16(f"{element}/Duration")),
            fixed_script(_LOAD_SCRIPTS, switch << 8 | command),
        )

    return Numbered(f"{element}@index", tuple(payload(switch) for switch in _CONTROLLERS))


ECS47_ACTIVATE: Final = _use_case(
    "ECS47", 0x0055, "ActivateAuxiliaryLoad", _switch_for_a_while("ActivateALCSHCALCS", 1, _ACTIVATE)
)
ECS47_DEACTIVATE: Final = _use_case(
    "ECS47", 0x0055, "DeactivateAuxiliaryLoad", _switch_for_a_while("DeactivateALCSHCALCS", 2, _DEACTIVATE)
)
ECS47_RESET: Final = _use_case(
    "ECS47",
    0x0055,
    "ResetAuxiliaryLoad",
    access_list(
        script(
            _LOAD_SCRIPTS,
            Element(
                "ResetALCSHCALCS@index",
                number,
                lambda switch: axdr.long_unsigned(switch << 8 | _BACK_TO_SCHEDULE),
                number_between(1, len(_CONTROLLERS)),
            ),
        )
    ),
)

# ---- levels of auxiliary controllers

_TO_LOAD, _FROM_LOAD = 0x1000, 0x2000
_SCHEDULED: Final = 0x80
_MOST_PER_CENT: Final = 100


def _level(before: Path, controller: int, mark: int) -> Part:
    """Direction, controller and level in one number."""

    def level(direction: int) -> Part:
        return Element(
            f"{before}CommandedStateLevel",
            number,
            lambda value: axdr.long_unsigned(direction | controller << 8 | mark + value),
            number_between(0, _MOST_PER_CENT),
        )

    return either(
        (f"{before}InputFromControlledLoad", level(_FROM_LOAD)), (f"{before}CommandedStateLevel", level(_TO_LOAD))
    )


def _level_for_a_period(start: int, end: int, scripts: str) -> Part:
    def payload(controller: int) -> Part:
        return access_list(
            sets(CosemClass.DATA, _duration_object(controller, start), 2, date_time("StartDateTime")),
            sets(CosemClass.DATA, _duration_object(controller, end), 2, date_time("EndDateTime")),
            script(scripts, _level("", controller, 0)),
        )

    return Numbered("@auxiliaryControllerN", tuple(payload(controller) for controller in _CONTROLLERS))


ECS47A: Final = _use_case("ECS47a", 0x011E, "SetAuxiliaryControllerState", _level_for_a_period(1, 2, _LOAD_SCRIPTS))
ECS47E: Final = _use_case("ECS47e", 0x011F, "LimitAPCLevel", _level_for_a_period(3, 4, _LIMIT_SCRIPTS))

# ---- descriptions, calendars

_MOST_CHARACTERS: Final = 22


def _description(switch: int) -> tuple[Path, Step]:
    path = f"ALCSHCALCSDescription[index={switch}]/SwitchDescription"
    return path, sets(CosemClass.DATA, f"0-0:94.44.0.{10 + switch}", 2, visible(path, _MOST_CHARACTERS))


def _switch_type(switch: int) -> tuple[Path, Step]:
    path = f"SwitchTypeAndId[index={switch}]"
    in_meter = Constant(axdr.octet_string(bytes(8)))
    identity = either((f"{path}/ALCS", in_meter), (f"{path}/HCALCS", eui(f"{path}/HCALCS")))
    return path, sets(CosemClass.DATA, f"0-0:94.44.0.{20 + switch}", 2, identity)


def _calendar_steps(rule: str, selector: Part, times: str, days: Path, identifier: str) -> tuple[Step, ...]:
    """Special days, schedule, activation times. ``identifier`` is the attribute that numbers special days."""
    day = days.rsplit("/", 1)[-1]
    entry = schedule_entry(
        _LOAD_SCRIPTS,
        selector,
        f"{rule}/{times}/SwitchTime",
        weekdays(f"{rule}/DaysOfWeekApplicability/DayOfWeekApplicability/DayOfWeekID"),
        special_day_bits(f"{rule}/SpecialDaysApplicability@{identifier}", f"{days}@{identifier}"),
        DatePattern(f"{rule}/{times}/StartDate"),
        DatePattern(f"{rule}/{times}/EndDate"),
    )
    return (
        sets(CosemClass.SPECIAL_DAYS, "0-1:11.0.3.255", 2, special_days(days, f"{day}@{identifier}", day)),
        sets(CosemClass.SCHEDULE, "0-1:12.0.2.255", 2, Each(rule, entry)),
        *activations("9000 0-0:94.44.128.26 6; 9000 0-0:94.44.128.35 6"),
    )


_RULE: Final = "ALCSHCALCSConnectionSchedule"
_SWITCHED: Final = f"{_RULE}/ActivateDeactivateSwitch"


def _switched(command: int) -> Part:
    return Element(
        f"{_SWITCHED}@index",
        number,
        lambda switch: axdr.long_unsigned(switch << 8 | command),
        number_between(1, len(_CONTROLLERS)),
    )


_CONTROLLER_RULE: Final = "AuxiliaryControllerSchedule"
_CONTROLLER_ACTION: Final = f"{_CONTROLLER_RULE}/AuxiliaryControllerAction"

ECS46A: Final = _use_case(
    "ECS46a",
    0x0053,
    "UpdateDeviceConfigurationALCDescriptions",
    run(once_each("ALCSHCALCSDescription"), StepsAsked(tuple(_description(switch) for switch in _CONTROLLERS))),
)
ECS46C: Final = _use_case(
    "ECS46c",
    0x0054,
    "UpdateDeviceConfigurationALCScheduler",
    run(
        once_each("SwitchTypeAndId"),
        StepsAsked(
            tuple(_switch_type(switch) for switch in _CONTROLLERS),
            _calendar_steps(
                _RULE,
                either(
                    (f"{_SWITCHED}/ActivateSwitch", _switched(1)),
                    (f"{_SWITCHED}/DeactivateSwitch", _switched(2)),
                ),
                "ALCSScheduleDatesAndTime",
                "ALCSHCALCSSpecialDays/ALCSHCALCSSpecialDay",
                "index",
            ),
        ),
    ),
)
ECS46D: Final = _use_case(
    "ECS46d",
    0x011A,
    "UpdateDeviceConfigurationAuxiliaryControllerScheduler",
    access_list(
        *_calendar_steps(
            _CONTROLLER_RULE,
            Numbered(
                f"{_CONTROLLER_ACTION}@auxiliaryControllerN",
                tuple(_level(f"{_CONTROLLER_ACTION}/", controller, _SCHEDULED) for controller in _CONTROLLERS),
            ),
            "AuxiliaryControllerSchedulePeriodAndTime",
            "AuxiliaryControllerSpecialDayDefinitions/AuxiliaryControllerSpecialDayDefinition",
            "identifier",
        )
    ),
)

# ---- boost button and random offset


class _TrueSteps(StepsAsked, frozen=True):
    """Steps of the elements that say true."""

    def _steps(self, inputs: Inputs) -> tuple[Step, ...]:
        return tuple(step for path, step in self.optional if text_at(inputs.body, path) in {"true", "1"})


def _boost(element: str, request: str, belongs: bool) -> UseCase:
    value = Constant(axdr.boolean(belongs))
    switches = tuple(
        (f"{element}[index={switch}]", sets(CosemClass.DATA, f"0-0:94.44.6.{switch}", 2, value))
        for switch in _CONTROLLERS
    )
    return _use_case("ECS62", 0x005F, request, run(once_each(element), _TrueSteps(switches)), critical=False)


ECS62_ADD: Final = _boost("AddToBoostButton", "AddAuxiliaryLoadToBoostButton", True)
ECS62_REMOVE: Final = _boost("RemoveFromBoostButton", "RemoveAuxiliaryLoadFromBoostButton", False)
ECS38: Final = _use_case(
    "ECS38",
    0x004B,
    "SetRandomisedOffsetLimit",
    access_list(sets(CosemClass.DATA, "0-0:94.44.0.1", 2, u16("RandomisedOffsetLimit", 0, 1799))),
)

_ROWS: Final = (
    ("6.14.1", ECS46A),
    ("6.14.2", ECS46C),
    ("6.14.3", ECS46D),
    ("7.5", ECS47_ACTIVATE),
    ("7.6", ECS47_DEACTIVATE),
    ("7.8", ECS47_RESET),
    ("7.9", ECS62_ADD),
    ("7.10", ECS62_REMOVE),
    ("7.12", ECS38),
    ("7.13", ECS47A),
    ("7.16", ECS47E),
)

CHOICES: Final = (
    *(
        Choice(variant=ServiceReferenceVariant(variant), device_types=(DeviceType.ESME,), use_case=use_case)
        for variant, use_case in _ROWS
    ),
    Choice(
        variant=ServiceReferenceVariant("6.14.3"),
        device_types=(DeviceType.HCALCS,),
        use_case=ECS46D,
        basis=Basis.ASSUMED,
        note="RTDS addresses ECS46d also to 00-DB-12-34-56-78-90-A6, whose type is not said; a HCALCS is assumed",
    ),
)
