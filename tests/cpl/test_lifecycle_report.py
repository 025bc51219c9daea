"""The EPCL report: who gets into which group, what the others wait for, and how it is written down."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

import pytest
from fleet_tables import COHORT, TARGET, entry, fleet_rows, pending

from cpl import testing_record as record
from cpl.coverage import Fleet, Installs
from cpl.epcl import EpclEntry, InstallationStatus
from cpl.epcl_report import RULES, epcl_report
from cpl.planned_entries import Numbering, faults_of, planned_entries
from cpl.ppcl import PpclRow
from cpl.reading import read_epcl
from cpl.report_documents import OWN_COLUMNS, annex_a, document, volumes
from cpl.requested_entries import EpclReport, Group
from cpl.testing_issues import Thresholds
from cpl.testing_record import Judgement, SitReport, TestingRecord
from cpl.variations import Variation

OTHER_HARDWARE = "EG4 Q4 0x12B | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
OLD_OTHER_HARDWARE = "EG4 Q3 0x12B | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
ELECTRICITY_ONLY = "- | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
OLD_FIRMWARE = "EG4 Q3 0x12A | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ?"
OTHER_PPMID = "EG4 Q4 0x12A | L100 P4 0x131 | i510 H3 0x02 | SED 2.08 ?"

DORMANT = record.TestRun(
    entry="002255",
    planned=30,
    executed=30,
    report="DMCT Testing Report 002255",
    reported=date(2021, 11, 2),
    final=True,
)
SIT_ACTIVE = SitReport(
    cohort=COHORT,
    installation_status=InstallationStatus.ACTIVE,
    report="SIT Test Completion Report Active",
    reported=date(2020, 6, 1),
)
HARDWARE = Judgement(variation=Variation.HARDWARE, rationale="the manufacturer confirms that messages are the same")
SINGLE_FUEL = Judgement(variation=Variation.SINGLE_FUEL, rationale="the dual-fuel tests cover the meter", cohort=COHORT)
ROWS = [pending(TARGET, "002255", "Dormant"), pending(TARGET, "002256", "Active")]


def reported(
    table: str,
    written: TestingRecord,
    rows: Sequence[PpclRow] = ROWS,
    eligible: Sequence[EpclEntry] = (),
) -> EpclReport:
    numbering = Numbering([row.entry_id for row in rows if row.entry_id] + [each.entry_id for each in eligible])
    planned = planned_entries(rows, numbering, written, Thresholds())
    assert () == faults_of(written, planned, eligible)
    return epcl_report(Fleet(fleet_rows(table)), planned, eligible, written, numbering)


def groups(report: EpclReport) -> dict[int, list[tuple[str, str, str | None]]]:
    """Entry id, installation status and what it is equivalent to, by group."""
    return {
        int(group): [
            (each.entry.entry_id, each.entry.installation_status.value, each.entry.equivalent_to)
            for each in report.group(group)
        ]
        for group in Group
    }


def waiting(report: EpclReport) -> list[tuple[str | None, str | None, int, str]]:
    return [
        (each.entry_id, each.installation_status and each.installation_status.value, each.installs, each.why)
        for each in report.waiting
    ]


REPORTS = {
    "the tested Dormant entry and, with the SIT report, the Active one": (
        TestingRecord(tests=(DORMANT,), sit_reports=(SIT_ACTIVE,)),
        ROWS,
        "",
        {1: [("002255", "Dormant", None), ("002256", "Active", None)], 2: []},
        [],
    ),
    "the Active entry waits without the SIT report": (
        TestingRecord(tests=(DORMANT,)),
        ROWS,
        "",
        {1: [("002255", "Dormant", None)], 2: []},
        [
            (
                "002256",
                "Active",
                0,
                "the Dormant entry 002255 is tested; "
                "no SIT report of Active installations of cohort Secure is recorded",
            )
        ],
    ),
    "tests of the Active entry do not stand for the Dormant one": (
        TestingRecord(tests=(record.TestRun(entry="002256", planned=1, executed=1, report="R", final=True),)),
        ROWS,
        "",
        {1: [("002256", "Active", None)], 2: []},
        [("002255", "Dormant", 0, "tested for Active installations only")],
    ),
    "a report that is still a draft": (
        TestingRecord(tests=(record.TestRun(entry="002255", planned=1, executed=1, report="R"),)),
        ROWS[:1],
        "",
        {1: [], 2: []},
        [
            (
                "002255",
                "Dormant",
                0,
                "its DMCT Testing Report is a draft: the time for appeals runs, or one is not decided",
            )
        ],
    ),
    "tests that are under way": (
        TestingRecord(tests=(record.TestRun(entry="002255", planned=3, executed=1),)),
        ROWS[:1],
        f"{TARGET} | Dormant | 8",
        {1: [], 2: []},
        [("002255", "Dormant", 8, "under test: 1 of 3 planned tests executed")],
    ),
    "no tests": (
        TestingRecord(),
        ROWS,
        f"{TARGET} | Dormant | 8",
        {1: [], 2: []},
        [
            ("002255", "Dormant", 8, "no tests of it are executed"),
            ("002256", "Active", 0, "no tests of it are executed"),
        ],
    ),
    "unsuccessful tests, although another installation status passed": (
        TestingRecord(
            tests=(DORMANT, record.TestRun(entry="002256", planned=1, executed=1, report="R", final=True)),
            issues=(
                record.TestingIssue(id="TI-1", severity=1, phase="DMCT", raised_for={"002256"}, affects=frozenset()),
            ),
            sit_reports=(SIT_ACTIVE,),
        ),
        ROWS,
        "",
        {1: [("002255", "Dormant", None)], 2: []},
        [
            (
                "002256",
                "Active",
                0,
                "unsuccessful: 1 of 1 planned tests executed; open Testing Issues of the entry exceed the threshold "
                "(severity 1: 1 of 0); open Testing Issues in aggregate exceed the threshold (severity 1: 1 of 0)",
            )
        ],
    ),
    "hardware variants, by status, once judged": (
        TestingRecord(tests=(DORMANT,), sit_reports=(SIT_ACTIVE,), judgements=(HARDWARE,)),
        ROWS,
        f"{OTHER_HARDWARE} | Dormant | 5\n{OLD_OTHER_HARDWARE} | Active | 7",
        {
            1: [("002255", "Dormant", None), ("002256", "Active", None)],
            2: [("002257", "Active", "002256"), ("002258", "Dormant", "002255")],
        },
        [],
    ),
    "hardware variants wait until they are judged": (
        TestingRecord(tests=(DORMANT,), judgements=(SINGLE_FUEL,)),
        ROWS[:1],
        f"{OTHER_HARDWARE} | Dormant | 5\n{ELECTRICITY_ONLY} | Dormant | 6",
        {1: [("002255", "Dormant", None)], 2: [("002256", "Dormant", "002255")]},
        [(None, "Dormant", 5, "candidate for equivalence to 002255: not judged yet: hardware")],
    ),
    "a variant that the PPCL lists keeps its id": (
        TestingRecord(tests=(DORMANT,), judgements=(HARDWARE,)),
        [ROWS[0], pending(OTHER_HARDWARE, "000990", "Dormant")],
        f"{OLD_OTHER_HARDWARE} | Dormant | 7",
        {1: [("002255", "Dormant", None)], 2: [("000990", "Dormant", "002255")]},
        [],
    ),
    "a variant whose installation status nothing was tested for": (
        TestingRecord(tests=(DORMANT,), judgements=(HARDWARE,)),
        ROWS[:1],
        f"{OTHER_HARDWARE} | Mixed | 5",
        {1: [("002255", "Dormant", None)], 2: []},
        [
            (
                None,
                "Mixed",
                5,
                "candidate for equivalence to 002255: no Mixed entry is tested",
            )
        ],
    ),
    "variants of what is on the EPCL already": (
        TestingRecord(judgements=(HARDWARE,)),
        [],
        f"{TARGET} | Active | 9\n{OTHER_HARDWARE} | Active | 5",
        {1: [], 2: [("000008", "Active", "000007")]},
        [],
    ),
    "another PPMID is neither": (
        TestingRecord(tests=(DORMANT,), judgements=(HARDWARE, SINGLE_FUEL)),
        ROWS[:1],
        f"{OTHER_PPMID} | Dormant | 5",
        {1: [("002255", "Dormant", None)], 2: []},
        [],
    ),
    "rows that leave out hardware or installation status": (
        TestingRecord(tests=(DORMANT,), judgements=(HARDWARE,)),
        ROWS[:1],
        f"EG4 Q4 ? | L100 P4 0x131 | i510 H3 0x02 | Pipit AE05 ? | Dormant | 5\n{TARGET} | ? | 4",
        {1: [("002255", "Dormant", None)], 2: []},
        [
            (None, None, 5, "its rows do not state the hardware"),
            (None, None, 4, "its rows do not state the installation status"),
        ],
    ),
    "a fleet status that the PPCL does not plan": (
        TestingRecord(tests=(DORMANT,), sit_reports=(SIT_ACTIVE,)),
        ROWS[:1],
        f"{TARGET} | Active | 5",
        {1: [("002255", "Dormant", None), ("002256", "Active", None)], 2: []},
        [],
    ),
}


@pytest.mark.parametrize(("written", "rows", "table", "expected", "left"), REPORTS.values(), ids=REPORTS.keys())
def test_the_report_asks_for(
    written: TestingRecord, rows: list[PpclRow], table: str, expected: dict, left: list
) -> None:
    listed = [entry("000007", TARGET)] if not rows else []
    found = reported(table, written, rows, listed)
    assert expected == groups(found)
    assert left == waiting(found)


FULL = TestingRecord(
    tests=(DORMANT,),
    issues=(
        record.TestingIssue(
            id="TI-9", severity=2, phase="SIT", affects={"002255"}, not_counted={"002255": "it has no boost function"}
        ),
    ),
    sit_reports=(SIT_ACTIVE,),
    judgements=(HARDWARE, SINGLE_FUEL),
)
FULL_FLEET = f"""
{TARGET}             | Dormant | 10
{OLD_FIRMWARE}       | Active  | 20
{OTHER_HARDWARE}     | Dormant | 3
{OLD_OTHER_HARDWARE} | Dormant | 4
{ELECTRICITY_ONLY}   | Active  | 5
"""


def test_a_row_without_status_plans_an_entry_for_each_with_the_next_free_ids() -> None:
    rows = [pending(TARGET), pending(OTHER_HARDWARE, "000002"), pending(OTHER_PPMID, "000009", "Mixed")]
    planned = planned_entries(rows, Numbering(["000002", "000009"], first=1), TestingRecord(), Thresholds())
    assert [
        ("000001", "Active", False),
        ("000003", "Dormant", False),
        ("000004", "Mixed", False),
        ("000002", "Active", True),
        ("000005", "Dormant", False),
        ("000006", "Mixed", False),
        ("000009", "Mixed", True),
    ] == [(each.entry_id, each.installation_status.value, each.id_given) for each in planned]


def test_two_planned_entries_of_one_combination_each_stand_on_their_own_tests() -> None:
    failed = record.TestRun(entry="002256", planned=5, executed=4, stopped=True)
    rows = [pending(TARGET, "002255", "Dormant"), pending(TARGET, "002256", "Dormant")]
    found = reported(f"{TARGET} | Dormant | 7", TestingRecord(tests=(DORMANT, failed)), rows)
    assert [("002255", 7)] == [(each.entry.entry_id, each.at_target.installs.total) for each in found.requested]
    assert [
        (
            "002256",
            "Dormant",
            0,
            "unsuccessful: 4 of 5 planned tests executed; the Secretary of State approved that the rest cannot be",
        )
    ] == waiting(found)


def test_installations_are_counted_where_they_belong() -> None:
    found = reported(FULL_FLEET, FULL)
    counted = {
        each.entry.entry_id: (each.at_target.installs, each.upgrades.installs, each.at_target.devices)
        for each in found.requested
    }
    assert {
        "002255": (Installs(dormant=10), Installs(), Installs(dormant=40)),
        "002256": (Installs(), Installs(active=20), Installs()),
        "002257": (Installs(active=5), Installs(), Installs(active=15)),
        "002258": (Installs(dormant=3), Installs(dormant=4), Installs(dormant=12)),
    } == counted
    at_target, upgrades = volumes(found.requested)
    assert Installs(active=5, dormant=13) == at_target.installs
    assert Installs(active=20, dormant=4) == upgrades.installs


def test_entries_carry_their_reports_and_reasons() -> None:
    found = {each.entry.entry_id: each for each in reported(FULL_FLEET, FULL).requested}
    assert [
        ("tested", "DMCT Testing Report 002255 (2021-11-02)", None),
        (
            "the Dormant entry 002255 is tested, and the Active steps in SIT",
            "DMCT Testing Report 002255 (2021-11-02); SIT Test Completion Report Active (2020-06-01)",
            InstallationStatus.DORMANT,
        ),
        (
            "as 002255 but for hardware: the manufacturer confirms that messages are the same",
            "DMCT Testing Report 002255 (2021-11-02)",
            None,
        ),
    ] == [
        (found[number].rationale, found[number].entry.test_reports, found[number].entry.tested_as)
        for number in ("002255", "002256", "002258")
    ]


def test_annex_a_reads_back_as_a_combinations_list() -> None:
    found = reported(FULL_FLEET, FULL)
    reading = read_epcl("annex-a.csv", annex_a(found))
    assert () == reading.unusable
    assert sorted((each.entry for each in found.requested), key=lambda each: each.entry_id) == list(reading.rows)
    assert OWN_COLUMNS == reading.unknown_columns


def test_annex_a_tells_the_group_and_the_counts() -> None:
    rows = list(csv.DictReader(io.StringIO(annex_a(reported(FULL_FLEET, FULL)).decode())))
    assert [
        ("002255", "1", "given", "10", "0", "40", "0"),
        ("002256", "1", "given", "0", "20", "0", "80"),
        ("002257", "2", "proposed", "5", "0", "15", "0"),
        ("002258", "2", "proposed", "3", "4", "12", "16"),
    ] == [tuple(row[name] for name in ("entry_id", *OWN_COLUMNS) if name != "rationale") for row in rows]


LINES = {
    "the overall table": "| Overall | Installs: Active | Dormant | Mixed | Devices: Active | Dormant | Mixed |",
    "requested entries at target firmware": (
        "| Requested EPCL entries (tested and SE) at target FW | 5 | 13 | 0 | 15 | 52 | 0 |"
    ),
    "potential upgrades": "| Potential FW upgrades to target FW (tested and SE) | 20 | 4 | 0 | 80 | 16 | 0 |",
    "totals by status": "| Totals by Installation Status | 25 | 17 | 0 | 95 | 68 | 0 |",
    "totals": "| Totals | 42 |  |  | 163 |  |  |",
    "group 1": "| Requested EPCL entries (tested) at target FW | 0 | 10 | 0 | 0 | 40 | 0 |",
    "group 2": "| Requested EPCL entries (SE) at target FW | 5 | 3 | 0 | 15 | 12 | 0 |",
    "an equivalent entry": (
        "| 002258 (proposed) | Secure | Dormant | EG4 Q4, L100 P4, i510 H3, Pipit AE05 | as 002255 but for hardware: "
        "the manufacturer confirms that messages are the same | DMCT Testing Report 002255 (2021-11-02) |"
    ),
    "a testing report": "- DMCT Testing Report 002255 (2021-11-02)",
    "an issue that is not counted": (
        "| 002255 | successful: 30 of 30 planned tests executed; open Testing Issues within both parts of the "
        "threshold | none | none | TI-9: it has no boost function |"
    ),
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES.keys())
def test_the_document_has(line: str) -> None:
    assert line in document(reported(FULL_FLEET, FULL)).splitlines()


def test_the_document_says_what_waits_and_that_nothing_is_asked_for() -> None:
    text = document(reported("", TestingRecord(), ROWS[:1]))
    assert "Annex A sets out the 0 entries that are asked for." in text
    assert 2 == text.splitlines().count("No entries.")
    assert (
        "| 002255 | Dormant | GSME EG4 Q4 (0x12A), ESME L100 P4 (0x131), hub i510 H3 (0x02), PPMID Pipit AE05 "
        "| 0 | no tests of it are executed |"
    ) in text.splitlines()


def test_the_order_of_fleet_rows_makes_no_difference() -> None:
    backwards = "\n".join(reversed(FULL_FLEET.strip().splitlines()))
    assert reported(FULL_FLEET, FULL) == reported(backwards, FULL)


FAULTS = {
    "tests of an entry that is not planned": (
        TestingRecord(tests=(record.TestRun(entry="002999", planned=1, executed=1),)),
        ("tests of 002999: expected a planned entry, found 002999",),
    ),
    "two records of one entry's tests": (
        TestingRecord(tests=(DORMANT, DORMANT)),
        ("tests of 002255: expected once, found 2 times",),
    ),
    "an issue that affects an entry that is not planned": (
        TestingRecord(issues=(record.TestingIssue(id="TI-1", severity=3, phase="MT", affects={"002998"}),)),
        ("Testing Issue TI-1: expected a planned entry, found 002998",),
    ),
}


@pytest.mark.parametrize(("written", "expected"), FAULTS.values(), ids=FAULTS.keys())
def test_the_record_is_at_fault_with(written: TestingRecord, expected: tuple[str, ...]) -> None:
    planned = planned_entries(ROWS, Numbering([]), written, Thresholds())
    assert expected == faults_of(written, planned, [])


def test_every_rule_of_the_report_says_where_it_stands() -> None:
    assert all(rule.says and rule.cites for rule in RULES.values())
