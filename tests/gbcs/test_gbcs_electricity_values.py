"""What sets and actions on electricity meters make of a request's values."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from gbcs_bodies import body
from gbcs_meter_bodies import BOOST, CLOCK, LEVEL, billing, built, debt, load_limit, mode, months, prices, secondary
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.request import OtherBody

LATER = datetime(2031, 2, 28, 23, 59, 58, tzinfo=UTC)
CANCELLATION = datetime(3000, 1, 1, tzinfo=UTC)


ENCODED: dict[str, tuple[str, OtherBody, dict[str, str]]] = {
    "numbers at their limits, a supply state unchanged, at once": (
        "6.4.1",
        body(load_limit()),
        {
            "9000 0-0:94.44.0.3 4": "0300",
            "9000 0-0:94.44.128.6 4": "06ffffffff",
            "9000 0-0:94.44.128.7 4": "0600000000",
            "9000 0-0:94.44.128.8 6": "090c0000000000000000008000ff",
        },
    ),
    "a later activation": (
        "6.4.1",
        body(load_limit(LoadLimitSupplyState="Disable"), LATER),
        {"9000 0-0:94.44.0.3 4": "03ff", "9000 0-0:94.44.128.6 6": "090c07ef021cff173b3a008000ff"},
    ),
    "a cancellation": (
        "6.4.1",
        body(load_limit(), CANCELLATION),
        {"9000 0-0:94.44.0.3 6": "090cffffffffffffffffff8000ff"},
    ),
    "debts of an hour, negative amounts and scales": (
        "2.3",
        body(debt()),
        {
            "113 0-0:19.20.1.255 6": "020302020f000f80020312000009060000000000000f000101020209001080" + "00",
            "113 0-0:19.20.1.255 8": "0600000e10",
            "113 0-0:19.20.3.255 13": "122710",
            "113 0-0:19.20.1.255 4": "0580000000",
            "113 0-0:19.20.2.255 4": "0500000007",
            "113 0-0:19.20.3.255 4": "057fffffff",
        },
    ),
    "debts of a day": ("2.3", body(debt(period="DAILY")), {"113 0-0:19.20.2.255 8": "0600015180"}),
    "a balance reduced in credit mode": (
        "1.5",
        body(
            "<UpdateMeterBalance><CreditMode><AdjustMeterBalance>-5</AdjustMeterBalance></CreditMode></UpdateMeterBalance>"
        ),
        {"112 0-0:19.10.0.255 1": "05fffffffb"},
    ),
    "a balance reset in prepayment mode": (
        "1.5",
        body("<UpdateMeterBalance><PrepaymentMode><ResetMeterBalance/></PrepaymentMode></UpdateMeterBalance>"),
        {"112 0-0:19.10.0.255 2": "0500000000", "112 0-0:19.10.2.255 2": "0500000000"},
    ),
    "billing every day": (
        "6.8",
        body(billing("<Daily/>")),
        {"22 0-0:15.0.0.255 4": "010102020904171e00000905ffffffffff"},
    ),
    "billing on Sundays": (
        "6.8",
        body(billing("<Weekly>7</Weekly>")),
        {"22 0-0:15.0.0.255 4": "010102020904171e00000905ffffffff07"},
    ),
    "billing on a day of the month, at a time of another zone": (
        "6.8",
        body(billing("<Monthly>28</Monthly>", "00:30:00+01:00")),
        {"22 0-0:15.0.0.255 4": "010102020904171e00000905ffffff1cff"},
    ),
    "billing at the end of a day": (
        "6.8",
        body(billing("<Monthly>1</Monthly>", "24:00:00Z")),
        {"22 0-0:15.0.0.255 4": "010102020904000000000905ffffff01ff"},
    ),
    "billing in quarters that pass the end of the year": (
        "6.8",
        body(months("Quarterly", 11)),
        {
            "22 0-0:15.0.0.255 4": "0104"
            + "".join(f"02020904171e00000905ffff{month:02x}1cff" for month in (11, 2, 5, 8))
        },
    ),
    "billing in half-years": (
        "6.8",
        body(months("SixMonthly", 12)),
        {"22 0-0:15.0.0.255 4": "010202020904171e00000905ffff0c1cff02020904171e00000905ffff061cff"},
    ),
    "billing in years": (
        "6.8",
        body(months("Yearly", 2, 1)),
        {"22 0-0:15.0.0.255 4": "010102020904171e00000905ffff0201ff"},
    ),
    "no daily reset of block counters": (
        "6.26",
        body(
            "<UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix><DailyTariffBlockCounterMatrixReset>0"
            "</DailyTariffBlockCounterMatrixReset></UpdateDeviceConfigurationDailyResettingOfTariffBlockCounterMatrix>"
        ),
        {"22 0-0:15.1.0.255 4": "0100"},
    ),
    "one maximum demand register of three": (
        "6.18.2",
        body("<ResetMaximumDemandRegisters><MaxDemandActivePowerExportValue/></ResetMaximumDemandRegisters>"),
        {"4 1-0:2.6.0.255 1": "0f00"},
    ),
    "a clock's tolerance that passes a leap day": (
        "6.11",
        body(CLOCK.format(86400)),
        {
            "8 0-0:1.0.0.255 5": "0203090cffffffffffffffffff8000ff090c07e8021cff173b3b008000ff"
            "090c07e8021dff173b3b008000ff"
        },
    ),
    "a tamper state unchanged": (
        "6.25",
        body(
            "<SetElectricitySupplyTamperState><SupplyTamperState>Unchanged</SupplyTamperState>"
            "</SetElectricitySupplyTamperState>"
        ),
        {"1 0-0:94.44.0.4 2": "0300"},
    ),
    "text with its blanks": (
        "3.1",
        body("<DisplayMessage><SupplierMessage> a~ </SupplierMessage></DisplayMessage>"),
        {"1 0-2:96.13.1.255 2": "090420617e20"},
    ),
    "one switch of five on the boost button": (
        "7.9",
        body(f"<AddAuxiliaryLoadToBoostButton>{BOOST}</AddAuxiliaryLoadToBoostButton>"),
        {"1 0-0:94.44.6.3 2": "03ff"},
    ),
    "a controller switched off": (
        "7.13",
        body(LEVEL.format(1, 0)),
        {
            "1 0-0:94.44.117.1 2": "090c07e8021cff170000008000ff",
            "1 0-0:94.44.117.2 2": "090c07e80301ff000000008000ff",
            "9 0-0:10.0.103.255 1": "121100",
        },
    ),
    "switches described in any order, in theirs": (
        "6.14.1",
        body(
            "<UpdateDeviceConfigurationALCDescriptions>"
            '<ALCSHCALCSDescription index="5"><SwitchDescription>B</SwitchDescription></ALCSHCALCSDescription>'
            '<ALCSHCALCSDescription index="01"><SwitchDescription>A</SwitchDescription></ALCSHCALCSDescription>'
            "</UpdateDeviceConfigurationALCDescriptions>"
        ),
        {"1 0-0:94.44.0.11 2": "0a0141", "1 0-0:94.44.0.15 2": "0a0142"},
    ),
}
WHOLE = {
    "numbers at their limits, a supply state unchanged, at once": 8,
    "one maximum demand register of three": 1,
    "one switch of five on the boost button": 1,
    "a balance reset in prepayment mode": 3,
    "switches described in any order, in theirs": 2,
}
"""How many accesses there are in all, where that says something."""


@pytest.mark.parametrize("name", ENCODED)
def test_a_request_becomes(name: str) -> None:
    variant, asked, expected = ENCODED[name]
    found = built(variant, asked)
    assert isinstance(found, dict), found
    assert expected == {access: found.get(access) for access in expected}
    assert WHOLE.get(name, len(found)) == len(found)


# ---- collection of charges


def collected(payload: str | dict[str, str]) -> list[tuple[str, str, str]]:
    """Credit, charge and collection bits of each pair; the objects by the groups in which they differ."""
    assert isinstance(payload, dict), payload
    entries = payload["111 0-1:19.0.0.255 11"][4:]
    size = 2 * len(bytes.fromhex("0203" + "0906" + "0000130a00ff" + "0906" + "0000131400ff" + "0403e0"))
    cut = [entries[at : at + size] for at in range(0, len(entries), size)]
    return [(each[14:18], each[30:34], each[-2:]) for each in cut]


COLLECTED = {
    "all debts whatever happens": ("false", "true", False, ["e0", "e0"], ["e0", "e0"]),
    "none while supply is disabled": ("true", "true", False, ["c0", "c0"], ["c0", "c0"]),
    "none from emergency credit": ("false", "false", False, ["e0", "e0"], []),
    "neither, of a meter with two elements": ("1", "0", True, ["c0", "c0"], []),
}


@pytest.mark.parametrize(("disabled", "emergency", "twin", "balance", "credit"), COLLECTED.values(), ids=COLLECTED)
def test_time_debts_are_collected(
    disabled: str, emergency: str, twin: bool, balance: list[str], credit: list[str]
) -> None:
    pairs = collected(built("1.6", body(mode(disabled, emergency)), twin_element=twin))
    debts = ("1401", "1402")
    assert balance == [flags for source, charge, flags in pairs if source == "0a00" and charge in debts]
    assert credit == [flags for source, charge, flags in pairs if source == "0a01" and charge in debts]
    assert (2 if twin else 0) == sum(charge == "1405" for _, charge, _ in pairs)


# ---- prices


def prices_of(payload: str | dict[str, str], charge: str) -> dict[str, int]:
    """Label to price, in the message's order."""
    assert isinstance(payload, dict), payload
    entries = bytes.fromhex(payload[charge])[-1 - 80 * 8 :] if charge.startswith("113 0-0:19.20.0") else b""
    cut = [entries[at : at + 8] for at in range(1, len(entries), 8)]
    return {each[4:5].hex(): int.from_bytes(each[6:], "big", signed=True) for each in cut}


@settings(max_examples=30, deadline=None)
@given(
    block=st.integers(1, 4),
    group=st.integers(1, 8),
    register=st.integers(1, 48),
    price=st.integers(-32768, 32767),
    scale=st.integers(-128, 127),
)
def test_every_price_stands_at_its_label_and_all_others_are_nothing(
    block: int, group: int, register: int, price: int, scale: int
) -> None:
    elements = (
        f'<HybridTariff><BlockPrices index="{group}"><BlockPrice index="{block}">{price}</BlockPrice></BlockPrices>'
        f'<TOUPrice index="{register}">{price}</TOUPrice></HybridTariff>'
    )
    found = built("1.2.1", body(prices(elements, str(scale))))
    table = prices_of(found, "113 0-0:19.20.0.255 6")
    labels = [f"{n:02x}" for n in range(1, 49)] + [f"{b}{g}" for b in "abcd" for g in range(1, 9)]
    expected = dict.fromkeys(labels, 0) | {f"{register:02x}": price, f"{'abcd'[block - 1]}{group}": price}
    assert list(expected.items()) == list(table.items())
    assert isinstance(found, dict)
    assert f"020302020f030f{scale & 0xFF:02x}" == found["113 0-0:19.20.0.255 6"][:16]


def test_registers_of_the_second_element_without_a_price_have_none() -> None:
    found = built("1.2.2", body(secondary((4, "-1"), (2, "5"))))
    assert isinstance(found, dict)
    expected = "0104" + "020209010110" + "0000" + "020209010210" + "0005" + "020209010310" + "0000" + "020209010410ffff"
    assert found["113 0-0:19.20.5.255 6"].endswith(expected)
