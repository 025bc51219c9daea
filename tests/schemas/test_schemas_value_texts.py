"""The texts of XML Schema's types: every form of them is read, and written as DUIS has it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.value_texts import (
    HEXADECIMAL,
    Day,
    form_of,
    read_clock,
    read_day,
    read_moment,
    with_commas,
    write_clock,
    write_moment,
)
from schemas.vocabulary import DeviceId, DeviceType, RequestId, ResponseCode, UserId

EUI = "A0-00-00-00-00-00-00-01"
minutes = st.integers(-14 * 60, 14 * 60)
zones = minutes.map(lambda count: timezone(timedelta(minutes=count)))
many = settings(max_examples=200, deadline=None)


def zone(count: int) -> timezone:
    return timezone(timedelta(minutes=count))


@pytest.mark.parametrize(
    ("kind", "text", "value", "written"),
    [
        (bool, " 1\n", True, "true"),
        (bool, "false", False, "false"),
        (int, "\t+007 ", 7, "7"),
        (int, "-0", 0, "0"),
        (int, "9" * 4300, 10**4300 - 1, "9" * 4300),
        (Decimal, " 1.50", Decimal("1.5"), "1.50"),
        (Decimal, "0.0000001", Decimal("1E-7"), "0.0000001"),
        (bytes, "AQ\n I=", b"\1\2", "AQI="),
        (str, " as it is\n", " as it is\n", " as it is\n"),
        (ResponseCode, "I0", "I0", "I0"),
        (DeviceId, f"\n{EUI.lower()} ", DeviceId.parse(EUI), EUI),
        (UserId, EUI, UserId.parse(EUI), EUI),
        (DeviceType, "ESME", DeviceType.ESME, "ESME"),
        (RequestId, f" {EUI.lower()}:{EUI}:7", RequestId.parse(f"{EUI}:{EUI}:7"), f"{EUI.lower()}:{EUI}:7"),
        (Day, "2026-12-01", Day(date(2026, 12, 1)), "2026-12-01"),
        (time, "24:00:00", time(0), "00:00:00.00"),
        (datetime, "2026-12-31T24:00:00", datetime(2027, 1, 1, tzinfo=UTC), "2027-01-01T00:00:00.00Z"),
    ],
    ids=[
        *("yes as a number", "no as a word", "a sign and zeros", "no less than nothing", "many digits", "decimals"),
        *("small decimals", "octets over two lines", "words", "a name of words", "a device in small letters"),
        *("a user", "a type", "a request in two spellings", "a day", "the end of a day", "the end of a year"),
    ],
)
def test_a_text_is_read_and_written(kind: Any, text: str, value: object, written: str) -> None:
    form = form_of(kind)
    found = form.read(text)
    assert (value, type(value)) == (found, type(found))
    assert written == form.write(found)
    assert value == form.read(written)


def test_octets_may_be_in_hexadecimal_and_values_with_commas() -> None:
    assert (b"\x0a\xff", "0AFF") == (HEXADECIMAL.read(" 0aFf\n"), HEXADECIMAL.write(b"\x0a\xff"))
    several = with_commas(form_of(DeviceId))
    assert (DeviceId(1), DeviceId(2**64 - 1)) == several.read(several.write((DeviceId(1), DeviceId(2**64 - 1))))


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (int, "1" * 4301, f"expected a whole number of at most 4300 digits, found {'1' * 40!r}"),
        (bytes, "AQ=I", "expected base64, found characters outside its alphabet or a wrong length"),
        (bytes, "é", "expected base64, found characters outside its alphabet or a wrong length"),
        (Day, "12026-12-01", "expected a date between the years 1 and 9999, found '12026-12-01'"),
        (Day, "-0001-12-01Z", "expected a date between the years 1 and 9999, found '-0001-12-01Z'"),
        (
            datetime,
            "0001-01-01T00:00:00+14:00",
            "expected a date and time between the years 1 and 9999, found '0001-01-01T00:00:00+14:00'",
        ),
        (
            datetime,
            "9999-12-31T24:00:00",
            "expected a date and time between the years 1 and 9999, found '9999-12-31T24:00:00'",
        ),
        (time, "noon", "expected a time of day, found 'noon'"),
        (DeviceType, "MOON", "'MOON' is not a valid DeviceType"),
    ],
    ids=[
        *("too many digits", "padding inside", "letters of no alphabet", "a far year", "a year before our era"),
        *("the first day further east", "the end of the last day", "a word for a time", "a type of no device"),
    ],
)
def test_a_text_that_no_value_can_hold_is_refused_with_what_was_found(kind: Any, text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        form_of(kind).read(text)
    assert message == str(refused.value)


def test_a_type_without_a_form_is_a_fault_of_ours() -> None:
    with pytest.raises(TypeError, match=r"^<class 'float'> has no form in a document$"):
        form_of(float)


@many
@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=zones))  # noqa: DTZ001
def test_a_moment_keeps_its_zone_and_its_microseconds(moment: datetime) -> None:
    found = read_moment(write_moment(moment))
    assert (moment, moment.utcoffset()) == (found, found.utcoffset())


@many
@given(st.dates(), st.one_of(st.none(), minutes))
def test_a_day_keeps_its_zone(day: date, count: int | None) -> None:
    assert Day(day, count) == read_day(str(Day(day, count)))


@many
@given(st.times(timezones=st.one_of(st.none(), zones)))
def test_a_time_of_day_keeps_its_zone_and_its_microseconds(clock: time) -> None:
    found = read_clock(write_clock(clock))
    assert (clock, clock.utcoffset()) == (found, found.utcoffset())


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(26, 1, 2, 3, 4, 5, tzinfo=UTC), "0026-01-02T03:04:05.00Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 100_000, tzinfo=UTC), "2026-01-02T03:04:05.10Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 129_000, tzinfo=UTC), "2026-01-02T03:04:05.129Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 1, tzinfo=zone(-90)), "2026-01-02T03:04:05.000001-01:30"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=zone(840)), "2026-01-02T03:04:05.00+14:00"),
        (datetime(2026, 1, 2, 3, 4, 5), "2026-01-02T03:04:05.00Z"),  # noqa: DTZ001
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(seconds=-75))), "2026-01-02T03:05:20.00Z"),
    ],
    ids=["early", "tenths", "thousandths", "west", "far east", "without a zone", "a zone of odd seconds"],
)
def test_a_moment_is_written(moment: datetime, expected: str) -> None:
    assert expected == write_moment(moment)
