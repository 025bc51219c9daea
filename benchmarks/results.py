"""One table of results, whatever was measured: value, ratio, goal, and on which machine.

For people as a table, for programs as JSON. Ratios compare within one run; figures of two runs, or of two
machines, are not to be compared.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path
from typing import Final, assert_never

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.devices import ManyDevices
from benchmarks.floor import BATCH, Floor
from benchmarks.neighbours import Neighbours
from benchmarks.parts import Parts
from benchmarks.reading import Reading
from benchmarks.requests import Kind
from benchmarks.serve import Served

_LIBRARIES: Final = ("aiohttp", "cryptography", "lxml", "msgspec", "uvloop")


class Bound(StrEnum):
    AT_MOST = "at most"
    AT_LEAST = "at least"


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    bound: Bound
    value: float
    then: float | None = None
    """Where it is to go next."""

    def __str__(self) -> str:
        then = "" if self.then is None else f", then {self.then:g}"
        return f"{self.bound.value} {self.value:g}{then}"

    def met(self, value: float) -> bool:
        match self.bound:
            case Bound.AT_MOST:
                return value <= self.value
            case Bound.AT_LEAST:
                return value >= self.value
            case _:
                assert_never(self.bound)


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure."""

    section: str
    name: str
    value: float
    unit: str
    ratio: float | None = None
    """To what the section or the name says."""
    goal: Goal | None = None
    """For the ratio where there is one, for the value otherwise."""

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.goal.met(self.value if self.ratio is None else self.ratio)


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where the figures come from."""

    processor: str
    cores: int
    system: str
    python: str
    libraries: dict[str, str]
    at: datetime


class Results(msgspec.Struct, frozen=True, kw_only=True):
    machine: Machine
    rows: tuple[Row, ...]


def machine() -> Machine:
    return Machine(
        processor=_processor(),
        cores=cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        libraries={name: _version(name) for name in _LIBRARIES},
        at=datetime.now(UTC),
    )


def floor_rows(floor: Floor) -> list[Row]:
    steps = floor.steps
    values = {
        "parse (hardened)": steps.parse,
        "XSD": steps.validate,
        "C14N of SignedInfo and document, digest, compare": steps.digest,
        "ECDSA P-256 verify": steps.verify,
        "finding parts, base64, DER": steps.parts,
        "free the tree": steps.free,
        "countersign": floor.countersign,
        "sum of the native path": floor.native,
        "sum of the native path without countersign": steps.sum,
        f"durable record, WAL FULL, in batches of {BATCH}": floor.durable_in_batches,
        "durable record, one by one": floor.durable_alone,
        "HTTP in: aiohttp on uvloop": floor.http_in,
        "HTTP out: aiohttp client, one POST": floor.http_out,
        "sum with HTTP on both sides": floor.both_sides,
        "sign an answer": floor.sign_answer,
        "MAC of a Command": floor.mac,
        "encode a 1 KB record": floor.encode_record,
    }
    return [Row(section="floor", name=name, value=value, unit="us") for name, value in values.items()]


def serve_rows(
    floor: Floor, minimal: float, out: dict[Kind, Served], back: dict[Kind, Served], back_floors: dict[Kind, float]
) -> list[Row]:
    """``minimal`` is the minimal server's CPU per request, microseconds."""
    rows = [_served("a server that does only the floor's work", minimal, floor.both_sides)]
    for kind, served in out.items():
        goal = Goal(bound=Bound.AT_MOST, value=2.5, then=2.0)
        rows.append(_served(f"{kind.value}, up to the hand-off", served.microseconds, floor.both_sides, goal))
        needs = floor.smets1 if kind is Kind.SMETS1_READ else floor.smets2
        rows.append(_served(f"{kind.value}, to what this path needs", served.microseconds, needs))
        rows.append(_served(f"{kind.value}, to the minimal server", served.microseconds, minimal))
        rows.append(Row(section="serve", name=f"{kind.value}, answered", value=served.per_second, unit="1/s"))
    for kind, served in back.items():
        rows.append(_served(f"{kind.value}, the return leg", served.microseconds, back_floors[kind]))
    return rows


def _served(name: str, microseconds: float, floor: float, goal: Goal | None = None) -> Row:
    return Row(section="serve", name=name, value=microseconds, unit="us", ratio=microseconds / floor, goal=goal)


def parts_rows(measured: dict[Kind, Parts], floor: Floor) -> list[Row]:
    """Beside each part what the floor has for it."""
    rows = []
    for kind, parts in measured.items():
        message = floor.mac if kind is Kind.SMETS2_READ else floor.countersign
        below = {
            "read and verify": (parts.read, floor.steps.sum),
            "look up": (parts.look_up, None),
            "decide": (parts.decide, None),
            "carry out: message and signed answer": (parts.carry_out, message + floor.sign_answer),
            "accept durably": (parts.accept, floor.durable_in_batches),
            "delivered": (parts.delivered, None),
            "trace: the record": (parts.trace, None),
            "trace: kept": (parts.keep_trace, None),
        }
        for name, (value, native) in below.items():
            ratio = None if native is None else value / native
            rows.append(Row(section="parts", name=f"{kind.value}, {name}", value=value, unit="us", ratio=ratio))
        rows.append(Row(section="parts", name=f"{kind.value}, sum without HTTP", value=parts.sum, unit="us"))
    return rows


def reading_rows(reading: Reading, http_in: float) -> list[Row]:
    """``http_in`` is the floor's, microseconds: the usual way is compared as a server, not as a library."""
    most = Goal(bound=Bound.AT_MOST, value=1.25)
    reads = {"small document": reading.small, **reading.large}
    rows = [_read(f"{name}, to the native calls", one.ours, one.native, most) for name, one in reads.items()]
    published = reading.on_published
    if published is not None:
        templates = f"one of {published.templates} published templates"
        rows.append(_read(f"{templates}, to the native calls", published.read.ours, published.read.native))
        rows.append(_read(f"{templates}, our XSDs to the published", published.own_schema, published.published_schema))
    if reading.small.usual is not None:
        usual, ours = reading.small.usual + http_in, reading.small.ours + http_in
        goal = Goal(bound=Bound.AT_LEAST, value=2.5)
        rows.append(_read("aiohttp + lxml + signxml, to ours with aiohttp", usual, ours, goal))
    worst = f"worst of {reading.attacks} documents of 64 KB: {reading.worst_name}"
    goal = Goal(bound=Bound.AT_MOST, value=20.0)
    rows.append(Row(section="reading", name=worst, value=reading.worst, unit="ms", goal=goal))
    memory = {"before the schema set": reading.memory.before, "with the schema set": reading.memory.after}
    return rows + [
        Row(section="reading", name=f"worker process, resident {when}", value=megabytes, unit="MB")
        for when, megabytes in memory.items()
    ]


def _read(name: str, value: float, below: float, goal: Goal | None = None) -> Row:
    return Row(section="reading", name=name, value=value, unit="us", ratio=value / below, goal=goal)


def neighbour_rows(found: Neighbours) -> list[Row]:
    return [
        Row(section="neighbours", name="small requests' p99, alone", value=found.alone, unit="ms"),
        Row(
            section="neighbours",
            name="small requests' p99, beside 3 MB images",
            value=found.beside_images,
            unit="ms",
            ratio=found.beside_images / found.alone,
            goal=Goal(bound=Bound.AT_MOST, value=4.0),
        ),
    ]


def devices_rows(found: ManyDevices) -> list[Row]:
    return [
        Row(
            section="devices",
            name="11.1 for 50,000 devices, CPU in total",
            value=found.cpu_milliseconds,
            unit="ms",
            goal=Goal(bound=Bound.AT_MOST, value=2000.0),
        ),
        Row(section="devices", name="small requests' p99, alone", value=found.alone, unit="ms"),
        Row(
            section="devices",
            name=f"small requests' p99, beside {found.updates} of them in a row",
            value=found.beside,
            unit="ms",
            ratio=found.beside / found.alone,
            goal=Goal(bound=Bound.AT_MOST, value=2.0),
        ),
    ]


def worker_rows(ready_seconds: float, megabytes: float) -> list[Row]:
    return [
        Row(
            section="worker",
            name="ready after",
            value=ready_seconds,
            unit="s",
            goal=Goal(bound=Bound.AT_MOST, value=1.0),
        ),
        Row(
            section="worker",
            name="resident when idle",
            value=megabytes,
            unit="MB",
            goal=Goal(bound=Bound.AT_MOST, value=90.0),
        ),
    ]


def show(results: Results, console: Console) -> None:
    """The table, with the machine under it."""
    table = Table(title="duis-gateway: CPU time", title_justify="left")
    for column, justify in (("what", "left"), ("value", "right"), ("ratio", "right"), ("goal", "right"), ("", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    section = ""
    for row in results.rows:
        if section and row.section != section:
            table.add_section()
        section = row.section
        table.add_row(*_cells(row))
    console.print(table)
    here = results.machine
    libraries = ", ".join(f"{name} {number}" for name, number in here.libraries.items())
    console.print(f"{here.processor}, {here.cores} cores, {here.system}; Python {here.python}, {libraries}")


def _cells(row: Row) -> Sequence[str]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    goal = "" if row.goal is None else str(row.goal)
    met = "" if row.met is None else "[green]met" if row.met else "[red]not met"
    return f"{row.section}: {row.name}", f"{_figure(row.value)} {row.unit}", ratio, goal, met


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def save(document: bytes, folder: Path, name: str) -> Path:
    """Write a result file; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(document)
    return file


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
