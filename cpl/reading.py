"""The lists as people publish and return them: bytes -> rows, and the rows that cannot be used.

Whoever calls decides whether a list with unusable rows is loaded. What the columns are called is data of
``cpl.columns`` and ``cpl.combination_columns``; our own canonical form is read by ``cpl.reading_back``.
"""

from __future__ import annotations

from typing import Any, Final

from cpl.columns import CPL_COLUMNS
from cpl.combination_columns import (
    DEVICES,
    EPCL_COLUMNS,
    FLEET_COLUMNS,
    FLEET_MODEL_PARTS,
    PPCL_COLUMNS,
    count_column,
)
from cpl.epcl import EpclEntry, Evidence, FuelType, InstallationStatus
from cpl.fleet import FleetRow
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, DeviceModel
from cpl.rows import Layout, Misfit, Progress, Reading, read_rows
from schemas.records import to_json

Values = dict[str, Any]


def read_cpl(name: str, data: bytes, progress: Progress | None = None) -> Reading[CplEntry]:
    """The Central Products List from CSV or XLSX.

    A file without a status column lists what is in force (assumed). An entry of a GBCS version that is not in
    ``KNOWN_GBCS_VERSIONS`` is unusable: it is published and not in force. ``name`` is for reports only.
    """
    return read_rows(name, data, CPL_LAYOUT, progress)


def read_epcl(name: str, data: bytes, progress: Progress | None = None) -> Reading[EpclEntry]:
    """The SMETS1 Eligible Product Combinations List from CSV or XLSX."""
    return read_rows(name, data, EPCL_LAYOUT, progress)


def read_ppcl(name: str, data: bytes, progress: Progress | None = None) -> Reading[PpclRow]:
    """The Pending Product Combinations List from CSV or XLSX; the draft of seed 000 has its rows as columns."""
    return read_rows(name, data, PPCL_LAYOUT, progress)


def read_fleet(name: str, data: bytes, progress: Progress | None = None) -> Reading[FleetRow]:
    """What suppliers or SMSOs return on their installed meters, from CSV or XLSX.

    A row of the sheet may have a number for each installation status: it gives a ``FleetRow`` for each.
    """
    return read_rows(name, data, FLEET_LAYOUT, progress)


def _cpl_entry(values: Values) -> tuple[CplEntry] | Misfit:
    if "cpa_expiry" in values and "cpa_renewal" in values:
        found = f"found both ({values['cpa_expiry']}, {values['cpa_renewal']})"
        return Misfit("cpa_renewal", f"expected an expiry date, or the renewal date of a lifetime certificate, {found}")
    return (CplEntry(**values),)


def _epcl_entry(values: Values) -> tuple[EpclEntry] | Misfit:
    evidence, parent = values.pop("evidence", None), values.get("equivalent_to")
    if evidence is None and parent is None:
        return Misfit("evidence", "expected Tested or Substantively Equivalent, found neither")
    if evidence is Evidence.TESTED and parent is not None:
        return Misfit("evidence", f"expected Tested or an entry it is equivalent to, found both (Tested, {parent})")
    if evidence is Evidence.SUBSTANTIVELY_EQUIVALENT and parent is None:
        return Misfit("equivalent_to", "expected the tested entry it is Substantively Equivalent to, found none")
    if parent == values["entry_id"]:
        return Misfit("equivalent_to", f"expected another entry, found {parent} itself")
    return _with_models(values) or (EpclEntry(**values),)


def _ppcl_row(values: Values) -> tuple[PpclRow] | Misfit:
    if misfit := _with_models(values):
        return misfit
    absent = [device.upper() for device in ("gsme", "esme") if device not in values]
    if values.get("fuel_type") is FuelType.DUAL and absent:
        return Misfit("fuel_type", f"expected a GSME and an ESME for dual fuel, found no {' and no '.join(absent)}")
    if values.get("fuel_type") is FuelType.SINGLE and not absent:
        return Misfit("fuel_type", "expected one meter for single fuel, found a GSME and an ESME")
    return (PpclRow(**values),)


def _fleet_rows(values: Values) -> tuple[FleetRow, ...] | Misfit:
    if misfit := _with_models(values):
        return misfit
    installations, devices = _counts(values, "installations"), _counts(values, "devices")
    for counted, counts in (("installations", installations), ("devices", devices)):
        by_status = [number for status, number in counts.items() if status is not None]
        if None in counts and by_status and sum(by_status) != counts[None]:
            reason = f"expected Active, Dormant and Mixed to add up to {counts[None]}, found {sum(by_status)}"
            return Misfit(counted, reason)
    if not installations:
        return Misfit("installations", "expected a number of installations, found none")
    stated = values.pop("installation_status", None)
    if stated is not None and installations.keys() - {None, stated}:
        return Misfit("installation_status", f"expected numbers of {stated.value} installations only, found others")
    if len(installations) > 1:
        installations.pop(None, None)
    return tuple(
        FleetRow(installations=number, installation_status=status or stated, devices=devices.get(status), **values)
        for status, number in installations.items()
    )


def _counts(values: Values, counted: str) -> dict[InstallationStatus | None, int]:
    """Takes the numbers out of ``values``, by installation status; ``None``: of all."""
    found = {status: values.pop(count_column(counted, status), None) for status in (None, *InstallationStatus)}
    return {status: number for status, number in found.items() if number is not None}


def _with_models(values: Values) -> Misfit | None:
    """Puts the Device Models in the place of their parts."""
    for device in DEVICES:
        parts = {part: values.pop(f"{device}_{part}", None) for part in FLEET_MODEL_PARTS}
        if parts["model"] is not None:
            values[device] = DeviceModel(**parts)
        elif stated := [part for part, value in parts.items() if value is not None]:
            return Misfit(f"{device}_model", f"expected a model, found only {', '.join(stated)}")
    if not DEVICES.keys() & values.keys():
        return Misfit("", "expected the model of a GSME, ESME, hub or PPMID, found none")
    return None


def _pending_identity(row: PpclRow) -> tuple[str, str]:
    if row.entry_id is not None:
        return "entry_id", row.entry_id
    return "", to_json(row).decode()


def _entry_identity(entry: CplEntry | EpclEntry) -> tuple[str, str]:
    return "entry_id", entry.entry_id


CPL_LAYOUT: Final = Layout(columns=CPL_COLUMNS, build=_cpl_entry, identity=_entry_identity)
EPCL_LAYOUT: Final = Layout(columns=EPCL_COLUMNS, build=_epcl_entry, identity=_entry_identity)
PPCL_LAYOUT: Final = Layout(columns=PPCL_COLUMNS, build=_ppcl_row, identity=_pending_identity)
FLEET_LAYOUT: Final = Layout(
    columns=FLEET_COLUMNS,
    build=_fleet_rows,
    identity=lambda row: None,
    one_of=tuple(count_column("installations", status) for status in (None, *InstallationStatus)),
)
