"""The native steps of one signed document, bare: what lxml, OpenSSL and hashlib cost with nothing of ours around.

Counted is what no reader of such a document can do without, each step once, in the order of ``schemas.reading``:
the hardened parse, XSD validation against the compiled set, the canonical form of SignedInfo (exclusive) and of the
document without its Signature (inclusive), SHA-256 and the comparison of digests, base64 of both values, r||s to
DER, ECDSA verification with a key that is at hand, and giving the tree back. The signature's parts are taken by
position, the digest by its name: what lxml itself costs to get at them. Of an 11.1 the image's base64 and its
SHA-256 are counted as well: the checks ask for them.

Not counted, and so part of the ratio that ``reading`` and ``serve`` report: every refusal (the documents are known to
be good, no step looks), finding the certificate, and the request as values.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import statistics
import time
from collections.abc import Callable, Sequence
from importlib import resources
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from benchmarks.timing import Effort, how_many, microseconds_each
from schemas.xsd import SIGNATURE_NAMESPACE

_DS: Final = f"{{{SIGNATURE_NAMESPACE}}}"
_ECDSA: Final = ec.ECDSA(hashes.SHA256())


class NativeSteps(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of CPU for one document."""

    parse: float
    validate: float
    digest: float
    """Both canonical forms, SHA-256, compare."""
    verify: float
    parts: float
    """Finding the signature's parts, base64, DER."""
    free: float

    @property
    def sum(self) -> float:
        return self.parse + self.validate + self.digest + self.verify + self.parts + self.free


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """Documents of about one size, in rotation, and who signed them."""

    documents: Sequence[bytes]
    public_key: ec.EllipticCurvePublicKey
    """Of one signer of all."""


def parser() -> etree.XMLParser:
    """Hardened as the gateway's, and for texts of any length."""
    return etree.XMLParser(
        encoding="UTF-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, collect_ids=False
    )


def compiled_schema() -> etree.XMLSchema:
    """Our own schema set, compiled straight from its files."""
    with resources.as_file(resources.files("schemas.duis")) as folder:
        return etree.XMLSchema(file=str(folder / "duis.xsd"))


class _Parts(msgspec.Struct, frozen=True):
    """What is found in a tree before anything is computed."""

    root: etree._Element
    signature: etree._Element
    signed_info: etree._Element
    claimed: bytes
    der: bytes


class NativeReader:
    """Does the steps. One for each process, as the gateway has it."""

    def __init__(self) -> None:
        self._parser = parser()
        self._schema = compiled_schema()

    def steps(self, material: Material, effort: Effort) -> NativeSteps:
        """The median of each step over documents in rotation, each taken through all steps as a request is.

        In a loop of its own a step never leaves the processor's caches, and costs a quarter less than it ever
        does in a server; the facts that the goals come from were measured in rotation too.
        """
        documents, public_key = material.documents, material.public_key
        count = how_many(lambda: self.whole(documents[0], public_key), effort.seconds * 6 * effort.rounds)
        laps = [self._timed(documents[number % len(documents)], public_key) for number in range(max(count, 10))]
        medians = [statistics.median(step) / 1000 for step in zip(*laps, strict=True)]
        return NativeSteps(**dict(zip(NativeSteps.__struct_fields__, medians, strict=True)))

    def _timed(self, document: bytes, public_key: ec.EllipticCurvePublicKey) -> tuple[int, ...]:
        """Nanoseconds of each step, in the order of ``NativeSteps``.

        By the wall clock, because asking for CPU time costs as much as a short step: what interrupts one is no median.
        """
        start = time.perf_counter_ns()
        root = self._parsed(document)
        parsed = time.perf_counter_ns()
        self._schema.validate(root)
        validated = time.perf_counter_ns()
        parts = self._parts(root)
        found = time.perf_counter_ns()
        covered = self._digest(parts)
        digested = time.perf_counter_ns()
        public_key.verify(parts.der, covered, _ECDSA)
        verified = time.perf_counter_ns()
        del root, parts
        freed = time.perf_counter_ns()
        return (
            parsed - start,
            validated - parsed,
            digested - found,
            verified - digested,
            found - validated,
            freed - verified,
        )

    def whole(self, document: bytes, public_key: ec.EllipticCurvePublicKey) -> bytes:
        """All steps in a row; the digest."""
        root = self._parsed(document)
        self._schema.validate(root)
        parts = self._parts(root)
        covered = self._digest(parts)
        public_key.verify(parts.der, covered, _ECDSA)
        body = root[1][0] if len(root) > 1 and len(root[1]) else root
        if str(body.tag).endswith("}UpdateFirmware"):
            hashlib.sha256(binascii.a2b_base64(body[0].text or "")).digest()
        return parts.claimed

    def _parsed(self, document: bytes) -> etree._Element:
        return etree.fromstring(document, self._parser)

    @staticmethod
    def _parts(root: etree._Element) -> _Parts:
        signature = root[-1]
        signed_info, signature_value, _key_info = signature
        raw = base64.b64decode(signature_value.text or "")
        claimed = base64.b64decode(signed_info.findtext(f"{_DS}Reference/{_DS}DigestValue") or "")
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        return _Parts(root, signature, signed_info, claimed, encode_dss_signature(r, s))

    @staticmethod
    def _digest(parts: _Parts) -> bytes:
        covered = etree.tostring(parts.signed_info, method="c14n", exclusive=True, with_comments=False)
        parts.root.remove(parts.signature)
        canonical = etree.tostring(parts.root, method="c14n", exclusive=False, with_comments=False)
        if hashlib.sha256(canonical).digest() != parts.claimed:
            raise ValueError("a document of the benchmark does not have the digest that it claims")
        return covered


def sign_microseconds(document: bytes, key: ec.EllipticCurvePrivateKey, effort: Effort) -> float:
    """Digest, ECDSA and base64 of a document that is canonical already."""
    return _repeated(lambda: signature(document, key), effort)


def countersign_microseconds(received: bytes, key: ec.EllipticCurvePrivateKey, effort: Effort) -> float:
    """The same around the base64 of a received document."""
    return _repeated(lambda: signature(b"<csr>" + base64.b64encode(received) + b"</csr>", key), effort)


def mac_microseconds(message: bytes, effort: Effort) -> float:
    """Key derivation and AES-GCM over a GBCS message."""

    def mac() -> bytes:
        key = hashlib.sha256(message[:72]).digest()[:16]
        return AESGCM(key).encrypt(message[:12], b"", message)

    return _repeated(mac, effort)


def sign_tree_microseconds(document: bytes, key: ec.EllipticCurvePrivateKey, effort: Effort) -> float:
    """Signing octets that are not canonical: one parse and one canonical form first."""
    reader = parser()

    def signed() -> bytes:
        root = etree.fromstring(document, reader)
        return signature(etree.tostring(root, method="c14n", exclusive=False, with_comments=False), key)

    return _repeated(signed, effort)


def signature(canonical: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """``canonical`` with the base64 of a signature over its digest."""
    digest = base64.b64encode(hashlib.sha256(canonical).digest())
    r, s = decode_dss_signature(key.sign(b"<SignedInfo>" + digest + b"</SignedInfo>", _ECDSA))
    return canonical + base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))


def _repeated(step: Callable[[], object], effort: Effort) -> float:
    count = how_many(step, effort.seconds)
    return microseconds_each(lambda: range(count), lambda _: step(), effort.rounds)
