"""Why a message is not built: values, because a refusal is expected. Faults are exceptions."""

from __future__ import annotations

import msgspec


class Refused(msgspec.Struct, frozen=True):
    """No message; ``reason`` names the field, the expectation and the finding."""

    reason: str


class NoUseCase(Refused, frozen=True):
    """No GBCS use case could be chosen; ``reason`` names what is missing."""
