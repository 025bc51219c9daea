"""The published schema set and request templates, where they are at hand: used in place, nothing of them is kept.

They are not ours to ship. ``DUIS_REFERENCE_DIR`` names the folder that holds ``duis-5.4`` and ``rtds``; without it
they are looked for where the tests look, beside the project. What is measured on them is left out without them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from lxml import etree

from benchmarks.native import Material
from schemas.signature import SigningIdentity, sign
from schemas.vocabulary import UserId
from schemas.xsd import DUIS_NAMESPACE, SIGNATURE_NAMESPACE, DuisSchema, published_schema

_BESIDE_THE_PROJECT: Final = Path(__file__).resolve().parents[2] / "shared" / "reference"
_REQUEST_ID: Final = f"{{{DUIS_NAMESPACE}}}Header/{{{DUIS_NAMESPACE}}}RequestID"
_SIGNATURE: Final = f"{{{SIGNATURE_NAMESPACE}}}Signature"


class Published:
    """What there is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def schema(self) -> DuisSchema:
        """The schema set of DUIS 5.4 as it was published."""
        return published_schema({file.name: file.read_bytes() for file in (self._folder / "duis-5.4").iterdir()})

    def templates(self, user: UserId, identity: SigningIdentity) -> Material:
        """Every request template, really signed by ``user``, whose EUI-64 takes the originator's place."""
        files = sorted((self._folder / "rtds" / "templates").iterdir())
        documents = [_signed(file.read_bytes(), user, identity) for file in files]
        return Material(documents=documents, public_key=identity.key.public_key())


def published() -> Published | None:
    folder = Path(os.environ.get("DUIS_REFERENCE_DIR", _BESIDE_THE_PROJECT))
    return Published(folder) if (folder / "duis-5.4").is_dir() and (folder / "rtds").is_dir() else None


def _signed(template: bytes, user: UserId, identity: SigningIdentity) -> bytes:
    root = etree.fromstring(template)
    for placeholder in root.findall(_SIGNATURE):
        root.remove(placeholder)
    for request_id in root.findall(_REQUEST_ID):
        _, target, counter = (request_id.text or "").split(":")
        request_id.text = f"{user}:{target}:{counter}"
    return sign(root, identity)
