"""``checks``: what is asked of a request, in which order, and what is never asked of it and why.

Shows the table in force; decides nothing and opens no store. What would become of one request is ``explain``'s.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.text import Text

from gateway.check_rows import UNCHANGED, CheckRow, check_row
from gateway.cli.console import wide_console
from gateway.cli.exits import CannotRun, json_option, refuse
from gateway.cli.tables import (
    echo_json,
    listed,
    optional_config,
    rules_of_config,
    titled_table,
)
from routing.checks.check import Check
from routing.checks.device import variants_for
from routing.decision import ALL_CHECKS, Rules
from routing.policy import Policy
from routing.services import Service
from schemas.vocabulary import CommandVariant, Generation, ServiceReferenceVariant


@click.command()
@click.option("--srv", metavar="SRV", help="What a request of this service reference variant is asked, 11.1.")
@click.option("--cv", type=click.IntRange(1, 9), help="With --srv: of this command variant only.")
@click.option(
    "--generation", type=click.Choice([each.value for each in Generation]), help="With --srv: of such a device."
)
@json_option
@optional_config
def checks(srv: str | None, cv: int | None, generation: str | None, as_json: bool, config: Path | None) -> None:
    """The checks in the order in which they are put; with --srv, those of one service and what it is never asked.

    Exit code 1: SRV is not decided here, does not take that command variant, or is not for a device.
    """
    if srv is None and (cv is not None or generation is not None):
        raise CannotRun(f"{'--cv' if cv is not None else '--generation'} goes with --srv")
    rules = rules_of_config(config)
    if srv is None:
        rows = [check_row(order, row, rules.policy) for order, row in enumerate(ALL_CHECKS, 1)]
        if as_json:
            echo_json(rows)
        else:
            _print_checks("Checks, in order", rows)
        return
    asking = _asking(srv, cv, generation, rules)
    asked, never = _asked_and_never(asking, rules)
    if as_json:
        told = {"srv": srv, "command_variants": asking.variants, "generation": generation}
        echo_json({**told, "asked": asked, "never_asked": never})
        return
    kind = f"command variant{'s' if len(asking.variants) > 1 else ''} {listed(asking.variants)}"
    of_whom = "" if generation is None else f", {generation} devices"
    _print_checks(f"Asked of {srv} {asking.service.name}, {kind}{of_whom}, in order", asked)
    _print_never(srv, never)


class Asking(NamedTuple):
    """The requests that somebody asks about."""

    service: Service
    variants: tuple[CommandVariant, ...]
    generations: tuple[Generation, ...]


def _asking(srv: str, cv: int | None, generation: str | None, rules: Rules) -> Asking:
    service = rules.services.get(ServiceReferenceVariant(srv))
    if service is None:
        refuse(f"{srv} is not among the {len(rules.services)} services that this gateway decides")
    if service.non_device and generation is not None:
        refuse(f"{srv} is a non-device service: no device is treated as {generation}")
    generations = tuple(Generation) if generation is None else (Generation(generation),)
    variants = _variants_taken(service, generations, rules.policy)
    if cv is not None:
        if cv not in variants:
            where = "" if generation is None else f" where the device is treated as {generation}"
            refuse(f"{srv} takes command variants {listed(variants)}{where}, not {cv}")
        variants = (CommandVariant(cv),)
    return Asking(service, variants, generations)


def _variants_taken(
    service: Service, generations: tuple[Generation, ...], policy: Policy
) -> tuple[CommandVariant, ...]:
    """Of any generation that offers the service, or of the one that is asked about."""
    if service.non_device:
        return tuple(sorted(service.command_variants))
    either = service.smets1 is not None or len(generations) == 1
    offering = generations if either else (Generation.SMETS2,)
    return tuple(sorted({variant for each in offering for variant in variants_for(each, service, policy)}))


def _asked_and_never(asking: Asking, rules: Rules) -> tuple[list[CheckRow], list[CheckRow]]:
    put = {
        row.name
        for variant in asking.variants
        for row in rules.rows(asking.service, variant)
        if row.applies.generation in {None, *asking.generations}
    }
    asked, never = [], []
    for order, row in enumerate(ALL_CHECKS, 1):
        if row.name in put:
            asked.append(check_row(order, row, rules.policy))
        else:
            never.append(check_row(order, row, rules.policy, _why_never(row, asking, rules.policy)))
    return asked, never


def _why_never(row: Check[Any], asking: Asking, policy: Policy) -> str:
    if policy.checks.get(row.name, UNCHANGED).off:
        return "the configuration switches it off"
    applies, service = row.applies, asking.service
    if applies.services is not None and service.variant not in applies.services:
        return f"asked of {' or '.join(sorted(applies.services))} only"
    if applies.non_device is not None and applies.non_device is not service.non_device:
        return f"{service.variant} is {'a non-device' if service.non_device else 'a device'} service"
    if applies.critical is not None and applies.critical is not service.critical:
        return f"{service.variant} is {'critical' if service.critical else 'not critical'}"
    if applies.variants is not None and applies.variants.isdisjoint(asking.variants):
        return f"asked of command variants {listed(applies.variants)} only, not {listed(asking.variants)}"
    whose = "either generation" if applies.generation is None else applies.generation.value
    return f"asked of devices treated as {whose} only"


def _print_checks(title: str, rows: list[CheckRow]) -> None:
    table = titled_table(title, "", "check", "code", "asks", "reads", "applies to", "clause")
    for row in rows:
        code = row.code + (f" (built in: {row.built_in_code})" if row.built_in_code else "")
        code = "off" if row.off else f"{code}, advice" if row.advises else code
        cells = (
            str(row.order),
            row.name,
            code,
            row.says,
            ", ".join(row.reads),
            row.applies,
            row.cites,
            row.basis.value,
        )
        table.add_row(*map(Text, cells), style="dim" if row.off else None)
    wide_console().print(table)


def _print_never(srv: str, rows: list[CheckRow]) -> None:
    table = titled_table(f"Never asked of {srv}", "", "check", "why")
    for row in rows:
        table.add_row(*map(Text, (str(row.order), row.name, row.why_not_asked or "")))
    wide_console().print(table)
