"""``duis-gateway parties``: users, certificates, S1SPs, and the registrations that tie users to meter points."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import orjson
from rich.table import Column, Table
from rich.text import Text

from gateway.cli.console import wide_console
from gateway.cli.exits import CannotRun, config_option, environment, json_option, refuse, settings_of
from gateway.parties import PartyDirectory, load_certificates, load_parties, read_registrations
from gateway.settings import Settings, SettingsError
from gateway.sqlite_state import SqliteState
from gateway.whole_files import replace_file
from routing.parties import Registration
from schemas.certificates import CertificateDirectory, KnownCertificate
from schemas.records import to_builtins
from schemas.vocabulary import Eui64

OWNER = "command line"
"""The name under which commands open the state; it never holds a hand-off."""


@click.group()
def parties() -> None:
    """Users, certificates, registrations: import, show."""


@parties.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
def import_file(file: Path, config: Path) -> None:
    """Take over FILE: parties (.toml) or registrations (.csv), all or nothing.

    Parties replace the file that is configured. Registrations (columns mpxn, role, party, from, to) are
    added to the store, or replace those of the same meter point, role, party and start.
    """
    settings = settings_of(config)
    match file.suffix.lower():
        case ".toml":
            _import_parties(file, settings)
        case ".csv":
            _import_registrations(file, settings)
        case _:
            raise CannotRun(f"{file}: expected parties (.toml) or registrations (.csv)")


def _import_parties(file: Path, settings: Settings) -> None:
    with environment():
        data = file.read_bytes()
    try:
        found = load_parties(file)
    except SettingsError as fault:
        refuse(str(fault))
    with environment():
        replace_file(settings.parties.file, data)
    click.echo(f"{file}: {len(found)} parties are now in {settings.parties.file}")


def _import_registrations(file: Path, settings: Settings) -> None:
    with environment():
        try:
            rows = read_registrations(file.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as fault:
            raise CannotRun(f"{file}: not UTF-8: {fault}") from None
        known = load_parties(settings.parties.file)
    if rows.unknown_columns:
        click.echo(f"{file}: unknown columns, not read: {', '.join(rows.unknown_columns)}")
    if rows.faults:
        click.echo("\n".join(f"{file}: {fault}" for fault in rows.faults))
        refuse(f"{file}: nothing was imported: {len(rows.faults)} faults")
    for stranger in dict.fromkeys(r.party for r in rows.registrations if known.find(r.party) is None):
        click.echo(f"{file}: {stranger} is not a party yet: its registrations have no effect until it is")
    with environment():
        asyncio.run(_store(settings.store.path, rows.registrations))
    click.echo(f"{file}: {len(rows.registrations)} registrations imported")


async def _store(path: Path, registrations: Iterable[Registration]) -> None:
    state = SqliteState(path, owner=OWNER)
    await state.open()
    try:
        await state.import_registrations(registrations)
    finally:
        await state.close()


@parties.command()
@json_option
@config_option
def show(as_json: bool, config: Path) -> None:
    """Users with roles, status, certificates and receive address; the DCC's own certificates; the S1SPs."""
    settings = settings_of(config)
    with environment():
        known, certificates = load_parties(settings.parties.file), load_certificates(settings.parties.certificates)
    now = datetime.now(UTC)
    if as_json:
        click.echo(orjson.dumps(_as_object(settings, known, certificates, now), option=orjson.OPT_INDENT_2))
        return
    console = wide_console()
    for table in _tables(settings, known, certificates, now):
        console.print(table)


def _as_object(
    settings: Settings, known: PartyDirectory, certificates: CertificateDirectory, now: datetime
) -> dict[str, Any]:
    def certified(eui: Eui64) -> list[dict[str, Any]]:
        return [_certificate_object(each, now) for each in certificates.of(eui)]

    return {
        "parties": [{**to_builtins(p), "status": p.status.value, "certificates": certified(p.id)} for p in known],
        "dcc": {"id": str(settings.gbcs.acb), "certificates": certified(settings.gbcs.acb)},
        "s1sps": [
            {"name": name, "id": str(s1sp.id), "url": s1sp.url, "certificates": certified(s1sp.id)}
            for name, s1sp in settings.s1sp.items()
        ],
    }


def _certificate_object(certificate: KnownCertificate, now: datetime) -> dict[str, Any]:
    return {
        "file": certificate.name,
        "id": str(certificate.eui),
        "unit": certificate.unit,
        "issuer": certificate.issuer,
        "serial": str(certificate.serial),
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "valid": certificate.valid_at(now),
        "for_signatures": certificate.for_signatures,
    }


def _tables(
    settings: Settings, known: PartyDirectory, certificates: CertificateDirectory, now: datetime
) -> Iterable[Table]:
    def certified(eui: Eui64) -> str:
        return _lines(certificates.of(eui), now)

    users = _table("users", "user", "name", "roles", "status", "certificates", "receives at")
    for p in known:
        row = (str(p.id), p.name, " ".join(p.roles), p.status.value, certified(p.id), p.receive_url or "nowhere")
        users.add_row(*map(Text, row))
    yield users
    dcc = _table("DCC", "access control broker", "certificates")
    dcc.add_row(*map(Text, (str(settings.gbcs.acb), certified(settings.gbcs.acb))))
    yield dcc
    providers = _table("SMETS1 service providers", "S1SP", "name", "certificates", "address")
    for name, s1sp in settings.s1sp.items():
        providers.add_row(*map(Text, (str(s1sp.id), name, certified(s1sp.id), s1sp.url)))
    yield providers


def _table(title: str, *headings: str) -> Table:
    """Folds what is too long for its column: half an identifier is of no use to anybody."""
    return Table(*(Column(heading, overflow="fold") for heading in headings), title=title)


def _lines(certificates: tuple[KnownCertificate, ...], now: datetime) -> str:
    if not certificates:
        return "none"
    return "\n".join(_line(each, now) for each in certificates)


def _line(certificate: KnownCertificate, now: datetime) -> str:
    purpose = "signs" if certificate.for_signatures else "agrees keys"
    until = "until" if certificate.valid_at(now) or now < certificate.not_before else "EXPIRED"
    return f"{certificate.unit or '--'} {purpose}, {until} {certificate.not_after:%Y-%m-%d}"
