"""How commands read a moment, an EUI-64 or the name of something in a table from what they were given."""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import UTC, datetime
from typing import TypeVar

import click

from schemas.vocabulary import DeviceId, Eui64, UserId

E = TypeVar("E", bound=Eui64)


def moment(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC, without a time midnight. Raises click.BadParameter."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time, 2025-03-31T09:00:00Z or 2025-03-31") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def device_id(text: str) -> DeviceId:
    """Raises click.BadParameter."""
    return _eui(DeviceId, text)


def user_id(text: str) -> UserId:
    """Raises click.BadParameter."""
    return _eui(UserId, text)


def one_of(names: Container[str], what: str) -> Callable[[str], str]:
    """Takes one of ``names``. What it returns raises click.BadParameter for any other: ``X is not WHAT``."""

    def name(text: str) -> str:
        if text not in names:
            raise click.BadParameter(f"{text!r} is not {what}")
        return text

    return name


def _eui(kind: type[E], text: str) -> E:
    try:
        return kind.parse_lenient(text)
    except ValueError as fault:
        raise click.BadParameter(str(fault)) from None
