"""The far sides put together in one application, with ``/faults`` and ``/state`` for an operator.

What each of them does is in ``s1sp_simulator``, ``wan_simulator`` and ``user_simulator``. Nothing here
knows where a world keeps its keys; that is ``simulators``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.ports import Far
from gateway.sandbox.courier import Courier, RetryPolicy
from gateway.sandbox.door import Door
from gateway.sandbox.faults import Fault, Faults
from gateway.sandbox.opening import Opener
from gateway.sandbox.s1sp_simulator import S1spSimulator
from gateway.sandbox.simulated_devices import DeviceBook, ImageVersion, SimulatedDevices
from gateway.sandbox.user_simulator import UserSimulator
from gateway.sandbox.wan_simulator import WanSimulator
from schemas.certificates import CertificateDirectory, KnownCertificate
from schemas.records import json_decoder, to_json
from schemas.signature import SigningIdentity
from schemas.xsd import DuisSchema, own_schema

DEFAULT_PORT: Final = 8077
_LARGEST_POST: Final = 33_554_432
"""Octets: a countersigned 11.1 holds the base64 of a request of 15 MB."""
_faults_wanted = json_decoder(list[Fault])


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Simulators:
    """All far sides. As an async context it serves them on ``host``; ``app`` can be served otherwise."""

    def __init__(
        self,
        *,
        s1sps: S1spSimulator,
        wan: WanSimulator,
        users: UserSimulator,
        faults: Faults,
        door: Door,
        courier: Courier,
        host: str,
        port: int,
    ) -> None:
        self.s1sps: Final = s1sps
        self.wan: Final = wan
        self.users: Final = users
        self.faults: Final = faults
        self.courier: Final = courier
        self._door = door
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self.app: Final = self._application()

    @property
    def url(self) -> str:
        """Base URL; with port 0 it is known once it is served."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        """Raises OSError when the port is taken."""
        runner = web.AppRunner(self.app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
        await runner.setup()
        self._runner = runner
        try:
            await web.TCPSite(runner, self._host, self._port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._port = runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            self._door.close()
            await self._runner.cleanup()
            self._runner = None

    def state(self) -> dict[str, object]:
        """What ``GET /state`` shows."""
        sides = {far.value: {name: visits.summary() for name, visits in self._door.visits(far).items()} for far in Far}
        return {**sides, "outgoing": self.courier.summary(), "faults": list(self.faults.current)}

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_POST)
        app.router.add_post("/s1sp/{name}", self.s1sps.receive)
        app.router.add_post("/wan/{region}", self.wan.receive)
        app.router.add_post("/users/{eui}/receive", self.users.receive)
        app.router.add_get("/faults", self._show_faults)
        app.router.add_put("/faults", self._put_faults)
        app.router.add_get("/state", self._show_state)
        app.cleanup_ctx.append(self._courier_open)
        app.on_shutdown.append(self._let_go)
        return app

    async def _courier_open(self, _app: web.Application) -> AsyncIterator[None]:
        await self.courier.open()
        yield
        await self.courier.close()

    async def _let_go(self, _app: web.Application) -> None:
        self._door.close()

    async def _show_faults(self, _request: web.Request) -> web.Response:
        return _json(list(self.faults.current))

    async def _put_faults(self, request: web.Request) -> web.Response:
        try:
            self.faults.replace(_faults_wanted.decode(await request.read()))
        except (msgspec.MsgspecError, ValueError) as fault:
            return web.Response(status=400, text=str(fault))
        return _json(list(self.faults.current))

    async def _show_state(self, _request: web.Request) -> web.Response:
        return _json(self.state())


def _json(value: object) -> web.Response:
    return web.Response(body=to_json(value), content_type="application/json")


def make_simulators(
    *,
    certificates: CertificateDirectory,
    dcc: SigningIdentity,
    s1sps: Mapping[str, SigningIdentity],
    acb_key: ec.EllipticCurvePrivateKey,
    book: DeviceBook,
    image_version: ImageVersion,
    gateway: str,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    answer_after: float = 0.05,
    only_count: bool = False,
    retries: RetryPolicy = RetryPolicy(),  # noqa: B008 -- frozen
    schema: DuisSchema | None = None,
    clock: Callable[[], datetime] = _utc_now,
) -> Simulators:
    """The far sides of one world; call it within a running loop.

    ``certificates`` must hold those of the DCC, the S1SPs and the users. ``acb_key`` is the key agreement
    key of the access control broker. ``gateway`` is the base URL that answers are posted to;
    ``answer_after`` is in seconds. With ``only_count`` everything is acknowledged, counted and left
    unread. ``schema`` validates what users receive (our own by default). Raises ValueError when a
    certificate is not in the directory.
    """
    known_dcc = _certificate_of("the DCC", dcc, certificates)
    known_s1sps = [_certificate_of(f"S1SP {name}", one, certificates) for name, one in s1sps.items()]
    faults = Faults()
    door = Door(faults, only_count=only_count)
    courier = Courier(gateway, policy=retries)
    opener = Opener(certificates, known_dcc.eui, clock)
    devices = SimulatedDevices(book, image_version)
    s1sp_simulator = S1spSimulator(
        s1sps,
        devices,
        opener=opener,
        door=door,
        faults=faults,
        courier=courier,
        answer_after=answer_after,
        clock=clock,
    )
    wan_simulator = WanSimulator(
        acb_key,
        devices,
        certificates,
        opener=opener,
        door=door,
        faults=faults,
        courier=courier,
        answer_after=answer_after,
        clock=clock,
    )
    user_simulator = UserSimulator(
        certificates,
        dcc=known_dcc.eui,
        s1sps=[one.eui for one in known_s1sps],
        schema=schema or own_schema(),
        sent=s1sp_simulator.sent,
        door=door,
        clock=clock,
    )
    return Simulators(
        s1sps=s1sp_simulator,
        wan=wan_simulator,
        users=user_simulator,
        faults=faults,
        door=door,
        courier=courier,
        host=host,
        port=port,
    )


def _certificate_of(who: str, identity: SigningIdentity, certificates: CertificateDirectory) -> KnownCertificate:
    found = certificates.find(identity.issuer, identity.serial)
    if found is None:
        raise ValueError(f"the certificate of {who} ({identity.issuer}, {identity.serial}) is not in the directory")
    return found
