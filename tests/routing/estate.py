"""An estate for routing tests: two homes, a product list, two suppliers, and short ways to ask for something.

Every identifier is made up. ``asks`` makes a request, ``facts`` what the door would have found for it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

import msgspec

from cpl.product import CplEntry
from cpl.product_list import ProductList
from routing.decision import Rules
from routing.facts import Facts, Routes
from routing.inventory import Device
from routing.parties import Party, Registration
from routing.policy import CheckOverride, Policy
from routing.services import SERVICES
from schemas.bodies import body_of
from schemas.inventory_bodies import InventoryUpdate, OneDevice, UpdateMPxN
from schemas.request import (
    ActivateFirmware,
    AddDeviceToCHFWhitelist,
    AnyBody,
    DevicePrenotification,
    DisableSupply,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    ReadInventory,
    ServiceRequest,
    SignedPreCommand,
    TopUpDevice,
    UpdateFirmware,
    UpdateHANDeviceLog,
)
from schemas.vocabulary import (
    SIGNED_PRE_COMMANDS,
    CommandVariant,
    CplStatus,
    DeviceId,
    DeviceStatus,
    DeviceType,
    Generation,
    RequestId,
    ServiceReferenceVariant,
    UserId,
    UserRole,
    WebService,
)

NOW: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DCC: Final = DeviceId.parse("DC-C0-00-00-00-00-00-02")
SUPPLIER: Final = UserId.parse("5A-00-00-00-00-00-00-01")
OTHER_SUPPLIER: Final = UserId.parse("5A-00-00-00-00-00-00-02")

SUPPLIER_PARTY: Final = Party(
    id=SUPPLIER, name="Northern Supply", roles=(UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER)
)
OTHER_PARTY: Final = Party(
    id=OTHER_SUPPLIER, name="Southern Supply", roles=(UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER)
)

# ---- product list

IMAGE: Final = bytes.fromhex("A1" * 32)
WITHDRAWN_IMAGE: Final = bytes.fromhex("B2" * 32)
SMETS1_IMAGE: Final = bytes.fromhex("C3" * 32)


def entry(entry_id: str, device_type: DeviceType, model: str, firmware: str, **changes: object) -> CplEntry:
    base = CplEntry(
        entry_id=entry_id,
        device_type=device_type,
        generation=Generation.SMETS2,
        manufacturer="10A1",
        model=model,
        firmware_version=firmware,
    )
    return msgspec.structs.replace(base, **changes)


PRODUCTS: Final = ProductList(
    [
        entry("100", DeviceType.ESME, "ESME2", "00020001", firmware_hash=IMAGE),
        entry("101", DeviceType.ESME, "ESME2", "00020002"),
        entry(
            "102",
            DeviceType.ESME,
            "ESME2",
            "00010009",
            firmware_hash=WITHDRAWN_IMAGE,
            status=CplStatus.WITHDRAWN,
            status_since=date(2025, 5, 1),
        ),
        entry("110", DeviceType.ESME, "ESME1", "00020001", generation=Generation.SMETS1, firmware_hash=SMETS1_IMAGE),
        entry("120", DeviceType.GSME, "GSME2", "00030001"),
        entry("130", DeviceType.PPMID, "BILINGUAL", "00004002"),
        entry("131", DeviceType.PPMID, "BILINGUAL", "FFFF0001", generation=Generation.SMETS1),
        entry("140", DeviceType.PPMID, "MONOLINGUAL", "00004003"),
        entry("150", DeviceType.CHF, "HUB2", "00050001"),
    ]
)

# ---- homes


def device(text: str, device_type: DeviceType, model: str, generation: Generation, **changes: object) -> Device:
    base = Device(
        id=DeviceId.parse(text),
        type=device_type,
        status=DeviceStatus.COMMISSIONED,
        manufacturer="10A1",
        model=model,
        prenotified_as=generation,
    )
    return msgspec.structs.replace(base, **changes)


HUB_2: Final = device(
    "F2-00-00-00-00-00-00-01",
    DeviceType.CHF,
    "HUB2",
    Generation.SMETS2,
    firmware_version="00050001",
    csp_region="North",
)
ESME_2: Final = device(
    "F2-00-00-00-00-00-00-02",
    DeviceType.ESME,
    "ESME2",
    Generation.SMETS2,
    firmware_version="00020001",
    hub=HUB_2.id,
    import_mpxn="1200000000002",
)
GSME_2: Final = device(
    "F2-00-00-00-00-00-00-03", DeviceType.GSME, "GSME2", Generation.SMETS2, hub=HUB_2.id, import_mpxn="4000000002"
)
GPF_2: Final = device("F2-00-00-00-00-00-00-04", DeviceType.GPF, "HUB2", Generation.SMETS2, hub=HUB_2.id)
PPMID_2: Final = device("F2-00-00-00-00-00-00-05", DeviceType.PPMID, "BILINGUAL", Generation.SMETS2, hub=HUB_2.id)
SMETS2_HOME: Final = (HUB_2, ESME_2, GSME_2, GPF_2, PPMID_2)

HUB_1: Final = device("F1-00-00-00-00-00-00-01", DeviceType.CHF, "HUB1", Generation.SMETS1, s1sp="S1SP-A")
ESME_1: Final = device(
    "F1-00-00-00-00-00-00-02",
    DeviceType.ESME,
    "ESME1",
    Generation.SMETS1,
    hub=HUB_1.id,
    s1sp="S1SP-A",
    import_mpxn="1200000000001",
)
PPMID_1: Final = device("F1-00-00-00-00-00-00-05", DeviceType.PPMID, "BILINGUAL", Generation.SMETS1, hub=HUB_1.id)
SMETS1_HOME: Final = (HUB_1, ESME_1, PPMID_1)

HUB_0: Final = device("F2-00-00-00-00-00-00-0A", DeviceType.CHF, "HUB2", Generation.SMETS2, csp_region="South")
"""A hub that nothing is joined to yet."""
ESTATE: Final = (*SMETS2_HOME, *SMETS1_HOME, HUB_0)
HOME_MPXNS: Final = ((HUB_2.id, ("1200000000002", "4000000002")), (HUB_1.id, ("1200000000001",)))
STRANGER: Final = DeviceId.parse("FF-00-00-00-00-00-00-FF")
"""In no inventory."""

REGISTERED_FROM: Final = datetime(2024, 1, 1, tzinfo=UTC)
REGISTERED_UNTIL: Final = datetime(2026, 6, 1, tzinfo=UTC)
REGISTRATIONS: Final = tuple(
    Registration(mpxn=mpxn, role=role, party=SUPPLIER, start=REGISTERED_FROM, end=REGISTERED_UNTIL)
    for mpxn, role in (
        ("1200000000001", UserRole.IMPORT_SUPPLIER),
        ("1200000000002", UserRole.IMPORT_SUPPLIER),
        ("4000000002", UserRole.GAS_SUPPLIER),
    )
)

# ---- rules

ROUTES: Final = Routes(s1sps=frozenset({"S1SP-A", "S1SP-B"}), regions=frozenset({"North", "South"}))


def rules(**policy: object) -> Rules:
    """The rules on the estate's product list, with these fields of the policy."""
    return Rules(Policy(**policy), PRODUCTS, ROUTES, DCC)


def refusing(name: str, **policy: object) -> Rules:
    """With one check refusing what it would only advise on."""
    return rules(checks={name: CheckOverride(refuses=True)}, **policy)


RULES: Final = rules()

# ---- requests

ADDITION: Final = AddDeviceToCHFWhitelist(join_time_period=600, install_code=bytes(8))
BODIES: Final[dict[str, AnyBody]] = {
    "2.2": TopUpDevice(utrn="12345678901234567890"),
    "4.1.1": ReadInstantaneousImportRegisters(),
    "4.8.1": ReadActiveImportProfileData(start=REGISTERED_FROM, end=NOW),
    "7.2": DisableSupply(),
    "8.2": ReadInventory(device=ESME_2.id),
    "8.3": body_of("DecommissionDevice", OneDevice(device_id=ESME_2.id)),
    "8.4": body_of("UpdateInventory", InventoryUpdate(device_id=ESME_2.id, change=UpdateMPxN(export_mpan="12"))),
    "8.11": UpdateHANDeviceLog(device=PPMID_2.id, request_type="Add", add=ADDITION),
    "11.1": UpdateFirmware(firmware_version="00020001", devices=(ESME_2.id,), image_characters=4),
    "11.2": ReadFirmwareVersion(),
    "11.3": ActivateFirmware(firmware_hash=IMAGE),
    "12.2": DevicePrenotification(
        device=STRANGER, manufacturer="10A1", model="ESME2", device_type=DeviceType.ESME, firmware_version="00020001"
    ),
}
"""A body that nothing is wrong with, by service reference variant."""

TRANSFORM, SEND_COMMAND, NON_DEVICE = WebService.TRANSFORM, WebService.SEND_COMMAND, WebService.NON_DEVICE
_POSTED_TO: Final = dict(
    zip(
        CommandVariant,
        (
            *(SEND_COMMAND, NON_DEVICE, SEND_COMMAND, TRANSFORM, SEND_COMMAND, NON_DEVICE, SEND_COMMAND),
            *(NON_DEVICE, NON_DEVICE),
        ),
        strict=True,
    )
)
SIGNED: Final = SignedPreCommand(gbcs_payload=b"\xdf\x01")


def asks(
    srv: str,
    target: Device | DeviceId = DCC,
    variant: int | None = None,
    body: AnyBody | None = None,
    *,
    reference: str | None = None,
    originator: UserId = SUPPLIER,
) -> ServiceRequest:
    """A request; what is not given is what a well-behaved client would send."""
    service = SERVICES.get(ServiceReferenceVariant(srv))
    if variant is None:
        variant = 1 if service is None else min(service.command_variants)
    if body is None:
        body = SIGNED if variant in SIGNED_PRE_COMMANDS else BODIES[srv]
    return ServiceRequest(
        request_id=RequestId(originator, target.id if isinstance(target, Device) else target, 2**64 - 1),
        schema_version="5.4",
        command_variant=CommandVariant(variant),
        service_reference=reference or ".".join(srv.split(".")[:2]),
        variant=ServiceReferenceVariant(srv),
        body=body,
    )


def facts(request: ServiceRequest, **changes: object) -> Facts:
    """What the door finds: the supplier, the whole estate, its registrations. ``changes`` are fields of Facts."""
    base = Facts(
        request=request,
        web_service=_POSTED_TO[request.command_variant],
        time=NOW,
        party={SUPPLIER: SUPPLIER_PARTY, OTHER_SUPPLIER: OTHER_PARTY}.get(request.request_id.originator),
        devices=ESTATE,
        registrations=REGISTRATIONS,
        home_mpxns=HOME_MPXNS,
        matches=(ESME_2,) if request.variant == "8.2" else (),
    )
    return msgspec.structs.replace(base, **changes)


def the_supplier(**changes: object) -> Party:
    """The supplier with its record changed."""
    return msgspec.structs.replace(SUPPLIER_PARTY, **changes)


def changed(one: Device, **changes: object) -> tuple[Device, ...]:
    """The estate with one device's record changed."""
    return tuple(msgspec.structs.replace(d, **changes) if d.id == one.id else d for d in ESTATE)
