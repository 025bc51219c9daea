"""Where accepted requests go, and the reason that is given."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest
from estate import ESME_1, ESME_2, HUB_1, HUB_2, PPMID_1, PPMID_2, RULES, asks, changed, facts, rules

from routing.decision import Rules, decide
from routing.destination import Destination, ToDcc, ToFirmwareDistribution, ToGbcs, ToS1sp
from routing.facts import Facts
from routing.policy import PpmidPolicy
from schemas.request import UpdateFirmware
from schemas.vocabulary import CommandVariant, DeviceId, DeviceStatus, Generation, WebService

ENDURING = rules(ppmid=PpmidPolicy.ASSOCIATED_HUB)


class Case(NamedTuple):
    facts: Facts
    destination: Destination
    text: str
    reason: str
    code: str = "I99"
    rules: Rules = RULES


def firmware(*devices: DeviceId, version: str = "00020001", estate: object = None) -> Facts:
    body = UpdateFirmware(firmware_version=version, devices=devices, image_characters=4)
    asked = facts(asks("11.1", body=body))
    return asked if estate is None else msgspec.structs.replace(asked, devices=estate)


CASES = {
    "a SMETS1 meter's request goes to the S1SP in its record": Case(
        facts(asks("4.1.1", ESME_1)),
        ToS1sp(name="S1SP-A", devices=(ESME_1.id,)),
        "s1sp:S1SP-A",
        "SMETS1, operated by S1SP S1SP-A",
    ),
    "the record goes before the hub's": Case(
        facts(asks("4.1.1", ESME_1), devices=changed(ESME_1, s1sp="S1SP-B")),
        ToS1sp(name="S1SP-B", devices=(ESME_1.id,)),
        "s1sp:S1SP-B",
        "SMETS1, operated by S1SP S1SP-B",
    ),
    "a PPMID's goes to its hub's S1SP": Case(
        facts(asks("11.2", PPMID_1)),
        ToS1sp(name="S1SP-A", devices=(PPMID_1.id,)),
        "s1sp:S1SP-A",
        "SMETS1, operated by S1SP S1SP-A",
    ),
    "a bilingual PPMID's goes where its hub is, if the hub decides": Case(
        facts(asks("11.2", PPMID_2), devices=changed(PPMID_2, hub=HUB_1.id)),
        ToS1sp(name="S1SP-A", devices=(PPMID_2.id,)),
        "s1sp:S1SP-A",
        "SMETS1, operated by S1SP S1SP-A",
        rules=ENDURING,
    ),
    "a critical SMETS1 request is forwarded whatever its variant": Case(
        facts(asks("7.2", ESME_1, 4), web_service=WebService.TRANSFORM),
        ToS1sp(name="S1SP-A", devices=(ESME_1.id,)),
        "s1sp:S1SP-A",
        "SMETS1, operated by S1SP S1SP-A",
        rules=rules(smets1_critical_variant=CommandVariant.TRANSFORM),
    ),
    "a SMETS2+ meter's goes to its hub's region": Case(
        facts(asks("4.1.1", ESME_2)),
        ToGbcs(region="North", device=ESME_2.id),
        "gbcs:North",
        "SMETS2+, reached through WAN region North",
    ),
    "the hub's region goes before the record's": Case(
        facts(asks("4.1.1", ESME_2), devices=changed(ESME_2, csp_region="South")),
        ToGbcs(region="North", device=ESME_2.id),
        "gbcs:North",
        "SMETS2+, reached through WAN region North",
    ),
    "a device without a hub has a region of its own": Case(
        facts(asks("4.1.1", ESME_2), devices=changed(ESME_2, csp_region="South", hub=None)),
        ToGbcs(region="South", device=ESME_2.id),
        "gbcs:South",
        "SMETS2+, reached through WAN region South",
    ),
    "a hub is in its own region": Case(
        facts(asks("8.11", HUB_2)),
        ToGbcs(region="North", device=HUB_2.id),
        "gbcs:North",
        "SMETS2+, reached through WAN region North",
    ),
    "a command that is sent with a local copy goes out": Case(
        facts(asks("4.1.1", ESME_2, 3)),
        ToGbcs(region="North", device=ESME_2.id),
        "gbcs:North",
        "SMETS2+, reached through WAN region North",
    ),
    "a local command goes nowhere": Case(
        facts(asks("4.1.1", ESME_2, 2)),
        ToGbcs(region="North", device=ESME_2.id),
        "gbcs:North",
        "SMETS2+, returned to the user: nothing goes out over the WAN",
        "I0",
    ),
    "a signed local command goes nowhere": Case(
        facts(asks("7.2", ESME_2, 6), pre_command_issued=True),
        ToGbcs(region="North", device=ESME_2.id),
        "gbcs:North",
        "SMETS2+, returned to the user: nothing goes out over the WAN",
        "I0",
    ),
    "a Pre-Command is made without a region": Case(
        facts(asks("7.2", ESME_2), devices=changed(HUB_2, csp_region=None)),
        ToGbcs(region="", device=ESME_2.id),
        "gbcs",
        "SMETS2+, returned to the user: nothing goes out over the WAN",
        "I0",
    ),
    "a question is answered here": Case(facts(asks("8.2")), ToDcc(), "dcc", "8.2 is a non-device service", "I0"),
    "a pre-notification is answered here, with nothing to tell": Case(
        facts(asks("12.2")), ToDcc(), "dcc", "12.2 is a non-device service"
    ),
    "an image goes to the region of its device": Case(
        firmware(ESME_2.id),
        ToFirmwareDistribution(region="North", devices=(ESME_2.id,)),
        "firmware-distribution:North",
        "an image for 1 devices of 1 providers",
    ),
    "an image goes to the S1SP of its device": Case(
        firmware(ESME_1.id),
        ToS1sp(name="S1SP-A", devices=(ESME_1.id,)),
        "s1sp:S1SP-A",
        "an image for 1 devices of 1 providers",
    ),
    "an image that is for no device goes nowhere": Case(
        firmware(ESME_2.id, estate=changed(ESME_2, status=DeviceStatus.PENDING)),
        ToDcc(),
        "dcc",
        "an image for 0 devices of 0 providers; left out: 1 not commissioned",
        "W110101",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_goes_to(case: Case) -> None:
    decision = decide(case.facts, case.rules)
    assert (True, None) == (decision.accepted, decision.reason)
    assert (case.destination,) == decision.destinations
    assert (case.text, case.reason) == (str(decision.destinations[0]), decision.destination_reason)
    assert case.code == decision.code


def test_an_image_for_several_providers_has_one_destination_each_in_order_of_their_names() -> None:
    southern = msgspec.structs.replace(ESME_2, id=DeviceId(77), hub=None, csp_region="South")
    second = msgspec.structs.replace(ESME_1, id=DeviceId(78), s1sp="S1SP-B", hub=None)
    estate = (ESME_2, HUB_2, ESME_1, HUB_1, southern, second)
    decision = decide(firmware(ESME_2.id, southern.id, second.id, ESME_1.id, estate=estate), RULES)
    assert (
        ToS1sp(name="S1SP-A", devices=(ESME_1.id,)),
        ToS1sp(name="S1SP-B", devices=(second.id,)),
        ToFirmwareDistribution(region="North", devices=(ESME_2.id,)),
        ToFirmwareDistribution(region="South", devices=(southern.id,)),
    ) == decision.destinations
    assert ("I99", None) == (decision.code, decision.warning)
    assert "an image for 4 devices of 4 providers" == decision.destination_reason


UNREACHABLE = {
    "an S1SP that is not configured": changed(ESME_1, s1sp="S1SP-Z"),
    "no S1SP": tuple(msgspec.structs.replace(d, s1sp=None) for d in changed(ESME_1)),
    "a region that is not configured": changed(ESME_1, prenotified_as=Generation.SMETS2, csp_region="East"),
    "no region": changed(ESME_1, prenotified_as=Generation.SMETS2),
}


@pytest.mark.parametrize("estate", UNREACHABLE.values(), ids=UNREACHABLE.keys())
def test_an_image_is_not_accepted_for_a_device_with(estate: tuple[object, ...]) -> None:
    decision = decide(firmware(ESME_2.id, ESME_1.id, estate=estate), RULES)
    assert (ToFirmwareDistribution(region="North", devices=(ESME_2.id,)),) == decision.destinations
    assert decision.warning is not None
    assert ("W110101", (ESME_1.id,)) == (decision.code, decision.warning.invalid)
    assert "an image for 1 devices of 1 providers; left out: 1 invalid" == decision.destination_reason


def test_an_image_is_not_accepted_for_a_ppmid_that_was_joined_to_the_other_kind() -> None:
    estate = changed(PPMID_2, hub=HUB_1.id)
    decision = decide(firmware(PPMID_2.id, version="00004002", estate=estate), RULES)
    assert decision.warning is not None
    assert ("W110101", (PPMID_2.id,)) == (decision.code, decision.warning.invalid)
    assert (ToDcc(),) == decision.destinations


def test_an_image_for_a_bilingual_ppmid_follows_its_hub_if_the_hub_decides() -> None:
    estate = changed(PPMID_2, hub=HUB_1.id)
    of_the_hubs_kind = decide(firmware(PPMID_2.id, version="FFFF0001", estate=estate), ENDURING)
    assert (ToS1sp(name="S1SP-A", devices=(PPMID_2.id,)),) == of_the_hubs_kind.destinations
    of_the_other = decide(firmware(PPMID_2.id, version="00004002", estate=estate), ENDURING)
    assert of_the_other.warning is not None
    assert (PPMID_2.id,) == of_the_other.warning.not_applicable_firmware
    assert (ToDcc(),) == of_the_other.destinations
