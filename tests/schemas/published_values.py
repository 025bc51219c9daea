"""Texts for a simple type: one that it accepts, and those at, inside and outside each of its limits."""

from __future__ import annotations

import base64
import re
from decimal import Decimal, InvalidOperation

import msgspec

EUI = "A0-00-00-00-00-00-00-01"
MOST_OF_64_BITS = "18446744073709551615"
EXAMPLES = {
    "dateTime": "2026-11-21T09:30:00Z",
    "date": "2026-11-21",
    "time": "09:30:00Z",
    "boolean": "true",
    "hexBinary": "8F66",
    "base64Binary": "AAAA",
    "anyURI": "urn:a",
    "ID": "a",
    "decimal": "5.4",
}
"""What a built-in type accepts; for a number or a text without limits, the first of ``POOL`` will do."""
NUMBERS = {
    "positiveInteger": (1, None),
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "integer": (None, None),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "decimal": (None, None),
}
LENGTHS = frozenset({"length", "minLength", "maxLength"})
DIGITS = frozenset({"totalDigits", "fractionDigits"})
LIMITS = LENGTHS | DIGITS | {"minInclusive", "maxInclusive", "minExclusive", "maxExclusive"}


def _counters() -> list[str]:
    """Around every digit of the largest 64-bit number."""
    around = ["0", "00", "01", "9" * 19, "1" + "0" * 19, MOST_OF_64_BITS[:-1] + "6", "2" + "0" * 19, "1" * 21, ""]
    for place, digit in enumerate(MOST_OF_64_BITS):
        head, tail = MOST_OF_64_BITS[:place], 19 - place
        around += [f"{head}{int(digit) - 1}{'9' * tail}"] if digit != "0" else []
        around += [f"{head}{int(digit) + 1}{'0' * tail}", f"{head}{digit}{'0' * tail}"]
    return around


POOL = (
    *("7", "a", "", " ", "0", "1", "-1", "1.0", "x y", "true", "TRUE", "1234", "12345", "123", "١٢٣٤", "0000", "12a4"),
    *("1" * 13, "1" * 20, "1" * 19, "1" * 21, "a" * 31, "é" * 30, "😀" * 8),
    *(EUI, EUI.lower(), EUI[:-3], EUI + "-00", EUI.replace("-", ":"), EUI.replace("A", "G"), f" {EUI}\n", f"{EUI}\t"),
    *(f"{EUI},{EUI}", f"{EUI},{EUI.lower()},{EUI}", f"{EUI},", f",{EUI}", f"{EUI}, {EUI}", f"{EUI},,{EUI}", f"{EUI} "),
    *(f"{EUI}:{EUI}:{counter}" for counter in _counters()),
    *(f"{EUI}:{EUI}", f"{EUI}:{EUI.lower()}:+1", f" {EUI}:{EUI}:1 ", f"{EUI}:{EUI}:1:1", f"{EUI}-{EUI}:1"),
    *("2026-11-21T09:30:00.123+01:00", "2026-11-21T24:00:00", "2026-02-30", "2026-11-21", "24:00:00", "25:00:00"),
    *("8F6", "8f66", "8G66", "AA==", "AB==", "A A A A", "AAA", "urn: x", "%zz", "#a"),
)


class SimpleType(msgspec.Struct, frozen=True, kw_only=True):
    """A built-in type and its limits: of numbers the outermost accepted, of lengths in characters or octets."""

    base: str
    choices: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    limits: tuple[tuple[str, str], ...] = ()

    def limited(self, facet: str, value: str) -> SimpleType:
        """Raises ValueError on a kind of limit that is not known here."""
        match facet:
            case "enumeration":
                return msgspec.structs.replace(self, choices=(*self.choices, value))
            case "pattern":
                return msgspec.structs.replace(self, patterns=(*self.patterns, value))
            case _ if facet in LIMITS:
                return msgspec.structs.replace(self, limits=(*self.limits, (facet, value)))
        raise ValueError(f"{facet} is not known here")

    def accepts(self, text: str) -> bool:
        """As far as is needed to find an example: exact for the types without white space of their own."""
        if self.choices and text not in self.choices:
            return False
        if not all(re.fullmatch(pattern, text) for pattern in self.patterns):
            return False
        return all(self._within(facet, Decimal(value), text) for facet, value in self.limits)

    def _within(self, facet: str, limit: Decimal, text: str) -> bool:
        try:
            number = Decimal(text) if self.base in NUMBERS else Decimal(self._length(text))
        except (InvalidOperation, ValueError):
            return False
        match facet:
            case "totalDigits":
                return len(number.as_tuple().digits) <= limit
            case "fractionDigits":
                return -int(number.as_tuple().exponent) <= limit
            case "length":
                return number == limit
            case "minLength" | "minInclusive":
                return number >= limit
            case "minExclusive":
                return number > limit
            case "maxExclusive":
                return number < limit
        return number <= limit

    def _length(self, text: str) -> int:
        match self.base:
            case "hexBinary":
                return len(bytes.fromhex(text))
            case "base64Binary":
                return len(base64.b64decode(text, validate=True))
        return len(text)


def sample(of: SimpleType) -> str:
    """A text that the type accepts. Raises StopIteration when none of the known ones is one."""
    if of.choices:
        return of.choices[0]
    example = EXAMPLES.get(of.base)
    if example is not None and of.accepts(example):
        return example
    near, others = values_of(of)
    return next(text for text in (*near, *others) if of.accepts(text) and text.strip())


def values_of(of: SimpleType) -> tuple[list[str], list[str]]:
    """Those at, inside and outside each limit and near the values listed; and the whole pool."""
    values = [text for limit in of.limits for text in _around(of.base, *limit)]
    values += of.choices
    for value in (*of.choices[:1], *of.choices[-1:]):
        values += [value.lower(), value.upper(), value + " ", f"\n{value}", value[:-1], value + "1"]
    lowest, highest = NUMBERS.get(of.base, (None, None))
    values += [text for number in (lowest, highest) if number is not None for text in _near(Decimal(number))]
    if of.base in NUMBERS:
        values += ["9" * 25, "-" + "9" * 25]
    return list(dict.fromkeys(values)), list(POOL)


def _around(base: str, facet: str, value: str) -> list[str]:
    limit = int(value) if facet in LENGTHS | DIGITS else 0
    if facet in LENGTHS:
        counts = [n for n in (limit - 1, limit, limit + 1) if n >= 0]
        return [_of_length(base, n) for n in counts] + ["é" * n for n in counts] + ["1" * n for n in counts]
    if facet == "totalDigits":
        return ["9" * limit, "9" * (limit + 1), "0" + "9" * limit, "-" + "9" * limit, "1" + "0" * limit]
    if facet == "fractionDigits":
        return ["1." + "1" * limit, "1." + "1" * (limit + 1), "1." + "0" * (limit + 1)]
    return _near(Decimal(value))


def _near(number: Decimal) -> list[str]:
    steps = [Decimal(step) for step in ("0", "1", "-1", "0.1", "-0.1", "0.01", "-0.01")]
    return [*(f"{number + step:f}" for step in steps), f"+{number:f}", f"0{number:f}", f" {number:f} "]


def _of_length(base: str, count: int) -> str:
    match base:
        case "hexBinary":
            return "0a" * count
        case "base64Binary":
            return base64.b64encode(bytes(count)).decode()
    return "a" * count
