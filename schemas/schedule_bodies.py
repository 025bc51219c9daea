"""Service group 5 as values: the reads that the DCC repeats for a user, and questions about them.

The answer to a 5.2 repeats what the 5.1 said, in the same struct. Source of names, order and limits: the DUIS 5.4
schema, ``duis/schedules.xsd``. What a schedule does at its time does not live here.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import Annotated

from schemas.elements import Element, Mark
from schemas.value_texts import Day
from schemas.vocabulary import DeviceId, ServiceReferenceVariant


class ScheduleFrequency(StrEnum):
    DAILY = "Daily"
    WEEKLY = "Weekly"
    MONTHLY = "Monthly"
    QUARTERLY = "Quarterly"
    HALF_YEARLY = "Half-Yearly"
    YEARLY = "Yearly"


class PeriodReadName(StrEnum):
    """The reads that are of a period: the names of their elements."""

    IMPORT_DAILY_READ_LOG = "DSPRetrieveImportDailyReadLog"
    EXPORT_DAILY_READ_LOG = "DSPRetrieveExportDailyReadLog"
    ACTIVE_IMPORT_PROFILE_DATA = "DSPReadActiveImportProfileData"
    REACTIVE_IMPORT_PROFILE_DATA = "DSPReadReactiveImportProfileData"
    EXPORT_PROFILE_DATA = "DSPReadExportProfileData"
    NETWORK_DATA = "DSPReadNetworkData"
    PREPAYMENT_DAILY_READ_LOG = "DSPReadPrepaymentDailyReadLog"
    DAILY_CONSUMPTION_LOG = "DSPRetrieveDailyConsumptionLog"


class RegisterReadName(StrEnum):
    """The reads of what is at the time."""

    MAXIMUM_DEMAND_IMPORT_REGISTERS = "DSPReadMaximumDemandImportRegisters"
    MAXIMUM_DEMAND_EXPORT_REGISTERS = "DSPReadMaximumDemandExportRegisters"
    LOAD_LIMIT_DATA = "DSPReadLoadLimitData"
    ACTIVE_POWER_IMPORT = "DSPReadActivePowerImport"
    NETWORK_DATA_OF_GAS = "DSPRecordNetworkDataGAS"
    INSTANTANEOUS_EXPORT_REGISTERS = "DSPReadInstantaneousExportRegisters"


class PeriodRead(Element, frozen=True, kw_only=True):
    """A read of a period that moves with the day of the read."""

    name: Annotated[PeriodReadName, Mark.NAME]
    start_date_offset: int
    """Days, counted from the day of the read: 0 down to -400."""
    start_time: time
    end_date_offset: int
    """Days, as above."""
    end_time: time


class RegisterRead(Element, frozen=True, kw_only=True):
    """A read without a period."""

    name: Annotated[RegisterReadName, Mark.NAME]


class ReadingSchedule(Element, frozen=True, kw_only=True):
    """5.1, CreateSchedule."""

    schedule_frequency: ScheduleFrequency
    schedule_start_date: Day
    schedule_end_date: Day | None = None
    schedule_execution_start_time: time | None = None
    ka_public_security_credential: bytes | None = None
    """DER of the key agreement certificate of a party that the device does not know."""
    dsp_scheduled_service_reference: str
    dsp_scheduled_service_reference_variant: ServiceReferenceVariant
    device_id: DeviceId
    read: PeriodRead | RegisterRead


class ScheduleQuestion(Element, frozen=True, kw_only=True):
    """5.2 and 5.3: one schedule by its number, or all of one device. Exactly one is given."""

    dsp_schedule_id: int | None = None
    """0 to 10^12."""
    device_id: DeviceId | None = None


class NumberedSchedule(Element, frozen=True, kw_only=True):
    """A schedule that is known, as a 5.2 is answered."""

    dsp_schedule_id: int
    dsp_schedule_details: ReadingSchedule
