"""Requests of all services: what is valid is read, written and read to the same; bodies answer what rules ask."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from mutants import mutants
from schema_instances import Instances, choices_of, document, elements, names_in, own_instances, some
from schemas_world import DEVICE, SCHEMA, canonical_form, request

from schemas.bodies import STRUCTS, body_as, body_of
from schemas.body_questions import DEVICE_ELEMENTS, Firmware, Period, devices_named, firmware, period
from schemas.credential_bodies import OwnCredentialsUpdate, RemotePartyRole
from schemas.inventory_bodies import DeleteDevice, InventoryUpdate, OtherDevice
from schemas.reading import read_request_unverified
from schemas.records import from_builtins, to_builtins
from schemas.request import AnyBody, Fault, OtherBody, ServiceRequest
from schemas.request_writing import write_request
from schemas.schedule_bodies import PeriodRead, PeriodReadName, ReadingSchedule, ScheduleFrequency, ScheduleQuestion
from schemas.value_texts import Day
from schemas.vocabulary import DeviceId, ServiceReferenceVariant
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

SR = f"{{{DUIS_NAMESPACE}}}"
BODIES = choices_of("RequestBody", "bodies.xsd")
"""Of the 129 services, and that of a Signed Pre-Command."""
every_body = pytest.mark.parametrize("body", BODIES)


@pytest.fixture(scope="module")
def instances() -> Instances:
    return own_instances()


def drawn_request(data: st.DataObject, instances: Instances, body: str) -> etree._Element:
    header = data.draw(elements(instances.named("Request/Header")))
    root = document("Request", header, data.draw(elements(instances.named(f"Request/Body/{body}"))))
    for image in root.iter(f"{SR}FirmwareImage"):  # how its lines are broken is no value
        image.text = "".join((image.text or "").split())
    return root


def read(octets: bytes, schema: DuisSchema = SCHEMA) -> ServiceRequest:
    outcome = read_request_unverified(octets, schema)
    assert isinstance(outcome, ServiceRequest), outcome
    return outcome


def image_in(root: etree._Element) -> bytes:
    return base64.b64decode(root.findtext(f".//{SR}FirmwareImage") or "")


def test_there_is_a_body_for_every_service() -> None:
    assert 129 + 1 == len(set(BODIES))


@every_body
@some(15)
@given(data=st.data())
def test_a_request_reads_back_after_writing(instances: Instances, body: str, data: st.DataObject) -> None:
    root = drawn_request(data, instances, body)
    values = read(etree.tostring(root))
    written = write_request(values, image_in(root))
    assert canonical_form(written) == written
    assert names_in(root) == names_in(etree.fromstring(written))
    assert values == read(written)
    assert values == from_builtins(to_builtins(values), ServiceRequest)


@every_body
@some(4)
@given(data=st.data())
def test_a_written_request_is_valid_in_the_published_set(
    instances: Instances, published: DuisSchema, body: str, data: st.DataObject
) -> None:
    root = drawn_request(data, instances, body)
    values = read(etree.tostring(root), published)
    assert values == read(write_request(values, image_in(root)), published)


# ---- bodies with a struct of their own


@pytest.mark.parametrize("body", STRUCTS)
@some(15)
@given(data=st.data())
def test_a_struct_holds_all_that_its_body_says(instances: Instances, body: str, data: st.DataObject) -> None:
    root = drawn_request(data, instances, body)
    values = read(etree.tostring(root))
    value: Any = body_as(STRUCTS[body], values.body)
    again = msgspec.structs.replace(values, body=body_of(body, value))
    written = write_request(again)
    assert names_in(root) == names_in(etree.fromstring(written))
    assert value == body_as(STRUCTS[body], read(written).body)
    assert values.body.execution == again.body.execution
    assert value == from_builtins(to_builtins(value), STRUCTS[body])


def body(inside: str) -> AnyBody:
    return read(request(inside)).body


PERIOD = (
    "<sr:ReadLogPeriod><sr:StartDateTime>2026-06-01T00:00:00+01:00</sr:StartDateTime>"
    "<sr:EndDateTime>2026-07-01T00:00:00.00Z</sr:EndDateTime></sr:ReadLogPeriod>"
)
JUNE = Period(datetime(2026, 5, 31, 23, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC))
OTHER = "c0-00-00-00-00-00-00-0f"
JOIN = f"<sr:JoinServiceCritical><sr:OtherDeviceID>{OTHER}</sr:OtherDeviceID></sr:JoinServiceCritical>"
DELETE = (
    f"<sr:UpdateInventory><sr:DeviceID>{DEVICE}</sr:DeviceID><sr:DeleteDevice></sr:DeleteDevice></sr:UpdateInventory>"
)
SCHEDULE = (
    "<sr:CreateSchedule><sr:ScheduleFrequency>Half-Yearly</sr:ScheduleFrequency><sr:ScheduleStartDate>2026-12-01"
    "</sr:ScheduleStartDate><sr:ScheduleEndDate>2027-12-01+01:00</sr:ScheduleEndDate>"
    "<sr:DSPScheduledServiceReference>4.8</sr:DSPScheduledServiceReference><sr:DSPScheduledServiceReferenceVariant>"
    f"4.8.1</sr:DSPScheduledServiceReferenceVariant><sr:DeviceID>{DEVICE}</sr:DeviceID>"
    "<sr:DSPReadActiveImportProfileData><sr:StartDateOffset>-2</sr:StartDateOffset><sr:StartTime>00:00:00Z"
    "</sr:StartTime><sr:EndDateOffset>0</sr:EndDateOffset><sr:EndTime>23:59:59.5Z</sr:EndTime>"
    "</sr:DSPReadActiveImportProfileData></sr:CreateSchedule>"
)


def test_a_join_is_read_as_the_other_device() -> None:
    assert OtherDevice(other_device_id=DeviceId.parse(OTHER)) == body_as(OtherDevice, body(JOIN))


def test_an_update_of_the_inventory_is_read_as_its_change() -> None:
    expected = InventoryUpdate(device_id=DeviceId.parse(DEVICE), change=DeleteDevice())
    assert expected == body_as(InventoryUpdate, body(DELETE))


def test_a_schedule_is_read_with_its_days_in_their_zones_and_its_read() -> None:
    expected = ReadingSchedule(
        schedule_frequency=ScheduleFrequency.HALF_YEARLY,
        schedule_start_date=Day(datetime(2026, 12, 1, tzinfo=UTC).date()),
        schedule_end_date=Day(datetime(2027, 12, 1, tzinfo=UTC).date(), 60),
        dsp_scheduled_service_reference="4.8",
        dsp_scheduled_service_reference_variant=ServiceReferenceVariant("4.8.1"),
        device_id=DeviceId.parse(DEVICE),
        read=PeriodRead(
            name=PeriodReadName.ACTIVE_IMPORT_PROFILE_DATA,
            start_date_offset=-2,
            start_time=datetime(2026, 1, 1, tzinfo=UTC).timetz(),
            end_date_offset=0,
            end_time=datetime(2026, 1, 1, 23, 59, 59, 500_000, tzinfo=UTC).timetz(),
        ),
    )
    assert expected == body_as(ReadingSchedule, body(SCHEDULE))


def test_certificates_that_are_all_left_out_still_have_their_elements() -> None:
    text = (
        "<sr:UpdateSecurityCredentialsKRP><sr:RemotePartyRole>\n Supplier </sr:RemotePartyRole>"
        "<sr:ReplacementCertificates><sr:SupplierOrNetworkOperatorCertificates></sr:SupplierOrNetworkOperatorCertificates>"
        "</sr:ReplacementCertificates><sr:CertificationPathCertificates><sr:Certificate>AQI=</sr:Certificate>"
        "</sr:CertificationPathCertificates><sr:ApplyTimeBasedCPVChecks>1</sr:ApplyTimeBasedCPVChecks>"
        "</sr:UpdateSecurityCredentialsKRP>"
    )
    found = body_as(OwnCredentialsUpdate, body(text))
    assert isinstance(found, OwnCredentialsUpdate)
    assert (RemotePartyRole.SUPPLIER, (b"\1\2",), True) == (
        found.remote_party_role,
        found.certification_path,
        found.apply_time_based_cpv_checks,
    )
    assert (
        "SupplierOrNetworkOperatorCertificates"
        in write_request(
            msgspec.structs.replace(read(request(text)), body=body_of("UpdateSecurityCredentialsKRP", found))
        ).decode()
    )


@pytest.mark.parametrize(
    ("of", "inside"),
    [(ScheduleQuestion, JOIN), (OtherDevice, DELETE), (OtherDevice, "<sr:DisableSupply></sr:DisableSupply>")],
    ids=["another service", "the inventory's", "a body with a struct in schemas.request"],
)
def test_a_body_of_another_service_is_not_read(of: type[Any], inside: str) -> None:
    assert None is body_as(of, body(inside))


def test_a_value_is_written_only_as_a_body_that_it_can_be() -> None:
    with pytest.raises(ValueError, match=r"^DecommissionDevice is not read as OtherDevice$"):
        body_of("DecommissionDevice", OtherDevice(other_device_id=DeviceId(1)))


@pytest.mark.parametrize(
    ("inside", "path", "message"),
    [
        (
            SCHEDULE.replace("2026-12-01", "12026-12-01"),
            "ScheduleStartDate",
            "expected a date between the years 1 and 9999, found '12026-12-01'",
        ),
        (
            SCHEDULE.replace(
                "<sr:DSPScheduledServiceReference>",
                "<sr:KAPublicSecurityCredential>AQ!I=</sr:KAPublicSecurityCredential><sr:DSPScheduledServiceReference>",
            ),
            "KAPublicSecurityCredential",
            "expected base64, found characters outside its alphabet or a wrong length",
        ),
    ],
    ids=["a day out of reach", "octets that are none"],
)
def test_what_no_value_can_hold_is_a_fault_with_its_place(inside: str, path: str, message: str) -> None:
    expected = Fault(message=message, path=f"/Request/Body/CreateSchedule/{path}")
    assert expected == body_as(ReadingSchedule, body(inside))


@every_body
@some(4)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_whatever_is_valid_answers_every_question(
    instances: Instances, body: str, data: st.DataObject, seed: int
) -> None:
    for mutant in mutants(etree.tostring(drawn_request(data, instances, body)), seed, 6):
        outcome = read_request_unverified(mutant.document, SCHEMA)
        if isinstance(outcome, ServiceRequest):
            struct = STRUCTS.get(body, OtherDevice)
            assert isinstance(body_as(struct, outcome.body), struct | Fault | None), mutant.name
            assert isinstance(devices_named(outcome.body), tuple), mutant.name
            assert isinstance(period(outcome.body), Period | Fault | None), mutant.name
            assert isinstance(firmware(outcome.body), Firmware | None), mutant.name


# ---- what rules ask


def test_every_element_that_names_devices_is_asked(instances: Instances) -> None:
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for name in BODIES:
        for declared in instances.named(f"Request/Body/{name}").iter():
            if declared.type.is_simple() and declared.local_name is not None:
                kinds = {kind.local_name for kind in declared.type.iter_components()} | {declared.type.local_name}
                base = declared.type.base_type
                kinds |= {base.local_name} if base is not None else set()
                found[bool(kinds & {"Eui64", "Eui64List"})].add(declared.local_name)
    assert DEVICE_ELEMENTS == found[True]
    assert set() == DEVICE_ELEMENTS & found[False]


@every_body
@some(8)
@given(data=st.data())
def test_a_body_names_the_devices_that_stand_in_it(instances: Instances, body: str, data: st.DataObject) -> None:
    root = drawn_request(data, instances, body)
    texts = [e.text or "" for e in root[1].iter("*") if etree.QName(e).localname in DEVICE_ELEMENTS]
    expected = [DeviceId.parse(one.strip()) for text in texts for one in text.split(",")]
    assert expected == list(devices_named(read(etree.tostring(root)).body))


def named(name: str, inside: str) -> str:
    return f"<sr:{name}>{inside}</sr:{name}>"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (named("ReadActiveImportProfileData", PERIOD), JUNE),
        (named("ReadNetworkData", PERIOD), JUNE),
        (named("ReadEventOrSecurityLog", f"{PERIOD}<sr:LogToRead>Event</sr:LogToRead>"), JUNE),
        (
            "<sr:LimitAPCLevel auxiliaryControllerN='1'><sr:StartDateTime>2026-06-01T00:00:00+01:00</sr:StartDateTime>"
            "<sr:EndDateTime>2026-07-01T00:00:00</sr:EndDateTime><sr:CommandedStateLevel>0</sr:CommandedStateLevel>"
            "</sr:LimitAPCLevel>",
            JUNE,
        ),
        ("<sr:DisableSupply></sr:DisableSupply>", None),
        (JOIN, None),
        (
            named("ReadNetworkData", PERIOD.replace("2026-07", "12026-07")),
            Fault(
                message="expected a date and time between the years 1 and 9999, found '12026-07-01T00:00:00.00Z'",
                path="/Request/Body/ReadNetworkData/ReadLogPeriod",
            ),
        ),
    ],
    ids=[
        "of a body with a struct",
        "of a body kept as it stands",
        "of an event log",
        "of a level",
        "of a body without any",
        "of a body of other things",
        "out of reach",
    ],
)
def test_the_period(inside: str, expected: Period | Fault | None) -> None:
    assert expected == period(body(inside))


IMAGE = "<sr:FirmwareImage>AAECAw==</sr:FirmwareImage><sr:FirmwareVersion>0A0B0C0D</sr:FirmwareVersion>"
LIST = f"<sr:DeviceIDList>{DEVICE}</sr:DeviceIDList>"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (named("UpdateFirmware", IMAGE + LIST), Firmware(version="0A0B0C0D", image_characters=8)),
        (named("UpdatePPMIDFirmware", IMAGE + LIST), Firmware(version="0A0B0C0D", image_characters=8)),
        (named("ActivateFirmware", named("FirmwareHash", "0a" * 32)), Firmware(image_hash=b"\n" * 32)),
        (
            DELETE.replace(named("DeleteDevice", ""), named("UpdateDeviceDetails", named("FirmwareVersion", "1"))),
            Firmware(version="1"),
        ),
        (
            named(
                "DevicePrenotification",
                f"<sr:DeviceID>{DEVICE}</sr:DeviceID><sr:DeviceManufacturer></sr:DeviceManufacturer><sr:DeviceModel>"
                "</sr:DeviceModel><sr:DeviceType>IHD</sr:DeviceType><sr:FirmwareVersion>2</sr:FirmwareVersion>",
            ),
            Firmware(version="2"),
        ),
        (DELETE, None),
        (JOIN, None),
    ],
    ids=["of 11.1", "of 11.4", "of 11.3", "of 8.4", "of 12.2", "of an 8.4 of other things", "of another service"],
)
def test_the_firmware(inside: str, expected: Firmware | None) -> None:
    assert expected == firmware(body(inside))


def test_a_body_kept_as_it_stands_is_not_lost_in_records() -> None:
    assert isinstance(body(JOIN), OtherBody)
    assert body(JOIN) == from_builtins(to_builtins(body(JOIN)), OtherBody)
