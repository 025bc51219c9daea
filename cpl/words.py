"""How words of the lists compare: trimmed and without regard to case (assumed: the sources do not say).

Vendors' version strings compare without any blanks as well: seed 000 writes one and the same as
``ASP 04.04.01-55497`` (table 2) and as ``ASP04.04.01-55497`` (table 3).
"""

from __future__ import annotations


def fold(text: str) -> str:
    """Equal for texts that compare equal."""
    return text.strip().casefold()


def fold_version(text: str) -> str:
    """Equal for a vendor's version strings that compare equal."""
    return "".join(text.split()).casefold()
