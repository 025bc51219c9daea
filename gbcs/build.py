"""From a service request to the octets of a GBCS message, and from a Command to its Response.

Pure: build time, counters and the shared secret are arguments. Nothing is looked up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, assert_never

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from gbcs.crypto import message_mac, signature_over, verify
from gbcs.facts import DeviceFacts
from gbcs.message import (
    SIGNATURE_LENGTH,
    Command,
    CraFlag,
    GeneralSigned,
    GroupingHeader,
    SupplementaryParty,
    cipher_frame,
    decode_message,
)
from gbcs.octets import length_octets
from gbcs.refusal import NoUseCase, Refused
from gbcs.select import select_use_case
from gbcs.usecases.elements import ka_credentials
from gbcs.usecases.parts import Inputs
from gbcs.usecases.usecase import Originator, Supplementary, UseCase
from schemas.request import ServiceRequest
from schemas.vocabulary import Eui64, UserId, UserRole

NO_KEYS: Final[Mapping[Originator, ec.EllipticCurvePrivateKey]] = MappingProxyType({})


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A Command before its signature and its MAC: whoever holds the keys seals it."""

    use_case: str
    message: GeneralSigned
    signer: Originator | None = None
    """Who of the DCC is to sign ``message.signed_octets()``; ``None`` where nobody does."""

    def sealed(self, secret: bytes, signature: bytes | None = None) -> bytes | Refused:
        """The Command. ``secret`` is Z between the access control broker and the device, 32 octets.

        ``signature`` is the signer's, r‖s, 64 octets; refused where there is a signer and no signature.
        """
        if self.signer is None:
            return _with_mac(self.message, secret)
        if signature is None:
            return Refused(f"{self.use_case}: the digital-signing key of the {self.signer.value} is missing")
        signed = GeneralSigned(header=self.message.header, content=self.message.content, signature=signature)
        encoded = signed.encode()
        return cipher_frame(encoded, message_mac(signed, encoded, secret))


def build_pre_command(
    request: ServiceRequest, facts: DeviceFacts, build_time: datetime, *, role: UserRole | None = None
) -> bytes | Refused:
    """The Pre-Command of a critical request: DF to the end of the content, without a signature field.

    ``Refused`` (``NoUseCase`` when no use case could be chosen) says which field or fact is at fault.
    """
    use_case = _use_case(request, facts, role)
    if isinstance(use_case, Refused):
        return use_case
    if not use_case.critical:
        return Refused(f"{use_case.name} is not critical: it has no Pre-Command")
    name = request.request_id
    message = _message(
        use_case,
        request,
        Inputs(
            body=request.body,
            facts=facts,
            user=name.originator,
            originator=name.originator,
            counter=name.counter,
            build_time=build_time,
        ),
    )
    return message if isinstance(message, Refused) else message.encode_unsigned()


def build_command(
    request: ServiceRequest,
    facts: DeviceFacts,
    build_time: datetime,
    *,
    acb: UserId,
    acb_counter: int,
    secret: bytes,
    role: UserRole | None = None,
    tcos: UserId | None = None,
    tcos_counter: int = 0,
    signing_keys: Mapping[Originator, ec.EllipticCurvePrivateKey] = NO_KEYS,
) -> bytes | Refused:
    """``draft_command``, signed and sealed by whoever holds the private keys themselves.

    ``secret`` is Z, 32 octets; ``signing_keys`` are the DCC's digital-signing keys, for the Commands that it
    signs itself. ``Refused`` as for ``build_pre_command``.
    """
    draft = draft_command(
        request,
        facts,
        build_time,
        acb=acb,
        acb_counter=acb_counter,
        role=role,
        tcos=tcos,
        tcos_counter=tcos_counter,
    )
    if isinstance(draft, Refused):
        return draft
    key = None if draft.signer is None else signing_keys.get(draft.signer)
    return draft.sealed(secret, None if key is None else signature_over(key, draft.message.signed_octets()))


def draft_command(
    request: ServiceRequest,
    facts: DeviceFacts,
    build_time: datetime,
    *,
    acb: UserId,
    acb_counter: int,
    role: UserRole | None = None,
    tcos: UserId | None = None,
    tcos_counter: int = 0,
) -> Draft | Refused:
    """The Command of a request that is not critical, before any key is used.

    ``acb_counter`` is used where the broker is originator, ``tcos`` and ``tcos_counter`` where the transitional
    change of supplier party is. ``Refused`` as for ``build_pre_command``.
    """
    use_case = _use_case(request, facts, role)
    if isinstance(use_case, Refused):
        return use_case
    if use_case.critical:
        return Refused(f"{use_case.name} is critical: its Command is completed from a Signed Pre-Command")
    name = request.request_id
    originator: Eui64
    match use_case.originator:
        case Originator.USER:
            originator, counter = name.originator, name.counter
        case Originator.ACB:
            originator, counter = acb, acb_counter
        case Originator.TCOS:
            if tcos is None:
                return Refused(f"{use_case.name}: the transitional change of supplier party is missing")
            originator, counter = tcos, tcos_counter
        case _:
            assert_never(use_case.originator)
    message = _message(
        use_case,
        request,
        Inputs(
            body=request.body,
            facts=facts,
            user=name.originator,
            originator=originator,
            counter=counter,
            build_time=build_time,
        ),
    )
    if isinstance(message, Refused):
        return message
    signer = use_case.originator if use_case.signed_by_dcc else None
    return Draft(use_case=use_case.name, message=message, signer=signer)


def complete_command(pre_command: bytes, signed_pre_command: bytes, *, secret: bytes) -> bytes | Refused:
    """The Command around a Signed Pre-Command, after checking that it is the Pre-Command that was issued.

    The signature itself is ``verify_signed_pre_command``'s. ``secret`` is Z, 32 octets.
    """
    signed = _read_signed(signed_pre_command)
    if isinstance(signed, Refused):
        return signed
    if not signed_pre_command.startswith(pre_command + length_octets(SIGNATURE_LENGTH)):
        finding = _difference(pre_command, signed_pre_command, signed.header)
        return Refused(f"the Signed Pre-Command is not the Pre-Command that was issued: {finding}")
    return cipher_frame(signed_pre_command, message_mac(signed, signed_pre_command, secret))


def sign_pre_command(pre_command: bytes, private_key: ec.EllipticCurvePrivateKey) -> bytes:
    """The user's part: the Signed Pre-Command. Everything after the tag is signed, whatever it says."""
    return pre_command + length_octets(SIGNATURE_LENGTH) + signature_over(private_key, pre_command[1:])


def verify_signed_pre_command(signed: bytes, public_key: ec.EllipticCurvePublicKey) -> str | None:
    """Why a Signed Pre-Command is not signed by the owner of the digital-signing key; ``None`` if it is."""
    message = _read_signed(signed)
    if isinstance(message, Refused):
        return message.reason
    if verify(public_key, message):
        return None
    return "the signature of the Signed Pre-Command does not verify with the originator's digital-signing key"


def build_response(command: bytes, content: bytes, *, secret: bytes) -> bytes:
    """A device's Response to a Command: same message code and counter, roles swapped, MAC with CRA 02.

    Assumed: RTDS shows Commands only. Taken here is that the Response is not signed, and that its
    other information is the message code alone. Raises ValueError when ``command`` is not a Command.
    """
    asked = decode_message(command)
    if not isinstance(asked, Command) or asked.message.header.cra is not CraFlag.COMMAND:
        raise ValueError("a Response answers a Command (general-ciphering, CRA flag 01)")
    header = asked.message.header
    answer = GroupingHeader(
        cra=CraFlag.RESPONSE,
        counter=header.counter,
        originator=header.recipient,
        recipient=header.originator,
        message_code=header.message_code,
    )
    return _with_mac(GeneralSigned(header=answer, content=content), secret)


def _use_case(request: ServiceRequest, facts: DeviceFacts, role: UserRole | None) -> UseCase | Refused:
    target = request.request_id.target
    if facts.id != target:
        return NoUseCase(f"the facts are of {facts.id}, the request is addressed to {target}")
    return select_use_case(request.variant, request.body, facts, role)


def _message(use_case: UseCase, request: ServiceRequest, inputs: Inputs) -> GeneralSigned | Refused:
    reason = use_case.payload.refusal(inputs)
    if reason is not None:
        return Refused(f"{use_case.name}: {reason}")
    header = GroupingHeader(
        cra=CraFlag.COMMAND,
        counter=inputs.counter,
        originator=inputs.originator,
        recipient=inputs.facts.id,
        message_code=use_case.message_code,
        supplementary=_supplementary(use_case.supplementary, request),
    )
    return GeneralSigned(header=header, content=use_case.payload.encode(inputs))


def _supplementary(kind: Supplementary, request: ServiceRequest) -> bytes:
    match kind:
        case Supplementary.NONE:
            return b""
        case Supplementary.PARTY:
            certificate = b""
        case Supplementary.PARTY_AND_CERTIFICATE:
            certificate = ka_credentials(request.body) or b""
        case _:
            assert_never(kind)
    name = request.request_id
    party = SupplementaryParty(id=name.originator, counter=name.counter, key_agreement_certificate=certificate)
    return party.encode()


def _with_mac(message: GeneralSigned, secret: bytes) -> bytes:
    encoded = message.encode_unsigned() + length_octets(0)
    return cipher_frame(encoded, message_mac(message, encoded, secret))


def _read_signed(octets: bytes) -> GeneralSigned | Refused:
    try:
        message = decode_message(octets)
    except ValueError as fault:
        return Refused(f"the Signed Pre-Command cannot be read: {fault}")
    if isinstance(message, Command):
        return Refused("a Signed Pre-Command is general-signing (DF), found general-ciphering (DD)")
    if not message.signature:
        return Refused("the Pre-Command came back without a signature")
    return message


def _difference(issued: bytes, returned: bytes, found: GroupingHeader) -> str:
    """The field of the header that is another, or else the first such octet, counted from 0."""
    expected = decode_message(issued)
    if isinstance(expected, GeneralSigned):
        ours = expected.header
        for what, wanted, got in (
            ("recipient", ours.recipient, found.recipient),
            ("originator", ours.originator, found.originator),
            ("counter", ours.counter, found.counter),
            ("message code", f"{ours.message_code:04X}", f"{found.message_code:04X}"),
        ):
            if wanted != got:
                return f"its {what} is {got}, expected {wanted}"
    pairs = enumerate(zip(issued, returned, strict=False))
    place = next((place for place, (ours, theirs) in pairs if ours != theirs), min(len(issued), len(returned)))
    return f"octet {place} differs"
