"""Payloads of payments, calendars and tariffs of gas: forms and values beyond the published ones."""

from __future__ import annotations

from datetime import datetime

import pytest
from gbcs_bodies import body
from gbcs_gas import (
    A_SPECIAL_DAY,
    A_THRESHOLD,
    BLOCK_DAY,
    BUILT,
    CREDIT,
    LATER,
    LATER_TEXT,
    NEVER,
    TIER_DAY,
    block_prices,
    components,
    content,
    debt,
    new_prices,
    payment_mode,
    prepayment,
    protected_calendar,
    tariff,
    tou_prices,
)
from hypothesis import given
from hypothesis import strategies as st

from gbcs import gbz
from gbcs.refusal import Refused
from schemas.request import OtherBody

PAYMENT_MODES = [
    pytest.param(CREDIT, None, "00000000", "940c", "ffffffff", id="credit now"),
    pytest.param(CREDIT, LATER, LATER_TEXT, "940c", "ffffffff", id="credit at a later time"),
    pytest.param(CREDIT, NEVER, "ffffffff", "940c", "ffffffff", id="credit cancelled"),
    pytest.param(payment_mode("false", "false"), None, "00000000", "9708", "00000000", id="debt is never suspended"),
    pytest.param(payment_mode("true", "false"), None, "00000000", "970c", "00000000", id="suspended when disabled"),
    pytest.param(payment_mode("0", "1"), LATER, LATER_TEXT, "9700", "00000000", id="suspended in emergency, in digits"),
    pytest.param(payment_mode("true", "true", -2), NEVER, "ffffffff", "9704", "feffffff", id="both, a negative limit"),
]


@pytest.mark.parametrize(("xml", "execution", "when", "control", "cut_off"), PAYMENT_MODES)
def test_payment_modes(xml: str, execution: datetime | None, when: str, control: str, cut_off: str) -> None:
    expected = f"0705 01 06 00000000{BUILT}{when}{control}{cut_off}"
    assert [expected] == components("1.6", body(xml, execution))


def balance(mode: str, change: str) -> OtherBody:
    return body(f"<UpdateMeterBalance><{mode}>{change}</{mode}></UpdateMeterBalance>")


RESET = "<ResetMeterBalance/>"
BALANCES = [
    pytest.param(balance("PrepaymentMode", RESET), "GCS40b", "0100000000", id="reset in prepayment mode"),
    pytest.param(balance("CreditMode", RESET), "GCS40d", "0200000000", id="reset in credit mode"),
    pytest.param(
        balance("PrepaymentMode", "<AdjustMeterBalance>-1</AdjustMeterBalance>"),
        "GCS40a",
        "00ffffffff",
        id="less in prepayment mode",
    ),
    pytest.param(
        balance("CreditMode", "<AdjustMeterBalance>2147483647</AdjustMeterBalance>"),
        "GCS40c",
        "03ffffff7f",
        id="as much as there is in credit mode",
    ),
]


@pytest.mark.parametrize(("asked", "name", "adjustment"), BALANCES)
def test_balances(asked: OtherBody, name: str, adjustment: str) -> None:
    found = content("1.5", asked)
    assert not isinstance(found, Refused), found
    assert (name, True) == (found[0].name, found[0].critical)
    assert [f"0705 01 05 {BUILT}00000000{adjustment}"] == components("1.5", asked)


AMOUNTS = st.integers(-(2**31), 2**31 - 1)


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.integers(0, 10_000), AMOUNTS, st.sampled_from(("HOURLY", "DAILY")))
def test_debts_of_every_amount_are_read_back(
    first: int, second: int, third: int, share: int, rate: int, period: str
) -> None:
    found = content("2.3", debt(first, second, third, share, rate, period))
    assert not isinstance(found, Refused), found
    payloads = [component.payload for component in gbz.decode(found[1])]
    assert [first, second, third] == [int.from_bytes(octets[5:9], "little", signed=True) for octets in payloads]
    assert [rate, rate, 0] == [int.from_bytes(octets[18:22], "little", signed=True) for octets in payloads]
    assert [0, 0, share] == [int.from_bytes(octets[22:24], "little") for octets in payloads]
    frequency = {"HOURLY": 0, "DAILY": 1}[period]
    assert [frequency, frequency, 1] == [octets[17] for octets in payloads]


CHARGE_AND_SCALE = "50ffffffffff010000e80300"
PRICES = [
    pytest.param(
        new_prices(tou_prices(1, 4294967295, currency="ECB"), LATER),
        f"{LATER_TEXT}00000200" + "00d203",
        f"{LATER_TEXT}010000000001" + "01" + "0101000000" + "02ffffffff",
        id="two tiers in euros at a later time",
    ),
    pytest.param(
        new_prices(tou_prices(7), NEVER),
        "ffffffff00000100" + "003a03",
        "feffffff010000000001" + "01" + "0107000000",
        id="one tier cancelled: a matrix has a never of its own",
    ),
    pytest.param(
        new_prices(block_prices(1, 2, thresholds=1)),
        "0000000010000001" + "003a03",
        "00000000010000000001" + "00" + "0001000000" + "0102000000",
        id="two blocks now: blocks count from 0",
    ),
]


@pytest.mark.parametrize(("asked", "information", "matrix"), PRICES)
def test_prices(asked: OtherBody, information: str, matrix: str) -> None:
    assert [
        f"0700 09 04 00000000{BUILT}01000000{information}{CHARGE_AND_SCALE}",
        f"0700 09 05 00000000{BUILT}{matrix}",
    ] == components("1.2.1", asked)


CALENDAR = f"00000000{BUILT}{BUILT}"


def test_a_block_tariff_is_cancelled_with_both_kinds_of_never() -> None:
    asked = tariff(BLOCK_DAY + TIER_DAY, A_SPECIAL_DAY, A_THRESHOLD, block_prices(1, 2), NEVER)
    assert [
        f"0707 09 00 {CALENDAR}feffffff000000010102",
        f"0707 09 01 {CALENDAR}0101000100000000",
        f"0707 09 01 {CALENDAR}0201000100000004",
        f"0707 09 02 {CALENDAR}0201020102010201",
        f"0707 09 03 {CALENDAR}0001ff04ffff02",
        f"0707 09 04 {CALENDAR}feffffff00010001feff1f0702",
        f"0700 09 04 00000000{BUILT}01000000ffffffff10000001003a03{CHARGE_AND_SCALE}",
        f"0700 09 06 00000000{BUILT}feffffff0100000000010101ffffffffffff",
        f"0700 09 05 00000000{BUILT}feffffff010000000001000001000000" + "0102000000",
    ] == components("1.1.1", asked)


def test_a_tariff_by_time_of_use_has_no_block_thresholds() -> None:
    found = components("1.1.1", tariff(TIER_DAY, "", A_THRESHOLD, tou_prices(1), LATER))
    assert ["00", "01", "02", "03", "04", "04", "05"] == [each.split()[2] for each in found]
    assert f"0707 09 04 {CALENDAR}{LATER_TEXT}00000001" == found[4]


def test_prepayment_is_configured_at_a_later_time_in_every_command() -> None:
    assert [
        f"0705 01 03 {BUILT}{LATER_TEXT}0100000002000000",
        f"0705 01 0c 00000000{BUILT}{LATER_TEXT}ffffffff",
        "from 2d9ca770 0705 01 09 03000000",
        f"0705 01 0b 00000000{BUILT}{LATER_TEXT}0400000005000000",
        f"0707 09 00 {CALENDAR}{LATER_TEXT}030000010101",
        f"0707 09 01 {CALENDAR}05010001039f0500",
        f"0707 09 02 {CALENDAR}0105050505050505",
        f"0707 09 03 {CALENDAR}0001ffffffff01",
        f"0707 09 04 {CALENDAR}{LATER_TEXT}03000001",
    ] == components("2.1", prepayment(-1, protected_calendar(), LATER))


SWITCHING_TIMES = [
    pytest.param("00:00:00.00Z", "0000", id="midnight"),
    pytest.param("13:05:00", "1103", id="a time without a zone is UTC"),
    pytest.param("00:30:00+01:00", "8205", id="a time of another zone is told in UTC"),
]


@pytest.mark.parametrize(("start", "minutes"), SWITCHING_TIMES)
def test_switching_times_are_minutes_of_the_day(start: str, minutes: str) -> None:
    found = components("2.1", prepayment(1, protected_calendar(start, "START")))
    assert f"0707 09 01 {CALENDAR}0501000103{minutes}01" == found[5]
