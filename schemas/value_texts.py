"""The texts of XML Schema's types as values, and values as texts that read back to them.

Texts are of documents that a schema accepts, so they have their form; what such a text may say and no value of
ours can hold is a ValueError with the expectation and the finding. Written are the forms of DUIS: upper-case EUIs
and hexadecimal, hundredths of a second at least, ``Z`` for UTC. Which element has which type does not live here.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import msgspec

from schemas.vocabulary import Eui64, RequestId

_ZONED: Final = re.compile(r"(.*?)(Z|[+-][0-9]{2}:[0-9]{2})?", re.DOTALL)
_MOST_SHOWN: Final = 40


class Day(msgspec.Struct, frozen=True, order=True):
    """An ``xs:date``: a day of the calendar, and the zone whose day it is, where it names one."""

    date: date
    zone: int | None = None
    """Minutes ahead of UTC, -840 to 840."""

    def __str__(self) -> str:
        return self.date.isoformat() + ("" if self.zone is None else _zone_text(timedelta(minutes=self.zone)))


def read_boolean(text: str) -> bool:
    return text.strip() in {"true", "1"}


def write_boolean(value: bool) -> str:
    return "true" if value else "false"


def read_integer(text: str) -> int:
    """Of any size up to 4,300 digits; more is refused."""
    try:
        return int(text)
    except ValueError:
        raise _not("a whole number of at most 4300 digits", text) from None


def read_decimal(text: str) -> Decimal:
    return Decimal(text.strip())


def write_decimal(value: Decimal) -> str:
    return format(value, "f")


def read_base64(text: str) -> bytes:
    """Strictly: libxml2 takes characters outside the alphabet for white space."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        pass  # blanks, most likely: they are rare in what is large
    try:
        return binascii.a2b_base64(b"".join(text.encode().split()), strict_mode=True)
    except ValueError:
        raise ValueError("expected base64, found characters outside its alphabet or a wrong length") from None


def write_base64(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).decode()


def read_hexadecimal(text: str) -> bytes:
    return bytes.fromhex(text.strip())


def write_hexadecimal(value: bytes) -> str:
    return value.hex().upper()


def read_moment(text: str) -> datetime:
    """An ``xs:dateTime`` to microseconds, finer digits cut off, in the zone that it names, or else in UTC (assumed)."""
    try:
        bare = text.strip()
        if bare[10:13] == "T24":  # 24:00:00, the next day's midnight in XML Schema
            moment = datetime.fromisoformat(bare.replace("T24", "T00")) + timedelta(days=1)
        else:
            moment = datetime.fromisoformat(bare)
        aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        aware.astimezone(UTC)  # of the year 1 or 9999 in its zone, it may be of none in UTC
        return aware
    except (ValueError, OverflowError):
        raise _not("a date and time between the years 1 and 9999", text) from None


def write_moment(value: datetime) -> str:
    """In its own zone, to hundredths of a second or as finely as it is given; without a zone as UTC."""
    zone = value.utcoffset() or timedelta(0)
    if zone % timedelta(minutes=1):  # XML Schema's zones are of whole minutes
        return write_moment(value.astimezone(UTC))
    return _to_hundredths(value.replace(tzinfo=None).isoformat(timespec="microseconds")) + _zone_text(zone)


def read_day(text: str) -> Day:
    """An ``xs:date``."""
    day, zone = _zoned(text)
    try:
        return Day(date.fromisoformat(day), zone)
    except ValueError:
        raise _not("a date between the years 1 and 9999", text) from None


def read_clock(text: str) -> time:
    """An ``xs:time`` to microseconds, in the zone that it names, if it does."""
    bare = text.strip()
    try:
        return time.fromisoformat("00" + bare[2:] if bare.startswith("24") else bare)
    except ValueError:
        raise _not("a time of day", text) from None


def write_clock(value: time) -> str:
    zone = value.utcoffset()
    bare = _to_hundredths(value.replace(tzinfo=None).isoformat(timespec="microseconds"))
    return bare if zone is None else bare + _zone_text(zone)


def _to_hundredths(text: str) -> str:
    return text[:-4] + text[-4:].rstrip("0")


def _zone_text(zone: timedelta) -> str:
    minutes = zone // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "Z"


def _zoned(text: str) -> tuple[str, int | None]:
    found = _ZONED.fullmatch(text.strip())
    bare, zone = found.groups() if found else (text, None)
    if zone is None or zone == "Z":
        return bare, None if zone is None else 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:])
    return bare, -minutes if zone[0] == "-" else minutes


def _not(expected: str, text: str) -> ValueError:
    return ValueError(f"expected {expected}, found {text.strip()[:_MOST_SHOWN]!r}")


# ---- by type


class Form(msgspec.Struct, frozen=True):
    """A text as a value and back. ``read`` raises ValueError with the expectation and the finding."""

    read: Callable[[str], Any]
    write: Callable[[Any], str]


_FORMS: Final[dict[type, Form]] = {
    str: Form(str, str),
    int: Form(read_integer, str),
    bool: Form(read_boolean, write_boolean),
    bytes: Form(read_base64, write_base64),
    datetime: Form(read_moment, write_moment),
    time: Form(read_clock, write_clock),
    Day: Form(read_day, str),
    Decimal: Form(read_decimal, write_decimal),
    RequestId: Form(lambda text: RequestId.parse(text.strip()), lambda value: value.text),
}


def form_of(kind: Any) -> Form:
    """Of a simple type as annotations name it."""
    kind = getattr(kind, "__supertype__", kind)
    if kind in _FORMS:
        return _FORMS[kind]
    if issubclass(kind, Eui64):
        return Form(lambda text: kind.parse(text.strip()), str)
    if issubclass(kind, StrEnum):
        return Form(lambda text: kind(text.strip()), str)
    raise TypeError(f"{kind} has no form in a document")


HEXADECIMAL: Final = Form(read_hexadecimal, write_hexadecimal)


def with_commas(one: Form) -> Form:
    """Of a tuple of such values in one text."""
    return Form(
        lambda text: tuple([one.read(each) for each in text.split(",")]),
        lambda values: ",".join([one.write(each) for each in values]),
    )
