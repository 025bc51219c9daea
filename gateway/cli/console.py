"""Where commands print their tables: as wide as the terminal; in a file or a pipe wide enough to keep rows whole."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

FILE_WIDTH: Final = 220
"""Characters in a line that goes into a file or a pipe."""


def wide_console() -> Console:
    return Console(width=None if sys.stdout.isatty() else FILE_WIDTH)


def say(console: Console, name: str, value: str) -> None:
    """A name in bold and what is said of it, as it is: a sender's words may look like markup."""
    console.print(Text.assemble((name, "bold"), "  ", value))


def folding_table(*headings: str, title: str | None = None) -> Table:
    """A narrow terminal folds what it cannot show in one line: half an identifier is of no use to anybody."""
    return Table(*(Column(heading, overflow="fold") for heading in headings), title=title)
