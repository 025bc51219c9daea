"""``POST /v1/explain``: what would become of a request, asked of a running gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pytest
from running import Running

from gateway.trace_ports import TraceQuery
from schemas.vocabulary import DeviceStatus


async def explained(running: Running, document: bytes, query: str = "") -> tuple[int, Any]:
    reply = await running.call("POST", f"{running.operators}/v1/explain{query}", document)
    return reply.status, orjson.loads(reply.body)


async def test_explain_tells_what_the_service_then_does(running: Running) -> None:
    post = running.registers("smets1-mds-esme")
    status, told = await explained(running, post.document)
    answered = await running.answered(post)
    trace = await running.trace(answered.trace_id)
    assert (200, "accepted", trace.code, list(trace.destinations)) == (
        status, told["outcome"], told["code"], told["destinations"]
    )  # fmt: skip
    assert [v.check for v in trace.verdicts] == [c["name"] for c in told["checks"] if c["answer"] != "not-asked"]
    again = (await explained(running, post.document))[1]
    assert ("repeated", trace.trace_id) == (again["outcome"], again["repeat_of"])


async def test_explain_changes_nothing(running: Running) -> None:
    post = running.registers()
    for _ in range(2):
        assert "accepted" == (await explained(running, post.document))[1]["outcome"]
    await running.settled()
    assert ([], []) == (running.witness.seen, await running.worker.traces.find(TraceQuery()))


EXPLAINED: dict[str, tuple[Callable[[Running], bytes], str, tuple[str, str | None]]] = {
    "on another web service": (lambda r: r.registers().document, "?service=T", ("refused", "E13")),
    "before the certificate was valid": (lambda r: r.registers().document, "?at=2020-01-01", ("unauthenticated", None)),
    "that is no XML": (lambda _: b"hello", "", ("not-xml", None)),
    "that is empty": (lambda _: b"", "", ("not-xml", None)),
    "of a device that there is not": (lambda r: r.registers("pending-esme").document, "", ("refused", "E5")),
}


@pytest.mark.parametrize(("make", "query", "expected"), EXPLAINED.values(), ids=EXPLAINED.keys())
async def test_explain_of_a_document(
    running: Running, make: Callable[[Running], bytes], query: str, expected: tuple[str, str | None]
) -> None:
    status, told = await explained(running, make(running), query)
    assert (200, *expected) == (status, told["outcome"], told.get("code"))


async def test_explain_finds_what_would_make_it_pass(running: Running) -> None:
    _, told = await explained(running, running.registers().document, "?service=T")
    (remedy,) = told["remedies"]
    assert ("post it to serviceS instead of serviceT", True, "I99") == (
        remedy["words"],
        remedy["passes"],
        remedy["code"],
    )
    assert [{"of": "web-service", "found": "T", "wanted": "S", "words": remedy["words"]}] == remedy["changes"]
    (refused,) = (check for check in told["checks"] if check["answer"] == "refused")
    assert {"fact": "web service", "stood": "serviceT"} in refused["reads"]


async def test_a_trace_is_told_in_words(running: Running) -> None:
    answered = await running.answered(running.registers("pending-esme"))
    await running.trace(answered.trace_id)
    reply = await running.call("GET", f"{running.operators}/v1/traces/{answered.trace_id}/explanation")
    told = orjson.loads(reply.body)
    (refused,) = (check for check in told["checks"] if check["answer"] == "refused")
    assert (200, "device-status-suits-service") == (reply.status, refused["name"])
    assert {"fact": "device status", "stood": "Pending"} in refused["reads"]
    assert ["device-status"] == [change["of"] for change in told["remedies"][0]["changes"]]


async def test_a_trace_that_there_is_not_is_told_in_no_words(running: Running) -> None:
    assert 404 == (await running.call("GET", f"{running.operators}/v1/traces/{'f' * 32}/explanation")).status


async def test_a_status_is_told_with_the_moment_since_when_it_holds(running: Running) -> None:
    post, device = running.registers(), await running.worker.state.device(running.scene.device("esme"))
    assert device is not None
    suspended = msgspec.structs.replace(device, status=DeviceStatus.SUSPENDED)
    await running.worker.state.import_devices([suspended], {})
    (line,) = await running.worker.state.history(device.id)
    _, told = await explained(running, post.document)
    (refused,) = (check for check in told["checks"] if check["answer"] == "refused")
    stood = {each["fact"]: each["stood"] for each in refused["reads"]}
    assert f"Suspended since {line.at:%Y-%m-%dT%H:%M:%SZ} (imported)" == stood["device status"]


BAD_QUESTIONS = {"a web service that there is not": "?service=X", "a time that is none": "?at=noon"}


@pytest.mark.parametrize("query", BAD_QUESTIONS.values(), ids=BAD_QUESTIONS.keys())
async def test_explain_is_refused_for(running: Running, query: str) -> None:
    assert 400 == (await explained(running, running.registers().document, query))[0]
