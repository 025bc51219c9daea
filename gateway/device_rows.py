"""Inventory records from a CSV file: a header row by name, columns in any order.

Reads text and, for certificates that are named by their file, the files beside it. Storing the rows is
the state's. The columns are our own (no published form was at hand).
"""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from routing.inventory import Device
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation

E = TypeVar("E", bound=Enum)


class DeviceRows(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says. With any fault it is not to be imported."""

    devices: tuple[Device, ...]
    certificates: dict[DeviceId, bytes]
    """DER of key agreement certificates."""
    faults: tuple[str, ...] = ()
    """``line 3: device_type: ...``, one for each cell that cannot be used."""
    unknown_columns: tuple[str, ...] = ()


def _one_of(kind: type[E]) -> Callable[[str], E]:
    def parse(text: str) -> E:
        for each in kind:
            if str(each.value).casefold() == text.casefold():
                return each
        raise ValueError(f"{text!r} is not one of {', '.join(str(each.value) for each in kind)}")

    return parse


COLUMNS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "device_id": ("id", DeviceId.parse_lenient),
    "device_type": ("type", _one_of(DeviceType)),
    "status": ("status", _one_of(DeviceStatus)),
    "manufacturer": ("manufacturer", str),
    "model": ("model", str),
    "firmware_version": ("firmware_version", str),
    "smets_version": ("smets_chts_version", str),
    "cpl_entry": ("cpl_entry", str),
    "prenotified_as": ("prenotified_as", _one_of(Generation)),
    "s1sp": ("s1sp", str),
    "hub": ("hub", DeviceId.parse_lenient),
    "mpxn": ("import_mpxn", str),
    "secondary_import_mpan": ("secondary_import_mpan", str),
    "export_mpan": ("export_mpan", str),
    "associated_gpf": ("associated_gpf", DeviceId.parse_lenient),
    "esme_variant": ("esme_variant", str),
    "gbcs_version": ("gbcs_version", str),
    "csp_region": ("csp_region", str),
    "date_commissioned": ("date_commissioned", date.fromisoformat),
    "uprn": ("uprn", str),
    "postcode": ("postcode", str),
    "address": ("address", str),
}
"""Column: the field of the record, and how its text is read. An empty cell is a field not given."""
REQUIRED = ("device_id", "device_type", "manufacturer", "model", "prenotified_as")
CERTIFICATE_COLUMN = "ka_certificate"
"""Base64 of DER, or the path of a PEM or DER file, relative to the CSV's folder."""


def read_device_rows(text: str, folder: Path) -> DeviceRows:
    """Read the whole file; every fault is found at once. ``folder`` is where certificates' paths start."""
    table = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="", skipinitialspace=True)
    table.fieldnames = [name.strip().casefold() for name in table.fieldnames or ()]
    missing = [name for name in REQUIRED if name not in table.fieldnames]
    if missing:
        return DeviceRows(devices=(), certificates={}, faults=(f"line 1: no column {', '.join(missing)}",))
    devices: dict[DeviceId, Device] = {}
    certificates: dict[DeviceId, bytes] = {}
    faults: list[str] = []
    for cells in table:
        found: list[str] = []
        device = _device(cells, found)
        certificate = _certificate(cells.get(CERTIFICATE_COLUMN) or "", folder, found)
        if device is not None and device.id in devices:
            found.append(f"device_id: {device.id} was on an earlier line already")
        faults += [f"line {table.line_num}: {fault}" for fault in found]
        if device is None or found:
            continue
        devices[device.id] = device
        if certificate is not None:
            certificates[device.id] = certificate
    known = {*COLUMNS, CERTIFICATE_COLUMN}
    return DeviceRows(
        devices=tuple(devices.values()),
        certificates=certificates,
        faults=tuple(faults),
        unknown_columns=tuple(name for name in table.fieldnames if name not in known),
    )


def _device(cells: Mapping[str, Any], faults: list[str]) -> Device | None:
    values: dict[str, Any] = {}
    before = len(faults)
    if cells.get(""):
        faults.append("more cells than the header has columns")
    for column, (field, parse) in COLUMNS.items():
        text = (cells.get(column) or "").strip()
        if not text:
            if column in REQUIRED:
                faults.append(f"{column}: empty")
            continue
        try:
            values[field] = parse(text)
        except ValueError as fault:
            faults.append(f"{column}: {fault}")
    return Device(**values) if len(faults) == before else None


def _certificate(cell: str, folder: Path, faults: list[str]) -> bytes | None:
    cell = cell.strip()
    if not cell:
        return None
    try:
        octets = base64.b64decode(cell, validate=True)
        # Base64 of DER begins with a SEQUENCE; a path that happens to be base64 does not.
        inline = octets[:1] == b"\x30"
    except binascii.Error:
        inline = False
    try:
        if not inline:
            octets = (folder / cell).read_bytes()
        pem = octets.lstrip().startswith(b"-----BEGIN")
        found = x509.load_pem_x509_certificate(octets) if pem else x509.load_der_x509_certificate(octets)
    except OSError as fault:
        faults.append(f"{CERTIFICATE_COLUMN}: {cell!r} cannot be read: {fault.strerror}")
        return None
    except ValueError:
        faults.append(f"{CERTIFICATE_COLUMN}: {cell[:40]!r} is not an X.509 certificate (DER or PEM)")
        return None
    return found.public_bytes(Encoding.DER)
