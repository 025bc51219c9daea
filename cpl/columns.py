"""The columns of the CPL: our name for each, the headings it is met under, and how a cell is read.

The headings of the published spreadsheets were not at hand: every spelling here is assumed, from the
words of the SEC, of seeds 000 and 003 and of DUIS. Headings compare squeezed (``cells.squeeze``), so
case, spaces, underscores and punctuation make no difference. The lists of combinations have theirs in
``cpl.combination_columns``; how a header is found is ``cpl.headers``' affair.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from cpl.cells import Parser, choice, day, entry_identifier, firmware_hash, gbcs_version, squeeze, text
from cpl.product import KNOWN_GBCS_VERSIONS
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
    Column(
        name="gbcs_version",
        parse=gbcs_version(KNOWN_GBCS_VERSIONS),
        headings=("gbcs", "gbcsversionnumber"),
    ),
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
        headings=(
            "statusdate",
            "since",
            "statuschangedate",
            "statuschanged",
            "dateofstatus",
            "statuseffectivedate",
            "dateremoved",
            "removaldate",
            "removedon",
        ),
    ),
    Column(name="manufacturer_name", parse=text(), headings=("vendor", "vendorname")),
    Column(name="model_name", parse=text(), headings=("vendormodel", "vendormodelname")),
    Column(name="hardware_version", parse=text(), headings=("hwversion", "hw", "hardware", "hardwarevariant")),
    Column(name="hardware_revision", parse=text(), headings=("hwrevision", "hwrev", "revision")),
    Column(
        name="listed_on",
        parse=day,
        headings=("dateadded", "dateofentry", "entrydate", "dateonwhichadded", "addedon", "cplentrydate"),
    ),
    Column(
        name="cpa_certificate",
        parse=text(),
        headings=("cpacertificatereference", "cpacertificateid", "cpacertificatenumber", "cpa", "cparef"),
    ),
    Column(
        name="cpa_expiry",
        parse=day,
        headings=("cpaexpirydate", "cpacertificateexpiry", "cpacertificateexpirydate", "cpavaliduntil"),
    ),
    Column(
        name="cpa_renewal",
        parse=day,
        headings=("cparenewaldate", "cpacertificaterenewal", "cpacertificaterenewaldate", "lifetimecparenewaldate"),
    ),
    Column(name="hub_manufacturer", parse=text(), headings=("imagemetadatafor", "imagemetadatahubmanufacturer")),
)
"""In canonical order."""
