"""Rows of the PPCL and of returns on installed meters: what they may hold and what does not go together."""

from __future__ import annotations

import pytest
from workbooks import as_csv, as_xlsx

from cpl.epcl import FuelType, InstallationStatus
from cpl.fleet import FleetRow
from cpl.ppcl import PpclRow, Share
from cpl.product import DeviceModel
from cpl.reading import read_fleet, read_ppcl

ACTIVE, DORMANT, MIXED = InstallationStatus
ESME = DeviceModel(model="Liberty 100")


def ppcl(**cells: object) -> bytes:
    row = {"Cohort": "Secure", "ESME Model": "Liberty 100", **{name.replace("_", " "): c for name, c in cells.items()}}
    return as_xlsx([list(row), list(row.values())])


PENDING = {
    "a planned entry": (ppcl(EPCL_Entry_ID="002255"), PpclRow(cohort="Secure", esme=ESME, entry_id="002255")),
    "its installation status": (
        ppcl(Installation_Status="Dormant"),
        PpclRow(cohort="Secure", esme=ESME, installation_status=DORMANT),
    ),
    "a single fuel": (ppcl(Fuel_Type="Single Fuel"), PpclRow(cohort="Secure", esme=ESME, fuel_type=FuelType.SINGLE)),
    "where its testing stands": (
        ppcl(DMCT_Status="Awaiting approval"),
        PpclRow(cohort="Secure", esme=ESME, dmct_status="Awaiting approval"),
    ),
    "a share that a spreadsheet keeps as a fraction": (
        ppcl(Installed_Now=0.29),
        PpclRow(cohort="Secure", esme=ESME, installed_now=Share(percent=29)),
    ),
    "a model with its hub's SMSO and WAN provider": (
        ppcl(SMSO_ID="SMSO-1", WAN_Provider="WAN-1"),
        PpclRow(cohort="Secure", esme=ESME, smso="SMSO-1", wan_provider="WAN-1"),
    ),
}


@pytest.mark.parametrize(("data", "expected"), PENDING.values(), ids=PENDING.keys())
def test_a_pending_row_holds(data: bytes, expected: PpclRow) -> None:
    reading = read_ppcl("ppcl", data)
    assert () == reading.unusable
    assert (expected,) == reading.rows


UNUSABLE_PENDING = {
    "dual fuel with one meter": (
        ppcl(Fuel_Type="DF"),
        "Sheet, row 2, column 'Fuel Type': expected a GSME and an ESME for dual fuel, found no GSME",
    ),
    "single fuel with two meters": (
        ppcl(Fuel_Type="SF", GSME_Model="EG4"),
        "Sheet, row 2, column 'Fuel Type': expected one meter for single fuel, found a GSME and an ESME",
    ),
    "an unknown fuel": (
        ppcl(Fuel_Type="Oil"),
        "Sheet, row 2, column 'Fuel Type': expected DF or SF (dual or single fuel), found 'Oil'",
    ),
    "a share above the whole": (
        ppcl(Installed_Now="101%"),
        "Sheet, row 2, column 'Installed Now': expected a share such as 35% or <1% (up to 54% with equivalent DMCs), "
        "found '101%'",
    ),
    "a number that is no share": (
        ppcl(Installed_Now=35),
        "Sheet, row 2, column 'Installed Now': expected a share of 0 to 100 %, found 35",
    ),
    "no cohort": (ppcl(Cohort=None), "Sheet, row 2, column 'Cohort': expected a value, found nothing"),
    "no model": (
        ppcl(ESME_Model="N/A"),
        "Sheet, row 2: expected the model of a GSME, ESME, hub or PPMID, found none",
    ),
}


@pytest.mark.parametrize(("data", "message"), UNUSABLE_PENDING.values(), ids=UNUSABLE_PENDING.keys())
def test_a_pending_row_is_unusable_for(data: bytes, message: str) -> None:
    reading = read_ppcl("ppcl", data)
    assert () == reading.rows
    assert [message] == [str(unusable) for unusable in reading.unusable]


# ---- returns on installed meters


def fleet(**cells: object) -> bytes:
    row = {"ESME Model": "Liberty 100", **{name.replace("_", " "): cell for name, cell in cells.items()}}
    return as_xlsx([list(row), list(row.values())])


def installed(installations: int, status: InstallationStatus | None = None, **stated: object) -> FleetRow:
    return FleetRow(installations=installations, installation_status=status, esme=ESME, **stated)  # type: ignore[arg-type]


RETURNS = {
    "a number of installations": (fleet(Installs=12), (installed(12),)),
    "a number as text": (fleet(Number_of_Installations="1,234"), (installed(1234),)),
    "a number that a spreadsheet keeps as a fraction": (fleet(Installations=12.0), (installed(12),)),
    "none": (fleet(Installs=0), (installed(0),)),
    "a number in one status": (fleet(Installs=12, Status="Dormant"), (installed(12, DORMANT),)),
    "a number for some statuses": (fleet(Active=7, Dormant=5), (installed(7, ACTIVE), installed(5, DORMANT))),
    "all statuses and their sum": (
        fleet(Installs=12, Active_Installs=7, Dormant_Installs=4, Mixed_Installs=1),
        (installed(7, ACTIVE), installed(4, DORMANT), installed(1, MIXED)),
    ),
    "devices besides": (
        fleet(Active_Installs=7, Active_Devices=14, Mixed_Installs=1),
        (installed(7, ACTIVE, devices=14), installed(1, MIXED)),
    ),
    "who returned it": (
        fleet(Installs=12, Energy_Supplier="A", Cohort="MDS"),
        (installed(12, supplier="A", cohort="MDS"),),
    ),
    "a display that can be upgraded": (
        fleet(Installs=12, IHD_Model="SED V3", IHD_Upgradable="Yes"),
        (installed(12, ppmid=DeviceModel(model="SED V3"), upgradable=True),),
    ),
    "a display that cannot": (
        fleet(Installs=12, Consumer_Device_Model="E1", Firmware_Upgradable=False),
        (installed(12, ppmid=DeviceModel(model="E1"), upgradable=False),),
    ),
    "a factory installed configuration": (
        fleet(Installs=12, CH_Model="H1", CH_Configuration="C7"),
        (installed(12, hub=DeviceModel(model="H1", configuration="C7")),),
    ),
    "a combination twice, from two suppliers": (
        as_csv([["ESME Model", "Installs", "Supplier"], ["Liberty 100", 1, "A"], ["Liberty 100", 2, "B"]]),
        (installed(1, supplier="A"), installed(2, supplier="B")),
    ),
    "a supplier that is called Total": (
        as_csv([["Supplier", "ESME Model", "Installs"], ["TotalEnergies", "Liberty 100", 1], ["Total:", "", 1]]),
        (installed(1, supplier="TotalEnergies"),),
    ),
}


@pytest.mark.parametrize(("data", "expected"), RETURNS.values(), ids=RETURNS.keys())
def test_a_return_holds(data: bytes, expected: tuple[FleetRow, ...]) -> None:
    reading = read_fleet("rfi", data)
    assert () == reading.unusable
    assert expected == reading.rows


UNUSABLE_RETURNS = {
    "no number": (
        fleet(Installs=None),
        "Sheet, row 2, column 'Installs': expected a number of installations, found none",
    ),
    "half an installation": (
        fleet(Installs=0.5),
        "Sheet, row 2, column 'Installs': expected a whole number, found the number 0.5",
    ),
    "fewer than none": (
        fleet(Installs="-3"),
        "Sheet, row 2, column 'Installs': expected a whole number, found '-3'",
    ),
    "a number in words": (
        fleet(Installs="dozens"),
        "Sheet, row 2, column 'Installs': expected a whole number, found 'dozens'",
    ),
    "statuses that do not add up": (
        fleet(Installs=12, Active=7, Dormant=4),
        "Sheet, row 2, column 'Installs': expected Active, Dormant and Mixed to add up to 12, found 11",
    ),
    "numbers of another status than its own": (
        fleet(Installation_Status="Mixed", Active=7),
        "Sheet, row 2, column 'Installation Status': expected numbers of Mixed installations only, found others",
    ),
    "an answer that is neither yes nor no": (
        fleet(Installs=1, Upgradable="perhaps"),
        "Sheet, row 2, column 'Upgradable': expected yes or no, found 'perhaps'",
    ),
    "no column of numbers": (
        fleet(CH_Model="H1"),
        "Sheet, row 1: expected columns for installations or installations_active or installations_dormant or "
        "installations_mixed, found none",
    ),
    "no header": (
        as_csv([["name", "address"]]),
        "rfi: expected a header row with installations among the first 20 rows, found none",
    ),
}


@pytest.mark.parametrize(("data", "message"), UNUSABLE_RETURNS.values(), ids=UNUSABLE_RETURNS.keys())
def test_a_return_is_unusable_for(data: bytes, message: str) -> None:
    reading = read_fleet("rfi", data)
    assert () == reading.rows
    assert [message] == [str(unusable) for unusable in reading.unusable]
