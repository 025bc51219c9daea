"""``duis-gateway gbcs``: build GBCS messages from requests and device facts, sign Pre-Commands, and read messages.

Works on files alone: no inventory, no ledger, no service. Keys are PEM or DER files.
"""

from __future__ import annotations

import sys
import tomllib
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, assert_never

import click
import msgspec
import orjson
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    load_der_private_key,
    load_pem_private_key,
)

from gateway.cli.exits import CannotRun, environment, json_option, refuse
from gbcs.build import build_command, build_pre_command, sign_pre_command
from gbcs.crypto import shared_secret
from gbcs.describe import describe
from gbcs.facts import DeviceFacts, HubLog, LogEntry
from gbcs.message import GeneralSigned, decode_message
from gbcs.refusal import Refused
from gbcs.usecases.usecase import Originator
from schemas.reading import read_request_unverified
from schemas.records import from_builtins
from schemas.request import Malformed, ServiceRequest
from schemas.vocabulary import DeviceId, DeviceType, UserId, UserRole
from schemas.xsd import own_schema

T = TypeVar("T")

_PEM = b"-----BEGIN"


class Kind(StrEnum):
    """What is to be built."""

    PRE_COMMAND = "pre-command"
    COMMAND = "command"


class HubLogFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The device log of the hub that another takes over from (8.12.1)."""

    extended_pan_id: str
    """8 octets in hexadecimal."""
    devices: dict[str, str] = {}
    """EUI-64 of each device and the hash of its link key, 16 octets in hexadecimal, in their order."""

    def log(self) -> HubLog:
        """Raises ValueError."""
        entries = tuple(
            LogEntry(device=DeviceId.parse(device), link_key_hash=_octets(text, 16))
            for device, text in self.devices.items()
        )
        return HubLog(extended_pan_id=_octets(self.extended_pan_id, 8), entries=entries)


class FactsFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """FACTS.toml: what a build needs that the request does not say. The device is the request's target."""

    device_type: DeviceType
    gbcs_version: str | None = None
    twin_element: bool = False
    phases: int | None = None
    """Of an ESME: 1 or 3."""
    customer_identification_number: str | None = None
    hub_log: HubLogFile | None = None
    gpf_log: dict[str, DeviceType] | None = None
    """The log of the gas proxy function that another takes over from (8.12.2): EUI-64 and type of each device."""
    joining_type: DeviceType | None = None
    """Of the device that is to join the target, or to be joined by it (8.7)."""
    joining_certificate: str | None = None
    """File of that device's key agreement certificate, PEM or DER."""
    originator_role: UserRole | None = None
    build_time: datetime | None = None
    """With an offset; the present moment when absent."""
    acb: UserId | None = None
    acb_counter: int | None = None
    acb_ka_key: str | None = None
    """File of the access control broker's key agreement key, PEM or DER, without a password."""
    acb_ds_key: str | None = None
    """File of the broker's digital-signing key, for the Commands that it signs itself."""
    tcos: UserId | None = None
    """The transitional change of supplier party (6.23), its counter and its digital-signing key's file."""
    tcos_counter: int = 0
    tcos_ds_key: str | None = None
    device_ka_certificate: str | None = None
    """File of the device's key agreement certificate, PEM or DER."""


@click.group()
def gbcs() -> None:
    """GBCS messages: build from a request, sign a Pre-Command, show what a message says."""


@gbcs.command()
@click.argument("request_file", metavar="REQUEST.xml", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--facts", "facts_file", required=True, type=click.Path(dir_okay=False, path_type=Path), help="FACTS.toml."
)
@click.option("--kind", required=True, type=click.Choice([kind.value for kind in Kind]), help="What to build.")
@click.option(
    "--keys",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the key files; without it, that of FACTS.toml.",
)
def build(request_file: Path, facts_file: Path, kind: str, keys: Path | None) -> None:
    """Build the GBCS message of REQUEST.xml and write it in hexadecimal.

    The request's signature is not verified. Exit code 1, with the reason, when nothing can be built.
    """
    with environment():
        facts = _read_facts(facts_file)
        document = request_file.read_bytes()
    request = read_request_unverified(document, own_schema())
    if isinstance(request, Malformed):
        for fault in request.faults:
            click.echo(f"{request_file}:{fault.line}:{fault.column}: {fault.path}: {fault.message}")
        raise SystemExit(1)
    with environment():
        built = _build(request, facts, Kind(kind), keys or facts_file.parent)
    if isinstance(built, Refused):
        refuse(built.reason)
    click.echo(built.hex().upper())


@gbcs.command()
@click.argument("message", metavar="HEX")
@json_option
def show(message: str, as_json: bool) -> None:
    """Show the fields of a GBCS message given in hexadecimal (``-`` reads it from standard input)."""
    try:
        described = describe(_message(message))
    except ValueError as fault:
        refuse(str(fault))
    if as_json:
        click.echo(orjson.dumps(described, option=orjson.OPT_INDENT_2).decode())
        return
    for line in _lines(described, ""):
        click.echo(line)


@gbcs.command()
@click.argument("pre_command", metavar="HEX")
@click.option(
    "--key", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Digital-signing key, PEM or DER."
)
@click.option("--base64", "as_base64", is_flag=True, help="Read and write base64, as DUIS documents have it.")
def sign(pre_command: str, key: Path, as_base64: bool) -> None:
    """Sign a Pre-Command given in hexadecimal (``-`` reads it from standard input), as its user does.

    Writes the Signed Pre-Command, for the body of command variants 5, 6 and 7.
    """
    octets = _message(pre_command, as_base64=as_base64)
    try:
        message = decode_message(octets)
    except ValueError as fault:
        refuse(str(fault))
    if not isinstance(message, GeneralSigned) or message.signature is not None:
        refuse("expected a Pre-Command: general-signing (DF) without a signature")
    with environment():
        signed = sign_pre_command(octets, _private_key(key))
    click.echo(b64encode(signed).decode() if as_base64 else signed.hex().upper())


def _message(text: str, *, as_base64: bool = False) -> bytes:
    text = sys.stdin.read() if text == "-" else text
    try:
        return b64decode("".join(text.split()), validate=True) if as_base64 else bytes.fromhex(text)
    except ValueError:
        refuse(f"the message is not {'base64' if as_base64 else 'hexadecimal'}")


def _build(request: ServiceRequest, facts: FactsFile, kind: Kind, folder: Path) -> bytes | Refused:
    device = DeviceFacts(
        id=request.request_id.target,
        type=facts.device_type,
        gbcs_version=facts.gbcs_version,
        twin_element=facts.twin_element,
        phases=facts.phases,
        customer_identification_number=facts.customer_identification_number,
        hub_log=None if facts.hub_log is None else facts.hub_log.log(),
        gpf_log=_gpf_log(facts),
        joining_type=facts.joining_type,
        joining_certificate=(
            None if facts.joining_certificate is None else _certificate_der(folder / facts.joining_certificate)
        ),
    )
    build_time = facts.build_time or datetime.now(UTC)
    match kind:
        case Kind.PRE_COMMAND:
            return build_pre_command(request, device, build_time, role=facts.originator_role)
        case Kind.COMMAND:
            return build_command(
                request,
                device,
                build_time,
                acb=_needed(facts.acb, "acb"),
                acb_counter=_needed(facts.acb_counter, "acb_counter"),
                secret=_secret(facts, folder),
                role=facts.originator_role,
                tcos=facts.tcos,
                tcos_counter=facts.tcos_counter,
                signing_keys=_signing_keys(facts, folder),
            )
        case _:
            assert_never(kind)


def _read_facts(file: Path) -> FactsFile:
    try:
        facts = from_builtins(tomllib.loads(file.read_text(encoding="utf-8")), FactsFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError, ValueError) as fault:
        raise CannotRun(f"{file}: {fault}") from None
    if facts.build_time is not None and facts.build_time.tzinfo is None:
        raise CannotRun(f"{file}: build_time needs an offset, 2015-01-01T00:00:00Z")
    try:
        if facts.hub_log is not None:
            facts.hub_log.log()
        _gpf_log(facts)
    except ValueError as fault:
        raise CannotRun(f"{file}: {fault}") from None
    for name, counter in (("acb_counter", facts.acb_counter), ("tcos_counter", facts.tcos_counter)):
        if counter is not None and not 0 <= counter < 2**64:
            raise CannotRun(f"{file}: {name} is not an unsigned 64-bit number")
    return facts


def _gpf_log(facts: FactsFile) -> tuple[tuple[DeviceId, DeviceType], ...] | None:
    return None if facts.gpf_log is None else tuple((DeviceId.parse(eui), kind) for eui, kind in facts.gpf_log.items())


def _signing_keys(facts: FactsFile, folder: Path) -> dict[Originator, ec.EllipticCurvePrivateKey]:
    files = {Originator.ACB: facts.acb_ds_key, Originator.TCOS: facts.tcos_ds_key}
    return {party: _private_key(folder / name) for party, name in files.items() if name is not None}


def _secret(facts: FactsFile, folder: Path) -> bytes:
    key_file = folder / _needed(facts.acb_ka_key, "acb_ka_key")
    certificate_file = folder / _needed(facts.device_ka_certificate, "device_ka_certificate")
    certificate = _certificate_der(certificate_file)
    key = _private_key(key_file)
    try:
        return shared_secret(key, certificate)
    except ValueError as fault:
        raise CannotRun(f"{key_file} with {certificate_file}: {fault}") from None


def _certificate_der(file: Path) -> bytes:
    octets = file.read_bytes()
    if not octets.startswith(_PEM):
        return octets
    try:
        return x509.load_pem_x509_certificate(octets).public_bytes(Encoding.DER)
    except ValueError as fault:
        raise CannotRun(f"{file}: not a certificate: {fault}") from None


def _private_key(file: Path) -> ec.EllipticCurvePrivateKey:
    octets = file.read_bytes()
    try:
        if octets.startswith(_PEM):
            key = load_pem_private_key(octets, password=None)
        else:
            key = load_der_private_key(octets, password=None)
    except (ValueError, TypeError) as fault:
        raise CannotRun(f"{file}: not a private key: {fault}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CannotRun(f"{file}: a P-256 key is needed, found {type(key).__name__}")
    return key


def _octets(text: str, count: int) -> bytes:
    octets = bytes.fromhex(text)
    if len(octets) != count:
        raise ValueError(f"expected {count} octets in hexadecimal, found {text!r}")
    return octets


def _needed(value: T | None, name: str) -> T:
    if value is None:
        raise CannotRun(f"a Command needs {name} in the facts file")
    return value


def _lines(value: Any, indent: str) -> Iterator[str]:
    for name, member in value.items():
        if isinstance(member, dict):
            yield f"{indent}{name}:"
            yield from _lines(member, indent + "  ")
        elif isinstance(member, list) and any(isinstance(item, dict) for item in member):
            for number, item in enumerate(member):
                yield f"{indent}{name}[{number}]:"
                yield from _lines(item, indent + "  ")
        elif isinstance(member, list):
            yield f"{indent}{name}: {', '.join(member) or '-'}"
        else:
            yield f"{indent}{name}: {'-' if member in (None, '') else member}"
