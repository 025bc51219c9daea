"""A-XDR: COSEM data and the xDLMS ACCESS request that DLMS payloads are. Encode and decode.

Only the data types that GBCS Commands use are here. Which attribute is read or set is a matter of
``gbcs.usecases``. Source: RTDS vectors (every DLMS payload parses and re-encodes equal).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, assert_never

import msgspec

from gbcs.octets import Octets, length_octets

ACCESS_REQUEST: Final = 0xD9
ACCESS_RESPONSE: Final = 0xDA
_INVOKE_ID_PREFIX: Final = 0x20
_ACCESS_REQUEST_HEAD: Final = bytes((ACCESS_REQUEST, _INVOKE_ID_PREFIX))
_DEEPEST: Final = 32
"""Nesting beyond this is an attack, not a message."""


class Tag(IntEnum):
    """COSEM data types."""

    NULL = 0x00
    ARRAY = 0x01
    STRUCTURE = 0x02
    BOOLEAN = 0x03
    BIT_STRING = 0x04
    DOUBLE_LONG = 0x05
    DOUBLE_LONG_UNSIGNED = 0x06
    OCTET_STRING = 0x09
    VISIBLE_STRING = 0x0A
    INTEGER = 0x0F
    LONG = 0x10
    UNSIGNED = 0x11
    LONG_UNSIGNED = 0x12
    ENUM = 0x16


_SIZES: Final[dict[Tag, tuple[int, bool]]] = {
    Tag.DOUBLE_LONG: (4, True),
    Tag.DOUBLE_LONG_UNSIGNED: (4, False),
    Tag.INTEGER: (1, True),
    Tag.LONG: (2, True),
    Tag.UNSIGNED: (1, False),
    Tag.LONG_UNSIGNED: (2, False),
    Tag.ENUM: (1, False),
}
"""Octets and sign of each number type."""

NULL: Final = bytes((Tag.NULL,))


def number(tag: Tag, value: int) -> bytes:
    """One of the number types. Raises OverflowError when the value does not fit."""
    size, signed = _SIZES[tag]
    return bytes((tag,)) + value.to_bytes(size, "big", signed=signed)


def long_unsigned(value: int) -> bytes:
    return number(Tag.LONG_UNSIGNED, value)


def enum(value: int) -> bytes:
    return number(Tag.ENUM, value)


def boolean(value: bool) -> bytes:
    return b"\x03\xff" if value else b"\x03\x00"


def octet_string(value: bytes) -> bytes:
    return bytes((Tag.OCTET_STRING,)) + length_octets(len(value)) + value


def visible_string(value: str) -> bytes:
    """Raises UnicodeEncodeError outside ASCII."""
    return bytes((Tag.VISIBLE_STRING,)) + length_octets(len(value)) + value.encode("ascii")


def bit_string(bits: Sequence[bool]) -> bytes:
    """The first bit is the highest of the first octet; the last octet is filled with zeros."""
    number_of_octets = (len(bits) + 7) // 8
    value = sum(1 << place for place, bit in zip(range(8 * number_of_octets - 1, -1, -1), bits, strict=False) if bit)
    return bytes((Tag.BIT_STRING,)) + length_octets(len(bits)) + value.to_bytes(number_of_octets, "big")


def structure_head(members: int) -> bytes:
    """What stands before the members of a structure: their number, not their octets."""
    return bytes((Tag.STRUCTURE,)) + length_octets(members)


def structure(*members: bytes) -> bytes:
    return structure_head(len(members)) + b"".join(members)


def array_head(members: int) -> bytes:
    """As ``structure_head``."""
    return bytes((Tag.ARRAY,)) + length_octets(members)


def array(*members: bytes) -> bytes:
    return array_head(len(members)) + b"".join(members)


class Data(msgspec.Struct, frozen=True):
    """One decoded COSEM value: none, a number, a truth value, octets, or a tuple of values."""

    tag: Tag
    value: int | bool | bytes | tuple[Data, ...] | None
    bits: int = 0
    """Length of a bit-string, bits."""

    def encode(self) -> bytes:
        """The octets this value was decoded from."""
        value = self.value
        if isinstance(value, tuple):
            return bytes((self.tag,)) + length_octets(len(value)) + b"".join(member.encode() for member in value)
        if isinstance(value, bytes):
            return bytes((self.tag,)) + length_octets(self.bits or len(value)) + value
        if isinstance(value, bool):
            return boolean(value)
        return NULL if value is None else number(self.tag, value)


def _take_data(octets: Octets, depth: int = 0) -> Data:
    if depth > _DEEPEST:
        raise ValueError(f"COSEM data is nested more than {_DEEPEST} deep")
    code = octets.u8("a COSEM data tag")
    try:
        tag = Tag(code)
    except ValueError:
        raise ValueError(f"{code:02X} is not the tag of a COSEM data type that GBCS Commands use") from None
    match tag:
        case Tag.NULL:
            return Data(tag, None)
        case Tag.ARRAY | Tag.STRUCTURE:
            count = octets.length("the number of members")
            return Data(tag, tuple(_take_data(octets, depth + 1) for _ in range(count)))
        case Tag.BOOLEAN:
            return Data(tag, _truth(octets.u8("a boolean")))
        case Tag.BIT_STRING:
            bits = octets.length("the length of a bit-string")
            return Data(tag, octets.take((bits + 7) // 8, "a bit-string"), bits)
        case Tag.OCTET_STRING | Tag.VISIBLE_STRING:
            return Data(tag, octets.take(octets.length("the length of a string"), "a string"))
        case (
            Tag.DOUBLE_LONG
            | Tag.DOUBLE_LONG_UNSIGNED
            | Tag.INTEGER
            | Tag.LONG
            | Tag.UNSIGNED
            | Tag.LONG_UNSIGNED
            | Tag.ENUM
        ):
            size, signed = _SIZES[tag]
            return Data(tag, int.from_bytes(octets.take(size, tag.name), "big", signed=signed))
        case _:
            assert_never(tag)


def _truth(octet: int) -> bool:
    if octet not in {0x00, 0xFF}:
        raise ValueError(f"a boolean is 00 or FF, found {octet:02X}")
    return octet == 0xFF


class Access(IntEnum):
    """The kinds of ACCESS specifications."""

    GET = 1
    SET = 2
    ACTION = 3
    GET_WITH_SELECTION = 4


class Specification(msgspec.Struct, frozen=True):
    """What is accessed: an attribute (GET, SET) or a method (ACTION) of a COSEM object."""

    access: Access
    class_id: int
    logical_name: bytes
    """6 octets."""
    index: int
    """Attribute or method number; methods may be negative in no GBCS use case, so one unsigned octet."""
    selector: int = 0
    selection: bytes = b""
    """A-XDR data of the selective access, for ``GET_WITH_SELECTION`` only."""

    def encode(self) -> bytes:
        octets = (
            bytes((self.access,)) + self.class_id.to_bytes(2, "big") + self.logical_name + self.index.to_bytes(1, "big")
        )
        if self.access is Access.GET_WITH_SELECTION:
            return octets + self.selector.to_bytes(1, "big") + self.selection
        return octets


class AccessRequest(msgspec.Struct, frozen=True):
    """An xDLMS ACCESS request: as many data as specifications; the datum of a GET is null."""

    invoke_id: int
    """Low 24 bits of the originator counter."""
    specifications: tuple[Specification, ...]
    data: tuple[Data, ...]

    def encode(self) -> bytes:
        specifications = [s.encode() for s in self.specifications]
        return access_request(self.invoke_id, specifications, [d.encode() for d in self.data])


def access_request(counter: int, specifications: list[bytes], data: list[bytes]) -> bytes:
    """The payload from its encoded parts."""
    return access_request_head(counter) + access_specifications(specifications) + b"".join(data)


def access_request_head(counter: int) -> bytes:
    """``counter`` is the originator counter; its low 24 bits go in."""
    return _ACCESS_REQUEST_HEAD + (counter & 0xFFFFFF).to_bytes(3, "big") + b"\x00"


def access_specifications(specifications: list[bytes]) -> bytes:
    """The encoded specifications and their number, on either side: the data that follow are as many."""
    count = length_octets(len(specifications))
    return count + b"".join(specifications) + count


def decode_access_request(payload: bytes) -> AccessRequest:
    """Read a DLMS payload. Raises ValueError naming the field, the expectation and the finding."""
    octets = Octets(payload)
    octets.expect(_ACCESS_REQUEST_HEAD, "the ACCESS request tag and invoke-id flags")
    invoke_id = int.from_bytes(octets.take(3, "the invoke id"), "big")
    octets.expect(b"\x00", "the date-time of the ACCESS request")
    count = octets.length("the number of specifications")
    specifications = tuple(_take_specification(octets) for _ in range(count))
    data_count = octets.length("the number of data")
    if data_count != count:
        raise ValueError(f"an ACCESS request has as many data as specifications: {count}, found {data_count}")
    data = tuple(_take_data(octets) for _ in range(count))
    octets.finish("the ACCESS request")
    return AccessRequest(invoke_id, specifications, data)


class AccessResponse(msgspec.Struct, frozen=True):
    """The answer to an ACCESS request: a value and a result for each of its specifications."""

    data: tuple[Data, ...]
    results: tuple[int, ...]
    """0 where the access succeeded."""


def decode_access_response(payload: bytes) -> AccessResponse:
    """Read the xDLMS ACCESS response without its optional parts (assumed: no vector shows one).

    Raises ValueError as ``decode_access_request`` does.
    """
    octets = Octets(payload)
    octets.expect(bytes((ACCESS_RESPONSE, _INVOKE_ID_PREFIX)), "the ACCESS response tag and invoke-id flags")
    octets.take(3, "the invoke id")
    octets.expect(bytes(2), "the date-time and the specifications of the ACCESS response")
    data = tuple(_take_data(octets) for _ in range(octets.length("the number of data")))
    count = octets.length("the number of results")
    if count != len(data):
        raise ValueError(f"an ACCESS response has as many results as data: {len(data)}, found {count}")
    results = tuple(octets.u16("an ACCESS result") & 0xFF for _ in range(count))
    octets.finish("the ACCESS response")
    return AccessResponse(data, results)


def _take_specification(octets: Octets) -> Specification:
    code = octets.u8("an ACCESS specification")
    if code not in {a.value for a in Access}:
        raise ValueError(f"an ACCESS specification is 01 to 04, found {code:02X}")
    access = Access(code)
    class_id = octets.u16("the class id")
    logical_name = octets.take(6, "the logical name")
    index = octets.u8("the attribute or method number")
    if access is Access.GET_WITH_SELECTION:
        selector = octets.u8("the access selector")
        return Specification(access, class_id, logical_name, index, selector, _take_data(octets).encode())
    return Specification(access, class_id, logical_name, index)


def obis(text: str) -> bytes:
    """A logical name from its usual spelling, ``1-0:99.1.0.255``: 6 octets.

    Raises ValueError when the text has another form.
    """
    try:
        medium, rest = text.split("-")
        channel, groups = rest.split(":")
        numbers = bytes(int(part) for part in (medium, channel, *groups.split(".")))
    except ValueError:
        raise ValueError(f"{text!r} is not a logical name of the form 1-0:99.1.0.255") from None
    if len(numbers) != 6:
        raise ValueError(f"{text!r} is not a logical name of the form 1-0:99.1.0.255")
    return numbers


def obis_text(logical_name: bytes) -> str:
    """The usual spelling of a 6-octet logical name."""
    a, b, *groups = logical_name
    return f"{a}-{b}:{'.'.join(str(g) for g in groups)}"
