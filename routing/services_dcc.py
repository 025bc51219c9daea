"""Services 5, 8, 11 and 12: schedules, inventory, joining, hubs, firmware. ``routing.service`` has the rows' form.

One that is not carried out is decided all the same; ``service-is-carried-out-here`` refuses it last.
"""

from __future__ import annotations

from typing import Final

from routing.service import (
    COMMISSIONING,
    EQUIVALENT,
    IN_SERVICE,
    MINIMUM,
    SEED_004,
    FutureDating,
    Service,
    command,
    critical,
    of_dcc,
)
from schemas.vocabulary import Basis, DeviceStatus

DSP: Final = FutureDating.DSP
DEVICE: Final = FutureDating.DEVICE
ALSO_SUSPENDED_BY_MP105: Final = {**IN_SERVICE, DeviceStatus.SUSPENDED: Basis.TRANSCRIBED}
ALSO_SUSPENDED: Final = {**IN_SERVICE, DeviceStatus.SUSPENDED: Basis.ASSUMED}
"""A Suspended device is restored by the answer to an 11.3 (MP105), so an 11.3 must reach it."""

ROWS: Final[tuple[Service, ...]] = (
    of_dcc("5.1", "Create Schedule", "CreateSchedule", "IS ES GS ED GT OU", carried_out=False),
    of_dcc("5.2", "Read Schedule", "ReadSchedule", "IS ES GS ED GT OU", carried_out=False),
    of_dcc("5.3", "Delete Schedule", "DeleteSchedule", "IS ES GS ED GT OU", carried_out=False),
    critical(
        "8.1.1",
        "Commission Device",
        "CommissionDeviceSynchroniseClock",
        "IS GS",
        "ESME GSME",
        smets1=COMMISSIONING,
        variants="4 5",
    ),
    of_dcc("8.2", "Read Inventory", "ReadInventory", "all", smets1=COMMISSIONING),
    of_dcc("8.3", "Decommission Device", "DecommissionDevice", "IS GS"),
    of_dcc("8.4", "Update Inventory", "UpdateInventory", "all", smets1=COMMISSIONING),
    command("8.5", "Service Opt Out", "ServiceOptOut", "", "ESME", held=DSP, variants="1"),
    of_dcc("8.6", "Service Opt In", "ServiceOptIn", "", carried_out=False),
    critical(
        "8.7.1", "Join Service (Critical)", "JoinServiceCritical", "IS GS", "ESME GSME HCALCS?", smets1=EQUIVALENT
    ),
    command(
        "8.7.2",
        "Join Service (Non-Critical)",
        "JoinServiceNonCritical",
        "IS GS OU",
        "GSME ESME? GPF? PPMID?",
        smets1=EQUIVALENT,
    ),
    critical("8.8.1", "Unjoin Service (Critical)", "UnjoinServiceCritical", "IS GS", "ESME GSME? HCALCS?"),
    command("8.8.2", "Unjoin Service (Non-Critical)", "UnjoinServiceNonCritical", "IS GS OU", "GSME ESME? GPF? PPMID?"),
    command("8.9", "Read Device Log", "ReadDeviceLog", "IS GS OU", "GSME CHF ESME? GPF? PPMID? HCALCS?", held=DSP),
    command("8.11", "Update HAN Device Log", "UpdateHANDeviceLog", "IS GS OU", "CHF", held=DSP, smets1=COMMISSIONING),
    command("8.12.1", "Restore HAN Device Log", "RestoreHANDeviceLog", "IS GS", "CHF"),
    command("8.12.2", "Restore Gas Proxy Function Device Log", "RestoreGPFDeviceLog", "IS GS", "GPF"),
    of_dcc("8.13", "Return Local Command Response", "ReturnLocalCommandResponse", "IS GS", carried_out=False),
    of_dcc(
        "8.14.1",
        "Communications Hub Status Update- Install Success",
        "CHFInstallSuccessSMWAN",
        "IS GS",
        carried_out=False,
    ),
    of_dcc(
        "8.14.2",
        "Communications Hub Status Update - Install No SM WAN",
        "CHFInstallSuccessNoSMWAN",
        "IS GS",
        carried_out=False,
    ),
    of_dcc("8.14.3", "Communications Hub Status Update. – Fault Return", "CHFFaultReturn", "IS GS", carried_out=False),
    of_dcc(
        "8.14.4", "Communications Hub Status Update – No Fault Return", "CHFNoFaultReturn", "IS GS", carried_out=False
    ),
    of_dcc("11.1", "Update Firmware", "UpdateFirmware", "IS GS", smets1=MINIMUM),
    command(
        "11.2",
        "Read Firmware Version",
        "ReadFirmwareVersion",
        "all",
        "ESME GSME PPMID? HCALCS?",
        held=DSP,
        smets1=MINIMUM,
        statuses=ALSO_SUSPENDED_BY_MP105,
    ),
    critical(
        "11.3",
        "Activate Firmware",
        "ActivateFirmware",
        "IS GS",
        "ESME GSME? HCALCS? PPMID?",
        held=DEVICE,
        smets1=SEED_004,
        statuses=ALSO_SUSPENDED,
    ),
    of_dcc("11.4", "Update PPMID Firmware", "UpdatePPMIDFirmware", "IS GS"),
    of_dcc("12.1", "Request WAN Matrix", "RequestWANMatrix", "all", carried_out=False),
    of_dcc("12.2", "Device Pre-notification", "DevicePrenotification", "all", smets1=COMMISSIONING),
)
