"""What a vector is: the complete facts of a request, and what is to become of it."""

from __future__ import annotations

from typing import NamedTuple

from estate import RULES

from routing.decision import Rules
from routing.facts import Facts


class Vector(NamedTuple):
    """One without a reason must be accepted; one with a reason must be refused by its check, with that code
    and those words. ``title`` reads as a sentence after the check's name.
    """

    check: str
    title: str
    code: str
    facts: Facts
    reason: str | None = None
    rules: Rules = RULES
