"""Services 4 and 14: readings, logs and profiles. Rows only: ``routing.service`` has their form."""

from __future__ import annotations

from typing import Final

from routing.service import APPENDIX_E, MINIMUM, FutureDating, Service, Since, command
from schemas.vocabulary import Basis, UserRole

DSP: Final = FutureDating.DSP
EVER: Final = Since("5.1", Basis.SPECIFIED)
SINCE_5_4: Final = Since("5.4", Basis.SPECIFIED)
"""The schema of 5.4 has 4.2 among what is scheduled; the matrix before it has not."""
RETRIEVERS: Final = {UserRole.METER_DATA_RETRIEVER: Since("5.3", Basis.TRANSCRIBED)}
"""A summary of DUIS 5.3 names 4.1.1; the matrix has no such role."""
RETRIEVERS_TOO: Final = {UserRole.METER_DATA_RETRIEVER: Since("5.3", Basis.ASSUMED)}
"""SEC Appendix E has response times of the role for this service beside 4.1.1."""

ROWS: Final[tuple[Service, ...]] = (
    command(
        "4.1.1",
        "Read Instantaneous Import Registers",
        "ReadInstantaneousImportRegisters",
        "IS GS ED GT",
        "ESME GSME GPF",
        held=DSP,
        smets1=MINIMUM,
        newer=RETRIEVERS,
    ),
    command(
        "4.1.2",
        "Read Instantaneous Import TOU Matrices",
        "ReadInstantaneousImportTOUMatrices",
        "IS GS ED GT",
        "ESME GSME GPF",
        held=DSP,
        smets1=MINIMUM,
    ),
    command(
        "4.1.3",
        "Read Instantaneous Import TOU With Blocks Matrices",
        "ReadInstantaneousImportTOUWithBlocksMatrices",
        "IS ED",
        "ESME",
        held=DSP,
        smets1=MINIMUM,
    ),
    command(
        "4.1.4",
        "Read Instantaneous Import Block Counters",
        "ReadInstantaneousImportBlockCounters",
        "GS",
        "GSME GPF",
        held=DSP,
        smets1=MINIMUM,
    ),
    command(
        "4.2",
        "Read Instantaneous Export Registers",
        "ReadInstantaneousExportRegisters",
        "ES ED",
        "ESME",
        held=DSP,
        smets1=MINIMUM,
        schedulable=SINCE_5_4,
    ),
    command(
        "4.3",
        "Read Instantaneous Prepay Values",
        "ReadInstantaneousPrepayValues",
        "IS GS",
        "ESME GSME GPF",
        held=DSP,
        smets1=MINIMUM,
    ),
    command(
        "4.4.2",
        "Retrieve Change Of Mode / Tariff Triggered Billing Data Log",
        "RetrieveCoMOrTariffTriggeredBillingDataLog",
        "IS GS",
        "ESME GSME GPF?",
        held=DSP,
        smets1=MINIMUM,
    ),
    command(
        "4.4.3",
        "Retrieve Billing Calendar Triggered Billing Data Log",
        "RetrieveBillingCalendarTriggeredBillingDataLog",
        "IS GS",
        "ESME GSME GPF?",
        held=DSP,
        smets1=MINIMUM,
        newer=RETRIEVERS_TOO,
    ),
    command(
        "4.4.4",
        "Retrieve Billing Data Log (Payment Based Debt Payments)",
        "RetrieveBillingDataLogDebtPayments",
        "IS GS",
        "ESME GSME GPF?",
        held=DSP,
        smets1=MINIMUM,
    ),
    command(
        "4.4.5",
        "Retrieve Billing Data Log (Prepayment Credits)",
        "RetrieveBillingDataLogPrepaymentCredits",
        "IS GS",
        "ESME GSME GPF?",
        held=DSP,
        smets1=MINIMUM,
    ),
    command(
        "4.6.1",
        "Retrieve Import Daily Read Log",
        "RetrieveImportDailyReadLog",
        "IS GS",
        "ESME GSME GPF?",
        held=DSP,
        smets1=APPENDIX_E,
        schedulable=EVER,
        newer=RETRIEVERS_TOO,
    ),
    command(
        "4.6.2",
        "Retrieve Export Daily Read Log",
        "RetrieveExportDailyReadLog",
        "ES",
        "ESME",
        held=DSP,
        schedulable=EVER,
    ),
    command(
        "4.8.1",
        "Read Active Import Profile Data",
        "ReadActiveImportProfileData",
        "IS GS ED GT OU",
        "ESME GSME GPF?",
        held=DSP,
        smets1=MINIMUM,
        schedulable=EVER,
        newer=RETRIEVERS_TOO,
    ),
    command(
        "4.8.2",
        "Read Reactive Import Profile Data",
        "ReadReactiveImportProfileData",
        "IS ED OU",
        "ESME",
        held=DSP,
        smets1=MINIMUM,
        schedulable=EVER,
    ),
    command(
        "4.8.3",
        "Read Export Profile Data",
        "ReadExportProfileData",
        "ES ED OU",
        "ESME",
        held=DSP,
        smets1=MINIMUM,
        schedulable=EVER,
    ),
    command(
        "4.10",
        "Read Network Data",
        "ReadNetworkData",
        "IS GS ED GT",
        "ESME GSME GPF?",
        held=DSP,
        smets1=MINIMUM,
        schedulable=EVER,
    ),
    command(
        "4.11.1",
        "Read Tariff (Primary Element)",
        "ReadTariffPrimaryElement",
        "IS GS OU",
        "ESME GSME GPF?",
        smets1=MINIMUM,
    ),
    command("4.11.2", "Read Tariff (Secondary Element)", "ReadTariffSecondaryElement", "IS OU", "ESME", smets1=MINIMUM),
    command(
        "4.12.1",
        "Read Maximum Demand Import Registers",
        "ReadMaximumDemandImportRegisters",
        "IS ED",
        "ESME",
        held=DSP,
        schedulable=EVER,
    ),
    command(
        "4.12.2",
        "Read Maximum Demand Export Registers",
        "ReadMaximumDemandExportRegisters",
        "ES ED",
        "ESME",
        held=DSP,
        schedulable=EVER,
    ),
    command(
        "4.13", "Read Prepayment Configuration", "ReadPrepaymentConfiguration", "IS GS", "ESME GSME GPF?", held=DSP
    ),
    command(
        "4.14",
        "Read Prepayment Daily Read Log",
        "ReadPrepaymentDailyReadLog",
        "IS GS",
        "ESME GSME GPF",
        held=DSP,
        schedulable=EVER,
    ),
    command("4.15", "Read Load Limit Data", "ReadLoadLimitData", "IS ED", "ESME", held=DSP, schedulable=EVER),
    command(
        "4.16", "Read Active Power Import", "ReadActivePowerImport", "IS ED", "ESME", smets1=MINIMUM, schedulable=EVER
    ),
    command(
        "4.17",
        "Retrieve Daily Consumption Log",
        "RetrieveDailyConsumptionLog",
        "IS GS ED GT OU",
        "ESME GPF",
        held=DSP,
        schedulable=EVER,
    ),
    command("4.18", "Read Meter Balance", "ReadMeterBalance", "IS GS", "ESME GSME GPF", held=DSP),
    command("14.1", "Record Network Data (GAS)", "RecordNetworkDataGAS", "GT", "GSME", schedulable=EVER),
)
