"""TABLE: the Device Models of the sandbox, with the firmware versions that its product list knows.

SMETS2+ models are invented, in the form that the Reference Test Data Set shows (manufacturer 4, model 8,
firmware 8 hexadecimal digits). SMETS1 models of the cohorts Secure and MDS are those of seed 000 (draft
PPCL); the sources name none for IOC and only one display for FOC, so the others are invented and called
Sample. Newer and former versions are invented throughout, and say so in their vendor version. How the
models become list entries is ``lists``' affair, in which homes they stand ``estate``'s.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

import msgspec

from schemas.vocabulary import CplStatus, DeviceType, Generation


class Cohort(StrEnum):
    """The SMETS1 cohorts; the values are the names of their S1SPs in the sandbox (opaque: assumed)."""

    IOC = "ioc"
    MDS = "mds"
    SECURE = "secure"
    FOC = "foc"

    @property
    def listed_as(self) -> str:
        """As the lists write it."""
        return "Secure" if self is Cohort.SECURE else self.name


class SampleVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One firmware version of a model."""

    version: str
    """The DUIS form, 1 to 8 characters."""
    vendor_version: str
    status: CplStatus = CplStatus.ACTIVE
    status_since: date | None = None


class SampleModel(msgspec.Struct, frozen=True, kw_only=True):
    """A Device Model in one generation. ``current`` is what the devices of the estate run."""

    device_type: DeviceType
    generation: Generation
    manufacturer: str
    model: str
    current: SampleVersion
    newer: SampleVersion
    former: tuple[SampleVersion, ...] = ()
    """No longer in force."""
    hardware_version: str | None = None
    hardware_revision: str | None = None
    smets_chts_version: str | None = None
    gbcs_version: str | None = None
    esme_variant: str | None = None

    @property
    def versions(self) -> tuple[SampleVersion, ...]:
        return (self.current, self.newer, *self.former)


def _invented(version: str, status: CplStatus = CplStatus.ACTIVE, since: date | None = None) -> SampleVersion:
    return SampleVersion(version=version, vendor_version=f"{version} (invented)", status=status, status_since=since)


def _printed(version: str, vendor_version: str) -> SampleVersion:
    """``vendor_version`` as the sources print it; where it is too long for DUIS, ``version`` is assumed."""
    return SampleVersion(version=version, vendor_version=vendor_version)


def _withdrawn(version: str) -> SampleVersion:
    return _invented(version, CplStatus.WITHDRAWN, date(2024, 6, 3))


def _expired(version: str) -> SampleVersion:
    return _invented(version, CplStatus.EXPIRED, date(2022, 8, 30))


def _cancelled(version: str) -> SampleVersion:
    return _invented(version, CplStatus.CANCELLED, date(2023, 2, 14))


def _smets2(
    device_type: DeviceType,
    manufacturer: str,
    model: str,
    current: str,
    newer: str,
    *former: SampleVersion,
    specification: str = "SMETS V4.2",
    gbcs_version: str = "3.2",
    esme_variant: str | None = None,
) -> SampleModel:
    return SampleModel(
        device_type=device_type,
        generation=Generation.SMETS2,
        manufacturer=manufacturer,
        model=model,
        current=_invented(current),
        newer=_invented(newer),
        former=former,
        smets_chts_version=specification,
        gbcs_version=gbcs_version,
        esme_variant=esme_variant,
    )


def _smets1(
    device_type: DeviceType,
    manufacturer: str,
    model: str,
    current: SampleVersion,
    newer: str,
    *former: SampleVersion,
    hardware_version: str | None = None,
    hardware_revision: str | None = None,
) -> SampleModel:
    return SampleModel(
        device_type=device_type,
        generation=Generation.SMETS1,
        manufacturer=manufacturer,
        model=model,
        current=current,
        newer=_invented(newer),
        former=former,
        hardware_version=hardware_version,
        hardware_revision=hardware_revision,
        smets_chts_version="SMETS V1.2",
    )


_ESME, _GSME, _CHF, _PPMID = DeviceType.ESME, DeviceType.GSME, DeviceType.CHF, DeviceType.PPMID

# ---- SMETS2+

ESME_SINGLE: Final = _smets2(
    _ESME,
    "AB01",
    "010A030B",
    "0002012F",
    "00020201",
    _withdrawn("00020100"),
    _expired("00010007"),
    _cancelled("00020130"),
    specification="SMETS V1.58",
    gbcs_version="4.0",
    esme_variant="AD",
)
ESME_TWIN: Final = _smets2(
    _ESME, "AB01", "010B0301", "00030104", "00030200", _withdrawn("00030001"), gbcs_version="4.0", esme_variant="BD"
)
ESME_POLYPHASE: Final = _smets2(
    _ESME, "AB07", "01C00201", "0A010003", "0A010100", _withdrawn("0A000009"), esme_variant="CD"
)
GSME: Final = _smets2(_GSME, "AB02", "020A0101", "00010A05", "00010B00", _withdrawn("00010A00"))
HUB_NORTH: Final = _smets2(_CHF, "AB03", "03010101", "01040002", "01050000", specification="CHTS V1.1")
HUB_CENTRAL_SOUTH: Final = _smets2(_CHF, "AB04", "03020102", "02011C00", "02020000", specification="CHTS V1.1")
PPMID: Final = _smets2(_PPMID, "AB05", "05010101", "00050003", "00050100", _expired("00040001"))
HCALCS: Final = _smets2(DeviceType.HCALCS, "AB06", "04010101", "00000105", "00000200")
IHD: Final = _smets2(DeviceType.IHD, "AB05", "06010101", "00010000", "00010100")

# ---- the bilingual PPMID: one entry per generation, told apart by a firmware version that is made up
# for the SMETS1 entry (tactical solution, seed 001)

BILINGUAL_AS_SMETS2: Final = _smets2(_PPMID, "AB09", "050B0101", "01020300", "01020400")
BILINGUAL_AS_SMETS1: Final = msgspec.structs.replace(
    _smets2(_PPMID, "AB09", "050B0101", "F1020300", "F1020400", specification="SMETS V1.2"),
    generation=Generation.SMETS1,
    gbcs_version=None,
)

EXECUTED: Final = {
    (BILINGUAL_AS_SMETS1.manufacturer, BILINGUAL_AS_SMETS1.model, listed.version): run.version
    for listed, run in zip(BILINGUAL_AS_SMETS1.versions, BILINGUAL_AS_SMETS2.versions, strict=True)
}
"""What really runs on a device with a SMETS1 entry's made-up firmware version."""
UNTRANSFORMED: Final = frozenset({Cohort.FOC})
"""The cohorts whose S1SP tells the version that runs, and not the entry's (S1SR 18.64(c), seed 001)."""


# ---- SMETS1


class CohortModels(msgspec.Struct, frozen=True, kw_only=True):
    """The Device Models of a cohort: its main combination, and others that are equivalent to it."""

    esme: SampleModel
    gsme: SampleModel
    hub: SampleModel
    ppmid: SampleModel
    other_esmes: tuple[SampleModel, ...] = ()
    other_gsmes: tuple[SampleModel, ...] = ()
    other_ppmids: tuple[SampleModel, ...] = ()
    solution_release: str | None = None

    @property
    def all(self) -> tuple[SampleModel, ...]:
        main = (self.esme, self.gsme, self.hub, self.ppmid)
        return (*main, *self.other_esmes, *self.other_gsmes, *self.other_ppmids)


def _liberty_gas(model: str) -> SampleModel:
    return _smets1(_GSME, "Secure", model, _printed("Q4X2G0E", "Q4X2G0E"), "Q4X2G0F", hardware_version="0x12A")


_FIRST_VERSION: Final = _invented("01000000")
COHORTS: Final = {
    Cohort.IOC: CohortModels(
        esme=_smets1(_ESME, "Sample", "Sample IOC ESME", _FIRST_VERSION, "01010000", _withdrawn("00090000")),
        gsme=_smets1(_GSME, "Sample", "Sample IOC GSME", _FIRST_VERSION, "01010000"),
        hub=_smets1(_CHF, "Sample", "Sample IOC Hub", _FIRST_VERSION, "01010000"),
        ppmid=_smets1(_PPMID, "Sample", "Sample IOC Display", _FIRST_VERSION, "01010000"),
        other_ppmids=(BILINGUAL_AS_SMETS1,),
    ),
    Cohort.MDS: CohortModels(
        esme=_smets1(
            _ESME,
            "Elster Honeywell",
            "AS 300P Electricity",
            _printed("ASP40401", "ASP04.04.01-55497"),
            "ASP40402",
            _withdrawn("ASP40301"),
            hardware_version="01",
            hardware_revision="01",
        ),
        gsme=_smets1(
            _GSME,
            "Elster Honeywell",
            "BK-G4E EI2",
            _printed("10.94", "10.94"),
            "10.95",
            hardware_version="00",
            hardware_revision="00",
        ),
        hub=_smets1(
            _CHF,
            "Elster Honeywell",
            "AM110R",
            _printed("03070949", "03.07.09 (49) - REV09"),
            "03071000",
            hardware_version="10",
        ),
        ppmid=_smets1(_PPMID, "Chameleon", "SED V3", _printed("2.08.01", "2.08.01"), "2.09.00"),
        other_ppmids=(BILINGUAL_AS_SMETS1,),
        solution_release="8.0.12g",
    ),
    Cohort.SECURE: CohortModels(
        esme=_smets1(
            _ESME,
            "Secure",
            "Liberty 100",
            _printed("P4X9G01", "P4X9G01"),
            "P4X9G02",
            _withdrawn("P4X8G09"),
            hardware_version="0x131",
        ),
        gsme=_liberty_gas("Liberty EG4v11"),
        hub=_smets1(
            _CHF, "Secure", "Skyline i-510", _printed("HUB3F0X", "HUB3F0X"), "HUB3F1X", hardware_version="0x02"
        ),
        ppmid=_smets1(_PPMID, "Secure", "Pipit 500", _printed("IHDAE05", "IHDAE05"), "IHDAE06"),
        other_esmes=(_smets1(_ESME, "Secure", "Liberty 110", _invented("P5X1G01"), "P5X1G02"),),
        other_gsmes=(_liberty_gas("Liberty EG4v10"), _liberty_gas("Liberty EG4v15")),
    ),
    Cohort.FOC: CohortModels(
        esme=_smets1(_ESME, "Sample", "Sample FOC ESME", _invented("02000000"), "02010000", _withdrawn("01090000")),
        gsme=_smets1(_GSME, "Sample", "Sample FOC GSME", _invented("02000000"), "02010000"),
        hub=_smets1(_CHF, "Sample", "Sample FOC Hub", _invented("02000000"), "02010000"),
        ppmid=_smets1(_PPMID, "Landis+Gyr", "P450 Pebble", _invented("00004500"), "00004501"),
        other_ppmids=(BILINGUAL_AS_SMETS1,),
    ),
}

SMETS2_MODELS: Final = (
    ESME_SINGLE,
    ESME_TWIN,
    ESME_POLYPHASE,
    GSME,
    HUB_NORTH,
    HUB_CENTRAL_SOUTH,
    PPMID,
    HCALCS,
    IHD,
    BILINGUAL_AS_SMETS2,
)
ALL_MODELS: Final = (
    *SMETS2_MODELS,
    *dict.fromkeys(model for cohort in COHORTS.values() for model in cohort.all),
)
"""Every model once, in a fixed order."""
