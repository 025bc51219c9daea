"""ASN.1 payloads as parts. Source: RTDS vectors. The octets themselves are made by ``gbcs.der``."""

from __future__ import annotations

from typing import Final

import msgspec

from gbcs import der
from gbcs.times import activation_generalized_time
from gbcs.usecases.parts import Constant, Derived, Field, Inputs, Part, first_refusal, octets_between


class Sequence(msgspec.Struct, frozen=True):
    """A SEQUENCE of encoded members; a member without octets is absent."""

    parts: tuple[Part, ...]

    def members(self) -> tuple[Part, ...]:
        return self.parts

    def refusal(self, inputs: Inputs) -> str | None:
        return first_refusal(self.members(), inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return der.sequence(*(part.encode(inputs) for part in self.parts))


NULL: Final = Constant(der.NULL)
ORIGINATOR_COUNTER: Final = Derived(lambda inputs: der.integer(inputs.counter))


def _execution_date_time(inputs: Inputs) -> bytes:
    execution = inputs.body.execution
    return b"" if execution is None else der.generalized_time(activation_generalized_time(execution))


EXECUTION_DATE_TIME: Final = Derived(_execution_date_time)
"""Absent for now; GeneralizedTime otherwise, the year 9999 for a cancellation."""


def octet_string(name: str, path: str, low: int, high: int) -> Field:
    """Octets, carried as given; ``low`` and ``high`` bound their number."""
    return Field(name, path, der.octet_string, octets_between(low, high))
