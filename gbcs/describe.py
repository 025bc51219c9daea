"""A GBCS message as names and values, for people. Reads what ``gbcs.message`` decodes; judges nothing.

Octets are shown in upper-case hexadecimal. A payload that none of our decoders reads (a Response's,
say) is shown as octets.
"""

from __future__ import annotations

from typing import Any

from gbcs import axdr, der, gbz
from gbcs.message import Command, GeneralSigned, GroupingHeader, decode_message
from gbcs.usecases.registry import NAMES_BY_CODE


def describe(data: bytes) -> dict[str, Any]:
    """Field names to numbers, texts, lists and further such tables, in wire order.

    Raises ValueError, naming the field, when ``data`` is not a GBCS message.
    """
    message = decode_message(data)
    if isinstance(message, Command):
        signed = _describe_signed(message.message)
        return {"wrapper": "general-ciphering", **signed, "mac": _hex(message.mac)}
    return {"wrapper": "general-signing", **_describe_signed(message)}


def _describe_signed(message: GeneralSigned) -> dict[str, Any]:
    described = {**_describe_header(message.header), "content": _describe_content(message.content)}
    if message.signature is not None:
        described["signature"] = _hex(message.signature)
    return described


def _describe_header(header: GroupingHeader) -> dict[str, Any]:
    described: dict[str, Any] = {
        "cra_flag": header.cra.name.capitalize(),
        "originator_counter": header.counter,
        "originator_system_title": str(header.originator),
        "recipient_system_title": str(header.recipient),
        "message_code": f"{header.message_code:04X}",
        "use_cases": list(NAMES_BY_CODE.get(header.message_code, ())),
    }
    party = header.supplementary_party
    if party is not None:
        described["supplementary_remote_party_id"] = str(party.id)
        described["supplementary_remote_party_counter"] = party.counter
        if party.key_agreement_certificate:
            described["supplementary_remote_party_key_agreement_certificate"] = _hex(party.key_agreement_certificate)
    elif header.supplementary:
        described["supplementary_data"] = _hex(header.supplementary)
    return described


def _describe_content(content: bytes) -> dict[str, Any]:
    for read in (_describe_access, _describe_gbz, _describe_der):
        try:
            return read(content)
        except ValueError:
            continue
    return {"octets": _hex(content)}


def _describe_access(content: bytes) -> dict[str, Any]:
    request = axdr.decode_access_request(content)
    steps = zip(request.specifications, request.data, strict=True)
    return {"invoke_id": request.invoke_id, "access_request": [_describe_step(s, d) for s, d in steps]}


def _describe_step(specification: axdr.Specification, data: axdr.Data) -> dict[str, Any]:
    index = "method" if specification.access is axdr.Access.ACTION else "attribute"
    described: dict[str, Any] = {
        "access": specification.access.name.lower().replace("_", "-"),
        "class": specification.class_id,
        "logical_name": axdr.obis_text(specification.logical_name),
        index: specification.index,
    }
    if specification.selection:
        described["selector"] = specification.selector
        described["selection"] = _hex(specification.selection)
    return {**described, "data": _describe_data(data)}


def _describe_data(data: axdr.Data) -> dict[str, Any]:
    value: Any = data.value
    if isinstance(value, tuple):
        value = [_describe_data(member) for member in value]
    elif isinstance(value, bytes):
        value = value.decode("latin-1") if data.tag is axdr.Tag.VISIBLE_STRING else _hex(value)
    return {data.tag.name.lower().replace("_", "-"): value}


def _describe_gbz(content: bytes) -> dict[str, Any]:
    return {"gbz_components": [_describe_component(component) for component in gbz.decode(content)]}


def _describe_component(component: gbz.Component) -> dict[str, Any]:
    described: dict[str, Any] = {
        "cluster": f"{component.cluster:04X}",
        "frame_control": f"{component.frame_control:02X}",
        "command": f"{component.command:02X}",
    }
    if component.from_date_time is not None:
        described["from_date_time"] = component.from_date_time
    return {**described, "zcl_payload": _hex(component.payload)}


def _describe_der(content: bytes) -> dict[str, Any]:
    return {"asn1": _describe_element(der.decode(content))}


def _describe_element(element: der.Element) -> dict[str, Any]:
    if isinstance(element.content, bytes):
        return {"tag": f"{element.tag:02X}", "octets": _hex(element.content)}
    return {"tag": f"{element.tag:02X}", "elements": [_describe_element(member) for member in element.content]}


def _hex(octets: bytes) -> str:
    return octets.hex().upper()
