"""An 11.1: for which of its devices it is accepted, and in which list each of the others stands."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import msgspec
import pytest
from estate import (
    ESME_1,
    ESME_2,
    ESTATE,
    GSME_2,
    HUB_2,
    OTHER_SUPPLIER,
    PPMID_1,
    PPMID_2,
    RULES,
    STRANGER,
    SUPPLIER,
    asks,
    device,
    entry,
    facts,
    rules,
)

from cpl.product_list import ProductList
from routing.decision import Rules, decide
from routing.facts import Facts
from routing.inventory import Device
from routing.policy import GbcsMeasure, PpmidPolicy
from schemas.request import UpdateFirmware, UpdatePPMIDFirmware
from schemas.results import DSPUpdateFirmwareWarning, DSPUpdatePPMIDFirmwareWarning
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
UPDATING = msgspec.structs.replace(ESME_2, id=DeviceId(94))
LISTED = (*ESTATE, PENDING, OF_OTHERS, UPDATING)
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
    "that an image is under way to": (
        ESME_2.id,
        UPDATING.id,
        DSPUpdateFirmwareWarning(other_request_in_progress=(UPDATING.id,)),
    ),
}


@pytest.mark.parametrize(("good", "bad", "warning"), LISTS.values(), ids=LISTS.keys())
def test_an_image_is_accepted_without_a_device(
    good: DeviceId, bad: DeviceId, warning: DSPUpdateFirmwareWarning
) -> None:
    decision = decide(updates("00020001", (bad, good), devices=LISTED, updating=(UPDATING.id,)), RULES)
    assert (True, "W110101", None) == (decision.accepted, decision.code, decision.reason)
    assert warning == decision.warning
    assert [(good,)] == [destination.devices for destination in decision.destinations]  # type: ignore[union-attr]


def test_mixed_lists_keep_the_senders_order_and_name_a_repeated_device_once() -> None:
    second_stranger = DeviceId(93)
    unreached = msgspec.structs.replace(ESME_2, id=DeviceId(95), hub=None)
    asked = (second_stranger, GSME_2.id, unreached.id, STRANGER, PENDING.id, ESME_2.id, STRANGER, OF_OTHERS.id)
    decision = decide(updates("00020001", (*asked, ESME_2.id), devices=(*LISTED, unreached)), RULES)
    assert (
        DSPUpdateFirmwareWarning(
            invalid=(second_stranger, unreached.id, STRANGER, OF_OTHERS.id),
            not_commissioned=(PENDING.id,),
            not_applicable_firmware=(GSME_2.id,),
        )
        == decision.warning
    )
    assert [(ESME_2.id,)] == [destination.devices for destination in decision.destinations]  # type: ignore[union-attr]
    left_out = "left out: 4 invalid, 1 not commissioned, 1 not applicable firmware"
    assert f"an image for 1 devices of 1 providers; {left_out}" == decision.destination_reason


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


JOINED_WRONGLY = msgspec.structs.replace(PPMID_1, hub=HUB_2.id)
TACTICAL, ENDURING = RULES, rules(ppmid=PpmidPolicy.ASSOCIATED_HUB)
BILINGUAL = {
    "its SMETS2+ version": (PPMID_2, "00004002", TACTICAL, "I99", None),
    "its SMETS1 version": (PPMID_1, "FFFF0001", TACTICAL, "I99", None),
    "the SMETS1 version, treated as SMETS2+": (PPMID_2, "FFFF0001", TACTICAL, "W110401", "not_applicable_firmware"),
    "the SMETS2+ version, treated as SMETS1": (PPMID_1, "00004002", TACTICAL, "W110401", "not_applicable_firmware"),
    "any version, where nothing can be sent to it": (JOINED_WRONGLY, "FFFF0001", TACTICAL, "W110401", "invalid"),
    "its hub's version, where the hub decides": (JOINED_WRONGLY, "00004002", ENDURING, "I99", None),
    "its own version, where the hub decides": (
        JOINED_WRONGLY,
        "FFFF0001",
        ENDURING,
        "W110401",
        "not_applicable_firmware",
    ),
}


@pytest.mark.parametrize(("ppmid", "version", "under", "code", "left_out"), BILINGUAL.values(), ids=BILINGUAL.keys())
def test_a_bilingual_ppmid_is_sent(ppmid: Device, version: str, under: Rules, code: str, left_out: str | None) -> None:
    body = UpdatePPMIDFirmware(firmware_version=version, devices=(ppmid.id,), image_characters=4)
    known = (ppmid, *(each for each in ESTATE if each.id != ppmid.id))
    decision = decide(facts(asks("11.4", body=body), devices=known), under)
    lists = None if left_out is None else DSPUpdatePPMIDFirmwareWarning(**{left_out: (ppmid.id,)})
    assert (code, lists) == (decision.code, decision.warning)


BOTH = (GbcsMeasure.DEVICE, GbcsMeasure.HUB)
GBCS = {
    "a version above the device's": ("I99", "4.1", "4.0", "3.2", "11.1", {}),
    "the device's own version": ("I99", "4.0", "4.0", "3.2", "11.1", {}),
    "the same version written with three parts": ("I99", "4.0", "4.0.0", None, "11.1", {}),
    "a version below the device's": ("W110101", "3.2", "4.0", "4.0", "11.1", {}),
    "a version below the device's, though its digits sort above": ("W110101", "4.9", "4.10", None, "11.1", {}),
    "a version above the hub's": ("W110401", "4.1", "4.0", "3.2", "11.4", {}),
    "a version that device and hub have": ("I99", "4.0", "4.0", "4.0", "11.4", {}),
    "a version above the hub's, where 11.1 asks for it": ("W110101", "4.1", "4.0", "3.2", "11.1", {"11.1": BOTH}),
    "a version below the device's, where nothing is asked": ("I99", "3.2", "4.0", "4.0", "11.1", {"11.1": ()}),
    "an entry that names no version": ("I99", None, "4.0", "3.2", "11.4", {}),
    "an entry whose version is none": ("I99", "GBCS 3", "4.0", "3.2", "11.4", {}),
    "a device and a hub whose versions are not on record": ("I99", "4.0", None, None, "11.4", {}),
}


@pytest.mark.parametrize(
    ("code", "of_entry", "of_device", "of_hub", "service", "configured"), GBCS.values(), ids=GBCS.keys()
)
def test_the_gbcs_version_of_an_image_is_held_against_what_is_on_record(
    code: str, of_entry: str | None, of_device: str | None, of_hub: str | None, service: str, configured: dict[str, Any]
) -> None:
    products = ProductList([entry("1", DeviceType.PPMID, "BILINGUAL", "00004002", gbcs_version=of_entry)])
    listed = (
        msgspec.structs.replace(PPMID_2, gbcs_version=of_device),
        msgspec.structs.replace(HUB_2, gbcs_version=of_hub),
    )
    kind = UpdatePPMIDFirmware if service == "11.4" else UpdateFirmware
    body = kind(firmware_version="00004002", devices=(PPMID_2.id,), image_characters=4)
    decision = decide(
        facts(asks(service, body=body), devices=listed), rules(image_gbcs=configured).with_products(products)
    )
    left_out = () if decision.warning is None else decision.warning.invalid_gbcs_version
    assert (code, () if code == "I99" else (PPMID_2.id,)) == (decision.code, left_out)


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


def test_fifty_thousand_devices_are_sorted() -> None:
    decision = decide(many(50_000), RULES)
    assert ("W110101", 12_500) == (decision.code, len(decision.warning.invalid if decision.warning else ()))
    assert "an image for 37500 devices of 2 providers; left out: 12500 invalid" == decision.destination_reason


def calls(asked: Facts) -> int:
    """Calls of functions, ours and Python's own, that the decision takes."""
    counted = itertools.count()
    sys.setprofile(lambda _frame, event, _argument: next(counted) if event in {"call", "c_call"} else None)
    try:
        decide(asked, RULES)
    finally:
        sys.setprofile(None)
    return next(counted)


def test_an_image_takes_work_in_proportion_to_its_list() -> None:
    none, one, ten = (calls(many(count)) for count in (4, 1_000, 10_000))
    assert ten - none == pytest.approx(10 * (one - none), rel=0.05)
    assert one - none < 40 * 1_000, "calls for each device"
