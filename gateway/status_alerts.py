"""The DCC Alerts that changes of devices raise: what they say, and for whom. Signed hand-offs, nothing is sent here.

Which change raises which is ``routing.transition_table``'s to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from os import urandom
from typing import Final, Protocol, assert_never

from gateway.answers import Answers
from gateway.ports import Far, Found, HandOff
from routing.inventory import Device
from routing.transitions import Alert, AlertContent, Change, Told
from schemas.dcc_alerts import (
    DeviceStatusChangeEvent,
    MeterDecommissioningOrWithdrawal,
    MeterIdentity,
    PPMIDRemoval,
    StatusChange,
    StatusChangeName,
    UpdateHANDeviceLogResult,
)
from schemas.hub_alerts import FirmwareVersionMismatch
from schemas.inventory_bodies import MeterPoints
from schemas.messages import AlertContent as Content
from schemas.vocabulary import RequestId, UserId, UserRole

SCHEMA_VERSION: Final = "5.4"
"""Of an alert for users whose own version is not known (assumed)."""
_SUPPLIERS: Final = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.EXPORT_SUPPLIER, UserRole.GAS_SUPPLIER})
_NAMES: Final[Mapping[AlertContent, StatusChangeName]] = {
    AlertContent.SUSPENDED: StatusChangeName.SUSPENDED,
    AlertContent.RESTORED: StatusChangeName.RESTORED,
    AlertContent.REMOVED: StatusChangeName.REMOVED,
    AlertContent.HUB_DECOMMISSIONING: StatusChangeName.HUB_DECOMMISSIONING,
    AlertContent.RECOVERY_COMPLETE: StatusChangeName.RECOVERY_COMPLETE,
}


class Behind(Protocol):
    """The request that led to a change: as it was sent, or as it stands open."""

    @property
    def request_id(self) -> RequestId: ...

    @property
    def schema_version(self) -> str: ...


class StatusAlerts:
    """Writes the alerts of changes."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def of(
        self, change: Change, found: Found, moment: datetime, trace_id: str, behind: Behind | None = None
    ) -> Iterator[HandOff]:
        """``found`` has the device's registrations; ``behind`` is the request that led to the change, if one did.

        A content that lacks what the schema asks for (a meter without a meter point) is not sent.
        """
        for alert in change.row.alerts:
            content = _content(alert.content, change, behind)
            if content is None:
                continue
            version = behind.schema_version if behind is not None and alert.told is Told.SENDER else SCHEMA_VERSION
            document = self._answers.alert(alert.code, content, version, moment)
            for user in _told(alert, change.before, found, moment, behind):
                yield HandOff(
                    id=urandom(16).hex(),
                    far=Far.USER,
                    name=str(user),
                    content_type="application/xml",
                    body=document,
                    trace_id=trace_id,
                )


def _told(alert: Alert, device: Device, found: Found, moment: datetime, behind: Behind | None) -> list[UserId]:
    match alert.told:
        case Told.SENDER:
            return [] if behind is None else [behind.request_id.originator]
        case Told.SUPPLIERS:
            return _registered(device, found, moment, _SUPPLIERS)
        case Told.REGISTERED:
            return _registered(device, found, moment, frozenset(UserRole))
        case _:
            assert_never(alert.told)


def _registered(device: Device, found: Found, moment: datetime, roles: frozenset[UserRole]) -> list[UserId]:
    """For the device's own meter points, or those of its home where it measures none: as for who may address it."""
    mpxns = device.mpxns or found.home_mpxns.get(device.home, ())
    fitting = (r for r in found.registrations if r.mpxn in mpxns and r.role in roles and r.covers(moment))
    return list(dict.fromkeys(r.party for r in fitting))


def _content(kind: AlertContent, change: Change, behind: Behind | None) -> Content | None:
    device, after = change.before, change.after or change.before
    match kind:
        case (
            AlertContent.SUSPENDED
            | AlertContent.RESTORED
            | AlertContent.REMOVED
            | AlertContent.HUB_DECOMMISSIONING
            | AlertContent.RECOVERY_COMPLETE
        ):
            return DeviceStatusChangeEvent(device_id=device.id, change=StatusChange(_NAMES[kind]))
        case AlertContent.METER_IDENTITY:
            points = _meter_points(after)
            if points is None:
                return None
            identity = MeterIdentity(meter_mpxns=points, esme_variant=after.esme_variant)
            return DeviceStatusChangeEvent(device_id=device.id, change=identity)
        case AlertContent.METER_GONE:
            points = _meter_points(device)
            if points is None:
                return None
            gone = MeterDecommissioningOrWithdrawal(meter_points=points)
            return DeviceStatusChangeEvent(device_id=device.id, change=gone)
        case AlertContent.HAN_LOG_RESULT:
            return None if behind is None else UpdateHANDeviceLogResult(request_id=behind.request_id)
        case AlertContent.PPMID_REMOVAL:
            hub = device.hub
            return None if hub is None else PPMIDRemoval(ppmid_device_id=device.id, chf_device_id=hub)
        case AlertContent.VERSION_MISMATCH:
            said = after.read_firmware_version or after.firmware_version
            if device.firmware_version is None or said in {None, device.firmware_version}:
                return None
            return FirmwareVersionMismatch(
                device_id=device.id,
                device_type=device.type,
                firmware_version_smi=device.firmware_version,
                firmware_version_device=said,
            )
        case _:
            assert_never(kind)


def _meter_points(device: Device) -> MeterPoints | None:
    if device.import_mpxn is None:
        return None
    return MeterPoints(
        import_mpxn=device.import_mpxn,
        secondary_import_mpan=device.secondary_import_mpan,
        export_mpan=device.export_mpan,
    )
