"""SMETS1 or SMETS2+: how a device is to be treated, bilingual PPMIDs included.

Sources: seed 001. Tactical solution: the pre-notification, with the details of one of the model's two
product list entries, fixes the generation for good, and joining the device to the wrong kind of
installation makes it one that nothing can be sent to. Enduring solution and SEC A2.13: a device that
is capable of both is what the installation is that it is associated with. What all of this comes to in an
estate is told by ``routing.ppmid_report``.
"""

from __future__ import annotations

from typing import Final

import msgspec

from cpl.product_list import ProductList
from routing.inventory import Device
from routing.policy import PpmidPolicy
from schemas.vocabulary import DeviceType, Generation

_AS_PRE_NOTIFIED: Final = {each: f"pre-notified as {each.value}" for each in Generation}


class Treatment(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a device is treated, and why."""

    generation: Generation
    reason: str
    s1sp: str | None = None
    """The provider that operates it, where it is treated as SMETS1."""
    misjoined: str | None = None
    """Why nothing can be sent to it, where that is so."""


def is_bilingual(device: Device, products: ProductList) -> bool:
    """The product list has an entry in force of the device's model in each generation."""
    return len({e.generation for e in products.in_force_by_model(device.manufacturer, device.model)}) > 1


def settle_treatment(device: Device, hub: Device | None, *, bilingual: bool, policy: PpmidPolicy) -> Treatment:
    """``bilingual``: the product list has an entry of the model in each generation."""
    own = device.prenotified_as
    if device.type is not DeviceType.PPMID or hub is None:
        reason = _AS_PRE_NOTIFIED[own]
        if device.type is DeviceType.PPMID and device.hub is not None:
            reason += f"; its hub {device.hub} is not in the inventory"
        elif device.type is DeviceType.PPMID:
            reason += "; associated with no hub"
        return Treatment(generation=own, reason=reason, s1sp=_provider(own, device, hub))
    if own is hub.prenotified_as:
        return Treatment(
            generation=own,
            reason=f"pre-notified as {own.value} and associated with a {own.value} hub",
            s1sp=_provider(own, device, hub),
        )
    other = hub.prenotified_as
    if bilingual and policy is PpmidPolicy.ASSOCIATED_HUB:
        return Treatment(
            generation=other,
            reason=f"bilingual, pre-notified as {own.value}, associated with the {other.value} hub {hub.id}: "
            "the hub decides (SEC A2.13)",
            s1sp=_provider(other, device, hub),
        )
    kind = "bilingual" if bilingual else "not bilingual"
    return Treatment(
        generation=own,
        reason=f"{kind}, pre-notified as {own.value}: its pre-notification decides (policy {policy.value})",
        s1sp=_provider(own, device, hub),
        misjoined=f"{device.id} is pre-notified as {own.value} and joined to the {other.value} hub {hub.id}",
    )


def misjoined_at(device: Device, hub: Device, *, bilingual: bool, policy: PpmidPolicy) -> str | None:
    """Why nothing could be sent to the device any more, once it were associated with that hub; ``None`` if it could."""
    joined = msgspec.structs.replace(device, hub=hub.id)
    if settle_treatment(joined, hub, bilingual=bilingual, policy=policy).misjoined is None:
        return None
    own, other = device.prenotified_as.value, hub.prenotified_as.value
    return (
        f"{device.id} is pre-notified as {own} and would be joined to the {other} hub {hub.id} (policy {policy.value})"
    )


def _provider(generation: Generation, device: Device, hub: Device | None) -> str | None:
    if generation is Generation.SMETS2:
        return None
    return device.s1sp or (hub.s1sp if hub is not None else None)
