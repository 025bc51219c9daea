"""Requests to electricity meters that cannot be built: each is refused with the name of what is at fault."""

from __future__ import annotations

import pytest
from gbcs_bodies import body
from gbcs_meter_bodies import (
    BOOST,
    CLOCK,
    LEVEL,
    THREE_PHASE_EVENTS,
    alerts,
    built,
    debt,
    load_limit,
    prices,
    secondary,
    switch_calendar,
)

from schemas.request import OtherBody

REFUSED: dict[str, tuple[str, OtherBody, dict[str, object], str]] = {
    "a number beyond 32 bits": (
        "6.4.1",
        body(load_limit(LoadLimitPeriod="4294967296")),
        {},
        "LoadLimitPeriod should be 0 to 4294967295, found 4294967296",
    ),
    "an unknown supply state": (
        "6.4.1",
        body(load_limit(LoadLimitSupplyState="Open")),
        {},
        "LoadLimitSupplyState should be one of Disable, Unchanged, found 'Open'",
    ),
    "more than the whole of a payment": (
        "2.3",
        body(debt(share="10001")),
        {},
        "DebtRecoveryPerPayment should be 0 to 10000, found 10001",
    ),
    "a debt for gas": (
        "2.3",
        body("<UpdateDebt><TimeDebtRegister1>0</TimeDebtRegister1></UpdateDebt>"),
        {},
        "DebtRecoveryRatePriceScale is missing",
    ),
    "a price beyond 16 bits": (
        "1.2.1",
        body(prices('<TOUTariff><TOUPrice index="48">32768</TOUPrice></TOUTariff>')),
        {},
        "TOUPrice[index=48] should be -32768 to 32767, found 32768",
    ),
    "two prices of one register": (
        "1.2.1",
        body(prices('<TOUTariff><TOUPrice index="7">1</TOUPrice><TOUPrice index="07">2</TOUPrice></TOUTariff>')),
        {},
        "TOUPrice 7 should be given once",
    ),
    "two prices of one register of the second element": (
        "1.2.2",
        body(secondary((2, "1"), (2, "1"))),
        {},
        "ElectricityPriceElement 2 should be given once",
    ),
    "two special days of one number": (
        "6.14.2",
        body(switch_calendar(defined="1")),
        {},
        "ALCSHCALCSSpecialDay 1 should be given once",
    ),
    "a switch of the boost button twice": (
        "7.9",
        body(f"<AddAuxiliaryLoadToBoostButton>{BOOST.replace('5', '3')}</AddAuxiliaryLoadToBoostButton>"),
        {},
        "AddToBoostButton 3 should be given once",
    ),
    "a boost button that no switch is added to": (
        "7.9",
        body(f"<AddAuxiliaryLoadToBoostButton>{BOOST.replace('true', '0')}</AddAuxiliaryLoadToBoostButton>"),
        {},
        "one of AddToBoostButton[index=1], AddToBoostButton[index=2], AddToBoostButton[index=3], "
        "AddToBoostButton[index=4], AddToBoostButton[index=5] is needed",
    ),
    "no price table": ("1.2.1", body(prices("")), {}, "BlockTariff or TOUTariff or HybridTariff is missing"),
    "no register to reset": (
        "6.18.2",
        body("<ResetMaximumDemandRegisters/>"),
        {},
        "one of MaxDemandActivePowerImportValue, MaxDemandConfigTimeActivePowerImportValue, "
        "MaxDemandActivePowerExportValue is needed",
    ),
    "a meter point of 12 digits": (
        "6.20.2",
        body(
            "<SetDeviceConfigurationExportMPAN><ExportMPAN>131234567833</ExportMPAN></SetDeviceConfigurationExportMPAN>"
        ),
        {},
        "ExportMPAN should be 13 decimal digits, found '131234567833'",
    ),
    "a clock off by more than a day": (
        "6.11",
        body(CLOCK.format(86401)),
        {},
        "TolerancePeriod should be 0 to 86400, found 86401",
    ),
    "a clock at the end of what dates can tell": (
        "6.11",
        body(CLOCK.format(1).replace("2024-02-28", "9999-12-31")),
        {},
        "CurrentDateTime should be before 9999-12-30T23:59:59+00:00, so that a tolerance can follow it",
    ),
    "a moment that UTC has no year for": (
        "3.2",
        body(
            "<RestrictAccessForChangeOfTenancy><RestrictionDateTime>0001-01-01T00:00:00+01:00</RestrictionDateTime>"
            "</RestrictAccessForChangeOfTenancy>"
        ),
        {},
        "RestrictionDateTime should be of the years 1 to 9999 in UTC, found 0001-01-01T00:00:00+01:00",
    ),
    "a controller that is none": (
        "7.13",
        body(LEVEL.format(6, 0)),
        {},
        "auxiliaryControllerN should be 1 to 5, found 6",
    ),
    "more than full power": (
        "7.13",
        body(LEVEL.format(5, 101)),
        {},
        "CommandedStateLevel should be 0 to 100, found 101",
    ),
    "a rule for a special day that is not defined": (
        "6.14.2",
        body(switch_calendar(special="2")),
        {},
        "index of SpecialDaysApplicability 2 is not the number of a special day",
    ),
    "characters that no meter shows": (
        "3.1",
        body("<DisplayMessage><SupplierMessage>£5</SupplierMessage></DisplayMessage>"),
        {},
        "SupplierMessage should be of ASCII characters, found '£5'",
    ),
    "a message too long": (
        "3.1",
        body(f"<DisplayMessage><SupplierMessage>{'a' * 117}</SupplierMessage></DisplayMessage>"),
        {},
        "SupplierMessage should have at most 116 characters, found 117",
    ),
    "events of three phases for a meter of which nobody said": (
        "6.22",
        body(alerts(THREE_PHASE_EVENTS)),
        {},
        "the number of phases is needed for NetworkOperatorESMEPolyPhase",
    ),
    "counters of a meter whose phases nobody said": (
        "6.27",
        body("<UpdateDeviceConfigurationRMSVoltageCounterReset/>"),
        {},
        "the number of phases is needed to choose between ECS29e and ECS29f",
    ),
    "prepayment limits of a meter whose GBCS version nobody said": (
        "2.1",
        body("<UpdatePrepayConfiguration/>"),
        {},
        "the GBCS version of the device is needed to choose between ECS08 and ECS08a",
    ),
    "a customer identification number that nobody chose": (
        "9.1",
        body("<RequestCustomerIdentificationNumber/>"),
        {},
        "the customer identification number is missing",
    ),
    "a customer identification number of letters": (
        "9.1",
        body("<RequestCustomerIdentificationNumber/>"),
        {"customer_identification_number": "12E4"},
        "the customer identification number should be 4 decimal digits, found '12E4'",
    ),
    "another service's body": (
        "7.1",
        body("<ArmSupply/>"),
        {},
        "7.1 is built from EnableSupply, found ArmSupply",
    ),
    "a log of no meter": (
        "3.3",
        body("<ClearEventLog/>"),
        {},
        "ESMEEventLogType is needed to choose between ECS15a and ECS15c",
    ),
}


@pytest.mark.parametrize(("variant", "asked", "known", "reason"), REFUSED.values(), ids=REFUSED)
def test_nothing_is_built_for(variant: str, asked: OtherBody, known: dict[str, object], reason: str) -> None:
    assert reason == built(variant, asked, **known)
