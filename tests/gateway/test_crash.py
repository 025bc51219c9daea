"""Acceptance survives a crash at any instant: it is there whole, or it is not there.

A child process is killed while it accepts; and the write-ahead log is cut wherever a crash of the machine
could have ended it. What no test here shows is that the disk keeps what it said it had.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
import struct
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.ports import Acceptance, Accepted, Enclosure, Far, HandOff, Image, Stage, Wanted
from gateway.sqlite_state import SqliteState
from routing.inventory import Device
from schemas.vocabulary import (
    DeviceId,
    DeviceType,
    Generation,
    RequestId,
    ResponseCode,
    ServiceReferenceVariant,
    UserId,
)

T0 = datetime(2025, 3, 31, tzinfo=UTC)
ROUNDS = 20
AT_ONCE = 8
HAND_OFFS = 2
ACCEPTED = 20
COMMITS = 2
"""Of one acceptance: the devices of its image come first."""
USER = UserId.parse("90-B3-D5-1F-30-01-00-00")
PROJECT = Path(__file__).resolve().parents[2]
WAL_HEADER, FRAME_HEADER = 32, 24


def acceptance(n: int) -> Acceptance:
    """A 12.2 that changes both halves of the file: a device, and two hand-offs."""
    device = DeviceId(2**63 + n)
    hand_offs = tuple(
        HandOff(
            id=f"{n * HAND_OFFS + part:032x}",
            far=Far.USER,
            name=str(USER),
            content_type="application/xml",
            # One as most are, and one so long that it has a row of its own, around the request.
            body=bytes([part]) * (6000, 20_000)[part],
            enclosed=(None, Enclosure(7, b"r" * 4000))[part],
            trace_id=f"{n:032x}",
        )
        for part in range(HAND_OFFS)
    )
    return Acceptance(
        request_id=RequestId(USER, device, n),
        stage=Stage.REQUEST,
        digest=n.to_bytes(32, "big"),
        variant=ServiceReferenceVariant("12.2"),
        service_reference="12.2",
        schema_version="5.4",
        trace_id=f"{n:032x}",
        received_at=T0,
        received=b"r" * 3000,
        code=ResponseCode("I0"),
        answer=b"a" * 1500,
        hand_offs=hand_offs,
        new_devices=(
            Device(
                id=device,
                type=DeviceType.ESME,
                manufacturer="Acme",
                model="M100",
                prenotified_as=Generation.SMETS2,
                import_mpxn=f"{n:013}",
            ),
        ),
        images=(Image(hand_off=hand_offs[1].id, euis=device.octets, until=T0 + timedelta(days=36_500)),),
    )


async def accept_for_ever(path: Path, first: int) -> None:
    """The child: several at a time, each number printed once its acceptance has returned."""
    state = SqliteState(path, owner="w0")
    await state.open()
    await state.recover()

    async def accept_every(start: int) -> None:
        n = start
        while True:
            assert Accepted() == await state.accept(acceptance(n))
            print(n, flush=True)
            n += AT_ONCE

    await asyncio.gather(*(accept_every(first + start) for start in range(AT_ONCE)))


def killed_child(path: Path, first: int, seconds: float) -> list[int]:
    """Run the child, kill it ``seconds`` after its first acceptance, and return what it had printed in whole."""
    command = [sys.executable, str(Path(__file__).resolve()), str(path), str(first)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT)
    assert child.stdout is not None
    printed = child.stdout.readline()
    time.sleep(seconds)
    child.kill()
    printed += child.stdout.read()
    child.wait()
    child.stdout.close()
    return [int(line) for line in printed.split(b"\n")[:-1]]


TORN = {
    "requests without all their hand-offs": """SELECT count(*) FROM requests r LEFT JOIN
        (SELECT request_key, count(*) AS held FROM outbox LEFT JOIN bodies b USING (id)
            WHERE length(coalesce(outbox.body, b.body)) >= 6000 GROUP BY request_key) o
        ON o.request_key = r.request_key WHERE r.hand_offs <> coalesce(o.held, 0)""",
    "hand-offs without their request": """SELECT count(*) FROM outbox
        WHERE request_key NOT IN (SELECT request_key FROM requests)""",
    "requests without their name": """SELECT count(*) FROM requests r
        WHERE NOT EXISTS (SELECT 1 FROM names n WHERE n.request = r.number AND n.use = r.stage)""",
    "names without their request": "SELECT count(*) FROM names WHERE request NOT IN (SELECT number FROM requests)",
    "bodies without their hand-off": "SELECT count(*) FROM bodies WHERE id NOT IN (SELECT id FROM outbox)",
    "images without their hand-off": "SELECT count(*) FROM images WHERE hand_off NOT IN (SELECT id FROM outbox)",
    "hand-offs without their image": """SELECT count(*) FROM outbox
        WHERE enclosed_at IS NOT NULL AND id NOT IN (SELECT hand_off FROM images)""",
    "images without their device": """SELECT count(*) FROM images
        WHERE number NOT IN (SELECT image FROM image_devices)""",
    "devices without their request": """SELECT count(*) FROM devices
        WHERE eui NOT IN (SELECT substr(request_key, 1, 8) FROM requests)""",
    "requests without their device": """SELECT count(*) FROM requests
        WHERE substr(request_key, 1, 8) NOT IN (SELECT eui FROM devices)""",
    "devices without their meter point": "SELECT count(*) FROM devices WHERE eui NOT IN (SELECT eui FROM device_mpxns)",
}


def accepted_whole(path: Path) -> set[int]:
    """The numbers of the acceptances in the file, after everything that would show a torn one was looked for."""
    with closing(sqlite3.connect(path)) as db:
        assert [("ok",)] == db.execute("PRAGMA integrity_check").fetchall()
        for what, query in TORN.items():
            assert (what, 0) == (what, db.execute(query).fetchone()[0])
        return {int.from_bytes(key[16:], "big") for (key,) in db.execute("SELECT request_key FROM requests")}


@pytest.mark.slow
def test_a_killed_process_loses_nothing_that_it_had_accepted(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    rng = random.Random(20250331)
    told: set[int] = set()
    for turn in range(ROUNDS):
        printed = killed_child(path, (turn + 1) * 1_000_000, rng.uniform(0, 0.25))
        assert printed, "the child accepts before it is killed"
        told |= set(printed)
        kept = accepted_whole(path)
        assert set() == told - kept
        assert len(kept - told) <= AT_ONCE * (turn + 1), "only what was under way may be kept unsaid"
    asyncio.run(everything_is_handed_on(path, told))


async def everything_is_handed_on(path: Path, told: set[int]) -> None:
    """The next process under the same name finds each request and claims each hand-off at once."""
    state = SqliteState(path, owner="w0")
    await state.open()
    try:
        await state.recover()
        claimed = {each.hand_off.id for each in await state.claim_due(datetime.now(UTC), 10**6)}
        for n in sorted(told):
            expected = acceptance(n)
            found = await state.look_up(Wanted(request_id=expected.request_id, stage=Stage.REQUEST))
            assert found.earlier is not None, f"request {n}"
            assert expected.digest == found.earlier.digest
            assert set() == {each.id for each in expected.hand_offs} - claimed
    finally:
        await state.close()


# ---- the log cut short


def commit_ends(log: bytes) -> list[int]:
    """Offsets behind each frame that ends a transaction: those whose header names the file's size in pages."""
    page = struct.unpack_from(">I", log, 8)[0]
    frames = range(WAL_HEADER, len(log) - FRAME_HEADER - page + 1, FRAME_HEADER + page)
    return [at + FRAME_HEADER + page for at in frames if struct.unpack_from(">I", log, at + 4)[0]]


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, bytes, list[int]]:
    """A state file as a crash would leave it, its log, and the numbers accepted, in that order."""

    async def write() -> None:
        state = SqliteState(tmp_path / "live.db", owner="w0")
        await state.open()
        for n in range(ACCEPTED):
            await state.accept(acceptance(n))
        # Copied while the state is open: closing would fold the log into the file.
        for suffix in ("", "-wal"):
            shutil.copy(tmp_path / f"live.db{suffix}", tmp_path / f"crashed.db{suffix}")
        await state.close()

    asyncio.run(write())
    crashed = tmp_path / "crashed.db"
    return crashed, Path(f"{crashed}-wal").read_bytes(), list(range(ACCEPTED))


def reopened(crashed: Path, log: bytes) -> set[int]:
    """What a state file holds when its log ends there."""
    cut = crashed.with_name("cut.db")
    for suffix in ("", "-wal", "-shm"):
        cut.with_name(cut.name + suffix).unlink(missing_ok=True)
    shutil.copy(crashed, cut)
    cut.with_name("cut.db-wal").write_bytes(log)
    asyncio.run(_opens(cut))
    return accepted_whole(cut)


async def _opens(path: Path) -> None:
    state = SqliteState(path, owner="w0")
    await state.open()
    await state.recover()
    await state.close()


def test_the_log_cut_at_any_commit_holds_exactly_what_was_committed(
    written: tuple[Path, bytes, list[int]],
) -> None:
    crashed, log, numbers = written
    ends = commit_ends(log)
    commits = COMMITS * len(numbers)
    assert commits < len(ends), "after those of the migration"
    assert [set(numbers[: done // COMMITS]) for done in range(commits + 1)] == [
        reopened(crashed, log[:end]) for end in ends[-commits - 1 :]
    ]


def test_the_log_torn_within_a_transaction_holds_the_one_before(
    written: tuple[Path, bytes, list[int]],
) -> None:
    crashed, log, numbers = written
    ends = commit_ends(log)
    rng = random.Random(482)
    for count in rng.sample(range(len(numbers)), 8):
        after = COMMITS * (count - len(numbers)) + COMMITS - 1
        before, after = ends[after - 1], ends[after]
        torn = log[: rng.randrange(before, after)]
        assert set(numbers[:count]) == reopened(crashed, torn)
        # A page that never reached the disk, in a log that did.
        blank = log[: before + FRAME_HEADER] + bytes(64) + log[before + FRAME_HEADER + 64 : after]
        assert set(numbers[:count]) == reopened(crashed, blank)


if __name__ == "__main__":
    asyncio.run(accept_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
