"""Where everybody in a sandbox listens, and the ``config.toml`` that says so.

A world that is to be served on other ports keeps its files and what was changed in them by hand: only
the addresses are exchanged.
"""

from __future__ import annotations

import json
import re
from typing import Final

import msgspec

from gateway.sandbox.identities import ACCESS_CONTROL_BROKER, Roster
from routing.parties import Party
from schemas.vocabulary import UserId

HOST: Final = "127.0.0.1"
REGIONS: Final = ("North", "Central", "South")
_PORTS: Final = re.compile(rf"(?m)(?<=^port = )[0-9]+$|(?<=http://{re.escape(HOST)}:)[0-9]+")


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    port: int = 8079
    operator_port: int = 8078
    simulators_port: int = 8077
    """Of all far sides."""
    receive_url: str | None = None
    """Where all users' answers go; ``None``: to the simulator, each user to a path of its own."""

    def far_side(self, path: str) -> str:
        return f"http://{HOST}:{self.simulators_port}/{path}"

    def receives(self, user: UserId) -> str:
        return self.receive_url or self.far_side(f"users/{user}/receive")


def configuration(roster: Roster, addresses: Addresses) -> str:
    """The text of ``config.toml``. Paths are relative to its folder."""
    lines = [
        "# A sandbox: every key in it was made for it and protects nothing.",
        "# What is not said here has its default: duis-gateway config show FILE",
        "",
        *_section("listen", host=HOST, port=addresses.port),
        *_section("operator", host=HOST, port=addresses.operator_port),
        *_section("store", path="state.db"),
        *_section("traces", path="traces.db"),
        *_section("signing", key=f"keys/{roster.dcc.key}", certificate=f"certificates/{roster.dcc.certificate}"),
        *_section(
            "gbcs",
            acb=str(ACCESS_CONTROL_BROKER),
            key_agreement_key=f"keys/{roster.acb_key}",
            acb_signing_key=f"keys/{roster.acb_ds_key}",
            tcos=str(roster.tcos),
            tcos_signing_key=f"keys/{roster.tcos_ds_key}",
        ),
        *_section("parties", file="parties.toml", certificates="certificates"),
        *_section("products", directory="products"),
        '# "associated_hub" lets the hub decide that a bilingual PPMID is joined to (SEC A2.13)',
        "# A join that would lose one under the policy is told in its trace, or refused:",
        "# [rules.checks.whitelisting-suits-its-kind] refuses = true, and so join-suits-its-kind",
        *_section("ppmid", policy="prenotified"),
        "# The requests of the Reference Test Data Set are dated 2030.",
        *_section("rules", future_dating_days=3_660),
    ]
    for name, s1sp in roster.s1sps.items():
        lines += _section(f"s1sp.{name}", id=str(s1sp.id), url=addresses.far_side(f"s1sp/{name}"))
    for region in REGIONS:
        lines += _section(f"wan.{region}", url=addresses.far_side(f"wan/{region}"))
    return "\n".join(lines)


def _section(name: str, **values: str | int) -> list[str]:
    # A JSON string or number is a TOML one as well.
    return [f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items()), ""]


def with_other_ports(text: str, before: Addresses, after: Addresses) -> str:
    """The text of a ``config.toml`` with the ports of ``before`` replaced by those of ``after``."""
    ports = {
        str(before.port): str(after.port),
        str(before.operator_port): str(after.operator_port),
        str(before.simulators_port): str(after.simulators_port),
    }
    return _PORTS.sub(lambda found: ports.get(found[0], found[0]), text)


def with_other_address(party: Party, before: Addresses, after: Addresses) -> Party:
    """The party, receiving elsewhere where it received at the address that ``before`` gave it."""
    if party.receive_url != before.receives(party.id):
        return party
    return msgspec.structs.replace(party, receive_url=after.receives(party.id))
