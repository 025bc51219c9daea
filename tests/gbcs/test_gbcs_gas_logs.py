"""Payloads that read the logs of gas meters and their proxies: periods, logs, parties."""

from __future__ import annotations

import pytest
from gbcs_gas import (
    END,
    GPF,
    GSME,
    LATER_TEXT,
    START,
    components,
    content,
    log,
)

from gbcs.refusal import Refused
from gbcs.usecases.usecase import Originator, Supplementary
from schemas.vocabulary import DeviceType

HOUR_TEXT = LATER_TEXT + "80b59c2d"
A_CERTIFICATE = "<KAPublicSecurityCredentials>MAMCAQU=</KAPublicSecurityCredentials>"
SNAPSHOTS = [
    pytest.param(
        "4.4.2",
        "RetrieveCoMOrTariffTriggeredBillingDataLog",
        [("0705", "07", 12), ("0702", "06", 12)],
        "08600000",
        id="twelve billing entries at changes, prepayment first",
    ),
    pytest.param(
        "4.4.3",
        "RetrieveBillingCalendarTriggeredBillingDataLog",
        [("0702", "06", 12), ("0705", "07", 12)],
        "02000000",
        id="twelve billing entries by the calendar, metering first",
    ),
    pytest.param("4.6.1", "RetrieveImportDailyReadLog", [("0702", "06", 31)], "01000000", id="31 daily reads"),
    pytest.param("4.14", "ReadPrepaymentDailyReadLog", [("0705", "07", 31)], "01000000", id="31 prepayment reads"),
]


@pytest.mark.parametrize(("variant", "element", "commands", "cause"), SNAPSHOTS)
def test_snapshots(variant: str, element: str, commands: list[tuple[str, str, int]], cause: str) -> None:
    assert [
        f"{cluster} 01 {command} {HOUR_TEXT}{offset:02x}{cause}"
        for cluster, command, count in commands
        for offset in range(count)
    ] == components(variant, log(element, START, END))


LOGS = [
    pytest.param("4.4.4", "RetrieveBillingDataLogDebtPayments", "from 2d9ca770 0705 01 0a 80b59c2d0a02", id="debts"),
    pytest.param(
        "4.4.5", "RetrieveBillingDataLogPrepaymentCredits", "from 2d9ca770 0705 01 08 80b59c2d05", id="top-ups"
    ),
    pytest.param("4.10", "ReadNetworkData", "0702 01 08 020001000000002900", id="all network data"),
]


@pytest.mark.parametrize(("variant", "element", "expected"), LOGS)
def test_logs(variant: str, element: str, expected: str) -> None:
    assert [expected] == components(variant, log(element, START, END))


def test_daily_consumption_is_read_from_the_start_on() -> None:
    asked = log("RetrieveDailyConsumptionLog", START, END, A_CERTIFICATE)
    assert [f"0702 01 08 0100{LATER_TEXT}00db02"] == components("4.17", asked, GPF)


EVENT_LOGS = [
    pytest.param(GSME, "Event", "CS10a", "13", id="events of a meter"),
    pytest.param(GSME, "Security", "CS10b", "04", id="security events of a meter"),
    pytest.param(GPF, "Event", "CS10a", "13", id="events of a proxy"),
    pytest.param(GPF, "Security", "CS10b", "04", id="security events of a proxy"),
    pytest.param(GPF, "GSMEEvent", "CS10a", "16", id="events of the meter, from its proxy"),
    pytest.param(GPF, "GSMESecurity", "CS10b", "07", id="security events of the meter, from its proxy"),
]


@pytest.mark.parametrize(("device_type", "which", "name", "log_id"), EVENT_LOGS)
def test_event_logs(device_type: DeviceType, which: str, name: str, log_id: str) -> None:
    asked = log("ReadEventOrSecurityLog", START, "3000-12-31T00:00:00Z", f"<LogToRead>{which}</LogToRead>")
    found = content("6.13", asked, device_type)
    assert not isinstance(found, Refused), found
    assert name == found[0].name
    assert [f"0709 01 00 {log_id}0000{LATER_TEXT}feffffff000000"] == components("6.13", asked, device_type)


PARTIES = [
    pytest.param("", Originator.USER, Supplementary.NONE, id="a known remote party asks itself"),
    pytest.param(
        A_CERTIFICATE,
        Originator.ACB,
        Supplementary.PARTY_AND_CERTIFICATE,
        id="the broker asks for an unknown remote party",
    ),
]
LOGS_FOR_OTHERS = {
    "4.4.2": ("RetrieveCoMOrTariffTriggeredBillingDataLog", GSME),
    "4.4.3": ("RetrieveBillingCalendarTriggeredBillingDataLog", GSME),
    "4.6.1": ("RetrieveImportDailyReadLog", GSME),
    "4.10": ("ReadNetworkData", GSME),
    "4.14": ("ReadPrepaymentDailyReadLog", GPF),
    "4.17": ("RetrieveDailyConsumptionLog", GPF),
}


@pytest.mark.parametrize("variant", LOGS_FOR_OTHERS)
@pytest.mark.parametrize(("certificate", "originator", "supplementary"), PARTIES)
def test_who_asks_for_a_log(
    variant: str, certificate: str, originator: Originator, supplementary: Supplementary
) -> None:
    element, device_type = LOGS_FOR_OTHERS[variant]
    found = content(variant, log(element, START, END, certificate), device_type)
    assert not isinstance(found, Refused), found
    assert (originator, supplementary) == (found[0].originator, found[0].supplementary)
