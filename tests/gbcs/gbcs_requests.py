"""Requests of our own, one or more per use case, and the use case that realises each.

Their messages are frozen in ``tests/vectors/gbcs/messages.json``: hexadecimal by name, from a build
that reproduced the published vectors, so that octets are checked where those are absent.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from gbcs_world import JOINING, addition

from schemas.request import (
    ActivateFirmware,
    AnyBody,
    DisableSupply,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    TopUpDevice,
    UpdateHANDeviceLog,
)
from schemas.vocabulary import DeviceType


class Own(NamedTuple):
    """One request of our own and the use case that realises it."""

    name: str
    variant: str
    body: AnyBody
    device_type: DeviceType
    use_case: str


_NIGHT = ReadActiveImportProfileData(
    start=datetime(2024, 2, 28, 22, tzinfo=UTC), end=datetime(2024, 2, 29, 6, tzinfo=UTC)
)
_NIGHT_OF_A_STRANGER = ReadActiveImportProfileData(
    start=_NIGHT.start, end=_NIGHT.end, ka_credentials=b"\x30\x03\x02\x01\x05"
)
_TOP_UP = TopUpDevice(utrn="01234567890123456789")
_HASH = bytes(range(32))

COMMANDS = (
    Own("registers of an ESME", "4.1.1", ReadInstantaneousImportRegisters(), DeviceType.ESME, "ECS17b"),
    Own("registers of a GSME", "4.1.1", ReadInstantaneousImportRegisters(), DeviceType.GSME, "GCS13a"),
    Own("registers of a GPF", "4.1.1", ReadInstantaneousImportRegisters(), DeviceType.GPF, "GCS13a"),
    Own("profile of an ESME", "4.8.1", _NIGHT, DeviceType.ESME, "ECS22b"),
    Own("profile of an ESME for an unknown remote party", "4.8.1", _NIGHT_OF_A_STRANGER, DeviceType.ESME, "ECS22b"),
    Own("profile of a GSME", "4.8.1", _NIGHT, DeviceType.GSME, "GCS17"),
    Own("profile of a GSME for an unknown remote party", "4.8.1", _NIGHT_OF_A_STRANGER, DeviceType.GSME, "GCS17"),
    Own("top-up of an ESME", "2.2", _TOP_UP, DeviceType.ESME, "CS01a"),
    Own("top-up of a GSME", "2.2", _TOP_UP, DeviceType.GSME, "CS01b"),
    Own("addition to the device log", "8.11", addition(), DeviceType.CHF, "CCS01"),
    Own("addition with a short install code", "8.11", addition(install_code=b"\x01" * 6), DeviceType.CHF, "CCS01"),
    Own(
        "removal from the device log",
        "8.11",
        UpdateHANDeviceLog(device=JOINING, request_type="Remove"),
        DeviceType.CHF,
        "CCS02",
    ),
    Own("firmware version of an ESME", "11.2", ReadFirmwareVersion(), DeviceType.ESME, "ECS52"),
    Own("firmware version of a GSME", "11.2", ReadFirmwareVersion(), DeviceType.GSME, "GCS38"),
    Own("firmware version of a PPMID", "11.2", ReadFirmwareVersion(), DeviceType.PPMID, "CS08"),
)
PRE_COMMANDS = (
    Own("disabling the supply of an ESME", "7.2", DisableSupply(), DeviceType.ESME, "ECS43"),
    Own("disabling the supply of a GSME", "7.2", DisableSupply(), DeviceType.GSME, "GCS32"),
    Own("activation of firmware", "11.3", ActivateFirmware(firmware_hash=_HASH), DeviceType.ESME, "CS06"),
    Own("activation of firmware of a GSME", "11.3", ActivateFirmware(firmware_hash=_HASH), DeviceType.GSME, "CS06"),
    Own("activation of firmware of a HCALCS", "11.3", ActivateFirmware(firmware_hash=_HASH), DeviceType.HCALCS, "CS06"),
    Own(
        "activation of firmware at a later time",
        "11.3",
        ActivateFirmware(firmware_hash=_HASH, execution=datetime(2024, 3, 1, 2, 15, tzinfo=UTC)),
        DeviceType.ESME,
        "CS06",
    ),
    Own(
        "cancellation of an activation",
        "11.3",
        ActivateFirmware(firmware_hash=_HASH, execution=datetime(3000, 12, 31, tzinfo=UTC)),
        DeviceType.ESME,
        "CS06",
    ),
)
