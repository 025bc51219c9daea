"""8.14 as values: what an installer reports of a communications hub.

Source of names, order, limits and enumerations: the DUIS 5.4 schema, ``duis/hub_status.xsd``.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from schemas.elements import At, Element
from schemas.vocabulary import DeviceId


class HubInstallation(StrEnum):
    NEW = "New CHF Install"
    REPLACEMENT = "Replacement CHF Install"
    WITHOUT_WAN = "CHF Install - no SM WAN"


class HubLocation(StrEnum):
    OUTSIDE = "Outside Premises"
    EXTERNAL_WALL = "Indoors on external wall"
    DEEP_INDOORS = "Deep indoors"
    BASEMENT = "Basement or Cellar"


class KindOfPremises(StrEnum):
    DETACHED = "Detached / Semi Detached"
    TERRACED = "Terraced"
    LOW_RISE = "Low Rise Apartment (MDU <= 5 floors)"
    HIGH_RISE = "High Rise Apartment (MDU > 5 floors)"


class FaultFound(StrEnum):
    BEFORE_INSTALLATION = "Fault identified prior to installation"
    AFTER_INSTALLATION = "Fault identified post installation"


class ReasonForReturn(StrEnum):
    GENERAL = "No Fault Return (general)"
    NON_DOMESTIC_OPT_OUT = "No Fault Return (non-dom opt out)"
    HAN_VARIANT = "No Fault Return (dual supplier HAN variant replacement)"
    WAN_VARIANT = "No Fault Return (SM WAN variant replacement requested by DCC)"
    LOST_OR_STOLEN = "Lost or Stolen Hub"


class HubFault(StrEnum):
    CASE = "Damaged case"
    CONNECTOR = "Damaged Connector"
    INTERFERENCE = "Illegal interference or missing seals"
    ENVIRONMENT = "Environmental conditions exceeded"
    WAN = "SM WAN Fault"
    HAN_INTERFACE = "SMHAN Interface Fault"
    LED = "LED Fault"
    AERIAL = "Aerial fault"
    MANUFACTURING = "Manufacturing defect"


class HubConnection(StrEnum):
    """What the hub was plugged into."""

    HOT_SHOE = "Hot-shoe"
    CRADLE = "Cradle"
    ESME = "ESME"


class HubInstalled(Element, frozen=True, kw_only=True):
    """8.14.1: with a connection to the WAN. Texts are of up to 25 characters, the remark of up to 200."""

    device_id: DeviceId
    chf_install_type: HubInstallation
    install_date_time: datetime | None = None
    user_ref_id: str | None = None
    mpxn: str
    gis_data: str | None = None
    aerial_install: bool
    chf_location: HubLocation
    additional_information: str | None = None


class HubInstalledWithoutWan(Element, frozen=True, kw_only=True):
    """8.14.2: without a connection, and what stands in its way."""

    device_id: DeviceId
    chf_install_type: HubInstallation
    install_date_time: datetime | None = None
    user_ref_id: str | None = None
    mpxn: str
    gis_data: str | None = None
    aerial_install: bool
    chf_location: HubLocation
    premise_type: KindOfPremises
    metal_obstruction_check: bool
    connectivity_obstruction_check: bool
    shared_obstruction_check: bool
    additional_information: str | None = None


class FaultyHubReturned(Element, frozen=True, kw_only=True):
    """8.14.3."""

    device_id: DeviceId
    fault: Annotated[FaultFound, At("CHFFaultReturnType")]
    user_ref_date_time: datetime | None = None
    user_ref_id: str | None = None
    other_device_id: DeviceId
    incident_reference: str | None = None
    """Up to 15 characters."""
    chf_connection_method: HubConnection
    chf_fault_reason: HubFault
    additional_information: str | None = None


class FaultlessHubReturned(Element, frozen=True, kw_only=True):
    """8.14.4."""

    device_id: DeviceId
    reason: Annotated[ReasonForReturn, At("CHFNoFaultReturnType")]
    user_ref_date_time: datetime | None = None
    user_ref_id: str | None = None
    incident_reference: str | None = None
    """Up to 15 characters."""
    additional_information: str | None = None
