"""DCC Alerts as values: the home and its devices, requests and schedules, suppliers and their credentials.

Each struct of an alert's content has the name of its element. Contents on firmware and on the hub's radio have a
module of their own, and ``schemas.messages`` puts them all together. Which alert code goes with which content is
no schema's to say. Source of names, order and limits: the DUIS 5.4 schema, ``duis/alerts.xsd``; what an alert means
is read from its names (assumed).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from schemas.credential_bodies import RemotePartyRole
from schemas.elements import At, Element, Mark
from schemas.inventory_bodies import MeterPoints
from schemas.value_texts import Day
from schemas.vocabulary import DeviceId, DeviceType, RequestId

# ---- the home and its devices


class PowerOutageEvent(Element, frozen=True, kw_only=True):
    """A home without supply from a moment on."""

    comms_hub_device_id: DeviceId
    start_date_time: datetime
    mpxn: str


class StatusChangeName(StrEnum):
    """Changes whose name says it all."""

    SUSPENDED = "DeviceSuspended"
    RESTORED = "DeviceRestored"
    REMOVED = "DeviceRemovedFromInventory"
    HUB_DECOMMISSIONING = "CHFDecommissioning"
    RECOVERY_COMPLETE = "RecoveryComplete"


class StatusChange(Element, frozen=True):
    """The inventory has another status of the device."""

    name: Annotated[StatusChangeName, Mark.NAME]


class CertificatePurpose(StrEnum):
    """What a remote party's certificate on a device is for."""

    DIGITAL_SIGNING = "DigitalSigning"
    KEY_AGREEMENT = "KeyAgreement"
    KEY_AGREEMENT_TOP_UP = "KeyAgreementTopUp"


class RecoveryCompleteACBCredentials(Element, frozen=True, kw_only=True):
    """Which certificates a recovery left to the access control broker."""

    supplier_certificate_type: tuple[CertificatePurpose, ...]
    """1 to 3."""
    network_operator_certificate_type: tuple[CertificatePurpose, ...] = ()
    """Up to 2, none of them for top-ups."""


class MeterIdentity(Element, frozen=True, kw_only=True):
    """The meter points that a meter serves, and the letters of its optional parts."""

    meter_mpxns: MeterPoints
    esme_variant: str | None = None


class DeviceOfType(Element, frozen=True, kw_only=True):
    """A device and what it is."""

    device_id: DeviceId
    device_type: DeviceType


class MeterDecommissioningOrWithdrawal(Element, frozen=True, kw_only=True):
    """The meter points that a meter served, and up to seven Type 1 devices that were joined to it."""

    meter_points: Annotated[MeterPoints, At("MeterDecommissionOrWithdrawal")]
    associated: Annotated[tuple[DeviceOfType, ...], At("AssociatedType1Device")] = ()


class DeviceStatusChangeEvent(Element, frozen=True, kw_only=True):
    """A device is another than it was in the inventory."""

    device_id: DeviceId
    change: Annotated[
        StatusChange | RecoveryCompleteACBCredentials | MeterIdentity | MeterDecommissioningOrWithdrawal,
        At("DeviceStatusChange"),
    ]


class UpdateHANDeviceLogResult(Element, frozen=True, kw_only=True):
    """The 8.11 whose result this is; whether it succeeded, the alert's code says."""

    request_id: Annotated[RequestId, At("UpdateHANDeviceLogServiceRequestID")]


class RestoredLogName(StrEnum):
    """Whose device log it is."""

    HUB = "CHFDeviceLog"
    GAS_PROXY = "GPFDeviceLog"


class HubExchange(Element, frozen=True, kw_only=True):
    """The old and the new hub by their two functions, communications hub function and gas proxy function."""

    name: Annotated[RestoredLogName, Mark.NAME]
    old_chf_device_id: DeviceId
    new_chf_device_id: DeviceId
    old_gpf_device_id: DeviceId
    new_gpf_device_id: DeviceId


class DeviceLogRestored(Element, frozen=True, kw_only=True):
    """A hub was replaced, and the new one has the old one's device log (8.12)."""

    restored_date: Day
    exchange: HubExchange


class PPMIDRemoval(Element, frozen=True, kw_only=True):
    """A prepayment interface, and the hub whose network it left."""

    ppmid_device_id: DeviceId
    chf_device_id: DeviceId


class ALCSHCALCSConfigurationChange(Element, frozen=True, kw_only=True):
    """An electricity meter's load control is another: the letters of its parts and its GBCS version now."""

    esme_device_id: DeviceId
    esme_variant: str | None = None
    device_gbcs_version: str | None = None


# ---- requests and schedules


class CommandFailure(Element, frozen=True, kw_only=True):
    """The request whose command failed; how, the alert's code says."""

    command_request_id: RequestId
    dsp_schedule_id: int | None = None
    device_id: DeviceId


class DSPScheduleRemoval(Element, frozen=True, kw_only=True):
    """A schedule that the DCC data systems deleted, and its device."""

    device_id: DeviceId
    dsp_schedule_id: int


class ThresholdBreach(StrEnum):
    """Why anomaly detection keeps a request back."""

    USER_THRESHOLD = "ADUserThresholdBreach"
    DCC_THRESHOLD = "ADDCCThresholdBreach"
    ATTRIBUTE_LIMITS = "ADAttributeLimitsBreach"


class QuarantineEvent(Element, frozen=True, kw_only=True):
    """A request that is kept back."""

    name: Annotated[ThresholdBreach, Mark.NAME]
    request_id: RequestId
    quarantine_event_ref: int
    """At most 20 digits."""


class QuarantinedRequest(Element, frozen=True):
    """Anomaly detection keeps a request back."""

    event: QuarantineEvent


class S1SPAlertDSP(Element, frozen=True, kw_only=True):
    """A SMETS1 provider's signed S1SPAlert, and the schedule that it is about, if any."""

    alert: Annotated[bytes, Mark.VERBATIM]
    """The provider's document, the octets of its root element as they came."""
    dsp_schedule_id: int | None = None


class DCCAlertVersionMismatch(Element, frozen=True, kw_only=True):
    """An alert that the user's version of DUIS has no form for."""

    dcc_alert_code: str
    device_id: DeviceId | None = None
    request_id: RequestId | None = None


class ServiceResponseVersionMismatch(Element, frozen=True, kw_only=True):
    """An answer that the user's version of DUIS has no form for. Names and versions are free text."""

    request_id: RequestId
    service_reference: str
    service_reference_variant: str
    service_request_duis_version: str


class DUISVersionMismatch(Element, frozen=True, kw_only=True):
    """What could not be sent, and the version that the user speaks."""

    unsent: DCCAlertVersionMismatch | ServiceResponseVersionMismatch
    service_user_duis_version: str


# ---- suppliers and their credentials


class LostDevice(Element, frozen=True, kw_only=True):
    """A device that has another supplier now."""

    device_id: DeviceId
    device_type: DeviceType
    mpxns: MeterPoints


class ChangeOfSupplier(Element, frozen=True, kw_only=True):
    """To the new supplier its 6.23 and, if that failed, an error code; to the old one the device that it lost."""

    request_id: Annotated[RequestId | None, At("ChangeOfSupplierServiceRequestID")] = None
    ecos_error_code: str | None = None
    """Three characters."""
    lost: Annotated[LostDevice | None, At("DeviceChangeOfSupplier")] = None


class CertificateOnDevice(Element, frozen=True, kw_only=True):
    """A new certificate of a remote party."""

    certificate_type: CertificatePurpose
    certificate_hash: bytes
    """SHA-1 of the certificate; the schema asks for no length."""


class SecurityCredentialsUpdated(Element, frozen=True, kw_only=True):
    """A device has 1 to 3 new certificates, and perhaps new lowest counters (63 bits) that it accepts."""

    device_id: DeviceId
    remote_party_role: RemotePartyRole
    floor: Annotated[int | None, At("RemotePartySeqNumberChange/RemotePartyFloorSeqNumber")] = None
    top_up_floor: Annotated[int | None, At("RemotePartySeqNumberChange/RemotePartyPrepaymentTopUpFloorSeqNumber")] = (
        None
    )
    """Only with a floor."""
    certificates: tuple[CertificateOnDevice, ...]


class ECoSAlert(Element, frozen=True, kw_only=True):
    """The enduring change-of-supplier party's alert; code and remark are free text."""

    alert_id: RequestId
    """The alert's own identifier, of the form of a RequestID."""
    request_id: RequestId | None = None
    ecos_alert_code: str
    device_id: DeviceId
    additional_information: str | None = None


class CoSCertificateAlert(Element, frozen=True, kw_only=True):
    """A device, and the serial number of the change-of-supplier certificate on it."""

    device_id: DeviceId
    certificate_serial_number: int | None = None
