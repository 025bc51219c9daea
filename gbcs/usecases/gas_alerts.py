"""Use case of the events of gas meters, which alerts, log entries and alarms they make: service 6.22.

GasSupplierAlerts, the older form of the same service, says of each event whether it alerts and nothing more. No
vector shows it; what is assumed of the rest of the configuration stands in its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from gbcs import gbz
from gbcs.usecases.elements import one_of, text_at
from gbcs.usecases.parts import Inputs, Part, run
from gbcs.usecases.usecase import Choice, UseCase, element_given
from gbcs.usecases.zcl import ISSUER_EVENT_ID, NOW, Cluster, payload
from schemas import request
from schemas.parts import parts_at
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_SET_EVENT_CONFIGURATION: Final = 0x04
_SETTINGS: Final = "GasSupplierAlertEventSettings"
_ALERTS: Final = "GasSupplierAlerts"
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

    settings: str
    """The element around the events."""
    configuration: Callable[[request.Part], int]
    """Of one event; raises ValueError with what is wrong with it."""

    def members(self) -> tuple[Part, ...]:
        return (_HEAD,)

    def refusal(self, inputs: Inputs) -> str | None:
        events = list(self._events(inputs))
        if not events:
            return f"{self.settings} should name at least one event"
        for event in events:
            try:
                self.configuration(event)
            except ValueError as fault:
                return str(fault)
        return _HEAD.refusal(inputs)

    def components(self, inputs: Inputs) -> Iterable[gbz.Component]:
        head = _HEAD.encode(inputs)
        groups: dict[int, list[bytes]] = {}
        for event in self._events(inputs):
            groups.setdefault(self.configuration(event), []).append(_event_id(event))
        return (
            gbz.Component(
                cluster=Cluster.DEVICE_MANAGEMENT,
                frame_control=gbz.FrameControl.SERVER_TO_CLIENT,
                command=_SET_EVENT_CONFIGURATION,
                payload=head + bytes((flags,)) + _LISTED_EVENTS + bytes((len(events),)) + b"".join(events),
            )
            for flags, events in sorted(groups.items(), key=_place)
        )

    def _events(self, inputs: Inputs) -> Iterator[request.Part]:
        return (event for settings in parts_at(inputs.body, self.settings) for event in settings.parts)


def _place(group: tuple[int, list[bytes]]) -> tuple[bool, bool, int]:
    """The order of the commands: alerts to the WAN first, among these alerts to the HAN, then by configuration.

    Assumed: it is an order of the four configurations of the only RTDS vector, and no rule for one is known.
    """
    flags = group[0]
    return not flags & _TO_THE_WAN, not flags & _TO_THE_HAN, flags


def _as_switched(event: request.Part) -> int:
    return sum(flags for name, flags in _FLAGS.items() if _on(text_at(event, name), f"{name} of {event.name}"))


def _as_alerted(event: request.Part) -> int:
    return _GENERAL_EVENT_LOG | (_TO_THE_WAN if _on(event.text.strip(), event.name) else 0)


def _on(text: str | None, name: str) -> int:
    if text is None:
        raise ValueError(f"{name} is missing")
    try:
        return _SWITCH(text)
    except ValueError as fault:
        raise ValueError(f"{name} {fault}") from None


def _event_id(event: request.Part) -> bytes:
    """DUIS names elements after alert codes, ``x81AA``."""
    return int(event.name[1:], 16).to_bytes(2, "little")


def _use_case(settings: str, configuration: Callable[[request.Part], int]) -> UseCase:
    return UseCase(
        name="GCS20",
        message_code=0x00AD,
        body=OtherBody,
        element="ConfigureAlertBehaviour",
        payload=payload(EventConfigurations(settings, configuration)),
    )


GCS20: Final = _use_case(_SETTINGS, _as_switched)
GCS20_ALERTS: Final = _use_case(_ALERTS, _as_alerted)

CHOICES: Final = (
    Choice(
        variant=ServiceReferenceVariant("6.22"),
        device_types=(DeviceType.GSME,),
        use_case=GCS20,
        conditions=(element_given(_SETTINGS),),
    ),
    Choice(
        variant=ServiceReferenceVariant("6.22"),
        device_types=(DeviceType.GSME,),
        use_case=GCS20_ALERTS,
        conditions=(element_given(_ALERTS),),
        basis=Basis.ASSUMED,
        note=(
            "RTDS shows GasSupplierAlertEventSettings only; of GasSupplierAlerts each event is taken to be logged, "
            "told to the WAN where enabled, and to make no HAN alert and no alarm. The alternative is the alert alone"
        ),
    ),
)
