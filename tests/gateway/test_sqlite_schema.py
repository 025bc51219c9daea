"""A state file of an earlier version: what it holds is found in it by this one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.ports import AnswerKey, Earlier, Far, HandOff, Stage, Wanted
from gateway.sqlite_schema import STATE_MIGRATIONS, connect_to_write, to_micros
from gateway.sqlite_state import SqliteState
from routing.inventory import Device
from routing.parties import Registration
from schemas.records import to_json
from schemas.request import ReadInventory
from schemas.vocabulary import DeviceId, DeviceType, Generation, RequestId, ResponseCode, UserId, UserRole

T0 = datetime(2025, 3, 31, 9, 0, tzinfo=UTC)
USER = UserId.parse("90-B3-D5-1F-30-01-00-00")
HUB, ESME, LONER = (DeviceId.parse(f"F0-DB-12-34-56-78-90-A{n}") for n in range(3))
MPAN, LONE_MPAN = "1200000000001", "1200000000009"
ID = RequestId(USER, ESME, 2**64 - 1)
KEY = AnswerKey(originator=USER, device=ESME, counter=2**63)
BODY = bytes(range(256)) * 20


def device(id_: DeviceId, type_: DeviceType, hub: DeviceId | None = None, mpxn: str | None = None) -> Device:
    return Device(
        id=id_,
        type=type_,
        manufacturer="Acme",
        model="M100",
        prenotified_as=Generation.SMETS2,
        hub=hub,
        import_mpxn=mpxn,
    )


DEVICES = (
    device(HUB, DeviceType.CHF),
    device(ESME, DeviceType.ESME, HUB, MPAN),
    device(LONER, DeviceType.ESME, None, LONE_MPAN),
)
SUPPLIER = Registration(mpxn=MPAN, role=UserRole.IMPORT_SUPPLIER, party=USER, start=T0)
EARLIER = Earlier(digest=b"d" * 32, code=ResponseCode("I99"), answer=b"<answer/>", trace_id="a" * 32)


def fill_version_1(path: Path) -> None:
    """As version 1 wrote it: a home, a device without one, a critical request at both stages, its last hand-off."""
    with closing(connect_to_write(path, STATE_MIGRATIONS[:1], busy_seconds=1)) as db:
        for each in DEVICES:
            hub = None if each.hub is None else each.hub.octets
            db.execute("INSERT INTO devices VALUES (?, ?, NULL, NULL, ?)", (each.id.octets, hub, to_json(each)))
            for mpxn in each.mpxns:
                db.execute("INSERT INTO device_mpxns VALUES (?, ?, ?)", (mpxn, each.id.octets, hub))
        registration = (MPAN, "IS", USER.octets, to_micros(T0), to_json(SUPPLIER))
        db.execute("INSERT INTO registrations VALUES (?, ?, ?, ?, ?)", registration)
        for stage, hand_offs, keys in ((Stage.REQUEST, 0, b""), (Stage.SIGNED_PRE_COMMAND, 1, KEY.octets)):
            row = (ID.octets, stage.value, b"d" * 32, "I99", ID.text, "7.2", "7.2", "5.4", "a" * 32, to_micros(T0))
            pre_command = b"pre-command" if stage is Stage.REQUEST else None
            db.execute(
                f"INSERT INTO requests VALUES ({', '.join('?' * 15)})",
                (*row, hand_offs, keys, b"<answer/>", pre_command, b"<request/>"),
            )
        db.execute("INSERT INTO answer_keys VALUES (?, ?, ?)", (KEY.octets, ID.octets, Stage.SIGNED_PRE_COMMAND.value))
        db.execute(
            """INSERT INTO outbox (id, request_key, stage, far, name, content_type, trace_id, due, since)
                VALUES (?, ?, ?, 'wan', 'North', 'application/octet-stream', ?, ?, ?)""",
            ("1" * 32, ID.octets, Stage.SIGNED_PRE_COMMAND.value, "a" * 32, to_micros(T0), to_micros(T0)),
        )
        db.execute("INSERT INTO bodies VALUES (?, ?)", ("1" * 32, BODY))


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[SqliteState]:
    fill_version_1(tmp_path / "state.db")
    state = SqliteState(tmp_path / "state.db", owner="w0", clock=lambda: T0)
    await state.open()
    yield state
    await state.close()


def wanted(device: DeviceId, counter: int = 1) -> Wanted:
    return Wanted(request_id=RequestId(USER, device, counter), stage=Stage.REQUEST, devices=(device,))


@pytest.mark.parametrize("of", [ESME, HUB], ids=["of a device with a hub", "of the hub"])
async def test_a_home_is_found(state: SqliteState, of: DeviceId) -> None:
    found = await state.look_up(wanted(of))
    assert {HUB: DEVICES[0], of: DEVICES[0] if of == HUB else DEVICES[1]} == found.devices
    assert {HUB: (MPAN,)} == found.home_mpxns
    assert (SUPPLIER,) == found.registrations


async def test_a_device_without_a_hub_has_no_home(state: SqliteState) -> None:
    found = await state.look_up(wanted(LONER))
    assert ({LONER: DEVICES[2]}, {}, ()) == (found.devices, found.home_mpxns, found.registrations)
    question = Wanted(request_id=ID, stage=Stage.REQUEST, query=ReadInventory(mpxn=LONE_MPAN))
    assert (DEVICES[2],) == (await state.look_up(question)).matches


async def test_both_stages_of_a_request_are_found(state: SqliteState) -> None:
    first = await state.look_up(Wanted(request_id=ID, stage=Stage.REQUEST))
    assert (EARLIER, None) == (first.earlier, first.pre_command)
    second = await state.look_up(Wanted(request_id=ID, stage=Stage.SIGNED_PRE_COMMAND))
    assert (EARLIER, b"pre-command") == (second.earlier, second.pre_command)


async def test_its_answer_finds_it(state: SqliteState) -> None:
    for found in (await state.open_request(KEY), await state.open_request_by_id(ID)):
        assert found is not None
        assert (ID, Stage.SIGNED_PRE_COMMAND, False) == (found.request_id, found.stage, found.answered)


async def test_its_hand_off_is_delivered_and_then_it_is_forgotten(state: SqliteState) -> None:
    (due,) = await state.claim_due(T0, 10)
    assert (
        HandOff(
            id="1" * 32,
            far=Far.WAN,
            name="North",
            content_type="application/octet-stream",
            body=BODY,
            trace_id="a" * 32,
        )
        == due.hand_off
    )
    assert 0 == await state.forget(T0 + timedelta(days=1))
    await state.delivered("1" * 32)
    assert 2 == await state.forget(T0 + timedelta(days=1))
    assert await state.open_request(KEY) is None
    assert (await state.look_up(Wanted(request_id=ID, stage=Stage.REQUEST))).earlier is None


def test_nothing_of_a_delivered_hand_off_stays(tmp_path: Path) -> None:
    """Whether its body stands in its row or, being long or of version 1, apart."""
    fill_version_1(tmp_path / "state.db")
    with closing(connect_to_write(tmp_path / "state.db", STATE_MIGRATIONS, busy_seconds=1)) as db:
        assert [("1" * 32,)] == db.execute("SELECT id FROM bodies").fetchall()
        db.execute("DELETE FROM outbox")
        assert [] == db.execute("SELECT id FROM bodies").fetchall()
