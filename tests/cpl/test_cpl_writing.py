"""The canonical form: what is written is read back, whatever the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from cpl.cells import BLANK, SPREADSHEET_ERRORS, text
from cpl.epcl import EpclEntry, FuelType, InstallationStatus
from cpl.ppcl import PpclRow, Share
from cpl.product import KNOWN_GBCS_VERSIONS, CplEntry, DeviceModel
from cpl.product_list import ProductList
from cpl.reading import read_cpl, read_epcl, read_ppcl
from cpl.reading_back import read_back_cpl, read_back_epcl, read_back_ppcl
from cpl.rows import Reading
from cpl.writing import write_cpl, write_epcl, write_ppcl
from schemas.vocabulary import CplStatus, DeviceType, Generation

T = TypeVar("T")


def words(longest: int) -> st.SearchStrategy[str]:
    """Text that a reader gives: trimmed, and not one of the signs for nothing or for a broken cell."""
    characters = st.characters(blacklist_categories=("Cc", "Cs"))
    some = st.text(characters, min_size=1, max_size=longest) | st.sampled_from(
        ["a,b", 'q"q', "010A030B", "two\nl", "="]
    )
    return some.filter(lambda w: len(w) <= longest and w == w.strip() and w.lower() not in BLANK and text()(w) == w)


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | strategy


DAYS = st.none() | st.dates(min_value=date(1000, 1, 1))
CPL_ENTRIES = st.lists(
    st.builds(
        CplEntry,
        entry_id=words(12),
        device_type=st.sampled_from(DeviceType),
        generation=st.sampled_from(Generation),
        manufacturer=words(30),
        model=words(30),
        firmware_version=words(8),
        vendor_version=maybe(words(40)),
        firmware_hash=st.none() | st.binary(min_size=32, max_size=32),
        smets_chts_version=maybe(words(20)),
        gbcs_version=st.none() | st.sampled_from(KNOWN_GBCS_VERSIONS),
        esme_variant=maybe(words(5)),
        status=st.sampled_from(CplStatus),
        status_since=DAYS,
        manufacturer_name=maybe(words(40)),
        model_name=maybe(words(40)),
        hardware_version=maybe(words(10)),
        hardware_revision=maybe(words(10)),
        listed_on=DAYS,
        cpa_certificate=maybe(words(20)),
        cpa_expiry=DAYS,
    ),
    unique_by=lambda entry: entry.entry_id,
    max_size=6,
)
MODELS = st.builds(
    DeviceModel,
    manufacturer=maybe(words(30)),
    model=words(30),
    hardware_version=maybe(words(10)),
    hardware_revision=maybe(words(10)),
    vendor_version=maybe(words(40)),
)
SIX_DIGITS = st.integers(0, 999_999).map("{:06d}".format)
EPCL_ENTRIES = st.lists(
    st.builds(
        EpclEntry,
        entry_id=SIX_DIGITS,
        cohort=words(20),
        installation_status=st.sampled_from(InstallationStatus),
        equivalent_to=maybe(SIX_DIGITS),
        solution_release=maybe(words(20)),
        gsme=st.none() | MODELS,
        esme=st.none() | MODELS,
        hub=MODELS,
        ppmid=st.none() | MODELS,
        smso=maybe(words(20)),
        wan_provider=maybe(words(20)),
        tested_as=st.none() | st.sampled_from(InstallationStatus),
        test_reports=maybe(words(60)),
    ).filter(lambda entry: entry.equivalent_to != entry.entry_id),
    unique_by=lambda entry: entry.entry_id,
    max_size=5,
)
PERCENT = st.integers(0, 10_000).map(lambda hundredths: hundredths / 100)
SHARES = st.none() | st.builds(Share, percent=PERCENT, is_below=st.booleans(), with_equivalents=st.none() | PERCENT)
PENDING = st.lists(
    st.builds(
        PpclRow,
        cohort=words(20),
        entry_id=maybe(SIX_DIGITS),
        installation_status=st.none() | st.sampled_from(InstallationStatus),
        fuel_type=st.none() | st.just(FuelType.DUAL),
        solution_release=maybe(words(20)),
        gsme=MODELS,
        esme=MODELS,
        hub=st.none() | MODELS,
        ppmid=st.none() | MODELS,
        smso=maybe(words(20)),
        wan_provider=maybe(words(20)),
        installed_now=SHARES,
        installed_at_migration=SHARES,
        dmct_status=maybe(words(40)),
    ),
    unique_by=lambda row: row.entry_id or row,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(CPL_ENTRIES)
def test_a_written_cpl_is_read_back_with_its_revision(entries: Sequence[CplEntry]) -> None:
    written = write_cpl(entries)
    assert sorted(entries, key=lambda entry: entry.entry_id) == list(read_back_cpl(written))
    assert read_back_cpl(written) == usable(read_cpl("cpl.csv", written))
    assert ProductList(entries).revision == ProductList(read_back_cpl(written)).revision


@settings(max_examples=60, deadline=None)
@given(EPCL_ENTRIES)
def test_a_written_epcl_is_read_back_with_its_revision(entries: Sequence[EpclEntry]) -> None:
    written = write_epcl(entries)
    assert sorted(entries, key=lambda entry: entry.entry_id) == list(read_back_epcl(written))
    assert read_back_epcl(written) == usable(read_epcl("epcl.csv", written))
    assert ProductList((), entries).revision == ProductList((), read_back_epcl(written)).revision


@settings(max_examples=60, deadline=None)
@given(PENDING)
def test_a_written_ppcl_is_read_back_with_its_revision(rows: Sequence[PpclRow]) -> None:
    written = write_ppcl(rows)
    assert ProductList((), (), rows).pending.rows == read_back_ppcl(written)
    assert read_back_ppcl(written) == usable(read_ppcl("ppcl.csv", written))
    assert ProductList((), (), rows).revision == ProductList((), (), read_back_ppcl(written)).revision


def usable(reading: Reading[T]) -> tuple[T, ...]:
    assert () == reading.unusable
    return reading.rows


@settings(max_examples=20, deadline=None)
@given(CPL_ENTRIES)
def test_the_order_of_entries_makes_no_difference_to_what_is_written(entries: Sequence[CplEntry]) -> None:
    assert write_cpl(entries) == write_cpl(list(reversed(entries)))


def test_the_canonical_form_reads_well() -> None:
    entry = CplEntry(
        entry_id="1001",
        device_type=DeviceType.PPMID,
        generation=Generation.SMETS1,
        manufacturer="AB01",
        model="010A030B",
        firmware_version="0002012F",
        firmware_hash=bytes(31) + b"\xab",
        status=CplStatus.WITHDRAWN,
        status_since=date(2024, 5, 1),
        cpa_expiry=date(2022, 8, 30),
    )
    assert (
        "entry_id,device_type,generation,manufacturer,model,firmware_version,vendor_version,firmware_hash,"
        "smets_chts_version,gbcs_version,esme_variant,status,status_since,manufacturer_name,model_name,"
        "hardware_version,hardware_revision,listed_on,cpa_certificate,cpa_expiry,cpa_renewal,hub_manufacturer\n"
        f"1001,PPMID,SMETS1,AB01,010A030B,0002012F,,{'00' * 31}ab,,,,Withdrawn,2024-05-01,,,,,,,2022-08-30,,\n"
    ) == write_cpl([entry]).decode()


def test_no_sign_for_a_broken_cell_is_written_by_accident() -> None:
    assert not {sign.lower() for sign in SPREADSHEET_ERRORS} & BLANK
