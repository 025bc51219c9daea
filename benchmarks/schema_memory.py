"""What the schema set costs in memory: a process with a worker's code, before the set is compiled and after."""

from __future__ import annotations

import gc
import multiprocessing
import os
from multiprocessing.connection import Connection as Pipe
from typing import Any, Final

import msgspec

from benchmarks.timing import CannotMeasure, resident_megabytes

_PATIENCE_SECONDS: Final = 30.0


class SchemaMemory(msgspec.Struct, frozen=True, kw_only=True):
    """Resident megabytes, 1,000,000 octets each."""

    before: float
    """With all of the gateway's code, and nothing read."""
    after: float
    """With our schema set compiled: once for the event loop's thread, and once for all others."""


def measure_schema_memory() -> SchemaMemory:
    """In a process of its own. Raises CannotMeasure when that ends early."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_compile, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        before, after = ours.recv()
    except EOFError:
        raise CannotMeasure("the process that compiles the schema set ended before it had done so") from None
    finally:
        ours.close()
        process.join(_PATIENCE_SECONDS)
    return SchemaMemory(before=before, after=after)


def _compile(pipe: Pipe[Any, Any]) -> None:
    from gateway import service  # what a worker has loaded by then
    from schemas.xsd import own_schema

    gc.collect()
    before = resident_megabytes(os.getpid())
    schema = own_schema()
    gc.collect()
    pipe.send((before, resident_megabytes(os.getpid())))
    del schema, service
