"""Device Models and the entries of the Central Products List.

``FirmwareVersion`` here is the form of DUIS (at most 8 characters); ``vendor_version`` is what the
manufacturer prints. Source: domain facts, section 4; the columns of the published list were not at
hand, so the header names of ``cpl.reading`` are assumed.
"""

from __future__ import annotations

from datetime import date

import msgspec

from schemas.vocabulary import CplStatus, DeviceType, Generation


class CplEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry: a Device Model with one firmware version, and what was certified of it."""

    entry_id: str
    device_type: DeviceType
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
