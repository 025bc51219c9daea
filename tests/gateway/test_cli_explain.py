"""``duis-gateway explain`` tells of every document of the tour what the service decided, and changes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import re
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from click.testing import CliRunner, Result
from processes import Toured

from gateway.cli import main
from gateway.explaining import MEND_SIGNATURE
from gateway.sandbox.itinerary import STEPS
from gateway.sandbox.world import World
from gateway.sqlite_traces import SqliteTraces
from routing.trace import RoutingTrace
from schemas.reading import read_request_unverified
from schemas.request import ServiceRequest, Unauthenticated
from schemas.request_writing import write_request
from schemas.response_codes import MEANINGS
from schemas.signature import sign_canonical
from schemas.vocabulary import DeviceId, RequestId
from schemas.xsd import own_schema

PLACES = {step.title: place for place, step in enumerate(STEPS, 1)}
every_step = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())


def explained(tour: Toured, *words: object) -> Result:
    return CliRunner().invoke(main, ["explain", "--config", str(tour.config), *map(str, words)])


def told_of(tour: Toured, place: int) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON, for a document of the tour when and where it was posted."""
    document, received = tour.document(place), trace_of(tour, place).received_at
    at = ("--service", document.stem[-1], "--at", f"{received:%Y-%m-%dT%H:%M:%SZ}")
    done = explained(tour, *at, "--json", document)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, orjson.loads(done.stdout)


def trace_of(tour: Toured, place: int) -> RoutingTrace:
    found = asyncio.run(SqliteTraces(tour.directory / "traces.db").show(tour.trace_id(place)))
    assert found is not None
    return found


LEARNT_SINCE = "counter-is-the-latest"
"""What it advises of depends on what was accepted since."""


def put(verdicts: Any) -> list[tuple[str, str, str | None]]:
    """The checks that were put, with what they said."""
    asked = [v for v in verdicts if v["answer"] != "not-asked" and v["name"] != LEARNT_SINCE]
    return [(v["name"], v["answer"], v.get("reason")) for v in asked]


def recorded(trace: RoutingTrace) -> list[tuple[str, str, str | None]]:
    return [(v.check, v.answer.value, v.reason) for v in trace.verdicts if v.check != LEARNT_SINCE]


@every_step
def test_it_tells_the_decision_of(tour: Toured, place: int) -> None:
    trace = trace_of(tour, place)
    code, told = told_of(tour, place)
    outcome = {"accepted": "repeated"}.get(trace.outcome, trace.outcome)
    assert (outcome, trace.code) == (told["outcome"], told.get("code"))
    assert (0 if trace.outcome in {"accepted", "repeated"} else 1) == code
    if trace.outcome == "repeated":
        return  # its checks are those of the request that it repeats, and were put then
    assert recorded(trace) == put(told.get("checks", ()))
    assert (trace.treatment, list(trace.destinations)) == (told.get("treatment"), told.get("destinations", []))
    assert trace.revisions == told["revisions"]


@every_step
def test_what_was_accepted_is_a_repeat_of_its_trace(tour: Toured, place: int) -> None:
    trace = trace_of(tour, place)
    _, told = told_of(tour, place)
    expected = {"accepted": trace.trace_id, "repeated": (trace.reason or "").rsplit(" ", 1)[-1]}.get(trace.outcome)
    assert expected == told.get("repeat_of")


REFUSED = [place for place, step in enumerate(STEPS, 1) if step.expected.startswith("E")]


@pytest.mark.parametrize("place", REFUSED, ids=[STEPS[place - 1].title for place in REFUSED])
def test_it_says_what_would_make_it_pass(tour: Toured, place: int) -> None:
    trace = trace_of(tour, place)
    _, told = told_of(tour, place)
    (refused,) = (check for check in told["checks"] if check["answer"] == "refused")
    assert {"name", "says", "answer", "code", "cites", "basis", "reads", "reason", "remedy"} == set(refused)
    assert (trace.reason, trace.code) == (refused["reason"], refused["code"])
    assert (refused["remedy"], refused["reason"]) == (told["remedy"], told["reason"])
    title = MEANINGS[trace.code].title if trace.code in MEANINGS else None
    assert title is None or told["title"].startswith(title)


REMEDIES: dict[str, list[tuple[list[str], str]]] = {
    "its RequestID for another request": [(["request-id"], "I99")],
    "11.1 with a withdrawn version": [(["firmware"], "W110101")],
    "11.3 transform, image not on the CPL": [(["firmware"], "I0")],
    "11.2 of a PPMID joined to the wrong kind of hub": [(["hub"], "I99"), (["ppmid-policy"], "I99")],
    "7.2 transform for a SMETS1 ESME": [(["command-variant", "web-service"], "I99")],
    "7.2 by an other user": [(["role", "registration"], "I0")],
    "4.1.1 by a suspended supplier": [(["party-status"], "I99")],
    "4.1.1 by a supplier that is not registered": [(["registration"], "I99")],
    "4.1.1 of a hub": [(["device-type"], "I99")],
    "4.1.1 posted to the Transform service": [(["web-service"], "I99")],
    "4.1.1 of a device that is not there": [],
    "12.2 for it once more": [],
}


@pytest.mark.parametrize("title", REMEDIES)
def test_it_finds_the_smallest_change_for(tour: Toured, title: str) -> None:
    _, told = told_of(tour, PLACES[title])
    found = [([c["of"] for c in r["changes"]], r["code"]) for r in told.get("remedies", ()) if r["passes"]]
    assert REMEDIES[title] == found


def test_the_facts_that_a_check_read_are_told(tour: Toured) -> None:
    _, told = told_of(tour, PLACES["4.1.1 by a supplier that is not registered"])
    (refused,) = (check for check in told["checks"] if check["answer"] == "refused")
    read = {each["fact"]: each["stood"] for each in refused["reads"]}
    assert "IS ES GS" == read["originator's roles"]
    assert read["originator's registrations"].startswith("none; asked for 20")
    assert [] == [
        check["name"] for check in told["checks"] if bool(check.get("reads")) is (check["answer"] == "not-asked")
    ]


def test_people_are_told_what_would_make_it_pass(tour: Toured) -> None:
    done = explained(tour, tour.document(PLACES["7.2 transform for a SMETS1 ESME"]))
    lines = done.stdout.splitlines()
    at = lines.index("what would make it pass, the smallest change first")
    said = " ".join(" ".join(lines[at + 1 :]).split())
    assert (
        "- use command variant 1 instead of 4, and post it to serviceS instead of serviceT; it would be answered I99"
        == said
    )


@pytest.mark.parametrize(
    "title", ["an unsigned request", "a top-up changed after signing", "a request in another's name"]
)
def test_a_document_that_nobody_signed_as_it_stands_has_its_remedy(tour: Toured, title: str) -> None:
    _, told = told_of(tour, PLACES[title])
    assert MEND_SIGNATURE[told["reason"].split(":")[0]] == told["remedy"]


def test_every_way_in_which_a_signature_fails_has_its_remedy() -> None:
    kinds = set(re.findall(r"``([a-z-]+)``", inspect.getsource(Unauthenticated)))
    assert kinds == set(MEND_SIGNATURE)


def test_people_read_the_same_in_a_table(tour: Toured) -> None:
    place = PLACES["11.3 transform, image not on the CPL"]
    done = CliRunner(env={"COLUMNS": "240"}).invoke(
        main, ["explain", "--config", str(tour.config), str(tour.document(place))]
    )
    trace = trace_of(tour, place)
    assert 1 == done.exit_code
    assert "✗" in done.stdout
    wanted = ("firmware-hash-is-on-cpl", "E110101", "treatment  SMETS2+", "verdict  refused E110101", "products ")
    assert [] == [word for word in wanted if word not in done.stdout]
    assert (trace.reason or "?") in " ".join(done.stdout.split()) or "E110101: " in done.stdout


def test_it_changes_nothing(tour: Toured) -> None:
    def files() -> dict[str, str]:
        kept = (tour.directory / name for name in ("state.db", "traces.db", "config.toml", "parties.toml"))
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}

    before = files()
    for place in (PLACES["7.2 signed pre-command"], PLACES["11.3 transform, image not on the CPL"]):
        told_of(tour, place)
    assert before == files()


def test_another_web_service_is_another_decision(tour: Toured) -> None:
    place = PLACES["4.1.1 posted to the Transform service"]
    default = explained(tour, "--json", tour.document(place))
    assert (0, "accepted") == (default.exit_code, orjson.loads(default.stdout)["outcome"])


MOMENTS = {
    "before the certificate of its sender is valid": ("2020-01-01", "not at 2020-01-01T00:00:00Z"),
    "after it was valid": ("2090-01-01T12:30:00", "not at 2090-01-01T12:30:00Z"),
}


@pytest.mark.parametrize(("at", "reason"), MOMENTS.values(), ids=MOMENTS.keys())
def test_a_request_is_unauthenticated(tour: Toured, at: str, reason: str) -> None:
    place = PLACES["4.1.1 by a supplier that is not registered"]
    done = explained(tour, "--at", at, "--json", tour.document(place))
    told = orjson.loads(done.stdout)
    assert (1, "unauthenticated") == (done.exit_code, told["outcome"])
    assert told["reason"].startswith("certificate-dates: the certificate ")
    assert told["reason"].endswith(reason)


def test_every_error_of_a_document_is_told_with_its_place(tour: Toured) -> None:
    place = PLACES["an element that is not expected"]
    code, told = told_of(tour, place)
    assert (1, "not-schema-valid") == (code, told["outcome"])
    assert [("/Request/Body/ReadEverythingRegisters", 1)] == [(e["path"], e["line"]) for e in told["errors"]]
    for_people = explained(tour, tour.document(place))
    assert "/Request/Body/ReadEverythingRegisters" in for_people.stdout


def test_what_a_sender_writes_is_printed_as_it_is(tour: Toured, tmp_path: Path) -> None:
    sent = read_request_unverified(tour.document(PLACES["12.2 a new device"]).read_bytes(), own_schema())
    assert isinstance(sent, ServiceRequest)
    body = msgspec.structs.replace(sent.body, device=DeviceId(5), manufacturer="[/red]", model="[b]x")
    signer = tour.world.users[sent.request_id.originator].xml
    odd = tmp_path / "odd.xml"
    name = RequestId(sent.request_id.originator, sent.request_id.target, 5)
    changed = msgspec.structs.replace(sent, request_id=name, body=body)
    odd.write_bytes(sign_canonical(write_request(changed), signer))
    done = explained(tour, odd)
    assert 1 == done.exit_code
    (reason,) = (line for line in done.stdout.splitlines() if line.startswith("reason"))
    assert " of [/red]/[b]x is not on the CPL " in reason


CANNOT_RUN = {
    "a configuration that is not there": ("nowhere.toml", "nowhere.toml: cannot be read"),
    "a store that was never made": ("config.toml", "state.db does not exist: the gateway makes it when it first runs"),
}


@pytest.mark.parametrize(("config", "says"), CANNOT_RUN.values(), ids=CANNOT_RUN.keys())
def test_it_cannot_run_on(world: World, tmp_path: Path, tour: Toured, config: str, says: str) -> None:
    (world.directory / "state.db").unlink()
    done = CliRunner().invoke(main, ["explain", "--config", str(world.directory / config), str(tour.document(1))])
    assert (2, "", 1) == (done.exit_code, done.stdout, done.stderr.count("\n"))
    assert says in done.stderr
