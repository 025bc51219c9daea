"""What the gateway answers, values to octets: canonical, unsigned (``schemas.signature`` signs).

One writer per document. Each result is a struct; ``Answer`` takes at most one of them, as DUIS does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, assert_never
from xml.parsers import expat

import msgspec
from lxml import etree

from schemas import canonical as xml
from schemas.vocabulary import DeviceId, RequestId, ResponseCode
from schemas.xsd import DUIS_NAMESPACE

MOST_DEVICES_IN_INVENTORY: Final = 17
"""The schema's bound on an 8.2 answer."""


class InventoryDevice(msgspec.Struct, frozen=True, kw_only=True):
    """One device of an 8.2 answer, each value as it is to be written."""

    device_id: str
    device_type: str
    manufacturer: str
    model: str
    status: str | None = None
    smets_chts_version: str | None = None
    firmware_version: str | None = None
    firmware_version_status: str | None = None
    cpl_status: str | None = None
    date_commissioned: str | None = None
    import_mpxn: str | None = None
    secondary_import_mpan: str | None = None
    export_mpan: str | None = None
    esme_variant: str | None = None
    uprn: str | None = None
    postcode: str | None = None
    address: str | None = None
    csp_region: str | None = None
    gbcs_version: str | None = None
    s1sp: str | None = None


class DSPInventory(msgspec.Struct, frozen=True):
    """1 to 17 devices."""

    devices: tuple[InventoryDevice, ...]


class DSPUpdateFirmwareWarning(msgspec.Struct, frozen=True, kw_only=True):
    """The devices that an 11.1 was not accepted for, in the sender's order. Empty lists are left out."""

    invalid: tuple[DeviceId, ...] = ()
    not_commissioned: tuple[DeviceId, ...] = ()
    not_applicable_firmware: tuple[DeviceId, ...] = ()
    other_request_in_progress: tuple[DeviceId, ...] = ()
    invalid_gbcs_version: tuple[DeviceId, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field) for field in self.__struct_fields__)


class GBCSPayload(msgspec.Struct, frozen=True):
    """A device's answer, the octets of its GBCS message."""

    octets: bytes


class LocalCommand(msgspec.Struct, frozen=True):
    """A command for the user to deliver over the home area network."""

    octets: bytes


class PreCommand(msgspec.Struct, frozen=True, kw_only=True):
    """What the user is to sign: the first octet is DF."""

    gbcs_version: str
    octets: bytes


Result = DSPInventory | DSPUpdateFirmwareWarning | GBCSPayload | LocalCommand | PreCommand


class ResponseHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Which request is answered, how, and when."""

    request_id: RequestId | None
    code: ResponseCode
    moment: datetime
    schema_version: str
    """The version that the request declared."""
    final: bool = False
    """An asynchronous, final answer carries a ResponseID as well."""


def write_response(header: ResponseHeader, service_reference: str, variant: str, result: Result | None = None) -> bytes:
    """A Response with a ResponseMessage."""
    return _response(
        header,
        "sr:",
        "<sr:ResponseMessage>"
        + xml.element("sr:ServiceReference", service_reference)
        + xml.element("sr:ServiceReferenceVariant", variant)
        + ("" if result is None else _result(result))
        + "</sr:ResponseMessage>",
    ).encode()


def write_smets1_response(
    header: ResponseHeader, service_reference: str, variant: str, signed_response: bytes
) -> bytes:
    """A Response around the S1SP's SMETS1SignedResponse, whose octets stay as they came.

    The inner signature is over inclusive canonical XML, so the wrapper must add no namespace to the
    scope: it uses the prefix that the inner document itself gives the DUIS namespace. The result is
    well formed and, because of the foreign octets, not canonical. Raises ValueError when the inner
    document is not a SMETS1SignedResponse.
    """
    prefix, inner = _bare(signed_response, "SMETS1SignedResponse")
    return _around(
        header,
        prefix,
        f"<{prefix}SMETS1ResponseMessage>"
        + xml.element(f"{prefix}ServiceReference", service_reference)
        + xml.element(f"{prefix}ServiceReferenceVariant", variant),
        inner,
        f"</{prefix}SMETS1ResponseMessage>",
    )


def write_s1sp_alert(header: ResponseHeader, alert_code: str, alert: bytes) -> bytes:
    """A DCC Alert around an S1SP's S1SPAlert, whose octets stay as they came.

    Raises ValueError when the inner document is not an S1SPAlert.
    """
    prefix, inner = _bare(alert, "S1SPAlert")
    return _around(
        header,
        prefix,
        f"<{prefix}DCCAlertMessage>"
        + xml.element(f"{prefix}DCCAlertCode", alert_code)
        + f"<{prefix}DCCAlert><{prefix}S1SPAlertDSP>",
        inner,
        f"</{prefix}S1SPAlertDSP></{prefix}DCCAlert></{prefix}DCCAlertMessage>",
    )


def _around(header: ResponseHeader, prefix: str, before: str, inner: bytes, after: str) -> bytes:
    mark = "\x00"
    head, tail = _response(header, prefix, before + mark + after).split(mark)
    return head.encode() + inner + tail.encode()


def _response(header: ResponseHeader, prefix: str, message: str) -> str:
    """``prefix`` is that of the DUIS namespace with its colon, or nothing for the default namespace."""
    p = prefix
    name = "xmlns" + (f":{p[:-1]}" if p else "")
    request_id = "" if header.request_id is None else xml.element(f"{p}RequestID", header.request_id.text)
    response_id = (
        xml.element(f"{p}ResponseID", header.request_id.response_id) if header.final and header.request_id else ""
    )
    return (
        f'<{p}Response {name}="{DUIS_NAMESPACE}" schemaVersion="{xml.attribute(header.schema_version)}"><{p}Header>'
        + request_id
        + response_id
        + xml.element(f"{p}ResponseCode", header.code)
        + xml.element(f"{p}ResponseDateTime", xml.moment(header.moment))
        + f"</{p}Header><{p}Body>{message}</{p}Body></{p}Response>"
    )


def _bare(document: bytes, expected: str) -> tuple[str, bytes]:
    """The prefix of the root and the root's octets, without declaration, comments or white space around it."""
    try:
        root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except etree.XMLSyntaxError as fault:
        raise ValueError(f"expected a {expected}, found no XML: {fault}") from None
    name = etree.QName(root)
    if (name.namespace, name.localname) != (DUIS_NAMESPACE, expected):
        raise ValueError(f"expected a {expected}, found {name.localname}")
    return f"{root.prefix}:" if root.prefix else "", _root_octets(document)


def _root_octets(document: bytes) -> bytes:
    """Found by a parser that counts octets: a comment around the root may hold its look-alike."""
    tags: list[int] = []
    reader = expat.ParserCreate("UTF-8")
    reader.StartElementHandler = lambda _name, _attributes: tags.append(reader.CurrentByteIndex)
    reader.EndElementHandler = lambda _name: tags.append(reader.CurrentByteIndex)
    reader.Parse(document, True)
    return document[tags[0] : document.index(b">", tags[-1]) + 1]


def _result(result: Result) -> str:
    match result:
        case DSPInventory(devices):
            return "<sr:DSPInventory>" + "".join(_inventory_device(d) for d in devices) + "</sr:DSPInventory>"
        case DSPUpdateFirmwareWarning():
            return (
                "<sr:DSPUpdateFirmwareWarning>"
                + _device_list("sr:InvalidDeviceIDList", result.invalid)
                + _device_list("sr:NotCommissionedDeviceIDList", result.not_commissioned)
                + _device_list("sr:NotApplicableFirmwareDeviceIDList", result.not_applicable_firmware)
                + _device_list("sr:OtherRequestInProgressList", result.other_request_in_progress)
                + _device_list("sr:InvalidGBCSVersionList", result.invalid_gbcs_version)
                + "</sr:DSPUpdateFirmwareWarning>"
            )
        case GBCSPayload(payload):
            return xml.octets("sr:GBCSPayload", payload)
        case LocalCommand(payload):
            return "<sr:LocalCommand>" + xml.octets("sr:GBCSPayload", payload) + "</sr:LocalCommand>"
        case PreCommand():
            return (
                "<sr:PreCommand>"
                + xml.element("sr:GBCSVersion", result.gbcs_version)
                + xml.octets("sr:GBCSPayload", result.octets)
                + "</sr:PreCommand>"
            )
        case _:
            assert_never(result)


def _device_list(name: str, devices: Sequence[DeviceId]) -> str:
    return xml.element(name, ",".join(map(str, devices))) if devices else ""


def _inventory_device(device: InventoryDevice) -> str:
    where = ""
    if device.postcode is not None:
        where = (
            "<sr:PropertyFilter>"
            + xml.element("sr:PostCode", device.postcode)
            + xml.element("sr:AddressIdentifier", device.address or "")
            + "</sr:PropertyFilter>"
        )
    return (
        "<sr:Device>"
        + xml.element("sr:DeviceID", device.device_id)
        + xml.element("sr:DeviceType", device.device_type)
        + xml.optional("sr:DeviceStatus", device.status)
        + xml.element("sr:DeviceManufacturer", device.manufacturer)
        + xml.element("sr:DeviceModel", device.model)
        + xml.optional("sr:SMETSCHTSVersion", device.smets_chts_version)
        + xml.optional("sr:DeviceFirmwareVersion", device.firmware_version)
        + xml.optional("sr:DeviceFirmwareVersionStatus", device.firmware_version_status)
        + xml.optional("sr:CPLStatus", device.cpl_status)
        + xml.optional("sr:DateCommissioned", device.date_commissioned)
        + xml.optional("sr:ImportMPxN", device.import_mpxn)
        + xml.optional("sr:SecondaryImportMPAN", device.secondary_import_mpan)
        + xml.optional("sr:ExportMPAN", device.export_mpan)
        + xml.optional("sr:ESMEVariant", device.esme_variant)
        + xml.optional("sr:UPRN", device.uprn)
        + where
        + xml.optional("sr:CSPRegion", device.csp_region)
        + xml.optional("sr:DeviceGBCSVersion", device.gbcs_version)
        + xml.optional("sr:S1SP", device.s1sp)
        + "</sr:Device>"
    )
