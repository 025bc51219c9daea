"""Reads of electricity meters and hubs: the published messages, the choice among use cases, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import pytest
from gbcs_world import BROKER_COUNTER, SECRET, facts, request
from test_gbcs_reference_vectors import BROKER, BUILD_TIME

from gbcs import axdr
from gbcs.build import build_command
from gbcs.facts import DeviceFacts, HubLog, LogEntry
from gbcs.message import Command, GeneralSigned, decode_message
from gbcs.refusal import NoUseCase, Refused
from gbcs.select import select_use_case
from gbcs.usecases import electricity_reads, hub_radio
from gbcs.usecases.usecase import UseCase
from schemas.request import OtherBody, Part, ServiceRequest
from schemas.vocabulary import DeviceId, DeviceType, Eui64, ServiceReferenceVariant, UserRole

SINGLE_PHASE, POLYPHASE = {"phases": 1}, {"phases": 3}
EARLIER, LATER = {"gbcs_version": "1.1"}, {"gbcs_version": "4.0"}
ESME, CHF = DeviceType.ESME, DeviceType.CHF
HUB_LOG = HubLog(
    extended_pan_id=bytes.fromhex("0000000000000140"),
    entries=(
        LogEntry(
            device=DeviceId.parse("00-DB-12-34-56-78-90-A0"),
            link_key_hash=bytes.fromhex("83fed3407a939723a5c639b26916d506"),
        ),
        LogEntry(
            device=DeviceId.parse("00-DB-12-34-56-78-90-A1"),
            link_key_hash=bytes.fromhex("83fed3407a939723a5c639b26916d505"),
        ),
    ),
)
PUBLISHED: dict[str, tuple[DeviceType, dict[str, object], UserRole | None]] = {
    **dict.fromkeys(
        (
            "ECS17a_4.2_SUCCESS", "ECS17c_4.16_SUCCESS", "ECS17d_4.1.2_SINGLE_SUCCESS", "ECS17d_4.1.2_TWIN_SUCCESS",
            "ECS17e_4.1.3_SUCCESS", "ECS18a_4.12.2_SUCCESS", "ECS18b_4.12.1_SUCCESS", "ECS19_4.3_SUCCESS",
            "ECS20a_4.4.4_SUCCESS", "ECS20b_4.4.2_SINGLE_SUCCESS", "ECS20c_4.4.3_SINGLE_SUCCESS",
            "ECS20c_4.4.3_TWIN_SUCCESS", "ECS20d_4.4.5_SUCCESS", "ECS21a_4.6.1_SINGLE_SUCCESS",
            "ECS21b_4.14_KRP_SUCCESS", "ECS21b_4.14_URP_SUCCESS", "ECS21c_4.6.2_SUCCESS", "ECS22a_4.8.3_SUCCESS",
            "ECS22c_4.8.2_SUCCESS", "ECS24_4.11.1_SUCCESS", "ECS24b_4.11.2_SUCCESS", "ECS26a_4.13_SINGLE_SUCCESS",
            "ECS26a_4.13_TWIN_SUCCESS", "ECS26c_6.2.2_SUCCESS", "ECS26f_6.2.5_SUCCESS", "ECS26j_6.2.9_SUCCESS",
            "ECS27_4.15_SUCCESS", "ECS35a_6.13_SUCCESS", "ECS35b_6.13_SUCCESS", "ECS35e_6.13_SUCCESS",
            "ECS40_6.2.7_SINGLE_SUCCESS", "ECS45_7.4_SUCCESS", "ECS61a_7.7_ALL_OPTIONALS_SUCCESS",
            "ECS61c_7.11_SUCCESS", "ECS61d_7.14_SUCCESS", "ECS61e_7.15_SUCCESS", "ECS66_4.17_SUCCESS",
            "ECS82_4.18_SUCCESS",
        ),
        (ESME, {}, None),
    ),
    **dict.fromkeys(("ECS23_4.10_SUCCESS", "ECS26b_6.2.1_SUCCESS"), (ESME, SINGLE_PHASE, None)),
    **dict.fromkeys(("ECS23b_4.10_SUCCESS", "ECS26k_6.2.1_SUCCESS"), (ESME, POLYPHASE, None)),
    **dict.fromkeys(("ECS26d_6.2.3_SUCCESS", "ECS26e_6.2.4_SUCCESS"), (ESME, EARLIER, None)),
    **dict.fromkeys(("ECS26l_6.2.3_SUCCESS", "ECS26m_6.2.4_SUCCESS"), (ESME, LATER, None)),
    **dict.fromkeys(("ECS25r1_6.2.10_SUCCESS", "ECS35f_6.13_SUCCESS"), (ESME, {}, UserRole.IMPORT_SUPPLIER)),
    **dict.fromkeys(("ECS25r2_6.2.10_SUCCESS", "ECS35g_6.13_SUCCESS"), (ESME, {}, UserRole.ELECTRICITY_DISTRIBUTOR)),
    **dict.fromkeys(("CCS05CCS04_8.9_SUCCESS", "ECS26i_6.2.4_SUCCESS"), (CHF, EARLIER, None)),
    **dict.fromkeys(("CCS06_8.9_SUCCESS", "ECS26n_6.2.4_SUCCESS"), (CHF, LATER, None)),
    **dict.fromkeys(
        (
            "CCS07_8.9_SUCCESS", "DBCH01_6.31_SUCCESS", "DBCH02_6.32_SUCCESS", "DBCH03_6.30_SUCCESS",
            "DBCH04_6.28_SUCCESS", "DBCH05_6.29_SUCCESS", "ECS35c_6.13_SUCCESS", "ECS35d_6.13_SUCCESS",
        ),
        (CHF, {}, None),
    ),
    "CCS03_8.12.1_SUCCESS": (CHF, {"hub_log": HUB_LOG}, None),
}  # fmt: skip
"""Stems of the published pairs, and what their requests do not say."""


@pytest.mark.parametrize("stem", PUBLISHED)
def test_a_command_is_the_published_one(
    stem: str,
    template: Callable[[str], ServiceRequest],
    vectors: dict[str, bytes],
    messages: dict[str, Command | GeneralSigned],
    secret_with: Callable[[Eui64], bytes],
) -> None:
    device_type, more, role = PUBLISHED[stem]
    asked = template(stem)
    target = asked.request_id.target
    published = messages[f"{stem}_COMMAND"]
    assert isinstance(published, Command)
    built = build_command(
        asked,
        DeviceFacts(id=target, type=device_type, **more),  # type: ignore[arg-type]
        BUILD_TIME,
        acb=BROKER,
        acb_counter=published.message.header.counter,
        secret=secret_with(target),
        role=role,
    )
    assert not isinstance(built, Refused), built
    assert vectors[f"{stem}_COMMAND"].hex() == built.hex()


# ---- without the reference set


def body(element: str, *parts: Part) -> OtherBody:
    return OtherBody(element=element, parts=parts)


def period(start: str, end: str) -> Part:
    inner = (Part(name="StartDateTime", text=start), Part(name="EndDateTime", text=end))
    return Part(name="ReadLogPeriod", parts=inner)


A_DAY = period("2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z")
LOG = "ReadEventOrSecurityLog"


def log_to_read(name: str) -> OtherBody:
    return body(LOG, A_DAY, Part(name="LogToRead", text=name))


CHOSEN = {
    "network data of a single phase ESME": ("ECS23", "4.10", body("ReadNetworkData", A_DAY), ESME, SINGLE_PHASE, None),
    "network data of a polyphase ESME": ("ECS23b", "4.10", body("ReadNetworkData", A_DAY), ESME, POLYPHASE, None),
    "the event log of an ESME": ("ECS35a", "6.13", log_to_read("Event"), ESME, {}, None),
    "the event log of a hub": ("ECS35c", "6.13", log_to_read("Event"), CHF, {}, None),
    "the security log of a hub": ("ECS35d", "6.13", log_to_read("Security"), CHF, {}, None),
    "the switch log for a supplier": ("ECS35f", "6.13", log_to_read("ALCSEvent"), ESME, {}, UserRole.IMPORT_SUPPLIER),
    "the switch log for a distributor": (
        "ECS35g", "6.13", log_to_read("ALCSEvent"), ESME, {}, UserRole.ELECTRICITY_DISTRIBUTOR,
    ),
    "a hub's log with its security details": (
        "CCS07", "8.9", body("ReadDeviceLog", Part(name="ReadSecurityDetails")), CHF, {}, None,
    ),
    "a later hub's log": ("CCS06", "8.9", body("ReadDeviceLog"), CHF, LATER, None),
}  # fmt: skip


@pytest.mark.parametrize(("name", "srv", "asked", "device_type", "more", "role"), CHOSEN.values(), ids=CHOSEN.keys())
def test_the_use_case_is_chosen_for(
    name: str, srv: str, asked: OtherBody, device_type: DeviceType, more: dict[str, object], role: UserRole | None
) -> None:
    known = msgspec.structs.replace(facts(device_type), **more)
    found = select_use_case(ServiceReferenceVariant(srv), asked, known, role)
    assert isinstance(found, UseCase), found
    assert name == found.name


NOT_CHOSEN = {
    "phases that nobody knows": (
        "the number of phases is needed to choose between ECS23 and ECS23b",
        "4.10",
        body("ReadNetworkData", A_DAY),
        ESME,
    ),
    "a version that nobody knows": (
        "the GBCS version of the device is needed to choose between ECS26d and ECS26l",
        "6.2.3",
        body("ReadDeviceConfigurationBillingCalendar"),
        ESME,
    ),
    "a gas log of an ESME": (
        "no GBCS use case of 6.13 for ESME fits the request",
        "6.13",
        log_to_read("GSMEEvent"),
        ESME,
    ),
    "a role that nobody knows": (
        "the user role is needed to choose between ECS35f and ECS35g",
        "6.13",
        log_to_read("ALCSEvent"),
        ESME,
    ),
}


@pytest.mark.parametrize(("says", "srv", "asked", "device_type"), NOT_CHOSEN.values(), ids=NOT_CHOSEN.keys())
def test_no_use_case_is_guessed_for(says: str, srv: str, asked: OtherBody, device_type: DeviceType) -> None:
    found = select_use_case(ServiceReferenceVariant(srv), asked, facts(device_type))
    assert isinstance(found, NoUseCase)
    assert says in found.reason


def built(srv: str, asked: OtherBody, known: DeviceFacts) -> bytes | Refused:
    return build_command(request(srv, asked), known, BUILD_TIME, acb=BROKER, acb_counter=BROKER_COUNTER, secret=SECRET)


REFUSED = {
    "a period that ends before it starts": (
        "ECS20a: EndDateTime should not be before StartDateTime 2024-02-29T00:00:00+00:00, "
        "found 2024-02-28T00:00:00+00:00",
        "4.4.4",
        body("RetrieveBillingDataLogDebtPayments", period("2024-02-29T00:00:00Z", "2024-02-28T00:00:00Z")),
        facts(ESME),
    ),
    "a period before the clock's first second": (
        "ECS20a: StartDateTime should be from 2000-01-01 to 2136-02-07, found 1999-12-31T23:59:59+00:00",
        "4.4.4",
        body("RetrieveBillingDataLogDebtPayments", period("1999-12-31T23:59:59Z", "2024-02-28T00:00:00Z")),
        facts(ESME),
    ),
    "a log to restore that nobody kept": (
        "CCS03: the old hub's device log is missing",
        "8.12.1",
        body("RestoreHANDeviceLog", Part(name="OldCHFID", text="B0-00-00-00-00-00-00-01")),
        facts(CHF),
    ),
}


@pytest.mark.parametrize(("reason", "srv", "asked", "known"), REFUSED.values(), ids=REFUSED.keys())
def test_no_message_is_built_for(reason: str, srv: str, asked: OtherBody, known: DeviceFacts) -> None:
    found = built(srv, asked, known)
    assert isinstance(found, Refused)
    assert reason == found.reason


def test_a_selection_holds_the_seconds_of_the_period() -> None:
    message = decode_message(built("4.4.4", body("RetrieveBillingDataLogDebtPayments", A_DAY), facts(ESME)))  # type: ignore[arg-type]
    assert isinstance(message, Command)
    (specification,) = axdr.decode_access_request(message.message.content).specifications
    seconds = [int((at - datetime(2000, 1, 1, tzinfo=UTC)).total_seconds()) for at in
               (datetime(2024, 2, 28, tzinfo=UTC), datetime(2024, 2, 29, tzinfo=UTC))]  # fmt: skip
    assert (axdr.Access.GET_WITH_SELECTION, 1) == (specification.access, specification.selector)
    assert b"".join(b"\x06" + each.to_bytes(4, "big") for each in seconds) in specification.selection


def channels(page: str, *numbers: int) -> Part:
    return Part(name=page, parts=tuple(Part(name=f"Channel{number}") for number in numbers))


RADIO = {
    "NormalLimitedDutyCycleThreshold": "0.5", "LimitedCriticalDutyCycleThreshold": "2.4",
    "MaximumSubGHzChannelChangesPerWeek": "7", "GSMECurfew": "65535", "ChannelQuieterThreshold": "255",
    "ChannelNoisierThreshold": "0", "NonGSMEPoorCommsPercentageThreshold": "100.00",
    "NonGSMEPoorCommsMeasurementPeriods": "150", "LocalCHNoiseMeasurementPeriod": "61",
    "LocalCHFailurePercentage": "0.01", "LocalCHRetryPercentage": "99.99",
}  # fmt: skip


def test_every_channel_of_a_page_is_a_bit_of_its_own() -> None:
    asked = body(
        "SetCHFSubGHzConfiguration",
        channels("LowerBandSubGHzChannels0To26", *range(27)),
        channels("LowerBandSubGHzChannels27To34", 27, 34),
        channels("LowerBandSubGHzChannels35To61", 61),
        channels("UpperBandSubGHzChannels0To26"),
        *(Part(name=name, text=text) for name, text in RADIO.items()),
    )
    message = decode_message(built("6.28", asked, facts(CHF)))  # type: ignore[arg-type]
    assert isinstance(message, Command)
    (value,) = axdr.decode_access_request(message.message.content).data
    expected = (
        "020f0420e7ffffff0420e80000810420f40000000420f8000000"
        "1200321200f0110712ffff11ff110012271011961200" + "3d" + "120001" + "12270f"
    )
    assert expected == value.encode().hex()


def test_codes_and_names_are_each_of_one_use_case() -> None:
    cases = [row.use_case for row in (*electricity_reads.CHOICES, *hub_radio.CHOICES)]
    assert len({case.message_code for case in cases}) == len({case.name for case in cases})
