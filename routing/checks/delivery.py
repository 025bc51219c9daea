"""Local delivery, roles with rights to one generation only, and what is not carried out here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from routing.facts import Located, Target
from routing.services import SMETS1_ONLY_ROLES
from schemas.vocabulary import DeviceStatus, UserRole

_SUPPLIERS: Final = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.EXPORT_SUPPLIER, UserRole.GAS_SUPPLIER})
LOCAL_DELIVERY: Final[Mapping[DeviceStatus | None, frozenset[UserRole]]] = {
    DeviceStatus.INSTALLED_NOT_COMMISSIONED: _SUPPLIERS,
    DeviceStatus.COMMISSIONED: _SUPPLIERS,
    DeviceStatus.RECOVERED: _SUPPLIERS,
    DeviceStatus.SUSPENDED: _SUPPLIERS,
    None: _SUPPLIERS,
}
"""Who may have a command for local delivery, by the status of its device. Assumed: suppliers alone visit a home with
one. ``None`` stands for a device without a status."""


def service_is_carried_out_here(facts: Located) -> str | None:
    """This gateway holds what the service is done with."""
    if facts.service.carried_out:
        return None
    return f"{facts.request.variant} {facts.service.name} is decided here and not carried out: nothing is acknowledged"


def role_has_rights_to_generation(facts: Target) -> str | None:
    """One of the sender's eligible roles has rights to devices of this generation."""
    if facts.roles or facts.party is None or SMETS1_ONLY_ROLES.isdisjoint(facts.party.roles):
        return None
    only = " ".join(sorted(SMETS1_ONLY_ROLES))
    return f"{only} may address SMETS1 devices only; {facts.device.id} is treated as {facts.treatment.generation.value}"


def local_delivery_is_permitted(facts: Target) -> str | None:
    """The sender's role and the device's status permit a command for local delivery."""
    status = facts.device.status
    permitted = LOCAL_DELIVERY.get(status, frozenset())
    if not permitted.isdisjoint(facts.roles):
        return None
    who = " ".join(sorted(permitted)) or "nobody"
    found = "without a status" if status is None else status.value
    return (
        f"a command for local delivery to a device that is {found} is for {who}; "
        f"the originator sends as {' '.join(sorted(facts.roles))}"
    )
