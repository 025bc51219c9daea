"""Joins that would put a PPMID into an installation that it cannot be reached in: 8.7 and 8.11.

What makes a device one that nothing can be sent to is ``routing.ppmid``'s; here it is asked before it happens.
"""

from __future__ import annotations

from routing.facts import Target
from routing.inventory import Device
from routing.ppmid import is_bilingual, misjoined_at
from schemas.body_questions import devices_named
from schemas.request import UpdateHANDeviceLog
from schemas.vocabulary import DeviceType


def whitelisting_suits_its_kind(facts: Target) -> str | None:
    """A PPMID that an 8.11 adds to a hub's log can be reached behind that hub."""
    body = facts.request.body
    if not isinstance(body, UpdateHANDeviceLog) or body.request_type != "Add" or body.device not in facts.devices:
        return None
    return _lost_at(facts, facts.devices[body.device], facts.device)


def join_suits_its_kind(facts: Target) -> str | None:
    """A PPMID that an 8.7 joins to another device can be reached behind that one's hub."""
    for name in devices_named(facts.request.body):
        other = facts.devices.get(name)
        if other is not None:
            found = _lost_at(facts, other, facts.device) or _lost_at(facts, facts.device, other)
            if found is not None:
                return found
    return None


def _lost_at(facts: Target, device: Device, joined_to: Device) -> str | None:
    """Why the device would be lost in the installation of the one it is joined to."""
    hub = joined_to if joined_to.type is DeviceType.CHF else facts.devices.get(joined_to.home)
    if device.type is not DeviceType.PPMID or hub is None or hub.type is not DeviceType.CHF:
        return None
    bilingual = is_bilingual(device, facts.products)
    return misjoined_at(device, hub, bilingual=bilingual, policy=facts.policy.ppmid)
