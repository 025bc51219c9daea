"""``services`` and ``codes``: the rule tables, as they are built in or as a configuration corrects them.

Shows tables; decides nothing and opens no store. ``checks`` has its own module; what would become of one request is
``explain``'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import click
import msgspec
import orjson
from rich.table import Column, Table
from rich.text import Text

from cpl.product_list import ProductList
from gateway.check_rows import UNCHANGED
from gateway.cli.console import wide_console
from gateway.cli.exits import CannotRun, json_option, settings_of
from routing.checks.check import Check
from routing.decision import ALL_CHECKS, RuleError, Rules
from routing.facts import Routes
from routing.policy import Policy
from routing.services import Service
from schemas.records import to_builtins
from schemas.response_codes import MEANINGS, RESPONSE_CODES, SINCE_5_4
from schemas.vocabulary import Basis, CommandVariant, DeviceId

optional_config: Final = click.option(
    "--config", type=click.Path(dir_okay=False, path_type=Path), help="Show the tables as this TOML file corrects them."
)


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
@json_option
@optional_config
def services(as_json: bool, config: Path | None) -> None:
    """The services that this gateway decides: what each is, and for whom and what."""
    rules = rules_of_config(config)
    if as_json:
        echo_json([_service_object(service, rules.policy) for service in rules.services.values()])
        return
    table = titled_table(
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
    wide_console().print(table)
    click.echo(
        "? assumed: the source was not at hand; [rules] of the configuration corrects roles, device types, statuses, "
        "SMETS1 and its variant. refused: decided, and carried out by nothing here"
    )


@click.command()
@json_option
@optional_config
def codes(as_json: bool, config: Path | None) -> None:
    """The response codes of DUIS 5.4, what is known of each, and which checks answer with it."""
    rules = rules_of_config(config)
    rows = [_code_row(code, reference, rules.policy) for code, reference in RESPONSE_CODES.items()]
    if as_json:
        echo_json(rows)
        return
    table = titled_table("Response codes", "code", "service", "title", "raised when", "basis", "since", "checks")
    for row in rows:
        known = (row.title or "", row.raised_when or "", row.basis.value if row.basis else "not known")
        cells = (row.code, row.service_reference, *known, row.since, ", ".join(row.checks))
        table.add_row(*map(Text, cells))
    wide_console().print(table)


def rules_of_config(config: Path | None) -> Rules:
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


def code_in_force(row: Check[Any], policy: Policy) -> str | None:
    """What the check answers with; ``None`` for one that the configuration switches off."""
    override = policy.checks.get(row.name, UNCHANGED)
    return None if override.off else override.code or row.code


def _code_row(code: str, reference: str, policy: Policy) -> CodeRow:
    known = MEANINGS.get(code)
    return CodeRow(
        code=code,
        service_reference=reference,
        title=known.title if known else None,
        raised_when=known.raised_when if known else None,
        basis=known.basis if known else None,
        source=known.source if known else None,
        since="5.4" if code in SINCE_5_4 else "5.1",
        checks=tuple(row.name for row in ALL_CHECKS if code_in_force(row, policy) == code),
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
        listed(service.command_variants),
        " ".join((*sorted(service.roles), *newer)),
        _marked({each.value: basis for each, basis in service.device_types.items()}),
        _marked({each.value: basis for each, basis in service.device_statuses.items()}),
        service.future_dating.value,
        "no" if scheduled is None else f">={scheduled.version}",
        smets1,
    )


def _marked(names: dict[str, Basis]) -> str:
    return " ".join(name + ("?" if basis is Basis.ASSUMED else "") for name, basis in names.items())


def listed(variants: Iterable[CommandVariant]) -> str:
    return " ".join(str(int(variant)) for variant in sorted(variants))


def titled_table(title: str, *headings: str) -> Table:
    """Folds what is too long for its column: half a clause is of no use to anybody."""
    return Table(
        *(Column(heading, overflow="fold", no_wrap=heading == "check") for heading in headings),
        title=title,
        title_justify="left",
    )


def echo_json(value: object) -> None:
    click.echo(orjson.dumps(to_builtins(value), option=orjson.OPT_INDENT_2))
