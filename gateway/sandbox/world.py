"""A complete world in one directory, made once: PKI, parties, an estate of homes, product lists, configuration.

::

    DIRECTORY/config.toml            what ``duis-gateway serve --config`` wants
    DIRECTORY/parties.toml
    DIRECTORY/certificates/*.pem     of users, the DCC and the S1SPs
    DIRECTORY/keys/*.pem             of the same
    DIRECTORY/authorities/*.pem      roots and issuing authorities
    DIRECTORY/products/              one revision in force
    DIRECTORY/state.db               devices, their key agreement certificates, registrations
    DIRECTORY/world.json             written last: without it the world is not made

Who and what is in it is told by ``identities``, ``keystore``, ``estate``, ``rtds_home`` and ``lists``; the
far sides that it needs are ``simulators``'.
"""

from __future__ import annotations

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.key_files import private_key
from gateway.parties import load_parties, write_parties
from gateway.sandbox.addresses import Addresses, configuration, with_other_address, with_other_ports
from gateway.sandbox.estate import Home, make_estate
from gateway.sandbox.furnishing import certify, fill_products, fill_store, progress_bar
from gateway.sandbox.identities import REGISTRANTS, Holder, Roster, make_roster
from gateway.sandbox.keystore import KEYSTORE_REGISTRANTS, read_keystore
from gateway.sandbox.lists import SampleFirmware, cpl_entries, epcl_entries, sample_firmware
from gateway.sandbox.pki import Pki, certificate_pem, make_pki
from gateway.sandbox.rtds_home import rtds_home, template_entries
from gateway.settings import Settings, SettingsError, load_settings
from gateway.whole_files import replace_file
from routing.parties import Party
from schemas.certificates import CertificateError, read_certificate
from schemas.records import json_decoder, to_json
from schemas.signature import SigningIdentity
from schemas.vocabulary import DeviceId, UserId, UserRole, UserStatus

HOMES: Final = 1000
HOMES_ON_A_KEYSTORE: Final = 50
_MARKER: Final = "world.json"
_UNDER_WAY: Final = "world.making"
"""Stands in a directory that is being made: whatever else is there was put there by us."""
_FORMAT: Final = 1


class UserKeys(msgspec.Struct, frozen=True, kw_only=True):
    """A user as its own systems know it."""

    name: str
    roles: tuple[UserRole, ...]
    status: UserStatus
    xml: SigningIdentity
    ds_key: ec.EllipticCurvePrivateKey
    """Signs Pre-Commands."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """A world that is made, and the keys of everybody in it."""

    directory: Path
    settings: Settings
    """Of ``config.toml``, with what the environment overrides."""
    dcc: SigningIdentity
    users: dict[UserId, UserKeys]
    s1sps: dict[str, SigningIdentity]
    acb_key: ec.EllipticCurvePrivateKey
    """The Access Control Broker's key agreement key."""
    homes: tuple[Home, ...]
    named: dict[str, DeviceId]
    """Devices by what is to be shown with them: ``plans.FEATURED`` has the names, ``rtds-esme`` and so on
    are there on a keystore."""
    firmware: dict[str, SampleFirmware]
    """Images by name: see ``lists.sample_firmware``."""

    @property
    def config(self) -> Path:
        return self.directory / "config.toml"


class _Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What a world is made from; another origin is another world."""

    homes: int
    seed: int
    keystore: str | None
    """SHA-256 of the file, hexadecimal; ``None``: keys of its own."""
    device_certificates: bool


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """The marker: what the other files do not say."""

    format: int = _FORMAT
    origin: _Origin
    addresses: Addresses
    roster: Roster
    homes: tuple[Home, ...]
    named: dict[str, DeviceId]
    firmware: dict[str, SampleFirmware]


_read_record: Final = json_decoder(_Record).decode


def make_world(
    directory: Path,
    *,
    port: int = 8079,
    operator_port: int = 8078,
    simulators_port: int = 8077,
    keystore: Path | None = None,
    device_certificates: Path | None = None,
    receive_url: str | None = None,
    homes: int | None = None,
    seed: int = 1,
    now: datetime | None = None,
) -> World:
    """Make the world of ``directory``, or load the one that is there, on the addresses given.

    ``homes`` is 1000, or 50 on a keystore, unless it is said; at least those of ``plans.FEATURED``. A half-made
    world is made anew. Raises SettingsError when the directory holds something else or a world of other
    origin, or a file that is given cannot be used; OSError and Unavailable when files cannot be written.
    """
    if device_certificates is not None and keystore is None:
        raise SettingsError("device certificates go with a keystore: give both or none")
    addresses = Addresses(
        port=port, operator_port=operator_port, simulators_port=simulators_port, receive_url=receive_url
    )
    origin = _Origin(
        homes=homes if homes is not None else HOMES if keystore is None else HOMES_ON_A_KEYSTORE,
        seed=seed,
        keystore=None if keystore is None else _digest(keystore),
        device_certificates=device_certificates is not None,
    )
    if (directory / _MARKER).exists():
        _settle_addresses(directory, origin, addresses)
        return load_world(directory)
    _make(directory, origin, addresses, keystore, device_certificates, now or datetime.now(UTC))
    return load_world(directory)


def load_world(directory: Path) -> World:
    """Raises SettingsError when there is no world, or one of its files cannot be used."""
    record = _load_record(directory)
    settings = load_settings(directory / "config.toml")
    roster = record.roster
    return World(
        directory=directory,
        settings=settings,
        dcc=_identity(directory, roster.dcc),
        users={
            user.id: UserKeys(
                name=user.name,
                roles=user.roles,
                status=user.status,
                xml=_identity(directory, user.xml),
                ds_key=private_key(directory / "keys" / user.ds_key),
            )
            for user in roster.users
        },
        s1sps={name: _identity(directory, s1sp) for name, s1sp in roster.s1sps.items()},
        acb_key=private_key(directory / "keys" / roster.acb_key),
        homes=record.homes,
        named=record.named,
        firmware=record.firmware,
    )


# ---- making


def _make(
    directory: Path,
    origin: _Origin,
    addresses: Addresses,
    keystore: Path | None,
    device_certificates: Path | None,
    now: datetime,
) -> None:
    pki = make_pki(now)
    if keystore is None:
        (roster, credentials), registrants = make_roster(pki), REGISTRANTS
    else:
        (roster, credentials), registrants = read_keystore(keystore, pki), KEYSTORE_REGISTRANTS
    try:
        estate = make_estate(origin.homes, origin.seed, registrants)
    except ValueError as fault:
        raise SettingsError(f"homes: {fault}") from None
    rtds = None if keystore is None else rtds_home(device_certificates, roster.users)
    devices = (*(rtds.devices if rtds else ()), *estate.devices)
    registrations = (*(rtds.registrations if rtds else ()), *estate.registrations)

    _clear(directory)
    _write_authorities(directory / "authorities", pki)
    _write(directory / "certificates", credentials.certificates)
    _write(directory / "keys", credentials.keys, secret=True)
    with progress_bar() as progress:
        certificates = certify(devices, pki.devices, rtds.certificates if rtds else {}, progress)
        fill_store(directory / "state.db", devices, registrations, certificates, progress)
    fill_products(directory / "products", (*cpl_entries(), *(template_entries() if rtds else ())), epcl_entries(), now)
    parties = (_party(user.id, user.name, user.roles, user.status, addresses) for user in roster.users)
    replace_file(directory / "parties.toml", write_parties(parties).encode())
    replace_file(directory / "config.toml", configuration(roster, addresses).encode())
    record = _Record(
        origin=origin,
        addresses=addresses,
        roster=roster,
        homes=(*((rtds.home,) if rtds else ()), *estate.homes),
        named={**estate.named, **(rtds.named if rtds else {})},
        firmware=sample_firmware(),
    )
    replace_file(directory / _MARKER, to_json(record))
    (directory / _UNDER_WAY).unlink()


def _clear(directory: Path) -> None:
    """An empty directory to make a world in. Nothing is deleted but what a half-made world left."""
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / _UNDER_WAY).exists():
        for place in directory.iterdir():
            if place.name != _UNDER_WAY:
                shutil.rmtree(place) if place.is_dir() else place.unlink()
        return
    if any(directory.iterdir()):
        raise SettingsError(f"{directory}: expected an empty directory or a sandbox's, found one with other files")
    (directory / _UNDER_WAY).touch()


def _write(folder: Path, files: dict[str, bytes], *, secret: bool = False) -> None:
    folder.mkdir(mode=0o700 if secret else 0o777)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _write_authorities(folder: Path, pki: Pki) -> None:
    issuing = {"organisation-issuing": pki.organisations.certificate, "device-issuing": pki.devices.certificate}
    _write(folder, {f"{name}.pem": certificate_pem(one) for name, one in {**pki.roots, **issuing}.items()})


def _party(user: UserId, name: str, roles: tuple[UserRole, ...], status: UserStatus, addresses: Addresses) -> Party:
    return Party(id=user, name=name, roles=roles, status=status, receive_url=addresses.receives(user))


# ---- what is there already


def _settle_addresses(directory: Path, origin: _Origin, addresses: Addresses) -> None:
    """Refuse a world of other origin; bring one that is on other addresses to those given."""
    record = _load_record(directory)
    if record.origin != origin:
        there, wanted = msgspec.structs.asdict(record.origin), msgspec.structs.asdict(origin)
        differing = ", ".join(
            f"{name} {there[name]}, not {wanted[name]}" for name in there if there[name] != wanted[name]
        )
        raise SettingsError(f"{directory}: the world in it was made with {differing}: choose another directory")
    if record.addresses == addresses:
        return
    config, parties = directory / "config.toml", directory / "parties.toml"
    text = with_other_ports(config.read_text(encoding="utf-8"), record.addresses, addresses)
    moved = [with_other_address(party, record.addresses, addresses) for party in load_parties(parties)]
    replace_file(config, text.encode())
    replace_file(parties, write_parties(moved).encode())
    replace_file(directory / _MARKER, to_json(msgspec.structs.replace(record, addresses=addresses)))


def _load_record(directory: Path) -> _Record:
    file = directory / _MARKER
    try:
        return _read_record(file.read_bytes())
    except FileNotFoundError:
        raise SettingsError(f"{directory}: no sandbox has been made here") from None
    except (OSError, msgspec.MsgspecError, ValueError) as fault:
        raise SettingsError(f"{file}: cannot be read: {fault}; delete {directory} and make it anew") from None


def _identity(directory: Path, holder: Holder) -> SigningIdentity:
    file = directory / "certificates" / holder.certificate
    try:
        certificate = read_certificate(holder.certificate, file.read_bytes())
    except (OSError, CertificateError) as fault:
        raise SettingsError(f"{file}: cannot be used: {fault}") from None
    return SigningIdentity(
        key=private_key(directory / "keys" / holder.key), issuer=certificate.issuer, serial=certificate.serial
    )


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as fault:
        raise SettingsError(f"{file}: cannot be read: {fault}") from None
