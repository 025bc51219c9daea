"""What holds of every decision, whatever the request: drawn situations, the table shuffled, permissions added."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from drawn_requests import quick, requests
from estate import ESTATE, HOME_MPXNS, HUB_1, HUB_2, REGISTRATIONS, SUPPLIER, asks, facts, rules
from hypothesis import given, settings
from hypothesis import strategies as st
from situations import MATRIX_RULES, MPXN

from routing.decision import Decision, Rules, decide
from routing.destination import ToFirmwareDistribution, ToS1sp
from routing.facts import Facts
from routing.inventory import Device
from routing.parties import Registration
from routing.policy import PpmidPolicy
from routing.rules import BUILT_IN, Tables
from routing.services import SERVICES
from schemas.records import from_builtins, to_builtins
from schemas.request import UpdateFirmware
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation, UserRole


@st.composite
def shuffled(draw: st.DrawFn) -> Rules:
    """The rules with the rows of each stage in another order."""
    stages = {name: tuple(draw(st.permutations(rows))) for name, rows in msgspec.structs.asdict(BUILT_IN).items()}
    return Rules(MATRIX_RULES.policy, MATRIX_RULES.products, MATRIX_RULES.routes, MATRIX_RULES.dcc, Tables(**stages))


RULES_BY_POLICY = {policy: rules(ppmid=policy) for policy in PpmidPolicy}


@settings(parent=quick, max_examples=15)
@given(shuffled(), st.lists(requests, min_size=60, max_size=60))
def test_the_order_of_a_stage_decides_the_code_and_never_whether_a_request_passes(
    other_order: Rules, asked: list[Facts]
) -> None:
    for each in asked:
        found, otherwise = decide(each, MATRIX_RULES), decide(each, other_order)
        assert found.accepted is otherwise.accepted
        if found.accepted:
            assert (found.code, found.destinations) == (otherwise.code, otherwise.destinations)


@quick
@given(requests)
def test_a_recorded_request_is_decided_again_as_it_was(asked: Facts) -> None:
    recorded = msgspec.json.decode(msgspec.json.encode(to_builtins(asked)))
    assert decide(asked, MATRIX_RULES) == decide(from_builtins(recorded, Facts), MATRIX_RULES)


@quick
@given(requests, st.sampled_from(list(UserRole)))
def test_another_role_never_turns_an_acceptance_into_a_refusal(asked: Facts, role: UserRole) -> None:
    assert asked.party is not None
    more = msgspec.structs.replace(asked.party, roles=(*asked.party.roles, role))
    assert not _is_lost(asked, msgspec.structs.replace(asked, party=more))


@quick
@given(requests, st.sampled_from(list(UserRole)))
def test_another_registration_never_turns_an_acceptance_into_a_refusal(asked: Facts, role: UserRole) -> None:
    registered = Registration(mpxn=MPXN, role=role, party=SUPPLIER, start=datetime(2020, 1, 1, tzinfo=UTC))
    more = (*asked.registrations, registered)
    assert not _is_lost(asked, msgspec.structs.replace(asked, registrations=more))


OF_DEVICES = [service.variant for service in SERVICES.values() if not service.non_device]
PERMISSIVE = rules(
    roles=dict.fromkeys(SERVICES, tuple(UserRole)),
    device_types=dict.fromkeys(OF_DEVICES, tuple(DeviceType)),
    device_statuses=dict.fromkeys(OF_DEVICES, tuple(DeviceStatus)),
    for_smets1=frozenset(OF_DEVICES),
).with_products(MATRIX_RULES.products)


@quick
@given(requests)
def test_a_service_for_more_roles_types_and_statuses_refuses_nobody_it_took(asked: Facts) -> None:
    assert not (decide(asked, MATRIX_RULES).accepted and not decide(asked, PERMISSIVE).accepted)


def _is_lost(before: Facts, after: Facts) -> bool:
    return decide(before, MATRIX_RULES).accepted and not decide(after, MATRIX_RULES).accepted


# ---- destinations


@st.composite
def homes(draw: st.DrawFn) -> tuple[Device, ...]:
    """Devices of both generations, bilingual ones among them, at hubs of either, known and not."""
    count = draw(st.integers(1, 12))
    return tuple(
        msgspec.structs.replace(
            draw(st.sampled_from(ESTATE)),
            id=DeviceId(0xF700 + number),
            status=draw(st.sampled_from([DeviceStatus.COMMISSIONED, DeviceStatus.COMMISSIONED, DeviceStatus.PENDING])),
            prenotified_as=draw(st.sampled_from(list(Generation))),
            hub=draw(st.sampled_from([HUB_1.id, HUB_2.id, None])),
            s1sp=draw(st.sampled_from(["S1SP-A", "S1SP-B", None])),
            csp_region=draw(st.sampled_from(["North", None])),
        )
        for number in range(count)
    )


@quick
@given(homes(), st.sampled_from(["00020001", "00004002", "FFFF0001"]), st.sampled_from(list(PpmidPolicy)))
def test_no_device_of_an_image_goes_both_to_an_s1sp_and_over_the_wan(
    listed: tuple[Device, ...], version: str, policy: PpmidPolicy
) -> None:
    body = UpdateFirmware(firmware_version=version, devices=tuple(one.id for one in listed), image_characters=4)
    asked = facts(asks("11.1", body=body), devices=(*ESTATE, *listed), registrations=REGISTRATIONS)
    decision = decide(msgspec.structs.replace(asked, home_mpxns=HOME_MPXNS), RULES_BY_POLICY[policy])
    to_s1sp, over_wan, left_out = _parted(decision)
    assert set() == set(to_s1sp) & set(over_wan)
    assert sorted(to_s1sp + over_wan + left_out) == sorted(one.id for one in listed) or not decision.accepted
    smets1 = {one.id for one in listed if one.prenotified_as is Generation.SMETS1 and one.type is not DeviceType.PPMID}
    assert set() == smets1 & set(over_wan), "only a bilingual PPMID is ever treated as what it was not pre-notified as"


def _parted(decision: Decision) -> tuple[list[DeviceId], list[DeviceId], list[DeviceId]]:
    to_s1sp = [one for where in decision.destinations if isinstance(where, ToS1sp) for one in where.devices]
    over_wan = [
        one for where in decision.destinations if isinstance(where, ToFirmwareDistribution) for one in where.devices
    ]
    lists = () if decision.warning is None else msgspec.structs.astuple(decision.warning)
    return to_s1sp, over_wan, [one for several in lists for one in several]
