"""The WAN providers of all regions, with the SMETS2+ devices behind them.

A Command is read, its MAC and (where it has one) its signature are checked as the device would, and the
device's Response follows. A device's own key is not needed: the key agreement gives the same secret from
the access control broker's side. What a Response says is ``gbcs_contents``.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.ports import Far
from gateway.sandbox.courier import Courier
from gateway.sandbox.door import GBCS, XML, Door, Refusal, wrong_content_type
from gateway.sandbox.faults import FaultKind, Faults
from gateway.sandbox.gbcs_contents import Setting, alert_content, response_content
from gateway.sandbox.opening import Opener
from gateway.sandbox.simulated_devices import HALF_HOUR, SimulatedDevices
from gateway.sandbox.visits import Visit, Visits, shown
from gbcs.build import build_response
from gbcs.crypto import message_mac, shared_secret, verify, verify_mac
from gbcs.message import (
    Command,
    CraFlag,
    GeneralSigned,
    GroupingHeader,
    cipher_frame,
    decode_message,
)
from routing.inventory import Device
from schemas.certificates import CertificateDirectory
from schemas.request import UpdateFirmware
from schemas.vocabulary import DeviceId

MESSAGES: Final = "/wan/v1/messages"
_DEVICE_ALERT: Final = 0x1000
_ALERT_CODE: Final = 0x8F1E
"""Both invented: no list of alert codes was at hand."""


class _Received(msgspec.Struct, frozen=True, kw_only=True):
    """A Command that its device accepts."""

    octets: bytes
    message: GeneralSigned
    device: Device
    secret: bytes


class WanSimulator:
    """All regions, told apart by their names."""

    def __init__(
        self,
        acb_key: ec.EllipticCurvePrivateKey,
        devices: SimulatedDevices,
        certificates: CertificateDirectory,
        *,
        opener: Opener,
        door: Door,
        faults: Faults,
        courier: Courier,
        answer_after: float,
        clock: Callable[[], datetime],
    ) -> None:
        """``answer_after`` is the time from acknowledgement to answer, seconds."""
        self._devices = devices
        self._certificates = certificates
        self._opener = opener
        self._door = door
        self._faults = faults
        self._courier = courier
        self._answer_after = answer_after
        self._clock = clock
        self._secret = lru_cache(10_000)(lambda certificate: shared_secret(acb_key, certificate))

    def visits(self, region: str) -> Visits:
        return self._door.visits_of(Far.WAN, region)

    async def receive(self, request: web.Request) -> web.Response:
        """``POST /wan/{region}``."""
        region = request.match_info["region"]
        body = await self._door.enter(request, Far.WAN, region)
        if isinstance(body, web.Response):
            return body
        key = request.headers.get("Idempotency-Key") or hashlib.sha256(body).hexdigest()
        if request.content_type == XML:
            refusal = await self._take_firmware(region, body, key)
        else:
            refusal = wrong_content_type(request, GBCS) or await self._take_command(region, body, key)
        if refusal is not None:
            return self._door.refuse(Far.WAN, region, refusal)
        return await self._door.acknowledge(Far.WAN, region)

    async def _take_firmware(self, region: str, body: bytes, key: str) -> Refusal | None:
        """An 11.1: taken for distribution, which has no answer per device."""
        opened = await self._opener.open(body)
        if isinstance(opened, str):
            return Refusal(400, opened)
        if not isinstance(opened.request.body, UpdateFirmware):
            return Refusal(400, f"a WAN distributes the images of 11.1; this is {opened.header.variant}")
        visits = self.visits(region)
        if not visits.seen_before(key):
            what = f"11.1 {opened.header.request_id} for {len(opened.header.devices)} devices"
            self._remember(visits, what, body, key, text=True)
        return None

    async def _take_command(self, region: str, body: bytes, key: str) -> Refusal | None:
        received = await self._read(region, body)
        if isinstance(received, Refusal):
            return received
        visits = self.visits(region)
        if not visits.seen_before(key):
            header = received.message.header
            what = f"{header.message_code:04X} from {header.originator} to {header.recipient}, counter {header.counter}"
            self._remember(visits, what, body, key, text=False)
            self._courier.start(self._answer(region, received))
        return None

    def _remember(self, visits: Visits, what: str, body: bytes, key: str, *, text: bool) -> None:
        document = shown(body, text=text)
        visits.took(Visit(at=self._clock(), what=what, octets=len(body), idempotency_key=key, document=document))

    async def _read(self, region: str, body: bytes) -> _Received | Refusal:
        try:
            command = decode_message(body)
        except ValueError as fault:
            return Refusal(400, str(fault))
        if not isinstance(command, Command) or command.message.header.cra is not CraFlag.COMMAND:
            return Refusal(400, "expected a Command (general-ciphering, CRA flag 01)")
        recipient = DeviceId(command.message.header.recipient)
        device = await self._devices.book.device(recipient)
        certificate = await self._devices.book.key_agreement_certificate(recipient)
        if device is None or certificate is None:
            return Refusal(404, f"there is no device {recipient} behind this WAN")
        home = await self._devices.region(device)
        if home is not None and home != region:
            return Refusal(404, f"{recipient} is in region {home}, this is {region}")
        secret = self._secret(certificate)
        if not verify_mac(command, secret):
            return Refusal(400, f"the MAC of the Command for {recipient} does not verify")
        if not self._signature_fits(command.message):
            return Refusal(400, f"no known key of {command.message.header.originator} made the Command's signature")
        return _Received(octets=body, message=command.message, device=device, secret=secret)

    def _signature_fits(self, message: GeneralSigned) -> bool:
        if not message.signature:
            return True
        known = self._certificates.of(message.header.originator)
        return any(verify(one.public_key, message) for one in known if one.for_signatures)

    async def _answer(self, region: str, received: _Received) -> None:
        await asyncio.sleep(self._answer_after)
        if self._strikes(FaultKind.LOSE_ANSWER, region):
            return
        now = self._clock()
        if self._strikes(FaultKind.ALERT, region):
            answers = [_alert(received, now)]
        else:
            answers = [self._response(received, now)]
            if self._strikes(FaultKind.ANSWER_TWICE, region):
                answers.append(self._response(received, now + HALF_HOUR))
        if self._strikes(FaultKind.WRONG_MAC, region):
            answers = [answer[:-1] + bytes((answer[-1] ^ 0xFF,)) for answer in answers]
        if self._strikes(FaultKind.DUPLICATE_ANSWER, region):
            answers = [*answers, answers[0]]
        for answer in answers:
            await self._courier.deliver(MESSAGES, answer, GBCS)

    def _response(self, received: _Received, now: datetime) -> bytes:
        setting = Setting(device=received.device, devices=self._devices, now=now)
        return build_response(received.octets, response_content(received.message, setting), secret=received.secret)

    def _strikes(self, kind: FaultKind, region: str) -> bool:
        return self._faults.strike(kind, Far.WAN, region) is not None


def _alert(received: _Received, now: datetime) -> bytes:
    """A device alert to whoever sent the Command. Its counter is the device's own, from the clock."""
    asked = received.message.header
    header = GroupingHeader(
        cra=CraFlag.ALERT,
        counter=(now - datetime.fromtimestamp(0, now.tzinfo)) // timedelta(milliseconds=1),
        originator=asked.recipient,
        recipient=asked.originator,
        message_code=_DEVICE_ALERT,
    )
    message = GeneralSigned(header=header, content=alert_content(_ALERT_CODE, now), signature=b"")
    encoded = message.encode()
    return cipher_frame(encoded, message_mac(message, encoded, received.secret))
