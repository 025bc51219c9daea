"""Payloads that set up gas meters: forms and values beyond the published ones."""

from __future__ import annotations

import pytest
from gbcs_bodies import body
from gbcs_gas import (
    BUILT,
    LATER_TEXT,
    OFF,
    ON,
    START,
    alert,
    alerts,
    components,
    content,
    conversion,
)

from gbcs.refusal import Refused
from schemas.request import OtherBody


def gas_flow(rate: str, tamper: str = "Locked", depletion: str = "Unchanged") -> OtherBody:
    return body(
        f"<UpdateDeviceConfigurationGasFlow>{rate}<SupplyDepletionState>{depletion}</SupplyDepletionState>"
        f"<SupplyTamperState>{tamper}</SupplyTamperState><StabilisationPeriod>255</StabilisationPeriod>"
        "<MeasurementPeriod>65535</MeasurementPeriod></UpdateDeviceConfigurationGasFlow>"
    )


WHOLE_RATE = "<UncontrolledGasFlowRate>65535</UncontrolledGasFlowRate>"
DECIMAL_RATE = "<UncontrolledGasFlowRateDecimal>0.5</UncontrolledGasFlowRateDecimal>"
GAS_FLOWS = [
    pytest.param(gas_flow(WHOLE_RATE), "GCS24", "ffff0101000100", "00030003", id="tampering locks"),
    pytest.param(
        gas_flow(DECIMAL_RATE, "Unchanged", "Locked"), "GCS24a", "88130101001027", "03000003", id="depletion locks"
    ),
]


@pytest.mark.parametrize(("asked", "name", "threshold", "states"), GAS_FLOWS)
def test_gas_flow(asked: OtherBody, name: str, threshold: str, states: str) -> None:
    found = content("6.7", asked)
    assert not isinstance(found, Refused), found
    assert name == found[0].name
    assert [
        f"0702 01 0e 00000000{BUILT}{threshold}ffffff",
        f"0702 01 0d {BUILT}{states}",
    ] == components("6.7", asked)


def billing(periodicity: str) -> OtherBody:
    return body(
        f"<UpdateDeviceConfigurationBillingCalendar><GasBillingCalendar><BillingPeriodStart>{START}"
        f"</BillingPeriodStart><Periodicity>{periodicity}</Periodicity></GasBillingCalendar>"
        "</UpdateDeviceConfigurationBillingCalendar>"
    )


PERIODICITIES = [
    pytest.param("Daily", "GCS25", "010000", "21", id="every day"),
    pytest.param("Weekly", "GCS25", "010000", "22", id="every week"),
    pytest.param("Monthly", "GCS25", "010000", "23", id="every month"),
    pytest.param("Quarterly", "GCS25a", "030000", "23", id="every three months"),
    pytest.param("SixMonthly", "GCS25a", "060000", "23", id="every six months"),
    pytest.param("Yearly", "GCS25a", "0c0000", "23", id="every twelve months"),
]


@pytest.mark.parametrize(("periodicity", "name", "duration", "unit"), PERIODICITIES)
def test_billing_calendars(periodicity: str, name: str, duration: str, unit: str) -> None:
    found = content("6.8", billing(periodicity))
    assert not isinstance(found, Refused), found
    assert name == found[0].name
    assert [
        f"0700 09 09 00000000{BUILT}{LATER_TEXT}{duration}{unit}00",
        f"0700 09 01 00000000{BUILT}{LATER_TEXT}{duration}02{unit}0001",
    ] == components("6.8", billing(periodicity))


def test_gas_is_converted_with_all_decimals() -> None:
    assert [
        f"0700 09 02 {BUILT}00000000ffffffff50",
        f"0700 09 03 {BUILT}000000000a0000000110",
    ] == components("6.6", conversion("42949.67295", "1"))


SHOWN = [
    pytest.param(
        "3.1",
        "<DisplayMessage><SupplierMessage> two  blanks </SupplierMessage></DisplayMessage>",
        f"0703 09 00 {BUILT}0000000000ffff0d" + b" two  blanks ".hex(),
        id="a message keeps its blanks",
    ),
    pytest.param(
        "3.4",
        "<UpdateSupplierName><SupplierName>A</SupplierName>"
        "<SupplierTelephoneNumber>1</SupplierTelephoneNumber></UpdateSupplierName>",
        f"0708 09 01 00000000{BUILT}00000000000000000000180000" + "0141" + "0131",
        id="the supplier's name and number",
    ),
    pytest.param(
        "6.20.1",
        "<SetDeviceConfigurationImportMPxN><ImportMPRN>9</ImportMPRN></SetDeviceConfigurationImportMPxN>",
        f"0708 09 03 {BUILT}00000000000000000139",
        id="a meter point number as short as can be",
    ),
]


@pytest.mark.parametrize(("variant", "xml", "expected"), SHOWN)
def test_what_the_customer_sees(variant: str, xml: str, expected: str) -> None:
    assert [expected] == components(variant, body(xml))


def test_the_customer_identification_number_is_told() -> None:
    asked = body("<RequestCustomerIdentificationNumber/>")
    expected = f"0708 09 06 {BUILT}00000000000000000430303432"
    assert [expected] == components("9.1", asked, customer_identification_number="0042")


CONFIGURATIONS = [
    pytest.param((ON, OFF, OFF, OFF), "08", id="an alert to the WAN"),
    pytest.param((OFF, ON, OFF, OFF), "10", id="an alert on the HAN"),
    pytest.param((OFF, OFF, ON, OFF), "03", id="an entry in the event log"),
    pytest.param((OFF, OFF, OFF, ON), "40", id="an alarm"),
    pytest.param((OFF, OFF, OFF, OFF), "00", id="nothing"),
    pytest.param((ON, ON, ON, ON), "5b", id="everything"),
]


@pytest.mark.parametrize(("switches", "flags"), CONFIGURATIONS)
def test_what_an_event_of_a_gas_meter_makes(switches: tuple[str, str, str, str], flags: str) -> None:
    assert [f"0708 09 04 {BUILT}00000000{flags}00010d81"] == components("6.22", alerts(alert("x810D", *switches)))


def test_an_alert_of_the_older_form_is_logged_and_told_to_the_wan_if_enabled() -> None:
    events = "<x810D>Enable</x810D><x8119>Disable</x8119><x8145>Enable</x8145>"
    asked = body(f"<ConfigureAlertBehaviour><GasSupplierAlerts>{events}</GasSupplierAlerts></ConfigureAlertBehaviour>")
    assert [
        f"0708 09 04 {BUILT}000000000b00" + "02" + "0d81" + "4581",
        f"0708 09 04 {BUILT}000000000300" + "01" + "1981",
    ] == components("6.22", asked)


def test_events_that_make_the_same_share_a_command() -> None:
    asked = alerts(
        alert("x810D", OFF, OFF, ON, OFF),
        alert("x81C0", ON, OFF, OFF, OFF),
        alert("x81C6", OFF, OFF, ON, OFF),
    )
    assert [
        f"0708 09 04 {BUILT}000000000800" + "01" + "c081",
        f"0708 09 04 {BUILT}000000000300" + "02" + "0d81" + "c681",
    ] == components("6.22", asked)
