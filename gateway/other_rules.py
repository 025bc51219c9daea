"""The configuration with other rules: for whoever asks what would have been decided under them. Nothing is kept.

Only what decides is replaced, ``[rules]`` and ``[ppmid]``; parties, routes and stores stay the configuration's.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from gateway.settings import Ppmid, Rules, Section, Settings, SettingsError
from routing.policy import CheckOverride
from routing.rules import CHECK_NAMES

S = TypeVar("S", bound=Section)


class CheckPolicy(StrEnum):
    """What becomes of a check."""

    REFUSES = "refuses"
    ADVISES = "advises"
    OFF = "off"


_OVERRIDES: Final[Mapping[CheckPolicy, Mapping[str, bool]]] = {
    CheckPolicy.REFUSES: {"refuses": True, "off": False},
    CheckPolicy.ADVISES: {"refuses": False, "off": False},
    CheckPolicy.OFF: {"off": True},
}
_OF_RULES: Final = ("future_dating_days", "smets1_critical_variant")


def with_rules_of(settings: Settings, file: Path) -> Settings:
    """``[rules]`` and ``[ppmid]`` of a TOML file in place of the configuration's; one that it has not stays.

    Raises SettingsError naming the file, and the section or key that is not one of them.
    """
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{file}: cannot be read: {fault}") from None
    except tomllib.TOMLDecodeError as fault:
        raise SettingsError(f"{file}: not TOML: {fault}") from None
    for name in tree:
        if name not in {"rules", "ppmid"}:
            raise SettingsError(f"{file}: {name}: expected [rules] and [ppmid] only")
    try:
        rules = _section(tree["rules"], Rules) if "rules" in tree else settings.rules
        ppmid = _section(tree["ppmid"], Ppmid) if "ppmid" in tree else settings.ppmid
    except msgspec.ValidationError as fault:
        raise SettingsError(f"{file}: {fault}") from None
    return msgspec.structs.replace(settings, rules=rules, ppmid=ppmid)


def with_policies(settings: Settings, named: Iterable[str]) -> Settings:
    """``ppmid=associated_hub``, ``future_dating_days=60``, ``smets1_critical_variant=4``, or CHECK=refuses, advises or
    off. Raises SettingsError naming the policy."""
    for each in named:
        name, _, value = each.partition("=")
        try:
            settings = _with_policy(settings, name.strip(), value.strip())
        except (msgspec.ValidationError, ValueError) as fault:
            raise SettingsError(f"policy {each}: {fault}") from None
    return settings


def _with_policy(settings: Settings, name: str, value: str) -> Settings:
    if name == "ppmid":
        return msgspec.structs.replace(settings, ppmid=_section({"policy": value}, Ppmid))
    if name in _OF_RULES:
        read = getattr(_section({name: value}, Rules), name)
        return msgspec.structs.replace(settings, rules=msgspec.structs.replace(settings.rules, **{name: read}))
    if name not in CHECK_NAMES:
        raise ValueError(f"expected ppmid, {', '.join(_OF_RULES)} or the name of a check")
    if value not in _OVERRIDES:
        raise ValueError("expected refuses, advises or off")
    before = settings.rules.checks.get(name, CheckOverride())
    override = msgspec.structs.replace(before, **_OVERRIDES[CheckPolicy(value)])
    rules = msgspec.structs.replace(settings.rules, checks={**settings.rules.checks, name: override})
    return msgspec.structs.replace(settings, rules=rules)


def _section(tree: Any, wanted: type[S]) -> S:
    return msgspec.convert(tree, wanted, strict=False)
