"""What is told of misplaced, missing and strange elements and attributes: the same from both schema sets."""

from __future__ import annotations

import pytest
from marked import HEADER, INVENTORY, MARK, REFERENCE, REFERENCE_VARIANT, REQUEST_ID, SR, VARIANT, Told, of_body, whole

from schemas.request import Malformed
from schemas.xsd import DUIS_NAMESPACE, SIGNATURE_NAMESPACE, DuisSchema

A_BODY = "one of 130 elements"
ELEMENTS: dict[str, Told] = {
    "the variant before the RequestID": Told(
        whole(INVENTORY, MARK + VARIANT + REQUEST_ID + REFERENCE + REFERENCE_VARIANT),
        "/Request/Header/CommandVariant",
        "Header: expected RequestID, found CommandVariant",
        "CommandVariant must stand after RequestID",
    ),
    "an optional element at the end": Told(
        whole(INVENTORY, f"{HEADER}{MARK}<sr:FirstInSequence>true</sr:FirstInSequence>"),
        "/Request/Header/FirstInSequence",
        "Header: expected the end of Header, found FirstInSequence",
        "FirstInSequence must stand before CommandVariant",
    ),
    "an element left out": Told(
        whole(INVENTORY, REQUEST_ID + VARIANT + MARK + REFERENCE_VARIANT),
        "/Request/Header/ServiceReferenceVariant",
        "Header: expected ServiceReference, found ServiceReferenceVariant",
        "ServiceReference is missing: it stands before ServiceReferenceVariant",
    ),
    "the last element left out": Told(
        whole(INVENTORY, REQUEST_ID + VARIANT + REFERENCE).replace("<sr:Header>", MARK + "<sr:Header>"),
        "/Request/Header",
        "Header: expected ServiceReferenceVariant, found the end of Header",
    ),
    "an element twice": Told(
        whole(INVENTORY, HEADER + MARK + REFERENCE_VARIANT),
        "/Request/Header/ServiceReferenceVariant",
        "Header: expected the end of Header, found ServiceReferenceVariant",
        "ServiceReferenceVariant may stand in Header once only",
    ),
    "an element in no namespace": Told(
        whole(INVENTORY, HEADER.replace("<sr:CommandVariant>8</sr:", f"{MARK}<CommandVariant>8</")),
        "/Request/Header/CommandVariant",
        "Header: expected FirstInSequence, PrecedingServiceRequestID or CommandVariant, "
        "found CommandVariant in no namespace",
        "write sr:CommandVariant: the prefix sr stands for the namespace of DUIS",
    ),
    "an element of another version's namespace": Told(
        f'<Request xmlns="{DUIS_NAMESPACE}" schemaVersion="5.4">{MARK}<Header xmlns="{DUIS_NAMESPACE}/5.1"/>'
        "<Body><DisableSupply/></Body></Request>",
        "/Request/Header",
        f"Request: expected Header, found Header of namespace '{DUIS_NAMESPACE}/5.1'",
        f"the namespace is {DUIS_NAMESPACE} in every version of DUIS; schemaVersion tells the version",
    ),
    "an element without the default namespace": Told(
        f'<Request xmlns="{DUIS_NAMESPACE}" schemaVersion="5.4">{MARK}<Header xmlns=""/>'
        "<Body><DisableSupply/></Body></Request>",
        "/Request/Header",
        "Request: expected Header, found Header in no namespace",
        'remove xmlns=""',
    ),
    "a name in small letters": Told(
        whole(INVENTORY, HEADER.replace("<sr:RequestID>", f"{MARK}<sr:requestId>").replace("RequestID>", "requestId>")),
        "/Request/Header/requestId",
        "Header: expected RequestID, found requestId",
        "write RequestID: capitals and small letters differ",
    ),
    "a name with a slip": of_body(
        f"{MARK}<sr:ReadInvetory/>",
        "/ReadInvetory",
        f"Body: expected {A_BODY}, the nearest of them ReadInventory, found ReadInvetory",
        "perhaps ReadInventory was meant",
    ),
    "a stranger": of_body(
        f"{MARK}<sr:Zx/>",
        "/Zx",
        f"Body: expected {A_BODY} such as ActivateAuxiliaryLoad, ActivateEmergencyCredit or ActivateFirmware, found Zx",
    ),
    "an element of another service": of_body(
        f"<sr:TopUpDevice>{MARK}<sr:FirmwareHash>00</sr:FirmwareHash></sr:TopUpDevice>",
        "/TopUpDevice/FirmwareHash",
        "TopUpDevice: expected UTRN, found FirmwareHash",
        "FirmwareHash is an element of ActivateFirmware, but not of TopUpDevice",
    ),
    "a service's element without its service": of_body(
        f"{MARK}<sr:UTRN>1</sr:UTRN>",
        "/UTRN",
        f"Body: expected {A_BODY} such as ActivateAuxiliaryLoad, ActivateEmergencyCredit or ActivateFirmware, "
        "found UTRN",
        "UTRN is an element of TopUpDevice, but not of Body",
    ),
    "two services": of_body(
        f"<sr:DisableSupply/>{MARK}<sr:ReadFirmwareVersion/>",
        "/ReadFirmwareVersion",
        "Body: expected the end of Body, found ReadFirmwareVersion",
        "Body has either DisableSupply or ReadFirmwareVersion, not both",
    ),
    "two ways to ask": of_body(
        f"<sr:ReadInventory><sr:MPxN>1</sr:MPxN>{MARK}<sr:UPRN>1</sr:UPRN></sr:ReadInventory>",
        "/ReadInventory/UPRN",
        "ReadInventory: expected the end of ReadInventory, found UPRN",
        "ReadInventory has either MPxN or UPRN, not both",
    ),
    "no service": Told(
        whole("").replace("<sr:Body>", MARK + "<sr:Body>"),
        "/Request/Body",
        f"Body: expected {A_BODY} such as ActivateAuxiliaryLoad, ActivateEmergencyCredit or ActivateFirmware, "
        "found nothing inside Body",
    ),
    "nothing in a service that needs something": of_body(
        f"{MARK}<sr:UpdateHANDeviceLog/>",
        "/UpdateHANDeviceLog",
        "UpdateHANDeviceLog: expected ExecutionDateTime or DeviceID, found nothing inside UpdateHANDeviceLog",
        "DeviceID must not be left out",
    ),
    "something in a service that has nothing": of_body(
        f"{MARK}<sr:DisableSupply><sr:DeviceID/></sr:DisableSupply>",
        "/DisableSupply",
        "DisableSupply: expected nothing inside, found the element DeviceID",
    ),
    "a text in a service that has nothing": of_body(
        f"{MARK}<sr:DisableSupply> now </sr:DisableSupply>",
        "/DisableSupply",
        "DisableSupply: expected nothing inside, found text (3 characters)",
    ),
    "a value that lost its element": of_body(
        f"{MARK}<sr:TopUpDevice>77777777777777777777</sr:TopUpDevice>",
        "/TopUpDevice",
        "TopUpDevice: expected UTRN, found text (20 characters)",
    ),
    "a text between elements": Told(
        whole(INVENTORY).replace("<sr:Body>", f"{MARK}<sr:Body>8.2 "),
        "/Request/Body",
        "Body: expected elements only, found text (3 characters)",
    ),
    "no schemaVersion": Told(
        MARK + whole(INVENTORY, root=SR),
        "/Request",
        "Request: expected the attribute schemaVersion, found none",
        'write schemaVersion="5.4" in its start tag',
    ),
    "an attribute that there is not": Told(
        MARK + whole(INVENTORY, root=f'{SR} schemaVersion="5.4" SchemaVersion="5.4"'),
        "/Request/@SchemaVersion",
        "Request: expected only the attribute schemaVersion, found the attribute SchemaVersion",
        "write schemaVersion: capitals and small letters differ",
    ),
    "an attribute of another namespace": Told(
        whole(INVENTORY).replace("<sr:Body>", f'{MARK}<sr:Body sr:Id="1">'),
        "/Request/Body/@Id",
        f"Body: expected no attributes, found the attribute Id of namespace '{DUIS_NAMESPACE}'",
    ),
    "another root": Told(
        f"{MARK}<sr:Requests {SR}/>",
        "/Requests",
        "expected Request, Response, SMETS1SignedResponse or S1SPAlert, found Requests",
        "perhaps Request was meant",
    ),
    "a root in no namespace": Told(
        f'{MARK}<Request schemaVersion="5.4"/>',
        "/Request",
        "expected Request, Response, SMETS1SignedResponse or S1SPAlert, found Request in no namespace",
        f'declare xmlns:sr="{DUIS_NAMESPACE}" and write sr:Request',
    ),
    "a root without the prefix that it declares": Told(
        f'{MARK}<Request {SR} schemaVersion="5.4"/>',
        "/Request",
        "expected Request, Response, SMETS1SignedResponse or S1SPAlert, found Request in no namespace",
        "write sr:Request: the prefix sr stands for the namespace of DUIS",
    ),
    "a Signature before the Header": Told(
        whole(INVENTORY).replace("<sr:Header>", f'{MARK}<ds:Signature xmlns:ds="{SIGNATURE_NAMESPACE}"/><sr:Header>'),
        "/Request/Signature",
        "Request: expected Header, found Signature",
        "Signature must stand after Body",
    ),
}


@pytest.mark.parametrize("name", ELEMENTS)
def test_what_stands_wrong_is_told_with_its_place_and_how_to_mend_it(either: DuisSchema, name: str) -> None:
    document, fault = ELEMENTS[name].read()
    assert Malformed(kind="not-schema-valid", faults=(fault,)) == either.read(document)
