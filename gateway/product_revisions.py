"""The product lists on disk: revisions side by side, and which of them is in force.

::

    DIRECTORY/revisions/<revision>/cpl.csv    the lists in our canonical form
    DIRECTORY/revisions/<revision>/epcl.csv
    DIRECTORY/revisions/<revision>/ppcl.csv   only where there is one
    DIRECTORY/active                          activations, newest first: revision, time, how

Files are replaced whole (written beside, synced, renamed), so a crash leaves the old file or the new
one; a revision without a CPL or an EPCL is not a revision. The name of a revision is made of what it
holds, so a revision that was edited by hand is found out. What the lists mean is ``cpl``'s affair.
"""

from __future__ import annotations

import fcntl
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar, assert_never

import msgspec

from cpl.epcl import EpclEntry
from cpl.ppcl import PpclRow
from cpl.product import CplEntry
from cpl.product_list import ProductList
from cpl.reading import read_cpl, read_epcl, read_ppcl
from cpl.reading_back import NotAsWritten, read_back_cpl, read_back_epcl, read_back_ppcl
from cpl.rows import Progress, Reading, Unusable
from cpl.writing import write_cpl, write_epcl, write_ppcl
from gateway.whole_files import replace_file, sync_folder

T = TypeVar("T")
_REVISION: Final = re.compile(r"[0-9a-f]{12}")
CPL_FILE: Final = "cpl.csv"
EPCL_FILE: Final = "epcl.csv"
PPCL_FILE: Final = "ppcl.csv"


class DamagedRevision(Exception):
    """What is on disk is not what was written there; the message names the place and the finding."""


class ListKind(StrEnum):
    CPL = "cpl"
    EPCL = "epcl"
    PPCL = "ppcl"


class How(StrEnum):
    """How a revision came into force."""

    ACTIVATED = "activated"
    ROLLED_BACK = "rolled-back"


class Activation(msgspec.Struct, frozen=True, kw_only=True):
    """A revision came into force."""

    revision: str
    at: datetime
    how: How


class Refused(msgspec.Struct, frozen=True):
    """The change was not made, and why."""

    reason: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file."""

    candidate: ProductList | None
    """What was stored; ``None`` when nothing was."""
    entries: int
    """Usable rows in the file."""
    is_whole: bool
    """Every row of the file was reached."""
    unusable: tuple[Unusable, ...]
    unknown_columns: tuple[str, ...]
    skipped_sheets: tuple[str, ...]
    passed_over: tuple[str, ...]
    """Rows that are no rows of a list: titles, totals."""

    @property
    def revision(self) -> str | None:
        """Of the candidate."""
        return None if self.candidate is None else self.candidate.revision


class _Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """The list that takes the place of one of those in force."""

    entries: tuple[CplEntry, ...] | None = None
    combinations: tuple[EpclEntry, ...] | None = None
    pending: tuple[PpclRow, ...] | None = None

    def within(self, before: ProductList) -> ProductList:
        return ProductList(
            before.entries if self.entries is None else self.entries,
            before.combinations.rows if self.combinations is None else self.combinations,
            before.pending.rows if self.pending is None else self.pending,
        )


class ProductRevisions:
    """The store of ``[products] directory``. Synchronous; OSError passes through.

    Several processes may share a directory: readers never wait, changes to ``active`` take turns.
    """

    def __init__(self, directory: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._directory: Final = directory
        self._revisions: Final = directory / "revisions"
        self._active: Final = directory / "active"
        self._now: Final = now

    def import_file(
        self, name: str, data: bytes, kind: ListKind, *, skip_unusable: bool = False, progress: Progress | None = None
    ) -> Imported:
        """Store a candidate: the active revision with one list replaced by the file's.

        Nothing is stored when the file has no entry, when it could not be read to its end, or when it has
        unusable rows unless ``skip_unusable``. The revision in force stays as it is until ``activate``.
        """
        match kind:
            case ListKind.CPL:
                cpl = read_cpl(name, data, progress)
                report, replaced = _report(cpl), _Replaced(entries=cpl.rows)
            case ListKind.EPCL:
                epcl = read_epcl(name, data, progress)
                report, replaced = _report(epcl), _Replaced(combinations=epcl.rows)
            case ListKind.PPCL:
                ppcl = read_ppcl(name, data, progress)
                report, replaced = _report(ppcl), _Replaced(pending=ppcl.rows)
            case _:
                assert_never(kind)
        # It may be that nothing is pending; a CPL or an EPCL without an entry is a mistake.
        missing = not report.entries and kind is not ListKind.PPCL
        if missing or not report.is_whole or (report.unusable and not skip_unusable):
            return report
        candidate = replaced.within(self.active())
        self._store(candidate)
        return msgspec.structs.replace(report, candidate=candidate)

    def activate(self, revision: str) -> Activation | Refused:
        """Bring a stored revision into force; one that is in force already stays so, with nothing written.

        Raises DamagedRevision when it does not hold what its name says.
        """
        if not self._is_complete(revision):
            return Refused(f"revision {revision} is not in {self._directory}")
        self.load(revision)
        with self._taking_turns():
            history = self.history()
            if history and history[0].revision == revision:
                return history[0]
            return self._put_in_force(revision, How.ACTIVATED)

    def rollback(self) -> Activation | Refused:
        """Bring the revision into force that the present one replaced; again, and the one before that."""
        with self._taking_turns():
            standing = _standing(self.history())
            if len(standing) < 2:
                return Refused("there is no earlier revision to go back to")
            self.load(standing[-2])
            return self._put_in_force(standing[-2], How.ROLLED_BACK)

    def active_revision(self) -> str | None:
        """The revision in force, ``None`` before the first activation. One small file is read."""
        history = self.history()
        return history[0].revision if history else None

    def revision_at(self, moment: datetime) -> str | None:
        """The revision that was in force at a moment, ``None`` before the first activation."""
        return next((each.revision for each in self.history() if each.at <= moment), None)

    def active(self) -> ProductList:
        """The lists in force; empty lists before the first activation."""
        revision = self.active_revision()
        return ProductList(()) if revision is None else self.load(revision)

    def load(self, revision: str) -> ProductList:
        """A stored revision. Raises DamagedRevision when it is absent or not what its name says."""
        if not self._is_complete(revision):
            raise DamagedRevision(f"revision {revision} is not complete in {self._directory}")
        place = self._revisions / revision
        products = ProductList(
            _read_back(place / CPL_FILE, read_back_cpl),
            _read_back(place / EPCL_FILE, read_back_epcl),
            _read_back(place / PPCL_FILE, read_back_ppcl) if (place / PPCL_FILE).is_file() else (),
        )
        if products.revision != revision:
            raise DamagedRevision(f"{place}: expected the lists of revision {revision}, found {products.revision}")
        return products

    def revisions(self) -> tuple[str, ...]:
        """The complete revisions in the store, by name."""
        if not self._revisions.is_dir():
            return ()
        return tuple(sorted(place.name for place in self._revisions.iterdir() if self._is_complete(place.name)))

    def history(self) -> tuple[Activation, ...]:
        """Every activation, newest first. Raises DamagedRevision when ``active`` is not as we write it."""
        try:
            lines = self._active.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return ()
        try:
            return tuple(_activation(line) for line in lines)
        except ValueError as fault:
            raise DamagedRevision(f"{self._active}: expected lines of revision, time and how: {fault}") from None

    def _is_complete(self, revision: str) -> bool:
        place = self._revisions / revision
        named = _REVISION.fullmatch(revision) is not None
        return named and (place / CPL_FILE).is_file() and (place / EPCL_FILE).is_file()

    def _store(self, products: ProductList) -> None:
        place = self._revisions / products.revision
        place.mkdir(parents=True, exist_ok=True)
        if len(products.pending):
            replace_file(place / PPCL_FILE, write_ppcl(products.pending.rows))
        replace_file(place / CPL_FILE, write_cpl(products.entries))
        replace_file(place / EPCL_FILE, write_epcl(products.combinations.entries))
        for folder in (self._revisions, self._directory):
            sync_folder(folder)

    def _put_in_force(self, revision: str, how: How) -> Activation:
        made = Activation(revision=revision, at=self._now(), how=how)
        lines = (f"{each.revision} {each.at.isoformat()} {each.how.value}\n" for each in (made, *self.history()))
        replace_file(self._active, "".join(lines).encode())
        return made

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _report(reading: Reading[CplEntry] | Reading[EpclEntry] | Reading[PpclRow]) -> Imported:
    return Imported(
        candidate=None,
        entries=len(reading.rows),
        is_whole=reading.is_whole,
        unusable=reading.unusable,
        unknown_columns=reading.unknown_columns,
        skipped_sheets=reading.skipped_sheets,
        passed_over=reading.passed_over,
    )


def _read_back(file: Path, read: Callable[[bytes], tuple[T, ...]]) -> tuple[T, ...]:
    try:
        return read(file.read_bytes())
    except NotAsWritten as fault:
        raise DamagedRevision(f"{file}, {fault}") from None


def _activation(line: str) -> Activation:
    revision, at, how = line.split(" ")
    if not _REVISION.fullmatch(revision):
        raise ValueError(f"{revision!r} is not a revision")
    return Activation(revision=revision, at=datetime.fromisoformat(at), how=How(how))


def _standing(history: tuple[Activation, ...]) -> list[str]:
    """The revisions that a chain of rollbacks would go through, the one in force last."""
    standing: list[str] = []
    for activation in reversed(history):
        match activation.how:
            case How.ACTIVATED:
                standing.append(activation.revision)
            case How.ROLLED_BACK:
                standing = [*standing[:-2], activation.revision]
            case _:
                assert_never(activation.how)
    return standing
