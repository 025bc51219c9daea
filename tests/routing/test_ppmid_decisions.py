"""The bilingual PPMID in every request there is: lost under one policy, one of the home's devices under the other."""

from __future__ import annotations

import msgspec
import pytest
from estate import BODIES, ESME_1, ESTATE, HUB_1, HUB_2, PPMID_1, PPMID_2, REGISTRATIONS, SUPPLIER, asks, facts, rules

from routing.decision import Decision, Rules, decide
from routing.inventory import Device
from routing.parties import Registration
from routing.policy import PpmidPolicy
from routing.service import Service
from routing.services import SERVICES
from schemas.request import OtherBody
from schemas.vocabulary import SIGNED_PRE_COMMANDS, CommandVariant, DeviceType, Generation, UserRole

TO_ANY_DEVICE = {service.variant: (DeviceType.PPMID,) for service in SERVICES.values() if not service.non_device}
"""That a service is not for PPMIDs would hide what is asked here."""
ROLES = {service.variant: tuple(UserRole) for service in SERVICES.values()}
TACTICAL, ENDURING = (
    rules(ppmid=policy, device_types=TO_ANY_DEVICE, roles=ROLES)
    for policy in (PpmidPolicy.PRENOTIFIED, PpmidPolicy.ASSOCIATED_HUB)
)
HOMES = {"at a SMETS1 hub": (PPMID_2, HUB_1), "at a SMETS2+ hub": (PPMID_1, HUB_2)}
"""Pre-notified as one generation, joined to an installation of the other."""
every_home = pytest.mark.parametrize(("device", "hub"), HOMES.values(), ids=HOMES.keys())
GAS_TOO = (
    *REGISTRATIONS,
    Registration(
        mpxn=ESME_1.import_mpxn or "", role=UserRole.GAS_SUPPLIER, party=SUPPLIER, start=REGISTRATIONS[0].start
    ),
)


def requests() -> list[tuple[Service, CommandVariant]]:
    """Every service to a device, in every command variant that it takes in either generation."""
    return [
        (service, variant)
        for service in SERVICES.values()
        if not service.non_device
        for variant in CommandVariant
        if variant in service.command_variants or (service.smets1 is not None and variant is CommandVariant.SEND)
    ]


def decided(service: Service, variant: CommandVariant, device: Device, in_force: Rules) -> Decision:
    body = (
        None if variant in SIGNED_PRE_COMMANDS else BODIES.get(service.variant, OtherBody(element=service.body_element))
    )
    asked = asks(service.variant, device, int(variant), body, reference=service.reference)
    estate = tuple(device if one.id == device.id else one for one in ESTATE)
    return decide(facts(asked, devices=estate, registrations=GAS_TOO, pre_command_issued=True), in_force)


@every_home
def test_nothing_can_be_sent_to_a_device_in_the_wrong_home_under_the_tactical_policy(
    device: Device, hub: Device
) -> None:
    lost = msgspec.structs.replace(device, hub=hub.id)
    reason = (
        f"{lost.id} is pre-notified as {lost.prenotified_as.value} and joined to the {hub.prenotified_as.value} hub"
    )
    for service, variant in requests():
        found = decided(service, variant, lost, TACTICAL)
        assert ("E59", f"{reason} {hub.id}") == (found.code, found.reason), (service.variant, variant)


@every_home
def test_under_the_enduring_policy_it_is_decided_as_a_device_of_the_home(device: Device, hub: Device) -> None:
    joined = msgspec.structs.replace(device, hub=hub.id)
    native = msgspec.structs.replace(joined, prenotified_as=hub.prenotified_as)
    codes = set()
    for service, variant in requests():
        found, expected = (decided(service, variant, one, ENDURING) for one in (joined, native))
        assert (expected.code, expected.destinations) == (found.code, found.destinations), (service.variant, variant)
        codes.add(str(found.code))
    assert {"I99"} < codes, "something passes, and something does not"
    assert ("E57" in codes) is (hub.prenotified_as is Generation.SMETS1)
