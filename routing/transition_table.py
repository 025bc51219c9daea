"""The table of transitions: a row for each event, with its guard and the alerts that it raises.

Sources: the statuses and the contents of alerts are those of the DUIS 5.4 schema; restoration is SEC modification
MP105; the rest is named in each row. Every code but N24 is assumed: the schema does not say which code goes with
which content. ``[rules.transitions.NAME]`` corrects a row. How a row is applied is ``routing.transitions``.
"""

from __future__ import annotations

from typing import Final

from routing.inventory import Device
from routing.transitions import (
    Alert,
    AlertContent,
    Elsewhere,
    Event,
    Occurrence,
    Told,
    Transition,
    adopts,
    updated_entry,
)
from schemas.vocabulary import TYPE_2_DEVICES, Basis, DeviceStatus, DeviceType

_MP105: Final = "SEC modification MP105 (live 4 Nov 2021)"
_SEED_002: Final = "SMETS1 communications forum (Mar 2017), table 25"
_SCHEMA: Final = "DUIS schema, UpdateInventory"
_STATUSES: Final = "DUIS schema, DeviceStatus; the move is assumed"

_PENDING, _WHITELISTED = DeviceStatus.PENDING, DeviceStatus.WHITELISTED
_INSTALLED, _COMMISSIONED = DeviceStatus.INSTALLED_NOT_COMMISSIONED, DeviceStatus.COMMISSIONED
_SUSPENDED, _RECOVERY, _RECOVERED = DeviceStatus.SUSPENDED, DeviceStatus.RECOVERY, DeviceStatus.RECOVERED
_DECOMMISSIONED, _WITHDRAWN = DeviceStatus.DECOMMISSIONED, DeviceStatus.WITHDRAWN
_IN_PLACE: Final = (_INSTALLED, _COMMISSIONED, _SUSPENDED, _RECOVERY, _RECOVERED)
_RUNNING: Final = (_INSTALLED, _COMMISSIONED, _RECOVERED)

_METERS: Final = frozenset({DeviceType.ESME, DeviceType.GSME})
_HUBS: Final = frozenset({DeviceType.CHF})
_JOINED: Final = frozenset({DeviceType.PPMID, DeviceType.HCALCS})


# ---- guards


def entry_is_lost(device: Device, occurrence: Occurrence) -> str | None:
    """The device's model and firmware version have no entry in force."""
    return None if _entry(device, occurrence) is None else f"{device.id}: {_product(device)} is on the CPL"


def entry_is_back(device: Device, occurrence: Occurrence) -> str | None:
    """The device's model and firmware version have an entry in force."""
    return f"{device.id}: {_product(device)} is not on the CPL" if _entry(device, occurrence) is None else None


def said_version_is_listed(device: Device, occurrence: Occurrence) -> str | None:
    """The version that the device says it runs is on the CPL for its model."""
    said = occurrence.firmware_version
    if said is None:
        return f"{device.id} did not say which firmware version it runs"
    if adopts(device, occurrence):
        return None
    if occurrence.bilingual:
        return f"{device.id} is bilingual: what it says ({said}) is not the version of its CPL entry"
    return f"{device.id} runs {said}, which is not on the CPL for {device.manufacturer}/{device.model}"


def said_version_is_news(device: Device, occurrence: Occurrence) -> str | None:
    """The version that the device says it runs is another than the inventory knew."""
    said = occurrence.firmware_version
    if said is None:
        return f"{device.id} did not say which firmware version it runs"
    known = device.read_firmware_version or device.firmware_version
    return f"{device.id} runs {said}, as the inventory has it" if said == known else None


def version_is_kept_apart(device: Device, occurrence: Occurrence) -> str | None:
    """The device is bilingual, and the version that it says is another than the inventory knew."""
    if not occurrence.bilingual:
        return f"{device.id} is not bilingual"
    return said_version_is_news(device, occurrence)


def updated_product_is_listed(device: Device, occurrence: Occurrence) -> str | None:
    """What the device is then is on the CPL, in the generation that it was pre-notified as."""
    unlisted = device.type in TYPE_2_DEVICES or device.type is DeviceType.GPF
    if unlisted or updated_entry(device, occurrence) is not None:
        return None
    return f"what {device.id} would be is not on the CPL as {device.prenotified_as.value}"


def _entry(device: Device, occurrence: Occurrence) -> str | None:
    version = device.firmware_version
    found = () if version is None else occurrence.products.in_force(device.manufacturer, device.model, version)
    return next((entry.entry_id for entry in found), None)


def _product(device: Device) -> str:
    return f"{device.manufacturer}/{device.model} {device.firmware_version or '(no version)'}"


# ---- alerts


def _alert(content: AlertContent, code: str, told: Told, basis: Basis = Basis.ASSUMED) -> tuple[Alert, ...]:
    return (Alert(content=content, code=code, told=told, basis=basis),)


_LOG_UPDATED: Final = _alert(AlertContent.HAN_LOG_RESULT, "N24", Told.SENDER, Basis.SPECIFIED)
_LOG_NOT_UPDATED: Final = _alert(AlertContent.HAN_LOG_RESULT, "N25", Told.SENDER)
_RESTORED: Final = _alert(AlertContent.RESTORED, "N29", Told.SUPPLIERS)
_METER_WITHDRAWN: Final = _alert(AlertContent.METER_GONE, "N2", Told.REGISTERED)


# ---- the rows


TRANSITIONS: Final = (
    Transition(
        name="pre-notification",
        event=Event.PRE_NOTIFIED,
        before=(),
        after=_PENDING,
        cites="12.2 accepted; from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="whitelisting",
        event=Event.WHITELISTED,
        before=(_PENDING,),
        after=_WHITELISTED,
        alerts=_LOG_UPDATED,
        cites="8.11 Add done by the hub; from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="whitelisting-again",
        event=Event.WHITELISTED,
        before=(None, _WHITELISTED, *_IN_PLACE),
        after=Elsewhere.SAME,
        alerts=_LOG_UPDATED,
        cites="8.11 Add of a device that has a status, or never has one; ours",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="whitelisting-failure",
        event=Event.WHITELISTING_FAILED,
        before=(None, _PENDING, _WHITELISTED, *_IN_PLACE),
        after=Elsewhere.SAME,
        alerts=_LOG_NOT_UPDATED,
        cites="8.11 not done; N25 from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="removal-from-whitelist",
        event=Event.TAKEN_OFF_WHITELIST,
        device_types=frozenset(DeviceType) - {DeviceType.PPMID},
        before=(_WHITELISTED, _INSTALLED),
        after=_PENDING,
        alerts=_LOG_UPDATED,
        cites="8.11 Remove done by the hub; ours",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="removal-of-ppmid",
        event=Event.TAKEN_OFF_WHITELIST,
        device_types=frozenset({DeviceType.PPMID}),
        before=(_WHITELISTED, *_IN_PLACE),
        after=_PENDING,
        alerts=(*_LOG_UPDATED, *_alert(AlertContent.PPMID_REMOVAL, "N43", Told.SUPPLIERS)),
        cites="8.11 Remove done by the hub; DUIS schema, PPMIDRemoval",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="removal-of-type-2-device",
        event=Event.TAKEN_OFF_WHITELIST,
        before=(None,),
        after=Elsewhere.SAME,
        alerts=_LOG_UPDATED,
        cites="8.11 Remove of a device that never has a status; ours",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="join",
        event=Event.JOINED,
        device_types=_JOINED,
        before=(_WHITELISTED, _INSTALLED),
        after=_COMMISSIONED,
        cites="8.7.1 or 8.7.2 done; from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="unjoin",
        event=Event.UNJOINED,
        device_types=_JOINED,
        before=(_COMMISSIONED,),
        after=_INSTALLED,
        cites="8.8.1 or 8.8.2 done; ours",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="commissioning",
        event=Event.COMMISSIONED,
        device_types=_METERS,
        before=(_INSTALLED,),
        after=_COMMISSIONED,
        alerts=_alert(AlertContent.METER_IDENTITY, "N16", Told.REGISTERED),
        cites=f"8.1.1 done; {_SEED_002}",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="suspension",
        event=Event.ENTRY_LOST,
        before=(_COMMISSIONED,),
        after=_SUSPENDED,
        guard=entry_is_lost,
        alerts=_alert(AlertContent.SUSPENDED, "N28", Told.SUPPLIERS),
        cites="the CPL entry goes; DUIS schema, DeviceSuspended",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="restoration-by-list",
        event=Event.ENTRY_BACK,
        before=(_SUSPENDED,),
        after=Elsewhere.HELD,
        guard=entry_is_back,
        alerts=_RESTORED,
        cites="the CPL entry is back; DUIS schema, DeviceRestored",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="restoration-by-activation",
        event=Event.FIRMWARE_ACTIVATED,
        before=(_SUSPENDED,),
        after=Elsewhere.HELD,
        guard=said_version_is_listed,
        alerts=_RESTORED,
        cites=f"11.3 answered, or answered again, with the new version; {_MP105}",
        basis=Basis.TRANSCRIBED,
    ),
    Transition(
        name="restoration-by-reading",
        event=Event.FIRMWARE_READ,
        before=(_SUSPENDED,),
        after=Elsewhere.HELD,
        guard=said_version_is_listed,
        alerts=_RESTORED,
        cites=f"11.2 answered; {_MP105}",
        basis=Basis.TRANSCRIBED,
    ),
    Transition(
        name="activation",
        event=Event.FIRMWARE_ACTIVATED,
        before=_RUNNING,
        after=Elsewhere.SAME,
        guard=said_version_is_news,
        cites=f"11.3 answered with the new version; {_MP105}",
        basis=Basis.TRANSCRIBED,
    ),
    Transition(
        name="reading-of-bilingual-ppmid",
        event=Event.FIRMWARE_READ,
        device_types=frozenset({DeviceType.PPMID}),
        before=(*_RUNNING, _SUSPENDED),
        after=Elsewhere.SAME,
        guard=version_is_kept_apart,
        cites="PPMID consultation (27 Jul 2021): its CPL entry's version is not the one that it says",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="reading",
        event=Event.FIRMWARE_READ,
        before=_RUNNING,
        after=Elsewhere.SAME,
        guard=said_version_is_news,
        alerts=_alert(AlertContent.VERSION_MISMATCH, "N49", Told.SUPPLIERS),
        cites=f"11.2 answered with another version; {_MP105}; DUIS schema, FirmwareVersionMismatch",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="decommissioning-of-meter",
        event=Event.DECOMMISSIONED,
        device_types=_METERS,
        before=_IN_PLACE,
        after=_DECOMMISSIONED,
        alerts=_alert(AlertContent.METER_GONE, "N1", Told.REGISTERED),
        cites="8.3; from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="decommissioning-of-hub",
        event=Event.DECOMMISSIONED,
        device_types=_HUBS,
        before=_IN_PLACE,
        after=_DECOMMISSIONED,
        alerts=_alert(AlertContent.HUB_DECOMMISSIONING, "N9", Told.REGISTERED),
        cites="8.3; from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="decommissioning",
        event=Event.DECOMMISSIONED,
        device_types=frozenset(DeviceType) - _METERS - _HUBS,
        before=_IN_PLACE,
        after=_DECOMMISSIONED,
        cites="8.3; from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="withdrawal",
        event=Event.WITHDRAWN,
        device_types=_METERS,
        before=_IN_PLACE,
        after=_WITHDRAWN,
        alerts=_METER_WITHDRAWN,
        cites="8.5 done; from memory",
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="set-to-pending",
        event=Event.SET_PENDING,
        device_types=frozenset(DeviceType) - _HUBS,
        before=(_WHITELISTED, _INSTALLED, _DECOMMISSIONED),
        after=_PENDING,
        cites=f"{_SCHEMA}: UpdateDeviceStatusExceptCH; from which statuses is assumed",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="set-to-installed",
        event=Event.SET_INSTALLED,
        before=(_PENDING, _WHITELISTED),
        after=_INSTALLED,
        cites=f"{_SCHEMA}: UpdateDeviceStatusExceptCH, -CH; from which statuses is assumed",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="hub-set-to-commissioned",
        event=Event.SET_COMMISSIONED,
        device_types=_HUBS,
        before=(_PENDING, _INSTALLED),
        after=_COMMISSIONED,
        cites=f"{_SCHEMA}: UpdateDeviceStatusCH; {_SEED_002}",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="hub-set-to-withdrawn",
        event=Event.SET_WITHDRAWN,
        device_types=_HUBS,
        before=(_PENDING, *_IN_PLACE),
        after=_WITHDRAWN,
        cites=f"{_SCHEMA}: UpdateDeviceStatusCH; from which statuses is assumed",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="removal",
        event=Event.REMOVED,
        before=(None, _PENDING),
        after=Elsewhere.GONE,
        alerts=_alert(AlertContent.REMOVED, "N8", Told.SENDER),
        cites=f"{_SCHEMA}: DeleteDevice; from which statuses is assumed",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="update-of-details",
        event=Event.DETAILS_UPDATED,
        before=(None, _PENDING, _WHITELISTED, *_RUNNING),
        after=Elsewhere.SAME,
        guard=updated_product_is_listed,
        cites=f"{_SCHEMA}: UpdateDeviceDetails; in which statuses is assumed",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="meter-point",
        event=Event.METER_POINT_SET,
        before=(_PENDING, _WHITELISTED, *_IN_PLACE),
        after=Elsewhere.SAME,
        cites=f"{_SCHEMA}: UpdateMPxN; in which statuses is assumed",
        basis=Basis.SPECIFIED,
    ),
    Transition(
        name="recovery",
        event=Event.RECOVERY_BEGUN,
        before=(_INSTALLED, _COMMISSIONED, _SUSPENDED, _RECOVERED),
        after=_RECOVERY,
        cites=_STATUSES,
        basis=Basis.ASSUMED,
    ),
    Transition(
        name="end-of-recovery",
        event=Event.RECOVERY_COMPLETE,
        before=(_RECOVERY,),
        after=_RECOVERED,
        alerts=_alert(AlertContent.RECOVERY_COMPLETE, "N44", Told.SUPPLIERS),
        cites=f"{_STATUSES}; DUIS schema, RecoveryComplete",
        basis=Basis.ASSUMED,
    ),
)
"""A device that loses its entry in any other status than Commissioned keeps that status."""
