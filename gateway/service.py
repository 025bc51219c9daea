"""One worker: stores opened, lists and keys loaded, listeners up, background work, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry

from gateway.answers import Answers
from gateway.commands import CommandBuilder
from gateway.endpoint import read_endpoint
from gateway.fulfilment import Fulfilment
from gateway.http import Door, listener
from gateway.in_force import InForce
from gateway.key_files import load_keys
from gateway.large_documents import LargeDocuments, index_beside
from gateway.list_walk import ListWalk
from gateway.loading import client_tls, server_tls, signing_identity, snapshot
from gateway.onward import Address, Onward
from gateway.operators import operators
from gateway.ports import Far, Unavailable
from gateway.product_revisions import ProductRevisions
from gateway.returns import Returns
from gateway.serve import Gateway
from gateway.settings import Settings, SettingsError, Tls
from gateway.sqlite_state import SqliteState
from gateway.sqlite_traces import SqliteTraces
from schemas.vocabulary import UserId

log = logging.getLogger(__name__)

_LIST_CHECK_SECONDS: Final = 1.0
_UPKEEP_SECONDS: Final = 3600.0
_DRAIN_SECONDS: Final = 10.0
_LAST_WORDS_SECONDS: Final = 2.0
"""After the drain: who has not finished its post by then does not keep a gateway that has to stop."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Worker:
    """One process's gateway. ``index`` names it among those that share the stores.

    With ``large`` it passes large documents on to a process of their own; without, it reads them itself. That other
    process is a worker behind a ``socket``: it serves nobody else, claims no hand-off that it did not accept itself,
    and leaves the devices after product lists, retention and the operators' port to the others.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        index: int = 0,
        clock: Callable[[], datetime] = utc_now,
        registry: CollectorRegistry = REGISTRY,
        large: LargeDocuments | None = None,
        socket: Path | None = None,
    ) -> None:
        """Raises SettingsError."""
        self.settings = settings
        self._large = large
        self._large_owner = _owner(index_beside(index))
        self._socket = socket
        self._clock = clock
        self._registry = registry
        self._broken = asyncio.Event()
        loaded = snapshot(settings)
        identity = signing_identity(settings.signing.key, settings.signing.certificate)
        self._revisions = ProductRevisions(settings.products.directory)
        self._static_addresses = _static_addresses(settings)
        self.state = SqliteState(settings.store.path, owner=_owner(index), clock=clock)
        self.traces = SqliteTraces(
            settings.traces.path,
            queue=settings.traces.queue,
            max_age_days=settings.traces.max_age_days,
            max_octets=settings.traces.max_megabytes * 1024 * 1024,
            clock=clock,
        )
        self.door = Door(settings.limits)
        claims = socket is None
        self.onward = Onward(self.state, self.traces, self._address, settings.hand_off, clock, claims=claims)
        answers = Answers(identity)
        commands = CommandBuilder(
            settings.gbcs.acb,
            load_keys(settings.gbcs),
            self.state,
            loaded.certificates,
            worker=index,
            tcos=settings.gbcs.tcos,
        )
        self.fulfilment = Fulfilment(answers, commands, identity, settings.gbcs.gbcs_version)
        self.gateway = Gateway(
            in_force=loaded,
            inventory=self.state,
            ledger=self.state,
            traces=self.traces,
            onward=self.onward,
            answers=answers,
            fulfilment=self.fulfilment,
            limits=settings.limits,
            clock=clock,
        )
        self._walk = ListWalk(
            store=self.state,
            revisions=self._revisions,
            in_force=lambda: self.gateway.in_force,
            onward=self.onward,
            answers=answers,
            dcc=settings.gbcs.acb,
            clock=clock,
        )
        self.returns = Returns(
            in_force=lambda: self.gateway.in_force,
            inventory=self.state,
            ledger=self.state,
            traces=self.traces,
            onward=self.onward,
            answers=answers,
            commands=commands,
            s1sps=settings.s1sp,
            clock=clock,
        )

    @property
    def in_force(self) -> InForce:
        return self.gateway.in_force

    @property
    def ready(self) -> bool:
        return not self.door.draining

    @property
    def in_flight(self) -> int:
        return self.door.inside

    async def ended(self, stop: asyncio.Event) -> None:
        """Until it is told to stop, or its background work ended: then it is better started anew.

        Raises RuntimeError in the second case.
        """
        told, broken = asyncio.create_task(stop.wait()), asyncio.create_task(self._broken.wait())
        await asyncio.wait({told, broken}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        broken.cancel()
        if not stop.is_set():
            raise RuntimeError("background work ended by itself; its fault is in the log")

    @asynccontextmanager
    async def running(
        self, *, listen: bool = True, operate: bool = True, reuse_port: bool = False
    ) -> AsyncIterator[None]:
        """Serve inside the block; leaving it drains what is under way. Raises SettingsError, Unavailable."""
        stopping = asyncio.Event()
        async with AsyncExitStack() as stack:
            await self.state.open()
            stack.push_async_callback(self.state.close)
            await self.traces.open()
            stack.push_async_callback(self.traces.close)
            await self.state.recover()
            background = self._background(stopping) if self._socket else await self._all_background(stopping)
            for task in background:
                task.add_done_callback(lambda _: self._broken.set())
            await asyncio.sleep(0)
            stack.push_async_callback(_finish, background, stopping)
            if self._large is not None:
                self._large.ended = self._recover_large
                stack.push_async_callback(self._large.close)
            if operate:
                await self._start_operators(stack)
            if listen:
                await self._start_listener(stack, reuse_port=reuse_port)
            try:
                yield
            finally:
                self.door.draining = True
                await self._drain()

    async def _all_background(self, stopping: asyncio.Event) -> list[asyncio.Task[None]]:
        await self._recover_large()
        await self._walk.begin()
        return [
            *self._background(stopping),
            asyncio.create_task(self._lead_devices(stopping), name="devices after product lists"),
            asyncio.create_task(self._keep_house(stopping), name="retention"),
        ]

    def _background(self, stopping: asyncio.Event) -> list[asyncio.Task[None]]:
        return [
            asyncio.create_task(self.onward.run(stopping), name="onward"),
            asyncio.create_task(self._follow_lists(stopping), name="product lists"),
        ]

    async def _start_listener(self, stack: AsyncExitStack, *, reuse_port: bool) -> None:
        listen = self.settings.listen
        server = listener(self.gateway, self.returns, self.settings.limits, self.door, self._large)
        runner = web.ServerRunner(server, shutdown_timeout=_LAST_WORDS_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        if self._socket is not None:
            await _bind(web.UnixSite(runner, str(self._socket)))
            return
        tls = server_tls(listen.tls, "listen")
        await _bind(
            web.TCPSite(runner, listen.host, listen.port, ssl_context=tls, reuse_port=reuse_port or None, backlog=1024)
        )

    async def _start_operators(self, stack: AsyncExitStack) -> None:
        operator = self.settings.operator
        application = operators(
            self,
            inventory=self.state,
            ledger=self.state,
            traces=self.traces,
            fulfilment=self.fulfilment,
            settings=operator,
            registry=self._registry,
            clock=self._clock,
        )
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_LAST_WORDS_SECONDS)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await _bind(web.TCPSite(runner, operator.host, operator.port, ssl_context=server_tls(operator.tls, "operator")))

    async def _recover_large(self) -> int:
        """What the process for large documents held when it ended is claimed by whoever comes first."""
        return await self.state.recover(self._large_owner)

    async def _drain(self) -> None:
        """What is inside gets its answer."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.door.empty.wait(), _DRAIN_SECONDS)

    async def _follow_lists(self, stopping: asyncio.Event) -> None:
        """A revision that is activated elsewhere comes into force here, for requests that come after."""
        while not await _waited(stopping, _LIST_CHECK_SECONDS):
            try:
                active = await asyncio.to_thread(self._revisions.active_revision)
                if active is not None and active != self.in_force.revisions["products"]:
                    products = await asyncio.to_thread(self._revisions.load, active)
                    self.gateway.in_force = self.in_force.with_products(products)
                    log.info("product lists: revision %s is in force", products.revision)
            except Exception:
                # Whatever is wrong with the files: they may be mended, and somebody must look again.
                log.exception(
                    "the product lists cannot be read; revision %s stays", self.in_force.revisions["products"]
                )

    async def _lead_devices(self, stopping: asyncio.Event) -> None:
        """Devices follow the revision that is active, whichever worker learns of it first."""
        while not await _waited(stopping, _LIST_CHECK_SECONDS):
            try:
                await self._walk.lead(stopping)
            except Unavailable as fault:
                log.warning("devices do not follow the product lists just now: %s", fault)
            except Exception:
                log.exception("devices cannot follow the product lists")

    async def _keep_house(self, stopping: asyncio.Event) -> None:
        """At the start too: a gateway that never runs for an hour on end has to forget as well."""
        store, ended = self.settings.store, False
        while not ended:
            try:
                await self.state.forget(self._clock() - timedelta(days=store.keep_finished_days))
                await self.state.shrink(store.max_megabytes * 1024 * 1024)
            except Unavailable as fault:
                log.warning("old requests could not be forgotten: %s", fault)
            except Exception:
                log.exception("old requests could not be forgotten: a fault of ours")
            ended = await _waited(stopping, _UPKEEP_SECONDS)

    def _address(self, far: Far, name: str) -> Address | None:
        if far is not Far.USER:
            return self._static_addresses.get((far, name))
        party = self.in_force.parties.find(UserId.parse(name))
        return None if party is None or party.receive_url is None else Address(url=party.receive_url)


def _owner(index: int) -> str:
    """Whose leases those of the process with that index are."""
    return f"w{index}"


def _static_addresses(settings: Settings) -> dict[tuple[Far, str], Address]:
    return {
        **{(Far.S1SP, name): _address(s1sp.url, s1sp.tls, f"s1sp.{name}") for name, s1sp in settings.s1sp.items()},
        **{(Far.WAN, name): _address(wan.url, wan.tls, f"wan.{name}") for name, wan in settings.wan.items()},
    }


def _address(url: str, tls: Tls, section: str) -> Address:
    try:
        read_endpoint(url)
    except ValueError as fault:
        raise SettingsError(f"{section}.url: {fault}") from None
    return Address(url=url, ssl=client_tls(tls, section))


async def _bind(site: web.BaseSite) -> None:
    try:
        await site.start()
    except OSError as fault:
        raise SettingsError(f"cannot listen on {site.name}: {fault.strerror or fault}") from None


async def _waited(stopping: asyncio.Event, seconds: float) -> bool:
    """True as soon as the end has come, False after so many seconds."""
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _finish(background: list[asyncio.Task[None]], stopping: asyncio.Event) -> None:
    stopping.set()
    for outcome in await asyncio.gather(*background, return_exceptions=True):
        if isinstance(outcome, BaseException):
            log.error("background work ended badly", exc_info=outcome)
