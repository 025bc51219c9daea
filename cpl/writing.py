"""Product lists in our canonical CSV form: UTF-8, the columns in their order, our words for everything.

The same rows give the same octets whatever order they come in, and ``cpl.reading_back`` reads back the same
rows. What suppliers return on installed meters is not kept, so it is not written.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Final, TypeVar

from cpl.columns import CPL_COLUMNS, Column
from cpl.combination_columns import DEVICES, EPCL_COLUMNS, MODEL_PARTS, PPCL_COLUMNS
from cpl.epcl import EpclEntry
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, DeviceModel
from schemas.records import to_json

T = TypeVar("T", bound=EpclEntry | PpclRow)
_parts_of: Final[Callable[[DeviceModel], tuple[str | None, ...]]] = attrgetter(*MODEL_PARTS)
_ABSENT: Final = (None,) * len(MODEL_PARTS)


def write_cpl(entries: Iterable[CplEntry]) -> bytes:
    """The Central Products List as CSV."""
    ordered = sorted(entries, key=lambda entry: (entry.entry_id, to_json(entry)))
    values = attrgetter(*(column.name for column in CPL_COLUMNS))
    return _write(CPL_COLUMNS, ([cell.hex() if type(cell) is bytes else cell for cell in values(e)] for e in ordered))


def write_epcl(entries: Iterable[EpclEntry]) -> bytes:
    """The Eligible Product Combinations List as CSV."""
    return _write_combinations(EPCL_COLUMNS, sorted(entries, key=lambda entry: (entry.entry_id, to_json(entry))))


def write_ppcl(rows: Iterable[PpclRow]) -> bytes:
    """The Pending Product Combinations List as CSV."""
    return _write_combinations(PPCL_COLUMNS, sorted(rows, key=lambda row: (row.cohort, to_json(row))))


def _write_combinations(columns: Sequence[Column], rows: Iterable[T]) -> bytes:
    """The columns of the models stand together: ``DEVICES`` in their order, ``MODEL_PARTS`` of each."""
    names = [column.name for column in columns]
    first = names.index(f"{next(iter(DEVICES))}_{next(iter(MODEL_PARTS))}")
    before: Callable[[T], tuple[object, ...]] = attrgetter(*names[:first])
    behind: Callable[[T], tuple[object, ...]] = attrgetter(*names[first + len(DEVICES) * len(MODEL_PARTS) :])

    def cells(row: T) -> tuple[object, ...]:
        parts = [part for device in DEVICES for part in _parts(getattr(row, device))]
        return (*before(row), *parts, *behind(row))

    return _write(columns, map(cells, rows))


def _parts(model: DeviceModel | None) -> tuple[str | None, ...]:
    return _ABSENT if model is None else _parts_of(model)


def _write(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow([column.name for column in columns])
    lines.writerows(rows)
    return out.getvalue().encode()
