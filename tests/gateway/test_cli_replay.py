"""``duis-gateway traces``: replay of a whole tour changes nothing; show and find tell what was decided."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from processes import Toured

from cpl.writing import write_cpl
from gateway.cli import main
from gateway.product_revisions import ListKind, ProductRevisions
from gateway.sandbox.itinerary import STEPS
from gateway.sandbox.world import World

PLACES = {step.title: place for place, step in enumerate(STEPS, 1)}
NEVER_DECIDED = ("unauthenticated", "not-xml", "forbidden-construct", "not-schema-valid")
SUPPLIER = "90-B3-D5-1F-31-01-00-00"
LONG_AGO = "2020-01-01"


def traces(tour: Toured, *words: object) -> Result:
    return CliRunner(env={"COLUMNS": "240"}).invoke(main, ["traces", *map(str, words), "--config", str(tour.config)])


def found(tour: Toured, *words: object) -> list[dict[str, Any]]:
    done = traces(tour, "find", "--json", *words)
    assert 0 == done.exit_code, done.output
    return [orjson.loads(line) for line in done.stdout.splitlines()]


# ---- replay


def test_the_whole_tour_decided_again_changes_nothing(tour: Toured) -> None:
    done = traces(tour, "replay", "--since", LONG_AGO, "--json", "--all")
    told = orjson.loads(done.stdout)
    expected_gaps = Counter(
        f"it was never decided ({step.expected})" for step in STEPS if step.expected in NEVER_DECIDED
    ) + Counter(["it was never decided (repeated)"])
    assert (0, 0, 0) == (done.exit_code, told["changed"], told["dropped"])
    assert expected_gaps == Counter(t["gap"] for t in told["traces"] if "gap" in t)
    assert len(STEPS) - expected_gaps.total() == told["replayed"]
    assert [] == [t for t in told["traces"] if "gap" not in t and t["then"] != t["now"]]


def test_people_are_told_the_same_in_lines(tour: Toured) -> None:
    done = traces(tour, "replay", "--since", LONG_AGO)
    assert 0 == done.exit_code
    assert f"{len(STEPS) - 7} decided again, 0 changed, 7 could not be decided again" in done.stdout
    assert "3 times: it was never decided (unauthenticated)" in done.stdout


def test_one_trace_decided_again(tour: Toured) -> None:
    trace_id = tour.trace_id(PLACES["11.3 transform, image not on the CPL"])
    done = traces(tour, "replay", trace_id, "--json", "--all")
    (one,) = orjson.loads(done.stdout)["traces"]
    assert (0, "E110101 by firmware-hash-is-on-cpl") == (done.exit_code, one["then"])
    assert one["then"] == one["now"]


def test_a_revision_that_changes_decisions_is_told_and_the_old_one_is_not(tour: Toured) -> None:
    """The very list of the tour with the image of one 11.3 withdrawn, stored beside it and not activated."""
    store = ProductRevisions(tour.world.settings.products.directory)
    in_force, sample = store.active(), tour.world.firmware["esme-newer"]
    without = write_cpl(entry for entry in in_force.entries if entry.firmware_hash != sample.hash)
    other = store.import_file("cpl.csv", without, ListKind.CPL).revision
    done = traces(tour, "replay", "--since", LONG_AGO, "--products", other, "--json")
    changed = {t["trace_id"]: (t["then"], t["now"]) for t in orjson.loads(done.stdout)["traces"] if t.get("changed")}
    activation = tour.trace_id(PLACES["11.3 transform, image on the CPL"])
    assert (1, "I0 to gbcs:North", "E110101 by firmware-hash-is-on-cpl") == (done.exit_code, *changed[activation])
    again = traces(tour, "replay", "--since", LONG_AGO, "--products", in_force.revision)
    assert 0 == again.exit_code, again.stdout


MISJOINED = "11.2 of a PPMID joined to the wrong kind of hub"
UNDER: dict[str, tuple[tuple[str, ...], str, str, str]] = {
    "the other policy for PPMIDs": (
        ("--policy", "ppmid=associated_hub"),
        MISJOINED,
        "E59 by device-is-joined-to-its-kind",
        "I99 to gbcs:Central",
    ),
    "a check switched off": (
        ("--policy", "sender-is-registered=off"),
        "4.1.1 by a supplier that is not registered",
        "E4 by sender-is-registered",
        "I99 to gbcs:North",
    ),
    "two policies at once": (
        ("--policy", "device-status-suits-service=off", "--policy", "party-is-active=off"),
        "4.1.1 by a suspended supplier",
        "E3 by party-is-active",
        "I99 to gbcs:North",
    ),
}


@pytest.mark.parametrize(("words", "title", "then", "now"), UNDER.values(), ids=UNDER.keys())
def test_a_decision_is_another_under(tour: Toured, words: tuple[str, ...], title: str, then: str, now: str) -> None:
    done = traces(tour, "replay", "--since", LONG_AGO, *words, "--json")
    told = orjson.loads(done.stdout)
    changed = {t["trace_id"]: (t["then"], t["now"]) for t in told["traces"] if t.get("changed")}
    assert (1, (then, now)) == (done.exit_code, changed[tour.trace_id(PLACES[title])])
    code_then, code_now = then.split(maxsplit=1)[0], now.split(maxsplit=1)[0]
    assert (code_then, code_now) in [(each["code_then"], each["code_now"]) for each in told["by_code"]]
    assert told["changed"] == sum(each["requests"] for each in told["by_code"])


def test_a_rule_table_replaces_the_one_of_the_configuration(tour: Toured, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[ppmid]\npolicy = "associated_hub"\n[rules.roles]\n"7.2" = ["OU"]\n')
    done = traces(tour, "replay", "--since", LONG_AGO, "--rules", other)
    said = " ".join(done.stdout.split())
    assert 1 == done.exit_code
    for words in ("1 times: E59, now I99", "1 times: E2, now I0"):
        assert words in said


def test_a_policy_goes_over_a_rule_table(tour: Toured, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[ppmid]\npolicy = "associated_hub"\n')
    trace = tour.trace_id(PLACES[MISJOINED])
    done = traces(tour, "replay", trace, "--rules", other, "--policy", "ppmid=prenotified")
    assert 0 == done.exit_code, done.stdout


OTHER_RULES_REFUSED = {
    "a section that decides nothing": ("[listen]\nport = 1\n", "other.toml: listen: expected [rules] and [ppmid] only"),
    "a key that is unknown": ("[rules]\nroless = {}\n", "other.toml: Object contains unknown field `roless`"),
    "a check that there is not": (
        "[rules.checks.device-exits]\noff = true\n",
        "rules.checks.device-exits: there is no such check",
    ),
    "what is no TOML": ("rules", "other.toml: not TOML: "),
}


@pytest.mark.parametrize(("text", "says"), OTHER_RULES_REFUSED.values(), ids=OTHER_RULES_REFUSED.keys())
def test_a_rule_table_is_refused_with(tour: Toured, tmp_path: Path, text: str, says: str) -> None:
    other = tmp_path / "other.toml"
    other.write_text(text)
    done = traces(tour, "replay", "--since", LONG_AGO, "--rules", other)
    assert (2, "", 1) == (done.exit_code, done.stdout, done.stderr.count("\n"))
    assert says in done.stderr


POLICY_REFUSED = {
    "a name that is unknown": (
        "colour=red",
        "policy colour=red: expected ppmid, future_dating_days, smets1_critical_variant or the name of a check",
    ),
    "a value that is unknown": ("ppmid=both", "policy ppmid=both: Invalid enum value 'both'"),
    "what a check cannot be": ("device-exists=maybe", "policy device-exists=maybe: expected refuses, advises or off"),
    "no number": ("future_dating_days=soon", "policy future_dating_days=soon: Expected `int`, got `str`"),
    "fewer days than none": ("future_dating_days=-5", "policy future_dating_days=-5: Expected `int` >= 0"),
    "a check that cannot only advise": (
        "device-exists=advises",
        "rules.checks.device-exists.refuses: what this check refuses cannot be carried out",
    ),
    "a check that cannot be off": (
        "request-id-is-new=off",
        "rules.checks.request-id-is-new.off: what this check refuses cannot be carried out",
    ),
}


@pytest.mark.parametrize(("policy", "says"), POLICY_REFUSED.values(), ids=POLICY_REFUSED.keys())
def test_a_policy_is_refused_with(tour: Toured, policy: str, says: str) -> None:
    done = traces(tour, "replay", "--since", LONG_AGO, "--policy", policy)
    assert (2, "", 1) == (done.exit_code, done.stdout, done.stderr.count("\n"))
    assert says in done.stderr


REPLAY_REFUSED = {
    "a trace that there is not": (("0" * 32,), 1, f"there is no trace {'0' * 32}"),
    "a revision that there is not": (("--since", LONG_AGO, "--products", "abcdef012345"), 2, "abcdef012345 is not"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "code", "says"), REPLAY_REFUSED.values(), ids=REPLAY_REFUSED.keys())
def test_replay_is_refused_for(tour: Toured, words: tuple[str, ...], code: int, says: str) -> None:
    done = traces(tour, "replay", *words)
    assert code == done.exit_code
    assert says in (done.stdout if code == 1 else done.stderr)


def test_there_is_nothing_to_replay_before_the_gateway_ran(world: World) -> None:
    done = CliRunner().invoke(main, ["traces", "replay", "--since", LONG_AGO, "--config", str(world.config)])
    assert (2, "") == (done.exit_code, done.stdout)
    assert "traces.db does not exist: the gateway makes it when it first runs" in done.stderr


# ---- show


def test_a_trace_is_shown_with_everything_that_happened(tour: Toured) -> None:
    trace_id = tour.trace_id(PLACES["4.1.1 of a SMETS1 ESME, Secure"])
    told = orjson.loads(traces(tour, "show", trace_id, "--json").stdout)
    assert (trace_id, "4.1.1", "SMETS1", ["s1sp:secure"], "I99") == (
        told["trace_id"],
        told["variant"],
        told["treatment"],
        told["destinations"],
        told["code"],
    )
    assert {"products", "schema", "rules", "settings"} == set(told["revisions"])
    assert [("s1sp", "secure", "delivered", 202), ("user", SUPPLIER, "delivered", 204)] == [
        (a["far"], a["name"], a["outcome"], a["status"]) for a in told["attempts"]
    ]
    (event,) = told["events"]
    assert event.endswith(f"answer of S1SP secure passed on to {SUPPLIER}")


def test_people_are_shown_the_same_in_tables(tour: Toured) -> None:
    done = traces(tour, "show", tour.trace_id(PLACES["7.2 by an other user"]))
    assert 0 == done.exit_code
    wanted = ("E2", "role-may-send-service", "refused", "7.2, command variant 4", "serviceT")
    assert [] == [word for word in wanted if word not in done.stdout]


def test_a_trace_tells_what_each_check_read_and_what_would_have_made_it_pass(tour: Toured) -> None:
    trace_id = tour.trace_id(PLACES["4.1.1 by a supplier that is not registered"])
    told = orjson.loads(traces(tour, "show", trace_id, "--json").stdout)["explained"]
    checks = {check["name"]: check for check in told["checks"]}
    refused = checks["sender-is-registered"]
    read = {each["fact"]: each["stood"] for each in refused["reads"]}
    assert ("refused", "DCC Systems Response Codes, E4") == (refused["answer"], refused["cites"])
    assert read["originator's registrations"].startswith("none; asked for 20")
    assert "not-asked" == checks["destination-is-known"]["answer"]
    assert "be registered for the meter point at the required date and time" == told["remedy"]
    assert ["registration"] == [change["of"] for remedy in told["remedies"] for change in remedy["changes"]]


def test_people_read_the_same_of_a_trace(tour: Toured) -> None:
    said = traces(tour, "show", tour.trace_id(PLACES["7.2 transform for a SMETS1 ESME"])).stdout
    change = "use command variant 1 instead of 4, and post it to serviceS instead of serviceT"
    assert f"- {change}; it would be answered I99" in " ".join(said.split())
    assert "treatment: SMETS1: pre-notified as SMETS1" in " ".join(said.replace("│", " ").split())


def test_a_trace_that_would_be_decided_otherwise_today_says_so(tour: Toured, tmp_path: Path) -> None:
    other = tmp_path / "config.toml"
    text = tour.config.read_text()
    assert text.count("prenotified") == 1
    other.write_text(text.replace("prenotified", "associated_hub"))
    for name in ("dcc", "certificates", "parties.toml", "products", "traces.db"):
        if (tour.directory / name).exists():
            (tmp_path / name).symlink_to(tour.directory / name)
    trace_id = tour.trace_id(PLACES[MISJOINED])
    done = CliRunner().invoke(main, ["traces", "show", trace_id, "--json", "--config", str(other)])
    told = orjson.loads(done.stdout)["explained"]
    expected = "decided under the rules of this explanation it would be I99 to gbcs:Central"
    assert (expected, None) == (told["note"], told.get("remedies"))
    assert "device-is-joined-to-its-kind" in [c["name"] for c in told["checks"] if c["answer"] == "refused"]


def test_a_trace_of_what_was_never_decided_says_so(tour: Toured) -> None:
    told = orjson.loads(traces(tour, "show", tour.trace_id(PLACES["an unsigned request"]), "--json").stdout)
    assert {"note": "it was never decided (unauthenticated)"} == told["explained"]


def test_secrets_are_in_no_trace(tour: Toured) -> None:
    trace_id = tour.trace_id(PLACES["2.2 top-up of an ESME"])
    shown = traces(tour, "show", trace_id, "--json").stdout
    places = ["devices.uprn", "devices.postcode", "devices.address"]
    assert ["body.utrn", *places] == orjson.loads(shown)["masked"]
    assert "73946144332040217315" not in shown


def test_a_trace_that_there_is_not_is_refused(tour: Toured) -> None:
    done = traces(tour, "show", "f" * 32)
    assert (1, f"no trace {'f' * 32}: never written, dropped, or older than is kept\n") == (done.exit_code, done.stdout)


# ---- find


FILTERS = {
    "of a service": (("--srv", "8.11"), {"8.11 a device for the hub's log"}),
    "with a code": (("--code", "E110101"), {"11.3 transform, image not on the CPL", "11.1 with a withdrawn version"}),
    "to a destination": (("--destination", "s1sp:mds"), {"4.1.1 of a SMETS1 ESME, MDS"}),
    "refused by a check": (("--check", "sender-is-registered"), {"4.1.1 by a supplier that is not registered"}),
    "of a device, as people type it": (("--device", "0000000000000001"), {"4.1.1 of a device that is not there"}),
    "of a user that sent one": (("--originator", "90b3d51f31020000"), {"4.1.1 by a supplier that is not registered"}),
    "of a service and with a code": (("--srv", "4.1.1", "--code", "E19"), {"4.1.1 of a device that is not there"}),
    "of a service that nobody asked for": (("--srv", "9.9"), set()),
    "before the world began": (("--until", LONG_AGO), set()),
}  # fmt: skip


@pytest.mark.parametrize(("words", "titles"), FILTERS.values(), ids=FILTERS.keys())
def test_traces_are_found(tour: Toured, words: tuple[str, ...], titles: set[str]) -> None:
    by_id = {tour.trace_id(place): title for title, place in PLACES.items()}
    assert titles == {by_id[trace["trace_id"]] for trace in found(tour, *words)}


def test_the_newest_come_first_and_no_more_than_wanted(tour: Toured) -> None:
    newest = found(tour, "--limit", 3)
    assert [tour.trace_id(len(STEPS) - place) for place in range(3)] == [t["trace_id"] for t in newest]


def test_a_period_includes_its_start_and_not_its_end(tour: Toured) -> None:
    second, third = found(tour, "--limit", len(STEPS))[-2], found(tour, "--limit", len(STEPS))[-3]
    there = found(tour, "--since", second["received_at"], "--until", third["received_at"])
    assert [second["trace_id"]] == [t["trace_id"] for t in there]
    moment = datetime.fromisoformat(second["received_at"]) + timedelta(microseconds=1)
    assert [] == found(tour, "--since", moment.isoformat(), "--until", third["received_at"])


def test_people_find_a_table(tour: Toured) -> None:
    done = traces(tour, "find", "--code", "E110101")
    assert "firmware-hash-is-on-cpl" in done.stdout
    assert done.stdout.endswith("2 traces\n")


WRONG = {
    "a time": (("--since", "yesterday"), "'yesterday' is not a time, 2025-03-31T09:00:00Z or 2025-03-31"),
    "a device": (("--device", "A0"), "'A0' is not an EUI-64 (sixteen hexadecimal digits)"),
    "an option": (("--colour", "red"), "--colour"),
}


@pytest.mark.parametrize(("words", "says"), WRONG.values(), ids=WRONG.keys())
def test_find_does_not_understand(tour: Toured, words: tuple[str, ...], says: str) -> None:
    done = traces(tour, "find", *words)
    assert 2 == done.exit_code
    assert says in done.stderr


def test_replay_does_not_understand_a_time(tour: Toured) -> None:
    done = traces(tour, "replay", "--since", "yesterday")
    assert 2 == done.exit_code
    assert "'yesterday' is not a time, 2025-03-31T09:00:00Z or 2025-03-31" in done.stderr
