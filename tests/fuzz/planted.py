"""Readers that break on purpose, so that the tests can see that the fuzzers notice."""

from __future__ import annotations

import ctypes
import sqlite3

WORD = b"RequestID"
"""In almost every document to begin with."""
_kept: list[bytes] = []


def raises(document: bytes) -> str:
    if WORD in document:
        raise ValueError("planted")
    return "read"


def hangs(document: bytes) -> str:
    while WORD in document:
        pass
    return "read"


def hangs_in_a_library(document: bytes) -> str:
    """Where no exception of Python's can be raised."""
    if WORD in document:
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        sqlite3.connect(":memory:").execute(endless)
    return "read"


def grows(document: bytes) -> str:
    _kept.append(bytes(2**20) if WORD in document else document)
    return "read"


def dies(document: bytes) -> str:
    if WORD in document:
        ctypes.string_at(0)
    return "read"
