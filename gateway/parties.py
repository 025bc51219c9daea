"""Who is known to the gateway, read from files: parties, certificates, registrations.

Parties are TOML (``[[party]] id, name, roles, status, receive_url``), certificates a folder of PEM files,
registrations CSV (``mpxn, role, party, from, to``). What a party may do is decided in ``routing``;
registrations are kept by the state.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from gateway.settings import Section, SettingsError
from routing.parties import Party, Registration
from schemas.certificates import CertificateDirectory, CertificateError, directory_from
from schemas.vocabulary import UserId, UserRole, UserStatus

T = TypeVar("T")

_MPAN: Final = re.compile(r"[0-9]{13}")
_MPRN: Final = re.compile(r"[0-9]{6,10}")
_GAS_ROLES: Final = frozenset({UserRole.GAS_SUPPLIER, UserRole.GAS_TRANSPORTER})
_EITHER_FUEL: Final = frozenset(
    {UserRole.REGISTERED_SUPPLIER_AGENT, UserRole.OTHER_USER, UserRole.METER_DATA_RETRIEVER}
)
REGISTRATION_COLUMNS: Final = ("mpxn", "role", "party", "from", "to")


class _PartyRow(Section, frozen=True, kw_only=True):
    """One ``[[party]]`` of the file."""

    id: UserId
    name: str
    roles: tuple[UserRole, ...]
    status: UserStatus = UserStatus.ACTIVE
    receive_url: str | None = None


class _PartiesFile(Section, frozen=True, kw_only=True):
    party: tuple[_PartyRow, ...] = ()


class PartyDirectory:
    """The parties by EUI-64, in the order of the file."""

    def __init__(self, parties: Iterable[Party]) -> None:
        """Raises ValueError when two parties share an EUI-64."""
        self._by_id: Final[dict[UserId, Party]] = {}
        for party in parties:
            other = self._by_id.setdefault(party.id, party)
            if other is not party:
                raise ValueError(f"{party.id} is both {other.name!r} and {party.name!r}")

    def find(self, user: UserId) -> Party | None:
        return self._by_id.get(user)

    def __iter__(self) -> Iterator[Party]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)


def load_parties(file: Path) -> PartyDirectory:
    """Read the parties' file. Raises SettingsError naming the file, the key and the finding."""
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{file}: cannot be read: {fault}") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{file}: not TOML: {fault}") from None
    try:
        rows = msgspec.convert(tree, _PartiesFile, dec_hook=_user_id).party
        return PartyDirectory(_party(place, row) for place, row in enumerate(rows))
    except (msgspec.ValidationError, ValueError) as fault:
        raise SettingsError(f"{file}: {fault}") from None


def _user_id(wanted: type, value: Any) -> Any:
    if wanted is UserId and isinstance(value, str):
        return UserId.parse(value)
    raise ValueError(f"expected the text of an EUI-64, found {value!r}")


def _party(place: int, row: _PartyRow) -> Party:
    at = f"party[{place}] ({row.id})"
    if not row.name.strip():
        raise ValueError(f"{at}.name: expected a name, found nothing")
    if len(set(row.roles)) != len(row.roles):
        raise ValueError(f"{at}.roles: expected each role once, found {' '.join(row.roles)}")
    if row.receive_url is not None and not row.receive_url.startswith(("http://", "https://")):
        raise ValueError(f"{at}.receive_url: expected an http or https address, found {row.receive_url!r}")
    return Party(id=row.id, name=row.name, roles=row.roles, status=row.status, receive_url=row.receive_url)


def write_parties(parties: Iterable[Party]) -> str:
    """The parties as ``load_parties`` reads them."""
    return "\n".join(_as_toml(party) for party in parties)


def _as_toml(party: Party) -> str:
    roles = ", ".join(json.dumps(role.value) for role in party.roles)
    lines = [
        "[[party]]",
        f'id = "{party.id}"',
        f"name = {json.dumps(party.name, ensure_ascii=False)}",
        f"roles = [{roles}]",
        f'status = "{party.status.value}"',
    ]
    if party.receive_url is not None:
        lines.append(f"receive_url = {json.dumps(party.receive_url)}")
    return "\n".join(lines) + "\n"


# ---- certificates


def load_certificates(folder: Path) -> CertificateDirectory:
    """Every ``*.pem`` of the folder. Raises SettingsError naming the file that cannot be used."""
    try:
        files = {path.name: path.read_bytes() for path in folder.glob("*.pem")} if folder.is_dir() else {}
    except OSError as fault:
        raise SettingsError(f"{folder}: cannot be read: {fault}") from None
    if not files:
        raise SettingsError(f"{folder}: expected PEM certificates (*.pem), found none")
    try:
        return directory_from(files)
    except CertificateError as fault:
        raise SettingsError(f"{folder}: {fault}") from None


# ---- registrations


class RegistrationRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a file of registrations says. With any fault it is not to be imported."""

    registrations: tuple[Registration, ...]
    faults: tuple[str, ...] = ()
    """``line 3: role: ...``, one for each cell that cannot be used."""
    unknown_columns: tuple[str, ...] = ()


def read_registrations(text: str) -> RegistrationRows:
    """Read registrations from CSV: a header row by name, columns in any order; every fault is found at once.

    ``from`` and ``to`` are ISO 8601; a date alone is its midnight, and a time without an offset is UTC
    (assumed). ``to`` is exclusive and may be empty. Meter points have 13 digits for electricity (MPAN),
    6 to 10 for gas (MPRN).
    """
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="", skipinitialspace=True)
    table.fieldnames = [name.strip().casefold() for name in table.fieldnames or ()]
    missing = [name for name in REGISTRATION_COLUMNS[:-1] if name not in table.fieldnames]
    if missing:
        return RegistrationRows(registrations=(), faults=(f"line 1: no column {', '.join(missing)}",))
    found: dict[tuple[str, UserRole, UserId, datetime], Registration] = {}
    faults: list[str] = []
    for cells in table:
        wrong: list[str] = []
        registration = _registration(cells, wrong)
        if registration is not None:
            key = (registration.mpxn, registration.role, registration.party, registration.start)
            if found.setdefault(key, registration) is not registration:
                wrong.append("mpxn: this registration was on an earlier line already")
        faults += [f"line {table.line_num}: {fault}" for fault in wrong]
    return RegistrationRows(
        registrations=tuple(found.values()),
        faults=tuple(faults),
        unknown_columns=tuple(name for name in table.fieldnames if name not in REGISTRATION_COLUMNS),
    )


def _registration(cells: Mapping[str, str | None], wrong: list[str]) -> Registration | None:
    def read(column: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse((cells.get(column) or "").strip())
        except ValueError as fault:
            wrong.append(f"{column}: {fault}")
            return None

    role, party = read("role", _role), read("party", UserId.parse_lenient)
    mpxn = read("mpxn", lambda text: _meter_point(text, role))
    start, end = read("from", _moment), read("to", lambda text: _moment(text) if text else None)
    if start is not None and end is not None and end <= start:
        wrong.append(f"to: expected a moment after {start.isoformat()}, found {end.isoformat()}")
    if wrong or role is None or party is None or mpxn is None or start is None:
        return None
    return Registration(mpxn=mpxn, role=role, party=party, start=start, end=end)


def _role(text: str) -> UserRole:
    try:
        return UserRole(text.upper())
    except ValueError:
        raise ValueError(f"expected one of {' '.join(UserRole)}, found {text!r}") from None


def _meter_point(text: str, role: UserRole | None) -> str:
    mpan, mprn = _MPAN.fullmatch(text), _MPRN.fullmatch(text)
    if role is None or role in _EITHER_FUEL:
        if mpan is None and mprn is None:
            raise ValueError(f"expected 13 digits (MPAN) or 6 to 10 (MPRN), found {text!r}")
    elif role in _GAS_ROLES:
        if mprn is None:
            raise ValueError(f"expected the 6 to 10 digits of an MPRN for {role.value}, found {text!r}")
    elif mpan is None:
        raise ValueError(f"expected the 13 digits of an MPAN for {role.value}, found {text!r}")
    return text


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"expected a date or time, 2025-03-31 or 2025-03-31T09:00:00Z, found {text!r}") from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
