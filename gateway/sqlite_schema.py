"""The shape of the state file and how it is opened: tables, migrations, pragmas, and SQLite's errors in our words.

Counters and EUIs have their top bit set, which a signed database integer cannot hold: both are stored
as big-endian octets. Moments are microseconds since 1970 UTC. Queries live in ``sqlite_inventory``,
``sqlite_ledger`` and ``sqlite_outbox``, the traces' own file in ``sqlite_traces``.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.ports import Unavailable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def _device_first(octets: str) -> str:
    """SQL: a RequestID's or an answer key's octets, originator, device and counter, with the device first."""
    device, originator, counter = (f"substr({octets}, {start}, 8)" for start in (9, 1, 17))
    return f"CAST({device} || {originator} || {counter} AS BLOB)"


STATE_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE devices (
            eui BLOB PRIMARY KEY, hub BLOB, uprn TEXT, postcode TEXT, record BLOB NOT NULL) STRICT""",
        "CREATE INDEX devices_by_uprn ON devices (uprn) WHERE uprn IS NOT NULL",
        "CREATE INDEX devices_by_postcode ON devices (postcode) WHERE postcode IS NOT NULL",
        # The hub is repeated here so that one index scan yields the meter points of a home.
        """CREATE TABLE device_mpxns (
            mpxn TEXT NOT NULL, eui BLOB NOT NULL, hub BLOB, PRIMARY KEY (mpxn, eui)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX device_mpxns_by_device ON device_mpxns (eui)",
        "CREATE INDEX device_mpxns_by_hub ON device_mpxns (hub, mpxn) WHERE hub IS NOT NULL",
        """CREATE TABLE registrations (
            mpxn TEXT NOT NULL, role TEXT NOT NULL, party BLOB NOT NULL, start INTEGER NOT NULL,
            record BLOB NOT NULL, PRIMARY KEY (mpxn, role, party, start)) STRICT, WITHOUT ROWID""",
        "CREATE TABLE key_agreement_certificates (eui BLOB PRIMARY KEY, der BLOB NOT NULL) STRICT, WITHOUT ROWID",
        # The longest columns come last: what is read often then never touches their overflow pages.
        # `hand_offs` counts what was enqueued with the row, so that a torn acceptance would show.
        """CREATE TABLE requests (
            request_key BLOB NOT NULL, stage TEXT NOT NULL, digest BLOB NOT NULL, code TEXT NOT NULL,
            request_id TEXT NOT NULL, variant TEXT NOT NULL, service_reference TEXT NOT NULL,
            schema_version TEXT NOT NULL, trace_id TEXT NOT NULL, received_at INTEGER NOT NULL,
            hand_offs INTEGER NOT NULL, answer_keys BLOB NOT NULL,
            answer BLOB NOT NULL, pre_command BLOB, received BLOB NOT NULL) STRICT""",
        "CREATE UNIQUE INDEX requests_by_key ON requests (request_key, stage)",
        "CREATE INDEX requests_by_age ON requests (received_at)",
        """CREATE TABLE answer_keys (
            answer_key BLOB PRIMARY KEY, request_key BLOB NOT NULL, stage TEXT NOT NULL) STRICT, WITHOUT ROWID""",
        """CREATE TABLE answers (
            request_key BLOB NOT NULL, message_digest BLOB NOT NULL, stage TEXT NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (request_key, message_digest)) STRICT, WITHOUT ROWID""",
        "CREATE INDEX answers_by_age ON answers (at)",
        # `lease_until` 0 is nobody's. A body may have 20 MB and a row is rewritten at every try: hence two tables.
        """CREATE TABLE outbox (
            id TEXT PRIMARY KEY, request_key BLOB NOT NULL, stage TEXT NOT NULL, far TEXT NOT NULL,
            name TEXT NOT NULL, content_type TEXT NOT NULL, trace_id TEXT NOT NULL, traceparent TEXT,
            not_before INTEGER, due INTEGER NOT NULL, since INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
            dead INTEGER NOT NULL DEFAULT 0, owner TEXT, lease_until INTEGER NOT NULL DEFAULT 0,
            last_error TEXT) STRICT""",
        "CREATE INDEX outbox_by_due ON outbox (due, lease_until) WHERE dead = 0",
        "CREATE TABLE bodies (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT",
        "CREATE TRIGGER body_goes_with_its_row AFTER DELETE ON outbox BEGIN DELETE FROM bodies WHERE id = old.id; END",
    ),
    (
        # The hub of a device's home, its own EUI where there is none: one join then finds the home of each.
        "ALTER TABLE devices RENAME COLUMN hub TO home",
        """UPDATE devices SET home = eui WHERE home IS NULL OR instr(record, '"type":"CHF"')""",
        "ALTER TABLE device_mpxns RENAME COLUMN hub TO home",
        "UPDATE device_mpxns SET home = (SELECT d.home FROM devices d WHERE d.eui = device_mpxns.eui)",
        # Counts every change of what is remembered of homes, whoever makes it: so it is never out of date.
        "CREATE TABLE inventory_version (version INTEGER NOT NULL) STRICT",
        "INSERT INTO inventory_version VALUES (0)",
        *(
            f"""CREATE TRIGGER {event}_of_{table}_counts AFTER {event} ON {table}
                BEGIN UPDATE inventory_version SET version = version + 1; END"""  # noqa: S608 -- names of ours
            for table in ("devices", "device_mpxns", "registrations")
            for event in ("insert", "update", "delete")
        ),
        # Requests have a number of their own. What they are found by are rows of one table, device first: a
        # RequestID and the key of its answer are next to each other, and mostly one page is written for both.
        "ALTER TABLE requests RENAME TO former_requests",
        """CREATE TABLE requests (
            number INTEGER PRIMARY KEY, request_key BLOB NOT NULL, stage TEXT NOT NULL, digest BLOB NOT NULL,
            code TEXT NOT NULL, request_id TEXT NOT NULL, variant TEXT NOT NULL, service_reference TEXT NOT NULL,
            schema_version TEXT NOT NULL, trace_id TEXT NOT NULL, received_at INTEGER NOT NULL,
            hand_offs INTEGER NOT NULL, answer_keys BLOB NOT NULL,
            answer BLOB NOT NULL, pre_command BLOB, received BLOB NOT NULL) STRICT""",
        f"""INSERT INTO requests SELECT rowid, {_device_first("request_key")}, stage, digest, code, request_id, variant,
            service_reference, schema_version, trace_id, received_at, hand_offs, answer_keys, answer, pre_command,
            received FROM former_requests ORDER BY rowid""",  # noqa: S608 -- names of ours
        """CREATE TABLE names (
            name BLOB NOT NULL, use TEXT NOT NULL, request INTEGER NOT NULL,
            PRIMARY KEY (name, use)) STRICT, WITHOUT ROWID""",
        "INSERT INTO names SELECT request_key, stage, number FROM requests",
        f"""INSERT INTO names SELECT {_device_first("answer_key")}, 'answer', r.rowid
            FROM answer_keys k JOIN former_requests r ON r.request_key = k.request_key AND r.stage = k.stage""",  # noqa: S608 -- as above
        "DROP TABLE former_requests",
        "DROP TABLE answer_keys",
        "CREATE INDEX requests_by_age ON requests (received_at)",
        f"UPDATE answers SET request_key = {_device_first('request_key')}",  # noqa: S608 -- as above
        f"UPDATE outbox SET request_key = {_device_first('request_key')}",  # noqa: S608 -- as above
        # A body of ordinary length stands in its hand-off's row; NULL says that it is in the other table.
        "ALTER TABLE outbox ADD COLUMN body BLOB",
        "DROP TRIGGER body_goes_with_its_row",
        """CREATE TRIGGER body_goes_with_its_row AFTER DELETE ON outbox WHEN old.body IS NULL
            BEGIN DELETE FROM bodies WHERE id = old.id; END""",
    ),
    # Of a name that an answer is found by: the message code (2 octets), then the text that the user is to be told.
    ("ALTER TABLE names ADD COLUMN expects BLOB",),
    (
        # What a cancellation looks for. Only what is held for later is in it.
        "CREATE INDEX outbox_held ON outbox (request_key) WHERE not_before IS NOT NULL",
    ),
    (
        """CREATE TABLE status_history (
            number INTEGER PRIMARY KEY, eui BLOB NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL,
            before TEXT, after TEXT, cause TEXT NOT NULL) STRICT""",
        "CREATE INDEX status_history_by_device ON status_history (eui)",
        # At most one row: the revision that all devices follow, the one that they are being led to, how far.
        """CREATE TABLE list_walk (
            only INTEGER PRIMARY KEY CHECK (only = 1), settled TEXT NOT NULL, target TEXT, cursor BLOB,
            owner TEXT, lease_until INTEGER NOT NULL DEFAULT 0) STRICT""",
    ),
    (
        # Where in a body the request belongs, which all hand-offs of an 11.1 share: it is read from `requests`.
        "ALTER TABLE outbox ADD COLUMN enclosed_at INTEGER",
        # Images under way. A device has one at most; one whose image is not in `images` has none.
        "CREATE TABLE images (number INTEGER PRIMARY KEY, hand_off TEXT NOT NULL, until INTEGER NOT NULL) STRICT",
        "CREATE TABLE image_devices (eui BLOB PRIMARY KEY, image INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE INDEX image_devices_by_image ON image_devices (image)",
        """CREATE TRIGGER devices_go_with_their_image AFTER DELETE ON images
            BEGIN DELETE FROM image_devices WHERE image = old.number; END""",
    ),
    # When the revision of the walk was activated: a process that learns of that late must not lead devices back.
    ("ALTER TABLE list_walk ADD COLUMN activated INTEGER NOT NULL DEFAULT 0",),
    tuple(
        # They are remembered with the homes.
        f"""CREATE TRIGGER {event}_of_key_agreement_certificates_counts AFTER {event} ON key_agreement_certificates
            BEGIN UPDATE inventory_version SET version = version + 1; END"""  # noqa: S608 -- names of ours
        for event in ("insert", "update", "delete")
    ),
)
"""Steps from an empty file to today's, in order; ``user_version`` counts those done. Append, never edit."""

_THEIRS = {
    sqlite3.SQLITE_BUSY: "is locked by another process",
    sqlite3.SQLITE_LOCKED: "is locked by another process",
    sqlite3.SQLITE_FULL: "has no room left on its disk",
    sqlite3.SQLITE_IOERR: "cannot be read or written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_READONLY: "may not be written",
    sqlite3.SQLITE_PERM: "may not be opened",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is not an SQLite file",
    sqlite3.SQLITE_INTERRUPT: "was interrupted",
}


def as_unavailable(fault: sqlite3.Error, path: Path) -> Unavailable | None:
    """The fault as Unavailable when the file, the disk or another process is its cause; ``None`` for our own bugs."""
    primary = getattr(fault, "sqlite_errorcode", None)
    finding = None if primary is None else _THEIRS.get(primary & 0xFF)
    return None if finding is None else Unavailable(f"{path.name} {finding}: {fault}")


def is_busy(fault: sqlite3.Error) -> bool:
    return getattr(fault, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


@contextlib.contextmanager
def sqlite_faults(path: Path) -> Iterator[None]:
    """Raises Unavailable for what SQLite reports of the file, the disk or other processes; lets bugs through."""
    try:
        yield
    except sqlite3.Error as fault:
        raise (as_unavailable(fault, path) or fault) from fault


def connect_to_write(
    path: Path,
    migrations: Sequence[Sequence[str]],
    *,
    busy_seconds: float,
    synchronous: str = "FULL",
    gives_back: bool = False,
) -> sqlite3.Connection:
    """A connection in WAL mode on a file brought up to date; makes the file. Raises Unavailable.

    ``busy_seconds`` bounds every wait for another process. With FULL a commit that returned is on the disk;
    with NORMAL it survives the process but perhaps not the machine. ``gives_back`` makes a new file one
    whose freed pages can be returned to the file system bit by bit.
    """
    with sqlite_faults(path):
        db = sqlite3.connect(path, isolation_level=None, timeout=busy_seconds)
        try:
            if gives_back:
                db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            _to_wal(db, busy_seconds)
            db.execute(f"PRAGMA synchronous = {synchronous}")
            # 16 MB between checkpoints: fewer syncs of the main file, and the log does not grow for ever.
            db.execute("PRAGMA wal_autocheckpoint = 4000")
            db.execute("PRAGMA journal_size_limit = 67108864")
            # What a statement of several rows sets aside to undo itself goes into a file otherwise, every time.
            db.execute("PRAGMA temp_store = MEMORY")
            _migrate(db, path, migrations)
        except BaseException:
            db.close()
            raise
    return db


def _to_wal(db: sqlite3.Connection, busy_seconds: float) -> None:
    """The busy timeout does not cover the change of mode, and all workers of a new gateway make it at once."""
    give_up = time.monotonic() + busy_seconds
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as fault:
            if not is_busy(fault) or time.monotonic() > give_up:
                raise
            time.sleep(0.005)


def connect_to_read(path: Path, *, busy_seconds: float) -> sqlite3.Connection:
    """A connection that cannot change anything; the file must exist. Raises Unavailable."""
    with sqlite_faults(path):
        address = f"{path.absolute().as_uri()}?mode=rw"
        db = sqlite3.connect(address, uri=True, isolation_level=None, timeout=busy_seconds)
        db.execute("PRAGMA query_only = ON")
        return db


def _migrate(db: sqlite3.Connection, path: Path, migrations: Sequence[Sequence[str]]) -> None:
    if _version(db) == len(migrations):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # Read again under the lock: several workers start at once, and one of them does the work.
        found = _version(db)
        if found > len(migrations):
            raise Unavailable(f"{path.name} has schema version {found}; this program knows up to {len(migrations)}")
        for step in migrations[found:]:
            for statement in step:
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(migrations)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware moment. Raises TypeError for a naive one."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return EPOCH + micros * _MICROSECOND


def octets_in_use(db: sqlite3.Connection) -> int:
    """What a file's content takes: pages in use, without those that are free and those still in the log."""
    names = ("page_count", "freelist_count", "page_size")
    pages, free, size = (int(db.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return (pages - free) * size
