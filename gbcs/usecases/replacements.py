"""How certificates on a device are replaced: the payload of the CS02b and CS02g use cases, ASN.1.

A replacement names who may authorise it, the floors from which counters count anew, each certificate with the cell it
goes into, and the path to the root. Which service replaces whose is ``credentials``'s. Source: RTDS vectors; the names
of roles and cells are GBCS's.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from gbcs import der
from gbcs.usecases.asn1 import EXECUTION_DATE_TIME
from gbcs.usecases.elements import Path, base64_octets, flag, number, text_at
from gbcs.usecases.parts import Inputs, Part
from schemas.parts import parts_at
from schemas.request import is_cancellation


class Role(IntEnum):
    """Remote party roles."""

    ROOT = 0
    RECOVERY = 1
    SUPPLIER = 2
    NETWORK_OPERATOR = 3
    ACB = 4
    TRANS_COS = 5
    LOAD_CONTROLLER = 8
    """Read off the vectors."""


class Mode(IntEnum):
    """Credentials replacement modes."""

    SUPPLIER_BY_SUPPLIER = 2
    NETWORK_OPERATOR_BY_NETWORK_OPERATOR = 3
    ACB_BY_ACB = 4
    SUPPLIER_BY_TRANS_COS = 7
    LOAD_CONTROLLER_BY_SUPPLIER = 11


DIGITAL_SIGNATURE: Final = der.bit_string(b"\x80", 7)
KEY_AGREEMENT: Final = der.bit_string(b"\x08", 3)
"""Key usages, encoded."""
_TOP_UP: Final = der.integer(1)
_CERTIFICATES: Final = (
    ("DigitalSigningCertificate", DIGITAL_SIGNATURE, b""),
    ("KeyAgreementCertificate", KEY_AGREEMENT, b""),
    ("KeyAgreementTopUpCertificate", KEY_AGREEMENT, _TOP_UP),
)
"""Element, key usage, and the mark of the cell for top-ups; in the order of the message."""
_PATH: Final = "CertificationPathCertificates/Certificate"
_CHECKS: Final = "ApplyTimeBasedCPVChecks"


def certificate_fault(octets: bytes) -> str | None:
    """Why octets are no DER, as the end of a sentence; what the certificate says is not looked at."""
    try:
        der.decode(octets)
    except ValueError as fault:
        return f"should be a certificate in DER: {fault}"
    return None


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of replacement: whose certificates, on whose authority, and where the body says what."""

    mode: Mode
    party: Role
    authority: Role | None
    """``None``: the cell of the ACB itself, which is not named."""
    certificates: Path
    floor: Path
    top_up_floor: Path | None = None
    by_role: bool = False
    """Floors stand with the role they are for: another party authorises."""
    floors_if_cancelled: bool = True
    """Whether a cancellation has the floors too."""
    dated: bool = True
    """Whether ExecutionDateTime goes into the message."""

    def members(self) -> tuple[Part, ...]:
        return ()

    def refusal(self, inputs: Inputs) -> str | None:
        for path in (self.floor, self.top_up_floor):
            floor = None if path is None else _number_at(inputs, path)
            if floor is not None and floor < 0:
                return f"{path} should not be negative, found {floor}"
        if text_at(inputs.body, _CHECKS) is None:
            return f"{_CHECKS} is missing"
        for path in (*(f"{self.certificates}/{name}" for name, *_ in _CERTIFICATES), _PATH):
            for part in parts_at(inputs.body, path):
                fault = certificate_fault(base64_octets(part.text))
                if fault is not None:
                    return f"{part.name} {fault}"
        if not self._replacements(inputs):
            return f"a certificate to replace is missing in {self.certificates}"
        return None

    def encode(self, inputs: Inputs) -> bytes:
        parts = [self._control(inputs), der.sequence(*self._replacements(inputs)), _certification_path(inputs)]
        if self.dated:
            parts.append(EXECUTION_DATE_TIME.encode(inputs))
        return der.sequence(*parts)

    def _control(self, inputs: Inputs) -> bytes:
        """Authorising remote party control: mode, checks, authority, counter and floors."""
        parts = [der.integer(self.mode)]
        if not flag(text_at(inputs.body, _CHECKS) or ""):
            parts.append(der.context(1, der.integer_content(1)))
        if self.authority is not None:
            cell = der.integer(self.authority) + DIGITAL_SIGNATURE
            parts.append(der.context(2, cell, constructed=True))
        parts.append(der.context(3, der.integer_content(inputs.counter)))
        return der.sequence(*parts, *self._floors(inputs))

    def _floors(self, inputs: Inputs) -> list[bytes]:
        execution = inputs.body.execution
        if not self.floors_if_cancelled and execution is not None and is_cancellation(execution):
            return []
        floor = _number_at(inputs, self.floor)
        top_up = None if self.top_up_floor is None else _number_at(inputs, self.top_up_floor)
        specialist = b"" if top_up is None else der.sequence(der.integer(0), der.integer(top_up))
        if self.by_role:
            if floor is None:
                return []
            special = (der.sequence(specialist),) if specialist else ()
            of_role = der.sequence(der.integer(self.party), der.integer(floor), *special)
            return [der.context(6, of_role, constructed=True)]
        floors = [] if floor is None else [der.context(4, der.integer_content(floor))]
        return [*floors, der.context(5, specialist, constructed=True)] if specialist else floors

    def _replacements(self, inputs: Inputs) -> list[bytes]:
        replacements = []
        for name, usage, mark in _CERTIFICATES:
            text = text_at(inputs.body, f"{self.certificates}/{name}")
            if text is not None:
                cell = der.sequence(der.integer(self.party), usage, mark)
                replacements.append(der.sequence(base64_octets(text), cell))
        return replacements


def _certification_path(inputs: Inputs) -> bytes:
    return der.sequence(*(base64_octets(part.text) for part in parts_at(inputs.body, _PATH)))


def _number_at(inputs: Inputs, path: Path) -> int | None:
    text = text_at(inputs.body, path)
    return None if text is None else number(text)
