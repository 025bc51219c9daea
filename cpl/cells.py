"""One cell of a list as a value of ours, or why it cannot be.

A parser takes what the sheet gave (text from CSV; text, numbers, dates and truth values from XLSX)
and returns the value, ``None`` for a blank cell, or a ``Why``. Text that a spreadsheet has turned
into a number is refused, never repaired: the zeros it had in front are gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final

Parser = Callable[[object], object]

BLANK: Final = frozenset({"", "n/a", "-", "–", "—"})
"""What people write for nothing; seed 000 has ``N/A`` and ``-``."""

SPREADSHEET_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})

_SPREADSHEET_NUMBER: Final = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]+")
_BRITISH_DATE: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})")
_ISO_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SIX_DIGITS: Final = re.compile(r"[0-9]{6}")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_NOT_WORD: Final = re.compile(r"[^0-9a-z]+")


class Why(str):
    """Why a cell cannot be read: what was expected and what was found."""

    __slots__ = ()


def squeeze(words: str) -> str:
    """Lower-case letters and digits only: ``F/W  Version`` and ``fw_version`` become the same."""
    return _NOT_WORD.sub("", words.lower())


def is_blank(cell: object) -> bool:
    """Nothing in the cell. A ``-`` is something: a row of dashes is not a blank row."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text(longest: int | None = None) -> Parser:
    """Text as it stands, trimmed, of at most ``longest`` characters."""

    def read(cell: object) -> str | Why | None:
        if cell is None:
            return None
        if not isinstance(cell, str):
            return Why(f"expected text, found {_kind(cell)}: format the column as text and enter it again")
        bare = cell.strip()
        if bare.lower() in BLANK:
            return None
        if bare in SPREADSHEET_ERRORS:
            return Why(f"expected text, found the spreadsheet error {bare}")
        if "+" in bare and _SPREADSHEET_NUMBER.fullmatch(bare):
            return Why(f"expected text, found {bare}, which a spreadsheet made of a number")
        if longest is not None and len(bare) > longest:
            return Why(f"expected at most {longest} characters, found {bare!r} ({len(bare)} characters)")
        return bare

    return read


def entry_identifier(cell: object) -> object:
    """A CPL Entry ID: text, or a whole number (assumed to have no zeros in front)."""
    return str(cell) if _is_whole(cell) else _plain_text(cell)


def six_digits(cell: object) -> object:
    """An EPCL entry id. A number cell is filled up to six digits: here the width is known (seed 003)."""
    read = f"{cell:06d}" if isinstance(cell, int) and _is_whole(cell) else _plain_text(cell)
    if isinstance(read, str) and not isinstance(read, Why) and not _SIX_DIGITS.fullmatch(read):
        return Why(f"expected six digits, found {read!r}")
    return read


def firmware_hash(cell: object) -> object:
    """A SHA-256 in hexadecimal, 32 octets; spaces, colons, hyphens and ``0x`` are tolerated."""
    read = _plain_text(cell)
    if not isinstance(read, str) or isinstance(read, Why):
        return read
    digits = re.sub(r"[\s:-]", "", read).lower().removeprefix("0x")
    if not _HASH.fullmatch(digits):
        return Why(f"expected 64 hexadecimal digits (32 octets), found {read!r}")
    return bytes.fromhex(digits)


def day(cell: object) -> object:
    """A date: a date cell, ``dd/mm/yyyy`` (day first: the lists are British) or ``yyyy-mm-dd``."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    read = _plain_text(cell)
    if not isinstance(read, str) or isinstance(read, Why):
        return read
    if british := _BRITISH_DATE.fullmatch(read):
        dd, mm, yyyy = british.groups()
    elif iso := _ISO_DATE.fullmatch(read):
        yyyy, mm, dd = iso.groups()
    else:
        return Why(f"expected a date as dd/mm/yyyy or yyyy-mm-dd, found {read!r}")
    try:
        return date(int(yyyy), int(mm), int(dd))
    except ValueError:
        return Why(f"expected a date as dd/mm/yyyy or yyyy-mm-dd, found {read!r}, which is no day of the calendar")


def choice(words: Mapping[str, object], expected: str) -> Parser:
    """One of a closed set. ``words`` maps squeezed spellings to values; ``expected`` names the set."""

    def read(cell: object) -> object:
        if _is_whole(cell):
            cell = str(cell)
        found = _plain_text(cell)
        if not isinstance(found, str) or isinstance(found, Why):
            return found
        value = words.get(squeeze(found))
        return Why(f"expected {expected}, found {found!r}") if value is None else value

    return read


_plain_text: Final = text()


def _is_whole(cell: object) -> bool:
    return isinstance(cell, int) and not isinstance(cell, bool) and cell >= 0


def _kind(cell: object) -> str:
    match cell:
        case bool():
            return f"the truth value {cell}"
        case int() | float():
            return f"the number {cell}"
        case date():
            return f"the date {cell}"
        case _:
            return repr(cell)
