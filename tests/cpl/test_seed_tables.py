"""Sheets laid out like the tables of the DCC's documents: the draft PPCL of seed 000, the report of seed 003."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workbooks import Rows, as_csv, as_xlsx

from cpl.epcl import EpclEntry, FuelType, InstallationStatus
from cpl.fleet import FleetRow
from cpl.ppcl import PpclRow, Share
from cpl.product import DeviceModel
from cpl.reading import read_epcl, read_fleet, read_ppcl

ACTIVE, DORMANT, MIXED = InstallationStatus
FORMS = {"as CSV": as_csv, "as a workbook": as_xlsx}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())

# ---- seed 000, table 3: headings down the left, a combination in each column

TABLE_3 = [
    ["PPCL V1.0", "Secure", "Elster"],
    ["Fuel Type", "DF", "DF"],
    ["Solution Release", "-", "8.0.12g"],
    ["GSME Model", "Liberty EG4v11", "BK-G4E EI2"],
    ["GSME F/W", "Q4X2G0E", "10.94"],
    ["GSME hardware version", "0x12A", "00"],
    ["GSME hardware revision", "N/A", "00"],
    ["ESME Model", "Liberty 100 - 1 Auxiliary Relay (100mA)", "AS 300P Electricity"],
    ["ESME F/W", "P4X9G01", "ASP04.04.01-55497"],
    ["ESME hardware version", "0x131", "01"],
    ["ESME hardware revision", "N/A", "01"],
    ["CH Model", "Skyline i-510", "AM110R"],
    ["CH F/W", "HUB3F0X", "03.07.09 (49) - REV09"],
    ["CH Hardware variant", "0x02", "10"],
    ["PPMID Model", "Pipit 500", "SED V3"],
    ["PPMID Firmware", "IHDAE05", "2.08.01"],
    ["PPMID Manufacturer", "Secure", "Chameleon"],
    ["%installed now", "0%", "11%"],
    ["%installed at migration", "<1% (Up to 54% with equivalent DMCs)", "35%"],
]
SECURE = PpclRow(
    cohort="Secure",
    fuel_type=FuelType.DUAL,
    gsme=DeviceModel(model="Liberty EG4v11", hardware_version="0x12A", vendor_version="Q4X2G0E"),
    esme=DeviceModel(
        model="Liberty 100 - 1 Auxiliary Relay (100mA)", hardware_version="0x131", vendor_version="P4X9G01"
    ),
    hub=DeviceModel(model="Skyline i-510", hardware_version="0x02", vendor_version="HUB3F0X"),
    ppmid=DeviceModel(manufacturer="Secure", model="Pipit 500", vendor_version="IHDAE05"),
    installed_now=Share(percent=0),
    installed_at_migration=Share(percent=1, is_below=True, with_equivalents=54),
)
ELSTER = PpclRow(
    cohort="Elster",
    fuel_type=FuelType.DUAL,
    solution_release="8.0.12g",
    gsme=DeviceModel(model="BK-G4E EI2", hardware_version="00", hardware_revision="00", vendor_version="10.94"),
    esme=DeviceModel(
        model="AS 300P Electricity", hardware_version="01", hardware_revision="01", vendor_version="ASP04.04.01-55497"
    ),
    hub=DeviceModel(model="AM110R", hardware_version="10", vendor_version="03.07.09 (49) - REV09"),
    ppmid=DeviceModel(manufacturer="Chameleon", model="SED V3", vendor_version="2.08.01"),
    installed_now=Share(percent=11),
    installed_at_migration=Share(percent=35),
)


def turned(rows: Rows) -> Rows:
    return list(zip(*rows, strict=True))


LAYOUTS: dict[str, Rows] = {
    "as the document has it": TABLE_3,
    "with its title above": [["Table 3 - Draft PPCL"], [], *TABLE_3],
    "with blank rows between": [row for line in TABLE_3 for row in (line, [])],
    "with a column of numbers before it": [[n, *row] for n, row in enumerate(TABLE_3)],
    "turned, with headings in a row": turned(TABLE_3),
}


@every_form
@pytest.mark.parametrize("rows", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_draft_ppcl_is_read(form: Callable[[Rows], bytes], rows: Rows) -> None:
    reading = read_ppcl("ppcl", form(rows))
    assert () == reading.unusable
    assert () == reading.unknown_columns
    assert (SECURE, ELSTER) == reading.rows


def test_a_fault_in_a_list_that_runs_across_names_the_row_of_its_heading_and_the_column() -> None:
    broken = [["Table 3"], *([*row[:2], "55 of 100"] if row[0] == "%installed now" else row for row in TABLE_3)]
    reading = read_ppcl("ppcl", as_csv(broken))
    assert (SECURE,) == reading.rows
    assert [
        "ppcl, row 19, column '%installed now (C)': expected a share such as 35% or <1% (up to 54% with equivalent "
        "DMCs), found '55 of 100'"
    ] == [str(unusable) for unusable in reading.unusable]


def test_a_combination_that_is_there_twice_is_unusable_the_second_time() -> None:
    reading = read_ppcl("ppcl", as_csv([[*row, row[1]] for row in TABLE_3]))
    assert (SECURE, ELSTER) == reading.rows
    assert ["ppcl, column 'D': expected each entry once, found the same also in ppcl, column B"] == [
        str(unusable) for unusable in reading.unusable
    ]


# ---- seed 003: entries by group, tested as Dormant

GROUPED_HEADINGS = [
    ["EPCL Entry ID", "Cohort", "Installation Status", "Group", "SE to", "Tested as", "GSME", "", "ESME", "", "CH", ""],
    ["", "", "", "", "", "", "Model", "F/W", "Model", "F/W", "Model", "F/W"],
]
MODELS = ["Liberty EG4v11", "Q4X2G0E", "Liberty 110", "P4X9G01", "Skyline i-510", "HUB3F0X"]
ENTRIES = [
    ["002255", "Secure", "Active", "Group 1", "", "Dormant", *MODELS],
    ["002370", "Secure", "Active", "1", "", "Dormant", *MODELS],
    ["002371", "Secure", "Mixed", "Group 2", "002255", "", *MODELS],
]


def listed(entry_id: str, status: InstallationStatus, parent: str | None, as_: InstallationStatus | None) -> EpclEntry:
    return EpclEntry(
        entry_id=entry_id,
        cohort="Secure",
        installation_status=status,
        equivalent_to=parent,
        gsme=DeviceModel(model="Liberty EG4v11", vendor_version="Q4X2G0E"),
        esme=DeviceModel(model="Liberty 110", vendor_version="P4X9G01"),
        hub=DeviceModel(model="Skyline i-510", vendor_version="HUB3F0X"),
        tested_as=as_,
    )


REPORT = (
    listed("002255", ACTIVE, None, DORMANT),
    listed("002370", ACTIVE, None, DORMANT),
    listed("002371", MIXED, "002255", None),
)


@every_form
def test_the_entries_of_a_report_are_read_under_headings_in_two_rows(form: Callable[[Rows], bytes]) -> None:
    reading = read_epcl("annex-a", form([*GROUPED_HEADINGS, *ENTRIES]))
    assert () == reading.unusable
    assert () == reading.unknown_columns
    assert REPORT == reading.rows


def test_the_same_report_is_read_with_its_cells_merged() -> None:
    title = ["Requested EPCL entries"]
    # The cohort stands once beside all its entries, the models once for the first two.
    first, second, third = ENTRIES
    rows = [title, *GROUPED_HEADINGS, first, [second[0], "", *second[2:6], *[""] * 6], [third[0], "", *third[2:]]]
    headings = ("A1:L1", "A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:E3", "F2:F3", "G2:H2", "I2:J2", "K2:L2")
    models = tuple(f"{column}4:{column}5" for column in "GHIJKL")
    reading = read_epcl("annex-a", as_xlsx(rows, *headings, *models, "B4:B6"))
    assert () == reading.unusable
    assert REPORT == reading.rows


def test_titles_between_the_entries_and_headings_once_more_are_passed_over_and_named() -> None:
    headings = ["EPCL Entry ID", "Cohort", "Installation Status", "Tested / SE", "ESME Model"]
    rows = [
        headings,
        ["Group 1"],
        ["002255", "Secure", "Active", "Tested", "Liberty 110"],
        [],
        headings,
        ["Group 2"],
        ["002371", "Secure", "Mixed", "002255", "Liberty 110"],
    ]
    reading = read_epcl("annex-a", as_xlsx(rows, "A2:E2", "A6:E6"))
    assert ["002255"] == [entry.entry_id for entry in reading.rows]
    assert ("Sheet, row 2: Group 1", "Sheet, row 5: EPCL Entry ID", "Sheet, row 6: Group 2") == reading.passed_over
    assert [(7, "Tested / SE")] == [(unusable.row, unusable.column) for unusable in reading.unusable]


# ---- seed 003, section 1: installs and devices by installation status

FLEET = [
    ["Group 1", "", "", "", "", "Installs", "", "", "Devices", "", ""],
    ["Secure", "ESME Model", "ESME F/W", "CH Model", "CH F/W", *("Active", "Dormant", "Mixed") * 2],
    ["Requested EPCL entries", "Liberty 110", "P4X9G01", "Skyline i-510", "HUB3F0X", "1,200", 30, 4, 2400, 60, 8],
    ["Potential FW upgrades", "Liberty 110", "P4X9G00", "Skyline i-510", "HUB3F0X", 0, 0, 0, 0, 0, 0],
    ["Totals by Installation Status", "", "", "", "", 1200, 30, 4, 2400, 60, 8],
    ["Totals", "", "", "", "", 1234, "", "", 2468, "", ""],
]


def fleet_row(version: str, status: InstallationStatus, installations: int, devices: int) -> FleetRow:
    return FleetRow(
        installations=installations,
        devices=devices,
        installation_status=status,
        esme=DeviceModel(model="Liberty 110", vendor_version=version),
        hub=DeviceModel(model="Skyline i-510", vendor_version="HUB3F0X"),
    )


@every_form
def test_installs_and_devices_by_status_are_read(form: Callable[[Rows], bytes]) -> None:
    reading = read_fleet("rfi", form(FLEET))
    assert () == reading.unusable
    assert (
        fleet_row("P4X9G01", ACTIVE, 1200, 2400),
        fleet_row("P4X9G01", DORMANT, 30, 60),
        fleet_row("P4X9G01", MIXED, 4, 8),
        fleet_row("P4X9G00", ACTIVE, 0, 0),
        fleet_row("P4X9G00", DORMANT, 0, 0),
        fleet_row("P4X9G00", MIXED, 0, 0),
    ) == reading.rows
    assert ("Secure",) == reading.unknown_columns
    assert 2 == len(reading.passed_over)
    assert reading.passed_over[0].endswith(", row 5: Totals by Installation Status")


def test_the_same_numbers_are_read_with_their_headings_merged() -> None:
    merged = as_xlsx(FLEET, "F1:H1", "I1:K1", "F6:H6", "I6:K6")
    assert read_fleet("rfi", as_csv(FLEET)).rows == read_fleet("rfi", merged).rows
