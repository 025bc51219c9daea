"""The story of a product: where it stands, why, and what a sender can do."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from cpl.epcl import EpclEntry, InstallationStatus
from cpl.ppcl import PpclRow
from cpl.product import CplEntry, DeviceModel
from cpl.product_list import ProductList
from cpl.story import Asked, Standing
from cpl.why import explain_absence, explain_absence_of_hash, why
from schemas.vocabulary import CplStatus, DeviceType, Generation

IMAGE, OLD_IMAGE = b"\xaa" * 32, b"\xbb" * 32
ESME = CplEntry(
    entry_id="100",
    device_type=DeviceType.ESME,
    generation=Generation.SMETS2,
    manufacturer="AB01",
    model="010A030B",
    firmware_version="00020130",
    firmware_hash=IMAGE,
    listed_on=date(2024, 3, 1),
    status_since=date(2024, 3, 1),
)


def esme(entry_id: str, **changes: object) -> CplEntry:
    return msgspec.structs.replace(ESME, entry_id=entry_id, **{"firmware_hash": None, **changes})


WITHDRAWN = esme(
    "101",
    firmware_version="00020100",
    firmware_hash=OLD_IMAGE,
    status=CplStatus.WITHDRAWN,
    status_since=date(2025, 1, 31),
)
EXPIRED = esme(
    "102",
    firmware_version="00020110",
    status=CplStatus.EXPIRED,
    status_since=date(2022, 8, 31),
    cpa_expiry=date(2022, 8, 30),
)
PASSED = esme("103", firmware_version="00020120", cpa_expiry=date(2026, 1, 31), status_since=None)
OTHER_HARDWARE = esme("104", model="010A040C", firmware_version="00020200")
PPMID_2 = esme(
    "200", device_type=DeviceType.PPMID, model="0B0B0101", firmware_version="01000005", vendor_version="V1.5"
)
PPMID_1 = esme(
    "201",
    device_type=DeviceType.PPMID,
    model="0B0B0101",
    firmware_version="FF000005",
    vendor_version="V1.5",
    generation=Generation.SMETS1,
)
LIBERTY = esme(
    "300",
    generation=Generation.SMETS1,
    manufacturer="Secure",
    model="11110101",
    model_name="Liberty 100",
    firmware_version="00000131",
    vendor_version="P4X9G01 0x131",
)
ELIGIBLE = EpclEntry(
    entry_id="002255",
    cohort="Secure",
    installation_status=InstallationStatus.MIXED,
    esme=DeviceModel(model="Liberty 100", vendor_version="P4X9G01 0x132"),
    hub=DeviceModel(model="Skyline i-510", vendor_version="HUB3F0X 0x02"),
)
PENDING = PpclRow(
    entry_id="002370",
    cohort="Secure",
    dmct_status="in test",
    esme=DeviceModel(model="Liberty 100", vendor_version="P4X9G01 0x133"),
)
PRODUCTS = ProductList(
    [ESME, WITHDRAWN, EXPIRED, PASSED, OTHER_HARDWARE, PPMID_2, PPMID_1, LIBERTY], [ELIGIBLE], [PENDING]
)
R = PRODUCTS.revision
TODAY = date(2026, 11, 21)


def asked(model: str, firmware_version: str, manufacturer: str = "AB01", **more: object) -> Asked:
    return msgspec.structs.replace(
        Asked(manufacturer=manufacturer, model=model, firmware_version=firmware_version), **more
    )


STORIES = {
    "a version in force, since when and under which entry": (
        Standing.IN_FORCE,
        f"firmware 00020130 of AB01/010A030B is on the CPL (revision {R}): "
        "entry 100 (SMETS2+, 00020130) is Active since 2024-03-01",
        (),
        asked("010A030B", "00020130"),
    ),
    "a version that was never submitted": (
        Standing.VERSION_NOT_LISTED,
        f"firmware 00099999 of AB01/010A030B is not on the CPL (revision {R}): "
        "no entry of this model names this version; listed for this model: 00020120, 00020130",
        (
            "Check manufacturer, model and version as they are written in the list; if they are right, have the "
            "Device Model submitted to the CPL (a SMETS1 model needs an EPCL entry of its combination first).",
            "In force for this model today: 00020120, 00020130.",
        ),
        asked("010A030B", "00099999"),
    ),
    "a version that was withdrawn": (
        Standing.REMOVED,
        f"firmware 00020100 of AB01/010A030B is not on the CPL (revision {R}): "
        "entry 101 was Withdrawn on 2025-01-31; listed for this model: 00020120, 00020130",
        (
            "Use a version that is in force; only who keeps the CPL can bring an entry back.",
            "In force for this model today: 00020120, 00020130.",
        ),
        asked("010A030B", "00020100"),
    ),
    "a version whose CPA certificate expired": (
        Standing.REMOVED,
        f"firmware 00020110 of AB01/010A030B is not on the CPL (revision {R}): entry 102 was Expired on 2022-08-31; "
        "entry 102's CPA certificate expired on 2022-08-30; listed for this model: 00020120, 00020130",
        (
            "Use a version that is in force; only who keeps the CPL can bring an entry back.",
            "In force for this model today: 00020120, 00020130.",
        ),
        asked("010A030B", "00020110"),
    ),
    "a version in force after its CPA certificate's date, because the list decides": (
        Standing.IN_FORCE,
        f"firmware 00020120 of AB01/010A030B is on the CPL (revision {R}): entry 103 (SMETS2+, 00020120) is Active; "
        "entry 103's CPA certificate expired on 2026-01-31: the list still has it as Active, and the list decides",
        (),
        asked("010A030B", "00020120"),
    ),
    "a SMETS1 model that is eligible, without a CPL entry": (
        Standing.AWAITING_ENTRY,
        f"firmware P4X9G01 0x132 of Secure/11110101 is not on the CPL (revision {R}): its Device Model is eligible by "
        "EPCL entry 002255 (Secure, Mixed); no CPL entry has been made of it yet; listed for this model: 00000131",
        ("Have the CPL entry made: the EPCL lets it be.", "In force for this model today: 00000131."),
        asked("11110101", "P4X9G01 0x132", "Secure"),
    ),
    "a SMETS1 model whose EPCL entry is not approved yet": (
        Standing.AWAITING_COMBINATION,
        f"firmware P4X9G01 0x133 of Secure/11110101 is not on the CPL (revision {R}): its Device Model is in no EPCL "
        "entry yet, only pending: EPCL entry 002370 asked for (Secure, testing: in test); "
        "listed for this model: 00000131",
        (
            "Wait until its combination is tested and approved as an EPCL entry, then have the CPL entry made.",
            "In force for this model today: 00000131.",
        ),
        asked("11110101", "P4X9G01 0x133", "Secure"),
    ),
    "a bilingual PPMID as SMETS1, with the SMETS2+ version": (
        Standing.OTHER_GENERATION,
        f"firmware 01000005 of AB01/0B0B0101 as SMETS1 is not on the CPL (revision {R}): it is listed as the model's "
        "other generation: entry 200 (SMETS2+, 01000005, V1.5 as the vendor prints it) is Active since 2024-03-01; "
        "listed for this model: FF000005",
        (
            "Use the version of the entry for the generation that the device was pre-notified as.",
            "In force for this model today: FF000005.",
        ),
        asked("0B0B0101", "01000005", generation=Generation.SMETS1),
    ),
    "a bilingual PPMID as either": (
        Standing.IN_FORCE,
        f"firmware 01000005 of AB01/0B0B0101 is on the CPL (revision {R}): entry 200 (SMETS2+, 01000005, V1.5 as the "
        "vendor prints it) is Active since 2024-03-01; bilingual model, the other generation: "
        "entry 201 (SMETS1, FF000005, V1.5 as the vendor prints it) is Active since 2024-03-01",
        (),
        asked("0B0B0101", "01000005"),
    ),
    "the right version on other hardware": (
        Standing.OTHER_HARDWARE,
        f"firmware 00020200 of AB01/010A030B is not on the CPL (revision {R}): no entry of this model names this "
        "version; listed for this model: 00020120, 00020130; this version is listed for other hardware: 010A040C",
        (
            "Check the hardware version and revision in the device's model: they are part of the Device Model.",
            "In force for this model today: 00020120, 00020130.",
        ),
        asked("010A030B", "00020200"),
    ),
    "a model that nobody lists": (
        Standing.MODEL_NOT_LISTED,
        f"firmware 00020130 of ZZ99/010A030B is not on the CPL (revision {R}): no entry names this model",
        (
            "Check manufacturer, model and version as they are written in the list; if they are right, have the "
            "Device Model submitted to the CPL (a SMETS1 model needs an EPCL entry of its combination first).",
        ),
        asked("010A030B", "00020130", "ZZ99"),
    ),
    "a version of whatever model": (
        Standing.VERSION_NOT_LISTED,
        f"firmware 00099999 is not on the CPL (revision {R}): no entry names this version",
        (
            "Check manufacturer, model and version as they are written in the list; if they are right, have the "
            "Device Model submitted to the CPL (a SMETS1 model needs an EPCL entry of its combination first).",
        ),
        Asked(firmware_version="00099999"),
    ),
    "the vendor's spelling of a version": (
        Standing.IN_FORCE,
        f"firmware p4x9g010x131 of Secure/11110101 is on the CPL (revision {R}): entry 300 (SMETS1, 00000131, "
        "P4X9G01 0x131 as the vendor prints it) is Active since 2024-03-01",
        (),
        asked("11110101", "p4x9g010x131", "Secure"),
    ),
    "a hash in force": (
        Standing.IN_FORCE,
        f"firmware hash {IMAGE.hex()} is on the CPL (revision {R}): "
        "entry 100 (SMETS2+, 00020130) is Active since 2024-03-01",
        (),
        Asked(firmware_hash=IMAGE),
    ),
    "a hash of another model's image": (
        Standing.OTHER_MODEL,
        f"firmware hash {IMAGE.hex()} of AB01/0B0B0101 is not on the CPL (revision {R}): "
        "it is firmware 00020130 of AB01/010A030B; listed for this model: 01000005, FF000005",
        (
            "Address devices of the model that the image was made for, or send their own image.",
            "In force for this model today: 01000005, FF000005.",
        ),
        Asked(manufacturer="AB01", model="0B0B0101", firmware_hash=IMAGE),
    ),
    "a hash that was withdrawn": (
        Standing.REMOVED,
        f"firmware hash {OLD_IMAGE.hex()} is not on the CPL (revision {R}): "
        "entry 101 was Withdrawn on 2025-01-31 (firmware 00020100 of AB01/010A030B)",
        ("Use a version that is in force; only who keeps the CPL can bring an entry back.",),
        Asked(firmware_hash=OLD_IMAGE),
    ),
    "a hash that nobody lists": (
        Standing.HASH_NOT_LISTED,
        f"firmware hash {'cc' * 32} is not on the CPL (revision {R}): no entry has this hash",
        (
            "Check that the hash is the SHA-256 of the image as the manufacturer delivered it; if it is, have "
            "the hash entered on the CPL.",
        ),
        Asked(firmware_hash=b"\xcc" * 32),
    ),
}


@pytest.mark.parametrize(("standing", "reason", "to_do", "question"), STORIES.values(), ids=STORIES.keys())
def test_the_story_of(standing: Standing, reason: str, to_do: tuple[str, ...], question: Asked) -> None:
    story = why(PRODUCTS, question, today=TODAY)
    assert standing is story.standing
    assert reason == story.reason
    assert to_do == story.to_do


def test_a_refusal_is_explained_in_the_same_words() -> None:
    question = asked("010A030B", "00020100")
    assert why(PRODUCTS, question).reason == explain_absence(PRODUCTS, "00020100", "AB01", "010A030B")
    assert why(PRODUCTS, Asked(firmware_hash=OLD_IMAGE)).reason == explain_absence_of_hash(PRODUCTS, OLD_IMAGE)


def test_a_sentence_names_five_and_counts_the_rest() -> None:
    many = ProductList([esme(str(n), firmware_version=f"0000000{n}") for n in range(8)])
    reason = explain_absence(many, "FFFFFFFF", "AB01", "010A030B")
    assert reason.endswith("listed for this model: 00000000, 00000001, 00000002, 00000003, 00000004 (and 3 more)")
