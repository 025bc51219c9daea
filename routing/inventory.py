"""A device as the Smart Metering Inventory holds it. Data only; the store is a gateway's affair."""

from __future__ import annotations

from datetime import date

import msgspec

from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation


class Device(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One inventory record."""

    id: DeviceId
    type: DeviceType
    status: DeviceStatus | None = None
    """``None`` for Type 2 devices, which have none."""
    manufacturer: str
    model: str
    firmware_version: str | None = None
    """The DUIS form, at most 8 characters."""
    read_firmware_version: str | None = None
    """What the device itself last said it runs, where that did not become the inventory's version."""
    suspended_from: DeviceStatus | None = None
    """For a Suspended device: the status that it goes back to."""
    smets_chts_version: str | None = None
    """As pre-notified, ``SMETS V1.58``."""
    prenotified_as: Generation
    """What the 12.2 that made this record fixed, with the details of the product list entry."""
    cpl_entry: str | None = None
    s1sp: str | None = None
    """Name of the S1SP that operates the device; the routing key of SMETS1."""
    hub: DeviceId | None = None
    """The communications hub function it is associated with; a CHF's own is ``None``."""
    associated_gpf: DeviceId | None = None
    import_mpxn: str | None = None
    secondary_import_mpan: str | None = None
    export_mpan: str | None = None
    esme_variant: str | None = None
    gbcs_version: str | None = None
    csp_region: str | None = None
    date_commissioned: date | None = None
    uprn: str | None = None
    postcode: str | None = None
    address: str | None = None

    @property
    def home(self) -> DeviceId:
        """What its home goes by: its hub. A hub is its own, and so is a device that is joined to none."""
        return self.hub or self.id

    @property
    def mpxns(self) -> tuple[str, ...]:
        """The meter points this device measures."""
        return tuple(m for m in (self.import_mpxn, self.secondary_import_mpan, self.export_mpan) if m)
