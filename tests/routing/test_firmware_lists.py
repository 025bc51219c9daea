"""An 11.1: for which of its devices it is accepted, and in which list each of the others stands."""

from __future__ import annotations

import time

import msgspec
import pytest
from estate import (
    ESME_1,
    ESME_2,
    ESTATE,
    GSME_2,
    HUB_2,
    OTHER_SUPPLIER,
    PPMID_2,
    RULES,
    STRANGER,
    SUPPLIER,
    asks,
    device,
    facts,
)

from routing.decision import decide
from routing.facts import Facts
from schemas.request import UpdateFirmware
from schemas.response import DSPUpdateFirmwareWarning
from schemas.vocabulary import (
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    UserId,
)


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
