"""Look-ups and revisions."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from cpl.epcl import EpclEntry, InstallationStatus
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, DeviceModel
from cpl.product_list import ProductList
from schemas.vocabulary import CplStatus, DeviceType, Generation

IMAGE = bytes(range(32))


def entry(entry_id: str, firmware: str, **changes: object) -> CplEntry:
    base = CplEntry(
        entry_id=entry_id,
        device_type=DeviceType.PPMID,
        generation=Generation.SMETS2,
        manufacturer="10A1",
        model="010A030B",
        firmware_version=firmware,
    )
    return msgspec.structs.replace(base, **changes)


ACTIVE = entry("1", "0A0B0C0D", firmware_hash=IMAGE)
BILINGUAL = entry("2", "FFFF0001", generation=Generation.SMETS1, firmware_hash=IMAGE)
REMOVED = entry("3", "0A0B0C01", status=CplStatus.WITHDRAWN, status_since=date(2024, 5, 1), firmware_hash=bytes(32))
UNDATED = entry("4", "0A0B0C02", status=CplStatus.EXPIRED)
OTHER_MODEL = entry("5", "0A0B0C0D", model="010A030C")
SAME_VERSION = entry("6", "0A0B0C0D", generation=Generation.SMETS1)
PRODUCTS = ProductList([ACTIVE, BILINGUAL, REMOVED, UNDATED, OTHER_MODEL])
COMBINATION = EpclEntry(
    entry_id="002255",
    cohort="Secure",
    installation_status=InstallationStatus.MIXED,
    hub=DeviceModel(model="Skyline i-510"),
)

PENDING = PpclRow(cohort="Secure", esme=DeviceModel(model="Liberty 100", vendor_version="P4X9G02"))

LOOK_UPS = {
    "a product": (PRODUCTS.entry("10A1", "010A030B", "0A0B0C0D"), (ACTIVE,)),
    "a product in another case, with spaces": (PRODUCTS.entry("10a1 ", " 010a030b", "0a0b0c0d"), (ACTIVE,)),
    "a product that was removed": (PRODUCTS.entry("10A1", "010A030B", "0A0B0C01"), (REMOVED,)),
    "a product that was removed, in force": (PRODUCTS.in_force("10A1", "010A030B", "0A0B0C01"), ()),
    "a product that is Active, in force": (PRODUCTS.in_force("10a1", "010a030b", "0a0b0c0d"), (ACTIVE,)),
    "a version of another model": (PRODUCTS.entry("10A1", "010A030C", "FFFF0001"), ()),
    "a model": (PRODUCTS.by_model("10A1", "010a030B"), (ACTIVE, BILINGUAL, REMOVED, UNDATED)),
    "a model, in force": (PRODUCTS.in_force_by_model("10A1", "010A030B"), (ACTIVE, BILINGUAL)),
    "a version": (PRODUCTS.by_version("0a0b0c0d"), (ACTIVE, OTHER_MODEL)),
    "a version, in force": (PRODUCTS.in_force_by_version("0A0B0C02"), ()),
    "an image that two generations share": (PRODUCTS.by_hash(IMAGE), (ACTIVE, BILINGUAL)),
    "an image that was removed, in force": (PRODUCTS.in_force_by_hash(bytes(32)), ()),
    "an image nobody lists": (PRODUCTS.by_hash(b"\xff" * 32), ()),
    "entries of both generations with one version": (
        ProductList([ACTIVE, SAME_VERSION]).entry("10A1", "010A030B", "0A0B0C0D"),
        (ACTIVE, SAME_VERSION),
    ),
}


@pytest.mark.parametrize(("found", "expected"), LOOK_UPS.values(), ids=LOOK_UPS.keys())
def test_look_up_of(found: tuple[CplEntry, ...], expected: tuple[CplEntry, ...]) -> None:
    assert expected == found


def test_the_length_counts_entries_in_and_out_of_force() -> None:
    assert 5 == len(PRODUCTS)
    assert (ACTIVE, BILINGUAL, REMOVED, UNDATED, OTHER_MODEL) == PRODUCTS.entries


def test_a_revision_is_twelve_hexadecimal_digits_whatever_the_order() -> None:
    again = ProductList([OTHER_MODEL, UNDATED, REMOVED, BILINGUAL, ACTIVE])
    assert PRODUCTS.revision == again.revision
    assert 12 == len(PRODUCTS.revision)
    assert int(PRODUCTS.revision, 16) >= 0


OTHER_LISTS = {
    "an entry less": ProductList(PRODUCTS.entries[1:]),
    "another status": ProductList([*PRODUCTS.entries[1:], msgspec.structs.replace(ACTIVE, status=CplStatus.EXPIRED)]),
    "a combination more": ProductList(PRODUCTS.entries, [COMBINATION]),
    "a pending combination more": ProductList(PRODUCTS.entries, (), [PENDING]),
    "no entry": ProductList(()),
}


@pytest.mark.parametrize("other", OTHER_LISTS.values(), ids=OTHER_LISTS.keys())
def test_another_revision_has(other: ProductList) -> None:
    assert PRODUCTS.revision != other.revision


def test_the_revision_of_a_list_stays_what_it_was_when_it_was_first_written_to_disk() -> None:
    assert "e601c1075bc1" == ProductList([ACTIVE, REMOVED], [COMBINATION]).revision


def test_the_order_of_pending_rows_makes_no_difference_either() -> None:
    other = msgspec.structs.replace(PENDING, cohort="Elster")
    one, turned = ProductList((), (), [PENDING, other]), ProductList((), (), [other, PENDING])
    assert one.revision == turned.revision
    assert (other, PENDING) == one.pending.rows == turned.pending.rows
    assert (PENDING, other) == tuple(reversed(one.pending.containing(DeviceModel(model="LIBERTY 100"))))


LONG = entry(
    "7", "ASP40401", manufacturer="AB02", model="00AA", vendor_version="ASP04.04.01-55497", model_name="AS 300P"
)
NAMED = {
    "its name and the vendor's version": (DeviceModel(model="AS 300P", vendor_version="ASP04.04.01-55497"), (LONG,)),
    "the version with a blank": (DeviceModel(model="as 300p", vendor_version="ASP 04.04.01-55497"), (LONG,)),
    "its identifier and the form of DUIS": (DeviceModel(model="00AA", vendor_version="asp40401"), (LONG,)),
    "its model alone": (DeviceModel(model="010A030C"), (OTHER_MODEL,)),
    "another maker": (DeviceModel(model="AS 300P", manufacturer="AB03"), ()),
    "another version": (DeviceModel(model="AS 300P", vendor_version="ASP04.04.02-1"), ()),
    "a model nobody lists": (DeviceModel(model="AS 400P"), ()),
}


@pytest.mark.parametrize(("model", "expected"), NAMED.values(), ids=NAMED.keys())
def test_the_entries_of_a_combinations_model_are_found_by(model: DeviceModel, expected: tuple[CplEntry, ...]) -> None:
    assert expected == ProductList([LONG, OTHER_MODEL, ACTIVE]).named_by(model)
