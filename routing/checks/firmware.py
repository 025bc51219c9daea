"""Firmware against the product list: E110101 and its kin.

The DSP asks the CPL, never the EPCL, for 11.1 (by version) and 11.3 (by hash: an 11.3 carries no
version). Source: seed 004, section 3.
"""

from __future__ import annotations

from cpl.why import explain_absence, explain_absence_of_hash, is_of_model
from routing.checks.device import REGISTERED_ROLES
from routing.facts import Located, Target
from routing.inventory import Device
from schemas.request import ActivateFirmware, UpdateFirmware, UpdatePPMIDFirmware
from schemas.results import DSPUpdateFirmwareWarning, DSPUpdatePPMIDFirmwareWarning
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType


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


def sort_firmware_devices(facts: Located) -> tuple[tuple[Device, ...], DSPUpdateFirmwareWarning]:
    """The devices an 11.1 is accepted for, and the lists of the others. Time in proportion to the list.

    A device stands in the first list that fits: not in the inventory or not the sender's (Invalid), not
    Commissioned, no CPL entry of its model with this version. The meaning of the lists is inferred from
    their names in the schema. OtherRequestInProgress and InvalidGBCSVersion are not decided here yet.
    """
    body = facts.request.body
    if not isinstance(body, UpdateFirmware):
        return (), DSPUpdateFirmwareWarning()
    for_ppmids = isinstance(body, UpdatePPMIDFirmware)
    registered = _meter_points_of_sender(facts)
    in_force: dict[tuple[str, str], bool] = {}
    accepted: list[Device] = []
    invalid: list[DeviceId] = []
    not_commissioned: list[DeviceId] = []
    not_applicable: list[DeviceId] = []
    for one in dict.fromkeys(body.devices):
        device = facts.devices.get(one)
        wrong_type = for_ppmids and device is not None and device.type is not DeviceType.PPMID
        if device is None or wrong_type or not _is_senders(facts, device, registered):
            invalid.append(one)
            continue
        if device.status is not DeviceStatus.COMMISSIONED:
            not_commissioned.append(one)
            continue
        model = (device.manufacturer, device.model)
        if model not in in_force:
            in_force[model] = bool(facts.products.in_force(*model, body.firmware_version))
        if in_force[model]:
            accepted.append(device)
        else:
            not_applicable.append(one)
    return tuple(accepted), (DSPUpdatePPMIDFirmwareWarning if for_ppmids else DSPUpdateFirmwareWarning)(
        invalid=tuple(invalid),
        not_commissioned=tuple(not_commissioned),
        not_applicable_firmware=tuple(not_applicable),
    )


def _meter_points_of_sender(facts: Located) -> frozenset[str]:
    sender, when = facts.request.request_id.originator, facts.required_time
    return frozenset(
        r.mpxn for r in facts.facts.registrations if r.party == sender and r.role in facts.roles and r.covers(when)
    )


def _is_senders(facts: Located, device: Device, registered: frozenset[str]) -> bool:
    if facts.roles - REGISTERED_ROLES:
        return True
    mpxns = facts.mpxns_around(device)
    if mpxns is None:
        return False  # one whose home is not known could be anybody's
    return not mpxns or not registered.isdisjoint(mpxns)
