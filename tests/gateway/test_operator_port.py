"""The operators' port: every path, every filter, who may ask, and that its counters name nobody."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import msgspec
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families
from running import SOON, Running, S, T, serving

from gateway.metrics import FAR_SIDE_OUTCOMES
from gateway.operators import OPENAPI, operators
from gateway.ports import Far
from gateway.replies import Outcome
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.traveller import Answered
from gateway.sandbox.world import World
from gateway.settings import Settings, load_settings
from routing import advisories
from routing.decision import ALL_CHECKS, CHECK_NAMES
from routing.transition_table import TRANSITIONS
from schemas.request import DisableSupply, ReadFirmwareVersion
from schemas.response_codes import RESPONSE_CODES


async def got(running: Running, path: str, status: int = 200) -> Any:
    reply = await running.call("GET", running.operators + path)
    assert (status, "application/json") == (reply.status, reply.headers["content-type"]), reply.body
    return orjson.loads(reply.body)


class Asked(msgspec.Struct, frozen=True):
    """A gateway that has answered a few requests, by what they were."""

    running: Running
    answers: dict[str, Answered]

    def ids(self, *names: str) -> set[str]:
        return {self.answers[name].trace_id for name in names}


async def several(running: Running) -> Asked:
    scene = running.scene
    posts = {
        "read": running.registers(),
        "smets1": running.registers("smets1-ioc-esme"),
        "version": scene.post("supplier", scene.device("ppmid"), "11.2", ReadFirmwareVersion(), 1, S),
        "role": scene.post("other user", scene.device("esme"), "7.2", DisableSupply(), 4, T),
        "registration": running.registers(user="second supplier"),
    }
    answers = {}
    for name, post in posts.items():
        answers[name] = await running.answered(post)
        await asyncio.sleep(0.002)
    await running.settled()
    return Asked(running, answers)


# ---- probes and counters


PROBES = {"/livez": {"status": "alive"}, "/readyz": {"status": "ready"}}


@pytest.mark.parametrize(("path", "expected"), PROBES.items(), ids=PROBES.keys())
async def test_a_probe_answers_at(running: Running, path: str, expected: dict[str, str]) -> None:
    assert expected == await got(running, path)


async def test_a_gateway_that_stops_is_not_ready(running: Running) -> None:
    running.worker.door.draining = True
    assert {"status": "not ready", "reason": "stopping"} == await got(running, "/readyz", 503)
    assert {"status": "alive"} == await got(running, "/livez")


LABELS = {
    "outcome": frozenset({*Outcome, *FAR_SIDE_OUTCOMES, "delivered", "retry", "dead-letter", *advisories.Outcome}),
    "code": frozenset(RESPONSE_CODES),
    "check": CHECK_NAMES,
    "far": frozenset(far.value for far in Far),
    "state": frozenset({*(far.value for far in Far), "dead"}),
    "transition": frozenset(row.name for row in TRANSITIONS),
}


async def test_counters_have_closed_labels_and_no_identifiers(running: Running) -> None:
    asked = await several(running)
    reply = await running.call("GET", running.operators + "/metrics")
    assert (200, "text/plain") == (reply.status, reply.headers["content-type"].split(";")[0])
    text = reply.body.decode()
    for identifier in (
        *asked.ids(*asked.answers),
        str(running.scene.device("esme")),
        str(running.scene.user("supplier")),
    ):
        assert identifier.lower() not in text.lower()
    assert not re.search(r"[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}", text)
    ours = [one for one in text_string_to_metric_families(text) if one.name.startswith("duis_")]
    strange = [
        (sample.name, name, value)
        for family in ours
        for sample in family.samples
        for name, value in sample.labels.items()
        if name != "le" and value not in LABELS.get(name, ())
    ]
    assert [] == strange
    wanted = {"duis_requests", "duis_response_codes", "duis_refusals", "duis_deliveries", "duis_far_side_messages"}
    wanted |= {"duis_request_seconds", "duis_in_flight", "duis_traces_dropped", "duis_outbox"}
    assert set() == wanted - {family.name for family in ours}


async def test_counters_count(running: Running) -> None:
    async def counted(sample: str) -> float:
        text = (await running.call("GET", running.operators + "/metrics")).body.decode()
        return float(next(line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith(sample + " ")))

    samples = ('duis_refusals_total{check="role-may-send-service"}', 'duis_response_codes_total{code="E4"}')
    before = [await counted(one) for one in samples]
    await several(running)
    assert [number + 1 for number in before] == [await counted(one) for one in samples]


# ---- what is there


async def test_openapi_lists_every_path(running: Running) -> None:
    told = await got(running, "/openapi.json")
    assert OPENAPI == told
    assert "3.1.0" == told["openapi"]
    listed = {(method, path) for path, methods in told["paths"].items() for method in methods}
    for method, path in sorted(listed):
        concrete = path.replace("{id}", "0" * 32).replace("{eui}", "0" * 16)
        reply = await running.call(method.upper(), running.operators + concrete)
        assert reply.status != 405, path
        assert b"404: Not Found" not in reply.body, path


async def test_openapi_leaves_no_path_out(running: Running) -> None:
    """Asked of the application itself: a route that is not listed is found here."""
    application = operators(
        running.worker,
        inventory=running.worker.state,
        ledger=running.worker.state,
        traces=running.worker.traces,
        fulfilment=running.worker.fulfilment,
        settings=running.settings.operator,
        registry=running.worker._registry,
        clock=running.clock,
    )
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    listed = {(method, path) for path, methods in OPENAPI["paths"].items() for method in methods}
    assert {("get", "/openapi.json")} == {route for route in routes - listed if route[1] != "/"}
    assert set() == listed - routes


# ---- traces


FILTERS: dict[str, tuple[Callable[[Asked], str], tuple[str, ...]]] = {
    "device": (lambda a: f"device={a.running.scene.device('ppmid')}", ("version",)),
    "device, as people type it": (lambda a: f"device={a.running.scene.device('ppmid').octets.hex()}", ("version",)),
    "originator": (lambda a: f"originator={a.running.scene.user('second supplier')}", ("registration",)),
    "service": (lambda _: "srv=7.2", ("role",)),
    "code": (lambda _: "code=E4", ("registration",)),
    "destination": (lambda _: "destination=s1sp:ioc", ("smets1",)),
    "check": (lambda _: "check=role-may-send-service", ("role",)),
    "all of several": (lambda _: "srv=4.1.1&code=I99&destination=gbcs:North", ("read",)),
    "none that fits all": (lambda _: "srv=7.2&code=I99", ()),
    "nothing": (lambda _: "", ("read", "smets1", "version", "role", "registration")),
}


@pytest.mark.parametrize(("query", "names"), FILTERS.values(), ids=FILTERS.keys())
async def test_traces_are_found_by(running: Running, query: Callable[[Asked], str], names: tuple[str, ...]) -> None:
    asked = await several(running)
    found = await got(running, f"/v1/traces?{query(asked)}")
    assert asked.ids(*names) == {trace["trace_id"] for trace in found}


async def test_traces_are_found_by_time_newest_first_and_no_more_than_wanted(running: Running) -> None:
    await several(running)
    every = await got(running, "/v1/traces")
    times = [quote(trace["received_at"]) for trace in every]
    ids = [trace["trace_id"] for trace in every]
    assert sorted(times, reverse=True) == times
    assert ids[:2] == [t["trace_id"] for t in await got(running, "/v1/traces?limit=2")]
    assert ids[:3] == [t["trace_id"] for t in await got(running, f"/v1/traces?since={times[2]}")]
    assert ids[3:] == [t["trace_id"] for t in await got(running, f"/v1/traces?until={times[2]}")]


WRONG = {
    "an unknown parameter": ("colour=red", "unknown parameter 'colour'; known: "),
    "a device that is none": ("device=A0", "'A0' is not an EUI-64 (sixteen hexadecimal digits)"),
    "a time that is none": ("since=yesterday", "Invalid isoformat string: 'yesterday'"),
    "a limit that is none": ("limit=many", "invalid literal for int() with base 10: 'many'"),
}


@pytest.mark.parametrize(("query", "says"), WRONG.values(), ids=WRONG.keys())
async def test_a_search_is_refused_for(running: Running, query: str, says: str) -> None:
    told = await got(running, f"/v1/traces?{query}", 400)
    assert 400 == told["status"]
    assert told["detail"].startswith(says)


async def test_one_trace_is_shown(running: Running) -> None:
    asked = await several(running)
    trace_id = asked.answers["smets1"].trace_id
    told = await got(running, f"/v1/traces/{trace_id}")
    assert (trace_id, "SMETS1", ["s1sp:ioc"], "I99") == (
        told["trace_id"], told["treatment"], told["destinations"], told["code"]
    )  # fmt: skip
    assert ["delivered", "delivered"] == [attempt["outcome"] for attempt in told["attempts"]]
    assert {"status": 404, "detail": "there is no such trace"} == await got(running, f"/v1/traces/{'0' * 32}", 404)


# ---- devices, products, checks


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as DUIS does": lambda eui: eui,
    "in lower case": str.lower,
    "with colons": lambda eui: eui.replace("-", ":"),
    "without hyphens": lambda eui: eui.replace("-", ""),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
async def test_a_device_is_shown_whoever_writes_it(running: Running, spell: Callable[[str], str]) -> None:
    eui = str(running.scene.device("smets1-foc-esme"))
    told = await got(running, f"/v1/devices/{spell(eui)}")
    assert (eui, "ESME", "SMETS1", "foc") == (told["id"], told["type"], told["prenotified_as"], told["s1sp"])


NO_DEVICE = {
    "0" * 16: (404, "there is no such device"),
    "esme": (400, "'esme' is not an EUI-64 (sixteen hexadecimal digits)"),
}


@pytest.mark.parametrize(("eui", "expected"), NO_DEVICE.items(), ids=["one that there is not", "no EUI at all"])
async def test_no_device_is_shown_for(running: Running, eui: str, expected: tuple[int, str]) -> None:
    told = await got(running, f"/v1/devices/{eui}", expected[0])
    assert expected == (told["status"], told["detail"])


async def test_the_product_list_in_force_is_shown(running: Running) -> None:
    told = await got(running, "/v1/products")
    products = running.worker.in_force.rules.products
    assert (products.revision, len(products.entries)) == (told["revision"], len(told["entries"]))
    assert {entry.entry_id for entry in products.entries} == {entry["entry_id"] for entry in told["entries"]}


async def test_the_checks_are_shown_in_their_order(running: Running) -> None:
    told = await got(running, "/v1/checks")
    assert [(c.name, c.code, c.cites, False) for c in ALL_CHECKS] == [
        (c["name"], c["code"], c["cites"], c["off"]) for c in told
    ]
    assert [] == [c["name"] for c in told if not (c["says"] and c["remedy"] and c["basis"])]


async def test_corrections_of_the_configuration_are_shown(world: World) -> None:
    text = world.config.read_text()
    corrected = '[rules.checks.device-is-new]\ncode = "E100"\n[rules.checks.sender-is-registered]\noff = true\n'
    world.config.write_text(text + "\n" + corrected)
    async with serving(world, lambda _: load_settings(world.config)) as running:
        told = {c["name"]: c for c in await got(running, "/v1/checks")}
        assert ("E100", True) == (told["device-is-new"]["code"], told["sender-is-registered"]["off"])
        assert "I99" == (await running.answered(running.registers(user="second supplier"))).code


# ---- the outbox


async def test_a_dead_letter_is_shown_and_tried_again(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.WAN, kind=FaultKind.REJECT, times=1))
    post = running.registers()
    answered = await running.answered(post)
    await running.settled()
    (dead,) = await got(running, "/v1/outbox?dead=true")
    assert ("wan", "North", answered.trace_id, True) == (dead["far"], dead["name"], dead["trace"], dead["dead"])
    assert ("North answered 400: switched to reject", []) == (dead["last_error"], await got(running, "/v1/outbox"))
    assert "body" not in dead
    reply = await running.call("POST", f"{running.operators}/v1/outbox/{dead['id']}/redrive")
    assert (200, {"redriven": True}) == (reply.status, orjson.loads(reply.body))
    assert post.request is not None
    await running.simulators.users.wait_for(post.request.request_id, SOON)
    assert [] == await got(running, "/v1/outbox?dead=true")


async def test_what_waits_is_shown(running: Running) -> None:
    running.simulators.faults.switch_on(Fault(far=Far.S1SP, kind=FaultKind.REFUSE, name="ioc"))
    await running.answered(running.registers("smets1-ioc-esme"))
    await running.witness.wait_for("/s1sp/ioc")
    async with asyncio.timeout(SOON):
        while not (waiting := await got(running, "/v1/outbox?limit=5"))[0]["attempts"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    (one,) = waiting
    assert ("s1sp", "ioc", "switched to refuse", False) == (one["far"], one["name"], one["last_error"], one["dead"])


async def test_what_is_no_dead_letter_is_not_redriven(running: Running) -> None:
    reply = await running.call("POST", f"{running.operators}/v1/outbox/{'0' * 32}/redrive")
    assert (404, "there is no such hand-off") == (reply.status, reply.problem["detail"])


async def test_a_limit_of_the_outbox_that_is_none_is_refused(running: Running) -> None:
    assert 400 == (await got(running, "/v1/outbox?limit=many", 400))["status"]


# ---- who may ask


TOKEN = "open sesame"


@pytest.fixture
async def guarded(world: World) -> AsyncIterator[Running]:
    def with_token(settings: Settings) -> Settings:
        return msgspec.structs.replace(settings, operator=msgspec.structs.replace(settings.operator, token=TOKEN))

    async with serving(world, with_token) as running:
        yield running


OPEN = {"/livez", "/readyz"}
CLOSED = [
    "/metrics",
    "/openapi.json",
    "/v1/traces",
    f"/v1/devices/{'0' * 16}",
    "/v1/products",
    "/v1/checks",
    "/v1/outbox",
]
CREDENTIALS = {
    "no token": {},
    "another token": {"Authorization": "Bearer open says me"},
    "another scheme": {"Authorization": "Basic b3BlbiBzZXNhbWU="},
    "the bare token": {"Authorization": TOKEN},
}


@pytest.mark.parametrize("headers", CREDENTIALS.values(), ids=CREDENTIALS.keys())
async def test_with_a_token_set_nothing_but_the_probes_opens_to(guarded: Running, headers: dict[str, str]) -> None:
    for path in CLOSED:
        reply = await guarded.call("GET", guarded.operators + path, **headers)
        assert (401, "a bearer token is needed") == (reply.status, reply.problem["detail"]), path
        assert "Bearer" == reply.headers["www-authenticate"], path
    for path in OPEN:
        assert 200 == (await guarded.call("GET", guarded.operators + path, **headers)).status, path


async def test_with_the_token_everything_opens(guarded: Running) -> None:
    for path in (*CLOSED, *OPEN):
        reply = await guarded.call("GET", guarded.operators + path, Authorization=f"Bearer {TOKEN}")
        assert reply.status in {200, 404}, path


async def test_the_token_is_not_asked_of_users(guarded: Running) -> None:
    assert "I99" == (await guarded.answered(guarded.registers())).code
