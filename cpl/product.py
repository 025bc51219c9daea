"""Device Models and the entries of the Central Products List.

Two vocabularies meet here. DUIS identifies manufacturer and model and has at most 8 characters for a
firmware version; the product combinations use the vendor's names and version strings
(``ASP04.04.01-55497``). An entry carries both, and is so the mapping between them. Source: domain facts,
section 4; the columns of the published list were not at hand, so the header names of ``cpl.columns`` are
assumed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import product
from typing import Final

import msgspec

from schemas.vocabulary import CplStatus, DeviceType, Generation

KNOWN_GBCS_VERSIONS: Final = ("1.0", "1.1", "2.0", "2.1", "3.2", "4.0", "4.1", "4.2", "4.3")
"""The versions of GBCS that an entry may name and be loaded (assumed, but for 4.3, which goes with DUIS 5.4).

An entry of a version that the DSP does not know is published and not in force (Panel note of 25 May 2018).
"""


class DeviceModel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
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
    configuration: str | None = None
    """The provider's factory installed configuration. Returns on installed meters give it (seed 000,
    section 1); it is no part of the SEC's definition and is not compared."""


class CplEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One entry: a Device Model with one firmware version, and what was certified of it.

    A bilingual PPMID has an entry per generation, with different firmware versions (seed 001, section 2).
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
    """The same version as the vendor prints it. Of a SMETS1 entry of a bilingual PPMID it is the version that
    the device really runs; the DUIS form is made up (seed 001, section 2)."""
    firmware_hash: bytes | None = None
    """SHA-256 of the image, 32 octets; the only way from an 11.3 to its entry."""
    smets_chts_version: str | None = None
    gbcs_version: str | None = None
    esme_variant: str | None = None
    status: CplStatus = CplStatus.ACTIVE
    status_since: date | None = None
    """The day since which ``status`` holds."""
    manufacturer_name: str | None = None
    """The vendor's name where ``manufacturer`` is an identifier."""
    model_name: str | None = None
    """The vendor's name of the model where ``model`` is an identifier."""
    hardware_version: str | None = None
    hardware_revision: str | None = None
    listed_on: date | None = None
    """The day on which the entry was made."""
    cpa_certificate: str | None = None
    """Reference of the Commercial Product Assurance certificate."""
    cpa_expiry: date | None = None
    """The day on which the CPA certificate expires; a lifetime certificate has ``cpa_renewal`` instead (MP209)."""
    cpa_renewal: date | None = None
    hub_manufacturer: str | None = None
    """The manufacturer whose hubs the image's metadata are for; it works behind no other's (seed 001, section 5)."""

    @property
    def in_force(self) -> bool:
        """Only an Active entry lets a firmware version be used; the others name what once could be."""
        return self.status is CplStatus.ACTIVE

    @property
    def device_models(self) -> tuple[DeviceModel, ...]:
        """Every way in which a product combination may name this entry's Device Model.

        The vendor's words and DUIS's are both tried, since either list may use either (assumed).
        """
        makers = dict.fromkeys((self.manufacturer_name or self.manufacturer, self.manufacturer))
        names = dict.fromkeys((self.model_name or self.model, self.model))
        versions = dict.fromkeys((self.vendor_version or self.firmware_version, self.firmware_version))
        return tuple(
            DeviceModel(
                manufacturer=maker,
                model=name,
                hardware_version=self.hardware_version,
                hardware_revision=self.hardware_revision,
                vendor_version=version,
            )
            for maker, name, version in product(makers, names, versions)
        )


def in_force(entries: Iterable[CplEntry]) -> tuple[CplEntry, ...]:
    """Those of ``entries`` that are Active, in their order."""
    return tuple(entry for entry in entries if entry.in_force)
