"""Devices, meter points and registrations in the state file: the reading that a look-up does, and the upserts.

Plain functions of a connection, called by ``sqlite_state`` on the loop (point queries), in a thread (the
long list of an 11.1) or in the writer's transaction. RequestIDs and hand-offs are ``sqlite_ledger``'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from gateway.ports import Found, Wanted
from gateway.sqlite_ledger import earlier_uses
from gateway.sqlite_schema import to_micros
from routing.inventory import Device
from routing.parties import Registration
from schemas.records import json_decoder, to_json
from schemas.request import ReadInventory
from schemas.vocabulary import DeviceId, DeviceType

T = TypeVar("T")

FEW_LISTED = 32
"""Up to so many listed devices are read one by one on the loop; more go in chunks, in a thread."""
_CHUNK = 500
_CACHED_RECORDS = 4096

_DEVICE = "SELECT record FROM devices WHERE eui = ?"
_HOME = """SELECT m.mpxn, r.record FROM (SELECT DISTINCT mpxn FROM device_mpxns WHERE hub = ? ORDER BY mpxn) m
    LEFT JOIN registrations r ON r.mpxn = m.mpxn"""
_REGISTRATIONS = "SELECT record FROM registrations WHERE mpxn = ?"
_BY_MPXN = "SELECT d.record FROM device_mpxns m JOIN devices d ON d.eui = m.eui WHERE m.mpxn = ? ORDER BY d.eui"
_BY_UPRN = "SELECT record FROM devices WHERE uprn = ? ORDER BY eui"
_BY_POSTCODE = "SELECT record FROM devices WHERE postcode = ? ORDER BY eui"
_PLACES = ", ".join("?" * _CHUNK)
_DEVICES_CHUNK = f"SELECT record FROM devices WHERE eui IN ({_PLACES})"  # noqa: S608 -- question marks only
_HOMES_CHUNK = f"SELECT DISTINCT hub, mpxn FROM device_mpxns WHERE hub IN ({_PLACES}) ORDER BY hub, mpxn"  # noqa: S608 -- as above
_REGISTRATIONS_CHUNK = f"SELECT record FROM registrations WHERE mpxn IN ({_PLACES})"  # noqa: S608 -- as above


class RecordReader:
    """Stored records to values. ``cached`` remembers by the record's own octets, so it is never out of date."""

    def __init__(self, *, cached: bool) -> None:
        device: Callable[[bytes], Device] = json_decoder(Device).decode
        registration: Callable[[bytes], Registration] = json_decoder(Registration).decode
        self.device = lru_cache(_CACHED_RECORDS)(device) if cached else device
        self.registration = lru_cache(_CACHED_RECORDS)(registration) if cached else registration


def look_up(db: sqlite3.Connection, wanted: Wanted, reader: RecordReader) -> Found:
    """All that is wanted, as it stood at one instant. Raises sqlite3.Error."""
    db.execute("BEGIN")
    try:
        return _LookUp(db, reader).answer(wanted)
    finally:
        if db.in_transaction:
            db.execute("COMMIT")


class _LookUp:
    """One look-up under way."""

    def __init__(self, db: sqlite3.Connection, reader: RecordReader) -> None:
        self._db = db
        self._reader = reader
        self._devices: dict[DeviceId, Device] = {}
        self._registrations: dict[str, list[Registration]] = {}
        self._homes: dict[DeviceId, tuple[str, ...]] = {}

    def answer(self, wanted: Wanted) -> Found:
        earlier, pre_command = earlier_uses(self._db, wanted.request_id, wanted.stage)
        for device in wanted.devices:
            self._with_home(device)
        self._listed(wanted.listed)
        matches = () if wanted.query is None else tuple(matching(self._db, wanted.query, self._reader))
        self._register(mpxn for device in matches for mpxn in device.mpxns)
        return Found(
            devices=self._devices,
            registrations=tuple(each for several in self._registrations.values() for each in several),
            home_mpxns=self._homes,
            matches=matches,
            earlier=earlier,
            pre_command=pre_command,
        )

    def _with_home(self, wanted: DeviceId) -> None:
        device = self._device(wanted)
        if device is None:
            return
        hub = _hub_of(device)
        if hub is not None and hub not in self._homes:
            self._device(hub)
            self._home(hub)
        self._register(device.mpxns)

    def _home(self, hub: DeviceId) -> None:
        mpxns: dict[str, list[Registration]] = {}
        for mpxn, record in self._db.execute(_HOME, (hub.octets,)):
            registrations = mpxns.setdefault(mpxn, [])
            if record is not None:
                registrations.append(self._reader.registration(record))
        self._homes[hub] = tuple(mpxns)
        self._registrations.update(mpxns)

    def _device(self, wanted: DeviceId) -> Device | None:
        found = self._devices.get(wanted)
        if found is None:
            found = read_device(self._db, wanted, self._reader)
            if found is not None:
                self._devices[wanted] = found
        return found

    def _listed(self, listed: Sequence[DeviceId]) -> None:
        if len(listed) <= FEW_LISTED:
            for wanted in listed:
                self._with_home(wanted)
            return
        self._device_many(listed)
        found = [self._devices[each] for each in listed if each in self._devices]
        self._device_many({device.hub: None for device in found if device.hub is not None})
        # A device that measures something is judged by its own meter points, so most homes are not asked for.
        self._home_many(_hub_of(device) for device in found if not device.mpxns)
        self._register_many(mpxn for device in found for mpxn in device.mpxns)

    def _device_many(self, wanted: Iterable[DeviceId]) -> None:
        for chunk in _chunks([each.octets for each in wanted if each not in self._devices]):
            for (record,) in self._db.execute(_DEVICES_CHUNK, chunk):
                device = self._reader.device(record)
                self._devices[device.id] = device

    def _home_many(self, hubs: Iterable[DeviceId | None]) -> None:
        missing = [hub for hub in dict.fromkeys(hubs) if hub is not None and hub not in self._homes]
        mpxns: dict[DeviceId, list[str]] = {hub: [] for hub in missing}
        for chunk in _chunks([hub.octets for hub in missing]):
            for hub, mpxn in self._db.execute(_HOMES_CHUNK, chunk):
                mpxns[DeviceId.from_octets(hub)].append(mpxn)
        for hub, several in mpxns.items():
            self._homes[hub] = tuple(several)
            self._register_many(several)

    def _register(self, mpxns: Iterable[str]) -> None:
        for mpxn in mpxns:
            if mpxn not in self._registrations:
                rows = self._db.execute(_REGISTRATIONS, (mpxn,))
                self._registrations[mpxn] = [self._reader.registration(record) for (record,) in rows]

    def _register_many(self, mpxns: Iterable[str]) -> None:
        missing = [mpxn for mpxn in dict.fromkeys(mpxns) if mpxn not in self._registrations]
        for chunk in _chunks(missing):
            for (record,) in self._db.execute(_REGISTRATIONS_CHUNK, chunk):
                registration = self._reader.registration(record)
                self._registrations.setdefault(registration.mpxn, []).append(registration)


def _hub_of(device: Device) -> DeviceId | None:
    """The hub of the device's home: a hub is its own."""
    return device.id if device.type is DeviceType.CHF else device.hub


def _chunks(values: Sequence[T]) -> Iterator[list[T]]:
    """Pieces of exactly ``_CHUNK`` values, the last filled up by repeating its end: one statement serves all."""
    for start in range(0, len(values), _CHUNK):
        chunk = list(values[start : start + _CHUNK])
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
    hub = None if device.hub is None else device.hub.octets
    postcode = None if device.postcode is None else _postcode_key(device.postcode)
    db.execute(
        "INSERT OR REPLACE INTO devices (eui, hub, uprn, postcode, record) VALUES (?, ?, ?, ?, ?)",
        (eui, hub, device.uprn, postcode, to_json(device)),
    )
    db.execute("DELETE FROM device_mpxns WHERE eui = ?", (eui,))
    for mpxn in dict.fromkeys(device.mpxns):
        db.execute("INSERT INTO device_mpxns (mpxn, eui, hub) VALUES (?, ?, ?)", (mpxn, eui, hub))


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
