"""An 11.1 for 50,000 devices of mixed generation, status and model: its CPU time, and what it costs the others.

The devices are put into the inventory before the gateway starts, with a product list entry for most models. CPU
time is that of the whole gateway, all its processes, from the post to the last hand-off. Beside it, small requests
are sent at a rate that leaves room, first alone and then while one such 11.1 follows the other without a pause. The
process that reads large documents is started, and has read one, before anything is measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import uvloop

from benchmarks.connection import Connection, post_octets
from benchmarks.load import Load, Plan
from benchmarks.requests import Kind, RequestWriter
from benchmarks.stage import Stage, stage
from benchmarks.timing import CannotMeasure, Effort
from cpl.product import CplEntry
from cpl.writing import write_cpl
from gateway.product_revisions import ListKind, ProductRevisions
from gateway.sandbox.world import World
from gateway.sqlite_state import SqliteState
from routing.inventory import Device
from routing.parties import Registration
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation, UserRole

DEVICES: Final = 50_000
IMAGE_OCTETS: Final = 300_000
VERSION: Final = "0BE7C401"
_MAKER: Final = "BENCH"
_MODELS: Final = {Generation.SMETS1: "ONE", Generation.SMETS2: "TWO"}
_UNLISTED: Final = "THREE"
_RATE: Final = 100.0
_REQUESTS: Final = 400
_MOST_UPDATES: Final = 20
"""In one round: more than there is time for."""
_CONNECTIONS: Final = 16
_NO_IMAGE_STAYS: Final = {"DUIS_GATEWAY__RULES__IMAGE_DAYS": "0"}
"""So that one 11.1 after the other finds the devices as the first did. What is under way is written and asked all
the same."""


class ManyDevices(msgspec.Struct, frozen=True, kw_only=True):
    cpu_milliseconds: float
    """Of one 11.1, all of the gateway's processes."""
    alone: float
    """99th percentile of small requests, milliseconds; the best of several rounds, as all of these are."""
    beside: float
    updates: int
    """11.1s that were answered beside them."""


def measure_devices(effort: Effort, count: int = DEVICES) -> ManyDevices:
    """On a stage of its own. Raises CannotMeasure when the gateway does not do what it should."""
    fleet = _Fleet(count)
    with stage(furnish=fleet.furnish, environment=_NO_IMAGE_STAYS) as staged:
        writer = RequestWriter(staged.world)
        rounds = effort.rounds + 1
        uvloop.run(_cpu(staged, _post(staged, writer, fleet)))
        cpu = [uvloop.run(_cpu(staged, _post(staged, writer, fleet))) for _ in range(rounds)]
        alone: list[float] = []
        beside: list[float] = []
        sent = 0
        for _ in range(rounds):
            updates = [_post(staged, writer, fleet) for _ in range(_MOST_UPDATES)]
            alone.append(uvloop.run(_percentile(staged, _plan(staged, writer), []))[0])
            found, count = uvloop.run(_percentile(staged, _plan(staged, writer), updates))
            beside.append(found)
            sent += count
        return ManyDevices(cpu_milliseconds=min(cpu) / 1000, alone=min(alone), beside=min(beside), updates=sent)


def _plan(staged: Stage, writer: RequestWriter) -> Plan:
    return Plan(
        target=staged.gateway.target,
        requests=writer.write(Kind.SMETS2_READ, _REQUESTS),
        rate=_RATE,
        connections=_CONNECTIONS,
        warm_up=_REQUESTS // 10,
    )


def _post(staged: Stage, writer: RequestWriter, fleet: _Fleet) -> bytes:
    document = writer.update_of(writer.supplier, VERSION, fleet.listed, bytes(IMAGE_OCTETS))
    return post_octets(staged.gateway.target, "/api/v1/serviceD", "application/xml", document)


async def _cpu(staged: Stage, update: bytes) -> float:
    """Microseconds, until every provider has its hand-off."""
    providers = len(staged.world.settings.s1sp) + len(staged.world.settings.wan)
    before, posted = staged.gateway.cpu_microseconds, staged.far_side.count
    async with Connection(staged.gateway.target) as connection:
        _expect_taken(await connection.post(update))
    await asyncio.to_thread(staged.far_side.wait_for, posted + providers)
    return staged.gateway.cpu_microseconds - before


async def _percentile(staged: Stage, plan: Plan, updates: Sequence[bytes]) -> tuple[float, int]:
    """The 99th percentile, milliseconds, and how many 11.1s there were beside it."""
    done = asyncio.Event()
    sending = asyncio.create_task(_send(staged, updates, done))
    outcome = await Load(plan).run()
    done.set()
    sent = await sending
    if outcome.unexpected or outcome.broken:
        raise CannotMeasure(f"expected {outcome.sent} answers with status 200, found {outcome.answers}")
    return outcome.percentiles["99"] / 1000, sent


async def _send(staged: Stage, updates: Sequence[bytes], done: asyncio.Event) -> int:
    async with Connection(staged.gateway.target) as connection:
        for sent, update in enumerate(updates):
            if done.is_set():
                return sent
            _expect_taken(await connection.post(update))
    return len(updates)


def _expect_taken(reply: object) -> None:
    body = getattr(reply, "body", b"")
    if b"W110101" not in body:
        raise CannotMeasure(f"expected an 11.1 to be answered with W110101, found {body[:300]!r}")


# ---- the devices


class _Fleet:
    """So many devices, each with a hub of its own."""

    def __init__(self, count: int) -> None:
        self._count = count
        self.listed: Final = tuple(_id(number) for number in range(count))

    def furnish(self, world: World) -> None:
        """Put the devices, their hubs and registrations into the world, and their models on its list."""
        store = ProductRevisions(world.settings.products.directory)
        entries = (*store.active().entries, *_entries())
        revision = store.import_file("cpl.csv", write_cpl(entries), ListKind.CPL).revision
        if revision is None:
            raise CannotMeasure("the product list with the benchmark's models cannot be imported")
        store.activate(revision)
        uvloop.run(self._fill(world))

    async def _fill(self, world: World) -> None:
        supplier, since = RequestWriter(world).supplier, datetime.now(UTC) - timedelta(days=1)
        s1sps, regions = sorted(world.settings.s1sp), sorted(world.settings.wan)
        devices = [each for number in range(self._count) for each in _with_hub(number, s1sps, regions)]
        state = SqliteState(world.settings.store.path, owner="benchmark")
        await state.open()
        try:
            await state.import_devices(devices, {})
            await state.import_registrations(
                Registration(mpxn=mpxn, role=UserRole.IMPORT_SUPPLIER, party=supplier, start=since)
                for device in devices
                for mpxn in device.mpxns
            )
        finally:
            await state.close()


def _id(number: int) -> DeviceId:
    """Scattered, as a supplier's devices are."""
    return DeviceId(0xBE << 56 | number * 0x9E3779B1 & 0xFFFFFFFF)


def _with_hub(number: int, s1sps: Sequence[str], regions: Sequence[str]) -> tuple[Device, ...]:
    """Every third is SMETS1; one in 20 is not there, Pending, or of a model that the list does not have."""
    generation = Generation.SMETS1 if number % 3 == 0 else Generation.SMETS2
    smets1, turn, kind = generation is Generation.SMETS1, number // 3, number % 20
    if kind == 0:
        return ()
    hub = Device(
        id=DeviceId(int(_id(number)) ^ 0x0F << 56),
        type=DeviceType.CHF,
        status=DeviceStatus.COMMISSIONED,
        manufacturer=_MAKER,
        model="HUB",
        prenotified_as=generation,
        s1sp=s1sps[turn % len(s1sps)] if smets1 else None,
        csp_region=None if smets1 else regions[turn % len(regions)],
    )
    device = Device(
        id=_id(number),
        type=DeviceType.ESME,
        status=DeviceStatus.PENDING if kind == 1 else DeviceStatus.COMMISSIONED,
        manufacturer=_MAKER,
        model=_UNLISTED if kind == 2 else _MODELS[generation],
        prenotified_as=generation,
        hub=hub.id,
        import_mpxn=f"{number:013}",
    )
    return device, hub


def _entries() -> tuple[CplEntry, ...]:
    return tuple(
        CplEntry(
            entry_id=f"{_MAKER} {model}",
            device_type=DeviceType.ESME,
            generation=generation,
            manufacturer=_MAKER,
            model=model,
            firmware_version=VERSION,
        )
        for generation, model in _MODELS.items()
    )
