"""Large documents at a gateway as it is run: a process of their own reads them, dies, ends and is started anew.

The service and that process are real and can be killed; users and far sides live in the test.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import orjson
import pytest
from fleet import VERSION, Fleet, fleet, header_and_request, listed
from patience import until
from processes import is_ready, process, stopped
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from running import HOMES, SOON, D, Witness, witness
from under_load import HAS_PROC, Service, running_of

from gateway.metrics import AddedUp
from gateway.product_revisions import ProductRevisions
from gateway.sandbox.simulators import serve_world
from gateway.sandbox.stage import Post, Scene
from gateway.sandbox.traveller import Answered, Traveller
from gateway.sandbox.world import World
from gateway.sqlite_state import SqliteState
from schemas.request import ReadInstantaneousImportRegisters, UpdateFirmware
from schemas.vocabulary import DeviceId, WebService

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("large documents"),
    pytest.mark.skipif(not HAS_PROC, reason="needs /proc to find the process for large documents"),
]

IMAGE_OCTETS: Final = 10_240_000
"""With the fleet's list a document of 13.7 MB."""
NO_IMAGE_STAYS: Final = {"RULES__IMAGE_DAYS": "0"}
"""So that one 11.1 after the other finds the devices as the first did."""
SMALL_IMAGE_OCTETS: Final = 90_000
"""Large enough, and soon read."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A service under way, among its far sides."""

    world: World
    service: Service
    witness: Witness
    session: aiohttp.ClientSession
    scene: Scene
    fleet: Fleet

    @property
    def operators(self) -> str:
        return f"http://127.0.0.1:{self.world.settings.operator.port}"

    async def ready(self) -> bool:
        try:
            async with self.session.get(f"{self.operators}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def image(self, octets: int = SMALL_IMAGE_OCTETS) -> Post:
        """An 11.1 for the whole fleet."""
        body = UpdateFirmware(firmware_version=VERSION, devices=tuple(self.fleet.places), image_characters=0)
        return self.scene.post("supplier", self.scene.dcc, "11.1", body, 8, D, bytes(octets))

    async def sent(self, post: Post) -> Answered:
        return await self.scene.by.post(post.document, post.web_service)

    async def retry_after(self, post: Post) -> tuple[int, str | None, Any]:
        """Status, Retry-After and problem of the answer."""
        url = f"http://127.0.0.1:{self.world.settings.listen.port}/api/v1/service{post.web_service.value}"
        fields = {"Content-Type": "application/xml"}
        async with self.session.post(url, data=post.document, headers=fields) as answer:
            return answer.status, answer.headers.get("Retry-After"), orjson.loads(await answer.read())

    async def read_small(self) -> float:
        """An ordinary request; seconds until its answer."""
        body, device = ReadInstantaneousImportRegisters(), self.scene.device("esme")
        post = self.scene.post("supplier", device, "4.1.1", body, 1, WebService.SEND_COMMAND)
        start = time.perf_counter()
        answered = await self.sent(post)
        assert "I99" == answered.code
        return time.perf_counter() - start

    async def told(self, path: str) -> Any:
        """What the operators' port says; a trace is written a little later. Raises TimeoutError."""
        async with asyncio.timeout(SOON):
            while True:
                async with self.session.get(self.operators + path) as answer:
                    if answer.status == 200:
                        return orjson.loads(await answer.read())
                await asyncio.sleep(0.02)

    async def counted(self, name: str, **labels: str) -> float:
        async with self.session.get(f"{self.operators}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
            samples = [sample for family in families for sample in family.samples if sample.name == name]
        return sum(sample.value for sample in samples if sample.labels == labels)

    async def handed_on(self, post: Post) -> None:
        """Until each provider of the fleet has the request, with its own devices. Raises TimeoutError."""
        expected: dict[str, tuple[DeviceId, ...]] = {}
        for device, place in self.fleet.places.items():
            if place.startswith("/"):
                expected[place] = (*expected.get(place, ()), device)
        await until(lambda: expected == self._found(post), SOON)

    def _found(self, post: Post) -> dict[str, tuple[DeviceId, ...]]:
        read = [(one.path, *header_and_request(one.body)) for one in self.witness.seen if len(one.body) > 10_000]
        return {path: devices for path, devices, document in read if document == post.document}

    def keys(self, place: str) -> int:
        """How many hand-offs there were, repeats of one aside."""
        return len({one.headers["idempotency-key"] for one in self.witness.posts(place)})

    @property
    def reader(self) -> int:
        """Process id of the one that reads large documents."""
        (found,) = self.service.readers_running()
        return found

    async def settled(self) -> None:
        """Until nothing is left of what was sent before."""
        await until(lambda: 4 == len(self.witness.posts("/s1sp/")) + len(self.witness.posts("/wan/")))
        await asyncio.sleep(0.2)

    async def without_reader(self) -> None:
        await until(lambda: not self.service.readers_running())


@asynccontextmanager
async def serving(world: World, workers: int = 1, settings: Mapping[str, str] | None = None) -> AsyncIterator[Served]:
    far_port = int(world.settings.wan["North"].url.split(":")[2].split("/")[0])
    service = Service(world, workers, NO_IMAGE_STAYS | (settings or {}))
    async with AsyncExitStack() as stack:
        simulators = await stack.enter_async_context(serve_world(world, port=0))
        standing = await stack.enter_async_context(witness(far_port, simulators.url))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        traveller = Traveller(world, f"http://127.0.0.1:{world.settings.listen.port}", session)
        scene = Scene(world, traveller)
        served = Served(
            world=world,
            service=service,
            witness=standing,
            session=session,
            scene=scene,
            fleet=await furnished(world, scene),
        )
        stack.callback(service.kill)
        service.start()
        await until(served.ready)
        yield served


async def furnished(world: World, scene: Scene) -> Fleet:
    """The fleet, in the inventory before the service starts."""
    made = fleet(scene.user, datetime.now(UTC))
    listed(ProductRevisions(world.settings.products.directory))
    state = SqliteState(world.settings.store.path, owner="furnisher")
    await state.open()
    await state.import_devices(made.devices, {})
    await state.import_registrations(made.registrations)
    await state.close()
    return made


WARNED: Final = ("W110101", "DSPUpdateFirmwareWarning")


async def test_the_largest_request_goes_its_whole_way_and_small_ones_are_answered_meanwhile(world: World) -> None:
    async with serving(world) as served:
        post = served.image(IMAGE_OCTETS)
        assert len(post.document) > 13_600_000
        await served.sent(served.image())
        alone = [await served.read_small() for _ in range(20)]
        large, meanwhile = asyncio.create_task(served.sent(post)), []
        while not large.done():
            meanwhile.append(await served.read_small())
        answered = await large
        assert WARNED == (answered.code, answered.result)
        assert len(meanwhile) > 5
        assert statistics.median(meanwhile) < statistics.median(alone) + 0.1
        await served.handed_on(post)
        trace = await served.told(f"/v1/traces/{answered.trace_id}")
        assert ("accepted", "W110101", len(post.document)) == (trace["outcome"], trace["code"], trace["octets"])
        assert trace["destination_reason"].startswith("an image for 800 devices of 4 providers; left out: 480 invalid")
        assert 2 == await served.counted("duis_response_codes_total", code="W110101")
        small = 20 + len(meanwhile)
        assert small + 2 == await served.counted("duis_requests_total", outcome="accepted")
        assert small + 2 == await served.counted("duis_request_seconds_count")


async def test_a_small_request_needs_no_other_process(world: World) -> None:
    async with serving(world) as served:
        await served.read_small()
        assert [] == served.service.readers_running()


async def test_refusals_and_faults_of_large_documents_are_told_as_those_of_small_ones(world: World) -> None:
    async with serving(world) as served:
        post = served.image()
        broken = msgspec.structs.replace(post, document=post.document.replace(b"<sr:", b"<", 1))
        status, retry_after, problem = await served.retry_after(broken)
        assert (400, None, "urn:duis-gateway:problem:not-xml") == (status, retry_after, problem["type"])
        trace = await served.told(f"/v1/traces/{problem['trace']}")
        assert ("not-xml", len(broken.document)) == (trace["outcome"], trace["octets"])


def socket_of(reader: int) -> Path:
    words = Path(f"/proc/{reader}/cmdline").read_bytes().decode().split("\0")
    socket = Path(words[words.index("--large-documents") + 1])
    assert socket.is_socket()
    return socket


def is_there(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


async def test_it_lives_in_a_folder_that_nobody_else_may_enter(world: World) -> None:
    async with serving(world) as served:
        await served.sent(served.image())
        folder = socket_of(served.reader).parent
        assert 0o700 == folder.stat().st_mode & 0o777
        assert os.nice(0) < os.getpriority(os.PRIO_PROCESS, served.reader), "ordinary requests come first"
        assert os.sched_getaffinity(0) == os.sched_getaffinity(served.reader), "only the worker keeps to one CPU"
        served.service.tell(signal.SIGTERM)
        assert 0 == await asyncio.to_thread(served.service.ended)
        assert not folder.exists()


# ---- killed

UNDER_WAY: Final = {"before it reads": 0, "while it takes it in": 1, "while it reads": 4, "later": 8}
"""CPU time, hundredths of a second, that it is left for 13.7 MB."""


def ticks_of(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


async def killed_after(process: int, ticks: int) -> None:
    """One that was stopped before."""
    before = ticks_of(process)
    if ticks:
        os.kill(process, signal.SIGCONT)
    while ticks_of(process) - before < ticks:  # noqa: ASYNC110 -- nobody tells of it
        await asyncio.sleep(0.001)
    os.kill(process, signal.SIGKILL)


@pytest.mark.parametrize("ticks", UNDER_WAY.values(), ids=UNDER_WAY.keys())
async def test_killed_at_work_it_costs_a_repeat_and_nothing_else(ticks: int, world: World) -> None:
    async with serving(world) as served:
        await served.sent(served.image())
        first, post = served.reader, served.image(IMAGE_OCTETS)
        await served.settled()
        os.kill(first, signal.SIGSTOP)
        large = asyncio.create_task(served.retry_after(post))
        await asyncio.sleep(0.3)
        await killed_after(first, ticks)
        status, retry_after, problem = await large
        assert (503, "5", "urn:duis-gateway:problem:broken-off") == (status, retry_after, problem["type"])
        await served.read_small()
        trace = await served.told(f"/v1/traces/{problem['trace']}")
        assert trace["reason"].startswith("the process for large documents broke off: ")
        assert ("broken-off", len(post.document)) == (trace["outcome"], trace["octets"])
        assert WARNED == ((again := await served.sent(post)).code, again.result)
        assert served.reader != first
        await served.handed_on(post)
        assert 2 == served.keys("/s1sp/secure"), "its own, and that of the request before it"


async def test_killed_after_an_acceptance_its_hand_offs_go_out_all_the_same(world: World) -> None:
    async with serving(world) as served:
        post = served.image(IMAGE_OCTETS)
        answered = await served.sent(post)
        os.kill(served.reader, signal.SIGKILL)
        assert WARNED == (answered.code, answered.result)
        # Long before a lease of 60 s has run out.
        await served.handed_on(post)
        assert answered.body == (await served.sent(post)).body


async def test_a_service_that_is_killed_takes_it_with_it(world: World) -> None:
    async with serving(world) as served:
        await served.sent(served.image())
        reader, folder = served.reader, socket_of(served.reader).parent
        served.service.tell(signal.SIGKILL)
        await until(lambda: not is_there(reader) and not folder.exists())


async def test_one_that_does_not_answer_is_ended(world: World) -> None:
    async with serving(world, settings={"LIMITS__LARGE_SECONDS": "1.5"}) as served:
        await served.sent(served.image())
        silent, post = served.reader, served.image()
        os.kill(silent, signal.SIGSTOP)
        status, retry_after, problem = await served.retry_after(post)
        assert (503, "5", "urn:duis-gateway:problem:broken-off") == (status, retry_after, problem["type"])
        trace = await served.told(f"/v1/traces/{problem['trace']}")
        assert "the process for large documents broke off: no answer within 1.5 s" == trace["reason"]
        assert not is_there(silent)
        assert "W110101" == (await served.sent(post)).code


async def test_one_that_cannot_start_is_told_of_and_tried_again(world: World) -> None:
    async with serving(world) as served:
        aside = world.config.rename(world.config.with_suffix(".aside"))
        post = served.image()
        status, retry_after, problem = await served.retry_after(post)
        assert (503, "5", "urn:duis-gateway:problem:unavailable") == (status, retry_after, problem["type"])
        await served.read_small()
        aside.rename(world.config)
        assert WARNED == ((again := await served.sent(post)).code, again.result)


# ---- told to stop


async def test_a_service_that_is_told_to_stop_answers_what_is_under_way(world: World) -> None:
    async with serving(world) as served:
        await served.sent(served.image())
        reader, post = served.reader, served.image(IMAGE_OCTETS)
        large = asyncio.create_task(served.sent(post))
        await asyncio.sleep(0.3)
        served.service.tell(signal.SIGTERM)
        answered = await large
        assert WARNED == (answered.code, answered.result)
        assert 0 == await asyncio.to_thread(served.service.ended)
        assert not is_there(reader)
        with closing(sqlite3.connect(world.settings.store.path)) as db:
            waiting = db.execute("SELECT count(*) FROM outbox").fetchone()[0]
        assert waiting in range(5), "delivered, or left for the next start"


async def test_without_work_it_ends_and_the_next_document_starts_another(world: World) -> None:
    async with serving(world, settings={"LIMITS__LARGE_IDLE_SECONDS": "0.2"}) as served:
        await served.sent(served.image())
        first = served.reader
        await served.without_reader()
        again = await served.sent(served.image())
        assert ("W110101", "accepted") == (again.code, (await served.told(f"/v1/traces/{again.trace_id}"))["outcome"])
        assert first not in served.service.readers_running()
        assert 2 == await served.counted("duis_response_codes_total", code="W110101"), "what the first counted stays"


# ---- beside others


async def test_a_sandbox_has_one_too(world: World) -> None:
    ports = ("--port", world.settings.listen.port, "--operator-port", world.settings.operator.port)
    ports += ("--simulators-port", world.settings.wan["North"].url.split(":")[2].split("/")[0])
    with process("sandbox", "--dir", world.directory, "--homes", HOMES, "--no-tour", *ports) as sandbox:
        assert await asyncio.to_thread(is_ready, world.settings)
        async with aiohttp.ClientSession() as session:
            scene = Scene(world, Traveller(world, f"http://127.0.0.1:{world.settings.listen.port}", session))
            body = UpdateFirmware(
                firmware_version=world.firmware["esme-newer"].version,
                devices=(scene.device("esme"),),
                image_characters=0,
            )
            post = scene.post("supplier", scene.dcc, "11.1", body, 8, D, bytes(SMALL_IMAGE_OCTETS))
            assert "I99" == (await scene.by.post(post.document, post.web_service)).code
        (reader,) = running_of(sandbox.pid)
        assert socket_of(reader)
        assert 0 == (await asyncio.to_thread(stopped, sandbox))[0]
        assert not is_there(reader)


async def test_it_decides_by_the_product_list_that_is_active(world: World) -> None:
    store = ProductRevisions(world.settings.products.directory)
    before = store.active().revision
    async with serving(world) as served:
        ours = (await served.told("/v1/products"))["revision"]
        assert "W110101" == (await served.sent(served.image())).code
        store.activate(before)
        await until(lambda: has_revision(served, before))
        post = served.image()
        assert "E110101" == (await served.sent(post)).code
        assert before != ours


async def has_revision(served: Served, revision: str) -> bool:
    """In force at the workers; the process for large documents looks as often as they do."""
    found = (await served.told("/v1/products"))["revision"] == revision
    await asyncio.sleep(1.2)
    return bool(found)


async def test_several_at_once_at_two_workers_are_each_accepted_and_counted(world: World) -> None:
    async with serving(world, workers=2) as served:
        posts = [served.image() for _ in range(8)]
        answers = await asyncio.gather(*(apart(served, post) for post in posts))
        assert [WARNED] * 8 == [(each.code, each.result) for each in answers]
        for post in posts:
            await served.handed_on(post)
        assert 1 <= len(served.service.readers_running()) <= 2
        assert 8 == await served.counted("duis_response_codes_total", code="W110101")


async def test_so_many_at_once_as_the_limit_says_are_passed_on(world: World) -> None:
    async with serving(world, settings={"LIMITS__LARGE_IN_FLIGHT": "2"}) as served:
        await served.sent(served.image())
        socket = socket_of(served.reader)
        await served.settled()
        os.kill(served.reader, signal.SIGSTOP)
        posts = [served.image() for _ in range(4)]
        answers = [asyncio.create_task(apart(served, post)) for post in posts]
        await until(lambda: 2 == connections_to(socket))
        await asyncio.sleep(0.3)
        await served.read_small()
        assert 2 == connections_to(socket)
        os.kill(served.reader, signal.SIGCONT)
        assert ["W110101"] * 4 == [(await answer).code for answer in answers]


def connections_to(socket: Path) -> int:
    lines = Path("/proc/net/unix").read_text().splitlines()
    return sum(line.endswith(str(socket)) for line in lines) - 1


async def apart(served: Served, post: Post) -> Answered:
    """On a connection of its own, so that either worker may take it."""
    async with aiohttp.ClientSession() as session:
        by = Traveller(served.world, f"http://127.0.0.1:{served.world.settings.listen.port}", session)
        return await by.post(post.document, post.web_service)


def test_what_processes_counted_is_added_up() -> None:
    one, other = CollectorRegistry(), CollectorRegistry()
    for registry, count, seconds in ((one, 2, 0.4), (other, 3, 0.6)):
        Counter("asked", "Questions.", ["by"], registry=registry).labels("us").inc(count)
        Histogram("took", "Seconds.", buckets=(0.5, 1), registry=registry).observe(seconds)
    Counter("lone", "Of one process.", registry=other).inc(7)
    both = CollectorRegistry()
    both.register(AddedUp(one.collect, other.collect))
    told = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(generate_latest(both).decode())
        for sample in family.samples
        if not sample.name.endswith("_created")
    }
    assert {
        ("asked_total", "us"): 5,
        ("took_bucket", "0.5"): 1,
        ("took_bucket", "1.0"): 2,
        ("took_bucket", "+Inf"): 2,
        ("took_count",): 2,
        ("took_sum",): 1.0,
        ("lone_total",): 7,
    } == told
