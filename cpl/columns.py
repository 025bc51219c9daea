"""The columns of the lists: our name for each, the headings it is met under, and how a cell is read.

The headings of the published spreadsheets were not at hand: every spelling here is assumed, from the
words of the SEC, of seeds 000 and 003 and of DUIS. Headings compare squeezed (``cells.squeeze``), so
case, spaces, underscores and punctuation make no difference. Where a file has two headings for one
column the earlier spelling wins and the other is reported as not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

import msgspec

from cpl.cells import Parser, Why, choice, day, entry_identifier, firmware_hash, is_blank, six_digits, squeeze, text
from cpl.epcl import Evidence, InstallationStatus
from schemas.vocabulary import CplStatus, DeviceType, Generation


class Presence(Enum):
    REQUIRED = "every row has a value"
    IF_COLUMN = "the column may be missing; where it is there, every row has a value"
    OPTIONAL = "may be blank or missing"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column. ``name`` is the heading in our canonical form and the field it fills."""

    name: str
    parse: Parser
    presence: Presence = Presence.OPTIONAL
    headings: tuple[str, ...] = ()
    """Other squeezed headings, the preferred one first."""

    @property
    def spellings(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((squeeze(self.name), *self.headings)))


DEVICE_TYPES: Final = {squeeze(kind.value): kind for kind in DeviceType} | {
    "ch": DeviceType.CHF,
    "commshub": DeviceType.CHF,
    "communicationshub": DeviceType.CHF,
    "communicationshubfunction": DeviceType.CHF,
    "gasproxyfunction": DeviceType.GPF,
    "electricitysmartmeteringequipment": DeviceType.ESME,
    "electricitymeter": DeviceType.ESME,
    "gassmartmeteringequipment": DeviceType.GSME,
    "gasmeter": DeviceType.GSME,
    "prepaymentinterface": DeviceType.PPMID,
    "prepaymentinterfacedevice": DeviceType.PPMID,
    "prepaymentmeterinterfacedevice": DeviceType.PPMID,
    "inhomedisplay": DeviceType.IHD,
    "consumeraccessdevice": DeviceType.CAD,
    "hancontrolledauxiliaryloadcontrolswitch": DeviceType.HCALCS,
    "hanconnectedauxiliaryloadcontrolswitch": DeviceType.HCALCS,
}
GENERATIONS: Final = {
    **dict.fromkeys(("smets1", "s1", "1"), Generation.SMETS1),
    **dict.fromkeys(("smets2", "smets2plus", "s2", "2", "chts"), Generation.SMETS2),
}
STATUSES: Final = {squeeze(status.value): status for status in CplStatus} | {"canceled": CplStatus.CANCELLED}
INSTALLATION_STATUSES: Final = {squeeze(status.value): status for status in InstallationStatus}
EVIDENCE: Final = {
    "tested": Evidence.TESTED,
    **dict.fromkeys(
        ("substantivelyequivalent", "substantiveequivalence", "se", "equivalent", "nottested"),
        Evidence.SUBSTANTIVELY_EQUIVALENT,
    ),
}

CPL_COLUMNS: Final = (
    Column(
        name="entry_id",
        parse=entry_identifier,
        presence=Presence.REQUIRED,
        headings=("cplentryid", "cplentry", "cplid", "cplentrynumber", "entrynumber", "entryno", "entry", "id"),
    ),
    Column(
        name="device_type",
        parse=choice(DEVICE_TYPES, "a device type (ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD or CAD)"),
        presence=Presence.REQUIRED,
        headings=("physicaldevicetype", "type", "device"),
    ),
    Column(
        name="generation",
        parse=choice(GENERATIONS, "SMETS1 or SMETS2+"),
        presence=Presence.REQUIRED,
        headings=("smetsgeneration", "devicegeneration", "smets"),
    ),
    Column(
        name="manufacturer",
        parse=text(30),
        presence=Presence.REQUIRED,
        headings=(
            "devicemanufacturer",
            "manufactureridentifier",
            "manufacturerid",
            "devicemanufactureridentifier",
            "manufacturername",
        ),
    ),
    Column(
        name="model",
        parse=text(30),
        presence=Presence.REQUIRED,
        headings=("devicemodel", "modelidentifier", "modelid", "devicemodelidentifier", "modelname"),
    ),
    Column(
        name="firmware_version",
        parse=text(8),
        presence=Presence.REQUIRED,
        headings=("duisfirmwareversion", "devicefirmwareversion", "firmware", "fwversion", "fw"),
    ),
    Column(
        name="vendor_version",
        parse=text(),
        headings=(
            "vendorfirmwareversion",
            "manufacturerfirmwareversion",
            "firmwarevendorversion",
            "vendorfw",
            "vendorfirmware",
        ),
    ),
    Column(
        name="firmware_hash",
        parse=firmware_hash,
        headings=(
            "manufacturerimagehash",
            "imagehash",
            "firmwareimagehash",
            "fwhash",
            "hash",
            "sha256",
            "firmwarehashsha256",
            "manufacturerimagehashsha256",
        ),
    ),
    Column(
        name="smets_chts_version",
        parse=text(20),
        headings=("smetsversion", "chtsversion", "smetsorchtsversion", "technicalspecificationversion"),
    ),
    Column(name="gbcs_version", parse=text(), headings=("gbcs", "gbcsversionnumber")),
    Column(name="esme_variant", parse=text(), headings=("variant", "esmetype")),
    Column(
        name="status",
        parse=choice(STATUSES, "Active, Cancelled, Expired or Withdrawn"),
        presence=Presence.IF_COLUMN,
        headings=("cplstatus", "entrystatus", "cplentrystatus"),
    ),
    Column(
        name="status_since",
        parse=day,
        headings=("statusdate", "since", "statuschangedate", "statuschanged", "dateofstatus", "statuseffectivedate"),
    ),
)
"""In canonical order."""

MODEL_PARTS: Final = {
    "manufacturer": (text(), ("manufacturer", "manufacturername", "make")),
    "model": (text(), ("model", "modelname", "devicemodel")),
    "hardware_version": (
        text(),
        ("hardwareversion", "hwversion", "hw", "hardware", "hardwarevariant", "hwvariant"),
    ),
    "hardware_revision": (text(), ("hardwarerevision", "hwrevision", "hwrev", "revision")),
    "vendor_version": (text(), ("firmwareversion", "fwversion", "fw", "firmware", "firmwarevendorversion")),
}
"""Fields of ``DeviceModel`` and how the combinations list heads them after the device's name."""

DEVICES: Final = {
    "gsme": ("gsme", "gas", "gasmeter"),
    "esme": ("esme", "electricity", "electricitymeter"),
    "hub": ("hub", "ch", "chf", "commshub", "communicationshub"),
    "ppmid": ("ppmid", "ihd", "consumerdevice"),
}
"""Fields of ``EpclEntry`` that hold a model, and the names the list gives to the device."""


def _model_column(device: str, part: str) -> Column:
    parse, endings = MODEL_PARTS[part]
    headings = tuple(name + ending for name in DEVICES[device] for ending in endings)
    return Column(name=f"{device}_{part}", parse=parse, headings=headings)


EPCL_COLUMNS: Final = (
    Column(
        name="entry_id",
        parse=six_digits,
        presence=Presence.REQUIRED,
        headings=("epclentryid", "epclentry", "epclid", "entrynumber", "entryno", "entry", "id"),
    ),
    Column(name="cohort", parse=text(), presence=Presence.REQUIRED, headings=("smets1cohort", "operatingcapability")),
    Column(
        name="installation_status",
        parse=choice(INSTALLATION_STATUSES, "Active, Dormant or Mixed"),
        presence=Presence.REQUIRED,
        headings=("installstatus", "status", "installationtype", "activedormantmixed"),
    ),
    Column(
        name="evidence",
        parse=choice(EVIDENCE, "Tested or Substantively Equivalent"),
        headings=("testedorse", "testedse", "testedorsubstantivelyequivalent", "tested", "basis", "testingstatus"),
    ),
    Column(
        name="equivalent_to",
        parse=six_digits,
        headings=(
            "substantivelyequivalentto",
            "equivalenttoentry",
            "equivalenttoentryid",
            "seto",
            "separent",
            "parententry",
            "parententryid",
            "parentepclentryid",
        ),
    ),
    Column(name="solution_release", parse=text(), headings=("release", "capabilityrelease")),
    *(_model_column(device, part) for device in DEVICES for part in MODEL_PARTS),
    Column(name="smso", parse=text(), headings=("smsoid", "smartmeteringsystemsoperator", "smartmetersystemsoperator")),
    Column(
        name="wan_provider",
        parse=text(),
        headings=("wan", "chwanprovider", "communicationsserviceprovider", "communicationserviceprovider", "csp"),
    ),
)
"""In canonical order."""


class Placed(msgspec.Struct, frozen=True):
    """A column where a sheet has it."""

    index: int
    heading: str
    """As written in the file."""
    column: Column


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a row says when it is read as a header."""

    placed: tuple[Placed, ...]
    unknown: tuple[str, ...]
    """Headings that were not read, as written."""
    missing: tuple[str, ...]
    """Required columns that no heading names."""
    ambiguous: Why | None = None

    @property
    def written(self) -> dict[str, str]:
        """The heading as written, by column name."""
        return {place.column.name: place.heading for place in self.placed}


def read_header(row: Sequence[object], columns: Sequence[Column]) -> Header:
    """Read ``row`` as the header of a list with these ``columns``."""
    written = [(squeeze(str(cell)), i, str(cell).strip()) for i, cell in enumerate(row) if not is_blank(cell)]
    placed: list[Placed] = []
    missing: list[str] = []
    ambiguous: Why | None = None
    for column in columns:
        ranks = {spelling: rank for rank, spelling in enumerate(column.spellings)}
        candidates = sorted((ranks[spelt], i, heading) for spelt, i, heading in written if spelt in ranks)
        if not candidates:
            if column.presence is Presence.REQUIRED:
                missing.append(column.name)
            continue
        rank, index, heading = candidates[0]
        if len(candidates) > 1 and candidates[1][0] == rank:
            ambiguous = Why(f"expected one column for {column.name}, found {heading!r} and {candidates[1][2]!r}")
        placed.append(Placed(index, heading, column))
    taken = {place.index for place in placed}
    unknown = tuple(heading for _, i, heading in written if i not in taken)
    return Header(placed=tuple(placed), unknown=unknown, missing=tuple(missing), ambiguous=ambiguous)
