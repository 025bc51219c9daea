"""What every adapter of Inventory, Ledger and Upkeep does. A further adapter is one more row of ``ADAPTERS``."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.ports import (
    Acceptance,
    Accepted,
    AlreadyUsed,
    AnswerKey,
    DeviceAnswer,
    DeviceExists,
    Due,
    Earlier,
    Enclosure,
    Far,
    HandOff,
    HeldNoLonger,
    Image,
    Open,
    Overtaken,
    Stage,
    Wanted,
)
from gateway.sqlite_schema import connect_to_read, octets_in_use
from gateway.sqlite_state import SqliteState
from gateway.status_records import StatusChange
from routing.facts import Preceding
from routing.inventory import Device
from routing.parties import Registration
from routing.transition_table import TRANSITIONS
from routing.transitions import Change
from schemas.request import ReadInventory
from schemas.vocabulary import (
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    RequestId,
    ResponseCode,
    ServiceReferenceVariant,
    UserId,
    UserRole,
)

T0 = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)
LEASE_SECONDS = 30.0


class Clock:
    """The moment that the state is told it is."""

    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now


class World:
    """One store, and as many processes on it as a test opens."""

    def __init__(self, make: Callable[[Path, str, Clock], Any], folder: Path) -> None:
        self._make = make
        self._folder = folder
        self._opened: list[Any] = []
        self.clock = Clock()

    async def process(self, owner: str) -> Any:
        state = self._make(self._folder, owner, self.clock)
        await state.open()
        self._opened.append(state)
        return state

    @property
    def octets_kept(self) -> int:
        """What the rows of the store hold, its log included."""
        with closing(connect_to_read(self._folder / "state.db", busy_seconds=1)) as db:
            return octets_in_use(db)

    def count(self, *tables: str) -> tuple[int, ...]:
        """Rows of each table."""
        with closing(connect_to_read(self._folder / "state.db", busy_seconds=1)) as db:
            return tuple(db.execute(f"SELECT count(*) FROM {each}").fetchone()[0] for each in tables)

    async def close(self) -> None:
        for state in self._opened:
            await state.close()


def sqlite(folder: Path, owner: str, clock: Clock) -> SqliteState:
    return SqliteState(folder / "state.db", owner=owner, lease_seconds=LEASE_SECONDS, clock=clock)


ADAPTERS = {"sqlite": sqlite}


@pytest.fixture(params=ADAPTERS.values(), ids=ADAPTERS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    world = World(request.param, tmp_path)
    yield world
    await world.close()


@pytest.fixture
async def state(world: World) -> Any:
    return await world.process("w0")


# ---- a small estate: EUIs and counters with their top bit set

USER = UserId.parse("90-B3-D5-1F-30-01-00-00")
HUB = DeviceId.parse("F0-DB-12-34-56-78-90-A2")
ESME = DeviceId.parse("F0-DB-12-34-56-78-90-A0")
GPF = DeviceId.parse("F0-DB-12-34-56-78-90-A3")
PPMID = DeviceId.parse("F0-DB-12-34-56-78-90-A4")
LONER = DeviceId.parse("00-00-00-00-00-00-00-01")
NOBODY = DeviceId.parse("FF-FF-FF-FF-FF-FF-FF-FF")
MPAN, EXPORT_MPAN, MPRN, LONE_MPAN = "1200000000001", "1200000000002", "3300000001", "1200000000009"


def device(id_: DeviceId, type_: DeviceType, **more: Any) -> Device:
    facts: dict[str, Any] = {
        "status": DeviceStatus.COMMISSIONED,
        "manufacturer": "Acme",
        "model": "M100",
        "prenotified_as": Generation.SMETS2,
    }
    return Device(id=id_, type=type_, **(facts | more))


HUB_RECORD = device(HUB, DeviceType.CHF, postcode="EC1A 1BB", address="1 High Street, London")
ESME_RECORD = device(
    ESME,
    DeviceType.ESME,
    hub=HUB,
    import_mpxn=MPAN,
    export_mpan=EXPORT_MPAN,
    uprn="100000000001",
    postcode="EC1A 1BB",
    address="1 High Street, London",
)
GPF_RECORD = device(GPF, DeviceType.GPF, hub=HUB, import_mpxn=MPRN)
PPMID_RECORD = device(PPMID, DeviceType.PPMID, hub=HUB, postcode="ec1a1bb", address="12 High Street, London")
LONER_RECORD = device(LONER, DeviceType.ESME, import_mpxn=LONE_MPAN, status=DeviceStatus.PENDING)
ESTATE = (HUB_RECORD, ESME_RECORD, GPF_RECORD, PPMID_RECORD, LONER_RECORD)


def registered(mpxn: str, role: UserRole, start: datetime = T0, end: datetime | None = None) -> Registration:
    return Registration(mpxn=mpxn, role=role, party=USER, start=start, end=end)


IMPORT = registered(MPAN, UserRole.IMPORT_SUPPLIER)
DISTRIBUTOR = registered(MPAN, UserRole.ELECTRICITY_DISTRIBUTOR)
GAS = registered(MPRN, UserRole.GAS_SUPPLIER)
LONE = registered(LONE_MPAN, UserRole.IMPORT_SUPPLIER)
REGISTRATIONS = (IMPORT, DISTRIBUTOR, GAS, LONE)


@pytest.fixture
async def estate(state: Any) -> Any:
    await state.import_devices(ESTATE, {ESME: b"certificate"})
    await state.import_registrations(REGISTRATIONS)
    return state


# ---- acceptances

COUNTER = 2**64 - 1


def rid(counter: int = COUNTER, target: DeviceId = ESME) -> RequestId:
    return RequestId.parse(f"{str(USER).lower()}:{target}:{counter}")


def hand_off(id_: str, **more: Any) -> HandOff:
    facts: dict[str, Any] = {
        "far": Far.S1SP,
        "name": "secure",
        "content_type": "application/xml",
        "body": b"<countersigned/>" * 400,
        "trace_id": "a" * 32,
        "traceparent": None,
    }
    return HandOff(id=id_ * 32, **(facts | more))


def acceptance(**more: Any) -> Acceptance:
    facts: dict[str, Any] = {
        "request_id": rid(),
        "stage": Stage.REQUEST,
        "digest": b"d" * 32,
        "variant": ServiceReferenceVariant("4.1.1"),
        "service_reference": "4.1",
        "schema_version": "5.4",
        "trace_id": "a" * 32,
        "received_at": T0,
        "received": b"<request/>" * 1000,
        "code": ResponseCode("I99"),
        "answer": b"<answer/>",
    }
    return Acceptance(**(facts | more))


EARLIER = Earlier(digest=b"d" * 32, code=ResponseCode("I99"), answer=b"<answer/>", trace_id="a" * 32)


def wanted(**more: Any) -> Wanted:
    facts: dict[str, Any] = {"request_id": rid(), "stage": Stage.REQUEST}
    return Wanted(**(facts | more))


def due(of: HandOff, **more: Any) -> Due:
    facts: dict[str, Any] = {"attempts": 0, "due_at": T0, "since": T0}
    return Due(hand_off=of, **(facts | more))


# ---- looking up

HOME = (MPAN, EXPORT_MPAN, MPRN)
LOOK_UPS: dict[str, tuple[Wanted, dict[str, Any]]] = {
    "a device comes with its hub and its home's registrations": (
        wanted(devices=(ESME,)),
        {
            "devices": {ESME: ESME_RECORD, HUB: HUB_RECORD},
            "registrations": {IMPORT, DISTRIBUTOR, GAS},
            "home_mpxns": {HUB: HOME},
        },
    ),
    "a device without meter points comes with those of its home": (
        wanted(devices=(PPMID,)),
        {
            "devices": {PPMID: PPMID_RECORD, HUB: HUB_RECORD},
            "registrations": {IMPORT, DISTRIBUTOR, GAS},
            "home_mpxns": {HUB: HOME},
        },
    ),
    "a hub's home is its own": (
        wanted(devices=(HUB,)),
        {
            "devices": {HUB: HUB_RECORD},
            "registrations": {IMPORT, DISTRIBUTOR, GAS},
            "home_mpxns": {HUB: HOME},
        },
    ),
    "two devices of one home name it once": (
        wanted(devices=(ESME, GPF)),
        {
            "devices": {ESME: ESME_RECORD, GPF: GPF_RECORD, HUB: HUB_RECORD},
            "registrations": {IMPORT, DISTRIBUTOR, GAS},
            "home_mpxns": {HUB: HOME},
        },
    ),
    "a device without a hub has its own registrations": (
        wanted(devices=(LONER,)),
        {"devices": {LONER: LONER_RECORD}, "registrations": {LONE}, "home_mpxns": {}},
    ),
    "a device that does not exist is not found": (
        wanted(devices=(NOBODY,)),
        {"devices": {}, "registrations": set(), "home_mpxns": {}},
    ),
    "listed devices come with their hubs and homes as well": (
        wanted(listed=(LONER, PPMID, NOBODY)),
        {
            "devices": {LONER: LONER_RECORD, PPMID: PPMID_RECORD, HUB: HUB_RECORD},
            "registrations": {LONE, IMPORT, DISTRIBUTOR, GAS},
            "home_mpxns": {HUB: HOME},
        },
    ),
    "an 8.2 by device finds its record": (
        wanted(query=ReadInventory(device=PPMID)),
        {"matches": (PPMID_RECORD,)},
    ),
    "an 8.2 by meter point finds the device that measures it": (
        wanted(query=ReadInventory(mpxn=EXPORT_MPAN)),
        {"matches": (ESME_RECORD,), "registrations": {IMPORT, DISTRIBUTOR}},
    ),
    "an 8.2 by UPRN finds the devices there": (
        wanted(query=ReadInventory(uprn="100000000001")),
        {"matches": (ESME_RECORD,)},
    ),
    "an 8.2 by postcode minds neither blanks nor case": (
        wanted(query=ReadInventory(postcode="Ec1a  1bb")),
        {"matches": (ESME_RECORD, HUB_RECORD, PPMID_RECORD)},
    ),
    "an 8.2 by postcode and address takes whole words": (
        wanted(query=ReadInventory(postcode="EC1A 1BB", address="1 high street")),
        {"matches": (ESME_RECORD, HUB_RECORD)},
    ),
    "an 8.2 for a meter point nobody has finds nothing": (
        wanted(query=ReadInventory(mpxn="9900000000000")),
        {"matches": ()},
    ),
}


@pytest.mark.parametrize(("question", "answer"), LOOK_UPS.values(), ids=LOOK_UPS)
async def test_look_up(estate: Any, question: Wanted, answer: dict[str, Any]) -> None:
    found = await estate.look_up(question)
    for name, expected in answer.items():
        value = getattr(found, name)
        if name == "registrations":
            assert len(expected) == len(value), value
            assert sorted(map(str, expected)) == sorted(map(str, value))
        elif name == "home_mpxns":
            assert expected == {hub: tuple(sorted(mpxns)) for hub, mpxns in value.items()}
        else:
            assert expected == value


async def test_a_firmware_update_of_many_devices_finds_each_of_them(estate: Any) -> None:
    fleet = [device(DeviceId(2**63 + n), DeviceType.ESME, import_mpxn=f"{n:013}") for n in range(1, 1203)]
    await estate.import_devices(fleet, {})
    await estate.import_registrations(registered(f"{n:013}", UserRole.IMPORT_SUPPLIER) for n in range(1, 1203))
    listed = (*(each.id for each in fleet), NOBODY, ESME, PPMID)
    found = await estate.look_up(wanted(listed=listed))
    known = {ESME: ESME_RECORD, PPMID: PPMID_RECORD, HUB: HUB_RECORD}
    assert {**{each.id: each for each in fleet}, **known} == found.devices
    assert {HUB: HOME} == {hub: tuple(sorted(mpxns)) for hub, mpxns in found.home_mpxns.items()}
    assert len(fleet) + 3 == len(found.registrations)
    assert len(fleet) + 3 == len({(r.mpxn, r.role) for r in found.registrations})


async def test_a_changed_record_is_found_changed_by_every_process(world: World, estate: Any) -> None:
    other = await world.process("w1")
    assert {ESME: ESME_RECORD, HUB: HUB_RECORD} == (await other.look_up(wanted(devices=(ESME,)))).devices
    moved = msgspec.structs.replace(ESME_RECORD, hub=None, export_mpan=None, status=DeviceStatus.SUSPENDED)
    await estate.import_devices([moved], {})
    found = await other.look_up(wanted(devices=(ESME,)))
    assert {ESME: moved} == found.devices
    assert {HUB: (MPRN,)} == (await other.look_up(wanted(devices=(GPF,)))).home_mpxns
    assert () == (await other.look_up(wanted(query=ReadInventory(mpxn=EXPORT_MPAN)))).matches


def change(before: Device, status: DeviceStatus | None) -> Change:
    """The device with another status, or (``None``) gone."""
    after = None if status is None else msgspec.structs.replace(before, status=status)
    return Change(row=TRANSITIONS[0], before=before, after=after)


SUPPLIER = registered(MPAN, UserRole.IMPORT_SUPPLIER, start=T0 + timedelta(days=1))
GSME_RECORD = device(DeviceId.parse("F0-DB-12-34-56-78-90-A5"), DeviceType.GSME, hub=HUB, import_mpxn="3300000002")
CHANGES: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "the device's record": lambda by: by.import_devices([msgspec.structs.replace(ESME_RECORD, model="M200")], {}),
    "the device's hub": lambda by: by.import_devices([msgspec.structs.replace(ESME_RECORD, hub=None)], {}),
    "the hub's record": lambda by: by.import_devices([msgspec.structs.replace(HUB_RECORD, model="H2")], {}),
    "who is registered": lambda by: by.import_registrations([SUPPLIER]),
    "the end of a registration": lambda by: by.import_registrations([msgspec.structs.replace(GAS, end=T0)]),
    "a device that joined the home": lambda by: by.import_devices([GSME_RECORD], {}),
    "a device that was pre-notified": lambda by: by.accept(acceptance(request_id=rid(7), new_devices=(GSME_RECORD,))),
    "what an answer changed": lambda by: by.answered(
        rid(7), Stage.REQUEST, b"a" * 32, [], [change(ESME_RECORD, DeviceStatus.SUSPENDED)]
    ),
}


@pytest.mark.parametrize("owner", ["w0", "w1"], ids=["the same process", "another process"])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_home_known_before_is_found_changed(
    world: World, estate: Any, change: Callable[[Any], Awaitable[Any]], owner: str
) -> None:
    changing = estate if owner == "w0" else await world.process(owner)
    question = wanted(devices=(ESME,))
    before = [await estate.look_up(question) for _ in range(2)]
    assert before[0] == before[1]
    await change(changing)
    after = await estate.look_up(question)
    assert before[0] != after
    assert await (await world.process("w2")).look_up(question) == after


@pytest.mark.parametrize("owner", ["w0", "w1"], ids=["the same process", "another process"])
async def test_a_home_known_before_does_not_hide_a_used_request_id(world: World, estate: Any, owner: str) -> None:
    accepting = estate if owner == "w0" else await world.process(owner)
    question = wanted(devices=(ESME,))
    assert [None, None] == [(await estate.look_up(question)).earlier for _ in range(2)]
    await accepting.accept(acceptance())
    found = await estate.look_up(question)
    assert (EARLIER, ESME_RECORD) == (found.earlier, found.devices[ESME])
    assert (await estate.look_up(wanted(devices=(ESME,), request_id=rid(7)))).earlier is None


async def test_a_device_that_was_not_there_is_found_once_it_is(estate: Any) -> None:
    question = wanted(devices=(NOBODY,))
    assert [{}, {}] == [(await estate.look_up(question)).devices for _ in range(2)]
    record = device(NOBODY, DeviceType.ESME)
    await estate.import_devices([record], {})
    assert {NOBODY: record} == (await estate.look_up(question)).devices


async def test_a_registration_is_replaced_by_the_one_with_the_same_start(estate: Any) -> None:
    ended = msgspec.structs.replace(LONE, end=T0 + timedelta(days=1))
    later = registered(LONE_MPAN, UserRole.IMPORT_SUPPLIER, start=T0 + timedelta(days=1))
    assert 2 == await estate.import_registrations([ended, later])
    assert (ended, later) == (await estate.look_up(wanted(devices=(LONER,)))).registrations


@pytest.mark.parametrize(
    ("expected", "of"), [(b"certificate", ESME), (None, GPF)], ids=["a certificate that is held", "none is held"]
)
async def test_key_agreement_certificate(estate: Any, expected: bytes | None, of: DeviceId) -> None:
    assert expected == await estate.key_agreement_certificate(of)
    for _ in range(2):
        found = await estate.look_up(wanted(devices=(of,)))
        assert ({} if expected is None else {of: expected}) == found.certificates


async def test_a_certificate_that_another_process_replaces_is_found_at_once(estate: Any, world: World) -> None:
    question = wanted(devices=(ESME,))
    assert {ESME: b"certificate"} == (await estate.look_up(question)).certificates
    await (await world.process("w1")).import_devices([], {ESME: b"another", GPF: b"a first"})
    assert {ESME: b"another"} == (await estate.look_up(question)).certificates
    both = wanted(devices=(ESME, GPF))
    assert {ESME: b"another", GPF: b"a first"} == (await estate.look_up(both)).certificates


@pytest.mark.parametrize(
    ("expected", "of"), [(ESME_RECORD, ESME), (None, NOBODY)], ids=["a device that exists", "one that does not"]
)
async def test_device(estate: Any, expected: Device | None, of: DeviceId) -> None:
    assert expected == await estate.device(of)


# ---- accepting


async def test_an_accepted_request_is_found_under_its_request_id_in_any_spelling(state: Any) -> None:
    assert Accepted() == await state.accept(acceptance())
    upper = RequestId.parse(rid().text.upper())
    assert EARLIER == (await state.look_up(wanted(request_id=upper))).earlier
    assert (await state.look_up(wanted(request_id=rid(COUNTER - 1)))).earlier is None


async def test_a_used_request_id_is_refused_with_what_used_it(state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    again = acceptance(digest=b"e" * 32, answer=b"<other/>", hand_offs=(hand_off("2"),))
    assert AlreadyUsed(earlier=EARLIER) == await state.accept(again)
    assert [due(hand_off("1"))] == await state.outbox(dead=False, limit=10)


async def test_of_many_at_once_exactly_one_gets_the_request_id(world: World, state: Any) -> None:
    other = await world.process("w1")
    tries = [
        (state, other)[n % 2].accept(acceptance(digest=bytes([n]) * 32, hand_offs=(hand_off(f"{n:x}"),)))
        for n in range(16)
    ]
    outcomes = await asyncio.gather(*tries)
    winner = outcomes.index(Accepted())
    earlier = msgspec.structs.replace(EARLIER, digest=bytes([winner]) * 32)
    assert [AlreadyUsed(earlier=earlier)] * 15 == outcomes[:winner] + outcomes[winner + 1 :]
    assert [due(hand_off(f"{winner:x}"))] == await state.outbox(dead=False, limit=10)


async def test_of_those_accepted_together_only_a_used_request_id_is_refused(state: Any) -> None:
    await state.accept(acceptance(request_id=rid(3)))
    outcomes = await asyncio.gather(*(state.accept(acceptance(request_id=rid(n))) for n in (1, 2, 3, 4, 1)))
    used = AlreadyUsed(earlier=EARLIER)
    assert [Accepted(), Accepted(), used, Accepted(), used] == outcomes


async def test_a_request_whose_answer_key_is_its_own_name_is_not_used_twice(state: Any) -> None:
    """As for SMETS1, where an answer carries the request's counter."""
    same = AnswerKey(originator=USER, device=ESME, counter=COUNTER)
    await state.accept(acceptance(answer_keys=(same,)))
    assert rid() == (await state.open_request(same)).request_id
    other = AnswerKey(originator=USER, device=ESME, counter=7)
    await state.accept(acceptance(request_id=rid(6), answer_keys=(other,)))
    assert (await state.look_up(wanted(request_id=rid(7)))).earlier is None
    assert Accepted() == await state.accept(acceptance(request_id=rid(7)))
    assert rid(6) == (await state.open_request(other)).request_id


async def test_a_signed_pre_command_reuses_its_request_id_and_finds_the_pre_command(state: Any) -> None:
    await state.accept(acceptance(pre_command=b"\xdfpre-command"))
    second = wanted(stage=Stage.SIGNED_PRE_COMMAND)
    found = await state.look_up(second)
    assert (None, b"\xdfpre-command") == (found.earlier, found.pre_command)
    assert Accepted() == await state.accept(acceptance(stage=Stage.SIGNED_PRE_COMMAND, digest=b"e" * 32))
    found = await state.look_up(second)
    assert (msgspec.structs.replace(EARLIER, digest=b"e" * 32), b"\xdfpre-command") == (
        found.earlier,
        found.pre_command,
    )
    assert (await state.look_up(wanted())).pre_command is None


async def test_how_far_the_request_before_another_has_come(state: Any) -> None:
    async def so_far() -> Preceding:
        return (await state.look_up(wanted(request_id=rid(1), preceding=rid()))).preceding

    assert Preceding.UNKNOWN is await so_far()
    await state.accept(acceptance(pre_command=b"\xdfpre-command"))
    assert Preceding.OPEN is await so_far()
    key = AnswerKey(originator=USER, device=ESME, counter=COUNTER)
    await state.accept(acceptance(stage=Stage.SIGNED_PRE_COMMAND, hand_offs=(hand_off("1"),), answer_keys=(key,)))
    assert Preceding.OPEN is await so_far()
    await state.answered(rid(), Stage.SIGNED_PRE_COMMAND, b"m" * 32, [])
    assert Preceding.ANSWERED is await so_far()


async def test_the_highest_counter_above_a_requests_own_is_found(state: Any) -> None:
    async def later_than(request_id: RequestId) -> int | None:
        found: int | None = (await state.look_up(wanted(request_id=request_id))).later_counter
        return found

    key = AnswerKey(originator=USER, device=ESME, counter=99)
    await state.accept(acceptance(request_id=rid(9), answer_keys=(key,)))
    assert await later_than(rid(10)) is None, "an answer's key is no RequestID"
    for counter in (13, 15, 14):
        await state.accept(acceptance(request_id=rid(counter)))
    assert [15, 15, None] == [await later_than(rid(counter)) for counter in (12, 14, 15)]
    assert await later_than(RequestId(UserId(int(USER) + 1), ESME, 12)) is None
    assert await later_than(rid(12, target=LONER)) is None


def held_until(name: str, at: datetime) -> HandOff:
    return msgspec.structs.replace(hand_off(name), not_before=at)


def cancelling(counter: int = 9, variant: str = "4.1.1") -> Wanted:
    return wanted(request_id=rid(counter), cancelled=ServiceReferenceVariant(variant))


async def test_what_is_held_of_a_service_is_found_until_somebody_delivers_it(state: Any, world: World) -> None:
    tomorrow, later = T0 + timedelta(days=1), T0 + timedelta(days=2)
    await state.accept(acceptance(request_id=rid(1), hand_offs=(held_until("1", later),)))
    await state.accept(acceptance(request_id=rid(2), hand_offs=(held_until("2", tomorrow),)))
    await state.accept(acceptance(request_id=rid(3), hand_offs=(hand_off("3"),)))
    found = (await state.look_up(cancelling())).held
    assert [(rid(2), tomorrow), (rid(1), later)] == [(each.request_id, each.execution) for each in found]
    assert () == (await state.look_up(cancelling(variant="4.8.1"))).held
    assert () == (await state.look_up(wanted(request_id=rid(9)))).held, "nothing was asked"
    world.clock.now = tomorrow
    claimed = await state.claim_due(tomorrow, 10)
    assert ["2" * 32] == [each.hand_off.id for each in claimed if each.hand_off.not_before is not None]
    assert [rid(1)] == [each.request_id for each in (await state.look_up(cancelling())).held]


async def test_what_is_cancelled_is_delivered_by_nobody_and_counts_as_answered(state: Any) -> None:
    tomorrow, key = T0 + timedelta(days=1), AnswerKey(originator=USER, device=ESME, counter=1)
    await state.accept(acceptance(request_id=rid(1), hand_offs=(held_until("1", tomorrow),), answer_keys=(key,)))
    held = (await state.look_up(cancelling())).held
    assert Accepted() == await state.accept(acceptance(request_id=rid(9), cancels=held))
    assert [] == await state.claim_due(tomorrow, 10)
    assert Preceding.ANSWERED is (await state.look_up(wanted(request_id=rid(10), preceding=rid(1)))).preceding
    repeated = await state.accept(acceptance(request_id=rid(9), cancels=held))
    assert isinstance(repeated, AlreadyUsed), "told before what is not held any more"


async def test_a_cancellation_that_comes_too_late_for_one_changes_nothing(state: Any, world: World) -> None:
    tomorrow, later = T0 + timedelta(days=1), T0 + timedelta(days=2)
    await state.accept(acceptance(request_id=rid(1), hand_offs=(held_until("1", tomorrow),)))
    await state.accept(acceptance(request_id=rid(2), hand_offs=(held_until("2", later),)))
    held = (await state.look_up(cancelling())).held
    world.clock.now = tomorrow
    await state.claim_due(tomorrow, 10)
    assert HeldNoLonger() == await state.accept(acceptance(request_id=rid(9), cancels=held))
    assert [rid(2)] == [each.request_id for each in (await state.look_up(cancelling())).held]
    assert (await state.look_up(wanted(request_id=rid(9)))).earlier is None


async def test_a_request_that_waits_for_no_answer_has_been_answered(state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    found = await state.look_up(wanted(request_id=rid(1), preceding=rid()))
    assert Preceding.ANSWERED is found.preceding


async def test_a_pre_notified_device_exists_with_its_request(state: Any) -> None:
    assert Accepted() == await state.accept(acceptance(new_devices=(LONER_RECORD,)))
    assert LONER_RECORD == await state.device(LONER)
    assert (LONER_RECORD,) == (await state.look_up(wanted(query=ReadInventory(mpxn=LONE_MPAN)))).matches


async def test_a_device_that_exists_refuses_the_whole_acceptance(estate: Any) -> None:
    changed = msgspec.structs.replace(LONER_RECORD, model="M200")
    fresh = device(NOBODY, DeviceType.ESME)
    clash = acceptance(new_devices=(fresh, changed), hand_offs=(hand_off("1"),))
    assert DeviceExists(device=LONER) == await estate.accept(clash)
    assert LONER_RECORD == await estate.device(LONER)
    assert await estate.device(NOBODY) is None
    assert (await estate.look_up(wanted())).earlier is None
    assert [] == await estate.outbox(dead=False, limit=10)


async def test_a_repeated_pre_notification_is_a_used_request_id_first(state: Any) -> None:
    await state.accept(acceptance(new_devices=(LONER_RECORD,)))
    assert AlreadyUsed(earlier=EARLIER) == await state.accept(acceptance(new_devices=(LONER_RECORD,)))


# ---- answers from the far side

KEY = AnswerKey(originator=USER, device=ESME, counter=COUNTER)
OPEN = Open(
    request_id=rid(),
    stage=Stage.REQUEST,
    variant=ServiceReferenceVariant("4.1.1"),
    service_reference="4.1",
    schema_version="5.4",
    trace_id="a" * 32,
    received_at=T0,
    answered=False,
)


async def test_an_answer_finds_its_request_by_key_with_the_senders_spelling(state: Any) -> None:
    await state.accept(acceptance(answer_keys=(KEY,)))
    found = await state.open_request(KEY)
    assert OPEN == found
    assert rid().text == found.request_id.text
    assert await state.open_request(msgspec.structs.replace(KEY, counter=COUNTER - 1)) is None


NUMBERED = DeviceAnswer(message_code=0x0058, customer_identification_number="0042")


@pytest.mark.parametrize(
    "expected", [None, DeviceAnswer(message_code=0xFFFF), NUMBERED], ids=["nothing", "a message code", "a number too"]
)
async def test_what_is_expected_of_an_answer_is_kept(state: Any, expected: DeviceAnswer | None) -> None:
    later = acceptance(request_id=rid(7), answer_keys=(KEY,), hand_offs=(hand_off("1"),), device_answer=expected)
    await state.accept(acceptance(answer_keys=(KEY,), device_answer=DeviceAnswer(message_code=1)))
    await state.accept(later)
    assert expected == (await state.open_request(KEY)).device_answer


async def test_of_two_requests_with_one_answer_key_the_later_awaits_the_answer(state: Any) -> None:
    await state.accept(acceptance(answer_keys=(KEY,)))
    await state.accept(acceptance(request_id=rid(7), answer_keys=(KEY,)))
    assert rid(7) == (await state.open_request(KEY)).request_id


STAGES: dict[str, tuple[list[Acceptance], Stage | None]] = {
    "nothing was accepted": ([], None),
    "a pre-command was only returned": ([acceptance()], None),
    "the request was handed on": ([acceptance(hand_offs=(hand_off("1"),))], Stage.REQUEST),
    "the signed pre-command was handed on": (
        [acceptance(), acceptance(stage=Stage.SIGNED_PRE_COMMAND, hand_offs=(hand_off("1"),))],
        Stage.SIGNED_PRE_COMMAND,
    ),
    "the signed pre-command was for local delivery, the request was handed on": (
        [acceptance(hand_offs=(hand_off("1"),)), acceptance(stage=Stage.SIGNED_PRE_COMMAND)],
        Stage.REQUEST,
    ),
}


@pytest.mark.parametrize(("accepted", "expected"), STAGES.values(), ids=STAGES)
async def test_the_latest_stage_that_was_handed_on(state: Any, accepted: list[Acceptance], expected: Stage) -> None:
    for each in accepted:
        await state.accept(each)
    found = await state.open_request_by_id(rid())
    assert expected == (None if found is None else found.stage)


async def test_an_answer_is_passed_on_once_with_its_changes(estate: Any) -> None:
    await estate.accept(acceptance(hand_offs=(hand_off("1"),), answer_keys=(KEY,)))
    commissioned = msgspec.structs.replace(LONER_RECORD, status=DeviceStatus.COMMISSIONED)
    to_user = hand_off("2", far=Far.USER, name=str(USER))
    commissioning = change(LONER_RECORD, DeviceStatus.COMMISSIONED)
    assert True is await estate.answered(rid(), Stage.REQUEST, b"m" * 32, [to_user], [commissioning])
    again = [hand_off("3", far=Far.USER)]
    back = change(commissioned, LONER_RECORD.status)
    assert False is await estate.answered(rid(), Stage.REQUEST, b"m" * 32, again, [back])
    assert [due(hand_off("1")), due(to_user)] == await estate.outbox(dead=False, limit=10)
    assert commissioned == await estate.device(LONER)
    assert msgspec.structs.replace(OPEN, answered=True) == await estate.open_request(KEY)


async def test_an_answer_that_changes_a_device_that_has_changed_meanwhile_is_to_be_judged_again(estate: Any) -> None:
    stale = msgspec.structs.replace(LONER_RECORD, model="M99")
    judged = [change(stale, DeviceStatus.COMMISSIONED)]
    assert Overtaken(device=LONER) == await estate.answered(rid(), Stage.REQUEST, b"m" * 32, [hand_off("1")], judged)
    assert (LONER_RECORD, []) == (await estate.device(LONER), await estate.outbox(dead=False, limit=10))
    assert True is await estate.answered(rid(), Stage.REQUEST, b"m" * 32, [hand_off("1")])


async def test_an_acceptance_changes_devices_or_is_to_be_judged_again(estate: Any) -> None:
    removal = change(ESME_RECORD, None)
    stale = change(msgspec.structs.replace(LONER_RECORD, model="M99"), DeviceStatus.PENDING)
    assert Overtaken(device=LONER) == await estate.accept(acceptance(changes=(removal, stale)))
    assert ESME_RECORD == await estate.device(ESME)
    assert Accepted() == await estate.accept(acceptance(changes=(removal,)))
    assert None is await estate.device(ESME)
    assert None is await estate.key_agreement_certificate(ESME)
    assert isinstance(await estate.accept(acceptance(changes=(removal,))), AlreadyUsed)


async def test_every_status_of_a_device_is_kept_with_what_brought_it_about(state: Any) -> None:
    newcomer = device(LONER, DeviceType.ESME, status=DeviceStatus.PENDING)
    await state.accept(acceptance(new_devices=(newcomer,)))
    await state.accept(acceptance(request_id=rid(2), changes=(change(newcomer, DeviceStatus.COMMISSIONED),)))
    imported = msgspec.structs.replace(newcomer, status=DeviceStatus.SUSPENDED)
    await state.import_devices([imported], {})
    await state.import_devices([msgspec.structs.replace(imported, model="M2")], {})
    await state.accept(
        acceptance(request_id=rid(3), changes=(change(msgspec.structs.replace(imported, model="M2"), None),))
    )
    pending, commissioned, suspended = newcomer.status, DeviceStatus.COMMISSIONED, DeviceStatus.SUSPENDED
    assert [
        StatusChange(at=T0, event="pre-notified", before=None, after=pending, cause=rid().text),
        StatusChange(at=T0, event="pre-notified", before=pending, after=commissioned, cause=rid(2).text),
        StatusChange(at=T0, event="imported", before=commissioned, after=suspended, cause="w0"),
        StatusChange(at=T0, event="pre-notified", before=suspended, after=None, cause=rid(3).text),
    ] == await state.history(LONER)


async def test_of_answers_passed_on_together_only_a_repeated_one_is_not(state: Any) -> None:
    await state.answered(rid(3), Stage.REQUEST, b"m" * 32, [])
    counters = (1, 2, 3, 4, 1)
    answers = [state.answered(rid(n), Stage.REQUEST, b"m" * 32, [hand_off(f"{i}")]) for i, n in enumerate(counters)]
    assert [True, True, False, True, False] == await asyncio.gather(*answers)
    assert {"0", "1", "3"} == {each.hand_off.id[0] for each in await state.outbox(dead=False, limit=10)}


async def test_a_second_answer_of_other_content_is_passed_on_too(state: Any) -> None:
    assert await state.answered(rid(), Stage.REQUEST, b"m" * 32, [hand_off("1")])
    assert await state.answered(rid(), Stage.REQUEST, b"n" * 32, [hand_off("2")])


async def test_the_answer_to_one_stage_leaves_the_other_open(state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    await state.answered(rid(), Stage.REQUEST, b"m" * 32, [])
    await state.accept(acceptance(stage=Stage.SIGNED_PRE_COMMAND, hand_offs=(hand_off("2"),)))
    assert not (await state.open_request_by_id(rid())).answered


# ---- the outbox


async def anything_written(state: Any) -> None:
    """Renewals and marks may wait for the next write: make one."""
    await state.redrive("no hand-off's id")


@pytest.mark.parametrize("octets", [0, 16_384, 16_385, 3_000_000])
async def test_a_body_of_any_length_is_handed_on_as_it_was(world: World, state: Any, octets: int) -> None:
    whole = hand_off("1", body=bytes(range(256)) * (octets // 256) + bytes(octets % 256))
    await state.accept(acceptance(hand_offs=(whole, hand_off("2"))))
    await state.postpone("1" * 32, T0, "HTTP 503")
    assert [due(whole, attempts=1, last_error="HTTP 503")] == await state.claim_due(T0, 10)
    await state.delivered("1" * 32)
    await anything_written(state)
    assert [due(hand_off("2"))] == await state.outbox(dead=False, limit=10)


async def test_a_hand_off_is_this_process_s_until_its_lease_ends(world: World, state: Any) -> None:
    other = await world.process("w1")
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    before, after = T0 + timedelta(seconds=LEASE_SECONDS - 1), T0 + timedelta(seconds=LEASE_SECONDS)
    assert [[], []] == [await each.claim_due(before, 10) for each in (state, other)]
    assert [due(hand_off("1"))] == await other.claim_due(after, 10)
    assert [[], []] == [await each.claim_due(after, 10) for each in (state, other)]


async def test_a_slow_delivery_keeps_its_lease_by_renewing(world: World, state: Any) -> None:
    other = await world.process("w1")
    await state.accept(acceptance(hand_offs=(hand_off("1"), hand_off("2"))))
    world.clock.now = T0 + timedelta(seconds=LEASE_SECONDS - 1)
    await state.renew(["1" * 32])
    await anything_written(state)
    assert [due(hand_off("2"))] == await other.claim_due(T0 + timedelta(seconds=LEASE_SECONDS), 10)


async def test_nobody_renews_what_another_has_claimed(world: World, state: Any) -> None:
    other = await world.process("w1")
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    expired = T0 + timedelta(seconds=LEASE_SECONDS)
    await other.claim_due(expired, 10)
    world.clock.now = expired + timedelta(seconds=LEASE_SECONDS - 1)
    await state.renew(["1" * 32])
    await anything_written(state)
    assert [due(hand_off("1"))] == await state.claim_due(expired + timedelta(seconds=LEASE_SECONDS), 10)


async def test_a_process_that_died_finds_its_hand_offs_at_once_when_it_comes_back(world: World, state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"), hand_off("2"))))
    reborn, other = await world.process("w0"), await world.process("w1")
    assert 0 == await other.recover()
    assert 2 == await reborn.recover()
    assert [due(hand_off("1")), due(hand_off("2"))] == await reborn.claim_due(T0, 10)


async def test_a_future_dated_request_waits_for_its_moment_and_is_nobody_s(world: World, state: Any) -> None:
    other = await world.process("w1")
    tomorrow = T0 + timedelta(days=1)
    later = hand_off("1", not_before=tomorrow)
    await state.accept(acceptance(hand_offs=(later,)))
    assert [] == await other.claim_due(tomorrow - timedelta(microseconds=1), 10)
    assert [due(later, due_at=tomorrow, since=tomorrow)] == await other.claim_due(tomorrow, 10)


async def test_a_delivered_hand_off_is_gone(state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"), hand_off("2"))))
    await state.delivered("1" * 32)
    assert [due(hand_off("2"))] == await state.claim_due(T0 + timedelta(seconds=LEASE_SECONDS), 10)
    assert [due(hand_off("2"))] == await state.outbox(dead=False, limit=10)


async def test_a_delivered_mark_is_written_without_anything_else_to_write(state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    await state.delivered("1" * 32)
    for _ in range(100):
        if not await state.outbox_depth():
            break
        await asyncio.sleep(0.05)
    assert {} == await state.outbox_depth()


async def test_a_postponed_hand_off_is_tried_again_by_anyone_with_its_history(world: World, state: Any) -> None:
    other = await world.process("w1")
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    retry = T0 + timedelta(seconds=2)
    await state.postpone("1" * 32, retry, "HTTP 503")
    assert [] == await other.claim_due(retry - timedelta(microseconds=1), 10)
    assert [due(hand_off("1"), attempts=1, due_at=retry, last_error="HTTP 503")] == await other.claim_due(retry, 10)


async def test_a_dead_letter_is_not_claimed_until_it_is_redriven(world: World, state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"), hand_off("2"))))
    await state.dead_letter("1" * 32, "HTTP 404")
    letter = due(hand_off("1"), attempts=1, last_error="HTTP 404", dead=True)
    expired = T0 + timedelta(days=1)
    assert [due(hand_off("2"))] == await state.claim_due(expired, 10)
    assert [letter] == await state.outbox(dead=True, limit=10)
    assert [due(hand_off("2"))] == await state.outbox(dead=False, limit=10)
    world.clock.now = expired
    assert await state.redrive("1" * 32)
    redriven = due(hand_off("1"), due_at=expired, since=expired, last_error="HTTP 404")
    assert [redriven] == await state.claim_due(expired, 10)


@pytest.mark.parametrize("id_", ["1" * 32, "2" * 32, "nonsense"], ids=["one that waits", "one unknown", "no id at all"])
async def test_only_dead_letters_are_redriven(state: Any, id_: str) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"),)))
    assert not await state.redrive(id_)


async def test_claims_are_limited_and_the_longest_overdue_come_first(state: Any) -> None:
    offs = [hand_off(name, not_before=T0 + timedelta(seconds=5 - n)) for n, name in enumerate("123")]
    await state.accept(acceptance(hand_offs=tuple(offs)))
    late = T0 + timedelta(minutes=1)
    assert ["3" * 32, "2" * 32] == [each.hand_off.id for each in await state.claim_due(late, 2)]
    assert ["1" * 32] == [each.hand_off.id for each in await state.claim_due(late, 2)]


async def test_two_processes_that_claim_at_once_never_get_the_same(world: World, state: Any) -> None:
    await state.accept(acceptance(hand_offs=tuple(hand_off(f"{n:x}", not_before=T0) for n in range(16))))
    processes = [await world.process(f"w{n}") for n in range(1, 4)]
    expired = T0 + timedelta(seconds=LEASE_SECONDS)
    claims = await asyncio.gather(*(each.claim_due(expired, 5) for each in processes), state.claim_due(expired, 5))
    claimed = [each.hand_off.id for some in claims for each in some]
    assert 16 == len(claimed) == len(set(claimed))


async def test_the_depth_counts_by_far_side_and_dead_letters_apart(state: Any) -> None:
    assert {} == await state.outbox_depth()
    offs = [hand_off("1"), hand_off("2"), hand_off("3", far=Far.WAN), hand_off("4", far=Far.USER)]
    await state.accept(acceptance(hand_offs=tuple(offs)))
    await state.dead_letter("4" * 32, "HTTP 413")
    assert {"s1sp": 2, "wan": 1, "dead": 1} == await state.outbox_depth()


# ---- images

RECEIVED = b"<request/>" * 100_000
FAR_SIDES = ("mds", "secure", "North")


def image_for_all(*devices: DeviceId, counter: int = COUNTER, id_: str = "1", **more: Any) -> Acceptance:
    """An 11.1 that one provider gets."""
    euis = b"".join(sorted(device.octets for device in devices))
    images = (Image(hand_off=id_ * 32, euis=euis, until=T0 + timedelta(days=5)),)
    offs = (hand_off(id_, **more),)
    return acceptance(request_id=rid(counter), variant=ServiceReferenceVariant("11.1"), hand_offs=offs, images=images)


async def test_hand_offs_of_one_request_enclose_it_and_it_is_kept_once(world: World, state: Any) -> None:
    enclosed = base64.b64encode(RECEIVED)
    offs = [
        hand_off(str(n), name=name, body=f"<{name}></{name}>".encode(), enclosed=Enclosure(len(name) + 2, enclosed))
        for n, name in enumerate(FAR_SIDES)
    ]
    assert (b"<mds>", enclosed, b"</mds>") == offs[0].pieces
    assert sum(map(len, offs[0].pieces)) == offs[0].octets
    await state.accept(acceptance(received=RECEIVED, hand_offs=tuple(offs)))
    claimed = await state.claim_due(T0 + timedelta(seconds=LEASE_SECONDS), 10)
    assert [due(each) for each in offs] == sorted(claimed, key=lambda each: each.hand_off.id)
    assert 1 == len({id(each.hand_off.enclosed.octets) for each in claimed}), "read and encoded once for all of them"
    assert world.octets_kept < len(RECEIVED) + 200_000


async def test_the_enclosed_request_stays_until_its_last_hand_off_is_delivered(world: World, state: Any) -> None:
    enclosed = base64.b64encode(RECEIVED)
    offs = tuple(hand_off(each, body=b"<a></a>", enclosed=Enclosure(3, enclosed)) for each in "12")
    await state.accept(acceptance(received=RECEIVED, hand_offs=offs))
    for each in "12":
        assert 0 == await state.forget(T0 + timedelta(days=1))
        assert (b"<a>", enclosed, b"</a>") == (await state.outbox(dead=False, limit=10))[0].hand_off.pieces
        await state.delivered(each * 32)
        await anything_written(state)
    assert 1 == await state.forget(T0 + timedelta(days=1))


async def updating(state: Any, *listed: DeviceId) -> tuple[DeviceId, ...]:
    """Those of the listed that an image is under way to."""
    found: tuple[DeviceId, ...] = (await state.look_up(wanted(request_id=rid(99), listed=listed))).updating
    return found


async def _wait(world: World, _state: Any) -> None:
    world.clock.now = T0 + timedelta(days=5)


async def _wait_less(world: World, _state: Any) -> None:
    world.clock.now = T0 + timedelta(days=5, microseconds=-1)


async def _deliver_image(_world: World, state: Any) -> None:
    await state.delivered("1" * 32)
    await anything_written(state)


async def _bury_image(_world: World, state: Any) -> None:
    await state.dead_letter("1" * 32, "HTTP 404")


async def _bury_and_redrive(world: World, state: Any) -> None:
    await _bury_image(world, state)
    await state.redrive("1" * 32)


async def _activate(_world: World, state: Any) -> None:
    await state.accept(acceptance(request_id=rid(2), activates_image=ESME))


async def _activate_another(_world: World, state: Any) -> None:
    await state.accept(acceptance(request_id=rid(2), activates_image=LONER))


async def _send_anew(world: World, state: Any) -> None:
    await _bury_image(world, state)
    await state.accept(image_for_all(ESME, counter=2, id_="2"))


async def _leave(_world: World, _state: Any) -> None:
    """Nothing more happens."""


UNDER_WAY: dict[str, tuple[bool, Callable[[World, Any], Awaitable[None]]]] = {
    "from its acceptance": (True, _leave),
    "once it is with the provider": (True, _deliver_image),
    "until its time is over": (True, _wait_less),
    "and no longer": (False, _wait),
    "but not when the provider never got it": (False, _bury_image),
    "but again when it is redriven": (True, _bury_and_redrive),
    "but not when the device was told to activate it": (False, _activate),
    "when another device was told to activate its own": (True, _activate_another),
    "when it was sent anew": (True, _send_anew),
}


@pytest.mark.parametrize(("expected", "step"), UNDER_WAY.values(), ids=UNDER_WAY)
async def test_an_image_is_under_way(
    world: World, state: Any, expected: bool, step: Callable[[World, Any], Awaitable[None]]
) -> None:
    await state.accept(image_for_all(ESME, PPMID))
    await step(world, state)
    assert ((ESME,) if expected else ()) == await updating(state, NOBODY, ESME, LONER)


async def test_of_fifty_thousand_devices_each_is_known_to_be_updating(world: World, state: Any) -> None:
    fleet = tuple(DeviceId(2**63 + 3 * n) for n in range(50_000))
    await state.accept(image_for_all(*reversed(fleet)))
    other = await world.process("w1")
    some = fleet[::7]
    found = await updating(other, *(DeviceId(int(each) + 1) for each in some), *reversed(some))
    assert some == tuple(sorted(found))


async def test_an_image_is_forgotten_with_its_devices(world: World, state: Any) -> None:
    await state.accept(image_for_all(ESME))
    await state.forget(T0 + timedelta(days=5))
    assert (1, 1) == world.count("images", "image_devices")
    await state.forget(T0 + timedelta(days=5, microseconds=1))
    assert (0, 0) == world.count("images", "image_devices")


async def test_a_refused_acceptance_has_no_image_under_way(state: Any) -> None:
    await state.accept(acceptance())
    assert AlreadyUsed(earlier=EARLIER) == await state.accept(image_for_all(ESME))
    assert () == await updating(state, ESME)


# ---- retention

Step = Callable[[Any], Awaitable[Any]]


async def _deliver(state: Any) -> None:
    await state.delivered("1" * 32)


async def _bury(state: Any) -> None:
    await state.dead_letter("1" * 32, "HTTP 404")


async def _nothing(state: Any) -> None:
    """The hand-off stays as it was accepted."""


RETENTION: dict[str, tuple[datetime, Step, int]] = {
    "a finished request is forgotten": (T0 + timedelta(seconds=1), _deliver, 1),
    "a request of that very moment stays": (T0, _deliver, 0),
    "a request with a waiting hand-off stays": (T0 + timedelta(days=100), _nothing, 0),
    "a request with a dead letter stays": (T0 + timedelta(days=100), _bury, 0),
}


@pytest.mark.parametrize(("before", "step", "forgotten"), RETENTION.values(), ids=RETENTION)
async def test_forget(state: Any, before: datetime, step: Step, forgotten: int) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"),), answer_keys=(KEY,)))
    await state.answered(rid(), Stage.REQUEST, b"m" * 32, [])
    await step(state)
    assert forgotten == await state.forget(before)
    earlier = (await state.look_up(wanted())).earlier
    assert (None if forgotten else EARLIER) == earlier
    assert forgotten == (await state.open_request(KEY) is None)


async def test_many_requests_are_forgotten_and_an_inherited_answer_key_is_not(state: Any) -> None:
    await asyncio.gather(*(state.accept(acceptance(request_id=rid(n), answer_keys=(KEY,))) for n in range(1100)))
    young = acceptance(request_id=rid(5000), answer_keys=(KEY,), received_at=T0 + timedelta(days=1))
    await state.accept(young)
    assert 1100 == await state.forget(T0 + timedelta(days=1))
    assert rid(5000) == (await state.open_request(KEY)).request_id


async def test_a_store_that_takes_too_much_forgets_the_oldest_finished_requests(state: Any) -> None:
    await asyncio.gather(*(state.accept(acceptance(request_id=rid(n))) for n in range(600)))
    await state.accept(acceptance(request_id=rid(5000), hand_offs=(hand_off("1"),)))
    assert 0 == await state.shrink(1 << 40)
    assert 600 == await state.shrink(1)
    assert (await state.look_up(wanted(request_id=rid(5000)))).earlier is not None


# ---- one fault spoils nobody else's work


async def test_a_hand_off_id_used_twice_fails_its_own_acceptance_only(state: Any) -> None:
    await state.accept(acceptance(request_id=rid(1), hand_offs=(hand_off("1"),)))
    tries = [
        acceptance(request_id=rid(2), hand_offs=(hand_off("2"),)),
        acceptance(request_id=rid(3), hand_offs=(hand_off("3"), hand_off("1"))),
        acceptance(request_id=rid(4), hand_offs=(hand_off("4"),)),
    ]
    outcomes = await asyncio.gather(*map(state.accept, tries), return_exceptions=True)
    assert [Accepted(), Accepted()] == [outcomes[0], outcomes[2]]
    assert "UNIQUE constraint failed: outbox.id" == str(outcomes[1])
    assert (await state.look_up(wanted(request_id=rid(3)))).earlier is None
    waiting = {each.hand_off.id[0] for each in await state.outbox(dead=False, limit=10)}
    assert {"1", "2", "4"} == waiting


async def test_what_was_accepted_is_there_after_closing(world: World, state: Any) -> None:
    await state.accept(acceptance(hand_offs=(hand_off("1"), hand_off("2"))))
    await state.delivered("1" * 32)
    await state.close()
    reborn = await world.process("w0")
    assert EARLIER == (await reborn.look_up(wanted())).earlier
    assert [due(hand_off("2"))] == await reborn.outbox(dead=False, limit=10)
