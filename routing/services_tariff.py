"""Services 1 to 3: tariffs, prepayment, customers' displays and data. Rows only: ``routing.service`` has their form."""

from __future__ import annotations

from typing import Final

from routing.service import MINIMUM, FutureDating, Service, command, critical

DSP: Final = FutureDating.DSP
DEVICE: Final = FutureDating.DEVICE

ROWS: Final[tuple[Service, ...]] = (
    critical(
        "1.1.1",
        "Update Import Tariff (Primary Element)",
        "UpdateImportTariffPrimaryElement",
        "IS GS",
        "ESME GSME",
        held=DEVICE,
        smets1=MINIMUM,
    ),
    critical(
        "1.1.2",
        "Update Import Tariff (Secondary Element)",
        "UpdateImportTariffSecondaryElement",
        "IS",
        "ESME",
        held=DEVICE,
        smets1=MINIMUM,
    ),
    critical(
        "1.2.1",
        "Update Price (Primary Element)",
        "UpdatePricePrimaryElement",
        "IS GS",
        "ESME GSME",
        held=DEVICE,
        smets1=MINIMUM,
    ),
    critical(
        "1.2.2",
        "Update Price (Secondary Element)",
        "UpdatePriceSecondaryElement",
        "IS",
        "ESME",
        held=DEVICE,
        smets1=MINIMUM,
    ),
    critical("1.5", "Update Meter Balance", "UpdateMeterBalance", "IS GS", "ESME GSME", smets1=MINIMUM),
    critical("1.6", "Update Payment Mode", "UpdatePaymentMode", "IS GS", "ESME GSME", held=DEVICE, smets1=MINIMUM),
    critical("1.7", "Reset Tariff Block Counter Matrix", "ResetTariffBlockCounterMatrix", "IS", "ESME"),
    critical(
        "2.1",
        "Update Prepay Configuration",
        "UpdatePrepayConfiguration",
        "IS GS",
        "ESME GSME",
        held=DEVICE,
        smets1=MINIMUM,
    ),
    command("2.2", "Top Up Device", "TopUpDevice", "IS GS", "ESME GSME", smets1=MINIMUM),
    critical("2.3", "Update Debt", "UpdateDebt", "IS GS", "ESME GSME", smets1=MINIMUM),
    critical("2.5", "Activate Emergency Credit", "ActivateEmergencyCredit", "IS GS", "ESME GSME", smets1=MINIMUM),
    command("3.1", "Display Message", "DisplayMessage", "IS GS", "ESME GSME", held=DSP),
    command(
        "3.2",
        "Restrict Access For Change Of Tenancy",
        "RestrictAccessForChangeOfTenancy",
        "IS GS",
        "ESME GPF",
        held=DSP,
        smets1=MINIMUM,
    ),
    command("3.3", "Clear Event Log", "ClearEventLog", "IS GS", "ESME GSME GPF? CHF?", smets1=MINIMUM),
    command("3.4", "Update Supplier Name", "UpdateSupplierName", "IS GS", "ESME GSME", held=DSP),
    command("3.5", "Disable Privacy PIN", "DisablePrivacyPIN", "IS GS", "ESME GSME"),
)
