"""Which use case realises a request, and what a refusal to choose names; the tables themselves."""

from __future__ import annotations

import re
from typing import get_args

import msgspec
import pytest
from gbcs_requests import COMMANDS, PRE_COMMANDS, Own
from gbcs_world import JOINING, facts

from gbcs.refusal import NoUseCase
from gbcs.select import choose, select_use_case
from gbcs.usecases.parts import body_fields
from gbcs.usecases.registry import CHOICES, NAMES_BY_CODE
from gbcs.usecases.usecase import Asked, Choice, Condition, Originator, Supplementary, UseCase
from schemas.request import (
    AnyBody,
    DisableSupply,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    SignedPreCommand,
    UpdateHANDeviceLog,
)
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant, UserRole

CHOSEN = [pytest.param(own, id=f"{own.use_case} for the {own.name}") for own in (*COMMANDS, *PRE_COMMANDS)]


@pytest.mark.parametrize("own", CHOSEN)
def test_a_use_case_is_chosen(own: Own) -> None:
    chosen = select_use_case(ServiceReferenceVariant(own.variant), own.body, facts(own.device_type), None)
    assert isinstance(chosen, UseCase), chosen
    assert own.use_case == chosen.name
    assert (own in PRE_COMMANDS) is chosen.critical


NOT_CHOSEN = [
    pytest.param(
        "99.9",
        ReadFirmwareVersion(),
        DeviceType.ESME,
        "no GBCS use case is known for service reference variant 99.9",
        id="a service that is not known",
    ),
    pytest.param(
        "4.1.1",
        ReadInstantaneousImportRegisters(),
        DeviceType.IHD,
        "no GBCS use case of 4.1.1 is known for IHD; known for ESME, GSME, GPF",
        id="a device of another type",
    ),
    pytest.param(
        "7.2",
        SignedPreCommand(gbcs_payload=b""),
        DeviceType.ESME,
        "7.2 is built from DisableSupply, found SignedPreCommand",
        id="a request that carries its Pre-Command already",
    ),
    pytest.param(
        "4.8.1",
        DisableSupply(),
        DeviceType.ESME,
        "4.8.1 is built from ReadActiveImportProfileData, found DisableSupply",
        id="the body of another service",
    ),
    pytest.param(
        "8.11",
        UpdateHANDeviceLog(device=JOINING, request_type="Replace"),
        DeviceType.CHF,
        "no GBCS use case of 8.11 for CHF fits the request:"
        " CCS01 if RequestType is Add; CCS02 if RequestType is Remove",
        id="a request type that is neither",
    ),
]


@pytest.mark.parametrize(("variant", "body", "device_type", "reason"), NOT_CHOSEN)
def test_a_refusal_to_choose_names_what_is_missing(
    variant: str, body: AnyBody, device_type: DeviceType, reason: str
) -> None:
    assert NoUseCase(reason) == select_use_case(ServiceReferenceVariant(variant), body, facts(device_type), None)


# ---- the way of choosing, on rows made for it

OLD = msgspec.structs.replace(CHOICES[0].use_case, name="OLD", body=DisableSupply)
NEW = msgspec.structs.replace(OLD, name="NEW")
FOR_NETWORKS = msgspec.structs.replace(OLD, name="NETWORK")


def version_is(version: str) -> Condition:
    def holds(asked: Asked) -> bool | None:
        known = asked.facts.gbcs_version
        return None if known is None else known == version

    return Condition("the GBCS version of the device", f"the GBCS version is {version}", holds)


IS_NETWORK = Condition(
    "the user role of the originator",
    "a network operator asks",
    lambda asked: None if asked.role is None else asked.role is UserRole.ELECTRICITY_DISTRIBUTOR,
)


def row(use_case: UseCase, *conditions: Condition) -> Choice:
    return Choice(
        variant=ServiceReferenceVariant("7.2"),
        device_types=(DeviceType.ESME,),
        use_case=use_case,
        conditions=conditions,
    )


BY_VERSION = (row(OLD, version_is("1.0")), row(NEW, version_is("4.0")))
BY_ROLE = (row(FOR_NETWORKS, IS_NETWORK), row(OLD))

CHOICE_RULES = [
    pytest.param(BY_VERSION, "1.0", None, OLD, id="the first row whose condition holds"),
    pytest.param(BY_VERSION, "4.0", None, NEW, id="a later row when the first does not hold"),
    pytest.param(
        BY_VERSION,
        None,
        None,
        NoUseCase("the GBCS version of the device is needed to choose between OLD and NEW"),
        id="no choice while a fact is missing",
    ),
    pytest.param(
        BY_VERSION,
        "3.2",
        None,
        NoUseCase(
            "no GBCS use case of 7.2 for ESME fits the request:"
            " OLD if the GBCS version is 1.0; NEW if the GBCS version is 4.0"
        ),
        id="no choice when no condition holds",
    ),
    pytest.param(BY_ROLE, None, UserRole.ELECTRICITY_DISTRIBUTOR, FOR_NETWORKS, id="the row for the user role"),
    pytest.param(BY_ROLE, None, UserRole.IMPORT_SUPPLIER, OLD, id="the row for everybody else"),
    pytest.param(
        BY_ROLE,
        None,
        None,
        NoUseCase("the user role of the originator is needed to choose between NETWORK and OLD"),
        id="not the row for everybody while the role is unknown",
    ),
]


@pytest.mark.parametrize(("rows", "version", "role", "outcome"), CHOICE_RULES)
def test_how_rows_are_asked(
    rows: tuple[Choice, ...], version: str | None, role: UserRole | None, outcome: UseCase | NoUseCase
) -> None:
    known = msgspec.structs.replace(facts(DeviceType.ESME), gbcs_version=version)
    assert outcome == choose(rows, Asked(body=DisableSupply(), facts=known, role=role))


# ---- the tables

ROWS = [pytest.param(c, id=f"{c.variant} {c.use_case.name} row {i}") for i, c in enumerate(CHOICES)]
USE_CASES = [pytest.param(u, id=u.name) for u in {c.use_case.name: c.use_case for c in CHOICES}.values()]


@pytest.mark.parametrize("choice", ROWS)
def test_an_assumed_row_says_what_the_assumption_rests_on(choice: Choice) -> None:
    assert (choice.basis is Basis.ASSUMED) is bool(choice.note)


@pytest.mark.parametrize("use_case", USE_CASES)
def test_the_fields_of_a_use_case_are_fields_of_its_body(use_case: UseCase) -> None:
    known = {field.name: field.type for field in msgspec.structs.fields(use_case.body)}
    for field in body_fields(use_case.payload):
        first, _, rest = field.path.partition(".")
        assert first in known, field.name
        if rest:
            inner = next(t for t in get_args(known[first]) if hasattr(t, "__struct_fields__"))
            assert rest in inner.__struct_fields__, field.name


@pytest.mark.parametrize("use_case", USE_CASES)
def test_supplementary_data_goes_with_the_broker_as_originator(use_case: UseCase) -> None:
    by_broker = use_case.originator is Originator.ACB
    assert by_broker or use_case.supplementary is Supplementary.NONE
    assert not (use_case.critical and by_broker), "a Pre-Command is the user's"


_FORM = re.compile("(NonCritical|Critical|Handover|Commission|Activate|Deactivate|Reset|Add|Remove)$")


def test_a_message_code_means_one_use_case() -> None:
    """Forms of one use case (critical or not, handed over or not, to commission) share its code."""
    stems = {code: {re.sub(_FORM, "", name) for name in names} for code, names in NAMES_BY_CODE.items()}
    assert {code: names for code, names in stems.items() if len(names) != 1} == {}
    assert all(0 <= code <= 0xFFFF for code in NAMES_BY_CODE)


def test_no_two_rows_of_a_device_type_are_alike() -> None:
    keys = [(c.variant, t, tuple(x.says for x in c.conditions)) for c in CHOICES for t in c.device_types]
    assert len(keys) == len(set(keys))
