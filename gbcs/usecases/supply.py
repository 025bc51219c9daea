"""Use cases that disconnect, arm or restore the supply: service 7.2."""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.usecases import dlms, zcl
from gbcs.usecases.parts import Constant
from gbcs.usecases.usecase import Choice, UseCase
from schemas.request import DisableSupply
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_SCRIPT_TABLE: Final = 9
_EXECUTE: Final = 1
_DISABLE_SCRIPT: Final = 0x34
_CHANGE_SUPPLY: Final = 0x0B
_PROVIDER_ID: Final = 0
_SUPPLY_OFF: Final = 0
_ACKNOWLEDGEMENT_REQUIRED: Final = 1

ECS43 = UseCase(
    name="ECS43",
    message_code=0x0050,
    body=DisableSupply,
    critical=True,
    payload=dlms.access_list(
        dlms.action(_SCRIPT_TABLE, "0-0:10.0.106.255", _EXECUTE, Constant(axdr.long_unsigned(_DISABLE_SCRIPT)))
    ),
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
    Choice(variant=_DISABLE, device_types=(DeviceType.ESME,), use_case=ECS43),
    Choice(variant=_DISABLE, device_types=(DeviceType.GSME,), use_case=GCS32),
)
