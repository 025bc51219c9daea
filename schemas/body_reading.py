"""The element inside Body to values: one function for each body that a rule, record or builder reads.

Elements are of a valid document without comments: what the schema demands is there, in its order and of its form.
What a valid document may hold and no value of ours can is Unreadable. The rest of a document is
``schemas.reading``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from schemas.firmware_image import describe_image
from schemas.parts import parts_of
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
    SignedPreCommand,
    TopUpDevice,
    UpdateFirmware,
    UpdateHANDeviceLog,
    UpdatePPMIDFirmware,
)
from schemas.value_texts import read_base64, read_moment
from schemas.vocabulary import DeviceId, DeviceType
from schemas.xsd import DUIS_NAMESPACE

_SR: Final = f"{{{DUIS_NAMESPACE}}}"
_NAMESPACE_LENGTH: Final = len(_SR)
_EXECUTION: Final = _SR + "ExecutionDateTime"


class Unreadable(Exception):
    """A value that the schema allows and this gateway cannot hold; becomes a Malformed at once."""

    def __init__(self, element: etree._Element, finding: str) -> None:
        super().__init__(finding)
        self.element = element


def texts(elements: Iterable[etree._Element]) -> dict[str, str]:
    """Local name to text of elements that hold text; of an element's children when it is one itself."""
    return {str(element.tag)[_NAMESPACE_LENGTH:]: element.text or "" for element in elements}


def device(text: str) -> DeviceId:
    """Read an EUI-64 of the form that the schema demands, in either case, blanks around it."""
    return DeviceId(text.replace("-", ""), 16)


def _child(parent: etree._Element, name: str) -> etree._Element | None:
    return next(parent.iterchildren(_SR + name), None) if len(parent) else None


def _required(parent: etree._Element, name: str) -> etree._Element:
    child = _child(parent, name)
    if child is None:
        raise Unreadable(parent, f"expected {name}")
    return child


def _moment(element: etree._Element) -> datetime:
    """In UTC."""
    try:
        return read_moment(element.text or "").astimezone(UTC)
    except ValueError as fault:
        raise Unreadable(element, str(fault)) from None


def _execution(element: etree._Element) -> datetime | None:
    found = next(element.iterchildren(_EXECUTION), None) if len(element) else None
    return None if found is None else _moment(found)


def _octets(element: etree._Element) -> bytes:
    try:
        return read_base64(element.text or "")
    except ValueError as fault:
        raise Unreadable(element, str(fault)) from None


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
    values = texts(element)
    if "DeviceID" in values:
        return ReadInventory(device=device(values["DeviceID"]))
    if "PropertyFilter" in values:
        where = texts(_required(element, "PropertyFilter"))
        return ReadInventory(postcode=where["PostCode"], address=where["AddressIdentifier"])
    uprn = values.get("UPRN")
    return ReadInventory(mpxn=values.get("MPxN"), uprn=None if uprn is None else str(int(uprn)))


def _han_device_log(element: etree._Element) -> UpdateHANDeviceLog:
    values = texts(element)
    added = _child(element, "AddDeviceToCHFWhitelist")
    addition = None
    if added is not None:
        what = texts(added)
        addition = AddDeviceToCHFWhitelist(
            join_time_period=int(what["JoinTimePeriod"]),
            install_code=bytes.fromhex(what["InstallCode"].strip()),
            import_mpxn=what.get("ImportMPxN"),
            secondary_import_mpan=what.get("SecondaryImportMPAN"),
            export_mpan=what.get("ExportMPAN"),
        )
    return UpdateHANDeviceLog(
        execution=_execution(element),
        device=device(values["DeviceID"]),
        request_type=values["RequestType"],
        add=addition,
    )


def _firmware_update(element: etree._Element, kind: type[UpdateFirmware] = UpdateFirmware) -> UpdateFirmware:
    image = _required(element, "FirmwareImage")
    text = image.text or ""
    devices = _required(element, "DeviceIDList").text or ""
    return kind(
        firmware_version=_required(element, "FirmwareVersion").text or "",
        devices=tuple([device(one) for one in devices.split(",")]),
        image_characters=len(text),
        image=describe_image(_octets(image)),
    )


def _activation(element: etree._Element) -> ActivateFirmware:
    hash_text = _required(element, "FirmwareHash").text or ""
    return ActivateFirmware(execution=_execution(element), firmware_hash=bytes.fromhex(hash_text.strip()))


def _pre_notification(element: etree._Element) -> DevicePrenotification:
    values = texts(element)
    gpf = values.get("AssociatedGPFDeviceID")
    return DevicePrenotification(
        device=device(values["DeviceID"]),
        manufacturer=values["DeviceManufacturer"],
        model=values["DeviceModel"],
        device_type=DeviceType(values["DeviceType"]),
        smets_chts_version=values.get("SMETSCHTSVersion"),
        firmware_version=values.get("FirmwareVersion"),
        esme_variant=values.get("ESMEVariant"),
        associated_gpf=None if gpf is None else device(gpf),
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
    "UpdatePPMIDFirmware": lambda e: _firmware_update(e, UpdatePPMIDFirmware),
    "ReadFirmwareVersion": lambda e: ReadFirmwareVersion(execution=_execution(e)),
    "ActivateFirmware": _activation,
    "DevicePrenotification": _pre_notification,
    "SignedPreCommand": _signed_pre_command,
}


def read_body(element: etree._Element) -> AnyBody:
    """The body that an element inside ``Body`` stands for. Raises Unreadable."""
    name = str(element.tag)[_NAMESPACE_LENGTH:]
    reader = _BODIES.get(name)
    if reader is not None:
        return reader(element)
    attributes = tuple(element.items())
    return OtherBody(element=name, execution=_execution(element), attributes=attributes, parts=parts_of(element))
