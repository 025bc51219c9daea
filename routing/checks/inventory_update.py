"""What 8.3 and 8.4 need: a device to change, a sender who may change it, and a change that is provided for."""

from __future__ import annotations

from routing.facts import Located
from routing.inventory_update import asked_change, device_to_change
from routing.rights import unregistered
from routing.transitions import Unchanged


def device_to_change_exists(facts: Located) -> str | None:
    """The device whose record is to be changed is in the inventory."""
    device = device_to_change(facts)
    return None if device is None or device in facts.devices else f"{device} is not in the inventory"


def sender_may_change_device(facts: Located) -> str | None:
    """The sender is registered for a meter point of that device, in an eligible role, at the required time."""
    named = device_to_change(facts)
    device = None if named is None else facts.devices.get(named)
    return None if device is None else unregistered(facts, device)


def change_is_provided_for(facts: Located) -> str | None:
    """The table of transitions provides for the change, in the status that the device has."""
    change = asked_change(facts)
    return change.reason if isinstance(change, Unchanged) else None
