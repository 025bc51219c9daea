"""A request of any service, recorded as the gateway records it and decided again, is decided as it was the first time.

Also: what a trace keeps of it is nothing that nobody should find.
"""

from __future__ import annotations

import msgspec
import pytest
from drawn_requests import quick, requests
from estate import ADDITION, ESME_2, HUB_1, HUB_2, PPMID_2, RULES, SIGNED, asks, changed, facts, rules
from hypothesis import given, settings
from hypothesis import strategies as st
from situations import HUBS, MATRIX_RULES

from gateway.replaying import CodeChange, Replayed, changes_by_code, facts_in, replay
from gateway.replies import Outcome, document
from gateway.tracing import MOST_DEVICES_IN_TRACE, TraceDraft
from routing.decision import Rules, decide
from routing.facts import Facts
from routing.policy import CheckOverride, PpmidPolicy
from routing.trace import RoutingTrace
from schemas.records import from_builtins, to_builtins
from schemas.request import OtherBody, Part, ReadInventory, TopUpDevice, UpdateHANDeviceLog
from schemas.vocabulary import DeviceStatus

SECRET = "AB1 2CD"


def recorded(asked: Facts, in_force: Rules = RULES) -> RoutingTrace:
    """The trace of the first decision, its facts as they are stored."""
    decision = decide(asked, in_force)
    draft = TraceDraft("77", asked.time, asked.web_service, 1000, {}, None)
    draft.read(asked.request, bytes(32))
    draft.decided(asked, decision)
    outcome = Outcome.ACCEPTED if decision.accepted else Outcome.REFUSED
    draft.finish(document(outcome, "77", b""))
    return draft.made()


NAMES = st.sampled_from(["OtherDeviceID", "DeviceID", "OldCHFID", "DeviceIDList", "AssociatedGPFDeviceID"])
DEVICES = st.sampled_from([*map(str, HUBS.values()), str(PPMID_2.id), str(ESME_2.id)])
PARTS = st.lists(
    st.one_of(st.builds(Part, NAMES, DEVICES), st.just(Part("PostCode", SECRET)), st.just(Part("UTRN", SECRET))),
    max_size=3,
).map(tuple)


@st.composite
def filled(draw: st.DrawFn) -> Facts:
    """A request of any service, with something in its body where that is kept as it stands."""
    asked = draw(requests)
    body = asked.request.body
    if not isinstance(body, OtherBody):
        return asked
    request = msgspec.structs.replace(asked.request, body=msgspec.structs.replace(body, parts=draw(PARTS)))
    return msgspec.structs.replace(asked, request=request)


@settings(parent=quick, max_examples=500)
@given(filled())
def test_replay_equals_the_first_decision(asked: Facts) -> None:
    trace = recorded(asked, MATRIX_RULES)
    again, kept = replay(trace, MATRIX_RULES), facts_in(trace)
    assert (None, False) == (again.gap, again.changed)
    assert (again.then, again.code_then) == (again.now, again.code_now)
    assert isinstance(kept, Facts)
    assert trace.verdicts == decide(kept, MATRIX_RULES).verdicts


LIVED_IN = changed(ESME_2, uprn="100012345678", postcode=SECRET, address=f"1 High Street, {SECRET}")
TARIFF = OtherBody(element="UpdateImportTariffPrimaryElement", parts=(Part("A", SECRET),))
PRIVATE: dict[str, tuple[Facts, tuple[str, ...]]] = {
    "where a device's people live": (
        facts(asks("4.1.1", ESME_2), devices=LIVED_IN),
        ("devices.uprn", "devices.postcode", "devices.address"),
    ),
    "where the people of a device that fits live": (
        facts(asks("8.2"), matches=tuple(one for one in LIVED_IN if one.id == ESME_2.id)),
        ("devices.uprn", "devices.postcode", "devices.address"),
    ),
    "whose devices an 8.2 asks for": (
        facts(asks("8.2", body=ReadInventory(postcode=SECRET, address=SECRET))),
        ("body.postcode", "body.address"),
    ),
    "the token of a top-up": (facts(asks("2.2", ESME_2, body=TopUpDevice(utrn=SECRET))), ("body.utrn",)),
    "the message that somebody signed": (facts(asks("7.2", ESME_2, 5, SIGNED)), ("body.gbcs_payload",)),
    "the settings of a device": (
        facts(
            asks("1.1.1", ESME_2, 4, OtherBody(element="UpdateImportTariffPrimaryElement", parts=(Part("A", SECRET),)))
        ),
        ("body.parts", "body.attributes"),
    ),
    "an install code": (
        facts(asks("8.11", HUB_2, body=UpdateHANDeviceLog(device=PPMID_2.id, request_type="Add", add=ADDITION))),
        ("body.add.install_code",),
    ),
}


@pytest.mark.parametrize(("asked", "masked"), PRIVATE.values(), ids=PRIVATE.keys())
def test_a_trace_keeps_nothing_of(asked: Facts, masked: tuple[str, ...]) -> None:
    trace = recorded(asked)
    assert masked == trace.masked
    assert trace.facts is not None
    assert SECRET.encode() not in bytes(trace.facts)
    assert b"100012345678" not in bytes(trace.facts)
    assert not replay(trace, RULES).changed


def test_a_trace_keeps_everything_where_nothing_is_private() -> None:
    trace = recorded(facts(asks("4.1.1", ESME_2)))
    assert trace.facts is not None
    assert ((), facts(asks("4.1.1", ESME_2))) == (trace.masked, from_builtins(msgspec.json.decode(trace.facts), Facts))


# ---- under other rules

MISJOINED = facts(asks("11.2", PPMID_2), devices=changed(PPMID_2, hub=HUB_1.id, s1sp="S1SP-A"))
SUSPENDED = facts(asks("4.1.1", ESME_2), devices=changed(ESME_2, status=DeviceStatus.SUSPENDED))
STATUS = "device-status-suits-service"
CHANGES: dict[str, tuple[Facts, Rules, tuple[str, str, str]]] = {
    "the other policy for PPMIDs": (
        MISJOINED,
        rules(ppmid=PpmidPolicy.ASSOCIATED_HUB),
        ("E59 by device-is-joined-to-its-kind", "I99 to s1sp:S1SP-A", "SMETS1, operated by S1SP S1SP-A"),
    ),
    "a check switched off": (
        SUSPENDED,
        rules(checks={STATUS: CheckOverride(off=True)}),
        (f"E5 by {STATUS}", "I99 to gbcs:North", "SMETS2+, reached through WAN region North"),
    ),
    "another code": (
        SUSPENDED,
        rules(checks={STATUS: CheckOverride(code="E1000")}),
        (
            f"E5 by {STATUS}",
            f"E1000 by {STATUS}",
            f"{ESME_2.id} is Suspended; 4.1.1 needs InstalledNotCommissioned, Commissioned, Recovered",
        ),
    ),
}


@pytest.mark.parametrize(("asked", "other", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_a_decision_is_another_under(asked: Facts, other: Rules, expected: tuple[str, str, str]) -> None:
    again = replay(recorded(asked), other)
    assert (True, *expected) == (again.changed, again.then, again.now, again.because)


def test_a_request_of_many_devices_is_a_gap() -> None:
    many = tuple(msgspec.structs.replace(ESME_2, id=type(ESME_2.id)(n)) for n in range(MOST_DEVICES_IN_TRACE + 1))
    again = replay(recorded(facts(asks("11.1"), devices=many)), RULES)
    assert ("its facts were left out", None, False) == (again.gap, again.now, again.changed)


def test_facts_of_another_version_are_a_gap() -> None:
    trace = msgspec.structs.replace(recorded(SUSPENDED), facts=msgspec.Raw(b'{"request": 1}'))
    gap = replay(trace, RULES).gap
    assert gap is not None
    assert gap.startswith("its facts are not those of this version: Expected `object`, got `int`")


def test_changes_are_counted_by_code_the_most_frequent_first() -> None:
    def one(then: str, now: str, changed: bool = True) -> Replayed:
        return Replayed(trace_id="", request_id=None, then=then, now=now, code_then=then, code_now=now, changed=changed)

    outcomes = [one("I0", "I0", False), one("E5", "I99"), one("E59", "I99"), one("E59", "I99"), one("I99", "I99")]
    expected = [("E59", "I99", 2), ("E5", "I99", 1), ("I99", "I99", 1)]
    assert expected == [(c.code_then, c.code_now, c.requests) for c in changes_by_code(outcomes)]
    assert {"code_then": "E5", "code_now": "I99", "requests": 1} == to_builtins(
        CodeChange(code_then="E5", code_now="I99", requests=1)
    )
