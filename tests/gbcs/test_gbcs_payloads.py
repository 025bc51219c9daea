"""A-XDR, GBZ, DER and the three notations of time: encodings, round trips, refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gbcs import axdr, der, gbz, times
from gbcs.axdr import Access, AccessRequest, Data, Specification, Tag

NAME = bytes.fromhex("0000010000ff")

DATA = [
    pytest.param(Data(Tag.NULL, None), "00", id="null"),
    pytest.param(Data(Tag.BOOLEAN, True), "03ff", id="true is FF"),
    pytest.param(Data(Tag.BOOLEAN, False), "0300", id="false is 00"),
    pytest.param(Data(Tag.BIT_STRING, b"\xa0", 3), "0403a0", id="a bit-string counts bits"),
    pytest.param(Data(Tag.BIT_STRING, b""), "0400", id="an empty bit-string"),
    pytest.param(Data(Tag.DOUBLE_LONG, -2), "05fffffffe", id="double-long is signed"),
    pytest.param(Data(Tag.DOUBLE_LONG_UNSIGNED, 2**32 - 1), "06ffffffff", id="double-long-unsigned"),
    pytest.param(Data(Tag.OCTET_STRING, b"\x01\x02"), "09020102", id="octet-string"),
    pytest.param(Data(Tag.VISIBLE_STRING, b"ab"), "0a026162", id="visible-string"),
    pytest.param(Data(Tag.INTEGER, -1), "0fff", id="integer"),
    pytest.param(Data(Tag.LONG, -2), "10fffe", id="long"),
    pytest.param(Data(Tag.UNSIGNED, 255), "11ff", id="unsigned"),
    pytest.param(Data(Tag.LONG_UNSIGNED, 90), "12005a", id="long-unsigned"),
    pytest.param(Data(Tag.ENUM, 2), "1602", id="enum"),
    pytest.param(Data(Tag.ARRAY, (Data(Tag.ENUM, 1), Data(Tag.NULL, None))), "0102160100", id="array"),
    pytest.param(Data(Tag.STRUCTURE, (Data(Tag.STRUCTURE, ()),)), "02010200", id="structure in structure"),
]


@pytest.mark.parametrize(("datum", "octets"), DATA)
def test_cosem_data(datum: Data, octets: str) -> None:
    assert octets == datum.encode().hex()
    request = AccessRequest(1, (Specification(Access.SET, 1, NAME, 2),), (datum,))
    assert request == axdr.decode_access_request(request.encode())


ENCODERS = [
    pytest.param(axdr.boolean(True), "03ff", id="boolean"),
    pytest.param(axdr.octet_string(b"\x07"), "090107", id="octet-string"),
    pytest.param(axdr.visible_string("ab"), "0a026162", id="visible-string"),
    pytest.param(axdr.structure(axdr.enum(1), axdr.NULL), "0202160100", id="structure"),
    pytest.param(axdr.array(axdr.long_unsigned(1)), "0101120001", id="array"),
    pytest.param(axdr.number(Tag.INTEGER, -1), "0fff", id="number"),
]


@pytest.mark.parametrize(("encoded", "octets"), ENCODERS)
def test_cosem_encoders(encoded: bytes, octets: str) -> None:
    assert octets == encoded.hex()


def test_the_invoke_id_is_the_low_24_bits_of_the_counter() -> None:
    assert "d9200607080000" == axdr.access_request(0x0102030405060708, [], []).hex()[:-2]


SELECTION = Specification(Access.GET_WITH_SELECTION, 7, NAME, 2, 1, bytes.fromhex("0100"))


def test_a_get_with_selection_carries_its_selection() -> None:
    request = AccessRequest(1, (SELECTION,), (Data(Tag.NULL, None),))
    assert "d920000001000104000700000100" + "00ff02010100" + "0100" == request.encode().hex()
    assert request == axdr.decode_access_request(request.encode())


BAD_ACCESS = [
    pytest.param("c0", "the ACCESS request tag and invoke-id flags needs 2 octets, 1 are left (truncated)", id="cut"),
    pytest.param("c001", "the ACCESS request tag and invoke-id flags should be D920, found C001", id="a GET request"),
    pytest.param("d92000000100010500", "an ACCESS specification is 01 to 04, found 05", id="an unknown access"),
    pytest.param(
        "d92000000100" + "01" + "010001" + "0000010000ff" + "02" + "02",
        "an ACCESS request has as many data as specifications: 1, found 2",
        id="more data than specifications",
    ),
    pytest.param(
        "d92000000100" + "01" + "010001" + "0000010000ff" + "02" + "01" + "17",
        "17 is not the tag of a COSEM data type that GBCS Commands use",
        id="an unknown data type",
    ),
    pytest.param(
        "d92000000100" + "01" + "010001" + "0000010000ff" + "02" + "01" + "0301",
        "a boolean is 00 or FF, found 01",
        id="a boolean that is neither",
    ),
    pytest.param(
        "d92000000100" + "01" + "010001" + "0000010000ff" + "02" + "01" + "0101" * 40,
        "COSEM data is nested more than 32 deep",
        id="an endless nest",
    ),
    pytest.param(
        "d92000000100" + "01" + "010001" + "0000010000ff" + "02" + "01" + "0000",
        "the ACCESS request is followed by 1 trailing octets",
        id="trailing octets",
    ),
]


@pytest.mark.parametrize(("octets", "reason"), BAD_ACCESS)
def test_a_malformed_access_request(octets: str, reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        axdr.decode_access_request(bytes.fromhex(octets))
    assert reason == str(refused.value)


def test_logical_names_read_and_write_alike() -> None:
    assert bytes.fromhex("0000636201ff") == axdr.obis("0-0:99.98.1.255")
    assert "0-0:99.98.1.255" == axdr.obis_text(axdr.obis("0-0:99.98.1.255"))


BAD_NAMES = ["1.0.99.1.0.255", "1-0:99.1.0", "1-0:99.1.0.256", ""]


@pytest.mark.parametrize("text", [pytest.param(t, id=f"{t!r} is no logical name") for t in BAD_NAMES])
def test_a_logical_name_of_another_form(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a logical name of the form 1-0:99\.1\.0\.255$"):
        axdr.obis(text)


# ---- GBZ

READ = gbz.Component(cluster=0x0702, frame_control=0x00, command=0x00, payload=b"\x00\x00")
LOG = gbz.Component(cluster=0x0707, frame_control=0x01, command=0x01, from_date_time=5)

GBZ = [
    pytest.param((READ,), "010901" + "01" + "0702" + "0005" + "000000" + "0000", id="one component is the last"),
    pytest.param(
        (READ, LOG),
        "010902" + "00" + "0702" + "0005" + "000000" + "0000" + "11" + "0707" + "0007" + "00000005" + "010101",
        id="a from-date counts in the length and shows in the control field",
    ),
]


@pytest.mark.parametrize(("components", "octets"), GBZ)
def test_gbz_payloads(components: tuple[gbz.Component, ...], octets: str) -> None:
    assert octets == gbz.encode(components).hex()
    assert components == gbz.decode(gbz.encode(components))


BAD_GBZ = [
    pytest.param("0104", "the profile id should be 0109, found 0104", id="another profile"),
    pytest.param("010900", "a GBZ payload has 1 to 255 components, found 0", id="no component"),
    pytest.param(
        "010901" + "00" + "07020003000000",
        "GBZ component 0 is the last; its control field 00 says otherwise",
        id="a last component that is not marked",
    ),
    pytest.param(
        "010902" + "01" + "07020003000000",
        "GBZ component 0 is not the last; its control field 01 says otherwise",
        id="a mark on another than the last",
    ),
    pytest.param(
        "010901" + "03" + "07020003000000",
        "the control field of GBZ component 0 has bits other than 01 and 10: 03",
        id="an encrypted component",
    ),
    pytest.param(
        "010901" + "01" + "070200020000",
        "GBZ component 0 has at least 3 octets of ZCL header, found 2",
        id="half a ZCL header",
    ),
    pytest.param(
        "010901" + "01" + "07020003000100", "the sequence number of GBZ component 0 is its place, found 1", id="a gap"
    ),
    pytest.param(
        "010901" + "01" + "0702000300000000", "the GBZ payload is followed by 1 trailing octets", id="trailing octets"
    ),
]


@pytest.mark.parametrize(("octets", "reason"), BAD_GBZ)
def test_a_malformed_gbz_payload(octets: str, reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        gbz.decode(bytes.fromhex(octets))
    assert reason == str(refused.value)


@pytest.mark.parametrize(
    "count", [pytest.param(0, id="no component"), pytest.param(256, id="more than the count octet tells")]
)
def test_a_number_of_components_that_cannot_be_told(count: int) -> None:
    with pytest.raises(ValueError, match=f"^a GBZ payload has 1 to 255 components, found {count}$"):
        gbz.encode((READ,) * count)


COMPONENTS = st.lists(
    st.builds(
        gbz.Component,
        cluster=st.integers(0, 0xFFFF),
        frame_control=st.integers(0, 0xFF),
        command=st.integers(0, 0xFF),
        payload=st.binary(max_size=40),
        from_date_time=st.none() | st.integers(0, 0xFFFFFFFF),
    ),
    min_size=1,
    max_size=40,
)


@given(listed=COMPONENTS)
def test_every_gbz_payload_is_read_back(listed: list[gbz.Component]) -> None:
    assert tuple(listed) == gbz.decode(gbz.encode(listed))


# ---- DER

DER = [
    pytest.param(der.integer(0), "020100", id="zero has one octet"),
    pytest.param(der.integer(127), "02017f", id="127 has one octet"),
    pytest.param(der.integer(128), "02020080", id="128 needs a leading zero"),
    pytest.param(der.integer(2**64 - 1), "020900ffffffffffffffff", id="the largest counter has nine octets"),
    pytest.param(der.octet_string(b"\x01"), "040101", id="octet string"),
    pytest.param(der.bit_string(b"\x80", 7), "03020780", id="bit string with unused bits"),
    pytest.param(der.generalized_time(b"20240229123015Z"), "180f32303234303232393132333031355a", id="time"),
    pytest.param(der.sequence(der.integer(1), der.NULL), "30050201010500", id="sequence"),
    pytest.param(der.context(3, b"\x05"), "830105", id="implicit context tag"),
    pytest.param(der.context(5, der.NULL, constructed=True), "a5020500", id="constructed context tag"),
]


@pytest.mark.parametrize(("encoded", "octets"), DER)
def test_der_elements(encoded: bytes, octets: str) -> None:
    assert octets == encoded.hex()
    assert encoded == der.decode(encoded).encode()


BAD_DER = [
    pytest.param("1f8101", "a DER tag has one octet, found the start of a longer one: 1F", id="a long tag"),
    pytest.param("0402ff", "a DER element needs 2 octets, 1 are left (truncated)", id="cut"),
    pytest.param("050000", "the DER element is followed by 1 trailing octets", id="trailing octets"),
]


@pytest.mark.parametrize(("octets", "reason"), BAD_DER)
def test_malformed_der(octets: str, reason: str) -> None:
    with pytest.raises(ValueError) as refused:
        der.decode(bytes.fromhex(octets))
    assert reason == str(refused.value)


def test_der_that_nests_without_end_is_refused() -> None:
    octets = der.NULL
    for _ in range(40):
        octets = der.sequence(octets)
    with pytest.raises(ValueError, match=r"^DER is nested more than 32 deep$"):
        der.decode(octets)


DECODERS = [
    pytest.param(axdr.decode_access_request, b"\xd9\x20", id="A-XDR"),
    pytest.param(gbz.decode, b"\x01\x09", id="GBZ"),
    pytest.param(der.decode, b"\x30", id="DER"),
]


@pytest.mark.parametrize(("decode", "start"), DECODERS)
@given(noise=st.binary(max_size=80))
def test_arbitrary_octets_decode_to_themselves_or_give_a_reason(
    decode: Callable[[bytes], object], start: bytes, noise: bytes
) -> None:
    for octets in (noise, start + noise):
        try:
            decoded = decode(octets)
        except ValueError as refused:
            assert str(refused)
        else:
            again = gbz.encode(decoded) if isinstance(decoded, tuple) else decoded.encode()  # type: ignore[attr-defined]
            assert octets == again


# ---- times

LEAP = datetime(2024, 2, 29, 12, 30, 15, 999999, tzinfo=UTC)
SUMMER = datetime(2024, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=1)))

TIMES = [
    pytest.param(times.cosem_date_time(LEAP), "07e8021dff0c1e0f008000ff", id="a COSEM date-time drops fractions"),
    pytest.param(times.cosem_date_time(SUMMER), "07e8061eff171e00008000ff", id="a COSEM date-time is in UTC"),
    pytest.param(times.COSEM_NOW, "0000000000000000008000ff", id="COSEM now"),
    pytest.param(times.COSEM_NEVER, "ffffffffffffffffff8000ff", id="COSEM never"),
    pytest.param(times.zcl_utc_time(LEAP), "5735732d", id="a ZCL UTCTime counts from 2000, little-endian"),
    pytest.param(times.generalized_time(SUMMER), b"20240630233000Z".hex(), id="a GeneralizedTime is in UTC"),
    pytest.param(
        times.activation_generalized_time(datetime(3000, 12, 31, tzinfo=UTC)),
        b"99991231235959Z".hex(),
        id="the year 3000 cancels",
    ),
    pytest.param(
        times.activation_generalized_time(datetime(2999, 12, 31, tzinfo=UTC)),
        b"29991231000000Z".hex(),
        id="the year 2999 does not",
    ),
]


@pytest.mark.parametrize(("encoded", "octets"), TIMES)
def test_times(encoded: bytes, octets: str) -> None:
    assert octets == encoded.hex()


def test_the_epoch_means_now_but_for_the_start_of_a_log() -> None:
    epoch = datetime(2000, 1, 1, 0, 0, 0, 999999, tzinfo=UTC)
    assert f"{epoch.isoformat()} is 0 as a ZCL UTCTime, which means now" == times.zcl_refusal(epoch)
    assert times.zcl_earliest_refusal(epoch) is None
    before = datetime(1999, 12, 31, tzinfo=UTC)
    assert times.zcl_refusal(before) == times.zcl_earliest_refusal(before) is not None


ZCL_RANGE = [
    pytest.param(datetime(2000, 1, 1, 0, 0, 1, tzinfo=UTC), True, id="the first second after it is a moment"),
    pytest.param(datetime(2136, 2, 7, 6, 28, 13, tzinfo=UTC), True, id="FFFFFFFD is a moment"),
    pytest.param(datetime(2136, 2, 7, 6, 28, 14, tzinfo=UTC), False, id="FFFFFFFE cancels"),
    pytest.param(datetime(1999, 12, 31, tzinfo=UTC), False, id="nothing before 2000"),
]


@pytest.mark.parametrize(("moment", "fits"), ZCL_RANGE)
def test_what_a_zcl_utc_time_can_tell(moment: datetime, fits: bool) -> None:
    reason = times.zcl_refusal(moment)
    assert fits is (reason is None)
    assert fits or f"{moment.isoformat()} is outside 2000-01-01 to 2136-02-07, the range of a ZCL UTCTime" == reason
