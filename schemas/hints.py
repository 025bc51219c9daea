"""How to mend the common mistakes inside a value: one sentence, or nothing where nothing is sure enough.

A hint that writes the value anew has checked that what it writes is of the form asked for. Mistakes of order,
names and namespaces are ``schemas.content_faults``'s.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from schemas.declarations import Form
from schemas.value_forms import WHOLE_NUMBERS, Shape, matches, shape_of
from schemas.wording import counted, shown

_LONGEST: Final = 200
"""Characters. What is longer is no slip of a writer's hand."""


def value_hint(form: Form, value: str) -> str:
    """How to mend a wrong value that may be repeated."""
    if len(value) > _LONGEST:
        return ""
    shape, _ = shape_of(form)
    if form.builtin in {"dateTime", "date", "time"}:
        return date_hint(form.builtin, value)
    if shape is Shape.EUI:
        return eui_hint(value)
    if form.builtin in WHOLE_NUMBERS or form.builtin == "decimal":
        return _number_hint(form, value)
    if form.builtin == "boolean":
        return "write it in small letters" if value.strip().lower() in {"true", "false"} else ""
    return blank_hint(form, value) or _case_hint(form, value)


def blank_hint(form: Form, value: str) -> str:
    """A blank where there may be none; repeats nothing, so it serves secret values too."""
    packed = "".join(value.split())
    if packed == value or not packed or may_be(form, value):
        return ""
    if value.strip() != value and may_be(form, value.strip()):
        return "remove the blanks around the value"
    if may_be(form, packed):
        place = next(n for n, one in enumerate(value, 1) if one.isspace())
        return f"remove the blanks from the value; the first is character {place}"
    return ""


def may_be(form: Form, text: str) -> bool:
    """Whether a text has that form, as far as patterns, enumeration and lengths tell."""
    size = len(text) // 2 if form.builtin == "hexBinary" else len(text)
    return (
        (not form.values or text in form.values)
        and (form.shortest is None or form.shortest <= size)
        and (form.longest is None or size <= form.longest)
        and matches(form, text)
        and (form.builtin != "hexBinary" or re.fullmatch(r"(?:[0-9A-Fa-f]{2})*", text) is not None)
    )


def _case_hint(form: Form, value: str) -> str:
    for allowed in form.values:
        if allowed.casefold() == value.strip().casefold():
            return f"write {allowed}: capitals and small letters differ"
    if form.patterns and may_be(form, value.upper()):
        return "write the letters as capitals"
    if form.patterns and may_be(form, value.lower()):
        return "write the letters as small letters"
    return ""


# ---- EUI-64s


def eui_hint(text: str) -> str:
    """For what was meant as an EUI-64."""
    bare = text.strip().removeprefix("0x").removeprefix("0X")
    digits = re.sub(r"[-:.\s]", "", bare)
    if not digits:
        return ""
    stranger = re.search(r"[^0-9A-Fa-f]", digits)
    if stranger is not None:
        return f"{shown(stranger.group())} is no hexadecimal digit"
    if len(digits) != 16:
        return f"{counted(len(digits), 'hexadecimal digit')}, and an EUI-64 has 16"
    written = "-".join(re.findall("..", digits))
    if bare == digits:
        return f"the hyphens are missing: write {written}"
    if ":" in bare:
        return f"write hyphens in place of the colons: {written}"
    return f"write {written}"


def request_name_hint(value: str) -> str:
    """For a RequestID that has not three parts."""
    if re.search(r"(?:[0-9A-Fa-f]{2}:){7}", value):
        return "write the EUI-64s with hyphens: colons stand only between the three parts"
    return "as in 90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000"


def counter_hint(part: str) -> str:
    """For the third part of a RequestID."""
    if re.fullmatch(r"0[0-9]{1,40}", part):
        return f"remove the leading zeros: write {part.lstrip('0') or '0'}"
    return "remove the blanks" if part != part.strip() and part.strip().isdecimal() else ""


# ---- dates and times

_CLOCK: Final = r"(?P<hour>\d{1,2}):?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
_ZONE: Final = r"(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
_MOMENT: Final = re.compile(
    r"(?:(?P<year>\d{4})[-/.]?(?P<month>\d{1,2})[-/.]?(?P<day>\d{1,2})"
    r"|(?P<first>\d{1,2})[-/. ](?P<middle>\d{1,2})[-/. ](?P<last>\d{4}))"
    rf"(?:[Tt\s,]+{_CLOCK}\s*{_ZONE})?"
)
_TIME: Final = re.compile(rf"{_CLOCK}\s*{_ZONE}")


def date_hint(builtin: str, value: str) -> str:
    """For a ``dateTime``, ``date`` or ``time`` in another form than XML Schema's (ISO 8601, the extended form)."""
    text = value.strip()
    if builtin == "time":
        clock = _TIME.fullmatch(text)
        return _rewritten(text, _clock(clock)) if clock is not None and _exists("2000", "1", "1", clock) else ""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return ""
    year, month, day = found["year"] or found["last"], found["month"] or found["middle"], found["day"] or found["first"]
    if not found["year"] and int(month) > 12:
        month, day = day, month
    if not _exists(year, month, day, found):
        return "there is no such day or time of day"
    written = f"{year}-{int(month):02}-{int(day):02}"
    if builtin == "date":
        return f"the year comes first: write {written}" if not found["year"] else _rewritten(text, written)
    written += f"T{_clock(found)}"
    if not found["year"]:
        return f"the year comes first: write {written}"
    if found["hour"] is None:
        return f"the time of day is missing: midnight is {written}"
    return _rewritten(text, written)


def _rewritten(old: str, new: str) -> str:
    return f"write {new}" if new != old else ""


def _exists(year: str, month: str, day: str, clock: re.Match[str]) -> bool:
    try:
        datetime(  # noqa: DTZ001 (only whether there is such a moment)
            int(year),
            int(month),
            int(day),
            int(clock["hour"] or 0),
            int(clock["minute"] or 0),
            int(clock["second"] or 0),
        )
    except ValueError:
        return False
    return True


def _clock(found: re.Match[str]) -> str:
    zone = found["zone"] or "Z"
    if zone in {"z", "UTC", "GMT"}:
        zone = "Z"
    elif zone != "Z":
        digits = zone[1:].replace(":", "").ljust(4, "0")
        zone = f"{zone[0]}{digits[:2]}:{digits[2:]}"
    hour, minute, second = int(found["hour"] or 0), found["minute"] or "00", found["second"] or "00"
    return f"{hour:02}:{minute}:{second}.{found['part'] or '00'}{zone}"


# ---- numbers


def _number_hint(form: Form, value: str) -> str:
    text = value.strip()
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+", text):
        return f"write it without commas: {text.replace(',', '')}"
    if form.builtin == "decimal" and re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text):
        return f"write a point in place of the comma: {text.replace(',', '.')}"
    if form.builtin != "decimal" and re.fullmatch(r"[+-]?[0-9]+\.0*", text):
        return f"write it without the point: {text.partition('.')[0]}"
    if re.fullmatch(r"[+-]?[0-9](?:\s*[0-9.])*", text) and re.search(r"\s", text):
        return "remove the blanks inside the number"
    if re.fullmatch(r"0[xX][0-9A-Fa-f]{1,16}", text):
        return f"write it in decimal digits: {int(text, 16)}"
    return ""
