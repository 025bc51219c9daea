"""``bench``: what ``make bench`` runs. Nothing imports the benchmarks, so the command is found by their name."""

from __future__ import annotations

from importlib import import_module

import click

bench: click.Group = import_module("benchmarks.command").bench
