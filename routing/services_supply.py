"""Services 7 and 9: supply, auxiliary loads, customer identification. Rows only: ``routing.service`` has their form."""

from __future__ import annotations

from typing import Final

from routing.service import MINIMUM, FutureDating, Service, command, critical

DSP: Final = FutureDating.DSP

ROWS: Final[tuple[Service, ...]] = (
    critical("7.1", "Enable Supply", "EnableSupply", "IS", "ESME", smets1=MINIMUM),
    critical("7.2", "Disable Supply", "DisableSupply", "IS GS", "ESME GSME", smets1=MINIMUM),
    critical("7.3", "Arm Supply", "ArmSupply", "IS GS", "ESME GSME", smets1=MINIMUM),
    command("7.4", "Read Supply Status", "ReadSupplyStatus", "IS ES GS RSA ED GT", "ESME GSME", smets1=MINIMUM),
    critical("7.5", "Activate Auxiliary Load", "ActivateAuxiliaryLoad", "IS", "ESME"),
    critical("7.6", "Deactivate Auxiliary Load", "DeactivateAuxiliaryLoad", "IS", "ESME"),
    command("7.7", "Read Auxiliary Load Switch Data", "ReadALCSData", "IS ED OU", "ESME", held=DSP),
    critical("7.8", "Reset Auxiliary Load", "ResetAuxiliaryLoad", "IS", "ESME"),
    command("7.9", "Add Auxiliary Load To Boost Button", "AddAuxiliaryLoadToBoostButton", "IS", "ESME", held=DSP),
    command(
        "7.10", "Remove Auxiliary Load From Boost Button", "RemoveAuxiliaryLoadFromBoostButton", "IS", "ESME", held=DSP
    ),
    command("7.11", "Read Boost Button Details", "ReadBoostButtonDetails", "IS OU", "ESME", held=DSP),
    critical("7.12", "Set Randomised Offset Limit", "SetRandomisedOffsetLimit", "IS", "ESME"),
    critical("7.13", "Set Auxiliary Controller State", "SetAuxiliaryControllerState", "IS", "ESME"),
    command(
        "7.14",
        "Read Auxiliary Controller Configuration Data",
        "ReadAuxiliaryControllerConfigurationData",
        "IS ED OU",
        "ESME",
        held=DSP,
    ),
    command(
        "7.15",
        "Read Auxiliary Controller Operational Data",
        "ReadAuxiliaryControllerOperationalData",
        "IS ED OU",
        "ESME",
        held=DSP,
    ),
    critical("7.16", "Limit APC Level", "LimitAPCLevel", "", "ESME"),
    command("9.1", "Request Customer Identification Number", "RequestCustomerIdentificationNumber", "OU", "ESME GSME"),
)
