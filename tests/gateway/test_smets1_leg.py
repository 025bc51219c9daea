"""SMETS1, end to end: which S1SP gets what, what the signatures cover, and what may come back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from lxml import etree
from running import A_WHILE, SOON, D, Running, serving
from smets1_played import (
    DUIS,
    ENVELOPE,
    Played,
    asked,
    certificates_of,
    disable,
    firmware_version,
    handed_on,
    played,
    read_countersigned_of,
    registers,
    top_up,
    whitelist,
)

from gateway.ports import Far
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.stage import Post
from gateway.sandbox.user_simulator import AnswerKind
from gateway.sandbox.world import World
from gateway.settings import Ppmid, Settings
from gateway.trace_ports import TraceQuery
from routing.policy import PpmidPolicy
from schemas.reading import Authentic, read_request
from schemas.request import (
    Malformed,
    ReadInstantaneousImportRegisters,
    Unauthenticated,
    UpdateFirmware,
)
from schemas.signature import sign, verify

# ---- out


ROUTES = {
    "an ESME of cohort IOC": (registers("smets1-ioc-esme"), "ioc"),
    "an ESME of cohort MDS": (registers("smets1-mds-esme"), "mds"),
    "an ESME of cohort Secure": (registers("smets1-secure-esme"), "secure"),
    "an ESME of cohort FOC, critical": (disable("smets1-foc-esme"), "foc"),
    "a GSME of cohort MDS": (registers("smets1-mds-gsme"), "mds"),
    "a hub of cohort Secure": (whitelist("smets1-secure-hub", "smets1-secure-ppmid"), "secure"),
    "a PPMID of cohort FOC": (firmware_version("smets1-foc-ppmid"), "foc"),
    "a bilingual PPMID that was pre-notified as SMETS1": (firmware_version("bilingual-ppmid-as-smets1"), "foc"),
}


@pytest.mark.parametrize(("make", "s1sp"), ROUTES.values(), ids=ROUTES.keys())
async def test_a_request_goes_to_one_s1sp_alone(running: Running, make: Callable[[Running], Post], s1sp: str) -> None:
    post = make(running)
    seen = await handed_on(running, post)
    assert (f"/s1sp/{s1sp}", 202, "application/xml") == (seen.path, seen.status, seen.headers["content-type"])
    assert 32 == len(seen.headers["idempotency-key"])


def by_the_hub(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, ppmid=Ppmid(policy=PpmidPolicy.ASSOCIATED_HUB))


async def test_under_the_enduring_policy_a_ppmid_goes_through_the_s1sp_of_its_hub(world: World) -> None:
    """Pre-notified as SMETS2+, it stands in a home of cohort IOC."""
    async with serving(world, by_the_hub) as running:
        seen = await handed_on(running, firmware_version("misjoined-ppmid-2")(running))
        assert ("/s1sp/ioc", 202) == (seen.path, seen.status)
        request_id = read_countersigned_of(running, seen)[0].request_id
        answer = await running.simulators.users.wait_for(request_id, SOON)
        assert (AnswerKind.SMETS1_RESPONSE, True) == (answer.kind, answer.inner_as_sent)


async def test_under_the_enduring_policy_a_ppmid_in_a_smets2_home_needs_no_s1sp(world: World) -> None:
    async with serving(world, by_the_hub) as running:
        answered = await running.answered(firmware_version("misjoined-ppmid-1")(running))
        await running.witness.wait_for("/wan/Central")
        assert ("I99", []) == (answered.code, running.witness.posts("/s1sp/"))


@pytest.mark.parametrize("make", [make for make, _ in ROUTES.values()], ids=ROUTES.keys())
async def test_the_dcc_signs_around_the_octets_of_the_user(running: Running, make: Callable[[Running], Post]) -> None:
    post = make(running)
    seen = await handed_on(running, post)
    header, inside = read_countersigned_of(running, seen)
    assert post.request is not None
    assert (post.request.request_id, post.request.variant) == (header.request_id, header.variant)
    assert post.document == inside
    user = running.world.users[post.request.request_id.originator]
    alone = read_request(inside, DUIS, certificates_of(running, user.xml), running.clock())
    assert isinstance(alone, Authentic), alone
    assert post.request.request_id.originator == alone.certificate.eui


async def test_the_countersignature_is_that_of_nobody_else(running: Running) -> None:
    seen = await handed_on(running, registers("smets1-ioc-esme")(running))
    root = ENVELOPE.read(seen.body)
    assert not isinstance(root, Malformed)
    others = certificates_of(running, *running.world.s1sps.values(), *(u.xml for u in running.world.users.values()))
    verified = verify(root, others, running.clock())
    assert isinstance(verified, Unauthenticated)
    assert "unknown-certificate" == verified.kind


async def test_a_pretty_printed_request_arrives_as_it_was_posted(running: Running) -> None:
    post = registers("smets1-mds-esme")(running)
    root = etree.fromstring(post.document)
    for signature in root.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"):
        root.remove(signature)
    etree.indent(root)
    assert post.request is not None
    document = sign(root, running.world.users[post.request.request_id.originator].xml)
    assert b"\n  <" in document
    seen = await handed_on(running, msgspec.structs.replace(post, document=document))
    assert document == read_countersigned_of(running, seen)[1]


SUPPLEMENTARY = {
    "8.11 to a hub": (whitelist("smets1-secure-hub", "smets1-secure-ppmid"), True),
    "11.2 to a PPMID": (firmware_version("smets1-foc-ppmid"), True),
    "11.2 to an ESME": (firmware_version("smets1-foc-esme"), False),
    "4.1.1 to an ESME": (registers("smets1-secure-esme"), False),
    "7.2 to an ESME": (disable("smets1-foc-esme"), False),
    "2.2 to an ESME": (top_up("smets1-ioc-esme"), False),
}


@pytest.mark.parametrize(("make", "expected"), SUPPLEMENTARY.values(), ids=SUPPLEMENTARY.keys())
async def test_the_user_is_supplementary_party_where_the_broker_would_originate(
    running: Running, make: Callable[[Running], Post], expected: bool
) -> None:
    post = make(running)
    header, _ = read_countersigned_of(running, await handed_on(running, post))
    assert post.request is not None
    name = post.request.request_id
    wanted = (name.originator, name.counter) if expected else (None, None)
    assert wanted == (header.supplementary_remote_party, header.supplementary_counter)
    assert (name.target,) == header.devices


async def test_an_image_goes_to_each_provider_with_its_own_devices(running: Running) -> None:
    sample = running.world.firmware["smets1-secure-esme-newer"]
    devices = tuple(running.scene.device(name) for name in ("smets1-secure-esme", "smets1-mds-esme", "esme"))
    body = UpdateFirmware(firmware_version=sample.version, devices=devices, image_characters=0)
    post = running.scene.post("supplier", running.scene.dcc, "11.1", body, 8, D, sample.image)
    answered = await running.answered(post)
    (seen,) = await running.witness.wait_for("/s1sp/secure")
    header, inside = read_countersigned_of(running, seen)
    assert (("W110101", devices[:1]), post.document) == ((answered.code, header.devices), inside)


async def test_a_future_dated_request_waits_for_its_time(running: Running) -> None:
    body = ReadInstantaneousImportRegisters(execution=running.clock() + timedelta(hours=2))
    answered = await running.answered(asked(running, "4.1.1", "smets1-ioc-esme", body))
    await asyncio.sleep(A_WHILE)
    assert ("I99", []) == (answered.code, running.witness.seen)
    running.clock.ahead = timedelta(hours=2, seconds=1)
    (seen,) = await running.witness.wait_for("/s1sp/")
    assert "/s1sp/ioc" == seen.path


# ---- back


async def test_the_answer_reaches_the_user_with_the_signature_of_the_s1sp_intact(running: Running) -> None:
    post = registers("smets1-secure-esme")(running)
    await running.answered(post)
    assert post.request is not None
    answer = await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert (AnswerKind.SMETS1_RESPONSE, "I0", True) == (answer.kind, answer.response_code, answer.inner_as_sent)
    assert answer.inner is not None
    root = DUIS.read(answer.inner)
    assert not isinstance(root, Malformed)
    verified = verify(root, certificates_of(running, running.world.s1sps["secure"]), running.clock())
    assert not isinstance(verified, Unauthenticated), verified.message
    whole = DUIS.read(answer.octets)
    assert not isinstance(whole, Malformed)
    around = verify(whole, certificates_of(running, running.world.dcc), running.clock())
    assert not isinstance(around, Unauthenticated), around.message


def with_another_key(s1sp: Played) -> bytes:
    """The certificate named is the right one; the key is not."""
    right, wrong = s1sp.answer(), s1sp.answer(signed_as="mds")
    start, end = b"<ds:SignatureValue>", b"</ds:SignatureValue>"
    value = wrong[wrong.index(start) : wrong.index(end)]
    return right[: right.index(start)] + value + right[right.index(end) :]


def without_signature(document: bytes) -> bytes:
    start, end = document.index(b"<ds:Signature "), document.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return document[:start] + document[end:]


def changed(s1sp: Played) -> bytes:
    return s1sp.answer().replace(b'MessageSuccess="true"', b'MessageSuccess="false"')


Made = Callable[[Played], bytes]
TO_IOC = "expected 90-B3-D5-1F-32-01-00-00 (ioc)"
REFUSED: dict[str, tuple[Made, str, int, str]] = {
    "signed by another S1SP": (lambda s: s.answer(signed_as="mds"), "ioc", 403, TO_IOC),
    "signed with another S1SP's key": (with_another_key, "ioc", 403, "the signature was not made with the key of "),
    "for a device of another S1SP": (
        lambda s: s.answer(device="smets1-mds-esme"),
        "ioc",
        403,
        "not operated by S1SP ioc",
    ),
    "of one S1SP at the door of another": (lambda s: s.answer(), "mds", 403, "expected 90-B3-D5-1F-32-02-00-00 (mds)"),
    "of an S1SP that there is not": (lambda s: s.answer(), "acme", 404, "there is no S1SP 'acme'"),
    "that was changed": (changed, "ioc", 403, "the document is not the one that was signed"),
    "that breaks off": (
        lambda s: s.answer()[:-40],
        "ioc",
        400,
        "expected an element's name after '<', found the end of the document",
    ),
    "that is no XML": (lambda _: b"\x00\x01", "ioc", 400, "expected UTF-8, found another encoding"),
    "that is empty": (lambda _: b"", "ioc", 400, "expected an XML document, found an empty document"),
    "with a document type": (lambda s: b"<!DOCTYPE a>" + s.answer(), "ioc", 400, "a document type declaration is not"),
    "that is a user's request": (lambda s: s.opened_request, "ioc", 400, "found Request"),
    "that is not signed": (lambda s: without_signature(s.answer()), "ioc", 400, "SMETS1SignedResponse"),
    "that is an alert of another S1SP": (lambda s: s.alert(signed_as="mds"), "ioc", 403, TO_IOC),
}


@pytest.mark.parametrize(("make", "door", "status", "says"), REFUSED.values(), ids=REFUSED.keys())
async def test_an_answer_is_not_passed_on(running: Running, make: Made, door: str, status: int, says: str) -> None:
    s1sp = await played(running)
    reply = await s1sp.post(make(s1sp), to=door)
    assert (status, "application/problem+json") == (reply.status, reply.headers["content-type"])
    assert says in str(reply.problem["detail"]), reply.problem
    assert 0 == await s1sp.passed_on()
    # It used nothing up: the right answer is passed on afterwards.
    assert (204, 1) == ((await s1sp.post(s1sp.answer())).status, await s1sp.passed_on())


async def test_an_answer_that_nobody_waits_for_is_refused(running: Running) -> None:
    s1sp = await played(running)
    counter = s1sp.ask_for_another()
    reply = await s1sp.post(s1sp.answer())
    assert 422 == reply.status
    assert f"with counter {counter} waits" in str(reply.problem["detail"])
    assert 0 == await s1sp.passed_on()


async def test_an_alert_that_names_no_request_is_refused(running: Running) -> None:
    s1sp = await played(running)
    s1sp.ask_for_another()
    reply = await s1sp.post(s1sp.alert())
    expected = (422, "alert S1SIM-NOT-EXECUTED names no request that was handed on")
    assert expected == (reply.status, reply.problem["detail"])


async def test_the_same_answer_twice_is_passed_on_once(running: Running) -> None:
    s1sp = await played(running)
    message = s1sp.answer()
    replies = [await s1sp.post(message) for _ in range(3)]
    assert ([204] * 3, 1) == ([reply.status for reply in replies], await s1sp.passed_on())


async def test_the_same_answer_at_once_is_passed_on_once(running: Running) -> None:
    s1sp = await played(running)
    message = s1sp.answer()
    replies = await asyncio.gather(*(s1sp.post(message) for _ in range(4)))
    assert ([204] * 4, 1) == ([reply.status for reply in replies], await s1sp.passed_on())


async def test_an_alert_is_passed_on_as_a_dcc_alert(running: Running) -> None:
    s1sp = await played(running)
    message = s1sp.alert()
    assert (204, 1) == ((await s1sp.post(message)).status, await s1sp.passed_on())
    (answer,) = running.simulators.users.answers(s1sp.opened.header.request_id)
    assert (AnswerKind.DCC_ALERT, message) == (answer.kind, answer.inner)


async def test_what_was_passed_on_stands_in_the_trace_of_the_request(running: Running) -> None:
    s1sp = await played(running)
    await s1sp.post(s1sp.answer())
    await s1sp.passed_on()
    (found,) = await running.worker.traces.find(TraceQuery(device=s1sp.opened.header.devices[0]))
    (event,) = found.events
    assert event.endswith(f"answer of S1SP ioc passed on to {s1sp.opened.header.request_id.originator}")
    assert ["s1sp ioc delivered 202", "user 90-B3-D5-1F-31-01-00-00 delivered 204"] == [
        f"{a.far} {a.name} {a.outcome} {a.status}" for a in found.attempts
    ]


STRIKES = {
    "a duplicate": (FaultKind.DUPLICATE_ANSWER, 1, 0),
    "another answer as well": (FaultKind.ANSWER_TWICE, 2, 0),
    "a signature with a stranger's key": (FaultKind.WRONG_SIGNATURE, 0, 1),
    "a device that fails": (FaultKind.DEVICE_FAILS, 1, 0),
}


@pytest.mark.parametrize(("kind", "passed", "refused"), STRIKES.values(), ids=STRIKES.keys())
async def test_the_simulated_s1sp_sends(running: Running, kind: FaultKind, passed: int, refused: int) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=kind))
    post = registers("smets1-foc-esme")(running)
    await handed_on(running, post)
    assert post.request is not None
    assert passed == len(running.simulators.users.answers(post.request.request_id))
    assert refused == running.simulators.courier.refused
