"""Carrying a decision out, up to what must become durable: the answer, the hand-offs, the new records.

Nothing is decided here and nothing is written here. What comes out is an ``Acceptance``, or why the GBCS
builder could not do its part, which goes back to the check table.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from os import urandom
from typing import assert_never

import msgspec

from gateway.answers import Answers, inventory_answer
from gateway.commands import BuiltCommand, CommandBuilder, acb_would_originate
from gateway.ports import Acceptance, AnswerKey, DeviceAnswer, Enclosure, Far, Found, HandOff, Image, Stage
from gateway.status_alerts import StatusAlerts
from gateway.turns import next_turn
from gbcs.refusal import Refused
from routing.checks.inventory import pre_notified_entry
from routing.decision import Decision
from routing.destination import ToDcc, ToFirmwareDistribution, ToGbcs, ToS1sp
from routing.facts import HeldRequest, Located, Target
from routing.inventory import Device
from routing.inventory_update import ELEMENTS, asked_change
from routing.services import FutureDating
from routing.transitions import Change, Unchanged
from schemas.countersigned import RoutingHeader, base64_of, write_around, write_countersigned
from schemas.request import ActivateFirmware, DevicePrenotification, ReadInventory
from schemas.response import MOST_DEVICES_IN_INVENTORY, LocalCommand, PreCommand, Result
from schemas.signature import SigningIdentity
from schemas.vocabulary import (
    LOCAL_COPY_VARIANTS,
    LOCAL_VARIANTS,
    SIGNED_PRE_COMMANDS,
    CommandVariant,
    CplStatus,
    DeviceId,
    Generation,
)


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """One authentic request, as it came."""

    received: bytes
    digest: bytes
    trace_id: str
    traceparent: str | None
    moment: datetime


class _Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What a destination adds to the acceptance."""

    result: Result | None = None
    hand_offs: tuple[HandOff, ...] = ()
    answer_keys: tuple[AnswerKey, ...] = ()
    device_answer: DeviceAnswer | None = None
    new_devices: tuple[Device, ...] = ()
    changes: tuple[Change, ...] = ()
    pre_command: bytes | None = None
    cancels: tuple[HeldRequest, ...] = ()
    images: tuple[Image, ...] = ()


class Fulfilment:
    """Makes acceptances out of decisions."""

    def __init__(self, answers: Answers, commands: CommandBuilder, dcc: SigningIdentity, gbcs_version: str) -> None:
        self._answers = answers
        self._alerts = StatusAlerts(answers)
        self._commands = commands
        self._dcc = dcc
        self._gbcs_version = gbcs_version

    async def acceptance(self, decision: Decision, found: Found, order: Order) -> Acceptance | Refused:
        """Raises Unavailable when a device's certificate cannot be looked up."""
        located = decision.located
        if located is None:
            raise ValueError("an accepted decision names the facts that it was made from")
        if not isinstance(located, Target):
            return self._acceptance(decision, located, self._from_dcc(decision, located, order), order)
        outgoing = await self._to_device(decision, located, found, order)
        if isinstance(outgoing, Refused):
            return outgoing
        await next_turn()
        return self._acceptance(decision, located, outgoing, order)

    def _acceptance(self, decision: Decision, located: Located, outgoing: _Outgoing, order: Order) -> Acceptance:
        request = located.request
        result = outgoing.result if decision.warning is None else decision.warning
        return Acceptance(
            request_id=request.request_id,
            stage=stage_of(request.command_variant),
            digest=order.digest,
            variant=request.variant,
            service_reference=request.service_reference,
            schema_version=request.schema_version,
            trace_id=order.trace_id,
            received_at=order.moment,
            received=order.received,
            code=decision.code,
            answer=self._answers.immediate(request, decision.code, order.moment, result),
            hand_offs=outgoing.hand_offs,
            answer_keys=outgoing.answer_keys,
            device_answer=outgoing.device_answer,
            new_devices=outgoing.new_devices,
            changes=outgoing.changes,
            pre_command=outgoing.pre_command,
            cancels=outgoing.cancels,
            images=outgoing.images,
            activates_image=_activates_image(located) if outgoing.hand_offs else None,
        )

    async def _to_device(self, decision: Decision, target: Target, found: Found, order: Order) -> _Outgoing | Refused:
        destination = decision.destinations[0]
        match destination:
            case ToS1sp():
                return self._countersigned(target, destination, order)
            case ToGbcs(region=region):
                return await self._gbcs(target, region, found, order)
            case ToDcc():
                return _Outgoing(cancels=target.facts.held)
            case ToFirmwareDistribution():
                raise ValueError(f"{destination} is no destination of a device's request")
            case _:
                assert_never(destination)

    async def _gbcs(self, target: Target, region: str, found: Found, order: Order) -> _Outgoing | Refused:
        variant = target.request.command_variant
        if variant is CommandVariant.TRANSFORM:
            octets = self._commands.pre_command(target, order.moment, found.certificates)
            if isinstance(octets, Refused):
                return octets
            version = target.device.gbcs_version or self._gbcs_version
            return _Outgoing(result=PreCommand(gbcs_version=version, octets=octets), pre_command=octets)
        built = await self._commands.command(target, order.moment, found.pre_command, found.certificates)
        if isinstance(built, Refused):
            return built
        local = LocalCommand(built.octets) if variant in LOCAL_COPY_VARIANTS else None
        if variant in LOCAL_VARIANTS:
            return _Outgoing(result=local)
        return _Outgoing(
            result=local,
            hand_offs=(self._to_wan(target, region, built, order),),
            answer_keys=(built.answer_key,),
            device_answer=built.answer,
        )

    def _to_wan(self, target: Target, region: str, built: BuiltCommand, order: Order) -> HandOff:
        return HandOff(
            id=urandom(16).hex(),
            far=Far.WAN,
            name=region,
            content_type="application/octet-stream",
            body=built.octets,
            trace_id=order.trace_id,
            traceparent=order.traceparent,
            not_before=_held_until(target, order.moment),
        )

    def _countersigned(self, target: Target, destination: ToS1sp, order: Order) -> _Outgoing:
        name = target.request.request_id
        header = _header(target, destination.name, destination.devices, order)
        if acb_would_originate(target):
            header = msgspec.structs.replace(
                header, supplementary_remote_party=name.originator, supplementary_counter=name.counter
            )
        hand_off = HandOff(
            id=urandom(16).hex(),
            far=Far.S1SP,
            name=destination.name,
            content_type="application/xml",
            body=write_countersigned(header, order.received, self._dcc),
            trace_id=order.trace_id,
            traceparent=order.traceparent,
            not_before=_held_until(target, order.moment),
        )
        key = AnswerKey(originator=name.originator, device=target.device.id, counter=name.counter)
        return _Outgoing(hand_offs=(hand_off,), answer_keys=(key,))

    def _from_dcc(self, decision: Decision, located: Located, order: Order) -> _Outgoing:
        body = located.request.body
        if isinstance(body, ReadInventory):
            matches = located.facts.matches[:MOST_DEVICES_IN_INVENTORY]
            return _Outgoing(result=inventory_answer(matches, _cpl_statuses(located, matches)))
        if isinstance(body, DevicePrenotification):
            return _Outgoing(new_devices=(_pre_notified(body, located),))
        if located.request.body_element in ELEMENTS:
            return self._record_change(located, order)
        return self._distribution(decision, located, order)

    def _record_change(self, located: Located, order: Order) -> _Outgoing:
        change = asked_change(located)
        if isinstance(change, Unchanged):
            raise ValueError(f"an accepted {located.request.variant} changes a record: {change.reason}")
        found = Found(devices={}, registrations=located.facts.registrations, home_mpxns=dict(located.homes))
        alerts = self._alerts.of(change, found, order.moment, order.trace_id, located.request)
        return _Outgoing(changes=(change,), hand_offs=tuple(alerts))

    def _distribution(self, decision: Decision, located: Located, order: Order) -> _Outgoing:
        """An image to each provider, with its own devices in the header, around the one request."""
        enclosed = base64_of(order.received)
        until = order.moment + timedelta(days=located.policy.image_days)
        hand_offs, images = [], []
        for destination in decision.destinations:
            match destination:
                case ToS1sp(name=name, devices=devices):
                    hand_off = self._around(enclosed, _header(located, name, devices, order), Far.S1SP, order)
                case ToFirmwareDistribution(region=name, devices=devices):
                    hand_off = self._around(enclosed, _header(located, name, devices, order), Far.WAN, order)
                case ToDcc() | ToGbcs():
                    continue
                case _:
                    assert_never(destination)
            hand_offs.append(hand_off)
            euis = b"".join(sorted(device.octets for device in devices))
            images.append(Image(hand_off=hand_off.id, euis=euis, until=until))
        return _Outgoing(hand_offs=tuple(hand_offs), images=tuple(images))

    def _around(self, enclosed: bytes, header: RoutingHeader, far: Far, order: Order) -> HandOff:
        around = write_around(header, enclosed, self._dcc)
        return HandOff(
            id=urandom(16).hex(),
            far=far,
            name=header.s1sp,
            content_type="application/xml",
            body=around.before + around.after,
            trace_id=order.trace_id,
            traceparent=order.traceparent,
            enclosed=Enclosure(len(around.before), enclosed),
        )


def _header(located: Located, name: str, devices: tuple[DeviceId, ...], order: Order) -> RoutingHeader:
    """What the provider of that name reads without opening the request."""
    request = located.request
    return RoutingHeader(
        request_id=request.request_id, variant=request.variant, s1sp=name, devices=devices, accepted=order.moment
    )


def _activates_image(located: Located) -> DeviceId | None:
    """The device of an 11.3 that goes out: it has the image by then (assumed)."""
    activates = isinstance(located.request.body, ActivateFirmware) or located.facts.activates is not None
    return located.device.id if activates and isinstance(located, Target) else None


def stage_of(variant: CommandVariant) -> Stage:
    """Variants 5, 6 and 7 reuse the RequestID of their variant 4."""
    return Stage.SIGNED_PRE_COMMAND if variant in SIGNED_PRE_COMMANDS else Stage.REQUEST


def _held_until(target: Target, now: datetime) -> datetime | None:
    """A future-dated request that the DSP holds goes out at its time; one that the device holds, at once."""
    execution = target.request.body.execution
    if target.service.future_dating is FutureDating.DSP and execution is not None and execution > now:
        return execution
    return None


def _cpl_statuses(located: Located, devices: tuple[Device, ...]) -> dict[int, CplStatus]:
    statuses = {}
    for device in devices:
        if device.firmware_version is not None:
            entries = located.products.entry(device.manufacturer, device.model, device.firmware_version)
            if entries:
                statuses[int(device.id)] = entries[0].status
    return statuses


def _pre_notified(body: DevicePrenotification, located: Located) -> Device:
    """The inventory record that a 12.2 makes, its generation fixed by the product list entry."""
    entry = pre_notified_entry(located)
    said = (body.smets_chts_version or "").upper()
    # Without an entry (a gas proxy, a Type 2 device) the version text is all there is.
    generation = Generation.SMETS1 if said.startswith(("SMETS1", "SMETS V1.2")) else Generation.SMETS2
    return Device(
        id=body.device,
        type=body.device_type,
        status=located.policy.transitions.announced(body.device_type),
        manufacturer=body.manufacturer,
        model=body.model,
        firmware_version=body.firmware_version,
        smets_chts_version=body.smets_chts_version,
        prenotified_as=generation if entry is None else entry.generation,
        cpl_entry=None if entry is None else entry.entry_id,
        associated_gpf=body.associated_gpf,
        esme_variant=body.esme_variant,
        gbcs_version=None if entry is None else entry.gbcs_version,
    )
