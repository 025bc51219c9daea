"""A gateway at work among its far sides, for tests: a small world on free ports, in the test's own loop.

Between the gateway and the simulated far sides stands a ``Witness`` that keeps every post octet for octet.
The fixtures made of this are in ``conftest``; what is expected of any of it is the tests' affair.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
import pytest
from aiohttp import web
from filelock import FileLock
from lxml import etree

from gateway.sandbox.far_sides import Simulators
from gateway.sandbox.simulators import serve_world
from gateway.sandbox.stage import Post, Scene
from gateway.sandbox.traveller import Answered, Traveller
from gateway.sandbox.world import World, make_world
from gateway.service import Worker
from gateway.settings import Settings
from routing.trace import RoutingTrace
from schemas.request import ReadInstantaneousImportRegisters
from schemas.vocabulary import CommandVariant, WebService
from schemas.xsd import DUIS_NAMESPACE

T, S, D = WebService.TRANSFORM, WebService.SEND_COMMAND, WebService.NON_DEVICE
HOMES: Final = 20
SOON: Final = 15.0
"""Seconds within which anything that is to happen has happened, on a busy machine."""
A_WHILE: Final = 0.15
"""Seconds after which what has not happened is taken not to happen."""


_SPAN: Final = 3_000
_WORKER: Final = int(os.environ.get("PYTEST_XDIST_WORKER", "gw3").removeprefix("gw")) % 4
# Below those that connections get, and each worker in a stretch of its own: nobody takes a port meanwhile.
_ports = itertools.cycle(range(20_000 + _WORKER * _SPAN, 20_000 + (_WORKER + 1) * _SPAN))
for _ in range(os.getpid() * 61 % _SPAN):
    next(_ports)


def free_port() -> int:
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("every port is taken")


class Clock:
    """The real time, and as far ahead of it as a test moves it."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self.ahead = ahead

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One post of the gateway to a far side."""

    path: str
    headers: dict[str, str]
    """By name in lower case."""
    body: bytes
    status: int
    """What the far side answered."""


class Witness:
    """Stands in front of the far sides, keeps what is posted to them, and passes it on."""

    def __init__(self, behind: str) -> None:
        self.seen: list[Seen] = []
        self._behind = behind
        self._arrived = asyncio.Condition()

    def posts(self, place: str = "/") -> list[Seen]:
        """Those whose path begins with ``place``, in the order of their answers."""
        return [one for one in self.seen if one.path.startswith(place)]

    async def wait_for(self, place: str, count: int = 1) -> list[Seen]:
        """Raises TimeoutError when there are fewer within ``SOON``."""
        async with asyncio.timeout(SOON), self._arrived:
            await self._arrived.wait_for(lambda: len(self.posts(place)) >= count)
        return self.posts(place)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        passed = {name: value for name, value in headers.items() if name in {"content-type", "idempotency-key"}}
        async with (
            aiohttp.ClientSession() as session,
            session.post(self._behind + request.path, data=body, headers=passed) as answer,
        ):
            said = await answer.read()
        async with self._arrived:
            self.seen.append(Seen(path=request.path, headers=headers, body=body, status=answer.status))
            self._arrived.notify_all()
        return web.Response(status=answer.status, body=said)


@asynccontextmanager
async def witness(port: int, behind: str) -> AsyncIterator[Witness]:
    standing = Witness(behind)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/{place:.*}", standing.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield standing
    finally:
        await runner.cleanup()


class Replied(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as it is on the wire."""

    status: int
    headers: dict[str, str]
    """By name in lower case."""
    body: bytes

    @property
    def trace_id(self) -> str:
        return self.headers.get("x-routing-trace", "")

    @property
    def problem(self) -> dict[str, object]:
        found = msgspec.json.decode(self.body)
        assert isinstance(found, dict)
        return found

    @property
    def code(self) -> str | None:
        """ResponseCode of a DUIS Response."""
        return etree.fromstring(self.body).findtext(f"{{{DUIS_NAMESPACE}}}Header/{{{DUIS_NAMESPACE}}}ResponseCode")


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is at work, and ways to talk to it."""

    world: World
    settings: Settings
    worker: Worker
    simulators: Simulators
    witness: Witness
    clock: Clock
    session: aiohttp.ClientSession
    scene: Scene
    """Makes and signs requests as the users of the world."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.listen.port}"

    @property
    def operators(self) -> str:
        return f"http://127.0.0.1:{self.settings.operator.port}"

    async def answered(self, post: Post) -> Answered:
        """Post as a user does."""
        return await self.scene.by.post(post.document, post.web_service)

    async def call(self, method: str, url: str, body: object = None, **headers: str) -> Replied:
        """Any HTTP request; underscores in header names become hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, url, data=body, headers=named, allow_redirects=False) as answer:
            received = await answer.read()
            return Replied(
                status=answer.status, headers={n.lower(): v for n, v in answer.headers.items()}, body=received
            )

    async def send(self, document: object, service: WebService = S, **headers: str) -> Replied:
        """Post ``document`` to a web service."""
        return await self.call(
            "POST",
            f"{self.url}/api/v1/service{service.value}",
            document,
            **{"Content_Type": "application/xml"} | headers,
        )

    async def far(self, path: str, message: bytes, content_type: str = "application/xml") -> Replied:
        """Post as a far side does."""
        return await self.call("POST", self.url + path, message, Content_Type=content_type)

    async def settled(self) -> None:
        """Until nothing waits to be delivered, here or at the far sides. Raises TimeoutError."""
        async with asyncio.timeout(SOON):
            while await self._under_way():  # noqa: ASYNC110 -- both sides are asked, neither tells
                await asyncio.sleep(0.01)

    async def _under_way(self) -> bool:
        # What a far side has under way becomes a hand-off, and a delivered hand-off may become an answer.
        before = self.simulators.courier.summary()["under_way"]
        waiting = await self.worker.state.outbox_depth()
        after = self.simulators.courier.summary()["under_way"]
        return bool(before or after or sum(number for far, number in waiting.items() if far != "dead"))

    async def trace(self, trace_id: str) -> RoutingTrace:
        found = await self.worker.traces.show(trace_id)
        assert found is not None, f"no trace {trace_id}"
        return found

    def registers(self, device: str = "esme", cv: int = 1, service: WebService = S, user: str = "supplier") -> Post:
        """A 4.1.1."""
        body = ReadInstantaneousImportRegisters()
        return self.scene.post(user, self.scene.device(device), "4.1.1", body, cv, service)

    def anew(self, post: Post, *, text: str | None = None) -> Post:
        """The same request signed anew; ``text`` spells its RequestID otherwise."""
        assert post.request is not None
        request = post.request
        if text is not None:
            request = msgspec.structs.replace(request, request_id=type(request.request_id).parse(text))
        return msgspec.structs.replace(post, document=self.scene.by.signed(request), request=request)

    def signed(self, post: Post, pre_command: bytes, cv: int = 5) -> Post:
        """The Signed Pre-Command for a Transform request's Pre-Command."""
        assert post.request is not None
        request = self.scene.by.sign_pre_command(post.request, pre_command, cv)
        service = D if request.command_variant is CommandVariant.SIGNED_LOCAL else S
        return Post(document=self.scene.by.signed(request), web_service=service, request=request)


Adjust = Callable[[Settings], Settings]


@asynccontextmanager
async def serving(
    world: World, adjust: Adjust = lambda settings: settings, *, ahead: timedelta = timedelta()
) -> AsyncIterator[Running]:
    """The world's far sides and one worker on it, with settings that may differ from the world's."""
    clock, settings = Clock(ahead), adjust(world.settings)
    far_port = int(world.settings.wan["North"].url.split(":")[2].split("/")[0])
    async with AsyncExitStack() as stack:
        simulators = await stack.enter_async_context(serve_world(world, port=0))
        standing = await stack.enter_async_context(witness(far_port, simulators.url))
        worker = Worker(settings, clock=clock)
        await stack.enter_async_context(worker.running())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        gateway = f"http://127.0.0.1:{settings.listen.port}"
        yield Running(
            world=world,
            settings=settings,
            worker=worker,
            simulators=simulators,
            witness=standing,
            clock=clock,
            session=session,
            scene=Scene(world, Traveller(world, gateway, session)),
        )


# ---- made once for a whole test run


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that all processes of a test run share."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder = shared / name
    with FileLock(shared / f"{name}.lock"):
        if not folder.exists():
            folder.mkdir()
            make(folder)
    return folder


def made_world(factory: pytest.TempPathFactory) -> Path:
    """The world that all others are copies of."""
    return made_once(factory, "running-world", lambda folder: make_world(folder, homes=HOMES))


def copied(made: Path, to: Path) -> World:
    """The same world on ports of its own."""
    shutil.copytree(made, to)
    return make_world(to, homes=HOMES, port=free_port(), operator_port=free_port(), simulators_port=free_port())
