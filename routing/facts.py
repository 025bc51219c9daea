"""What is known at each stage of a decision. Later stages know strictly more.

``Facts`` is the raw material: it is recorded in the trace and decided again by replay. The stages are
made from it: ``Received`` (a document and its sender), ``Envelope`` (the service is known), ``Located``
(the inventory was asked), ``Target`` (a device and its treatment). A check names the stage that it
needs in its signature, so that a device check among the envelope's is a type error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from cpl.product_list import ProductList
from routing.inventory import Device
from routing.parties import Party, Registration
from routing.policy import Policy
from routing.ppmid import Treatment
from routing.services import SMETS1_ONLY_ROLES, FutureDating, Service
from schemas.request import ServiceRequest, is_cancellation
from schemas.vocabulary import DeviceId, Generation, RequestId, UserRole, WebService


class HeldRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A future-dated request of the same user, service and device that the DSP holds until its time."""

    request_id: RequestId
    execution: datetime
    hand_off: str
    """What is held."""
    trace_id: str


class Preceding(StrEnum):
    """What is known of the request that a sequenced one follows."""

    UNKNOWN = "unknown"
    """None with this RequestID was accepted."""
    OPEN = "open"
    """Accepted, and something of it is still to be answered by the far side."""
    ANSWERED = "answered"


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that one decision is made from, but for the revisions in force."""

    request: ServiceRequest
    web_service: WebService
    time: datetime
    """The door's clock, UTC."""
    party: Party | None = None
    devices: tuple[Device, ...] = ()
    """Of the devices that the request concerns (target, named, listed) and their hubs, those that exist."""
    registrations: tuple[Registration, ...] = ()
    home_mpxns: tuple[tuple[DeviceId, tuple[str, ...]], ...] = ()
    """Per hub concerned, the meter points of the devices associated with it."""
    updating: tuple[DeviceId, ...] = ()
    """Of the devices that an 11.1 or 11.4 lists, those that an earlier image is under way to."""
    matches: tuple[Device, ...] = ()
    """The records that an 8.2 asks for."""
    request_id_used_by: str | None = None
    """Trace of an earlier, different request with this RequestID."""
    later_counter: int | None = None
    """The highest counter above this request's that the originator has used for the target."""
    held: tuple[HeldRequest, ...] = ()
    """For a cancellation: what it would cancel of what the DSP holds."""
    preceding: Preceding = Preceding.UNKNOWN
    """Of the request that PrecedingServiceRequestID names."""
    pre_command_issued: bool = False
    """Whether a Pre-Command was issued under this RequestID."""
    activates: bytes | None = None
    """For a Signed Pre-Command: SHA-256 of the image that it activates, if it activates one."""
    unbuildable: str | None = None
    """Why no GBCS message could be made of it, once that was tried."""


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """The far sides that are configured."""

    s1sps: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()


class Received(msgspec.Struct, frozen=True):
    """An authentic document and its sender."""

    facts: Facts
    policy: Policy
    products: ProductList
    routes: Routes
    dcc: DeviceId
    """EUI-64 of the Access Control Broker, the target of non-device requests."""

    @property
    def request(self) -> ServiceRequest:
        return self.facts.request

    @property
    def party(self) -> Party | None:
        return self.facts.party


class Envelope(Received, frozen=True):
    """The service is one that this gateway decides."""

    service: Service

    @property
    def roles(self) -> frozenset[UserRole]:
        """The sender's roles that may use the service, in the version of DUIS that the request declares."""
        party, service = self.facts.party, self.service
        if party is None:
            return frozenset()
        roles = service.roles.intersection(party.roles)
        if service.newer_roles.keys().isdisjoint(party.roles):
            return roles
        return service.roles_in(self.facts.request.schema_version).intersection(party.roles)

    @property
    def cancels_what_the_dsp_holds(self) -> bool:
        execution = self.facts.request.body.execution
        return execution is not None and self.service.future_dating is FutureDating.DSP and is_cancellation(execution)

    @property
    def required_time(self) -> datetime:
        """When the service is to be done: the moment at which registrations count."""
        execution = self.facts.request.body.execution
        return self.facts.time if execution is None or is_cancellation(execution) else execution


class Located(Envelope, frozen=True):
    """The inventory was asked."""

    devices: Mapping[DeviceId, Device]
    homes: Mapping[DeviceId, tuple[str, ...]]
    """``facts.home_mpxns``, found by hub."""

    def mpxns_around(self, device: Device) -> tuple[str, ...] | None:
        """The device's own meter points, or those of its home where it measures none.

        Empty where nothing is measured in the home; ``None`` where the facts do not say what is.
        """
        return device.mpxns or self.homes.get(device.home)


class Target(Located, frozen=True):
    """A device, and how it is treated."""

    device: Device
    hub: Device | None
    treatment: Treatment

    @property
    def roles(self) -> frozenset[UserRole]:
        """Of those, the roles that have rights to devices of this generation."""
        roles = super().roles
        return roles if self.treatment.generation is Generation.SMETS1 else roles - SMETS1_ONLY_ROLES
