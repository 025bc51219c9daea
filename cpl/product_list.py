"""The product lists in force as one immutable index. Why something is not on it: ``cpl.why``.

Built once per revision and shared by every request; a look-up is one dictionary read, because an 11.1
makes up to 50,000 of them. How a list changes from revision to revision does not live here.

The CPL is what gates a request, never the EPCL (seed 004, section 3). How words compare: ``cpl.words``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable
from functools import cached_property
from typing import Final, TypeVar

from cpl.epcl import CombinationIndex, EpclEntry, EpclIndex, same_model
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, DeviceModel, in_force
from cpl.words import fold
from schemas.records import to_json

K = TypeVar("K", bound=Hashable)
T = TypeVar("T", CplEntry, PpclRow)
Entries = tuple[CplEntry, ...]


class ProductList:
    """One revision of the CPL, with the EPCL and the PPCL that go with it.

    ``revision`` is the first 12 hexadecimal digits of a SHA-256 over the rows of all lists; their order
    makes no difference. Every look-up returns all entries that fit, in or out of force; the ``in_force``
    variants return the Active ones only. That a SMETS1 and a SMETS2+ entry differ in firmware version
    (the tactical solution, seed 001) is not relied on.
    """

    def __init__(
        self, entries: Iterable[CplEntry], combinations: Iterable[EpclEntry] = (), pending: Iterable[PpclRow] = ()
    ) -> None:
        listed, cpl_lines = _in_order(entries, lambda entry: entry.entry_id)
        self.entries: Final[Entries] = tuple(listed)
        self.combinations: Final = EpclIndex(combinations)
        awaiting, ppcl_lines = _in_order(pending, lambda row: row.cohort)
        self.pending: Final = CombinationIndex(awaiting)
        self.revision: Final = _revision(cpl_lines, list(map(to_json, self.combinations.entries)), ppcl_lines)
        alone = [(entry,) for entry in listed]
        folded = _Folded()
        products = [(folded[e.manufacturer], folded[e.model], folded[e.firmware_version]) for e in listed]
        self._by_product: Final = _group(products, alone)
        self._by_model: Final = _group(((maker, model) for maker, model, _ in products), alone)
        self._by_version: Final = _group((version for _, _, version in products), alone)
        imaged = [one for one in alone if one[0].firmware_hash is not None]
        self._by_hash: Final = _group((one[0].firmware_hash for one in imaged), imaged)
        self._active: Final = {words: _active(found) for words, found in self._by_product.items()}
        self._active_models: Final = {words: _active(found) for words, found in self._by_model.items()}

    def __len__(self) -> int:
        """Number of CPL entries, in and out of force."""
        return len(self.entries)

    def entry(self, manufacturer: str, model: str, firmware_version: str) -> Entries:
        """The entries of a Device Model with a firmware version (DUIS form)."""
        return self._by_product.get((fold(manufacturer), fold(model), fold(firmware_version)), ())

    def by_model(self, manufacturer: str, model: str) -> Entries:
        """The entries of a Device Model, whatever the firmware version."""
        return self._by_model.get((fold(manufacturer), fold(model)), ())

    def by_version(self, firmware_version: str) -> Entries:
        """The entries with a firmware version (DUIS form), whatever the Device Model."""
        return self._by_version.get(fold(firmware_version), ())

    def by_hash(self, firmware_hash: bytes) -> Entries:
        """The entries of an image, by its SHA-256 (32 octets): all that an 11.3 carries."""
        return self._by_hash.get(firmware_hash, ())

    def named_by(self, model: DeviceModel) -> Entries:
        """The entries of a Device Model that a combination names: from the vendor's words to DUIS's."""
        candidates = self._by_name.get(fold(model.model), ())
        return tuple(e for e in candidates if any(same_model(model, words) for words in e.device_models))

    def in_force(self, manufacturer: str, model: str, firmware_version: str) -> Entries:
        """As ``entry``, Active ones only."""
        # ``fold`` written out: three calls would cost more than all the rest.
        words = manufacturer.strip().casefold(), model.strip().casefold(), firmware_version.strip().casefold()
        return self._active.get(words, ())

    def in_force_by_model(self, manufacturer: str, model: str) -> Entries:
        """As ``by_model``, Active ones only."""
        return self._active_models.get((fold(manufacturer), fold(model)), ())

    def in_force_by_version(self, firmware_version: str) -> Entries:
        """As ``by_version``, Active ones only."""
        return in_force(self.by_version(firmware_version))

    def in_force_by_hash(self, firmware_hash: bytes) -> Entries:
        """As ``by_hash``, Active ones only."""
        return in_force(self.by_hash(firmware_hash))

    @cached_property
    def _by_name(self) -> dict[str, list[CplEntry]]:
        """By every name of the model. No request asks, so it is made when somebody does."""
        named: dict[str, list[CplEntry]] = {}
        for entry in self.entries:
            for name in {fold(entry.model), fold(entry.model_name or entry.model)}:
                named.setdefault(name, []).append(entry)
        return named


def _in_order(rows: Iterable[T], first: Callable[[T], str]) -> tuple[list[T], list[bytes]]:
    """The rows by what comes first and then by all they hold, and each as it goes into the revision."""
    lines = [(first(row), to_json(row), number, row) for number, row in enumerate(rows)]
    lines.sort()
    return [row for *_, row in lines], [line for _, line, *_ in lines]


def _revision(cpl: list[bytes], epcl: list[bytes], ppcl: list[bytes]) -> str:
    digest = hashlib.sha256()
    for title, lines in ((b"cpl", cpl), (b"epcl", epcl), (b"ppcl", ppcl)):
        if title == b"ppcl" and not lines:
            continue  # lists from before there was a third keep their names
        digest.update(title + b"\n")
        for line in sorted(lines):
            digest.update(line + b"\n")
    return digest.hexdigest()[:12]


class _Folded(dict[str, str]):
    """Words as they compare, each kept once however many entries have it."""

    def __missing__(self, word: str) -> str:
        folded = fold(word)
        self[word] = kept = self.setdefault(folded, folded)
        return kept


def _group(keys: Iterable[K], alone: Iterable[tuple[CplEntry]]) -> dict[K, Entries]:
    """``alone`` holds each entry as a group of one, which most are: they share it."""
    groups: dict[K, Entries] = {}
    larger: dict[K, list[CplEntry]] = {}
    for words, one in zip(keys, alone, strict=True):
        if groups.setdefault(words, one) is not one:
            larger.setdefault(words, list(groups[words])).extend(one)
    return groups | {words: tuple(found) for words, found in larger.items()}


def _active(found: Entries) -> Entries:
    return found if all(entry.in_force for entry in found) else in_force(found)
