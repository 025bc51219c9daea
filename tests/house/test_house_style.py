"""Names, sizes and words: what a reader of any file may rely on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from house_sources import PACKAGES, PROJECT, TEST_MODULES, Module, Rule, calls, module, violations

FORBIDDEN: Final = frozenset(
    {"manager", "managers", "handler", "handlers", "util", "utils", "helper", "helpers", "common", "misc"}
)
MOST_LINES: Final = 420
"""300 is a smell; nothing is a reason for more than this."""
PRINTS: Final = ("gateway/cli/", "gateway/sandbox/", "benchmarks/")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LEFT: Final = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")


def words_of(name: str) -> set[str]:
    """The words of a snake_case, CamelCase or kebab-case name."""
    return {word.lower() for word in _WORDS.findall(name)}


def is_vague(of: Module) -> Iterator[str]:
    """Files, classes and functions: local names may have to be another library's words, ``common_name``."""
    if words_of(of.name) & FORBIDDEN:
        yield of.name
    for node in ast.walk(of.tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named and words_of(node.name) & FORBIDDEN:
            yield of.at(node, node.name)


def says_nothing_of_itself(of: Module) -> Iterator[str]:
    first = (ast.get_docstring(of.tree) or "").split("\n\n")[0].rstrip()
    if not first.endswith((".", ":")):
        yield f"{of.name}: {first!r}"


def is_too_long(of: Module) -> Iterator[str]:
    lines = of.text.count("\n")
    if lines > MOST_LINES:
        yield f"{of.name}: {lines} lines"


def prints(of: Module) -> Iterator[str]:
    for node, name in calls(of):
        if name == "print" and not of.name.startswith(PRINTS):
            yield of.at(node)


def is_left_for_later(of: Module) -> Iterator[str]:
    for number, line in enumerate(of.text.splitlines(), 1):
        if _LEFT.search(line):
            yield f"{of.name}:{number}"
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.dump(node.exc):
            yield of.at(node)


RULES: Final = {
    "a function is named for what it does": Rule(is_vague, "def on_error_handler(): ..."),
    "a class is named for what it is": Rule(is_vague, "class HTTPManager: ..."),
    "a file is named for what lives there": Rule(is_vague, "", "gateway/common/words.py"),
    "a module says what lives there": Rule(says_nothing_of_itself, "x = 1"),
    "a module's first sentence is whole": Rule(says_nothing_of_itself, '"""Some words"""'),
    "a module can be held in the head": Rule(is_too_long, "\n" * (MOST_LINES + 1)),
    "nothing is printed past the command line": Rule(prints, "print(1)"),
    "nothing is left for later": Rule(is_left_for_later, "# TO" + "DO: all of it"),
    "nothing is a stub": Rule(is_left_for_later, "def f():\n    raise NotImplementedError"),
}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())


@every_rule
def test_rule(rule: Rule) -> None:
    assert [] == violations(rule)


@every_rule
def test_the_rule_would_find(rule: Rule) -> None:
    assert 1 == len(list(rule.finds(module(rule.example_name, rule.example))))


WORDS = {
    "RequestManager": {"request", "manager"},
    "on_error_handler": {"on", "error", "handler"},
    "HTTPHandler": {"http", "handler"},
    "commonly": {"commonly"},
}


@pytest.mark.parametrize(("name", "expected"), WORDS.items(), ids=WORDS.keys())
def test_the_words_of(name: str, expected: set[str]) -> None:
    assert expected == words_of(name)


# ---- every file, not only sources

TEXTS: Final = {".py", ".md", ".toml", ".cfg", ".yml", ".yaml", ".xsd", ".html", ".js", ".css", ".sh", ".json", ".csv"}
NAMED_TEXTS: Final = {"Makefile", ".gitignore", "run"}
FOLDERS: Final = (*PACKAGES, "tests", "docs", ".ci", ".github")
MACHINE_PATH: Final = re.compile(r"(?<![\w./:-])/(?:home|root|work|Users|mnt|private)/[\w.-]+|\b[C-Z]:\\\\?Users\b")
PATHS = {
    "a home": ("see /" + "home/jo/x.pem", True),
    "a work folder": ("'/" + "work/main'", True),
    "a Windows home": ("C:" + "\\Users\\jo", True),
    "an address": ("https://example.org/" + "home/x", False),
    "a path of the web": ("GET /v1/traces", False),
}


@pytest.mark.parametrize(("text", "found"), PATHS.values(), ids=PATHS.keys())
def test_a_machine_path_is_told_from(text: str, found: bool) -> None:
    assert found is bool(MACHINE_PATH.search(text))


def _texts() -> Iterator[Path]:
    inside = (path for folder in FOLDERS for path in sorted((PROJECT / folder).rglob("*")))
    for path in (*sorted(PROJECT.iterdir()), *inside):
        kept = path.is_file() and not {"__pycache__", "node_modules"} & set(path.parts)
        if kept and (path.suffix in TEXTS or path.name in NAMED_TEXTS):
            yield path


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()}"
        for path in _texts()
        for match in MACHINE_PATH.finditer(path.read_text(encoding="utf-8"))
    ]
    assert [] == found


def test_tests_use_no_mocks() -> None:
    mocking = ("unittest" + ".mock", "monkey" + "patch.setattr", "freeze" + "gun", "time_" + "machine")
    found = [f"{one.name}: {word}" for one in TEST_MODULES for word in mocking if word in one.text]
    assert [] == found
