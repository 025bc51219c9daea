"""The state file as a whole, for an operator's question: every device, every firmware request under way.

Reads on a connection of its own that cannot change anything; one consistent view for as long as it is
open. The gateway itself never asks: what one request needs is ``sqlite_inventory``'s.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from gateway.impact import FIRMWARE_SERVICES, UnderWay, Whereabouts
from gateway.ports import Far, Stage
from gateway.sqlite_ledger import RECEIVED
from gateway.sqlite_schema import connect_to_read, from_micros, sqlite_faults
from routing.inventory import Device
from schemas.reading import read_request_unverified
from schemas.records import json_decoder
from schemas.request import AnyBody, Malformed, is_cancellation
from schemas.vocabulary import RequestId
from schemas.xsd import DuisSchema

BUSY_SECONDS: Final = 5.0
_PPMIDS: Final = """SELECT d.record, h.record FROM devices d LEFT JOIN devices h ON h.eui = d.home AND h.eui <> d.eui
    WHERE instr(d.record, '"type":"PPMID"') ORDER BY d.eui"""
_DEVICE: Final = json_decoder(Device)
_FIRMWARE_REQUESTS = """SELECT r.request_key, r.request_id, r.variant, r.trace_id, r.received_at,
    r.pre_command IS NOT NULL,
    EXISTS (SELECT 1 FROM answers a WHERE a.request_key = r.request_key AND a.stage = r.stage),
    coalesce(sum(o.dead = 0), 0), coalesce(sum(o.dead = 1), 0)
    FROM requests r LEFT JOIN outbox o
        ON o.request_key = r.request_key AND o.stage = r.stage AND o.far IN (?, ?)
    WHERE r.variant IN (?, ?, ?)
        AND NOT (r.stage = ? AND EXISTS (SELECT 1 FROM names n WHERE n.name = r.request_key AND n.use = ?))
    GROUP BY r.number ORDER BY r.received_at"""


def ppmids_with_hubs(path: Path) -> Iterator[tuple[Device, Device | None]]:
    """Every PPMID of the inventory, in the order of EUIs, with the hub it is associated with. Raises Unavailable."""
    with sqlite_faults(path), closing(connect_to_read(path, busy_seconds=BUSY_SECONDS)) as db:
        for record, hub in db.execute(_PPMIDS):
            yield _DEVICE.decode(record), None if hub is None else _DEVICE.decode(hub)


class SqliteSurvey:
    """A context manager; every method raises Unavailable."""

    def __init__(self, path: Path, schema: DuisSchema) -> None:
        """``schema`` reads the requests again that were accepted."""
        self._path = path
        self._schema = schema

    def __enter__(self) -> Self:
        self._db = connect_to_read(self._path, busy_seconds=BUSY_SECONDS)
        with sqlite_faults(self._path):
            self._db.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def devices(self) -> Iterator[Device]:
        """Every record of the inventory."""
        with sqlite_faults(self._path):
            for (record,) in self._db.execute("SELECT record FROM devices"):
                yield _DEVICE.decode(record)

    def firmware_requests(self, now: datetime) -> tuple[UnderWay, ...]:
        """Accepted firmware requests (11.1, 11.3, 11.4) that are not at their end, oldest first.

        A device answers a future-dated 11.3 when it takes it and acts at its time, so one that was answered
        is under way until then, or until the same user cancels it.
        """
        under_way: dict[str, UnderWay] = {}
        for answered, request in self._accepted():
            execution = request.body.execution
            if execution is not None and is_cancellation(execution):
                for name in [name for name, earlier in under_way.items() if _cancels(request, earlier)]:
                    del under_way[name]
            elif not answered or (execution is not None and execution > now):
                under_way[request.trace_id] = request
        return tuple(under_way.values())

    def _accepted(self) -> Iterator[tuple[bool, UnderWay]]:
        far = (Far.S1SP.value, Far.WAN.value)
        stages = (Stage.REQUEST.value, Stage.SIGNED_PRE_COMMAND.value)
        with sqlite_faults(self._path):
            rows = self._db.execute(_FIRMWARE_REQUESTS, (*far, *FIRMWARE_SERVICES, *stages)).fetchall()
            for key, request_id, variant, trace_id, received_at, transformed, answered, waiting, dead in rows:
                body = self._body(key)
                if body is not None:
                    yield (
                        bool(answered),
                        UnderWay(
                            request_id=RequestId.parse(request_id),
                            variant=variant,
                            trace_id=trace_id,
                            received_at=from_micros(received_at),
                            body=body,
                            whereabouts=_whereabouts(waiting, dead, transformed=bool(transformed)),
                        ),
                    )

    def _body(self, request_key: bytes) -> AnyBody | None:
        """Of the request itself; a Signed Pre-Command's is that of the request that was transformed."""
        row: sqlite3.Row | None = self._db.execute(RECEIVED, (request_key, Stage.REQUEST.value)).fetchone()
        if row is None:
            return None
        request = read_request_unverified(bytes(row[0]), self._schema)
        return None if isinstance(request, Malformed) else request.body


def _cancels(cancellation: UnderWay, earlier: UnderWay) -> bool:
    """A cancellation is the same command for the year 3000 (domain facts on GBCS); a user cancels its own."""
    one, other = cancellation.request_id, earlier.request_id
    return (one.originator, one.target, cancellation.variant) == (
        other.originator,
        other.target,
        earlier.variant,
    ) and earlier.body.execution is not None


def _whereabouts(waiting: int, dead: int, *, transformed: bool) -> Whereabouts:
    if waiting:
        return Whereabouts.WAITING
    if dead:
        return Whereabouts.DEAD_LETTER
    return Whereabouts.WITH_USER if transformed else Whereabouts.WITH_DEVICE
