"""Certificates on devices, joins, clocks: the published messages, who signs them, what is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from gbcs_world import BROKER_COUNTER, BROKER_KEY, DEVICE_KEY, SECRET, USER_KEY, certificate_of, facts, request
from test_gbcs_reference_vectors import BROKER, BUILD_TIME

from gbcs import der
from gbcs.build import build_command, build_pre_command
from gbcs.crypto import verify
from gbcs.facts import DeviceFacts
from gbcs.message import Command, GeneralSigned, decode_message
from gbcs.refusal import NoUseCase, Refused
from gbcs.select import select_use_case
from gbcs.usecases.usecase import Originator, UseCase
from schemas.request import OtherBody, Part, ServiceRequest
from schemas.vocabulary import DeviceId, DeviceType, Eui64, ServiceReferenceVariant, UserId

ESME, GSME, GPF, CHF = DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF
PPMID, HCALCS, IHD = DeviceType.PPMID, DeviceType.HCALCS, DeviceType.IHD
TCOS = UserId.parse("90-B3-D5-1F-30-00-00-04")
OLD_LOG = ((DeviceId(0x0011223344556677), PPMID), (DeviceId(0x8899AABBCCDDEEFF), IHD))
SIGNERS = {Originator.ACB: BROKER_KEY, Originator.TCOS: DEVICE_KEY}
A_CERTIFICATE = certificate_of(USER_KEY)

PRE_COMMANDS: dict[str, tuple[DeviceType, DeviceType | None]] = {
    "CS02bNOByNO_6.15.1_SUCCESS": (ESME, None),
    "CS02bSupplierBySupplier_6.15.1_CANCELLATION_SUCCESS": (ESME, None),
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS": (ESME, None),
    "CS02c_6.17_SUCCESS": (ESME, None),
    "CS02d_6.15.2_SUCCESS": (ESME, None),
    "CS02e_6.24.2_SUCCESS": (ESME, None),
    "CS02gLoadControllerBySupplier_6.15.1_FUTURE_DATED_SUCCESS": (ESME, None),
    "CS02gLoadControllerBySupplier_6.15.1_IMMEDIATE_SUCCESS": (ESME, None),
    "CS03A1_8.7.1_SUCCESS": (ESME, HCALCS),
    "CS03A2Critical_8.7.1_SUCCESS": (HCALCS, ESME),
    "CS03CCritical_8.7.1_SUCCESS": (GSME, PPMID),
    "CS04ACCritical_8.8.1_SUCCESS": (ESME, None),
    "GCS28_6.11_SUCCESS": (GSME, None),
    "GCS28Commission_8.1.1_SUCCESS": (GSME, None),
}
"""Stems of the critical pairs, with the type of the device and of the one that joins it."""
COMMANDS: dict[str, tuple[DeviceType, DeviceType | None]] = {
    "CS02aMAC_6.24.1_SUCCESS": (ESME, None),
    "CS02fMAC_6.24.1_SUCCESS": (ESME, None),
    "CS02bACBByACB_8.5_SUCCESS": (ESME, None),
    "CS02bNOByNOHandover_6.21_SUCCESS": (GPF, None),
    "CS02bSupplierBySupplierHandover_6.21_SUCCESS": (GPF, None),
    "CS02bSupplierByTransCoS_6.23_FUTURE_DATED_SUCCESS": (ESME, None),
    "CS02bSupplierByTransCoS_6.23_CANCELLATION_SUCCESS": (ESME, None),
    "CS03A2NonCritical_8.7.2_SUCCESS": (PPMID, ESME),
    "CS03B_8.7.2_SUCCESS": (GSME, GPF),
    "CS03CNonCritical_8.7.2_SUCCESS": (PPMID, GSME),
    "CS04ACNonCritical_8.8.2_SUCCESS": (PPMID, None),
    "CS04B_8.8.2_SUCCESS": (GSME, None),
    "CS07_8.9_SUCCESS": (GSME, None),
    "GCS59_8.12.2_SUCCESS": (GPF, None),
}


def octets_of(element: der.Element) -> bytes:
    return element.encode()


def joining_certificate(content: bytes) -> bytes | None:
    """What the vector says of the joining device: its certificate is an input of the builder."""
    tree = der.decode(content)
    if isinstance(tree.content, tuple) and len(tree.content) == 4:
        return octets_of(tree.content[3])
    return None


@pytest.fixture
def corrected(
    template: Callable[[str], ServiceRequest], messages: dict[str, Command | GeneralSigned]
) -> Callable[[str], ServiceRequest]:
    """The request of a pair. Two inputs differ from what their vectors were made of, as the facts say."""

    def read(stem: str) -> ServiceRequest:
        asked = template(stem)
        body = asked.body
        assert isinstance(body, OtherBody)
        if stem.startswith("CS02g"):
            certificates = replaced_certificates(content_of(messages[f"{stem}_PRECOMMAND"]))
            body = with_certificates(body, certificates)
        return msgspec.structs.replace(asked, body=body)

    return read


def content_of(message: Command | GeneralSigned) -> bytes:
    return (message.message if isinstance(message, Command) else message).content


def members(element: der.Element) -> tuple[der.Element, ...]:
    assert isinstance(element.content, tuple)
    return element.content


def replaced_certificates(content: bytes) -> list[bytes]:
    replacements = members(members(der.decode(content))[1])
    return [octets_of(members(each)[0]) for each in replacements]


def with_certificates(body: OtherBody, certificates: list[bytes]) -> OtherBody:
    names = ("DigitalSigningCertificate", "KeyAgreementCertificate")
    inner = tuple(
        Part(name=name, text=base64.b64encode(octets).decode())
        for name, octets in zip(names, certificates, strict=True)
    )
    group = Part(
        name="ReplacementCertificates", parts=(Part(name="SupplierOrNetworkOperatorCertificates", parts=inner),)
    )
    return msgspec.structs.replace(body, parts=tuple(group if part.name == group.name else part for part in body.parts))


@pytest.mark.parametrize("stem", PRE_COMMANDS)
def test_a_pre_command_is_the_published_one(
    stem: str,
    corrected: Callable[[str], ServiceRequest],
    vectors: dict[str, bytes],
    messages: dict[str, Command | GeneralSigned],
) -> None:
    device_type, joining = PRE_COMMANDS[stem]
    asked = corrected(stem)
    certificate = joining_certificate(content_of(messages[f"{stem}_PRECOMMAND"])) if joining else None
    known = DeviceFacts(
        id=asked.request_id.target, type=device_type, joining_type=joining, joining_certificate=certificate
    )
    built = build_pre_command(asked, known, BUILD_TIME)
    assert not isinstance(built, Refused), built
    assert vectors[f"{stem}_PRECOMMAND"].hex() == built.hex()


@pytest.mark.parametrize("stem", COMMANDS)
def test_a_command_is_the_published_one_but_for_the_randomness_of_a_signature(
    stem: str,
    corrected: Callable[[str], ServiceRequest],
    vectors: dict[str, bytes],
    messages: dict[str, Command | GeneralSigned],
    secret_with: Callable[[Eui64], bytes],
) -> None:
    device_type, joining = COMMANDS[stem]
    asked = corrected(stem)
    published = messages[f"{stem}_COMMAND"]
    assert isinstance(published, Command)
    known = DeviceFacts(
        id=asked.request_id.target,
        type=device_type,
        joining_type=joining,
        joining_certificate=joining_certificate(content_of(published)) if joining else None,
        gpf_log=OLD_LOG,
    )
    counter = published.message.header.counter
    built = build_command(
        asked,
        known,
        BUILD_TIME,
        acb=BROKER,
        acb_counter=counter,
        secret=secret_with(known.id),
        tcos=TCOS,
        tcos_counter=counter,
        signing_keys=SIGNERS,
    )
    assert not isinstance(built, Refused), built
    if not published.message.signature:
        assert vectors[f"{stem}_COMMAND"].hex() == built.hex()
        return
    ours = decode_message(built)
    assert isinstance(ours, Command)
    assert published.message.signed_octets().hex() == ours.message.signed_octets().hex()
    signer = SIGNERS[Originator.TCOS if ours.message.header.originator == TCOS else Originator.ACB]
    assert verify(signer.public_key(), ours.message)


# ---- without the reference set


def text(name: str, value: str) -> Part:
    return Part(name=name, text=value)


def certificates(*names: str) -> tuple[Part, ...]:
    return tuple(text(name, base64.b64encode(A_CERTIFICATE).decode()) for name in names)


PATH = (
    Part(name="CertificationPathCertificates", parts=certificates("Certificate", "Certificate")),
    text("ApplyTimeBasedCPVChecks", "true"),
)


def update(role: str, *floors: Part, names: tuple[str, ...] = ("DigitalSigningCertificate",)) -> OtherBody:
    inner = Part(name="SupplierOrNetworkOperatorCertificates", parts=certificates(*names))
    parts = (text("RemotePartyRole", role), *floors, Part(name="ReplacementCertificates", parts=(inner,)), *PATH)
    return OtherBody(element="UpdateSecurityCredentialsKRP", parts=parts)


def tree_of(body: OtherBody, srv: str = "6.15.1", device_type: DeviceType = ESME) -> tuple[der.Element, ...]:
    built = build_pre_command(request(srv, body), facts(device_type), BUILD_TIME)
    assert not isinstance(built, Refused), built
    message = decode_message(built)
    return members(der.decode(content_of(message)))


def test_a_floor_that_is_not_given_is_not_in_the_message() -> None:
    control = members(tree_of(update("Supplier"))[0])
    assert [0x02, 0xA2, 0x83] == [each.tag for each in control]


def test_a_large_floor_keeps_its_sign_octet() -> None:
    control = members(tree_of(update("Supplier", text("RemotePartyFloorSeqNumber", str(2**63 - 1))))[0])
    assert (0x84, (2**63 - 1).to_bytes(8, "big")) == (control[-1].tag, control[-1].content)


def test_a_top_up_certificate_has_a_cell_of_its_own() -> None:
    names = ("DigitalSigningCertificate", "KeyAgreementCertificate", "KeyAgreementTopUpCertificate")
    cells = [members(each)[1].encode().hex() for each in members(tree_of(update("Supplier", names=names))[1])]
    assert ["3007020102030207 80".replace(" ", ""), "300702010203020308", "300a02010203020308020101"] == cells


def test_a_certification_path_keeps_its_order_and_length() -> None:
    assert 2 == len(members(tree_of(update("Supplier"))[2]))


CHOSEN: dict[str, tuple[str, str, OtherBody, DeviceType, dict[str, Any]]] = {
    "an ESME and a load control switch": (
        "CS03A1", "8.7.1", OtherBody(element="JoinServiceCritical"), ESME, {"joining_type": HCALCS},
    ),
    "a gas meter and a display": (
        "CS03CCritical", "8.7.1", OtherBody(element="JoinServiceCritical"), GSME, {"joining_type": PPMID},
    ),
    "a display and an ESME": (
        "CS03A2NonCritical", "8.7.2", OtherBody(element="JoinServiceNonCritical"), PPMID, {"joining_type": ESME},
    ),
    "a display and a gas meter": (
        "CS03CNonCritical", "8.7.2", OtherBody(element="JoinServiceNonCritical"), PPMID, {"joining_type": GSME},
    ),
    "the certificates of a load controller": (
        "CS02f",
        "6.24.1",
        OtherBody(
            element="RetrieveDeviceSecurityCredentialsKRP",
            parts=(text("RemotePartyRole", "Root"), text("RemotePartyRole", "LoadController")),
        ),
        ESME,
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "srv", "body", "device_type", "more"), CHOSEN.values(), ids=CHOSEN.keys())
def test_the_use_case_is_chosen_for(
    name: str, srv: str, body: OtherBody, device_type: DeviceType, more: dict[str, Any]
) -> None:
    known = msgspec.structs.replace(facts(device_type), **more)
    found = select_use_case(ServiceReferenceVariant(srv), body, known)
    assert isinstance(found, UseCase), found
    assert name == found.name


JOIN = OtherBody(element="JoinServiceNonCritical", parts=(text("OtherDeviceID", "B0-00-00-00-00-00-00-0F"),))
HANDOVER = OtherBody(
    element="RequestHandoverOfDCCControlledDevice",
    parts=(
        text("RemotePartyRole", "Supplier"),
        Part(name="ReplacementCertificates", parts=certificates("DigitalSigningCertificate")),
        *PATH,
    ),
)
COS = OtherBody(
    element="UpdateSecurityCredentialsCoS",
    parts=(
        text("SupplierFloorSeqNumber", "0"),
        Part(name="SupplierReplacementCertificates", parts=certificates("DigitalSigningCertificate")),
        *PATH,
    ),
)
REFUSED: dict[str, tuple[str, str, OtherBody, DeviceFacts]] = {
    "a joining device of unknown type": (
        "the type of the device to be joined is needed to choose between CS03A2NonCritical and CS03CNonCritical",
        "8.7.2",
        JOIN,
        facts(PPMID),
    ),
    "a joining device without a certificate": (
        "CS03CNonCritical: the key agreement certificate of the device to be joined is missing",
        "8.7.2",
        JOIN,
        msgspec.structs.replace(facts(PPMID), joining_type=GSME),
    ),
    "a Command that the DCC signs without its key": (
        "CS02bSupplierBySupplierHandover: the digital-signing key of the acb is missing",
        "6.21",
        HANDOVER,
        facts(GPF),
    ),
    "a change of supplier without its party": (
        "CS02bSupplierByTransCoS: the transitional change of supplier party is missing",
        "6.23",
        COS,
        facts(ESME),
    ),
    "a log to restore that nobody kept": (
        "GCS59: the old gas proxy function's device log is missing",
        "8.12.2",
        OtherBody(element="RestoreGPFDeviceLog", parts=(text("OldGPFID", "B0-00-00-00-00-00-00-01"),)),
        facts(GPF),
    ),
}


@pytest.mark.parametrize(("reason", "srv", "body", "known"), REFUSED.values(), ids=REFUSED.keys())
def test_no_command_is_built_for(reason: str, srv: str, body: OtherBody, known: DeviceFacts) -> None:
    built = build_command(request(srv, body), known, BUILD_TIME, acb=BROKER, acb_counter=BROKER_COUNTER, secret=SECRET)
    assert isinstance(built, Refused)
    assert reason == built.reason


def test_what_is_no_certificate_is_refused_before_anything_is_built() -> None:
    body = update("Supplier")
    path = Part(name="CertificationPathCertificates", parts=(text("Certificate", "AAAA"),))
    broken = msgspec.structs.replace(body, parts=(*body.parts[:-2], path, PATH[1]))
    built = build_pre_command(request("6.15.1", broken), facts(ESME), BUILD_TIME)
    assert isinstance(built, Refused)
    assert built.reason.startswith("CS02bSupplierBySupplier: Certificate should be a certificate in DER: ")


def test_a_role_that_no_use_case_replaces_is_refused() -> None:
    built = build_pre_command(request("6.15.1", update("Root")), facts(ESME), BUILD_TIME)
    assert isinstance(built, NoUseCase)
    assert "no GBCS use case of 6.15.1 for ESME fits the request" in built.reason


def test_a_command_that_the_dcc_signs_verifies_with_its_key_alone() -> None:
    other: ec.EllipticCurvePublicKey = USER_KEY.public_key()
    built = build_command(
        request("6.21", HANDOVER),
        facts(GPF),
        BUILD_TIME,
        acb=BROKER,
        acb_counter=BROKER_COUNTER,
        secret=SECRET,
        signing_keys=SIGNERS,
    )
    assert not isinstance(built, Refused), built
    message = decode_message(built)
    assert isinstance(message, Command)
    assert verify(BROKER_KEY.public_key(), message.message)
    assert not verify(other, message.message)
