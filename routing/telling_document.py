"""Facts in words: what the document, its sender and the service say. The inventory's, and the way in: ``telling``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from routing.checks.envelope import SERVICE_OF_VARIANT
from routing.checks.fact import Fact
from routing.facts import Envelope, Received
from schemas.body_questions import firmware
from schemas.request import DevicePrenotification, UpdateFirmware, UpdateHANDeviceLog

# ---- the sender and the document


def _originator(known: Received) -> str:
    party = known.party
    if party is None:
        return f"{known.request.request_id.originator}, no party"
    return f"{party.id} ({party.name}), {party.status.value}"


def _roles(known: Received) -> str:
    return named(known.party.roles if known.party is not None else ())


def _schema_version(known: Received) -> str:
    return f"{known.request.schema_version}; answered are {', '.join(sorted(known.policy.schema_versions))}"


def _service(known: Received) -> str:
    if not isinstance(known, Envelope):
        return f"{known.request.variant}, which is none that is decided here"
    service = known.service
    kind = "non-device" if service.non_device else ("critical" if service.critical else "non-critical")
    here = "" if service.carried_out else ", carried out by nothing here"
    return f"{service.variant} {service.name}, {kind}{here}"


def _body(known: Received) -> str:
    request = known.request
    told = f"{request.body_element}, service reference {request.service_reference}"
    if isinstance(request.body, UpdateHANDeviceLog):
        described = "without" if request.body.add is None else "with"
        told += f", RequestType {request.body.request_type} {described} AddDeviceToCHFWhitelist"
    return told


def _command_variant(known: Received) -> str:
    variant = known.request.command_variant
    service = SERVICE_OF_VARIANT.get(variant)
    return f"{int(variant)}, which belongs to {f'service{service.value}' if service is not None else 'no web service'}"


def _target(known: Received) -> str:
    target = known.request.request_id.target
    return f"{target}, the DCC" if target == known.dcc else f"{target}, not the DCC ({known.dcc})"


def _execution(known: Received) -> str:
    execution = known.request.body.execution
    return "none: at once" if execution is None else moment(execution)


def _earlier_use(known: Received) -> str:
    used_by = known.facts.request_id_used_by
    return "none with other content" if used_by is None else f"by another request, trace {used_by}"


def _pre_command(known: Received) -> str:
    return f"{'issued' if known.facts.pre_command_issued else 'none issued'} under this RequestID"


def _sequence(known: Received) -> str:
    request = known.request
    first = {None: "not said", True: "true", False: "false"}[request.first_in_sequence]
    return f"FirstInSequence {first}, PrecedingServiceRequestID {request.preceding or 'none'}"


def _preceding(known: Received) -> str:
    return known.facts.preceding.value if known.request.preceding is not None else "none named"


def _later_counter(known: Received) -> str:
    later = known.facts.later_counter
    return "none above this request's" if later is None else str(later)


def _held(known: Received) -> str:
    held = known.facts.held
    return "; ".join(f"{each.request_id} until {moment(each.execution)}" for each in held) or "none that this cancels"


def _firmware(known: Received) -> str:
    asked = firmware(known.request.body)
    image = known.facts.activates if asked is None or asked.image_hash is None else asked.image_hash
    model = known.request.body
    told = [f"{model.manufacturer}/{model.model}"] if isinstance(model, DevicePrenotification) else []
    if asked is not None and asked.version is not None:
        told.append(f"version {asked.version}")
    if image is not None:
        told.append(f"image with SHA-256 {image.hex()}")
    return ", ".join(told) or "none"


def _image(known: Received) -> str:
    body = known.request.body
    image = body.image if isinstance(body, UpdateFirmware) else None
    if image is None:
        return "not read"
    told = [f"{image.octets} octets", f"SHA-256 {image.sha256.hex()}"]
    if image.header is None:
        told.append(f"no OTA file: {image.not_ota}")
    else:
        header = image.header
        told.append(
            f"OTA header with manufacturer {header.manufacturer:04X}, version {header.file_version:08X}, "
            f"{header.total_size} octets"
        )
    return ", ".join(told)


def _gbcs_message(known: Received) -> str:
    return known.facts.unbuildable or "nothing found against it"


def _advisories(known: Received) -> str:
    rows = (row.name for row in known.policy.advisories.rows if known.request.variant in row.services)
    return f"of {known.request.variant}: {named(rows)}"


def _providers(known: Received) -> str:
    return f"S1SPs {named(sorted(known.routes.s1sps))}; WAN regions {named(sorted(known.routes.regions))}"


def _hub_limits(known: Received) -> str:
    limits = known.policy.hub_image_octets
    return ", ".join(f"{whose} {octets} octets" for whose, octets in sorted(limits.items())) or "none configured"


OF_RECEIVED: Final[Mapping[Fact, Callable[[Received], str]]] = {
    Fact.ORIGINATOR: _originator,
    Fact.ROLES: _roles,
    Fact.SCHEMA_VERSION: _schema_version,
    Fact.SERVICE: _service,
    Fact.BODY: _body,
    Fact.COMMAND_VARIANT: _command_variant,
    Fact.WEB_SERVICE: lambda known: f"service{known.facts.web_service.value}",
    Fact.TARGET: _target,
    Fact.TIME: lambda known: moment(known.facts.time),
    Fact.EXECUTION: _execution,
    Fact.HORIZON: lambda known: f"{known.policy.future_dating_days} days",
    Fact.EARLIER_USE: _earlier_use,
    Fact.LATER_COUNTER: _later_counter,
    Fact.HELD: _held,
    Fact.PRE_COMMAND: _pre_command,
    Fact.SEQUENCE: _sequence,
    Fact.PRECEDING: _preceding,
    Fact.FIRMWARE: _firmware,
    Fact.IMAGE: _image,
    Fact.HUB_LIMITS: _hub_limits,
    Fact.ADVISORIES: _advisories,
    Fact.TRANSITIONS: lambda known: f"{len(known.policy.transitions.rows)} rows in force",
    Fact.PPMID_POLICY: lambda known: known.policy.ppmid.value,
    Fact.PROVIDERS: _providers,
    Fact.GBCS_MESSAGE: _gbcs_message,
}


# ---- the service


def _eligible_roles(known: Envelope) -> str:
    version = known.request.schema_version
    return f"{named(sorted(known.service.roles_in(version)))} in DUIS {version}"


def _smets1_services(known: Envelope) -> str:
    service = known.service
    if service.smets1 is None:
        return f"{service.variant} is not among them"
    told = f"{service.variant} is among them ({service.smets1.value}: {service.smets1_source})"
    critical = f", in command variant {int(known.policy.smets1_critical_variant)}" if service.critical else ""
    return told + critical


def _service_variants(known: Envelope) -> str:
    return named(str(int(each)) for each in sorted(known.service.command_variants))


OF_ENVELOPE: Final[Mapping[Fact, Callable[[Envelope], str]]] = {
    Fact.SERVICE_VARIANTS: _service_variants,
    Fact.SERVICE_TYPES: lambda known: named(known.service.device_types),
    Fact.SERVICE_STATUSES: lambda known: named(known.service.device_statuses),
    Fact.FUTURE_DATING: lambda known: known.service.future_dating.value,
    Fact.ELIGIBLE_ROLES: _eligible_roles,
    Fact.SMETS1_SERVICES: _smets1_services,
}


# ---- words


def named(words: Iterable[str]) -> str:
    return " ".join(words) or "none"


def moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
