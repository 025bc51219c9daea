"""The canonical form: what is written is read back, whatever the words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from cpl.cells import BLANK, SPREADSHEET_ERRORS, text
from cpl.epcl import EpclEntry, InstallationStatus
from cpl.product import CplEntry, DeviceModel
from cpl.product_list import ProductList
from cpl.reading import read_cpl, read_epcl
from cpl.writing import write_cpl, write_epcl
from schemas.vocabulary import CplStatus, DeviceType, Generation


def words(longest: int) -> st.SearchStrategy[str]:
    """Text that a reader gives: trimmed, and not one of the signs for nothing or for a broken cell."""
    characters = st.characters(blacklist_categories=("Cc", "Cs"))
    some = st.text(characters, min_size=1, max_size=longest) | st.sampled_from(
        ["a,b", 'q"q', "010A030B", "two\nl", "="]
    )
    return some.filter(lambda w: len(w) <= longest and w == w.strip() and w.lower() not in BLANK and text()(w) == w)


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | strategy


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
        gbcs_version=maybe(words(10)),
        esme_variant=maybe(words(5)),
        status=st.sampled_from(CplStatus),
        status_since=st.none() | st.dates(min_value=date(1000, 1, 1)),
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
    ),
    unique_by=lambda entry: entry.entry_id,
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(CPL_ENTRIES)
def test_a_written_cpl_is_read_back_with_its_revision(entries: Sequence[CplEntry]) -> None:
    reading = read_cpl("cpl.csv", write_cpl(entries))
    assert () == reading.unusable
    assert sorted(entries, key=lambda entry: entry.entry_id) == list(reading.rows)
    assert ProductList(entries).revision == ProductList(reading.rows).revision


@settings(max_examples=60, deadline=None)
@given(EPCL_ENTRIES)
def test_a_written_epcl_is_read_back_with_its_revision(entries: Sequence[EpclEntry]) -> None:
    reading = read_epcl("epcl.csv", write_epcl(entries))
    assert () == reading.unusable
    assert sorted(entries, key=lambda entry: entry.entry_id) == list(reading.rows)
    assert ProductList((), entries).revision == ProductList((), reading.rows).revision


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
    )
    assert (
        "entry_id,device_type,generation,manufacturer,model,firmware_version,vendor_version,firmware_hash,"
        "smets_chts_version,gbcs_version,esme_variant,status,status_since\n"
        f"1001,PPMID,SMETS1,AB01,010A030B,0002012F,,{'00' * 31}ab,,,,Withdrawn,2024-05-01\n"
    ) == write_cpl([entry]).decode()


def test_no_sign_for_a_broken_cell_is_written_by_accident() -> None:
    assert not {sign.lower() for sign in SPREADSHEET_ERRORS} & BLANK
