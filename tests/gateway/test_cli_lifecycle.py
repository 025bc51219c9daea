"""``products lifecycle`` on the command line: what it shows, what it writes and how it ends."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from click.testing import CliRunner, Result

from cpl.epcl import InstallationStatus
from cpl.reading import read_epcl
from gateway.cli.products import products
from gateway.product_revisions import ListKind, ProductRevisions

# The two combinations of the draft PPCL, laid out as in table 3 of the MOC SIT consultation.
PPCL = """PPCL V1.0,Secure,Elster
Fuel Type,DF,DF
Solution Release,-,8.0.12g
GSME Model,Liberty EG4v11,BK-G4E EI2
GSME F/W,Q4X2G0E,10.94
GSME hardware version,0x12A,00
GSME hardware revision,N/A,00
ESME Model,Liberty 100 - 1 Auxiliary Relay (100mA),AS 300P Electricity
ESME F/W,P4X9G01,ASP04.04.01-55497
ESME hardware version,0x131,01
ESME hardware revision,N/A,01
CH Model,Skyline i-510,AM110R
CH F/W,HUB3F0X,03.07.09 (49) - REV09
CH Hardware variant,0x02,10
PPMID Model,Pipit 500,SED V3
PPMID Firmware,IHDAE05,2.08.01
PPMID Manufacturer,Secure,Chameleon
"""
HEADINGS = (
    "Cohort,GSME Model,GSME F/W,GSME hardware version,ESME Model,ESME F/W,ESME hardware version,"
    "CH Model,CH F/W,CH Hardware variant,PPMID Model,PPMID Firmware,Firmware upgradable,Active,Dormant,Mixed"
)
ESME = "Liberty 100 - 1 Auxiliary Relay (100mA),P4X9G00"
HUB = "Skyline i-510,HUB3F0W,0x02"
# Of 1000: 8 become the very combination with the new firmware, 432 and 100 with other hardware, 410 have another PPMID.
FLEET = f"""{HEADINGS}
Secure,Liberty EG4v11,Q4X2G0D,0x12A,{ESME},0x131,{HUB},Pipit 500,IHDAE05,yes,5,3,0
Secure,Liberty EG4v11,Q4X2G0D,0x12B,{ESME},0x131,{HUB},Pipit 500,IHDAE05,yes,300,132,0
Secure,,,,{ESME},0x130,{HUB},,,,70,30,0
Secure,Liberty EG4v11,Q4X2G0D,0x12A,{ESME},0x131,{HUB},Trio,7,yes,400,10,0
Secure,Liberty EG4v11,Q4X2G0D,0x12A,Liberty 110,P4X9G00,0x131,{HUB},Pipit 500,IHDAE05,yes,0,0,50
"""
TESTING = """
[[tests]]
entry = "000002"
planned = 10
executed = 10
report = "DMCT Testing Report Secure"
reported = 2021-11-02
final = true

[[issues]]
id = "TI-1"
severity = 3
phase = "DMCT"
raised_for = ["000002"]

[[sit_reports]]
cohort = "Secure"
installation_status = "Active"
report = "SIT Test Completion Report Active"

[[judgements]]
variation = "hardware"
rationale = "the manufacturer confirms that messages are the same"
"""
CONFIG = '[signing]\nkey = "dsp.key"\ncertificate = "dsp.pem"\n[gbcs]\nkey_agreement_key = "acb.key"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds a fleet, a PPCL and a testing record."""
    for name, content in {"fleet.csv": FLEET, "ppcl.csv": PPCL, "testing.toml": TESTING}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    """Words that name a file of the folder, or end like one to be made there, are taken from there."""
    found = [str(folder / word) if (folder / word).exists() or word.startswith("made.") else word for word in arguments]
    return CliRunner().invoke(products, ["lifecycle", *found])


def shown(folder: Path, *arguments: str) -> Any:
    result = run(folder, *arguments, "--json")
    assert 0 == result.exit_code, result.output
    return orjson.loads(result.stdout)


def cells(output: str) -> list[str]:
    """The cells of the tables, their folded lines apart."""
    return [cell.strip() for line in output.splitlines() for cell in line.split("│") if cell.strip()]


def test_the_share_of_each_proposal_is_told(folder: Path) -> None:
    secure = shown(folder, "fleet.csv", "--ppcl", "ppcl.csv")["proposals"][0]["coverage"]
    assert 1000 == secure["base"]["total"]
    assert [0.008, 0.008, 0.54, 0.95] == [
        secure[part]["after_upgrades"]["share"] for part in ("exact", "version", "equivalent", "core")
    ]
    assert 0 == secure["core"]["now"]["total"]
    assert {"active": 5, "dormant": 3, "mixed": 0, "unstated": 0, "total": 8, "share": 0.008} == (
        secure["exact"]["after_upgrades"]
    )


def test_what_is_proposed_comes_with_its_origin_and_its_core(folder: Path) -> None:
    found = shown(folder, "fleet.csv", "--ppcl", "ppcl.csv")
    assert [
        ("DMC 1", "PPCL", None),
        ("DMC 2", "PPCL", None),
        ("DMC 3", "RFI data", "DMC 1"),
        ("DMC 4", "RFI data", None),
    ] == [(each["name"], each["origin"], each["core_of"]) for each in found["proposals"]]
    assert [0.54, 0.54, 0.95, 1.0] == [
        each["together"]["equivalent"]["after_upgrades"]["share"] for each in found["proposals"]
    ]
    assert {"rows": 15, "combinations": 5} == {name: found["fleet"][name] for name in ("rows", "combinations")}


def test_people_see_tables(folder: Path) -> None:
    result = run(folder, "fleet.csv", "--ppcl", "ppcl.csv", "--testing", "testing.toml")
    assert 0 == result.exit_code, result.output
    found = cells(result.output)
    assert "15 rows of RFI data, 5 combinations, 1000 installations (775 active, 175 dormant, 50 mixed)" in found
    for cell in ("DMC 1", "0 (0.0%) -> 8 (0.8%)", "000002 (proposed)", "severity 3: 1 of 3", "severity 3: 1 of 10"):
        assert cell in found
    assert (
        "permitted open Testing Issues of severity 1 to 5 (assumed; [testing_issues] of a configuration sets): "
        "0 0 3 3 3 for an entry, 0 0 10 10 10 in aggregate"
    ) in found
    assert "final-report" not in found
    assert "final-report" in cells(run(folder, "fleet.csv", "--ppcl", "ppcl.csv", "--all").output)


def test_long_tables_are_cut_and_all_shows_them(folder: Path) -> None:
    row = "Secure,,,,{model},P4X9G00,0x131,Skyline i-510,HUB3F0W,0x02,,,,1,0,0\n"
    (folder / "long.csv").write_text(f"{HEADINGS}\n" + "".join(row.format(model=f"M{n:03}") for n in range(40)))
    assert "and 12 more: --all shows them" in run(folder, "long.csv", "--ppcl", "ppcl.csv").output
    assert "more: --all" not in run(folder, "long.csv", "--ppcl", "ppcl.csv", "--all").output


def test_the_report_has_its_two_groups(folder: Path) -> None:
    found = shown(folder, "fleet.csv", "--ppcl", "ppcl.csv", "--testing", "testing.toml")["report"]
    assert [("000001", "Active", "Tested"), ("000002", "Dormant", "Tested")] == [
        (each["entry"]["entry_id"], each["entry"]["installation_status"], each["evidence"])
        for each in found["group_1"]["entries"]
    ]
    assert [("000007", "000001", 300), ("000008", "000002", 132)] == [
        (
            each["entry"]["entry_id"],
            each["entry"]["equivalent_to"],
            each["upgrades"]["installs"]["active"] + each["upgrades"]["installs"]["dormant"],
        )
        for each in found["group_2"]["entries"]
    ]
    assert {"active": 305, "dormant": 135, "mixed": 0, "unstated": 0} == (
        found["overall"]["potential_upgrades"]["installs"]
    )
    assert "candidate for equivalence to 000001: not judged yet: no PPMID, single fuel" in [
        each["why"] for each in found["waiting"]
    ]


def test_the_report_is_written_as_annex_and_as_document(folder: Path) -> None:
    result = run(
        *(folder, "fleet.csv", "--ppcl", "ppcl.csv", "--testing", "testing.toml"),
        *("--report", "made.csv", "--report", "made.md"),
    )
    assert 0 == result.exit_code, result.output
    assert [f"written: {folder / 'made.csv'}", f"written: {folder / 'made.md'}"] == result.output.splitlines()[-2:]
    annex = (folder / "made.csv").read_bytes()
    assert ["1", "1", "2", "2"] == [row["group"] for row in csv.DictReader(io.StringIO(annex.decode()))]
    reading = read_epcl("made.csv", annex)
    assert () == reading.unusable
    assert ["000001", "000002", "000007", "000008"] == [entry.entry_id for entry in reading.rows]
    assert InstallationStatus.DORMANT is reading.rows[0].tested_as
    assert "| Potential FW upgrades to target FW (tested and SE) | 305 | 135 | 0 | 1220 | 540 | 0 |" in (
        (folder / "made.md").read_text().splitlines()
    )


def test_the_annex_can_be_imported_as_the_combinations_list(folder: Path) -> None:
    run(folder, "fleet.csv", "--ppcl", "ppcl.csv", "--testing", "testing.toml", "--report", "made.csv")
    (folder / "config.toml").write_text(CONFIG)
    done = CliRunner().invoke(
        products, ["import", str(folder / "made.csv"), "--kind", "epcl", "--config", str(folder / "config.toml")]
    )
    assert 0 == done.exit_code, done.output
    assert "4 EPCL entries" in done.output


def test_a_workbook_is_read_like_a_sheet(folder: Path) -> None:
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(FLEET)):
        book.active.append([int(cell) if n >= 13 and cell.isdigit() else cell for n, cell in enumerate(row)])
    book.save(folder / "fleet.xlsx")
    expected = shown(folder, "fleet.csv", "--ppcl", "ppcl.csv")
    assert expected["proposals"] == shown(folder, "fleet.xlsx", "--ppcl", "ppcl.csv")["proposals"]


def test_returns_of_several_suppliers_add_up(folder: Path) -> None:
    (folder / "other.csv").write_text(FLEET)
    found = shown(folder, "fleet.csv", "other.csv", "--ppcl", "ppcl.csv")
    assert (30, 5, 2000) == (
        found["fleet"]["rows"],
        found["fleet"]["combinations"],
        found["fleet"]["installations"]["total"],
    )


def test_entries_without_an_id_are_numbered_from_where_is_said(folder: Path) -> None:
    found = shown(folder, "fleet.csv", "--ppcl", "ppcl.csv", "--first-entry-id", "2255")
    assert [f"{number:06}" for number in range(2255, 2261)] == [each["entry_id"] for each in found["planned"]]
    assert {False} == {each["id_given"] for each in found["planned"]}


def test_every_rule_is_told_with_its_source_and_basis(folder: Path) -> None:
    rules = {rule["name"]: rule for rule in shown(folder, "fleet.csv", "--ppcl", "ppcl.csv")["rules"]}
    assert {
        "name": "variation: hardware",
        "says": "other hardware with the same firmware is a candidate for substantive equivalence",
        "cites": "MOC SIT DMC selection (seed 000), sections 2.1 and 2.2.1 b",
        "basis": "specified",
    } == rules["variation: hardware"]
    assert "assumed" == rules["threshold-numbers"]["basis"]


def test_the_thresholds_are_settings(folder: Path) -> None:
    (folder / "config.toml").write_text(f"{CONFIG}[testing_issues]\nentry = [0, 0, 0, 9, 9]\n")
    (folder / "silent.toml").write_text(CONFIG)
    asked = ("fleet.csv", "--ppcl", "ppcl.csv", "--testing", "testing.toml")
    assert "successful" == shown(folder, *asked)["planned"][1]["assessment"]["outcome"]
    assert shown(folder, *asked, "--config", "silent.toml")["thresholds"]["given"] is False
    strict = shown(folder, *asked, "--config", "config.toml")
    assert {"entry": [0, 0, 0, 9, 9], "aggregate": [0, 0, 10, 10, 10], "given": True} == strict["thresholds"]
    assert "unsuccessful" == strict["planned"][1]["assessment"]["outcome"]
    assert [] == strict["report"]["group_1"]["entries"]


def test_the_lists_in_force_are_taken_where_no_file_is_given(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG)
    run(folder, "fleet.csv", "--ppcl", "ppcl.csv", "--testing", "testing.toml", "--report", "made.csv")
    store = ProductRevisions(folder / "products")
    for name, kind in (("ppcl.csv", ListKind.PPCL), ("made.csv", ListKind.EPCL)):
        made = store.import_file(name, (folder / name).read_bytes(), kind)
        assert made.revision is not None
        store.activate(made.revision)
    found = shown(folder, "fleet.csv", "--config", "config.toml")
    assert 6 == len(found["planned"])
    assert 0.44 == found["eligible"]["exact"]["after_upgrades"]["share"], "8 tested and 432 equivalent of 1000"
    assert ["DMC 1", "DMC 2", "DMC 3"] == [each["name"] for each in found["proposals"]], "Secure's is eligible"


BAD_FLEET = FLEET.replace("Secure,,,,", "Secure,,x,,")
ENDINGS = {
    "rows that cannot be used": (
        {"bad.csv": BAD_FLEET},
        ("bad.csv", "--ppcl", "ppcl.csv"),
        1,
        "bad.csv, row 4, column 'GSME Model': expected a model, found only vendor_version\n"
        "nothing was worked out: rows cannot be used",
    ),
    "a file that is no fleet, with leave to skip": (
        {"bad.csv": "a,b\n1,2\n"},
        ("bad.csv", "--ppcl", "ppcl.csv", "--skip-unusable"),
        1,
        "nothing was worked out: rows cannot be used",
    ),
    "a file that breaks off, with leave to skip": (
        {"bad.csv": f'{FLEET}Secure,"Liberty'},
        ("bad.csv", "--ppcl", "ppcl.csv", "--skip-unusable"),
        1,
        "bad.csv, row 7: expected CSV, found a record that cannot be read: unexpected end of data\n"
        "nothing was worked out: rows cannot be used",
    ),
    "tests of an entry that nobody plans": (
        {"bad.toml": TESTING.replace("000002", "000099")},
        ("fleet.csv", "--ppcl", "ppcl.csv", "--testing", "bad.toml"),
        1,
        "bad.toml: tests of 000099: expected a planned entry, found 000099",
    ),
    "a testing record that is not TOML": (
        {"bad.toml": "tests = ["},
        ("fleet.csv", "--ppcl", "ppcl.csv", "--testing", "bad.toml"),
        2,
        "bad.toml: ",
    ),
    "a severity that there is not": (
        {"bad.toml": TESTING.replace("severity = 3", "severity = 6")},
        ("fleet.csv", "--ppcl", "ppcl.csv", "--testing", "bad.toml"),
        2,
        "bad.toml: Expected `int` <= 5 - at `$.issues[0].severity`",
    ),
    "a word in the testing record that there is not": (
        {"bad.toml": TESTING.replace("final", "finished")},
        ("fleet.csv", "--ppcl", "ppcl.csv", "--testing", "bad.toml"),
        2,
        "bad.toml: Object contains unknown field `finished` - at `$.tests[0]`",
    ),
    "a report of another kind": (
        {},
        ("fleet.csv", "--ppcl", "ppcl.csv", "--report", "made.pdf"),
        2,
        "made.pdf: expected a file that ends in .csv or .md",
    ),
    "a file that is not there": ({}, ("fleet.csv", "--ppcl", "none.csv"), 2, "none.csv"),
    "a threshold that is no list": (
        {"config.toml": f"{CONFIG}[testing_issues]\nentry = 3\n"},
        ("fleet.csv", "--config", "config.toml"),
        2,
        "config.toml: Expected `array`, got `int` - at `$.testing_issues.entry`",
    ),
}


@pytest.mark.parametrize(("files", "arguments", "code", "message"), ENDINGS.values(), ids=ENDINGS.keys())
def test_it_ends_without_a_report_for(
    folder: Path, files: dict[str, str], arguments: tuple[str, ...], code: int, message: str
) -> None:
    for name, content in files.items():
        (folder / name).write_text(content)
    result = run(folder, *arguments, "--report", "made.md")
    assert code == result.exit_code, result.output
    assert message in (result.stdout if code == 1 else result.stderr)
    assert not (folder / "made.md").exists()


def test_unusable_rows_are_told_when_they_are_skipped(folder: Path) -> None:
    (folder / "bad.csv").write_text(BAD_FLEET)
    found = shown(folder, "bad.csv", "--ppcl", "ppcl.csv", "--skip-unusable")
    assert ["bad.csv, row 4, column 'GSME Model': expected a model, found only vendor_version"] == found["notes"]
    assert 900 == found["fleet"]["installations"]["total"]


def test_an_empty_fleet_has_no_shares(folder: Path) -> None:
    (folder / "none.csv").write_text(f"{HEADINGS}\n")
    found = shown(folder, "none.csv", "--ppcl", "ppcl.csv")
    assert [None, None] == [each["coverage"]["exact"]["now"]["share"] for each in found["proposals"]]
    assert (
        "0 rows of RFI data, 0 combinations, 0 installations (none)"
        in run(folder, "none.csv", "--ppcl", "ppcl.csv").output
    )
