"""A second opinion on decisions: plain conditions in one function, without a table, a plan or a check.

It shares with the gateway the published facts (``service_requests.csv``) and the words of the domain, nothing
else: what the facts do not say (statuses, further device types, SMETS1 beyond the 2017 list, horizon, codes) is
written here again, by hand.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NEVER = datetime(3000, 12, 31, tzinfo=UTC)

WHEN = {
    "now": None,
    "this moment": NOW,
    "tomorrow": NOW + timedelta(days=1),
    "yesterday": NOW - timedelta(days=1),
    "in two months": NOW + timedelta(days=60),
    "never": NEVER,
}


class Situation(NamedTuple):
    """One cell of the matrix: everything a decision depends on, in the words of the facts."""

    srv: str
    role: str
    command_variant: int
    web_service: str
    """``T``, ``S`` or ``D``."""
    device_type: str
    status: str
    generation: str
    """``SMETS1`` or ``SMETS2+``."""
    schema_version: str = "5.4"
    registered: bool = True
    exists: bool = True
    to_dcc: bool | None = None
    """Whether it is addressed to the DCC; ``None``: as the service wants it."""
    when: str = "now"
    issued: bool = True
    """Whether a Pre-Command was issued under the RequestID."""
    follows: str = ""
    """What is known of the preceding request; empty where there is none."""
    held: bool = False
    """Whether the DSP holds an earlier one of the same user, service and device."""


ALSO_FOR = {
    "3.3": {"GPF", "CHF"},
    **{srv: {"GPF"} for srv in ("4.4.2", "4.4.3", "4.4.4", "4.4.5", "4.6.1", "4.8.1", "4.10", "4.11.1", "4.13")},
    "6.2.4": {"GPF"},
    "6.13": {"GPF"},
    "6.14.3": {"HCALCS"},
    **{srv: {"GSME"} for srv in ("6.15.1", "6.15.2", "6.17", "6.23", "6.24.2")},
    "6.24.1": {"GSME", "GPF"},
    "6.21": {"ESME", "GSME"},
    "8.7.1": {"HCALCS"},
    "8.8.1": {"GSME", "HCALCS"},
    "8.7.2": {"ESME", "GPF", "PPMID"},
    "8.8.2": {"ESME", "GPF", "PPMID"},
    "8.9": {"ESME", "GPF", "PPMID", "HCALCS"},
    "11.2": {"PPMID", "HCALCS"},
    "11.3": {"GSME", "HCALCS", "PPMID"},
}
"""Types that are assumed beside those that the reference data shows."""
SMETS1_BEYOND_THE_LIST = {"11.3", "4.6.1"}
RETRIEVED = {"4.1.1", "4.4.3", "4.6.1", "4.8.1"}
"""What a Meter Data Retriever may send since DUIS 5.3, to SMETS1 devices."""
NOT_CARRIED_OUT = {"5.1", "5.2", "5.3", "8.6", "8.13", "12.1"} | {f"8.14.{n}" for n in range(1, 5)}
URL_OF_VARIANT = {1: "S", 2: "D", 3: "S", 4: "T", 5: "S", 6: "D", 7: "S", 8: "D"}
AT_WORK = {"InstalledNotCommissioned", "Commissioned", "Recovered"}
WITHOUT_REGISTRATION = {"RSA", "OU", "MDR"}


class Oracle:
    """Answers with the response code."""

    def __init__(self, facts: Path) -> None:
        with facts.open(newline="", encoding="utf-8") as lines:
            self.services = {row["srv"]: row for row in csv.DictReader(lines)}

    def code(self, s: Situation) -> str:
        row = self.services[s.srv]
        non_device, critical = row["non_device"] == "Yes", row["critical"] == "Yes"
        roles, variants = row["eligible_roles"].split(), row["command_variants"].split()
        smets1 = bool(row["smets1_2017_list"]) or s.srv in SMETS1_BEYOND_THE_LIST
        retrieves = s.role == "MDR" and s.srv in RETRIEVED and s.schema_version in {"5.3", "5.4"}

        if s.role not in roles and not retrieves:
            return "E2"
        if str(s.command_variant) not in variants and not (critical and smets1 and s.command_variant == 1):
            return "E12"
        if URL_OF_VARIANT[s.command_variant] != s.web_service:
            return "E13"
        to_dcc = non_device if s.to_dcc is None else s.to_dcc
        if to_dcc is not non_device:
            return "E62"
        if s.command_variant in {5, 6, 7} and not s.issued:
            return "E64"
        dated = self._of_its_date(s, row["future_dated"])
        if dated:
            return dated
        if s.follows == "unknown":
            return "E40"
        if s.follows == "open":
            return "E41"
        if s.srv in {"8.3", "8.4"}:
            return self._of_a_record(s)
        if non_device:
            return "E66" if s.srv in NOT_CARRIED_OUT else ("I0" if s.srv == "8.2" else "I99")
        return self._at_device(s, row, smets1=smets1, critical=critical)

    @staticmethod
    def _of_its_date(s: Situation, held_by: str) -> str:
        execution = WHEN[s.when]
        if execution is None:
            return ""
        if held_by == "No":
            return "E44"
        if s.command_variant not in {1, 4, 5}:
            return "E45"
        if execution < NOW:
            return "E46"
        if execution == NEVER:
            return "" if "Device" in held_by or s.held else "E49"
        return "E47" if execution > NOW + timedelta(days=30) else ""

    @staticmethod
    def _of_a_record(s: Situation) -> str:
        """8.3 of the device, and 8.4 that has it installed."""
        if not s.exists:
            return "E19"
        if s.role not in WITHOUT_REGISTRATION and not s.registered:
            return "E4"
        if s.srv == "8.3":
            return "I99" if s.status in AT_WORK | {"Suspended", "Recovery"} else "E080302"
        return "I99" if s.status in {"Pending", "Whitelisted"} else "E080405"

    @staticmethod
    def _at_device(s: Situation, row: dict[str, str], *, smets1: bool, critical: bool) -> str:
        if not s.exists:
            return "E19"
        shown = {name for name in row["rtds_target_device_types"].split() if "(" not in name}
        if s.device_type not in shown | ALSO_FOR.get(s.srv, set()):
            return "E11"
        if s.status not in AT_WORK and not (s.status == "Suspended" and s.srv in {"11.2", "11.3"}):
            return "E5"
        of_smets1 = s.generation == "SMETS1"
        if s.role == "MDR" and not of_smets1:
            return "E4"
        if s.role not in WITHOUT_REGISTRATION and not s.registered:
            return "E4"
        if s.command_variant in {2, 3, 6, 7} and s.role not in {"IS", "ES", "GS"}:
            return "E17"
        if of_smets1 and not smets1:
            return "E57"
        if (s.command_variant != 1) if of_smets1 else (critical and s.command_variant == 1):
            return "E12"
        if s.when == "never" and "Device" not in row["future_dated"]:
            return "I0"
        if s.command_variant in {2, 4, 6}:
            return "I0"
        return "I99"
