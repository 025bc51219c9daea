"""A second validator on our own schema files: what libxml2 takes, ``xmlschema`` takes, and the same the other way."""

from __future__ import annotations

from pathlib import Path

import pytest
import xmlschema
from full_documents import REQUESTS
from mutants import mutants

from schemas import xsd
from schemas.request import Malformed
from schemas.xsd import own_schema

MUTANTS = 15


@pytest.fixture(scope="module")
def other() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(Path(xsd.__file__).parent / "duis" / "duis.xsd"))


def test_templates_are_valid_to_both(other: xmlschema.XMLSchema, reference_dir: Path) -> None:
    for file in sorted((reference_dir / "rtds" / "templates").iterdir())[::5]:
        assert other.is_valid(file.read_text()), file.name


@pytest.mark.parametrize("name", REQUESTS)
def test_both_agree_on_mutants_of(name: str, other: xmlschema.XMLSchema) -> None:
    own = own_schema()
    document = REQUESTS[name] if isinstance(REQUESTS[name], bytes) else REQUESTS[name].encode()
    for mutant in mutants(document, 1, MUTANTS):
        root = own.parse(mutant.document)
        if not isinstance(root, Malformed):
            verdict = own.validate(root, mutant.document) is None
            assert verdict == other.is_valid(mutant.document.decode()), mutant
