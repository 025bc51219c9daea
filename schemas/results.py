"""The result documents of a Response as values: what a device answered, and what the DCC data systems answer.

Each struct has the name of its element. Which service has which result no schema says. Source of names, order and
limits: the DUIS 5.4 schema, ``duis/responses.xsd`` and the files that it includes.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from schemas.elements import At, DeviceList, Element, Hexadecimal, Mark
from schemas.inventory_bodies import CoverageQuestion
from schemas.schedule_bodies import NumberedSchedule
from schemas.value_texts import Day
from schemas.vocabulary import CplStatus, DeviceId, DeviceStatus, DeviceType, ResponseCode

MOST_DEVICES_IN_INVENTORY: Final = 17
"""The schema's bound on an 8.2 answer."""

# ---- from a device


class GBCSPayload(Element, frozen=True):
    """A device's answer, the octets of its GBCS message."""

    octets: Annotated[bytes, Mark.TEXT]


class DSPScheduledMessage(Element, frozen=True, kw_only=True):
    """A device's answer to a read of a DSP schedule."""

    octets: Annotated[bytes, At("GBCSPayload")]
    dsp_schedule_id: int


class FutureDatedDeviceAlertMessage(Element, frozen=True, kw_only=True):
    """A device's report of a command whose time has come."""

    future_dated_alert_code: Hexadecimal
    """8F66: it was executed; 8F67: it failed."""
    octets: Annotated[bytes, At("GBCSPayload")]
    instruction_number: int
    """Which instruction of the command this is on, 16 bits."""
    total_command_instructions: int
    """16 bits."""


class CINMessage(Element, frozen=True, kw_only=True):
    """9.1: a device's answer, and the number that it shows to the customer."""

    octets: Annotated[bytes, At("GBCSPayload")]
    customer_identification_number: str
    """Four decimal digits."""


# ---- commands for the user


class PreCommand(Element, frozen=True, kw_only=True):
    """What the user is to sign: the first octet is DF."""

    gbcs_version: str
    octets: Annotated[bytes, At("GBCSPayload")]


class LocalCommand(Element, frozen=True):
    """A command for the user to deliver over the home area network."""

    octets: Annotated[bytes, At("GBCSPayload")]


# ---- schedules


class DSPScheduleID(Element, frozen=True):
    """5.1: the number of the new schedule, 0 to 10^12."""

    number: Annotated[int, Mark.TEXT]


class DSPSchedulesRead(Element, frozen=True):
    """5.2: 1 to 99 schedules."""

    schedules: Annotated[tuple[NumberedSchedule, ...], At("DSPSchedules")]


# ---- inventory and opting in


class Connectivity(StrEnum):
    """How a communications hub is connected to the WAN (assumed; the schema says no more than the names)."""

    CELLULAR = "Cellular"
    VIRTUAL = "Virtual"


class InventoryDevice(Element, frozen=True, kw_only=True):
    """One device of an 8.2 answer. Texts without a type of their own are as they are on record."""

    device_id: DeviceId
    device_type: DeviceType
    status: Annotated[DeviceStatus | None, At("DeviceStatus")] = None
    manufacturer: Annotated[str, At("DeviceManufacturer")]
    model: Annotated[str, At("DeviceModel")]
    smets_chts_version: str | None = None
    firmware_version: Annotated[str | None, At("DeviceFirmwareVersion")] = None
    """1 to 8 characters."""
    firmware_version_status: Annotated[CplStatus | None, At("DeviceFirmwareVersionStatus")] = None
    cpl_status: CplStatus | None = None
    date_commissioned: Day | None = None
    import_mpxn: str | None = None
    secondary_import_mpan: str | None = None
    export_mpan: str | None = None
    esme_variant: str | None = None
    uprn: str | None = None
    postcode: Annotated[str | None, At("PropertyFilter/PostCode")] = None
    """6 to 8 characters. With an address, or neither."""
    address: Annotated[str | None, At("PropertyFilter/AddressIdentifier")] = None
    csp_region: str | None = None
    gbcs_version: Annotated[str | None, At("DeviceGBCSVersion")] = None
    han_variant: str | None = None
    s1sp: str | None = None
    connectivity: Connectivity | None = None


class DSPInventory(Element, frozen=True):
    """8.2: 1 to 17 devices."""

    devices: Annotated[tuple[InventoryDevice, ...], At("Device")]


class DSPOptIn(Element, frozen=True, kw_only=True):
    """8.6: the device and the certificates (DER) of the DSP as its access control broker."""

    device_id: DeviceId
    digital_signing: Annotated[bytes | None, At("DSPBrokerSecurityCredentialsDigitalSigning")] = None
    key_agreement: Annotated[bytes, At("DSPBrokerSecurityCredentialsKeyAgreement")]


# ---- firmware


class DSPUpdateFirmwareWarning(Element, frozen=True, kw_only=True):
    """The devices that an 11.1 was not accepted for, in the sender's order. Empty lists are left out."""

    invalid: Annotated[DeviceList, At("InvalidDeviceIDList")] = ()
    not_commissioned: Annotated[DeviceList, At("NotCommissionedDeviceIDList")] = ()
    not_applicable_firmware: Annotated[DeviceList, At("NotApplicableFirmwareDeviceIDList")] = ()
    other_request_in_progress: Annotated[DeviceList, At("OtherRequestInProgressList")] = ()
    invalid_gbcs_version: Annotated[DeviceList, At("InvalidGBCSVersionList")] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, field) for field in self.__struct_fields__)


class DSPUpdatePPMIDFirmwareWarning(DSPUpdateFirmwareWarning, frozen=True, kw_only=True):
    """The same of an 11.4."""


# ---- coverage


class CspRegion(StrEnum):
    """The WAN region of a hub; SMETS1 homes have a region of that name."""

    NORTH = "North"
    CENTRAL = "Central"
    SOUTH = "South"
    NORTH_4G = "4G North"
    CENTRAL_4G = "4G Central"
    SOUTH_4G = "4G South"
    UNKNOWN = "Unknown"
    SMETS1 = "SMETS1"


class Likelihood(StrEnum):
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


class RegionalCoverage(Element, frozen=True, kw_only=True):
    """What one region says, by a response code of its own; one that cannot say gives the code alone."""

    csp_region: CspRegion
    csp_region_response_code: ResponseCode
    coverage_availability: bool | None = None
    anticipated_coverage_date: Day | None = None
    wan_technology: str | None = None
    """1 to 30 characters, with an availability."""
    connectivity_likelihood: Likelihood | None = None
    """With an availability."""
    auxiliary_equipment_required: str | None = None
    """Up to 50 characters."""
    additional_information: str | None = None
    """Up to 250 characters."""


class DSPWANMatrix(Element, frozen=True, kw_only=True):
    """12.1: the place that was asked for, then each region that knows of it."""

    request: CoverageQuestion
    regions: Annotated[tuple[RegionalCoverage, ...], At("DSPWANMatrixResponse")]


Result = (
    GBCSPayload
    | DSPScheduledMessage
    | FutureDatedDeviceAlertMessage
    | CINMessage
    | PreCommand
    | LocalCommand
    | DSPScheduleID
    | DSPSchedulesRead
    | DSPInventory
    | DSPOptIn
    | DSPUpdateFirmwareWarning
    | DSPUpdatePPMIDFirmwareWarning
    | DSPWANMatrix
)
