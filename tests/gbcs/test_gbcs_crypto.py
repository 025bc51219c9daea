"""Key derivation, MAC and signature against the rules spelled out again with other primitives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding
from gbcs_world import BROKER_KEY, DEVICE_KEY, SECRET, USER_KEY, certificate_of

from gbcs.crypto import derive_key, mac, message_mac, shared_secret, sign, verify, verify_mac
from gbcs.message import Command, CraFlag, GeneralSigned, GroupingHeader
from schemas.vocabulary import Eui64

ORIGINATOR = Eui64(0xA000000000000001)
RECIPIENT = Eui64(0xB000000000000002)
HEADER = GroupingHeader(cra=CraFlag.COMMAND, counter=7, originator=ORIGINATOR, recipient=RECIPIENT, message_code=0x0027)
MESSAGE = GeneralSigned(header=HEADER, content=b"\x05\x00", signature=b"")


def command(message: GeneralSigned = MESSAGE) -> Command:
    return Command(message=message, mac=message_mac(message, message.encode(), SECRET))


def test_both_sides_agree_on_the_secret() -> None:
    z = DEVICE_KEY.exchange(ec.ECDH(), BROKER_KEY.public_key())
    assert z == shared_secret(BROKER_KEY, certificate_of(DEVICE_KEY))
    assert z == shared_secret(DEVICE_KEY, certificate_of(BROKER_KEY))


@pytest.mark.parametrize("cra", [pytest.param(c, id=f"the key of a {c.name.lower()}") for c in CraFlag])
def test_the_key_is_the_first_half_of_one_sha256_round(cra: CraFlag) -> None:
    other = f"60857406080300 a000000000000001 09 {cra:02x} 0000000000000007 b000000000000002"
    expected = hashlib.sha256(bytes.fromhex("00000001") + SECRET + bytes.fromhex(other)).digest()[:16]
    assert expected == derive_key(SECRET, originator=ORIGINATOR, recipient=RECIPIENT, counter=7, cra=cra)


def test_the_mac_is_a_truncated_gcm_tag_over_the_message() -> None:
    key, message = bytes(range(16)), MESSAGE.encode()
    encryptor = Cipher(algorithms.AES(key), modes.GCM(bytes.fromhex("a00000000000000100000000"))).encryptor()
    encryptor.authenticate_additional_data(bytes.fromhex("110000000000") + message)
    encryptor.finalize()
    assert encryptor.tag[:12] == mac(key, originator=ORIGINATOR, message=message)


def test_a_secret_of_another_length_is_a_fault() -> None:
    with pytest.raises(ValueError, match=r"^the shared secret has 32 octets, found 31$"):
        derive_key(SECRET[:-1], originator=ORIGINATOR, recipient=RECIPIENT, counter=7, cra=CraFlag.COMMAND)


def test_a_mac_verifies_under_its_own_secret() -> None:
    assert verify_mac(command(), SECRET)


TAMPERED = [
    pytest.param(lambda c: msgspec.structs.replace(c, mac=bytes(12)), id="the MAC"),
    pytest.param(lambda c: replaced(c, content=b"\x05\x01"), id="the content"),
    pytest.param(lambda c: replaced(c, signature=bytes(64)), id="the signature field"),
    *(
        pytest.param(lambda c, n=name, v=value: reheaded(c, **{n: v}), id=f"the {name.replace('_', ' ')}")
        for name, value in {
            "cra": CraFlag.RESPONSE,
            "counter": 8,
            "originator": RECIPIENT,
            "recipient": ORIGINATOR,
            "message_code": 0x28,
            "supplementary": b"\x00",
        }.items()
    ),
]


def replaced(wrapped: Command, **changes: object) -> Command:
    return msgspec.structs.replace(wrapped, message=msgspec.structs.replace(wrapped.message, **changes))


def reheaded(wrapped: Command, **changes: object) -> Command:
    return replaced(wrapped, header=msgspec.structs.replace(wrapped.message.header, **changes))


@pytest.mark.parametrize("tamper", TAMPERED)
def test_a_mac_does_not_survive_a_change_of(tamper: Callable[[Command], Command]) -> None:
    assert not verify_mac(tamper(command()), SECRET)


def test_a_mac_does_not_verify_under_another_secret() -> None:
    assert not verify_mac(command(), bytes(32))


def test_a_signature_verifies_with_its_key_and_only_with_it() -> None:
    signed = sign(USER_KEY, MESSAGE)
    assert signed.signature is not None
    assert 64 == len(signed.signature)
    assert verify(USER_KEY.public_key(), signed)
    assert not verify(BROKER_KEY.public_key(), signed)
    assert not verify(USER_KEY.public_key(), msgspec.structs.replace(signed, content=b"\x05\x01"))


ABSENT = [
    pytest.param(None, id="a Pre-Command carries none"),
    pytest.param(b"", id="an empty one is none"),
    pytest.param(bytes(64), id="zeros are none"),
]


@pytest.mark.parametrize("signature", ABSENT)
def test_what_is_no_signature_does_not_verify(signature: bytes | None) -> None:
    assert not verify(USER_KEY.public_key(), msgspec.structs.replace(MESSAGE, signature=signature))


def test_a_key_on_another_curve_is_refused() -> None:
    other = ec.derive_private_key(5, ec.SECP384R1())
    with pytest.raises(ValueError, match=r"^a key agreement key is on P-256, found secp384r1$"):
        shared_secret(BROKER_KEY, certificate_of(other))


def test_a_certificate_without_an_elliptic_curve_key_is_refused() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
    name = x509.Name([])
    dates = datetime(2001, 1, 1, tzinfo=UTC), datetime(2002, 1, 1, tzinfo=UTC)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, *dates).sign(key, None)
    with pytest.raises(ValueError, match=r"^a key agreement certificate holds a P-256 key, found Ed25519PublicKey$"):
        shared_secret(BROKER_KEY, certificate.public_bytes(Encoding.DER))
