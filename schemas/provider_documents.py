"""The documents of SMETS1 service providers as whole values: to octets (canonical, unsigned) and back.

``schemas.far_side`` verifies such a document and reads what the gateway needs of it; this is for whoever plays a
provider or a user. The data inside a response are of the message mapping catalogue (MMC), which has a schema of its
own: here they are kept element by element. Source of names and order: the DUIS 5.4 and MMC 5.4 schemas.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from lxml import etree

from schemas import canonical as xml
from schemas.elements import At, Attribute, Element, Hexadecimal, Mark, Unheld, content_of, read
from schemas.faults import path_of
from schemas.parts import part_of, parts_of, parts_text
from schemas.request import Fault, Malformed, Part
from schemas.vocabulary import DeviceId, RequestId, ServiceReferenceVariant, UserId
from schemas.xsd import DUIS_NAMESPACE, MESSAGE_MAPPING_NAMESPACE, DuisSchema

_SR: Final = f"{{{DUIS_NAMESPACE}}}"
_RA: Final = f"{{{MESSAGE_MAPPING_NAMESPACE}}}"


class S1SPAlert(Element, frozen=True, kw_only=True):
    """What a provider tells besides answers. Code and remark are free text."""

    schema_version: Annotated[str, Attribute("schemaVersion")]
    request_id: RequestId | None = None
    device_id: DeviceId | None = None
    s1sp_alert_code: str
    additional_information: str | None = None
    utrn: str | None = None
    """20 decimal digits."""
    date_time: datetime


class ClockStatus(StrEnum):
    RELIABLE = "reliable"
    INVALID = "invalid"
    UNRELIABLE = "unreliable"


class Timestamp(Element, frozen=True, kw_only=True):
    """When a device made the message, by a clock of a kind."""

    moment: Annotated[datetime, Mark.TEXT]
    is_from_gsme: Annotated[bool | None, Attribute("isFromGSME")] = None
    clock_status: Annotated[ClockStatus | None, Attribute("ClockStatus")] = None


class MessageHeader(Element, frozen=True, kw_only=True):
    """Whose message it is, and which request it answers. Counters are unsigned, 64 bits."""

    business_originator_id: DeviceId
    business_target_id: UserId
    originator_counter: int
    supplementary_remote_party_id: UserId | None = None
    supplementary_remote_party_counter: int | None = None
    supplementary_originator_counter: int | None = None
    message_code: Annotated[Hexadecimal | None, At("GBCSHexadecimalMessageCode")] = None
    service_reference: str | None = None
    service_reference_variant: ServiceReferenceVariant | None = None
    timestamp: Timestamp | None = None


class MessageKind(StrEnum):
    ANSWER = "ResponseMessage"
    DEVICE_ALERT = "DeviceAlertMessage"


class SMETS1SignedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A device's answer or alert as its provider reads it, without the provider's signature."""

    schema_version: str
    header: MessageHeader
    kind: MessageKind
    content: tuple[Part, ...] = ()
    """Elements of the message mapping catalogue."""


def write_s1sp_alert_document(alert: S1SPAlert) -> bytes:
    """The S1SPAlert itself; ``schemas.response`` writes it into a Response."""
    version = xml.attribute(alert.schema_version)
    content = parts_text(content_of(alert))
    return f'<sr:S1SPAlert xmlns:sr="{DUIS_NAMESPACE}" schemaVersion="{version}">{content}</sr:S1SPAlert>'.encode()


def write_smets1_document(response: SMETS1SignedResponse) -> bytes:
    """The SMETS1SignedResponse itself; ``schemas.response`` writes it into a Response."""
    return (
        f'<sr:SMETS1SignedResponse xmlns:ra="{MESSAGE_MAPPING_NAMESPACE}" xmlns:sr="{DUIS_NAMESPACE}" '
        f'schemaVersion="{xml.attribute(response.schema_version)}"><sr:SMETS1Response><sr:Header>'
        + parts_text(content_of(response.header), "ra:")
        + f"</sr:Header><sr:Body><sr:{response.kind}>"
        + parts_text(response.content, "ra:")
        + f"</sr:{response.kind}></sr:Body></sr:SMETS1Response></sr:SMETS1SignedResponse>"
    ).encode()


def read_provider_document(document: bytes, schema: DuisSchema) -> SMETS1SignedResponse | S1SPAlert | Malformed:
    """Parse, validate and read one document, whoever signed it."""
    root = schema.read(document, large=True)
    if isinstance(root, Malformed):
        return root
    try:
        if root.tag == _SR + "S1SPAlert":
            return read(S1SPAlert, part_of(root))
        if root.tag == _SR + "SMETS1SignedResponse":
            return _response(root)
    except Unheld as fault:
        return _not_read(str(fault), "/".join((path_of(root), *fault.path)))
    return _not_read(f"expected a SMETS1SignedResponse or S1SPAlert, found {path_of(root)[1:]}", path_of(root))


def _response(root: etree._Element) -> SMETS1SignedResponse:
    (response,) = root.iterchildren(_SR + "SMETS1Response")
    header, body = response.iterchildren("*")
    (message,) = body.iterchildren("*")
    for place in (header, message):
        _must_be_kept(place)
    return SMETS1SignedResponse(
        schema_version=str(root.get("schemaVersion")),
        header=_header(part_of(header)),
        kind=MessageKind(etree.QName(message).localname),
        content=parts_of(message),
    )


def _header(part: Part) -> MessageHeader:
    try:
        return read(MessageHeader, part)
    except Unheld as fault:
        raise Unheld(("SMETS1Response", "Header", *fault.path), str(fault)) from None


def _must_be_kept(place: etree._Element) -> None:
    """A Part has no namespaces and no words between elements; our own schema does not look at what is inside."""
    for element in place.iterdescendants("*"):
        path = tuple(path_of(element).split("/")[2:])
        if not str(element.tag).startswith(_RA) or any("}" in str(name) for name in element.attrib):
            raise Unheld(path, "expected elements and attributes of the message mapping catalogue alone")
        if len(element) and any((text or "").strip() for text in (element.text, *(inner.tail for inner in element))):
            raise Unheld(path, "expected elements, found words between them")


def _not_read(message: str, path: str) -> Malformed:
    return Malformed(kind="not-schema-valid", faults=(Fault(message=message, line=1, path=path),))
