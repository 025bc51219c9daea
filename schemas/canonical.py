"""Writing XML octets that are their own canonical form.

No empty-element tags, no white space between elements, text escaped as Canonical XML 1.0 has it: so
the digest of what is written is the digest of the octets, and signing needs no second parse
(docs/decisions/0004). Only what this gateway writes itself passes through here.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Final

_NO_XML: Final = dict.fromkeys(
    [n for n in range(0x20) if chr(n) not in "\t\n\r"] + list(range(0xD800, 0xE000)) + [0xFFFE, 0xFFFF],
    "\N{REPLACEMENT CHARACTER}",
)
"""Characters that no XML document can hold, not even escaped: an imported list may have them."""
_TEXT: Final = _NO_XML | str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE: Final = _NO_XML | str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


def text(value: str) -> str:
    return value.translate(_TEXT)


def attribute(value: str) -> str:
    return value.translate(_ATTRIBUTE)


def element(name: str, value: str) -> str:
    """``<name>value</name>``, the value escaped."""
    return f"<{name}>{value.translate(_TEXT)}</{name}>"


def optional(name: str, value: str | None) -> str:
    return "" if value is None else element(name, value)


def octets(name: str, value: bytes) -> str:
    """``<name>`` with base64 text, no line ends."""
    return f"<{name}>{base64.b64encode(value).decode()}</{name}>"


def moment(value: datetime) -> str:
    """UTC with hundredths of a second, ``2026-11-21T09:30:10.00Z``: the form of DUIS (transcribed)."""
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    # isoformat costs a third of strftime; milliseconds are cut to hundredths.
    return value.replace(tzinfo=None).isoformat(timespec="milliseconds")[:-1] + "Z"
