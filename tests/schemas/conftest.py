"""Fixtures of the document tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.xsd import DuisSchema, own_schema, published_schema


@pytest.fixture(scope="session")
def own() -> DuisSchema:
    return own_schema()


@pytest.fixture(scope="session")
def published(reference_dir: Path) -> DuisSchema:
    """The official set, as it was published."""
    return published_schema({f.name: f.read_bytes() for f in (reference_dir / "duis-5.4").iterdir()})


@pytest.fixture(params=["own", "published"])
def either(request: pytest.FixtureRequest) -> DuisSchema:
    """Our set, then the official one."""
    schema: DuisSchema = request.getfixturevalue(request.param)
    return schema


@pytest.fixture(scope="session")
def templates(reference_dir: Path) -> Path:
    return reference_dir / "rtds" / "templates"
