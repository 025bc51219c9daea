"""Malformed lists through the command that people import them with: refused with row and reason, nothing changed."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from gateway.cli.products import products
from gateway.product_revisions import Activation, ListKind, ProductRevisions

CPL, EPCL, PPCL = ListKind
CPL_HEADINGS = ["CPL Entry ID", "Device Type", "Generation", "Manufacturer", "Model", "Firmware Version"]
CPL_ROW = ["1001", "ESME", "SMETS2+", "10A1", "010A030B", "00000001"]
CPL_NEXT = ["1002", *CPL_ROW[1:]]
EPCL_HEADINGS = ["EPCL Entry ID", "Cohort", "Installation Status", "Tested / SE", "SE to", "ESME Model", "ESME F/W"]
EPCL_ROW = ["002255", "Secure", "Active", "Tested", "", "Liberty 100", "P4X9G01"]
PPCL_HEADINGS = ["PPCL V1.0", "Fuel Type", "GSME Model", "ESME Model", "ESME F/W", "%installed now"]
PPCL_ROW = ["Secure", "DF", "EG4v11", "Liberty 100", "P4X9G01", "11%"]
FIRST = [CPL_HEADINGS, CPL_ROW]
"""What is in force before."""


def as_csv(*rows: list[str]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def as_xlsx(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = "List"
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def broken_inside(workbook: bytes) -> bytes:
    """The sheet itself ends in the middle of a row."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content[: content.rindex(b"<row")] if name.endswith("sheet1.xml") else content)
    return out.getvalue()


def changed(row: list[str], index: int, cell: str) -> list[str]:
    return [*row[:index], cell, *row[index + 1 :]]


NO_HEADER = (
    "list: expected a header row with entry_id, device_type, generation, manufacturer, model, firmware_version "
    "among the first 20 rows, found none"
)
MALFORMED = {
    "a CPL that is empty": (
        CPL,
        b"",
        NO_HEADER,
    ),
    "a CPL with nothing under its header": (
        CPL,
        as_csv(CPL_HEADINGS),
        "nothing was imported: 0 usable rows, 0 faults",
    ),
    "an EPCL that is given for a CPL": (
        CPL,
        as_csv(EPCL_HEADINGS, EPCL_ROW),
        NO_HEADER,
    ),
    "a CPL without the column of versions": (
        CPL,
        as_csv(["Central Products List"], CPL_HEADINGS[:5], CPL_ROW[:5]),
        "list, row 2: expected columns for firmware_version, found none",
    ),
    "a CPL with two columns of versions": (
        CPL,
        as_csv([*CPL_HEADINGS, "firmware-version"], [*CPL_ROW, "00000002"]),
        "list, row 1: expected one column for firmware_version, found 'Firmware Version' and 'firmware-version'",
    ),
    "a CPL with an entry twice": (
        CPL,
        as_csv(CPL_HEADINGS, CPL_ROW, [], CPL_ROW),
        "list, row 4, column 'CPL Entry ID': expected each entry once, found 1001 also in list, row 2",
    ),
    "a CPL with a vendor's version in the place of DUIS's": (
        CPL,
        as_csv(CPL_HEADINGS, CPL_ROW, changed(CPL_NEXT, 5, "ASP04.04.01-55497")),
        "list, row 3, column 'Firmware Version': expected at most 8 characters, found 'ASP04.04.01-55497' "
        "(17 characters)",
    ),
    "a CPL with a version that a spreadsheet made a number of": (
        CPL,
        as_xlsx(CPL_HEADINGS, CPL_ROW, [*CPL_NEXT[:5], 2]),
        "List, row 3, column 'Firmware Version': expected text, found the number 2: format the column as text and "
        "enter it again",
    ),
    "a CPL with a GBCS version from the future": (
        CPL,
        as_csv([*CPL_HEADINGS, "GBCS Version"], [*CPL_ROW, "4.3"], [*CPL_NEXT, "5.0"]),
        "list, row 3, column 'GBCS Version': expected a GBCS version that this gateway knows (1.0, 1.1, 2.0, 2.1, 3.2, "
        "4.0, 4.1, 4.2, 4.3), found '5.0': published, but not in force",
    ),
    "a CPL with an American date": (
        CPL,
        as_csv([*CPL_HEADINGS, "Status", "Status Date"], [*CPL_ROW, "Expired", "08/30/2022"]),
        "list, row 2, column 'Status Date': expected a date as dd/mm/yyyy or yyyy-mm-dd, found '08/30/2022', which is "
        "no day of the calendar",
    ),
    "a CPL that is not UTF-8": (
        CPL,
        as_csv(CPL_HEADINGS, CPL_ROW) + "1002,ESME,SMETS2+,Müller,010A030B,00000001\r\n".encode("latin-1"),
        "list, row 3: expected CSV in UTF-8, found the octet 0xfc: save it as 'CSV UTF-8'",
    ),
    "a CPL with a quote that never ends": (
        CPL,
        as_csv(CPL_HEADINGS, CPL_ROW) + b'1002,"ESME\r\n',
        "list, row 3: expected CSV, found a record that cannot be read: unexpected end of data",
    ),
    "a CPL in an old workbook": (
        CPL,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(64),
        "list: expected CSV or XLSX, found an old or encrypted Excel workbook: save it as .xlsx",
    ),
    "a CPL in a workbook that was cut off": (
        CPL,
        as_xlsx(CPL_HEADINGS, CPL_ROW)[:900],
        "list: expected an XLSX workbook, found one that cannot be read: File is not a zip file",
    ),
    "a CPL in a workbook whose sheet breaks off": (
        CPL,
        broken_inside(as_xlsx(CPL_HEADINGS, CPL_ROW, CPL_NEXT)),
        "List, row 3: expected an XLSX worksheet, found one that cannot be read: ",
    ),
    "an EPCL with an entry id of four digits": (
        EPCL,
        as_csv(EPCL_HEADINGS, EPCL_ROW, changed(EPCL_ROW, 0, "2256")),
        "list, row 3, column 'EPCL Entry ID': expected six digits, found '2256'",
    ),
    "an EPCL with an unknown installation status": (
        EPCL,
        as_csv(EPCL_HEADINGS, changed(EPCL_ROW, 2, "Asleep")),
        "list, row 2, column 'Installation Status': expected Active, Dormant or Mixed, found 'Asleep'",
    ),
    "an EPCL with an entry that is equivalent to nothing": (
        EPCL,
        as_csv(EPCL_HEADINGS, changed(EPCL_ROW, 3, "SE")),
        "list, row 2, column 'SE to': expected the tested entry it is Substantively Equivalent to, found none",
    ),
    "an EPCL with firmware of no model": (
        EPCL,
        as_xlsx(EPCL_HEADINGS, changed(EPCL_ROW, 5, "N/A")),
        "List, row 2, column 'ESME Model': expected a model, found only vendor_version",
    ),
    "a PPCL with one meter for two fuels": (
        PPCL,
        as_csv(PPCL_HEADINGS, changed(PPCL_ROW, 2, "-")),
        "list, row 2, column 'Fuel Type': expected a GSME and an ESME for dual fuel, found no GSME",
    ),
    "a PPCL that runs across, with a share of nothing": (
        PPCL,
        as_csv(*map(list, zip(PPCL_HEADINGS, PPCL_ROW, changed(PPCL_ROW, 5, "most"), strict=True))),
        "list, row 6, column '%installed now (C)': expected a share such as 35% or <1% (up to 54% with equivalent "
        "DMCs), found 'most'",
    ),
    "a PPCL with a combination twice": (
        PPCL,
        as_csv(PPCL_HEADINGS, PPCL_ROW, PPCL_ROW),
        "list, row 3: expected each entry once, found the same also in list, row 2",
    ),
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(
        '[signing]\nkey = "dcc.key"\ncertificate = "dcc.pem"\n[gbcs]\nkey_agreement_key = "acb.key"\n'
        '[products]\ndirectory = "products"\n'
    )
    return file


@pytest.mark.parametrize(("kind", "data", "said"), MALFORMED.values(), ids=MALFORMED.keys())
def test_the_revision_in_force_stays_after(config: Path, kind: ListKind, data: bytes, said: str) -> None:
    store = ProductRevisions(config.parent / "products")
    before = store.import_file("first", as_csv(*FIRST), CPL).revision
    assert isinstance(store.activate(str(before)), Activation)
    file = config.parent / "list"
    file.write_bytes(data)
    done = CliRunner().invoke(products, ["import", str(file), "--kind", kind.value, "--config", str(config)])
    assert 1 == done.exit_code, done.output
    assert said in done.output
    assert "nothing was imported" in done.output
    assert before == store.active_revision()
    assert (before,) == store.revisions()


HALF_READ = ("a CPL with a quote that never ends", "a CPL in a workbook whose sheet breaks off")


@pytest.mark.parametrize("name", HALF_READ)
def test_half_a_list_is_not_imported_even_without_its_unusable_rows(config: Path, name: str) -> None:
    kind, data, _ = MALFORMED[name]
    store = ProductRevisions(config.parent / "products")
    made = store.import_file("list", data, kind, skip_unusable=True)
    assert made.candidate is None
    assert 1 <= made.entries
    assert () == store.revisions()
