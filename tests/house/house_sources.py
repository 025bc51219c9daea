"""The project's sources as the house rules look at them: parsed, never imported."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

PROJECT: Final = Path(__file__).resolve().parent.parent.parent
PURE: Final = ("schemas", "cpl", "routing", "gbcs")
PACKAGES: Final = (*PURE, "gateway", "benchmarks")


class Module(NamedTuple):
    """One source file."""

    name: str
    """From the project's folder, with slashes."""
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.split("/")[0]

    def at(self, node: ast.expr | ast.stmt, what: str = "") -> str:
        """Where something stands, as a finding: ``gateway/http.py:12: asyncio``."""
        return f"{self.name}:{node.lineno}" + (f": {what}" if what else "")


class Rule(NamedTuple):
    """What a source must not have. ``example`` breaks it once; the name is where that would stand."""

    finds: Callable[[Module], Iterator[str]]
    example: str
    example_name: str = "routing/example.py"
    packages: tuple[str, ...] = PACKAGES


def module(name: str, text: str) -> Module:
    return Module(name, text, ast.parse(text))


def _modules(*folders: str) -> Iterator[Module]:
    for folder in folders:
        for path in sorted((PROJECT / folder).rglob("*.py")):
            yield module(path.relative_to(PROJECT).as_posix(), path.read_text(encoding="utf-8"))


MODULES: Final = tuple(_modules(*PACKAGES))
TEST_MODULES: Final = tuple(_modules("tests"))


def violations(rule: Rule) -> list[str]:
    """Every finding in the sources that the rule is for."""
    return [finding for one in MODULES if one.package in rule.packages for finding in rule.finds(one)]


def imports(of: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Every imported module with its dots, those imported inside functions included."""
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node, alias.name
        elif isinstance(node, ast.ImportFrom):
            yield node, node.module or ""


def dotted(node: ast.expr) -> str:
    """``datetime.now`` of an attribute or name; what hangs on another expression begins with a dot."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def calls(of: Module) -> Iterator[tuple[ast.Call, str]]:
    """Everything that is called, with its dotted name."""
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)
