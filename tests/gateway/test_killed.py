"""A gateway that is killed at random moments under load keeps every promise that it made.

The service is a process of its own (or a supervisor with its workers), started, killed with SIGKILL and
started again; users and far sides live on in the test. What is looked at in the end is told by the tests. The
ledger alone is ``test_crash``'s; that a disk keeps what it said it had, nobody here can show.
"""

from __future__ import annotations

import asyncio
import random
import signal
import socket
import sqlite3
import statistics
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing

import aiohttp
import msgspec
import pytest
from patience import until
from running import copied, made_world
from under_load import E63, HAS_PROC, Deed, Load, Service

from gateway.ports import AnswerKey, Far, Stage
from gateway.sandbox.far_sides import Simulators
from gateway.sandbox.simulators import serve_world
from gateway.sandbox.traveller import Traveller
from gateway.sandbox.visits import Visit
from gateway.sandbox.world import World
from gateway.sqlite_inventory import RecordReader, read_device
from gateway.sqlite_state import SqliteState
from routing.inventory import Device
from schemas.vocabulary import DeviceId, DeviceStatus, RequestId, UserId

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("killed")]

CONNECTIONS = 6
KILLS = 50
KILLS_IN_START_UP = 0.2
"""The share of kills that do not wait for a first answer."""
WORKER_KILLS = 8
LONGEST_UPTIME = 0.5
"""Seconds between the first answer and the kill, at most."""
DRAIN_SECONDS = 30.0
"""Less than a lease: nothing may have to wait for the end of one."""
OTHER_CONTENTS = 300
"""So many used RequestIDs are tried with other content."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the ledger."""

    digest: bytes
    code: str
    answer: bytes
    keys: tuple[str, ...]
    """The answers that are waited for, as ``named_by`` writes them."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What there was to see once everything had come to rest."""

    ledger: dict[tuple[RequestId, Stage], Kept]
    handed_on: dict[tuple[Far, str], set[str]]
    """By destination: RequestIDs at a S1SP, and at a WAN what ``named_by`` writes."""
    answered: set[RequestId]
    """Those whose user got an asynchronous answer."""
    devices: dict[DeviceId, Device | None]
    """Of every 12.2 that was sent."""
    integrity: str
    outbox: dict[str, int]

    def kept(self, deed: Deed) -> Kept | None:
        return self.ledger.get((deed.request.request_id, deed.stage))


class Survived(msgspec.Struct, frozen=True, kw_only=True):
    """The ordeal, looked back on."""

    deeds: list[Deed]
    before: Seen
    """After the last restart."""
    after: Seen
    """Once everything was repeated, and other content tried."""
    other_contents: list[tuple[Deed, str | None]]
    """What a used RequestID with other content was answered, by the deed that it was taken from."""
    starts: list[float]
    """Seconds from start to first answer."""
    kills: int

    @property
    def promised(self) -> list[Deed]:
        return [deed for deed in self.deeds if deed.promised]


def named_by(key: AnswerKey) -> str:
    """As the WAN simulator tells of a Command."""
    return f"from {key.originator} to {key.device}, counter {key.counter}"


# ---- the ordeal


async def ordeal(world: World, *, workers: int, kills: int, seed: int) -> Survived:
    lot = random.Random(seed)
    async with serve_world(world) as simulators, aiohttp.ClientSession() as session:
        for visits in (
            *map(simulators.wan.visits, world.settings.wan),
            *map(simulators.s1sps.visits, world.settings.s1sp),
        ):
            visits.last = deque()
        gateway = f"http://127.0.0.1:{world.settings.listen.port}"
        load = Load(world, Traveller(world, gateway, session), lot)
        service = Service(world, workers)
        starts: list[float] = []
        connections = [asyncio.create_task(load.connection()) for _ in range(CONNECTIONS)]
        try:
            for _ in range(kills):
                await _one_kill(service, load, lot, starts)
            await service.started(load)
            load.over = True
            await asyncio.gather(*connections)
            await _come_to_rest(world, simulators)
            before = _seen(world, simulators, load.deeds)
            for deed in load.deeds:
                deed.promised = deed.acknowledged
            await load.repeat_all(CONNECTIONS)
            others = await load.with_other_content(OTHER_CONTENTS)
            await _come_to_rest(world, simulators)
        finally:
            load.over = True
            service.kill()
            await asyncio.gather(*connections, return_exceptions=True)
        return Survived(
            deeds=load.deeds,
            before=before,
            after=_seen(world, simulators, load.deeds),
            other_contents=others,
            starts=starts,
            kills=kills,
        )


async def _one_kill(service: Service, load: Load, lot: random.Random, starts: list[float]) -> None:
    if not service.alive:
        service.start()
        if lot.random() < KILLS_IN_START_UP:
            await asyncio.sleep(lot.uniform(0, 0.8))
            service.kill()
            return
        starts.append(await service.first_answer(load))
    await asyncio.sleep(lot.uniform(0, LONGEST_UPTIME))
    if service.workers > 1 and lot.random() < 0.6:
        await service.kill_one_worker(lot)
    else:
        service.kill()


async def _come_to_rest(world: World, simulators: Simulators) -> None:
    """Nothing waits in the outbox, and no far side has an answer to bring."""
    state = SqliteState(world.settings.store.path, owner="onlooker")

    async def at_rest() -> bool:
        return not simulators.courier.summary()["under_way"] and not await state.outbox_depth()

    await until(at_rest, DRAIN_SECONDS)


def _seen(world: World, simulators: Simulators, deeds: list[Deed]) -> Seen:
    handed_on = {
        (far, name): {_name_in(visit) for visit in sides.visits(name).last}
        for far, sides, names in (
            (Far.WAN, simulators.wan, world.settings.wan),
            (Far.S1SP, simulators.s1sps, world.settings.s1sp),
        )
        for name in names
    }
    newcomers = [deed.newcomer for deed in deeds if deed.newcomer is not None]
    with closing(sqlite3.connect(world.settings.store.path)) as db:
        reader = RecordReader(cached=False)
        return Seen(
            ledger=dict(_ledger(db)),
            handed_on=handed_on,
            answered={d.request.request_id for d in deeds if simulators.users.answers(d.request.request_id)},
            devices={device: read_device(db, device, reader) for device in newcomers},
            integrity=str(db.execute("PRAGMA integrity_check").fetchone()[0]),
            outbox=dict(db.execute("SELECT far, count(*) FROM outbox GROUP BY far")),
        )


def _name_in(visit: Visit) -> str:
    """``4.1.1 REQUEST-ID`` of a S1SP, ``0062 from ... counter N`` of a WAN, without the first word."""
    return visit.what.split(" ", 1)[1]


def _ledger(db: sqlite3.Connection) -> Iterator[tuple[tuple[RequestId, Stage], Kept]]:
    rows = db.execute("SELECT request_id, stage, digest, code, answer, answer_keys FROM requests")
    for request_id, stage, digest, code, answer, keys in rows:
        parts = [keys[start : start + 24] for start in range(0, len(keys), 24)]
        yield (
            (RequestId.parse(request_id), Stage(stage)),
            Kept(digest=digest, code=code, answer=answer, keys=tuple(named_by(_key(part)) for part in parts)),
        )


def _key(octets: bytes) -> AnswerKey:
    return AnswerKey(
        originator=UserId.from_octets(octets[:8]),
        device=DeviceId.from_octets(octets[8:16]),
        counter=int.from_bytes(octets[16:], "big"),
    )


WAYS = [
    pytest.param((1, KILLS, 20250331), id="one process"),
    pytest.param(
        (2, WORKER_KILLS, 482),
        id="two workers",
        marks=pytest.mark.skipif(not HAS_PROC, reason="needs /proc to find the workers of a supervisor"),
    ),
]


@pytest.fixture(scope="module", params=WAYS)
def survived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Survived:
    workers, kills, seed = request.param
    world = copied(made_world(tmp_path_factory), tmp_path_factory.mktemp("killed") / "world")
    return asyncio.run(ordeal(world, workers=workers, kills=kills, seed=seed))


# ---- what held


def test_the_ordeal_was_one(survived: Survived) -> None:
    """Otherwise the tests below say nothing."""
    assert {"read", "SMETS1 read", "pre-notification", "transform", "signed pre-command"} == {
        deed.kind for deed in survived.promised
    }
    assert 4 * survived.kills < len(survived.promised)
    assert survived.kills // 4 < sum(deed.lost for deed in survived.deeds), "connections died under requests"
    print(f"{len(survived.promised)} acknowledged, start to first answer {statistics.median(survived.starts):.2f} s")
    assert statistics.median(survived.starts) < 8


def test_what_was_acknowledged_is_in_the_ledger(survived: Survived) -> None:
    assert [] == [str(deed) for deed in survived.promised if survived.before.kept(deed) is None]


def test_what_was_acknowledged_was_handed_on_to_the_right_far_side(survived: Survived) -> None:
    seen, missing = survived.before, []
    for deed in survived.promised:
        kept = seen.kept(deed)
        if deed.to is None or kept is None:
            continue
        names = {str(deed.request.request_id)} if deed.to[0] is Far.S1SP else set(kept.keys)
        if not names or names - seen.handed_on[deed.to]:
            missing.append(str(deed))
    assert [] == missing


@pytest.mark.parametrize("moment", ["before", "after"])
def test_nothing_was_handed_on_that_is_not_in_the_ledger(survived: Survived, moment: str) -> None:
    seen: Seen = getattr(survived, moment)
    known = {str(request_id) for request_id, _ in seen.ledger}
    known |= {key for kept in seen.ledger.values() for key in kept.keys}
    assert {} == {to: names - known for to, names in seen.handed_on.items() if names - known}


def test_every_answer_of_a_far_side_reached_its_user(survived: Survived) -> None:
    bound = {deed.request.request_id for deed in survived.promised if deed.to is not None}
    assert set() == bound - survived.before.answered


def test_every_pre_notified_device_is_in_the_inventory(survived: Survived) -> None:
    told = [deed.newcomer for deed in survived.promised if deed.newcomer is not None]
    found = [survived.before.devices[device] for device in told]
    assert [(device, DeviceStatus.PENDING) for device in told] == [
        (None, None) if one is None else (one.id, one.status) for one in found
    ]


def test_no_device_is_there_that_no_request_in_the_ledger_made(survived: Survived) -> None:
    seen = survived.before
    made = {d.newcomer for d in survived.deeds if d.newcomer is not None and seen.kept(d) is not None}
    assert set() == {device for device, record in seen.devices.items() if record is not None} - made


def test_a_repeat_gets_the_stored_answer_octet_for_octet(survived: Survived) -> None:
    """That of a request whose answer was lost on its way too."""
    unlike = []
    for deed in survived.deeds:
        kept = survived.before.kept(deed)
        if kept is not None and (deed.promised or not deed.rivals) and {kept.answer} != set(deed.acknowledgements):
            unlike.append(str(deed))
    assert [] == unlike


def test_a_request_whose_connection_died_can_be_repeated(survived: Survived) -> None:
    """Some of them are in the ledger, some are not; in the end all are."""
    died = [deed for deed in survived.deeds if deed.lost and not deed.promised and not deed.rivals]
    assert [] == [str(deed) for deed in died if not deed.acknowledged or survived.after.kept(deed) is None]


def test_a_used_request_id_with_other_content_is_refused(survived: Survived) -> None:
    assert 50 < len(survived.other_contents)
    assert [] == [(str(deed), code) for deed, code in survived.other_contents if code != E63]


def test_of_two_requests_with_one_request_id_one_was_accepted(survived: Survived) -> None:
    rivals: dict[RequestId, list[Deed]] = {}
    for deed in survived.deeds:
        if deed.rivals:
            rivals.setdefault(deed.request.request_id, []).append(deed)
    assert 5 < len(rivals)
    assert {(1, 1)} == {
        (sum(deed.acknowledged for deed in pair), sum(set(deed.codes) == {E63} for deed in pair))
        for pair in rivals.values()
    }


def test_the_state_file_is_whole_and_the_outbox_empty(survived: Survived) -> None:
    assert [("ok", {})] * 2 == [(seen.integrity, seen.outbox) for seen in (survived.before, survived.after)]


# ---- told to stop


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    deeds: list[Deed]
    ledger: dict[tuple[RequestId, Stage], Kept]
    seconds: float
    returncode: int


async def stop_under_load(world: World, workers: int) -> Stop:
    async with serve_world(world), aiohttp.ClientSession() as session:
        gateway = f"http://127.0.0.1:{world.settings.listen.port}"
        load = Load(world, Traveller(world, gateway, session), random.Random(7))
        service = Service(world, workers)
        connections = [asyncio.create_task(load.connection()) for _ in range(4 * CONNECTIONS)]
        try:
            await service.started(load)
            await asyncio.sleep(1.0)
            began = time.monotonic()
            service.tell(signal.SIGTERM)
            returncode = await asyncio.to_thread(service.ended)
            seconds = time.monotonic() - began
        finally:
            load.over = True
            service.kill()
            await asyncio.gather(*connections, return_exceptions=True)
    with closing(sqlite3.connect(world.settings.store.path)) as db:
        return Stop(deeds=load.deeds, ledger=dict(_ledger(db)), seconds=seconds, returncode=returncode)


@pytest.mark.parametrize("workers", [pytest.param(1, id="one process"), pytest.param(2, id="two workers")])
def test_told_to_stop_it_answers_what_it_accepted_and_ends(workers: int, world: World) -> None:
    stop = asyncio.run(stop_under_load(world, workers))
    assert 0 == stop.returncode
    assert stop.seconds < 10
    answered = {(deed.request.request_id, deed.stage) for deed in stop.deeds if deed.acknowledged}
    assert 50 < len(answered)
    assert set() == set(stop.ledger) - answered, "accepted, and its user does not know"
    assert set() == answered - set(stop.ledger)


POSTS = {"a user's": "/api/v1/serviceS", "a far side's": "/s1sp/v1/secure/messages"}


@pytest.mark.parametrize("path", POSTS.values(), ids=POSTS.keys())
async def test_a_post_that_never_ends_does_not_keep_it_for_ever(path: str, world: World) -> None:
    service, listen = Service(world, 1), world.settings.listen
    async with aiohttp.ClientSession() as session:
        load = Load(world, Traveller(world, f"http://127.0.0.1:{listen.port}", session), random.Random(7))
        connection = asyncio.create_task(load.connection())
        try:
            await service.started(load)
            load.over = True
            await connection
            reader, writer = await asyncio.open_connection(listen.host, listen.port)
            writer.write(
                f"POST {path} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/xml\r\n"
                "Content-Length: 1000\r\n\r\n<half".encode()
            )
            await writer.drain()
            await asyncio.sleep(0.2)
            service.tell(signal.SIGTERM)
            assert 0 == await asyncio.to_thread(service.ended, 20)
            assert b"" == await reader.read(), "nothing was accepted, nothing is answered"
            writer.close()
        finally:
            load.over = True
            service.kill()


@pytest.mark.skipif(not HAS_PROC, reason="needs /proc to find the workers of a supervisor")
async def test_a_supervisor_killed_alone_leaves_no_worker_behind(world: World) -> None:
    service = Service(world, 2)
    service.start()
    try:
        await until(lambda: len(service.workers_running()) == 2, 30)
        await until(lambda: accepts(world), 30)
        service.tell(signal.SIGKILL)
        service.ended()
        await until(lambda: not accepts(world), 30)
    finally:
        service.kill()


def accepts(world: World) -> bool:
    try:
        socket.create_connection((world.settings.listen.host, world.settings.listen.port), 1).close()
    except OSError:
        return False
    return True
