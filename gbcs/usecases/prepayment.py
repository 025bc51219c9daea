"""Use cases of prepayment: service 2.2."""

from __future__ import annotations

from typing import Final

from gbcs.usecases import dlms, zcl
from gbcs.usecases.usecase import Choice, UseCase
from schemas.request import TopUpDevice
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_UTRN_DIGITS: Final = 20
_TOKEN_GATEWAY: Final = 115
_ENTER_TOKEN: Final = 1
_CONSUMER_TOP_UP: Final = 0x04
_ORIGINATING_DEVICE: Final = 0

CS01A = UseCase(
    name="CS01a",
    message_code=0x0007,
    body=TopUpDevice,
    payload=dlms.access_list(
        dlms.action(_TOKEN_GATEWAY, "0-0:19.40.0.255", _ENTER_TOKEN, dlms.digits("UTRN", "utrn", _UTRN_DIGITS))
    ),
)
CS01B = UseCase(
    name="CS01b",
    message_code=0x0097,
    body=TopUpDevice,
    payload=zcl.one(
        zcl.Cluster.PREPAYMENT,
        _CONSUMER_TOP_UP,
        zcl.u8(_ORIGINATING_DEVICE),
        zcl.digits("UTRN", "utrn", _UTRN_DIGITS),
    ),
)

_TOP_UP: Final = ServiceReferenceVariant("2.2")

CHOICES: Final = (
    Choice(variant=_TOP_UP, device_types=(DeviceType.ESME,), use_case=CS01A),
    Choice(variant=_TOP_UP, device_types=(DeviceType.GSME,), use_case=CS01B),
)
