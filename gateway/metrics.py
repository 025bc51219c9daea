"""Counters for operators. Labels are closed sets: outcome, code, check, destination kind; never an identifier."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from gateway.ports import Far
from gateway.replies import Outcome
from routing.checks.table_advisories import OUTCOMES
from routing.decision import CHECK_NAMES
from routing.transition_table import TRANSITIONS
from schemas.response_codes import RESPONSE_CODES

_REQUESTS: Final = Counter("duis_requests", "Requests by outcome of their synchronous part.", ["outcome"])
_CODES: Final = Counter("duis_response_codes", "Synchronous answers by response code.", ["code"])
_REFUSALS: Final = Counter("duis_refusals", "Requests refused, by the check that refused.", ["check"])
_ADVISORIES: Final = Counter(
    "duis_advisories", "Requests for which an advisory of the SMETS1 Supporting Requirements held.", ["outcome"]
)
_DELIVERIES: Final = Counter("duis_deliveries", "Attempts to deliver, by far side and outcome.", ["far", "outcome"])
_ANSWERS: Final = Counter(
    "duis_far_side_messages", "Messages of far sides, by kind and what became of them.", ["far", "outcome"]
)
_TRANSITIONS: Final = Counter("duis_transitions", "Changes of devices in the inventory, by transition.", ["transition"])

SECONDS: Final = Histogram(
    "duis_request_seconds",
    "From the received document to the synchronous answer.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3),
)
IN_FLIGHT: Final = Gauge("duis_in_flight", "Requests at work.", multiprocess_mode="livesum")
TRACES_DROPPED: Final = Gauge(
    "duis_traces_dropped", "Trace records that could not be kept.", multiprocess_mode="livesum"
)
OUTBOX: Final = Gauge("duis_outbox", "Hand-offs waiting or dead.", ["state"], multiprocess_mode="liveall")

# Children are looked up once: a label look-up on the hot path costs more than the count.
REQUESTS: Final = {outcome: _REQUESTS.labels(outcome.value) for outcome in Outcome}
CODES: Final = {code: _CODES.labels(code) for code in RESPONSE_CODES}
REFUSALS: Final = {name: _REFUSALS.labels(name) for name in CHECK_NAMES}
ADVISORIES: Final = {name: _ADVISORIES.labels(outcome.value) for name, outcome in OUTCOMES.items()}
"""By the check that tells of it."""
DELIVERIES: Final = {
    (far, outcome): _DELIVERIES.labels(far.value, outcome)
    for far in Far
    for outcome in ("delivered", "retry", "dead-letter")
}
TRANSITIONS_MADE: Final = {row.name: _TRANSITIONS.labels(row.name) for row in TRANSITIONS}
FAR_SIDE_OUTCOMES: Final = ("passed-on", "repeated", "unknown-request", "refused")
FAR_SIDE: Final = {(far, outcome): _ANSWERS.labels(far.value, outcome) for far in Far for outcome in FAR_SIDE_OUTCOMES}


class AddedUp(Collector):
    """What several processes counted, as if it were one: samples of one name and one set of labels are added."""

    def __init__(self, *sources: Callable[[], Iterable[Metric]]) -> None:
        self._sources = sources

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for source in self._sources:
            for family in source():
                known = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                known.samples = list(_added(known.samples, family.samples))
        return families.values()


def _added(some: Iterable[Sample], others: Iterable[Sample]) -> Iterable[Sample]:
    """In the order in which they are met."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], Sample] = {}
    for sample in (*some, *others):
        key = sample.name, frozenset(sample.labels.items())
        known = found.get(key)
        found[key] = sample if known is None else known._replace(value=known.value + sample.value)
    return found.values()
