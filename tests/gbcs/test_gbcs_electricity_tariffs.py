"""Tariffs and voltage limits: every row finds its place by its number, whatever the order of the request."""

from __future__ import annotations

import pytest
from gbcs_bodies import body
from gbcs_meter_bodies import EVERY_DAY, built, prices

TARIFF = "UpdateImportTariffPrimaryElement"
ACTIONS = {
    "a time-of-use register": ("<TOUTariffAction>048</TOUTariffAction>", "120030"),
    "a block register group": ("<BlockTariffAction>8</BlockTariffAction>", "12006c"),
}


def thresholds(*rows: int) -> str:
    row = '<Thresholds index="{0}"><BlockThreshold index="2">4294967295</BlockThreshold>'
    row += '<BlockThreshold index="1">{0}</BlockThreshold></Thresholds>'
    return f"<ThresholdMatrix>{''.join(row.format(each) for each in rows)}</ThresholdMatrix>"


def tariff(
    action: str = "<TOUTariffAction>1</TOUTariffAction>", rows: tuple[int, ...] = tuple(range(8, 0, -1)), days: int = 7
) -> str:
    """A tariff whose rows come last first."""
    week = "".join(f'<ReferencedDayName index="{day}">{day + 1}</ReferencedDayName>' for day in range(days, 0, -1))
    table = (
        "<SwitchingTable><DayProfiles><DayProfile><DayName>16</DayName><ProfileSchedule>"
        f"<StartTime>23:30:00Z</StartTime>{action}</ProfileSchedule></DayProfile></DayProfiles>"
        f"<WeekProfiles><WeekProfile><WeekName>4</WeekName>{week}</WeekProfile></WeekProfiles>"
        f"<Seasons><Season><SeasonName/><SeasonStartDate>{EVERY_DAY}</SeasonStartDate>"
        "<ReferencedWeekName>4</ReferencedWeekName></Season></Seasons></SwitchingTable>"
    )
    special = f"<SpecialDay><Date>{EVERY_DAY}</Date><ReferencedDayName>16</ReferencedDayName></SpecialDay>" * 2
    elements = (
        f"<ElecTariffElements><CurrencyUnits>ECB</CurrencyUnits>{table}<SpecialDays>{special}</SpecialDays>"
        f"{thresholds(*rows)}</ElecTariffElements>"
    )
    price = prices('<TOUTariff><TOUPrice index="1">1</TOUPrice></TOUTariff>')
    return f"<{TARIFF}>{elements}{price[price.index('<PriceElements>') : price.rindex('</UpdatePrice')]}</{TARIFF}>"


@pytest.mark.parametrize(("action", "script"), ACTIONS.values(), ids=ACTIONS)
def test_a_tariff_switches_to(action: str, script: str) -> None:
    found = built("1.1.1", body(tariff(action)))
    assert isinstance(found, dict), found
    assert (
        "01010202" + "1110" + "01010203" + "0904171e0000" + "090600000a0064ff" + script == found["20 0-0:13.0.0.255 9"]
    )


def test_seasons_weeks_and_special_days_of_a_tariff() -> None:
    found = built("1.1.1", body(tariff()))
    assert isinstance(found, dict), found
    week = "0101" + "0208" + "090104" + "".join(f"11{day + 1:02x}" for day in range(1, 8))
    entry = "0203" + "12{:04x}" + "0905ffffffffff" + "1110"
    expected = {
        "20 0-0:13.0.0.255 7": "0101" + "0203" + "0900" + "090c" + "ffffffffff" + "000000" + "00" + "8000ff" + "090104",
        "20 0-0:13.0.0.255 8": week,
        "11 0-1:11.0.0.255 2": "0102" + entry.format(1) + entry.format(2),
        "9000 0-0:94.44.2.0 4": "0300",
    }
    assert expected == {access: found[access] for access in expected}


def test_thresholds_stand_in_the_order_of_their_numbers() -> None:
    found = built("1.1.1", body(tariff()))
    assert isinstance(found, dict), found
    expected = {f"21 0-0:16.1.{10 + row}.255 2": f"010206{row:08x}06ffffffff" for row in range(1, 9)}
    assert expected == {access: found[access] for access in expected}


LACKING = {
    "a row of thresholds": (tariff(rows=(1, 2, 4, 5, 6, 7, 8)), "Thresholds[index=3] is missing"),
    "a day of a week": (tariff(days=6), "ReferencedDayName[index=7] is missing"),
    "a tariff of a gas meter": (
        f"<{TARIFF}><GasTariffElements/></{TARIFF}>",
        "Thresholds[index=1] is missing",
    ),
}


@pytest.mark.parametrize(("xml", "reason"), LACKING.values(), ids=LACKING)
def test_a_tariff_lacks(xml: str, reason: str) -> None:
    assert reason == built("1.1.1", body(xml))


def voltage(*phases: int, kept: bool = False) -> str:
    limits = ("RMSExtremeOverVoltage", "RMSExtremeUnderVoltage", "RMSVoltageSag", "RMSVoltageSwell")
    general = "".join(
        f"<{limit}MeasurementPeriod>{100 + n}</{limit}MeasurementPeriod><{limit}Threshold>{200 + n}</{limit}Threshold>"
        for n, limit in enumerate(limits)
    )
    average = (
        "<AverageRMSOverVoltageThreshold>{0}</AverageRMSOverVoltageThreshold>"
        "<AverageRMSUnderVoltageThreshold>1{0}</AverageRMSUnderVoltageThreshold>"
        "<AverageRMSVoltageMeasurementPeriod>2{0}</AverageRMSVoltageMeasurementPeriod>"
    )
    if phases:
        averages = "".join(
            f"<PolyPhaseVoltageSettings><Phase>{n}</Phase><PhaseVoltageSettings>{average.format(n)}"
            "</PhaseVoltageSettings></PolyPhaseVoltageSettings>"
            for n in phases
        )
    else:
        averages = f"<SinglePhaseVoltageSettings>{average.format(1)}</SinglePhaseVoltageSettings>"
    keep = "<RMSVoltageCountersNotReset/>" if kept else ""
    element = "UpdateDeviceConfigurationVoltage"
    return f"<{element}><RMSVoltageSettings>{general}</RMSVoltageSettings>{averages}{keep}</{element}>"


LIMITS = {
    f"71 0-0:17.0.{n + 1}.255 {attribute}": f"06{base + n:08x}"
    for n in range(4)
    for attribute, base in ((6, 100), (4, 200))
}
VOLTAGES = {
    "of one phase": (voltage(), (1,), True),
    "of one phase, counters kept": (voltage(kept=True), (1,), False),
    "of three phases in any order": (voltage(3, 1, 2), (1, 2, 3), True),
    "of three phases, counters kept": (voltage(2, 3, 1, kept=True), (1, 2, 3), False),
}


@pytest.mark.parametrize(("xml", "phases", "reset"), VOLTAGES.values(), ids=VOLTAGES)
def test_voltage_limits(xml: str, phases: tuple[int, ...], reset: bool) -> None:
    expected = dict(LIMITS)
    for phase in phases:
        name = 12 + 20 * phase
        expected[f"1 1-0:{name}.35.0.4 2"] = f"06{phase:08x}"
        expected[f"1 1-0:{name}.31.0.4 2"] = f"06{10 + phase:08x}"
        expected[f"7 1-0:{name}.24.0.255 4"] = f"06{20 + phase:08x}"
        if reset:
            expected[f"3 1-0:{name}.32.0.4 1"] = expected[f"3 1-0:{name}.36.0.4 1"] = "0f00"
    assert expected == built("6.5", body(xml))


def test_voltage_limits_of_a_phase_that_is_left_out() -> None:
    assert "AverageRMSVoltageMeasurementPeriod is missing" == built("6.5", body(voltage(1, 2, 2)))
