"""The operators' port: health, metrics, traces, devices, lists, outbox, explain. Reads, but for redrive."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import orjson
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from gateway.check_rows import check_row
from gateway.explaining import explain
from gateway.fulfilment import Fulfilment
from gateway.in_force import InForce
from gateway.metrics import IN_FLIGHT, OUTBOX, TRACES_DROPPED
from gateway.onward import OutboxLedger
from gateway.ports import Inventory, Unavailable
from gateway.retelling import retell
from gateway.settings import Operator
from gateway.trace_ports import TraceQuery, TraceStore
from routing.decision import ALL_CHECKS
from schemas.records import to_builtins, to_json
from schemas.vocabulary import DeviceId, UserId, WebService

_MOST_EXPLAINED: Final = 16_777_216

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Watched(Protocol):
    """What the port shows of a running gateway."""

    @property
    def in_force(self) -> InForce: ...

    @property
    def ready(self) -> bool: ...

    @property
    def in_flight(self) -> int: ...


class OperatorTraces(TraceStore, Protocol):
    @property
    def dropped(self) -> int: ...


def operators(
    watched: Watched,
    *,
    inventory: Inventory,
    ledger: OutboxLedger,
    traces: OperatorTraces,
    fulfilment: Fulfilment,
    settings: Operator,
    registry: CollectorRegistry,
    clock: Callable[[], datetime],
) -> web.Application:
    """The application behind ``[operator]``. With a token set, every path but the probes needs it."""

    async def livez(_: web.Request) -> web.Response:
        return _json({"status": "alive"})

    async def readyz(_: web.Request) -> web.Response:
        try:
            await ledger.outbox_depth()
        except Unavailable as fault:
            return _json({"status": "not ready", "reason": str(fault)}, 503)
        return (
            _json({"status": "ready"}) if watched.ready else _json({"status": "not ready", "reason": "stopping"}, 503)
        )

    async def metrics(_: web.Request) -> web.Response:
        IN_FLIGHT.set(watched.in_flight)
        TRACES_DROPPED.set(traces.dropped)
        for state, number in (await ledger.outbox_depth()).items():
            OUTBOX.labels(state).set(number)
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def find(request: web.Request) -> web.Response:
        return _json([orjson.Fragment(to_json(t)) for t in await traces.find(_query(request.query))])

    async def show(request: web.Request) -> web.Response:
        trace = await traces.show(request.match_info["id"])
        return _missing("trace") if trace is None else _json(orjson.Fragment(to_json(trace)))

    async def retold(request: web.Request) -> web.Response:
        trace = await traces.show(request.match_info["id"])
        if trace is None:
            return _missing("trace")
        return _json(to_builtins(await asyncio.to_thread(retell, trace, watched.in_force.rules)))

    async def device(request: web.Request) -> web.Response:
        record = await inventory.device(DeviceId.parse_lenient(request.match_info["eui"]))
        return _missing("device") if record is None else _json(to_builtins(record))

    async def history(request: web.Request) -> web.Response:
        lines = await inventory.history(DeviceId.parse_lenient(request.match_info["eui"]))
        return _json([to_builtins(line) for line in lines])

    async def products(_: web.Request) -> web.Response:
        listed = watched.in_force.rules.products
        return _json({"revision": listed.revision, "entries": [to_builtins(e) for e in listed.entries]})

    async def checks(_: web.Request) -> web.Response:
        policy = watched.in_force.rules.policy
        return _json([to_builtins(check_row(order, row, policy)) for order, row in enumerate(ALL_CHECKS, 1)])

    async def outbox(request: web.Request) -> web.Response:
        dead = request.query.get("dead") in {"1", "true"}
        waiting = await ledger.outbox(dead=dead, limit=int(request.query.get("limit", 100)))
        return _json([_due(d) for d in waiting])

    async def redrive(request: web.Request) -> web.Response:
        done = await ledger.redrive(request.match_info["id"])
        return _json({"redriven": True}) if done else _missing("hand-off")

    async def explained(request: web.Request) -> web.Response:
        asked = request.query.get("service")
        at = request.query.get("at")
        told = await explain(
            await request.read(),
            None if asked is None else WebService(asked),
            clock() if at is None else _moment(at),
            in_force=watched.in_force,
            inventory=inventory,
            traces=traces,
            fulfilment=fulfilment,
        )
        return _json(to_builtins(told))

    application = web.Application(middlewares=[_guard(settings.token), _faults], client_max_size=_MOST_EXPLAINED)
    application.add_routes(
        [
            web.get("/livez", livez),
            web.get("/readyz", readyz),
            web.get("/metrics", metrics),
            web.get("/openapi.json", _openapi),
            web.get("/v1/traces", find),
            web.get("/v1/traces/{id}", show),
            web.get("/v1/traces/{id}/explanation", retold),
            web.get("/v1/devices/{eui}", device),
            web.get("/v1/devices/{eui}/history", history),
            web.get("/v1/products", products),
            web.get("/v1/checks", checks),
            web.get("/v1/outbox", outbox),
            web.post("/v1/outbox/{id}/redrive", redrive),
            web.post("/v1/explain", explained),
        ]
    )
    return application


def _guard(token: str | None) -> Any:
    @web.middleware
    async def guard(request: web.Request, handler: Serve) -> web.StreamResponse:
        if token is not None and request.path not in {"/livez", "/readyz"}:
            given = request.headers.get("Authorization", "")
            if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
                refusal = _json({"status": 401, "detail": "a bearer token is needed"}, 401)
                refusal.headers["WWW-Authenticate"] = "Bearer"
                return refusal
        return await handler(request)

    return guard


@web.middleware
async def _faults(request: web.Request, handler: Serve) -> web.StreamResponse:
    try:
        return await handler(request)
    except ValueError as fault:
        return _json({"status": 400, "detail": str(fault)}, 400)
    except Unavailable as fault:
        return _json({"status": 503, "detail": str(fault)}, 503)


def _query(given: Any) -> TraceQuery:
    """Raises ValueError naming the parameter that is unknown or wrong."""
    known = set(TraceQuery.__struct_fields__) | {"srv"}
    for name in given:
        if name not in known:
            raise ValueError(f"unknown parameter {name!r}; known: {', '.join(sorted(known))}")
    limit = int(given.get("limit", 100))
    return TraceQuery(
        device=DeviceId.parse_lenient(given["device"]) if "device" in given else None,
        originator=UserId.parse_lenient(given["originator"]) if "originator" in given else None,
        variant=given.get("srv") or given.get("variant"),
        code=given.get("code"),
        destination=given.get("destination"),
        check=given.get("check"),
        since=_moment(given["since"]) if "since" in given else None,
        until=_moment(given["until"]) if "until" in given else None,
        limit=max(1, min(limit, 10_000)),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _due(due: Any) -> dict[str, Any]:
    """A hand-off without its body: that is the user's affair."""
    hand_off = due.hand_off
    return {
        "id": hand_off.id,
        "far": hand_off.far.value,
        "name": hand_off.name,
        "octets": hand_off.octets,
        "trace": hand_off.trace_id,
        "attempts": due.attempts,
        "due_at": due.due_at.isoformat(),
        "last_error": due.last_error,
        "dead": due.dead,
    }


def _json(value: object, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(value), status=status, content_type="application/json")


def _missing(what: str) -> web.Response:
    return _json({"status": 404, "detail": f"there is no such {what}"}, 404)


async def _openapi(_: web.Request) -> web.Response:
    return _json(OPENAPI)


def _operation(summary: str, *parameters: str, path: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "summary": summary,
        "parameters": [
            *({"name": p, "in": "path", "required": True, "schema": {"type": "string"}} for p in path),
            *({"name": p, "in": "query", "schema": {"type": "string"}} for p in parameters),
        ],
        "responses": {"200": {"description": "JSON", "content": {"application/json": {}}}},
    }


OPENAPI: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "duis-gateway, operators' port", "version": "1"},
    "paths": {
        "/livez": {"get": _operation("The process is alive")},
        "/readyz": {"get": _operation("It takes requests")},
        "/metrics": {"get": _operation("Counters for Prometheus")},
        "/v1/traces": {
            "get": _operation(
                "Find traces, newest first",
                *("device", "originator", "srv", "code", "destination", "check", "since", "until", "limit"),
            )
        },
        "/v1/traces/{id}": {"get": _operation("One trace", path=("id",))},
        "/v1/traces/{id}/explanation": {"get": _operation("One trace in words: facts read, remedies", path=("id",))},
        "/v1/devices/{eui}": {"get": _operation("One inventory record", path=("eui",))},
        "/v1/devices/{eui}/history": {"get": _operation("Every status that a device has had", path=("eui",))},
        "/v1/products": {"get": _operation("The product list in force")},
        "/v1/checks": {"get": _operation("The check table in force")},
        "/v1/outbox": {"get": _operation("Hand-offs that wait or are dead", "dead", "limit")},
        "/v1/outbox/{id}/redrive": {"post": _operation("Try a dead hand-off again", path=("id",))},
        "/v1/explain": {
            "post": {
                **_operation("What would become of this request, and why", "service", "at"),
                "requestBody": {"content": {"application/xml": {}}},
            }
        },
    },
}
