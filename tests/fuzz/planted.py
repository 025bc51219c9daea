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
    """At once beyond any limit, and written: the process grows a little by itself, and must not be blamed for that."""
    if WORD in document:
        _kept.append(bytes(range(256)) * 2**20)
    return "read"


def dies(document: bytes) -> str:
    if WORD in document:
        ctypes.string_at(0)
    return "read"
