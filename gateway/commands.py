"""The gateway's side of GBCS: counters, device facts and the use of keys for the pure builder in ``gbcs``.

Shared secrets are kept per device certificate; private keys stay behind their port.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime

import msgspec

from gateway.ports import AnswerKey, DccKeys, DeviceAnswer, Inventory
from gbcs.build import build_pre_command, complete_command, draft_command, verify_signed_pre_command
from gbcs.message import Command, GroupingHeader, decode_message
from gbcs.refusal import Refused
from gbcs.select import DeviceFacts, Originator, select_use_case
from gbcs.usecases.usecase import UseCase
from routing.facts import Target
from routing.inventory import Device
from schemas.body_questions import devices_named
from schemas.certificates import CertificateDirectory
from schemas.request import SignedPreCommand
from schemas.vocabulary import SIGNED_PRE_COMMANDS, DeviceId, DeviceType, RequestId, UserId, UserRole

_MOST_SECRETS = 200_000
_TWIN_VARIANT = "B"
_PHASES = {"A": 1, "B": 1, "C": 3}
"""ESME variants by their first letter: B has two measuring elements, C measures three phases (assumed)."""
_JOINS = frozenset({"8.7.1", "8.7.2"})
_SHOWN_TO_THE_CUSTOMER = frozenset({"9.1"})
_ROLES = tuple(UserRole)
_GAS_DEVICES = frozenset({DeviceType.GSME, DeviceType.GPF})
_GAS_ROLES = frozenset({UserRole.GAS_SUPPLIER, UserRole.GAS_TRANSPORTER})
_ELECTRICITY_ROLES = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.EXPORT_SUPPLIER, UserRole.ELECTRICITY_DISTRIBUTOR})
_XML_SIGNING_UNITS = frozenset({"87", "135", "89", "137"})


Certificates = Mapping[DeviceId, bytes]
"""DER of key agreement certificates, by device."""


class BuiltCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A Command and how its answer will name it."""

    octets: bytes
    answer_key: AnswerKey
    answer: DeviceAnswer


class CommandBuilder:
    """Makes GBCS messages for accepted requests."""

    def __init__(
        self,
        acb: DeviceId,
        keys: DccKeys,
        inventory: Inventory,
        certificates: CertificateDirectory,
        *,
        worker: int = 0,
        tcos: UserId | None = None,
    ) -> None:
        """``worker`` (0 to 63) keeps the ACB's counters of processes apart.

        ``tcos`` is the transitional change of supplier party; without one there is no 6.23.
        """
        self._tcos = tcos
        self._acb = UserId(acb)
        self._keys = keys
        self._inventory = inventory
        self._certificates = certificates
        self._worker = worker
        self._last_counter = 0
        self._secrets: dict[DeviceId, tuple[bytes, bytes]] = {}

    def pre_command(self, target: Target, build_time: datetime, known: Certificates) -> bytes | Refused:
        """What the user is to sign. ``known``: of the device and of one that it is to be joined to."""
        return build_pre_command(target.request, _facts(target, known), build_time, role=_role(target))

    async def command(
        self, target: Target, build_time: datetime, issued: bytes | None, known: Certificates
    ) -> BuiltCommand | Refused:
        """The Command to hand on; ``issued`` is the Pre-Command that a Signed Pre-Command answers.

        ``known``: the certificates of the device and of one that it is to be joined to. Raises Unavailable when
        the keys' store does not answer.
        """
        device = target.device.id
        secret = await self._agreed(device, known.get(device))
        if isinstance(secret, Refused):
            return secret
        request = target.request
        if request.command_variant in SIGNED_PRE_COMMANDS:
            return self._completed(request.request_id, request.body, issued, secret)
        facts = _facts(target, known)
        draft = draft_command(
            request,
            facts,
            build_time,
            acb=self._acb,
            acb_counter=self._next_counter(build_time),
            role=_role(target),
            tcos=self._tcos,
            tcos_counter=self._next_counter(build_time),
        )
        if isinstance(draft, Refused):
            return draft
        signature = None if draft.signer is None else await self._keys.sign(draft.signer, draft.message.signed_octets())
        octets = draft.sealed(secret, signature)
        if isinstance(octets, Refused):
            return octets
        return _built(octets, draft.message.header, facts.customer_identification_number)

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
                    return _built(octets, _header_of(issued))
        return Refused(why_not or "")

    async def secret(self, device: DeviceId) -> bytes | None:
        """Z between the ACB and a device, for checking what the device sends."""
        found = await self._agreed(device, await self._inventory.key_agreement_certificate(device))
        return None if isinstance(found, Refused) else found

    async def _agreed(self, device: DeviceId, certificate: bytes | None) -> bytes | Refused:
        if certificate is None:
            return Refused(f"no key agreement certificate of {device} is known")
        kept = self._secrets.get(device)
        if kept is not None and kept[0] == certificate:
            return kept[1]
        try:
            secret = await self._keys.agree(certificate)
        except ValueError as fault:
            return Refused(f"the key agreement certificate of {device} cannot be used: {fault}")
        if len(self._secrets) >= _MOST_SECRETS:
            self._secrets.clear()
        self._secrets[device] = certificate, secret
        return secret

    def _next_counter(self, now: datetime) -> int:
        """Strictly rising for this process and apart from other workers': microseconds, then the worker."""
        microseconds = int(now.timestamp() * 1_000_000)
        self._last_counter = max(self._last_counter + 64, microseconds * 64 + self._worker)
        return self._last_counter


def _facts(target: Target, certificates: Certificates) -> DeviceFacts:
    known, joining = _known(target), _joining(target)
    if target.request.variant in _SHOWN_TO_THE_CUSTOMER:
        return msgspec.structs.replace(known, customer_identification_number=f"{secrets.randbelow(10_000):04d}")
    if joining is None:
        return known
    return msgspec.structs.replace(known, joining_certificate=certificates.get(joining.id))


def _known(target: Target) -> DeviceFacts:
    """What the inventory says of the device and of one that it is to be joined to."""
    device, joining = target.device, _joining(target)
    letter = (device.esme_variant or " ")[0]
    return DeviceFacts(
        id=device.id,
        type=device.type,
        gbcs_version=device.gbcs_version,
        twin_element=letter == _TWIN_VARIANT,
        phases=_PHASES.get(letter),
        joining_type=None if joining is None else joining.type,
    )


def _joining(target: Target) -> Device | None:
    if target.request.variant not in _JOINS:
        return None
    named = devices_named(target.request.body)
    return target.devices.get(named[0]) if named else None


def _role(target: Target) -> UserRole | None:
    """The role in which the sender asks: of several, the one for the fuel that the device measures."""
    roles = target.roles
    if len(roles) > 1:
        fuel = _GAS_ROLES if target.device.type in _GAS_DEVICES else _ELECTRICITY_ROLES
        roles = roles & fuel or roles
    return min(roles, key=_ROLES.index) if roles else None


def _header_of(octets: bytes) -> GroupingHeader:
    message = decode_message(octets)
    return (message.message if isinstance(message, Command) else message).header


def _built(octets: bytes, header: GroupingHeader, told: str | None = None) -> BuiltCommand:
    return BuiltCommand(
        octets=octets,
        answer_key=AnswerKey(
            originator=UserId(header.originator), device=DeviceId(header.recipient), counter=header.counter
        ),
        answer=DeviceAnswer(message_code=header.message_code, customer_identification_number=told),
    )


def acb_would_originate(target: Target) -> bool:
    """Whether a GBCS command for this request would name the user as supplementary remote party.

    Then a Countersigned Service Request carries it as well. Source: SEC glossary, Countersigned Service
    Request.
    """
    use_case = select_use_case(target.request.variant, target.request.body, _known(target), _role(target))
    return isinstance(use_case, UseCase) and use_case.originator is Originator.ACB
