"""The decision as a whole: which of several faults is told, what configuration may change."""

from __future__ import annotations

import pytest
from estate import (
    DCC,
    ESME_1,
    ESME_2,
    GSME_2,
    HUB_1,
    HUB_2,
    OTHER_SUPPLIER,
    PPMID_1,
    PPMID_2,
    PRODUCTS,
    ROUTES,
    RULES,
    STRANGER,
    asks,
    changed,
    facts,
    rules,
    the_supplier,
)

from cpl.product_list import ProductList
from routing.checks import table
from routing.decision import CHECK_NAMES, RuleError, Rules, decide
from routing.facts import Facts
from routing.policy import CheckOverride, Policy
from routing.rules import Tables
from routing.services import SERVICES, FutureDating
from routing.trace import Answer
from schemas.bodies import body_of
from schemas.firmware_image import FirmwareImage
from schemas.inventory_bodies import OtherDevice
from schemas.request import ActivateFirmware, DisableSupply, ServiceRequest, UpdateFirmware
from schemas.vocabulary import (
    CommandVariant,
    DeviceStatus,
    DeviceType,
    Generation,
    ServiceReferenceVariant,
    UserRole,
    UserStatus,
    WebService,
)

ENVELOPE = [
    "party-is-known",
    "party-is-active",
    "schema-version-is-known",
    "service-is-decided-here",
    "role-may-send-service",
    "body-fits-service",
    "variant-suits-service",
    "web-service-suits-variant",
    "target-suits-service",
    "request-id-is-new",
    "counter-is-the-latest",
]
TIMING = [
    "service-may-be-future-dated",
    "variant-may-be-future-dated",
    "execution-time-is-ahead",
    "execution-time-is-within-horizon",
    "held-request-is-cancelled",
    "sequence-is-consistent",
    "preceding-request-is-known",
    "preceding-request-is-answered",
]
IMAGES = [
    "image-is-the-one-on-the-cpl",
    "image-is-an-ota-file",
    "image-is-whole",
    "image-is-of-the-devices-maker",
    "image-has-that-version",
    "image-fits-the-hubs",
    "image-suits-the-hubs-maker",
    "image-can-succeed",
    "image-outcome-is-certain",
]
ORDER = {
    "a SMETS2+ read": (
        facts(asks("4.1.1", ESME_2)),
        [
            *ENVELOPE,
            *TIMING,
            "device-exists",
            "device-type-suits-service",
            "device-is-joined-to-its-kind",
            "device-status-suits-service",
            "role-has-rights-to-generation",
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
            *TIMING,
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
    "a question": (
        facts(asks("8.2")),
        [*ENVELOPE, *TIMING, "inventory-holds-what-is-asked", "service-is-carried-out-here"],
    ),
    "a pre-notification": (
        facts(asks("12.2")),
        [
            *ENVELOPE,
            *TIMING,
            "pre-notification-is-for-good",
            "device-is-new",
            "hub-is-not-its-own-gas-proxy",
            "pre-notified-model-is-on-cpl",
            "pre-notified-kind-is-clear",
            "service-is-carried-out-here",
        ],
    ),
    "an image": (
        facts(asks("11.1")),
        [*ENVELOPE, *TIMING, "firmware-version-is-on-cpl", "service-is-carried-out-here", *IMAGES],
    ),
    "a Signed Pre-Command": (
        facts(asks("11.3", ESME_2, 5), pre_command_issued=True),
        [
            *ENVELOPE,
            "pre-command-was-issued",
            *TIMING,
            "device-exists",
            "device-type-suits-service",
            "device-is-joined-to-its-kind",
            "device-status-suits-service",
            "role-has-rights-to-generation",
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
    revision = empty.products.revision
    found = f"firmware 00020001 of 10A1/ESME2 is not on the CPL (revision {revision}): no entry names this model"
    assert found == decision.reason


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
    "the check that keeps a RequestID for one request off": (
        {"checks": {"request-id-is-new": OFF}},
        "rules.checks.request-id-is-new.off: what this check refuses cannot be carried out",
    ),
    "device types of a service that does not exist": (
        {"device_types": {"6.3": (DeviceType.ESME,)}},
        "rules.device_types.6.3: there is no such device service",
    ),
    "device types of a non-device service": (
        {"device_types": {"8.2": (DeviceType.ESME,)}},
        "rules.device_types.8.2: there is no such device service",
    ),
    "statuses of a service that does not exist": (
        {"device_statuses": {"6.3": (DeviceStatus.COMMISSIONED,)}},
        "rules.device_statuses.6.3: there is no such device service",
    ),
    "roles of a service that does not exist": (
        {"roles": {"6.3": (UserRole.OTHER_USER,)}},
        "rules.roles.6.3: there is no such service",
    ),
    "a SMETS1 addition of a non-device service": (
        {"for_smets1": frozenset({"8.2"})},
        "rules.for_smets1.8.2: there is no such device service",
    ),
    "a service that SMETS1 devices both offer and do not": (
        {"for_smets1": frozenset({"3.1"}), "not_for_smets1": frozenset({"3.1"})},
        "rules.for_smets1.3.1: rules.not_for_smets1 names it as well",
    ),
    "a SMETS1 correction of a service that does not exist": (
        {"not_for_smets1": frozenset({"6.3"})},
        "rules.not_for_smets1.6.3: there is no such device service",
    ),
    "the check that finds the device off": (
        {"checks": {"device-exists": OFF}},
        "rules.checks.device-exists.off: what this check refuses cannot be carried out",
    ),
    "the check that finds the device as mere advice": (
        {"checks": {"device-exists": CheckOverride(refuses=False)}},
        "rules.checks.device-exists.refuses: what this check refuses cannot be carried out",
    ),
    "a refusal that would say success": (
        {"checks": {"party-is-known": CheckOverride(code="I0")}},
        "rules.checks.party-is-known.code: I0 refuses nothing",
    ),
    "GBCS versions of a service that sends no image": (
        {"image_gbcs": {"11.3": ()}},
        "rules.image_gbcs.11.3: expected one of 11.1, 11.4",
    ),
    "critical requests to SMETS1 devices that are for no device": (
        {"smets1_critical_variant": CommandVariant.NON_DEVICE},
        "rules.smets1_critical_variant: 8 is not a variant of requests to devices",
    ),
    "every check of the target off": (
        {"checks": ALL_OF_TARGET},
        "rules.checks.destination-is-known.off: what this check refuses cannot be carried out",
    ),
}


@pytest.mark.parametrize(("policy", "message"), UNUSABLE.values(), ids=UNUSABLE.keys())
def test_rules_are_refused_with(policy: dict[str, object], message: str) -> None:
    with pytest.raises(RuleError) as refusal:
        Rules(Policy(**policy), PRODUCTS, ROUTES, DCC)  # type: ignore[arg-type]
    assert message == str(refusal.value)


EMPTY = {
    "no check of the envelope": (Tables(envelope=()), "no check is left for 1.1.1: an empty plan is refused"),
    "no check that finds the device": (Tables(located=()), "no check is left for 1.1.1: an empty plan is refused"),
    "no check of the target": (Tables(target=()), "no check of the target is left for 1.1.1: an empty plan is refused"),
}


@pytest.mark.parametrize(("tables", "message"), EMPTY.values(), ids=EMPTY.keys())
def test_tables_are_refused_with(tables: Tables, message: str) -> None:
    with pytest.raises(RuleError) as refusal:
        Rules(Policy(), PRODUCTS, ROUTES, DCC, tables)
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


def test_advice_is_told_and_refuses_nothing() -> None:
    image = FirmwareImage(octets=3, sha256=bytes(32), not_ota="an OTA header has at least 56 octets, the image has 3")
    body = UpdateFirmware(firmware_version="00020001", devices=(ESME_2.id,), image_characters=4, image=image)
    decision = decide(facts(asks("11.1", body=body)), RULES)
    advised = {verdict.check: verdict.reason for verdict in decision.verdicts if verdict.answer is Answer.ADVISED}
    assert ("I99", True) == (decision.code, decision.accepted)
    assert ["image-is-the-one-on-the-cpl", "image-is-an-ota-file"] == list(advised)
    assert image.not_ota == advised["image-is-an-ota-file"]
    assert all(verdict.code is None for verdict in decision.verdicts)


WRONG_JOINS = {
    "whitelisting at a hub of the other kind": (
        "whitelisting-suits-its-kind",
        asks("8.11", HUB_1),
        f"{PPMID_2.id} is pre-notified as SMETS2+ and would be joined to the SMETS1 hub {HUB_1.id} "
        "(policy prenotified)",
    ),
    "a join with a meter of the other kind": (
        "join-suits-its-kind",
        asks("8.7.2", GSME_2, body=body_of("JoinServiceNonCritical", OtherDevice(other_device_id=PPMID_1.id))),
        f"{PPMID_1.id} is pre-notified as SMETS1 and would be joined to the SMETS2+ hub {HUB_2.id} "
        "(policy prenotified)",
    ),
}


@pytest.mark.parametrize(("check", "asked", "reason"), WRONG_JOINS.values(), ids=WRONG_JOINS.keys())
def test_warned_of_before_it_happens_is(check: str, asked: ServiceRequest, reason: str) -> None:
    decision = decide(facts(asked), RULES)
    advised = {verdict.check: verdict.reason for verdict in decision.verdicts if verdict.answer is Answer.ADVISED}
    assert ("I99", {check: reason}) == (decision.code, advised)
