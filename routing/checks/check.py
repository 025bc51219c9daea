"""What a check is: one function and one row.

The function gets facts and returns why not, or ``None``; the first line of its docstring is the rule in words. The
row owns the name, the code, the clause, how sure we are, what it applies to, which facts the function reads and what
a sender can do about it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from routing.checks.fact import Fact
from routing.services import Service
from schemas.vocabulary import Basis, CommandVariant, Generation, ResponseCode

F = TypeVar("F")


class Applies(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """To which requests a check is put: data, so that it can be listed. ``None`` means all."""

    services: frozenset[str] | None = None
    non_device: bool | None = None
    critical: bool | None = None
    variants: frozenset[CommandVariant] | None = None
    generation: Generation | None = None

    def to(self, service: Service, variant: CommandVariant) -> bool:
        """Whether a request of this service and variant is asked; the generation is settled later."""
        return (
            (self.services is None or service.variant in self.services)
            and (self.non_device is None or service.non_device is self.non_device)
            and (self.critical is None or service.critical is self.critical)
            and (self.variants is None or variant in self.variants)
        )

    def __str__(self) -> str:
        parts = []
        if self.services is not None:
            parts.append(" ".join(sorted(self.services)))
        if self.non_device is not None:
            parts.append("non-device services" if self.non_device else "device services")
        if self.critical is not None:
            parts.append("critical" if self.critical else "non-critical")
        if self.variants is not None:
            parts.append("variants " + " ".join(str(int(v)) for v in sorted(self.variants)))
        if self.generation is not None:
            parts.append(self.generation.value)
        return ", ".join(parts) or "every request"


EVERY = Applies()
DEVICE = Applies(non_device=False)


class Check(msgspec.Struct, Generic[F], frozen=True, kw_only=True):
    """One row."""

    name: str
    code: ResponseCode
    ask: Callable[[F], str | None]
    cites: str
    basis: Basis
    """How sure we are that this rule exists with this code."""
    remedy: str
    """What would make a refused request pass, in a sender's words."""
    reads: tuple[Fact, ...] = ()
    """The facts that its function looks at: ``explain`` tells them with their values."""
    applies: Applies = EVERY
    advises: bool = False
    """What it finds is told, in the trace and by ``explain``, and refuses nothing unless the configuration says so."""

    @property
    def says(self) -> str:
        """The rule in one sentence: the first line of its function's docstring."""
        return (self.ask.__doc__ or "").strip().splitlines()[0]
