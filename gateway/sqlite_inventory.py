"""Devices, meter points and registrations in the state file: the reading that a look-up does, and the upserts.

Plain functions of a connection, called by ``sqlite_state`` on the loop (point queries), in a thread (the
long list of an 11.1) or in the writer's transaction. RequestIDs are ``sqlite_ledger``'s, hand-offs ``sqlite_outbox``'s.
"""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import msgspec

from gateway.ports import Found, Wanted
from gateway.sqlite_images import UNDER_WAY
from gateway.sqlite_ledger import USES, counter_in, earlier_uses, later_counter, names_from, preceding_use
from gateway.sqlite_outbox import held_requests
from gateway.sqlite_schema import to_micros
from routing.facts import Preceding
from routing.inventory import Device
from routing.parties import Registration
from schemas.records import json_decoder, to_json
from schemas.request import ReadInventory
from schemas.vocabulary import DeviceId, DeviceType

T = TypeVar("T")

FEW_LISTED = 32
"""Up to so many listed devices are read one by one on the loop; more go in chunks, in a thread."""
_CHUNK = 100
_CACHED_RECORDS = 4096
_REMEMBERED_HOMES = 4096

_DEVICE = "SELECT record FROM devices WHERE eui = ?"
# One row, because with each row the threads that write are let in between, and winning the interpreter back
# costs more than the row. Meter points and registrations come as often as devices share them.
_HOME = f"""SELECT d.record, h.record, (SELECT der FROM key_agreement_certificates k WHERE k.eui = d.eui),
    json_group_array(m.mpxn), group_concat(r.record), {USES}, (SELECT version FROM inventory_version)
    FROM devices d LEFT JOIN devices h ON h.eui = d.home LEFT JOIN device_mpxns m ON m.home = d.home
    LEFT JOIN registrations r ON r.mpxn = m.mpxn WHERE d.eui = ?3"""  # noqa: S608 -- constants
_STILL = f"SELECT {USES}, version FROM inventory_version"  # noqa: S608 -- a constant
_REGISTRATIONS = "SELECT record FROM registrations WHERE mpxn = ?"
_BY_MPXN = "SELECT d.record FROM device_mpxns m JOIN devices d ON d.eui = m.eui WHERE m.mpxn = ? ORDER BY d.eui"
_BY_UPRN = "SELECT record FROM devices WHERE uprn = ? ORDER BY eui"
_BY_POSTCODE = "SELECT record FROM devices WHERE postcode = ? ORDER BY eui"
_PLACES = ", ".join("?" * _CHUNK)
# Records in one text, as the rows of a home are.
_DEVICES_CHUNK = f"SELECT group_concat(record) FROM devices WHERE eui IN ({_PLACES})"  # noqa: S608 -- question marks only
_HOMES_CHUNK = f"SELECT DISTINCT home, mpxn FROM device_mpxns WHERE home IN ({_PLACES}) ORDER BY home, mpxn"  # noqa: S608 -- as above
_REGISTRATIONS_CHUNK = f"SELECT group_concat(record) FROM registrations WHERE mpxn IN ({_PLACES})"  # noqa: S608 -- as above
_UPDATING_CHUNK = f"SELECT eui FROM image_devices d WHERE {UNDER_WAY} AND eui IN ({_PLACES})"  # noqa: S608 -- as above


Home = Mapping[str, Iterable[Registration]]
"""The meter points of a home, and who is registered for them."""


class RecordReader:
    """Stored records to values. ``cached`` remembers by the stored octets, so it is never out of date."""

    def __init__(self, *, cached: bool) -> None:
        device: Callable[[bytes], Device] = json_decoder(Device).decode
        registration: Callable[[bytes], Registration] = json_decoder(Registration).decode
        self.device = lru_cache(_CACHED_RECORDS)(device) if cached else device
        self.registration = lru_cache(_CACHED_RECORDS)(registration) if cached else registration


_mpxns = json_decoder(list[str | None])
_registrations = json_decoder(list[Registration])
_devices = json_decoder(list[Device])


def _read_home(mpxns: str, registrations: str | None) -> Home:
    """Of a JSON array, and of records with commas between them."""
    home: dict[str, dict[Registration, None]] = {mpxn: {} for mpxn in sorted(filter(None, _mpxns.decode(mpxns)))}
    for registration in _registrations.decode(f"[{registrations or ''}]"):
        home[registration.mpxn][registration] = None
    return home


class KnownHomes:
    """What look-ups of one device found last, each with the version that the inventory had.

    The statement that looks for the RequestID reads the version too. So what this process or another has
    changed since is never used.
    """

    def __init__(self) -> None:
        self._known: dict[DeviceId, tuple[int, Found]] = {}

    def look_up(self, db: sqlite3.Connection, wanted: Wanted, reader: RecordReader, now: int) -> Found:
        """As the function ``look_up``."""
        if len(wanted.devices) != 1 or wanted.listed or wanted.query is not None or _asks_the_ledger(wanted):
            return look_up(db, wanted, reader, now)
        (device,) = wanted.devices
        known = self._known.get(device)
        if known is not None:
            used, later, version = db.execute(_STILL, names_from(wanted.request_id)).fetchone()
            if not used and known[0] == version:
                return known[1] if later is None else _overtaken(known[1], later)
        looking = _LookUp(db, wanted, reader)
        used, later, version = looking.with_home(device)
        if used:
            return look_up(db, wanted, reader, now)
        found = looking.found()
        if found.devices:
            self._remember(device, version, found)
        return found if later is None else _overtaken(found, later)

    def _remember(self, device: DeviceId, version: int, found: Found) -> None:
        self._known.pop(device, None)
        if len(self._known) >= _REMEMBERED_HOMES:
            del self._known[next(iter(self._known))]
        self._known[device] = version, found


def _overtaken(found: Found, later: bytes) -> Found:
    return msgspec.structs.replace(found, later_counter=counter_in(later))


def _asks_the_ledger(wanted: Wanted) -> bool:
    return wanted.preceding is not None or wanted.cancelled is not None


def look_up(db: sqlite3.Connection, wanted: Wanted, reader: RecordReader, now: int) -> Found:
    """All that is wanted, as it stood at one instant; images are under way at ``now``. Raises sqlite3.Error."""
    db.execute("BEGIN")
    try:
        return _LookUp(db, wanted, reader).answer(now)
    finally:
        if db.in_transaction:
            db.execute("COMMIT")


class _LookUp:
    """One look-up under way."""

    def __init__(self, db: sqlite3.Connection, wanted: Wanted, reader: RecordReader) -> None:
        self._db = db
        self._wanted = wanted
        self._reader = reader
        self._devices: dict[DeviceId, Device] = {}
        self._registrations: dict[str, Iterable[Registration]] = {}
        self._of_many: list[Registration] = []
        self._homes: dict[DeviceId, tuple[str, ...]] = {}
        self._certificates: dict[DeviceId, bytes] = {}

    def answer(self, now: int) -> Found:
        wanted = self._wanted
        earlier, pre_command = earlier_uses(self._db, wanted.request_id, wanted.stage)
        held = () if wanted.cancelled is None else held_requests(self._db, wanted.request_id, wanted.cancelled)
        for device in wanted.devices:
            self.with_home(device)
        self._listed(wanted.listed)
        matches = () if wanted.query is None else tuple(matching(self._db, wanted.query, self._reader))
        self._register(mpxn for device in matches for mpxn in device.mpxns)
        return msgspec.structs.replace(
            self.found(),
            matches=matches,
            earlier=earlier,
            later_counter=later_counter(self._db, wanted.request_id),
            held=held,
            pre_command=pre_command,
            updating=tuple(self._updating(wanted.listed, now)),
            preceding=Preceding.UNKNOWN if wanted.preceding is None else preceding_use(self._db, wanted.preceding),
        )

    def found(self) -> Found:
        """What was taken in."""
        return Found(
            devices=self._devices,
            registrations=(*itertools.chain.from_iterable(self._registrations.values()), *self._of_many),
            home_mpxns=self._homes,
            certificates=self._certificates,
        )

    def with_home(self, wanted: DeviceId) -> tuple[bool, bytes | None, int]:
        """Take in the device, if it exists, with its hub and home.

        Whether the RequestID was used, at any stage; the last that was used above it; the inventory's version.
        """
        row = self._db.execute(_HOME, (*names_from(self._wanted.request_id), wanted.octets)).fetchone()
        record, hub_record, certificate, mpxns, registrations, used, later, version = row
        if record is not None:
            device = self._devices[wanted] = self._reader.device(record)
            if certificate is not None:
                self._certificates[wanted] = certificate
            home = _read_home(mpxns, registrations)
            self._registrations.update(home)
            hub = _hub_of(device)
            if hub is not None:
                self._homes[hub] = tuple(home)
                if hub_record is not None:
                    self._devices[hub] = self._reader.device(hub_record)
        return bool(used), later, version

    def _listed(self, listed: Sequence[DeviceId]) -> None:
        if len(listed) <= FEW_LISTED:
            for wanted in listed:
                self.with_home(wanted)
            return
        self._device_many(listed)
        found = [self._devices[each] for each in listed if each in self._devices]
        self._device_many({device.hub: None for device in found if device.hub is not None})
        # A device that measures something is judged by its own meter points, so most homes are not asked for.
        self._home_many(_hub_of(device) for device in found if not device.mpxns)
        self._register_many(mpxn for device in found for mpxn in device.mpxns)

    def _updating(self, listed: Sequence[DeviceId], now: int) -> Iterator[DeviceId]:
        for chunk in _chunks([each.octets for each in listed]):
            for (eui,) in self._db.execute(_UPDATING_CHUNK, (now, *chunk)):
                yield DeviceId.from_octets(eui)

    def _device_many(self, wanted: Iterable[DeviceId]) -> None:
        for chunk in _chunks([each.octets for each in wanted if each not in self._devices]):
            (records,) = self._db.execute(_DEVICES_CHUNK, chunk).fetchone()
            for device in _devices.decode(f"[{records or ''}]"):
                self._devices[device.id] = device

    def _home_many(self, hubs: Iterable[DeviceId | None]) -> None:
        missing = [hub for hub in dict.fromkeys(hubs) if hub is not None and hub not in self._homes]
        mpxns: dict[DeviceId, list[str]] = {hub: [] for hub in missing}
        for chunk in _chunks([hub.octets for hub in missing]):
            for hub, mpxn in self._db.execute(_HOMES_CHUNK, chunk):
                mpxns[DeviceId.from_octets(hub)].append(mpxn)
        self._homes.update((hub, tuple(several)) for hub, several in mpxns.items())
        self._register_many(itertools.chain.from_iterable(mpxns.values()))

    def _register(self, mpxns: Iterable[str]) -> None:
        for mpxn in mpxns:
            if mpxn not in self._registrations:
                rows = self._db.execute(_REGISTRATIONS, (mpxn,))
                self._registrations[mpxn] = [self._reader.registration(record) for (record,) in rows]

    def _register_many(self, mpxns: Iterable[str]) -> None:
        """Of a long list: in one sequence, because the collector of garbage looks into every container."""
        missing = [mpxn for mpxn in dict.fromkeys(mpxns) if mpxn not in self._registrations]
        for chunk in _chunks(missing):
            (records,) = self._db.execute(_REGISTRATIONS_CHUNK, chunk).fetchone()
            self._of_many += _registrations.decode(f"[{records or ''}]")
        for mpxn in missing:
            self._registrations[mpxn] = ()


def _hub_of(device: Device) -> DeviceId | None:
    """The hub of the device's home: a hub is its own."""
    return device.id if device.type is DeviceType.CHF else device.hub


def _chunks(values: Iterable[bytes | str]) -> Iterator[list[bytes | str]]:
    """Pieces of exactly ``_CHUNK`` values, the last filled up by repeating its end: one statement serves all.

    In order, so that neighbours in the file are met together.
    """
    in_order = sorted(values)
    for start in range(0, len(in_order), _CHUNK):
        chunk = in_order[start : start + _CHUNK]
        yield chunk + chunk[-1:] * (_CHUNK - len(chunk))


def read_device(db: sqlite3.Connection, device: DeviceId, reader: RecordReader) -> Device | None:
    row = db.execute(_DEVICE, (device.octets,)).fetchone()
    return None if row is None else reader.device(row[0])


def read_key_agreement_certificate(db: sqlite3.Connection, device: DeviceId) -> bytes | None:
    row = db.execute("SELECT der FROM key_agreement_certificates WHERE eui = ?", (device.octets,)).fetchone()
    return None if row is None else bytes(row[0])


def matching(db: sqlite3.Connection, query: ReadInventory, reader: RecordReader) -> Iterator[Device]:
    """The records that an 8.2 names, in the order of their EUIs.

    Postcodes compare without blanks and case; the address identifier that a postcode comes with is the
    beginning of the address, in whole words (assumed: the facts do not say how the DCC compares them).
    """
    if query.device is not None:
        found = read_device(db, query.device, reader)
        yield from () if found is None else (found,)
    elif query.mpxn is not None:
        yield from (reader.device(record) for (record,) in db.execute(_BY_MPXN, (query.mpxn,)))
    elif query.uprn is not None:
        yield from (reader.device(record) for (record,) in db.execute(_BY_UPRN, (query.uprn,)))
    elif query.postcode is not None:
        for (record,) in db.execute(_BY_POSTCODE, (_postcode_key(query.postcode),)):
            device = reader.device(record)
            if query.address is None or _begins(device.address or "", query.address):
                yield device


def _begins(address: str, identifier: str) -> bool:
    words = identifier.replace(",", " ").casefold().split()
    return address.replace(",", " ").casefold().split()[: len(words)] == words


def _postcode_key(postcode: str) -> str:
    return "".join(postcode.split()).upper()


# ---- writing: inside the writer's transaction


def exists(db: sqlite3.Connection, device: DeviceId) -> bool:
    return db.execute("SELECT 1 FROM devices WHERE eui = ?", (device.octets,)).fetchone() is not None


def put_device(db: sqlite3.Connection, device: Device) -> None:
    """Insert the record or replace the one with the same EUI, with its meter points."""
    eui = device.id.octets
    home = device.home.octets
    postcode = None if device.postcode is None else _postcode_key(device.postcode)
    db.execute(
        "INSERT OR REPLACE INTO devices (eui, home, uprn, postcode, record) VALUES (?, ?, ?, ?, ?)",
        (eui, home, device.uprn, postcode, to_json(device)),
    )
    db.execute("DELETE FROM device_mpxns WHERE eui = ?", (eui,))
    for mpxn in dict.fromkeys(device.mpxns):
        db.execute("INSERT INTO device_mpxns (mpxn, eui, home) VALUES (?, ?, ?)", (mpxn, eui, home))


def put_certificates(db: sqlite3.Connection, certificates: Mapping[DeviceId, bytes]) -> None:
    db.executemany(
        "INSERT OR REPLACE INTO key_agreement_certificates (eui, der) VALUES (?, ?)",
        [(device.octets, der) for device, der in certificates.items()],
    )


def put_registrations(db: sqlite3.Connection, registrations: Iterable[Registration]) -> None:
    """Insert, or replace the one of the same meter point, role, party and start."""
    db.executemany(
        "INSERT OR REPLACE INTO registrations (mpxn, role, party, start, record) VALUES (?, ?, ?, ?, ?)",
        [(r.mpxn, r.role.value, r.party.octets, to_micros(r.start), to_json(r)) for r in registrations],
    )
