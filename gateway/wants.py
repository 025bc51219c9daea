"""What a request needs to know of the world, and the facts that come of the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from gateway.fulfilment import stage_of
from gateway.parties import PartyDirectory
from gateway.ports import Found, Wanted
from gbcs.activation import activated_image
from routing.facts import Facts
from routing.inventory import Device
from routing.inventory_update import ELEMENTS
from schemas.body_questions import devices_named
from schemas.request import (
    DevicePrenotification,
    OtherBody,
    ReadInventory,
    ServiceRequest,
    SignedPreCommand,
    UpdateFirmware,
    UpdateHANDeviceLog,
    is_cancellation,
)
from schemas.vocabulary import CommandVariant, DeviceId, WebService

_MOST_NAMED: Final = 8
"""Devices that a device's request may name: no service has more (6.14 has five switches)."""


def wanted_by(request: ServiceRequest) -> Wanted:
    """The look-up for one request."""
    devices: tuple[DeviceId, ...] = (request.request_id.target,)
    listed: tuple[DeviceId, ...] = ()
    query: ReadInventory | None = None
    match request.body:
        case UpdateHANDeviceLog(device=named):
            devices = (*devices, named)
        case DevicePrenotification(device=named):
            devices = (named,)
        case UpdateFirmware(devices=named_devices):
            devices, listed = (), named_devices
        case ReadInventory() as question:
            devices, query = (), question
        case OtherBody(element=element) as body if element in ELEMENTS:
            devices = devices_named(body)[:1]
        case _ if request.command_variant is CommandVariant.NON_DEVICE:
            devices = ()
        case OtherBody() as body:
            devices = (*devices, *devices_named(body)[:_MOST_NAMED])
    return Wanted(
        request_id=request.request_id,
        stage=stage_of(request.command_variant),
        devices=devices,
        listed=listed,
        query=query,
        preceding=request.preceding,
        cancelled=request.variant if _cancels(request) else None,
    )


def _cancels(request: ServiceRequest) -> bool:
    execution = request.body.execution
    return execution is not None and is_cancellation(execution)


def facts_of(
    request: ServiceRequest,
    digest: bytes,
    web_service: WebService,
    now: datetime,
    parties: PartyDirectory,
    found: Found,
) -> Facts:
    """All that the decision is made from."""
    body = request.body
    used_by = None if found.earlier is None or found.earlier.digest == digest else found.earlier.trace_id
    return Facts(
        request=request,
        web_service=web_service,
        time=now,
        party=parties.find(request.request_id.originator),
        devices=tuple(found.devices.values()),
        registrations=found.registrations,
        home_mpxns=tuple(found.home_mpxns.items()),
        updating=found.updating,
        matches=found.matches,
        request_id_used_by=used_by,
        later_counter=found.later_counter,
        held=found.held,
        preceding=found.preceding,
        pre_command_issued=found.pre_command is not None,
        activates=activated_image(body.gbcs_payload) if isinstance(body, SignedPreCommand) else None,
    )


MASK = "(masked)"
PLACE: Final = ("uprn", "postcode", "address")
_NOWHERE: Final = dict.fromkeys(PLACE)
_READ_BY_RULES: Final = ELEMENTS | {"JoinServiceCritical", "JoinServiceNonCritical"}
"""Bodies that a check reads and that a trace therefore keeps: they hold a device, and what it is to become."""


def masked(request: ServiceRequest) -> tuple[ServiceRequest, tuple[str, ...]]:
    """The request as a trace may keep it, and what was left out: what no check reads and nobody should find."""
    hidden: dict[str, object] = {
        name: value
        for name, value in (("utrn", MASK), ("gbcs_payload", b""), ("ka_credentials", None))
        if getattr(request.body, name, None)
    }
    names = [f"body.{name}" for name in hidden]
    if isinstance(request.body, ReadInventory):
        asked = {name: MASK for name in (*PLACE, "mpxn") if getattr(request.body, name) is not None}
        hidden |= asked
        names += [f"body.{name}" for name in asked]
    if isinstance(request.body, OtherBody) and request.body.element not in _READ_BY_RULES:
        hidden |= {"parts": (), "attributes": ()}
        names += ["body.parts", "body.attributes"]
    if isinstance(request.body, UpdateHANDeviceLog) and request.body.add is not None:
        hidden["add"] = msgspec.structs.replace(request.body.add, install_code=b"")
        names.append("body.add.install_code")
    if not hidden:
        return request, ()
    return msgspec.structs.replace(request, body=msgspec.structs.replace(request.body, **hidden)), tuple(names)


def without_places(devices: tuple[Device, ...]) -> tuple[Device, ...]:
    """The records as a trace may keep them; the same tuple if they are so. Where somebody lives decides nothing."""
    for one in devices:
        if one.address or one.postcode or one.uprn:
            return tuple([msgspec.structs.replace(each, **_NOWHERE) for each in devices])
    return devices
