"""The table of transitions: each row with a case that it accepts and one that it rejects, and what holds for any."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import pytest
from estate import ESME_2, HUB_2, NOW, PPMID_1, PPMID_2, PRODUCTS
from hypothesis import given
from hypothesis import strategies as st

from routing.inventory import Device
from routing.policy import Policy
from routing.transition_table import TRANSITIONS
from routing.transitions import (
    AlertContent,
    Change,
    Elsewhere,
    Event,
    Occurrence,
    TransitionOverride,
    Transitions,
    Unchanged,
)
from schemas.inventory_bodies import UpdateDeviceDetails
from schemas.vocabulary import DeviceStatus, DeviceType

AS_BUILT = Policy().transitions
ESME, PPMID, CHF = ESME_2, PPMID_2, HUB_2
MONOLINGUAL = msgspec.structs.replace(PPMID_2, model="MONOLINGUAL", firmware_version="00004003")
IHD = msgspec.structs.replace(PPMID_2, type=DeviceType.IHD, model="IHD")
P, W, I, C = (  # noqa: E741 -- the statuses in their order
    DeviceStatus.PENDING,
    DeviceStatus.WHITELISTED,
    DeviceStatus.INSTALLED_NOT_COMMISSIONED,
    DeviceStatus.COMMISSIONED,
)
D, X, S = DeviceStatus.DECOMMISSIONED, DeviceStatus.WITHDRAWN, DeviceStatus.SUSPENDED
RECOVERY, RECOVERED = DeviceStatus.RECOVERY, DeviceStatus.RECOVERED
LISTED, UNLISTED, OTHER = "00020001", "00010009", "00020002"


class Vector(NamedTuple):
    """Two devices that the same event happens to."""

    event: Event
    accepted: Device
    after: DeviceStatus | Elsewhere | None
    rejected: Device
    reason: str
    """Of the rejection."""
    says: str | None = None
    """The version that the accepted device says it runs."""
    rejected_says: str | None = None


def at(device: Device, status: DeviceStatus | None, **more: object) -> Device:
    return msgspec.structs.replace(device, status=status, **more)


def nothing(device: Device, event: Event) -> str:
    status = "without a status" if device.status is None else device.status.value
    return f"{device.id} is {status} ({device.type.value}), where the event {event.value} changes nothing"


def simple(
    event: Event, accepted: Device, after: DeviceStatus | Elsewhere | None, rejected: Device, says: str | None = None
) -> Vector:
    """A rejection because no row provides for it."""
    return Vector(event, accepted, after, rejected, nothing(rejected, event), says)


E = Event
VECTORS = {
    "whitelisting": simple(E.WHITELISTED, at(ESME, P), W, at(ESME, X)),
    "whitelisting-again": simple(E.WHITELISTED, at(ESME, I), I, at(ESME, D)),
    "whitelisting-failure": simple(E.WHITELISTING_FAILED, at(ESME, P), P, at(ESME, D)),
    "removal-from-whitelist": simple(E.TAKEN_OFF_WHITELIST, at(ESME, W), P, at(ESME, C)),
    "removal-of-ppmid": simple(E.TAKEN_OFF_WHITELIST, at(PPMID, C), P, at(PPMID, P)),
    "removal-of-type-2-device": simple(E.TAKEN_OFF_WHITELIST, at(IHD, None), None, at(CHF, C)),
    "join": simple(E.JOINED, at(PPMID, I), C, at(ESME, I)),
    "unjoin": simple(E.UNJOINED, at(PPMID, C), I, at(PPMID, W)),
    "commissioning": simple(E.COMMISSIONED, at(ESME, I), C, at(ESME, W)),
    "suspension": Vector(
        E.ENTRY_LOST,
        at(ESME, C, firmware_version=UNLISTED),
        S,
        at(ESME, C, firmware_version=LISTED),
        f"{ESME.id}: 10A1/ESME2 00020001 is on the CPL",
    ),
    "restoration-by-list": Vector(
        E.ENTRY_BACK,
        at(ESME, S, firmware_version=LISTED, suspended_from=C),
        C,
        at(ESME, S, firmware_version=UNLISTED, suspended_from=C),
        f"{ESME.id}: 10A1/ESME2 00010009 is not on the CPL",
    ),
    "restoration-by-activation": Vector(
        E.FIRMWARE_ACTIVATED,
        at(ESME, S, suspended_from=I),
        I,
        at(ESME, S, suspended_from=I),
        f"{ESME.id} did not say which firmware version it runs",
        says=OTHER,
    ),
    "restoration-by-reading": Vector(
        E.FIRMWARE_READ,
        at(ESME, S, suspended_from=RECOVERED),
        RECOVERED,
        at(ESME, S),
        f"{ESME.id} runs 00010009, which is not on the CPL for 10A1/ESME2",
        says=OTHER,
        rejected_says=UNLISTED,
    ),
    "activation": Vector(
        E.FIRMWARE_ACTIVATED,
        at(ESME, C),
        C,
        at(ESME, C),
        f"{ESME.id} runs 00020001, as the inventory has it",
        says=OTHER,
        rejected_says=LISTED,
    ),
    "reading-of-bilingual-ppmid": Vector(
        E.FIRMWARE_READ,
        at(PPMID, S, firmware_version="FFFF0001"),
        S,
        at(PPMID, S, firmware_version="FFFF0001", read_firmware_version="00004002"),
        f"{PPMID.id} runs 00004002, as the inventory has it",
        says="00004002",
        rejected_says="00004002",
    ),
    "reading": Vector(
        E.FIRMWARE_READ,
        at(ESME, I),
        I,
        at(ESME, I),
        f"{ESME.id} did not say which firmware version it runs",
        says=OTHER,
    ),
    "decommissioning-of-meter": simple(E.DECOMMISSIONED, at(ESME, S), D, at(ESME, P)),
    "decommissioning-of-hub": simple(E.DECOMMISSIONED, at(CHF, C), D, at(CHF, X)),
    "decommissioning": simple(E.DECOMMISSIONED, at(PPMID, C), D, at(IHD, None)),
    "withdrawal": simple(E.WITHDRAWN, at(ESME, C), X, at(PPMID, C)),
    "set-to-pending": simple(E.SET_PENDING, at(ESME, I), P, at(CHF, I)),
    "set-to-installed": simple(E.SET_INSTALLED, at(ESME, W), I, at(ESME, C)),
    "hub-set-to-commissioned": simple(E.SET_COMMISSIONED, at(CHF, I), C, at(ESME, I)),
    "hub-set-to-withdrawn": simple(E.SET_WITHDRAWN, at(CHF, C), X, at(CHF, D)),
    "removal": simple(E.REMOVED, at(ESME, P), Elsewhere.GONE, at(ESME, C)),
    "update-of-details": Vector(
        E.DETAILS_UPDATED,
        at(ESME, P),
        P,
        at(ESME, P),
        f"what {ESME.id} would be is not on the CPL as SMETS2+",
        says=OTHER,
        rejected_says=UNLISTED,
    ),
    "meter-point": simple(E.METER_POINT_SET, at(ESME, W), W, at(ESME, D)),
    "recovery": simple(E.RECOVERY_BEGUN, at(ESME, C), RECOVERY, at(ESME, P)),
    "end-of-recovery": simple(E.RECOVERY_COMPLETE, at(ESME, RECOVERY), RECOVERED, at(ESME, C)),
}
every_vector = pytest.mark.parametrize(("name", "vector"), VECTORS.items(), ids=VECTORS.keys())


def happens(device: Device, event: Event, says: str | None = None, table: Transitions = AS_BUILT) -> Change | Unchanged:
    bilingual = device.model == "BILINGUAL"
    update = UpdateDeviceDetails(firmware_version=says) if event is E.DETAILS_UPDATED else None
    occurrence = Occurrence(
        event=event, at=NOW, products=PRODUCTS, firmware_version=says, bilingual=bilingual, update=update
    )
    return table.transition(device, occurrence)


def test_every_row_has_a_vector_but_the_one_that_is_for_no_device() -> None:
    assert [row.name for row in TRANSITIONS if row.before] == list(VECTORS)


@every_vector
def test_the_row_accepts(name: str, vector: Vector) -> None:
    change = happens(vector.accepted, vector.event, vector.says)
    assert isinstance(change, Change), change
    after = Elsewhere.GONE if change.after is None else change.after.status
    assert (name, vector.after) == (change.row.name, after)


@every_vector
def test_the_row_rejects(name: str, vector: Vector) -> None:
    assert Unchanged(vector.reason) == happens(vector.rejected, vector.event, vector.rejected_says), name


BEGINNINGS = {"an ESME": (DeviceType.ESME, P), "a hub": (DeviceType.CHF, P), "an IHD": (DeviceType.IHD, None)}


@pytest.mark.parametrize(("kind", "status"), BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_a_device_begins(kind: DeviceType, status: DeviceStatus | None) -> None:
    assert status is AS_BUILT.announced(kind)


def after(device: Device, event: Event, says: str | None = None) -> Device:
    change = happens(device, event, says)
    assert isinstance(change, Change), change
    assert change.after is not None
    return change.after


def test_a_restored_device_is_what_it_was_before_its_suspension() -> None:
    suspended = after(at(ESME, C, firmware_version=UNLISTED), E.ENTRY_LOST)
    assert (S, C) == (suspended.status, suspended.suspended_from)
    restored = after(suspended, E.FIRMWARE_ACTIVATED, OTHER)
    assert (C, None, OTHER, "101") == (
        restored.status,
        restored.suspended_from,
        restored.firmware_version,
        restored.cpl_entry,
    )


def test_a_suspended_device_of_which_nothing_else_is_known_becomes_commissioned() -> None:
    assert C is after(at(ESME, S), E.ENTRY_BACK).status


def test_what_a_bilingual_ppmid_says_never_overwrites_the_version_of_its_entry() -> None:
    read = after(at(PPMID, C, firmware_version="FFFF0001"), E.FIRMWARE_READ, "00004002")
    assert ("FFFF0001", "00004002") == (read.firmware_version, read.read_firmware_version)


def test_a_version_that_is_not_listed_is_kept_apart() -> None:
    read = after(at(MONOLINGUAL, C), E.FIRMWARE_READ, "0BADC0DE")
    assert ("00004003", "0BADC0DE") == (read.firmware_version, read.read_firmware_version)


def test_a_suspended_device_of_which_nothing_else_is_known_stays_so_when_it_is_whitelisted_again() -> None:
    again = after(at(ESME, S), E.WHITELISTED)
    assert (S, None) == (again.status, again.suspended_from)
    assert C is after(again, E.ENTRY_BACK).status


def test_a_device_that_only_stays_commissioned_is_not_dated() -> None:
    assert None is after(at(ESME, C), E.FIRMWARE_READ, OTHER).date_commissioned


def test_a_commissioned_meter_has_the_day_of_its_commissioning() -> None:
    assert NOW.date() == after(at(ESME, I), E.COMMISSIONED).date_commissioned


# ---- any sequence


def test_an_event_that_the_table_does_not_provide_for_says_so() -> None:
    """Every pair of event and status is provided for or refused in words; none is a fault."""
    for event in Event:
        for status in (None, *DeviceStatus):
            device = at(ESME, status)
            change = happens(device, event, OTHER)
            assert isinstance(change, Change) or str(device.id) in change.reason


@given(st.lists(st.tuples(st.sampled_from(Event), st.sampled_from((None, LISTED, UNLISTED, OTHER)))))
def test_any_sequence_of_events_leaves_a_status_that_its_history_replays_to(
    events: list[tuple[Event, str | None]],
) -> None:
    device, history = at(ESME, AS_BUILT.announced(DeviceType.ESME)), []
    for event, says in events:
        change = happens(device, event, says)
        if isinstance(change, Unchanged):
            continue
        if change.moves:
            history.append((change.before.status, None if change.after is None else change.after.status))
        if change.after is None:
            break
        device = change.after
        assert device.status in DeviceStatus
        assert (device.status is S) is (device.suspended_from is not None)
    status: DeviceStatus | None = P
    for before, moved_to in history:
        assert before is status
        status = moved_to
    assert status is (None if history and history[-1][1] is None else device.status)


# ---- corrections


def test_a_row_is_corrected() -> None:
    correction = TransitionOverride(after=W, before=(I,), alert_codes={AlertContent.METER_IDENTITY: "N1"})
    change = happens(at(ESME, I), E.COMMISSIONED, table=Transitions(TRANSITIONS, {"commissioning": correction}))
    assert isinstance(change, Change)
    assert (W, ["N1"]) == (change.after and change.after.status, [alert.code for alert in change.row.alerts])


def test_a_row_that_is_off_changes_nothing() -> None:
    table = Transitions(TRANSITIONS, {"suspension": TransitionOverride(off=True)})
    device = at(ESME, C, firmware_version=UNLISTED)
    assert Unchanged(nothing(device, E.ENTRY_LOST)) == happens(device, E.ENTRY_LOST, table=table)


MISTAKES = {
    "a row that is not there": ({"suspenion": TransitionOverride()}, "rules.transitions.suspenion: there is no such"),
    "a code that is none": (
        {"suspension": TransitionOverride(alert_codes={AlertContent.SUSPENDED: "N32"})},
        "rules.transitions.suspension.alert_codes.DeviceSuspended: N32 is not a DCC Alert code of DUIS 5.4",
    ),
}


@pytest.mark.parametrize(("overrides", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_correction_that_cannot_be(overrides: dict[str, TransitionOverride], message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace(".", r"\.")):
        Transitions(TRANSITIONS, overrides)


def test_alert_codes_are_those_of_the_schema() -> None:
    """The table's own codes go through the same check as corrections."""
    for row in TRANSITIONS:
        codes = {alert.content: alert.code for alert in row.alerts}
        assert row == Transitions([row], {row.name: TransitionOverride(alert_codes=codes)}).rows[0]


ACTIVATED = {
    "the SMETS1 entry's version becomes the record's": ("FFFF0001", "FFFF0001", "131", None),
    "what really runs stands apart from the SMETS1 entry's version": ("00004002", "FFFF0000", "129", "00004002"),
}


@pytest.mark.parametrize(("says", "version", "entry", "read"), ACTIVATED.values(), ids=ACTIVATED.keys())
def test_of_a_bilingual_ppmid_that_activated_an_image(says: str, version: str, entry: str, read: str | None) -> None:
    before = at(PPMID_1, C, firmware_version="FFFF0000", cpl_entry="129")
    found = after(before, E.FIRMWARE_ACTIVATED, says)
    assert (version, entry, read) == (found.firmware_version, found.cpl_entry, found.read_firmware_version)
