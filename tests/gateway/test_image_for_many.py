"""11.1 for 2,000 devices of mixed generation, status and model: each is where its making says that it belongs."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Final

import msgspec
import pytest
from fleet import IN_PROGRESS, LISTS, VERSION, Fleet, fleet, header_and_request, listed
from lxml import etree
from patience import until
from running import D, Running, Seen

from gateway import sqlite_inventory
from gateway.ports import Stage, Wanted
from gateway.product_revisions import ProductRevisions
from gateway.sandbox.stage import Post
from gateway.sqlite_schema import connect_to_read
from schemas.request import UpdateFirmware
from schemas.vocabulary import DeviceId, RequestId
from schemas.xsd import DUIS_NAMESPACE


async def settled_in(running: Running) -> Fleet:
    """The fleet in the inventory, under a product list of its own."""
    made = fleet(running.scene.user, running.clock())
    await running.worker.state.import_devices(made.devices, {})
    await running.worker.state.import_registrations(made.registrations)
    revision = listed(ProductRevisions(running.settings.products.directory))
    await until(lambda: revision == running.worker.in_force.revisions["products"])
    return made


def asked(running: Running, devices: tuple[DeviceId, ...]) -> Post:
    body = UpdateFirmware(firmware_version=VERSION, devices=devices, image_characters=0)
    return running.scene.post("supplier", running.scene.dcc, "11.1", body, 8, D, bytes(50_000))


async def sent(running: Running, devices: tuple[DeviceId, ...]) -> tuple[Post, etree._Element, str]:
    """The request, its answer and its trace's id."""
    post = asked(running, devices)
    reply = await running.send(post.document, D)
    assert 200 == reply.status, reply.body
    return post, etree.fromstring(reply.body), reply.trace_id


def lists_of(answer: etree._Element) -> dict[str, tuple[DeviceId, ...]]:
    found = {name: answer.findtext(f".//{{{DUIS_NAMESPACE}}}{name}") for name in LISTS}
    return {name: tuple(map(DeviceId.parse, text.split(","))) for name, text in found.items() if text}


async def test_each_device_is_where_it_belongs_in_the_senders_order(running: Running) -> None:
    made = await settled_in(running)
    order = list(made.places)
    random.Random(3).shuffle(order)
    expected = {place: tuple(one for one in order if made.places[one] == place) for place in made.places.values()}
    post, answer, trace_id = await sent(running, tuple(order))
    assert {name: expected[name] for name in LISTS if name != IN_PROGRESS} == lists_of(answer)
    providers = sorted(place for place in expected if place.startswith("/"))
    for place in providers:
        await running.witness.wait_for(place)
    seen = handed_on(running)
    assert providers == sorted(each.path for each in seen), "one hand-off for each provider"
    for each in seen:
        assert (expected[each.path], post.document) == header_and_request(each.body)
    trace = await running.trace(trace_id)
    # Three kinds are invalid, two not Commissioned.
    left_out = "480 invalid, 320 not commissioned, 160 not applicable firmware, 160 invalid gbcs version"
    assert f"an image for 800 devices of 4 providers; left out: {left_out}" == trace.destination_reason
    assert (None, ("facts",)) == (trace.facts, trace.masked)


async def test_what_an_image_is_under_way_to_stands_in_a_list(running: Running) -> None:
    made = await settled_in(running)
    going = tuple(one for one, place in made.places.items() if place.startswith("/"))
    half = going[::2]
    _, answer, _ = await sent(running, half)
    assert {} == lists_of(answer)
    _, answer, _ = await sent(running, going)
    assert {IN_PROGRESS: half} == lists_of(answer)
    running.clock.ahead = timedelta(days=running.settings.rules.image_days)
    _, answer, _ = await sent(running, going[1::2])
    assert {} == lists_of(answer)


def handed_on(running: Running) -> list[Seen]:
    """To providers. Users are told meanwhile which devices the new list leaves out."""
    return [*running.witness.posts("/s1sp/"), *running.witness.posts("/wan/")]


def asks_of(running: Running, listed: tuple[DeviceId, ...]) -> int:
    """SQL statements of the look-up."""
    statements: list[str] = []
    question = Wanted(
        request_id=RequestId(running.scene.user("supplier"), running.scene.dcc, 1), stage=Stage.REQUEST, listed=listed
    )
    with closing(connect_to_read(running.settings.store.path, busy_seconds=1)) as db:
        db.set_trace_callback(statements.append)
        sqlite_inventory.look_up(db, question, sqlite_inventory.RecordReader(cached=False), 0)
    return len(statements)


async def test_a_long_list_is_looked_up_in_few_statements(running: Running) -> None:
    made = await settled_in(running)
    one_by_one = asks_of(running, tuple(made.places)[:20])
    assert one_by_one > 20
    assert asks_of(running, tuple(made.places)) < len(made.places) // 10


REFUSALS: Final[dict[str, Callable[[UpdateFirmware], UpdateFirmware]]] = {
    "a version that no list has": lambda body: msgspec.structs.replace(body, firmware_version="FFFFFFFF"),
    "devices of which none is known": lambda body: msgspec.structs.replace(
        body, devices=tuple(DeviceId(number) for number in range(600)), firmware_version="FFFFFFFF"
    ),
}


@pytest.mark.parametrize("change", REFUSALS.values(), ids=REFUSALS.keys())
async def test_a_long_list_is_refused_with(
    running: Running, change: Callable[[UpdateFirmware], UpdateFirmware]
) -> None:
    made = await settled_in(running)
    body = change(UpdateFirmware(firmware_version=VERSION, devices=tuple(made.places), image_characters=0))
    answered = await running.answered(running.scene.post("supplier", running.scene.dcc, "11.1", body, 8, D, b"image"))
    trace = await running.trace(answered.trace_id)
    assert ("E110101", [], ("facts",)) == (answered.code, handed_on(running), trace.masked)
    assert "firmware FFFFFFFF" in (trace.reason or "")


async def test_a_request_id_used_for_another_list_is_refused(running: Running) -> None:
    made = await settled_in(running)
    post, _, first = await sent(running, tuple(made.places))
    assert post.request is not None
    body = UpdateFirmware(firmware_version=VERSION, devices=tuple(made.places)[:900], image_characters=0)
    changed = msgspec.structs.replace(post.request, body=body)
    reply = await running.send(running.scene.by.signed(changed, bytes(50_000)), D)
    assert "E63" == reply.code
    assert first in ((await running.trace(reply.trace_id)).reason or "")
