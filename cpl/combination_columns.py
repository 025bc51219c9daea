"""The columns of the lists of combinations: EPCL, PPCL, and what suppliers return on installed meters.

As in ``cpl.columns`` every spelling is assumed, but for those of table 3 of seed 000 (the draft PPCL).
A model's columns are headed with the device and the part, ``GSME F/W``; the device may also stand in a
row above, over all its parts.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from cpl.cells import Parser, choice, count, share, six_digits, squeeze, text, truth
from cpl.columns import Column, Presence
from cpl.epcl import Evidence, FuelType, InstallationStatus

INSTALLATION_STATUSES: Final = {squeeze(status.value): status for status in InstallationStatus}
EVIDENCE: Final = {
    **dict.fromkeys(("tested", "group1", "1"), Evidence.TESTED),
    **dict.fromkeys(
        ("substantivelyequivalent", "substantiveequivalence", "se", "equivalent", "nottested", "group2", "2"),
        Evidence.SUBSTANTIVELY_EQUIVALENT,
    ),
}
"""The two groups are those of an EPCL report (seed 003, section 1)."""
FUEL_TYPES: Final = {
    **dict.fromkeys(("df", "dual", "dualfuel"), FuelType.DUAL),
    **dict.fromkeys(("sf", "single", "singlefuel"), FuelType.SINGLE),
}

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

FLEET_MODEL_PARTS: Final = (*MODEL_PARTS, "configuration")
"""What a return on installed meters may say of a model besides."""

DEVICES: Final = {
    "gsme": ("gsme", "gas", "gasmeter"),
    "esme": ("esme", "electricity", "electricitymeter"),
    "hub": ("hub", "ch", "chf", "commshub", "communicationshub"),
    "ppmid": ("ppmid", "ihd", "consumerdevice"),
}
"""Fields of ``EpclEntry`` that hold a model, and the names the list gives to the device."""


_UPGRADABLE: Final = ("upgradable", "upgradeable", "firmwareupgradable", "firmwareupgradeable", "fwupgradable")
_CONFIGURATION: Final = (
    "configuration",
    "config",
    "factoryconfiguration",
    "factoryinstalledconfiguration",
    "providerconfiguration",
    "providerfactoryinstalledconfiguration",
)


def _model_column(device: str, part: str, parse: Parser, endings: tuple[str, ...]) -> Column:
    headings = tuple(name + ending for name in DEVICES[device] for ending in endings)
    return Column(name=f"{device}_{part}", parse=parse, headings=headings)


_MODELS: Final = tuple(
    _model_column(device, part, parse, endings) for device in DEVICES for part, (parse, endings) in MODEL_PARTS.items()
)
_COHORT: Final = Column(
    name="cohort", parse=text(), presence=Presence.REQUIRED, headings=("smets1cohort", "operatingcapability")
)
_INSTALLATION_STATUS: Final = Column(
    name="installation_status",
    parse=choice(INSTALLATION_STATUSES, "Active, Dormant or Mixed"),
    headings=("installstatus", "status", "installationtype", "activedormantmixed"),
)
_FUEL_TYPE: Final = Column(
    name="fuel_type", parse=choice(FUEL_TYPES, "DF or SF (dual or single fuel)"), headings=("fuel",)
)
_SOLUTION_RELEASE: Final = Column(name="solution_release", parse=text(), headings=("release", "capabilityrelease"))
_SMSO: Final = Column(
    name="smso", parse=text(), headings=("smsoid", "smartmeteringsystemsoperator", "smartmetersystemsoperator")
)
_WAN_PROVIDER: Final = Column(
    name="wan_provider",
    parse=text(),
    headings=("wan", "chwanprovider", "communicationsserviceprovider", "communicationserviceprovider", "csp"),
)
_ENTRY_ID: Final = Column(
    name="entry_id",
    parse=six_digits,
    headings=("epclentryid", "epclentry", "epclid", "entrynumber", "entryno", "entry", "id"),
)

EPCL_COLUMNS: Final = (
    replace(_ENTRY_ID, presence=Presence.REQUIRED),
    _COHORT,
    replace(_INSTALLATION_STATUS, presence=Presence.REQUIRED),
    Column(
        name="evidence",
        parse=choice(EVIDENCE, "Tested or Substantively Equivalent"),
        headings=(
            "testedorse",
            "testedse",
            "testedorsubstantivelyequivalent",
            "tested",
            "basis",
            "testingstatus",
            "group",
        ),
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
    _SOLUTION_RELEASE,
    *_MODELS,
    _SMSO,
    _WAN_PROVIDER,
    Column(
        name="tested_as",
        parse=choice(INSTALLATION_STATUSES, "Active, Dormant or Mixed"),
        headings=("testedinstallationstatus", "testedstatus"),
    ),
    Column(
        name="test_reports",
        parse=text(),
        headings=("testreport", "testingreport", "testingreports", "dmcttestingreport", "testcompletionreport"),
    ),
)
"""In canonical order."""

PPCL_COLUMNS: Final = (
    replace(_COHORT, headings=("ppcl", *_COHORT.headings)),
    _ENTRY_ID,
    _INSTALLATION_STATUS,
    _FUEL_TYPE,
    _SOLUTION_RELEASE,
    *_MODELS,
    _SMSO,
    _WAN_PROVIDER,
    Column(name="installed_now", parse=share, headings=("percentinstallednow", "shareinstallednow")),
    Column(
        name="installed_at_migration",
        parse=share,
        headings=("percentinstalledatmigration", "shareinstalledatmigration"),
    ),
    Column(name="dmct_status", parse=text(), headings=("dmctstatuslist", "teststatus", "testingstatus", "waitingfor")),
)
"""In canonical order. In the draft the combinations are columns, and what heads them names the list itself."""

STATUS_COUNTS: Final = {
    InstallationStatus.ACTIVE: ("active", "act"),
    InstallationStatus.DORMANT: ("dormant", "dorm"),
    InstallationStatus.MIXED: ("mixed", "mix"),
}
_COUNTED: Final = {
    "installations": ("installs", "installations", "installed", "smets1installations"),
    "devices": ("devices", "meters"),
}
"""What returns count, and what they call it."""


def count_column(counted: str, status: InstallationStatus | None) -> str:
    """The name of the column with the number of ``installations`` or ``devices`` in a status, or in all."""
    return counted if status is None else f"{counted}_{status.value.lower()}"


def _total_column(counted: str) -> Column:
    spelt = _COUNTED[counted]
    more = ("count", "numberinstalled", "quantity", "volume") if counted == "installations" else ()
    headings = (*spelt, *(f"{before}{word}" for word in spelt for before in ("numberof", "noof", "total")), *more)
    return Column(name=counted, parse=count, headings=headings)


def _status_column(counted: str, status: InstallationStatus) -> Column:
    """``Installs`` over ``Active``, as the tables of seed 003 have it, or both in one heading."""
    words = STATUS_COUNTS[status]
    both = tuple(text for what in _COUNTED[counted] for word in words for text in (what + word, word + what))
    alone = words if counted == "installations" else ()
    return Column(name=count_column(counted, status), parse=count, headings=(*both, *alone))


FLEET_COLUMNS: Final = (
    Column(name="supplier", parse=text(), headings=("energysupplier", "supplierid", "suppliername", "submittedby")),
    replace(_COHORT, presence=Presence.OPTIONAL),
    _INSTALLATION_STATUS,
    _FUEL_TYPE,
    _SOLUTION_RELEASE,
    *_MODELS,
    *(_model_column(device, "configuration", text(), _CONFIGURATION) for device in DEVICES),
    Column(
        name="upgradable",
        parse=truth,
        headings=tuple(f"{name}{word}" for name in ("", *DEVICES["ppmid"]) for word in _UPGRADABLE),
    ),
    _SMSO,
    _WAN_PROVIDER,
    *(_total_column(counted) for counted in _COUNTED),
    *(_status_column(counted, status) for counted in _COUNTED for status in InstallationStatus),
)
