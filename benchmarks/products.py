"""The product lists at ten times the size they have: import, load, memory and look-ups.

The lists are made up: as many makers, models and versions as lists of such a length may have, an image's
hash for every entry, models that the combinations repeat. Times are CPU time; memory is what the loaded
lists hold, as Python counts it.
"""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar

import msgspec

from benchmarks.results import Bound, Goal, Row
from benchmarks.stage import temporary_directory
from benchmarks.timing import CannotMeasure, Effort, microseconds_each, milliseconds_once
from cpl.epcl import EpclEntry, InstallationStatus
from cpl.product import CplEntry, DeviceModel
from cpl.product_list import ProductList
from cpl.reading_back import read_back_cpl, read_back_epcl
from cpl.writing import write_cpl, write_epcl
from gateway.product_revisions import ListKind, ProductRevisions
from schemas.vocabulary import CplStatus, DeviceType, Generation

T = TypeVar("T")

CPL_ROWS: Final = 100_000
EPCL_ROWS: Final = 50_000
_MAKERS: Final = 40
_VERSIONS: Final = 20
"""Of one model."""
_MODELS: Final = 400
"""Of one kind of device, in the combinations."""
_LOOK_UPS: Final = 20_000
_TYPES: Final = (DeviceType.ESME, DeviceType.GSME, DeviceType.CHF, DeviceType.PPMID)
_IMPORT_SECONDS: Final = 10.0
_LOAD_SECONDS: Final = 5.0
_LOOK_UP_MICROSECONDS: Final = 2.0
_OCTETS: Final = 2_000.0
_DOUBLED: Final = 2.2


class Products(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds where nothing else is said."""

    cpl_rows: int
    epcl_rows: int
    import_cpl: float
    """From the octets of a file to a stored candidate."""
    import_epcl: float
    """With the CPL that is in force."""
    progress: int
    """How often the progress of both was told."""
    load: float
    """A stored revision with both lists, as a worker takes it up."""
    octets_per_row: float
    """Memory of the loaded lists, for one row of either."""
    memory_doubled: float
    """Memory of the lists to that of lists half as long."""
    look_ups: dict[str, float]
    """Microseconds each, by what is looked up."""


def measure_products(effort: Effort, cpl_rows: int = CPL_ROWS, epcl_rows: int = EPCL_ROWS) -> Products:
    """Raises CannotMeasure."""
    cpl, epcl = write_cpl(_cpl(cpl_rows)), write_epcl(_epcl(epcl_rows))
    told: list[int] = []
    with temporary_directory() as folder:
        store = ProductRevisions(folder)

        def put_in_force(data: bytes, kind: ListKind) -> float:
            made, seconds = _timed(lambda: store.import_file("list.csv", data, kind, progress=told.append))
            if made.revision is None:
                raise CannotMeasure(f"expected a list that can be imported, found {made.unusable[:1]}")
            store.activate(made.revision)
            return seconds

        import_cpl, import_epcl = put_in_force(cpl, ListKind.CPL), put_in_force(epcl, ListKind.EPCL)
        loads = [_timed(store.active) for _ in range(effort.rounds)]
    products = loads[0][0]
    full, half = _memory(cpl, epcl), _memory(write_cpl(_cpl(cpl_rows // 2)), write_epcl(_epcl(epcl_rows // 2)))
    return Products(
        cpl_rows=cpl_rows,
        epcl_rows=epcl_rows,
        import_cpl=import_cpl,
        import_epcl=import_epcl,
        progress=len(told),
        load=min(seconds for _, seconds in loads),
        octets_per_row=full / (cpl_rows + epcl_rows),
        memory_doubled=full / half,
        look_ups=_look_ups(products, effort),
    )


def products_rows(found: Products) -> list[Row]:
    """Beside each figure what is expected of it."""

    def row(name: str, value: float, unit: str, at_most: float | None = None) -> Row:
        goal = None if at_most is None else Goal(bound=Bound.AT_MOST, value=at_most)
        return Row(section="products", name=name, value=value, unit=unit, goal=goal)

    return [
        row(f"import of {found.cpl_rows:,} CPL rows", found.import_cpl, "s", _IMPORT_SECONDS),
        row(f"import of {found.epcl_rows:,} EPCL rows beside them", found.import_epcl, "s", _IMPORT_SECONDS),
        row("progress told while importing", found.progress, "times"),
        row("both loaded", found.load, "s", _LOAD_SECONDS),
        row("memory of a loaded row", found.octets_per_row, "octets", _OCTETS),
        row("memory, to lists half as long", found.memory_doubled, "times", _DOUBLED),
        *(row(name, each, "us", _LOOK_UP_MICROSECONDS) for name, each in found.look_ups.items()),
    ]


def _look_ups(products: ProductList, effort: Effort) -> dict[str, float]:
    """In an order that the list does not have, with words that are not the list's own objects."""
    step = len(products.entries) * 7 // 18 | 1
    some = [products.entries[n * step % len(products.entries)] for n in range(_LOOK_UPS)]

    def cost(words: Callable[[CplEntry], T], look_up: Callable[[T], object]) -> float:
        return microseconds_each(lambda: map(words, some), look_up, effort.rounds)

    return {
        "look-up of a version in force": cost(_words, lambda words: products.in_force(*words)),
        "look-up in another spelling": cost(
            lambda e: tuple(f" {word.lower()} " for word in _words(e)), lambda words: products.in_force(*words)
        ),
        "look-up of a version that is not listed": cost(
            lambda e: (e.manufacturer, e.model, f"{e.firmware_version[:-1]}x"), lambda words: products.in_force(*words)
        ),
        "look-up of an image": cost(lambda e: bytes(e.firmware_hash or b""), products.in_force_by_hash),
    }


def _words(entry: CplEntry) -> tuple[str, str, str]:
    return "".join(entry.manufacturer), "".join(entry.model), "".join(entry.firmware_version)


def _timed(step: Callable[[], T]) -> tuple[T, float]:
    """The result and the CPU seconds."""
    results: list[T] = []
    milliseconds = milliseconds_once(lambda: results.append(step()))
    return results[0], milliseconds / 1000


def _memory(cpl: bytes, epcl: bytes) -> int:
    """Octets that the loaded lists hold."""
    tracemalloc.start()
    try:
        products = ProductList(read_back_cpl(cpl), read_back_epcl(epcl))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if not len(products):
        raise CannotMeasure("the lists are empty")
    return held


def _cpl(rows: int) -> list[CplEntry]:
    return [
        CplEntry(
            entry_id=str(100_000 + n),
            device_type=_TYPES[n % len(_TYPES)],
            generation=Generation.SMETS2 if n % 3 else Generation.SMETS1,
            manufacturer=f"{0x10A0 + n // _VERSIONS % _MAKERS:04X}",
            model=f"{n // _VERSIONS:08X}",
            firmware_version=f"{n * 2_654_435_761 % 2**32:08X}",
            vendor_version=f"V{n // 100}.{n % 100} (made up)",
            firmware_hash=hashlib.sha256(n.to_bytes(8, "big")).digest(),
            smets_chts_version="SMETS V4.2",
            gbcs_version="3.2" if n % 3 else None,
            status=CplStatus.ACTIVE if n % 10 else CplStatus.WITHDRAWN,
            status_since=date(2024, 1 + n % 12, 1 + n % 28),
            cpa_certificate=f"CPA-{n // 50}",
            cpa_expiry=date(2028, 1 + n % 12, 1 + n % 28),
        )
        for n in range(rows)
    ]


def _epcl(rows: int) -> list[EpclEntry]:
    statuses = list(InstallationStatus)
    return [
        EpclEntry(
            entry_id=f"{n:06d}",
            cohort="Made up",
            installation_status=statuses[n % len(statuses)],
            equivalent_to=None if n % 100 < len(statuses) else f"{n - n % 100 + n % len(statuses):06d}",
            gsme=_model("gas", n),
            esme=_model("electricity", n // 2),
            hub=_model("hub", n // 3),
            ppmid=_model("display", n // 5) if n % 4 else None,
        )
        for n in range(rows)
    ]


def _model(kind: str, n: int) -> DeviceModel:
    model = n % _MODELS
    return DeviceModel(
        manufacturer=f"Maker {model % _MAKERS}",
        model=f"{kind} {model}",
        hardware_version=f"0x{model % 7}",
        vendor_version=f"{kind[0]}{model % 90}",
    )
