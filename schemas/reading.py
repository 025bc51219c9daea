"""Received octets to a service request: parse, validate, verify, read. In that order, once.

``read_request`` is the whole way for a document that came over the wire. What it returns is a value;
what a sender did wrong is a value too. Nothing here knows devices, parties or the network.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Final

import msgspec
from lxml import etree

from schemas.body_reading import Unreadable, device, read_body, texts
from schemas.certificates import CertificateDirectory, KnownCertificate
from schemas.faults import not_a, path_of
from schemas.request import Fault, Malformed, ServiceRequest, Unauthenticated
from schemas.signature import Verified, verify
from schemas.vocabulary import CommandVariant, RequestId, ServiceReferenceVariant, UserId
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

_REQUEST: Final = f"{{{DUIS_NAMESPACE}}}Request"
_COMMAND_VARIANTS: Final = {variant.value: variant for variant in CommandVariant}


class Authentic(msgspec.Struct, frozen=True, kw_only=True, gc=False):
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
    return _read_verified(root, certificates, now) if isinstance(root, etree._Element) else root


def reading_steps(
    document: bytes, schema: DuisSchema, certificates: CertificateDirectory, now: datetime, *, large: bool = False
) -> Generator[None, None, Authentic | Malformed | Unauthenticated]:
    """As ``read_request``, with a pause before the signature is verified: there other documents may be read."""
    root = _read_root(document, schema, large=large)
    if not isinstance(root, etree._Element):
        return root
    yield
    return _read_verified(root, certificates, now)


def _read_verified(
    root: etree._Element, certificates: CertificateDirectory, now: datetime
) -> Authentic | Malformed | Unauthenticated:
    verified = verify(root, certificates, now)
    if not isinstance(verified, Verified):
        return verified
    request = _read_values(root)
    if not isinstance(request, ServiceRequest):
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
    return _read_values(root) if isinstance(root, etree._Element) else root


def _read_root(document: bytes, schema: DuisSchema, *, large: bool) -> etree._Element | Malformed:
    root = schema.parse(document, large=large)
    if not isinstance(root, etree._Element):
        return root
    # Before validation: the schema knows other roots, and what it would say of them costs more.
    if root.tag != _REQUEST:
        return not_a((_REQUEST,), root, document)
    refusal = schema.validate(root, document)
    return root if refusal is None else refusal


def _read_values(root: etree._Element) -> ServiceRequest | Malformed:
    header, body = root if len(root) == 2 else islice(root.iterchildren("*"), 2)
    # Four are always there, in this order; two more may stand between.
    request_id, *between, command_variant, reference, variant = header
    sequence = texts(between) if between else {}
    preceding = sequence.get("PrecedingServiceRequestID")
    first = sequence.get("FirstInSequence")
    try:
        return ServiceRequest(
            request_id=_request_id(request_id.text or ""),
            schema_version=root.get("schemaVersion", "").strip(),
            command_variant=_COMMAND_VARIANTS[int(command_variant.text or "")],
            service_reference=reference.text or "",
            variant=ServiceReferenceVariant(variant.text or ""),
            body=read_body(body[0]),
            first_in_sequence=None if first is None else first.strip() in {"true", "1"},
            preceding=None if preceding is None else _request_id(preceding),
        )
    except Unreadable as fault:
        place = fault.element
        finding = Fault(message=str(fault), line=place.sourceline or 0, path=path_of(place))
        return Malformed(kind="not-schema-valid", faults=(finding,))


_user = lru_cache(maxsize=4096)(UserId.parse)
"""Users are few and come again."""


def _request_id(text: str) -> RequestId:
    """Of the form that the schema demands."""
    text = text.strip()
    originator, target, counter = text.split(":")
    return RequestId(_user(originator), device(target), int(counter), text)
