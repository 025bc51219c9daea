"""What a step of the tour is, and what it draws on: the world's devices and users, and what went before."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from gateway.sandbox.traveller import Answered, Traveller
from gateway.sandbox.user_simulator import AnswerKind
from gateway.sandbox.world import World
from schemas.request import AnyBody, ServiceRequest
from schemas.vocabulary import DeviceId, UserId, UserRole, UserStatus, WebService

_PARTS: Final = {
    "supplier": (UserRole.IMPORT_SUPPLIER, UserStatus.ACTIVE, 0),
    "second supplier": (UserRole.IMPORT_SUPPLIER, UserStatus.ACTIVE, 1),
    "suspended supplier": (UserRole.IMPORT_SUPPLIER, UserStatus.SUSPENDED, 0),
    "distributor": (UserRole.ELECTRICITY_DISTRIBUTOR, UserStatus.ACTIVE, 0),
    "other user": (UserRole.OTHER_USER, UserStatus.ACTIVE, 0),
}


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """What a step sends."""

    document: bytes
    web_service: WebService
    request: ServiceRequest | None = None
    """Kept for later steps; ``None`` where none can be read from the document."""


class Scene:
    """What the steps draw on: the world's devices and users, and what was sent before."""

    def __init__(self, world: World, traveller: Traveller) -> None:
        self.world = world
        self.by = traveller
        self.sent: dict[str, ServiceRequest] = {}
        self.documents: dict[str, bytes] = {}
        self.answered: dict[str, Answered] = {}
        self.dcc: Final = world.settings.gbcs.acb
        self.newcomer: Final = DeviceId(secrets.randbits(63))
        """A device that no earlier tour has pre-notified."""

    def device(self, name: str) -> DeviceId:
        return self.world.named[name]

    def user(self, part: str) -> UserId:
        """By the part that it plays: the first or second that holds the role in that status."""
        role, status, place = _PARTS[part]
        fitting = [user for user, keys in self.world.users.items() if role in keys.roles and keys.status is status]
        return fitting[place]

    def post(
        self, user: str, target: DeviceId, srv: str, body: AnyBody, cv: int, service: WebService, image: bytes = b""
    ) -> Post:
        request = self.by.request(self.user(user), target, srv, body, cv)
        return Post(document=self.by.signed(request, image), web_service=service, request=request)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One request of the tour."""

    title: str
    make: Callable[[Scene], Post]
    expected: str
    """The response code, or the last part of the problem's type."""
    destination: str = ""
    """How the trace must name where it went (its beginning); empty where it goes nowhere."""
    result: str | None = None
    """The result document that the synchronous answer must hold."""
    answer: AnswerKind | None = None
    """The asynchronous answer that must come."""
