"""Documents with a mark where a fault is, and the fault that is told there."""

from __future__ import annotations

from typing import NamedTuple

from schemas_world import DCC, DEVICE, USER

from schemas.request import Fault
from schemas.xsd import DUIS_NAMESPACE

MARK = "¤"
"""Stands in a document before what a fault is about, and is taken out of it."""
SR = f'xmlns:sr="{DUIS_NAMESPACE}"'


class Told(NamedTuple):
    """A document with a mark at a fault, and what is told there."""

    marked: str
    path: str
    message: str
    hint: str = ""

    def read(self) -> tuple[bytes, Fault]:
        """The document without its mark, and the whole fault: ``expected`` and ``found`` are the message's own."""
        (at,) = places(self.marked)
        expected, _, found = self.message.partition("expected ")[2].rpartition(", found ")
        fault = Fault(
            message=self.message,
            line=at[0],
            column=at[1],
            path=self.path,
            expected=expected,
            found=found,
            hint=self.hint,
        )
        return self.marked.replace(MARK, "").encode(), fault


def places(marked: str) -> list[tuple[int, int]]:
    """Line and column of each mark."""
    before, found = "", []
    for part in marked.split(MARK)[:-1]:
        before += part
        found.append((before.count("\n") + 1, len(before) - before.rfind("\n")))
    return found


def whole(body: str, header: str | None = None, *, root: str = f'{SR} schemaVersion="5.4"') -> str:
    header = header or HEADER
    return f"<sr:Request {root}>\n<sr:Header>{header}</sr:Header>\n<sr:Body>{body}</sr:Body></sr:Request>"


REQUEST_ID = f"<sr:RequestID>{USER}:{DCC}:1000</sr:RequestID>"
VARIANT = "<sr:CommandVariant>8</sr:CommandVariant>"
REFERENCE = "<sr:ServiceReference>8.2</sr:ServiceReference>"
REFERENCE_VARIANT = "<sr:ServiceReferenceVariant>8.2</sr:ServiceReferenceVariant>"
HEADER = REQUEST_ID + VARIANT + REFERENCE + REFERENCE_VARIANT
INVENTORY = f"<sr:ReadInventory><sr:DeviceID>{DEVICE}</sr:DeviceID></sr:ReadInventory>"


def of_header(old: str, new: str, path: str, message: str, hint: str = "") -> Told:
    assert old in HEADER
    return Told(whole(INVENTORY, HEADER.replace(old, new)), f"/Request/Header{path}", message, hint)


def of_body(body: str, path: str, message: str, hint: str = "") -> Told:
    return Told(whole(body), f"/Request/Body{path}", message, hint)
