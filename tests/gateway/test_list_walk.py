"""A revision of the product lists comes into force: devices are suspended and restored, once, whatever happens."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from patience import until
from running import Running, serving
from test_transitions import activates, alerts, ask, moves, reads, record

from cpl.product import CplEntry
from cpl.writing import write_cpl
from gateway.answers import Answers
from gateway.list_walk import MOST_CHANGES, SLICE, ListWalk
from gateway.product_revisions import ListKind, ProductRevisions
from gateway.sandbox.world import World
from gateway.service import Worker
from gateway.sqlite_state import SqliteState
from routing.inventory import Device
from routing.parties import Registration
from routing.transition_table import TRANSITIONS
from routing.transitions import Change, Event
from schemas.request import ReadInstantaneousImportRegisters
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation, UserRole

C, SUSPENDED = DeviceStatus.COMMISSIONED, DeviceStatus.SUSPENDED


def without(world: World, device: Device) -> str:
    """The revision that lacks the entry of what the device runs; not in force."""
    store = ProductRevisions(world.settings.products.directory)
    product = (device.manufacturer, device.model, device.firmware_version)
    left = [e for e in store.active().entries if (e.manufacturer, e.model, e.firmware_version) != product]
    revision = store.import_file("cpl.csv", write_cpl(left), ListKind.CPL).revision
    assert revision is not None
    return revision


def activate(world: World, revision: str) -> None:
    ProductRevisions(world.settings.products.directory).activate(revision)


async def becomes(running: Running, name: str, status: DeviceStatus) -> None:
    async def there() -> bool:
        return (await record(running, name)).status is status

    await until(there)
    await running.settled()


async def taken_away(running: Running, name: str) -> str:
    """The entry of the device goes; the revision that had it."""
    listed = ProductRevisions(running.settings.products.directory).active_revision()
    assert listed is not None
    activate(running.world, without(running.world, await record(running, name)))
    await becomes(running, name, SUSPENDED)
    return listed


async def test_a_device_whose_entry_goes_is_suspended_until_new_firmware_is_confirmed(running: Running) -> None:
    await taken_away(running, "exporting-esme")
    device = await record(running, "exporting-esme")
    (line,) = await running.worker.state.history(device.id)
    revision = running.worker.in_force.revisions["products"]
    assert (C, SUSPENDED, f"product lists {revision}") == (line.before, line.after, line.cause)
    assert ("N28", "DeviceSuspended") in alerts(running)
    assert "E5" == await ask(running, "exporting-esme", "4.1.1", ReadInstantaneousImportRegisters())
    assert "I99" == await ask(running, "exporting-esme", "11.2", reads())
    assert SUSPENDED is (await record(running, "exporting-esme")).status


async def test_new_firmware_restores_what_a_list_has_suspended(running: Running) -> None:
    await taken_away(running, "esme")
    before = len(alerts(running))
    assert "I99" == await ask(running, "esme", "11.3", activates(running, "esme-newer"), 4)
    assert [("N29", "DeviceRestored")] == alerts(running)[before:]
    assert ["entry-lost", "firmware-activated"] == [
        event for event, *_ in await moves(running, running.scene.device("esme"))
    ]
    assert "I99" == await ask(running, "esme", "4.1.1", ReadInstantaneousImportRegisters())


async def test_an_entry_that_is_back_restores_what_was_suspended_and_nothing_else(running: Running) -> None:
    listed = await taken_away(running, "esme")
    activate(running.world, listed)
    await becomes(running, "esme", C)
    back = ("entry-back", "Suspended", "Commissioned")
    assert [("entry-lost", "Commissioned", "Suspended"), back] == await moves(running, running.scene.device("esme"))
    assert ("N29", "DeviceRestored") in alerts(running)
    assert SUSPENDED is (await record(running, "suspended-esme")).status


async def test_a_revision_that_was_activated_while_nothing_ran_is_followed_at_the_start(world: World) -> None:
    async with serving(world) as running:
        device = await record(running, "esme")
    activate(world, without(world, device))
    async with serving(world) as running:
        await becomes(running, "esme", SUSPENDED)


# ---- many devices, several processes, interruptions

CONCERNED_DEVICES = 3 * MOST_CHANGES + 5
LISTED = CplEntry(
    entry_id="900001",
    device_type=DeviceType.ESME,
    generation=Generation.SMETS2,
    manufacturer="10A1",
    model="M1",
    firmware_version="00000001",
)
KEPT = msgspec.structs.replace(LISTED, entry_id="900002", model="M2")


def device(number: int, model: str) -> Device:
    return Device(
        id=DeviceId((1 << 63) + number),
        type=DeviceType.ESME,
        status=C,
        manufacturer="10A1",
        model=model,
        firmware_version="00000001",
        prenotified_as=Generation.SMETS2,
        import_mpxn=MPXN,
    )


MPXN = "1299999999999"
CONCERNED = [device(number * 20, "M1") for number in range(1, CONCERNED_DEVICES + 1)]
UNCONCERNED = [device(number * 2 + 1, "M2") for number in range(2 * SLICE)]


class Walking:
    """What a process of the gateway leads devices with, without the rest of it."""

    def __init__(self, world: World, owner: str, ahead: timedelta = timedelta()) -> None:
        settings = world.settings
        self.state = SqliteState(settings.store.path, owner=owner, clock=lambda: datetime.now(UTC) + ahead)
        self.stopping = asyncio.Event()
        self.judged = 0
        self.stop_after = -1
        """How many changes are judged before the process is told to stop."""
        worker = Worker(settings)
        self.walk = ListWalk(
            store=self.state,
            revisions=ProductRevisions(settings.products.directory),
            in_force=lambda: worker.in_force,
            onward=worker.onward,
            answers=Answers(world.dcc),
            dcc=settings.gbcs.acb,
            clock=self.clock,
        )

    def clock(self) -> datetime:
        self.judged += 1
        if self.judged == self.stop_after:
            self.stopping.set()
        return datetime.now(UTC)

    async def led(self) -> None:
        await self.walk.lead(self.stopping)


@pytest.fixture
async def estate(world: World) -> World:
    """A thousand devices more, all of which follow the active revision; in the next one, an entry has gone."""
    store = ProductRevisions(world.settings.products.directory)
    entries = store.active().entries
    both = store.import_file("cpl.csv", write_cpl([*entries, LISTED, KEPT]), ListKind.CPL).revision
    assert both is not None
    store.activate(both)
    process = Walking(world, "w0")
    await process.state.open()
    await process.state.import_devices([*CONCERNED, *UNCONCERNED], {})
    supplier = next(user for user, keys in world.users.items() if UserRole.IMPORT_SUPPLIER in keys.roles)
    role, start = UserRole.IMPORT_SUPPLIER, datetime(2020, 1, 1, tzinfo=UTC)
    await process.state.import_registrations([Registration(mpxn=MPXN, role=role, party=supplier, start=start)])
    await process.led()
    await process.state.close()
    left = store.import_file("cpl.csv", write_cpl([*entries, KEPT]), ListKind.CPL).revision
    assert left is not None
    store.activate(left)
    return world


async def suspended(state: SqliteState) -> int:
    """How many devices are Suspended; each has one line of history on it, those that are not have none."""
    found = [await state.device(each.id) for each in (*CONCERNED, *UNCONCERNED)]
    for each in found:
        assert each is not None
        lost = [line for line in await state.history(each.id) if line.event == "entry-lost"]
        assert (each.status is SUSPENDED) is (len(lost) == 1), lost
    return sum(each is not None and each.status is SUSPENDED for each in found)


async def alerts_waiting(state: SqliteState) -> int:
    return len(await state.outbox(dead=False, limit=10_000))


async def test_of_several_processes_one_leads_all_devices(estate: World) -> None:
    processes = [Walking(estate, f"w{number}") for number in range(3)]
    for each in processes:
        await each.state.open()
    await asyncio.gather(*(each.led() for each in processes))
    state = processes[0].state
    assert (CONCERNED_DEVICES, CONCERNED_DEVICES) == (await suspended(state), await alerts_waiting(state))
    assert [0, 0, CONCERNED_DEVICES] == sorted(each.judged for each in processes)
    for each in processes:
        await each.state.close()


NEXT = {
    "the same process, started again": ("w0", timedelta(), CONCERNED_DEVICES),
    "another process, while the first may still be at it": ("w1", timedelta(), MOST_CHANGES),
    "another process, once the first is not heard of": (
        "w1",
        timedelta(minutes=2),
        CONCERNED_DEVICES,
    ),
}


@pytest.mark.parametrize(("owner", "ahead", "expected"), NEXT.values(), ids=NEXT.keys())
async def test_a_walk_that_was_interrupted_is_led_on_by(
    estate: World, owner: str, ahead: timedelta, expected: int
) -> None:
    first = Walking(estate, "w0")
    first.stop_after = MOST_CHANGES
    await first.state.open()
    await first.led()
    assert MOST_CHANGES == await suspended(first.state)
    await first.state.close()
    then = Walking(estate, owner, ahead)
    await then.state.open()
    await then.led()
    assert (expected, expected) == (await suspended(then.state), await alerts_waiting(then.state))
    await then.state.close()


async def test_a_device_that_changes_while_it_is_judged_is_judged_again(estate: World) -> None:
    process = Walking(estate, "w0")
    await process.state.open()
    changes: list[Change] = []
    walk = await process.walk.begin()
    assert walk is not None
    row = next(row for row in TRANSITIONS if row.event is Event.ENTRY_LOST)
    stale = msgspec.structs.replace(CONCERNED[0], model="M3")
    changes.append(Change(row=row, before=stale, after=msgspec.structs.replace(stale, status=SUSPENDED)))
    assert not await process.state.led_on(walk, CONCERNED[0].id.octets, changes, {})
    await process.led()
    assert CONCERNED_DEVICES == await suspended(process.state)
    await process.state.close()


async def test_a_process_that_learns_late_of_a_revision_does_not_lead_devices_back(estate: World) -> None:
    store = ProductRevisions(estate.settings.products.directory)
    newest, older = store.history()[:2]
    process = Walking(estate, "w0")
    await process.state.open()
    await process.led()
    assert None is await process.state.walk(newest.revision, newest.at)
    assert None is await process.state.walk(older.revision, older.at)
    await process.state.close()
