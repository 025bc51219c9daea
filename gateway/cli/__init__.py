"""The command line: ``duis-gateway``. One module per group of commands, imported when it is called for.

Exit codes: 0 done, 1 refused or invalid (said on stdout), 2 usage or environment error (one line on stderr).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import click

_COMMANDS: Final = {
    "advisories": "gateway.cli.advisories",
    "bench": "gateway.cli.bench",
    "checks": "gateway.cli.checks",
    "codes": "gateway.cli.tables",
    "config": "gateway.cli.service",
    "devices": "gateway.cli.devices",
    "explain": "gateway.cli.explain",
    "gbcs": "gateway.cli.gbcs",
    "outbox": "gateway.cli.outbox",
    "parties": "gateway.cli.parties",
    "products": "gateway.cli.products",
    "sandbox": "gateway.cli.sandbox",
    "serve": "gateway.cli.service",
    "services": "gateway.cli.tables",
    "sign": "gateway.cli.documents",
    "traces": "gateway.cli.traces",
    "transitions": "gateway.cli.transitions",
    "validate": "gateway.cli.documents",
    "verify": "gateway.cli.documents",
}
"""Command to module: starting one command does not pay for the others' imports."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(import_module(module), cmd_name)
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _one_line():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_line():
            return super().invoke(ctx)


@contextmanager
def _one_line() -> Iterator[None]:
    """A usage error is told in one line, which names the command whose help has the rest."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as fault:
        from gateway.cli.exits import CannotRun  # --help and --version do without what it imports

        asked = main.name if fault.ctx is None else fault.ctx.command_path
        raise CannotRun(f"{fault.format_message()} (see {asked} --help)") from None


@click.group("duis-gateway", cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="duis-gateway")
def main() -> None:
    """A service-request router gateway for GB smart metering."""
