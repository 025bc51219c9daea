"""``validate``, ``sign`` and ``verify`` on files: what they print, what they write, how they end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.name import _ASN1Type

from gateway.cli import main
from schemas.countersigned import RoutingHeader, write_countersigned
from schemas.signature import SigningIdentity
from schemas.vocabulary import DeviceId, RequestId, ServiceReferenceVariant, UserId
from schemas.xsd import DUIS_NAMESPACE

USER = UserId.parse("A0-00-00-00-00-00-00-01")
SERIAL = 0x7A11_0C47_0000_1957_FFFF
REQUEST = (
    f'<sr:Request xmlns:sr="{DUIS_NAMESPACE}" schemaVersion="5.4">\n  <sr:Header><sr:RequestID>{USER}:'
    "90-B3-D5-1F-30-00-00-02:1000</sr:RequestID><sr:CommandVariant>8</sr:CommandVariant><sr:ServiceReference>8.2"
    "</sr:ServiceReference><sr:ServiceReferenceVariant>8.2</sr:ServiceReferenceVariant></sr:Header>\n  <sr:Body>"
    "<sr:ReadInventory><sr:MPxN>1312345678111</sr:MPxN></sr:ReadInventory></sr:Body>\n</sr:Request>"
)
KEY = ec.derive_private_key(0x05E12, ec.SECP256R1())
IDENTITY = SigningIdentity(key=KEY, issuer="CN=Z1,OU=07", serial=SERIAL)


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate(until: datetime) -> bytes:
    subject = x509.Name(
        [x509.NameAttribute(x509.ObjectIdentifier("2.5.4.45"), b"\0" + USER.octets, _ASN1Type.BitString)]
    )
    builder = x509.CertificateBuilder(
        x509.Name.from_rfc4514_string("OU=07,CN=Z1"),
        subject,
        KEY.public_key(),
        SERIAL,
        datetime(2018, 1, 1, tzinfo=UTC),
        until,
    )
    return builder.sign(KEY, SHA256()).public_bytes(Encoding.PEM)


class Folder:
    """Files to work on, and commands run among them."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.write("key.pem", pem(KEY))
        self.write("certs/user.pem", certificate(datetime(2118, 1, 1, tzinfo=UTC)))
        self.write("request.xml", REQUEST)

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.place / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def run(self, command: str) -> Result:
        """Arguments that name a file or folder here are found here."""
        words = [str(self.place / w) if "." in w or w == "certs" else w for w in command.split()]
        return CliRunner().invoke(main, words)

    def said(self, result: Result) -> str:
        return result.stdout.replace(f"{self.place}/", "")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# ---- validate


def test_a_valid_file_is_ok(folder: Folder) -> None:
    result = folder.run("validate request.xml")
    assert (0, "request.xml: ok\n") == (result.exit_code, folder.said(result))


NO_XML = "expected an XML document, which begins with '<', found 'j'"
INVALID = {
    "a wrong value": (
        REQUEST.replace(">8<", ">0<"),
        "file.xml:2:95: /Request/Header/CommandVariant: CommandVariant: expected a whole number from 1 to 9, "
        "found '0'\n",
    ),
    "no XML": ("junk", f"file.xml:1:1: /: {NO_XML}\n"),
    "a document type": (
        "\n<!DOCTYPE a>" + REQUEST,
        "file.xml:2:1: /: a document type declaration is not accepted, nor are entities\n",
    ),
    "two faults": (
        REQUEST.replace("1312345678111", "").replace(' schemaVersion="5.4"', ""),
        "file.xml:1:1: /Request: Request: expected the attribute schemaVersion, found none "
        '(write schemaVersion="5.4" in its start tag)\n'
        "file.xml:3:30: /Request/Body/ReadInventory/MPxN: MPxN: expected 1 to 13 characters, found an empty value\n",
    ),
}


@pytest.mark.parametrize("name", INVALID)
def test_an_invalid_file_is_told_fault_by_fault_with_its_place(folder: Folder, name: str) -> None:
    document, expected = INVALID[name]
    folder.write("file.xml", document)
    result = folder.run("validate file.xml")
    assert (1, expected) == (result.exit_code, folder.said(result))


def test_one_invalid_file_among_valid_ones_gives_exit_code_1(folder: Folder) -> None:
    folder.write("file.xml", "junk")
    result = folder.run("validate request.xml file.xml request.xml")
    assert 1 == result.exit_code
    lines = folder.said(result).splitlines()
    assert ["request.xml: ok", f"file.xml:1:1: /: {NO_XML}", "request.xml: ok"] == lines


def test_json_has_an_object_a_line(folder: Folder) -> None:
    folder.write("file.xml", "junk")
    result = folder.run("validate --json request.xml file.xml")
    told = {"message": NO_XML, "expected": "an XML document, which begins with '<'", "found": "'j'", "hint": ""}
    fault = {**told, "line": 1, "column": 1, "path": ""}
    assert [
        {"file": "request.xml", "valid": True, "faults": []},
        {"file": "file.xml", "valid": False, "kind": "not-xml", "faults": [fault]},
    ] == [json.loads(line) for line in folder.said(result).splitlines()]
    assert 1 == result.exit_code


def test_a_published_set_may_be_used_instead_of_ours(folder: Folder, reference_dir: Path) -> None:
    (template,) = (reference_dir / "rtds" / "templates").glob("5.2_*")
    (folder.place / "template.xml").symlink_to(template)
    (folder.place / "set.d").symlink_to(reference_dir / "duis-5.4")
    for words in ("validate template.xml", "validate --schema-dir set.d template.xml"):
        result = folder.run(words)
        assert (0, "template.xml: ok\n") == (result.exit_code, folder.said(result)), words


CANNOT_RUN = {
    "a file that is not there": ("validate absent.xml", "absent.xml"),
    "no file": ("validate", "Missing argument 'FILE...'"),
    "a schema folder without a schema": ("validate --schema-dir certs request.xml", "has target namespace"),
    "a schema folder that is not there": ("validate --schema-dir absent.d request.xml", "No such file or directory"),
    "a key that is none": (
        "sign --key request.xml --cert certs/user.pem request.xml",
        "cannot be read as a private",
    ),
    "a key of another kind": ("sign --key rsa.pem --cert certs/user.pem request.xml", "expected a P-256 private key"),
    "another's certificate": ("sign --key other.pem --cert certs/user.pem request.xml", "is not the certificate of"),
    "a certificate that is none": ("sign --key key.pem --cert request.xml request.xml", "request.xml: "),
    "no certificates": ("verify --certs empty.d request.xml", "expected PEM certificates (*.pem), found none"),
    "a moment that is none": (
        "verify --certs certs --at yesterday request.xml",
        "'yesterday' is not a time",
    ),
}


@pytest.mark.parametrize("name", CANNOT_RUN)
def test_what_cannot_run_ends_with_exit_code_2_and_says_why_on_stderr(folder: Folder, name: str) -> None:
    folder.write("rsa.pem", pem(rsa.generate_private_key(65537, 2048)))
    folder.write("other.pem", pem(ec.derive_private_key(7, ec.SECP256R1())))
    (folder.place / "empty.d").mkdir()
    command, message = CANNOT_RUN[name]
    result = folder.run(command)
    assert (2, "") == (result.exit_code, result.stdout)
    assert message in result.stderr
    assert "Traceback" not in result.stderr


# ---- sign and verify


def signed(folder: Folder, name: str = "request.xml") -> bytes:
    result = folder.run(f"sign --key key.pem --cert certs/user.pem {name}")
    assert 0 == result.exit_code, result.output
    folder.write("signed.xml", result.stdout_bytes)
    return result.stdout_bytes


def test_what_sign_writes_verify_accepts(folder: Folder) -> None:
    document = signed(folder)
    assert document.startswith(REQUEST.removesuffix("</sr:Request>").encode() + b"<ds:Signature ")
    result = folder.run("verify --certs certs signed.xml")
    assert 0 == result.exit_code, result.output
    assert folder.said(result).startswith(f"signed.xml: signed by {USER} (user.pem), digest ")
    assert 0 == folder.run("validate signed.xml").exit_code


def test_verify_says_everything_in_json(folder: Folder) -> None:
    signed(folder)
    told = json.loads(folder.said(folder.run("verify --json --certs certs signed.xml")))
    digest = told.pop("digest")
    assert 64 == len(digest)
    assert {
        "file": "signed.xml",
        "verified": True,
        "signer": str(USER),
        "certificate": "user.pem",
        "issuer": "CN=Z1,OU=07",
        "serial": str(SERIAL),
    } | {"issuer": told["issuer"]} == told
    assert {"CN=Z1", "OU=07"} == set(told["issuer"].split(","))


def test_a_countersigned_request_verifies_too(folder: Folder) -> None:
    header = RoutingHeader(
        request_id=RequestId.parse(f"{USER}:{USER}:1"),
        variant=ServiceReferenceVariant("8.2"),
        s1sp="S1SP-A",
        devices=(DeviceId(1),),
        accepted=datetime(2026, 11, 21, tzinfo=UTC),
    )
    folder.write("countersigned.xml", write_countersigned(header, b"x", IDENTITY))
    result = folder.run("verify --certs certs countersigned.xml")
    assert 0 == result.exit_code
    assert f"signed by {USER}" in result.stdout


def changed(document: bytes) -> bytes:
    return document.replace(b"1312345678111", b"1312345678112")


UNVERIFIED = {
    "an unsigned request": (
        lambda _: REQUEST.encode(),
        "unsigned: expected a Signature at the end of Request, found none",
    ),
    "a changed request": (
        changed,
        "signature-does-not-verify: the document is not the one that was signed (its digest differs)",
    ),
    "a request in another's name": (
        lambda d: d.replace(b"A0-00-00-00-00-00-00-01", b"A0-00-00-00-00-00-00-02"),
        "signature-does-not-verify: the document is not the one that was signed (its digest differs)",
    ),
    "an unknown certificate": (
        lambda d: d.replace(str(SERIAL).encode(), b"1"),
        "unknown-certificate: no certificate of issuer 'OU=07,CN=Z1' and serial 1 is known",
    ),
}


@pytest.mark.parametrize("name", UNVERIFIED)
def test_what_does_not_verify_ends_with_exit_code_1_and_its_reason(folder: Folder, name: str) -> None:
    change, message = UNVERIFIED[name]
    folder.write("file.xml", change(signed(folder)))
    result = folder.run("verify --certs certs file.xml")
    assert (1, f"file.xml: {message}\n") == (result.exit_code, folder.said(result))
    told = json.loads(folder.said(folder.run("verify --json --certs certs file.xml")))
    assert {"file": "file.xml", "verified": False} == {key: told[key] for key in ("file", "verified")}
    assert message == f"{told['kind']}: {told['message']}"


def test_a_request_of_another_originator_is_refused(folder: Folder) -> None:
    folder.write("other.xml", REQUEST.replace("A0-00-00-00-00-00-00-01", "A0-00-00-00-00-00-00-02"))
    signed(folder, "other.xml")
    result = folder.run("verify --certs certs signed.xml")
    assert 1 == result.exit_code
    assert "signed.xml: wrong-originator: the RequestID names originator A0-00-00-00-00-00-00-02" in folder.said(result)


def test_verify_can_be_asked_as_of_another_moment(folder: Folder) -> None:
    folder.write("certs/user.pem", certificate(datetime(2020, 1, 1, tzinfo=UTC)))
    signed(folder)
    assert 0 == folder.run("verify --certs certs --at 2019-12-31T23:59:59Z signed.xml").exit_code
    result = folder.run("verify --certs certs --at 2020-01-02 signed.xml")
    assert (1, True) == (result.exit_code, "signed.xml: certificate-dates: " in folder.said(result))


NOT_TO_SIGN = {
    "no XML": ("junk", f"file.xml:1:1: /: {NO_XML}\n"),
    "an entity": ('<!DOCTYPE a [<!ENTITY b "c">]><a/>', "file.xml:1:1: /: a document type declaration is not accepted"),
    "a relative namespace": ('<a xmlns="b"/>', "file.xml: has no canonical form (a relative namespace URI?)\n"),
}


@pytest.mark.parametrize("name", NOT_TO_SIGN)
def test_what_cannot_be_signed_is_refused(folder: Folder, name: str) -> None:
    document, message = NOT_TO_SIGN[name]
    folder.write("file.xml", document)
    result = folder.run("sign --key key.pem --cert certs/user.pem file.xml")
    assert (1, True) == (result.exit_code, folder.said(result).startswith(message)), result.output


def test_a_signed_document_is_not_signed_again(folder: Folder) -> None:
    signed(folder)
    result = folder.run("sign --key key.pem --cert certs/user.pem signed.xml")
    assert (1, "signed.xml: has a Signature already\n") == (result.exit_code, folder.said(result))
