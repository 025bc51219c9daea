"""Use cases that configure alerts, alarms and logs of an ESME: service 6.22.

Source: RTDS vectors. A setting is 512 bits: 256 that say which events are set, 256 that say to what. The
bit of an event is the low octet of its alert code, counted from the right. Events of the other number of
phases are left out, as RTDS leaves out those of three phases for its meter, taken to be of one phase.
"""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.usecases.dlms import access_list, sets
from gbcs.usecases.dlms_objects import CosemClass
from gbcs.usecases.elements import Path, one_of, part_at
from gbcs.usecases.parts import Inputs, Leaf
from gbcs.usecases.usecase import Choice, UseCase, element_given
from schemas.parts import parts_at
from schemas.request import OtherBody
from schemas.request import Part as Node
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_EVENTS: Final = 256
_LOW_OCTET: Final = 0xFF
_SET_TO: Final = one_of({"Enable": 1, "Disable": 0})
_POLY_PHASE: Final = 3
_ANY_PHASES, _ONE_PHASE, _THREE_PHASES = "ESMECommon", "ESMESinglePhase", "ESMEPolyPhase"


class _Behaviour(Leaf, frozen=True):
    """Mask and values of the events of one setting; groups of events stand inside the element at ``path``."""

    path: Path
    party: str
    """What the names of the groups start with."""

    def refusal(self, inputs: Inputs) -> str | None:
        by_phases = [self._group(kind) for kind in (_ONE_PHASE, _THREE_PHASES)]
        asked = [path for path in by_phases if part_at(inputs.body, path) is not None]
        if asked and inputs.facts.phases is None:
            return f"the number of phases is needed for {asked[0].rsplit('/', 1)[-1]}"
        reasons = (_fault(event) for event in self._events(inputs))
        return next((reason for reason in reasons if reason is not None), None)

    def encode(self, inputs: Inputs) -> bytes:
        mask = values = 0
        for event in self._events(inputs):
            bit = 1 << (int(event.name.removeprefix("x"), 16) & _LOW_OCTET)
            mask |= bit
            values |= bit * _SET_TO(event.text.strip())
        number = mask << _EVENTS | values
        return axdr.bit_string([bool(number >> place & 1) for place in range(2 * _EVENTS - 1, -1, -1)])

    def _events(self, inputs: Inputs) -> list[Node]:
        phases = _THREE_PHASES if inputs.facts.phases == _POLY_PHASE else _ONE_PHASE
        groups = (self._group(kind) for kind in (_ANY_PHASES, phases))
        return [event for path in groups for group in parts_at(inputs.body, path) for event in group.parts]

    def _group(self, kind: str) -> Path:
        return f"{self.path}/{self.party}{kind}"


def _fault(event: Node) -> str | None:
    try:
        _SET_TO(event.text.strip())
    except ValueError as fault:
        return f"{event.name} {fault}"
    return None


_SUPPLIER, _NETWORK_OPERATOR = ("Supplier", "0-30:97.98"), ("NetworkOperator", "0-33:97.98")


def _use_case(name: str, code: int, element: str, party: tuple[str, str], setting: int) -> UseCase:
    prefix, objects = party
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element="ConfigureAlertBehaviour",
        payload=access_list(sets(CosemClass.DATA, f"{objects}.{setting}.255", 2, _Behaviour(element, prefix))),
    )


_WAN_ALERTS, _HAN_ALERTS, _ALARMS, _LOGGING = 11, 12, 13, 14

_SETTINGS: Final = (
    ("ECS25a", 0x00AC, "ElectricitySupplierAlerts", _SUPPLIER, _WAN_ALERTS),
    ("ECS25a1", 0x00EA, "ElectricitySupplierHANAlertSettings", _SUPPLIER, _HAN_ALERTS),
    ("ECS25a2", 0x00EB, "ElectricitySupplierAlarmSettings", _SUPPLIER, _ALARMS),
    ("ECS25a3", 0x00EC, "ElectricitySupplierLoggingSettings", _SUPPLIER, _LOGGING),
    ("ECS25b", 0x00B0, "ElectricityNetworkOperatorAlerts", _NETWORK_OPERATOR, _WAN_ALERTS),
    ("ECS25b3", 0x00ED, "ElectricityNetworkOperatorLoggingSettings", _NETWORK_OPERATOR, _LOGGING),
)
"""Name, message code, the element that asks for it, whose events, which setting of theirs."""

CHOICES: Final = tuple(
    Choice(
        variant=ServiceReferenceVariant("6.22"),
        device_types=(DeviceType.ESME,),
        use_case=_use_case(*setting),
        conditions=(element_given(setting[2]),),
    )
    for setting in _SETTINGS
)
