"""Files as sheets: what merged cells say where, and what the columns are called."""

from __future__ import annotations

import pytest
from workbooks import as_xlsx

from cpl.sheets import Row, column_letters, read_sheets

LETTERS = {0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 16_383: "XFD"}


@pytest.mark.parametrize(("index", "letters"), LETTERS.items(), ids=LETTERS.values())
def test_a_column_is_called(index: int, letters: str) -> None:
    assert letters == column_letters(index)


def rows_of(data: bytes) -> list[Row]:
    sheets = read_sheets("list", data)
    assert isinstance(sheets, list)
    rows = [row for sheet in sheets for row in sheet.rows]
    assert all(isinstance(row, Row) for row in rows)
    return rows  # type: ignore[return-value]


MERGED = {
    "down": (
        [["a", "x"], ["b"], ["c"], ["d"]],
        ["B1:B3"],
        [["a", "x"], ["b", "x"], ["c", "x"], ["d", None]],
    ),
    "across, with more beside": ([["x", "", "y"]], ["A1:B1"], [["x", "x", "y"]]),
    "down and across": ([["a", "x"], ["b"]], ["B1:C2"], [["a", "x", "x"], ["b", "x", "x"]]),
    "beyond what the row has": ([["a", "x"], ["b"]], ["B1:D2"], [["a", "x", "x", "x"], ["b", "x", "x", "x"]]),
    "over a blank row, which stays blank": ([["a", "x"], [], ["c"]], ["B1:B3"], [["a", "x"], [], ["c", "x"]]),
    "one after another": (
        [["a", "x"], ["b"], ["c", "y"], ["d"]],
        ["B3:B4", "B1:B2"],
        [["a", "x"], ["b", "x"], ["c", "y"], ["d", "y"]],
    ),
}


@pytest.mark.parametrize(("rows", "merged", "expected"), MERGED.values(), ids=MERGED.keys())
def test_cells_are_merged(rows: list[list[object]], merged: list[str], expected: list[list[object]]) -> None:
    read = rows_of(as_xlsx(rows, *merged))
    assert list(range(1, len(expected) + 1)) == [row.number for row in read]
    assert expected == [trimmed(row.cells, wanted) for row, wanted in zip(read, expected, strict=True)]


def trimmed(cells: object, wanted: list[object]) -> list[object]:
    """A workbook's rows are as wide as its widest: what is blank beyond what is wanted does not count."""
    found = list(cells)  # type: ignore[call-overload]
    assert not any(found[len(wanted) :])
    return [*found, *[None] * (len(wanted) - len(found))][: len(wanted)]


TITLES = {
    "one text over several columns": (["Group 1", "", ""], "A1:C1", True),
    "one text over several columns with another beside it": (["Group 1", "", "x"], "A1:B1", False),
    "one text in one column": (["Group 1", "", ""], "B1:C1", False),
}


@pytest.mark.parametrize(("row", "merged", "expected"), TITLES.values(), ids=TITLES.keys())
def test_a_title_is(row: list[object], merged: str, expected: bool) -> None:
    (read,) = rows_of(as_xlsx([row], merged))
    assert expected is read.is_title


def test_merged_cells_are_found_behind_many_rows() -> None:
    """More than one piece of the sheet is passed over before them."""
    rows: list[list[object]] = [[f"{'x' * 40}{n}", n] for n in range(20_000)]
    rows[19_999] = ["last", 19_999, "kept"]
    read = rows_of(as_xlsx([*rows, ["more"]], "C20000:C20001"))
    assert ("more", None, "kept") == tuple(read[-1].cells)
