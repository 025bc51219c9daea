"""What is refused to gas meters, and which use case is chosen."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from gbcs_bodies import body
from gbcs_gas import (
    A_SPECIAL_DAY,
    A_THRESHOLD,
    BLOCK_DAY,
    CREDIT,
    EARLIEST_VERSION,
    END,
    LATEST_VERSION,
    ON,
    START,
    TIER_DAY,
    alert,
    alerts,
    block_prices,
    content,
    conversion,
    debt,
    log,
    new_prices,
    payment_mode,
    prepayment,
    protected_calendar,
    tariff,
    tou_prices,
)

from gbcs.refusal import NoUseCase, Refused
from schemas.request import OtherBody

REFUSED = [
    pytest.param(
        "1.6", body(payment_mode("true", "true", 2**31)),
        "DisablementThreshold should be -2147483648 to 2147483647, found 2147483648", id="an amount beyond 32 bits",
    ),
    pytest.param(
        "1.6", body("<UpdatePaymentMode><Prepayment><SuspendDebtDisabled>1</SuspendDebtDisabled></Prepayment>"
                    "</UpdatePaymentMode>"),
        "SuspendDebtEmergency is missing", id="half a payment mode",
    ),
    pytest.param(
        "1.6", body(CREDIT, datetime(2137, 1, 1, tzinfo=UTC)),
        "ExecutionDateTime 2137-01-01T00:00:00+00:00 is outside 2000-01-01 to 2136-02-07, the range of a ZCL UTCTime",
        id="an execution beyond what seconds in 32 bits reach",
    ),
    pytest.param(
        "2.1", prepayment(1, protected_calendar(), limit=-1),
        "EmergencyCreditLimit should be 0 to 4294967295, found -1", id="a negative limit",
    ),
    pytest.param(
        "2.1", prepayment(1, protected_calendar("23:59:30Z")),
        "StartTime should be a whole minute, found 23:59:30", id="a switching time with seconds",
    ),
    pytest.param(
        "2.1", prepayment(1, protected_calendar(action="PAUSE")),
        "NonDisablementAction should be one of START, STOP, found 'PAUSE'", id="an action of another name",
    ),
    pytest.param(
        "2.1", prepayment(1, protected_calendar().replace('index="7"', 'index="6"')),
        "ReferencedDayName[index=7] is missing", id="a week without a Sunday",
    ),
    pytest.param(
        "2.3", debt(1, 1, 1, 10_001), "DebtRecoveryPerPayment should be 0 to 10000, found 10001",
        id="more than all of a payment",
    ),
    pytest.param(
        "1.1.1", tariff(TIER_DAY.replace("4", "5"), "", A_THRESHOLD, tou_prices(1), None),
        "TOUTariffAction should be 1 to 4, found 5", id="a tier that no meter has",
    ),
    pytest.param(
        "1.1.1", tariff(TIER_DAY * 5, "", A_THRESHOLD, tou_prices(1), None),
        "there should be 1 to 4 DayProfile, found 5", id="more days than a calendar holds",
    ),
    pytest.param(
        "1.1.1", tariff(TIER_DAY, A_SPECIAL_DAY.replace("2154", "2155"), A_THRESHOLD, tou_prices(1), None),
        "SpecifiedYear should be 1900 to 2154, found 2155", id="a year that one octet does not reach",
    ),
    pytest.param(
        "1.1.1", tariff(BLOCK_DAY, "", A_THRESHOLD.replace("55<", "56<"), block_prices(1), None),
        "BlockThreshold[index=1] should be 0 to 281474976710655, found 281474976710656", id="a threshold of 49 bits",
    ),
    pytest.param(
        "1.2.1", new_prices(tou_prices(1, 2, 3).replace('index="2"', 'index="4"')),
        "TOUPrice should be numbered from 1 without gaps, up to 4, found 1, 3, 4", id="prices with a gap",
    ),
    pytest.param(
        "1.2.1", new_prices(tou_prices(1, currency="USD")),
        "CurrencyUnits should be one of GBP, ECB, found 'USD'", id="another currency",
    ),
    pytest.param(
        "6.6", conversion("1.000001", "1"), "ConversionFactor should have at most 5 decimal places, found 1.000001",
        id="a finer factor than the meter keeps",
    ),
    pytest.param(
        "6.6", conversion("1", "429496729.6"), "CalorificValue should be 0 to 4294967295, found 4294967296",
        id="a calorific value beyond 32 bits",
    ),
    pytest.param(
        "6.22", alerts(), "GasSupplierAlertEventSettings should name at least one event", id="settings of no event",
    ),
    pytest.param(
        "6.22", alerts(alert("x810D", ON, ON, ON, "Perhaps")),
        "Alarm of x810D should be one of Enable, Disable, found 'Perhaps'", id="a switch that is neither on nor off",
    ),
    pytest.param(
        "6.22",
        body("<ConfigureAlertBehaviour><GasSupplierAlerts><x810D>On</x810D></GasSupplierAlerts>"
             "</ConfigureAlertBehaviour>"),
        "x810D should be one of Enable, Disable, found 'On'", id="an alert that is neither on nor off",
    ),
    pytest.param(
        "4.4.5", log("RetrieveBillingDataLogPrepaymentCredits", "1999-12-31T00:00:00Z", "2000-01-01T00:00:00Z"),
        "StartDateTime 1999-12-31T00:00:00+00:00 is outside 2000-01-01 to 2136-02-07, the range of a ZCL UTCTime",
        id="a log before the epoch",
    ),
    pytest.param(
        "4.4.5", log("RetrieveBillingDataLogPrepaymentCredits", "2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        "EndDateTime 2000-01-01T00:00:00+00:00 is 0 as a ZCL UTCTime, which means now",
        id="the end of a log that would mean now",
    ),
    pytest.param(
        "6.11", body("<SynchroniseClock><CurrentDateTime>9999-12-31T23:59:59Z</CurrentDateTime>"
                     "<TolerancePeriod>1</TolerancePeriod></SynchroniseClock>"),
        "CurrentDateTime and TolerancePeriod should end before the year 10000", id="a clock beyond the calendar",
    ),
    pytest.param(
        "3.1", body(f"<DisplayMessage><SupplierMessage>{'x' * 117}</SupplierMessage></DisplayMessage>"),
        "SupplierMessage should have at most 116 characters, found 117", id="a message too long for the display",
    ),
    pytest.param(
        "6.20.1", body("<SetDeviceConfigurationImportMPxN/>"), "ImportMPRN is missing", id="no meter point of gas",
    ),
    pytest.param(
        "9.1", body("<RequestCustomerIdentificationNumber/>"), "the customer identification number is missing",
        id="no customer identification number",
    ),
    pytest.param(
        "4.6.1", log("RetrieveImportDailyReadLog", END, START),
        "EndDateTime should not be before StartDateTime 2024-04-01T00:00:00+00:00, found 2024-03-31T23:00:00+00:00",
        id="a period that ends before it starts",
    ),
    pytest.param(
        "4.4.5", log("RetrieveBillingDataLogPrepaymentCredits", "1999-12-31T00:00:00Z", END),
        "StartDateTime 1999-12-31T00:00:00+00:00 is outside 2000-01-01 to 2136-02-07, the range of a ZCL UTCTime",
        id="a period from the last century",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("variant", "asked", "reason"), REFUSED)
def test_what_cannot_be_told_is_refused_by_name(variant: str, asked: OtherBody, reason: str) -> None:
    assert Refused(reason) == content(variant, asked)


VERSIONS = [
    pytest.param("4.18", "ReadMeterBalance", "GCS60", "GCS60a", id="the balance"),
    pytest.param("6.2.3", "ReadDeviceConfigurationBillingCalendar", "GCS21d", "GCS21k", id="the billing calendar"),
    pytest.param("6.2.4", "ReadDeviceConfigurationIdentityExcMPxN", "GCS21e", "GCS21m", id="the identity"),
]


@pytest.mark.parametrize(("variant", "element", "earlier", "later"), VERSIONS)
def test_the_gbcs_version_decides_between_reads(variant: str, element: str, earlier: str, later: str) -> None:
    asked = OtherBody(element=element)
    for version, name in ((EARLIEST_VERSION, earlier), (LATEST_VERSION, later)):
        found = content(variant, asked, gbcs_version=version)
        assert not isinstance(found, Refused), found
        assert name == found[0].name
    lacking = f"the GBCS version of the device is needed to choose between {earlier} and {later}"
    assert NoUseCase(lacking) == content(variant, asked)


NOT_CHOSEN = [
    pytest.param(
        "6.22",
        "<ConfigureAlertBehaviour><ElectricitySupplierAlerts/></ConfigureAlertBehaviour>",
        "no GBCS use case of 6.22 for GSME fits the request: GCS20 if GasSupplierAlertEventSettings is given;"
        " GCS20 if GasSupplierAlerts is given",
        id="the alerts of an electricity meter",
    ),
    pytest.param(
        "3.3",
        "<ClearEventLog><ESMEEventLogType>ALCS</ESMEEventLogType></ClearEventLog>",
        "no GBCS use case of 3.3 for GSME fits the request: CS11 if ESMEEventLogType is absent",
        id="the log of an electricity meter",
    ),
    pytest.param(
        "6.8",
        "<UpdateDeviceConfigurationBillingCalendar><ElectricityBillingCalendar/>"
        "</UpdateDeviceConfigurationBillingCalendar>",
        "Periodicity is needed to choose between GCS25 and GCS25a",
        id="the billing calendar of an electricity meter",
    ),
]


@pytest.mark.parametrize(("variant", "xml", "reason"), NOT_CHOSEN)
def test_a_request_that_fits_no_use_case(variant: str, xml: str, reason: str) -> None:
    assert NoUseCase(reason) == content(variant, body(xml))
