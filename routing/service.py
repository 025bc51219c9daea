"""What a service is, and the compact form in which the tables of services are written.

The rows themselves stand in ``routing.services_*``, one file per group; ``routing.services`` joins them. Who may
ask what of a service is in ``routing.checks``.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from schemas.response_codes import plain_version
from schemas.vocabulary import (
    Basis,
    CommandVariant,
    DeviceStatus,
    DeviceType,
    ServiceReferenceVariant,
    UserRole,
)


class FutureDating(StrEnum):
    """Who holds a future-dated request until its time."""

    NONE = "none"
    DSP = "DSP"
    DEVICE = "device"
    DSP_AND_DEVICE = "DSP and device"


class Since(msgspec.Struct, frozen=True):
    """The first version of DUIS that is known to have something, and how sure we are that it has."""

    version: str
    basis: Basis

    def is_had_by(self, schema_version: str) -> bool:
        """Whether the version that a request declares is that one or a later one. Versions are decimals."""
        return Decimal(plain_version(schema_version)) >= Decimal(self.version)


class Availability(msgspec.Struct, frozen=True):
    """That SMETS1 devices offer a service, and how we know."""

    basis: Basis
    source: str


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """One service reference variant."""

    variant: ServiceReferenceVariant
    reference: str
    name: str
    body_element: str
    critical: bool
    non_device: bool
    command_variants: frozenset[CommandVariant]
    roles: frozenset[UserRole]
    """Eligible in every version. For SMETS1 devices too: the 2017 list names the same ones, or more."""
    newer_roles: dict[UserRole, Since] = {}
    """Eligible in newer versions only."""
    future_dating: FutureDating
    schedulable: Since | None = None
    """Whether the DCC runs it to a schedule (5.1); ``None``: never."""
    device_types: dict[DeviceType, Basis]
    """For which types, and how sure we are of each. Empty for non-device services."""
    device_statuses: dict[DeviceStatus, Basis]
    """In which inventory statuses of the target. Empty for non-device services."""
    smets1: Basis | None
    """Whether it is available for SMETS1 devices, and how we know; ``None``: not available."""
    smets1_source: str = ""
    carried_out: bool = True
    """Whether this gateway holds what a non-device service is done with."""

    def roles_in(self, schema_version: str) -> frozenset[UserRole]:
        """Those eligible in the version of DUIS that a request declares."""
        newer = {role for role, since in self.newer_roles.items() if since.is_had_by(schema_version)}
        return self.roles | newer


SMETS1_ONLY_ROLES: Final = frozenset({UserRole.METER_DATA_RETRIEVER})
"""Roles with rights to SMETS1 devices alone. A summary of DUIS 5.3 gives the Meter Data Retriever reads of SMETS1."""
ORDINARY_ROLES: Final = frozenset(UserRole) - SMETS1_ONLY_ROLES
"""The roles of the DCC's service request matrix."""

IN_SERVICE: Final = {
    DeviceStatus.INSTALLED_NOT_COMMISSIONED: Basis.ASSUMED,
    DeviceStatus.COMMISSIONED: Basis.ASSUMED,
    DeviceStatus.RECOVERED: Basis.ASSUMED,
}

_FORUM: Final = "SMETS1 communications forum (Mar 2017)"
MINIMUM: Final = Availability(Basis.SPECIFIED, f"{_FORUM}, minimum services")
COMMISSIONING: Final = Availability(Basis.SPECIFIED, f"{_FORUM}, commissioning and inventory")
DOUBTED: Final = Availability(Basis.ASSUMED, f"{_FORUM}, minimum services; thought not relevant to SMETS1 there")
EQUIVALENT: Final = Availability(Basis.ASSUMED, f"{_FORUM}, commissioning: an equivalent may be needed")
NOT_REQUIRED: Final = Availability(
    Basis.ASSUMED, f"{_FORUM}, commissioning: not a SMETS1 requirement, in use with more than one type of meter"
)
SEED_004: Final = Availability(Basis.SPECIFIED, "SMETS1 Further Testing Consultation (19 Dec 2019), section 3")
APPENDIX_E: Final = Availability(Basis.TRANSCRIBED, "SEC Appendix E v10.0: a response time for SMETS1")
ASSUMED: Final = Availability(Basis.ASSUMED, "ours")

_NON_CRITICAL: Final = "1 2 3"
_CRITICAL: Final = "4 5 6 7"


def command(
    variant: str,
    name: str,
    body_element: str,
    by: str,
    on: str,
    *,
    held: FutureDating = FutureDating.NONE,
    smets1: Availability | None = None,
    schedulable: Since | None = None,
    variants: str = _NON_CRITICAL,
    newer: dict[UserRole, Since] | None = None,
    statuses: dict[DeviceStatus, Basis] = IN_SERVICE,
    reference: str | None = None,
) -> Service:
    """A non-critical service of a device: ``by`` roles, ``on`` device types, ``?`` after one that is assumed."""
    return Service(
        variant=ServiceReferenceVariant(variant),
        reference=".".join(variant.split(".")[:2]) if reference is None else reference,
        name=name,
        body_element=body_element,
        critical=CommandVariant.TRANSFORM in _variants(variants),
        non_device=False,
        command_variants=_variants(variants),
        roles=_roles(by),
        newer_roles=newer or {},
        future_dating=held,
        schedulable=schedulable,
        device_types=_types(on),
        device_statuses=statuses,
        smets1=None if smets1 is None else smets1.basis,
        smets1_source="" if smets1 is None else smets1.source,
    )


def critical(
    variant: str,
    name: str,
    body_element: str,
    by: str,
    on: str,
    *,
    held: FutureDating = FutureDating.NONE,
    smets1: Availability | None = None,
    variants: str = _CRITICAL,
    statuses: dict[DeviceStatus, Basis] = IN_SERVICE,
) -> Service:
    """A critical service of a device, in the form of ``command``."""
    return command(variant, name, body_element, by, on, held=held, smets1=smets1, variants=variants, statuses=statuses)


def of_dcc(
    variant: str,
    name: str,
    body_element: str,
    by: str,
    *,
    smets1: Availability = ASSUMED,
    carried_out: bool = True,
) -> Service:
    """A non-device service."""
    return Service(
        variant=ServiceReferenceVariant(variant),
        reference=".".join(variant.split(".")[:2]),
        name=name,
        body_element=body_element,
        critical=False,
        non_device=True,
        command_variants=frozenset({CommandVariant.NON_DEVICE}),
        roles=_roles(by),
        future_dating=FutureDating.NONE,
        device_types={},
        device_statuses={},
        smets1=smets1.basis,
        smets1_source=smets1.source,
        carried_out=carried_out,
    )


def _variants(text: str) -> frozenset[CommandVariant]:
    return frozenset(CommandVariant(int(number)) for number in text.split())


def _roles(text: str) -> frozenset[UserRole]:
    return ORDINARY_ROLES if text == "all" else frozenset(map(UserRole, text.split()))


def _types(text: str) -> dict[DeviceType, Basis]:
    return {
        DeviceType(name.rstrip("?")): Basis.ASSUMED if name.endswith("?") else Basis.SPECIFIED for name in text.split()
    }
