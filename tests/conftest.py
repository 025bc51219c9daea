"""Fixtures that every package's tests share."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock

PROJECT = Path(__file__).resolve().parent.parent
REFERENCE = Path(os.environ.get("DUIS_REFERENCE_DIR", PROJECT.parent / "shared" / "reference"))
CLIENT_KIT = REFERENCE.parent / "client_kit"
INSTALLED_KIT = PROJECT / ".client_kit"


def absent(what: str) -> NoReturn:
    """Skip, or fail where everything must be there (``DUIS_REFERENCE_REQUIRED``, as CI sets it)."""
    if os.environ.get("DUIS_REFERENCE_REQUIRED"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """The published schemas, templates, vectors and test certificates: an oracle that is not ours to ship."""
    if not REFERENCE.is_dir():
        absent("reference set absent: set DUIS_REFERENCE_DIR to the folder that holds rtds/ and duis-5.4/")
    return REFERENCE


@pytest.fixture(scope="session")
def client_kit() -> Path:
    """The DCC's own client libraries, fetched from the npm registry into a folder that git does not see."""
    if not CLIENT_KIT.is_dir():
        absent("client kit absent: it stands beside the reference set")
    for tool in ("npm", "node", "java"):
        if shutil.which(tool) is None:
            absent(f"{tool} is not on PATH: the client kit needs Node 20+ and Java 11+")
    INSTALLED_KIT.mkdir(exist_ok=True)
    with FileLock(INSTALLED_KIT / ".lock"):
        if not (INSTALLED_KIT / ".installed").exists():
            for file in CLIENT_KIT.iterdir():
                (INSTALLED_KIT / file.name).write_bytes(file.read_bytes())
            done = subprocess.run(
                ["npm", "ci", "--no-audit", "--no-fund"],
                check=False,
                cwd=INSTALLED_KIT,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                absent(f"npm ci failed: {done.stderr[-500:]}")
            (INSTALLED_KIT / ".installed").touch()
    return INSTALLED_KIT


@pytest.fixture(scope="session")
def keystore(client_kit: Path) -> Path:
    """The public test keys: ``keystore.json`` of the client kit's packages."""
    return client_kit / "node_modules" / "@smartdcc" / "dccboxed-keystore" / "keystore.json"
