"""What a text may be, in words: the facets of ``schemas.declarations`` as a reader of DUIS would say them.

Patterns are not printed. They are known by what they let through, because two schema sets write one form in two ways.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Final

from schemas.declarations import Form
from schemas.wording import between, counted, number, one_of

_EUI: Final = "00-00-00-00-00-00-00-aF"
_LARGEST_COUNTER: Final = "18446744073709551615"


class Shape(Enum):
    """Forms that patterns prescribe, with the words for them."""

    EUI = "an EUI-64 (eight pairs of hexadecimal digits joined by hyphens)"
    EUI_LIST = "EUI-64s joined by commas, without blanks"
    REQUEST_NAME = "originator EUI-64, target EUI-64 and counter joined by colons"
    DIGITS = "decimal digits"
    DIGITS_AND_BLANKS = "digits and blanks only"
    PRINTABLE = "printable ASCII only"
    OTHER = "the form that the schema prescribes"


_KNOWN_BY: Final[tuple[tuple[Shape, tuple[str, ...], tuple[str, ...]], ...]] = (
    (
        Shape.REQUEST_NAME,
        (f"{_EUI}:{_EUI}:0", f"{_EUI}:{_EUI}:{_LARGEST_COUNTER}"),
        (_EUI, f"{_EUI}:{_EUI}:00", f"{_EUI}:{_EUI}:18446744073709551616"),
    ),
    (Shape.EUI_LIST, (_EUI, f"{_EUI},{_EUI}"), ("", f"{_EUI},", f"{_EUI}, {_EUI}")),
    (Shape.EUI, (_EUI,), ("", _EUI.replace("-", ""), f"{_EUI},{_EUI}")),
    (Shape.DIGITS_AND_BLANKS, ("0 9", "09"), ("", "a", "0-9", "0\t9")),
    (Shape.PRINTABLE, (" ~", "A-z0"), ("", "é", "\n")),
)
"""Shape, texts that it lets through, texts that it does not."""


@lru_cache(maxsize=256)
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...] | None:
    try:
        return tuple(re.compile(pattern) for pattern in patterns)
    except re.error:  # the schema language's expressions have classes that Python's have not
        return None


def matches(form: Form, text: str) -> bool:
    """Whether the patterns let a short text through; ``False`` when they cannot be read."""
    compiled = _compiled(form.patterns)
    return compiled is not None and all(one.fullmatch(text) for one in compiled)


@lru_cache(maxsize=256)
def shape_of(form: Form) -> tuple[Shape | None, int]:
    """The shape that a form's patterns prescribe and the number of digits of a ``DIGITS``; ``None`` for no pattern."""
    if not form.patterns:
        return None, 0
    for shape, accepted, refused in _KNOWN_BY:
        if all(matches(form, text) for text in accepted) and not any(matches(form, text) for text in refused):
            return shape, 0
    lengths = [length for length in range(1, 65) if matches(form, "0" * length)]
    if len(lengths) == 1:
        of_that_length = [one * lengths[0] for one in "9aA ."]
        if [matches(form, text) for text in of_that_length] == [True, False, False, False, False]:
            return Shape.DIGITS, lengths[0]
    return Shape.OTHER, 0


def expected_words(form: Form, value: str) -> str:
    """What the form lets through; ``value`` chooses the nearest of many allowed ones. Not for ``REQUEST_NAME``."""
    shape, digits = shape_of(form)
    if shape is Shape.EUI or shape is Shape.EUI_LIST or shape is Shape.REQUEST_NAME:
        return str(shape.value)
    if shape is Shape.DIGITS:
        return f"{digits} {shape.value}"
    if form.builtin in WHOLE_NUMBERS:
        return _whole_number(form)
    if form.values:
        return _one_value(form.values, value)
    if shape is Shape.OTHER:
        words = [one for pattern in form.patterns for one in pattern.split("|")]
        return one_of(sorted(words)) if all(word.isalnum() for word in words) else str(shape.value)
    match form.builtin:
        case "dateTime":
            return "a date and time such as 2026-11-21T09:30:10.00Z"
        case "date":
            return "a date such as 2026-11-21"
        case "time":
            return "a time of day such as 09:30:10.00Z"
        case "boolean":
            return "true or false"
        case "decimal":
            return _decimal_number(form)
        case "hexBinary":
            return _hexadecimal(form)
        case "base64Binary":
            limited = form.shortest is not None or form.longest is not None
            return f"base64 of {between(form.shortest, form.longest, 'octet')}" if limited else "base64"
        case "ID":
            return "a name that no other element of the document has as its Id"
        case "anyURI":
            return "a URI"
    return _text(form, shape)


def _text(form: Form, shape: Shape | None) -> str:
    shortest = 1 if shape is not None and not form.shortest else form.shortest
    only = "" if shape is None else f", {shape.value}"
    if shortest is None and form.longest is None:
        return "a text"
    return between(shortest, form.longest, "character") + only


def _hexadecimal(form: Form) -> str:
    if form.shortest is None and form.longest is None:
        return "pairs of hexadecimal digits"
    if form.shortest == form.longest:
        return f"{counted(2 * (form.longest or 0), 'hexadecimal digit')} ({counted(form.longest or 0, 'octet')})"
    least, most = [None if length is None else 2 * length for length in (form.shortest, form.longest)]
    return f"{between(least, most, 'hexadecimal digit')} ({between(form.shortest, form.longest, 'octet')})"


_ORDER: Final = re.compile(r"\d+|\D+")


def in_order(values: Iterable[str]) -> list[str]:
    """Alphabetical, with numbers by their size: ``4.2`` before ``4.10``."""
    return sorted(
        values, key=lambda value: [(one.isdigit(), int(one) if one.isdigit() else one) for one in _ORDER.findall(value)]
    )


def _one_value(values: tuple[str, ...], value: str) -> str:
    ordered = _ordered(values)
    if len(ordered) <= 8:
        return one_of(ordered)
    value = value[:60].strip()
    # Fewer to compare: 130 values at fifty places would cost more than reading the document did.
    alike = [one for one in ordered if one[:1].casefold() == value[:1].casefold()]
    nearest = difflib.get_close_matches(value[:40], alike or ordered, 4)
    if nearest:
        return f"one of {number(len(ordered))} values, the nearest of them {one_of(nearest, 'and')}"
    return f"one of {number(len(ordered))} values such as {one_of(ordered[:3])}"


@lru_cache(maxsize=256)
def _ordered(values: tuple[str, ...]) -> list[str]:
    return in_order(values)


WHOLE_NUMBERS: Final[dict[str, tuple[int | None, int | None]]] = {
    "integer": (None, None),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedByte": (0, 255),
    "unsignedShort": (0, 65_535),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "byte": (-128, 127),
    "short": (-(2**15), 2**15 - 1),
    "int": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
}
"""The built-in types of whole numbers with their limits (XML Schema part 2, section 3.3)."""


def _whole_number(form: Form) -> str:
    if form.values:
        numbers = sorted(int(value) for value in form.values)
        if len(numbers) == 1 or numbers != list(range(numbers[0], numbers[-1] + 1)):
            return f"one of the numbers {one_of([str(one) for one in numbers])}"
        return _from_to("a whole number", numbers[0], numbers[-1])
    least, most = WHOLE_NUMBERS[form.builtin]
    if form.digits is not None:
        most = 10**form.digits - 1 if most is None else min(most, 10**form.digits - 1)
        least = 1 - 10**form.digits if least is None else max(least, 1 - 10**form.digits)
    least = int(form.least or int(form.above) + 1) if form.least or form.above else least
    most = int(form.most or int(form.below) - 1) if form.most or form.below else most
    return _from_to("a whole number", least, most)


def _decimal_number(form: Form) -> str:
    words = _from_to("a decimal number", form.least or None, form.most or None)
    if form.above:
        words += f" above {form.above}"
    if form.below:
        words += f" below {form.below}"
    places = "" if form.decimals is None else f" with at most {counted(form.decimals, 'digit')} after the point"
    return words + places + ("" if form.digits is None else f", {counted(form.digits, 'digit')} in all")


def _from_to(what: str, least: object | None, most: object | None) -> str:
    if least is not None and most is not None:
        return f"{what} from {least} to {most}"
    if least is not None:
        return f"{what}, {least} or more"
    return what if most is None else f"{what}, {most} or less"
