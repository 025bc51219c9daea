"""The DCC's private keys for GBCS, read from PEM files: ``gateway.ports.DccKeys`` for whoever has no HSM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.settings import Gbcs, SettingsError
from gbcs.crypto import shared_secret, signature_over
from gbcs.usecases.usecase import Originator


class KeyFiles:
    """Keys in memory: each answer costs one operation on P-256, some 60 microseconds."""

    def __init__(
        self, agreement: ec.EllipticCurvePrivateKey, signing: Mapping[Originator, ec.EllipticCurvePrivateKey]
    ) -> None:
        """``agreement`` is the access control broker's; ``signing`` has the digital-signing keys there are."""
        self._agreement = agreement
        self._signing = signing

    async def agree(self, certificate: bytes) -> bytes:
        """As the port says; never Unavailable."""
        return shared_secret(self._agreement, certificate)

    async def sign(self, party: Originator, octets: bytes) -> bytes | None:
        """As the port says; never Unavailable."""
        key = self._signing.get(party)
        return None if key is None else signature_over(key, octets)


def load_keys(section: Gbcs) -> KeyFiles:
    """The keys that the settings name. Raises SettingsError naming the file."""
    files = {Originator.ACB: section.acb_signing_key, Originator.TCOS: section.tcos_signing_key}
    signing = {party: private_key(file) for party, file in files.items() if file is not None}
    return KeyFiles(private_key(section.key_agreement_key), signing)


def private_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Raises SettingsError unless the file holds a P-256 key in PEM without a password."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as fault:
        raise SettingsError(f"{file}: cannot be read as a private key: {fault}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SettingsError(f"{file}: expected a P-256 private key")
    return key
