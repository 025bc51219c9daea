"""Firmware images under way in the state file: which devices an accepted 11.1 or 11.4 was for, and until when.

Plain functions of a connection. The devices of an image are written first, in slices, so that nobody waits long
for a list of 50,000; they count once the image itself is there, which is written with its acceptance.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.ports import Image
from gateway.sqlite_rows import insert_rows
from gateway.sqlite_schema import to_micros
from schemas.vocabulary import DeviceId

SLICE: Final = 1000
"""Devices in one transaction: about two milliseconds, which is what others wait for it."""
_NUMBER_DIGITS: Final = 15
"""Hexadecimal digits of a hand-off's id that fit a signed 64-bit integer."""

# One statement for a slice: with each statement the thread that writes would give the interpreter up and win it back.
_PUT_DEVICES: Final = """WITH RECURSIVE places (at) AS (SELECT 1 UNION ALL SELECT at + 8 FROM places WHERE at + 8 < ?2)
    INSERT OR REPLACE INTO image_devices (eui, image) SELECT substr(?1, at, 8), ?3 FROM places"""
_PUT_IMAGES: Final = "INSERT OR REPLACE INTO images (number, hand_off, until)"
_END: Final = "DELETE FROM image_devices WHERE eui = ?"
_FORGET: Final = "DELETE FROM images WHERE number IN (SELECT number FROM images WHERE until < ? LIMIT ?)"
UNDER_WAY: Final = """d.image IN (SELECT number FROM images i WHERE i.until > ?
    AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = i.hand_off AND o.dead = 1))"""
"""SQL: whether the image of ``image_devices d`` is under way at that moment."""

Slice = tuple[int, bytes]
"""The number of an image, and the EUIs of some of its devices one after another."""


def slices(image: Image) -> Iterator[Slice]:
    """All of its devices, in order: the file's pages are then met one after another."""
    for start in range(0, len(image.euis), SLICE * 8):
        yield _number(image), image.euis[start : start + SLICE * 8]


def put_devices(db: sqlite3.Connection, some: Slice) -> None:
    """In the place of any image that these devices had before."""
    number, euis = some
    db.execute(_PUT_DEVICES, (euis, len(euis) + 1, number))


def put_images(db: sqlite3.Connection, images: Sequence[Image]) -> None:
    insert_rows(db, _PUT_IMAGES, [(_number(each), each.hand_off, to_micros(each.until)) for each in images])


def end_image(db: sqlite3.Connection, device: DeviceId) -> None:
    db.execute(_END, (device.octets,))


def forget_images(db: sqlite3.Connection, before: int, limit: int) -> int:
    """Remove images, with their devices, that were under way until before that moment; how many."""
    return db.execute(_FORGET, (before, limit)).rowcount


def _number(image: Image) -> int:
    return int(image.hand_off[-_NUMBER_DIGITS:], 16)
