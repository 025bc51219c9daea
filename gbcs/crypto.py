"""GBCS cryptography: key agreement, key derivation, MAC and signature. Keys are arguments.

Source: RTDS vectors (495 of 497 MACs and all 194 signatures reproduce by these rules). Encrypted
responses are not here: no Command needs them.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256

from gbcs.message import MAC_LENGTH, SIGNATURE_LENGTH, Command, CraFlag, GeneralSigned
from schemas.vocabulary import Eui64

SECRET_LENGTH: Final = 32
_KEY_LENGTH: Final = 16
_KDF_ROUND: Final = bytes.fromhex("00000001")
_AES_GCM_128: Final = bytes.fromhex("60857406080300")
"""Algorithm identifier of the derived key."""
_TRANSACTION_LENGTH: Final = 9
_OTHER_INFO: Final = struct.Struct(">7sQBBQQ")
"""Algorithm, originator, the transaction id with its length, recipient."""
_AUTHENTICATED_HEADER: Final = bytes.fromhex("110000000000")
"""One zero octet more than the security header has on the wire."""
_IV_SUFFIX: Final = bytes(4)
_ECDSA: Final = ec.ECDSA(SHA256())


def shared_secret(private_key: ec.EllipticCurvePrivateKey, certificate_der: bytes) -> bytes:
    """Z: the 32-octet x coordinate of the P-256 key agreement. The certificate's dates are not looked at.

    Raises ValueError when the octets are no certificate, or a key is not on P-256.
    """
    public_key = x509.load_der_x509_certificate(certificate_der).public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        raise ValueError(f"a key agreement certificate holds a P-256 key, found {type(public_key).__name__}")
    for key in (private_key, public_key):
        if key.curve.name != "secp256r1":
            raise ValueError(f"a key agreement key is on P-256, found {key.curve.name}")
    return private_key.exchange(ec.ECDH(), public_key)


def derive_key(secret: bytes, *, originator: Eui64, recipient: Eui64, counter: int, cra: CraFlag) -> bytes:
    """The 16-octet AES key of one message.

    ``originator``, ``recipient`` and ``counter`` are those of the grouping header, although the key
    pair behind ``secret`` (Z, 32 octets) may be the access control broker's. Raises ValueError when
    Z has another length.
    """
    if len(secret) != SECRET_LENGTH:
        raise ValueError(f"the shared secret has {SECRET_LENGTH} octets, found {len(secret)}")
    other_info = _OTHER_INFO.pack(_AES_GCM_128, originator, _TRANSACTION_LENGTH, cra, counter, recipient)
    return hashlib.sha256(_KDF_ROUND + secret + other_info).digest()[:_KEY_LENGTH]


def mac(key: bytes, *, originator: Eui64, message: bytes) -> bytes:
    """The 12-octet MAC over an encoded general-signing message, its signature field included."""
    tag = AESGCM(key).encrypt(originator.octets + _IV_SUFFIX, b"", _AUTHENTICATED_HEADER + message)
    return tag[:MAC_LENGTH]


def message_mac(message: GeneralSigned, encoded: bytes, secret: bytes) -> bytes:
    """The MAC of ``message``, whose encoding is ``encoded``, under the shared secret Z."""
    header = message.header
    key = derive_key(
        secret, originator=header.originator, recipient=header.recipient, counter=header.counter, cra=header.cra
    )
    return mac(key, originator=header.originator, message=encoded)


def verify_mac(message: Command, secret: bytes) -> bool:
    """Whether a Command, Response or alert carries the MAC that the shared secret Z gives."""
    expected = message_mac(message.message, message.message.encode(), secret)
    return hmac.compare_digest(expected, message.mac)


def signature_over(private_key: ec.EllipticCurvePrivateKey, octets: bytes) -> bytes:
    """ECDSA P-256 with SHA-256 over a message's ``signed_octets``: r‖s, 64 octets."""
    r, s = decode_dss_signature(private_key.sign(octets, _ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def sign(private_key: ec.EllipticCurvePrivateKey, message: GeneralSigned) -> GeneralSigned:
    """The same message with its signature."""
    signature = signature_over(private_key, message.signed_octets())
    return GeneralSigned(header=message.header, content=message.content, signature=signature)


def verify(public_key: ec.EllipticCurvePublicKey, message: GeneralSigned) -> bool:
    """Whether the message carries a signature that this key made over it."""
    signature = message.signature
    if signature is None or len(signature) != SIGNATURE_LENGTH:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        public_key.verify(encode_dss_signature(r, s), message.signed_octets(), _ECDSA)
    except InvalidSignature:
        return False
    return True
