"""The sandbox's far sides for one world: its keys, its certificates, its devices.

As a process of its own: ``python -m gateway.sandbox.simulators --dir DIR``. What the far sides do is
elsewhere, put together in ``far_sides``.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import uvloop

from cpl.product_list import ProductList
from gateway import sqlite_inventory as inventory
from gateway.cli.exits import CannotRun, environment
from gateway.parties import load_certificates
from gateway.product_revisions import DamagedRevision, ProductRevisions
from gateway.sandbox.far_sides import DEFAULT_PORT, Simulators, make_simulators
from gateway.sandbox.world import World, load_world
from gateway.sqlite_schema import connect_to_read
from routing.inventory import Device
from schemas.vocabulary import DeviceId

__all__ = ["DEFAULT_PORT", "Simulators", "StoredDevices", "image_version", "make_simulators", "serve_world"]

_BUSY_SECONDS: Final = 5.0


class StoredDevices:
    """The devices of a gateway's state file, looked at and never changed."""

    def __init__(self, path: Path) -> None:
        """Raises Unavailable when there is no such file."""
        self._db: Final[sqlite3.Connection] = connect_to_read(path, busy_seconds=_BUSY_SECONDS)
        self._records = inventory.RecordReader(cached=True)

    async def device(self, device: DeviceId) -> Device | None:
        return inventory.read_device(self._db, device, self._records)

    async def key_agreement_certificate(self, device: DeviceId) -> bytes | None:
        return inventory.read_key_agreement_certificate(self._db, device)

    def close(self) -> None:
        self._db.close()


@asynccontextmanager
async def serve_world(
    world: World, *, port: int | None = None, gateway: str | None = None, only_count: bool = False
) -> AsyncIterator[Simulators]:
    """Serve the far sides of a world while the context lasts, by default where its configuration expects them.

    Raises SettingsError or Unavailable when the world's files cannot be used, OSError when the port is taken.
    """
    settings = world.settings
    products = ProductRevisions(settings.products.directory).active()
    book = StoredDevices(settings.store.path)
    try:
        async with make_simulators(
            certificates=load_certificates(settings.parties.certificates),
            dcc=world.dcc,
            s1sps=world.s1sps,
            acb_key=world.acb_key,
            book=book,
            image_version=lambda device, firmware_hash: image_version(products, device, firmware_hash),
            gateway=gateway or f"http://127.0.0.1:{settings.listen.port}",
            port=_expected_port(world) if port is None else port,
            only_count=only_count,
        ) as simulators:
            yield simulators
    finally:
        book.close()


def image_version(products: ProductList, device: Device, firmware_hash: bytes) -> str | None:
    """Of the entries for the device's model; a bilingual model has one of each generation for the same image."""
    model = (device.manufacturer.casefold(), device.model.casefold())
    fitting = [e for e in products.by_hash(firmware_hash) if (e.manufacturer.casefold(), e.model.casefold()) == model]
    fitting.sort(key=lambda entry: entry.generation is not device.prenotified_as)
    return fitting[0].firmware_version if fitting else None


def _expected_port(world: World) -> int:
    """Where the world's configuration looks for its far sides."""
    settings = world.settings
    urls = [*(s1sp.url for s1sp in settings.s1sp.values()), *(wan.url for wan in settings.wan.values())]
    return next((port for url in urls if (port := urlsplit(url).port)), DEFAULT_PORT)


@click.command()
@click.option("--dir", "directory", required=True, type=click.Path(file_okay=False, path_type=Path), help="The world.")
@click.option("--port", type=int, help="Where to listen (default: where the world's configuration looks).")
@click.option("--gateway", metavar="URL", help="Where answers go (default: the world's own gateway).")
@click.option("--no-answers", is_flag=True, help="Only acknowledge and count; nothing is read.")
@click.option("--quiet", is_flag=True, help="Say nothing.")
def main(directory: Path, port: int | None, gateway: str | None, no_answers: bool, quiet: bool) -> None:
    """Serve the far sides of the sandbox in DIR until interrupted."""
    logging.basicConfig(level=logging.CRITICAL if quiet else logging.INFO)
    with environment():
        world = load_world(directory)
        serving = serve_world(world, port=port, gateway=gateway, only_count=no_answers)
        try:
            uvloop.run(_until_stopped(serving, quiet=quiet))
        except DamagedRevision as fault:
            raise CannotRun(str(fault)) from fault


async def _until_stopped(serving: AbstractAsyncContextManager[Simulators], *, quiet: bool) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving as simulators:
        if not quiet:
            click.echo(f"far sides at {simulators.url}; answers go to {simulators.courier.gateway}")
        await stop.wait()


if __name__ == "__main__":
    main()
