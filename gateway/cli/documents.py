"""``duis-gateway validate``, ``sign`` and ``verify``: documents in files, without a gateway.

The same reading, the same hardening and the same signature profile as the service. Nothing is looked up:
whether a sender may ask is ``explain``'s question.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import orjson
from lxml import etree

from gateway.cli.arguments import moment
from gateway.cli.exits import CannotRun, environment, json_option, refuse
from gateway.loading import signing_identity
from gateway.parties import load_certificates
from schemas import signature
from schemas.certificates import CertificateDirectory, KnownCertificate
from schemas.faults import path_of
from schemas.reading import read_request
from schemas.records import to_builtins
from schemas.request import Malformed, Unauthenticated
from schemas.xsd import DuisSchema, SchemaError, own_schema, published_schema

_LONG_TEXTS: Final = 9_000_000
"""Octets of a document from which on the parser is told to accept texts above its own limit."""

_file = click.Path(dir_okay=False, path_type=Path)
_folder = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_file)
@click.option("--schema-dir", type=_folder, help="A published schema set to validate by; without it, our own.")
@json_option
def validate(files: tuple[Path, ...], schema_dir: Path | None, as_json: bool) -> None:
    """Validate DUIS documents: one line for a valid file, a line for each fault of another.

    Signatures are not verified. Exit code 1 when any file is not valid.
    """
    schema = _schema(schema_dir)
    all_valid = True
    for file in files:
        document = _octets(file)
        outcome = schema.read(document, large=len(document) > _LONG_TEXTS)
        fault = outcome if isinstance(outcome, Malformed) else None
        all_valid = all_valid and fault is None
        if as_json:
            click.echo(orjson.dumps(_verdict(file, fault)))
        else:
            click.echo(f"{file}: ok" if fault is None else _lines(file, fault))
    if not all_valid:
        raise SystemExit(1)


@click.command()
@click.argument("request_file", metavar="REQUEST.xml", type=_file)
@click.option("--key", required=True, type=_file, help="Private key, PEM, P-256, without a password.")
@click.option("--cert", required=True, type=_file, help="Its certificate, PEM or DER.")
def sign(request_file: Path, key: Path, cert: Path) -> None:
    """Sign REQUEST.xml in the DUIS profile; the signed document goes to standard output.

    White space stays as it is, and some verifiers accept compact documents only. Exit code 1 for a document
    that the gateway would not parse, and for one that is signed already.
    """
    document = _octets(request_file)
    with environment():
        identity = signing_identity(key, cert)
    root = own_schema().parse(document, large=len(document) > _LONG_TEXTS)
    if isinstance(root, Malformed):
        refuse(_lines(request_file, root))
    present = signature.verify(root, CertificateDirectory(()), datetime.now(UTC))
    if not isinstance(present, Unauthenticated) or present.kind != "unsigned":
        refuse(f"{request_file}: has a Signature already")
    try:
        signed = signature.sign(root, identity)
    except etree.LxmlError:
        refuse(f"{request_file}: has no canonical form (a relative namespace URI?)")
    sys.stdout.buffer.write(signed)
    sys.stdout.buffer.flush()


@click.command()
@click.argument("file", metavar="DOCUMENT.xml", type=_file)
@click.option("--certs", required=True, type=_folder, help="Folder of the certificates that are known, *.pem.")
@click.option("--at", type=moment, help="As of this moment, ISO 8601.")
@json_option
def verify(file: Path, certs: Path, at: datetime | None, as_json: bool) -> None:
    """Verify the signature of DOCUMENT.xml and say who made it.

    A Request is read as the service reads it: by the schema, the signature, and that the signer is the
    originator. Exit code 1, with the reason, when it does not verify.
    """
    document = _octets(file)
    with environment():
        certificates = load_certificates(certs)
    outcome = _verified(document, certificates, at or datetime.now(UTC))
    if isinstance(outcome, Malformed | Unauthenticated):
        if as_json:
            click.echo(orjson.dumps({"file": str(file), "verified": False, **to_builtins(outcome)}))
            raise SystemExit(1)
        refuse(
            _lines(file, outcome) if isinstance(outcome, Malformed) else f"{file}: {outcome.kind}: {outcome.message}"
        )
    digest, certificate = outcome
    if as_json:
        click.echo(
            orjson.dumps(
                {
                    "file": str(file),
                    "verified": True,
                    "signer": str(certificate.eui),
                    "certificate": certificate.name,
                    "issuer": certificate.issuer,
                    "serial": str(certificate.serial),
                    "digest": digest.hex(),
                }
            )
        )
    else:
        click.echo(f"{file}: signed by {certificate.eui} ({certificate.name}), digest {digest.hex()}")


def _octets(file: Path) -> bytes:
    with environment():
        return file.read_bytes()


def _schema(folder: Path | None) -> DuisSchema:
    if folder is None:
        return own_schema()
    with environment():
        files = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    try:
        return published_schema(files)
    except SchemaError as fault:
        raise CannotRun(f"{folder}: {fault}") from None


def _verified(
    document: bytes, certificates: CertificateDirectory, now: datetime
) -> tuple[bytes, KnownCertificate] | Malformed | Unauthenticated:
    """Digest and certificate."""
    schema, large = own_schema(), len(document) > _LONG_TEXTS
    root = schema.parse(document, large=large)
    if isinstance(root, Malformed):
        return root
    if path_of(root) == "/Request":
        request = read_request(document, schema, certificates, now, large=large)
        return request if isinstance(request, Malformed | Unauthenticated) else (request.digest, request.certificate)
    outcome = signature.verify(root, certificates, now)
    return outcome if isinstance(outcome, Unauthenticated) else (outcome.digest, outcome.certificate)


def _verdict(file: Path, fault: Malformed | None) -> dict[str, Any]:
    if fault is None:
        return {"file": str(file), "valid": True, "faults": []}
    return {"file": str(file), "valid": False, **to_builtins(fault)}


def _lines(file: Path, malformed: Malformed) -> str:
    """``FILE:LINE:COLUMN: PATH: message (hint)``, a line for each fault."""
    return "\n".join(
        f"{file}:{f.line}:{f.column}: {f.path or '/'}: {f.message}" + (f" ({f.hint})" if f.hint else "")
        for f in malformed.faults
    )
