"""What is known at each stage of a decision. Later stages know strictly more.

``Facts`` is the raw material: it is recorded in the trace and decided again by replay. The stages are
made from it: ``Received`` (a document and its sender), ``Envelope`` (the service is known), ``Located``
(the inventory was asked), ``Target`` (a device and its treatment). A check names the stage that it
needs in its signature, so that a device check among the envelope's is a type error.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from cpl.product_list import ProductList
from routing.inventory import Device
from routing.parties import Party, Registration
from routing.policy import Policy
from routing.ppmid import Treatment
from routing.services import Service
from schemas.request import ServiceRequest
from schemas.vocabulary import DeviceId, UserRole, WebService


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
    matches: tuple[Device, ...] = ()
    """The records that an 8.2 asks for."""
    request_id_used_by: str | None = None
    """Trace of an earlier, different request with this RequestID."""
    pre_command_issued: bool = False
    """Whether a Pre-Command was issued under this RequestID."""
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
        """The sender's roles that may use the service."""
        return frozenset() if self.facts.party is None else self.service.roles.intersection(self.facts.party.roles)

    @property
    def required_time(self) -> datetime:
        """When the service is to be done: the moment at which registrations count."""
        return self.facts.request.body.execution or self.facts.time


class Located(Envelope, frozen=True):
    """The inventory was asked."""

    devices: Mapping[DeviceId, Device]
    homes: Mapping[DeviceId, tuple[str, ...]]
    """``facts.home_mpxns``, found by hub."""

    def mpxns_around(self, device: Device) -> tuple[str, ...] | None:
        """The device's own meter points, or those of its home where it measures none.

        Empty where nothing is measured in the home; ``None`` where the facts do not say what is.
        """
        return device.mpxns or self.homes.get(device.hub or device.id)


class Target(Located, frozen=True):
    """A device, and how it is treated."""

    device: Device
    hub: Device | None
    treatment: Treatment
