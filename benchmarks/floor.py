"""The floor: what the native work of one request costs alone, one core, in one process.

Every ratio that the benchmarks report has the sum of this table, measured in the same run, below the
line. HTTP is a minimal aiohttp server and client; the durable record is one insert into SQLite with WAL
and synchronous=FULL.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import aiohttp
import msgspec
import uvloop
from aiohttp import web

from benchmarks.connection import Target, post_octets
from benchmarks.far_side import FarSide
from benchmarks.generator import CONNECTIONS, Batch, Generator
from benchmarks.native import (
    Material,
    NativeReader,
    NativeSteps,
    countersign_microseconds,
    mac_microseconds,
    sign_microseconds,
)
from benchmarks.timing import Effort, how_many, microseconds_each
from gateway.sqlite_schema import connect_to_write
from schemas.signature import SigningIdentity

BATCH: Final = 32
_COMMAND_OCTETS: Final = 160
"""About what a Command without parameters has."""
_ANSWER_OCTETS: Final = 1500
"""About what a signed Response has."""
TABLE: Final = (("CREATE TABLE records (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",),)


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of CPU for one request."""

    steps: NativeSteps
    countersign: float
    sign_answer: float
    mac: float
    durable_in_batches: float
    durable_alone: float
    http_in: float
    http_out: float
    encode_record: float

    @property
    def native(self) -> float:
        """Read, verify, countersign."""
        return self.steps.sum + self.countersign

    @property
    def both_sides(self) -> float:
        """The sum that the goals are ratios to: native, durable in batches, HTTP on both sides."""
        return self.native + self.durable_in_batches + self.http_in + self.http_out

    @property
    def smets1(self) -> float:
        """What a SMETS1 request needs at least: its answer is signed as well."""
        return self.both_sides + self.sign_answer

    @property
    def smets2(self) -> float:
        """What a SMETS2+ request needs at least: a MAC in place of the countersignature, and a signed answer."""
        return self.both_sides - self.countersign + self.mac + self.sign_answer


def best_floor(floors: Sequence[Floor]) -> Floor:
    """The best of each figure."""
    steps = [msgspec.structs.asdict(each.steps) for each in floors]
    whole = [msgspec.structs.asdict(each) for each in floors]
    names = [name for name in whole[0] if name != "steps"]
    return Floor(
        steps=NativeSteps(**{name: min(each[name] for each in steps) for name in steps[0]}),
        **{name: min(each[name] for each in whole) for name in names},
    )


def measure_floor(
    material: Material,
    document: bytes,
    identity: SigningIdentity,
    generator: Generator,
    far_side: FarSide,
    effort: Effort,
) -> Floor:
    """The whole table: the native steps on ``material`` in rotation, the rest on ``document``, with the DCC's key.

    Raises CannotMeasure.
    """
    reader = NativeReader()
    alone, in_batches = _durable(document, effort)
    return Floor(
        steps=reader.steps(material, effort),
        countersign=countersign_microseconds(document, identity.key, effort),
        sign_answer=sign_microseconds(document[:_ANSWER_OCTETS], identity.key, effort),
        mac=mac_microseconds(bytes(_COMMAND_OCTETS), effort),
        durable_in_batches=in_batches,
        durable_alone=alone,
        http_in=uvloop.run(_http_in(document, generator, effort)),
        http_out=uvloop.run(_http_out(document, far_side.port, effort)),
        encode_record=_encode_record(effort),
    )


def _durable(document: bytes, effort: Effort) -> tuple[float, float]:
    """One record per transaction; and one record of ``BATCH`` in a transaction."""
    with tempfile.TemporaryDirectory(prefix="duis-bench-") as folder:
        db = connect_to_write(Path(folder) / "floor.db", TABLE, busy_seconds=1.0)
        try:

            def commit(records: int) -> None:
                db.execute("BEGIN IMMEDIATE")
                for _ in range(records):
                    db.execute("INSERT INTO records (body) VALUES (?)", (document,))
                db.execute("COMMIT")

            def each(records: int) -> float:
                count = how_many(lambda: commit(records), effort.seconds, most=400)
                return microseconds_each(lambda: range(count), lambda _: commit(records), effort.rounds) / records

            return each(1), each(BATCH)
        finally:
            db.close()


async def _http_in(document: bytes, generator: Generator, effort: Effort) -> float:
    """A server that reads the body and answers, under keep-alive load from another process."""
    answer = bytes(_ANSWER_OCTETS)

    async def answered(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, content_type="application/xml")

    application = web.Application()
    application.router.add_post("/api/v1/serviceS", answered)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        target = Target(host="127.0.0.1", port=runner.addresses[0][1])
        posts = [post_octets(target, "/api/v1/serviceS", "application/xml", document)] * effort.requests

        async def serve() -> None:
            generator.start(Batch(target=target, posts=posts))
            await asyncio.to_thread(generator.finish)

        return await _best(serve, effort)
    finally:
        await runner.cleanup()


async def _http_out(document: bytes, port: int, effort: Effort) -> float:
    """One session as the gateway's own: posts kept under way, answered at once by another process."""
    url = f"http://127.0.0.1:{port}/floor"
    headers = {"Content-Type": "application/xml"}
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
        auto_decompress=False,
    ) as session:

        async def post_all() -> None:
            left = itertools.repeat(None, effort.requests)

            async def work() -> None:
                for _ in left:
                    async with session.post(url, data=document, headers=headers) as response:
                        response.raise_for_status()

            await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

        return await _best(post_all, effort)


async def _best(all_requests: Callable[[], Awaitable[None]], effort: Effort) -> float:
    """Best CPU time of this process per request."""
    await all_requests()
    best = float("inf")
    for _ in range(effort.rounds):
        start = time.process_time_ns()
        await all_requests()
        best = min(best, (time.process_time_ns() - start) / 1000 / effort.requests)
    return best


def _encode_record(effort: Effort) -> float:
    record = {"trace_id": "0" * 32, "verdicts": [{"check": f"check-{n}", "answer": "passed"} for n in range(22)]}
    encoder = msgspec.json.Encoder()
    count = how_many(lambda: encoder.encode(record), effort.seconds)
    return microseconds_each(lambda: range(count), lambda _: encoder.encode(record), effort.rounds)
