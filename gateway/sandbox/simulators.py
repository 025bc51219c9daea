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

from gateway import sqlite_inventory as inventory
from gateway.cli.exits import environment
from gateway.parties import load_certificates
from gateway.product_revisions import ProductRevisions
from gateway.sandbox.far_sides import DEFAULT_PORT, Simulators, make_simulators
from gateway.sandbox.world import World, load_world
from gateway.sqlite_schema import connect_to_read
from routing.inventory import Device
from schemas.vocabulary import DeviceId

__all__ = ["DEFAULT_PORT", "Simulators", "StoredDevices", "make_simulators", "serve_world"]

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

    def image_version(firmware_hash: bytes) -> str | None:
        return next((entry.firmware_version for entry in products.by_hash(firmware_hash)), None)

    book = StoredDevices(settings.store.path)
    try:
        async with make_simulators(
            certificates=load_certificates(settings.parties.certificates),
            dcc=world.dcc,
            s1sps=world.s1sps,
            acb_key=world.acb_key,
            book=book,
            image_version=image_version,
            gateway=gateway or f"http://127.0.0.1:{settings.listen.port}",
            port=_expected_port(world) if port is None else port,
            only_count=only_count,
        ) as simulators:
            yield simulators
    finally:
        book.close()


def _expected_port(world: World) -> int:
    """Where the world's configuration looks for its far sides."""
    far_sides = [*world.settings.s1sp.values(), *world.settings.wan.values()]
    return next((port for far in far_sides if (port := urlsplit(far.url).port)), DEFAULT_PORT)


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
        uvloop.run(_until_stopped(serve_world(world, port=port, gateway=gateway, only_count=no_answers), quiet=quiet))


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
