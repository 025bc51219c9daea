"""The configuration: one TOML file, overridden by ``DUIS_GATEWAY__SECTION__KEY`` in the environment.

Small frozen sections that are passed by hand to whoever needs one. An unknown key is an error that
names it. Paths are relative to the file's folder.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec

from cpl.testing_issues import Thresholds
from routing.advisories import AdvisoryOverride
from routing.policy import CheckOverride, GbcsMeasure, PpmidPolicy
from routing.transitions import TransitionOverride
from schemas.records import to_stable_json
from schemas.response_codes import KNOWN_VERSIONS
from schemas.vocabulary import CommandVariant, DeviceId, DeviceStatus, DeviceType, UserId, UserRole

PREFIX = "DUIS_GATEWAY__"
MOST_WORKERS: Final = 32
"""Originator counters tell 64 processes apart: so many workers, and beside each the one for its large documents."""


class SettingsError(Exception):
    """The configuration cannot be used; the message names the file, the key and the finding."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the file."""


class Tls(Section, frozen=True, kw_only=True):
    """TLS of one listener, or of the connections to one far side."""

    certificate: Path | None = None
    """PEM chain to present."""
    key: Path | None = None
    client_ca: Path | None = None
    """PEM bundle: when given, a peer must present a certificate that it issued (mutual TLS)."""


class Listen(Section, frozen=True, kw_only=True):
    """Where users and far sides post to."""

    host: str = "127.0.0.1"
    port: int = 8079
    tls: Tls = Tls()


class Operator(Section, frozen=True, kw_only=True):
    """The operators' port. Off loopback it must have a token."""

    host: str = "127.0.0.1"
    port: int = 8078
    token: str | None = None
    tls: Tls = Tls()


class Schemas(Section, frozen=True, kw_only=True):
    directory: Path | None = None
    """A published schema set to use instead of our own."""
    versions: frozenset[str] = KNOWN_VERSIONS
    """The versions of DUIS that a request may declare; another is refused (E55)."""


class Store(Section, frozen=True, kw_only=True):
    path: Path = Path("state.db")
    keep_finished_days: int = 90
    """Finished requests are forgotten after this many days, and their RequestIDs with them."""
    max_megabytes: int = 16_384
    """Above this the oldest finished requests are forgotten before their time."""


class Signing(Section, frozen=True, kw_only=True):
    """The DCC's XML-signing identity."""

    key: Path
    certificate: Path


class Gbcs(Section, frozen=True, kw_only=True):
    """The Access Control Broker's side of GBCS."""

    acb: DeviceId = DeviceId.parse("90-B3-D5-1F-30-00-00-02")
    """EUI-64 of the ACB: the target of non-device requests and the originator of its own commands."""
    key_agreement_key: Path
    """PEM of the ACB's key agreement private key."""
    acb_signing_key: Path | None = None
    """PEM of the ACB's digital-signing key, for the Commands that it signs itself (6.21, 8.7.2, 8.8.2)."""
    tcos: UserId | None = None
    """The transitional change of supplier party: originator of 6.23's Commands, with its digital-signing key."""
    tcos_signing_key: Path | None = None
    gbcs_version: str = "4.3"
    """What a PreCommand's GBCSVersion says where the device's own version is not known (assumed)."""


class Parties(Section, frozen=True, kw_only=True):
    file: Path = Path("parties.toml")
    certificates: Path = Path("certificates")
    """A folder of PEM certificates: users' XML-signing and digital-signature, S1SPs', the DCC's."""


class Products(Section, frozen=True, kw_only=True):
    directory: Path = Path("products")


class Ppmid(Section, frozen=True, kw_only=True):
    policy: PpmidPolicy = PpmidPolicy.PRENOTIFIED


class S1sp(Section, frozen=True, kw_only=True):
    """One SMETS1 service provider."""

    id: UserId
    """EUI-64 of its signing certificate."""
    url: str
    cohort: str | None = None
    """IOC, MDS, Secure or FOC; ``None``: that of the section's name, if it is one."""
    tls: Tls = Tls()


class Wan(Section, frozen=True, kw_only=True):
    """The WAN provider of one region."""

    url: str
    tls: Tls = Tls()


class Limits(Section, frozen=True, kw_only=True):
    """Sizes in octets, rates per second."""

    transform_octets: int = 262_144
    send_command_octets: int = 262_144
    non_device_octets: int = 16_777_216
    """An 11.1 with the largest image and list is about 15 MB."""
    body_seconds: float = 60.0
    """Within this time a document must have arrived."""
    large_document_octets: int = 102_400
    """Above this a document goes to a process of its own, so that nobody else waits for it."""
    large_non_device_octets: int = 16_384
    """The same of serviceD, where fewer octets may be a list of hundreds of devices."""
    far_side_octets: int = 4_194_304
    in_flight: int = 512
    """Requests at work in one worker; above it, 503 with Retry-After."""
    originator_rate: float = 0.0
    """Requests a second for one originator; 0 for no limit."""
    originator_burst: int = 50
    large_in_flight: Annotated[int, msgspec.Meta(ge=1)] = 4
    """Large documents that one worker has at work at once (one that is read holds up to 100 MB)."""
    large_seconds: float = 60.0
    """Within this time a large document must have been answered; a process that does not is ended."""
    large_idle_seconds: float = 300.0
    """So long after the last large document its process ends; the next one starts it again."""


class HandOffPolicy(Section, frozen=True, kw_only=True):
    """How the outbox delivers."""

    concurrency: int = 64
    """Deliveries at once, per destination."""
    timeout_seconds: float = 10.0
    first_retry_seconds: float = 1.0
    longest_retry_seconds: float = 300.0
    give_up_after_hours: float = 24.0
    """Then the hand-off becomes a dead letter (24 h: assumed)."""
    breaker_failures: int = 10
    """So many failures in a row open the circuit of a destination."""
    breaker_seconds: float = 5.0


class Traces(Section, frozen=True, kw_only=True):
    path: Path = Path("traces.db")
    max_age_days: int = 30
    max_megabytes: int = 2048
    queue: int = 10_000
    """Traces waiting to be written; above it they are dropped and counted."""


class Workers(Section, frozen=True, kw_only=True):
    count: int = 1
    one_cpu: bool = True
    """Each keeps its threads on one CPU, and leaves one that others keep busy."""


Count = Annotated[int, msgspec.Meta(ge=0)]


class Rules(Section, frozen=True, kw_only=True):
    """Corrections to the rule tables by whoever holds the official text."""

    checks: dict[str, CheckOverride] = {}
    """By check name: another code, whether it refuses or advises, or off."""
    transitions: dict[str, TransitionOverride] = {}
    """By transition name: other statuses, other alert codes, or off."""
    advisories: dict[str, AdvisoryOverride] = {}
    """By advisory name: other cohorts, makers, models or services, or off."""
    device_types: dict[str, tuple[DeviceType, ...]] = {}
    """By service reference variant: the device types it is for."""
    device_statuses: dict[str, tuple[DeviceStatus, ...]] = {}
    """By service reference variant: the inventory statuses in which it reaches a device."""
    roles: dict[str, tuple[UserRole, ...]] = {}
    """By service reference variant: the user roles that may send it, whatever the DUIS version."""
    hub_image_octets: dict[str, Count] = {}
    """How large an image a hub can hold, octets, by its manufacturer or ``manufacturer/model``."""
    image_gbcs: dict[str, tuple[GbcsMeasure, ...]] = {}
    """For 11.1 or 11.4: what the GBCS version of an image's CPL entry is held against, ``device``, ``hub`` or none."""
    image_days: Count = 5
    """How long an accepted 11.1 or 11.4 is taken to be under way for a device, days (assumed); 0: not at all."""
    future_dating_days: Count = 30
    """How far ahead an ExecutionDateTime may be, days (assumed)."""
    for_smets1: frozenset[str] = frozenset()
    """Service reference variants that SMETS1 devices offer, though the built-in table has them not."""
    not_for_smets1: frozenset[str] = frozenset()
    """Service reference variants that SMETS1 devices do not offer, though the built-in table has them."""
    smets1_critical_variant: CommandVariant = CommandVariant.SEND
    """The command variant of a critical request to a SMETS1 device (assumed)."""


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class Logging(Section, frozen=True, kw_only=True):
    level: str = "INFO"
    format: LogFormat = LogFormat.TEXT


class Settings(Section, frozen=True, kw_only=True):
    """The whole file; ``listen`` and the rest are handed on one by one."""

    signing: Signing
    gbcs: Gbcs
    listen: Listen = Listen()
    operator: Operator = Operator()
    schemas: Schemas = Schemas()
    store: Store = Store()
    parties: Parties = Parties()
    products: Products = Products()
    ppmid: Ppmid = Ppmid()
    s1sp: dict[str, S1sp] = {}
    wan: dict[str, Wan] = {}
    limits: Limits = Limits()
    hand_off: HandOffPolicy = HandOffPolicy()
    traces: Traces = Traces()
    workers: Workers = Workers()
    rules: Rules = Rules()
    logging: Logging = Logging()
    testing_issues: Thresholds | None = None
    """What ``products lifecycle`` permits (``None``: what it assumes); no request is decided by it."""

    @property
    def revision(self) -> str:
        """Twelve hexadecimal digits that name exactly these settings; traces carry it."""
        return hashlib.sha256(to_stable_json(self)).hexdigest()[:12]


SECRET_KEYS = frozenset({"token"})


def load_settings(file: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Read FILE and what the environment overrides. Raises SettingsError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{file}: cannot be read: {fault}") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{file}: not TOML: {fault}") from None
    _override(tree, os.environ if environment is None else environment)
    root = file.resolve().parent

    def restore(wanted: type, value: Any) -> Any:
        if wanted is Path:
            return (root / value) if isinstance(value, str) else _refuse(value, "a path")
        parse = getattr(wanted, "parse", None)
        return parse(value) if parse and isinstance(value, str) else _refuse(value, wanted.__name__)

    try:
        settings = msgspec.convert(tree, Settings, dec_hook=restore, strict=False)
    except (msgspec.ValidationError, ValueError) as fault:
        raise SettingsError(f"{file}: {fault}") from None
    _absolute_defaults = {
        "store": msgspec.structs.replace(settings.store, path=root / settings.store.path),
        "parties": msgspec.structs.replace(
            settings.parties, file=root / settings.parties.file, certificates=root / settings.parties.certificates
        ),
        "products": msgspec.structs.replace(settings.products, directory=root / settings.products.directory),
        "traces": msgspec.structs.replace(settings.traces, path=root / settings.traces.path),
    }
    settings = msgspec.structs.replace(settings, **_absolute_defaults)
    _sensible(file, settings)
    return settings


def _refuse(value: object, expected: str) -> Any:
    raise ValueError(f"expected {expected}, found {value!r}")


def _override(tree: dict[str, Any], environment: Mapping[str, str]) -> None:
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        keys = [key.lower() for key in name.removeprefix(PREFIX).split("__")]
        place = tree
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value


def _sensible(file: Path, settings: Settings) -> None:
    """What the types alone do not say. Raises SettingsError."""
    if settings.operator.host not in {"127.0.0.1", "::1", "localhost"} and not settings.operator.token:
        raise SettingsError(f"{file}: operator.token: needed when operator.host is {settings.operator.host!r}")
    for name, tls in (("listen", settings.listen.tls), ("operator", settings.operator.tls)):
        if (tls.certificate is None) != (tls.key is None):
            raise SettingsError(f"{file}: {name}.tls: certificate and key go together")
        if tls.client_ca is not None and tls.certificate is None:
            raise SettingsError(f"{file}: {name}.tls.client_ca: mutual TLS needs certificate and key as well")
    if settings.workers.count < 1:
        raise SettingsError(f"{file}: workers.count: at least 1, found {settings.workers.count}")
    if settings.workers.count > MOST_WORKERS:
        raise SettingsError(f"{file}: workers.count: at most {MOST_WORKERS}, found {settings.workers.count}")


def show(settings: Settings) -> dict[str, Any]:
    """The effective settings with secrets redacted, for people and ``config show``."""
    tree = msgspec.to_builtins(settings, enc_hook=str)

    def redact(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: "(redacted)" if k in SECRET_KEYS and v else redact(v) for k, v in value.items()}
        return value

    return dict(redact(tree))
