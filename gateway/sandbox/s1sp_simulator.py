"""The SMETS1 service providers: take countersigned requests, answer for each device.

What they write is ``smets1_messages``; how the request is opened is ``opening``. There is no SMETS1
device behind them, only ``simulated_devices``. An 11.1 is taken and has no answer per device.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.ports import Far
from gateway.sandbox.courier import Courier
from gateway.sandbox.door import XML, Door, Refusal, wrong_content_type
from gateway.sandbox.faults import FaultKind, Faults
from gateway.sandbox.opening import Opened, Opener
from gateway.sandbox.simulated_devices import SimulatedDevices
from gateway.sandbox.smets1_messages import (
    AlertCode,
    Asked,
    write_alert,
    write_device_failure,
    write_device_response,
)
from gateway.sandbox.visits import Visit, Visits, shown
from schemas.request import UpdateFirmware
from schemas.signature import SigningIdentity
from schemas.vocabulary import DeviceId

_MOST_SENT: Final = 100_000
_LATER: Final = timedelta(seconds=1)
"""By so much the second of two answers is later than the first."""

SentKey = tuple[DeviceId, int]


class SentMessages:
    """Digests of what was sent, by device and counter, so that a user can tell whether octets were changed."""

    def __init__(self) -> None:
        self._digests: dict[SentKey, set[bytes]] = {}

    def add(self, key: SentKey, document: bytes) -> None:
        self._digests.setdefault(key, set()).add(hashlib.sha256(document).digest())
        if len(self._digests) > _MOST_SENT:
            del self._digests[next(iter(self._digests))]

    def as_sent(self, key: SentKey, document: bytes) -> bool | None:
        """``None`` when nothing is known of that device and counter: these providers did not send it."""
        digests = self._digests.get(key)
        return None if digests is None else hashlib.sha256(document).digest() in digests


class S1spSimulator:
    """All S1SPs, told apart by their names."""

    def __init__(
        self,
        identities: Mapping[str, SigningIdentity],
        devices: SimulatedDevices,
        *,
        opener: Opener,
        door: Door,
        faults: Faults,
        courier: Courier,
        answer_after: float,
        clock: Callable[[], datetime],
    ) -> None:
        """``answer_after`` is the time from acknowledgement to answer, seconds."""
        self._identities = identities
        self._devices = devices
        self._opener = opener
        self._door = door
        self._faults = faults
        self._courier = courier
        self._answer_after = answer_after
        self._clock = clock
        self._stranger = ec.generate_private_key(ec.SECP256R1())
        self.sent: Final = SentMessages()

    def visits(self, name: str) -> Visits:
        return self._door.visits_of(Far.S1SP, name)

    async def receive(self, request: web.Request) -> web.Response:
        """``POST /s1sp/{name}``."""
        name = request.match_info["name"]
        if name not in self._identities:
            return web.Response(status=404, text=f"there is no S1SP {name!r}; there are {', '.join(self._identities)}")
        body = await self._door.enter(request, Far.S1SP, name)
        if isinstance(body, web.Response):
            return body
        refusal = wrong_content_type(request, XML) or await self._take(
            name, body, request.headers.get("Idempotency-Key")
        )
        if refusal is not None:
            return self._door.refuse(Far.S1SP, name, refusal)
        return await self._door.acknowledge(Far.S1SP, name)

    async def _take(self, name: str, body: bytes, key: str | None) -> Refusal | None:
        opened = await self._opener.open(body)
        if isinstance(opened, str):
            return Refusal(400, opened)
        if opened.header.s1sp != name:
            return Refusal(400, f"the request is for S1SP {opened.header.s1sp!r}, this is {name!r}")
        visits = self.visits(name)
        if key is not None and visits.seen_before(key):
            return None
        visits.took(
            Visit(
                at=self._clock(),
                what=f"{opened.header.variant} {opened.header.request_id}",
                octets=len(body),
                idempotency_key=key,
                document=shown(body, text=True),
            )
        )
        if not isinstance(opened.request.body, UpdateFirmware):
            for device in opened.header.devices:
                self._courier.start(self._answer(name, opened, device))
        return None

    async def _answer(self, name: str, opened: Opened, device: DeviceId) -> None:
        await asyncio.sleep(self._answer_after)
        struck = _Struck(self._faults, name)
        if struck.by(FaultKind.LOSE_ANSWER):
            return
        messages = await self._messages(name, opened, device, struck)
        if struck.by(FaultKind.DUPLICATE_ANSWER):
            messages = [*messages, messages[0]]
        for message in messages:
            self.sent.add((device, opened.header.request_id.counter), message)
            await self._courier.deliver(f"/s1sp/v1/{name}/messages", message, XML)

    async def _messages(self, name: str, opened: Opened, device: DeviceId, struck: _Struck) -> list[bytes]:
        now, identity = self._clock(), self._identities[name]
        record = await self._devices.book.device(device)
        if struck.by(FaultKind.WRONG_SIGNATURE):
            identity = SigningIdentity(key=self._stranger, issuer=identity.issuer, serial=identity.serial)
        if record is None or not await self._devices.operated_by(record, name):
            found = "is not known" if record is None else f"is not operated by S1SP {name}"
            return [_alert(opened, device, AlertCode.DEVICE_UNKNOWN, f"{device} {found}", now, identity)]
        if struck.by(FaultKind.ALERT):
            said = f"{opened.header.variant} was not executed on {device}"
            return [_alert(opened, device, AlertCode.NOT_EXECUTED, said, now, identity)]
        asked = Asked(header=opened.header, request=opened.request, device=record)
        if struck.by(FaultKind.DEVICE_FAILS):
            return [write_device_failure(asked, now, identity)]
        answers = [write_device_response(asked, self._devices, now, identity)]
        if struck.by(FaultKind.ANSWER_TWICE):
            answers.append(write_device_response(asked, self._devices, now + _LATER, identity))
        return answers


class _Struck:
    """The faults of one S1SP, as asked for one answer."""

    def __init__(self, faults: Faults, name: str) -> None:
        self._faults = faults
        self._name = name

    def by(self, kind: FaultKind) -> bool:
        return self._faults.strike(kind, Far.S1SP, self._name) is not None


def _alert(
    opened: Opened, device: DeviceId, code: AlertCode, information: str, now: datetime, identity: SigningIdentity
) -> bytes:
    return write_alert(
        code=code,
        information=information,
        request_id=opened.header.request_id,
        device=device,
        schema_version=opened.request.schema_version,
        now=now,
        identity=identity,
    )
