"""A short run of ``make fuzz``, and that it would notice: planted faults are found, kept and printed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest
from fuzz_documents import mutated, seeds
from fuzz_target import read
from planted import WORD
from test_schemas_properties import FOUND

HERE = Path(__file__).resolve().parent
TOOLS = [
    pytest.param("atheris", marks=pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed")),
    "hypothesis",
]
SECONDS = 4


def fuzzed(folder: Path, tool: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / "fuzz.py"), "--folder", str(folder), "--tool", tool, *words]
    return subprocess.run(command, capture_output=True, check=False, text=True, timeout=120)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_short_run_finds_nothing_and_reaches_every_stage_of_reading(tmp_path: Path, tool: str) -> None:
    ended = fuzzed(tmp_path, tool, "--seconds", str(SECONDS))
    assert (0, "") == (ended.returncode, ended.stderr), ended.stdout
    assert ended.stdout.startswith(f"{tool}: nothing found; executions ")
    tally = json.loads((tmp_path / tool / "tally.json").read_text())
    assert 100 < tally["executions"]
    stages = {"not-xml", "forbidden-construct", "not-schema-valid", "authentic"}
    assert stages <= set(tally["outcomes"])
    assert not (tmp_path / "found").exists()


STOPPED = "the process ended with "
FAULTS = {
    "raises": STOPPED,
    "hangs": "more than 1 s of processor time for one document",
    "hangs_in_a_library": "more than 1 s of processor time for one document",
    "grows": "more than 300 MB of memory",
    "dies": "the process died of SIGSEGV",
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_kept_and_printed_when_a_reader(tmp_path: Path, tool: str, fault: str) -> None:
    limits = ("--seconds", "30", "--cpu", "1", "--megabytes", "300")
    ended = fuzzed(tmp_path, tool, *limits, "--target", f"planted:{fault}")
    assert (1, "") == (ended.returncode, ended.stderr), ended.stdout
    # libFuzzer catches what would end a process, and ends it with a code of its own.
    reason = STOPPED if (tool, fault) == ("atheris", "dies") else FAULTS[fault]
    assert ended.stdout.startswith(f"{tool}: {reason}"), ended.stdout
    (found,) = (tmp_path / "found").iterdir()
    assert WORD in found.read_bytes()
    assert str(found) in ended.stdout
    assert repr(found.read_bytes()[:200])[:-1] in ended.stdout


def test_mutation_reaches_every_outcome() -> None:
    documents = list(seeds().values())
    outcomes = Counter(read(document) for document in documents)
    for number in range(400):
        outcomes[read(mutated(documents[number % len(documents)], random.Random(number), documents))] += 1
    kinds = {
        *("authentic", "not-xml", "forbidden-construct", "not-schema-valid", "unsigned", "signature-profile"),
        *("unknown-certificate", "wrong-originator", "certificate-dates", "signature-does-not-verify"),
    }
    assert kinds == set(outcomes)
    assert outcomes.total() // 20 < outcomes["authentic"] < outcomes.total() // 2


def test_mutation_decides_the_same_for_the_same_seed() -> None:
    """Signatures are of their moment; all else is not."""
    documents = list(seeds().values())
    for number in range(100):
        first, second = random.Random(number), random.Random(number)
        one, other = (mutated(documents[number], chance, documents) for chance in (first, second))
        assert len(one) == len(other)
        assert first.getstate() == second.getstate()


@pytest.mark.parametrize("name", FOUND)
def test_mutation_takes_what_was_found_too(name: str) -> None:
    document, kind, _ = FOUND[name]
    outcomes = {read(mutated(document, random.Random(number), [document])) for number in range(100)}
    assert kind in outcomes
