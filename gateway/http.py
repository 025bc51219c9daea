"""The listener that users and far sides post to: sizes, types, overload. What a document means is ``serve``'s."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Final

import msgspec
from aiohttp import StreamReader, web

from gateway.http_answer import HttpAnswer
from gateway.large_documents import LargeDocuments, NotPassedOn
from gateway.metrics import REQUESTS, SECONDS
from gateway.ports import Unavailable
from gateway.replies import PROBLEM, XML, Outcome, Reply
from gateway.returns import Returns, Taken
from gateway.serve import Gateway
from gateway.settings import Limits
from schemas.vocabulary import WebService

log = logging.getLogger(__name__)

_PATHS: Final = {
    "/api/v1/serviceT": WebService.TRANSFORM,
    "/api/v1/serviceS": WebService.SEND_COMMAND,
    "/api/v1/serviceD": WebService.NON_DEVICE,
}
_OCTETS: Final = "application/octet-stream"
_PASSED_ON: Final = ("Content-Type", "traceparent")
_NO_FIELDS: Final[Mapping[str, str]] = {}
_FIELDS_OF: Final = {405: {"Allow": "POST"}, 503: {"Retry-After": "5"}}
"""What a far side is told beside the document, by status."""
_CLOSING: Final = frozenset({Outcome.TOO_LARGE, Outcome.TOO_SLOW, Outcome.INCOMPLETE})
_KEEP_ALIVE_SECONDS: Final = 75.0
_LINGERING_SECONDS: Final = 1.0
"""How long the rest of a refused document is read, so that its sender sees the answer; stopping waits for it."""


class Door:
    """Counts who is inside, and closes when the gateway stops."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.in_flight
        self.inside = 0
        self.draining = False
        self.empty = asyncio.Event()
        self.empty.set()

    def open_for_one_more(self) -> bool:
        return not self.draining and self.inside < self._most

    def enter(self) -> None:
        self.inside += 1
        self.empty.clear()

    def leave(self) -> None:
        self.inside -= 1
        if not self.inside:
            self.empty.set()


Pieces = Sequence[bytes]
"""A document as it came."""
Served = Callable[[web.BaseRequest], Awaitable[HttpAnswer]]
Read = Callable[[Pieces, web.BaseRequest], Awaitable[Reply | HttpAnswer]]
"""An answer that was made elsewhere is passed on as it is."""


def listener(
    gateway: Gateway, returns: Returns, limits: Limits, door: Door, large: LargeDocuments | None = None
) -> web.Server:
    """The server behind ``[listen]``; needs a running loop. Without ``large`` it reads every document itself."""
    most = {
        WebService.TRANSFORM: limits.transform_octets,
        WebService.SEND_COMMAND: limits.send_command_octets,
        WebService.NON_DEVICE: limits.non_device_octets,
    }
    small = dict.fromkeys(WebService, limits.large_document_octets)
    small[WebService.NON_DEVICE] = min(limits.large_document_octets, limits.large_non_device_octets)
    seconds = limits.body_seconds
    served: dict[str, Served] = {
        path: _duis_service(
            gateway,
            door,
            web_service,
            most[web_service],
            seconds,
            _reading(gateway, web_service, path, small[web_service], large),
        )
        for path, web_service in _PATHS.items()
    }
    served["/wan/v1/messages"] = _wan_messages(returns, limits.far_side_octets, seconds)
    s1sp_messages = _s1sp_messages(returns, limits.far_side_octets, seconds)

    def answered(request: web.BaseRequest) -> Awaitable[HttpAnswer]:
        found = served.get(request.raw_path) or served.get(request.path)
        if found is not None:
            return found(request)
        match request.path.split("/"):
            case ["", "s1sp", "v1", name, "messages"] if name:
                return s1sp_messages(name, request)
            case _:
                return _nothing_there(request)

    return web.Server(
        answered,
        access_log=None,
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
        lingering_time=_LINGERING_SECONDS,
        auto_decompress=False,
    )


def _duis_service(
    gateway: Gateway, door: Door, web_service: WebService, most: int, seconds: float, read: Read
) -> Served:
    async def post(request: web.BaseRequest) -> HttpAnswer:
        if request.method != "POST":
            return _not_posted(gateway, web_service, request)
        start = perf_counter()
        if not door.open_for_one_more():
            reply = gateway.turned_away(Outcome.OVERLOADED, web_service, "")
        elif (unwanted := _unwanted(request)) is not None:
            reply = gateway.turned_away(Outcome.WRONG_CONTENT_TYPE, web_service, unwanted)
        else:
            door.enter()
            try:
                received = await _body(request, most, seconds)
                if isinstance(received, TimeoutError):
                    detail = f"the whole document is expected within {seconds:g} s"
                    reply = gateway.turned_away(Outcome.TOO_SLOW, web_service, detail)
                elif isinstance(received, ConnectionError):
                    # Nobody is there to be told, but for whoever reads the trace.
                    detail = f"the sender hung up before the document's end: {received}"
                    reply = gateway.turned_away(Outcome.INCOMPLETE, web_service, detail)
                elif received is None:
                    reply = gateway.turned_away(
                        Outcome.TOO_LARGE, web_service, f"service{web_service.value} takes at most {most} octets"
                    )
                else:
                    answered = await read(received, request)
                    if isinstance(answered, HttpAnswer):
                        return answered
                    reply = answered
            finally:
                door.leave()
        REQUESTS[reply.outcome].inc()
        SECONDS.observe(perf_counter() - start)
        return _answer(reply)

    return post


def _reading(gateway: Gateway, web_service: WebService, path: str, small: int, large: LargeDocuments | None) -> Read:
    async def passed_on(
        to: LargeDocuments, received: Pieces, octets: int, request: web.BaseRequest
    ) -> Reply | HttpAnswer:
        """What is passed on is counted and traced where it is read."""
        fields = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        answer = await to.pass_on(path, fields, received, octets)
        if isinstance(answer, NotPassedOn):
            return gateway.turned_away(answer.outcome, web_service, answer.reason, octets)
        return answer

    def read(received: Pieces, request: web.BaseRequest) -> Awaitable[Reply | HttpAnswer]:
        octets = sum(map(len, received))
        if large is None or octets <= small:
            return gateway.serve(b"".join(received), web_service, request.headers.get("traceparent"))
        return passed_on(large, received, octets, request)

    return read


def _unwanted(request: web.BaseRequest) -> str | None:
    """Why a post of this type is not read. Packed ones neither: what they unpack to has no limit."""
    if request.content_type != XML:
        return f"expected {XML}, found {request.content_type}"
    coding = request.headers.get("Content-Encoding", "identity")
    return None if coding.lower() == "identity" else f"expected no content coding, found {coding}"


def _not_posted(gateway: Gateway, web_service: WebService, request: web.BaseRequest) -> HttpAnswer:
    reply = gateway.turned_away(Outcome.WRONG_METHOD, web_service, f"expected POST, found {request.method}")
    REQUESTS[reply.outcome].inc()
    return _answer(reply, {"Allow": "POST"})


async def _body(request: web.BaseRequest, most: int, seconds: float) -> Pieces | TimeoutError | ConnectionError | None:
    """The document; ``None`` as soon as it is larger than it may be.

    TimeoutError when it does not come to an end, ConnectionError when its sender hangs up.
    """
    announced = request.content_length
    if announced is not None and announced > most:
        return None
    content = request.content
    if content.is_eof():
        # Most come in one piece with their head: no clock is needed for them.
        received = content.read_nowait()
        return (received,) if len(received) <= most else None
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        async with asyncio.timeout(seconds):
            return await _whole(content, most)
    except (TimeoutError, ConnectionError) as unfinished:
        return unfinished


async def _whole(content: StreamReader, most: int) -> Pieces | None:
    pieces: list[bytes] = []
    octets = 0
    async for piece in content.iter_any():
        pieces.append(piece)
        octets += len(piece)
        if octets > most:
            return None
    return pieces


def _answer(reply: Reply, fields: Mapping[str, str] = _NO_FIELDS) -> HttpAnswer:
    fields = {"X-Routing-Trace": reply.trace_id, **fields}
    if reply.retry_after is not None:
        fields["Retry-After"] = str(reply.retry_after)
    answer = HttpAnswer(reply.status, reply.content_type, reply.body, fields)
    # Rather than read the rest of what was refused.
    answer.closes = reply.outcome in _CLOSING
    return answer


def _s1sp_messages(
    returns: Returns, most: int, seconds: float
) -> Callable[[str, web.BaseRequest], Awaitable[HttpAnswer]]:
    async def post(name: str, request: web.BaseRequest) -> HttpAnswer:
        return await _take(request, XML, most, seconds, lambda received: returns.from_s1sp(name, received))

    return post


def _wan_messages(returns: Returns, most: int, seconds: float) -> Served:
    async def post(request: web.BaseRequest) -> HttpAnswer:
        return await _take(request, _OCTETS, most, seconds, returns.from_wan)

    return post


async def _nothing_there(request: web.BaseRequest) -> HttpAnswer:
    return _told(Taken(status=404, detail=f"there is nothing at {request.path}"))


async def _take(
    request: web.BaseRequest, content_type: str, most: int, seconds: float, take: Callable[[bytes], Awaitable[Taken]]
) -> HttpAnswer:
    if request.method != "POST":
        return _told(Taken(status=405, detail=f"expected POST, found {request.method}"))
    if request.content_type != content_type:
        return _told(Taken(status=415, detail=f"expected {content_type}, found {request.content_type}"))
    received = await _body(request, most, seconds)
    if isinstance(received, TimeoutError):
        return _told(Taken(status=408, detail=f"the whole message is expected within {seconds:g} s"))
    if isinstance(received, ConnectionError):
        return _told(Taken(status=400, detail="the message did not arrive whole"))
    if received is None:
        return _told(Taken(status=413, detail=f"at most {most} octets are taken"))
    try:
        return _told(await take(b"".join(received)))
    except Unavailable:
        return _told(Taken(status=503, detail="the gateway's store does not answer; nothing was taken"))
    except Exception:
        log.exception("a message of a far side: a fault of ours")
        return _told(Taken(status=500, detail="the gateway failed; its operators find why in its log"))


def _told(taken: Taken) -> HttpAnswer:
    if taken.status == 204:
        return HttpAnswer(204)
    body = msgspec.json.encode({"type": "about:blank", "status": taken.status, "detail": taken.detail})
    answer = HttpAnswer(taken.status, PROBLEM, body, _FIELDS_OF.get(taken.status, _NO_FIELDS))
    answer.closes = taken.status in {408, 413}
    return answer
