"""What a fuzzer's process is told: how long, within which limits, and what to read with."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Self

import msgspec
from fuzz_watch import Reader


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    place: str
    """A folder for this fuzzer alone."""
    seconds: int
    cpu: float
    """Seconds of processor time for one document."""
    megabytes: int
    """Resident memory of the process."""
    target: str = "fuzz_target:read"
    """Module and function: takes a document, returns the kind of the outcome."""

    @property
    def folder(self) -> Path:
        return Path(self.place)

    @classmethod
    def of(cls, text: str) -> Self:
        return msgspec.json.decode(text, type=cls)

    def reader(self) -> Reader:
        module, name = self.target.split(":")
        reader: Reader = getattr(import_module(module), name)
        return reader
