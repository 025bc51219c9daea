"""Framing: what is encoded, what decodes to itself, and what each malformed message is told."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gbcs.describe import describe
from gbcs.message import Command, CraFlag, GeneralSigned, GroupingHeader, SupplementaryParty, decode_message
from gbcs.octets import Octets, length_octets
from schemas.vocabulary import Eui64

HEADER = GroupingHeader(
    cra=CraFlag.COMMAND,
    counter=7,
    originator=Eui64(0xA000000000000001),
    recipient=Eui64(0xB000000000000002),
    message_code=0x0027,
)
PRE_COMMAND = GeneralSigned(header=HEADER, content=b"\x05\x00")
UNSIGNED = GeneralSigned(header=HEADER, content=b"\x05\x00", signature=b"")
SIGNED = GeneralSigned(header=HEADER, content=b"\x05\x00", signature=bytes(range(64)))
COMMAND = Command(message=UNSIGNED, mac=bytes(range(12)))

HEADER_HEX = "df 09 01 0000000000000007 08 a000000000000001 08 b000000000000002 00 02 0027"

LAYOUTS = [
    pytest.param(PRE_COMMAND, HEADER_HEX + "02 0500", id="a Pre-Command has no signature field"),
    pytest.param(UNSIGNED, HEADER_HEX + "02 0500 00", id="an unsigned message says so"),
    pytest.param(SIGNED, HEADER_HEX + "02 0500 40" + bytes(range(64)).hex(), id="a signature has 64 octets"),
    pytest.param(
        COMMAND,
        "dd 000000000000 36 1100000000" + HEADER_HEX + "02 0500 00" + bytes(range(12)).hex(),
        id="a Command wraps the message with its MAC",
    ),
]


@pytest.mark.parametrize(("message", "octets"), LAYOUTS)
def test_the_layout_of_a_message(message: Command | GeneralSigned, octets: str) -> None:
    assert bytes.fromhex(octets) == message.encode()
    assert message == decode_message(message.encode())


LENGTHS = [
    pytest.param(0, "00", id="an empty field has one length octet"),
    pytest.param(0x7F, "7f", id="127 is the last short length"),
    pytest.param(0x80, "8180", id="128 is the first of two octets"),
    pytest.param(0xFF, "81ff", id="255 is the last of two octets"),
    pytest.param(0x100, "820100", id="256 is the first of three octets"),
    pytest.param(0xFFFF, "82ffff", id="65535 is the longest"),
]


@pytest.mark.parametrize(("length", "octets"), LENGTHS)
def test_lengths_take_their_shortest_form(length: int, octets: str) -> None:
    assert bytes.fromhex(octets) == length_octets(length)
    assert length == Octets(bytes.fromhex(octets)).length("a length")


def test_a_field_that_is_too_long_is_named() -> None:
    with pytest.raises(ValueError, match=r"^a field has at most 65535 octets, this one would have 65536$"):
        length_octets(65536)


def replaced(octets: bytes, at: int, by: str) -> bytes:
    new = bytes.fromhex(by)
    return octets[:at] + new + octets[at + len(new) :]


WIRE = UNSIGNED.encode()
WRAPPED = COMMAND.encode()
SUPPLEMENTED = msgspec.structs.replace(HEADER, supplementary=bytes(126))

MALFORMED = [
    pytest.param(b"", "the message tag needs 1 octets, 0 are left (truncated)", id="nothing at all"),
    pytest.param(
        b"\x30", "a GBCS message starts with DF (general-signing) or DD (general-ciphering), found 30", id="other tag"
    ),
    pytest.param(WIRE[:8], "the originator counter needs 8 octets, 5 are left (truncated)", id="cut in the counter"),
    pytest.param(WIRE[:-2], "the content needs 2 octets, 1 are left (truncated)", id="cut in the content"),
    pytest.param(
        replaced(WIRE, 1, "08"), "the length of the transaction id should be 09, found 08", id="another transaction id"
    ),
    pytest.param(replaced(WIRE, 2, "04"), "the CRA flag is 01, 02 or 03, found 04", id="an unknown CRA flag"),
    pytest.param(
        replaced(WIRE, 11, "07"),
        "the length of the originator system title should be 08, found 07",
        id="a short originator",
    ),
    pytest.param(replaced(WIRE, 29, "01"), "the date-time should be 00, found 01", id="a date-time"),
    pytest.param(
        replaced(WIRE, 30, "01"),
        "the other information starts with a 2-octet message code, found 1 octets",
        id="half a message code",
    ),
    pytest.param(WIRE + b"\x00", "the general-signing message is followed by 1 trailing octets", id="trailing octets"),
    pytest.param(
        WIRE[:-1] + b"\x3f" + bytes(63), "a signature has 64 octets or none, found 63", id="a short signature"
    ),
    pytest.param(
        WIRE[:33] + bytes.fromhex("810205000000")[:-1],
        "the length of the content is 2 in a longer form than it needs",
        id="a length in a longer form",
    ),
    pytest.param(
        WIRE[:33] + b"\x83", "the length of the content starts with 00 to 7F, 81 or 82, found 83", id="a huge length"
    ),
    pytest.param(
        replaced(WRAPPED, 1, "01"),
        "the six empty general-ciphering fields should be 000000000000, found 010000000000",
        id="a general-ciphering field that is not empty",
    ),
    pytest.param(WRAPPED[:-1], "the ciphered part should have 54 octets, 53 follow", id="a MAC that lost an octet"),
    pytest.param(WRAPPED + b"\x00", "the ciphered part should have 54 octets, 55 follow", id="an octet after the MAC"),
    pytest.param(
        replaced(WRAPPED, 8, "31"),
        "the security header should be 1100000000, found 3100000000",
        id="another security control",
    ),
    pytest.param(
        replaced(WRAPPED, 13, "dd"),
        "inside a general-ciphering message DF (general-signing) is expected, found DD",
        id="a wrapper in a wrapper",
    ),
    pytest.param(
        Command(message=PRE_COMMAND, mac=bytes(12)).encode(),
        "the inner general-signing message has no signature field, not even an empty one",
        id="a wrapped Pre-Command",
    ),
    pytest.param(
        bytes.fromhex("dd 000000000000 05 1100000000"), "the MAC needs 12 octets, 0 are left", id="no room for a MAC"
    ),
]


@pytest.mark.parametrize(("octets", "reason"), MALFORMED)
def test_a_malformed_message_is_told_what_is_wrong(octets: bytes, reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        decode_message(octets)
    assert reason == str(refused.value)


UNFIT = [
    pytest.param(
        msgspec.structs.replace(HEADER, counter=2**64),
        "originator counter 18446744073709551616 is not an unsigned 64-bit number",
        id="a counter of 65 bits",
    ),
    pytest.param(
        msgspec.structs.replace(HEADER, message_code=0x10000),
        "message code 65536 is not an unsigned 16-bit number",
        id="a message code of 17 bits",
    ),
]


@pytest.mark.parametrize(("header", "reason"), UNFIT)
def test_a_header_that_does_not_fit_is_not_encoded(header: GroupingHeader, reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        header.encode()
    assert reason == str(refused.value)


PARTY = SupplementaryParty(id=Eui64(0xA000000000000003), counter=2**64 - 1)
PARTIES = [
    pytest.param(b"", None, id="a message without supplementary data names no party"),
    pytest.param(bytes(8), None, id="eight octets are a supplementary counter and no party"),
    pytest.param(PARTY.encode(), PARTY, id="sixteen octets are a party and its counter"),
    pytest.param(
        PARTY.encode() + b"\x30\x00",
        msgspec.structs.replace(PARTY, key_agreement_certificate=b"\x30\x00"),
        id="what follows a party is its certificate",
    ),
]


@pytest.mark.parametrize(("supplementary", "party"), PARTIES)
def test_the_supplementary_party(supplementary: bytes, party: SupplementaryParty | None) -> None:
    header = msgspec.structs.replace(HEADER, supplementary=supplementary)
    message = GeneralSigned(header=header, content=b"")
    assert message == decode_message(message.encode())
    assert party == header.supplementary_party


euis = st.integers(0, 2**64 - 1).map(Eui64)
headers = st.builds(
    GroupingHeader,
    cra=st.sampled_from(CraFlag),
    counter=st.integers(0, 2**64 - 1),
    originator=euis,
    recipient=euis,
    message_code=st.integers(0, 0xFFFF),
    supplementary=st.binary(max_size=300),
)
wrapped_signatures = st.sampled_from([b"", bytes(64)])
signed_messages = st.builds(
    GeneralSigned, header=headers, content=st.binary(max_size=400), signature=st.none() | wrapped_signatures
)
commands = st.builds(
    Command,
    message=st.builds(GeneralSigned, header=headers, content=st.binary(max_size=400), signature=wrapped_signatures),
    mac=st.binary(min_size=12, max_size=12),
)


@given(signed_messages | commands)
def test_any_message_decodes_to_itself(message: Command | GeneralSigned) -> None:
    assert message == decode_message(message.encode())


@settings(max_examples=400)
@given(st.binary(max_size=120), st.sampled_from([WIRE, WRAPPED, SIGNED.encode()]), st.integers(0, 120))
def test_arbitrary_octets_give_a_message_or_a_reason(noise: bytes, message: bytes, at: int) -> None:
    for octets in (noise, message[:at] + noise, message[:at] + noise + message[at:]):
        try:
            decoded = decode_message(octets)
        except ValueError as refused:
            assert str(refused)
        else:
            assert octets == decoded.encode()
            assert describe(octets)
