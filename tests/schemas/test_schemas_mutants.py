"""Our schema set gives the published one's verdict: on templates, on full documents, on thousands of mutants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path

import pytest
from full_documents import FROM_PROVIDERS, OTHER_RESPONSES, REQUESTS, RESPONSES
from lxml import etree
from mutants import Mutant, mutants, sweep
from schemas_world import signed
from test_schemas_templates import READ, template

from schemas.request import Malformed
from schemas.xsd import DuisSchema

PER_DOCUMENT = 60

REFUSED_ON_PURPOSE = (
    "a processing instruction (do) is not accepted",
    "a comment inside a value is not accepted",
    "expected at most 64 elements in signatures, found more",
    "the attribute xsi:schemaLocation is not accepted",
    "the attribute xsi:nil is not accepted",
    "the attribute xsi:type is not accepted",
)
"""What ``schemas.hardening`` refuses although a schema cannot see it or has no objection."""

LEFT_TO_THE_PROFILE = (
    *("/KeyInfo", "/Object", "/CanonicalizationMethod", "/SignatureMethod", "/Transform", "/DigestMethod"),
)
"""Below these our schema asks for no particular content: ``schemas.signature`` has one exact shape for all of it."""

LEFT_TO_THE_PUBLISHED_SET = ("/SMETS1Response/Header", "/SMETS1Response/Body/")
"""The message mapping namespace inside a provider's response: not described by ours."""


def verdict(schema: DuisSchema, document: bytes) -> Malformed | None:
    """Of the schema alone, without the hardening."""
    try:
        root = etree.fromstring(document)
    except etree.XMLSyntaxError:
        return Malformed(kind="not-xml", faults=())
    return schema.validate(root, document)


def unexplained(own: DuisSchema, theirs: Malformed | None, document: bytes) -> Iterator[str]:
    """Why the verdicts differ, unless that is one of the listed reasons."""
    ours = own.read(document)
    if isinstance(ours, Malformed) and theirs is None:
        message = ours.faults[0].message
        if not (ours.kind == "forbidden-construct" and message in REFUSED_ON_PURPOSE):
            yield f"only ours refuses: {message}"
    if not isinstance(ours, Malformed) and theirs is not None:
        for fault in theirs.faults:
            inside_signature = "/Signature/" in fault.path and any(p in fault.path for p in LEFT_TO_THE_PROFILE)
            if not inside_signature and not any(part in fault.path for part in LEFT_TO_THE_PUBLISHED_SET):
                yield f"only the published set refuses: {fault.path}: {fault.message}"


OURS = REQUESTS | RESPONSES | OTHER_RESPONSES | FROM_PROVIDERS
SIGNED = {f"{name}, signed": signed(text) for name, text in REQUESTS.items()}


def compared(own: DuisSchema, published: DuisSchema, of: Mapping[str, Iterable[Mutant]]) -> tuple[int, int, list[str]]:
    """How many mutants there were, how many of them valid, and the unexplained differences."""
    seen, valid, differences = 0, 0, []
    for name, some in of.items():
        for mutant in some:
            seen += 1
            theirs = verdict(published, mutant.document)
            valid += theirs is None
            differences += [f"{name}: {mutant.name}: {why}" for why in unexplained(own, theirs, mutant.document)]
    return seen, valid, differences


def test_everything_tried_at_every_place_gets_the_same_verdict_from_both_sets(
    own: DuisSchema, published: DuisSchema
) -> None:
    done: set[str] = set()
    seen, valid, differences = compared(
        own, published, {name: sweep(document, done) for name, document in (SIGNED | OURS).items()}
    )
    assert [] == differences
    assert seen > 10_000
    assert valid > 1_000


def test_thousands_of_random_mutants_get_the_same_verdict_from_both_sets(
    own: DuisSchema, published: DuisSchema, templates: Path
) -> None:
    documents = {name: template(templates, name) for name in READ} | SIGNED | OURS
    seen, valid, differences = compared(
        own,
        published,
        {name: mutants(document, seed, PER_DOCUMENT) for seed, (name, document) in enumerate(documents.items())},
    )
    assert [] == differences
    assert seen > 3_000
    assert seen // 5 < valid < seen * 4 // 5, "mutants that are all valid or all invalid prove nothing"


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
    assert isinstance(verdict(published, document), Malformed) == isinstance(own.read(document), Malformed)


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
