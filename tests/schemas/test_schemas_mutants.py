"""Our schema set gives the published one's verdict on documents of our own and on thousands of mutants of them.

``test_schemas_validate`` does the same to the published templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path

import pytest
from comparison import Comparison, taken_by
from full_documents import FROM_PROVIDERS, OTHER_RESPONSES, REQUESTS, RESPONSES
from lxml import etree
from mutants import Mutant, mutants, sweep
from schemas_world import signed

from schemas.xsd import DuisSchema

PER_DOCUMENT = 60

OURS = REQUESTS | RESPONSES | OTHER_RESPONSES | FROM_PROVIDERS
SIGNED = {f"{name}, signed": signed(text) for name, text in REQUESTS.items()}


def compared(own: DuisSchema, published: DuisSchema, of: Mapping[str, Iterable[Mutant]]) -> Comparison:
    comparison = Comparison(published)
    for name, some in of.items():
        for mutant in some:
            comparison.add(mutant.change, f"{name}: {mutant.name}", mutant.document, own.read(mutant.document))
    return comparison


def test_everything_tried_at_every_place_gets_the_same_verdict_from_both_sets(
    own: DuisSchema, published: DuisSchema
) -> None:
    done: set[str] = set()
    comparison = compared(own, published, {name: sweep(document, done) for name, document in (SIGNED | OURS).items()})
    assert [] == comparison.unlisted
    assert comparison.seen > 10_000
    assert comparison.valid > 1_000


def test_thousands_of_random_mutants_get_the_same_verdict_from_both_sets(
    own: DuisSchema, published: DuisSchema
) -> None:
    documents = enumerate((SIGNED | OURS).items())
    comparison = compared(
        own, published, {name: mutants(document, seed, PER_DOCUMENT) for seed, (name, document) in documents}
    )
    assert [] == comparison.unlisted
    assert comparison.seen > 2_000
    assert comparison.seen // 5 < comparison.valid < comparison.seen * 4 // 5, "all of one kind prove nothing"


@pytest.mark.parametrize("name", OURS)
def test_a_full_document_is_valid(either: DuisSchema, name: str) -> None:
    outcome = either.read(OURS[name])
    assert isinstance(outcome, etree._Element), outcome


@pytest.mark.parametrize("code", ["AD1", "AD2", "N0", "N01", "N1", "N31", "N32", "N33", "N65", "N66", "N999", ""])
def test_a_dcc_alert_code_gets_the_same_verdict_from_both_sets(
    own: DuisSchema, published: DuisSchema, code: str
) -> None:
    alert = FROM_PROVIDERS["a provider's alert"].decode()
    head = RESPONSES["a synchronous Response"].decode().partition("<sr:Body>")[0]
    document = (
        f"{head}<sr:Body><sr:DCCAlertMessage><sr:DCCAlertCode>{code}</sr:DCCAlertCode><sr:DCCAlert><sr:S1SPAlertDSP>"
        f"{alert}</sr:S1SPAlertDSP></sr:DCCAlert></sr:DCCAlertMessage></sr:Body></sr:Response>"
    ).encode()
    assert taken_by(published, document) == isinstance(own.read(document), etree._Element)


XS = "{http://www.w3.org/2001/XMLSchema}"
ENUMERATIONS = {
    "ServiceReferenceName": "ServiceReference",
    "ServiceReferenceVariantName": "ServiceReferenceVariant",
    "ResponseCodeName": "ResponseCode",
    "DeviceTypeName": "DeviceType",
    "DeviceStatusName": "DeviceStatus",
    "ProductListStatus": "FirmwareVersionStatus",
    "EsmeVariantLetters": "ESMEVariant",
    "CspRegionName": "CSPRegion",
}
"""Our types' names and the published ones."""


def enumeration(schemas: list[bytes], name: str) -> set[str]:
    for schema in schemas:
        for declared in etree.fromstring(schema).iter(f"{XS}simpleType"):
            owner = declared if declared.get("name") else declared.getparent()
            values = {str(value.get("value")) for value in declared.iter(f"{XS}enumeration")}
            if owner is not None and owner.get("name") == name and values:
                return values
    raise AssertionError(f"no enumeration {name}")


@pytest.mark.parametrize("ours", ENUMERATIONS)
def test_an_enumeration_has_exactly_the_published_values(reference_dir: Path, ours: str) -> None:
    (published,) = (reference_dir / "duis-5.4").glob("DUIS*.xsd")
    own = [f.read_bytes() for f in resources.files("schemas.duis").iterdir() if f.name.endswith(".xsd")]
    assert enumeration([published.read_bytes()], ENUMERATIONS[ours]) == enumeration(own, ours)
