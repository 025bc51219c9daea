"""How a command ends: 1 and a line on stdout for a refusal, 2 and a line on stderr when it cannot run at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import click

from gateway.ports import Unavailable
from gateway.settings import Settings, SettingsError, load_settings

config_option = click.option(
    "--config", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The gateway's TOML file."
)
json_option = click.option("--json", "as_json", is_flag=True, help="For programs.")


class CannotRun(click.ClickException):
    """A usage or environment error."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


def refuse(message: str) -> NoReturn:
    """End with exit code 1, the reason on stdout."""
    click.echo(message)
    raise SystemExit(1)


@contextmanager
def environment() -> Iterator[None]:
    """What the settings, the files or the stores prevent ends the command with exit code 2."""
    try:
        yield
    except (SettingsError, Unavailable, OSError) as fault:
        raise CannotRun(str(fault)) from fault


def settings_of(config: Path) -> Settings:
    """The settings in FILE. Raises CannotRun."""
    with environment():
        return load_settings(config)


def existing(store: Path) -> Path:
    """A store that a command only looks into. Raises CannotRun when the gateway has not made it yet."""
    if not store.exists():
        raise CannotRun(f"{store} does not exist: the gateway makes it when it first runs")
    return store
