"""The gateway's side of GBCS: keys, counters and device facts for the pure builder in ``gbcs``.

Shared secrets are kept per device for a while; the private key stays here.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.ports import AnswerKey, Inventory
from gbcs.build import build_command, build_pre_command, complete_command, verify_signed_pre_command
from gbcs.crypto import shared_secret
from gbcs.message import command_names
from gbcs.refusal import Refused
from gbcs.select import DeviceFacts, Originator, select_use_case
from gbcs.usecases.usecase import UseCase
from routing.facts import Target
from routing.inventory import Device
from schemas.certificates import CertificateDirectory
from schemas.request import SignedPreCommand
from schemas.vocabulary import SIGNED_PRE_COMMANDS, DeviceId, RequestId, UserId

_SECRET_LIFE = timedelta(minutes=10)
"""A replaced device certificate takes effect within this time."""
_MOST_SECRETS = 200_000
_TWIN_VARIANT = "B"
"""ESME variants that begin with B have two measuring elements (assumed from the letter's place)."""
_XML_SIGNING_UNITS = frozenset({"87", "135", "89", "137"})


class BuiltCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A Command and how its answer will name it."""

    octets: bytes
    answer_key: AnswerKey


class CommandBuilder:
    """Makes GBCS messages for accepted requests."""

    def __init__(
        self,
        acb: DeviceId,
        key_agreement_key: ec.EllipticCurvePrivateKey,
        inventory: Inventory,
        certificates: CertificateDirectory,
        *,
        worker: int = 0,
    ) -> None:
        """``worker`` (0 to 63) keeps the ACB's counters of processes apart."""
        self._acb = UserId(acb)
        self._key = key_agreement_key
        self._inventory = inventory
        self._certificates = certificates
        self._worker = worker
        self._last_counter = 0
        self._secrets: dict[DeviceId, tuple[bytes, datetime]] = {}

    def pre_command(self, target: Target, build_time: datetime) -> bytes | Refused:
        """What the user is to sign."""
        return build_pre_command(target.request, _facts(target.device), build_time)

    async def command(self, target: Target, build_time: datetime, issued: bytes | None) -> BuiltCommand | Refused:
        """The Command to hand on; ``issued`` is the Pre-Command that a Signed Pre-Command answers.

        Raises Unavailable when the store does not answer.
        """
        secret = await self._secret(target.device.id, build_time)
        if isinstance(secret, Refused):
            return secret
        request = target.request
        if request.command_variant in SIGNED_PRE_COMMANDS:
            return self._completed(request.request_id, request.body, issued, secret)
        octets = build_command(
            request,
            _facts(target.device),
            build_time,
            acb=self._acb,
            acb_counter=self._next_counter(build_time),
            secret=secret,
        )
        if isinstance(octets, Refused):
            return octets
        return _with_answer_key(octets)

    def _completed(
        self, request_id: RequestId, body: object, issued: bytes | None, secret: bytes
    ) -> BuiltCommand | Refused:
        if not isinstance(body, SignedPreCommand) or issued is None:
            return Refused("there is no Pre-Command to complete")
        signed = body.gbcs_payload
        octets = complete_command(issued, signed, secret=secret)
        if isinstance(octets, Refused):
            return octets
        why_not: str | None = f"no digital-signing certificate of {request_id.originator} is known"
        for certificate in self._certificates.of(request_id.originator):
            if certificate.for_signatures and certificate.unit not in _XML_SIGNING_UNITS:
                why_not = verify_signed_pre_command(signed, certificate.public_key)
                if why_not is None:
                    return _with_answer_key(octets)
        return Refused(why_not or "")

    async def secret(self, device: DeviceId, now: datetime) -> bytes | None:
        """Z between the ACB and a device, for checking what the device sends."""
        found = await self._secret(device, now)
        return None if isinstance(found, Refused) else found

    async def _secret(self, device: DeviceId, now: datetime) -> bytes | Refused:
        kept = self._secrets.get(device)
        if kept is not None and kept[1] > now:
            return kept[0]
        certificate = await self._inventory.key_agreement_certificate(device)
        if certificate is None:
            return Refused(f"no key agreement certificate of {device} is known")
        try:
            secret = shared_secret(self._key, certificate)
        except ValueError as fault:
            return Refused(f"the key agreement certificate of {device} cannot be used: {fault}")
        if len(self._secrets) >= _MOST_SECRETS:
            self._secrets.clear()
        self._secrets[device] = secret, now + _SECRET_LIFE
        return secret

    def _next_counter(self, now: datetime) -> int:
        """Strictly rising for this process and apart from other workers': microseconds, then the worker."""
        microseconds = int(now.timestamp() * 1_000_000)
        self._last_counter = max(self._last_counter + 64, microseconds * 64 + self._worker)
        return self._last_counter


def _facts(device: Device) -> DeviceFacts:
    return DeviceFacts(
        id=device.id,
        type=device.type,
        gbcs_version=device.gbcs_version,
        twin_element=(device.esme_variant or "").startswith(_TWIN_VARIANT),
    )


def _with_answer_key(octets: bytes) -> BuiltCommand:
    originator, recipient, counter = command_names(octets)
    key = AnswerKey(originator=UserId(originator), device=DeviceId(recipient), counter=counter)
    return BuiltCommand(octets=octets, answer_key=key)


def acb_would_originate(target: Target) -> bool:
    """Whether a GBCS command for this request would name the user as supplementary remote party.

    Then a Countersigned Service Request carries it as well. Source: SEC glossary, Countersigned Service
    Request.
    """
    use_case = select_use_case(target.request.variant, target.request.body, _facts(target.device))
    return isinstance(use_case, UseCase) and use_case.originator is Originator.ACB
