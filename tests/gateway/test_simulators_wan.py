"""The simulated WAN providers and the devices behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from simulated_world import (
    ACB,
    COUNTER,
    ESME,
    GSME,
    HUB,
    KEYS,
    NOW,
    PPMID,
    SMETS1_ESME,
    STRANGER,
    USER,
    Sandbox,
    countersigned,
    request_of,
    sandbox,
)

from gateway.ports import Far
from gateway.sandbox.faults import Fault, FaultKind
from gbcs import gbz
from gbcs.build import build_command, build_pre_command, build_response, complete_command
from gbcs.crypto import shared_secret, sign, verify_mac
from gbcs.facts import DeviceFacts
from gbcs.message import Command, CraFlag, GeneralSigned, decode_message
from gbcs.octets import length_octets
from routing.inventory import Device
from schemas.signature import SigningIdentity
from schemas.vocabulary import DeviceId

GBCS = "application/octet-stream"
XML = "application/xml"
ACB_COUNTER = 77


@pytest.fixture
async def far_sides() -> AsyncIterator[Sandbox]:
    async with sandbox() as started:
        yield started


async def secret_of(device: DeviceId) -> bytes:
    certificate = await KEYS.book.key_agreement_certificate(device)
    assert certificate is not None
    return shared_secret(KEYS.acb, certificate)


def facts(device: Device) -> DeviceFacts:
    return DeviceFacts(id=device.id, type=device.type)


async def command(service: str, device: Device) -> bytes:
    """As the gateway builds it for a request that is not critical."""
    built = build_command(
        request_of(service, device.id),
        facts(device),
        NOW,
        acb=ACB,
        acb_counter=ACB_COUNTER,
        secret=await secret_of(device.id),
    )
    assert isinstance(built, bytes), built
    return built


async def signed_command(service: str, device: Device, signer: SigningIdentity = KEYS.user_ds) -> bytes:
    """As the gateway completes it from a Signed Pre-Command."""
    issued = build_pre_command(request_of(service, device.id), facts(device), NOW)
    assert isinstance(issued, bytes), issued
    message = decode_message(issued + length_octets(0))
    assert isinstance(message, GeneralSigned)
    completed = complete_command(issued, sign(signer.key, message).encode(), secret=await secret_of(device.id))
    assert isinstance(completed, bytes), completed
    return completed


async def answered(far_sides: Sandbox, device: Device) -> GeneralSigned:
    """The next message, which must be a Response of the device with its MAC."""
    posted = await far_sides.gateway.next()
    assert ("/wan/v1/messages", GBCS) == (posted.path, posted.content_type)
    message = decode_message(posted.body)
    assert isinstance(message, Command)
    assert verify_mac(message, await secret_of(device.id))
    return message.message


VERSION = b"00000001".hex()
INVOKE_ID = (COUNTER & 0xFFFFFF).to_bytes(3, "big").hex()
READINGS = [
    pytest.param("11.2", ESME, f"da20{INVOKE_ID}0000010908{VERSION}010100", 21, id="an ESME tells its version"),
    pytest.param("11.2", GSME, f"01090101070200101800010602004108{VERSION}", 24, id="a GSME tells its version"),
    pytest.param("11.2", PPMID, f"0408{VERSION}", 10, id="a PPMID reached through its hub tells its version"),
    pytest.param("4.1.1", ESME, f"da20{INVOKE_ID}0000010940", 77, id="an ESME's register is opaque"),
    pytest.param(
        "4.1.1",
        GSME,
        "01090101070200201800010203" + "0022e80300" + "01030022010000" + "0003003001" + "00000025",
        40,
        id="a GSME's register is in thousandths of a cubic metre",
    ),
    pytest.param("4.8.1", ESME, f"da20{INVOKE_ID}0000010940", 77, id="an ESME's profile is opaque"),
    pytest.param("4.8.1", GSME, "010901010702001a090007", 34, id="a GSME's profile has its half-hours"),
    pytest.param("2.2", ESME, f"da20{INVOKE_ID}00000100010300", 12, id="an ESME confirms a top-up"),
    pytest.param("2.2", GSME, "010901010705000518000b0400", 13, id="a GSME confirms a top-up"),
    pytest.param("8.11", HUB, "da2000004d00000100010300", 12, id="a hub confirms its device log to the broker"),
]


@pytest.mark.parametrize(("service", "device", "beginning", "length"), READINGS)
async def test_a_device_responds(far_sides: Sandbox, service: str, device: Device, beginning: str, length: int) -> None:
    octets = await command(service, device)
    asked = decode_message(octets)
    assert isinstance(asked, Command)
    assert (202, "") == await far_sides.post("/wan/North", octets, GBCS)
    response = await answered(far_sides, device)
    header, question = response.header, asked.message.header
    expected = (CraFlag.RESPONSE, question.originator, device.id, question.counter, question.message_code)
    assert expected == (header.cra, header.recipient, header.originator, header.counter, header.message_code)
    assert (beginning, length) == (response.content.hex()[: len(beginning)], len(response.content))


@pytest.mark.parametrize("device", [ESME, GSME], ids=["an ESME", "a GSME"])
async def test_a_signed_command_is_answered(far_sides: Sandbox, device: Device) -> None:
    assert (202, "") == await far_sides.post("/wan/North", await signed_command("7.2", device), GBCS)
    header = (await answered(far_sides, device)).header
    assert (USER, COUNTER) == (header.recipient, header.counter)


async def test_a_profile_starts_where_it_was_asked_to(far_sides: Sandbox) -> None:
    await far_sides.post("/wan/North", await command("4.8.1", GSME), GBCS)
    (component,) = gbz.decode((await answered(far_sides, GSME)).content)
    asked_for = decode_message(await command("4.8.1", GSME))
    assert isinstance(asked_for, Command)
    (asked,) = gbz.decode(asked_for.message.content)
    assert (0x0702, 0x07, asked.payload[:7]) == (component.cluster, component.command, component.payload[:7])
    interval, count = (int.from_bytes(component.payload[i : i + 2], "little") for i in (7, 9))
    assert (1800, 4, 11 + 3 * 4) == (interval, count, len(component.payload))


async def test_an_activated_version_is_told_by_the_next_read(far_sides: Sandbox) -> None:
    await far_sides.post("/wan/North", await signed_command("11.3", ESME), GBCS)
    assert bytes.fromhex("300d020100") + b"\x04\x080002012F" == (await answered(far_sides, ESME)).content
    await far_sides.post("/wan/North", await command("11.2", ESME), GBCS)
    assert b"\x09\x080002012F" in (await answered(far_sides, ESME)).content


async def test_an_image_that_is_not_held_is_not_activated(far_sides: Sandbox) -> None:
    await far_sides.post("/wan/North", await signed_command("11.3 of an unknown image", ESME), GBCS)
    assert bytes.fromhex("300d020101") + b"\x04\x0800000001" == (await answered(far_sides, ESME)).content


async def test_a_later_activation_is_only_accepted(far_sides: Sandbox) -> None:
    await far_sides.post("/wan/North", await signed_command("11.3 in 2026", ESME), GBCS)
    assert bytes.fromhex("0500") == (await answered(far_sides, ESME)).content


async def _wrong_mac() -> bytes:
    octets = await command("2.2", ESME)
    return octets[:-1] + bytes((octets[-1] ^ 1,))


async def _wrong_signature() -> bytes:
    return await signed_command("7.2", ESME, KEYS.other_user)


async def _response() -> bytes:
    return build_response(await command("2.2", ESME), b"\x05\x00", secret=await secret_of(ESME.id))


async def _stranger() -> bytes:
    octets = await command("2.2", ESME)
    return octets.replace(ESME.id.octets, STRANGER.octets)


async def _not_gbcs() -> bytes:
    return b"<xml></xml>"


async def _elsewhere() -> bytes:
    return await command("2.2", ESME)


REFUSALS = [
    pytest.param(
        _not_gbcs,
        "North",
        400,
        "a GBCS message starts with DF (general-signing) or DD (general-ciphering), found 3C",
        id="what is no GBCS message",
    ),
    pytest.param(
        _response, "North", 400, "expected a Command (general-ciphering, CRA flag 01)", id="what is no Command"
    ),
    pytest.param(_stranger, "North", 404, f"there is no device {STRANGER} behind this WAN", id="an unknown device"),
    pytest.param(_elsewhere, "South", 404, f"{ESME.id} is in region North, this is South", id="another region's"),
    pytest.param(_wrong_mac, "North", 400, f"the MAC of the Command for {ESME.id} does not verify", id="a wrong MAC"),
    pytest.param(
        _wrong_signature, "North", 400, f"no known key of {USER} made the Command's signature", id="a wrong signature"
    ),
]


@pytest.mark.parametrize(("octets", "region", "status", "reason"), REFUSALS)
async def test_a_wan_does_not_take(
    far_sides: Sandbox, octets: Callable[[], object], region: str, status: int, reason: str
) -> None:
    body = await octets()  # type: ignore[misc]
    assert (status, reason) == await far_sides.post(f"/wan/{region}", body, GBCS)
    assert await far_sides.gateway.nothing_more()


async def test_a_wan_takes_gbcs_and_xml_only(far_sides: Sandbox) -> None:
    found = await far_sides.post("/wan/North", await command("2.2", ESME), "text/plain")
    assert (415, "expected application/octet-stream, found text/plain") == found


async def test_firmware_for_distribution_is_taken_without_an_answer(far_sides: Sandbox) -> None:
    document = countersigned("11.1", DeviceId(ACB), s1sp="North", devices=(ESME.id, GSME.id))
    assert (202, "") == await far_sides.post("/wan/North", document, XML, "k1")
    assert await far_sides.gateway.nothing_more()
    visits = far_sides.simulators.wan.visits("North")
    assert [f"11.1 {USER}:{ACB}:{COUNTER} for 2 devices"] == [visit.what for visit in visits.last]


async def test_other_countersigned_requests_are_not_a_wans(far_sides: Sandbox) -> None:
    found = await far_sides.post("/wan/North", countersigned("2.2", SMETS1_ESME.id), XML)
    assert (400, "a WAN distributes the images of 11.1; this is 2.2") == found


@pytest.mark.parametrize("key", ["k1", None], ids=["with its key", "letter for letter"])
async def test_a_repeated_command_is_not_executed_twice(far_sides: Sandbox, key: str | None) -> None:
    octets = await command("2.2", ESME)
    for _ in range(3):
        assert (202, "") == await far_sides.post("/wan/North", octets, GBCS, key)
    await answered(far_sides, ESME)
    assert await far_sides.gateway.nothing_more()
    visits = far_sides.simulators.wan.visits("North")
    assert (3, 1, 2) == (visits.posts, visits.taken, visits.repeated)


async def struck(far_sides: Sandbox, kind: FaultKind, service: str = "2.2", device: Device = ESME) -> None:
    far_sides.simulators.faults.switch_on(Fault(far=Far.WAN, kind=kind, times=1))
    assert (202, "") == await far_sides.post("/wan/North", await command(service, device), GBCS)


async def test_a_lost_answer_never_comes(far_sides: Sandbox) -> None:
    await struck(far_sides, FaultKind.LOSE_ANSWER)
    assert await far_sides.gateway.nothing_more()


async def test_a_duplicated_answer_comes_twice_letter_for_letter(far_sides: Sandbox) -> None:
    await struck(far_sides, FaultKind.DUPLICATE_ANSWER)
    first, second = [await far_sides.gateway.next() for _ in range(2)]
    assert first == second


async def test_a_second_reading_is_another_one(far_sides: Sandbox) -> None:
    await struck(far_sides, FaultKind.ANSWER_TWICE, "4.1.1", GSME)
    first, second = [await answered(far_sides, GSME) for _ in range(2)]
    assert first.header == second.header
    assert first.content != second.content


async def test_a_wrong_mac_does_not_verify(far_sides: Sandbox) -> None:
    await struck(far_sides, FaultKind.WRONG_MAC)
    message = decode_message((await far_sides.gateway.next()).body)
    assert isinstance(message, Command)
    assert not verify_mac(message, await secret_of(ESME.id))


async def test_an_alert_can_come_instead_of_the_response(far_sides: Sandbox) -> None:
    await struck(far_sides, FaultKind.ALERT)
    header = (await answered(far_sides, ESME)).header
    assert (CraFlag.ALERT, ESME.id, USER) == (header.cra, header.originator, header.recipient)
    assert int(NOW.timestamp()) * 1000 == header.counter
