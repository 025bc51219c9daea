"""Product lists in our canonical CSV form: UTF-8, the columns of ``cpl.columns`` in their order.

The same entries give the same octets whatever order they come in, and ``cpl.reading`` reads back
the same entries.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import TypeVar

from cpl.columns import CPL_COLUMNS, DEVICES, EPCL_COLUMNS, MODEL_PARTS, Column
from cpl.epcl import EpclEntry
from cpl.product import CplEntry
from schemas.records import to_json

T = TypeVar("T", CplEntry, EpclEntry)


def write_cpl(entries: Iterable[CplEntry]) -> bytes:
    """The Central Products List as CSV."""
    return _write(CPL_COLUMNS, (_cpl_row(entry) for entry in _in_order(entries)))


def write_epcl(entries: Iterable[EpclEntry]) -> bytes:
    """The Eligible Product Combinations List as CSV."""
    return _write(EPCL_COLUMNS, (_epcl_row(entry) for entry in _in_order(entries)))


def _in_order(entries: Iterable[T]) -> list[T]:
    return sorted(entries, key=lambda entry: (entry.entry_id, to_json(entry)))


def _cpl_row(entry: CplEntry) -> dict[str, object]:
    return {column.name: getattr(entry, column.name) for column in CPL_COLUMNS}


def _epcl_row(entry: EpclEntry) -> dict[str, object]:
    row: dict[str, object] = {}
    for device in DEVICES:
        model = getattr(entry, device)
        row |= {f"{device}_{part}": getattr(model, part, None) for part in MODEL_PARTS}
    return row | {column.name: getattr(entry, column.name) for column in EPCL_COLUMNS if column.name not in row}


def _write(columns: Sequence[Column], rows: Iterable[Mapping[str, object]]) -> bytes:
    names = [column.name for column in columns]
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(names)
    lines.writerows([_cell(row[name]) for name in names] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case Enum():
            return str(value.value)
        case bytes():
            return value.hex()
        case date():
            return value.isoformat()
        case _:
            return str(value)
