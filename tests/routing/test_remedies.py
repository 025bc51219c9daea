"""What would make a refused request pass: each remedy is done, from its data, and the request decided again."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from drawn_requests import quick, requests
from estate import (
    DCC,
    ESME_1,
    ESME_2,
    HUB_1,
    HUB_2,
    IMAGE,
    NOW,
    OTHER_SUPPLIER,
    PPMID_2,
    REGISTERED_UNTIL,
    RULES,
    STRANGER,
    asks,
    changed,
    facts,
    rules,
    the_supplier,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from remedy_player import done
from situations import MATRIX_RULES
from vector import Vector
from vectors import VECTORS

from routing.change import Change, Kind
from routing.decision import Decision, Rules, decide
from routing.facts import Facts
from routing.policy import CheckOverride
from routing.remedies import Remedy, remedies
from schemas.firmware_image import FirmwareImage
from schemas.request import (
    ActivateFirmware,
    DisableSupply,
    ReadInstantaneousImportRegisters,
    UpdateFirmware,
)
from schemas.vocabulary import (
    CommandVariant,
    DeviceStatus,
    DeviceType,
    RequestId,
    UserRole,
    UserStatus,
    WebService,
)

AT_S1SP_NOBODY = changed(ESME_1, s1sp="S1SP-Z")
AN_IMAGE = FirmwareImage(octets=3, sha256=bytes(32), not_ota="an OTA header has at least 56 octets, the image has 3")
LATE = ReadInstantaneousImportRegisters(execution=REGISTERED_UNTIL)
WITH_IMAGE = UpdateFirmware(firmware_version="00020001", devices=(ESME_2.id,), image_characters=4, image=AN_IMAGE)
OTHER_USER = the_supplier(roles=(UserRole.OTHER_USER,))
WITHDRAWN = changed(ESME_2, status=DeviceStatus.WITHDRAWN)
MISJOINED = changed(PPMID_2, hub=HUB_1.id)
HORIZON = rules(future_dating_days=200)
NAME = "image-is-an-ota-file"
REFUSING = rules(checks={NAME: CheckOverride(refuses=True)})

TOLD: dict[str, tuple[Facts, Rules, list[str]]] = {
    "another command variant and its web service": (
        facts(asks("4.1.1", ESME_2, 4)),
        RULES,
        ["use command variant 1 instead of 4, and post it to serviceS instead of serviceT"],
    ),
    "a critical request that nobody transformed": (
        facts(asks("7.2", ESME_2, 1)),
        RULES,
        ["use command variant 4 instead of 1, and post it to serviceT instead of serviceS"],
    ),
    "the web service, or another variant": (
        facts(asks("4.1.1", ESME_2, 2), web_service=WebService.SEND_COMMAND),
        RULES,
        ["use command variant 1 instead of 2 (or 3)", "post it to serviceD instead of serviceS"],
    ),
    "another role": (
        facts(asks("2.2", ESME_2), party=OTHER_USER),
        RULES,
        ["send as a user in role IS; this one is OU"],
    ),
    "a newer version of DUIS, or another role": (
        facts(
            msgspec.structs.replace(asks("4.1.1", ESME_1), schema_version="5.2"),
            party=the_supplier(roles=(UserRole.METER_DATA_RETRIEVER,)),
        ),
        RULES,
        ["declare schemaVersion 5.4 instead of 5.2 (or 5.3)", "send as a user in role IS; this one is MDR"],
    ),
    "a version that the list has": (
        facts(asks("11.1", body=msgspec.structs.replace(WITH_IMAGE, firmware_version="00010009"))),
        RULES,
        ["give firmware version 00020002 instead of 00010009 (or 00020001)"],
    ),
    "an image that the list has": (
        facts(asks("11.3", ESME_2, 4, ActivateFirmware(firmware_hash=bytes(32)))),
        RULES,
        [f"activate the image of version 00020001, SHA-256 {IMAGE.hex()}"],
    ),
    "another status": (
        facts(asks("4.1.1", ESME_2), devices=WITHDRAWN),
        RULES,
        [
            f"have {ESME_2.id} brought from Withdrawn to Commissioned (or InstalledNotCommissioned, Recovered)",
        ],
    ),
    "an earlier date, or a registration that lasts": (
        facts(asks("4.1.1", ESME_2, body=LATE)),
        HORIZON,
        ["leave ExecutionDateTime out", "be registered for 1200000000002 as IS at 2026-06-01T00:00:00Z"],
    ),
    "a registration for each meter point of a home": (
        facts(asks("11.2", PPMID_2, originator=OTHER_SUPPLIER)),
        rules(device_types={"11.2": (DeviceType.PPMID,)}),
        [
            "send as a user in role RSA; this one is IS GS (or OU)",
            "be registered for 1200000000002 as IS at 2026-03-02T09:30:00Z "
            "(or 4000000002 as GS at 2026-03-02T09:30:00Z)",
        ],
    ),
    "the other policy": (
        facts(asks("11.2", PPMID_2), devices=MISJOINED, party=OTHER_USER),
        RULES,
        ["set ppmid.policy to associated_hub; it is prenotified"],
    ),
    "a device of another type, in the same home": (
        facts(asks("7.2", HUB_2, 4)),
        RULES,
        [
            "address it to F2-00-00-00-00-00-00-02, which is ESME (or F2-00-00-00-00-00-00-03)",
            "address a device of type ESME instead of CHF (or GSME)",
        ],
    ),
    "the DCC as target": (facts(asks("8.2", ESME_2)), RULES, [f"address it to the DCC ({DCC})"]),
    "an unused RequestID": (
        facts(asks("4.1.1", ESME_2), request_id_used_by="77"),
        RULES,
        ["use a counter that was not used before"],
    ),
    "a Pre-Command first": (
        facts(asks("7.2", ESME_2, 5)),
        RULES,
        ["transform the request first (variant 4), under this RequestID"],
    ),
    "an active party": (
        facts(asks("4.1.1", ESME_2), party=the_supplier(status=UserStatus.SUSPENDED)),
        RULES,
        ["wait until 5A-00-00-00-00-00-00-01 is Active again"],
    ),
    "advice that the configuration makes a refusal": (
        facts(asks("11.1", body=WITH_IMAGE)),
        REFUSING,
        [f"let {NAME} advise: rules.checks.{NAME}.refuses = false"],
    ),
    "two things that are wrong": (
        facts(asks("4.1.1", ESME_2, originator=OTHER_SUPPLIER), devices=WITHDRAWN),
        RULES,
        [
            "have F2-00-00-00-00-00-00-02 brought from Withdrawn to Commissioned, "
            "and be registered for 1200000000002 as IS at 2026-03-02T09:30:00Z",
        ],
    ),
    "three things that are wrong": (
        facts(asks("7.2", ESME_2, 5, originator=OTHER_SUPPLIER), devices=WITHDRAWN),
        RULES,
        [
            "transform the request first (variant 4), under this RequestID; device-status-suits-service refuses it "
            "then: F2-00-00-00-00-00-00-02 is Withdrawn; 7.2 needs InstalledNotCommissioned, Commissioned, Recovered",
        ],
    ),
}


def told(found: tuple[Remedy, ...]) -> list[str]:
    return [remedy.words for remedy in found]


@pytest.mark.parametrize(("asked", "in_force", "words"), TOLD.values(), ids=TOLD.keys())
def test_what_would_make_it_pass_is(asked: Facts, in_force: Rules, words: list[str]) -> None:
    assert words == told(remedies(asked, in_force))


ROWS_OWN_WORDS = {
    "a sender that is nobody": ("party-is-known", facts(asks("4.1.1", ESME_2), party=None)),
    "a body of another service": ("body-fits-service", facts(asks("4.1.1", ESME_2, 1, DisableSupply()))),
    "a device that there is not": ("device-exists", facts(asks("4.1.1", STRANGER))),
    "an S1SP that is not configured": ("destination-is-known", facts(asks("4.1.1", ESME_1), devices=AT_S1SP_NOBODY)),
    "a message that cannot be built": ("message-can-be-built", facts(asks("4.1.1", ESME_2), unbuildable="no use case")),
    "a question that nothing fits": ("inventory-holds-what-is-asked", facts(asks("8.2"), matches=())),
}


@pytest.mark.parametrize(("name", "asked"), ROWS_OWN_WORDS.values(), ids=ROWS_OWN_WORDS.keys())
def test_no_change_of_facts_helps_against(name: str, asked: Facts) -> None:
    assert name == decide(asked, RULES).refused_by
    assert () == remedies(asked, RULES)


def test_a_request_that_passes_needs_nothing() -> None:
    assert () == remedies(facts(asks("4.1.1", ESME_2)), RULES)


# ---- every remedy is true


def after(changes: tuple[Change, ...], asked: Facts, in_force: Rules) -> Decision:
    for change in changes:
        asked, in_force = done(change, asked, in_force)
    return decide(asked, in_force)


def holds(remedy: Remedy, asked: Facts, in_force: Rules) -> None:
    found = after(remedy.changes, asked, in_force)
    assert (remedy.passes, remedy.code, remedy.refused_by) == (found.accepted, found.code, found.refused_by)
    for other in remedy.others:
        last = msgspec.structs.replace(remedy.changes[-1], wanted=other)
        assert after((*remedy.changes[:-1], last), asked, in_force).accepted, f"{remedy.words}: not {other}"
    if len(remedy.changes) > 1:
        assert not any(after((each,), asked, in_force).accepted for each in remedy.changes), "one would be enough"


REFUSED = [vector for vector in VECTORS if vector.reason is not None]


@pytest.mark.parametrize("vector", REFUSED, ids=[f"{v.check} {v.title}" for v in REFUSED])
def test_doing_what_a_remedy_says_does_what_it_says(vector: Vector) -> None:
    for remedy in remedies(vector.facts, vector.rules):
        holds(remedy, vector.facts, vector.rules)


@settings(parent=quick, max_examples=150)
@given(requests)
def test_doing_what_a_remedy_says_does_what_it_says_to_any_request(asked: Facts) -> None:
    found = remedies(asked, MATRIX_RULES)
    assert not (found and decide(asked, MATRIX_RULES).accepted)
    for remedy in found:
        holds(remedy, asked, MATRIX_RULES)


# ---- and the smallest is found


@st.composite
def broken(draw: st.DrawFn) -> tuple[Kind, Facts]:
    """A request that passes, with one fact of it changed."""
    asked = draw(requests.filter(lambda each: decide(each, MATRIX_RULES).accepted))
    request = asked.request
    its_id, body = request.request_id, request.body
    elsewhere = DCC if its_id.target != DCC else ESME_2.id

    def of_request(**changes: object) -> Facts:
        return msgspec.structs.replace(asked, request=msgspec.structs.replace(request, **changes))

    def of_device(**changes: object) -> Facts:
        devices = tuple(
            msgspec.structs.replace(each, **changes) if each.id == its_id.target else each for each in asked.devices
        )
        return msgspec.structs.replace(asked, devices=devices)

    def of_sender(**changes: object) -> Facts:
        return msgspec.structs.replace(asked, party=msgspec.structs.replace(asked.party, **changes))

    dated = draw(st.sampled_from([NOW - timedelta(days=1), NOW + timedelta(days=60)]))
    ways = {
        Kind.COMMAND_VARIANT: lambda: of_request(command_variant=draw(st.sampled_from(list(CommandVariant)))),
        Kind.WEB_SERVICE: lambda: msgspec.structs.replace(asked, web_service=draw(st.sampled_from(list(WebService)))),
        Kind.EXECUTION: lambda: of_request(body=msgspec.structs.replace(body, execution=dated)),
        Kind.SCHEMA_VERSION: lambda: of_request(schema_version="6.0"),
        Kind.REQUEST_ID: lambda: msgspec.structs.replace(asked, request_id_used_by="77"),
        Kind.TARGET: lambda: of_request(request_id=RequestId(its_id.originator, elsewhere, 7)),
        Kind.DEVICE_TYPE: lambda: of_device(type=draw(st.sampled_from(list(DeviceType)))),
        Kind.PRE_COMMAND: lambda: msgspec.structs.replace(asked, pre_command_issued=False),
        Kind.ROLE: lambda: of_sender(roles=(draw(st.sampled_from(list(UserRole))),)),
        Kind.REGISTRATION: lambda: msgspec.structs.replace(asked, registrations=()),
        Kind.PARTY_STATUS: lambda: of_sender(status=UserStatus.SUSPENDED),
        Kind.DEVICE_STATUS: lambda: of_device(status=draw(st.sampled_from(list(DeviceStatus)))),
    }
    kind = draw(st.sampled_from(list(ways)))
    return kind, ways[kind]()


@settings(parent=quick, max_examples=200, suppress_health_check=list(HealthCheck))
@given(broken())
def test_what_one_change_broke_one_change_mends(case: tuple[Kind, Facts]) -> None:
    kind, asked = case
    refused = decide(asked, MATRIX_RULES)
    assume(not refused.accepted)
    found = remedies(asked, MATRIX_RULES)
    assert found, f"{kind.value}: {refused.reason}"
    assert {(1, True)} == {(len(remedy.changes), remedy.passes) for remedy in found}


def test_remedies_come_with_the_smallest_change_first() -> None:
    order = list(Kind)
    for vector in REFUSED:
        sizes = [sorted(order.index(each.of) for each in r.changes) for r in remedies(vector.facts, vector.rules)]
        assert sorted(sizes) == sizes


def test_a_remedy_of_a_list_of_devices_says_what_it_would_be_answered() -> None:
    asked = facts(
        asks("11.1", body=UpdateFirmware(firmware_version="9", devices=(ESME_2.id, STRANGER), image_characters=4))
    )
    assert ["W110101"] == [remedy.code for remedy in remedies(asked, RULES)]
