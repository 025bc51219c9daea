"""Bodies that are kept element by element, as structs for whoever reads them, and such structs as bodies.

Reading a request makes an ``OtherBody`` of every body that has no struct in ``schemas.request``; that is exact and
costs no look-up. What the inventory, the schedules and the rules read of one is asked for here, when they do. The
settings of devices (tariffs, calendars, alerts and so on) have no struct: their one reader builds GBCS messages of
them, path by path.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from schemas import credential_bodies as credentials
from schemas import hub_reports as hubs
from schemas import inventory_bodies as inventory
from schemas.elements import E, Element, Unheld, content_of, read
from schemas.request import AnyBody, Fault, OtherBody, Part
from schemas.schedule_bodies import ReadingSchedule, ScheduleQuestion

STRUCTS: Final[Mapping[str, type[Element]]] = {
    "CreateSchedule": ReadingSchedule,
    "ReadSchedule": ScheduleQuestion,
    "DeleteSchedule": ScheduleQuestion,
    "SynchroniseClock": inventory.ClockSetting,
    "UpdateSecurityCredentialsKRP": credentials.OwnCredentialsUpdate,
    "UpdateSecurityCredentialsDevice": credentials.DeviceCertificate,
    "IssueSecurityCredentials": credentials.DeviceKeyChoice,
    "SetDeviceConfigurationImportMPxN": credentials.ImportMeterPointSetting,
    "SetDeviceConfigurationExportMPAN": credentials.ExportMeterPointSetting,
    "RequestHandoverOfDCCControlledDevice": credentials.Handover,
    "UpdateSecurityCredentialsCoS": credentials.ChangeOfSupplierUpdate,
    "RetrieveDeviceSecurityCredentialsKRP": credentials.RolesToRead,
    "RetrieveDeviceSecurityCredentialsDevice": credentials.DeviceKeyChoice,
    "CommissionDeviceSynchroniseClock": inventory.ClockSetting,
    "DecommissionDevice": inventory.OneDevice,
    "UpdateInventory": inventory.InventoryUpdate,
    "ServiceOptOut": credentials.OptOut,
    "ServiceOptIn": inventory.OptIn,
    "JoinServiceCritical": inventory.OtherDevice,
    "JoinServiceNonCritical": inventory.OtherDevice,
    "UnjoinServiceCritical": inventory.OtherDevice,
    "UnjoinServiceNonCritical": inventory.OtherDevice,
    "ReadDeviceLog": inventory.DeviceLogQuestion,
    "RestoreHANDeviceLog": inventory.OldHub,
    "RestoreGPFDeviceLog": inventory.OldGasProxy,
    "ReturnLocalCommandResponse": inventory.LocalAnswer,
    "CHFInstallSuccessSMWAN": hubs.HubInstalled,
    "CHFInstallSuccessNoSMWAN": hubs.HubInstalledWithoutWan,
    "CHFFaultReturn": hubs.FaultyHubReturned,
    "CHFNoFaultReturn": hubs.FaultlessHubReturned,
    "RequestWANMatrix": inventory.CoverageQuestion,
}
"""By the body's element, service by service."""


def body_as(struct: type[E], body: AnyBody) -> E | Fault | None:
    """The body as that struct: ``None`` if it is of another service, a Fault if no value can hold what it says."""
    if not isinstance(body, OtherBody) or STRUCTS.get(body.element) is not struct:
        return None
    try:
        return read(struct, Part(body.element, attributes=body.attributes, parts=body.parts))
    except Unheld as fault:
        return Fault(message=str(fault), path="/".join(("/Request/Body", body.element, *fault.path)))


def body_of(element: str, value: Element) -> OtherBody:
    """The body with that element. Raises ValueError when it is not one that the value can be."""
    if STRUCTS.get(element) is not type(value):
        raise ValueError(f"{element} is not read as {type(value).__name__}")
    execution = getattr(value, "execution_date_time", None)
    return OtherBody(
        element=element, execution=execution if isinstance(execution, datetime) else None, parts=content_of(value)
    )
