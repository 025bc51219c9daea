"""Replacing a file: all of the new content under its name, or what was there before, whatever happens."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def replace_file(file: Path, data: bytes) -> None:
    """Durable when it returns. Readable by whom the umask allows. OSError passes through."""
    beside = file.with_name(f".{file.name}.{secrets.token_hex(6)}.tmp")
    try:
        with beside.open("xb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in it durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
