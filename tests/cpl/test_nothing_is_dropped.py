"""Whatever a sheet holds: no reader fails, and every row of it is a row of the list or accounted for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import as_csv, as_xlsx

from cpl.columns import CPL_COLUMNS
from cpl.combination_columns import EPCL_COLUMNS, FLEET_COLUMNS, PPCL_COLUMNS
from cpl.reading import read_cpl, read_epcl, read_fleet, read_ppcl
from cpl.rows import Reading

READERS = {
    "the CPL": (read_cpl, [column.name for column in CPL_COLUMNS]),
    "the EPCL": (read_epcl, [column.name for column in EPCL_COLUMNS]),
    "the PPCL": (read_ppcl, [column.name for column in PPCL_COLUMNS]),
    "returns on installed meters": (read_fleet, [column.name for column in FLEET_COLUMNS]),
}
every_reader = pytest.mark.parametrize(("read", "names"), READERS.values(), ids=READERS.keys())
Read = Callable[[str, bytes], Reading[Any]]

TEXTS = st.sampled_from(
    [
        *(
            "",
            " ",
            "-",
            "N/A",
            "1001",
            "002255",
            "Active",
            "Dormant",
            "ESME",
            "SMETS1",
            "SMETS2+",
            "Tested",
            "SE",
            "DF",
        ),
        *("Liberty 100", "P4X9G01", "Totals", "Group 1", "35%", "<1%", "1,200", "-3", "30/08/2022", "31.02.22", "3.2"),
        *("Yes", "#REF!", "1E+20", "PPCL V1.0", "Model", "Installs", "entry_id", "cohort", "a,b", 'q"q', "\x00", "£"),
    ]
)
HEADINGS = {"", "Active", "Dormant", "Installs", "Model", "entry_id", "cohort"}
"""Of those texts: a sheet of headings alone has nothing that could be dropped."""
CELLS = TEXTS | st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | st.dates()
SHEETS = st.lists(st.lists(CELLS.filter(lambda cell: cell != "\x00"), max_size=8), max_size=8)


@every_reader
@settings(max_examples=40, deadline=None)
@given(rows=SHEETS)
def test_no_sheet_makes_a_reader_fail(read: Read, names: list[str], rows: Sequence[Sequence[object]]) -> None:
    for data in (as_csv(rows), as_xlsx(rows)):
        reading = read("list", data)
        said = reading.rows or reading.unusable or reading.passed_over
        assert said or {str(cell).strip() for row in rows for cell in row if cell} <= HEADINGS


@every_reader
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_row_under_a_header_is_accounted_for(read: Read, names: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.lists(TEXTS, min_size=len(names), max_size=len(names)), max_size=6))
    reading = read("list", as_csv([names, *rows]))
    expected = {number for number, row in enumerate(rows, start=2) if any(cell.strip() for cell in row)}
    refused = {unusable.row for unusable in reading.unusable}
    titles = {int(where.split("row ")[1].split(":")[0]) for where in reading.passed_over}
    kept = expected - refused - titles
    assert refused | titles <= expected
    assert bool(kept) is bool(reading.rows)
    assert len(kept) <= len(reading.rows) <= 4 * len(kept)


@every_reader
@settings(max_examples=40, deadline=None)
@given(data=st.binary(max_size=200) | st.binary(max_size=200).map(lambda octets: b"PK\x03\x04" + octets))
def test_no_octets_make_a_reader_fail(read: Read, names: list[str], data: bytes) -> None:
    reading = read("list", data)
    assert () == reading.rows
    assert not reading.is_whole
