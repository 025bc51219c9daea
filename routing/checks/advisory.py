"""Whether the SMETS1 Supporting Requirements expect a firmware request to a PPMID to fail, or know no better.

The rows are ``routing.advisories``'. Of an 11.1 or 11.4 every SMETS1 PPMID of its list is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from routing.advisories import Advisory, Outcome
from routing.facts import Located, Target
from routing.inventory import Device
from routing.ppmid import is_bilingual, settle_treatment
from schemas.request import UpdateFirmware
from schemas.vocabulary import DeviceId, DeviceType, Generation

NAMED: Final = 3
"""Devices that a reason names before it counts the rest."""


def firmware_request_can_succeed(facts: Target) -> str | None:
    """No advisory expects the S1SP to fail with a firmware request to the PPMID."""
    return _of_target(facts, Outcome.FAILS)


def firmware_outcome_is_certain(facts: Target) -> str | None:
    """No advisory calls the outcome of an activation on the PPMID uncertain."""
    return _of_target(facts, Outcome.UNCERTAIN)


def firmware_read_matches_the_cpl(facts: Target) -> str | None:
    """No advisory expects the PPMID to tell another version than that of its CPL entry."""
    return _of_target(facts, Outcome.MAY_NOT_MATCH)


def image_can_succeed(facts: Located) -> str | None:
    """No advisory expects the image to fail on a PPMID of the list."""
    return _of_list(facts, Outcome.FAILS)


def image_outcome_is_certain(facts: Located) -> str | None:
    """No advisory calls the outcome uncertain for a PPMID of the list."""
    return _of_list(facts, Outcome.UNCERTAIN)


def _of_target(facts: Target, outcome: Outcome) -> str | None:
    rows = facts.policy.advisories.of(facts.request.variant, outcome)
    if not rows or facts.device.type is not DeviceType.PPMID:
        return None
    return _in_words(_concerning(facts, rows, [facts.device]))


def _of_list(facts: Located, outcome: Outcome) -> str | None:
    body = facts.request.body
    rows = facts.policy.advisories.of(facts.request.variant, outcome)
    if not rows or not isinstance(body, UpdateFirmware):
        return None
    return _in_words(_concerning(facts, rows, _ppmids(facts, body.devices)))


def _ppmids(facts: Located, listed: Iterable[DeviceId]) -> Iterator[Device]:
    for one in dict.fromkeys(listed):
        device = facts.devices.get(one)
        if device is not None and device.type is DeviceType.PPMID:
            yield device


def _concerning(
    facts: Located, rows: tuple[Advisory, ...], devices: Iterable[Device]
) -> dict[str, tuple[Advisory, list[DeviceId]]]:
    """By name, the rows that concern devices which are treated as SMETS1, with these devices."""
    found: dict[str, tuple[Advisory, list[DeviceId]]] = {}
    for device in devices:
        hub = None if device.hub is None else facts.devices.get(device.hub)
        bilingual = is_bilingual(device, facts.products)
        treatment = settle_treatment(device, hub, bilingual=bilingual, policy=facts.policy.ppmid)
        if treatment.generation is not Generation.SMETS1:
            continue
        cohort = facts.policy.advisories.cohort(treatment.s1sp)
        for row in rows:
            if row.concerns(device, cohort, bilingual=bilingual):
                found.setdefault(row.name, (row, []))[1].append(device.id)
    return found


def _in_words(found: dict[str, tuple[Advisory, list[DeviceId]]]) -> str | None:
    told = [f"{row.says} (S1SR {row.clause}): {_names(devices)}" for row, devices in found.values()]
    return "; ".join(told) or None


def _names(devices: list[DeviceId]) -> str:
    named = ", ".join(map(str, devices[:NAMED]))
    return named if len(devices) <= NAMED else f"{named} (and {len(devices) - NAMED} more)"
