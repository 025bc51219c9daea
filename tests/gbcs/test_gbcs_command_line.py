"""``duis-gateway gbcs`` on files, and how a message is described."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from gbcs_requests import COMMANDS, PRE_COMMANDS, Own
from gbcs_world import BROKER_KEY, DEVICE_KEY, USER_KEY, certificate_of

from gateway.cli.gbcs import gbcs
from gbcs.build import verify_signed_pre_command
from gbcs.describe import describe
from gbcs.message import Command, GeneralSigned, decode_message

FROZEN = Path(__file__).resolve().parent.parent / "vectors" / "gbcs" / "messages.json"
BODIES = {
    "4.1.1": "<sr:ReadInstantaneousImportRegisters/>",
    "7.2": "<sr:DisableSupply/>",
    "2.2": "<sr:TopUpDevice><sr:UTRN>01234567890123456789</sr:UTRN></sr:TopUpDevice>",
}
FACTS = """
device_type = "ESME"
build_time = 2024-02-29T12:30:15Z
acb = "A0-00-00-00-00-00-00-02"
acb_counter = 1
acb_ka_key = "broker.pem"
device_ka_certificate = "device.pem"
"""


def document(variant: str) -> str:
    service = ".".join(variant.split(".")[:2])
    command_variant = 4 if variant == "7.2" else 1
    return f"""<sr:Request xmlns:sr="http://www.dccinterface.co.uk/ServiceUserGateway" schemaVersion="5.4">
  <sr:Header>
    <sr:RequestID>A0-00-00-00-00-00-00-01:B0-00-00-00-00-00-00-0E:{0x0102030405060708}</sr:RequestID>
    <sr:CommandVariant>{command_variant}</sr:CommandVariant>
    <sr:ServiceReference>{service}</sr:ServiceReference>
    <sr:ServiceReferenceVariant>{variant}</sr:ServiceReferenceVariant>
  </sr:Header>
  <sr:Body>{BODIES[variant]}</sr:Body>
</sr:Request>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Requests, facts and PEM keys; the same keys as DER below ``der``."""
    for variant in BODIES:
        (tmp_path / f"{variant}.xml").write_text(document(variant))
    (tmp_path / "facts.toml").write_text(FACTS)
    (tmp_path / "der").mkdir()
    for encoding, place in ((Encoding.PEM, tmp_path), (Encoding.DER, tmp_path / "der")):
        key = BROKER_KEY.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())
        certificate = x509.load_der_x509_certificate(certificate_of(DEVICE_KEY)).public_bytes(encoding)
        (place / "broker.pem").write_bytes(key)
        (place / "device.pem").write_bytes(certificate)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(gbcs, arguments, input=stdin, catch_exceptions=False)


def build(folder: Path, variant: str, kind: str, *more: str) -> Result:
    request, facts = str(folder / f"{variant}.xml"), str(folder / "facts.toml")
    return run("build", request, "--facts", facts, "--kind", kind, *more)


@pytest.fixture(scope="session")
def frozen() -> dict[str, str]:
    return json.loads(FROZEN.read_text())


BUILT = [
    pytest.param("4.1.1", "command", "registers of an ESME", id="a Command"),
    pytest.param("2.2", "command", "top-up of an ESME", id="a Command with a value"),
    pytest.param("7.2", "pre-command", "disabling the supply of an ESME", id="a Pre-Command"),
]


@pytest.mark.parametrize(("variant", "kind", "name"), BUILT)
def test_build_writes_hexadecimal(folder: Path, frozen: dict[str, str], variant: str, kind: str, name: str) -> None:
    result = build(folder, variant, kind)
    assert (frozen[name].upper() + "\n", 0) == (result.stdout, result.exit_code)


def test_a_published_request_with_its_signature_is_built(folder: Path, reference_dir: Path) -> None:
    (folder / "facts.toml").write_text('device_type = "ESME"\nbuild_time = 2015-01-01T00:00:00Z\n')
    request = reference_dir / "rtds" / "templates" / "ECS43_7.2_SUCCESS_REQUEST_DUIS.XML"
    published = reference_dir / "rtds" / "vectors" / "ECS43_7.2_SUCCESS_PRECOMMAND.hex"
    result = run("build", str(request), "--facts", str(folder / "facts.toml"), "--kind", "pre-command")
    assert (published.read_text().strip() + "\n", 0) == (result.stdout, result.exit_code)


def test_keys_may_be_der_and_in_a_folder_of_their_own(folder: Path, frozen: dict[str, str]) -> None:
    result = build(folder, "4.1.1", "command", "--keys", str(folder / "der"))
    assert (frozen["registers of an ESME"].upper() + "\n", 0) == (result.stdout, result.exit_code)


def test_a_pre_command_needs_no_key_files(folder: Path) -> None:
    (folder / "facts.toml").write_text('device_type = "ESME"\n')
    assert 0 == build(folder, "7.2", "pre-command").exit_code


REFUSED = [
    pytest.param("4.1.1", "pre-command", "ECS17b is not critical: it has no Pre-Command\n", id="a read as Pre-Command"),
    pytest.param(
        "7.2",
        "command",
        "ECS43 is critical: its Command is completed from a Signed Pre-Command\n",
        id="a critical request as Command",
    ),
]


@pytest.mark.parametrize(("variant", "kind", "reason"), REFUSED)
def test_a_refusal_is_said_on_stdout(folder: Path, variant: str, kind: str, reason: str) -> None:
    result = build(folder, variant, kind)
    assert (reason, 1) == (result.stdout, result.exit_code)


def test_a_request_that_is_no_request_is_said_with_its_place(folder: Path) -> None:
    (folder / "4.1.1.xml").write_text("<Request/>")
    result = build(folder, "4.1.1", "command")
    assert 1 == result.exit_code
    assert result.stdout.startswith(f"{folder / '4.1.1.xml'}:1:")


BAD_FACTS = [
    pytest.param(
        'device_type = "Toaster"', "Invalid enum value 'Toaster' - at `$.device_type`", id="an unknown device type"
    ),
    pytest.param('device_typ = "ESME"', "Object contains unknown field `device_typ`", id="a misspelt key"),
    pytest.param("device_type", "Expected '=' after a key", id="no TOML"),
    pytest.param(
        'device_type = "ESME"\nbuild_time = 2024-02-29T12:30:15',
        "build_time needs an offset, 2015-01-01T00:00:00Z",
        id="a build time without an offset",
    ),
    pytest.param(
        'device_type = "ESME"\nacb_counter = -1',
        "acb_counter is not an unsigned 64-bit number",
        id="a negative counter",
    ),
    pytest.param('device_type = "ESME"\nacb = "x"', "'x' is not an EUI-64", id="a broker without an EUI-64"),
    pytest.param('device_type = "ESME"', "a Command needs acb in the facts file", id="no broker"),
    pytest.param(
        FACTS.replace("broker.pem", "nowhere.pem"), "No such file or directory", id="a key file that is not there"
    ),
    pytest.param(
        FACTS.replace("broker.pem", "device.pem"), "not a private key", id="a certificate in place of the key"
    ),
    pytest.param(
        FACTS.replace("device.pem", "broker.pem"), "not a certificate", id="a key in place of the certificate"
    ),
    pytest.param(FACTS.replace("broker.pem", "other.pem"), "a key agreement key is on P-256", id="another curve"),
]


@pytest.mark.parametrize(("text", "finding"), BAD_FACTS)
def test_facts_that_cannot_be_used_are_one_line_on_stderr(folder: Path, text: str, finding: str) -> None:
    other = ec.derive_private_key(5, ec.SECP384R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "other.pem").write_bytes(pem)
    (folder / "facts.toml").write_text(text)
    result = build(folder, "4.1.1", "command")
    assert ("", 2) == (result.stdout, result.exit_code)
    assert finding in result.stderr
    assert 1 == result.stderr.count("\n")


def test_a_missing_request_is_one_line_on_stderr(folder: Path) -> None:
    (folder / "4.1.1.xml").unlink()
    result = build(folder, "4.1.1", "command")
    assert ("", 2) == (result.stdout, result.exit_code)
    assert 1 == result.stderr.count("\n")


# ---- sign


@pytest.fixture
def user_key(tmp_path: Path) -> Path:
    file = tmp_path / "user.pem"
    file.write_bytes(USER_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.mark.parametrize("as_base64", [False, True], ids=["in hexadecimal", "in base64, as DUIS has it"])
def test_a_pre_command_is_signed(frozen: dict[str, str], user_key: Path, as_base64: bool) -> None:
    issued = bytes.fromhex(frozen["disabling the supply of an ESME"])
    given = b64encode(issued).decode() if as_base64 else issued.hex()
    result = run("sign", "-", "--key", str(user_key), *(["--base64"] if as_base64 else []), stdin=f"{given}\n")
    signed = b64decode(result.stdout) if as_base64 else bytes.fromhex(result.stdout)
    assert (0, issued) == (result.exit_code, signed[: len(issued)])
    assert verify_signed_pre_command(signed, USER_KEY.public_key()) is None


NOT_SIGNED = [
    pytest.param("xyz", "the message is not hexadecimal", id="no hexadecimal"),
    pytest.param("DF09", "the CRA flag needs 1 octets, 0 are left (truncated)", id="a message that was cut"),
    pytest.param(
        "{registers of an ESME}", "expected a Pre-Command: general-signing (DF) without a signature", id="a Command"
    ),
    pytest.param(
        "{disabling the supply of an ESME}00",
        "expected a Pre-Command: general-signing (DF) without a signature",
        id="a Pre-Command with a signature field",
    ),
]


@pytest.mark.parametrize(("text", "reason"), NOT_SIGNED)
def test_what_is_no_pre_command_is_not_signed(frozen: dict[str, str], user_key: Path, text: str, reason: str) -> None:
    result = run("sign", text.format_map(frozen), "--key", str(user_key))
    assert (reason + "\n", 1) == (result.stdout, result.exit_code)


def test_a_key_that_is_not_there_is_said_in_a_line(frozen: dict[str, str], tmp_path: Path) -> None:
    result = run("sign", frozen["disabling the supply of an ESME"], "--key", str(tmp_path / "nobody.pem"))
    assert (2, 1) == (result.exit_code, result.stderr.count("\n"))
    assert "nobody.pem" in result.stderr


# ---- show

SHOWN = """\
wrapper: general-signing
cra_flag: Command
originator_counter: 72623859790382856
originator_system_title: A0-00-00-00-00-00-00-01
recipient_system_title: B0-00-00-00-00-00-00-0E
message_code: 0050
use_cases: ECS43
content:
  invoke_id: 395016
  access_request[0]:
    access: action
    class: 9
    logical_name: 0-0:10.0.106.255
    method: 1
    data:
      long-unsigned: 52
"""


def test_show_names_the_fields(frozen: dict[str, str]) -> None:
    result = run("show", frozen["disabling the supply of an ESME"])
    assert (SHOWN, 0) == (result.stdout, result.exit_code)


def test_show_reads_standard_input_and_writes_json(frozen: dict[str, str]) -> None:
    octets = frozen["addition to the device log"]
    result = run("show", "-", "--json", stdin=octets + "\n")
    assert (describe(bytes.fromhex(octets)), 0) == (json.loads(result.stdout), result.exit_code)


@pytest.mark.parametrize("own", [pytest.param(own, id=own.name) for own in (*COMMANDS, *PRE_COMMANDS)])
def test_a_description_holds_what_the_message_says(own: Own, frozen: dict[str, str]) -> None:
    octets = bytes.fromhex(frozen[own.name])
    message, said = decode_message(octets), describe(octets)
    signed = message.message if isinstance(message, Command) else message
    assert isinstance(signed, GeneralSigned)
    header = signed.header
    party = header.supplementary_party
    assert [own.use_case] == said["use_cases"]
    assert (str(header.originator), str(header.recipient), header.counter) == (
        said["originator_system_title"],
        said["recipient_system_title"],
        said["originator_counter"],
    )
    assert (None if party is None else str(party.id)) == said.get("supplementary_remote_party_id")
    assert isinstance(message, Command) is ("mac" in said)
    assert (signed.signature is not None) is ("signature" in said)
    assert {"access_request", "gbz_components", "asn1"} & said["content"].keys()


UNREADABLE = [
    pytest.param("xyz", "the message is not hexadecimal\n", id="no hexadecimal"),
    pytest.param("DF09", "the CRA flag needs 1 octets, 0 are left (truncated)\n", id="a message that was cut"),
]


@pytest.mark.parametrize(("text", "reason"), UNREADABLE)
def test_show_says_what_it_cannot_read(text: str, reason: str) -> None:
    result = run("show", text)
    assert (reason, 1) == (result.stdout, result.exit_code)


def test_a_build_time_may_be_left_to_the_clock(folder: Path) -> None:
    (folder / "facts.toml").write_text('device_type = "GSME"\n')
    before = int((datetime.now(UTC) - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds())
    result = build(folder, "7.2", "pre-command")
    issuer_event = bytes.fromhex(result.stdout)[-14:-10]
    assert 0 <= int.from_bytes(issuer_event, "little") - before <= 60
