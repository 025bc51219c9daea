"""The listener that users and far sides post to: sizes, types, overload. What a document means is ``serve``'s."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final

import msgspec
from aiohttp import web

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


def listener(gateway: Gateway, returns: Returns, limits: Limits, door: Door) -> web.Application:
    """The application behind ``[listen]``."""
    most = {
        WebService.TRANSFORM: limits.transform_octets,
        WebService.SEND_COMMAND: limits.send_command_octets,
        WebService.NON_DEVICE: limits.non_device_octets,
    }
    application = web.Application(client_max_size=max(*most.values(), limits.far_side_octets))
    seconds = limits.body_seconds
    for path, web_service in _PATHS.items():
        application.router.add_post(path, _duis_service(gateway, door, web_service, most[web_service], seconds))
        application.router.add_route("*", path, _not_posted(gateway, web_service))
    application.router.add_post("/s1sp/v1/{s1sp}/messages", _s1sp_messages(returns, limits.far_side_octets, seconds))
    application.router.add_post("/wan/v1/messages", _wan_messages(returns, limits.far_side_octets, seconds))
    return application


def _duis_service(
    gateway: Gateway, door: Door, web_service: WebService, most: int, seconds: float
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def post(request: web.Request) -> web.Response:
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
                elif received is None:
                    reply = gateway.turned_away(
                        Outcome.TOO_LARGE, web_service, f"service{web_service.value} takes at most {most} octets"
                    )
                else:
                    reply = await gateway.serve(received, web_service, request.headers.get("traceparent"))
            finally:
                door.leave()
        REQUESTS[reply.outcome].inc()
        SECONDS.observe(perf_counter() - start)
        return _response(reply)

    return post


def _unwanted(request: web.Request) -> str | None:
    """Why a post of this type is not read. Packed ones neither: what they unpack to has no limit."""
    if request.content_type != XML:
        return f"expected {XML}, found {request.content_type}"
    coding = request.headers.get("Content-Encoding", "identity")
    return None if coding.lower() == "identity" else f"expected no content coding, found {coding}"


def _not_posted(gateway: Gateway, web_service: WebService) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def turn_away(request: web.Request) -> web.Response:
        reply = gateway.turned_away(Outcome.WRONG_METHOD, web_service, f"expected POST, found {request.method}")
        REQUESTS[reply.outcome].inc()
        response = _response(reply)
        response.headers["Allow"] = "POST"
        return response

    return turn_away


async def _body(request: web.Request, most: int, seconds: float) -> bytes | TimeoutError | None:
    """The document; ``None`` as soon as it is larger than it may be; TimeoutError when it does not come to an end."""
    try:
        async with asyncio.timeout(seconds):
            return await _whole(request, most)
    except TimeoutError as late:
        return late


async def _whole(request: web.Request, most: int) -> bytes | None:
    announced = request.content_length
    if announced is not None:
        return None if announced > most else await request.read()
    received = bytearray()
    async for chunk in request.content.iter_any():
        received += chunk
        if len(received) > most:
            return None
    return bytes(received)


def _response(reply: Reply) -> web.Response:
    headers = {"Content-Type": reply.content_type, "X-Routing-Trace": reply.trace_id}
    if reply.retry_after is not None:
        headers["Retry-After"] = str(reply.retry_after)
    response = web.Response(status=reply.status, body=reply.body, headers=headers)
    if reply.outcome in {Outcome.TOO_LARGE, Outcome.TOO_SLOW}:
        response.force_close()  # rather than read the rest of what was refused
    return response


def _s1sp_messages(returns: Returns, most: int, seconds: float) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def post(request: web.Request) -> web.Response:
        name = request.match_info["s1sp"]
        return await _take(request, XML, most, seconds, lambda received: returns.from_s1sp(name, received))

    return post


def _wan_messages(returns: Returns, most: int, seconds: float) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def post(request: web.Request) -> web.Response:
        return await _take(request, _OCTETS, most, seconds, returns.from_wan)

    return post


async def _take(
    request: web.Request, content_type: str, most: int, seconds: float, take: Callable[[bytes], Awaitable[Taken]]
) -> web.Response:
    if request.content_type != content_type:
        return _told(Taken(status=415, detail=f"expected {content_type}, found {request.content_type}"))
    received = await _body(request, most, seconds)
    if isinstance(received, TimeoutError):
        return _told(Taken(status=408, detail=f"the whole message is expected within {seconds:g} s"))
    if received is None:
        return _told(Taken(status=413, detail=f"at most {most} octets are taken"))
    try:
        return _told(await take(received))
    except Unavailable:
        return _told(Taken(status=503, detail="the gateway's store does not answer; nothing was taken"))
    except Exception:
        log.exception("a message of a far side: a fault of ours")
        return _told(Taken(status=500, detail="the gateway failed; its operators find why in its log"))


def _told(taken: Taken) -> web.Response:
    if taken.status == 204:
        return web.Response(status=204)
    body = msgspec.json.encode({"type": "about:blank", "status": taken.status, "detail": taken.detail})
    headers = {"Content-Type": PROBLEM}
    if taken.status == 503:
        headers["Retry-After"] = "5"
    return web.Response(status=taken.status, body=body, headers=headers)
