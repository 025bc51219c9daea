"""A service request as octets: what a user would send, canonical and unsigned (``schemas.signature`` signs).

The gateway itself only reads requests; this is for whoever plays a user: the sandbox, tests, benchmarks.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import assert_never

from schemas import canonical as xml
from schemas.parts import attributes_text, parts_text
from schemas.request import (
    ActivateFirmware,
    AddDeviceToCHFWhitelist,
    AnyBody,
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
from schemas.value_texts import write_moment
from schemas.xsd import DUIS_NAMESPACE


def write_request(request: ServiceRequest, image: bytes = b"") -> bytes:
    """``image`` is the firmware image of an 11.1, which the body's values leave out."""
    first = request.first_in_sequence
    attributes = attributes_text(request.body.attributes) if isinstance(request.body, OtherBody) else ""
    return (
        f'<sr:Request xmlns:sr="{DUIS_NAMESPACE}" schemaVersion="{xml.attribute(request.schema_version)}"><sr:Header>'
        + xml.element("sr:RequestID", request.request_id.text)
        + xml.optional("sr:FirstInSequence", None if first is None else str(first).lower())
        + xml.optional("sr:PrecedingServiceRequestID", None if request.preceding is None else request.preceding.text)
        + xml.element("sr:CommandVariant", str(int(request.command_variant)))
        + xml.element("sr:ServiceReference", request.service_reference)
        + xml.element("sr:ServiceReferenceVariant", request.variant)
        + f"</sr:Header><sr:Body><sr:{request.body_element}{attributes}>"
        + _body(request.body, image)
        + f"</sr:{request.body_element}></sr:Body></sr:Request>"
    ).encode()


def _when(body: AnyBody) -> str:
    return xml.optional("sr:ExecutionDateTime", None if body.execution is None else write_moment(body.execution))


def _at(name: str, moment: datetime) -> str:
    return xml.element(name, write_moment(moment))


def _body(body: AnyBody, image: bytes) -> str:
    match body:
        case ReadInstantaneousImportRegisters() | ReadFirmwareVersion():
            return _when(body)
        case DisableSupply():
            return ""
        case TopUpDevice(utrn=utrn):
            return xml.element("sr:UTRN", utrn)
        case ReadActiveImportProfileData():
            period = _at("sr:StartDateTime", body.start) + _at("sr:EndDateTime", body.end)
            credentials = body.ka_credentials
            return (
                _when(body)
                + f"<sr:ReadLogPeriod>{period}</sr:ReadLogPeriod>"
                + ("" if credentials is None else xml.octets("sr:KAPublicSecurityCredentials", credentials))
            )
        case ReadInventory():
            return _inventory_question(body)
        case UpdateHANDeviceLog():
            return (
                _when(body)
                + xml.element("sr:DeviceID", str(body.device))
                + xml.element("sr:RequestType", body.request_type)
                + ("" if body.add is None else _addition(body.add))
            )
        case UpdateFirmware():
            return (
                xml.element("sr:FirmwareImage", base64.b64encode(image).decode())
                + xml.element("sr:FirmwareVersion", body.firmware_version)
                + xml.element("sr:DeviceIDList", ",".join(map(str, body.devices)))
            )
        case ActivateFirmware(firmware_hash=firmware_hash):
            return _when(body) + xml.element("sr:FirmwareHash", firmware_hash.hex().upper())
        case DevicePrenotification(associated_gpf=gpf):
            return (
                xml.element("sr:DeviceID", str(body.device))
                + xml.element("sr:DeviceManufacturer", body.manufacturer)
                + xml.element("sr:DeviceModel", body.model)
                + xml.element("sr:DeviceType", body.device_type.value)
                + xml.optional("sr:SMETSCHTSVersion", body.smets_chts_version)
                + xml.optional("sr:FirmwareVersion", body.firmware_version)
                + xml.optional("sr:ESMEVariant", body.esme_variant)
                + xml.optional("sr:AssociatedGPFDeviceID", None if gpf is None else str(gpf))
            )
        case SignedPreCommand(gbcs_payload=payload):
            return _when(body) + xml.octets("sr:GBCSPayload", payload)
        case OtherBody(parts=parts):
            return parts_text(parts)
        case _:
            assert_never(body)


def _inventory_question(body: ReadInventory) -> str:
    if body.device is not None:
        return xml.element("sr:DeviceID", str(body.device))
    if body.mpxn is not None:
        return xml.element("sr:MPxN", body.mpxn)
    if body.uprn is not None:
        return xml.element("sr:UPRN", body.uprn)
    return (
        "<sr:PropertyFilter>"
        + xml.element("sr:PostCode", body.postcode or "")
        + xml.element("sr:AddressIdentifier", body.address or "")
        + "</sr:PropertyFilter>"
    )


def _addition(add: AddDeviceToCHFWhitelist) -> str:
    return (
        "<sr:AddDeviceToCHFWhitelist>"
        + xml.element("sr:JoinTimePeriod", str(add.join_time_period))
        + xml.element("sr:InstallCode", add.install_code.hex().upper())
        + xml.optional("sr:ImportMPxN", add.import_mpxn)
        + xml.optional("sr:SecondaryImportMPAN", add.secondary_import_mpan)
        + xml.optional("sr:ExportMPAN", add.export_mpan)
        + "</sr:AddDeviceToCHFWhitelist>"
    )
