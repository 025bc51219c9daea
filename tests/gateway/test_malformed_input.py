"""Documents that are no requests, from anybody: what they are told, what is recorded, and that nobody else notices."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import pytest
from lxml import etree
from running import SOON, D, Replied, Running, S, T, serving

from gateway.sandbox.world import World
from gateway.settings import Settings
from schemas.request import UpdateFirmware
from schemas.signature import sign
from schemas.vocabulary import DeviceId, WebService

DS = "{http://www.w3.org/2000/09/xmldsig#}"
MEGABYTE = 1024 * 1024
Made = Callable[[Running], Any]


def good(running: Running) -> bytes:
    return running.registers().document


def changed(old: bytes, new: bytes) -> Made:
    def make(running: Running) -> bytes:
        document = good(running)
        assert old in document
        return document.replace(old, new, 1)

    return make


def signature_of(document: bytes) -> bytes:
    start, end = document.index(b"<ds:Signature "), document.index(b"</ds:Signature>") + len(b"</ds:Signature>")
    return document[start:end]


def unsigned(running: Running) -> bytes:
    document = good(running)
    return document.replace(signature_of(document), b"")


def signed_twice(running: Running) -> bytes:
    document = good(running)
    return document.replace(b"</ds:Signature>", b"</ds:Signature>" + signature_of(document), 1)


def wrapped(running: Running) -> bytes:
    """The signed request inside a request of the attacker's, under the signature of the one inside."""
    document = good(running)
    outer = running.registers("gsme").document
    return outer.replace(signature_of(outer), signature_of(document)).replace(b"<sr:Body>", b"<sr:Body>" + document)


def over_another_element(running: Running) -> bytes:
    """A Reference to an element by its name, not to the document."""
    return good(running).replace(b'URI=""', b'URI="#Body"')


def signed_with_zeros(running: Running) -> bytes:
    return re.sub(rb"(?<=<ds:SignatureValue>)[^<]+", b"A" * 86 + b"==", good(running))


def signed_before(running: Running) -> bytes:
    document = good(running)
    signature = signature_of(document)
    return document.replace(signature, b"").replace(b"<sr:Header>", signature + b"<sr:Header>", 1)


def in_utf_16(running: Running) -> bytes:
    return good(running).decode().encode("utf-16")


def declared_latin(running: Running) -> bytes:
    return b'<?xml version="1.0" encoding="ISO-8859-1"?>' + good(running)


def deep(_: Running) -> bytes:
    return b"<a>" * 30_000 + b"</a>" * 30_000


def billion_laughs(_: Running) -> bytes:
    lines = [b'<!ENTITY a0 "ha">'] + [b'<!ENTITY a%d "&a%d;&a%d;">' % (n, n - 1, n - 1) for n in range(1, 40)]
    return b"<!DOCTYPE a [" + b"".join(lines) + b"]><a>&a39;</a>"


def many_faults(running: Running) -> bytes:
    document = good(running)
    return document.replace(b"<sr:CommandVariant>1<", b"<sr:CommandVariant>99<").replace(
        b"<sr:ServiceReference>4.1<", b"<sr:ServiceReference>four<"
    )


def no_request(running: Running) -> bytes:
    root = etree.fromstring(good(running))
    root.tag = etree.QName(root).localname.join(("{http://www.dccinterface.co.uk/ServiceUserGateway}", ""))
    user = running.world.users[running.scene.user("supplier")]
    for old in root.findall(DS + "Signature"):
        root.remove(old)
    return sign(root, user.xml).replace(b"sr:Request", b"sr:Response")


Case = tuple[Made, int, str, str]
"""What is sent, the status, the last part of the problem's type, and words of what is told."""
DOCUMENTS: dict[str, Case] = {
    "nothing": (lambda _: b"", 400, "not-xml", "expected an XML document, found an empty document"),
    "blanks": (lambda _: b" \n ", 400, "not-xml", "expected an XML document, found 3 blanks only"),
    "a line of HTTP": (lambda _: b"GET / HTTP/1.1", 400, "not-xml", "begins with '<', found 'G'"),
    "octets of chance": (lambda _: bytes(range(256)), 400, "", ""),
    "JSON": (lambda _: b'{"request": 1}', 400, "not-xml", "begins with '<', found '{'"),
    "half a document": (lambda r: good(r)[:-30], 400, "not-xml", ""),
    "a document and more": (lambda r: good(r) + b"<a></a>", 400, "not-xml", "expected nothing after the end of"),
    "an octet that is no UTF-8": (changed(b"<sr:Body>", b"<sr:Body>\xff"), 400, "not-xml", ""),
    "UTF-16": (in_utf_16, 400, "forbidden-construct", "expected UTF-8, found another encoding"),
    "a declaration of ISO-8859-1": (declared_latin, 400, "forbidden-construct", "expected encoding UTF-8, found ISO-"),
    "a document type": (lambda r: b"<!DOCTYPE a>" + good(r), 400, "forbidden-construct", "a document type declaration"),
    "entities within entities": (billion_laughs, 400, "forbidden-construct", "a document type declaration"),
    "an entity from elsewhere": (
        lambda _: b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        400,
        "forbidden-construct",
        "a document type declaration",
    ),
    "thirty thousand elements deep": (deep, 400, "not-xml", "expected at most 256 levels of elements"),
    "forty namespaces": (
        changed(b"<sr:Body>", b"<sr:Body " + b"".join(b'xmlns:n%d="urn:%d" ' % (n, n) for n in range(40)) + b">"),
        400,
        "forbidden-construct",
        "expected at most 32 namespace declarations, found more",
    ),
    "an instruction": (changed(b"<sr:Body>", b"<sr:Body><?x y?>"), 400, "forbidden-construct", "instruction (x)"),
    "another root": (no_request, 400, "not-schema-valid", "expected Request, found Response"),
    "another namespace": (changed(b"ServiceUserGateway", b"ServiceUserGate"), 400, "not-schema-valid", "Request"),
    "an element that is not known": (
        changed(b"sr:ReadInstantaneousImportRegisters>", b"sr:ReadAll>"), 400, "not-xml", "expected </sr:ReadAll>",
    ),
    "a RequestID that is none": (changed(b"<sr:RequestID>", b"<sr:RequestID>x"), 400, "not-schema-valid", "RequestID"),
    "two Signatures": (signed_twice, 400, "not-schema-valid", "Signature"),
    "a Signature before its Header": (signed_before, 400, "not-schema-valid", "Signature"),
    "a request inside a request": (wrapped, 400, "not-schema-valid", "Request"),
    "no Signature": (unsigned, 403, "unauthenticated", "expected a Signature at the end of Request, found none"),
    "a Signature over another element": (over_another_element, 403, "unauthenticated", 'Reference URI=""'),
    "a value that was changed": (changed(b">4.1.1<", b">4.1.2<"), 403, "unauthenticated", "its digest differs"),
    "a certificate that nobody knows": (
        changed(b"SerialNumber>", b"SerialNumber>1"), 403, "unauthenticated", "no certificate of issuer ",
    ),
    "a SignatureValue of zeros": (signed_with_zeros, 403, "unauthenticated", "out of range"),
}  # fmt: skip


async def serves_the_next(running: Running) -> None:
    assert "I99" == (await running.answered(running.registers())).code


def is_a_problem(reply: Replied, status: int, kind: str) -> dict[str, Any]:
    """RFC 9457, and the members that ours has beyond it."""
    assert (status, "application/problem+json") == (reply.status, reply.headers["content-type"]), reply.body
    problem = dict(reply.problem)
    assert (
        {"type", "title", "status", "trace"} <= set(problem) <= {"type", "title", "status", "trace", "detail", "errors"}
    )
    assert str(problem["type"]).startswith("urn:duis-gateway:problem:" + kind)
    assert (status, reply.trace_id) == (problem["status"], problem["trace"])
    assert re.fullmatch("[0-9a-f]{32}", reply.trace_id)
    return problem


@pytest.mark.parametrize(("make", "status", "kind", "says"), DOCUMENTS.values(), ids=DOCUMENTS.keys())
async def test_a_document_is_refused(running: Running, make: Made, status: int, kind: str, says: str) -> None:
    reply = await running.send(make(running))
    problem = is_a_problem(reply, status, kind)
    told = [problem.get("detail", ""), *(error["message"] for error in problem.get("errors", ()))]
    assert says in "\n".join(told), problem
    trace = await running.trace(reply.trace_id)
    assert (status, problem["type"].rsplit(":", 1)[-1]) == (trace.status, trace.outcome)
    assert trace.reason
    assert (None, (), ()) == (trace.code, trace.verdicts, trace.destinations)
    await serves_the_next(running)


async def test_every_error_is_told_once_with_its_place(running: Running) -> None:
    reply = await running.send(many_faults(running))
    errors = is_a_problem(reply, 400, "not-schema-valid")["errors"]
    assert ["/Request/Header/CommandVariant", "/Request/Header/ServiceReference"] == [e["path"] for e in errors]
    document = many_faults(running)
    # The counter in the RequestID has as many digits in each.
    places = [document.index(tag) + 1 for tag in (b"<sr:CommandVariant>", b"<sr:ServiceReference>")]
    assert [(1, place) for place in places] == [(e["line"], e["column"]) for e in errors]
    assert ["'99'" in errors[0]["message"], "'four'" in errors[1]["message"]] == [True, True]


async def test_lines_are_counted(running: Running) -> None:
    document = many_faults(running).replace(b"<sr:ServiceReference>", b"\n\n   <sr:ServiceReference>")
    errors = is_a_problem(await running.send(document), 400, "not-schema-valid")["errors"]
    assert (3, 4) == (errors[1]["line"], errors[1]["column"])


# ---- around the document


async def drip(octets: int) -> AsyncIterator[bytes]:
    for _ in range(octets // MEGABYTE):
        yield b" " * MEGABYTE


TYPES = {
    "text/xml": (415, "expected application/xml, found text/xml"),
    "application/json": (415, "expected application/xml, found application/json"),
    "application/octet-stream": (415, "expected application/xml, found application/octet-stream"),
}


@pytest.mark.parametrize(("content_type", "expected"), TYPES.items(), ids=TYPES.keys())
async def test_another_content_type_is_refused(running: Running, content_type: str, expected: tuple[int, str]) -> None:
    reply = await running.send(good(running), Content_Type=content_type)
    problem = is_a_problem(reply, 415, "wrong-content-type")
    assert expected == (problem["status"], problem["detail"])
    assert ("wrong-content-type", expected[1]) == (
        (await running.trace(reply.trace_id)).outcome, (await running.trace(reply.trace_id)).reason
    )  # fmt: skip
    await serves_the_next(running)


async def test_a_character_set_may_be_named(running: Running) -> None:
    reply = await running.send(good(running), Content_Type="application/xml; charset=utf-8")
    assert (200, "I99") == (reply.status, reply.code)


SIZES = {
    "too much for serviceS": (S, 262_145),
    "too much for serviceT": (T, 262_145),
    "too much for serviceD": (D, 16_777_217),
}


@pytest.mark.parametrize(("service", "octets"), SIZES.values(), ids=SIZES.keys())
async def test_is(running: Running, service: WebService, octets: int) -> None:
    reply = await running.send(b" " * octets, service)
    problem = is_a_problem(reply, 413, "too-large")
    assert f"service{service.value} takes at most {octets - 1} octets" == problem["detail"]
    await serves_the_next(running)


async def test_a_hundred_megabytes_in_chunks_are_not_waited_for(running: Running) -> None:
    start = time.perf_counter()
    reply = await running.send(drip(100 * MEGABYTE), D)
    is_a_problem(reply, 413, "too-large")
    assert time.perf_counter() - start < SOON
    await serves_the_next(running)


async def raw(running: Running, head: bytes) -> bytes:
    """What comes back for a head that no client library would send, and no body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.settings.listen.port)
    writer.write(head.replace(b"\n", b"\r\n") + b"\r\n")
    try:
        async with asyncio.timeout(5):
            return await reader.read(65536)
    finally:
        writer.close()


async def test_a_hundred_megabytes_announced_are_refused_before_they_come(running: Running) -> None:
    head = b"POST /api/v1/serviceD HTTP/1.1\nHost: x\nContent-Type: application/xml\nContent-Length: 104857600\n"
    answer = await raw(running, head)
    assert answer.startswith(b"HTTP/1.1 413 ")
    found = re.search(rb"X-Routing-Trace: ([0-9a-f]{32})", answer)
    assert found is not None
    assert "too-large" == (await running.trace(found[1].decode())).outcome
    await serves_the_next(running)


PACKED = {
    "small": good,
    # A few kilobytes that become a hundred megabytes.
    "a bomb": lambda _: b" " * (100 * MEGABYTE),
}


@pytest.mark.parametrize("make", PACKED.values(), ids=PACKED.keys())
async def test_what_is_packed_is_not_unpacked_be_it(running: Running, make: Made) -> None:
    packed = gzip.compress(make(running))
    assert len(packed) < 262_144
    reply = await running.send(packed, S, Content_Encoding="gzip")
    problem = is_a_problem(reply, 415, "wrong-content-type")
    assert "expected no content coding, found gzip" == problem["detail"]
    await serves_the_next(running)


METHODS = ["GET", "PUT", "DELETE", "PATCH"]


@pytest.mark.parametrize("method", METHODS)
async def test_only_post_is_served_and_not(running: Running, method: str) -> None:
    reply = await running.call(method, f"{running.url}/api/v1/serviceS")
    is_a_problem(reply, 405, "wrong-method")
    assert "POST" == reply.headers["allow"]
    assert "wrong-method" == (await running.trace(reply.trace_id)).outcome
    await serves_the_next(running)


# ---- the largest there is


async def test_the_largest_request_is_accepted(running: Running) -> None:
    """11.1 with an image of 10,240,000 octets for 1,000 devices: about 13.7 MB.

    That small ones are answered meanwhile is ``test_large_documents``'.
    """
    sample = running.world.firmware["esme-newer"]
    devices = (running.scene.device("esme"), *(DeviceId(0x00DB999900000000 + n) for n in range(999)))
    body = UpdateFirmware(firmware_version=sample.version, devices=devices, image_characters=0)
    post = running.scene.post("supplier", running.scene.dcc, "11.1", body, 8, D, bytes(10_240_000))
    assert len(post.document) > 13_600_000
    answered = await running.answered(post)
    assert ("W110101", "DSPUpdateFirmwareWarning") == (answered.code, answered.result)
    trace = await running.trace(answered.trace_id)
    assert (("firmware-distribution:North",), "accepted") == (trace.destinations, trace.outcome)


# ---- what does not come to an end


async def test_a_document_that_does_not_come_to_an_end_is_turned_away_in_time(world: World) -> None:
    def hurried(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, limits=msgspec.structs.replace(settings.limits, body_seconds=0.2))

    async with serving(world, hurried) as running:
        host, port = running.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = ("POST /api/v1/serviceS HTTP/1.1", "Host: x", "Content-Type: application/xml", "Content-Length: 100")
        writer.write("\r\n".join((*head, "", "<a")).encode())
        answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 408"), answer[:80]
        assert b"the whole document is expected within 0.2 s" in answer
        await serves_the_next(running)
