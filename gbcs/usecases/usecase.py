"""What a use case is, and how one is chosen: the row types of the tables beside this module."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from gbcs.facts import DeviceFacts
from gbcs.usecases.parts import Part, read
from schemas.request import AnyBody, Body
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant, UserRole


class Originator(StrEnum):
    """Whose identity and counter stand in the grouping header."""

    USER = "user"
    ACB = "acb"
    """The access control broker."""


class Supplementary(StrEnum):
    """What follows the message code when the access control broker is originator."""

    NONE = "none"
    PARTY = "party"
    """The user and the counter of its RequestID."""
    PARTY_AND_CERTIFICATE = "party-and-certificate"
    """These, and the user's key agreement certificate: the device does not know the user."""


class UseCase(msgspec.Struct, frozen=True, kw_only=True):
    """One GBCS use case, as one record."""

    name: str
    """``ECS17b``."""
    message_code: int
    """Unsigned 16 bits."""
    body: type[Body]
    """The DUIS body it is built from."""
    payload: Part
    originator: Originator = Originator.USER
    supplementary: Supplementary = Supplementary.NONE
    critical: bool = False
    """Signed by the user: built as a Pre-Command first."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice may depend on besides the service and the type of the device."""

    body: AnyBody
    facts: DeviceFacts
    role: UserRole | None
    """The user role in which the originator asks, when it is known."""


class Condition(msgspec.Struct, frozen=True):
    """Something that must hold for a use case to be chosen."""

    needs: str
    """The fact it looks at, as a refusal names it when it is missing."""
    says: str
    """The condition in words."""
    holds: Callable[[Asked], bool | None]
    """``None`` when the fact is missing."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the selection table. Rows are asked in order; the first whose conditions hold is chosen."""

    variant: ServiceReferenceVariant
    device_types: tuple[DeviceType, ...]
    use_case: UseCase
    conditions: tuple[Condition, ...] = ()
    basis: Basis = Basis.TRANSCRIBED
    """Transcribed: an RTDS vector shows this choice."""
    note: str = ""
    """For an assumed row, what the assumption rests on."""


def body_says(element: str, path: str, value: str) -> Condition:
    """The body's element has this value."""

    def holds(asked: Asked) -> bool | None:
        found = read(asked.body, path)
        return None if found is None else bool(found == value)

    return Condition(element, f"{element} is {value}", holds)


def _unknown(asked: Asked) -> bool:
    return read(asked.body, "ka_credentials") is not None


KNOWN_REMOTE_PARTY = Condition(
    "KAPublicSecurityCredentials", "KAPublicSecurityCredentials is absent", lambda asked: not _unknown(asked)
)
UNKNOWN_REMOTE_PARTY = Condition("KAPublicSecurityCredentials", "KAPublicSecurityCredentials is given", _unknown)


def for_unknown_remote_party(use_case: UseCase) -> UseCase:
    """The same read for a user whom the device does not know: the broker asks, with the user's certificate."""
    return msgspec.structs.replace(
        use_case, originator=Originator.ACB, supplementary=Supplementary.PARTY_AND_CERTIFICATE
    )
