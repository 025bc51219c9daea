"""Putting a sandbox's devices, registrations and product lists where the gateway looks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from cpl.epcl import EpclEntry
from cpl.product import CplEntry
from cpl.writing import write_cpl, write_epcl
from gateway.product_revisions import ListKind, ProductRevisions
from gateway.sandbox.models import BILINGUAL_AS_SMETS2
from gateway.sandbox.pki import Authority, new_key
from gateway.sqlite_inventory import put_certificates, put_device, put_registrations
from gateway.sqlite_schema import STATE_MIGRATIONS, connect_to_write, sqlite_faults
from routing.inventory import Device
from routing.parties import Registration
from schemas.vocabulary import TYPE_2_DEVICES, DeviceId, Generation

_BUSY_SECONDS: Final = 5.0
_ROWS_AT_ONCE: Final = 200


def progress_bar() -> Progress:
    """On stderr, for people only; gone when it is done."""
    console = Console(stderr=True)
    return Progress(console=console, transient=True, disable=not console.is_terminal)


def certify(
    devices: Iterable[Device], authority: Authority, given: Mapping[DeviceId, bytes], progress: Progress
) -> dict[DeviceId, bytes]:
    """DER of a key agreement certificate for every device that GBCS messages may go to; ``given`` come first.

    The private keys are thrown away: Z follows from the ACB's key and the certificate.
    """
    wanted = [device.id for device in devices if _speaks_gbcs(device)]
    return {
        device: given.get(device) or authority.device_key_agreement(device, new_key().public_key())
        for device in progress.track(wanted, description="device certificates")
    }


def _speaks_gbcs(device: Device) -> bool:
    if device.type in TYPE_2_DEVICES:
        return False
    bilingual = (device.manufacturer, device.model) == (BILINGUAL_AS_SMETS2.manufacturer, BILINGUAL_AS_SMETS2.model)
    return device.prenotified_as is Generation.SMETS2 or bilingual


def fill_store(
    path: Path,
    devices: Sequence[Device],
    registrations: Sequence[Registration],
    certificates: Mapping[DeviceId, bytes],
    progress: Progress,
) -> None:
    """Make the state file, in one transaction. Raises Unavailable.

    Written without the group writer: nobody else has the file yet, and a world can be made from inside a loop.
    """
    with sqlite_faults(path), closing(connect_to_write(path, STATE_MIGRATIONS, busy_seconds=_BUSY_SECONDS)) as db:
        db.execute("BEGIN IMMEDIATE")
        for device in progress.track(devices, description="devices"):
            put_device(db, device)
        put_certificates(db, certificates)
        starts = range(0, len(registrations), _ROWS_AT_ONCE)
        for start in progress.track(starts, description="registrations"):
            put_registrations(db, registrations[start : start + _ROWS_AT_ONCE])
        db.execute("COMMIT")


def fill_products(directory: Path, cpl: Iterable[CplEntry], epcl: Iterable[EpclEntry], now: datetime) -> None:
    """Bring both lists into force. Raises RuntimeError when they are not ones that the store takes."""
    store = ProductRevisions(directory, lambda: now)
    for kind, data in ((ListKind.CPL, write_cpl(cpl)), (ListKind.EPCL, write_epcl(epcl))):
        made = store.import_file(f"{kind.value}.csv", data, kind)
        if made.revision is None:
            raise RuntimeError(f"the sandbox's {kind.value} is not usable: {'; '.join(map(str, made.unusable))}")
        store.activate(made.revision)
