"""Rules of schedules and sets of events: bits, dates with open parts, scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gbcs_bodies import body
from gbcs_meter_bodies import (
    LAST_SUNDAY,
    ONE_PHASE_EVENTS,
    SECOND_LAST,
    THREE_PHASE_EVENTS,
    alerts,
    bits,
    built,
    controller_calendar,
    switch_calendar,
)
from lxml import etree

from schemas import xsd


def rule(payload: str | dict[str, str]) -> str:
    """The one rule of a switch schedule, from its selector on."""
    assert isinstance(payload, dict), payload
    return payload["10 0-1:12.0.2.255 2"].partition("0067ff")[2]


RULES = {
    "a switch turned off on the first special day, Mondays and Sundays": (
        switch_calendar(),
        "120502" + "0904163b3b32" + "12ffff" + "040782" + "040380" + "0905ffffffffff" * 2,
    ),
    "a start on a last day of a month": (
        switch_calendar(start=LAST_SUNDAY),
        "120502" + "0904163b3b32" + "12ffff" + "040782" + "040380" + "090507de02fe07" + "0905ffffffffff",
    ),
    "a start on the last day but one": (
        switch_calendar(start=SECOND_LAST),
        "120502" + "0904163b3b32" + "12ffff" + "040782" + "040380" + "090507de02fd07" + "0905ffffffffff",
    ),
}


@pytest.mark.parametrize(("xml", "octets"), RULES.values(), ids=RULES)
def test_a_rule_of_a_switch_calendar(xml: str, octets: str) -> None:
    found = built("6.14.2", body(xml))
    assert octets == rule(found)
    assert isinstance(found, dict)
    assert "090800db123456789097" == found["1 0-0:94.44.0.24 2"]
    assert "01020203120003" + "0905ffffffffff" + "1103" in found["11 0-1:11.0.3.255 2"]


LEVELS = {
    "output to a load": ("", "1212e3"),
    "input from a load": ("<InputFromControlledLoad/>", "1222e3"),
}


@pytest.mark.parametrize(("direction", "selector"), LEVELS.values(), ids=LEVELS)
def test_a_rule_of_a_controller_calendar_without_days(direction: str, selector: str) -> None:
    expected = selector + "090400000000" + "12ffff" + "040700" + "0400" + "0905ffffffffff" * 2
    found = built("6.14.3", body(controller_calendar(direction)))
    assert expected == rule(found)


EVENTS = {
    "of both groups for a meter of three phases": (3, THREE_PHASE_EVENTS, bits(0x14, 0x9C), bits(0x9C)),
    "of the common group for a meter of one phase": (1, THREE_PHASE_EVENTS, bits(0x14), bits()),
    "of one phase for a meter of one": (1, ONE_PHASE_EVENTS, bits(0x14, 0x02), bits(0x02)),
    "of the common group for a meter of three phases": (3, ONE_PHASE_EVENTS, bits(0x14), bits()),
}


@pytest.mark.parametrize(("phases", "by_phases", "mask", "values"), EVENTS.values(), ids=EVENTS)
def test_the_events_set_are_those(phases: int, by_phases: str, mask: str, values: str) -> None:
    common = "<NetworkOperatorESMECommon><x8014>Disable</x8014></NetworkOperatorESMECommon>"
    found = built("6.22", body(alerts(common + by_phases)), phases=phases)
    assert {"1 0-33:97.98.11.255 2": "04820200" + mask + values} == found


def test_every_event_of_the_schema_has_a_bit_of_its_own() -> None:
    schema = etree.parse(Path(xsd.__file__).parent / "duis" / "alerts_behaviour.xsd")
    for party in ("ElectricitySupplierEvents", "NetworkOperatorEvents"):
        (events,) = (e for e in schema.getroot() if e.get("name") == party)
        codes = [str(e.get("name")) for e in events.iter("{*}element") if re.fullmatch("x[0-9A-F]{4}", e.get("name"))]
        assert len(codes) > 40
        assert len(codes) == len({int(code[-2:], 16) for code in codes})
