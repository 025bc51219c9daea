"""The far sides of a whole world: its keys, its devices, its addresses, as a process would serve them."""

from __future__ import annotations

import socket
from pathlib import Path

import aiohttp
import pytest
from click.testing import CliRunner
from simulated_world import ESME, IMAGE_HASH

from cpl.product import CplEntry
from cpl.product_list import ProductList
from gateway.ports import Unavailable
from gateway.sandbox.simulators import StoredDevices, image_version, main, serve_world
from gateway.sandbox.world import World, make_world
from schemas.vocabulary import DeviceType, Generation


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("world"), homes=20, simulators_port=free_port())


async def test_a_world_is_served_where_its_configuration_looks(world: World) -> None:
    gateway = f"http://127.0.0.1:{world.settings.listen.port}"
    async with serve_world(world) as simulators, aiohttp.ClientSession() as client:
        for url in (world.settings.s1sp["secure"].url, world.settings.wan["North"].url):
            async with client.post(url, data=b"<r></r>", headers={"Content-Type": "application/xml"}) as answer:
                assert 400 == answer.status
        assert gateway == simulators.courier.gateway
        assert {"secure": 1} == {name: one["posts"] for name, one in simulators.state()["s1sp"].items()}  # type: ignore[attr-defined]


async def test_a_world_can_be_served_elsewhere_and_unread(world: World) -> None:
    async with (
        serve_world(world, port=0, gateway="http://127.0.0.1:1", only_count=True) as simulators,
        aiohttp.ClientSession() as client,
        client.post(simulators.url + "/wan/North", data=b"anything") as answer,
    ):
        assert (202, "http://127.0.0.1:1") == (answer.status, simulators.courier.gateway)


async def test_the_devices_of_the_store_are_looked_up(world: World) -> None:
    book = StoredDevices(world.settings.store.path)
    device = await book.device(world.named["esme"])
    assert device is not None
    assert (DeviceType.ESME, Generation.SMETS2) == (device.type, device.prenotified_as)
    assert await book.key_agreement_certificate(device.id)
    assert None is await book.device(ESME.id)
    book.close()


def test_a_store_that_is_absent_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"state\.db"):
        StoredDevices(tmp_path / "state.db")


def entry(generation: Generation, version: str, *, model: str = ESME.model) -> CplEntry:
    return CplEntry(
        entry_id=version,
        device_type=ESME.type,
        generation=generation,
        manufacturer=ESME.manufacturer.lower(),
        model=model,
        firmware_version=version,
        firmware_hash=IMAGE_HASH,
    )


IMAGES = [
    pytest.param([], None, id="no entry, no image"),
    pytest.param([entry(Generation.SMETS2, "1", model="other")], None, id="another model's image"),
    pytest.param([entry(Generation.SMETS1, "1")], "1", id="the only image for the model"),
    pytest.param(
        [entry(Generation.SMETS1, "1"), entry(Generation.SMETS2, "2")], "2", id="the generation that was pre-notified"
    ),
]


@pytest.mark.parametrize(("entries", "version"), IMAGES)
def test_an_image_has_the_version_of_its_entry(entries: list[CplEntry], version: str | None) -> None:
    assert version == image_version(ProductList(entries), ESME, IMAGE_HASH)


def test_where_there_is_no_world_nothing_is_served(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--dir", str(tmp_path), "--quiet"])
    assert (2, f"Error: {tmp_path}: no sandbox has been made here\n") == (result.exit_code, result.stderr)
