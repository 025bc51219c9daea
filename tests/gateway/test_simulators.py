"""The simulated S1SPs: what they take, what they answer, and the faults they can be told to have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from lxml import etree
from simulated_world import (
    ACB,
    COUNTER,
    IOC,
    IOC_ESME,
    JOINED_PPMID,
    KEYS,
    NOW,
    OTHER_USER,
    SECURE,
    SMETS1_ESME,
    SMETS1_GSME,
    SMETS1_HUB,
    STRANGER,
    USER,
    Sandbox,
    countersigned,
    request_document,
    request_id,
    sandbox,
)

from gateway.ports import Far
from gateway.sandbox.courier import Courier, RetryPolicy
from gateway.sandbox.faults import Fault, FaultKind
from routing.inventory import Device
from schemas.far_side import S1spAlert, Smets1Answer, read_s1sp_message
from schemas.request import Malformed, Unauthenticated
from schemas.vocabulary import DeviceId
from schemas.xsd import MESSAGE_MAPPING_NAMESPACE, DuisSchema, own_schema, published_schema

XML = "application/xml"
ACB_DEVICE = DeviceId(ACB)
SCHEMA = own_schema()
_RA = f"{{{MESSAGE_MAPPING_NAMESPACE}}}"


@pytest.fixture
async def far_sides() -> AsyncIterator[Sandbox]:
    async with sandbox() as started:
        yield started


@pytest.fixture(scope="session")
def published(reference_dir: Path) -> DuisSchema:
    files = (f for f in (reference_dir / "duis-5.4").iterdir() if f.suffix in {".xsd", ".dtd"})
    return published_schema({f.name: f.read_bytes() for f in files})


def read(document: bytes) -> Smets1Answer | S1spAlert | Malformed | Unauthenticated:
    return read_s1sp_message(document, SCHEMA, KEYS.certificates, NOW)


def answer_of(device: Device, *, failed: bool = False) -> Smets1Answer:
    return Smets1Answer(signer=SECURE, device=device.id, user=USER, counter=COUNTER, is_alert=False, failed=failed)


def texts(document: bytes, *names: str) -> list[str | None]:
    """The texts of the first element of each name, of the message mapping namespace."""
    root = etree.fromstring(document)
    return [root.findtext(f".//{_RA}{name}") for name in names]


async def asked(far_sides: Sandbox, document: bytes, name: str = "secure", key: str | None = None) -> tuple[int, str]:
    return await far_sides.post(f"/s1sp/{name}", document, XML, key)


SERVICES = [
    pytest.param("4.1.1", SMETS1_ESME, {"ActiveEnergyUnit": "Wh"}, id="an ESME's registers are in watt-hours"),
    pytest.param("4.1.1", SMETS1_GSME, {"Unit": "m3"}, id="a GSME's register is in cubic metres"),
    pytest.param("4.8.1", SMETS1_ESME, {"Timestamp": "2025-06-10T12:00:00.00Z"}, id="an ESME's profile"),
    pytest.param("4.8.1", SMETS1_GSME, {"ServiceReference": "4.8"}, id="a GSME's profile"),
    pytest.param("2.2", SMETS1_ESME, {"TopUpDeviceRsp": ""}, id="a top-up is confirmed"),
    pytest.param("7.2", SMETS1_ESME, {"DisableSupplyRsp": ""}, id="a disabled supply is confirmed"),
    pytest.param("8.11", SMETS1_HUB, {"UpdateHANDeviceLogRsp": ""}, id="an updated device log is confirmed"),
    pytest.param("11.2", SMETS1_ESME, {"FirmwareVersion": "00000001"}, id="the version is the inventory's"),
    pytest.param("11.2", JOINED_PPMID, {"FirmwareVersion": "00000001"}, id="a PPMID joined to a SMETS1 hub answers"),
    pytest.param("11.3", SMETS1_ESME, {"ASN1Status": "success"}, id="a known image is activated"),
    pytest.param("11.3 in 2026", SMETS1_ESME, {"ASN1Status": None}, id="a later activation has no outcome yet"),
]


@pytest.mark.parametrize(("service", "device", "said"), SERVICES)
async def test_a_device_answers(far_sides: Sandbox, service: str, device: Device, said: dict[str, str | None]) -> None:
    assert (202, "") == await asked(far_sides, countersigned(service, device.id))
    posted = await far_sides.gateway.next()
    assert ("/s1sp/v1/secure/messages", XML) == (posted.path, posted.content_type)
    assert answer_of(device) == read(posted.body)
    assert list(said.values()) == texts(posted.body, *said)
    assert await far_sides.gateway.nothing_more()


@pytest.mark.parametrize(("service", "device", "said"), SERVICES)
@pytest.mark.parametrize("supplementary", [False, True], ids=["for a user", "for a supplementary remote party"])
async def test_the_published_schema_takes_the_answer(
    far_sides: Sandbox,
    published: DuisSchema,
    service: str,
    device: Device,
    said: dict[str, str | None],
    supplementary: bool,
) -> None:
    await asked(far_sides, countersigned(service, device.id, supplementary=supplementary))
    found = published.read((await far_sides.gateway.next()).body)
    assert not isinstance(found, Malformed), found


async def test_a_profile_has_the_half_hours_of_the_period(far_sides: Sandbox) -> None:
    await asked(far_sides, countersigned("4.8.1", SMETS1_ESME.id))
    root = etree.fromstring((await far_sides.gateway.next()).body)
    moments = [entry.findtext(f"{_RA}Timestamp") for entry in root.iter(f"{_RA}LogEntry")]
    assert ["2025-06-01T00:30:00.00Z", "2025-06-01T01:00:00.00Z", "2025-06-01T01:30:00.00Z"] == moments


async def test_the_header_names_device_user_and_service(far_sides: Sandbox) -> None:
    await asked(far_sides, countersigned("11.2", SMETS1_ESME.id, supplementary=True))
    names = ["BusinessOriginatorID", "BusinessTargetID", "OriginatorCounter", "SupplementaryRemotePartyID"]
    names += ["SupplementaryRemotePartyCounter", "ServiceReference", "ServiceReferenceVariant", "Timestamp"]
    expected = [str(SMETS1_ESME.id), str(USER), str(COUNTER), str(USER), str(COUNTER), "11.2", "11.2"]
    assert [*expected, "2025-06-10T12:00:00.00Z"] == texts((await far_sides.gateway.next()).body, *names)


async def test_an_activated_version_is_read_afterwards(far_sides: Sandbox) -> None:
    for service in ("11.3", "11.2"):
        await asked(far_sides, countersigned(service, SMETS1_ESME.id))
        posted = await far_sides.gateway.next()
        assert ["0002012F"] == texts(posted.body, "FirmwareVersion")


async def test_an_image_that_is_not_held_fails(far_sides: Sandbox, published: DuisSchema) -> None:
    await asked(far_sides, countersigned("11.3 of an unknown image", SMETS1_ESME.id))
    posted = await far_sides.gateway.next()
    assert answer_of(SMETS1_ESME, failed=True) == read(posted.body)
    assert [f"no image with hash {'FF' * 32} is held"] == texts(posted.body, "Error")
    assert not isinstance(published.read(posted.body), Malformed)


async def test_firmware_for_distribution_has_no_answer_per_device(far_sides: Sandbox) -> None:
    document = countersigned("11.1", ACB_DEVICE, devices=(SMETS1_ESME.id, SMETS1_GSME.id))
    assert (202, "") == await asked(far_sides, document)
    assert await far_sides.gateway.nothing_more()
    assert 1 == far_sides.simulators.s1sps.visits("secure").taken


async def test_a_large_image_is_read_and_verified_too(far_sides: Sandbox) -> None:
    request = request_document("11.1", ACB_DEVICE, image="QUJD" * 50_000)
    document = countersigned("11.1", ACB_DEVICE, devices=(SMETS1_ESME.id,), request=request)
    assert (202, "") == await asked(far_sides, document)
    assert len(document) == far_sides.simulators.s1sps.visits("secure").last[0].octets
    assert (400, "the countersigned request: the document is not the one that was signed (its digest differs)") == (
        await asked(far_sides, document.replace(b"11.1</csr", b"11.4</csr"))
    )


async def test_every_device_of_the_request_answers(far_sides: Sandbox) -> None:
    await asked(far_sides, countersigned("11.2", SMETS1_ESME.id, devices=(SMETS1_ESME.id, SMETS1_GSME.id)))
    posted = {(await far_sides.gateway.next()).body for _ in range(2)}
    answers = {message.device for message in map(read, posted) if isinstance(message, Smets1Answer)}
    assert {SMETS1_ESME.id, SMETS1_GSME.id} == answers


STRANGERS = [
    pytest.param("secure", STRANGER, f"{STRANGER} is not known", id="one that is not in the inventory"),
    pytest.param("secure", IOC_ESME.id, f"{IOC_ESME.id} is not operated by S1SP secure", id="one of another provider"),
]


@pytest.mark.parametrize(("name", "device", "information"), STRANGERS)
async def test_an_unknown_device_raises_an_alert(
    far_sides: Sandbox, published: DuisSchema, name: str, device: DeviceId, information: str
) -> None:
    await asked(far_sides, countersigned("11.2", device), name)
    posted = await far_sides.gateway.next()
    expected = S1spAlert(signer=SECURE, code="S1SIM-DEVICE-UNKNOWN", request_id=request_id(device), device=device)
    assert expected == read(posted.body)
    assert f"<sr:AdditionalInformation>{information}</sr:AdditionalInformation>".encode() in posted.body
    assert not isinstance(published.read(posted.body), Malformed)


def _changed_inside() -> bytes:
    return countersigned(
        "7.2",
        SMETS1_ESME.id,
        request=request_document("7.2", SMETS1_ESME.id).replace(b"<sr:CommandVariant>1", b"<sr:CommandVariant>2"),
    )


def _changed_outside() -> bytes:
    return countersigned("7.2", SMETS1_ESME.id).replace(b">7.2</csr", b">7.1</csr")


REFUSALS: list[object] = [
    pytest.param(
        lambda: b"<not-closed>",
        400,
        "the countersigned request: /not-closed expected </not-closed>, found the end of the document",
        id="what is not XML",
    ),
    pytest.param(
        lambda: request_document("7.2", SMETS1_ESME.id),
        400,
        f"the countersigned request: expected the DCC's signature, found that of {USER}",
        id="a request that only its user signed",
    ),
    pytest.param(
        _changed_outside,
        400,
        "the countersigned request: the document is not the one that was signed (its digest differs)",
        id="a countersigned request that was changed",
    ),
    pytest.param(
        lambda: countersigned("7.2", SMETS1_ESME.id, signed_by=KEYS.user),
        400,
        f"the countersigned request: expected the DCC's signature, found that of {USER}",
        id="one that a user countersigned",
    ),
    pytest.param(
        _changed_inside,
        400,
        "the request inside: the document is not the one that was signed (its digest differs)",
        id="a user's request that was changed before it was countersigned",
    ),
    pytest.param(
        lambda: countersigned(
            "7.2", SMETS1_ESME.id, request=request_document("7.2", SMETS1_ESME.id, signed_by=KEYS.other_user)
        ),
        400,
        f"the request inside: the RequestID names originator {USER}, the certificate is that of {OTHER_USER}",
        id="a request that another user signed",
    ),
    pytest.param(
        lambda: countersigned("7.2", SMETS1_ESME.id, header_variant="11.2"),
        400,
        f"the routing header names 11.2 {request_id(SMETS1_ESME.id)}, "
        f"the request inside is 7.2 {request_id(SMETS1_ESME.id)}",
        id="a header that speaks of another service",
    ),
    pytest.param(
        lambda: countersigned("7.2", IOC_ESME.id, s1sp="ioc"),
        400,
        "the request is for S1SP 'ioc', this is 'secure'",
        id="one for another provider",
    ),
]


@pytest.mark.parametrize(("document", "status", "reason"), REFUSALS)
async def test_a_provider_does_not_take(
    far_sides: Sandbox, document: Callable[[], bytes], status: int, reason: str
) -> None:
    assert (status, reason) == await asked(far_sides, document())
    visits = far_sides.simulators.s1sps.visits("secure")
    assert (0, reason) == (visits.taken, visits.last_refusal)
    assert await far_sides.gateway.nothing_more()


async def test_a_provider_takes_xml_only(far_sides: Sandbox) -> None:
    found = await far_sides.post("/s1sp/secure", countersigned("7.2", SMETS1_ESME.id), "text/plain")
    assert (415, "expected application/xml, found text/plain") == found


async def test_a_provider_that_does_not_exist_is_not_found(far_sides: Sandbox) -> None:
    found = await asked(far_sides, countersigned("7.2", SMETS1_ESME.id), "tertiary")
    assert (404, "there is no S1SP 'tertiary'; there are secure, ioc") == found


async def test_a_repeated_idempotency_key_is_not_executed_twice(far_sides: Sandbox) -> None:
    document = countersigned("2.2", SMETS1_ESME.id)
    for _ in range(3):
        assert (202, "") == await asked(far_sides, document, key="k1")
    assert answer_of(SMETS1_ESME) == read((await far_sides.gateway.next()).body)
    assert await far_sides.gateway.nothing_more()
    visits = far_sides.simulators.s1sps.visits("secure")
    assert (3, 1, 2) == (visits.posts, visits.taken, visits.repeated)


async def test_an_answer_is_tried_again_until_the_gateway_takes_it(far_sides: Sandbox) -> None:
    far_sides.gateway.statuses.extend((503, 500, 429))
    await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    posted = [await far_sides.gateway.next() for _ in range(4)]
    assert 1 == len({one.body for one in posted})
    assert await far_sides.gateway.nothing_more()
    courier = far_sides.simulators.courier
    assert (1, 3, 0) == (courier.delivered, courier.retried, courier.refused)


async def test_an_answer_that_the_gateway_refuses_is_not_tried_again(far_sides: Sandbox) -> None:
    far_sides.gateway.statuses.append(400)
    await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    await far_sides.gateway.next()
    assert await far_sides.gateway.nothing_more()
    courier = far_sides.simulators.courier
    assert (0, 0, 1) == (courier.delivered, courier.retried, courier.refused)
    assert ["/s1sp/v1/secure/messages: 400 "] == list(courier.last_failures)


async def test_an_answer_to_a_gateway_that_is_gone_is_given_up_in_the_end() -> None:
    courier = Courier("http://127.0.0.1:1", policy=RetryPolicy(first=0.01, longest=0.02, give_up_after=0.05))
    await courier.open()
    await courier.deliver("/wan/v1/messages", b"", XML)
    await courier.close()
    assert (0, 1) == (courier.delivered, courier.given_up)
    assert courier.last_failures[0].startswith(
        "/wan/v1/messages: ClientConnectorError Cannot connect to host 127.0.0.1:1"
    )


def _switch_on(far_sides: Sandbox, kind: FaultKind) -> None:
    far_sides.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=kind, name="secure", times=1))


async def test_a_lost_answer_never_comes(far_sides: Sandbox) -> None:
    _switch_on(far_sides, FaultKind.LOSE_ANSWER)
    assert (202, "") == await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    assert await far_sides.gateway.nothing_more()


async def test_a_duplicated_answer_comes_twice_letter_for_letter(far_sides: Sandbox) -> None:
    _switch_on(far_sides, FaultKind.DUPLICATE_ANSWER)
    await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    first, second = [await far_sides.gateway.next() for _ in range(2)]
    assert first == second


async def test_a_second_answer_is_a_message_of_its_own(far_sides: Sandbox) -> None:
    _switch_on(far_sides, FaultKind.ANSWER_TWICE)
    await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    posted = [(await far_sides.gateway.next()).body for _ in range(2)]
    assert ["2025-06-10T12:00:00.00Z", "2025-06-10T12:00:01.00Z"] == [texts(one, "Timestamp")[0] for one in posted]
    assert [answer_of(SMETS1_ESME)] * 2 == [read(one) for one in posted]


async def test_a_wrong_signature_does_not_verify(far_sides: Sandbox) -> None:
    _switch_on(far_sides, FaultKind.WRONG_SIGNATURE)
    await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    serial = KEYS.s1sps["secure"].serial
    expected = Unauthenticated(
        kind="signature-does-not-verify", message=f"the signature was not made with the key of certificate {serial}"
    )
    assert expected == read((await far_sides.gateway.next()).body)


async def test_an_alert_can_come_instead_of_the_answer(far_sides: Sandbox) -> None:
    _switch_on(far_sides, FaultKind.ALERT)
    await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    name = request_id(SMETS1_ESME.id)
    expected = S1spAlert(signer=SECURE, code="S1SIM-NOT-EXECUTED", request_id=name, device=SMETS1_ESME.id)
    assert expected == read((await far_sides.gateway.next()).body)


async def test_a_device_can_fail(far_sides: Sandbox) -> None:
    _switch_on(far_sides, FaultKind.DEVICE_FAILS)
    await asked(far_sides, countersigned("2.2", SMETS1_ESME.id))
    posted = await far_sides.gateway.next()
    assert answer_of(SMETS1_ESME, failed=True) == read(posted.body)
    assert ["the device did not execute the command"] == texts(posted.body, "Error")


async def test_a_fault_of_one_provider_is_not_that_of_another(far_sides: Sandbox) -> None:
    _switch_on(far_sides, FaultKind.LOSE_ANSWER)
    await asked(far_sides, countersigned("2.2", IOC_ESME.id, s1sp="ioc"), "ioc")
    message = read((await far_sides.gateway.next()).body)
    assert isinstance(message, Smets1Answer)
    assert (IOC, IOC_ESME.id) == (message.signer, message.device)
