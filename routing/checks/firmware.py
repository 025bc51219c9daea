"""Firmware against the product list: E110101 and its kin.

The DSP asks the CPL, never the EPCL, for 11.1 (by version) and 11.3 (by hash: an 11.3 carries no
version). Source: seed 004, section 3.
"""

from __future__ import annotations

from cpl.why import explain_absence, explain_absence_of_hash, is_of_model
from routing.facts import Located, Target
from schemas.request import ActivateFirmware, UpdateFirmware


def firmware_version_is_on_cpl(facts: Located) -> str | None:
    """The firmware version of an 11.1 is an entry of the Central Products List for a device of its list."""
    body = facts.request.body
    if not isinstance(body, UpdateFirmware):
        return None
    models = {
        (device.manufacturer, device.model)
        for device in (facts.devices.get(one) for one in body.devices)
        if device is not None
    }
    version = body.firmware_version
    if not models:
        return None if facts.products.in_force_by_version(version) else explain_absence(facts.products, version)
    if any(facts.products.in_force(*model, version) for model in models):
        return None
    return explain_absence(facts.products, version, *min(models))


def firmware_hash_is_on_cpl(facts: Target) -> str | None:
    """The image hash of an 11.3 is that of an entry of the Central Products List for the device's model."""
    body = facts.request.body
    image = body.firmware_hash if isinstance(body, ActivateFirmware) else facts.facts.activates
    if image is None:
        return None
    maker, model = facts.device.manufacturer, facts.device.model
    if any(is_of_model(entry, maker, model) for entry in facts.products.in_force_by_hash(image)):
        return None
    return explain_absence_of_hash(facts.products, image, maker, model)
