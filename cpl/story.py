"""The story of one product: where it stands on the lists, and the words for it.

The same words are the answer of ``products why`` and the reason of E110101 in trace and ``explain``. How a
product's standing is found out is ``cpl.why``'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final, assert_never

import msgspec

from cpl.epcl import EpclEntry
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, in_force
from schemas.vocabulary import Generation

NAMED: Final = 5
"""Entries, versions or models that a sentence names before it counts the rest."""


class Standing(StrEnum):
    """Where what was asked for stands, the most telling first."""

    IN_FORCE = "in force"
    REMOVED = "no longer in force"
    OTHER_GENERATION = "in force for the other generation"
    OTHER_MODEL = "in force for another model"
    """A hash that belongs to another Device Model than the one asked about."""
    OTHER_HARDWARE = "in force on other hardware"
    AWAITING_ENTRY = "eligible, without a CPL entry"
    """A SMETS1 model that is on the EPCL, whose CPL entry nobody has made yet."""
    AWAITING_COMBINATION = "its combination is pending"
    """On the PPCL only: its EPCL entry is not approved yet."""
    VERSION_NOT_LISTED = "the model is listed, not this version"
    MODEL_NOT_LISTED = "nothing is listed for this model"
    HASH_NOT_LISTED = "nothing is listed with this hash"


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Device Model with a firmware version, or with an image's hash, or a hash alone."""

    manufacturer: str | None = None
    model: str | None = None
    firmware_version: str | None = None
    """The DUIS form, or as the vendor prints it."""
    firmware_hash: bytes | None = None
    """SHA-256, 32 octets."""
    generation: Generation | None = None
    """As what the device counts; ``None``: either."""

    def __str__(self) -> str:
        name = (
            f"firmware {self.firmware_version}"
            if self.firmware_hash is None
            else f"firmware hash {self.firmware_hash.hex()}"
        )
        product = "" if self.model is None else f" of {self.manufacturer}/{self.model}"
        return name + product + ("" if self.generation is None else f" as {self.generation.value}")


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, with what it was made from."""

    asked: Asked
    revision: str
    standing: Standing
    entries: tuple[CplEntry, ...]
    """Of exactly what was asked for, in or out of force."""
    same_model: tuple[CplEntry, ...]
    """In force: the same model with another version."""
    other_hardware: tuple[CplEntry, ...]
    """In force: the same version, the same maker's model on other hardware."""
    eligible: tuple[EpclEntry, ...]
    """EPCL entries whose combination has the model with this version."""
    pending: tuple[PpclRow, ...]
    """PPCL rows whose combination has it."""
    because: tuple[str, ...] = ()
    """What the lists say, a clause each."""
    to_do: tuple[str, ...] = ()
    """What a sender can do, a sentence each; empty when the version is in force."""

    @property
    def headline(self) -> str:
        be = "is" if self.standing is Standing.IN_FORCE else "is not"
        return f"{self.asked} {be} on the CPL (revision {self.revision})"

    @property
    def reason(self) -> str:
        """Headline and clauses as one line: the words of E110101."""
        return f"{self.headline}: {'; '.join(self.because)}" if self.because else self.headline


def clauses(story: Story, today: date | None) -> Iterable[str]:
    """What the lists say of it. With ``today``, that the date of a CPA certificate has passed."""
    match story.standing:
        case Standing.IN_FORCE:
            yield from map(_listed, story.entries)
        case Standing.OTHER_GENERATION:
            yield "it is listed as the model's other generation: " + _some(map(_listed, story.entries))
        case Standing.OTHER_MODEL:
            yield "it is " + _some(map(_image, in_force(story.entries)))
        case Standing.REMOVED:
            by_hash = story.asked.firmware_hash is not None
            yield from (_removed(entry) + (f" ({_image(entry)})" if by_hash else "") for entry in story.entries)
        case Standing.AWAITING_ENTRY:
            yield "its Device Model is eligible by " + _some(_combination(e) for e in story.eligible)
            yield "no CPL entry has been made of it yet"
        case Standing.AWAITING_COMBINATION:
            yield "its Device Model is in no EPCL entry yet, only pending: " + _some(map(_pending, story.pending))
        case Standing.OTHER_HARDWARE | Standing.VERSION_NOT_LISTED:
            yield f"no entry{'' if story.asked.model is None else ' of this model'} names this version"
        case Standing.MODEL_NOT_LISTED:
            yield "no entry names this model"
        case Standing.HASH_NOT_LISTED:
            yield "no entry has this hash"
        case _:
            assert_never(story.standing)
    if today is not None:
        yield from filter(None, (_certificate(entry, today) for entry in story.entries))
    if story.standing is Standing.IN_FORCE:
        if others := _of_other_generation(story):
            yield "bilingual model, the other generation: " + _some(map(_listed, others))
        return
    if story.same_model:
        yield "listed for this model: " + _some(sorted({e.firmware_version for e in story.same_model}))
    if story.other_hardware:
        yield "this version is listed for other hardware: " + _some(sorted({e.model for e in story.other_hardware}))


def remedies(story: Story) -> Iterable[str]:
    """What a sender can do; nothing where the version is in force."""
    match story.standing:
        case Standing.IN_FORCE:
            return
        case Standing.REMOVED:
            yield "Use a version that is in force; only who keeps the CPL can bring an entry back."
        case Standing.OTHER_GENERATION:
            yield "Use the version of the entry for the generation that the device was pre-notified as."
        case Standing.OTHER_MODEL:
            yield "Address devices of the model that the image was made for, or send their own image."
        case Standing.OTHER_HARDWARE:
            yield "Check the hardware version and revision in the device's model: they are part of the Device Model."
        case Standing.AWAITING_ENTRY:
            yield "Have the CPL entry made: the EPCL lets it be."
        case Standing.AWAITING_COMBINATION:
            yield "Wait until its combination is tested and approved as an EPCL entry, then have the CPL entry made."
        case Standing.HASH_NOT_LISTED:
            yield (
                "Check that the hash is the SHA-256 of the image as the manufacturer delivered it; if it is, have "
                "the hash entered on the CPL."
            )
        case Standing.VERSION_NOT_LISTED | Standing.MODEL_NOT_LISTED:
            yield (
                "Check manufacturer, model and version as they are written in the list; if they are right, have the "
                "Device Model submitted to the CPL (a SMETS1 model needs an EPCL entry of its combination first)."
            )
        case _:
            assert_never(story.standing)
    if story.same_model:
        yield f"In force for this model today: {_some(sorted({e.firmware_version for e in story.same_model}))}."


def _of_other_generation(story: Story) -> tuple[CplEntry, ...]:
    own = {entry.generation for entry in story.entries}
    return tuple(entry for entry in story.same_model if entry.generation not in own)


def _listed(entry: CplEntry) -> str:
    since = f" since {entry.status_since.isoformat()}" if entry.status_since else ""
    return f"entry {entry.entry_id} ({entry.generation.value}, {_version(entry)}) is {entry.status.value}{since}"


def _removed(entry: CplEntry) -> str:
    if entry.status_since is None:
        return f"entry {entry.entry_id} is {entry.status.value}"
    return f"entry {entry.entry_id} was {entry.status.value} on {entry.status_since.isoformat()}"


def _version(entry: CplEntry) -> str:
    if entry.vendor_version is None:
        return entry.firmware_version
    return f"{entry.firmware_version}, {entry.vendor_version} as the vendor prints it"


def _image(entry: CplEntry) -> str:
    return f"firmware {entry.firmware_version} of {entry.manufacturer}/{entry.model}"


def _combination(entry: EpclEntry) -> str:
    return f"EPCL entry {entry.entry_id} ({entry.cohort}, {entry.installation_status.value})"


def _pending(row: PpclRow) -> str:
    wanted = f"EPCL entry {row.entry_id}" if row.entry_id else "an EPCL entry"
    status = f", testing: {row.dmct_status}" if row.dmct_status else ""
    return f"{wanted} asked for ({row.cohort}{status})"


def _certificate(entry: CplEntry, today: date) -> str | None:
    if entry.cpa_expiry is not None and entry.cpa_expiry < today:
        passed = f"entry {entry.entry_id}'s CPA certificate expired on {entry.cpa_expiry.isoformat()}"
    elif entry.cpa_renewal is not None and entry.cpa_renewal < today:
        passed = f"entry {entry.entry_id}'s CPA certificate was to be renewed by {entry.cpa_renewal.isoformat()}"
    else:
        return None
    return passed + (": the list still has it as Active, and the list decides" if entry.in_force else "")


def _some(names: Iterable[str]) -> str:
    every = list(names)
    rest = len(every) - NAMED
    return ", ".join(every[:NAMED]) + (f" (and {rest} more)" if rest > 0 else "")
