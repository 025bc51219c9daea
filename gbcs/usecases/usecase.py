"""What a use case is, and how one is chosen: the row types of the tables beside this module."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from gbcs.facts import DeviceFacts
from gbcs.usecases.elements import ka_credentials, name_of, part_at, text_at
from gbcs.usecases.parts import Part, read
from schemas.request import AnyBody, Body
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant, UserRole


class Originator(StrEnum):
    """Whose identity and counter stand in the grouping header."""

    USER = "user"
    ACB = "acb"
    """The access control broker."""
    TCOS = "tcos"
    """The transitional change of supplier party."""


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
    element: str = ""
    """For an ``OtherBody``: the body's element."""
    payload: Part
    originator: Originator = Originator.USER
    supplementary: Supplementary = Supplementary.NONE
    critical: bool = False
    """Signed by the user: built as a Pre-Command first."""
    signed_by_dcc: bool = False
    """Signed by its originator, who is of the DCC: there is no Pre-Command."""


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


def element_says(path: str, *values: str) -> Condition:
    """The element at a path of an ``OtherBody`` has one of these texts."""
    name = name_of(path)

    def holds(asked: Asked) -> bool | None:
        found = text_at(asked.body, path)
        return None if found is None else found in values

    return Condition(name, f"{name} is {' or '.join(values)}", holds)


def element_given(path: str) -> Condition:
    """An ``OtherBody`` has an element at a path."""
    name = name_of(path)
    return Condition(name, f"{name} is given", lambda asked: part_at(asked.body, path) is not None)


def element_absent(path: str) -> Condition:
    """An ``OtherBody`` has no element at a path."""
    name = name_of(path)
    return Condition(name, f"{name} is absent", lambda asked: part_at(asked.body, path) is None)


_GBCS_VERSION = "the GBCS version of the device"


def gbcs_from(version: str) -> Condition:
    """The device keeps to this GBCS version or a later one."""
    return Condition(_GBCS_VERSION, f"the GBCS version is {version} or later", _version_compared(version, True))


def gbcs_before(version: str) -> Condition:
    """The device keeps to a GBCS version before this one."""
    return Condition(_GBCS_VERSION, f"the GBCS version is before {version}", _version_compared(version, False))


def _version_compared(version: str, at_least: bool) -> Callable[[Asked], bool | None]:
    limit = _version_numbers(version)

    def holds(asked: Asked) -> bool | None:
        known = _version_numbers(asked.facts.gbcs_version or "")
        return (known >= limit) is at_least if known else None

    return holds


def _version_numbers(version: str) -> tuple[int, ...]:
    """``4.1`` and ``v4.1`` alike, as numbers that compare; none of a text of another form."""
    parts = version.strip().lstrip("vV").split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def role_is(*roles: UserRole) -> Condition:
    """The originator asks in one of these user roles."""
    said = " or ".join(role.value for role in roles)

    def holds(asked: Asked) -> bool | None:
        return None if asked.role is None else asked.role in roles

    return Condition("the user role", f"the user role is {said}", holds)


def joining_is(*types: DeviceType) -> Condition:
    """The device to be joined is of one of these types."""
    said = " or ".join(each.value for each in types)

    def holds(asked: Asked) -> bool | None:
        joining = asked.facts.joining_type
        return None if joining is None else joining in types

    return Condition("the type of the device to be joined", f"the device to be joined is a {said}", holds)


def phases_are(count: int) -> Condition:
    """The ESME measures so many phases."""

    def holds(asked: Asked) -> bool | None:
        return None if asked.facts.phases is None else asked.facts.phases == count

    return Condition("the number of phases", f"the ESME has {count} phase{'s' if count > 1 else ''}", holds)


def _unknown(asked: Asked) -> bool:
    return ka_credentials(asked.body) is not None


KNOWN_REMOTE_PARTY = Condition(
    "KAPublicSecurityCredentials", "KAPublicSecurityCredentials is absent", lambda asked: not _unknown(asked)
)
UNKNOWN_REMOTE_PARTY = Condition("KAPublicSecurityCredentials", "KAPublicSecurityCredentials is given", _unknown)


def for_unknown_remote_party(use_case: UseCase) -> UseCase:
    """The same read for a user whom the device does not know: the broker asks, with the user's certificate."""
    return msgspec.structs.replace(
        use_case, originator=Originator.ACB, supplementary=Supplementary.PARTY_AND_CERTIFICATE
    )
