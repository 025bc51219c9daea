"""Refusals as wholes: several faults, secrets, what never is told, and the same from both schema sets."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from full_documents import REQUESTS
from lxml import etree
from marked import HEADER, INVENTORY, MARK, REFERENCE, REFERENCE_VARIANT, REQUEST_ID, SR, VARIANT, places, whole
from mutants import sweep
from schemas_world import DCC, DEVICE, USER, signed

from schemas.faults import MOST_FAULTS, not_a
from schemas.records import to_json
from schemas.request import Fault, Malformed
from schemas.xsd import DUIS_NAMESPACE, DuisSchema

NO_VARIANT = "CommandVariant: expected a whole number from 1 to 9, found '0'"
NO_COUNTER = "RequestID: expected a counter from 0 to 18446744073709551615 as the 3rd of three parts, found 'x'"
NO_REFERENCE = "ServiceReference: expected one of 95 values, the nearest of them 8.9, found '8.99'"
NO_UTRN = "UTRN: expected 20 decimal digits, found 1 character"
WRONG_ID = f"<sr:RequestID>{USER}:{DCC}:x</sr:RequestID>"
WRONG_VARIANT = VARIANT.replace("8", "0")
WRONG_REFERENCE = REFERENCE.replace("8.2", "8.99")
TOP_UP = f"<sr:TopUpDevice>{MARK}<sr:UTRN>1</sr:UTRN></sr:TopUpDevice>"

SEVERAL: dict[str, tuple[str, list[str]]] = {
    "in the header and in the body": (
        whole(TOP_UP, REQUEST_ID + MARK + WRONG_VARIANT + REFERENCE + REFERENCE_VARIANT),
        [NO_VARIANT, NO_UTRN],
    ),
    "a missing element before what stands in its parent": (
        whole(TOP_UP, REQUEST_ID + MARK + WRONG_VARIANT + REFERENCE).replace("<sr:Header>", MARK + "<sr:Header>"),
        ["Header: expected ServiceReferenceVariant, found the end of Header", NO_VARIANT, NO_UTRN],
    ),
    "behind a misplaced element, and in it": (
        whole(
            TOP_UP,
            f"{MARK}{WRONG_VARIANT}{MARK}{WRONG_ID}{MARK}{WRONG_REFERENCE}{REFERENCE_VARIANT}",
        ),
        ["Header: expected RequestID, found CommandVariant", NO_VARIANT, NO_COUNTER, NO_REFERENCE, NO_UTRN],
    ),
    "behind a stranger": (
        whole(INVENTORY, f"{MARK}<sr:Zx/>{REQUEST_ID}{MARK}{WRONG_VARIANT}{REFERENCE}{REFERENCE_VARIANT}"),
        ["Header: expected RequestID, found Zx", NO_VARIANT],
    ),
    "behind an element in no namespace, and in it": (
        whole(
            INVENTORY, f"{REQUEST_ID}{MARK}<CommandVariant>0</CommandVariant>{MARK}{WRONG_REFERENCE}{REFERENCE_VARIANT}"
        ),
        [
            "Header: expected FirstInSequence, PrecedingServiceRequestID or CommandVariant, "
            "found CommandVariant in no namespace",
            NO_VARIANT,
            NO_REFERENCE,
        ],
    ),
    "two of one element": (
        f"{MARK}<sr:Request {SR}><sr:Header>{HEADER}</sr:Header></sr:Request>",
        [
            "Request: expected the attribute schemaVersion, found none",
            "Request: expected Body, found the end of Request",
        ],
    ),
    "a text among elements and an element too few": (
        whole(INVENTORY, f"now{REQUEST_ID}{VARIANT}{REFERENCE}").replace("<sr:Header>", MARK + "<sr:Header>"),
        [
            "Header: expected elements only, found text (3 characters)",
            "Header: expected ServiceReferenceVariant, found the end of Header",
        ],
    ),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_faults_are_told_in_the_order_of_the_document(either: DuisSchema, name: str) -> None:
    marked, messages = SEVERAL[name]
    outcome = either.read(marked.replace(MARK, "").encode())
    assert isinstance(outcome, Malformed)
    assert messages == [fault.message for fault in outcome.faults]
    assert places(marked) == sorted({(fault.line, fault.column) for fault in outcome.faults})


def test_fifty_faults_are_told_and_how_many_there_were(either: DuisSchema) -> None:
    attributes = " ".join(f'a{number}=""' for number in range(MOST_FAULTS + 10))
    outcome = either.read(whole(INVENTORY, root=f'{SR} schemaVersion="5.4" {attributes}').encode())
    assert isinstance(outcome, Malformed)
    assert [
        *(f"Request: expected only the attribute schemaVersion, found the attribute a{n}" for n in range(MOST_FAULTS)),
        "and more: 60 faults in all",
    ] == [fault.message for fault in outcome.faults]


WRONG_ROOTS = {
    "of another name": ("Response", DUIS_NAMESPACE, "Response", ""),
    "in no namespace": (
        "Request",
        "",
        "Request in no namespace",
        f'declare xmlns:sr="{DUIS_NAMESPACE}" and write sr:Request',
    ),
    "of another version's namespace": (
        "Request",
        f"{DUIS_NAMESPACE}/5.1",
        f"Request of namespace '{DUIS_NAMESPACE}/5.1'",
        f"the namespace is {DUIS_NAMESPACE} in every version of DUIS; schemaVersion tells the version",
    ),
}


@pytest.mark.parametrize("name", WRONG_ROOTS)
def test_a_root_that_is_not_wanted_is_told(name: str) -> None:
    element, namespace, found, hint = WRONG_ROOTS[name]
    document = f'\n<{element} xmlns="{namespace}"/>'.encode()
    expected = Fault(
        message=f"expected Request, found {found}",
        line=2,
        column=1,
        path=f"/{element}",
        expected="Request",
        found=found,
        hint=hint,
    )
    outcome = not_a([f"{{{DUIS_NAMESPACE}}}Request"], etree.fromstring(document), document)
    assert Malformed(kind="not-schema-valid", faults=(expected,)) == outcome


def test_a_place_is_found_where_one_prefix_means_two_namespaces(either: DuisSchema) -> None:
    inside = f"<sr:ReadInventory {SR}><sr:DeviceID>1</sr:DeviceID></sr:ReadInventory>"
    document = whole(f'{inside}<sr:a xmlns:sr="urn:other"/>').replace("<sr:Body>", "<sr:Body>\n\n")
    outcome = either.read(document.encode())
    assert isinstance(outcome, Malformed)
    assert [
        (5, "/Request/Body/ReadInventory/DeviceID"),
        (5, "/Request/Body/a"),
    ] == [(fault.line, fault.path) for fault in outcome.faults]


def test_a_place_is_found_under_a_default_namespace(either: DuisSchema) -> None:
    document = whole(INVENTORY.replace(DEVICE, "1")).replace("sr:", "").replace("xmlns:sr", "xmlns").replace(":sr", "")
    outcome = either.read(document.encode())
    assert isinstance(outcome, Malformed)
    at = document.index("<DeviceID>") - document.rindex("\n", 0, document.index("<DeviceID>"))
    assert [(3, at, "/Request/Body/ReadInventory/DeviceID")] == [(f.line, f.column, f.path) for f in outcome.faults]


# ---- what is never told

SECRET = "5ecre7~"
SECRETS = {
    "a UTRN": f"<sr:TopUpDevice><sr:UTRN>{SECRET}</sr:UTRN></sr:TopUpDevice>",
    "a UTRN that lost its element": f"<sr:TopUpDevice>{SECRET}</sr:TopUpDevice>",
    "a UTRN behind its element": f"<sr:TopUpDevice><sr:UTRN>1</sr:UTRN>{SECRET}</sr:TopUpDevice>",
    "a UTRN in small letters": f"<sr:TopUpDevice><sr:utrn>{SECRET}</sr:utrn></sr:TopUpDevice>",
    "a UTRN in an attribute's place": f'<sr:TopUpDevice UTRN="{SECRET}"/>',
    "a UTRN in another service": f"<sr:DisableSupply><sr:UTRN>{SECRET}</sr:UTRN></sr:DisableSupply>",
    "an install code": "<sr:UpdateHANDeviceLog><sr:DeviceID>B0-00-00-00-00-00-00-0E</sr:DeviceID><sr:RequestType>Add"
    f"</sr:RequestType><sr:AddDeviceToCHFWhitelist><sr:JoinTimePeriod>1</sr:JoinTimePeriod><sr:InstallCode>{SECRET}"
    "</sr:InstallCode></sr:AddDeviceToCHFWhitelist></sr:UpdateHANDeviceLog>",
    "a GBCS payload": f"<sr:SignedPreCommand><sr:GBCSPayload>{SECRET}</sr:GBCSPayload></sr:SignedPreCommand>",
    "a firmware image": f"<sr:UpdateFirmware><sr:FirmwareImage>{SECRET}</sr:FirmwareImage></sr:UpdateFirmware>",
    "a hash": f"<sr:ActivateFirmware><sr:FirmwareHash>{SECRET}</sr:FirmwareHash></sr:ActivateFirmware>",
    "key agreement credentials": "<sr:ReadActiveImportProfileData><sr:ReadLogPeriod><sr:StartDateTime>x"
    "</sr:StartDateTime><sr:EndDateTime>x</sr:EndDateTime></sr:ReadLogPeriod><sr:KAPublicSecurityCredentials>"
    f"{SECRET}</sr:KAPublicSecurityCredentials></sr:ReadActiveImportProfileData>",
    "a message": f"<sr:DisplayMessage><sr:SupplierMessage>{SECRET * 20}</sr:SupplierMessage></sr:DisplayMessage>",
    "a number for a customer": "<sr:RequestCustomerIdentificationNumber><sr:CustomerIdentificationNumber>"
    f"{SECRET}</sr:CustomerIdentificationNumber></sr:RequestCustomerIdentificationNumber>",
    "a UTRN with a bare sign": f"<sr:TopUpDevice><sr:UTRN>&{SECRET}</sr:UTRN></sr:TopUpDevice>",
    "a UTRN as an entity": "<sr:TopUpDevice><sr:UTRN>&s5ecre7;</sr:UTRN></sr:TopUpDevice>",
    "a UTRN behind the root": f"</sr:Body></sr:Request>{SECRET}",
}


@pytest.mark.parametrize("name", SECRETS)
def test_what_may_be_secret_is_not_told(own: DuisSchema, name: str) -> None:
    outcome = own.read(whole(SECRETS[name]).encode())
    assert isinstance(outcome, Malformed)
    assert "5ecre7" not in to_json(outcome).decode()


INTERNAL = re.compile(r"\{http|facet|atomic|\bxml[A-Z]|Element '|wildcard|SCHEMA|None|of the DUIS schema")
EVERY = 3


def test_nothing_of_the_validator_is_told_and_both_sets_tell_the_same(own: DuisSchema, published: DuisSchema) -> None:
    done: set[str] = set()
    refused, differences, internals = 0, [], []
    for document in map(signed, REQUESTS.values()):
        for mutant in islice(sweep(document, done), None, None, EVERY):
            ours = own.read(mutant.document)
            if not isinstance(ours, Malformed) or ours.kind != "not-schema-valid":
                continue
            refused += 1
            if ours != published.read(mutant.document):
                differences.append(mutant.name)
            for fault in ours.faults:
                parts = (fault.message, fault.expected, fault.found, fault.hint)
                whole_message = fault.message.endswith(f"expected {fault.expected}, found {fault.found}")
                if any(INTERNAL.search(part) or "\n" in part or len(part) > 500 for part in parts) or not whole_message:
                    internals.append((mutant.name, fault.message))
    assert ([], []) == (differences, internals)
    assert refused > 1_000
