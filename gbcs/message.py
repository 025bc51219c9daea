"""GBCS message framing: the general-signing and the general-ciphering wrapper, both ways.

A Pre-Command is a general-signing message without a signature; a Command is a general-ciphering
message around one. Responses and alerts have the same framing with another CRA flag. Payloads are
octets here (``gbcs.axdr``, ``gbcs.gbz``, ``gbcs.der`` know their insides), and no key is used here
(``gbcs.crypto``). Source: layouts read off the published RTDS vectors.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

import msgspec

from gbcs.octets import Octets, length_octets
from schemas.vocabulary import COUNTER_LIMIT, Eui64

GENERAL_SIGNING = 0xDF
GENERAL_CIPHERING = 0xDD
MAC_LENGTH = 12
SIGNATURE_LENGTH = 64

_EMPTY_CIPHERING_FIELDS = bytes(6)
"""Transaction id, system titles, date-time, other information, key information: all empty."""
_SECURITY_HEADER = bytes.fromhex("1100000000")
"""Security control (authentication only, suite 1) and an invocation counter that is not used."""
_TRANSACTION_LENGTH = 9
_EUI_LENGTH = 8
_PARTY_LENGTH = 16
_BEFORE_CRA: Final = bytes((GENERAL_SIGNING, _TRANSACTION_LENGTH))
_NAMES: Final = struct.Struct(">BQBQBQB")
"""CRA flag and counter of the transaction id; the system titles, each after its length; no date-time."""


class CraFlag(IntEnum):
    """What a message is. The value enters the key derivation too."""

    COMMAND = 1
    RESPONSE = 2
    ALERT = 3


class SupplementaryParty(msgspec.Struct, frozen=True, kw_only=True):
    """The party on whose behalf the access control broker sends a Command."""

    id: Eui64
    counter: int
    """The counter of the party's own RequestID, unsigned 64 bits."""
    key_agreement_certificate: bytes = b""
    """DER; given for a party that the device does not know."""

    def encode(self) -> bytes:
        return self.id.octets + self.counter.to_bytes(8, "big") + self.key_agreement_certificate


class GroupingHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends what to whom."""

    cra: CraFlag
    counter: int
    """Originator counter, unsigned 64 bits."""
    originator: Eui64
    recipient: Eui64
    message_code: int
    """The use case, unsigned 16 bits."""
    supplementary: bytes = b""
    """What follows the message code in the other information, as it stands on the wire."""

    @property
    def supplementary_party(self) -> SupplementaryParty | None:
        """The supplementary remote party, or ``None`` where there is no room for one."""
        data = self.supplementary
        if len(data) < _PARTY_LENGTH:
            return None
        return SupplementaryParty(
            id=Eui64.from_octets(data[:8]),
            counter=int.from_bytes(data[8:16], "big"),
            key_agreement_certificate=data[16:],
        )

    def encode(self) -> bytes:
        """From the DF tag to the end of the other information.

        Raises ValueError when a number does not fit its field.
        """
        if not 0 <= self.counter < COUNTER_LIMIT:
            raise ValueError(f"originator counter {self.counter} is not an unsigned 64-bit number")
        if not 0 <= self.message_code <= 0xFFFF:
            raise ValueError(f"message code {self.message_code} is not an unsigned 16-bit number")
        return b"".join(
            (
                _BEFORE_CRA,
                _NAMES.pack(self.cra, self.counter, _EUI_LENGTH, self.originator, _EUI_LENGTH, self.recipient, 0),
                length_octets(2 + len(self.supplementary)),
                self.message_code.to_bytes(2, "big"),
                self.supplementary,
            )
        )


class GeneralSigned(msgspec.Struct, frozen=True, kw_only=True):
    """A general-signing message: the grouping header, the content and what stands for a signature."""

    header: GroupingHeader
    content: bytes
    signature: bytes | None = None
    """64 octets r‖s; empty where the message says that it is not signed; ``None`` for a Pre-Command,
    which has no signature field at all, not even its length."""

    def encode_unsigned(self) -> bytes:
        """From the DF tag to the end of the content: the form of a Pre-Command."""
        return self.header.encode() + length_octets(len(self.content)) + self.content

    def signed_octets(self) -> bytes:
        """What the signature is made over: everything after the DF tag up to the end of the content."""
        return self.encode_unsigned()[1:]

    def encode(self) -> bytes:
        unsigned = self.encode_unsigned()
        if self.signature is None:
            return unsigned
        return unsigned + length_octets(len(self.signature)) + self.signature


PreCommand = GeneralSigned
"""A general-signing message whose ``signature`` is ``None``."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A general-ciphering message: a Command, or the Response or alert that has the same framing."""

    message: GeneralSigned
    """With a signature field, be it empty."""
    mac: bytes
    """12 octets."""

    def encode(self) -> bytes:
        return cipher_frame(self.message.encode(), self.mac)


def cipher_frame(message: bytes, mac: bytes) -> bytes:
    """The general-ciphering message around an encoded general-signing message and its MAC."""
    length = length_octets(len(_SECURITY_HEADER) + len(message) + len(mac))
    return b"".join((b"\xdd", _EMPTY_CIPHERING_FIELDS, length, _SECURITY_HEADER, message, mac))


def decode_message(data: bytes) -> Command | GeneralSigned:
    """Read either wrapper; ``encode`` of what is returned gives back the very octets.

    Raises ValueError, naming the field, the expectation and the finding, for anything else.
    """
    octets = Octets(data)
    tag = octets.u8("the message tag")
    if tag == GENERAL_SIGNING:
        signed = _decode_signed(octets)
        octets.finish("the general-signing message")
        return signed
    if tag == GENERAL_CIPHERING:
        return _decode_ciphered(octets)
    raise ValueError(f"a GBCS message starts with DF (general-signing) or DD (general-ciphering), found {tag:02X}")


def _decode_ciphered(octets: Octets) -> Command:
    octets.expect(_EMPTY_CIPHERING_FIELDS, "the six empty general-ciphering fields")
    length = octets.length("the length of the ciphered part")
    if length != octets.remaining:
        raise ValueError(f"the ciphered part should have {length} octets, {octets.remaining} follow")
    octets.expect(_SECURITY_HEADER, "the security header")
    if octets.remaining < MAC_LENGTH:
        raise ValueError(f"the MAC needs {MAC_LENGTH} octets, {octets.remaining} are left")
    inner = Octets(octets.take(octets.remaining - MAC_LENGTH, "the general-signing message"))
    tag = inner.u8("the tag of the inner message")
    if tag != GENERAL_SIGNING:
        raise ValueError(f"inside a general-ciphering message DF (general-signing) is expected, found {tag:02X}")
    message = _decode_signed(inner)
    inner.finish("the inner general-signing message")
    if message.signature is None:
        raise ValueError("the inner general-signing message has no signature field, not even an empty one")
    return Command(message=message, mac=octets.take(MAC_LENGTH, "the MAC"))


def _decode_signed(octets: Octets) -> GeneralSigned:
    header = _decode_header(octets)
    content = octets.take(octets.length("the length of the content"), "the content")
    if octets.remaining == 0:
        return GeneralSigned(header=header, content=content)
    length = octets.length("the length of the signature")
    if length not in {0, SIGNATURE_LENGTH}:
        raise ValueError(f"a signature has {SIGNATURE_LENGTH} octets or none, found {length}")
    return GeneralSigned(header=header, content=content, signature=octets.take(length, "the signature"))


def _decode_header(octets: Octets) -> GroupingHeader:
    octets.expect(bytes((_TRANSACTION_LENGTH,)), "the length of the transaction id")
    flag = octets.u8("the CRA flag")
    if flag not in {f.value for f in CraFlag}:
        raise ValueError(f"the CRA flag is 01, 02 or 03, found {flag:02X}")
    counter = int.from_bytes(octets.take(8, "the originator counter"), "big")
    octets.expect(bytes((_EUI_LENGTH,)), "the length of the originator system title")
    originator = Eui64.from_octets(octets.take(_EUI_LENGTH, "the originator system title"))
    octets.expect(bytes((_EUI_LENGTH,)), "the length of the recipient system title")
    recipient = Eui64.from_octets(octets.take(_EUI_LENGTH, "the recipient system title"))
    octets.expect(b"\x00", "the date-time")
    other = octets.take(octets.length("the length of the other information"), "the other information")
    if len(other) < 2:
        raise ValueError(f"the other information starts with a 2-octet message code, found {len(other)} octets")
    return GroupingHeader(
        cra=CraFlag(flag),
        counter=counter,
        originator=originator,
        recipient=recipient,
        message_code=int.from_bytes(other[:2], "big"),
        supplementary=other[2:],
    )
