"""Device Model Combinations: when two are the same, and in what one varies from another.

A combination is a GSME, an ESME, a communications hub and a consumer device, on one WAN. What is
installed is compared with a target: a combination that is, was or may be tested. How many
installations vary in what is counted in ``cpl.coverage``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from cpl.epcl import Combination
from cpl.product import DeviceModel
from cpl.variations import Variation
from cpl.words import fold, fold_version
from schemas.vocabulary import DeviceType


class DeviceModelCombination(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A Device Model Combination of one cohort."""

    cohort: str | None = None
    wan_provider: str | None = None
    gsme: DeviceModel | None = None
    esme: DeviceModel | None = None
    hub: DeviceModel | None = None
    """Its firmware is that of CHF and GPF alike."""
    consumer_device: DeviceModel | None = None
    consumer_device_type: DeviceType | None = None
    """PPMID or IHD; ``None`` without a consumer device."""

    @property
    def key(self) -> tuple[tuple[str, ...], ...]:
        """Equal exactly when two combinations are the same. Text compares as ``cpl.words`` says."""
        parts = (self.cohort, self.wan_provider, self.consumer_device_type)
        models = (self.gsme, self.esme, self.hub, self.consumer_device)
        return (tuple(fold(part or "") for part in parts), *map(_model_key, models))

    @property
    def devices(self) -> tuple[tuple[DeviceType, DeviceModel], ...]:
        """The devices that it has: GSME, ESME, hub (as CHF), PPMID or IHD."""
        consumer = self.consumer_device_type or DeviceType.PPMID
        places = (
            (DeviceType.GSME, self.gsme),
            (DeviceType.ESME, self.esme),
            (DeviceType.CHF, self.hub),
            (consumer, self.consumer_device),
        )
        return tuple((kind, model) for kind, model in places if model is not None)

    @property
    def complete(self) -> bool:
        """It has a hub and a meter: without these it is no Device Model Combination (assumed)."""
        return self.hub is not None and (self.gsme is not None or self.esme is not None)

    @property
    def firmware_stated(self) -> bool:
        """Of all its devices."""
        return all(model.vendor_version is not None for _, model in self.devices)

    @property
    def hub_model(self) -> str:
        """Two combinations with different ones have nothing to do with each other."""
        return "" if self.hub is None else fold(self.hub.model)

    def __str__(self) -> str:
        return ", ".join(f"{_TITLES.get(kind, kind.value)} {_words(model)}" for kind, model in self.devices)


_TITLES: Final = {DeviceType.CHF: "hub"}


def combination(
    row: Combination, *, cohort: str | None, wan_provider: str | None, upgradable: bool | None = None
) -> DeviceModelCombination:
    """The combination that a row names.

    ``upgradable``: whether its consumer device can be upgraded, which makes it a PPMID or an IHD;
    ``None``, the row does not say: a PPMID, as the lists' column is called (assumed).
    """
    kind = DeviceType.IHD if upgradable is False else DeviceType.PPMID
    return DeviceModelCombination(
        cohort=cohort,
        wan_provider=wan_provider,
        gsme=_compared(row.gsme),
        esme=_compared(row.esme),
        hub=_compared(row.hub),
        consumer_device=_compared(row.ppmid),
        consumer_device_type=None if row.ppmid is None else kind,
    )


_HARDWARE: Final = ("hardware_version", "hardware_revision")


class Comparison:
    """Compares what is installed with one target. Fleets repeat the same few models: each is compared once."""

    def __init__(self, target: DeviceModelCombination) -> None:
        self.target: Final = target
        self._hubs: Final[_Seen] = {}
        self._gsmes: Final[_Seen] = {}
        self._esmes: Final[_Seen] = {}
        self._consumer_devices: Final[_Seen] = {}

    def variations(self, installed: DeviceModelCombination) -> frozenset[Variation] | None:
        """In what an installed combination varies from the target; ``None``: the target says nothing of it."""
        target = self.target
        if conflict(installed.cohort, target.cohort) or conflict(installed.wan_provider, target.wan_provider):
            return None
        if installed.hub is None or target.hub is None or not installed.complete:
            return None
        hub = _compared_once(self._hubs, installed.hub, target.hub)
        if hub is None:
            return None
        gsme = _meter_variations(self._gsmes, installed.gsme, target.gsme)
        if gsme is None:
            return None
        esme = _meter_variations(self._esmes, installed.esme, target.esme)
        return None if esme is None else hub | gsme | esme | self._consumer_device(installed)

    def _consumer_device(self, installed: DeviceModelCombination) -> frozenset[Variation]:
        mine, theirs = installed.consumer_device, self.target.consumer_device
        if mine is None:
            return _SAME if theirs is None else _NO_PPMID
        if theirs is None or installed.consumer_device_type is not self.target.consumer_device_type:
            return _OTHER_DEVICE
        found = _compared_once(self._consumer_devices, mine, theirs)
        if found is None or (installed.consumer_device_type is DeviceType.IHD and Variation.FIRMWARE in found):
            return _OTHER_DEVICE
        return found


def variations(installed: DeviceModelCombination, target: DeviceModelCombination) -> frozenset[Variation] | None:
    """In what an installed combination varies from a target; ``None``: the target says nothing of it."""
    return Comparison(target).variations(installed)


_Seen = dict[DeviceModel, frozenset[Variation] | None]
_SAME: Final[frozenset[Variation]] = frozenset()
_SINGLE_FUEL: Final = frozenset({Variation.SINGLE_FUEL})
_NO_PPMID: Final = frozenset({Variation.NO_PPMID})
_OTHER_DEVICE: Final = frozenset({Variation.CONSUMER_DEVICE})


def without_hardware(one: DeviceModelCombination) -> DeviceModelCombination:
    """The combination with hardware versions and revisions left out."""

    def stripped(model: DeviceModel | None) -> DeviceModel | None:
        return model and msgspec.structs.replace(model, hardware_version=None, hardware_revision=None)

    return msgspec.structs.replace(
        one,
        gsme=stripped(one.gsme),
        esme=stripped(one.esme),
        hub=stripped(one.hub),
        consumer_device=stripped(one.consumer_device),
    )


def at_target(installed: DeviceModelCombination, target: DeviceModelCombination) -> DeviceModelCombination:
    """What an installed combination becomes once it has the target's firmware: the target with its hardware."""

    def device(mine: DeviceModel | None, theirs: DeviceModel | None) -> DeviceModel | None:
        if mine is None or theirs is None:
            return None
        parts: dict[str, Any] = {
            part: getattr(mine, part) for part in _HARDWARE if _varies(getattr(mine, part), getattr(theirs, part), fold)
        }
        return msgspec.structs.replace(theirs, **parts)

    consumer = device(installed.consumer_device, target.consumer_device)
    return msgspec.structs.replace(
        target,
        gsme=device(installed.gsme, target.gsme),
        esme=device(installed.esme, target.esme),
        hub=device(installed.hub, target.hub),
        consumer_device=consumer,
        consumer_device_type=None if consumer is None else target.consumer_device_type,
    )


def on_core_of(installed: DeviceModelCombination, target: DeviceModelCombination) -> DeviceModelCombination:
    """As ``at_target``, with the consumer device as it is."""
    return msgspec.structs.replace(
        at_target(installed, target),
        consumer_device=installed.consumer_device,
        consumer_device_type=installed.consumer_device_type,
    )


def leaves_hardware_open(installed: DeviceModelCombination, target: DeviceModelCombination) -> bool:
    """The target states hardware of which the installed combination says nothing."""
    pairs = (
        (installed.gsme, target.gsme),
        (installed.esme, target.esme),
        (installed.hub, target.hub),
        (installed.consumer_device, target.consumer_device),
    )
    return any(
        getattr(mine, part) is None and getattr(theirs, part) is not None
        for mine, theirs in pairs
        if mine is not None and theirs is not None
        for part in _HARDWARE
    )


def _meter_variations(seen: _Seen, mine: DeviceModel | None, theirs: DeviceModel | None) -> frozenset[Variation] | None:
    if mine is None:
        return _SAME if theirs is None else _SINGLE_FUEL
    return None if theirs is None else _compared_once(seen, mine, theirs)


def _compared_once(seen: _Seen, mine: DeviceModel, theirs: DeviceModel) -> frozenset[Variation] | None:
    try:
        return seen[mine]
    except KeyError:
        found = seen[mine] = _model_variations(mine, theirs)
        return found


def _model_variations(mine: DeviceModel, theirs: DeviceModel) -> frozenset[Variation] | None:
    """``None``: another device."""
    if fold(mine.model) != fold(theirs.model) or conflict(mine.manufacturer, theirs.manufacturer):
        return None
    found: set[Variation] = set()
    if any(_varies(getattr(mine, part), getattr(theirs, part), fold) for part in _HARDWARE):
        found.add(Variation.HARDWARE)
    if _varies(mine.vendor_version, theirs.vendor_version, fold_version):
        found.add(Variation.FIRMWARE)
    return frozenset(found)


def conflict(one: str | None, other: str | None) -> bool:
    """Both state it and they differ: cohort, WAN provider, manufacturer."""
    return one is not None and other is not None and one != other and fold(one) != fold(other)


def _varies(mine: str | None, theirs: str | None, folded: Callable[[str], str]) -> bool:
    return theirs is not None and (mine is None or folded(mine) != folded(theirs))


def _compared(model: DeviceModel | None) -> DeviceModel | None:
    """Without what is no part of a Device Model (SEC definition, seed 001, section 2.3)."""
    return model and msgspec.structs.replace(model, configuration=None)


def _model_key(model: DeviceModel | None) -> tuple[str, ...]:
    if model is None:
        return ()
    parts = (model.model, model.manufacturer, model.hardware_version, model.hardware_revision)
    return (*(fold(part or "") for part in parts), fold_version(model.vendor_version or ""))


def _words(model: DeviceModel) -> str:
    hardware = " ".join(part for part in (model.hardware_version, model.hardware_revision) if part)
    parts = (
        model.manufacturer,
        model.model,
        model.vendor_version or "firmware not stated",
        hardware and f"({hardware})",
    )
    return " ".join(part for part in parts if part)
