"""Parties, certificates and registrations from files, and the commands that people use them through."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson
import pytest
from click.testing import CliRunner, Result

from gateway.cli.parties import parties
from gateway.parties import (
    load_certificates,
    load_parties,
    read_registrations,
    write_parties,
)
from gateway.ports import Stage, Wanted
from gateway.sandbox.pki import Pki, Unit, certificate_pem, make_pki, new_key
from gateway.settings import SettingsError
from gateway.sqlite_state import SqliteState
from routing.inventory import Device
from routing.parties import Party, Registration
from schemas.vocabulary import DeviceId, DeviceType, Generation, RequestId, UserId, UserRole, UserStatus

NOW = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)
ALDER, BIRCH = UserId.parse("90-B3-D5-1F-31-01-00-00"), UserId.parse("90-B3-D5-1F-31-02-00-00")
PARTIES = """
[[party]]
id = "90-b3-d5-1f-31-01-00-00"
name = "Alder Energy"
roles = ["IS", "GS"]
receive_url = "http://127.0.0.1:8077/users/alder"

[[party]]
id = "90-B3-D5-1F-31-02-00-00"
name = "Birch \\"Power\\" Ltd"
roles = ["OU"]
status = "Suspended"
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "parties.toml"
    file.write_text(text, encoding="utf-8")
    return file


# ---- parties


def test_parties_are_found_by_eui_and_kept_in_order(tmp_path: Path) -> None:
    found = load_parties(written(tmp_path, PARTIES))
    alder = Party(
        id=ALDER,
        name="Alder Energy",
        roles=(UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER),
        receive_url="http://127.0.0.1:8077/users/alder",
    )
    birch = Party(id=BIRCH, name='Birch "Power" Ltd', roles=(UserRole.OTHER_USER,), status=UserStatus.SUSPENDED)
    assert [alder, birch] == list(found)
    assert 2 == len(found)
    assert alder == found.find(ALDER)
    assert None is found.find(UserId(7))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    found = load_parties(written(tmp_path, PARTIES))
    assert list(found) == list(load_parties(written(tmp_path, write_parties(found))))


ONE = '[[party]]\nid = "90-B3-D5-1F-31-01-00-00"\nname = "Alder"\nroles = ["IS"]\n'
REFUSED_PARTIES = {
    "an unknown key is named": (ONE + 'colour = "red"\n', "Object contains unknown field `colour` - at `$.party[0]`"),
    "an unknown table is named": (ONE + "[other]\n", "Object contains unknown field `other`"),
    "a missing key is named": (
        '[[party]]\nid = "90-B3-D5-1F-31-01-00-00"\nname = "Alder"\n',
        "Object missing required field `roles` - at `$.party[0]`",
    ),
    "an unknown role is named": (
        ONE.replace("IS", "XX"),
        "Invalid enum value 'XX' - at `$.party[0].roles[0]`",
    ),
    "an unknown status is named": (ONE + 'status = "Gone"\n', "Invalid enum value 'Gone' - at `$.party[0].status`"),
    "an identifier of another form is shown": (
        ONE.replace("90-B3-D5-1F-31-01-00-00", "90B3"),
        "'90B3' is not an EUI-64 (eight hexadecimal pairs joined by hyphens) - at `$.party[0].id`",
    ),
    "an identifier that is no text is shown": (
        ONE.replace('"90-B3-D5-1F-31-01-00-00"', "90"),
        "expected the text of an EUI-64, found 90 - at `$.party[0].id`",
    ),
    "an empty name": (
        ONE.replace("Alder", " "),
        "party[0] (90-B3-D5-1F-31-01-00-00).name: expected a name, found nothing",
    ),
    "a role that stands twice": (
        ONE.replace('"IS"', '"IS", "GS", "IS"'),
        "party[0] (90-B3-D5-1F-31-01-00-00).roles: expected each role once, found IS GS IS",
    ),
    "a receive address that is none": (
        ONE + 'receive_url = "nowhere"\n',
        "party[0] (90-B3-D5-1F-31-01-00-00).receive_url: expected an http or https address, found 'nowhere'",
    ),
    "one identifier for two parties": (
        ONE + ONE.replace("Alder", "Birch").replace("B3-D5-1F", "b3-d5-1f"),
        "90-B3-D5-1F-31-01-00-00 is both 'Alder' and 'Birch'",
    ),
    "a file that is not TOML": (
        "[[party]\n",
        "not TOML: Expected ']]' at the end of an array declaration (at line 1, column 8)",
    ),
}


@pytest.mark.parametrize(("text", "message"), REFUSED_PARTIES.values(), ids=REFUSED_PARTIES.keys())
def test_parties_that_cannot_be_used_are_refused(tmp_path: Path, text: str, message: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(SettingsError) as refusal:
        load_parties(file)
    assert f"{file}: {message}" == str(refusal.value)


def test_a_parties_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "none.toml"
    with pytest.raises(SettingsError) as refusal:
        load_parties(file)
    assert f"{file}: cannot be read: [Errno 2] No such file or directory: '{file}'" == str(refusal.value)


# ---- certificates


@pytest.fixture(scope="module")
def pki() -> Pki:
    return make_pki(NOW)


def certificate_of(user: UserId, pki: Pki, unit: Unit = Unit.XML_SIGNING) -> bytes:
    return certificate_pem(pki.organisations.organisation(user, unit, new_key().public_key()))


def test_every_pem_of_a_folder_is_a_certificate(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "alder.pem").write_bytes(certificate_of(ALDER, pki))
    (tmp_path / "birch.pem").write_bytes(certificate_of(BIRCH, pki, Unit.SUPPLIER))
    (tmp_path / "notes.txt").write_text("not a certificate")
    found = load_certificates(tmp_path)
    assert 2 == len(found)
    assert [("birch.pem", "02")] == [(each.name, each.unit) for each in found.of(BIRCH)]


def test_a_pem_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "alder.pem").write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n")
    with pytest.raises(SettingsError) as refusal:
        load_certificates(tmp_path)
    assert str(refusal.value).startswith(f"{tmp_path}: alder.pem: ")


def test_a_certificate_without_an_eui_is_named(tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "authority.pem").write_bytes(certificate_pem(pki.organisations.certificate))
    with pytest.raises(SettingsError) as refusal:
        load_certificates(tmp_path)
    assert f"{tmp_path}: authority.pem: no EUI-64 in its subject" == str(refusal.value)


@pytest.mark.parametrize("folder", ["", "missing"], ids=["an empty folder", "a folder that is not there"])
def test_without_certificates_nobody_could_send(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_certificates(tmp_path / folder)
    assert f"{tmp_path / folder}: expected PEM certificates (*.pem), found none" == str(refusal.value)


# ---- registrations

HEADER = "mpxn,role,party,from,to\n"
MPAN, MPRN = "1430000000029", "7000103"


def test_registrations_are_read_by_column_name() -> None:
    rows = read_registrations(
        "To, Role, Party, MPxN, From, Note\n"
        f",is,90b3d51f31010000,{MPAN},2019-06-19,moved in\n"
        f"2025-01-01T00:00:00+01:00,GT,{BIRCH},{MPRN},2013-07-01T12:00:00Z,\n"
    )
    assert () == rows.faults
    assert ("note",) == rows.unknown_columns
    assert (
        Registration(mpxn=MPAN, role=UserRole.IMPORT_SUPPLIER, party=ALDER, start=datetime(2019, 6, 19, tzinfo=UTC)),
        Registration(
            mpxn=MPRN,
            role=UserRole.GAS_TRANSPORTER,
            party=BIRCH,
            start=datetime(2013, 7, 1, 12, tzinfo=UTC),
            end=datetime(2024, 12, 31, 23, tzinfo=UTC),
        ),
    ) == rows.registrations


FAULTY_REGISTRATIONS = {
    "a missing column is named": ("mpxn,role,from,to\n", ("line 1: no column party",)),
    "an electricity role needs an MPAN": (
        f"{HEADER}{MPRN},IS,{ALDER},2019-06-19,\n",
        (f"line 2: mpxn: expected the 13 digits of an MPAN for IS, found '{MPRN}'",),
    ),
    "a gas role needs an MPRN": (
        f"{HEADER}{MPAN},GS,{ALDER},2019-06-19,\n",
        (f"line 2: mpxn: expected the 6 to 10 digits of an MPRN for GS, found '{MPAN}'",),
    ),
    "any other role needs either": (
        f"{HEADER}12345,OU,{ALDER},2019-06-19,\n",
        ("line 2: mpxn: expected 13 digits (MPAN) or 6 to 10 (MPRN), found '12345'",),
    ),
    "an end before its start": (
        f"{HEADER}{MPAN},IS,{ALDER},2019-06-19,2019-06-19\n",
        ("line 2: to: expected a moment after 2019-06-19T00:00:00+00:00, found 2019-06-19T00:00:00+00:00",),
    ),
    "all faults of a row and the rows after it": (
        f"{HEADER}{MPAN},XX,me,yesterday,\n{MPAN},ED,{BIRCH},2019-06-19,\n{MPAN},ED,{BIRCH},2019-06-19,2020-01-01\n",
        (
            "line 2: role: expected one of IS ES GS RSA ED GT OU MDR, found 'XX'",
            "line 2: party: 'me' is not an EUI-64 (sixteen hexadecimal digits)",
            "line 2: from: expected a date or time, 2025-03-31 or 2025-03-31T09:00:00Z, found 'yesterday'",
            "line 4: mpxn: this registration was on an earlier line already",
        ),
    ),
}


@pytest.mark.parametrize(("text", "faults"), FAULTY_REGISTRATIONS.values(), ids=FAULTY_REGISTRATIONS.keys())
def test_faults_in_registrations_are_all_found(text: str, faults: tuple[str, ...]) -> None:
    assert faults == read_registrations(text).faults


# ---- the commands


@pytest.fixture
def config(tmp_path: Path, pki: Pki) -> Path:
    """Settings with two users, one of them without a certificate, and one S1SP."""
    written(tmp_path, PARTIES)
    (tmp_path / "certificates").mkdir()
    (tmp_path / "certificates" / "alder.pem").write_bytes(certificate_of(ALDER, pki))
    file = tmp_path / "config.toml"
    file.write_text(
        '[signing]\nkey = "dsp.key"\ncertificate = "dsp.pem"\n[gbcs]\nkey_agreement_key = "acb.key"\n'
        '[s1sp.secure]\nid = "90-B3-D5-1F-32-03-00-00"\nurl = "http://127.0.0.1:8077/s1sp/secure"\n'
    )
    return file


def run(config: Path, *arguments: str) -> Result:
    group: click.Group = parties
    return CliRunner().invoke(group, [*arguments, "--config", str(config)], env={"COLUMNS": "200"})


def test_show_has_users_certificates_addresses_and_s1sps(config: Path) -> None:
    shown = run(config, "show")
    assert 0 == shown.exit_code
    lines = [" ".join(line.replace("│", " ").split()) for line in shown.output.splitlines()]
    assert (
        "90-B3-D5-1F-31-01-00-00 Alder Energy IS GS Active 87 signs, until 2035-03-29 http://127.0.0.1:8077/users/alder"
    ) in lines
    assert '90-B3-D5-1F-31-02-00-00 Birch "Power" Ltd OU Suspended none nowhere' in lines
    assert "90-B3-D5-1F-30-00-00-02 none" in lines
    assert "90-B3-D5-1F-32-03-00-00 secure none http://127.0.0.1:8077/s1sp/secure" in lines


def test_show_has_an_object_for_programs(config: Path) -> None:
    shown = orjson.loads(run(config, "show", "--json").output)
    alder, birch = shown["parties"]
    assert ["IS", "GS"] == alder["roles"]
    assert [("alder.pem", "87", True, "2035-03-29T09:00:00+00:00")] == [
        (each["file"], each["unit"], each["for_signatures"], each["not_after"]) for each in alder["certificates"]
    ]
    assert ("Suspended", []) == (birch["status"], birch["certificates"])
    assert [("secure", "90-B3-D5-1F-32-03-00-00")] == [(each["name"], each["id"]) for each in shown["s1sps"]]


def test_show_says_what_prevents_it(config: Path) -> None:
    config.with_name("parties.toml").unlink()
    shown = run(config, "show")
    assert 2 == shown.exit_code
    assert "parties.toml: cannot be read:" in shown.output


def test_parties_that_are_imported_replace_the_configured_file(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    file.write_text(ONE)
    imported = run(config, "import", str(file))
    assert (0, f"{file}: 1 parties are now in {tmp_path / 'parties.toml'}\n") == (imported.exit_code, imported.output)
    assert ONE == (tmp_path / "parties.toml").read_text()
    assert ["certificates", "config.toml", "new.toml", "parties.toml"] == sorted(p.name for p in tmp_path.iterdir())


def test_parties_with_a_fault_change_nothing(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    file.write_text(ONE.replace("IS", "XX"))
    imported = run(config, "import", str(file))
    assert (1, f"{file}: Invalid enum value 'XX' - at `$.party[0].roles[0]`\n") == (imported.exit_code, imported.output)
    assert PARTIES == (tmp_path / "parties.toml").read_text()


def test_registrations_that_are_imported_are_found_with_their_meter_point(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "registrations.csv"
    stranger = UserId(7)
    file.write_text(f"{HEADER}{MPAN},IS,{ALDER},2019-06-19,\n{MPAN},ED,{stranger},2013-07-01,2020-01-01\n")
    imported = run(config, "import", str(file))
    assert (
        f"{file}: {stranger} is not a party yet: its registrations have no effect until it is\n"
        f"{file}: 2 registrations imported\n"
    ) == imported.output
    assert 0 == imported.exit_code
    assert {ALDER, stranger} == {each.party for each in asyncio.run(_registrations(tmp_path / "state.db"))}


async def _registrations(path: Path) -> tuple[Registration, ...]:
    esme = DeviceId(1)
    state = SqliteState(path, owner="test")
    await state.open()
    try:
        meter = Device(
            id=esme,
            type=DeviceType.ESME,
            manufacturer="AB01",
            model="010A030B",
            prenotified_as=Generation.SMETS2,
            import_mpxn=MPAN,
        )
        await state.import_devices([meter], {})
        wanted = Wanted(request_id=RequestId(ALDER, esme, 1), stage=Stage.REQUEST, devices=(esme,))
        return (await state.look_up(wanted)).registrations
    finally:
        await state.close()


def test_registrations_with_a_fault_are_not_imported_at_all(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "registrations.csv"
    file.write_text(f"{HEADER}{MPAN},IS,{ALDER},2019-06-19,\n{MPRN},IS,{ALDER},2019-06-19,\n")
    imported = run(config, "import", str(file))
    assert (
        f"{file}: line 3: mpxn: expected the 13 digits of an MPAN for IS, found '{MPRN}'\n"
        f"{file}: nothing was imported: 1 faults\n"
    ) == imported.output
    assert 1 == imported.exit_code
    assert not (tmp_path / "state.db").exists()


def test_a_file_of_another_kind_is_a_usage_error(config: Path, tmp_path: Path) -> None:
    imported = run(config, "import", str(tmp_path / "parties.json"))
    assert 2 == imported.exit_code
    assert "expected parties (.toml) or registrations (.csv)" in imported.output
