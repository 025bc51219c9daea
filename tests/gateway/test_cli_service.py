"""``duis-gateway sandbox``, ``serve`` and ``config``, as processes: what they say, and how they end."""

from __future__ import annotations

import socket
import urllib.request
from pathlib import Path

import msgspec
import orjson
import pytest
from click.testing import CliRunner
from processes import Toured, is_ready, process, stopped, until_said

from gateway.cli import main
from gateway.sandbox.tour import STEPS
from gateway.sandbox.world import World

# ---- sandbox


def test_the_sandbox_takes_its_tour_and_is_content(tour: Toured) -> None:
    assert (0, len(STEPS)) == (tour.returncode, len(tour.lines)), tour.last
    assert f"{len(STEPS)} of {len(STEPS)} requests did what the tour expects; sent documents: " in tour.last


@pytest.mark.parametrize("place", range(1, len(STEPS) + 1), ids=[step.title for step in STEPS])
def test_the_tour_tells_of(tour: Toured, place: int) -> None:
    step, line = STEPS[place - 1], tour.lines[place - 1]
    wanted = [f"✓ {place:2} {step.title}", step.expected, step.destination, step.result or ""]
    if step.answer is not None:
        wanted.append(f"then {step.answer.value} I0")
    assert [] == [word for word in wanted if word not in line], line


def test_a_sandbox_is_not_made_over_other_files(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    done = CliRunner().invoke(main, ["sandbox", "--dir", str(tmp_path), "--once"])
    assert 2 == done.exit_code
    assert f"Error: {tmp_path}: expected an empty directory or a sandbox's, found one with other files\n" == done.stderr


# ---- serve


def test_serve_answers_until_it_is_told_to_stop(world: World) -> None:
    with process("serve", "--config", world.config) as child:
        assert is_ready(world.settings), child.stderr and child.stderr.read()
        code, said = stopped(child)
    assert 0 == code, said
    assert f"worker 0 listens on 127.0.0.1:{world.settings.listen.port}" in said


def test_several_workers_share_the_port_and_their_counters(world: World) -> None:
    listening = [f"worker {index} listens on" for index in range(2)]
    with process("serve", "--config", world.config, "--workers", 2) as child:
        said = until_said(child, *listening)
        assert is_ready(world.settings), said
        with urllib.request.urlopen(f"http://127.0.0.1:{world.settings.operator.port}/metrics", timeout=5) as answer:
            metrics = answer.read().decode()
        code, rest = stopped(child)
    assert 0 == code, said + rest
    assert "duis_requests_total" in metrics


CANNOT_RUN = {
    "an unknown key": ("[listen]", "[listen]\nprot = 1", "Object contains unknown field `prot` - at `$.listen`"),
    "no TOML": ("[listen]", "[listen", "not TOML: "),
    "a key that is not there": ("keys/dcc", "keys/nobody", "cannot be read as a private key: "),
    "certificates of nobody": ('certificates = "certificates"', 'certificates = "keys"', "keys: "),
    "a store in no folder": ('path = "state.db"', 'path = "nowhere/state.db"', "state.db cannot be opened: "),
    "a token that is missing off loopback": (
        '[operator]\nhost = "127.0.0.1"',
        '[operator]\nhost = "0.0.0.0"',
        "operator.token: needed when operator.host is '0.0.0.0'",
    ),
    "half of TLS": (
        "[operator]",
        '[listen.tls]\ncertificate = "x.pem"\n[operator]',
        "listen.tls: certificate and key go together",
    ),
    "a client CA without TLS": (
        "[operator]",
        '[listen.tls]\nclient_ca = "x.pem"\n[operator]',
        "listen.tls.client_ca: mutual TLS needs certificate and key as well",
    ),
    "fewer days than none": (
        "[rules]",
        "[rules]\nimage_days = -1",
        "Expected `int` >= 0 - at `$.rules.image_days`",
    ),
    "a check that there is not": (
        "[ppmid]",
        "[rules.checks.is-nice]\noff = true\n[ppmid]",
        "rules.checks.is-nice: there is no such check",
    ),
}


@pytest.mark.parametrize(("found", "put", "says"), CANNOT_RUN.values(), ids=CANNOT_RUN.keys())
def test_a_configuration_is_refused_in_one_line_for(world: World, found: str, put: str, says: str) -> None:
    text = world.config.read_text()
    assert found in text
    world.config.write_text(text.replace(found, put, 1))
    done = CliRunner().invoke(main, ["config", "check", str(world.config)])
    assert (2, "") == (done.exit_code, done.stdout)
    assert says in done.stderr
    assert 1 == done.stderr.count("\n"), done.stderr


def test_a_port_that_is_taken_is_said_in_one_line(world: World) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", world.settings.listen.port))
        other.listen()
        with process("serve", "--config", world.config) as child:
            _, said = child.communicate(timeout=15)
    assert 2 == child.returncode
    assert "Traceback" not in said
    assert f"Error: cannot listen on http://127.0.0.1:{world.settings.listen.port}: " in said.splitlines()[-1]


# ---- config


def test_config_check_names_everything_that_can_be_used(world: World) -> None:
    done = CliRunner().invoke(main, ["config", "check", str(world.config), "--json"])
    assert 0 == done.exit_code, done.output
    told = orjson.loads(done.stdout)
    assert {"ok", "schema", "certificates", "parties", "products", "rules", "store", "traces"} == set(told)
    assert (True, "8 known") == (told["ok"], told["parties"])


def test_config_check_has_a_table_for_people(world: World) -> None:
    done = CliRunner().invoke(main, ["config", "check", str(world.config)])
    assert 0 == done.exit_code
    assert "everything can be used" in done.stdout


def test_config_show_redacts_the_token(world: World) -> None:
    world.config.write_text(world.config.read_text().replace("[operator]", '[operator]\ntoken = "open sesame"'))
    done = CliRunner().invoke(main, ["config", "show", str(world.config), "--json"])
    assert (0, "(redacted)") == (done.exit_code, orjson.loads(done.stdout)["operator"]["token"])
    assert "sesame" not in done.stdout


def test_the_environment_overrides_the_file(world: World) -> None:
    done = CliRunner().invoke(
        main, ["config", "show", str(world.config), "--json"], env={"DUIS_GATEWAY__LIMITS__IN_FLIGHT": "7"}
    )
    assert 7 == orjson.loads(done.stdout)["limits"]["in_flight"]


def test_settings_have_a_revision_of_their_own(world: World) -> None:
    changed = msgspec.structs.replace(
        world.settings, limits=msgspec.structs.replace(world.settings.limits, in_flight=7)
    )
    assert 2 == len({world.settings.revision, changed.revision})
