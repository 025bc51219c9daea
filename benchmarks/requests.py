"""Really signed requests for the users and devices of a sandbox world, made before anything is timed.

Every request has a RequestID of its own: counters rise from the microsecond at which the writer was made,
so that runs one after another do not repeat each other. What is sent when is not decided here.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from benchmarks.native import Material
from benchmarks.timing import CannotMeasure
from gateway.sandbox.estate import Home
from gateway.sandbox.plans import State
from gateway.sandbox.world import World
from routing.services import SERVICES
from schemas.request import (
    AnyBody,
    DisableSupply,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    ReadInventory,
    ServiceRequest,
    UpdateFirmware,
)
from schemas.request_writing import write_request
from schemas.signature import sign_canonical
from schemas.vocabulary import (
    CommandVariant,
    DeviceId,
    DeviceType,
    Generation,
    RequestId,
    ServiceReferenceVariant,
    UserId,
    UserStatus,
    WebService,
)

SCHEMA_VERSION: Final = "5.4"
_REQUEST_ID: Final = b"<sr:RequestID>"


class Kind(StrEnum):
    """What a request of the mix is, in the words of the results."""

    SMETS2_READ = "SMETS2+ read (4.1.1)"
    SMETS1_READ = "SMETS1 read (4.1.1)"
    PROFILE = "SMETS2+ profile (4.8.1)"
    FIRMWARE_VERSION = "firmware version (11.2)"
    TRANSFORM = "transform (7.2)"
    INVENTORY = "inventory (8.2)"
    UNKNOWN_DEVICE = "unknown device"
    OTHER_SUPPLIER = "another supplier's meter"
    ALTERED = "altered after signing"


MIX: Final[Mapping[Kind, int]] = {
    Kind.SMETS2_READ: 40,
    Kind.SMETS1_READ: 25,
    Kind.PROFILE: 10,
    Kind.FIRMWARE_VERSION: 5,
    Kind.TRANSFORM: 5,
    Kind.INVENTORY: 10,
    Kind.UNKNOWN_DEVICE: 2,
    Kind.OTHER_SUPPLIER: 2,
    Kind.ALTERED: 1,
}
"""Parts of a hundred (assumed: no published figures were at hand)."""


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """One document, ready to post."""

    kind: Kind
    path: str
    document: bytes
    status: int
    """The HTTP status that the gateway is to answer with."""


class _Home(msgspec.Struct, frozen=True, kw_only=True):
    """A meter that can be asked, and who may ask it."""

    esme: DeviceId
    supplier: UserId
    other: UserId


class RequestWriter:
    """Writes and signs for one world."""

    def __init__(self, world: World, seed: int = 1) -> None:
        """Raises CannotMeasure when the world has no home of one of the generations to ask."""
        self._world = world
        self._lot = random.Random(seed)
        self._counters = itertools.count(time.time_ns() // 1000)
        self._dcc = world.settings.gbcs.acb
        self._homes = {generation: list(_homes(world, generation)) for generation in Generation}
        for generation, homes in self._homes.items():
            if not homes:
                raise CannotMeasure(f"the world has no commissioned {generation.value} home with an active supplier")

    def write(self, kind: Kind, count: int) -> list[Signed]:
        """``count`` requests of one kind, to devices in rotation."""
        return [self._one(kind) for _ in range(count)]

    def mix(self, count: int, shares: Mapping[Kind, int] = MIX) -> list[Signed]:
        """``count`` requests of all kinds by lot."""
        return [self._one(kind) for kind in self._lot.choices(list(shares), list(shares.values()), k=count)]

    def material(self, kind: Kind, count: int) -> Material:
        """Requests of one kind that one user signed, for steps that are measured on their own."""
        written = self.write(kind, count * 4)
        signers = [self._signer(each.document) for each in written]
        first = signers[0]
        documents = [each.document for each, signer in zip(written, signers, strict=True) if signer == first]
        return Material(documents=documents[:count], public_key=self._world.users[first].xml.key.public_key())

    def firmware_update(self, image: bytes, devices: int = 1) -> Material:
        """An 11.1 with an image of any size, for electricity meters of one supplier."""
        supplier = self.supplier
        meters = [home.esme for home in self._homes[Generation.SMETS2] if home.supplier == supplier][:devices]
        version = self._world.firmware["esme-newer"].version
        document = self.update_of(supplier, version, tuple(meters), image)
        return Material(documents=[document], public_key=self._world.users[supplier].xml.key.public_key())

    @property
    def supplier(self) -> UserId:
        """The one that firmware updates come from."""
        return self._homes[Generation.SMETS2][0].supplier

    def update_of(self, supplier: UserId, version: str, devices: tuple[DeviceId, ...], image: bytes) -> bytes:
        """A signed 11.1 for these devices."""
        body = UpdateFirmware(firmware_version=version, devices=devices, image_characters=0)
        request = self._request(supplier, self._dcc, "11.1", body, CommandVariant.NON_DEVICE)
        return sign_canonical(write_request(request, image), self._world.users[supplier].xml)

    @staticmethod
    def _signer(document: bytes) -> UserId:
        """The originator that the RequestID names."""
        at = document.index(_REQUEST_ID) + len(_REQUEST_ID)
        return UserId.parse(document[at : document.index(b":", at)].decode())

    def _one(self, kind: Kind) -> Signed:
        smets2, smets1 = (self._lot.choice(self._homes[each]) for each in (Generation.SMETS2, Generation.SMETS1))
        return _WRITERS[kind](self, kind, smets1 if kind is Kind.SMETS1_READ else smets2)

    def _to_meter(self, kind: Kind, home: _Home, variant: str, body: AnyBody) -> Signed:
        request = self._request(home.supplier, home.esme, variant, body, CommandVariant.SEND)
        return self._signed(kind, request, WebService.SEND_COMMAND)

    def _read(self, kind: Kind, home: _Home) -> Signed:
        return self._to_meter(kind, home, "4.1.1", ReadInstantaneousImportRegisters())

    def _firmware_version(self, kind: Kind, home: _Home) -> Signed:
        return self._to_meter(kind, home, "11.2", ReadFirmwareVersion())

    def _profile(self, kind: Kind, home: _Home) -> Signed:
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        body = ReadActiveImportProfileData(start=midnight - timedelta(days=1), end=midnight)
        return self._to_meter(kind, home, "4.8.1", body)

    def _transform(self, kind: Kind, home: _Home) -> Signed:
        request = self._request(home.supplier, home.esme, "7.2", DisableSupply(), CommandVariant.TRANSFORM)
        return self._signed(kind, request, WebService.TRANSFORM)

    def _inventory(self, kind: Kind, home: _Home) -> Signed:
        body = ReadInventory(device=home.esme)
        request = self._request(home.supplier, self._dcc, "8.2", body, CommandVariant.NON_DEVICE)
        return self._signed(kind, request, WebService.NON_DEVICE)

    def _unknown_device(self, kind: Kind, home: _Home) -> Signed:
        nobody = DeviceId(int(home.esme) ^ 0xFFFF_0000)
        return self._read(kind, msgspec.structs.replace(home, esme=nobody))

    def _other_supplier(self, kind: Kind, home: _Home) -> Signed:
        return self._read(kind, msgspec.structs.replace(home, supplier=home.other))

    def _altered(self, kind: Kind, home: _Home) -> Signed:
        genuine = self._read(kind, home)
        counter = str(next(self._counters)).encode()
        start = genuine.document.index(b"</sr:RequestID>") - len(counter)
        document = genuine.document[:start] + counter + genuine.document[start + len(counter) :]
        return msgspec.structs.replace(genuine, document=document, status=403)

    def _request(
        self, user: UserId, target: DeviceId, variant: str, body: AnyBody, command_variant: CommandVariant
    ) -> ServiceRequest:
        service = SERVICES[ServiceReferenceVariant(variant)]
        return ServiceRequest(
            request_id=RequestId(user, target, next(self._counters)),
            schema_version=SCHEMA_VERSION,
            command_variant=command_variant,
            service_reference=service.reference,
            variant=service.variant,
            body=body,
        )

    def _signed(self, kind: Kind, request: ServiceRequest, web_service: WebService) -> Signed:
        document = sign_canonical(write_request(request), self._world.users[request.request_id.originator].xml)
        return Signed(kind=kind, path=f"/api/v1/service{web_service.value}", document=document, status=200)


_WRITERS: Final[Mapping[Kind, Callable[[RequestWriter, Kind, _Home], Signed]]] = {
    Kind.SMETS2_READ: RequestWriter._read,
    Kind.SMETS1_READ: RequestWriter._read,
    Kind.PROFILE: RequestWriter._profile,
    Kind.FIRMWARE_VERSION: RequestWriter._firmware_version,
    Kind.TRANSFORM: RequestWriter._transform,
    Kind.INVENTORY: RequestWriter._inventory,
    Kind.UNKNOWN_DEVICE: RequestWriter._unknown_device,
    Kind.OTHER_SUPPLIER: RequestWriter._other_supplier,
    Kind.ALTERED: RequestWriter._altered,
}


def _homes(world: World, generation: Generation) -> Iterator[_Home]:
    """Commissioned homes whose supplier is active and stays so."""
    active = [user for user, keys in world.users.items() if keys.status is UserStatus.ACTIVE]
    suppliers = {home.electricity_supplier for home in world.homes}
    for home in world.homes:
        supplier, esme = home.electricity_supplier, home.devices.get(DeviceType.ESME)
        if not _plain(home, generation) or supplier not in active or esme is None or supplier is None:
            continue
        other = next((user for user in active if user in suppliers and user != supplier), None)
        if other is not None:
            yield _Home(esme=esme, supplier=supplier, other=other)


def _plain(home: Home, generation: Generation) -> bool:
    return home.generation is generation and home.state is State.COMMISSIONED and not home.changes_supplier
