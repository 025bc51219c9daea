"""Reading and verifying one document: against the bare native calls, against the usual libraries, at its worst.

``read_request`` is all that happens between received octets and a request as values. The usual way is lxml
and signxml, as tools have it; signxml belongs to the development dependencies, and without it that row is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from typing import Final

import msgspec
from cryptography import x509
from lxml import etree

from benchmarks.attacks import attacks
from benchmarks.native import Material, NativeReader, compiled_schema, parser
from benchmarks.requests import Kind, RequestWriter
from benchmarks.timing import CannotMeasure, Effort, how_many, microseconds_each, milliseconds_once
from gateway.parties import load_certificates
from gateway.sandbox.world import World
from schemas.certificates import CertificateDirectory
from schemas.reading import Authentic, read_request
from schemas.xsd import own_schema

IMAGES: Final = {"3 MB image": 3_000_000, "13 MB document": 9_900_000}
"""Octets before base64. The largest that the schema allows is 10,240,000."""
_CANDIDATES: Final = 12
"""So many of the most expensive documents are measured again."""
_LONG_TEXTS: Final = 9_000_000


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One document."""

    ours: float
    """Microseconds of CPU, ``read_request``."""
    native: float
    """Of the native steps in a row."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    small: Read
    large: dict[str, Read]
    signxml: float | None
    """Microseconds for the small document by lxml and signxml; ``None``: signxml is not installed."""
    worst: float
    """Milliseconds of CPU for the worst document of 64 KB."""
    worst_name: str
    attacks: int


class _Reader:
    """``read_request`` on a world's schema and certificates, and the bare calls on the same."""

    def __init__(self, world: World) -> None:
        self.certificates: CertificateDirectory = load_certificates(world.settings.parties.certificates)
        self.native = NativeReader()
        self._schema = own_schema()
        self._now = datetime.now(UTC)

    def read(self, document: bytes) -> object:
        return read_request(document, self._schema, self.certificates, self._now, large=len(document) > _LONG_TEXTS)

    def compared(self, material: Material, effort: Effort) -> Read:
        """Raises CannotMeasure when a document is refused."""
        example = material.documents[0]
        if not isinstance(found := self.read(example), Authentic):
            raise CannotMeasure(f"expected an authentic request, found {found}")
        count = how_many(lambda: self.read(example), effort.seconds)
        documents = [material.documents[n % len(material.documents)] for n in range(count)]
        return Read(
            ours=microseconds_each(lambda: documents, self.read, effort.rounds),
            native=microseconds_each(
                lambda: documents, lambda document: self.native.whole(document, material.public_key), effort.rounds
            ),
        )


def measure_reading(world: World, effort: Effort) -> Reading:
    """Raises CannotMeasure."""
    reader, writer = _Reader(world), RequestWriter(world)
    small = writer.material(Kind.SMETS2_READ, 100)
    large = {
        name: reader.compared(
            writer.firmware_update(bytes(size), devices=100), msgspec.structs.replace(effort, rounds=2)
        )
        for name, size in IMAGES.items()
    }
    worst, worst_name, count = _worst(reader, small.documents[0], effort)
    return Reading(
        small=reader.compared(small, effort),
        large=large,
        signxml=_usual_way(small.documents, reader.certificates, effort) if find_spec("signxml") else None,
        worst=worst,
        worst_name=worst_name,
        attacks=count,
    )


def _worst(reader: _Reader, signed: bytes, effort: Effort) -> tuple[float, str, int]:
    """The most expensive document, the best of some rounds, and how many there were."""
    documents = dict(attacks(signed))
    once = {name: milliseconds_once(partial(reader.read, document)) for name, document in documents.items()}
    candidates = sorted(once, key=lambda name: -once[name])[:_CANDIDATES]
    best = {
        name: microseconds_each(partial(list, [documents[name]]), reader.read, effort.rounds) / 1000
        for name in candidates
    }
    name = max(best, key=lambda each: best[each])
    return best[name], name, len(documents)


def _usual_way(documents: Sequence[bytes], certificates: CertificateDirectory, effort: Effort) -> float:
    """Parse, validate, ``XMLVerifier.verify``: microseconds for one document."""
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration, XMLVerifier

    read, schema = parser(), compiled_schema()
    expected = SignatureConfiguration(
        require_x509=False,
        signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    )
    certificate = x509.load_der_x509_certificate(_certificate_of(documents[0], certificates))

    def verify(document: bytes) -> None:
        root = etree.fromstring(document, read)
        schema.assertValid(root)
        XMLVerifier().verify(root, x509_cert=certificate, expect_config=expected)

    return microseconds_each(lambda: documents, verify, effort.rounds)


def _certificate_of(document: bytes, certificates: CertificateDirectory) -> bytes:
    root = etree.fromstring(document)
    issuer, serial = (root.findtext(f".//{{*}}{name}") or "" for name in ("X509IssuerName", "X509SerialNumber"))
    found = certificates.find(issuer, int(serial))
    if found is None:
        raise CannotMeasure(f"the certificate {serial} of {issuer} is not among the world's")
    return found.der
