"""The product lists in force as one immutable index, and the words for what is not on it.

Built once per revision and shared by every request; look-ups cost a few dictionary reads, because an
11.1 makes up to 50,000 of them. How a list changes from revision to revision does not live here.

The CPL is what gates a request, never the EPCL (seed 004, section 3). Manufacturer, model and
firmware version compare trimmed and without regard to case (assumed: the sources do not say).
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable
from typing import Final, TypeVar

from cpl.epcl import EpclEntry, EpclIndex
from cpl.product import CplEntry, in_force
from schemas.records import to_json

K = TypeVar("K", bound=Hashable)
Entries = tuple[CplEntry, ...]

NAMED_ALTERNATIVES: Final = 5
"""Firmware versions that a reason names before it counts the rest."""


class ProductList:
    """One revision of the CPL, with the EPCL that goes with it.

    ``revision`` is the first 12 hexadecimal digits of a SHA-256 over the entries of both lists; the
    order of the entries makes no difference. Every look-up returns all entries that fit, in or out
    of force; the ``in_force`` variants return the Active ones only. That a SMETS1 and a SMETS2+
    entry differ in firmware version (the tactical solution, seed 001) is not relied on.
    """

    def __init__(self, entries: Iterable[CplEntry], combinations: Iterable[EpclEntry] = ()) -> None:
        self.entries: Final[Entries] = tuple(sorted(entries, key=_order))
        self.combinations: Final = EpclIndex(combinations)
        self.revision: Final = _revision(self.entries, self.combinations.entries)
        self._by_product: Final = _group(
            (_product(e.manufacturer, e.model, e.firmware_version), e) for e in self.entries
        )
        self._by_model: Final = _group((_product(e.manufacturer, e.model), e) for e in self.entries)
        self._by_version: Final = _group((_fold(e.firmware_version), e) for e in self.entries)
        self._by_hash: Final = _group((e.firmware_hash, e) for e in self.entries if e.firmware_hash is not None)
        self._active: Final = {key: in_force(found) for key, found in self._by_product.items()}

    def __len__(self) -> int:
        """Number of CPL entries, in and out of force."""
        return len(self.entries)

    def entry(self, manufacturer: str, model: str, firmware_version: str) -> Entries:
        """The entries of a Device Model with a firmware version (DUIS form)."""
        return self._by_product.get(_product(manufacturer, model, firmware_version), ())

    def by_model(self, manufacturer: str, model: str) -> Entries:
        """The entries of a Device Model, whatever the firmware version."""
        return self._by_model.get(_product(manufacturer, model), ())

    def by_version(self, firmware_version: str) -> Entries:
        """The entries with a firmware version (DUIS form), whatever the Device Model."""
        return self._by_version.get(_fold(firmware_version), ())

    def by_hash(self, firmware_hash: bytes) -> Entries:
        """The entries of an image, by its SHA-256 (32 octets): all that an 11.3 carries."""
        return self._by_hash.get(firmware_hash, ())

    def in_force(self, manufacturer: str, model: str, firmware_version: str) -> Entries:
        """As ``entry``, Active ones only."""
        return self._active.get(_product(manufacturer, model, firmware_version), ())

    def in_force_by_model(self, manufacturer: str, model: str) -> Entries:
        """As ``by_model``, Active ones only."""
        return in_force(self.by_model(manufacturer, model))

    def in_force_by_version(self, firmware_version: str) -> Entries:
        """As ``by_version``, Active ones only."""
        return in_force(self.by_version(firmware_version))

    def in_force_by_hash(self, firmware_hash: bytes) -> Entries:
        """As ``by_hash``, Active ones only."""
        return in_force(self.by_hash(firmware_hash))


def explain_absence(products: ProductList, manufacturer: str, model: str, firmware_version: str) -> str:
    """Why a firmware version of a Device Model is refused (E110101), for a product that is not in force.

    Names the entry that was removed, and the versions of the same model that are in force.
    """
    reason = f"firmware {firmware_version} of {manufacturer}/{model} is not on the CPL (revision {products.revision})"
    if removed := products.entry(manufacturer, model, firmware_version):
        reason += ": " + ", ".join(_removal(entry) for entry in removed)
    if listed := products.in_force_by_model(manufacturer, model):
        reason += f"; listed for this model: {_some({entry.firmware_version for entry in listed})}"
    return reason


def explain_absence_of_hash(products: ProductList, firmware_hash: bytes) -> str:
    """Why an 11.3 is refused (E110101), for a hash that no Active entry has."""
    reason = f"firmware hash {firmware_hash.hex()} is not on the CPL (revision {products.revision})"
    if removed := products.by_hash(firmware_hash):
        reason += ": " + ", ".join(f"{_removal(entry)} ({_name(entry)})" for entry in removed)
    return reason


def _removal(entry: CplEntry) -> str:
    if entry.status_since is None:
        return f"entry {entry.entry_id} is {entry.status.value}"
    return f"entry {entry.entry_id} was {entry.status.value} on {entry.status_since.isoformat()}"


def _name(entry: CplEntry) -> str:
    return f"firmware {entry.firmware_version} of {entry.manufacturer}/{entry.model}"


def _some(versions: set[str]) -> str:
    ordered = sorted(versions)
    named = ", ".join(ordered[:NAMED_ALTERNATIVES])
    rest = len(ordered) - NAMED_ALTERNATIVES
    return f"{named} (and {rest} more)" if rest > 0 else named


def _order(entry: CplEntry) -> tuple[str, bytes]:
    return entry.entry_id, to_json(entry)


def _revision(entries: Iterable[CplEntry], combinations: Iterable[EpclEntry]) -> str:
    digest = hashlib.sha256()
    for title, rows in ((b"cpl", entries), (b"epcl", combinations)):
        digest.update(title + b"\n")
        for line in sorted(map(to_json, rows)):
            digest.update(line + b"\n")
    return digest.hexdigest()[:12]


def _fold(text: str) -> str:
    return text.strip().casefold()


def _product(*names: str) -> tuple[str, ...]:
    return tuple(map(_fold, names))


def _group(pairs: Iterable[tuple[K, CplEntry]]) -> dict[K, Entries]:
    groups: dict[K, list[CplEntry]] = {}
    for key, entry in pairs:
        groups.setdefault(key, []).append(entry)
    return {key: tuple(found) for key, found in groups.items()}
