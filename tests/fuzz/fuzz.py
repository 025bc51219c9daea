"""``make fuzz``: Atheris, then Hypothesis, each in a process of its own, for half of the time.

What ends a fuzzer is kept in ``.fuzz/found`` and printed; the corpus stays for the next run. It ends with 1 when
anything was found. A document found becomes a named case in ``tests/schemas/attacks.py``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "schemas"), str(PROJECT)]

from fuzz_plan import Plan  # noqa: E402
from fuzz_watch import CURRENT, TALLY, TOO_LARGE  # noqa: E402

TOOLS = ("atheris", "hypothesis")
SHOWN = 2_000
"""Octets of a found document that are printed, and characters of the fuzzer's last words."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """How one fuzzer ended."""

    tool: str
    numbers: dict[str, object]
    coverage: str
    """libFuzzer's last word on it; empty for the other."""
    reason: str
    """Why it ended before its time; empty when it did not."""
    words: str
    found: Path | None


def run(tool: str, plan: Plan) -> Run:
    plan.folder.mkdir(parents=True, exist_ok=True)
    for old in (TALLY, CURRENT):
        (plan.folder / old).unlink(missing_ok=True)
    words = [sys.executable, str(HERE / f"with_{tool}.py"), msgspec.json.encode(plan).decode()]
    path = os.pathsep.join([str(HERE), str(HERE.parent / "schemas"), str(PROJECT), os.environ.get("PYTHONPATH", "")])
    ours = {"PYTHONPATH": path, "HYPOTHESIS_STORAGE_DIRECTORY": str(PROJECT / ".hypothesis")}
    log = plan.folder / "log.txt"
    with log.open("wb") as output:
        code = subprocess.run(
            words, check=False, cwd=plan.folder, env=os.environ | ours, stdout=output, stderr=output
        ).returncode
    said = log.read_text(errors="replace")
    tally = plan.folder / TALLY
    return Run(
        tool=tool,
        numbers=msgspec.json.decode(tally.read_bytes()) if tally.exists() else {},
        coverage=next((line for line in reversed(said.splitlines()) if " cov: " in line), ""),
        reason=_reason(code, plan),
        words=said[-SHOWN:],
        found=_kept(tool, plan) if code else None,
    )


def _reason(code: int, plan: Plan) -> str:
    if code == -signal.SIGPROF:
        return f"more than {plan.cpu:g} s of processor time for one document"
    if code == TOO_LARGE:
        return f"more than {plan.megabytes} MB of memory"
    if code < 0:
        return f"the process died of {signal.Signals(-code).name}"
    return f"the process ended with {code}" if code else ""


def _kept(tool: str, plan: Plan) -> Path | None:
    """The document that was being read."""
    current = plan.folder / CURRENT
    if not current.exists():
        return None
    document = current.read_bytes()
    found = plan.folder.parent / "found" / f"{tool}-{sha256(document).hexdigest()[:12]}.xml"
    found.parent.mkdir(exist_ok=True)
    found.write_bytes(document)
    return found


def told(ended: Run) -> str:
    numbers = ", ".join(f"{name} {value}" for name, value in ended.numbers.items())
    lines = [f"{ended.tool}: {'nothing found' if not ended.reason else ended.reason}; {numbers}"]
    lines += [f"  {ended.coverage.strip()}"] if ended.coverage else []
    if ended.reason:
        lines += ["  its last words:", ended.words]
    if ended.found is not None:
        lines += [f"  {ended.found}:", f"  {ended.found.read_bytes()[:SHOWN]!r}"]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=3600, help="for all fuzzers together (3600)")
    parser.add_argument("--tool", choices=TOOLS, action="append", help="only this one")
    parser.add_argument("--cpu", type=float, default=2.0, help="seconds of processor time for one document (2)")
    parser.add_argument("--megabytes", type=int, default=1024, help="resident memory of a fuzzer (1024)")
    parser.add_argument("--folder", type=Path, default=PROJECT / ".fuzz", help="for corpus and findings (.fuzz)")
    parser.add_argument("--target", default="fuzz_target:read", help="what is fuzzed, module:function")
    asked = parser.parse_args()
    tools = asked.tool or [tool for tool in TOOLS if tool != "atheris" or find_spec("atheris")]
    if "atheris" not in tools and not asked.tool:
        print("atheris is not installed (Linux on x86-64 only): Hypothesis has all of the time")
    failed = False
    for tool in tools:
        plan = Plan(
            place=str(asked.folder.resolve() / tool),
            seconds=max(1, asked.seconds // len(tools)),
            cpu=asked.cpu,
            megabytes=asked.megabytes,
            target=asked.target,
        )
        ended = run(tool, plan)
        failed = failed or bool(ended.reason)
        print(told(ended), flush=True)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
