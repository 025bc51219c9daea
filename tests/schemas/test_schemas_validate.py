"""``duis-gateway validate --json`` and the published set: the same verdict on every template and every mutant.

The mutants go the command's own way, many files at a time; some go through the command as a process. Where the
verdicts differ, CONFORMANCE.md says why, and each of its reasons occurs.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from comparison import LISTED, REFUSED_ON_PURPOSE, Comparison, taken_by
from limit_mutants import ENUMERATION, LIMIT, LimitMutant, limit_mutants
from lxml import etree
from mutants import OPERATIONS, Change, Mutant, of_each_kind
from octet_mutants import octet_mutants
from published_instances import Structure
from published_requests import request_instances, request_structure
from published_values import Side, SimpleType

from gateway.cli import main
from schemas.request import Malformed
from schemas.xsd import DuisSchema

TEMPLATES = 297
MUTANTS_OF_TEMPLATES = 50_000
"""At least; besides those at the limits of simple types."""
SHARES = 6
"""Of the templates, so that the work can be shared."""
EACH = 13
"""Mutants of each template for each kind of change."""
AT_ONCE = 2_000
"""Files in one call of the command."""
EVERY = 97
"""One mutant in so many goes through the command as a process."""

ALWAYS_VALID = {Change.AT_A_LIMIT, Change.INSIDE_A_LIMIT, Change.LISTED, Change.REMARK, Change.INSTRUCTION}
NEVER_VALID = {Change.OUTSIDE_A_LIMIT, Change.NEARLY_LISTED}


class Verdict(msgspec.Struct, frozen=True):
    """A line of ``validate --json``."""

    file: str
    valid: bool
    faults: list[dict[str, str | int]]
    kind: str = ""


class Command:
    """``duis-gateway validate --json``, and a folder for the documents."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def verdicts(self, documents: Sequence[bytes]) -> list[Malformed | None]:
        """Of each document in its place."""
        files = self.write(documents)
        outcome = CliRunner().invoke(main, ["validate", "--json", *files], catch_exceptions=False)
        return _verdicts(outcome.exit_code, outcome.stdout.encode(), files)

    def verdicts_of_a_process(self, documents: Sequence[bytes], *options: str) -> list[Malformed | None]:
        files = self.write(documents)
        words = [sys.executable, "-m", "gateway.cli", "validate", "--json", *options, *files]
        ended = subprocess.run(words, capture_output=True, check=False, timeout=120)
        assert b"" == ended.stderr
        return _verdicts(ended.returncode, ended.stdout, files)

    def write(self, documents: Sequence[bytes]) -> list[str]:
        files = [self._folder / f"{number}.xml" for number in range(len(documents))]
        for file, document in zip(files, documents, strict=True):
            file.write_bytes(document)
        return [str(file) for file in files]


def _verdicts(exit_code: int, output: bytes, files: Sequence[str]) -> list[Malformed | None]:
    lines = [msgspec.json.decode(line, type=Verdict) for line in output.splitlines()]
    assert files == [line.file for line in lines]
    assert (0 if all(line.valid for line in lines) else 1) == exit_code
    assert all(line.valid == (not line.faults) for line in lines)
    return [None if line.valid else msgspec.convert(msgspec.to_builtins(line), Malformed) for line in lines]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture(scope="module")
def structure(reference_dir: Path) -> Structure:
    return request_structure(reference_dir)


def compared(command: Command, published: DuisSchema, of: Iterable[Mutant]) -> Comparison:
    comparison, rest = Comparison(published), iter(of)
    while some := list(islice(rest, AT_ONCE)):
        verdicts = command.verdicts([mutant.document for mutant in some])
        for mutant, ours in zip(some, verdicts, strict=True):
            comparison.add(mutant.change, mutant.name, mutant.document, ours)
    return comparison


def of_templates(files: Sequence[Path], each: int) -> Iterator[Mutant]:
    for file in files:
        document = file.read_bytes()
        for mutant in chain(of_each_kind(document, sum(file.name.encode()), each), octet_mutants(document)):
            yield msgspec.structs.replace(mutant, name=f"{file.name}: {mutant.name}")


def test_every_template_is_valid(command: Command, published: DuisSchema, templates: Path) -> None:
    documents = [file.read_bytes() for file in sorted(templates.iterdir())]
    assert [None] * TEMPLATES == command.verdicts(documents)
    assert all(taken_by(published, document) for document in documents)


@pytest.mark.parametrize("share", range(SHARES), ids=lambda share: f"share {share + 1} of {SHARES}")
def test_every_kind_of_change_to_every_template_gets_the_published_verdict(
    command: Command, published: DuisSchema, templates: Path, share: int
) -> None:
    comparison = compared(command, published, of_templates(sorted(templates.iterdir())[share::SHARES], EACH))
    assert [] == comparison.unlisted
    assert MUTANTS_OF_TEMPLATES // SHARES < comparison.seen
    assert set(REFUSED_ON_PURPOSE) == set(comparison.reasons), "each reason occurs, and no other"
    assert_each_kind_is_there(comparison, (*OPERATIONS, Change.OCTETS), 250)


def assert_each_kind_is_there(comparison: Comparison, changes: Iterable[Change], least: int) -> None:
    """Of each kind, mutants enough, some valid and some not unless they must all be one or the other."""
    for change in changes:
        valid, invalid = (comparison.verdicts[change, verdict] for verdict in (True, False))
        assert least < valid + invalid, change
        assert (valid > 0, invalid > 0) == (change not in NEVER_VALID, change not in ALWAYS_VALID), change


def test_every_simple_type_of_a_request_gets_the_published_verdict_at_inside_and_outside_its_limits(
    command: Command, published: DuisSchema, templates: Path, structure: Structure
) -> None:
    mutants = [*at_the_limits(templates, structure)]
    comparison = compared(command, published, mutants)
    assert [] == comparison.unlisted
    assert set(comparison.reasons) <= {"64 elements in signatures"}, "one with all that is optional has more"
    assert_each_kind_is_there(comparison, (*LIMIT.values(), *ENUMERATION.values()), 1_000)
    tried = defaultdict(set)
    for mutant in mutants:
        tried[mutant.type].add(mutant.side)
    assert {} == {of: tried[of] for of in tried if not sides(of) <= tried[of]}
    types = {simple for simples in structure.leaves.values() for simple in simples}
    assert set() == types - set(tried), "every simple type that an element of a request has was tried"
    assert 100 < len(types)


def at_the_limits(templates: Path, structure: Structure) -> Iterator[LimitMutant]:
    """At every place of the templates, and at every other place that a request has."""
    documents = [file.read_bytes() for file in sorted(templates.iterdir())]
    instances = (etree.tostring(instance) for instance in request_instances(structure))
    done: set[tuple[str, str, SimpleType]] = set()
    for document in chain(documents, instances):
        yield from limit_mutants(document, structure, done)


def sides(of: SimpleType) -> set[Side]:
    """Those that a type must have: lists and fixed lengths have no inside, patterns need not; any text is a string."""
    low, high = of.span
    if of.choices or of.patterns or (low is not None and low == high):
        return {Side.AT, Side.OUTSIDE}
    return {Side.AT, Side.INSIDE} if of.base in {"string", "token"} and not of.limits else set(Side)


def test_the_command_as_a_process_gives_the_same_verdicts_and_the_published_set_is_its_other_choice(
    command: Command, own: DuisSchema, published: DuisSchema, templates: Path, reference_dir: Path
) -> None:
    documents = [m.document for m in islice(of_templates(sorted(templates.iterdir()), EACH), 0, None, EVERY)]
    assert 500 < len(documents)
    ours = command.verdicts_of_a_process(documents)
    theirs = command.verdicts_of_a_process(documents, "--schema-dir", str(reference_dir / "duis-5.4"))
    for schema, verdicts in ((own, ours), (published, theirs)):
        read = [schema.read(document) for document in documents]
        assert [outcome if isinstance(outcome, Malformed) else None for outcome in read] == verdicts
    assert [verdict is None for verdict in ours] == [verdict is None for verdict in theirs]
    assert len(documents) // 5 < ours.count(None) < len(documents) * 4 // 5


@pytest.mark.parametrize("reason", LISTED)
def test_the_reason_for_a_difference_is_in_conformance(reason: str) -> None:
    conformance = (Path(__file__).parents[2] / "CONFORMANCE.md").read_text(encoding="utf-8")
    assert reason in " ".join(conformance.split())
