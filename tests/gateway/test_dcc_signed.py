"""Commands that the DCC signs itself, end to end: 6.21, 6.23, 8.7.2 and 8.8.2; what happens where it has no key."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from running import SOON, Running, S, serving
from smets2_played import secret_of, the_command

from gateway.parties import load_certificates
from gateway.sandbox.stage import Post
from gateway.sandbox.user_simulator import AnswerKind
from gateway.sandbox.world import World
from gateway.settings import Settings
from gbcs.crypto import verify, verify_mac
from schemas.bodies import body_of
from schemas.credential_bodies import ChangeOfSupplierUpdate, Handover, RemotePartyRole, ReplacementCertificates
from schemas.inventory_bodies import OtherDevice
from schemas.request import AnyBody


def der_of(running: Running, name: str) -> bytes:
    file = next(running.world.directory.glob(f"*/{name}.pem"))
    return x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)


def other(element: str, name: str) -> Callable[[Running], AnyBody]:
    return lambda running: body_of(element, OtherDevice(other_device_id=running.scene.device(name)))


def handover(running: Running) -> AnyBody:
    update = Handover(
        remote_party_role=RemotePartyRole.SUPPLIER,
        remote_party_floor_seq_number=5,
        replacement_certificates=ReplacementCertificates(digital_signing_certificate=der_of(running, "alder-ds")),
        certification_path=(der_of(running, "organisation-issuing"),),
        apply_time_based_cpv_checks=True,
    )
    return body_of("RequestHandoverOfDCCControlledDevice", update)


def change_of_supplier(running: Running) -> AnyBody:
    update = ChangeOfSupplierUpdate(
        supplier_floor_seq_number=5,
        supplier_replacement_certificates=ReplacementCertificates(
            digital_signing_certificate=der_of(running, "alder-ds"),
            key_agreement_certificate=der_of(running, "alder-ds"),
            key_agreement_top_up_certificate=der_of(running, "alder-ds"),
        ),
        certification_path=(der_of(running, "organisation-issuing"),),
        apply_time_based_cpv_checks=False,
        import_mpxn="1234567890123",
    )
    return body_of("UpdateSecurityCredentialsCoS", update)


BROKER, COS = "90-B3-D5-1F-30-00-00-02", "90-B3-D5-1F-30-00-00-04"
SIGNED_BY_THE_DCC = {
    "6.21 of a gas proxy": ("6.21", "gpf", handover, BROKER, 0x0102),
    "6.23 of an ESME": ("6.23", "esme", change_of_supplier, COS, 0x0107),
    "8.7.2 of a PPMID and its ESME": ("8.7.2", "ppmid", other("JoinServiceNonCritical", "esme"), BROKER, 0x00AB),
    "8.7.2 of a PPMID and its GSME": ("8.7.2", "ppmid", other("JoinServiceNonCritical", "gsme"), BROKER, 0x00AF),
    "8.8.2 of a PPMID": ("8.8.2", "ppmid", other("UnjoinServiceNonCritical", "esme"), BROKER, 0x000F),
}


def asked(running: Running, srv: str, device: str, body: Callable[[Running], AnyBody]) -> Post:
    return running.scene.post("supplier", running.scene.device(device), srv, body(running), 1, S)


@pytest.mark.parametrize(
    ("srv", "device", "body", "signer", "code"), SIGNED_BY_THE_DCC.values(), ids=SIGNED_BY_THE_DCC.keys()
)
async def test_the_dcc_signs_and_the_device_answers(
    running: Running, srv: str, device: str, body: Callable[[Running], AnyBody], signer: str, code: int
) -> None:
    post = asked(running, srv, device, body)
    assert post.request is not None
    seen, command = await the_command(running, post)
    header = command.message.header
    assert (202, signer, code) == (seen.status, str(header.originator), header.message_code)
    (digital,) = (
        each
        for each in load_certificates(running.settings.parties.certificates).of(header.originator)
        if each.for_signatures and each.unit in {"04", "05"}
    )
    assert verify(digital.public_key, command.message)
    assert verify_mac(command, await secret_of(running, running.scene.device(device)))
    answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert (AnswerKind.RESPONSE, "I0") == (answer.kind, answer.response_code)


NO_KEYS = {
    "the broker's key": (
        {"acb_signing_key": None},
        "6.21 of a gas proxy",
        "CS02bSupplierBySupplierHandover: the digital-signing key of the acb is missing",
    ),
    "the change of supplier party": (
        {"tcos": None},
        "6.23 of an ESME",
        "CS02bSupplierByTransCoS: the transitional change of supplier party is missing",
    ),
    "its key": (
        {"tcos_signing_key": None},
        "6.23 of an ESME",
        "CS02bSupplierByTransCoS: the digital-signing key of the tcos is missing",
    ),
}


@pytest.mark.parametrize(("without", "case", "reason"), NO_KEYS.values(), ids=NO_KEYS.keys())
async def test_nothing_is_built_without(world: World, without: dict[str, None], case: str, reason: str) -> None:
    def adjust(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, gbcs=msgspec.structs.replace(settings.gbcs, **without))

    srv, device, body, *_ = SIGNED_BY_THE_DCC[case]
    async with serving(world, adjust) as running:
        answered = await running.answered(asked(running, srv, device, body))
        trace = await running.trace(answered.trace_id)
        assert ("E56", reason) == (answered.code, trace.reason)
        assert [] == running.witness.seen
