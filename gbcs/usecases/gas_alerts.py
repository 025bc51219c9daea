"""Use case of the events of gas meters, which alerts, log entries and alarms they make: service 6.22.

GasSupplierAlerts, the older form of the same service, says nothing of logs and alarms: no vector shows which
configuration a meter is to be given for it, and none is guessed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from gbcs import gbz
from gbcs.usecases.elements import one_of, parts_at, text_at
from gbcs.usecases.parts import Inputs, Part, run
from gbcs.usecases.usecase import Choice, UseCase, element_given
from gbcs.usecases.zcl import ISSUER_EVENT_ID, NOW, Cluster, payload
from schemas import request
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_SET_EVENT_CONFIGURATION: Final = 0x04
_SETTINGS: Final = "GasSupplierAlertEventSettings"
_GENERAL_EVENT_LOG: Final = 0x03
_TO_THE_WAN: Final = 0x08
_TO_THE_HAN: Final = 0x10
_ALARM: Final = 0x40
_FLAGS: Final = {"WANAlert": _TO_THE_WAN, "HANAlert": _TO_THE_HAN, "EventLog": _GENERAL_EVENT_LOG, "Alarm": _ALARM}
"""What each switch adds to an event configuration."""
_SWITCH: Final = one_of({"Enable": 1, "Disable": 0})
_LISTED_EVENTS: Final = b"\0"
_HEAD: Final = run(ISSUER_EVENT_ID, NOW)


class EventConfigurations(msgspec.Struct, frozen=True):
    """A Set Event Configuration command for each configuration asked for, with the events that are to have it."""

    def members(self) -> tuple[Part, ...]:
        return (_HEAD,)

    def refusal(self, inputs: Inputs) -> str | None:
        events = list(_events(inputs))
        if not events:
            return f"{_SETTINGS} should name at least one event"
        reasons = (_switches_fault(event) for event in events)
        return next((reason for reason in reasons if reason is not None), _HEAD.refusal(inputs))

    def components(self, inputs: Inputs) -> Iterable[gbz.Component]:
        head = _HEAD.encode(inputs)
        groups: dict[int, list[bytes]] = {}
        for event in _events(inputs):
            groups.setdefault(_configuration(event), []).append(_event_id(event))
        return (
            gbz.Component(
                cluster=Cluster.DEVICE_MANAGEMENT,
                frame_control=gbz.FrameControl.SERVER_TO_CLIENT,
                command=_SET_EVENT_CONFIGURATION,
                payload=head + bytes((flags,)) + _LISTED_EVENTS + bytes((len(events),)) + b"".join(events),
            )
            for flags, events in sorted(groups.items(), key=_place)
        )


def _place(group: tuple[int, list[bytes]]) -> tuple[bool, bool, int]:
    """The order of the commands: alerts to the WAN first, among these alerts to the HAN, then by configuration.

    Assumed: it is an order of the four configurations of the only RTDS vector, and no rule for one is known.
    """
    flags = group[0]
    return not flags & _TO_THE_WAN, not flags & _TO_THE_HAN, flags


def _events(inputs: Inputs) -> Iterator[request.Part]:
    return (event for settings in parts_at(inputs.body, _SETTINGS) for event in settings.parts)


def _switches_fault(event: request.Part) -> str | None:
    for name in _FLAGS:
        text = text_at(event, name)
        if text is None:
            return f"{name} of {event.name} is missing"
        try:
            _SWITCH(text)
        except ValueError as fault:
            return f"{name} of {event.name} {fault}"
    return None


def _configuration(event: request.Part) -> int:
    return sum(flags for name, flags in _FLAGS.items() if _SWITCH(text_at(event, name) or ""))


def _event_id(event: request.Part) -> bytes:
    """DUIS names elements after alert codes, ``x81AA``."""
    return int(event.name[1:], 16).to_bytes(2, "little")


GCS20: Final = UseCase(
    name="GCS20",
    message_code=0x00AD,
    body=OtherBody,
    element="ConfigureAlertBehaviour",
    payload=payload(EventConfigurations()),
)

CHOICES: Final = (
    Choice(
        variant=ServiceReferenceVariant("6.22"),
        device_types=(DeviceType.GSME,),
        use_case=GCS20,
        conditions=(element_given(_SETTINGS),),
    ),
)
