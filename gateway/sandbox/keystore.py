"""A roster made of a given keystore: the public test identities that DUIS client libraries come with.

The file is JSON in the form of ``keystore.json`` of ``@smartdcc/dccboxed-keystore``::

    {eui: {"digitalSignature" | "keyAgreement": {serial: {certificate, privateKey, name, role}}}}

All certificates become known but for those that are no DER to us (the published file has two); whoever
stands in the roster must have one that is. S1SPs are in no such file: they get new keys. The devices that go with
the keystore are ``rtds_home``'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from gateway.sandbox.identities import (
    ACCESS_CONTROL_BROKER,
    TRANSITIONAL_COS,
    Credentials,
    Holder,
    Member,
    Roster,
    issue_s1sps,
)
from gateway.sandbox.pki import Pki
from gateway.sandbox.registrants import Registrants
from gateway.settings import SettingsError
from schemas.certificates import CertificateError, read_certificate
from schemas.vocabulary import Eui64, UserId, UserRole

_XML_SIGNING: Final = 135
_DSP_XML_SIGNING: Final = 137
_ACB_KEY_AGREEMENT: Final = "Z1-accessControlBroker-ka"
"""By name: of the two that the file holds, the one that the devices of RTDS were made with."""
_ACB_SIGNING: Final = "Z1-accessControlBroker-ds"
_TCOS_SIGNING: Final = "Z1-transitionalCoS-ds"
_SECOND_SET: Final = "Z1b-"
"""Names of the second set of organisation keys; the first is what RTDS uses."""


class _Entry(msgspec.Struct, frozen=True, rename="camel"):
    """One certificate of the file."""

    certificate: str
    private_key: str
    name: str
    role: int

    @property
    def file(self) -> str:
        return re.sub(r"[^A-Za-z0-9.-]", "_", self.name) + ".pem"


class _Held(msgspec.Struct, frozen=True, rename="camel"):
    """All of one organisation's, by serial number."""

    digital_signature: dict[str, _Entry] = {}
    key_agreement: dict[str, _Entry] = {}


class _KnownUser(msgspec.Struct, frozen=True, kw_only=True):
    id: UserId
    name: str
    roles: tuple[UserRole, ...]


def _known(eui: str, name: str, roles: str) -> _KnownUser:
    return _KnownUser(id=UserId.parse(eui), name=name, roles=tuple(map(UserRole, roles.split())))


_SUPPLIER, _NETWORKS, _SUPPLIER_2, _OTHER_USER = _USERS = (
    _known("90-B3-D5-1F-30-01-00-00", "Test Supplier", "IS GS ES"),
    _known("90-B3-D5-1F-30-02-00-00", "Test Network Operator", "ED GT"),
    _known("90-B3-D5-1F-30-03-00-00", "Test Supplier 2", "IS GS"),
    _known("00-DB-12-34-56-78-00-04", "Test Other User", "OU"),
)
"""The users of the keystore; that they hold these roles is what the clients' requests show."""

KEYSTORE_REGISTRANTS: Final = Registrants(
    first=_SUPPLIER.id,
    second=_SUPPLIER_2.id,
    suspended=None,
    exporter=_SUPPLIER.id,
    distributor=_NETWORKS.id,
    transporter=_NETWORKS.id,
)


def read_keystore(file: Path, pki: Pki) -> tuple[Roster, Credentials]:
    """Raises SettingsError naming the file and what it lacks."""
    try:
        held = msgspec.json.decode(file.read_bytes(), type=dict[str, _Held])
        store = {Eui64.parse_lenient(eui): one for eui, one in held.items()}
        return _roster(store, pki)
    except OSError as fault:
        raise SettingsError(f"{file}: cannot be read: {fault}") from None
    except (msgspec.MsgspecError, ValueError) as fault:
        raise SettingsError(f"{file}: not a keystore that a sandbox can be made of: {fault}") from None


def _roster(store: dict[Eui64, _Held], pki: Pki) -> tuple[Roster, Credentials]:
    credentials = Credentials()
    for held in store.values():
        for entry in (*held.digital_signature.values(), *held.key_agreement.values()):
            _keep(entry, credentials)
    signing, agreeing = _signing(store, ACCESS_CONTROL_BROKER), store[ACCESS_CONTROL_BROKER].key_agreement.values()
    dcc = _first((e for e in signing if e.role == _DSP_XML_SIGNING), f"role {_DSP_XML_SIGNING}")
    acb = _first((e for e in agreeing if e.name == _ACB_KEY_AGREEMENT), _ACB_KEY_AGREEMENT)
    acb_ds = _first((e for e in signing if e.name == _ACB_SIGNING), _ACB_SIGNING)
    tcos = _first((e for e in _signing(store, TRANSITIONAL_COS) if e.name == _TCOS_SIGNING), _TCOS_SIGNING)
    roster = Roster(
        users=tuple(_member(user, _signing(store, user.id)) for user in _USERS),
        dcc=Holder(id=ACCESS_CONTROL_BROKER, key=dcc.file, certificate=dcc.file),
        acb_key=acb.file,
        acb_ds_key=acb_ds.file,
        tcos=TRANSITIONAL_COS,
        tcos_ds_key=tcos.file,
        s1sps=issue_s1sps(credentials, pki),
    )
    return roster, credentials


def _keep(entry: _Entry, credentials: Credentials) -> None:
    certificate = entry.certificate.encode()
    try:
        read_certificate(entry.file, certificate)
    except CertificateError:
        return
    if credentials.certificates.setdefault(entry.file, certificate) != certificate:
        raise ValueError(f"two certificates are named {entry.name!r}")
    credentials.keys[entry.file] = entry.private_key.encode()


def _signing(store: dict[Eui64, _Held], eui: Eui64) -> tuple[_Entry, ...]:
    if eui not in store:
        raise ValueError(f"expected certificates of {eui}, found none")
    return tuple(store[eui].digital_signature.values())


def _member(user: _KnownUser, signing: tuple[_Entry, ...]) -> Member:
    digital = [entry for entry in signing if not _signs_xml(entry)]
    ds = _first(sorted(digital, key=lambda entry: entry.name.startswith(_SECOND_SET)), f"a signing key of {user.id}")
    # A user without an XML-signing key signs its documents with its digital-signing key.
    xml = next((entry for entry in signing if _signs_xml(entry)), ds)
    return Member(
        id=user.id,
        name=user.name,
        roles=user.roles,
        xml=Holder(id=user.id, key=xml.file, certificate=xml.file),
        ds_key=ds.file,
    )


def _signs_xml(entry: _Entry) -> bool:
    return entry.role == _XML_SIGNING or entry.name.startswith("xml-sign-")


def _first(entries: Iterable[_Entry], wanted: str) -> _Entry:
    for entry in entries:
        return entry
    raise ValueError(f"expected {wanted}, found none")
