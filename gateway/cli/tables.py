"""``checks``, ``services`` and ``codes``: the rule tables, as they are built in or as a configuration corrects them.

Shows tables; decides nothing and opens no store. What would become of one request is ``explain``'s.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import orjson
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from cpl.product_list import ProductList
from gateway.cli.exits import CannotRun, json_option, refuse, settings_of
from routing.checks.check import Check
from routing.checks.fact import Fact
from routing.decision import ALL_CHECKS, RuleError, Rules
from routing.facts import Routes
from routing.policy import CheckOverride, Policy
from routing.services import Service
from schemas.records import to_builtins
from schemas.response_codes import MEANINGS, RESPONSE_CODES, SINCE_5_4
from schemas.vocabulary import Basis, CommandVariant, DeviceId, ServiceReferenceVariant

FILE_WIDTH: Final = 220
"""Characters in a line of a table that goes into a file or a pipe."""
_UNCHANGED: Final = CheckOverride()

optional_config: Final = click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="Show the tables as this TOML file corrects them."
)


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """A check as it is shown."""

    order: int
    name: str
    code: str
    says: str
    applies: str
    cites: str
    basis: Basis
    reads: tuple[Fact, ...]
    remedy: str
    built_in_code: str | None = None
    """Where the configuration gives it another."""
    off: bool = False
    """The configuration switches it off."""
    why_not_asked: str | None = None


class CodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A response code as it is shown."""

    code: str
    service_reference: str
    title: str | None
    raised_when: str | None
    basis: Basis | None
    source: str | None
    since: str
    """The first DUIS version known to have it."""
    checks: tuple[str, ...]
    """The checks in force that answer with it."""


@click.command()
@click.option("--srv", metavar="SRV", help="What a request of this service reference variant is asked, 11.1.")
@click.option("--cv", type=click.IntRange(1, 9), help="With --srv: of this command variant only.")
@json_option
@optional_config
def checks(srv: str | None, cv: int | None, as_json: bool, config: Path | None) -> None:
    """The checks in the order in which they are put; with --srv, those of one service.

    Exit code 1: SRV is not decided here, or does not take that command variant.
    """
    if cv is not None and srv is None:
        raise CannotRun("--cv goes with --srv")
    rules = _rules(config)
    if srv is None:
        rows = [_check_row(order, row, rules.policy) for order, row in enumerate(ALL_CHECKS, 1)]
        if as_json:
            _echo_json(rows)
        else:
            _print_checks("Checks, in order", rows)
        return
    service = rules.services.get(ServiceReferenceVariant(srv))
    if service is None:
        refuse(f"{srv} is not among the {len(rules.services)} services that this gateway decides")
    variants = _variants_taken(service, rules.policy)
    if cv is not None:
        if cv not in variants:
            refuse(f"{srv} takes command variants {_listed(variants)}, not {cv}")
        variants = (CommandVariant(cv),)
    asked, never = _asked_and_never(service, variants, rules)
    if as_json:
        _echo_json({"srv": srv, "command_variants": variants, "asked": asked, "never_asked": never})
        return
    kind = f"command variant{'s' if len(variants) > 1 else ''} {_listed(variants)}"
    _print_checks(f"Asked of {srv} {service.name}, {kind}, in order", asked)
    _print_never(srv, never)


@click.command()
@json_option
@optional_config
def services(as_json: bool, config: Path | None) -> None:
    """The services that this gateway decides: what each is, and for whom and what."""
    rules = _rules(config)
    if as_json:
        _echo_json([_service_object(service, rules.policy) for service in rules.services.values()])
        return
    table = _table(
        *(
            "Services",
            "srv",
            "name",
            "kind",
            "variants",
            "roles",
            "device types",
            "statuses",
            "future-dated",
            "scheduled",
            "SMETS1",
        )
    )
    for service in rules.services.values():
        table.add_row(*map(Text, _service_cells(service, rules.policy)))
    _console().print(table)
    click.echo(
        "? assumed: the source was not at hand; [rules] of the configuration corrects roles, device types, statuses, "
        "SMETS1 and its variant. refused: decided, and carried out by nothing here"
    )


@click.command()
@json_option
@optional_config
def codes(as_json: bool, config: Path | None) -> None:
    """The response codes of DUIS 5.4, what is known of each, and which checks answer with it."""
    rules = _rules(config)
    in_force = [_check_row(order, row, rules.policy) for order, row in enumerate(ALL_CHECKS, 1)]
    rows = [_code_row(code, reference, in_force) for code, reference in RESPONSE_CODES.items()]
    if as_json:
        _echo_json(rows)
        return
    table = _table("Response codes", "code", "service", "title", "raised when", "basis", "since", "checks")
    for row in rows:
        known = (row.title or "", row.raised_when or "", row.basis.value if row.basis else "not known")
        cells = (row.code, row.service_reference, *known, row.since, ", ".join(row.checks))
        table.add_row(*map(Text, cells))
    _console().print(table)


def _rules(config: Path | None) -> Rules:
    """Raises CannotRun when the configuration cannot be read or its corrections cannot be used."""
    if config is None:
        # No row depends on the DCC's own identifier.
        return Rules(Policy(), ProductList(()), Routes(), DeviceId(0))
    from gateway.in_force import rules_of

    settings = settings_of(config)
    try:
        return rules_of(settings, ProductList(()))
    except RuleError as fault:
        raise CannotRun(f"{config}: {fault}") from fault


def _check_row(order: int, row: Check[Any], policy: Policy, why_not_asked: str | None = None) -> CheckRow:
    override = policy.checks.get(row.name, _UNCHANGED)
    code = override.code or row.code
    return CheckRow(
        order=order,
        name=row.name,
        code=code,
        says=row.says,
        applies=str(row.applies),
        cites=row.cites,
        basis=row.basis,
        reads=row.reads,
        remedy=row.remedy,
        built_in_code=None if code == row.code else row.code,
        off=override.off,
        why_not_asked=why_not_asked,
    )


def _variants_taken(service: Service, policy: Policy) -> tuple[CommandVariant, ...]:
    """Those of either generation of device."""
    taken = set(service.command_variants)
    if service.critical and service.smets1 is not None:
        taken.add(policy.smets1_critical_variant)
    return tuple(sorted(taken))


def _asked_and_never(
    service: Service, variants: tuple[CommandVariant, ...], rules: Rules
) -> tuple[list[CheckRow], list[CheckRow]]:
    put = {row.name for variant in variants for row in rules.rows(service, variant)}
    asked, never = [], []
    for order, row in enumerate(ALL_CHECKS, 1):
        if row.name in put:
            asked.append(_check_row(order, row, rules.policy))
        else:
            never.append(_check_row(order, row, rules.policy, _why_never(row, service, variants, rules.policy)))
    return asked, never


def _why_never(row: Check[Any], service: Service, variants: tuple[CommandVariant, ...], policy: Policy) -> str:
    if policy.checks.get(row.name, _UNCHANGED).off:
        return "the configuration switches it off"
    applies = row.applies
    if applies.services is not None and service.variant not in applies.services:
        return f"asked of {' or '.join(sorted(applies.services))} only"
    if applies.non_device is not None and applies.non_device is not service.non_device:
        return f"{service.variant} is {'a non-device' if service.non_device else 'a device'} service"
    if applies.critical is not None and applies.critical is not service.critical:
        return f"{service.variant} is {'critical' if service.critical else 'not critical'}"
    return f"asked of command variants {_listed(applies.variants or ())} only, not {_listed(variants)}"


def _code_row(code: str, reference: str, in_force: Iterable[CheckRow]) -> CodeRow:
    known = MEANINGS.get(code)
    return CodeRow(
        code=code,
        service_reference=reference,
        title=known.title if known else None,
        raised_when=known.raised_when if known else None,
        basis=known.basis if known else None,
        source=known.source if known else None,
        since="5.4" if code in SINCE_5_4 else "5.1",
        checks=tuple(row.name for row in in_force if row.code == code and not row.off),
    )


def _service_object(service: Service, policy: Policy) -> dict[str, Any]:
    shown: dict[str, Any] = to_builtins(service)
    return shown | {
        "command_variants": sorted(shown["command_variants"]),
        "smets1_critical_variant": int(policy.smets1_critical_variant) if service.critical and service.smets1 else None,
        "roles": sorted(shown["roles"]),
    }


def _service_cells(service: Service, policy: Policy) -> tuple[str, ...]:
    kind = "non-device" if service.non_device else ("critical" if service.critical else "non-critical")
    newer = (f"{role.value}>={since.version}" for role, since in service.newer_roles.items())
    scheduled = service.schedulable
    smets1 = "no" if service.smets1 is None else "yes" + ("?" if service.smets1 is Basis.ASSUMED else "")
    if service.critical and service.smets1 is not None:
        smets1 += f", variant {int(policy.smets1_critical_variant)}?"
    return (
        service.variant,
        service.name,
        kind if service.carried_out else f"{kind}, refused",
        _listed(service.command_variants),
        " ".join((*sorted(service.roles), *newer)),
        _marked({each.value: basis for each, basis in service.device_types.items()}),
        _marked({each.value: basis for each, basis in service.device_statuses.items()}),
        service.future_dating.value,
        "no" if scheduled is None else f">={scheduled.version}",
        smets1,
    )


def _marked(names: dict[str, Basis]) -> str:
    return " ".join(name + ("?" if basis is Basis.ASSUMED else "") for name, basis in names.items())


def _listed(variants: Iterable[CommandVariant]) -> str:
    return " ".join(str(int(variant)) for variant in sorted(variants))


def _print_checks(title: str, rows: list[CheckRow]) -> None:
    table = _table(title, "", "check", "code", "asks", "reads", "applies to", "clause")
    for row in rows:
        code = "off" if row.off else row.code + (f" (built in: {row.built_in_code})" if row.built_in_code else "")
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
    _console().print(table)


def _print_never(srv: str, rows: list[CheckRow]) -> None:
    table = _table(f"Never asked of {srv}", "", "check", "why")
    for row in rows:
        table.add_row(*map(Text, (str(row.order), row.name, row.why_not_asked or "")))
    _console().print(table)


def _table(title: str, *headings: str) -> Table:
    """Folds what is too long for its column: half a clause is of no use to anybody."""
    return Table(
        *(Column(heading, overflow="fold", no_wrap=heading == "check") for heading in headings),
        title=title,
        title_justify="left",
    )


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else FILE_WIDTH)


def _echo_json(value: object) -> None:
    click.echo(orjson.dumps(to_builtins(value), option=orjson.OPT_INDENT_2))
