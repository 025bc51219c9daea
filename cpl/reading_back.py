"""Our canonical CSV form, read back: what ``cpl.writing`` wrote and nothing else.

A stored revision is what was accepted when it was imported, so nothing is judged again here: no other
spellings, no rules of today. That the rows make the revision they are stored under is checked by whoever
reads them. Every worker does this when it starts, so most of the work is msgspec's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, TypeVar

import msgspec

from cpl.cells import share
from cpl.columns import CPL_COLUMNS, Column
from cpl.combination_columns import DEVICES, EPCL_COLUMNS, MODEL_PARTS, PPCL_COLUMNS
from cpl.epcl import EpclEntry
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, DeviceModel

S = TypeVar("S", bound=msgspec.Struct)
_SHARES: Final = ("installed_now", "installed_at_migration")


class NotAsWritten(Exception):
    """The octets are not a list as ``cpl.writing`` writes it; the message names the row and the finding."""


def read_back_cpl(data: bytes) -> tuple[CplEntry, ...]:
    """The Central Products List as ``write_cpl`` wrote it. Raises NotAsWritten."""
    names, rows = _table(data, CPL_COLUMNS)
    entries = []
    for number, cells in rows:
        values: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=True) if cell}
        if "firmware_hash" in values:
            values["firmware_hash"] = _octets(number, values["firmware_hash"])
        entries.append(_converted(number, values, CplEntry))
    return tuple(entries)


def read_back_epcl(data: bytes) -> tuple[EpclEntry, ...]:
    """The Eligible Product Combinations List as ``write_epcl`` wrote it. Raises NotAsWritten."""
    return tuple(_converted(number, values, EpclEntry) for number, values in _combinations(data, EPCL_COLUMNS))


def read_back_ppcl(data: bytes) -> tuple[PpclRow, ...]:
    """The Pending Product Combinations List as ``write_ppcl`` wrote it. Raises NotAsWritten."""
    rows = []
    for number, values in _combinations(data, PPCL_COLUMNS):
        shares = {name: share(values[name]) for name in _SHARES if name in values}
        rows.append(_converted(number, values | shares, PpclRow))
    return tuple(rows)


def _combinations(data: bytes, columns: Sequence[Column]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The values of each row; equal models are one object, since a list repeats them."""
    names, rows = _table(data, columns)
    parts = [f"{device}_{part}" for device in DEVICES for part in MODEL_PARTS]
    if absent := [part for part in parts if part not in names]:
        raise NotAsWritten(f"row 1: expected the columns of every model, found none for {', '.join(absent)}")
    of_models = [(device, itemgetter(*(names.index(f"{device}_{part}") for part in MODEL_PARTS))) for device in DEVICES]
    others = [(name, index) for index, name in enumerate(names) if name not in {*parts, "evidence"}]
    known: dict[tuple[str, ...], DeviceModel] = {}
    for number, cells in rows:
        values: dict[str, Any] = {name: cells[index] for name, index in others if cells[index]}
        for device, parts_of in of_models:
            said = parts_of(cells)
            if any(said):
                if said not in known:
                    stated = {part: text for part, text in zip(MODEL_PARTS, said, strict=True) if text}
                    known[said] = _converted(number, stated, DeviceModel)
                values[device] = known[said]
        yield number, values


def _table(data: bytes, columns: Sequence[Column]) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The names of the columns and the rows with their lines."""
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""), strict=True)
    names = next(_records(lines, 0), (0, []))[1]
    if not names or len(set(names)) < len(names) or not set(names) <= {column.name for column in columns}:
        raise NotAsWritten(f"row 1: expected our own names of the columns, found {', '.join(names) or 'nothing'}")
    return names, _records(lines, len(names))


def _records(lines: Any, width: int) -> Iterator[tuple[int, list[str]]]:
    """``width``: the cells that each record must have; 0: any number."""
    number = lines.line_num + 1
    try:
        for cells in lines:
            if width and len(cells) != width:
                raise NotAsWritten(f"row {number}: expected {width} cells, found {len(cells)}")
            yield number, cells
            number = lines.line_num + 1
    except (csv.Error, UnicodeDecodeError) as fault:
        raise NotAsWritten(f"row {number}: {fault}") from None


def _octets(number: int, digits: str) -> bytes:
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise NotAsWritten(f"row {number}: expected hexadecimal digits, found {digits!r}") from None


def _converted(number: int, values: dict[str, Any], wanted: type[S]) -> S:
    try:
        return msgspec.convert(values, wanted)
    except msgspec.ValidationError as fault:
        raise NotAsWritten(f"row {number}: {fault}") from None
