"""Reading and verifying one document: against the bare native calls, against the usual libraries, at its worst.

``read_request`` is all that happens between received octets and a request as values: every refusal, the hardened
parse, the schema, the signature, the certificate, the values. Below the line stand the native steps of the same
document in a row (``benchmarks.native`` says which); what we add to them is the ratio. Both take turns, and the best
round of each counts, because what disturbs a round only ever adds to it.

The usual way is lxml and signxml, as tools have it: parse, validate, verify, then take the header's texts from what
was signed. signxml belongs to the development dependencies, and without it that row is left out; so are those on the
published schema set and templates where these are not at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.util import find_spec
from typing import Final

import msgspec
from cryptography import x509
from lxml import etree

from benchmarks.attacks import attacks
from benchmarks.native import Material, NativeReader, compiled_schema, parser
from benchmarks.published import Published, published
from benchmarks.requests import Kind, RequestWriter
from benchmarks.schema_memory import SchemaMemory, measure_schema_memory
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
    """One document, or several in rotation."""

    ours: float
    """Microseconds of CPU, ``read_request``."""
    native: float
    """Of the native steps in a row."""
    usual: float | None = None
    """Of the usual way; ``None`` where it was not measured."""


class OnPublished(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured on the published schema set and templates."""

    templates: int
    read: Read
    """One of the templates, all in rotation."""
    own_schema: float
    """Microseconds of CPU: the verdict of our schema set on a template."""
    published_schema: float
    """Of the published one."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    small: Read
    large: dict[str, Read]
    on_published: OnPublished | None
    """``None``: the published files are not at hand."""
    memory: SchemaMemory
    worst: float
    """Milliseconds of CPU for the worst document of 64 KB."""
    worst_name: str
    attacks: int


class _Reader:
    """``read_request`` on a world's schema and certificates, and the bare calls on the same."""

    def __init__(self, world: World) -> None:
        self.certificates: CertificateDirectory = load_certificates(world.settings.parties.certificates)
        self.schema = own_schema()
        self.native = NativeReader()
        self._now = datetime.now(UTC)

    def read(self, document: bytes) -> object:
        return read_request(document, self.schema, self.certificates, self._now, large=len(document) > _LONG_TEXTS)

    def compared(self, material: Material, effort: Effort, usual: Callable[[bytes], object] | None = None) -> Read:
        """Raises CannotMeasure when a document is refused."""
        refused = [found for found in map(self.read, material.documents) if not isinstance(found, Authentic)]
        if refused:
            raise CannotMeasure(f"expected authentic requests, found {refused[0]}")
        example, whole = material.documents[0], len(material.documents)
        count = max(how_many(lambda: self.read(example), effort.seconds), min(whole, effort.requests))
        documents = [material.documents[n % whole] for n in range(count)]

        def bare(document: bytes) -> bytes:
            return self.native.whole(document, material.public_key)

        ways = [self.read, bare] if usual is None else [self.read, bare, usual]
        turns = [[microseconds_each(lambda: documents, way, 1) for way in ways] for _ in range(effort.rounds)]
        ours, native, *others = (min(times) for times in zip(*turns, strict=True))
        return Read(ours=ours, native=native, usual=others[0] if others else None)


def measure_reading(world: World, effort: Effort) -> Reading:
    """Raises CannotMeasure."""
    reader, writer = _Reader(world), RequestWriter(world)
    small = writer.material(Kind.SMETS2_READ, 100)
    usual = _usual_way(small.documents[0], reader.certificates) if find_spec("signxml") else None
    files = published()
    # Memory given back and taken again makes single readings of these vary.
    longer = msgspec.structs.replace(effort, rounds=2 * effort.rounds)
    large = {
        name: reader.compared(writer.firmware_update(bytes(size), devices=100), longer) for name, size in IMAGES.items()
    }
    worst, worst_name, count = _worst(reader, small.documents[0], effort)
    return Reading(
        small=reader.compared(small, effort, usual),
        large=large,
        on_published=None if files is None else _on_published(files, reader, world, effort),
        memory=measure_schema_memory(),
        worst=worst,
        worst_name=worst_name,
        attacks=count,
    )


def _on_published(files: Published, reader: _Reader, world: World, effort: Effort) -> OnPublished:
    user = next(iter(world.users))
    material = files.templates(user, world.users[user].xml)
    trees = [etree.fromstring(document) for document in material.documents]
    theirs = files.schema()
    turns = [
        [microseconds_each(lambda: trees, schema.accepts, 1) for schema in (reader.schema, theirs)]
        for _ in range(effort.rounds)
    ]
    return OnPublished(
        templates=len(trees),
        read=reader.compared(material, effort),
        own_schema=min(own for own, _ in turns),
        published_schema=min(other for _, other in turns),
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


def _usual_way(example: bytes, certificates: CertificateDirectory) -> Callable[[bytes], object]:
    """Parse, validate, ``XMLVerifier.verify``, the header's texts; for documents by the signer of ``example``."""
    from signxml.algorithms import DigestAlgorithm, SignatureMethod
    from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

    read, schema = parser(), compiled_schema()
    expected = SignatureConfiguration(
        require_x509=False,
        signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
        digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    )
    certificate = x509.load_der_x509_certificate(_certificate_of(example, certificates))

    def verified(document: bytes) -> dict[str, str | None]:
        root = etree.fromstring(document, read)
        schema.assertValid(root)
        found = XMLVerifier().verify(root, x509_cert=certificate, expect_config=expected)
        if not isinstance(found, VerifyResult) or found.signed_xml is None:
            raise CannotMeasure("expected one signed document from signxml")
        return {str(element.tag): element.text for element in found.signed_xml[0]}

    return verified


def _certificate_of(document: bytes, certificates: CertificateDirectory) -> bytes:
    root = etree.fromstring(document)
    issuer, serial = (root.findtext(f".//{{*}}{name}") or "" for name in ("X509IssuerName", "X509SerialNumber"))
    found = certificates.find(issuer, int(serial))
    if found is None:
        raise CannotMeasure(f"the certificate {serial} of {issuer} is not among the world's")
    return found.der
