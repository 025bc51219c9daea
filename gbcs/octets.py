"""Reading octets one field at a time, with messages that name the field; and the length form.

The length form is that of DLMS and BER alike: one octet below 80, then 81 xx, 82 xxxx.
"""

from __future__ import annotations

LONGEST = 0xFFFF
"""The longest field the 82 form can announce, octets."""


def length_octets(length: int) -> bytes:
    """The shortest length form. Raises ValueError above 65535 octets."""
    if length < 0x80:
        return bytes((length,))
    if length <= 0xFF:
        return bytes((0x81, length))
    if length <= LONGEST:
        return b"\x82" + length.to_bytes(2, "big")
    raise ValueError(f"a field has at most {LONGEST} octets, this one would have {length}")


class Octets:
    """A cursor over received octets. Every method raises ValueError naming what it was asked for."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data)
        self._at = 0

    @property
    def remaining(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int, what: str) -> bytes:
        """The next ``count`` octets."""
        if count > self.remaining:
            raise ValueError(f"{what} needs {count} octets, {self.remaining} are left (truncated)")
        start = self._at
        self._at += count
        return self._data[start : self._at]

    def u8(self, what: str) -> int:
        return self.take(1, what)[0]

    def u16(self, what: str) -> int:
        """Two octets, big-endian."""
        return int.from_bytes(self.take(2, what), "big")

    def length(self, what: str) -> int:
        """A length, which must be in its shortest form: otherwise octets would not survive re-encoding."""
        first = self.u8(what)
        if first < 0x80:
            return first
        if first not in {0x81, 0x82}:
            raise ValueError(f"{what} starts with 00 to 7F, 81 or 82, found {first:02X}")
        value = int.from_bytes(self.take(first - 0x80, what), "big")
        if value < (0x80, 0x100)[first - 0x81]:
            raise ValueError(f"{what} is {value} in a longer form than it needs")
        return value

    def expect(self, wanted: bytes, what: str) -> None:
        found = self.take(len(wanted), what)
        if found != wanted:
            raise ValueError(f"{what} should be {wanted.hex().upper()}, found {found.hex().upper()}")

    def finish(self, what: str) -> None:
        """Nothing may follow."""
        if self.remaining:
            raise ValueError(f"{what} is followed by {self.remaining} trailing octets")
