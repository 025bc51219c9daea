"""What a S1SP writes: SMETS1SignedResponse and S1SPAlert, signed, compact, ready to stand alone.

The inside of a response is in the message mapping (MMC) namespace, as parsed data. Its shapes are those
of the published MMC 5.4 schema; the values are the simulated devices' own. Alert codes are free text in
the schema and no list of them was at hand, so those used here are invented.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from gateway.sandbox.models import UNTRANSFORMED
from gateway.sandbox.simulated_devices import (
    SimulatedDevices,
    half_hour,
    is_gas,
    profile_starts,
    register,
)
from routing.inventory import Device
from schemas import canonical as xml
from schemas.countersigned import RoutingHeader
from schemas.request import (
    ActivateFirmware,
    DevicePrenotification,
    DisableSupply,
    OtherBody,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    ReadInventory,
    ServiceRequest,
    SignedPreCommand,
    TopUpDevice,
    UpdateFirmware,
    UpdateHANDeviceLog,
)
from schemas.signature import SigningIdentity, sign_canonical
from schemas.vocabulary import DeviceId, RequestId
from schemas.xsd import DUIS_NAMESPACE, MESSAGE_MAPPING_NAMESPACE

_DEVICE_FAILURE: Final = 1
_NO_IMAGE_HELD: Final = 1
_LITRES: Final = 1000
"""In a cubic metre."""


class AlertCode(StrEnum):
    """S1SPAlertCode values (invented)."""

    DEVICE_UNKNOWN = "S1SIM-DEVICE-UNKNOWN"
    NOT_EXECUTED = "S1SIM-NOT-EXECUTED"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What one device is to answer."""

    header: RoutingHeader
    request: ServiceRequest
    device: Device


def write_device_response(asked: Asked, devices: SimulatedDevices, now: datetime, identity: SigningIdentity) -> bytes:
    """The SMETS1SignedResponse of a device that did what it was asked."""
    return _signed_response(asked, _outcome(asked, devices, now), now, identity)


def write_device_failure(asked: Asked, now: datetime, identity: SigningIdentity) -> bytes:
    """The SMETS1SignedResponse of a device that did not do it: SMETS1Debug and no data."""
    return _signed_response(asked, _debug(_DEVICE_FAILURE, "the device did not execute the command"), now, identity)


def write_alert(
    *,
    code: AlertCode,
    information: str,
    request_id: RequestId,
    device: DeviceId,
    schema_version: str,
    now: datetime,
    identity: SigningIdentity,
) -> bytes:
    """An S1SPAlert."""
    return sign_canonical(
        (
            f'<sr:S1SPAlert xmlns:sr="{DUIS_NAMESPACE}" schemaVersion="{xml.attribute(schema_version)}">'
            + xml.element("sr:RequestID", request_id.text)
            + xml.element("sr:DeviceID", str(device))
            + xml.element("sr:S1SPAlertCode", code)
            + xml.element("sr:AdditionalInformation", information)
            + xml.element("sr:DateTime", xml.moment(now))
            + "</sr:S1SPAlert>"
        ).encode(),
        identity,
    )


def _signed_response(asked: Asked, message: str, now: datetime, identity: SigningIdentity) -> bytes:
    return sign_canonical(
        (
            f'<sr:SMETS1SignedResponse xmlns:ra="{MESSAGE_MAPPING_NAMESPACE}" xmlns:sr="{DUIS_NAMESPACE}" '
            f'schemaVersion="{xml.attribute(asked.request.schema_version)}"><sr:SMETS1Response>'
            + _header(asked, now)
            + "<sr:Body><sr:ResponseMessage>"
            + message
            + "</sr:ResponseMessage></sr:Body></sr:SMETS1Response></sr:SMETS1SignedResponse>"
        ).encode(),
        identity,
    )


def _header(asked: Asked, now: datetime) -> str:
    header, name = asked.header, asked.header.request_id
    supplementary = ""
    if header.supplementary_remote_party is not None:
        supplementary = xml.element("ra:SupplementaryRemotePartyID", str(header.supplementary_remote_party)) + (
            xml.element("ra:SupplementaryRemotePartyCounter", str(header.supplementary_counter))
        )
    return (
        "<sr:Header>"
        + xml.element("ra:BusinessOriginatorID", str(asked.device.id))
        + xml.element("ra:BusinessTargetID", str(name.originator))
        + xml.element("ra:OriginatorCounter", str(name.counter))
        + supplementary
        + xml.element("ra:ServiceReference", asked.request.service_reference)
        + xml.element("ra:ServiceReferenceVariant", asked.request.variant)
        + xml.element("ra:Timestamp", xml.moment(now))
        + "</sr:Header>"
    )


def _outcome(asked: Asked, devices: SimulatedDevices, now: datetime) -> str:
    """The inside of the ResponseMessage. Nothing where no MMC data is known for the service."""
    body = asked.request.body
    match body:
        case ReadInstantaneousImportRegisters():
            return _data("ReadInstantaneousImportRegistersRsp", _registers(asked.device, now))
        case ReadActiveImportProfileData():
            return _data("ReadActiveImportProfileDataRsp", _profile(asked.device, body, now))
        case TopUpDevice():
            return _data("TopUpDeviceRsp")
        case DisableSupply():
            return _data("DisableSupplyRsp")
        case UpdateHANDeviceLog():
            return _data("UpdateHANDeviceLogRsp")
        case ReadFirmwareVersion():
            runs = asked.header.s1sp in UNTRANSFORMED
            said = devices.firmware_version(asked.device) if runs else devices.listed_version(asked.device)
            version = xml.element("ra:FirmwareVersion", said)
            return _data("ReadFirmwareVersionRsp", version)
        case ActivateFirmware():
            return _activation(asked.device, body, devices, now)
        case UpdateFirmware() | ReadInventory() | DevicePrenotification() | SignedPreCommand() | OtherBody():
            return ""
        case _:
            assert_never(body)


def _data(name: str, inside: str = "") -> str:
    return f'<ra:SMETSData><ra:{name} MessageSuccess="true">{inside}</ra:{name}></ra:SMETSData>'


def _debug(code: int, error: str) -> str:
    return (
        f'<ra:DebugInfo><ra:SMETS1Debug><ra:SMETS1Response Position="1" ResponseCode="{code}">'
        + xml.element("ra:Error", error)
        + "</ra:SMETS1Response></ra:SMETS1Debug></ra:DebugInfo>"
    )


def _registers(device: Device, now: datetime) -> str:
    reading = register(device.id, now)
    if is_gas(device):
        value = xml.element("ra:Value", _cubic_metres(reading)) + xml.element("ra:Unit", "m3")
        return f"<ra:Gas><ra:ConsumptionRegister>{value}</ra:ConsumptionRegister></ra:Gas>"
    value = xml.element("ra:Value", str(reading)) + xml.element("ra:ActiveEnergyUnit", "Wh")
    return f"<ra:Electricity><ra:ActiveImportRegister>{value}</ra:ActiveImportRegister></ra:Electricity>"


def _profile(device: Device, body: ReadActiveImportProfileData, now: datetime) -> str:
    gas = is_gas(device)
    fuel = "ra:Gas" if gas else "ra:Electricity"
    entries = []
    for start in profile_starts(body.start, body.end, now):
        used = half_hour(device.id, start)
        value = xml.element("ra:PrimaryValue", _cubic_metres(used) if gas else str(used))
        moment = xml.element("ra:Timestamp", xml.moment(start))
        entries.append(f"<ra:LogEntry>{moment}<{fuel}>{value}</{fuel}></ra:LogEntry>")
    return "".join(entries)


def _activation(device: Device, body: ActivateFirmware, devices: SimulatedDevices, now: datetime) -> str:
    if body.execution is not None and body.execution > now:
        return _data("ActivateFirmwareRsp")  # accepted for later: no details of an execution yet
    version = devices.activate(device, body.firmware_hash)
    if version is None:
        return _debug(_NO_IMAGE_HELD, f"no image with hash {body.firmware_hash.hex().upper()} is held")
    success = '<ra:ActivateImageResponseCode ResponseCode="0"><ra:ASN1Status>success</ra:ASN1Status>'
    return _data(
        "ActivateFirmwareRsp",
        success + "</ra:ActivateImageResponseCode>" + xml.element("ra:FirmwareVersion", version),
    )


def _cubic_metres(litres: int) -> str:
    return f"{litres // _LITRES}.{litres % _LITRES:03d}"
