"""A user on tour: makes requests, signs them, posts them, and reads what comes back."""

from __future__ import annotations

import base64
import itertools
import time

import aiohttp
import msgspec
from lxml import etree

from gateway.sandbox.world import World
from gbcs.build import sign_pre_command
from routing.services import SERVICES
from schemas.request import AnyBody, ServiceRequest, SignedPreCommand
from schemas.request_writing import write_request
from schemas.signature import sign_canonical
from schemas.vocabulary import CommandVariant, DeviceId, RequestId, ServiceReferenceVariant, UserId, WebService
from schemas.xsd import DUIS_NAMESPACE

_SR = f"{{{DUIS_NAMESPACE}}}"


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """The synchronous answer to one post."""

    status: int
    trace_id: str
    body: bytes
    code: str | None
    """ResponseCode, where a DUIS Response came back."""
    result: str | None
    """Local name of the result document inside it."""
    payload: bytes | None
    """The GBCS payload inside it."""
    problem: str | None
    """Last part of a problem document's type."""


class Traveller:
    """Posts as the users of a world. Counters are epoch milliseconds, as the DCC's client library has them."""

    def __init__(self, world: World, gateway: str, session: aiohttp.ClientSession) -> None:
        self._world = world
        self._gateway = gateway
        self._session = session
        self._counters = itertools.count(time.time_ns() // 1_000_000)

    def request(
        self,
        user: UserId,
        target: DeviceId,
        variant: str,
        body: AnyBody,
        command_variant: int = 1,
        *,
        counter: int | None = None,
    ) -> ServiceRequest:
        row = SERVICES[ServiceReferenceVariant(variant)]
        number = next(self._counters) if counter is None else counter
        return ServiceRequest(
            request_id=RequestId(user, target, number),
            schema_version="5.4",
            command_variant=CommandVariant(command_variant),
            service_reference=row.reference,
            variant=row.variant,
            body=body,
        )

    def signed(self, request: ServiceRequest, image: bytes = b"") -> bytes:
        """The document that its originator signed."""
        return sign_canonical(write_request(request, image), self._world.users[request.request_id.originator].xml)

    def signed_by(self, request: ServiceRequest, signer: UserId) -> bytes:
        """Signed by somebody else than its originator: what the gateway must refuse."""
        return sign_canonical(write_request(request), self._world.users[signer].xml)

    def sign_pre_command(self, request: ServiceRequest, pre_command: bytes, command_variant: int = 5) -> ServiceRequest:
        """The Signed Pre-Command under the RequestID of its Transform request."""
        payload = sign_pre_command(pre_command, self._world.users[request.request_id.originator].ds_key)
        return msgspec.structs.replace(
            request, command_variant=CommandVariant(command_variant), body=SignedPreCommand(gbcs_payload=payload)
        )

    async def post(self, document: bytes, web_service: WebService) -> Answered:
        url = f"{self._gateway}/api/v1/service{web_service.value}"
        async with self._session.post(url, data=document, headers={"Content-Type": "application/xml"}) as response:
            body = await response.read()
            return _read(response.status, response.headers.get("X-Routing-Trace", ""), body, response.content_type)


def _read(status: int, trace_id: str, body: bytes, content_type: str) -> Answered:
    code = result = problem = None
    payload = None
    if content_type == "application/xml":
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        code = root.findtext(f"{_SR}Header/{_SR}ResponseCode")
        message = root.find(f"{_SR}Body/{_SR}ResponseMessage")
        if message is not None and len(message) > 2:
            result = etree.QName(message[2]).localname
            text = message[2].findtext(f"{_SR}GBCSPayload")
            payload = None if text is None else base64.b64decode(text)
    elif content_type == "application/problem+json":
        problem = str(msgspec.json.decode(body)["type"]).rsplit(":", 1)[-1]
    return Answered(
        status=status, trace_id=trace_id, body=body, code=code, result=result, payload=payload, problem=problem
    )
