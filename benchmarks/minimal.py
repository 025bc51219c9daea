"""A server that does the floor's work and nothing else: no rules, no inventory, no trace, no retries.

The floor adds up steps that are measured one by one, with nothing between them and nobody beside them. This is
the same work in a row, over real connections, with a thread that commits: as near to the floor as a Python
process comes, and so what a gateway's ratio should be read against.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Final

import aiohttp
import uvloop
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.connection import Target, post_octets
from benchmarks.far_side import FarSide
from benchmarks.floor import TABLE
from benchmarks.generator import Batch, Generator
from benchmarks.native import Material, NativeReader, signature
from benchmarks.timing import cpu_microseconds
from gateway.sqlite_schema import connect_to_write
from gateway.sqlite_writer import GroupWriter

_ANSWER: Final = bytes(1500)
_PATIENCE_SECONDS: Final = 10.0


class MinimalProcess:
    """The minimal server under way."""

    def __init__(self, process: int, port: int) -> None:
        self._process = process
        self.target: Final = Target(host="127.0.0.1", port=port)

    @property
    def cpu_microseconds(self) -> float:
        return cpu_microseconds(self._process)


class Minimal:
    """Rounds on a minimal server; the best is kept."""

    def __init__(self, server: MinimalProcess, generator: Generator, far_side: FarSide, material: Material) -> None:
        self._server = server
        self._generator = generator
        self._far_side = far_side
        self._posts = [
            post_octets(server.target, "/api/v1/serviceS", "application/xml", document)
            for document in material.documents
        ]
        self.microseconds = float("inf")
        """CPU per request."""

    def round(self, count: int) -> None:
        """``count`` requests, and as many posts to the far side. Raises CannotMeasure."""
        posts = [self._posts[n % len(self._posts)] for n in range(count)]
        before, posted = self._server.cpu_microseconds, self._far_side.count
        self._generator.run(Batch(target=self._server.target, posts=posts))
        self._far_side.wait_for(posted + count)
        self.microseconds = min(self.microseconds, (self._server.cpu_microseconds - before) / count)


@contextmanager
def minimal_server(material: Material, far_side_port: int) -> Iterator[MinimalProcess]:
    """A minimal server for requests of the material's signer, for as long as the context lasts."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    point = material.public_key.public_numbers()
    process = spawn.Process(target=_serve, args=(theirs, point.x, point.y, far_side_port), daemon=True)
    process.start()
    theirs.close()
    try:
        yield MinimalProcess(*ours.recv())
    finally:
        ours.close()
        process.join(_PATIENCE_SECONDS)


def _serve(pipe: Pipe[Any, Any], x: int, y: int, far_side_port: int) -> None:
    public_key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    uvloop.run(_run(pipe, public_key, f"http://127.0.0.1:{far_side_port}/minimal"))


async def _run(pipe: Pipe[Any, Any], public_key: ec.EllipticCurvePublicKey, url: str) -> None:
    own_key = ec.generate_private_key(ec.SECP256R1())
    reader = NativeReader()
    with tempfile.TemporaryDirectory(prefix="duis-bench-") as folder:
        path = Path(folder) / "minimal.db"
        store = GroupWriter(path, lambda: connect_to_write(path, TABLE, busy_seconds=1.0), busy_seconds=1.0)
        await store.start()
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=64),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            ) as session,
            asyncio.TaskGroup() as group,
        ):

            async def hand_on(body: bytes) -> None:
                async with session.post(url, data=body, headers={"Content-Type": "application/xml"}) as response:
                    response.raise_for_status()

            async def answered(request: web.Request) -> web.Response:
                received = await request.read()
                reader.whole(received, public_key)
                body = signature(received, own_key)
                await store.run(lambda db: db.execute("INSERT INTO records (body) VALUES (?)", (body,)))
                tasks.add(task := group.create_task(hand_on(body)))
                task.add_done_callback(tasks.discard)
                return web.Response(body=_ANSWER, content_type="application/xml")

            tasks: set[asyncio.Task[None]] = set()
            application = web.Application()
            application.router.add_post("/api/v1/serviceS", answered)
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            pipe.send((os.getpid(), runner.addresses[0][1]))
            await asyncio.to_thread(_until_closed, pipe)
            await runner.cleanup()
        await store.stop()


def _until_closed(pipe: Pipe[Any, Any]) -> None:
    try:
        pipe.recv()
    except EOFError:
        return
