"""Texts for a simple type: those at, inside and outside of each of its limits, and one that it accepts.

``sided`` says of each text where it stands; that the published set agrees is for the tests to show. The model
knows the types and limits of the published DUIS set and raises on any other kind of limit.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum

import msgspec

EUI = "A0-00-00-00-00-00-00-01"
MOST_OF_64_BITS = "18446744073709551615"
NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "decimal": (None, None),
    "integer": (None, None),
    "positiveInteger": (1, None),
    "nonNegativeInteger": (0, None),
    "nonPositiveInteger": (None, 0),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
}
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?P<fraction>\.[0-9]*)?|\.[0-9]+)")
LENGTHS = frozenset({"length", "minLength", "maxLength"})
LIMITS = LENGTHS | {"totalDigits", "fractionDigits", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive"}
OCTETS = frozenset({"hexBinary", "base64Binary"})
LONGEST = 1_000
"""Texts that are longer are tried where there are few of them: the limits of a firmware image have their own test."""


class Side(StrEnum):
    """Where a text stands to a limit: just accepted, accepted with room to spare, just refused."""

    AT = "at"
    INSIDE = "inside"
    OUTSIDE = "outside"


Sided = tuple[Side, str]

LEXICAL: dict[str, dict[Side, tuple[str, ...]]] = {
    "dateTime": {
        Side.AT: (
            "2024-02-29T00:00:00Z",
            "2026-12-31T23:59:59.999Z",
            "2026-11-21T24:00:00Z",
            "2026-01-01T00:00:00-14:00",
        ),
        Side.INSIDE: ("2026-11-21T09:30:00Z", "2026-11-21T09:30:00.00+01:00", "2026-11-21T09:30:00"),
        Side.OUTSIDE: (
            *("2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-21T24:00:01Z", "2026-11-21T23:60:00Z"),
            *("2026-11-21T00:00:00+14:01", "2026-11-21", "26-11-21T09:30:00Z", "2026-11-21 09:30:00Z", ""),
        ),
    },
    "date": {
        Side.AT: ("2024-02-29", "2026-12-31Z", "2026-01-01+14:00"),
        Side.INSIDE: ("2026-11-21", "2026-11-21Z"),
        Side.OUTSIDE: ("2026-02-29", "2026-13-01", "2026-11-31", "26-11-21", "2026-11-21T00:00:00Z", "2026-1-1", ""),
    },
    "time": {
        Side.AT: ("00:00:00", "24:00:00", "23:59:59.99Z", "00:00:00-14:00"),
        Side.INSIDE: ("09:30:00Z", "09:30:00.00"),
        Side.OUTSIDE: ("24:00:01", "25:00:00", "23:60:00", "09:30", "9:30:00", "09:30:00+14:01", ""),
    },
    "boolean": {
        Side.AT: ("true", "false", "1", "0"),
        Side.INSIDE: (" true ", "\n0"),
        Side.OUTSIDE: ("TRUE", "2", "yes", ""),
    },
    "base64Binary": {
        Side.AT: ("", "AA=="),
        Side.INSIDE: ("AAAA", "A A A A", "AAAA\r\n"),
        Side.OUTSIDE: ("AAA", "AA=A"),
    },
    "hexBinary": {Side.AT: ("00", "fF"), Side.INSIDE: ("8F66",), Side.OUTSIDE: ("8F6", "8G66", "0x00")},
    "anyURI": {Side.AT: ("",), Side.INSIDE: ("urn:a", "#a"), Side.OUTSIDE: ("http://[", "%")},
    "ID": {Side.AT: ("a", "_"), Side.INSIDE: ("a-1.b",), Side.OUTSIDE: ("1a", "a:b", "a b", "")},
    "decimal": {Side.AT: ("-0", ".5"), Side.INSIDE: ("5.4", "+5.40", "007"), Side.OUTSIDE: ("1e1", "5,4", "INF", "")},
    "integer": {Side.AT: ("-0", "+0"), Side.INSIDE: ("1234", "-007"), Side.OUTSIDE: ("1.0", "1e1", "x", "")},
    "string": {Side.AT: ("",), Side.INSIDE: ("text", "\n é 😀\t"), Side.OUTSIDE: ()},
    "token": {Side.AT: ("",), Side.INSIDE: ("text", "\n é 😀\t"), Side.OUTSIDE: ()},
}
"""Of the built-in types whose limits are in their notation alone; any text is a string."""


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
        """Exact for numbers, and for texts without outer white space; a notation without limits is not looked at."""
        if self.choices and text not in self.choices:
            return False
        if not all(re.fullmatch(pattern, text) for pattern in self.patterns):
            return False
        size = self._number(text) if self.base in NUMBERS else self._length(text)
        if size is None:
            return False
        low, high = self.span
        digits = {facet: int(value) for facet, value in self.limits if facet.endswith("Digits")}
        whole, _, fraction = f"{abs(size.normalize()):f}".partition(".")
        return (
            (low is None or size >= low)
            and (high is None or size <= high)
            and len(whole.lstrip("0") + fraction) <= digits.get("totalDigits", 10**6)
            and len(fraction) <= digits.get("fractionDigits", 10**6)
        )

    @property
    def step(self) -> Decimal:
        """Between a number and the next."""
        return Decimal(10) ** -int(dict(self.limits).get("fractionDigits", 0))

    @property
    def span(self) -> tuple[Decimal | None, Decimal | None]:
        """The least and the greatest number or length accepted; ``None`` is no limit."""
        numbers = NUMBERS.get(self.base, (None, None))
        low, high = (None if n is None else Decimal(n) for n in numbers)
        for facet, value in self.limits:
            number = Decimal(value)
            match facet:
                case "minInclusive" | "minLength" | "length":
                    low = number if low is None else max(low, number)
                case "minExclusive":
                    low = number + self.step
                case "totalDigits":
                    low, high = (low or 1 - Decimal(10) ** int(value)), (high or Decimal(10) ** int(value) - 1)
            match facet:
                case "maxInclusive" | "maxLength" | "length":
                    high = number if high is None else min(high, number)
                case "maxExclusive":
                    high = number - self.step
        return low, high

    def _number(self, text: str) -> Decimal | None:
        found = NUMBER.fullmatch(text)
        if found is None or (found["fraction"] is not None and self.base != "decimal"):
            return None
        return Decimal(text)

    def _length(self, text: str) -> Decimal | None:
        try:
            match self.base:
                case "hexBinary":
                    return Decimal(len(bytes.fromhex(text)))
                case "base64Binary":
                    return Decimal(len(base64.b64decode(text, validate=True)))
        except ValueError:
            return None
        return Decimal(len(text))


def sided(of: SimpleType) -> list[Sided]:
    """Texts around each limit of the type, each once."""
    return list(dict.fromkeys([*_around_limits(of), *_in_its_notation(of)]))


def _around_limits(of: SimpleType) -> Iterator[Sided]:
    for side, text in _candidates(of):
        if of.accepts(text) != (side is Side.OUTSIDE):
            yield side, text


def _in_its_notation(of: SimpleType) -> Iterator[Sided]:
    if of.choices or of.patterns or (of.limits and of.base not in OCTETS):
        return
    notation = LEXICAL["integer" if of.base in NUMBERS and of.base not in LEXICAL else of.base]
    for side in Side:
        # What is written as a number or as octets may still be beyond a limit.
        yield from ((side, text) for text in notation[side] if side is Side.OUTSIDE or of.accepts(text))


def _candidates(of: SimpleType) -> Iterator[Sided]:
    for text in of.choices:
        yield Side.AT, text
        yield from ((Side.OUTSIDE, near) for near in (text.swapcase(), text[:-1], f"{text}x", f"{text}0"))
    if of.choices:
        return
    for text in POOL if of.patterns else ():
        # Outer white space may be stripped before a pattern is asked.
        if text == text.strip():
            yield _side(of, text), text
    low, high = of.span
    for limit, inwards in ((low, 1), (high, -1)):
        if limit is None or (of.base not in NUMBERS and limit > LONGEST):
            continue
        for side, steps in ((Side.AT, 0), (Side.INSIDE, inwards), (Side.OUTSIDE, -inwards)):
            size = limit + steps * of.step
            yield from ((side, text) for text in (_numerals(size) if of.base in NUMBERS else _of_length(of.base, size)))
    if of.base in NUMBERS:
        yield from ((Side.OUTSIDE, text) for text in ("", "x", "1 1", "1e1", "INF", "9" * 25, "-" + "9" * 25))
        whole = low if low is not None else high if high is not None else Decimal(1)
        yield from ((Side.OUTSIDE, f"{whole + of.step / 10:f}"), (Side.OUTSIDE, f"{whole - of.step / 10:f}"))


def _side(of: SimpleType, text: str) -> Side:
    """To a pattern, a text is at the limit that is refused when its last character goes."""
    if not of.accepts(text):
        return Side.OUTSIDE
    return Side.INSIDE if of.accepts(text[:-1]) else Side.AT


def _numerals(number: Decimal) -> tuple[str, ...]:
    plain = f"{number:f}"
    return plain, *([f"+{plain}", f"0{plain}"] if number >= 0 else [f"-0{plain[1:]}"])


def _of_length(base: str, size: Decimal) -> list[str]:
    count = int(size)
    if count < 0:
        return []
    match base:
        case "hexBinary":
            return ["0a" * count]
        case "base64Binary":
            return [base64.b64encode(bytes(count)).decode()]
    return [letter * count for letter in ("a", "0", "é", "😀", "~")]


def sample(of: SimpleType) -> str:
    """A text that the type accepts, in the middle rather than at a limit."""
    texts = {side: [text for where, text in sided(of) if where is side and text.strip()] for side in Side}
    return [*texts[Side.INSIDE], *texts[Side.AT]][0]


def values_of(of: SimpleType) -> tuple[list[str], list[str]]:
    """Those near the limits, with and without white space around; and the whole pool."""
    near = [text for _, text in sided(of)]
    around = [edited for text in (*near[:1], *near[-1:]) for edited in (f"{text} ", f"\n{text}", f"\t{text}\r\n")]
    return list(dict.fromkeys([*near, *around])), list(POOL)
