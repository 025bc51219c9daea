"""Received octets to a service request: parse, validate, verify, read. In that order, once.

``read_request`` is the whole way for a document that came over the wire. What it returns is a value;
what a sender did wrong is a value too. Nothing here knows devices, parties or the network.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from lxml import etree

from schemas.certificates import CertificateDirectory, KnownCertificate
from schemas.faults import not_a, path_of
from schemas.request import (
    ActivateFirmware,
    AddDeviceToCHFWhitelist,
    AnyBody,
    DevicePrenotification,
    DisableSupply,
    Fault,
    Malformed,
    OtherBody,
    Part,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    ReadInventory,
    ServiceRequest,
    SignedPreCommand,
    TopUpDevice,
    Unauthenticated,
    UpdateFirmware,
    UpdateHANDeviceLog,
)
from schemas.signature import verify
from schemas.vocabulary import CommandVariant, DeviceId, DeviceType, RequestId, ServiceReferenceVariant
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

_SR: Final = f"{{{DUIS_NAMESPACE}}}"
_REQUEST: Final = _SR + "Request"
_NAMESPACE_LENGTH: Final = len(_SR)


class Authentic(msgspec.Struct, frozen=True, kw_only=True):
    """A request that its originator signed, read from the very element that was digested."""

    request: ServiceRequest
    digest: bytes
    """The SHA-256 that was signed, 32 octets."""
    certificate: KnownCertificate


def read_request(
    document: bytes, schema: DuisSchema, certificates: CertificateDirectory, now: datetime, *, large: bool = False
) -> Authentic | Malformed | Unauthenticated:
    """The whole way of one received document. Raises nothing for what a sender can do."""
    root = _read_root(document, schema, large=large)
    if isinstance(root, Malformed):
        return root
    verified = verify(root, certificates, now)
    if isinstance(verified, Unauthenticated):
        return verified
    request = _read_values(root)
    if isinstance(request, Malformed):
        return request
    if verified.certificate.eui != request.request_id.originator:
        return Unauthenticated(
            kind="wrong-originator",
            message=f"the RequestID names originator {request.request_id.originator}, "
            f"the certificate is that of {verified.certificate.eui}",
        )
    return Authentic(request=request, digest=verified.digest, certificate=verified.certificate)


def read_request_unverified(document: bytes, schema: DuisSchema) -> ServiceRequest | Malformed:
    """Values without a signature check, for tools that act on nothing."""
    root = _read_root(document, schema, large=len(document) > 9_000_000)
    return root if isinstance(root, Malformed) else _read_values(root)


def _read_root(document: bytes, schema: DuisSchema, *, large: bool) -> etree._Element | Malformed:
    root = schema.parse(document, large=large)
    if isinstance(root, Malformed):
        return root
    # Before validation: the schema knows other roots, and what it would say of them costs more.
    if root.tag != _REQUEST:
        return not_a((_REQUEST,), root, document)
    return schema.validate(root, document) or root


class _Unreadable(Exception):
    """A value that the schema allows and this gateway cannot hold; becomes a Malformed at once."""

    def __init__(self, element: etree._Element, finding: str) -> None:
        super().__init__(finding)
        self.element = element


def _read_values(root: etree._Element) -> ServiceRequest | Malformed:
    header, body, *_signature = root.iterchildren("*")
    try:
        values = _texts(header)
        preceding = values.get("PrecedingServiceRequestID")
        first = values.get("FirstInSequence")
        return ServiceRequest(
            request_id=RequestId.parse(values["RequestID"].strip()),
            schema_version=(root.get("schemaVersion") or "").strip(),
            command_variant=CommandVariant(int(values["CommandVariant"])),
            service_reference=values["ServiceReference"],
            variant=ServiceReferenceVariant(values["ServiceReferenceVariant"]),
            body=_read_body(next(body.iterchildren("*"))),
            first_in_sequence=None if first is None else first.strip() in {"true", "1"},
            preceding=None if preceding is None else RequestId.parse(preceding.strip()),
        )
    except _Unreadable as fault:
        place = fault.element
        finding = Fault(message=str(fault), line=place.sourceline or 0, path=path_of(place))
        return Malformed(kind="not-schema-valid", faults=(finding,))


def _texts(parent: etree._Element) -> dict[str, str]:
    """Local name to text of the children that hold text, in one pass."""
    return {str(child.tag)[_NAMESPACE_LENGTH:]: child.text or "" for child in parent.iterchildren("*")}


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    return parent.find(_SR + name)


def _required(parent: etree._Element, name: str) -> etree._Element:
    child = parent.find(_SR + name)
    if child is None:
        raise _Unreadable(parent, f"expected {name}")
    return child


def _moment(element: etree._Element) -> datetime:
    """An xs:dateTime as an aware UTC datetime; without a zone it is taken for UTC (assumed)."""
    text = (element.text or "").strip()
    try:
        ends_the_day = text[10:13] == "T24"  # 24:00:00, the next day's midnight in XML Schema
        moment = datetime.fromisoformat(text.replace("T24", "T00") if ends_the_day else text)
        moment += timedelta(days=ends_the_day)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Unreadable(
            element, f"expected a date and time between the years 1 and 9999, found {text[:40]!r}"
        ) from None


def _execution(element: etree._Element) -> datetime | None:
    found = _child(element, "ExecutionDateTime")
    return None if found is None else _moment(found)


def _octets(element: etree._Element) -> bytes:
    """libxml2 takes characters outside the alphabet for white space; a second reader might not."""
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except ValueError:
        raise _Unreadable(element, "expected base64, found characters outside its alphabet or a wrong length") from None


def _device(text: str) -> DeviceId:
    return DeviceId.parse(text.strip())


def _log_read(element: etree._Element) -> ReadActiveImportProfileData:
    period = _required(element, "ReadLogPeriod")
    credentials = _child(element, "KAPublicSecurityCredentials")
    return ReadActiveImportProfileData(
        execution=_execution(element),
        start=_moment(_required(period, "StartDateTime")),
        end=_moment(_required(period, "EndDateTime")),
        ka_credentials=None if credentials is None else _octets(credentials),
    )


def _inventory_question(element: etree._Element) -> ReadInventory:
    values = _texts(element)
    if "DeviceID" in values:
        return ReadInventory(device=_device(values["DeviceID"]))
    if "PropertyFilter" in values:
        where = _texts(_required(element, "PropertyFilter"))
        return ReadInventory(postcode=where["PostCode"], address=where["AddressIdentifier"])
    uprn = values.get("UPRN")
    return ReadInventory(mpxn=values.get("MPxN"), uprn=None if uprn is None else str(int(uprn)))


def _han_device_log(element: etree._Element) -> UpdateHANDeviceLog:
    values = _texts(element)
    added = _child(element, "AddDeviceToCHFWhitelist")
    addition = None
    if added is not None:
        what = _texts(added)
        addition = AddDeviceToCHFWhitelist(
            join_time_period=int(what["JoinTimePeriod"]),
            install_code=bytes.fromhex(what["InstallCode"].strip()),
            import_mpxn=what.get("ImportMPxN"),
            secondary_import_mpan=what.get("SecondaryImportMPAN"),
            export_mpan=what.get("ExportMPAN"),
        )
    return UpdateHANDeviceLog(
        execution=_execution(element),
        device=_device(values["DeviceID"]),
        request_type=values["RequestType"],
        add=addition,
    )


def _firmware_update(element: etree._Element) -> UpdateFirmware:
    image = _required(element, "FirmwareImage")
    devices = _required(element, "DeviceIDList").text or ""
    return UpdateFirmware(
        firmware_version=_required(element, "FirmwareVersion").text or "",
        devices=tuple(DeviceId(int(one.replace("-", ""), 16)) for one in devices.split(",")),
        image_characters=len(image.text or ""),
    )


def _activation(element: etree._Element) -> ActivateFirmware:
    hash_text = _required(element, "FirmwareHash").text or ""
    return ActivateFirmware(execution=_execution(element), firmware_hash=bytes.fromhex(hash_text.strip()))


def _pre_notification(element: etree._Element) -> DevicePrenotification:
    values = _texts(element)
    gpf = values.get("AssociatedGPFDeviceID")
    return DevicePrenotification(
        device=_device(values["DeviceID"]),
        manufacturer=values["DeviceManufacturer"],
        model=values["DeviceModel"],
        device_type=DeviceType(values["DeviceType"]),
        smets_chts_version=values.get("SMETSCHTSVersion"),
        firmware_version=values.get("FirmwareVersion"),
        esme_variant=values.get("ESMEVariant"),
        associated_gpf=None if gpf is None else _device(gpf),
    )


def _signed_pre_command(element: etree._Element) -> SignedPreCommand:
    return SignedPreCommand(execution=_execution(element), gbcs_payload=_octets(_required(element, "GBCSPayload")))


_BODIES: Final[Mapping[str, Callable[[etree._Element], AnyBody]]] = {
    "ReadInstantaneousImportRegisters": lambda e: ReadInstantaneousImportRegisters(execution=_execution(e)),
    "ReadActiveImportProfileData": _log_read,
    "TopUpDevice": lambda e: TopUpDevice(utrn=_required(e, "UTRN").text or ""),
    "DisableSupply": lambda e: DisableSupply(),
    "ReadInventory": _inventory_question,
    "UpdateHANDeviceLog": _han_device_log,
    "UpdateFirmware": _firmware_update,
    "ReadFirmwareVersion": lambda e: ReadFirmwareVersion(execution=_execution(e)),
    "ActivateFirmware": _activation,
    "DevicePrenotification": _pre_notification,
    "SignedPreCommand": _signed_pre_command,
}


def _read_body(element: etree._Element) -> AnyBody:
    name = str(element.tag)[_NAMESPACE_LENGTH:]
    reader = _BODIES.get(name)
    if reader is not None:
        return reader(element)
    whole = _part(element)
    return OtherBody(element=name, execution=_execution(element), attributes=whole.attributes, parts=whole.parts)


def _part(element: etree._Element) -> Part:
    parts = tuple(_part(child) for child in element.iterchildren("*"))
    return Part(
        name=str(element.tag)[_NAMESPACE_LENGTH:],
        text="" if parts else element.text or "",
        attributes=tuple((str(name), str(value)) for name, value in element.attrib.items()),
        parts=parts,
    )
