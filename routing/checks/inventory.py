"""What the inventory's own services need: 8.2, 8.11 and 12.2."""

from __future__ import annotations

from cpl.product import CplEntry
from cpl.why import explain_absence
from routing.facts import Located
from schemas.request import DevicePrenotification, UpdateHANDeviceLog
from schemas.vocabulary import TYPE_2_DEVICES, DeviceType


def inventory_holds_what_is_asked(facts: Located) -> str | None:
    """At least one device fits the question of an 8.2."""
    return None if facts.facts.matches else "no device in the inventory fits the question"


def device_is_new(facts: Located) -> str | None:
    """The device that a 12.2 announces is not in the inventory yet."""
    body = facts.request.body
    if isinstance(body, DevicePrenotification) and body.device in facts.devices:
        return f"{body.device} is in the inventory already"
    return None


def pre_notification_is_for_good(facts: Located) -> str | None:
    """A device that was pre-notified as one generation is not pre-notified as the other."""
    body = facts.request.body
    device = facts.devices.get(body.device) if isinstance(body, DevicePrenotification) else None
    entries = _entries_meant(facts)
    if device is None or not entries or any(e.generation is device.prenotified_as for e in entries):
        return None
    first = "" if device.cpl_entry is None else f" with CPL entry {device.cpl_entry}"
    return (
        f"{device.id} was pre-notified as {device.prenotified_as.value}{first}, which is for good; "
        f"CPL entry {entries[0].entry_id} is {entries[0].generation.value}"
    )


def hub_is_not_its_own_gas_proxy(facts: Located) -> str | None:
    """A 12.2 names a communications hub function and its gas proxy function as two devices."""
    body = facts.request.body
    if isinstance(body, DevicePrenotification) and body.associated_gpf == body.device:
        return f"CHF and associated GPF are both {body.device}"
    return None


def pre_notified_entry(facts: Located) -> CplEntry | None:
    """The product list entry whose details a 12.2 gives: it fixes the device's generation."""
    return next(iter(_entries_meant(facts)), None)


def _entries_meant(facts: Located) -> tuple[CplEntry, ...]:
    """The entries in force that have the details a 12.2 gives. Of two generations: it leaves open which."""
    body = facts.request.body
    if not isinstance(body, DevicePrenotification):
        return ()
    if body.firmware_version is not None:
        found = facts.products.in_force(body.manufacturer, body.model, body.firmware_version)
    else:
        found = facts.products.in_force_by_model(body.manufacturer, body.model)
    fitting = tuple(e for e in found if e.device_type is body.device_type)
    said = body.smets_chts_version
    return tuple(e for e in fitting if said is not None and e.smets_chts_version == said) or fitting


def pre_notified_kind_is_clear(facts: Located) -> str | None:
    """A 12.2 for a model of both generations says which of its CPL entries is meant."""
    entries = _entries_meant(facts)
    if not entries:
        return None
    first = entries[0]
    if len({entry.generation for entry in entries}) > 1:
        listed = ", ".join(f"{e.firmware_version} ({e.generation.value})" for e in entries)
        return f"{first.manufacturer}/{first.model} is bilingual, and this may mean any of {listed}"
    said = facts.request.body.smets_chts_version if isinstance(facts.request.body, DevicePrenotification) else None
    if said is None or first.smets_chts_version == said:
        return None
    for other in facts.products.in_force_by_model(first.manufacturer, first.model):
        if other.smets_chts_version == said and other.generation is not first.generation:
            return (
                f"firmware {first.firmware_version} is that of the {first.generation.value} entry {first.entry_id}, "
                f"{said} that of the {other.generation.value} entry {other.entry_id}"
            )
    return None


def pre_notified_model_is_on_cpl(facts: Located) -> str | None:
    """The Device Model that a 12.2 gives is on the Central Products List, for its device type."""
    body = facts.request.body
    if not isinstance(body, DevicePrenotification) or body.device_type in TYPE_2_DEVICES:
        return None
    if body.device_type is DeviceType.GPF or pre_notified_entry(facts) is not None:
        return None  # a gas proxy function is part of its hub's entry
    if body.firmware_version is None:
        return f"{body.manufacturer}/{body.model} is not on the CPL (revision {facts.products.revision})"
    found = facts.products.in_force(body.manufacturer, body.model, body.firmware_version)
    if found:
        types = " ".join(sorted({e.device_type.value for e in found}))
        return f"{body.manufacturer}/{body.model} is on the CPL as {types}, not as {body.device_type.value}"
    return explain_absence(facts.products, body.firmware_version, body.manufacturer, body.model)


def whitelisting_is_described(facts: Located) -> str | None:
    """An 8.11 Add gives the details of the addition, a Remove gives none."""
    body = facts.request.body
    if not isinstance(body, UpdateHANDeviceLog):
        return None
    if (body.request_type == "Add") is (body.add is not None):
        return None
    return f"RequestType {body.request_type} comes {'without' if body.add is None else 'with'} AddDeviceToCHFWhitelist"


def named_device_is_pre_notified(facts: Located) -> str | None:
    """The device that an 8.11 adds to or removes from a hub's log is in the inventory."""
    body = facts.request.body
    if isinstance(body, UpdateHANDeviceLog) and body.device not in facts.devices:
        return f"{body.device} is not in the inventory: it was never pre-notified"
    return None
