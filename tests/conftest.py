"""Fixtures that every package's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """The published schemas, templates, vectors and test certificates: an oracle that is not ours to ship.

    Absent, the tests that need it are skipped; CI fails when that happens there.
    """
    place = Path(os.environ.get("DUIS_REFERENCE_DIR", PROJECT.parent / "shared" / "reference"))
    if not place.is_dir():
        pytest.skip("reference set absent: set DUIS_REFERENCE_DIR to the folder that holds rtds/ and duis-5.4/")
    return place
