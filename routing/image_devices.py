"""Every device of an 11.1 or 11.4, judged in one pass: the provider that its image goes to, or the list it stands in.

Time in proportion to the list; what a Device Model decides is asked once for each model. Whether the request
passes at all is the check table's; how the image reaches a provider, the gateway's.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from cpl.product import CplEntry
from routing.destination import Destination, ToFirmwareDistribution, ToS1sp
from routing.facts import Located
from routing.inventory import Device
from routing.policy import IMAGE_GBCS, GbcsMeasure
from routing.ppmid import Treatment, is_bilingual, settle_treatment
from routing.rights import REGISTERED_ROLES
from schemas.request import UpdateFirmware, UpdatePPMIDFirmware
from schemas.results import DSPUpdateFirmwareWarning, DSPUpdatePPMIDFirmwareWarning
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation


class LeftOut(StrEnum):
    """The lists of the warning, by the names of its fields.

    A device stands in the first that fits. What belongs in which is inferred from their names in the schema.
    """

    INVALID = "invalid"
    """Not in the inventory, not the sender's, no PPMID (11.4); or reached by no provider and in none of the others."""
    NOT_COMMISSIONED = "not_commissioned"
    NOT_APPLICABLE_FIRMWARE = "not_applicable_firmware"
    """No CPL entry of its model has this version; if bilingual, none of the generation that it is treated as."""
    OTHER_REQUEST_IN_PROGRESS = "other_request_in_progress"
    """An image that was accepted for it earlier is taken to be under way."""
    INVALID_GBCS_VERSION = "invalid_gbcs_version"
    """The entry's GBCS version does not suit what is on record of the device or its hub (``policy.image_gbcs``)."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the devices of a request, each in one place."""

    destinations: tuple[Destination, ...]
    """One for each provider, with its devices, in the order of their names."""
    warning: DSPUpdateFirmwareWarning | None
    """The devices left out; ``None`` when none is."""
    reason: str


def judge_devices(located: Located, body: UpdateFirmware) -> Judged:
    """Each device once, in the sender's order."""
    judge = _Judge(located, body)
    left_out: dict[LeftOut, list[DeviceId]] = {each: [] for each in LeftOut}
    with_s1sp: dict[str, list[DeviceId]] = {}
    over_wan: dict[str, list[DeviceId]] = {}
    providers = {Generation.SMETS1: with_s1sp, Generation.SMETS2: over_wan}
    for one in dict.fromkeys(body.devices):
        device = located.devices.get(one)
        place = LeftOut.INVALID if device is None else judge.place(device)
        if isinstance(place, LeftOut):
            left_out[place].append(one)
        else:
            generation, name = place
            providers[generation].setdefault(name, []).append(one)
    destinations: tuple[Destination, ...] = (
        *(ToS1sp(name=name, devices=tuple(ids)) for name, ids in sorted(with_s1sp.items())),
        *(ToFirmwareDistribution(region=name, devices=tuple(ids)) for name, ids in sorted(over_wan.items())),
    )
    warning = _warning(body, left_out)
    return Judged(
        destinations=destinations,
        warning=warning if warning else None,
        reason=_reason(sum(map(len, (*with_s1sp.values(), *over_wan.values()))), len(destinations), left_out),
    )


def _warning(body: UpdateFirmware, left_out: dict[LeftOut, list[DeviceId]]) -> DSPUpdateFirmwareWarning:
    kind = DSPUpdatePPMIDFirmwareWarning if isinstance(body, UpdatePPMIDFirmware) else DSPUpdateFirmwareWarning
    return kind(**{each.value: tuple(devices) for each, devices in left_out.items()})


def _reason(accepted: int, providers: int, left_out: dict[LeftOut, list[DeviceId]]) -> str:
    counted = ", ".join(f"{len(ids)} {each.value.replace('_', ' ')}" for each, ids in left_out.items() if ids)
    return f"an image for {accepted} devices of {providers} providers" + (f"; left out: {counted}" if counted else "")


_Version = tuple[int, ...]


class _Model(msgspec.Struct, frozen=True, gc=False):
    """What the product list says of one Device Model and the request's version."""

    generations: frozenset[Generation]
    """Of its entries in force with that version: empty where there is none."""
    bilingual: bool
    gbcs_versions: tuple[_Version | None, ...]
    """Of its entries; ``None``: that entry names none that can be compared."""


class _Judge:
    """The facts of one request, as each device is asked about them."""

    def __init__(self, located: Located, body: UpdateFirmware) -> None:
        self._located = located
        self._version = body.firmware_version
        self._for_ppmids = isinstance(body, UpdatePPMIDFirmware)
        self._of_any_party = bool(located.roles - REGISTERED_ROLES)
        self._registered = _meter_points_of_sender(located)
        self._updating = frozenset(located.facts.updating)
        service = located.request.variant
        self._measures = located.policy.image_gbcs.get(service, IMAGE_GBCS.get(service, ()))
        self._models: dict[tuple[str, str], _Model] = {}

    def place(self, device: Device) -> LeftOut | tuple[Generation, str]:
        """The list that the device stands in, or the provider that reaches it."""
        if (self._for_ppmids and device.type is not DeviceType.PPMID) or not self._is_senders(device):
            return LeftOut.INVALID
        if device.status is not DeviceStatus.COMMISSIONED:
            return LeftOut.NOT_COMMISSIONED
        model = self._model(device)
        hub = None if device.hub is None else self._located.devices.get(device.hub)
        if not self._is_listed(model, device, hub):
            return LeftOut.NOT_APPLICABLE_FIRMWARE
        if device.id in self._updating:
            return LeftOut.OTHER_REQUEST_IN_PROGRESS
        if not self._suits_gbcs(model, device, hub):
            return LeftOut.INVALID_GBCS_VERSION
        return self._provider(model, device, hub) or LeftOut.INVALID

    def _is_senders(self, device: Device) -> bool:
        if self._of_any_party:
            return True
        mpxns = self._located.mpxns_around(device)
        if mpxns is None:
            return False  # one whose home is not known could be anybody's
        return not mpxns or not self._registered.isdisjoint(mpxns)

    def _model(self, device: Device) -> _Model:
        name = (device.manufacturer, device.model)
        known = self._models.get(name)
        if known is None:
            entries = self._located.products.in_force(*name, self._version)
            known = self._models[name] = _Model(
                generations=frozenset(each.generation for each in entries),
                bilingual=is_bilingual(device, self._located.products),
                gbcs_versions=_gbcs_versions(entries),
            )
        return known

    def _is_listed(self, model: _Model, device: Device, hub: Device | None) -> bool:
        """The two entries of a bilingual PPMID are different firmware, each of one generation (seed 001, section 2)."""
        if not model.bilingual or not model.generations:
            return bool(model.generations)
        treatment = self._treatment(model, device, hub)
        return treatment.misjoined is not None or treatment.generation in model.generations

    def _suits_gbcs(self, model: _Model, device: Device, hub: Device | None) -> bool:
        """Whether an entry fits what is on record; what is not on record, or not a version, fits all."""
        if not self._measures or None in model.gbcs_versions:
            return True
        lowest = _gbcs_version(device.gbcs_version) if GbcsMeasure.DEVICE in self._measures else None
        highest = _gbcs_version(hub.gbcs_version) if hub is not None and GbcsMeasure.HUB in self._measures else None
        return any(
            each is None or ((lowest is None or each >= lowest) and (highest is None or each <= highest))
            for each in model.gbcs_versions
        )

    def _treatment(self, model: _Model, device: Device, hub: Device | None) -> Treatment:
        return settle_treatment(device, hub, bilingual=model.bilingual, policy=self._located.policy.ppmid)

    def _provider(self, model: _Model, device: Device, hub: Device | None) -> tuple[Generation, str] | None:
        located = self._located
        treatment = self._treatment(model, device, hub)
        if treatment.misjoined:
            return None
        if treatment.generation is Generation.SMETS1:
            name, reached = treatment.s1sp, located.routes.s1sps
        else:
            name, reached = (hub.csp_region if hub is not None else None) or device.csp_region, located.routes.regions
        return (treatment.generation, name) if name is not None and name in reached else None


def _meter_points_of_sender(facts: Located) -> frozenset[str]:
    sender, when, roles = facts.request.request_id.originator, facts.required_time, facts.roles
    return frozenset(
        r.mpxn for r in facts.facts.registrations if r.party == sender and r.role in roles and r.covers(when)
    )


def _gbcs_versions(entries: Iterable[CplEntry]) -> tuple[_Version | None, ...]:
    return tuple({_gbcs_version(each.gbcs_version) for each in entries})


_PARTS: Final = 3


def _gbcs_version(text: str | None) -> _Version | None:
    """``4.1`` as (4, 1, 0), so that 4.10 is above 4.9; ``None`` for what is no version."""
    parts = (text or "").split(".")
    if len(parts) > _PARTS or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    numbers = [int(part) for part in parts]
    return (*numbers, *[0] * (_PARTS - len(numbers)))
