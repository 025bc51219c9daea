"""Service groups 8, 11.4 and 12 as values: what is asked of the inventory and told to it.

Of 8.2, 8.11, 11.1 and 12.2 there are structs in ``schemas.request``; reports of communications hubs (8.14) have a
module of their own. Source of names, order and limits: the DUIS 5.4 schema, ``duis/inventory.xsd``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from schemas.elements import At, Element, Mark, Presence
from schemas.value_texts import Day
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, RequestId


class ClockSetting(Element, frozen=True, kw_only=True):
    """6.11 and 8.1.1: after this a meter is commissioned."""

    current_date_time: datetime
    tolerance_period: int
    """How far the clock may be off, seconds, 0 to 86,400."""


class OneDevice(Element, frozen=True, kw_only=True):
    """8.3."""

    device_id: DeviceId


class MeterPoints(Element, frozen=True, kw_only=True):
    """The import meter point, with those of a second element and of export where there are any."""

    import_mpxn: str
    """1 to 13 characters."""
    secondary_import_mpan: str | None = None
    """13 characters."""
    export_mpan: str | None = None
    """13 characters."""


class UpdateDeviceStatusExceptCH(Element, frozen=True):
    """The status of a device that is no communications hub."""

    status: Annotated[DeviceStatus, Mark.TEXT]
    """Pending or InstalledNotCommissioned."""


class UpdateDeviceStatusCH(Element, frozen=True):
    """The status of a communications hub."""

    status: Annotated[DeviceStatus, Mark.TEXT]
    """InstalledNotCommissioned, Commissioned or Withdrawn."""


class UpdateDeviceDetails(Element, frozen=True, kw_only=True):
    """What was pre-notified wrongly; what is left out stays."""

    device_manufacturer: str | None = None
    device_model: str | None = None
    smets_chts_version: str | None = None
    firmware_version: str | None = None
    """1 to 8 characters."""
    esme_variant: str | None = None


class DeleteDevice(Element, frozen=True):
    """The device is to be forgotten."""


class UpdateMPxN(Element, frozen=True, kw_only=True):
    """One meter point. Exactly one is given."""

    import_mpxn: str | None = None
    secondary_import_mpan: str | None = None
    export_mpan: str | None = None


InventoryChange = UpdateDeviceStatusExceptCH | UpdateDeviceStatusCH | UpdateDeviceDetails | DeleteDevice | UpdateMPxN


class InventoryUpdate(Element, frozen=True, kw_only=True):
    """8.4."""

    device_id: DeviceId
    change: InventoryChange


class OptIn(Element, frozen=True, kw_only=True):
    """8.6: a meter, its meter points, and the day from which the DCC serves it."""

    device_id: DeviceId
    device_type: DeviceType
    mpxns: MeterPoints
    opt_in_date: Day


class OtherDevice(Element, frozen=True, kw_only=True):
    """8.7 and 8.8: the device to join to the target, or to unjoin from it."""

    other_device_id: DeviceId


class DeviceLogQuestion(Element, frozen=True, kw_only=True):
    """8.9."""

    execution_date_time: datetime | None = None
    read_security_details: Presence = False


class OldHub(Element, frozen=True, kw_only=True):
    """8.12.1: the hub whose device log the target takes over."""

    old_chf_id: DeviceId


class OldGasProxy(Element, frozen=True, kw_only=True):
    """8.12.2: the gas proxy function whose device log the target takes over."""

    old_gpf_id: DeviceId


class LocalAnswer(Element, frozen=True, kw_only=True):
    """8.13: what a device answered to a command that its user delivered."""

    original_request_id: RequestId | None = None
    device_gbcs_response: bytes


class CoverageQuestion(Element, frozen=True, kw_only=True):
    """12.1: a property by its number, or by postcode and address."""

    uprn: str | None = None
    """A positive number of up to 12 digits, as it is written."""
    postcode: Annotated[str | None, At("PartialAddress/PostCode")] = None
    """6 to 8 characters."""
    address: Annotated[str | None, At("PartialAddress/AddressIdentifier")] = None
    """Up to 30 characters."""
