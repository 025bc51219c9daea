"""The Countersigned Service Request: what the DCC sends to a SMETS1 service provider.

No published schema has it, so this versioned format is ours (``duis/countersigned.xsd``). The user's
signed request travels as base64 of the received octets, because a signed document that is nested
under other namespaces no longer verifies. The DCC's enveloped signature covers everything.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from typing import Final

import msgspec
from lxml import etree

from schemas import canonical as xml
from schemas.signature import SigningIdentity, signature_over
from schemas.vocabulary import DeviceId, RequestId, ServiceReferenceVariant, UserId

NAMESPACE: Final = "urn:duis-gateway:countersigned-service-request:1"
_C: Final = f"{{{NAMESPACE}}}"
_REQUEST_ENDS: Final = b"</csr:ServiceRequest>"
_DOCUMENT_ENDS: Final = b"</csr:CountersignedServiceRequest>"
_PIECE: Final = 3 * 65_536
"""Octets that are encoded at once; base64 has four characters for every three."""


class RoutingHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider needs to know without opening the request."""

    request_id: RequestId
    variant: ServiceReferenceVariant
    s1sp: str
    devices: tuple[DeviceId, ...]
    """Of the devices concerned, those that this provider operates."""
    accepted: datetime
    """Written in UTC and cut to hundredths of a second."""
    supplementary_remote_party: UserId | None = None
    """The user, where a GBCS command would have had the ACB as its originator."""
    supplementary_counter: int | None = None


class CountersignedServiceRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The document as values: what ``read_countersigned`` returns."""

    header: RoutingHeader
    request: bytes
    """The user's signed request, octet for octet as it was received."""


class Around(msgspec.Struct, frozen=True):
    """The signed document but for the request in it, which every provider's document has alike."""

    before: bytes
    after: bytes


def write_countersigned(header: RoutingHeader, request: bytes, identity: SigningIdentity) -> bytes:
    """The signed document."""
    enclosed = base64_of(request)
    around = write_around(header, enclosed, identity)
    return around.before + enclosed + around.after


def write_around(header: RoutingHeader, enclosed: bytes, identity: SigningIdentity) -> Around:
    """What stands before and after ``enclosed``, the request as ``base64_of`` has it; the signature is over all."""
    supplementary = ""
    if header.supplementary_remote_party is not None:
        supplementary = xml.element("csr:SupplementaryRemotePartyID", str(header.supplementary_remote_party)) + (
            xml.element("csr:SupplementaryRemotePartyCounter", str(header.supplementary_counter or 0))
        )
    before = (
        f'<csr:CountersignedServiceRequest xmlns:csr="{NAMESPACE}" version="1"><csr:RoutingHeader>'
        + xml.element("csr:RequestID", header.request_id.text)
        + xml.element("csr:ServiceReferenceVariant", header.variant)
        + xml.element("csr:S1SP", header.s1sp)
        + xml.element("csr:AcceptedDateTime", xml.moment(header.accepted))
        + supplementary
        + xml.element("csr:DeviceIDList", ",".join(map(str, header.devices)))
        + "</csr:RoutingHeader><csr:ServiceRequest>"
    ).encode()
    digest = hashlib.sha256(before)
    for octets in (enclosed, _REQUEST_ENDS, _DOCUMENT_ENDS):
        digest.update(octets)
    return Around(before, _REQUEST_ENDS + signature_over(digest.digest(), identity) + _DOCUMENT_ENDS)


def base64_of(request: bytes) -> bytes:
    """In pieces: base64 keeps the interpreter for as long as it takes, which for an image is too long for others."""
    if len(request) <= _PIECE:
        return base64.b64encode(request)
    pieces = memoryview(request)
    return b"".join(base64.b64encode(pieces[at : at + _PIECE]) for at in range(0, len(request), _PIECE))


def read_countersigned(root: etree._Element) -> CountersignedServiceRequest:
    """The values of a verified document. Raises ValueError naming what is missing."""
    if root.tag != _C + "CountersignedServiceRequest" or root.get("version") != "1":
        raise ValueError(f"expected a CountersignedServiceRequest of version 1, found {root.tag!r}")

    def value(name: str) -> str | None:
        return root.findtext(f"{_C}RoutingHeader/{_C}{name}")

    def required(name: str) -> str:
        found = value(name)
        if found is None:
            raise ValueError(f"expected {name} in the RoutingHeader")
        return found

    party, counter = value("SupplementaryRemotePartyID"), value("SupplementaryRemotePartyCounter")
    return CountersignedServiceRequest(
        header=RoutingHeader(
            request_id=RequestId.parse(required("RequestID")),
            variant=ServiceReferenceVariant(required("ServiceReferenceVariant")),
            s1sp=required("S1SP"),
            devices=tuple(DeviceId.parse(one) for one in required("DeviceIDList").split(",")),
            accepted=datetime.fromisoformat(required("AcceptedDateTime")),
            supplementary_remote_party=None if party is None else UserId.parse(party),
            supplementary_counter=None if counter is None else int(counter),
        ),
        request=base64.b64decode(root.findtext(f"{_C}ServiceRequest") or "", validate=True),
    )
