"""How findings are put into words: values on one line, lists, counts. What is found is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

LONGEST_VALUE: Final = 80
"""Characters of what a sender wrote that a message repeats."""

_SECRET: Final = re.compile(
    r"UTRN|InstallCode|GBCSPayload|GBCSResponse|Credential|FirmwareImage|Certificate|PIN(?![a-z])|Message"
    r"|CustomerIdentificationNumber|SignatureValue"
)
_BINARY: Final = frozenset({"base64Binary", "hexBinary"})


def may_be_secret(element: str, builtin: str = "") -> bool:
    """Whether the text of that element (local name), of that built-in type, must not be repeated."""
    return builtin in _BINARY or _SECRET.search(element) is not None


def shortened(text: str, most: int = LONGEST_VALUE) -> str:
    """Both ends of a text that is too long."""
    return text if len(text) <= most else f"{text[: most // 2 - 2]}...{text[-(most // 2 - 1) :]}"


def shown(value: str) -> str:
    """A value in quotes on one line of at most 80 characters; what cannot be seen is escaped."""
    seen = value[: LONGEST_VALUE + 1]
    visible = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in seen)
    if len(visible) + 2 <= LONGEST_VALUE and len(seen) == len(value):
        return f"'{visible}'"
    return f"'{visible[: LONGEST_VALUE - 5]}...'"


def number(count: int) -> str:
    """With commas from ten thousand on: ``3600``, ``10,240,000``."""
    return f"{count:,}" if count >= 10_000 else str(count)


def counted(count: int, what: str) -> str:
    """``1 character``, ``12 characters``."""
    return f"{number(count)} {what}{'' if count == 1 else 's'}"


def between(least: int | None, most: int | None, what: str) -> str:
    """A range of counts: ``1 to 8 characters``, ``exactly 13 characters``, ``at most 30 characters``."""
    if least is not None and least == most:
        return f"exactly {counted(least, what)}"
    if least and most is not None:
        return f"{number(least)} to {counted(most, what)}"
    if most is not None:
        return f"at most {counted(most, what)}"
    return f"at least {counted(least or 0, what)}"


def one_of(names: Sequence[str], joint: str = "or") -> str:
    """``A``, ``A or B``, ``A, B or C``."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"


def ordinal(place: int) -> str:
    """``1st``, ``2nd``, ``11th``."""
    ending = "th" if 10 < place % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{ending}"
