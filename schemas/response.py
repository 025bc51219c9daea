"""What users receive, values to octets: canonical, unsigned (``schemas.signature`` signs).

A Response with any of its messages; ``schemas.response_reading`` reads it back to the same values. What the
messages are lives in ``schemas.messages``, ``schemas.results``, ``schemas.dcc_alerts`` and ``schemas.hub_alerts``.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from schemas import canonical as xml
from schemas.dcc_alerts import S1SPAlertDSP
from schemas.elements import to_part
from schemas.embedded import root_of
from schemas.messages import DccAlertCode, DCCAlertMessage, Message, Response, SMETS1ResponseMessage
from schemas.parts import part_text
from schemas.results import (
    MOST_DEVICES_IN_INVENTORY,
    DSPInventory,
    DSPUpdateFirmwareWarning,
    GBCSPayload,
    InventoryDevice,
    LocalCommand,
    PreCommand,
    Result,
)
from schemas.value_texts import write_moment
from schemas.vocabulary import RequestId, ResponseCode, ServiceReferenceVariant
from schemas.xsd import DUIS_NAMESPACE

__all__ = [
    "MOST_DEVICES_IN_INVENTORY",
    "DSPInventory",
    "DSPUpdateFirmwareWarning",
    "GBCSPayload",
    "InventoryDevice",
    "LocalCommand",
    "PreCommand",
    "ResponseHeader",
    "Result",
    "write_again",
    "write_message",
    "write_response",
    "write_s1sp_alert",
    "write_smets1_response",
]


class ResponseHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Which request is answered, how, and when."""

    request_id: RequestId | None
    code: ResponseCode
    moment: datetime
    """Written in UTC and cut to hundredths of a second, the form of DUIS (transcribed)."""
    schema_version: str
    """The version that the request declared."""
    final: bool = False
    """An asynchronous, final answer carries a ResponseID as well."""


def write_response(header: ResponseHeader, service_reference: str, variant: str, result: Result | None = None) -> bytes:
    """A Response with a ResponseMessage."""
    return _stamped(
        header,
        "<sr:ResponseMessage>"
        + xml.element("sr:ServiceReference", service_reference)
        + xml.element("sr:ServiceReferenceVariant", variant)
        + ("" if result is None else part_text(to_part(result)))
        + "</sr:ResponseMessage>",
    )


def write_message(header: ResponseHeader, message: Message) -> bytes:
    """A Response with any message.

    A provider's document inside is written as it came, without what stands around its root. Its signature is over
    inclusive canonical XML, so the wrapper must add no namespace to the scope: it uses the prefix that the inner
    document itself gives the DUIS namespace. Such a Response is well formed and, because of the foreign octets,
    perhaps not canonical. Raises ValueError when that document is not what it is said to be.
    """
    prefix, bare = _bare(message)
    return _stamped(header, part_text(to_part(bare), prefix), prefix)


def write_smets1_response(
    header: ResponseHeader, service_reference: str, variant: str, signed_response: bytes
) -> bytes:
    """A Response around the S1SP's SMETS1SignedResponse. Raises ValueError as ``write_message`` does."""
    message = SMETS1ResponseMessage(
        service_reference=service_reference,
        service_reference_variant=ServiceReferenceVariant(variant),
        signed_response=signed_response,
    )
    return write_message(header, message)


def write_s1sp_alert(header: ResponseHeader, alert_code: str, alert: bytes) -> bytes:
    """A DCC Alert around an S1SP's S1SPAlert. Raises ValueError as ``write_message`` does."""
    message = DCCAlertMessage(code=DccAlertCode(alert_code), content=S1SPAlertDSP(alert=alert))
    return write_message(header, message)


def write_again(response: Response) -> bytes:
    """A Response as values, moment and ResponseID as they are. Raises ValueError as ``write_message`` does."""
    prefix, message = _bare(response.message)
    return _document(
        response.schema_version,
        None if response.request_id is None else response.request_id.text,
        None if response.response_id is None else response.response_id.text,
        response.response_code,
        write_moment(response.response_date_time),
        part_text(to_part(message), prefix),
        prefix,
    )


def _bare(message: Message) -> tuple[str, Message]:
    """The prefix to write with, and the message with nothing but the root of a document inside."""
    if isinstance(message, SMETS1ResponseMessage):
        prefix, octets = root_of(message.signed_response, "SMETS1SignedResponse")
        return prefix, msgspec.structs.replace(message, signed_response=octets)
    if isinstance(message, DCCAlertMessage) and isinstance(message.content, S1SPAlertDSP):
        prefix, octets = root_of(message.content.alert, "S1SPAlert")
        content = msgspec.structs.replace(message.content, alert=octets)
        return prefix, msgspec.structs.replace(message, content=content)
    return "sr:", message


def _stamped(header: ResponseHeader, message: str, prefix: str = "sr:") -> bytes:
    name = header.request_id
    return _document(
        header.schema_version,
        None if name is None else name.text,
        name.response_id if header.final and name else None,
        header.code,
        xml.moment(header.moment),
        message,
        prefix,
    )


def _document(
    version: str, request_id: str | None, response_id: str | None, code: str, moment: str, message: str, prefix: str
) -> bytes:
    """``prefix`` is that of the DUIS namespace with its colon, or nothing for the default namespace."""
    p = prefix
    name = "xmlns" + (f":{p[:-1]}" if p else "")
    return (
        f'<{p}Response {name}="{DUIS_NAMESPACE}" schemaVersion="{xml.attribute(version)}"><{p}Header>'
        + xml.optional(f"{p}RequestID", request_id)
        + xml.optional(f"{p}ResponseID", response_id)
        + xml.element(f"{p}ResponseCode", code)
        + xml.element(f"{p}ResponseDateTime", moment)
        + f"</{p}Header><{p}Body>{message}</{p}Body></{p}Response>"
    ).encode()
