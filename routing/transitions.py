"""The life of a device in the inventory: what happens to it, and what status that brings it.

``transition`` is a plain function: a device and an occurrence in, the change or why there is none out. The rows
stand in ``routing.transition_table``. Where occurrences come from (requests, devices' answers, product lists) and
how a change is kept and told is the gateway's affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from cpl.product import CplEntry
from cpl.product_list import ProductList
from routing.inventory import Device
from schemas.inventory_bodies import UpdateDeviceDetails, UpdateMPxN
from schemas.vocabulary import TYPE_2_DEVICES, Basis, DeviceId, DeviceStatus, DeviceType

_ALERT_CODE: Final = re.compile(r"AD1|N999|N(?:[1-9]|[12][0-9]|3[013-9]|[45][0-9]|6[0-5])")
"""N1 to N65 without N32, AD1 and N999."""


class Event(StrEnum):
    """What can happen to a device, as the inventory learns of it."""

    PRE_NOTIFIED = "pre-notified"
    WHITELISTED = "whitelisted"
    WHITELISTING_FAILED = "whitelisting-failed"
    TAKEN_OFF_WHITELIST = "taken-off-whitelist"
    JOINED = "joined"
    UNJOINED = "unjoined"
    COMMISSIONED = "commissioned"
    DECOMMISSIONED = "decommissioned"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    DETAILS_UPDATED = "details-updated"
    METER_POINT_SET = "meter-point-set"
    SET_PENDING = "set-pending"
    SET_INSTALLED = "set-installed"
    SET_COMMISSIONED = "set-commissioned"
    SET_WITHDRAWN = "set-withdrawn"
    ENTRY_LOST = "entry-lost"
    ENTRY_BACK = "entry-back"
    FIRMWARE_ACTIVATED = "firmware-activated"
    FIRMWARE_READ = "firmware-read"
    RECOVERY_BEGUN = "recovery-begun"
    RECOVERY_COMPLETE = "recovery-complete"


class Elsewhere(StrEnum):
    """Where a transition leads that is no status of its own."""

    SAME = "the same"
    HELD = "as before its suspension"
    GONE = "not in the inventory"


class AlertContent(StrEnum):
    """What a DCC Alert on a transition holds, by the name of its element (DUIS 5.4 schema)."""

    SUSPENDED = "DeviceSuspended"
    RESTORED = "DeviceRestored"
    REMOVED = "DeviceRemovedFromInventory"
    HUB_DECOMMISSIONING = "CHFDecommissioning"
    RECOVERY_COMPLETE = "RecoveryComplete"
    METER_IDENTITY = "MeterIdentity"
    METER_GONE = "MeterDecommissioningOrWithdrawal"
    HAN_LOG_RESULT = "UpdateHANDeviceLogResult"
    PPMID_REMOVAL = "PPMIDRemoval"
    VERSION_MISMATCH = "FirmwareVersionMismatch"


class Told(StrEnum):
    """Who gets an alert."""

    SENDER = "the sender"
    SUPPLIERS = "the suppliers registered"
    REGISTERED = "all registered"


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """The DCC Alert that a transition raises."""

    content: AlertContent
    code: str
    """``N28``. The DUIS schema lists the codes and the contents, not which goes with which."""
    told: Told
    basis: Basis
    """How sure we are of the code."""


class Occurrence(msgspec.Struct, frozen=True, kw_only=True):
    """An event, and what is known when it happens."""

    event: Event
    at: datetime
    """UTC."""
    products: ProductList
    """The lists in force."""
    firmware_version: str | None = None
    """What the device says it runs, DUIS form."""
    hub: DeviceId | None = None
    """For whitelisting: the hub whose log it is."""
    mpxns: tuple[str | None, str | None, str | None] = (None, None, None)
    """For whitelisting: the meter points that came with it (import, secondary import, export)."""
    update: UpdateDeviceDetails | UpdateMPxN | None = None
    """For an 8.4: what is to stand in the record; what it leaves out stays."""
    bilingual: bool = False
    """The product list has an entry of the device's model in each generation."""


Guard = Callable[[Device, Occurrence], str | None]
"""Why the transition is not made, or ``None``. Its docstring says what it asks for."""


class Transition(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what an event does to devices of some types in some statuses."""

    name: str
    event: Event
    device_types: frozenset[DeviceType] = frozenset(DeviceType)
    before: tuple[DeviceStatus | None, ...]
    """``None``: a Type 2 device, which has no status. Empty: no device of the inventory."""
    after: DeviceStatus | Elsewhere
    guard: Guard | None = None
    alerts: tuple[Alert, ...] = ()
    cites: str
    basis: Basis

    @property
    def types(self) -> str:
        """``ESME GSME``, ``all``, or ``all but PPMID``."""
        absent = [kind.value for kind in DeviceType if kind not in self.device_types]
        if len(absent) >= len(self.device_types):
            return " ".join(kind.value for kind in DeviceType if kind in self.device_types)
        return f"all but {' '.join(absent)}" if absent else "all"

    @property
    def statuses(self) -> str:
        """The statuses that it leads from, in words."""
        return ", ".join("no status" if status is None else status.value for status in self.before) or Elsewhere.GONE

    @property
    def asks(self) -> str:
        """What its guard asks for, in words; empty where there is none."""
        return "" if self.guard is None else (self.guard.__doc__ or "").partition("\n")[0].rstrip(".")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of a device."""

    row: Transition
    before: Device
    """The record that was judged: the change holds only as long as it stands."""
    after: Device | None
    """``None``: it leaves the inventory."""

    @property
    def moves(self) -> bool:
        """Whether the status is another."""
        return self.after is None or self.after.status is not self.before.status


class Unchanged(msgspec.Struct, frozen=True):
    """Nothing becomes of it, and why."""

    reason: str


class TransitionOverride(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A correction to one row."""

    before: tuple[DeviceStatus, ...] | None = None
    after: DeviceStatus | None = None
    alert_codes: dict[AlertContent, str] = {}
    off: bool = False


class Transitions:
    """The rows in force, found by event and status."""

    def __init__(self, rows: Iterable[Transition], overrides: Mapping[str, TransitionOverride] | None = None) -> None:
        """Raises ValueError naming a correction of a row that is not there, or of a code that is none."""
        known, corrections = tuple(rows), overrides or {}
        for name, correction in corrections.items():
            if all(row.name != name for row in known):
                raise ValueError(f"rules.transitions.{name}: there is no such transition")
            for content, code in correction.alert_codes.items():
                if not _ALERT_CODE.fullmatch(code):
                    raise ValueError(
                        f"rules.transitions.{name}.alert_codes.{content}: {code} is not a DCC Alert code of DUIS 5.4"
                    )
        self.rows: Final = tuple(
            corrected(row, corrections.get(row.name)) for row in known if not _is_off(row, corrections)
        )
        self._announced: Final = next((row.after for row in self.rows if row.event is Event.PRE_NOTIFIED), None)
        self._found: Final[dict[tuple[Event, DeviceStatus | None], list[Transition]]] = {}
        for row in self.rows:
            for status in row.before:
                self._found.setdefault((row.event, status), []).append(row)

    def announced(self, device_type: DeviceType) -> DeviceStatus | None:
        """The status that a device begins with; ``None`` for Type 2 devices, which never have one."""
        begins = None if device_type in TYPE_2_DEVICES else self._announced
        return begins if isinstance(begins, DeviceStatus) else None

    def transition(self, device: Device, occurrence: Occurrence) -> Change | Unchanged:
        """What the occurrence does to the device. What no row provides for changes nothing."""
        status = "without a status" if device.status is None else device.status.value
        reason = f"{device.id} is {status} ({device.type.value}), where the event {occurrence.event} changes nothing"
        for row in self._found.get((occurrence.event, device.status), ()):
            if device.type not in row.device_types:
                continue
            refusal = None if row.guard is None else row.guard(device, occurrence)
            if refusal is None:
                return Change(row=row, before=device, after=_record(row, device, occurrence))
            reason = refusal
        return Unchanged(reason)


def _is_off(row: Transition, overrides: Mapping[str, TransitionOverride]) -> bool:
    return row.name in overrides and overrides[row.name].off


def corrected(row: Transition, override: TransitionOverride | None) -> Transition:
    """The row as the configuration has it. What is corrected is still of the row's basis."""
    if override is None:
        return row
    return msgspec.structs.replace(
        row,
        before=row.before if override.before is None else override.before,
        after=row.after if override.after is None else override.after,
        alerts=tuple(
            msgspec.structs.replace(alert, code=override.alert_codes.get(alert.content, alert.code))
            for alert in row.alerts
        ),
    )


def _record(row: Transition, device: Device, occurrence: Occurrence) -> Device | None:
    """The device's record afterwards."""
    if row.after is Elsewhere.GONE:
        return None
    status = _status(row.after, device)
    changed: dict[str, object] = {"status": status, "suspended_from": None}
    if status is DeviceStatus.SUSPENDED:
        already = device.status is DeviceStatus.SUSPENDED
        changed["suspended_from"] = device.suspended_from if already else device.status
    if row.after is DeviceStatus.COMMISSIONED and device.date_commissioned is None:
        changed["date_commissioned"] = occurrence.at.date()
    return msgspec.structs.replace(device, **changed, **_details(device, occurrence))


def _status(after: DeviceStatus | Elsewhere, device: Device) -> DeviceStatus | None:
    if after is Elsewhere.HELD:
        return device.suspended_from or DeviceStatus.COMMISSIONED
    return after if isinstance(after, DeviceStatus) else device.status


def _details(device: Device, occurrence: Occurrence) -> dict[str, object]:
    """What else an event tells of the device."""
    match occurrence.event:
        case Event.FIRMWARE_ACTIVATED | Event.FIRMWARE_READ:
            said = occurrence.firmware_version or ""
            if not adopts(device, occurrence):
                return {"read_firmware_version": said}
            entry = _own_entries(device, occurrence)[0].entry_id
            return {"firmware_version": said, "cpl_entry": entry, "read_firmware_version": None}
        case Event.WHITELISTED:
            named = zip(("import_mpxn", "secondary_import_mpan", "export_mpan"), occurrence.mpxns, strict=True)
            return {"hub": occurrence.hub} | {name: mpxn for name, mpxn in named if mpxn is not None}
        case Event.TAKEN_OFF_WHITELIST:
            return {"hub": None}
        case Event.DETAILS_UPDATED | Event.METER_POINT_SET:
            listed = updated_entry(device, occurrence)
            return _updated(occurrence) | ({} if listed is None else {"cpl_entry": listed.entry_id})
        case _:
            return {}


_KEPT_NAMES: Final = (
    *("smets_chts_version", "firmware_version", "esme_variant"),
    *("import_mpxn", "secondary_import_mpan", "export_mpan"),
)
_DETAILS: Final = {"device_manufacturer": "manufacturer", "device_model": "model"} | dict(
    zip(_KEPT_NAMES, _KEPT_NAMES, strict=True)
)
"""The record's names for what an 8.4 may update."""


def _updated(occurrence: Occurrence) -> dict[str, object]:
    said = {ours: getattr(occurrence.update, theirs, None) for theirs, ours in _DETAILS.items()}
    return {name: value for name, value in said.items() if value is not None}


def updated_entry(device: Device, occurrence: Occurrence) -> CplEntry | None:
    """The entry in force of what the device is after an 8.4, in the generation that it was pre-notified as."""
    after = msgspec.structs.replace(device, **_updated(occurrence))
    if after.firmware_version is None:
        found = occurrence.products.in_force_by_model(after.manufacturer, after.model)
    else:
        found = occurrence.products.in_force(after.manufacturer, after.model, after.firmware_version)
    return next((entry for entry in found if entry.generation is device.prenotified_as), None)


def adopts(device: Device, occurrence: Occurrence) -> bool:
    """Whether the version that a device says becomes the inventory's.

    It must be on the product list for the model, in the generation that the device was pre-notified as. A bilingual
    PPMID's entry has a version of its own in the SMETS1 part of the list, which is not what the device says (seed 001):
    that one is never overwritten by an 11.2.
    """
    if occurrence.bilingual and occurrence.event is Event.FIRMWARE_READ:
        return False
    return bool(_own_entries(device, occurrence))


def _own_entries(device: Device, occurrence: Occurrence) -> tuple[CplEntry, ...]:
    """The entries in force of the version that the device says, in the generation that it was pre-notified as."""
    if occurrence.firmware_version is None:
        return ()
    found = occurrence.products.in_force(device.manufacturer, device.model, occurrence.firmware_version)
    return tuple(entry for entry in found if entry.generation is device.prenotified_as)
