"""What is wrong with a text that its type does not let through: expected, found, and how to mend it.

Texts that may be secret are never repeated: their length is told instead. Whether a text is wrong was decided
before; this module only explains.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from schemas.declarations import Form
from schemas.hints import blank_hint, counter_hint, eui_hint, request_name_hint, value_hint
from schemas.value_forms import Shape, expected_words, shape_of
from schemas.wording import counted, may_be_secret, one_of, ordinal, shortened, shown


class Finding(NamedTuple):
    """The parts of a fault's message."""

    expected: str
    found: str
    hint: str = ""


_EUI: Final = re.compile(r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}")
_COUNTER: Final = re.compile(r"0|[1-9][0-9]{0,19}")
_BLANKS: Final = " \t\r\n"


def wrong_value(form: Form | None, name: str, value: str, *, optional: bool = False) -> Finding:
    """Explain a wrong text of the element or attribute ``name``; ``optional`` when it could have been left out."""
    if form is None:
        return Finding("another value", counted(len(value), "character"))
    shape, _ = shape_of(form)
    expected = expected_words(form, value)
    if not value.strip(_BLANKS):
        found = counted(len(value), "blank") if value else "an empty value"
        return Finding(expected, found, f"leave {shortened(name)} out when there is nothing to say" if optional else "")
    if may_be_secret(name, form.builtin):
        return Finding(expected, _unrepeated(form, value), blank_hint(form, value))
    if shape is Shape.REQUEST_NAME:
        return _request_name(value)
    if shape is Shape.EUI_LIST:
        return _eui_list(form, value)
    if form.longest is not None or form.shortest is not None or shape is Shape.DIGITS:
        return Finding(expected, f"{shown(value)} ({counted(len(value), 'character')})", value_hint(form, value))
    return Finding(expected, shown(value), value_hint(form, value))


def _unrepeated(form: Form, value: str) -> str:
    """A text told by its length, and the place of what does not belong there."""
    match form.builtin:
        case "hexBinary":
            text = value.strip(_BLANKS)
            stranger = re.search(r"[^0-9A-Fa-f]", text)
            if stranger is not None:
                place = ordinal(stranger.start() + 1)
                return f"{counted(len(text), 'character')}, the {place} of them no hexadecimal digit"
            odd = ", an odd number" if len(text) % 2 else f" ({counted(len(text) // 2, 'octet')})"
            return counted(len(text), "hexadecimal digit") + odd
        case "base64Binary":
            text = "".join(value.split())
            stranger = re.search(r"[^A-Za-z0-9+/=]", text)
            if stranger is not None:
                place = ordinal(stranger.start() + 1)
                return f"{counted(len(text), 'character')}, the {place} of them not of base64's alphabet"
            if len(text) % 4:
                return f"{counted(len(text), 'character')}, which is no multiple of four"
            return f"{counted(len(text), 'character')} of base64"
    return counted(len(value), "character")


def _request_name(value: str) -> Finding:
    parts = value.strip(_BLANKS).split(":")
    if len(parts) != 3:
        whole = f"{shown(value)} ({counted(len(parts), 'part')})"
        return Finding(Shape.REQUEST_NAME.value, whole, request_name_hint(value[:200]))
    expected, found, hints = [], [], []
    for part, place, whose in ((parts[0], "1st", "originator"), (parts[1], "2nd", "target")):
        if not _EUI.fullmatch(part):
            expected.append(f"the {whose}'s EUI-64 as the {place} of three parts")
            found.append(shown(part))
            hints.append(eui_hint(part[:200]))
    if not _COUNTER.fullmatch(parts[2]) or int(parts[2]) >= 2**64:
        expected.append("a counter from 0 to 18446744073709551615 as the 3rd of three parts")
        found.append(shown(parts[2]))
        hints.append(counter_hint(parts[2][:200]))
    if not expected:  # refused for another reason than its parts
        return Finding(Shape.REQUEST_NAME.value, shown(value))
    return Finding(one_of(expected, "and"), one_of(found, "and"), "; ".join(hint for hint in hints if hint))


def _eui_list(form: Form, value: str) -> Finding:
    expected = Shape.EUI_LIST.value
    items = value.split(",")
    wrong = next((n for n, item in enumerate(items) if not _EUI.fullmatch(item)), None)
    if wrong is None:
        if form.longest is not None and len(value) > form.longest:
            return Finding(f"at most {counted((form.longest + 1) // 24, 'EUI-64')}", counted(len(items), "EUI-64"))
        return Finding(expected, f"another list ({counted(len(items), 'EUI-64')})")
    item = items[wrong]
    if not item.strip(_BLANKS):
        last = wrong == len(items) - 1
        hint = "remove the last comma" if last and len(items) > 1 else ""
        return Finding(
            expected, "nothing after the last comma" if last else f"nothing as the {ordinal(wrong + 1)}", hint
        )
    hint = "remove the blanks" if _EUI.fullmatch(item.strip(_BLANKS)) else eui_hint(item[:200])
    return Finding(expected, f"{shown(item)} as the {ordinal(wrong + 1)} of {len(items)}", hint)
