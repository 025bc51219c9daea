"""How a far side opens a Countersigned Service Request: both signatures, then the values.

1. The document is of our schema. 2. The DCC signed it. 3. Its routing header reads. 4. The request
inside, on the octets as the user sent them, is schema-valid and signed by its originator. 5. Header and
request name the same request. Any of these failing is a reason, not an exception.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from importlib import resources
from typing import Final

import msgspec

from schemas.certificates import CertificateDirectory
from schemas.countersigned import RoutingHeader, read_countersigned
from schemas.reading import read_request
from schemas.request import Malformed, ServiceRequest, Unauthenticated
from schemas.signature import verify
from schemas.vocabulary import Eui64
from schemas.xsd import DuisSchema, own_schema

_LARGE: Final = 100_000
"""Octets; above, a thread reads the document, so that the other far sides go on."""
_LONG_TEXTS: Final = 9_000_000


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A countersigned request that both the DCC and the user signed."""

    header: RoutingHeader
    request: ServiceRequest


def countersigned_schema() -> DuisSchema:
    """Our schema set, entered at the Countersigned Service Request."""
    folder = resources.files("schemas.duis")
    return DuisSchema(
        {f.name: f.read_bytes() for f in folder.iterdir() if f.name.endswith(".xsd")}, "countersigned.xsd"
    )


class Opener:
    """Knows the certificates, and which EUI-64 the DCC signs as."""

    def __init__(self, certificates: CertificateDirectory, dcc: Eui64, clock: Callable[[], datetime]) -> None:
        self._certificates = certificates
        self._dcc = dcc
        self._clock = clock
        self._envelope = countersigned_schema()
        self._inside = own_schema()

    async def open(self, document: bytes) -> Opened | str:
        """The values, or the reason why not."""
        if len(document) > _LARGE:
            return await asyncio.to_thread(self._open, document)
        return self._open(document)

    def _open(self, document: bytes) -> Opened | str:
        now = self._clock()
        root = self._envelope.read(document, large=len(document) > _LONG_TEXTS)
        if isinstance(root, Malformed):
            return f"the countersigned request: {reason_of(root)}"
        verified = verify(root, self._certificates, now)
        if isinstance(verified, Unauthenticated):
            return f"the countersigned request: {verified.message}"
        if verified.certificate.eui != self._dcc:
            return f"the countersigned request: expected the DCC's signature, found that of {verified.certificate.eui}"
        try:
            values = read_countersigned(root)
        except ValueError as fault:
            return f"the countersigned request: {fault}"
        inside = read_request(
            values.request, self._inside, self._certificates, now, large=len(values.request) > _LONG_TEXTS
        )
        if isinstance(inside, Malformed | Unauthenticated):
            return f"the request inside: {reason_of(inside)}"
        if (values.header.request_id, values.header.variant) != (inside.request.request_id, inside.request.variant):
            return (
                f"the routing header names {values.header.variant} {values.header.request_id}, "
                f"the request inside is {inside.request.variant} {inside.request.request_id}"
            )
        return Opened(header=values.header, request=inside.request)


def reason_of(refused: Malformed | Unauthenticated) -> str:
    """In one line."""
    if isinstance(refused, Unauthenticated):
        return refused.message
    return "; ".join(f"{fault.path} {fault.message}".strip() for fault in refused.faults) or refused.kind
