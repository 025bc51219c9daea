"""Use cases of firmware: services 11.2 (read version) and 11.3 (activate)."""

from __future__ import annotations

from typing import Final

from gbcs.usecases import asn1
from gbcs.usecases.dlms import gets
from gbcs.usecases.usecase import Choice, Originator, Supplementary, UseCase
from gbcs.usecases.zcl import Cluster, payload, read_attributes
from schemas.request import ActivateFirmware, ReadFirmwareVersion
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_HASH_OCTETS: Final = 32

ECS52 = UseCase(
    name="ECS52",
    message_code=0x0059,
    body=ReadFirmwareVersion,
    payload=gets("1 0-0:0.2.1.255 2"),
)
GCS38 = UseCase(
    name="GCS38",
    message_code=0x0084,
    body=ReadFirmwareVersion,
    payload=payload(read_attributes(Cluster.METERING, "0206")),
)
CS08 = UseCase(
    name="CS08",
    message_code=0x0129,
    body=ReadFirmwareVersion,
    originator=Originator.ACB,
    supplementary=Supplementary.PARTY,
    payload=asn1.NULL,
)
CS06 = UseCase(
    name="CS06",
    message_code=0x0012,
    body=ActivateFirmware,
    critical=True,
    payload=asn1.Sequence(
        (
            asn1.octet_string("FirmwareHash", "firmware_hash", _HASH_OCTETS, _HASH_OCTETS),
            asn1.ORIGINATOR_COUNTER,
            asn1.EXECUTION_DATE_TIME,
        )
    ),
)

_READ_VERSION: Final = ServiceReferenceVariant("11.2")
_ACTIVATE: Final = ServiceReferenceVariant("11.3")

CHOICES: Final = (
    Choice(variant=_READ_VERSION, device_types=(DeviceType.ESME,), use_case=ECS52),
    Choice(variant=_READ_VERSION, device_types=(DeviceType.GSME,), use_case=GCS38),
    Choice(
        variant=_READ_VERSION,
        device_types=(DeviceType.PPMID,),
        use_case=CS08,
        basis=Basis.ASSUMED,
        note="RTDS addresses CS08 to 00-DB-12-34-56-78-90-A4, whose type is not said; a PPMID is assumed",
    ),
    Choice(variant=_ACTIVATE, device_types=(DeviceType.ESME,), use_case=CS06),
    Choice(
        variant=_ACTIVATE,
        device_types=(DeviceType.GSME, DeviceType.HCALCS),
        use_case=CS06,
        basis=Basis.ASSUMED,
        note="RTDS shows CS06 on an ESME; its payload says nothing of the type, and both types take 11.3",
    ),
)
