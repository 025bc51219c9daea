"""One cell of a list as a value of ours, or why it cannot be.

A parser takes what the sheet gave (text from CSV; text, numbers, dates and truth values from XLSX)
and returns the value, ``None`` for a blank cell, or a ``Why``. Text that a spreadsheet has turned
into a number is refused, never repaired: the zeros it had in front are gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Final

from cpl.ppcl import SHARE_DECIMALS, Share

Parser = Callable[[object], object]

BLANK: Final = frozenset({"", "n/a", "-", "–", "—"})
"""What people write for nothing; seed 000 has ``N/A`` and ``-``."""

SPREADSHEET_ERRORS: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})

_SPREADSHEET_NUMBER: Final = re.compile(r"[0-9](?:\.[0-9]+)?[Ee]\+[0-9]+")
_BRITISH_DATE: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})")
_DATE_IN_WORDS: Final = re.compile(
    r"([0-9]{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})[ -]([0-9]{4}|[0-9]{2})", re.IGNORECASE
)
_ISO_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_CENTURY: Final = 2000
"""Of a year in two digits, as the DCC writes them (seed 003: ``03.12.21``); no smart meter is older."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_GBCS: Final = re.compile(r"(?:gbcs)?\s*v?\s*([0-9]+\.[0-9]+)", re.IGNORECASE)
_SHARE: Final = re.compile(
    r"(<)?\s*([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%(?:\s*\(up to ([0-9]{1,3}(?:\.[0-9]{1,6})?)\s*%[^)]*\))?", re.IGNORECASE
)
_COUNT: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12}")
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
        if not bare.isprintable() and (control := _CONTROL.search(bare)):
            return Why(f"expected text, found the control character {ord(control[0]):#04x} in {bare!r}")
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
    """A date: a date cell, day first as the lists are British (``30/08/2022``, ``30.08.22``, ``30 August 2022``,
    ``30-Aug-22``), or ``yyyy-mm-dd``."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    read = _plain_text(cell)
    if not isinstance(read, str) or isinstance(read, Why):
        return read
    expected = f"expected a date as dd/mm/yyyy or yyyy-mm-dd, found {read!r}"
    if iso := _ISO_DATE.fullmatch(read):
        yyyy, month, dd = int(iso[1]), int(iso[2]), int(iso[3])
    elif british := _BRITISH_DATE.fullmatch(read):
        yyyy, month, dd = _year(british[3]), int(british[2]), int(british[1])
    elif words := _DATE_IN_WORDS.fullmatch(read):
        yyyy, month, dd = _year(words[3]), _month(words[2].lower()), int(words[1])
    else:
        return Why(expected)
    try:
        return date(yyyy, month, dd)
    except ValueError:
        return Why(f"{expected}, which is no day of the calendar")


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else _CENTURY + int(digits)


def _month(word: str) -> int:
    """1 to 12; 0 where the word is no month."""
    fitting = [number for number, name in enumerate(_MONTHS, start=1) if word in (name, name[:3], name[:4])]
    return fitting[0] if fitting else 0


def gbcs_version(known: Collection[str]) -> Parser:
    """A version of GBCS, ``3.2`` of ``GBCS v3.2``; one that is not ``known`` keeps the entry out of force."""

    def read(cell: object) -> object:
        found = _plain_text(cell)
        if not isinstance(found, str) or isinstance(found, Why):
            return found
        match = _GBCS.fullmatch(found)
        if match is None or match[1] not in known:
            expected = f"expected a GBCS version that this gateway knows ({', '.join(known)})"
            return Why(f"{expected}, found {found!r}: published, but not in force")
        return match[1]

    return read


def count(cell: object) -> object:
    """A whole number from 0, ``1,234`` included."""
    if _is_whole(cell) or (isinstance(cell, float) and cell.is_integer() and cell >= 0):
        return int(cell)  # type: ignore[call-overload]
    if cell is not None and not isinstance(cell, str):
        return Why(f"expected a whole number, found {_kind(cell)}")
    read = _plain_text(cell)
    if not isinstance(read, str) or isinstance(read, Why):
        return read
    return int(read.replace(",", "")) if _COUNT.fullmatch(read) else Why(f"expected a whole number, found {read!r}")


def truth(cell: object) -> object:
    """Yes or no."""
    return cell if isinstance(cell, bool) else _yes_or_no(cell)


def share(cell: object) -> object:
    """Part of the installed base: ``35%``, ``<1% (Up to 54% with equivalent DMCs)``; a number cell is a fraction."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return (
            Share(percent=round(100.0 * cell, SHARE_DECIMALS))
            if 0 <= cell <= 1
            else Why(f"expected a share of 0 to 100 %, found {cell}")
        )
    read = _plain_text(cell)
    if not isinstance(read, str) or isinstance(read, Why):
        return read
    match = _SHARE.fullmatch(read)
    percents = [float(digits) for digits in match.groups()[1:] if digits] if match else []
    if match is None or max(percents) > 100:
        return Why(f"expected a share such as 35% or <1% (up to 54% with equivalent DMCs), found {read!r}")
    return Share(percent=percents[0], is_below=match[1] is not None, with_equivalents=(*percents, None)[1])


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
_yes_or_no: Final = choice({"yes": True, "y": True, "true": True, "no": False, "n": False, "false": False}, "yes or no")


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
