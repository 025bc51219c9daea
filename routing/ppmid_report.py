"""The bilingual PPMIDs of an estate: how each is treated under either policy, and what does not go together.

Pure: records and product lists are handed in, and no request is decided by what is found here. Sources: seed 001,
SEC A2.13; what counts as a conflict is ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from cpl.product import CplEntry
from cpl.product_list import ProductList
from cpl.why import explain_absence
from cpl.words import fold_version
from routing.inventory import Device
from routing.policy import PpmidPolicy
from routing.ppmid import is_bilingual, settle_treatment
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation


class ConflictKind(StrEnum):
    """What does not go together."""

    WRONG_INSTALLATION = "wrong-installation"
    """Joined to an installation of the other generation than it was pre-notified as."""
    UNKNOWN_HUB = "unknown-hub"
    NO_PROVIDER = "no-s1sp"
    """Treated as SMETS1, and nobody is named who operates it."""
    OTHER_PROVIDER = "other-s1sp"
    """Its record names another S1SP than its hub's."""
    VERSION_OF_OTHER_ENTRY = "version-of-other-entry"
    """Its firmware version is that of the model's entry of the other generation."""
    VERSION_NOT_LISTED = "version-not-listed"
    READ_OF_NO_ENTRY = "version-read-of-no-entry"
    """It says that it runs a version which no entry of its model names."""
    ONE_ENTRY_LEFT = "one-entry-left"
    """The model has an entry in each generation, and not both are in force."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    kind: ConflictKind
    says: str


class Treated(msgspec.Struct, frozen=True, kw_only=True):
    """How a device is treated under one policy."""

    generation: Generation
    reachable: bool
    """Whether it can be the target of a request at all."""
    s1sp: str | None
    reason: str


class BilingualDevice(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the report."""

    device: DeviceId
    manufacturer: str
    model: str
    status: DeviceStatus | None
    prenotified_as: Generation
    cpl_entry: str | None
    firmware_version: str | None
    """Of its CPL entry: for a SMETS1 entry it is not the one that runs (seed 001)."""
    read_firmware_version: str | None
    """What the device itself last said that it runs, where that is another."""
    hub: DeviceId | None
    hub_generation: Generation | None
    """``None`` as well where the hub is not in the inventory."""
    treatments: dict[PpmidPolicy, Treated]
    conflicts: tuple[Conflict, ...]


def bilingual_device(device: Device, hub: Device | None, products: ProductList) -> BilingualDevice | None:
    """``None`` for a device that is no PPMID, or whose model never had an entry in each generation."""
    entries = products.by_model(device.manufacturer, device.model)
    if device.type is not DeviceType.PPMID or len({entry.generation for entry in entries}) < 2:
        return None
    treatments = {policy: _treated(device, hub, products, policy) for policy in PpmidPolicy}
    return BilingualDevice(
        device=device.id,
        manufacturer=device.manufacturer,
        model=device.model,
        status=device.status,
        prenotified_as=device.prenotified_as,
        cpl_entry=device.cpl_entry,
        firmware_version=device.firmware_version,
        read_firmware_version=device.read_firmware_version,
        hub=device.hub,
        hub_generation=None if hub is None else hub.prenotified_as,
        treatments=treatments,
        conflicts=(
            *_of_home(device, hub, treatments),
            *_of_version(device, products),
            *_of_reading(device, entries),
            *_of_model(device, products),
        ),
    )


def _treated(device: Device, hub: Device | None, products: ProductList, policy: PpmidPolicy) -> Treated:
    found = settle_treatment(device, hub, bilingual=is_bilingual(device, products), policy=policy)
    return Treated(generation=found.generation, reachable=found.misjoined is None, s1sp=found.s1sp, reason=found.reason)


def _of_home(device: Device, hub: Device | None, treatments: dict[PpmidPolicy, Treated]) -> Iterator[Conflict]:
    if hub is None:
        if device.hub is not None:
            yield Conflict(kind=ConflictKind.UNKNOWN_HUB, says=f"its hub {device.hub} is not in the inventory")
        return
    own, other = device.prenotified_as, hub.prenotified_as
    if own is not other:
        ends = "; ".join(f"{policy.value}: {_comes_to(treated)}" for policy, treated in treatments.items())
        yield Conflict(
            kind=ConflictKind.WRONG_INSTALLATION,
            says=f"pre-notified as {own.value} and joined to the {other.value} hub {hub.id} ({ends})",
        )
    for policy, treated in treatments.items():
        if treated.reachable and treated.generation is Generation.SMETS1 and treated.s1sp is None:
            says = f"{policy.value} treats it as SMETS1, and neither it nor its hub names an S1SP"
            yield Conflict(kind=ConflictKind.NO_PROVIDER, says=says)
    if None not in (device.s1sp, hub.s1sp) and device.s1sp != hub.s1sp:
        says = f"its record names the S1SP {device.s1sp}, that of its hub {hub.s1sp}"
        yield Conflict(kind=ConflictKind.OTHER_PROVIDER, says=says)


def _comes_to(treated: Treated) -> str:
    return f"treated as {treated.generation.value}" if treated.reachable else "nothing can be sent to it"


def _of_version(device: Device, products: ProductList) -> Iterator[Conflict]:
    version, own = device.firmware_version, device.prenotified_as
    if version is None:
        return
    entries = products.in_force(device.manufacturer, device.model, version)
    if not entries:
        says = explain_absence(products, version, device.manufacturer, device.model)
        yield Conflict(kind=ConflictKind.VERSION_NOT_LISTED, says=says)
    elif all(entry.generation is not own for entry in entries):
        first = entries[0]
        yield Conflict(
            kind=ConflictKind.VERSION_OF_OTHER_ENTRY,
            says=f"firmware {version} is that of the {first.generation.value} entry {first.entry_id}, "
            f"and it was pre-notified as {own.value}",
        )


def _of_reading(device: Device, entries: tuple[CplEntry, ...]) -> Iterator[Conflict]:
    """A version of the other entry is no conflict: that is what runs (S1SR 18.64(c))."""
    said = device.read_firmware_version
    named = {fold_version(name) for entry in entries for name in (entry.firmware_version, entry.vendor_version or "")}
    if said is not None and fold_version(said) not in named:
        says = f"it says that it runs {said}, which no entry of {device.manufacturer}/{device.model} names"
        yield Conflict(kind=ConflictKind.READ_OF_NO_ENTRY, says=says)


def _of_model(device: Device, products: ProductList) -> Iterator[Conflict]:
    left = {entry.generation for entry in products.in_force_by_model(device.manufacturer, device.model)}
    if len(left) < 2:
        which = f"only {next(iter(left)).value} entries" if left else "no entry"
        says = f"of {device.manufacturer}/{device.model} {which} is in force, so no policy lets its hub decide"
        yield Conflict(kind=ConflictKind.ONE_ENTRY_LEFT, says=says.replace("entries is", "entries are"))
