"""Who holds which keys and certificates in a sandbox: users, the DCC, the S1SPs.

``Roster`` says who there is and names files, ``Credentials`` holds what is in them; ``world`` writes and
reads those. This module makes a roster of its own; ``keystore`` makes one of a given keystore.
"""

from __future__ import annotations

from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.sandbox.models import Cohort
from gateway.sandbox.pki import Pki, Unit, certificate_pem, key_pem, new_key
from gateway.sandbox.registrants import Registrants
from schemas.vocabulary import DeviceId, Eui64, UserId, UserRole, UserStatus

ACCESS_CONTROL_BROKER: Final = DeviceId.parse("90-B3-D5-1F-30-00-00-02")
TRANSITIONAL_COS: Final = UserId.parse("90-B3-D5-1F-30-00-00-04")
"""Both as in the public test identities."""
_S1SPS: Final = {
    cohort: UserId.parse(f"90-B3-D5-1F-32-{number:02X}-00-00") for number, cohort in enumerate(Cohort, start=1)
}
"""EUI-64s of the S1SPs: the real ones are not published, these are made up."""


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever signs documents: names of files in ``keys`` and ``certificates``."""

    id: Eui64
    key: str
    certificate: str


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the sandbox."""

    id: UserId
    name: str
    roles: tuple[UserRole, ...]
    status: UserStatus = UserStatus.ACTIVE
    xml: Holder
    ds_key: str
    """File of the key that signs Pre-Commands."""


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody who signs in a sandbox."""

    users: tuple[Member, ...]
    dcc: Holder
    acb_key: str
    """File of the Access Control Broker's key agreement key."""
    acb_ds_key: str
    """File of the key with which it signs Commands of its own."""
    tcos: UserId
    """The transitional change of supplier party."""
    tcos_ds_key: str
    s1sps: dict[str, Holder]


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """PEM by file name."""

    keys: dict[str, bytes] = msgspec.field(default_factory=dict)
    certificates: dict[str, bytes] = msgspec.field(default_factory=dict)

    def issue(self, name: str, eui: Eui64, unit: Unit, pki: Pki) -> Holder:
        """A new signing key with its certificate, kept under ``name``."""
        key = new_key()
        self._keep(name, key, pki.organisations.organisation(eui, unit, key.public_key()))
        return Holder(id=eui, key=f"{name}.pem", certificate=f"{name}.pem")

    def issue_key_agreement(self, name: str, eui: Eui64, unit: Unit, pki: Pki) -> Holder:
        """As ``issue``, for key agreement."""
        key = new_key()
        self._keep(name, key, pki.organisations.organisation_key_agreement(eui, unit, key.public_key()))
        return Holder(id=eui, key=f"{name}.pem", certificate=f"{name}.pem")

    def _keep(self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self.keys[f"{name}.pem"] = key_pem(key)
        self.certificates[f"{name}.pem"] = certificate_pem(certificate)


class _SampleUser(msgspec.Struct, frozen=True, kw_only=True):
    id: UserId
    name: str
    roles: tuple[UserRole, ...]
    unit: Unit
    status: UserStatus = UserStatus.ACTIVE


def _user(number: int, name: str, roles: str, unit: Unit, status: UserStatus = UserStatus.ACTIVE) -> _SampleUser:
    return _SampleUser(
        id=UserId.parse(f"90-B3-D5-1F-31-{number:02X}-00-00"),
        name=name,
        roles=tuple(map(UserRole, roles.split())),
        unit=unit,
        status=status,
    )


_USERS: Final = (
    _user(0x01, "Alder Energy", "IS ES GS", Unit.SUPPLIER),
    _user(0x02, "Birch Power", "IS ES GS", Unit.SUPPLIER),
    _user(0x03, "Cedar Utilities", "IS GS", Unit.SUPPLIER, UserStatus.SUSPENDED),
    _user(0x11, "Downland Networks", "ED", Unit.NETWORK_OPERATOR),
    _user(0x12, "Elmfield Gas Networks", "GT", Unit.NETWORK_OPERATOR),
    _user(0x21, "Fennel Metering Agents", "RSA", Unit.OTHER),
    _user(0x31, "Garnet Energy Advice", "OU", Unit.OTHER),
    _user(0x41, "Hazel Meter Data", "MDR", Unit.OTHER),
)
"""Invented, in every role that there is."""
_FIRST, _SECOND, _SUSPENDED, _DISTRIBUTOR, _TRANSPORTER = _USERS[:5]

REGISTRANTS: Final = Registrants(
    first=_FIRST.id,
    second=_SECOND.id,
    suspended=_SUSPENDED.id,
    exporter=_FIRST.id,
    distributor=_DISTRIBUTOR.id,
    transporter=_TRANSPORTER.id,
)


def make_roster(pki: Pki) -> tuple[Roster, Credentials]:
    """Everybody with new keys: users with an XML-signing and a digital-signing certificate each."""
    credentials = Credentials()
    dcc = credentials.issue("dcc-xml-signing", ACCESS_CONTROL_BROKER, Unit.DSP_XML_SIGNING, pki)
    acb = credentials.issue_key_agreement(
        "access-control-broker-ka", ACCESS_CONTROL_BROKER, Unit.ACCESS_CONTROL_BROKER, pki
    )
    acb_ds = credentials.issue("access-control-broker-ds", ACCESS_CONTROL_BROKER, Unit.ACCESS_CONTROL_BROKER, pki)
    roster = Roster(
        users=tuple(_with_keys(user, credentials, pki) for user in _USERS),
        dcc=dcc,
        acb_key=acb.key,
        acb_ds_key=acb_ds.key,
        tcos=TRANSITIONAL_COS,
        tcos_ds_key=credentials.issue("transitional-cos-ds", TRANSITIONAL_COS, Unit.TRANSITIONAL_COS, pki).key,
        s1sps=issue_s1sps(credentials, pki),
    )
    return roster, credentials


def _with_keys(user: _SampleUser, credentials: Credentials, pki: Pki) -> Member:
    name = user.name.split()[0].lower()
    return Member(
        id=user.id,
        name=user.name,
        roles=user.roles,
        status=user.status,
        xml=credentials.issue(f"{name}-xml-signing", user.id, Unit.XML_SIGNING, pki),
        ds_key=credentials.issue(f"{name}-ds", user.id, user.unit, pki).key,
    )


def issue_s1sps(credentials: Credentials, pki: Pki) -> dict[str, Holder]:
    """One S1SP for each cohort, by its name. The unit of their certificates is assumed."""
    return {
        cohort.value: credentials.issue(f"s1sp-{cohort.value}", eui, Unit.XML_SIGNING, pki)
        for cohort, eui in _S1SPS.items()
    }
