"""Imports run one way only, and what touches the world stays in the gateway."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from house_sources import MODULES, PURE, Module, Rule, calls, dotted, imports, module, violations

MAY_IMPORT: Final = {
    "schemas": {"schemas"},
    "cpl": {"schemas", "cpl"},
    "routing": {"schemas", "cpl", "routing"},
    "gbcs": {"schemas", "gbcs"},
    "gateway": {"schemas", "cpl", "routing", "gbcs", "gateway"},
    "benchmarks": {"schemas", "cpl", "routing", "gbcs", "gateway", "benchmarks", "tests"},
}
OURS: Final = {*MAY_IMPORT, "tests"}
OWN_PACKAGE_DATA: Final = {("schemas/xsd.py", "read_bytes")}
"""The schema set that the package itself carries, through importlib.resources."""


def runs_backwards(of: Module) -> Iterator[str]:
    for node, imported in imports(of):
        root = imported.split(".")[0]
        if root in OURS and root not in MAY_IMPORT[of.package]:
            yield of.at(node, imported)


def is_relative(of: Module) -> Iterator[str]:
    for node in ast.walk(of.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield of.at(node)


def hides_an_import(of: Module) -> Iterator[str]:
    for node in ast.walk(of.tree):
        if isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING"):
            yield of.at(node)


def awaits(of: Module) -> Iterator[str]:
    for node in ast.walk(of.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await):
            yield of.at(node)


def asks_the_clock(of: Module) -> Iterator[str]:
    clocks = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today")
    for node, name in calls(of):
        if name.endswith(clocks):
            yield of.at(node, name)


def opens_a_file(of: Module) -> Iterator[str]:
    methods = (".read_text", ".read_bytes", ".write_text", ".write_bytes", ".open")
    for node, name in calls(of):
        if (name == "open" or name.endswith(methods)) and (of.name, name.rsplit(".", 1)[-1]) not in OWN_PACKAGE_DATA:
            yield of.at(node, name)


def drops_a_task(of: Module) -> Iterator[str]:
    makers = {"asyncio.create_task", "asyncio.ensure_future", "create_task"}
    for node in ast.walk(of.tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted(node.value.func) in makers:
            yield of.at(node)


def importing(*libraries: str, but: tuple[str, ...] = ()) -> Callable[[Module], Iterator[str]]:
    """Finds imports of these libraries, but in modules whose name begins so."""

    def finds(of: Module) -> Iterator[str]:
        for node, imported in imports(of):
            if imported.split(".")[0] in libraries and not of.name.startswith(but or ("\0",)):
                yield of.at(node, imported)

    return finds


COMMANDS: Final = ("gateway/cli/", "gateway/sandbox/", "benchmarks/")
RULES: Final = {
    "imports run one way only": Rule(runs_backwards, "import gateway.ports"),
    "the two middle packages do not know each other": Rule(runs_backwards, "from cpl import epcl", "gbcs/example.py"),
    "nothing imports the tests": Rule(runs_backwards, "import tests.vectors", "gateway/example.py"),
    "an import names its module in full": Rule(is_relative, "from . import facts"),
    "a circular import is taken apart, not hidden": Rule(
        hides_an_import, "import typing\nif typing.TYPE_CHECKING:\n    import x"
    ),
    "nothing is awaited outside the gateway": Rule(awaits, "async def f(): ...", packages=PURE),
    "there is no event loop outside the gateway": Rule(
        importing("asyncio", "aiohttp", "uvloop", "anyio", "concurrent"), "import asyncio", packages=PURE
    ),
    "there is no log outside the gateway": Rule(importing("logging", "warnings"), "import logging", packages=PURE),
    "there is no clock outside the gateway": Rule(importing("time", "sched"), "from time import time", packages=PURE),
    "the moment is an argument": Rule(
        asks_the_clock, "import datetime\nx = datetime.datetime.now(tz=None)", packages=PURE
    ),
    "there is no randomness outside the gateway": Rule(
        importing("random", "secrets", "uuid"), "import secrets", packages=PURE
    ),
    "there is no environment outside the gateway": Rule(
        importing("os", "sys", "platform"), "from os import environ", packages=PURE
    ),
    "there are no paths outside the gateway": Rule(
        importing("pathlib", "shutil", "tempfile", "glob"), "import pathlib", packages=PURE
    ),
    "no file is opened outside the gateway": Rule(opens_a_file, "x = open('f').read()", packages=PURE),
    "no file is read through a path outside the gateway": Rule(
        opens_a_file, "def f(p):\n    return (p / 'x').read_bytes()", packages=PURE
    ),
    "there is no network outside the gateway": Rule(
        importing("socket", "ssl", "http", "urllib", "select"), "import urllib.request", packages=PURE
    ),
    "there is no other process outside the gateway": Rule(
        importing("subprocess", "multiprocessing", "signal", "ctypes"), "import subprocess", packages=PURE
    ),
    "JSON that leaves the operator port or a command is orjson's": Rule(
        importing("orjson", but=("gateway/operators", "gateway/console", *COMMANDS)),
        "import orjson",
        "gateway/example.py",
    ),
    "SQL stands in the adapters": Rule(
        importing("sqlite3", "asyncpg", but=("gateway/sqlite_", "gateway/postgres", "gateway/sandbox/")),
        "import sqlite3",
        "gateway/example.py",
    ),
    "the terminal is the commands'": Rule(
        importing("click", "rich", but=COMMANDS), "from rich import print", "gateway/example.py"
    ),
    "msgspec makes structs, and nothing else does": Rule(
        importing("dataclasses", "attr", "attrs", "pydantic", "pickle"), "import dataclasses"
    ),
    "a task has an owner": Rule(
        drops_a_task, "import asyncio\nasyncio.create_task(None)", "gateway/example.py", ("gateway", "benchmarks")
    ),
}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())


@every_rule
def test_rule(rule: Rule) -> None:
    assert [] == violations(rule)


@every_rule
def test_the_rule_would_find(rule: Rule) -> None:
    example = module(rule.example_name, rule.example)
    assert example.package in rule.packages
    assert 1 == len(list(rule.finds(example)))


def test_every_package_is_looked_at() -> None:
    assert set(MAY_IMPORT) == {one.package for one in MODULES}
