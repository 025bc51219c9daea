"""Values of the bodies that are kept element by element: a path of DUIS elements and what its text means.

Paths start inside the body's element, ``ReadLogPeriod/StartDateTime``. Documents are of the schema when
they get here, so a text has its form; whether GBCS can carry the value is the ``fault`` of each part.
How values are encoded does not live here.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from gbcs.usecases.parts import Inputs, Leaf, anything
from schemas import request
from schemas.parts import parts_at
from schemas.value_texts import read_clock, read_moment
from schemas.vocabulary import DeviceId

Path = str


class Element(Leaf, frozen=True):
    """One value of the body: the first element at ``path``."""

    path: Path
    form: Callable[[str], Any]
    """Text to value."""
    encoder: Callable[[Any], bytes]
    fault: Callable[[Any], str | None] = anything
    """What is wrong with a value, as the end of a sentence that starts with the element's name."""
    absent: bytes | None = None
    """The octets where the element is left out; ``None``: then the message cannot be built."""

    def refusal(self, inputs: Inputs) -> str | None:
        text = text_at(inputs.body, self.path)
        if text is None:
            return f"{name_of(self.path)} is missing" if self.absent is None else None
        try:
            value = self.form(text)
        except ValueError as fault:
            return f"{name_of(self.path)} {fault}"
        reason = self.fault(value)
        return None if reason is None else f"{name_of(self.path)} {reason}"

    def encode(self, inputs: Inputs) -> bytes:
        text = text_at(inputs.body, self.path)
        return self.absent or b"" if text is None else self.encoder(self.form(text))


class Text(Leaf, frozen=True):
    """Characters as they are written, blanks included."""

    path: Path
    most: int
    """Characters."""
    encoder: Callable[[str], bytes]

    def refusal(self, inputs: Inputs) -> str | None:
        part, name = part_at(inputs.body, self.path), name_of(self.path)
        if part is None:
            return f"{name} is missing"
        if not part.text.isascii():
            return f"{name} should be of ASCII characters, found {part.text!r}"
        found = len(part.text)
        return None if found <= self.most else f"{name} should have at most {self.most} characters, found {found}"

    def encode(self, inputs: Inputs) -> bytes:
        part = part_at(inputs.body, self.path)
        return self.encoder("" if part is None else part.text)


# ---- where a value stands


def part_at(body: object, path: Path) -> request.Part | None:
    """The first element at a path."""
    return next(parts_at(body, path), None)


def text_at(body: object, path: Path) -> str | None:
    """The text of the first element at a path, without blanks around it; or of its attribute, ``SpecialDay@index``.

    ``@index`` alone is the body's own attribute.
    """
    path, _, attribute = path.partition("@")
    part = part_at(body, path) if path else body
    if isinstance(part, request.Part) and not attribute:
        return part.text.strip()
    return dict(part.attributes).get(attribute) if isinstance(part, request.Part | request.OtherBody) else None


def ka_credentials(body: object) -> bytes | None:
    """DER of the key agreement certificate that an unknown remote party gives, whatever kind the body is of."""
    if not isinstance(body, request.OtherBody):
        found: bytes | None = getattr(body, "ka_credentials", None)
        return found
    text = text_at(body, "KAPublicSecurityCredentials")
    return None if text is None else base64_octets(text)


def name_of(path: Path) -> str:
    """The element's own name, as refusals give it; of an attribute, its name and the element's."""
    element, _, attribute = path.rsplit("/", 1)[-1].partition("@")
    return " of ".join(name for name in (attribute, element) if name)


# ---- what a text means; each raises ValueError with the end of a sentence that starts with the name


def number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"should be a whole number, found {text!r}") from None


def scaled(places: int) -> Callable[[str], int]:
    """A decimal as a whole number of units of ``10 ** -places``; finer digits are refused, never rounded."""

    def form(text: str) -> int:
        value = Decimal(text).scaleb(places)
        if value != value.to_integral_value():
            raise ValueError(f"should have at most {places} decimal places, found {text}")
        return int(value)

    return form


def flag(text: str) -> bool:
    return text in {"true", "1"}


def moment(text: str) -> datetime:
    """An ``xs:dateTime`` in UTC; one without a time zone is taken as UTC, as everywhere in DUIS."""
    try:
        return read_moment(text).astimezone(UTC)
    except ValueError:
        raise ValueError(f"should be of the years 1 to 9999 in UTC, found {text}") from None


def day(text: str) -> date:
    return date.fromisoformat(text.removesuffix("Z"))


def clock(text: str) -> time:
    """An ``xs:time`` as it is written: switching times are of the device's own clock, UTC."""
    return read_clock(text.removesuffix("Z"))


def plain(text: str) -> str:
    return text


def hexadecimal(text: str) -> bytes:
    return bytes.fromhex(text)


def base64_octets(text: str) -> bytes:
    return binascii.a2b_base64(text)


def device(text: str) -> DeviceId:
    return DeviceId.parse(text)


def one_of(table: Mapping[str, int]) -> Callable[[str], int]:
    """A value of an enumeration as the number that GBCS has for it."""

    def form(text: str) -> int:
        try:
            return table[text]
        except KeyError:
            raise ValueError(f"should be one of {', '.join(table)}, found {text!r}") from None

    return form
