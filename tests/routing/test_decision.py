"""The decision as a whole: which of several faults is told, the lists of an 11.1, what configuration may change."""

from __future__ import annotations

import time

import msgspec
import pytest
from estate import (
    DCC,
    ESME_1,
    ESME_2,
    ESTATE,
    GSME_2,
    HUB_2,
    OTHER_SUPPLIER,
    PPMID_2,
    PRODUCTS,
    ROUTES,
    RULES,
    STRANGER,
    SUPPLIER,
    asks,
    changed,
    device,
    facts,
    rules,
    the_supplier,
)

from cpl.product_list import ProductList
from routing.checks import table
from routing.decision import CHECK_NAMES, RuleError, Rules, decide
from routing.facts import Facts
from routing.policy import CheckOverride, Policy
from routing.services import SERVICES, FutureDating
from routing.trace import Answer
from schemas.request import ActivateFirmware, DisableSupply, UpdateFirmware
from schemas.response import DSPUpdateFirmwareWarning
from schemas.vocabulary import (
    CommandVariant,
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    ServiceReferenceVariant,
    UserId,
    UserRole,
    UserStatus,
    WebService,
)

ENVELOPE = [
    "party-is-known",
    "party-is-active",
    "service-is-decided-here",
    "role-may-send-service",
    "body-fits-service",
    "variant-suits-service",
    "web-service-suits-variant",
    "target-suits-service",
    "request-id-is-new",
]
ORDER = {
    "a SMETS2+ read": (
        facts(asks("4.1.1", ESME_2)),
        [
            *ENVELOPE,
            "device-exists",
            "device-type-suits-service",
            "device-is-joined-to-its-kind",
            "device-status-suits-service",
            "sender-is-registered",
            "variant-suits-treatment",
            "destination-is-known",
            "message-can-be-built",
        ],
    ),
    "a SMETS1 read": (
        facts(asks("4.1.1", ESME_1)),
        [
            *ENVELOPE,
            "device-exists",
            "device-type-suits-service",
            "device-is-joined-to-its-kind",
            "device-status-suits-service",
            "sender-is-registered",
            "service-is-available-for-smets1",
            "variant-suits-treatment",
            "destination-is-known",
        ],
    ),
    "a question": (facts(asks("8.2")), [*ENVELOPE, "inventory-holds-what-is-asked"]),
    "a pre-notification": (
        facts(asks("12.2")),
        [*ENVELOPE, "device-is-new", "hub-is-not-its-own-gas-proxy", "pre-notified-model-is-on-cpl"],
    ),
    "an image": (facts(asks("11.1")), [*ENVELOPE, "firmware-version-is-on-cpl"]),
    "a Signed Pre-Command": (
        facts(asks("11.3", ESME_2, 5), pre_command_issued=True),
        [
            *ENVELOPE,
            "pre-command-was-issued",
            "device-exists",
            "device-type-suits-service",
            "device-is-joined-to-its-kind",
            "device-status-suits-service",
            "sender-is-registered",
            "variant-suits-treatment",
            "firmware-hash-is-on-cpl",
            "destination-is-known",
            "message-can-be-built",
        ],
    ),
}


@pytest.mark.parametrize(("asked", "expected"), ORDER.values(), ids=ORDER.keys())
def test_what_is_asked_in_order_of(asked: Facts, expected: list[str]) -> None:
    verdicts = decide(asked, RULES).verdicts
    assert [(name, Answer.PASSED) for name in expected] == [(v.check, v.answer) for v in verdicts]


SUSPENDED = the_supplier(status=UserStatus.SUSPENDED)
FAULTS = {
    "sender before service": ("E3", facts(asks("9.9", ESME_2, body=DisableSupply()), party=SUSPENDED)),
    "role before variant": ("E2", facts(asks("2.2", ESME_2, 4), party=the_supplier(roles=(UserRole.OTHER_USER,)))),
    "variant before web service": ("E12", facts(asks("4.1.1", ESME_2, 4), web_service=WebService.NON_DEVICE)),
    "web service before device": ("E13", facts(asks("4.1.1", STRANGER), web_service=WebService.NON_DEVICE)),
    "device type before status": (
        "E11",
        facts(asks("7.2", PPMID_2), devices=changed(PPMID_2, status=DeviceStatus.WITHDRAWN)),
    ),
    "device type before registration": ("E11", facts(asks("7.2", PPMID_2, originator=OTHER_SUPPLIER))),
    "status before registration": (
        "E5",
        facts(asks("4.1.1", ESME_2, originator=OTHER_SUPPLIER), devices=changed(ESME_2, status=DeviceStatus.WITHDRAWN)),
    ),
    "registration before firmware": (
        "E4",
        facts(asks("11.3", ESME_2, originator=OTHER_SUPPLIER, body=ActivateFirmware(firmware_hash=bytes(32)))),
    ),
    "firmware before destination": (
        "E110101",
        facts(
            asks("11.3", ESME_1, 1, ActivateFirmware(firmware_hash=bytes(32))), devices=changed(ESME_1, s1sp="S1SP-Z")
        ),
    ),
}


@pytest.mark.parametrize(("code", "asked"), FAULTS.values(), ids=FAULTS.keys())
def test_of_two_faults_the_code_tells(code: str, asked: Facts) -> None:
    assert code == decide(asked, RULES).code


# ---- 11.1


def updates(version: str, listed: tuple[DeviceId, ...], **changes: object) -> Facts:
    body = UpdateFirmware(firmware_version=version, devices=listed, image_characters=4)
    return facts(asks("11.1", body=body), **changes)


PENDING = msgspec.structs.replace(ESME_2, id=DeviceId(91), status=DeviceStatus.PENDING)
OF_OTHERS = msgspec.structs.replace(ESME_2, id=DeviceId(92), import_mpxn="1299999999999")
LISTED = (*ESTATE, PENDING, OF_OTHERS)
LISTS = {
    "not in the inventory": (ESME_2.id, STRANGER, DSPUpdateFirmwareWarning(invalid=(STRANGER,))),
    "of another supplier's meter point": (
        ESME_2.id,
        OF_OTHERS.id,
        DSPUpdateFirmwareWarning(invalid=(OF_OTHERS.id,)),
    ),
    "not Commissioned": (ESME_2.id, PENDING.id, DSPUpdateFirmwareWarning(not_commissioned=(PENDING.id,))),
    "of a model without this version": (
        ESME_2.id,
        GSME_2.id,
        DSPUpdateFirmwareWarning(not_applicable_firmware=(GSME_2.id,)),
    ),
}


@pytest.mark.parametrize(("good", "bad", "warning"), LISTS.values(), ids=LISTS.keys())
def test_an_image_is_accepted_without_a_device(
    good: DeviceId, bad: DeviceId, warning: DSPUpdateFirmwareWarning
) -> None:
    decision = decide(updates("00020001", (bad, good), devices=LISTED), RULES)
    assert (True, "W110101", None) == (decision.accepted, decision.code, decision.reason)
    assert warning == decision.warning
    assert [(good,)] == [destination.devices for destination in decision.destinations]  # type: ignore[union-attr]


def test_mixed_lists_keep_the_senders_order_and_name_a_repeated_device_once() -> None:
    second_stranger = DeviceId(93)
    asked = (second_stranger, GSME_2.id, STRANGER, PENDING.id, ESME_2.id, STRANGER, OF_OTHERS.id, ESME_2.id)
    decision = decide(updates("00020001", asked, devices=LISTED), RULES)
    assert (
        DSPUpdateFirmwareWarning(
            invalid=(second_stranger, STRANGER, OF_OTHERS.id),
            not_commissioned=(PENDING.id,),
            not_applicable_firmware=(GSME_2.id,),
        )
        == decision.warning
    )
    assert [(ESME_2.id,)] == [destination.devices for destination in decision.destinations]  # type: ignore[union-attr]
    assert "an image for 1 devices of 1 providers" == decision.destination_reason


def test_an_image_that_suits_every_device_has_no_lists() -> None:
    decision = decide(updates("00020001", (ESME_2.id, ESME_1.id)), RULES)
    assert ("I99", None) == (decision.code, decision.warning)


def test_another_supplier_gets_an_image_to_none_of_the_devices() -> None:
    body = UpdateFirmware(firmware_version="00020001", devices=(ESME_2.id,), image_characters=4)
    decision = decide(facts(asks("11.1", originator=OTHER_SUPPLIER, body=body)), RULES)
    assert DSPUpdateFirmwareWarning(invalid=(ESME_2.id,)) == decision.warning
    assert ("W110101", ["dcc"]) == (decision.code, [str(one) for one in decision.destinations])


HOMES = {
    "its home's supplier": ("I99", {}, SUPPLIER),
    "another home's supplier": ("W110101", {}, OTHER_SUPPLIER),
    "anyone where nothing is measured yet": ("I99", {"home_mpxns": ((HUB_2.id, ()),)}, OTHER_SUPPLIER),
    "nobody where its home is not known": ("W110101", {"home_mpxns": ()}, SUPPLIER),
}


@pytest.mark.parametrize(("code", "changes", "sender"), HOMES.values(), ids=HOMES.keys())
def test_a_device_that_measures_nothing_takes_an_image_from(
    code: str, changes: dict[str, object], sender: UserId
) -> None:
    body = UpdateFirmware(firmware_version="00004002", devices=(PPMID_2.id,), image_characters=4)
    decision = decide(facts(asks("11.1", originator=sender, body=body), **changes), RULES)
    assert code == decision.code
    assert (None if code == "I99" else DSPUpdateFirmwareWarning(invalid=(PPMID_2.id,))) == decision.warning


def many(count: int) -> Facts:
    """``count`` devices: every fourth unknown; the others measure nothing, each in a home of its own."""
    devices = [
        device(
            str(DeviceId(0xAB << 56 | number)),
            DeviceType.ESME,
            "ESME2" if number % 2 else "ESME1",
            Generation.SMETS2 if number % 2 else Generation.SMETS1,
            csp_region="North",
            s1sp="S1SP-A",
            hub=DeviceId(number),
        )
        for number in range(count)
    ]
    asked = tuple(one.id for one in devices)
    return updates(
        "00020001",
        asked,
        devices=tuple(one for place, one in enumerate(devices) if place % 4),
        home_mpxns=tuple((DeviceId(number), ("1200000000002",)) for number in range(count)),
    )


def seconds(asked: Facts) -> float:
    start = time.process_time()
    decide(asked, RULES)
    return time.process_time() - start


def test_fifty_thousand_devices_are_sorted() -> None:
    decision = decide(many(50_000), RULES)
    assert ("W110101", 12_500) == (decision.code, len(decision.warning.invalid if decision.warning else ()))
    assert "an image for 37500 devices of 2 providers" == decision.destination_reason


def test_an_image_takes_time_in_proportion_to_its_list() -> None:
    small, large = many(5_000), many(50_000)
    one, ten = (min(seconds(asked) for _ in range(5)) for asked in (small, large))
    # Ten times the devices: a quadratic step would take a hundred times as long.
    assert ten < 30 * one, f"5,000 devices took {one:.4f} s and 50,000 took {ten:.4f} s"


# ---- configuration


def corrected(**checks: CheckOverride) -> Rules:
    return rules(checks={name.replace("_", "-"): override for name, override in checks.items()})


def test_a_code_is_another_where_the_configuration_says_so() -> None:
    decision = decide(facts(asks("4.1.1", STRANGER)), corrected(device_exists=CheckOverride(code="E1000")))
    assert ("E1000", "device-exists") == (decision.code, decision.refused_by)
    assert ("E1000", Answer.REFUSED) == (decision.verdicts[-1].code, decision.verdicts[-1].answer)


def test_a_check_that_is_off_is_not_asked() -> None:
    asked = facts(asks("4.1.1", ESME_2, originator=OTHER_SUPPLIER))
    decision = decide(asked, corrected(sender_is_registered=CheckOverride(off=True)))
    assert (True, "I99") == (decision.accepted, decision.code)
    assert "sender-is-registered" not in [verdict.check for verdict in decision.verdicts]


def test_a_service_is_for_the_device_types_that_the_configuration_gives() -> None:
    asked = facts(asks("4.1.1", PPMID_2))
    assert "E11" == decide(asked, RULES).code
    assert "I99" == decide(asked, rules(device_types={"4.1.1": (DeviceType.PPMID,)})).code
    refused = decide(facts(asks("4.1.1", ESME_2)), rules(device_types={"4.1.1": (DeviceType.PPMID,)}))
    assert f"4.1.1 is for PPMID; {ESME_2.id} is ESME" == refused.reason


def test_a_critical_smets1_request_has_the_variant_that_the_configuration_gives() -> None:
    chosen = rules(smets1_critical_variant=CommandVariant.SEND_AND_LOCAL)
    assert "I99" == decide(facts(asks("7.2", ESME_1, 3)), chosen).code
    refused = decide(facts(asks("7.2", ESME_1, 1)), chosen)
    assert "7.2 takes command variants 3 4 5 6 7, not 1" == refused.reason


def test_rules_are_the_same_on_another_product_list() -> None:
    asked = facts(asks("11.1"))
    empty = corrected(firmware_version_is_on_cpl=CheckOverride(code="E110102")).with_products(ProductList(()))
    decision = decide(asked, empty)
    assert "E110102" == decision.code
    assert f"firmware 00020001 of 10A1/ESME2 is not on the CPL (revision {empty.products.revision})" == decision.reason


OFF = CheckOverride(off=True)
ALL_OF_TARGET = {row.name: OFF for row in (*table.TARGET, *table.BUILT)}
UNUSABLE = {
    "a correction of a check that does not exist": (
        {"checks": {"device-exits": OFF}},
        "rules.checks.device-exits: there is no such check",
    ),
    "a code that does not exist": (
        {"checks": {"device-exists": CheckOverride(code="E1103")}},
        "rules.checks.device-exists.code: E1103 is not a response code of DUIS 5.4",
    ),
    "device types of a service that does not exist": (
        {"device_types": {"6.11": (DeviceType.ESME,)}},
        "rules.device_types.6.11: there is no such device service",
    ),
    "device types of a non-device service": (
        {"device_types": {"8.2": (DeviceType.ESME,)}},
        "rules.device_types.8.2: there is no such device service",
    ),
    "a SMETS1 correction of a service that does not exist": (
        {"not_for_smets1": frozenset({"6.11"})},
        "rules.not_for_smets1.6.11: there is no such device service",
    ),
    "every check of the envelope off": (
        {"checks": {row.name: OFF for row in table.ENVELOPE}},
        "no check is left for 2.2: an empty plan is refused",
    ),
    "the check that finds the device off": (
        {"checks": {"device-exists": OFF}},
        "no check is left for 2.2: an empty plan is refused",
    ),
    "every check of the target off": (
        {"checks": ALL_OF_TARGET},
        "no check of the target is left for 2.2: an empty plan is refused",
    ),
}


@pytest.mark.parametrize(("policy", "message"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_rules_are_refused_with(policy: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError) as refusal:
        Rules(Policy(**policy), PRODUCTS, ROUTES, DCC)  # type: ignore[arg-type]
    assert message == str(refusal.value)


def test_no_check_of_a_device_is_put_to_a_non_device_request() -> None:
    of_device = {row.name for row in (*table.TARGET, *table.BUILT)}
    for service in SERVICES.values():
        if service.non_device:
            asked = {row.name for row in RULES.rows(service, CommandVariant.NON_DEVICE)}
            assert set() == asked & of_device
            assert asked < CHECK_NAMES


def test_a_request_that_is_refused_before_the_device_has_no_treatment() -> None:
    decision = decide(facts(asks("4.1.1", STRANGER)), RULES)
    assert (None, (), None) == (decision.treatment, decision.destinations, decision.destination_reason)


def test_a_request_that_is_refused_at_the_device_tells_its_treatment() -> None:
    decision = decide(facts(asks("7.2", ESME_1, 4)), RULES)
    assert decision.treatment is not None
    assert (Generation.SMETS1, ()) == (decision.treatment.generation, decision.destinations)


def test_who_holds_a_future_dated_request() -> None:
    held = {variant: service.future_dating for variant, service in SERVICES.items()}
    assert FutureDating.DEVICE is held[ServiceReferenceVariant("11.3")]
    assert FutureDating.DSP is held[ServiceReferenceVariant("4.1.1")]
