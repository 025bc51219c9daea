"""What results and alerts are written as, letter for letter, and read back from in both schema sets."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import pytest
from full_documents import header
from schemas_world import DEVICE, USER

from schemas import dcc_alerts, hub_alerts, results
from schemas import inventory_bodies as inventory
from schemas.credential_bodies import RemotePartyRole
from schemas.elements import Element, to_part
from schemas.messages import DccAlertCode, DCCAlertMessage, DeviceAlertMessage, Response, ResponseMessage
from schemas.parts import part_text
from schemas.records import from_builtins, to_builtins
from schemas.response import write_message
from schemas.response_reading import read_response
from schemas.schedule_bodies import (
    NumberedSchedule,
    ReadingSchedule,
    RegisterRead,
    RegisterReadName,
    ScheduleFrequency,
)
from schemas.value_texts import Day
from schemas.vocabulary import DeviceId, DeviceType, RequestId, ResponseCode, ServiceReferenceVariant
from schemas.xsd import DuisSchema


def read(octets: bytes, schema: DuisSchema) -> Response:
    outcome = read_response(octets, schema)
    assert isinstance(outcome, Response), outcome
    return outcome


OTHER = DeviceId.parse("C0-00-00-00-00-00-00-0F")
DEVICE_ID = DeviceId.parse(DEVICE)
NAME = RequestId.parse(f"{USER}:{DEVICE}:7")
DAY = Day(date(2026, 12, 1))
POINTS = inventory.MeterPoints(import_mpxn="1312345678111", export_mpan="1312345678333")
POINTS_TEXT = "<sr:ImportMPxN>1312345678111</sr:ImportMPxN><sr:ExportMPAN>1312345678333</sr:ExportMPAN>"
ONE_HOUR_AHEAD = datetime(2026, 7, 1, 10, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=1)))


def named(name: str, inside: str = "") -> str:
    return f"<sr:{name}>{inside}</sr:{name}>"


WRITTEN: dict[str, tuple[Element, str]] = {
    "a schedule's number": (results.DSPScheduleID(10**12), named("DSPScheduleID", "1000000000000")),
    "a scheduled answer": (
        results.DSPScheduledMessage(octets=b"\0", dsp_schedule_id=0),
        named("DSPScheduledMessage", named("GBCSPayload", "AA==") + named("DSPScheduleID", "0")),
    ),
    "a device's report of a future-dated command": (
        results.FutureDatedDeviceAlertMessage(
            future_dated_alert_code=b"\x8f\x66", octets=b"", instruction_number=1, total_command_instructions=65_535
        ),
        named(
            "FutureDatedDeviceAlertMessage",
            named("FutureDatedAlertCode", "8F66")
            + named("GBCSPayload")
            + named("InstructionNumber", "1")
            + named("TotalCommandInstructions", "65535"),
        ),
    ),
    "a customer's number with its zeros": (
        results.CINMessage(octets=b"\0", customer_identification_number="0070"),
        named("CINMessage", named("GBCSPayload", "AA==") + named("CustomerIdentificationNumber", "0070")),
    ),
    "the schedules of a device": (
        results.DSPSchedulesRead(
            (
                NumberedSchedule(
                    dsp_schedule_id=1,
                    dsp_schedule_details=ReadingSchedule(
                        schedule_frequency=ScheduleFrequency.DAILY,
                        schedule_start_date=DAY,
                        schedule_execution_start_time=time(6, 30),
                        dsp_scheduled_service_reference="4.12",
                        dsp_scheduled_service_reference_variant=ServiceReferenceVariant("4.12.1"),
                        device_id=DEVICE_ID,
                        read=RegisterRead(name=RegisterReadName.MAXIMUM_DEMAND_IMPORT_REGISTERS),
                    ),
                ),
            )
        ),
        named(
            "DSPSchedulesRead",
            named(
                "DSPSchedules",
                named("DSPScheduleID", "1")
                + named(
                    "DSPScheduleDetails",
                    named("ScheduleFrequency", "Daily")
                    + named("ScheduleStartDate", "2026-12-01")
                    + named("ScheduleExecutionStartTime", "06:30:00.00")
                    + named("DSPScheduledServiceReference", "4.12")
                    + named("DSPScheduledServiceReferenceVariant", "4.12.1")
                    + named("DeviceID", DEVICE)
                    + named("DSPReadMaximumDemandImportRegisters"),
                ),
            ),
        ),
    ),
    "the DSP's certificates": (
        results.DSPOptIn(device_id=DEVICE_ID, key_agreement=b"\1\2"),
        named("DSPOptIn", named("DeviceID", DEVICE) + named("DSPBrokerSecurityCredentialsKeyAgreement", "AQI=")),
    ),
    "the lists of an 11.4": (
        results.DSPUpdatePPMIDFirmwareWarning(invalid=(DEVICE_ID, OTHER)),
        named("DSPUpdatePPMIDFirmwareWarning", named("InvalidDeviceIDList", f"{DEVICE},{OTHER}")),
    ),
    "the coverage of a property": (
        results.DSPWANMatrix(
            request=inventory.CoverageQuestion(postcode="AB1 2CD", address=""),
            regions=(
                results.RegionalCoverage(
                    csp_region=results.CspRegion.NORTH_4G, csp_region_response_code=ResponseCode("E120101")
                ),
                results.RegionalCoverage(
                    csp_region=results.CspRegion.SOUTH,
                    csp_region_response_code=ResponseCode("I0"),
                    coverage_availability=False,
                    anticipated_coverage_date=Day(date(2026, 12, 1), -330),
                    wan_technology="cellular",
                    connectivity_likelihood=results.Likelihood.LOW,
                ),
            ),
        ),
        named(
            "DSPWANMatrix",
            named("Request", named("PartialAddress", named("PostCode", "AB1 2CD") + named("AddressIdentifier")))
            + named("DSPWANMatrixResponse", named("CSPRegion", "4G North") + named("CSPRegionResponseCode", "E120101"))
            + named(
                "DSPWANMatrixResponse",
                named("CSPRegion", "South")
                + named("CSPRegionResponseCode", "I0")
                + named("CoverageAvailability", "false")
                + named("AnticipatedCoverageDate", "2026-12-01-05:30")
                + named("WANTechnology", "cellular")
                + named("ConnectivityLikelihood", "Low"),
            ),
        ),
    ),
    "a power outage in its own zone": (
        dcc_alerts.PowerOutageEvent(comms_hub_device_id=DEVICE_ID, start_date_time=ONE_HOUR_AHEAD, mpxn="1"),
        named(
            "PowerOutageEvent",
            named("CommsHubDeviceID", DEVICE)
            + named("StartDateTime", "2026-07-01T10:30:00.123456+01:00")
            + named("MPxN", "1"),
        ),
    ),
    "a status whose name says it all": (
        dcc_alerts.DeviceStatusChangeEvent(
            device_id=DEVICE_ID, change=dcc_alerts.StatusChange(dcc_alerts.StatusChangeName.SUSPENDED)
        ),
        named(
            "DeviceStatusChangeEvent",
            named("DeviceID", DEVICE) + named("DeviceStatusChange", named("DeviceSuspended")),
        ),
    ),
    "a meter out of its place": (
        dcc_alerts.DeviceStatusChangeEvent(
            device_id=DEVICE_ID,
            change=dcc_alerts.MeterDecommissioningOrWithdrawal(
                meter_points=POINTS,
                associated=(dcc_alerts.DeviceOfType(device_id=OTHER, device_type=DeviceType.PPMID),),
            ),
        ),
        named(
            "DeviceStatusChangeEvent",
            named("DeviceID", DEVICE)
            + named(
                "DeviceStatusChange",
                named(
                    "MeterDecommissioningOrWithdrawal",
                    named("MeterDecommissionOrWithdrawal", POINTS_TEXT)
                    + named("AssociatedType1Device", named("DeviceID", str(OTHER)) + named("DeviceType", "PPMID")),
                ),
            ),
        ),
    ),
    "a restored device log": (
        dcc_alerts.DeviceLogRestored(
            restored_date=DAY,
            exchange=dcc_alerts.HubExchange(
                name=dcc_alerts.RestoredLogName.GAS_PROXY,
                old_chf_device_id=DEVICE_ID,
                new_chf_device_id=OTHER,
                old_gpf_device_id=DEVICE_ID,
                new_gpf_device_id=OTHER,
            ),
        ),
        named(
            "DeviceLogRestored",
            named("RestoredDate", "2026-12-01")
            + named(
                "GPFDeviceLog",
                named("OldCHFDeviceID", DEVICE)
                + named("NewCHFDeviceID", str(OTHER))
                + named("OldGPFDeviceID", DEVICE)
                + named("NewGPFDeviceID", str(OTHER)),
            ),
        ),
    ),
    "a request that is kept back": (
        dcc_alerts.QuarantinedRequest(
            dcc_alerts.QuarantineEvent(
                name=dcc_alerts.ThresholdBreach.DCC_THRESHOLD, request_id=NAME, quarantine_event_ref=-(10**20) + 1
            )
        ),
        named(
            "QuarantinedRequest",
            named(
                "ADDCCThresholdBreach",
                named("RequestID", str(NAME)) + named("QuarantineEventRef", "-99999999999999999999"),
            ),
        ),
    ),
    "a device that was lost to another supplier": (
        dcc_alerts.ChangeOfSupplier(
            lost=dcc_alerts.LostDevice(device_id=DEVICE_ID, device_type=DeviceType.ESME, mpxns=POINTS)
        ),
        named(
            "ChangeOfSupplier",
            named(
                "DeviceChangeOfSupplier",
                named("DeviceID", DEVICE) + named("DeviceType", "ESME") + named("MPxNs", POINTS_TEXT),
            ),
        ),
    ),
    "new certificates and a floor": (
        dcc_alerts.SecurityCredentialsUpdated(
            device_id=DEVICE_ID,
            remote_party_role=RemotePartyRole.SUPPLIER,
            floor=2**63 - 1,
            certificates=(
                dcc_alerts.CertificateOnDevice(
                    certificate_type=dcc_alerts.CertificatePurpose.KEY_AGREEMENT, certificate_hash=b"\xff"
                ),
            ),
        ),
        named(
            "SecurityCredentialsUpdated",
            named("DeviceID", DEVICE)
            + named("RemotePartyRole", "Supplier")
            + named("RemotePartySeqNumberChange", named("RemotePartyFloorSeqNumber", "9223372036854775807"))
            + named("Certificates", named("CertificateType", "KeyAgreement") + named("CertificateHash", "/w==")),
        ),
    ),
    "a hub's alert on an image": (
        hub_alerts.CommsHubAlert(
            comms_hub_device_id=DEVICE_ID,
            alert_code=b"\x8f\x72",
            firmware_transfer_alert=hub_alerts.FirmwareTransferAlert(
                other_device_id=OTHER,
                firmware_version="0A0B0C0D",
                transfer_response_code=hub_alerts.TransferOutcome.DISCARDED,
            ),
        ),
        named(
            "CommsHubAlert",
            named("CommsHubDeviceID", DEVICE)
            + named("AlertCode", "8F72")
            + named(
                "FirmwareTransferAlert",
                named("OtherDeviceID", str(OTHER))
                + named("FirmwareVersion", "0A0B0C0D")
                + named("TransferResponseCode", "FirmwareImageDiscarded"),
            ),
        ),
    ),
    "another channel of the lower band": (
        hub_alerts.DualBandCHAlert(
            chf_device_id=DEVICE_ID,
            device_alert_code=b"\x8f\x2b",
            event=hub_alerts.SubGHzChannelChanged(lower_band=61, scan_trigger=hub_alerts.ScanReason.COMMAND),
        ),
        named(
            "DualBandCHAlert",
            named("CHFDeviceID", DEVICE)
            + named("DeviceAlertCode", "8F2B")
            + named(
                "SubGHzChannelChanged",
                named("OperatingSubGHzChannel", named("OperatingLowerBandSubGHzChannel", named("Channel61")))
                + named("ScanTrigger", "RemotePartyCommand"),
            ),
        ),
    ),
}


@pytest.mark.parametrize(("value", "expected"), WRITTEN.values(), ids=WRITTEN.keys())
def test_is_written_so(either: DuisSchema, value: Element, expected: str) -> None:
    assert expected == part_text(to_part(value))
    message = (
        ResponseMessage(service_reference="8.2", service_reference_variant=ServiceReferenceVariant("8.2"), result=value)
        if isinstance(value, results.Result)
        else DCCAlertMessage(code=DccAlertCode("N999"), content=value)
    )
    response = read(write_message(header(), message), either)
    assert message == response.message
    assert value == from_builtins(to_builtins(value), type(value))


def test_a_device_alert_is_written_so(either: DuisSchema) -> None:
    alert = DeviceAlertMessage(alert_code=b"\x8f\x72", throttled_alert_count=2**32 - 1, octets=b"\0")
    expected = named(
        "DeviceAlertMessage",
        named("AlertCode", "8F72") + named("ThrottledAlertCount", "4294967295") + named("GBCSPayload", "AA=="),
    )
    assert expected == part_text(to_part(alert))
    assert alert == read(write_message(header(), alert), either).message
