"""What the questions about the product lists look like to people: stories, differences, impacts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from cpl.difference import Difference, Product, Rows
from cpl.story import Standing, Story
from gateway.cli.console import wide_console
from gateway.impact import Effect, Impact


def tell(story: Story) -> None:
    console = wide_console()
    good = story.standing is Standing.IN_FORCE
    console.print(Text(story.headline, style="bold green" if good else "bold red"))
    for clause in story.because:
        console.print(Text(f"  {clause}"))
    for sentence in story.to_do:
        console.print(Text(f"-> {sentence}", style="cyan"))


def print_difference(found: Difference) -> None:
    console = wide_console()
    console.print(f"from revision {found.before} to {found.after}", highlight=False)
    if not found:
        console.print("nothing differs")
        return
    for title, rows in (("CPL", found.cpl), ("EPCL", found.epcl)):
        _print_rows(console, title, rows)
    _print_products(console, "no longer usable", found.ended)
    _print_products(console, "newly usable", found.begun)


def _print_rows(console: Console, title: str, rows: Rows[Any]) -> None:
    table = Table("", "entry", Column("what", overflow="fold"), title=title)
    for sign, style, entries in (("added", "green", rows.added), ("removed", "red", rows.removed)):
        for entry in entries:
            table.add_row(Text(sign, style=style), entry.entry_id, Text(_in_short(entry)))
    for change in rows.changed:
        told = "; ".join(
            f"{name}: {_plain(getattr(change.before, name))} -> {_plain(getattr(change.after, name))}"
            for name in change.fields
        )
        table.add_row(Text("changed", style="yellow"), change.before.entry_id, Text(told))
    if rows:
        console.print(table)


def _in_short(entry: msgspec.Struct) -> str:
    return ", ".join(
        _plain(value)
        for name, value in msgspec.structs.asdict(entry).items()
        if name != "entry_id" and isinstance(value, str)
    )


def _plain(value: object) -> str:
    if value is None:
        return "nothing"
    return value.hex() if isinstance(value, bytes) else str(value)


def _print_products(console: Console, title: str, products: Iterable[Product]) -> None:
    for product in products:
        name = f"firmware {product.firmware_version} of {product.manufacturer}/{product.model}"
        console.print(f"{title}: {name}", highlight=False, markup=False)


def print_impact(found: Impact, days: int, dropped: int) -> None:
    console = wide_console()
    print_difference(found.difference)
    styles = {Effect.ENDS: "red", Effect.BEGINS: "green"}
    if found.devices:
        table = Table("device", "status", "manufacturer", "model", "firmware", "becomes", title="Devices")
        for device in found.devices:
            product = device.product
            table.add_row(
                str(device.device),
                device.status or "",
                *map(Text, (product.manufacturer, product.model, product.firmware_version)),
                Text(device.effect.value, style=styles[device.effect]),
            )
        console.print(table)
    if found.requests:
        table = Table("request", "service", "where it is", "for", "devices", "becomes", title="Accepted requests")
        for request in found.requests:
            table.add_row(
                request.request_id,
                request.variant,
                request.whereabouts.value,
                "now" if request.execution is None else request.execution.isoformat(),
                _some_devices(request.devices),
                Text(request.effect.value, style=styles[request.effect]),
            )
        console.print(table)
    if found.decisions:
        table = Table("trace", "request", "today", "then", title=f"Requests of the last {days} days decided otherwise")
        for decision in found.decisions:
            table.add_row(decision.trace_id, decision.request_id or "", decision.before, decision.after)
        console.print(table)
    console.print(
        f"{len(found.devices)} devices, {len(found.requests)} accepted requests, {len(found.decisions)} of "
        f"{found.decided} past requests affected; {found.gaps} could not be decided again, "
        f"{dropped} traces were dropped",
        highlight=False,
    )


def _some_devices(devices: tuple[object, ...]) -> str:
    named = ", ".join(map(str, devices[:3]))
    return named if len(devices) <= 3 else f"{named} (and {len(devices) - 3} more)"
