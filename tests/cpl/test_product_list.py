"""Look-ups, revisions and the words for what is not on the list."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from cpl.epcl import EpclEntry, InstallationStatus
from cpl.product import CplEntry, DeviceModel
from cpl.product_list import ProductList, explain_absence, explain_absence_of_hash
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
    "no entry": ProductList(()),
}


@pytest.mark.parametrize("other", OTHER_LISTS.values(), ids=OTHER_LISTS.keys())
def test_another_revision_has(other: ProductList) -> None:
    assert PRODUCTS.revision != other.revision


def test_the_revision_of_a_list_stays_what_it_was_when_it_was_first_written_to_disk() -> None:
    assert "e601c1075bc1" == ProductList([ACTIVE, REMOVED], [COMBINATION]).revision


MANY = ProductList([entry(str(n), f"0000000{n}") for n in range(1, 9)])
ABSENCES = {
    "a model that is not listed": (
        PRODUCTS,
        ("10A1", "99999999", "0A0B0C0D"),
        "firmware 0A0B0C0D of 10A1/99999999 is not on the CPL (revision {})",
    ),
    "a version the model does not have": (
        PRODUCTS,
        ("10A1", "010A030B", "12345678"),
        "firmware 12345678 of 10A1/010A030B is not on the CPL (revision {}); listed for this model: 0A0B0C0D, FFFF0001",
    ),
    "more versions than a reason can name": (
        MANY,
        ("10A1", "010A030B", "12345678"),
        "firmware 12345678 of 10A1/010A030B is not on the CPL (revision {}); "
        "listed for this model: 00000001, 00000002, 00000003, 00000004, 00000005 (and 3 more)",
    ),
    "an entry that was removed": (
        ProductList([REMOVED]),
        ("10A1", "010A030B", "0A0B0C01"),
        "firmware 0A0B0C01 of 10A1/010A030B is not on the CPL (revision {}): entry 3 was Withdrawn on 2024-05-01",
    ),
    "an entry that was removed, with others to use": (
        PRODUCTS,
        ("10A1", "010A030B", "0A0B0C01"),
        "firmware 0A0B0C01 of 10A1/010A030B is not on the CPL (revision {}): entry 3 was Withdrawn on 2024-05-01; "
        "listed for this model: 0A0B0C0D, FFFF0001",
    ),
    "an entry that was removed nobody knows when": (
        ProductList([UNDATED]),
        ("10A1", "010A030B", "0A0B0C02"),
        "firmware 0A0B0C02 of 10A1/010A030B is not on the CPL (revision {}): entry 4 is Expired",
    ),
}


@pytest.mark.parametrize(("products", "asked", "message"), ABSENCES.values(), ids=ABSENCES.keys())
def test_the_absence_is_explained_of(products: ProductList, asked: tuple[str, str, str], message: str) -> None:
    assert message.format(products.revision) == explain_absence(products, *asked)


ABSENT_HASHES = {
    "an image nobody lists": (b"\xfe" * 32, "firmware hash {hash} is not on the CPL (revision {revision})"),
    "an image that was removed": (
        bytes(32),
        "firmware hash {hash} is not on the CPL (revision {revision}): entry 3 was Withdrawn on 2024-05-01 "
        "(firmware 0A0B0C01 of 10A1/010A030B)",
    ),
}


@pytest.mark.parametrize(("image", "message"), ABSENT_HASHES.values(), ids=ABSENT_HASHES.keys())
def test_the_absence_of_a_hash_is_explained_for(image: bytes, message: str) -> None:
    assert message.format(hash=image.hex(), revision=PRODUCTS.revision) == explain_absence_of_hash(PRODUCTS, image)
