"""TABLE: one row per service reference variant. What a service is; who may ask what of it is in ``checks``.

Sources: the DCC's service request matrix and the comments of the DUIS 5.4 schema (criticality, roles,
variants, future dating); device types are what the Reference Test Data Set shows, which proves that a
type is allowed and never that another is not: the others are assumed and marked; statuses are assumed
but for the one exception that is transcribed (11.2 on a Suspended device, MP105).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

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
    future_dating: FutureDating
    device_types: dict[DeviceType, Basis]
    """For which types, and how sure we are of each. Empty for non-device services."""
    device_statuses: dict[DeviceStatus, Basis]
    """In which inventory statuses of the target. Empty for non-device services."""
    smets1: Basis | None
    """Whether it is available for SMETS1 devices, and how we know; ``None``: not available."""


_CRITICAL: Final = frozenset(
    {
        CommandVariant.TRANSFORM,
        CommandVariant.SIGNED_SEND,
        CommandVariant.SIGNED_LOCAL,
        CommandVariant.SIGNED_SEND_AND_LOCAL,
    }
)
_NON_CRITICAL: Final = frozenset({CommandVariant.SEND, CommandVariant.LOCAL, CommandVariant.SEND_AND_LOCAL})
_NON_DEVICE: Final = frozenset({CommandVariant.NON_DEVICE})

_IS, _ES, _GS = UserRole.IMPORT_SUPPLIER, UserRole.EXPORT_SUPPLIER, UserRole.GAS_SUPPLIER
_RSA, _ED, _GT = UserRole.REGISTERED_SUPPLIER_AGENT, UserRole.ELECTRICITY_DISTRIBUTOR, UserRole.GAS_TRANSPORTER
_OU = UserRole.OTHER_USER
_EVERYONE: Final = frozenset(UserRole)

_SHOWN, _ASSUMED = Basis.SPECIFIED, Basis.ASSUMED
_ESME, _GSME, _GPF, _CHF = DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF
_PPMID, _HCALCS = DeviceType.PPMID, DeviceType.HCALCS

_IN_SERVICE: Final = {
    DeviceStatus.INSTALLED_NOT_COMMISSIONED: Basis.ASSUMED,
    DeviceStatus.COMMISSIONED: Basis.ASSUMED,
    DeviceStatus.RECOVERED: Basis.ASSUMED,
}
_ALSO_SUSPENDED_BY_MP105: Final = {**_IN_SERVICE, DeviceStatus.SUSPENDED: Basis.TRANSCRIBED}
# A Suspended device is restored by the answer to an 11.3 (MP105), so an 11.3 must reach it.
_ALSO_SUSPENDED: Final = {**_IN_SERVICE, DeviceStatus.SUSPENDED: Basis.ASSUMED}


def _device_service(
    variant: str,
    name: str,
    body_element: str,
    roles: frozenset[UserRole],
    device_types: dict[DeviceType, Basis],
    *,
    smets1: Basis | None,
    critical: bool = False,
    future_dating: FutureDating = FutureDating.NONE,
    statuses: dict[DeviceStatus, Basis] = _IN_SERVICE,
) -> Service:
    return Service(
        variant=ServiceReferenceVariant(variant),
        reference=".".join(variant.split(".")[:2]),
        name=name,
        body_element=body_element,
        critical=critical,
        non_device=False,
        command_variants=_CRITICAL if critical else _NON_CRITICAL,
        roles=roles,
        future_dating=future_dating,
        device_types=device_types,
        device_statuses=statuses,
        smets1=smets1,
    )


def _non_device_service(variant: str, name: str, body_element: str, roles: frozenset[UserRole]) -> Service:
    return Service(
        variant=ServiceReferenceVariant(variant),
        reference=".".join(variant.split(".")[:2]),
        name=name,
        body_element=body_element,
        critical=False,
        non_device=True,
        command_variants=_NON_DEVICE,
        roles=roles,
        future_dating=FutureDating.NONE,
        device_types={},
        device_statuses={},
        smets1=Basis.SPECIFIED,
    )


# SMETS1: "specified" is the list of minimum services and the commissioning set as proposed in 2017
# (seed 002); the final list was not at hand. 11.3 is named in the SMETS1 case of seed 004.
_ROWS: Final = (
    _device_service(
        "2.2",
        "Top Up Device",
        "TopUpDevice",
        frozenset({_IS, _GS}),
        {_ESME: _SHOWN, _GSME: _SHOWN},
        smets1=Basis.SPECIFIED,
    ),
    _device_service(
        "4.1.1",
        "Read Instantaneous Import Registers",
        "ReadInstantaneousImportRegisters",
        frozenset({_IS, _GS, _ED, _GT}),
        {_ESME: _SHOWN, _GSME: _SHOWN, _GPF: _SHOWN},
        smets1=Basis.SPECIFIED,
        future_dating=FutureDating.DSP,
    ),
    _device_service(
        "4.8.1",
        "Read Active Import Profile Data",
        "ReadActiveImportProfileData",
        frozenset({_IS, _GS, _ED, _GT, _OU}),
        {_ESME: _SHOWN, _GSME: _SHOWN, _GPF: _ASSUMED},
        smets1=Basis.SPECIFIED,
        future_dating=FutureDating.DSP,
    ),
    _device_service(
        "7.2",
        "Disable Supply",
        "DisableSupply",
        frozenset({_IS, _GS}),
        {_ESME: _SHOWN, _GSME: _SHOWN},
        smets1=Basis.SPECIFIED,
        critical=True,
    ),
    _non_device_service("8.2", "Read Inventory", "ReadInventory", _EVERYONE),
    _device_service(
        "8.11",
        "Update HAN Device Log",
        "UpdateHANDeviceLog",
        frozenset({_IS, _GS, _OU}),
        {_CHF: _SHOWN},
        smets1=Basis.SPECIFIED,
        future_dating=FutureDating.DSP,
    ),
    _non_device_service("11.1", "Update Firmware", "UpdateFirmware", frozenset({_IS, _GS})),
    _device_service(
        # RTDS reads a third device as well, whose type it does not say: taken for a PPMID.
        "11.2",
        "Read Firmware Version",
        "ReadFirmwareVersion",
        _EVERYONE,
        {_ESME: _SHOWN, _GSME: _SHOWN, _PPMID: _ASSUMED, _HCALCS: _ASSUMED},
        smets1=Basis.SPECIFIED,
        future_dating=FutureDating.DSP,
        statuses=_ALSO_SUSPENDED_BY_MP105,
    ),
    _device_service(
        "11.3",
        "Activate Firmware",
        "ActivateFirmware",
        frozenset({_IS, _GS}),
        {_ESME: _SHOWN, _GSME: _ASSUMED, _HCALCS: _ASSUMED, _PPMID: _ASSUMED},
        smets1=Basis.SPECIFIED,
        critical=True,
        future_dating=FutureDating.DEVICE,
        statuses=_ALSO_SUSPENDED,
    ),
    _non_device_service("12.2", "Device Pre-notification", "DevicePrenotification", _EVERYONE),
)

SERVICES: Final[dict[ServiceReferenceVariant, Service]] = {row.variant: row for row in _ROWS}
"""The services that this gateway decides. One that is not here is refused, never waved through."""
