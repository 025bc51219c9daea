"""What a WAN gets of a request, and a device behind it that a test plays."""

from __future__ import annotations

import msgspec
from running import Replied, Running, Seen

from gateway.ports import Far
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.gbcs_contents import Setting, response_content
from gateway.sandbox.simulated_devices import SimulatedDevices
from gateway.sandbox.simulators import StoredDevices
from gateway.sandbox.stage import Post
from gbcs.build import build_response
from gbcs.crypto import message_mac, shared_secret
from gbcs.message import Command, cipher_frame, decode_message
from schemas.vocabulary import DeviceId, RequestId

GBCS = "application/octet-stream"
WAN = "/wan/v1/messages"


async def secret_of(running: Running, device: DeviceId) -> bytes:
    """Z between the access control broker and the device: the same from either side."""
    certificate = await running.worker.state.key_agreement_certificate(device)
    assert certificate is not None
    return shared_secret(running.world.acb_key, certificate)


async def the_command(running: Running, post: Post) -> tuple[Seen, Command]:
    answered = await running.answered(post)
    trace = await running.trace(answered.trace_id)
    assert "I99" == answered.code, trace.reason
    await running.settled()
    (seen,) = running.witness.posts("/wan/")
    command = decode_message(seen.body)
    assert isinstance(command, Command)
    return seen, command


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """A device behind a WAN that a test plays: it has its Command and has not answered."""

    running: Running
    command: bytes
    secret: bytes
    request_id: RequestId
    content: bytes

    @property
    def response(self) -> bytes:
        return build_response(self.command, self.content, secret=self.secret)

    async def post(self, message: bytes, content_type: str = GBCS) -> Replied:
        return await self.running.far(WAN, message, content_type)

    async def passed_on(self) -> int:
        """How many answers have reached the user."""
        await self.running.settled()
        return len(self.running.simulators.users.answers(self.request_id))


async def played(running: Running) -> Played:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.LOSE_ANSWER))
    post = running.registers()
    assert post.request is not None
    seen, command = await the_command(running, post)
    book = StoredDevices(running.settings.store.path)
    record = await book.device(post.request.request_id.target)
    book.close()
    assert record is not None
    setting = Setting(device=record, devices=SimulatedDevices(book, lambda _d, _h: None), now=running.clock())
    return Played(
        running=running,
        command=seen.body,
        secret=await secret_of(running, record.id),
        request_id=post.request.request_id,
        content=response_content(command.message, setting),
    )


def with_header(device: Played, **changed: object) -> bytes:
    """The response with another header and a MAC that fits it."""
    read = decode_message(device.response)
    assert isinstance(read, Command)
    header = msgspec.structs.replace(read.message.header, **changed)
    message = msgspec.structs.replace(read.message, header=header)
    encoded = message.encode()
    return cipher_frame(encoded, message_mac(message, encoded, device.secret))


def flipped(device: Played, place: int) -> bytes:
    octets = bytearray(device.response)
    octets[place] ^= 1
    return bytes(octets)


def decoded(device: Played) -> Command:
    read = decode_message(device.response)
    assert isinstance(read, Command)
    return read
