"""The home of the Reference Test Data Set's devices, for a sandbox that is made on a given keystore.

Its devices are those that public DUIS templates address; all users are registered for its meter points
in the roles that they hold, so that any of them can be used with it. The certificates are given.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from cpl.product import CplEntry
from gateway.sandbox import models
from gateway.sandbox.estate import Home
from gateway.sandbox.identities import Member
from gateway.sandbox.lists import cpl_entries, entry_ids
from gateway.sandbox.models import SampleModel
from gateway.sandbox.places import mpan, mprn
from gateway.sandbox.plans import State
from gateway.settings import SettingsError
from routing.inventory import Device
from routing.parties import Registration
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation, UserId, UserRole

_REGION: Final = "North"
_INSTALLED: Final = date(2020, 6, 1)
_SINCE: Final = datetime(2020, 6, 1, tzinfo=UTC)
_MPAN: Final = mpan(20, 2_000_000_001)
_EXPORT_MPAN: Final = mpan(20, 2_000_000_002)
_MPRN: Final = mprn(55_000_001)
_METER_POINTS: Final = {
    UserRole.IMPORT_SUPPLIER: (_MPAN,),
    UserRole.EXPORT_SUPPLIER: (_EXPORT_MPAN,),
    UserRole.GAS_SUPPLIER: (_MPRN,),
    UserRole.ELECTRICITY_DISTRIBUTOR: (_MPAN, _EXPORT_MPAN),
    UserRole.GAS_TRANSPORTER: (_MPRN,),
    UserRole.REGISTERED_SUPPLIER_AGENT: (),
    UserRole.OTHER_USER: (),
}

TEMPLATE_IMAGE_HASH: Final = bytes.fromhex("AA758690730934FF0685AA758690730934FF0685657788990011223344556677")
"""What the 11.3 templates activate."""
TEMPLATE_IMAGE_VERSION: Final = "00020200"
"""Of that image; made up."""


def _rtds(last: int) -> DeviceId:
    return DeviceId(0x00DB1234_56789000 | last)


_DEVICES: Final[tuple[tuple[int, DeviceType, SampleModel], ...]] = (
    (0xA0, DeviceType.ESME, models.ESME_SINGLE),
    (0xA1, DeviceType.GSME, models.GSME),
    (0xA2, DeviceType.CHF, models.HUB_NORTH),
    (0xA3, DeviceType.GPF, models.HUB_NORTH),
    (0xA4, DeviceType.PPMID, models.PPMID),
)
_IF_CERTIFIED: Final[tuple[tuple[int, DeviceType, SampleModel], ...]] = (
    (0xA5, DeviceType.HCALCS, models.HCALCS),
    (0xA6, DeviceType.HCALCS, models.HCALCS),
)
"""Further devices, which the home has when their certificates are given; their type is assumed."""
_HUB, _GPF = _rtds(0xA2), _rtds(0xA3)


class RtdsHome(msgspec.Struct, frozen=True, kw_only=True):
    home: Home
    devices: tuple[Device, ...]
    registrations: tuple[Registration, ...]
    certificates: dict[DeviceId, bytes]
    """DER of the key agreement certificates that were given."""
    named: dict[str, DeviceId]


def rtds_home(folder: Path | None, users: Iterable[Member]) -> RtdsHome:
    """``folder`` holds ``<eui>-ka.pem``. Raises SettingsError naming a certificate that cannot be read."""
    certificates = {} if folder is None else _certificates(folder)
    rows = (*_DEVICES, *(row for row in _IF_CERTIFIED if _rtds(row[0]) in certificates))
    devices = tuple(_device(_rtds(last), kind, model) for last, kind, model in rows)
    registrations = tuple(_registrations(users))
    by_type = {device.type: device.id for device in reversed(devices)}
    home = Home(
        number=0,
        generation=Generation.SMETS2,
        cohort=None,
        region=_REGION,
        state=State.COMMISSIONED,
        electricity_supplier=_supplier(registrations, UserRole.IMPORT_SUPPLIER),
        gas_supplier=_supplier(registrations, UserRole.GAS_SUPPLIER),
        devices=by_type,
    )
    named = {f"rtds-{kind.value.lower()}": device for kind, device in by_type.items()}
    return RtdsHome(home=home, devices=devices, registrations=registrations, certificates=certificates, named=named)


def template_entries() -> tuple[CplEntry, ...]:
    """CPL entries for the image that the 11.3 templates activate, on the models of ESME and GSME."""
    return tuple(
        CplEntry(
            entry_id=entry_id,
            device_type=model.device_type,
            generation=model.generation,
            manufacturer=model.manufacturer,
            model=model.model,
            firmware_version=TEMPLATE_IMAGE_VERSION,
            vendor_version=f"{TEMPLATE_IMAGE_VERSION} (invented)",
            firmware_hash=TEMPLATE_IMAGE_HASH,
            smets_chts_version=model.smets_chts_version,
            gbcs_version=model.gbcs_version,
            esme_variant=model.esme_variant,
        )
        for entry_id, model in (("200001", models.ESME_SINGLE), ("200002", models.GSME))
    )


def _certificates(folder: Path) -> dict[DeviceId, bytes]:
    if not folder.is_dir():
        raise SettingsError(f"{folder}: expected a folder of device certificates (<eui>-ka.pem), found none")
    found: dict[DeviceId, bytes] = {}
    for last, _, _ in (*_DEVICES, *_IF_CERTIFIED):
        device = _rtds(last)
        file = folder / f"{device.octets.hex()}-ka.pem"
        try:
            found[device] = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as fault:
            raise SettingsError(f"{file}: cannot be read as a certificate: {fault}") from None
    return found


def _device(device: DeviceId, kind: DeviceType, model: SampleModel) -> Device:
    gas = kind in {DeviceType.GSME, DeviceType.GPF}
    electricity = kind is DeviceType.ESME
    return Device(
        id=device,
        type=kind,
        status=DeviceStatus.COMMISSIONED,
        manufacturer=model.manufacturer,
        model=model.model,
        firmware_version=model.current.version,
        smets_chts_version=model.smets_chts_version,
        prenotified_as=model.generation,
        cpl_entry=entry_ids(cpl_entries())[(model.manufacturer, model.model, model.current.version)],
        hub=None if kind is DeviceType.CHF else _HUB,
        associated_gpf=_GPF if kind is DeviceType.CHF else None,
        import_mpxn=_MPRN if gas else _MPAN if electricity else None,
        export_mpan=_EXPORT_MPAN if electricity else None,
        esme_variant=model.esme_variant,
        gbcs_version=model.gbcs_version,
        csp_region=_REGION,
        date_commissioned=_INSTALLED,
        uprn="100090000000",
        postcode="LS1 4AP",
        address="1 Alder Way",
    )


def _registrations(users: Iterable[Member]) -> Iterable[Registration]:
    for user in users:
        for role in user.roles:
            for mpxn in _METER_POINTS[role]:
                yield Registration(mpxn=mpxn, role=role, party=user.id, start=_SINCE)


def _supplier(registrations: Iterable[Registration], role: UserRole) -> UserId | None:
    return next((r.party for r in registrations if r.role is role), None)
