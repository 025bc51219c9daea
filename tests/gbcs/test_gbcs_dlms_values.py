"""COSEM values made from elements: each type over its values, and beyond them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest
from gbcs_bodies import body
from gbcs_meter_bodies import inputs
from hypothesis import given
from hypothesis import strategies as st

from gbcs import axdr
from gbcs.axdr import Tag
from gbcs.usecases import dlms_values
from gbcs.usecases.elements import Element

NUMBERS = {
    "unsigned": (dlms_values.u8, Tag.UNSIGNED, 0, 2**8 - 1),
    "long-unsigned": (dlms_values.u16, Tag.LONG_UNSIGNED, 0, 2**16 - 1),
    "double-long-unsigned": (dlms_values.u32, Tag.DOUBLE_LONG_UNSIGNED, 0, 2**32 - 1),
    "integer": (dlms_values.i8, Tag.INTEGER, -(2**7), 2**7 - 1),
    "long": (dlms_values.i16, Tag.LONG, -(2**15), 2**15 - 1),
    "double-long": (dlms_values.i32, Tag.DOUBLE_LONG, -(2**31), 2**31 - 1),
}


def decoded(octets: bytes) -> axdr.Data:
    specification = axdr.Specification(axdr.Access.SET, 1, bytes(6), 2)
    return axdr.decode_access_request(axdr.access_request(1, [specification.encode()], [octets])).data[0]


@pytest.mark.parametrize(("constructor", "tag", "low", "high"), NUMBERS.values(), ids=NUMBERS)
@given(data=st.data())
def test_a_number_is_what_it_was_or_refused_by_its_name(
    constructor: Callable[[str], Element], tag: Tag, low: int, high: int, data: st.DataObject
) -> None:
    value = data.draw(st.integers(low - 2, high + 2))
    asked = inputs(body(f"<A><B>{value}</B></A>"))
    part = constructor("B")
    reason = part.refusal(asked)
    if low <= value <= high:
        assert reason is None
        assert axdr.Data(tag, value) == decoded(part.encode(asked))
    else:
        assert f"B should be {low} to {high}, found {value}" == reason


@given(moment=st.datetimes(timezones=st.just(UTC)))
def test_a_moment_is_what_it_was_to_the_second(moment: datetime) -> None:
    asked = inputs(body(f"<A><B>{moment.isoformat()}</B></A>"))
    octets = decoded(dlms_values.date_time("B").encode(asked)).value
    assert isinstance(octets, bytes)
    hour, minute, second = octets[5:8]
    found = datetime(int.from_bytes(octets[:2], "big"), octets[2], octets[3], hour, minute, second, tzinfo=UTC)
    assert moment.replace(microsecond=0) == found


@given(clock=st.times())
def test_a_time_of_day_is_what_it_was_to_the_hundredth(clock: time) -> None:
    asked = inputs(body(f"<A><B>{clock.isoformat()}Z</B></A>"))
    octets = decoded(dlms_values.time_of_day("B").encode(asked)).value
    assert isinstance(octets, bytes)
    hour, minute, second, hundredths = octets
    assert clock.replace(microsecond=clock.microsecond // 10_000 * 10_000) == time(
        hour, minute, second, hundredths * 10_000
    )


@given(bits=st.lists(st.booleans(), max_size=300))
def test_bits_are_what_they_were(bits: list[bool]) -> None:
    data = decoded(axdr.bit_string(bits))
    assert isinstance(data.value, bytes)
    assert len(bits) == data.bits
    assert bits == [bool(data.value[place // 8] >> (7 - place % 8) & 1) for place in range(data.bits)]
