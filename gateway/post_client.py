"""HTTP/1.1 posts over connections that are kept: few of them, each used again as soon as its answer is there.

One pool for each host, port and TLS context. The connection that was used last is taken first, so that a quiet
destination keeps few. Deadlines and idle connections are looked at by one timer for all pools: a post has none
of its own. Redirects are not followed, answers not decompressed, cookies not kept.

A connection that the peer closed while it lay idle is found out at the next post. Where not one octet of an
answer came, that post is written once more to a fresh connection, within the same time. The peer may have
carried the first one out all the same: delivery is at-least-once, and the Idempotency-Key tells it. Any other
second attempt is ``onward``'s affair.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from aiohappyeyeballs import start_connection

from gateway.endpoint import Endpoint, read_endpoint
from gateway.post_connection import PostConnection, Told, Unanswered

_IDLE_SECONDS: Final = 60.0
_SECOND_ADDRESS_SECONDS: Final = 0.25
"""RFC 8305: how long the first address of a name has before the next is tried beside it."""
_LONGEST_TICK_SECONDS: Final = 0.25
_LAST_WORDS_SECONDS: Final = 1.0


class PostClient:
    """Posts. An async context: connections are closed at its end, and nothing may be under way then.

    ``most``: connections at once to one place. ``seconds``: for one post, with waiting for a connection, opening
    it and the second try. A time-out is noticed up to an eighth of it late (a quarter of a second at most).
    ``idle_seconds``: how long a connection is kept that nobody uses.
    """

    def __init__(self, *, most: int, seconds: float, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._idle_seconds = idle_seconds
        self._routes: dict[tuple[str, ssl.SSLContext | None], tuple[Endpoint, _Pool]] = {}
        self._pools: dict[tuple[str, int, bool, ssl.SSLContext | None], _Pool] = {}
        self._tick = min(seconds / 8, _LONGEST_TICK_SECONDS)
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))

    async def post(self, url: str, tls: ssl.SSLContext | None, fields: Mapping[str, str], *body: bytes) -> Told:
        """Post ``body``, in any number of pieces, with the header ``fields``.

        ``tls`` is for https alone; ``None`` is what the system trusts.
        Raises ValueError for an address or a header field that cannot be used.
        """
        endpoint, pool = self._routes.get((url, tls)) or self._route(url, tls)
        head = _head(endpoint.opening, fields, sum(map(len, body)))
        if self._timer is None:
            self._timer = self._loop.call_later(self._tick, self._sweep)
        return await pool.post((head, *body), self._loop.time() + self._seconds)

    def _route(self, url: str, tls: ssl.SSLContext | None) -> tuple[Endpoint, _Pool]:
        endpoint = read_endpoint(url)
        place = (endpoint.host, endpoint.port, endpoint.secure, tls if endpoint.secure else None)
        pool = self._pools.get(place)
        if pool is None:
            context = (tls or ssl.create_default_context()) if endpoint.secure else None
            pool = _Pool(self._loop, endpoint, context, self._most, self._seconds, self._idle_seconds)
            self._pools[place] = pool
        self._routes[url, tls] = endpoint, pool
        return endpoint, pool

    def _sweep(self) -> None:
        now = self._loop.time()
        open_ones = sum([pool.sweep(now) for pool in self._pools.values()])
        self._timer = self._loop.call_later(self._tick, self._sweep) if open_ones else None


def _head(opening: str, fields: Mapping[str, str], length: int) -> bytes:
    """Raises ValueError for a field that is more than one line, or not ASCII."""
    lines = [f"{name}: {value}" for name, value in fields.items()]
    for line in lines:
        if not line.isprintable():
            raise ValueError(f"expected a header field of one line, found {line!r}")
    return "\r\n".join((f"{opening}Content-Length: {length}", *lines, "", "")).encode("ascii")


class _Pool:
    """The connections to one place. Who holds a place among ``most`` posts, or opens a connection to post."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        endpoint: Endpoint,
        tls: ssl.SSLContext | None,
        most: int,
        seconds: float,
        idle_seconds: float,
    ) -> None:
        self._loop = loop
        self._host, self._port, self._tls = endpoint.host, endpoint.port, tls
        self._room = most
        self._late = f"within {seconds:g} s"
        self._idle_seconds = idle_seconds
        self._idle: list[PostConnection] = []
        """Some may have been closed meanwhile: the post that takes one opens another in its place."""
        self._open: set[PostConnection] = set()
        """With those that are closing."""
        self._waiting: deque[asyncio.Future[PostConnection | None]] = deque()
        """Posts that found no room: each gets a connection, or ``None`` and opens one."""
        self._all_gone = asyncio.Event()

    async def post(self, pieces: tuple[bytes, ...], deadline: float) -> Told:
        connection = self._idle.pop() if self._idle else await self._another(deadline)
        if isinstance(connection, Unanswered):
            return connection
        told = await self._exchange(connection, pieces, deadline)
        if isinstance(told, Unanswered) and told.untouched and connection.posts > 1:
            fresh = await self._connected(deadline)
            if isinstance(fresh, Unanswered):
                return fresh
            connection, told = fresh, await self._exchange(fresh, pieces, deadline)
        self._give_back(connection)
        return told

    async def _exchange(self, connection: PostConnection, pieces: tuple[bytes, ...], deadline: float) -> Told:
        try:
            return await connection.post(pieces, deadline)
        except asyncio.CancelledError:
            connection.close()
            self._leave()
            raise

    async def _another(self, deadline: float) -> PostConnection | Unanswered:
        if self._room:
            self._room -= 1
            return await self._connected(deadline)
        turn: asyncio.Future[PostConnection | None] = self._loop.create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout_at(deadline):
                given = await turn
        except (TimeoutError, asyncio.CancelledError) as ended:
            # It may have come in the very moment when it was no longer waited for.
            if turn.done() and not turn.cancelled():
                self._give_back(turn.result())
            if isinstance(ended, asyncio.CancelledError):
                raise
            return Unanswered(f"no connection was free {self._late}")
        return given or await self._connected(deadline)

    async def _connected(self, deadline: float) -> PostConnection | Unanswered:
        """A new connection on the place that the caller holds; the place is free again where there is none."""
        try:
            async with asyncio.timeout_at(deadline):
                connection = await self._connect()
        except OSError as fault:
            self._leave()
            return Unanswered(f"cannot connect to {self._host}:{self._port}: {self._why(fault)}")
        except asyncio.CancelledError:
            self._leave()
            raise
        if not connection.gone:
            self._open.add(connection)
        return connection

    def _why(self, fault: OSError) -> str:
        match fault:
            case TimeoutError(errno=None):
                return f"no connection {self._late}"
            case ssl.SSLError() | socket.gaierror():
                # These have numbers of their own, which the system would read as others.
                return fault.strerror or str(fault)
            case _:
                return str(fault) if fault.errno is None else os.strerror(fault.errno)

    async def _connect(self) -> PostConnection:
        """Raises OSError."""
        loop = self._loop
        addresses = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        sock = await start_connection(addresses, happy_eyeballs_delay=_SECOND_ADDRESS_SECONDS, interleave=1, loop=loop)
        try:
            _, connection = await loop.create_connection(
                lambda: PostConnection(loop, self._lost),
                sock=sock,
                ssl=self._tls,
                server_hostname=None if self._tls is None else self._host,
            )
        except BaseException:
            sock.close()
            raise
        return connection

    def _give_back(self, connection: PostConnection | None) -> None:
        """Its place with it; ``None`` is a place without a connection."""
        if connection is not None and connection.reusable:
            if not self._hand_to_next(connection):
                connection.deadline = self._loop.time() + self._idle_seconds
                self._idle.append(connection)
            return
        if connection is not None:
            connection.close()
        self._leave()

    def _leave(self) -> None:
        if not self._hand_to_next(None):
            self._room += 1

    def _hand_to_next(self, connection: PostConnection | None) -> bool:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(connection)
                return True
        return False

    def _lost(self, connection: PostConnection) -> None:
        self._open.discard(connection)
        if not self._open:
            self._all_gone.set()

    def sweep(self, now: float) -> int:
        """What has taken too long ends. So many connections are open."""
        for connection in [each for each in self._open if each.deadline <= now]:
            connection.expire(f"no answer {self._late}")
        return len(self._open)

    async def close(self) -> None:
        """Every connection, in good order where the peers let it."""
        if not self._open:
            return
        self._all_gone.clear()
        for connection in tuple(self._open):
            connection.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._all_gone.wait(), _LAST_WORDS_SECONDS)
        for connection in tuple(self._open):
            connection.expire("")
