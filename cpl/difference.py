"""What one revision of the product lists changes against another: rows, and what may be used.

A row is known by its entry id. Which devices and requests a change touches is not known here: that takes
the inventory and the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from cpl.epcl import EpclEntry
from cpl.product import CplEntry
from cpl.product_list import ProductList

Row = TypeVar("Row", CplEntry, EpclEntry)


class Changed(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """A row that both revisions have, with other contents."""

    before: Row
    after: Row
    fields: tuple[str, ...]
    """Names of the fields that differ, in the row's order."""


class Rows(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """One list's difference, each part by entry id."""

    added: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()
    changed: tuple[Changed[Row], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class Product(msgspec.Struct, frozen=True, order=True):
    """What an 11.1 names: a Device Model and a firmware version, as the entry spells them."""

    manufacturer: str
    model: str
    firmware_version: str


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """From one revision to another."""

    before: str
    after: str
    cpl: Rows[CplEntry]
    epcl: Rows[EpclEntry]
    ended: tuple[Product, ...]
    """Products in force before and not after: an 11.1, an 11.4 or a 12.2 for them is refused from then on."""
    begun: tuple[Product, ...]
    """Products in force after and not before."""
    ended_hashes: tuple[bytes, ...]
    """Image hashes (32 octets) that had an Active entry before and have none after."""
    begun_hashes: tuple[bytes, ...]

    def __bool__(self) -> bool:
        return bool(self.cpl or self.epcl)


def difference(before: ProductList, after: ProductList) -> Difference:
    """Every row that differs, and the products and images that stop or start being usable."""
    return Difference(
        before=before.revision,
        after=after.revision,
        cpl=_rows(before.entries, after.entries),
        epcl=_rows(before.combinations.entries, after.combinations.entries),
        ended=_only_in(before, after),
        begun=_only_in(after, before),
        ended_hashes=_hashes_only_in(before, after),
        begun_hashes=_hashes_only_in(after, before),
    )


def _rows(before: Iterable[Row], after: Iterable[Row]) -> Rows[Row]:
    old, new = {row.entry_id: row for row in before}, {row.entry_id: row for row in after}
    return Rows(
        added=tuple(new[name] for name in sorted(new.keys() - old.keys())),
        removed=tuple(old[name] for name in sorted(old.keys() - new.keys())),
        changed=tuple(
            Changed(before=old[name], after=new[name], fields=_differing(old[name], new[name]))
            for name in sorted(old.keys() & new.keys())
            if old[name] != new[name]
        ),
    )


def _differing(one: Row, other: Row) -> tuple[str, ...]:
    return tuple(name for name in one.__struct_fields__ if getattr(one, name) != getattr(other, name))


def _only_in(one: ProductList, other: ProductList) -> tuple[Product, ...]:
    found = {
        Product(entry.manufacturer, entry.model, entry.firmware_version)
        for entry in one.entries
        if entry.in_force and not other.in_force(entry.manufacturer, entry.model, entry.firmware_version)
    }
    return tuple(sorted(found))


def _hashes_only_in(one: ProductList, other: ProductList) -> tuple[bytes, ...]:
    found = {
        entry.firmware_hash
        for entry in one.entries
        if entry.in_force and entry.firmware_hash is not None and not other.in_force_by_hash(entry.firmware_hash)
    }
    return tuple(sorted(found))
