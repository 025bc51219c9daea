"""The users' Receive Response services: check what the DSP delivers as a careful user would, and keep it.

Checked are the schema, the DCC's signature, that the answer is this user's, and of a SMETS1 response or
S1SP alert the S1SP's own signature: inside the document, on the very octets that were sent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec
from aiohttp import web
from lxml import etree

from gateway.ports import Far
from gateway.sandbox.door import XML, Door, Refusal, wrong_content_type
from gateway.sandbox.opening import reason_of
from gateway.sandbox.s1sp_simulator import SentMessages
from gateway.sandbox.visits import Visit, Visits, shown
from schemas.certificates import CertificateDirectory
from schemas.far_side import S1spAlert, Smets1Answer, read_s1sp_message
from schemas.request import Malformed, Unauthenticated
from schemas.signature import verify
from schemas.vocabulary import DeviceId, Eui64, RequestId, ResponseCode, UserId
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

_SR: Final = f"{{{DUIS_NAMESPACE}}}"
_MOST_REQUESTS: Final = 100_000
_FROM_S1SP: Final = ("SMETS1SignedResponse", "S1SPAlert")


class AnswerKind(StrEnum):
    RESPONSE = "ResponseMessage"
    SMETS1_RESPONSE = "SMETS1ResponseMessage"
    DEVICE_ALERT = "DeviceAlertMessage"
    DCC_ALERT = "DCCAlertMessage"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was delivered to a user, and found good."""

    user: UserId
    kind: AnswerKind
    response_code: ResponseCode
    octets: bytes
    """The document as it was delivered."""
    at: datetime
    request_id: RequestId | None = None
    """The request that it answers or speaks of."""
    inner: bytes | None = None
    """The octets of the S1SP's document inside."""
    inner_as_sent: bool | None = None
    """Whether these are the octets a S1SP simulator sent; ``None`` when it sent none, or there is no inner."""


class UserSimulator:
    """All users, told apart by their EUI-64."""

    def __init__(
        self,
        certificates: CertificateDirectory,
        *,
        dcc: Eui64,
        s1sps: Iterable[Eui64],
        schema: DuisSchema,
        sent: SentMessages,
        door: Door,
        clock: Callable[[], datetime],
    ) -> None:
        self._certificates = certificates
        self._dcc = dcc
        self._s1sps = frozenset(s1sps)
        self._schema = schema
        self._sent = sent
        self._door = door
        self._clock = clock
        self._answers: dict[RequestId, list[Answer]] = {}
        self._arrived = asyncio.Condition()
        self.unnamed: list[Answer] = []
        """Answers that name no request."""

    def visits(self, user: UserId) -> Visits:
        return self._door.visits_of(Far.USER, str(user))

    def answers(self, request_id: RequestId) -> tuple[Answer, ...]:
        """All that has come for a request, in order, duplicates included."""
        return tuple(self._answers.get(request_id, ()))

    async def wait_for(
        self,
        request_id: RequestId,
        timeout: float,  # noqa: ASYNC109 -- its users say how long, and want the message
        *,
        kind: AnswerKind | None = None,
        count: int = 1,
    ) -> Answer:
        """The first answer (or the ``count``-th) of that kind, or of any.

        Raises TimeoutError after ``timeout`` seconds.
        """
        found: list[Answer] = []

        def arrived() -> bool:
            found[:] = [a for a in self._answers.get(request_id, ()) if kind is None or a.kind is kind]
            return len(found) >= count

        try:
            async with asyncio.timeout(timeout), self._arrived:
                await self._arrived.wait_for(arrived)
        except TimeoutError:
            wanted = "answer" if kind is None else kind.value
            raise TimeoutError(f"{len(found)} of {count} {wanted} for {request_id} within {timeout:g} s") from None
        return found[count - 1]

    async def receive(self, request: web.Request) -> web.Response:
        """``POST /users/{eui}/receive``."""
        try:
            user = UserId.parse(request.match_info["eui"])
        except ValueError as fault:
            return web.Response(status=404, text=str(fault))
        name = str(user)
        body = await self._door.enter(request, Far.USER, name)
        if isinstance(body, web.Response):
            return body
        answer = wrong_content_type(request, XML) or self._read(user, body)
        if isinstance(answer, Refusal):
            return self._door.refuse(Far.USER, name, answer)
        await self._keep(answer, request.headers.get("Idempotency-Key"))
        return await self._door.acknowledge(Far.USER, name)

    async def _keep(self, answer: Answer, key: str | None) -> None:
        """A repeated delivery is kept too: at-least-once means that users see duplicates."""
        visits = self.visits(answer.user)
        if key is not None:
            visits.seen_before(key)
        what = f"{answer.kind} {answer.response_code} {answer.request_id or ''}".rstrip()
        document = shown(answer.octets, text=True)
        visits.took(Visit(at=answer.at, what=what, octets=len(answer.octets), idempotency_key=key, document=document))
        if answer.request_id is None:
            self.unnamed = [*self.unnamed[-99:], answer]
        else:
            self._answers.setdefault(answer.request_id, []).append(answer)
        if len(self._answers) > _MOST_REQUESTS:
            del self._answers[next(iter(self._answers))]
        async with self._arrived:
            self._arrived.notify_all()

    def _read(self, user: UserId, body: bytes) -> Answer | Refusal:
        now = self._clock()
        root = self._schema.read(body)
        if isinstance(root, Malformed):
            return Refusal(400, reason_of(root))
        verified = verify(root, self._certificates, now)
        if isinstance(verified, Unauthenticated):
            return Refusal(400, verified.message)
        if verified.certificate.eui != self._dcc:
            return Refusal(400, f"expected the DCC's signature, found that of {verified.certificate.eui}")
        message = root.find(f"{_SR}Body/*")
        if root.tag != _SR + "Response" or message is None:
            return Refusal(400, f"expected a Response, found a {etree.QName(root).localname}")
        inside = self._inside(message, body, now)
        if isinstance(inside, Refusal):
            return inside
        request_id = _request_named(root) or inside.request_id
        if request_id is not None and request_id.originator != user:
            return Refusal(400, f"the answer is for {request_id.originator}, this is {user}")
        return Answer(
            user=user,
            kind=AnswerKind(etree.QName(message).localname),
            response_code=ResponseCode(root.findtext(f"{_SR}Header/{_SR}ResponseCode") or ""),
            octets=body,
            at=now,
            request_id=request_id,
            inner=inside.octets,
            inner_as_sent=inside.as_sent,
        )

    def _inside(self, message: etree._Element, body: bytes, now: datetime) -> _Inside | Refusal:
        """What a S1SP sent, taken out of the DSP's document; nothing where there is none."""
        element = next((e for name in _FROM_S1SP for e in message.iter(_SR + name)), None)
        if element is None:
            return _Inside()
        octets = _octets_of(element, body)
        alone = self._schema.parse(octets)
        if isinstance(alone, Malformed):
            return Refusal(400, f"the S1SP's document: {reason_of(alone)}")
        if alone.nsmap != element.nsmap:
            return Refusal(400, "the wrapper adds namespaces to the scope of the S1SP's document")
        read = read_s1sp_message(octets, self._schema, self._certificates, now)
        if isinstance(read, Malformed | Unauthenticated):
            return Refusal(400, f"the S1SP's document: {reason_of(read)}")
        if read.signer not in self._s1sps:
            return Refusal(400, f"the S1SP's document: {read.signer} is not a S1SP")
        device, counter, request_id = _named_inside(read)
        as_sent = None if device is None else self._sent.as_sent((device, counter), octets)
        if as_sent is False:
            return Refusal(400, "the S1SP's document: its octets are not those that were sent")
        return _Inside(octets=octets, as_sent=as_sent, request_id=request_id)


class _Inside(msgspec.Struct, frozen=True, kw_only=True):
    octets: bytes | None = None
    as_sent: bool | None = None
    request_id: RequestId | None = None


def _named_inside(read: Smets1Answer | S1spAlert) -> tuple[DeviceId | None, int, RequestId | None]:
    if isinstance(read, Smets1Answer):
        return read.device, read.counter, None
    return read.device, read.request_id.counter if read.request_id else 0, read.request_id


def _request_named(root: etree._Element) -> RequestId | None:
    """By RequestID, or by ResponseID, which has originator and target swapped (alerts have it alone)."""
    request_id = root.findtext(f"{_SR}Header/{_SR}RequestID")
    if request_id is not None:
        return RequestId.parse(request_id.strip())
    response_id = root.findtext(f"{_SR}Header/{_SR}ResponseID")
    return None if response_id is None else RequestId.parse(RequestId.parse(response_id.strip()).response_id)


def _octets_of(element: etree._Element, body: bytes) -> bytes:
    """An element's octets as they stand in the document, from its start tag to its end tag."""
    name = etree.QName(element).localname
    tag = re.escape(f"{element.prefix}:{name}" if element.prefix else name).encode()
    # S1SPAlert stands inside S1SPAlertDSP: the name must end where it ends.
    found = re.search(rb"<" + tag + rb"[\s>].*</" + tag + rb"\s*>", body, re.DOTALL)
    return b"" if found is None else found.group()
