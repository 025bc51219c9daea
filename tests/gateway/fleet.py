"""Devices of mixed generation, status and model, and where each belongs when all of them stand in one 11.1.

What is expected is written beside each kind of device, and nothing of it is worked out by the gateway's own rules.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from lxml import etree

from cpl.product import CplEntry
from cpl.writing import write_cpl
from gateway.product_revisions import ListKind, ProductRevisions
from routing.inventory import Device
from routing.parties import Registration
from schemas.vocabulary import DeviceId, DeviceStatus, DeviceType, Generation, UserId, UserRole

VERSION: Final = "00020001"
EACH: Final = 160
"""Devices of one kind."""
LISTS: Final = (
    "InvalidDeviceIDList",
    "NotCommissionedDeviceIDList",
    "NotApplicableFirmwareDeviceIDList",
    "OtherRequestInProgressList",
    "InvalidGBCSVersionList",
)
INVALID, NOT_COMMISSIONED, NOT_APPLICABLE, IN_PROGRESS, INVALID_GBCS = LISTS
SMETS1: Final = {"prenotified_as": Generation.SMETS1, "model": "ONE"}

# What is said of a device besides the ordinary; where it belongs; what is said of its hub.
KINDS: Final[dict[str, tuple[dict[str, Any], str, dict[str, Any]]]] = {
    "SMETS2+ in the north": ({}, "/wan/North", {"csp_region": "North"}),
    "SMETS2+ whose record has the region": ({"csp_region": "Central"}, "/wan/Central", {}),
    "SMETS1 with its own provider": (SMETS1 | {"s1sp": "secure"}, "/s1sp/secure", {"s1sp": "mds"}),
    "SMETS1 with its hub's provider": (SMETS1, "/s1sp/mds", {"s1sp": "mds"}),
    "a PPMID in the home": ({"type": DeviceType.PPMID, "import_mpxn": None}, "/wan/North", {"csp_region": "North"}),
    "Pending": ({"status": DeviceStatus.PENDING}, NOT_COMMISSIONED, {"csp_region": "North"}),
    "Suspended SMETS1": (SMETS1 | {"status": DeviceStatus.SUSPENDED}, NOT_COMMISSIONED, {"s1sp": "mds"}),
    "of a model without that version": ({"model": "OTHER"}, NOT_APPLICABLE, {"csp_region": "North"}),
    "another supplier's": ({"import_mpxn": "theirs"}, INVALID, {"csp_region": "North"}),
    "behind a provider that is not reached": ({}, INVALID, {"csp_region": "Atlantis"}),
    "that would go back to an older GBCS": ({"gbcs_version": "4.1"}, INVALID_GBCS, {"csp_region": "North"}),
    "not in the inventory": ({}, INVALID, {}),
}


class Fleet:
    """Devices of every kind, each with a hub of its own, and where each belongs."""

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.registrations: list[Registration] = []
        self.places: dict[DeviceId, str] = {}

    def add(self, number: int, kind: str) -> None:
        said, place, of_hub = KINDS[kind]
        hub = DeviceId(0xF1 << 56 | number)
        record: dict[str, Any] = {
            "id": DeviceId(0xF2 << 56 | number),
            "type": DeviceType.ESME,
            "status": DeviceStatus.COMMISSIONED,
            "manufacturer": "FLEET",
            "model": "TWO",
            "prenotified_as": Generation.SMETS2,
            "hub": hub,
            "import_mpxn": f"{number:013}",
        } | said
        self.places[record["id"]] = place
        if kind == "not in the inventory":
            return
        generation = record["prenotified_as"]
        hub_facts = {"type": DeviceType.CHF, "manufacturer": "FLEET", "model": "HUB", "prenotified_as": generation}
        self.devices += [Device(**record), Device(id=hub, **hub_facts, **of_hub)]
        if not record["import_mpxn"]:
            meter = {"id": DeviceId(0xF3 << 56 | number), "type": DeviceType.GSME, "import_mpxn": f"33{number:08}"}
            self.devices.append(Device(**record | meter))


def fleet(user: Callable[[str], UserId], now: datetime) -> Fleet:
    """``user`` knows the suppliers by their names in the world."""
    made = Fleet()
    for number in range(EACH * len(KINDS)):
        made.add(number + 1, list(KINDS)[number % len(KINDS)])
    since = now - timedelta(days=1)
    suppliers = {"theirs": "second supplier"}
    made.registrations = [
        Registration(mpxn=mpxn, role=UserRole.IMPORT_SUPPLIER, party=user(supplier), start=since)
        for mpxn in {mpxn for device in made.devices for mpxn in device.mpxns}
        for supplier in [suppliers.get(mpxn, "supplier")]
    ]
    return made


def product(model: str, generation: Generation, **more: Any) -> CplEntry:
    return CplEntry(
        entry_id=model,
        device_type=DeviceType.ESME,
        generation=generation,
        manufacturer="FLEET",
        model=model,
        firmware_version=VERSION,
        **more,
    )


PRODUCTS: Final = (product("ONE", Generation.SMETS1), product("TWO", Generation.SMETS2, gbcs_version="4.0"))


def listed(store: ProductRevisions) -> str:
    """The revision of a product list that has the fleet's models and nothing else, put in force."""
    revision = store.import_file("cpl.csv", write_cpl(PRODUCTS), ListKind.CPL).revision
    assert revision is not None
    store.activate(revision)
    return revision


def header_and_request(document: bytes) -> tuple[tuple[DeviceId, ...], bytes]:
    """The devices in the routing header of a hand-off, and the request that it encloses."""
    root = etree.fromstring(document, etree.XMLParser(huge_tree=True))
    devices, request = (root.findtext(f".//{{*}}{name}") or "" for name in ("DeviceIDList", "ServiceRequest"))
    return tuple(map(DeviceId.parse, devices.split(","))), base64.b64decode(request)
