"""Every attack is refused for its own reason, whichever schema set is in force, and costs little."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from attacks import GOOD, PARSING, SCHEMA, TEXT, inserted
from schemas_world import forge, holder, read, refusal, request, signed, user
from signature_attacks import AUTHENTICITY

from schemas.reading import Authentic, read_request_unverified
from schemas.request import Malformed
from schemas.vocabulary import UserId
from schemas.xsd import DuisSchema

ATTACKS = PARSING | SCHEMA | AUTHENTICITY
MOST_MILLISECONDS = 100
"""The goal is 20; this leaves room for a noisy machine. What is measured is CPU time, not elapsed."""
EVERY = 7
"""Of the grown documents, one in seven: coprime to their kinds, so that each kind meets many places."""


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_for_its_reason(name: str) -> None:
    document, kind, message = ATTACKS[name]
    found_kind, found_message = refusal(read(document))
    assert kind == found_kind, found_message
    assert message in found_message


@pytest.mark.parametrize("name", ATTACKS)
def test_the_published_set_lets_no_attack_through(published: DuisSchema, name: str) -> None:
    document, kind, _ = ATTACKS[name]
    found_kind, found_message = refusal(read(document, published))
    # Its signature schema describes more than ours: what ours leaves to the profile may be invalid there.
    assert found_kind in {kind, "not-schema-valid"}, found_message


@pytest.mark.parametrize("name", [name for name in PARSING | SCHEMA if name != "a text of eleven megabytes"])
def test_what_is_malformed_is_so_without_a_signature_check_too(name: str, own: DuisSchema) -> None:
    document, kind, message = ATTACKS[name]
    found_kind, found_message = refusal(read_request_unverified(document, own))
    assert (kind, True) == (found_kind, message in found_message), found_message


HARMLESS = {
    "as it is": GOOD,
    "with a declaration": b'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n' + GOOD,
    "declared as ASCII": b"<?xml version='1.0' encoding='us-ascii'?>" + GOOD,
    "with a UTF-8 mark": b"\xef\xbb\xbf" + GOOD,
    "with a UTF-8 mark and a declaration": b"\xef\xbb\xbf" + b'<?xml version="1.0" encoding="utf-8"?>' + GOOD,
    "with CDATA": GOOD.replace(b"B0-00-", b"<![CDATA[B0-]]>00<![CDATA[]]>-", 1),
    "with character references": GOOD.replace(b"B0-00-", b"&#66;0&#x2d;00-", 1),
    "with comments between elements": inserted("<!-- a --><!-- b -->", "<sr:Body>"),
    "with comments in the signature": inserted("<!-- a -->", "<ds:SignedInfo>"),
    "with a comment in SignedInfo": inserted("<!-- a -->", "<ds:Reference "),
    "with a comment before every element": re.sub(rb"(?=<(?:sr|ds):)", b"<!-- a -->", GOOD),
    "with a comment behind every element of its header": re.sub(rb"(?<=[0-9]</sr:)(\w+>)", rb"\1<!-- > -->", GOOD),
    "with comments around the root": b"<!-- a -->" + GOOD + b"\n<!-- b -->\n",
    "with other quotes and order of attributes": GOOD.replace(b'schemaVersion="5.4"', b" schemaVersion = '5.4' ", 1),
    "with short empty elements": GOOD.replace(b'ecdsa-sha256"></ds:SignatureMethod>', b'ecdsa-sha256"/>'),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_xml_counts_as_the_same_document_is_the_same_document(name: str) -> None:
    expected, outcome = read(GOOD), read(HARMLESS[name])
    assert expected == outcome, refusal(outcome)


def test_a_refusal_does_not_outgrow_what_it_refuses() -> None:
    name = "n" * 49_000
    inside = f"<{name} {'a' * 9000}='{'b' * 9000}'/>"
    for place in ("<sr:Header>", "<sr:DeviceID>", "<ds:SignedInfo>"):
        outcome = read(inserted(inside, place))
        assert isinstance(outcome, Malformed)
        assert 2000 * len(outcome.faults) > sum(len(fault.message) + len(fault.path) for fault in outcome.faults)


def test_every_schema_fault_is_told_once_with_its_place() -> None:
    document = TEXT.replace(">8<", ">0<").replace(">8.2<", ">8.99<").replace("<sr:Body>", "\n <sr:Body>").encode()
    outcome = read(document)
    assert isinstance(outcome, Malformed)
    assert [
        "/Request/Header/CommandVariant",
        "/Request/Header/ServiceReference",
        "/Request/Header/ServiceReferenceVariant",
    ] == [fault.path for fault in outcome.faults]
    text = document.decode()
    assert [(1, text.index(f"<sr:{fault.path.split('/')[-1]}>") + 1) for fault in outcome.faults] == [
        (fault.line, fault.column) for fault in outcome.faults
    ]


def test_a_fault_below_a_prefix_bound_twice_still_has_a_line() -> None:
    body = '<sr:Body xmlns:a="urn:1"><a:x xmlns:a="urn:2"/></sr:Body>'
    document = request("").replace(b"<sr:Body></sr:Body>", b"\n" + body.encode())
    outcome = read(document)
    assert isinstance(outcome, Malformed)
    assert 2 == outcome.faults[0].line


@pytest.mark.parametrize("schema_set", ["own", "published"])
def test_no_document_of_64_kb_is_dear_to_read_and_none_kills_the_process(
    request: pytest.FixtureRequest, schema_set: str
) -> None:
    arguments = [str(EVERY)]
    if schema_set == "published":
        arguments.append(str(request.getfixturevalue("reference_dir") / "duis-5.4"))
    here = Path(__file__).resolve()
    ended = subprocess.run(
        [sys.executable, str(here.with_name("cost_of_reading.py")), *arguments],
        env=os.environ | {"PYTHONPATH": str(here.parents[2])},
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert 0 == ended.returncode, ended.stderr.decode()[-2000:]
    rows: list[tuple[str, float, str]] = json.loads(ended.stdout)
    assert len(rows) > len(ATTACKS) + 400
    assert [] == [(name, cpu) for name, cpu, _ in rows if cpu > MOST_MILLISECONDS]


def test_the_sender_is_told_which_certificate_is_not_his() -> None:
    other = holder(UserId.parse("FF-FF-FF-FF-FF-FF-FF-FF"), 0xFFFF, 0xFFFF)
    outcome = refusal(read(forge(by=other)))
    assert ("unknown-certificate", "no certificate of issuer 'OU=07,CN=Z1' and serial 65535 is known") == outcome
    assert isinstance(read(signed(by=user)), Authentic)
