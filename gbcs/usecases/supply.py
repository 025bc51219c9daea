"""Use cases that restore, disconnect or arm the supply: services 7.1, 7.2 and, of an ESME, 7.3."""

from __future__ import annotations

from typing import Final

from gbcs.usecases import dlms, zcl
from gbcs.usecases.dlms_objects import fixed_script
from gbcs.usecases.parts import Part
from gbcs.usecases.usecase import Choice, UseCase
from schemas.request import DisableSupply, OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_ENABLE_SCRIPT: Final = 0x33
_DISABLE_SCRIPT: Final = 0x34
_ARM_SCRIPT: Final = 0x36
_CHANGE_SUPPLY: Final = 0x0B
_PROVIDER_ID: Final = 0
_SUPPLY_OFF: Final = 0
_ACKNOWLEDGEMENT_REQUIRED: Final = 1


def _disconnector(script: int) -> Part:
    return dlms.access_list(fixed_script("0-0:10.0.106.255", script))


ECS42 = UseCase(
    name="ECS42",
    message_code=0x004F,
    body=OtherBody,
    element="EnableSupply",
    critical=True,
    payload=_disconnector(_ENABLE_SCRIPT),
)
ECS43 = UseCase(
    name="ECS43",
    message_code=0x0050,
    body=DisableSupply,
    critical=True,
    payload=_disconnector(_DISABLE_SCRIPT),
)
ECS44 = UseCase(
    name="ECS44",
    message_code=0x0051,
    body=OtherBody,
    element="ArmSupply",
    critical=True,
    payload=_disconnector(_ARM_SCRIPT),
)
GCS32 = UseCase(
    name="GCS32",
    message_code=0x0081,
    body=DisableSupply,
    critical=True,
    payload=zcl.one(
        zcl.Cluster.METERING,
        _CHANGE_SUPPLY,
        zcl.u32(_PROVIDER_ID),
        zcl.ISSUER_EVENT_ID,
        zcl.NOW,
        zcl.NOW,
        zcl.u8(_SUPPLY_OFF),
        zcl.u8(_ACKNOWLEDGEMENT_REQUIRED),
    ),
)

_DISABLE: Final = ServiceReferenceVariant("7.2")

CHOICES: Final = (
    Choice(variant=ServiceReferenceVariant("7.1"), device_types=(DeviceType.ESME,), use_case=ECS42),
    Choice(variant=ServiceReferenceVariant("7.3"), device_types=(DeviceType.ESME,), use_case=ECS44),
    Choice(variant=_DISABLE, device_types=(DeviceType.ESME,), use_case=ECS43),
    Choice(variant=_DISABLE, device_types=(DeviceType.GSME,), use_case=GCS32),
)
