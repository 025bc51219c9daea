"""How payloads are composed: what never varies is encoded once, and what varies is asked in the fields' order."""

from __future__ import annotations

import pytest
from gbcs_world import BROKER, BUILD_TIME, DEVICE, USER, addition, facts

from gbcs import axdr
from gbcs.usecases import dlms, zcl
from gbcs.usecases.firmware import CS08, GCS38
from gbcs.usecases.hub import CCS01
from gbcs.usecases.parts import Constant, Derived, Inputs, Part, run
from gbcs.usecases.readings import ECS17B, GCS13A
from gbcs.usecases.usecase import UseCase
from schemas.request import AnyBody, DisableSupply
from schemas.vocabulary import DeviceType


def inputs(body: AnyBody | None = None, *, counter: int = 7) -> Inputs:
    return Inputs(
        body=body or DisableSupply(),
        facts=facts(DeviceType.ESME),
        user=USER,
        originator=BROKER,
        counter=counter,
        build_time=BUILD_TIME,
    )


COUNTER = Derived(lambda asked: asked.counter.to_bytes(1, "big"))
A, B = Constant(b"a"), Constant(b"b")
RUNS: dict[str, tuple[Part, list[Part]]] = {
    "neighbouring constants are one": (run(A, B, COUNTER, B, A), [Constant(b"ab"), COUNTER, Constant(b"ba")]),
    "a run within a run is opened": (run(A, run(B, COUNTER), B), [Constant(b"ab"), COUNTER, B]),
    "constants on either side of an opened run are joined": (run(run(COUNTER, A), B), [COUNTER, Constant(b"ab")]),
    "a structure of constants is one": (dlms.structure(A, B), [Constant(b"\x02\x02ab")]),
    "a head counts members, not octets": (
        dlms.array(dlms.structure(COUNTER, A), dlms.structure(B)),
        [Constant(b"\x01\x02\x02\x02"), COUNTER, Constant(b"a\x02\x01b")],
    ),
}


@pytest.mark.parametrize(("composed", "expected"), RUNS.values(), ids=RUNS.keys())
def test_in_a_run(composed: Part, expected: list[Part]) -> None:
    assert expected == list(composed.members() or (composed,))
    assert b"".join(part.encode(inputs()) for part in expected) == composed.encode(inputs())


FIXED = {"registers of a gas meter": GCS13A, "firmware version of a gas meter": GCS38, "version of a PPMID": CS08}


@pytest.mark.parametrize("use_case", FIXED.values(), ids=FIXED.keys())
def test_a_payload_that_nothing_varies_in_is_encoded_when_the_tables_are_made(use_case: UseCase) -> None:
    assert isinstance(use_case.payload, Constant)


def test_a_read_varies_in_the_counter_and_the_parties_alone() -> None:
    varying = [part for part in ECS17B.payload.members() if not isinstance(part, Constant)]
    found = [part.encode(inputs(counter=0x0102030405060708)) for part in varying]
    head = axdr.access_request_head(0x0102030405060708)
    transaction = bytes.fromhex("0909040102030405060708")
    assert [head, transaction, axdr.octet_string(USER.octets), axdr.octet_string(DEVICE.octets)] == found


REFUSALS = {
    "the first of two faults": (
        addition(install_code=b"", join_time_period=0),
        "InstallCode should have 6 to 16 octets, found 0",
    ),
    "a later one alone": (addition(join_time_period=3601), "JoinTimePeriod should be 1 to 3600, found 3601"),
    "nothing": (addition(), None),
}


@pytest.mark.parametrize(("body", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_payload_is_refused_for(body: AnyBody, reason: str | None) -> None:
    assert reason == CCS01.payload.refusal(inputs(body))


def test_commands_with_values_are_framed_with_the_length_of_what_they_hold() -> None:
    payload = zcl.payload(
        zcl.ZclCommand(cluster=zcl.Cluster.METERING, command=1, fields=run(A, COUNTER)),
        zcl.read_attributes(zcl.Cluster.PREPAYMENT, "0102"),
    )
    first, second = "00" + "0702" + "0005" + "010001" + "6107", "01" + "0705" + "0005" + "000100" + "0201"
    assert "0109" + "02" + first + second == payload.encode(inputs()).hex()
