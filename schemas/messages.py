"""What users receive, as values: a Response with one of its four messages.

``schemas.response`` writes and ``schemas.response_reading`` reads them; contents are ``schemas.results``',
``schemas.dcc_alerts``' and ``schemas.hub_alerts``'. Source of names and order: the DUIS 5.4 schema.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, NewType

from schemas import dcc_alerts as of_homes
from schemas import hub_alerts as of_hubs
from schemas.elements import At, Attribute, Element, Hexadecimal, Mark
from schemas.results import Result
from schemas.vocabulary import RequestId, ResponseCode, ServiceReferenceVariant

DccAlertCode = NewType("DccAlertCode", str)
"""``AD1``, ``N1`` to ``N65`` without ``N32``, ``N999``."""

AlertContent = (
    of_homes.PowerOutageEvent
    | of_homes.DeviceStatusChangeEvent
    | of_homes.UpdateHANDeviceLogResult
    | of_homes.DeviceLogRestored
    | of_homes.PPMIDRemoval
    | of_homes.ALCSHCALCSConfigurationChange
    | of_hubs.DualBandCHAlert
    | of_homes.CommandFailure
    | of_homes.DSPScheduleRemoval
    | of_homes.QuarantinedRequest
    | of_homes.S1SPAlertDSP
    | of_homes.DUISVersionMismatch
    | of_homes.ChangeOfSupplier
    | of_homes.SecurityCredentialsUpdated
    | of_homes.ECoSAlert
    | of_homes.CoSCertificateAlert
    | of_hubs.PPMIDAlert
    | of_hubs.CommsHubAlert
    | of_hubs.FirmwareDistributionFailure
    | of_hubs.FirmwareVersionMismatch
    | of_hubs.FirmwareUpgradeRequested
    | of_hubs.CSPFirmwareDeliveryStatus
    | of_hubs.CommsHubFirmwareActivation
    | of_hubs.SMETS1CHFirmwareNotification
)


class ResponseMessage(Element, frozen=True, kw_only=True):
    """The answer to one request. Without a result it acknowledges or refuses, by the response code."""

    service_reference: str
    service_reference_variant: ServiceReferenceVariant
    result: Result | None = None


class DeviceAlertMessage(Element, frozen=True, kw_only=True):
    """A device's alert as it sent it."""

    alert_code: Hexadecimal
    """Usually two octets; the schema does not hold it to that."""
    throttled_alert_sequence: Annotated[int | None, At("ThrottledAlertSequenceId")] = None
    """Of an alert that stands for many in a storm: which storm, 32 bits."""
    throttled_alert_count: int | None = None
    """How many it stands for, 32 bits."""
    octets: Annotated[bytes, At("GBCSPayload")]


class DCCAlertMessage(Element, frozen=True, kw_only=True):
    """What the DCC data systems tell unasked."""

    code: Annotated[DccAlertCode, At("DCCAlertCode")]
    throttled_alert_sequence: Annotated[int | None, At("ThrottledAlertSequenceId")] = None
    throttled_alert_count: int | None = None
    """Both as of a device's alert."""
    content: Annotated[AlertContent, At("DCCAlert")]


class SMETS1ResponseMessage(Element, frozen=True, kw_only=True):
    """A SMETS1 provider's response: the service and the schedule that asked, where they are known."""

    service_reference: str | None = None
    service_reference_variant: ServiceReferenceVariant | None = None
    dsp_schedule_id: int | None = None
    throttled_alert_sequence: Annotated[int | None, At("ThrottledAlertSequenceId")] = None
    throttled_alert_count: int | None = None
    """Both as of a device's alert."""
    signed_response: Annotated[bytes, Mark.VERBATIM]
    """The provider's SMETS1SignedResponse, the octets of its root element as they came."""


Message = ResponseMessage | DeviceAlertMessage | DCCAlertMessage | SMETS1ResponseMessage


class Response(Element, frozen=True, kw_only=True):
    """One document for a user, without its signature."""

    schema_version: Annotated[str, Attribute("schemaVersion")]
    request_id: Annotated[RequestId | None, At("Header/RequestID")] = None
    response_id: Annotated[RequestId | None, At("Header/ResponseID")] = None
    """Of the form of a RequestID; a final answer's is the request's with originator and target swapped."""
    response_code: Annotated[ResponseCode, At("Header/ResponseCode")]
    response_date_time: Annotated[datetime, At("Header/ResponseDateTime")]
    message: Annotated[Message, At("Body")]
