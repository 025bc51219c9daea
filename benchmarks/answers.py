"""What the far sides would send back for what the gateway posted to them: the input of the return leg.

Made between the timed parts, with the keys of the sandbox's world. The octets are what its simulators would
make; what a SMETS2+ device answers is opaque here, because the gateway does not read it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from benchmarks.connection import Target, post_octets
from benchmarks.far_side import Posted
from benchmarks.timing import CannotMeasure
from gateway.sandbox.simulated_devices import SimulatedDevices
from gateway.sandbox.simulators import StoredDevices
from gateway.sandbox.smets1_messages import Asked, write_device_response
from gateway.sandbox.world import World
from gbcs.build import build_response
from gbcs.crypto import shared_secret
from gbcs.message import Command, decode_message
from schemas.countersigned import read_countersigned
from schemas.reading import read_request_unverified
from schemas.request import Malformed
from schemas.vocabulary import DeviceId
from schemas.xsd import own_schema

_CONTENT: Final = bytes(48)
"""About what a register read answers."""


class AnswerWriter:
    """Writes the answers of one world's far sides. Use it in a ``with``: it holds the inventory open."""

    def __init__(self, world: World) -> None:
        """Raises Unavailable when the world has no inventory yet."""
        self._world = world
        self._book = StoredDevices(world.settings.store.path)
        self._devices = SimulatedDevices(self._book, lambda _device, _hash: None)
        self._schema = own_schema()
        self._secrets: dict[DeviceId, bytes] = {}

    def close(self) -> None:
        self._book.close()

    def posts(self, target: Target, posted: Sequence[Posted]) -> list[bytes]:
        """One whole HTTP request for each post that a WAN or an S1SP took."""
        return [self._post(target, path, body) for path, body in posted]

    def smets1_message(self, path: str, body: bytes) -> bytes:
        """The SMETS1SignedResponse to a countersigned request posted to ``/s1sp/NAME``."""
        countersigned = read_countersigned(etree.fromstring(body))
        request = read_request_unverified(countersigned.request, self._schema)
        if isinstance(request, Malformed):
            raise CannotMeasure(f"the gateway handed on a malformed request: {request.faults}")
        device = asyncio.run(self._book.device(countersigned.header.devices[0]))
        if device is None:
            raise CannotMeasure(f"{countersigned.header.devices[0]} is not in the inventory")
        asked = Asked(header=countersigned.header, request=request, device=device)
        return write_device_response(asked, self._devices, datetime.now(UTC), self._world.s1sps[_name(path)])

    def _post(self, target: Target, path: str, body: bytes) -> bytes:
        if path.startswith("/wan/"):
            return post_octets(target, "/wan/v1/messages", "application/octet-stream", self._smets2_message(body))
        message = self.smets1_message(path, body)
        return post_octets(target, f"/s1sp/v1/{_name(path)}/messages", "application/xml", message)

    def _smets2_message(self, command: bytes) -> bytes:
        message = decode_message(command)
        if not isinstance(message, Command):
            raise CannotMeasure("the gateway handed on something that is no Command")
        return build_response(command, _CONTENT, secret=self._secret(DeviceId(message.message.header.recipient)))

    def _secret(self, device: DeviceId) -> bytes:
        if device not in self._secrets:
            certificate = asyncio.run(self._book.key_agreement_certificate(device))
            if certificate is None:
                raise CannotMeasure(f"{device} has no key agreement certificate")
            self._secrets[device] = shared_secret(self._world.acb_key, certificate)
        return self._secrets[device]


def _name(path: str) -> str:
    return path.rsplit("/", 1)[-1]
