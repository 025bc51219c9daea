"""Requests to SMETS1 devices, what an S1SP gets of them, and an S1SP that a test plays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
from running import Replied, Running, S, Seen

from gateway.ports import Far
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.opening import Opened, Opener, countersigned_schema
from gateway.sandbox.simulated_devices import SimulatedDevices
from gateway.sandbox.simulators import StoredDevices
from gateway.sandbox.smets1_messages import AlertCode, Asked, write_alert, write_device_response
from gateway.sandbox.stage import Post
from schemas.certificates import CertificateDirectory
from schemas.countersigned import RoutingHeader, read_countersigned
from schemas.request import (
    AddDeviceToCHFWhitelist,
    AnyBody,
    DisableSupply,
    Malformed,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    TopUpDevice,
    Unauthenticated,
    UpdateHANDeviceLog,
)
from schemas.signature import SigningIdentity, verify
from schemas.vocabulary import RequestId
from schemas.xsd import own_schema

ENVELOPE, DUIS = countersigned_schema(), own_schema()


def asked(running: Running, srv: str, device: str, body: AnyBody) -> Post:
    return running.scene.post("supplier", running.scene.device(device), srv, body, 1, S)


def registers(device: str) -> Callable[[Running], Post]:
    return lambda running: asked(running, "4.1.1", device, ReadInstantaneousImportRegisters())


def firmware_version(device: str) -> Callable[[Running], Post]:
    return lambda running: asked(running, "11.2", device, ReadFirmwareVersion())


def disable(device: str) -> Callable[[Running], Post]:
    return lambda running: asked(running, "7.2", device, DisableSupply())


def top_up(device: str) -> Callable[[Running], Post]:
    return lambda running: asked(running, "2.2", device, TopUpDevice(utrn="73946144332040217315"))


def whitelist(hub: str, device: str) -> Callable[[Running], Post]:
    def make(running: Running) -> Post:
        addition = AddDeviceToCHFWhitelist(join_time_period=90, install_code=bytes(range(16)))
        body = UpdateHANDeviceLog(device=running.scene.device(device), request_type="Add", add=addition)
        return asked(running, "8.11", hub, body)

    return make


async def handed_on(running: Running, post: Post) -> Seen:
    """The one post to a far side that the request came to."""
    answered = await running.answered(post)
    trace = await running.trace(answered.trace_id)
    assert "I99" == answered.code, trace.reason
    await running.settled()
    (seen,) = (one for one in running.witness.seen if not one.path.startswith("/users/"))
    return seen


def certificates_of(running: Running, *identities: SigningIdentity) -> CertificateDirectory:
    """A directory that knows nobody else."""
    known = running.worker.in_force.certificates
    found = (known.find(one.issuer, one.serial) for one in identities)
    return CertificateDirectory(one for one in found if one is not None)


def read_countersigned_of(running: Running, seen: Seen) -> tuple[RoutingHeader, bytes]:
    """Header and request, with the DCC's certificate the only one that is known."""
    root = ENVELOPE.read(seen.body)
    assert not isinstance(root, Malformed), root
    verified = verify(root, certificates_of(running, running.world.dcc), running.clock())
    assert not isinstance(verified, Unauthenticated), verified.message
    read = read_countersigned(root)
    return read.header, read.request


class Played:
    """An S1SP that a test plays: it was given one request and has not answered."""

    def __init__(self, running: Running, name: str, opened: Opened, opened_request: bytes) -> None:
        self._running = running
        self._name = name
        self.opened = opened
        self.opened_request = opened_request
        """The octets of the user."""

    def answer(self, *, signed_as: str | None = None, device: str | None = None, later: int = 0) -> bytes:
        """Its answer; signed by another S1SP, for another device, or made so many seconds later."""
        running, header = self._running, self.opened.header
        wanted = running.scene.device(device) if device else header.devices[0]
        record = next(one for one in self.records if one.id == wanted)
        now = running.clock() + timedelta(seconds=later)
        identity = running.world.s1sps[signed_as or self._name]
        devices = SimulatedDevices(self.book, lambda _device, _hash: None)
        return write_device_response(
            Asked(header=header, request=self.opened.request, device=record), devices, now, identity
        )

    def alert(self, *, signed_as: str | None = None) -> bytes:
        header, identity = self.opened.header, self._running.world.s1sps[signed_as or self._name]
        return write_alert(
            code=AlertCode.NOT_EXECUTED,
            information="it was not executed",
            request_id=header.request_id,
            device=header.devices[0],
            schema_version="5.4",
            now=self._running.clock(),
            identity=identity,
        )

    def ask_for_another(self) -> int:
        """Answer from here on a request that was never sent; its counter."""
        name = self.opened.header.request_id
        another = RequestId(name.originator, name.target, name.counter + 1)
        header = msgspec.structs.replace(self.opened.header, request_id=another)
        self.opened = msgspec.structs.replace(self.opened, header=header)
        return another.counter

    async def look_up(self, *names: str) -> None:
        self.book = StoredDevices(self._running.settings.store.path)
        ids = (*self.opened.header.devices, *(self._running.scene.device(name) for name in names))
        found = [await self.book.device(one) for one in ids]
        self.records = [one for one in found if one is not None]

    async def post(self, message: bytes, *, to: str | None = None) -> Replied:
        return await self._running.far(f"/s1sp/v1/{to or self._name}/messages", message)

    async def passed_on(self) -> int:
        """How many answers have reached the user."""
        await self._running.settled()
        return len(self._running.simulators.users.answers(self.opened.header.request_id))


async def played(running: Running, name: str = "ioc") -> Played:
    running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.LOSE_ANSWER))
    seen = await handed_on(running, registers(f"smets1-{name}-esme")(running))
    known = running.worker.in_force.certificates
    dcc = known.find(running.world.dcc.issuer, running.world.dcc.serial)
    assert dcc is not None
    opened = await Opener(known, dcc.eui, running.clock).open(seen.body)
    assert isinstance(opened, Opened), opened
    s1sp = Played(running, name, opened, read_countersigned_of(running, seen)[1])
    await s1sp.look_up("smets1-mds-esme")
    return s1sp
