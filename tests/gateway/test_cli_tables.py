"""``checks``, ``services`` and ``codes`` on the command line: what they show and how they end."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
from click.testing import CliRunner, Result

from gateway.cli.checks import checks
from gateway.cli.tables import codes, services
from routing.decision import ALL_CHECKS
from routing.services import SERVICES
from schemas.response_codes import RESPONSE_CODES

CORRECTIONS = """
[rules]
smets1_critical_variant = 3
[rules.checks.device-exists]
code = "E1000"
[rules.checks.sender-is-registered]
off = true
[rules.device_types]
"4.1.1" = ["PPMID"]
"""


def run(command: click.Command, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def shown(command: click.Command, *arguments: str) -> Any:
    result = run(command, *arguments, "--json")
    assert 0 == result.exit_code, result.output
    return orjson.loads(result.stdout)


@pytest.fixture
def config(tmp_path: Path) -> str:
    """A configuration that corrects the tables."""
    return str(_written(tmp_path, CORRECTIONS))


def _written(folder: Path, rules: str) -> Path:
    file = folder / "config.toml"
    file.write_text(
        '[signing]\nkey = "dsp.key"\ncertificate = "dsp.pem"\n[gbcs]\nkey_agreement_key = "acb.key"\n' + rules
    )
    return file


def test_checks_come_in_the_order_of_the_table() -> None:
    rows = shown(checks)
    assert [(order, row.name) for order, row in enumerate(ALL_CHECKS, 1)] == [(r["order"], r["name"]) for r in rows]
    assert {
        "order": 21,
        "name": "device-exists",
        "code": "E19",
        "says": "The target is in the inventory.",
        "applies": "device services",
        "cites": "DCC Systems Response Codes, E19",
        "basis": "transcribed",
        "reads": ["target", "inventory"],
        "remedy": "pre-notify the device (12.2), or correct the target",
        "built_in_code": None,
        "off": False,
        "advises": False,
        "why_not_asked": None,
    } == rows[20]


def test_checks_are_told_in_words() -> None:
    result = run(checks)
    assert 0 == result.exit_code
    for row in ALL_CHECKS:
        assert f" {row.name} " in result.stdout
    assert "The target is in the inventory." in result.stdout


TIMING = range(13, 21)
"""The places of what is asked of execution times and sequences."""
ASKED = {
    "an image": (
        ("--srv", "11.1"),
        [8],
        [*range(1, 12), *TIMING],
        [
            "firmware-version-is-on-cpl",
            "service-is-carried-out-here",
            "image-is-the-one-on-the-cpl",
            "image-is-an-ota-file",
            "image-is-whole",
            "image-is-of-the-devices-maker",
            "image-has-that-version",
            "image-fits-the-hubs",
            "image-suits-the-hubs-maker",
            "image-can-succeed",
            "image-outcome-is-certain",
        ],
    ),
    "a question": (
        ("--srv", "8.2"),
        [8],
        [*range(1, 12), *TIMING],
        ["inventory-holds-what-is-asked", "service-is-carried-out-here"],
    ),
    "an activation that is transformed": (
        ("--srv", "11.3", "--cv", "4"),
        [4],
        [*range(1, 12), *TIMING],
        [
            "device-exists",
            "device-type-suits-service",
            "device-is-joined-to-its-kind",
            "device-status-suits-service",
            "role-has-rights-to-generation",
            "sender-is-registered",
            "service-is-available-for-smets1",
            "variant-suits-treatment",
            "firmware-hash-is-on-cpl",
            "firmware-request-can-succeed",
            "firmware-outcome-is-certain",
            "destination-is-known",
            "message-can-be-built",
        ],
    ),
    "cutting off in any variant": (
        ("--srv", "7.2"),
        [1, 4, 5, 6, 7],
        range(1, 22),
        [
            "device-type-suits-service",
            "device-is-joined-to-its-kind",
            "device-status-suits-service",
            "role-has-rights-to-generation",
            "sender-is-registered",
            "local-delivery-is-permitted",
            "service-is-available-for-smets1",
            "variant-suits-treatment",
            "destination-is-known",
            "message-can-be-built",
        ],
    ),
}


@pytest.mark.parametrize(("arguments", "variants", "first", "then"), ASKED.values(), ids=ASKED.keys())
def test_what_will_be_asked_of(
    arguments: tuple[str, ...], variants: list[int], first: Iterable[int], then: list[str]
) -> None:
    found = shown(checks, *arguments)
    names = [row["name"] for row in found["asked"]]
    assert variants == found["command_variants"]
    assert [ALL_CHECKS[order - 1].name for order in first] + then == names
    never = {row["name"] for row in found["never_asked"]}
    assert {row.name for row in ALL_CHECKS} - set(names) == never
    assert all(row["why_not_asked"] for row in found["never_asked"])


OF_GENERATION: dict[str, tuple[tuple[str, ...], list[int], dict[str, str]]] = {
    "cutting off behind a SMETS1 hub": (
        ("--srv", "7.2", "--generation", "SMETS1"),
        [1],
        {
            "role-has-rights-to-generation": "asked of devices treated as SMETS2+ only",
            "message-can-be-built": "asked of devices treated as SMETS2+ only",
            "pre-command-was-issued": "asked of command variants 5 6 7 only, not 1",
        },
    ),
    "cutting off behind a SMETS2+ hub": (
        ("--srv", "7.2", "--generation", "SMETS2+"),
        [4, 5, 6, 7],
        {"service-is-available-for-smets1": "asked of devices treated as SMETS1 only"},
    ),
    "a service that SMETS1 devices do not offer": (("--srv", "1.7", "--generation", "SMETS1"), [1], {}),
}


@pytest.mark.parametrize(("words", "variants", "never"), OF_GENERATION.values(), ids=OF_GENERATION.keys())
def test_what_is_never_asked_of_a_generation(
    words: tuple[str, ...], variants: list[int], never: dict[str, str]
) -> None:
    found = shown(checks, *words)
    assert (variants, words[-1]) == (found["command_variants"], found["generation"])
    why = {row["name"]: row["why_not_asked"] for row in found["never_asked"]}
    assert never == {name: why[name] for name in never}
    asked = {row["name"] for row in found["asked"]}
    assert ("service-is-available-for-smets1" in asked) is (words[-1] == "SMETS1")
    assert f", {words[-1]} devices, in order" in run(checks, *words).stdout


def test_advice_is_told_from_a_refusal(tmp_path: Path) -> None:
    rows = {row["name"]: row["advises"] for row in shown(checks)}
    assert (True, False) == (rows["image-is-whole"], rows["device-exists"])
    refusing = str(_written(tmp_path, "[rules.checks.image-is-whole]\nrefuses = true\n"))
    corrected = {row["name"]: row["advises"] for row in shown(checks, "--config", refusing)}
    assert (False, True) == (corrected["image-is-whole"], corrected["image-is-an-ota-file"])
    lines = [line for line in run(checks).stdout.splitlines() if " image-is-whole " in line]
    assert ["E110103, advice"] == [line.split("│")[3].strip() for line in lines]


WHY = {
    "a check of another service": ("11.1", "device-is-new", "asked of 12.2 only"),
    "a check of devices": ("11.1", "device-exists", "11.1 is a non-device service"),
    "a check of other variants": (
        "4.1.1",
        "pre-command-was-issued",
        "asked of command variants 5 6 7 only, not 1 2 3",
    ),
}


@pytest.mark.parametrize(("srv", "check", "why"), WHY.values(), ids=WHY.keys())
def test_why_is_never_asked(srv: str, check: str, why: str) -> None:
    never = {row["name"]: row["why_not_asked"] for row in shown(checks, "--srv", srv)["never_asked"]}
    assert why == never[check]
    result = run(checks, "--srv", srv)
    assert f"Never asked of {srv}" in result.stdout
    assert why in result.stdout


REFUSED = {
    "a service that is not decided here": (
        ("--srv", "6.3"),
        "6.3 is not among the 129 services that this gateway decides\n",
    ),
    "a variant that the service does not take": (
        ("--srv", "7.2", "--cv", "2"),
        "7.2 takes command variants 1 4 5 6 7, not 2\n",
    ),
    "a variant that a SMETS1 device does not take": (
        ("--srv", "7.2", "--cv", "4", "--generation", "SMETS1"),
        "7.2 takes command variants 1 where the device is treated as SMETS1, not 4\n",
    ),
    "the generation of no device": (
        ("--srv", "8.2", "--generation", "SMETS1"),
        "8.2 is a non-device service: no device is treated as SMETS1\n",
    ),
}


@pytest.mark.parametrize(("arguments", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_checks_are_refused_for(arguments: tuple[str, ...], message: str) -> None:
    result = run(checks, *arguments)
    assert (1, message) == (result.exit_code, result.stdout)


@pytest.mark.parametrize("words", [("--cv", "1"), ("--generation", "SMETS1")], ids=["a variant", "a generation"])
def test_without_a_service_it_is_a_usage_error_to_give(words: tuple[str, ...]) -> None:
    result = run(checks, *words)
    assert (2, f"Error: {words[0]} goes with --srv\n") == (result.exit_code, result.stderr)


def test_a_configuration_corrects_the_checks_that_are_shown(config: str) -> None:
    rows = {row["name"]: row for row in shown(checks, "--config", config)}
    exists, registered = rows["device-exists"], rows["sender-is-registered"]
    assert ("E1000", "E19", False) == (exists["code"], exists["built_in_code"], exists["off"])
    assert ("E4", None, True) == (registered["code"], registered["built_in_code"], registered["off"])
    words = run(checks, "--config", config).stdout
    assert "E1000 (built in: E19)" in words


def test_a_check_that_is_off_is_never_asked(config: str) -> None:
    found = shown(checks, "--srv", "7.2", "--config", config)
    assert [3, 4, 5, 6, 7] == found["command_variants"]
    assert "sender-is-registered" not in [row["name"] for row in found["asked"]]
    never = {row["name"]: row["why_not_asked"] for row in found["never_asked"]}
    assert "the configuration switches it off" == never["sender-is-registered"]


UNUSABLE = {
    "a correction of no check": (
        "[rules.checks.device-exits]\noff = true\n",
        "rules.checks.device-exits: there is no such check",
    ),
    "a code of no version": (
        '[rules.checks.device-exists]\ncode = "E1103"\n',
        "rules.checks.device-exists.code: E1103 is not a response code of DUIS 5.4",
    ),
}


@pytest.mark.parametrize(("rules", "message"), UNUSABLE.values(), ids=UNUSABLE.keys())
@pytest.mark.parametrize("command", [checks, services, codes], ids=["checks", "services", "codes"])
def test_a_configuration_is_refused_with(command: click.Command, rules: str, message: str, tmp_path: Path) -> None:
    config = _written(tmp_path, rules)
    result = run(command, "--config", str(config))
    assert (2, f"Error: {config}: {message}\n") == (result.exit_code, result.stderr)


def test_services_are_those_of_the_table(config: str) -> None:
    rows = shown(services)
    assert list(SERVICES) == [row["variant"] for row in rows]
    cut_off = next(row for row in rows if row["variant"] == "7.2")
    assert ([4, 5, 6, 7], 1, ["GS", "IS"]) == (
        cut_off["command_variants"],
        cut_off["smets1_critical_variant"],
        cut_off["roles"],
    )
    assert {"ESME": "specified", "GSME": "specified"} == cut_off["device_types"]
    corrected = {row["variant"]: row for row in shown(services, "--config", config)}
    assert (3, None) == (
        corrected["7.2"]["smets1_critical_variant"],
        corrected["2.2"]["smets1_critical_variant"],
    )
    assert {"PPMID": "specified"} == corrected["4.1.1"]["device_types"]


def test_services_mark_what_is_assumed() -> None:
    result = run(services)
    assert 0 == result.exit_code
    assert "ESME GSME? HCALCS?" in result.stdout
    assert "yes, variant 1?" in result.stdout
    assert "? assumed: the source was not at hand" in result.stdout


def test_services_tell_what_is_newer_and_what_is_not_carried_out() -> None:
    rows = {row["variant"]: row for row in shown(services)}
    assert {"MDR": {"version": "5.3", "basis": "transcribed"}} == rows["4.1.1"]["newer_roles"]
    assert ({"version": "5.4", "basis": "specified"}, None) == (
        rows["4.2"]["schedulable"],
        rows["4.1.1"]["schedulable"],
    )
    assert (False, True) == (rows["12.1"]["carried_out"], rows["12.2"]["carried_out"])
    lines = run(services).stdout.splitlines()
    of = {line.split()[1]: line for line in lines if line.startswith("│ ") and line[2] != " "}
    assert "ED GS GT IS MDR>=5.3" in of["4.1.1"]
    assert ">=5.4" in of["4.2"]
    assert "non-device, refused" in of["12.1"]
    assert "refused" not in of["12.2"]


def test_codes_are_those_of_the_enumeration_with_what_is_known(config: str) -> None:
    rows = {row["code"]: row for row in shown(codes)}
    assert list(RESPONSE_CODES) == list(rows)
    assert {
        "code": "E110101",
        "service_reference": "11.1",
        "title": "Firmware version is not an existing CPL entry",
        "raised_when": "an 11.1 or 11.3 names firmware that the CPL does not list; the EPCL is never asked",
        "basis": "specified",
        "source": "SMETS1 Further Testing Consultation, section 3",
        "since": "5.1",
        "checks": ["firmware-version-is-on-cpl", "firmware-hash-is-on-cpl"],
    } == rows["E110101"]
    assert (None, None, "5.4", []) == tuple(rows["E110106"][name] for name in ("title", "basis", "since", "checks"))
    corrected = {row["code"]: row["checks"] for row in shown(codes, "--config", config)}
    left = (["device-to-change-exists"], ["sender-may-change-device", "role-has-rights-to-generation"])
    assert (["device-exists"], *left) == (
        corrected["E1000"],
        corrected["E19"],
        corrected["E4"],
    )


def test_codes_tell_what_is_not_known() -> None:
    result = run(codes)
    assert 0 == result.exit_code
    line = next(line for line in result.stdout.splitlines() if " E110106 " in line)
    assert "not known" in line
