"""The DCC's GBCS keys behind their port: what is asked of their holder, how often, and when it does not answer."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import pytest
from running import Running, S
from smets2_played import secret_of

from gateway.commands import BuiltCommand, CommandBuilder
from gateway.key_files import KeyFiles, load_keys
from gateway.ports import Unavailable
from gateway.sandbox.stage import Post
from gateway.wants import facts_of, wanted_by
from gbcs.crypto import verify, verify_mac
from gbcs.message import SIGNATURE_LENGTH, Command, decode_message
from gbcs.refusal import Refused
from gbcs.usecases.usecase import Originator
from routing.decision import decide
from routing.facts import Target
from schemas.bodies import body_of
from schemas.inventory_bodies import OtherDevice
from schemas.reading import Authentic, read_request
from schemas.vocabulary import DeviceId


class RemoteKeys:
    """Keys that stand elsewhere and are reached over a wire that may be cut; all that is asked is kept."""

    def __init__(self, held: KeyFiles) -> None:
        self.asked: list[str] = []
        self.cut = False
        self._held = held

    async def agree(self, certificate: bytes) -> bytes:
        self._reach("agree")
        return await self._held.agree(certificate)

    async def sign(self, party: Originator, octets: bytes) -> bytes | None:
        self._reach(f"sign as {party.value}")
        return await self._held.sign(party, octets)

    def _reach(self, question: str) -> None:
        self.asked.append(question)
        if self.cut:
            raise Unavailable("the keys cannot be reached")


@pytest.fixture
def keys(running: Running) -> RemoteKeys:
    return RemoteKeys(load_keys(running.settings.gbcs))


@pytest.fixture
def builder(running: Running, keys: RemoteKeys) -> CommandBuilder:
    worker = running.worker
    return CommandBuilder(running.settings.gbcs.acb, keys, worker.state, worker.in_force.certificates)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as the gateway has it before it builds: what it is for, and the certificates that were looked up."""

    target: Target
    certificates: Mapping[DeviceId, bytes]


async def asked(running: Running, post: Post) -> Asked:
    in_force, now = running.worker.in_force, running.clock()
    read = read_request(post.document, in_force.schema, in_force.certificates, now)
    assert isinstance(read, Authentic)
    found = await running.worker.state.look_up(wanted_by(read.request))
    facts = facts_of(read.request, read.digest, post.web_service, now, in_force.parties, found)
    located = decide(facts, in_force.rules).located
    assert isinstance(located, Target)
    return Asked(target=located, certificates=found.certificates)


async def made(running: Running, builder: CommandBuilder, of: Asked) -> BuiltCommand | Refused:
    return await builder.command(of.target, running.clock(), None, of.certificates)


async def built(running: Running, builder: CommandBuilder, post: Post) -> Command:
    command = await made(running, builder, await asked(running, post))
    assert isinstance(command, BuiltCommand), command
    read = decode_message(command.octets)
    assert isinstance(read, Command)
    return read


def join(running: Running) -> Post:
    body = body_of("JoinServiceNonCritical", OtherDevice(other_device_id=running.scene.device("esme")))
    return running.scene.post("supplier", running.scene.device("ppmid"), "8.7.2", body, 1, S)


async def test_a_secret_is_agreed_once_for_each_certificate(
    running: Running, keys: RemoteKeys, builder: CommandBuilder
) -> None:
    esme, state = running.scene.device("esme"), running.worker.state
    for device in ("esme", "esme", "gsme", "esme"):
        await built(running, builder, running.registers(device))
    assert ["agree", "agree"] == keys.asked
    record, other = await state.device(esme), await state.key_agreement_certificate(running.scene.device("gsme"))
    assert record is not None
    assert other is not None
    await state.import_devices([record], {esme: other})
    await built(running, builder, running.registers("esme"))
    await built(running, builder, running.registers("esme"))
    assert ["agree"] * 3 == keys.asked


async def test_what_the_dcc_signs_is_signed_by_the_holder_of_the_key(
    running: Running, keys: RemoteKeys, builder: CommandBuilder
) -> None:
    command = await built(running, builder, join(running))
    assert ["agree", "sign as acb"] == keys.asked
    assert verify_mac(command, await secret_of(running, running.scene.device("ppmid")))
    acb = running.settings.gbcs.acb
    signers = [each for each in running.worker.in_force.certificates.of(acb) if each.unit == "04"]
    assert [True] == [verify(each.public_key, command.message) for each in signers if each.for_signatures]


async def test_keys_that_cannot_be_reached_are_not_a_refusal(
    running: Running, keys: RemoteKeys, builder: CommandBuilder
) -> None:
    wanted = await asked(running, running.registers())
    keys.cut = True
    with pytest.raises(Unavailable, match=r"^the keys cannot be reached$"):
        await made(running, builder, wanted)
    keys.cut = False
    assert isinstance(await made(running, builder, wanted), BuiltCommand)


async def test_a_party_without_a_key_signs_nothing(running: Running) -> None:
    section = msgspec.structs.replace(running.settings.gbcs, acb_signing_key=None)
    keys = load_keys(section)
    assert await keys.sign(Originator.ACB, b"octets") is None
    signature = await keys.sign(Originator.TCOS, b"octets")
    assert signature is not None
    assert SIGNATURE_LENGTH == len(signature)


async def test_a_certificate_that_is_none_is_refused_by_its_device(
    running: Running, keys: RemoteKeys, builder: CommandBuilder
) -> None:
    esme, state = running.scene.device("esme"), running.worker.state
    record = await state.device(esme)
    assert record is not None
    await state.import_devices([record], {esme: b"no certificate"})
    refused = await made(running, builder, await asked(running, running.registers()))
    assert isinstance(refused, Refused)
    assert refused.reason.startswith(f"the key agreement certificate of {esme} cannot be used: ")
