"""The RTDS request templates of the services we read: valid in both schema sets, and read to the right values."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from schemas_world import request

from schemas.reading import read_request_unverified
from schemas.request import (
    ActivateFirmware,
    AddDeviceToCHFWhitelist,
    AnyBody,
    DevicePrenotification,
    DisableSupply,
    Malformed,
    OtherBody,
    ReadActiveImportProfileData,
    ReadFirmwareVersion,
    ReadInstantaneousImportRegisters,
    ReadInventory,
    ServiceRequest,
    SignedPreCommand,
    TopUpDevice,
    UpdateFirmware,
    UpdateHANDeviceLog,
    UpdatePPMIDFirmware,
)
from schemas.vocabulary import CommandVariant, DeviceId, DeviceType, RequestId, ServiceReferenceVariant
from schemas.xsd import DuisSchema

SUPPLIER, SECOND_SUPPLIER = "90-B3-D5-1F-30-01-00-00", "90-B3-D5-1F-30-02-00-00"
DSP = "90-B3-D5-1F-30-00-00-02"
ESME, GSME, HUB, GPF, PPMID = (f"00-DB-12-34-56-78-90-A{n}" for n in range(5))
HASH = bytes.fromhex("AA758690730934FF0685AA758690730934FF0685657788990011223344556677")


def midnight(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def esme(number: int) -> DeviceId:
    return DeviceId.parse(ESME[:-1] + str(number))


def profile(start: datetime, end: datetime) -> ReadActiveImportProfileData:
    return ReadActiveImportProfileData(start=start, end=end)


NOW_REGISTERS = ReadInstantaneousImportRegisters()
NEW_YEAR = midnight(2015, 1, 1)

READ: dict[str, tuple[str, int, str, AnyBody]] = {
    "11.1_UPDATE_FIRMWARE": (
        f"{SUPPLIER}:{DSP}:1000",
        8,
        "11.1",
        UpdateFirmware(firmware_version="00000000", devices=(esme(0),), image_characters=484),
    ),
    "12.2_DEVICE_PRE_NOTIFICATION": (
        f"{SUPPLIER}:{DSP}:1000",
        8,
        "12.2",
        DevicePrenotification(
            device=esme(0),
            manufacturer="AB01",
            model="010A030B",
            device_type=DeviceType.ESME,
            smets_chts_version="SMETS V1.58",
            firmware_version="0002012F",
            esme_variant="AD",
        ),
    ),
    "8.2_READ_INVENTORY": (f"{SUPPLIER}:{DSP}:1000", 8, "8.2", ReadInventory(device=esme(2))),
    "CCS01_8.11_SUCCESS": (
        f"{SUPPLIER}:{HUB}:1002",
        1,
        "8.11",
        UpdateHANDeviceLog(
            device=esme(0),
            request_type="Add",
            add=AddDeviceToCHFWhitelist(
                join_time_period=90,
                install_code=b"0123456789ABCDEF",
                import_mpxn="1312345678111",
                secondary_import_mpan="1312345678222",
            ),
        ),
    ),
    "CCS02_8.11_SUCCESS": (
        f"{SUPPLIER}:{HUB}:1002",
        1,
        "8.11",
        UpdateHANDeviceLog(device=esme(0), request_type="Remove"),
    ),
    "CS01a_2.2_SUCCESS": (f"{SUPPLIER}:{ESME}:12884901888", 1, "2.2", TopUpDevice(utrn="73946144332040217315")),
    "CS01b_2.2_SUCCESS": (f"{SUPPLIER}:{GSME}:25769803776", 1, "2.2", TopUpDevice(utrn="73950067887105178605")),
    "CS06_11.3_CANCELLATION_SUCCESS": (
        f"{SUPPLIER}:{ESME}:1002",
        4,
        "11.3",
        ActivateFirmware(execution=midnight(3000, 12, 31), firmware_hash=HASH),
    ),
    "CS06_11.3_FUTURE_DATED_SUCCESS": (
        f"{SUPPLIER}:{ESME}:1001",
        4,
        "11.3",
        ActivateFirmware(execution=midnight(2030, 1, 15, 9), firmware_hash=HASH),
    ),
    "CS06_11.3_IMMEDIATE_SUCCESS": (f"{SUPPLIER}:{ESME}:1000", 4, "11.3", ActivateFirmware(firmware_hash=HASH)),
    "CS08_11.2_SUCCESS": (f"{DSP}:{PPMID}:1000", 1, "11.2", ReadFirmwareVersion()),
    "ECS17b_4.1.1_DSP_FUTURE_DATED": (
        f"{SUPPLIER}:{ESME}:1000",
        1,
        "4.1.1",
        ReadInstantaneousImportRegisters(execution=midnight(2015, 1, 15, 9)),
    ),
    "ECS17b_4.1.1": (f"{SUPPLIER}:{ESME}:1000", 2, "4.1.1", NOW_REGISTERS),
    "ECS17b_4.1.1_SINGLE_SUCCESS": (f"{SUPPLIER}:{ESME}:1000", 1, "4.1.1", NOW_REGISTERS),
    "ECS17b_4.1.1_TWIN_SUCCESS": (f"{SECOND_SUPPLIER}:{ESME}:1200", 1, "4.1.1", NOW_REGISTERS),
    "ECS22b_4.8.1_SINGLE_SUCCESS": (f"{SUPPLIER}:{ESME}:1002", 1, "4.8.1", profile(midnight(2014, 12, 31), NEW_YEAR)),
    "ECS22b_4.8.1_TWIN_SUCCESS": (f"{SUPPLIER}:{ESME}:1003", 1, "4.8.1", profile(midnight(2014, 12, 31), NEW_YEAR)),
    "ECS43_7.2_SUCCESS": (f"{SUPPLIER}:{ESME}:1000", 4, "7.2", DisableSupply()),
    "ECS52_11.2_SUCCESS": (f"{SUPPLIER}:{ESME}:1000", 1, "11.2", ReadFirmwareVersion()),
    "GCS13a_4.1.1_SUCCESS_RELIABLE_GPF": (f"{SUPPLIER}:{GPF}:1001", 1, "4.1.1", NOW_REGISTERS),
    "GCS13a_4.1.1_SUCCESS_RELIABLE_GSME": (f"{SUPPLIER}:{GPF}:1000", 1, "4.1.1", NOW_REGISTERS),
    "GCS13a_4.1.1_SUCCESS_UNRELIABLE": (f"{SUPPLIER}:{GSME}:1001", 1, "4.1.1", NOW_REGISTERS),
    "GCS17_4.8.1_SUCCESS": (f"{SUPPLIER}:{GSME}:1002", 1, "4.8.1", profile(midnight(2014, 12, 30), NEW_YEAR)),
    "GCS32_7.2_SUCCESS": (f"{SUPPLIER}:{GSME}:1000", 4, "7.2", DisableSupply()),
    "GCS38_11.2_SUCCESS": (f"{SUPPLIER}:{GSME}:1000", 1, "11.2", ReadFirmwareVersion()),
}
"""Template to RequestID, command variant, service reference variant and body."""

SLICE = frozenset({"4.1.1", "4.8.1", "2.2", "7.2", "8.2", "8.11", "11.1", "11.2", "11.3", "12.2"})
_VARIANT = re.compile(rb"ServiceReferenceVariant>([0-9.]+)<")


def template(templates: Path, name: str) -> bytes:
    return (templates / f"{name}_REQUEST_DUIS.XML").read_bytes()


@pytest.mark.parametrize("name", READ)
def test_a_template_reads_to_its_values(templates: Path, either: DuisSchema, name: str) -> None:
    request_id, command_variant, variant, body = READ[name]
    expected = ServiceRequest(
        request_id=RequestId.parse(request_id),
        schema_version="5.4",
        command_variant=CommandVariant(command_variant),
        service_reference=".".join(variant.split(".")[:2]),
        variant=ServiceReferenceVariant(variant),
        body=body,
    )
    found = read_request_unverified(template(templates, name), either)
    assert isinstance(found, ServiceRequest)
    assert expected == without_image(found)


def without_image(request: ServiceRequest) -> ServiceRequest:
    """The image is the reference set's, and what is told of it has tests of its own."""
    body = request.body
    if not isinstance(body, UpdateFirmware):
        return request
    assert body.image is not None
    assert body.image.octets <= body.image_characters * 3 // 4
    return msgspec.structs.replace(request, body=msgspec.structs.replace(body, image=None))


def test_no_template_of_the_slice_is_left_out(templates: Path) -> None:
    found = set()
    for file in templates.iterdir():
        variant = _VARIANT.search(file.read_bytes())
        if variant and variant.group(1).decode() in SLICE:
            found.add(file.name.removesuffix("_REQUEST_DUIS.XML"))
    assert set(READ) == found


def test_every_other_template_is_read_with_a_body_that_no_rule_reads(templates: Path, either: DuisSchema) -> None:
    others = [f for f in templates.iterdir() if f.name.removesuffix("_REQUEST_DUIS.XML") not in READ]
    outcomes = {f.name: read_request_unverified(f.read_bytes(), either) for f in others}
    assert {} == {
        name: outcome
        for name, outcome in outcomes.items()
        if isinstance(outcome, Malformed) or not isinstance(outcome.body, OtherBody | UpdatePPMIDFirmware)
    }


@pytest.mark.parametrize("command_variant", [5, 6, 7])
@pytest.mark.parametrize("variant", ["7.2", "11.3"])
def test_a_signed_pre_command_reads_to_its_octets(either: DuisSchema, variant: str, command_variant: int) -> None:
    body = (
        "<sr:SignedPreCommand><sr:ExecutionDateTime>2030-01-15T09:00:00.00Z</sr:ExecutionDateTime>"
        "<sr:GBCSPayload>3wkB\n AgM=</sr:GBCSPayload></sr:SignedPreCommand>"
    )
    document = request(body, variant=variant, command_variant=command_variant)
    outcome = read_request_unverified(document, either)
    assert isinstance(outcome, ServiceRequest)
    assert CommandVariant(command_variant) == outcome.command_variant
    expected = SignedPreCommand(execution=midnight(2030, 1, 15, 9), gbcs_payload=bytes.fromhex("DF09010203"))
    assert expected == outcome.body
    assert "SignedPreCommand" == outcome.body_element
