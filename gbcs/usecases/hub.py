"""Use cases of the communications hub's device log: service 8.11. The broker sends them for the user."""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.usecases import dlms
from gbcs.usecases.parts import Constant
from gbcs.usecases.usecase import Choice, Originator, Supplementary, UseCase, body_says
from schemas.request import UpdateHANDeviceLog
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_NETWORK_CONTROL: Final = 104
_NETWORK: Final = "0-0:30.3.0.255"
_ENABLE_JOINING: Final = 2
_JOIN_TIMEOUT: Final = 3
_REGISTER_DEVICE: Final = 1
_UNREGISTER_DEVICE: Final = 2
_KEY_IS_INSTALL_CODE: Final = axdr.enum(1)
"""The reading of both enumerations is assumed; RTDS shows their values, in one vector."""
_NO_DEVICE_ROLE: Final = axdr.enum(0)

_DEVICE: Final = dlms.eui("DeviceID", "device")

CCS01 = UseCase(
    name="CCS01",
    message_code=0x0001,
    body=UpdateHANDeviceLog,
    originator=Originator.ACB,
    supplementary=Supplementary.PARTY,
    payload=dlms.access_list(
        dlms.action(
            _NETWORK_CONTROL,
            _NETWORK,
            _REGISTER_DEVICE,
            dlms.structure(
                _DEVICE,
                Constant(_KEY_IS_INSTALL_CODE),
                dlms.octet_string("InstallCode", "add.install_code", 6, 16),
                Constant(_NO_DEVICE_ROLE),
            ),
        ),
        dlms.sets(
            _NETWORK_CONTROL,
            _NETWORK,
            _JOIN_TIMEOUT,
            dlms.long_unsigned("JoinTimePeriod", "add.join_time_period", 1, 3600),
        ),
        dlms.sets(_NETWORK_CONTROL, _NETWORK, _ENABLE_JOINING, Constant(axdr.boolean(True))),
    ),
)
CCS02 = UseCase(
    name="CCS02",
    message_code=0x0002,
    body=UpdateHANDeviceLog,
    originator=Originator.ACB,
    supplementary=Supplementary.PARTY,
    payload=dlms.access_list(dlms.action(_NETWORK_CONTROL, _NETWORK, _UNREGISTER_DEVICE, _DEVICE)),
)

_UPDATE_LOG: Final = ServiceReferenceVariant("8.11")

CHOICES: Final = (
    Choice(
        variant=_UPDATE_LOG,
        device_types=(DeviceType.CHF,),
        use_case=CCS01,
        conditions=(body_says("RequestType", "request_type", "Add"),),
    ),
    Choice(
        variant=_UPDATE_LOG,
        device_types=(DeviceType.CHF,),
        use_case=CCS02,
        conditions=(body_says("RequestType", "request_type", "Remove"),),
    ),
)
