"""Device Models and the entries of the Central Products List.

``FirmwareVersion`` here is the form of DUIS (at most 8 characters); ``vendor_version`` is what the
manufacturer prints. Source: domain facts, section 4; the columns of the published list were not at
hand, so the header names of ``cpl.columns`` are assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from schemas.vocabulary import CplStatus, DeviceType, Generation


class DeviceModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Device Model as the product combinations name it: the vendor's words, not DUIS's.

    Manufacturer, model, hardware version and firmware version make a Device Model (SEC definition,
    seed 001); the draft list of seed 000 leaves some of them out, so those are ``None`` here.
    """

    manufacturer: str | None = None
    model: str
    hardware_version: str | None = None
    hardware_revision: str | None = None
    vendor_version: str | None = None
    """Firmware as the vendor prints it, ``ASP04.04.01-55497``; does not fit DUIS's 8 characters."""


class CplEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry: a Device Model with one firmware version, and what was certified of it.

    A field that is added later must be optional and default to ``None``: the revision of a list is
    made of the fields that are set, and revisions on disk must keep their names.
    """

    entry_id: str
    """CPL Entry ID; one list names it once (assumed)."""
    device_type: DeviceType
    """An entry for a communications hub says CHF (assumed); it is the GPF's as well."""
    generation: Generation
    manufacturer: str
    """As in a pre-notification: identifier or name, at most 30 characters."""
    model: str
    """As in a pre-notification; hardware version and revision are packed into it (inferred)."""
    firmware_version: str
    """The DUIS form, 1 to 8 characters."""
    vendor_version: str | None = None
    firmware_hash: bytes | None = None
    """SHA-256 of the image, 32 octets; the only way from an 11.3 to its entry."""
    smets_chts_version: str | None = None
    gbcs_version: str | None = None
    esme_variant: str | None = None
    status: CplStatus = CplStatus.ACTIVE
    status_since: date | None = None

    @property
    def in_force(self) -> bool:
        """Only an Active entry lets a firmware version be used; the others name what once could be."""
        return self.status is CplStatus.ACTIVE


def in_force(entries: Iterable[CplEntry]) -> tuple[CplEntry, ...]:
    """Those of ``entries`` that are Active, in their order."""
    return tuple(entry for entry in entries if entry.in_force)
