"""The little DER that ASN.1 payloads need. Encode, and read back as a tree.

Which elements a payload has is a matter of ``gbcs.usecases``. Source: X.690; the choice of types
is read off the RTDS vectors.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gbcs.octets import Octets, length_octets

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
GENERALIZED_TIME: Final = 0x18
SEQUENCE: Final = 0x30
CONSTRUCTED: Final = 0x20
CONTEXT: Final = 0x80
NULL: Final = bytes.fromhex("0500")
_DEEPEST: Final = 32


def element(tag: int, content: bytes) -> bytes:
    """Any element. ``tag`` is the whole identifier octet."""
    return bytes((tag,)) + length_octets(len(content)) + content


def integer_content(value: int) -> bytes:
    """The octets of a non-negative INTEGER, without tag and length. Raises OverflowError below zero."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def integer(value: int) -> bytes:
    """A non-negative INTEGER in the fewest octets. Raises OverflowError below zero."""
    return element(INTEGER, integer_content(value))


def octet_string(value: bytes) -> bytes:
    return element(OCTET_STRING, value)


def bit_string(value: bytes, unused_bits: int = 0) -> bytes:
    """``unused_bits`` of the last octet do not count."""
    return element(BIT_STRING, bytes((unused_bits,)) + value)


def generalized_time(characters: bytes) -> bytes:
    """``characters`` as ``gbcs.times`` makes them."""
    return element(GENERALIZED_TIME, characters)


def sequence(*members: bytes) -> bytes:
    return element(SEQUENCE, b"".join(members))


def context(number: int, content: bytes, *, constructed: bool = False) -> bytes:
    """An implicitly tagged element ``[number]``; numbers up to 30."""
    return element(CONTEXT | (CONSTRUCTED if constructed else 0) | number, content)


class Element(msgspec.Struct, frozen=True):
    """One decoded element: octets, or elements where the tag says constructed."""

    tag: int
    content: bytes | tuple[Element, ...]

    def encode(self) -> bytes:
        """The octets this element was decoded from."""
        content = self.content
        if isinstance(content, bytes):
            return element(self.tag, content)
        return element(self.tag, b"".join(member.encode() for member in content))


def decode(payload: bytes) -> Element:
    """Read one element that fills the payload. Raises ValueError saying what was expected and found."""
    octets = Octets(payload)
    found = _take_element(octets)
    octets.finish("the DER element")
    return found


def _take_element(octets: Octets, depth: int = 0) -> Element:
    if depth > _DEEPEST:
        raise ValueError(f"DER is nested more than {_DEEPEST} deep")
    tag = octets.u8("a DER tag")
    if tag & 0x1F == 0x1F:
        raise ValueError(f"a DER tag has one octet, found the start of a longer one: {tag:02X}")
    content = octets.take(octets.length("the length of a DER element"), "a DER element")
    if not tag & CONSTRUCTED:
        return Element(tag, content)
    inner = Octets(content)
    members = []
    while inner.remaining:
        members.append(_take_element(inner, depth + 1))
    return Element(tag, tuple(members))
