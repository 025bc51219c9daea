"""Contents of DCC Alerts on firmware and on a communications hub's sub-GHz radio, as values.

Each struct of an alert's content has the name of its element. Source of names, order, limits and enumerations: the
DUIS 5.4 schema, ``duis/alerts_firmware.xsd`` and ``duis/alerts_radio.xsd``; what an alert means is read from its
names (assumed).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from schemas.elements import At, DeviceList, Element, Hexadecimal, Numbered
from schemas.vocabulary import DeviceId, DeviceType, RequestId

# ---- firmware


class Outcome(StrEnum):
    FAILURE = "Failure"
    SUCCESS = "Success"


class ActivationOutcome(StrEnum):
    FAILURE = "ActivationFailure"
    SUCCESS = "ActivationSuccess"


class TransferOutcome(StrEnum):
    """How the transfer of an image from hub to device ended."""

    SUCCESS = "FileTransferSuccess"
    FAILURE = "FileTransferFailure"
    DISCARDED = "FirmwareImageDiscarded"
    HARDWARE_VERSION_MISMATCH = "HardwareVersionMismatch"


class UpdateStage(StrEnum):
    REQUESTED = "UpdateRequested"
    ACTIVATED = "ActivationSuccessful"


class PPMIDFirmwareUpgradeAlert(Element, frozen=True, kw_only=True):
    """The image that a prepayment interface was to activate (11.4)."""

    firmware_version: str
    activate_image_result_code: ActivationOutcome


class PPMIDAlert(Element, frozen=True, kw_only=True):
    """A prepayment interface's alert."""

    device_id: DeviceId
    device_alert_code: Hexadecimal
    """Usually two octets; the schema does not hold it to that."""
    timestamp: datetime | None = None
    ppmid_firmware_upgrade_alert: PPMIDFirmwareUpgradeAlert | None = None


class FirmwareTransferAlert(Element, frozen=True, kw_only=True):
    """The transfer of an image to a device of the hub's network."""

    update_firmware_request_id: RequestId | None = None
    other_device_id: DeviceId
    firmware_version: str
    transfer_response_code: TransferOutcome


class CommsHubAlert(Element, frozen=True, kw_only=True):
    """A hub's alert."""

    comms_hub_device_id: DeviceId
    alert_code: Hexadecimal
    """As of ``PPMIDAlert``."""
    time_stamp: datetime | None = None
    firmware_transfer_alert: FirmwareTransferAlert | None = None


class FirmwareDistributionFailure(Element, frozen=True, kw_only=True):
    """The 11.1 or 11.4, and the devices that it did not reach."""

    update_firmware_request_id: RequestId
    devices: Annotated[DeviceList, At("MeterIDs")]


class FirmwareVersionMismatch(Element, frozen=True, kw_only=True):
    """The inventory has one version, the device said another."""

    device_id: DeviceId
    device_type: DeviceType
    firmware_version_smi: str
    firmware_version_device: str


class FirmwareUpgradeRequested(Element, frozen=True, kw_only=True):
    """Another party asked for a version on these devices of one type."""

    device_type: DeviceType
    firmware_version: str
    device_list: DeviceList


class CSPFirmwareDeliveryStatus(Element, frozen=True, kw_only=True):
    """Whether the communications service provider got an image for a device to its hub, and when."""

    update_firmware_request_id: RequestId
    comms_hub_device_id: DeviceId
    target_device_id: DeviceId
    firmware_version: str
    time_stamp: datetime
    comms_hub_transfer_status: Outcome


class CommsHubFirmwareActivation(Element, frozen=True, kw_only=True):
    """A hub and the version that it has activated."""

    device_id: DeviceId
    firmware_version: str


class SMETS1CHFirmwareNotification(Element, frozen=True, kw_only=True):
    """How far a SMETS1 hub is with new firmware."""

    device_id: DeviceId
    firmware_version: str
    firmware_version_update_status: UpdateStage


# ---- the radio


class ScanReason(StrEnum):
    """What made a hub look for a better channel."""

    NETWORK_FORMATION = "SMHANFormation"
    COMMAND = "RemotePartyCommand"
    OTHER_DEVICE_REQUEST = "SubGHzNon-GSMEDeviceRequest"
    GSME_REQUEST = "GSMERequest"
    GSME_CURFEW = "GSMEMissedItsCurfew"
    GSME_MISSING = "GSMEMissingForTheLastDay"
    MESSAGE_FAILURES = "CHDetectedMessageFailureProblems"
    MESSAGE_RETRIES = "CHDetectedMessageRetryProblems"


class ScanAnswer(StrEnum):
    """Whether a hub scans as it was asked to, or why it does not."""

    ACCEPTED = "ScanRequestAccepted"
    HAND_HELD_TERMINAL = "HHTConnected"
    JOINING = "JoiningIsCurrentlyPermitted"
    GSME_DISTRIBUTION = "GSMEOTADistributionUnderway"
    DUTY_CYCLE = "DutyCycleUsageIsTooHigh"
    COMMANDS_TODAY = "TooManyCommandsToday"
    SCANS_TODAY = "TooManyScansToday"
    SCANS_THIS_WEEK = "TooManyScansThisWeek"


class MessageLeg(StrEnum):
    COMMAND = "Command"
    RESPONSE = "Response"
    ALERT = "Alert"


class ChannelsOfBand(Element, frozen=True):
    """Those that are named, in rising order."""

    channels: tuple[Annotated[int, Numbered("Channel")], ...] = ()


class SubGHzConfigurationChanged(Element, frozen=True, kw_only=True):
    """The channels that a hub uses and its limits for changing them (6.28). Periods are in the hub's own units."""

    lower_band_0_to_26: Annotated[ChannelsOfBand, At("LowerBandSubGHzChannels0To26")]
    lower_band_27_to_34: Annotated[ChannelsOfBand, At("LowerBandSubGHzChannels27To34")]
    lower_band_35_to_61: Annotated[ChannelsOfBand, At("LowerBandSubGHzChannels35To61")]
    upper_band_0_to_26: Annotated[ChannelsOfBand, At("UpperBandSubGHzChannels0To26")]
    normal_limited_duty_cycle_threshold: Decimal
    """Per cent (assumed), 0.5 to 2.0."""
    limited_critical_duty_cycle_threshold: Decimal
    """Per cent (assumed), 1.6 to 2.4."""
    maximum_sub_ghz_channel_changes_per_week: int
    gsme_curfew: int
    channel_quieter_threshold: int
    channel_noisier_threshold: int
    non_gsme_poor_comms_percentage_threshold: Decimal
    """Per cent."""
    non_gsme_poor_comms_measurement_periods: int
    local_ch_noise_measurement_period: int
    local_ch_failure_percentage: Decimal
    local_ch_retry_percentage: Decimal


class SubGHzChannelChanged(Element, frozen=True, kw_only=True):
    """The channel that the network is on now, of one of the bands, and what had led to the scan."""

    lower_band: Annotated[
        int | None, Numbered("Channel"), At("OperatingSubGHzChannel/OperatingLowerBandSubGHzChannel")
    ] = None
    """0 to 61."""
    upper_band: Annotated[
        int | None, Numbered("Channel"), At("OperatingSubGHzChannel/OperatingUpperBandSubGHzChannel")
    ] = None
    """0 to 26."""
    scan_trigger: ScanReason


class SubGHzChannelScanRequestAssessmentOutcome(Element, frozen=True, kw_only=True):
    """Whether a hub does a scan that it was asked for."""

    status_code: ScanAnswer
    scan_trigger: ScanReason


class LimitedDutyCycleActionTaken(Element, frozen=True, kw_only=True):
    """The device that may not send until the hub's use of the band is lower."""

    device_id_to_suspend: DeviceId


class MessageDiscardedDueToDutyCycleManagement(Element, frozen=True, kw_only=True):
    """The message that was not sent for the same reason."""

    request_id: RequestId
    cra_flag: MessageLeg


class NoMoreSubGHzDeviceCapacity(Element, frozen=True, kw_only=True):
    """The device that could not join, and its type, if the hub knows it."""

    device_id: DeviceId
    device_type: DeviceType | None = None


class DualBandCHAlert(Element, frozen=True, kw_only=True):
    """A dual-band hub tells of its sub-GHz radio."""

    chf_device_id: DeviceId
    device_alert_code: Hexadecimal
    gbcs_message_code: Annotated[Hexadecimal | None, At("GBCSHexadecimalMessageCode")] = None
    event: (
        SubGHzConfigurationChanged
        | SubGHzChannelChanged
        | SubGHzChannelScanRequestAssessmentOutcome
        | LimitedDutyCycleActionTaken
        | MessageDiscardedDueToDutyCycleManagement
        | NoMoreSubGHzDeviceCapacity
        | None
    ) = None
