"""Facts in words: how what a check read stood when it was put, for ``explain`` and for whoever reads a trace.

Computed when somebody asks; no request pays for it. What a check made of its facts is its verdict's to say, and
nothing here decides. Postcodes, addresses and octets are never told. ``telling_document`` has what is known before
any device is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from routing.checks.fact import Fact
from routing.destination import region_of
from routing.facts import Envelope, Located, Received, Target
from routing.inventory import Device
from routing.parties import Registration
from routing.telling_document import OF_ENVELOPE, OF_RECEIVED, moment
from schemas.body_questions import devices_named
from schemas.request import DevicePrenotification
from schemas.vocabulary import DeviceId

MOST: Final = 5
"""Devices, versions or registrations that a fact names before it counts the rest."""


def tell(fact: Fact, known: Received) -> str | None:
    """One fact as it stood, or ``None`` where the request did not get so far that it could be known."""
    early = OF_RECEIVED.get(fact)
    if early is not None:
        return early(known)
    of_envelope, of_located, of_target = OF_ENVELOPE.get(fact), OF_LOCATED.get(fact), OF_TARGET.get(fact)
    if of_envelope is not None and isinstance(known, Envelope):
        return of_envelope(known)
    if of_located is not None and isinstance(known, Located):
        return of_located(known)
    if of_target is not None and isinstance(known, Target):
        return of_target(known)
    return None


# ---- the inventory and the product list


def _in_inventory(known: Located) -> str:
    target = known.request.request_id.target
    return f"has {target}" if target in known.devices else f"has no {target}"


def _named_devices(known: Located) -> str:
    named = dict.fromkeys(devices_named(known.request.body))
    return _listed((_described(one, known.devices.get(one)) for one in named), "; ")


def _hubs(known: Located) -> str:
    named = (known.devices.get(one) for one in devices_named(known.request.body))
    hubs = dict.fromkeys(device.hub for device in named if device is not None and device.hub is not None)
    return _listed((_described(one, known.devices.get(one)) for one in hubs), "; ")


def _matches(known: Located) -> str:
    return _listed((_described(one.id, one) for one in known.facts.matches), "; ")


def _product_list(known: Located) -> str:
    models = dict.fromkeys(_models(known))
    told = [f"revision {known.products.revision}"]
    for maker, model in list(models)[:MOST]:
        versions = dict.fromkeys(e.firmware_version for e in known.products.in_force_by_model(maker, model))
        told.append(f"{maker}/{model} in force with {_listed(versions)}")
    return "; ".join(told)


def _models(known: Located) -> Iterable[tuple[str, str]]:
    """Those that the request is about: its device's, or the devices' that its body names or announces."""
    body = known.request.body
    if isinstance(known, Target):
        yield known.device.manufacturer, known.device.model
    elif isinstance(body, DevicePrenotification):
        yield body.manufacturer, body.model
    else:
        for one in devices_named(body):
            device = known.devices.get(one)
            if device is not None:
                yield device.manufacturer, device.model


def _meter_points(known: Located) -> str:
    device = _concerned(known)
    found = None if device is None else known.mpxns_around(device)
    if device is None or not found:
        return "none measured there"
    return f"{_listed(found)} ({'its own' if device.mpxns else 'those of its home'})"


def _registrations(known: Located) -> str:
    """The originator's alone: who else is registered is nobody's affair here."""
    device, sender = _concerned(known), known.request.request_id.originator
    mpxns = () if device is None else known.mpxns_around(device) or ()
    own = (each for each in known.facts.registrations if each.party == sender and each.mpxn in mpxns)
    return f"{_listed(map(_registered, own), '; ')}; asked for {moment(known.required_time)}"


def _concerned(known: Located) -> Device | None:
    """The target, or the first device that a non-device request names."""
    if isinstance(known, Target):
        return known.device
    named = (known.devices.get(one) for one in devices_named(known.request.body))
    return next((device for device in named if device is not None), None)


def _registered(one: Registration) -> str:
    until = "on" if one.end is None else f"until {moment(one.end)}"
    return f"{one.mpxn} as {one.role.value} from {moment(one.start)} {until}"


OF_LOCATED: Final[Mapping[Fact, Callable[[Located], str]]] = {
    Fact.IN_INVENTORY: _in_inventory,
    Fact.NAMED_DEVICES: _named_devices,
    Fact.HUBS: _hubs,
    Fact.MATCHES: _matches,
    Fact.PRODUCT_LIST: _product_list,
    Fact.METER_POINTS: _meter_points,
    Fact.REGISTRATIONS: _registrations,
}


# ---- the device


def _hub(known: Target) -> str:
    where = f"WAN region {region_of(known) or '(none)'}"
    if known.device.hub is None:
        return f"none, {where}"
    return f"{_described(known.device.hub, known.hub)}, {where}"


def _treatment(known: Target) -> str:
    treatment = known.treatment
    told = f"{treatment.generation.value}: {treatment.reason}"
    return told if treatment.s1sp is None else f"{told}; operated by S1SP {treatment.s1sp}"


OF_TARGET: Final[Mapping[Fact, Callable[[Target], str]]] = {
    Fact.DEVICE_TYPE: lambda known: known.device.type.value,
    Fact.DEVICE_STATUS: lambda known: "none" if known.device.status is None else known.device.status.value,
    Fact.DEVICE_MODEL: lambda known: f"{known.device.manufacturer}/{known.device.model}",
    Fact.HUB: _hub,
    Fact.TREATMENT: _treatment,
}


# ---- words


def _described(one: DeviceId, device: Device | None) -> str:
    if device is None:
        return f"{one} is not in the inventory"
    status = device.status.value if device.status is not None else "no status"
    return f"{one} {device.type.value} {device.manufacturer}/{device.model}, {device.prenotified_as.value}, {status}"


def _listed(words: Iterable[str], between: str = " ") -> str:
    found = list(words)
    if not found:
        return "none"
    rest = f"{between}(and {len(found) - MOST} more)" if len(found) > MOST else ""
    return between.join(found[:MOST]) + rest
