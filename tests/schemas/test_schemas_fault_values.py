"""What is told of a wrong value: the same from our schema set and from the published one."""

from __future__ import annotations

import pytest
from marked import (
    INVENTORY,
    MARK,
    REFERENCE,
    REFERENCE_VARIANT,
    REQUEST_ID,
    SR,
    VARIANT,
    Told,
    of_body,
    of_header,
    whole,
)
from schemas_world import DCC, DEVICE, USER

from schemas.declarations import Form
from schemas.request import Malformed
from schemas.value_faults import Finding, wrong_value
from schemas.xsd import DuisSchema

AN_EUI = "an EUI-64 (eight pairs of hexadecimal digits joined by hyphens)"
A_MOMENT = "a date and time such as 2026-11-21T09:30:10.00Z"
A_COUNTER = "a counter from 0 to 18446744073709551615 as the 3rd of three parts"


def device(value: str, found: str, hint: str = "") -> Told:
    body = f"<sr:ReadInventory>{MARK}<sr:DeviceID>{value}</sr:DeviceID></sr:ReadInventory>"
    return of_body(body, "/ReadInventory/DeviceID", f"DeviceID: expected {AN_EUI}, found {found}", hint)


def moment(value: str, found: str, hint: str = "") -> Told:
    body = f"{MARK}<sr:ExecutionDateTime>{value}</sr:ExecutionDateTime>"
    return of_body(
        f"<sr:ReadFirmwareVersion>{body}</sr:ReadFirmwareVersion>",
        "/ReadFirmwareVersion/ExecutionDateTime",
        f"ExecutionDateTime: expected {A_MOMENT}, found {found}",
        hint,
    )


def request_id(value: str, message: str, hint: str = "") -> Told:
    new = f"{MARK}<sr:RequestID>{value}</sr:RequestID>"
    return of_header(REQUEST_ID, new, "/RequestID", f"RequestID: {message}", hint)


def version(value: str, found: str, hint: str = "") -> Told:
    return of_body(
        f"<sr:UpdateFirmware><sr:FirmwareImage>AAAA</sr:FirmwareImage>{MARK}<sr:FirmwareVersion>{value}"
        f"</sr:FirmwareVersion><sr:DeviceIDList>{DEVICE}</sr:DeviceIDList></sr:UpdateFirmware>",
        "/UpdateFirmware/FirmwareVersion",
        f"FirmwareVersion: expected 1 to 8 characters, found {found}",
        hint,
    )


def devices(value: str, found: str, hint: str = "") -> Told:
    return of_body(
        "<sr:UpdateFirmware><sr:FirmwareImage>AAAA</sr:FirmwareImage><sr:FirmwareVersion>1</sr:FirmwareVersion>"
        f"{MARK}<sr:DeviceIDList>{value}</sr:DeviceIDList></sr:UpdateFirmware>",
        "/UpdateFirmware/DeviceIDList",
        f"DeviceIDList: expected EUI-64s joined by commas, without blanks, found {found}",
        hint,
    )


def whitelist(seconds: str = "3600", code: str = "001122334455", kind: str = "Add") -> str:
    return (
        f"<sr:UpdateHANDeviceLog><sr:DeviceID>{DEVICE}</sr:DeviceID>{kind_mark(kind)}<sr:RequestType>{kind.strip(MARK)}"
        f"</sr:RequestType><sr:AddDeviceToCHFWhitelist>{kind_mark(seconds)}<sr:JoinTimePeriod>{seconds.strip(MARK)}"
        f"</sr:JoinTimePeriod>{kind_mark(code)}<sr:InstallCode>{code.strip(MARK)}</sr:InstallCode>"
        "</sr:AddDeviceToCHFWhitelist></sr:UpdateHANDeviceLog>"
    )


def kind_mark(value: str) -> str:
    return MARK if value.startswith(MARK) else ""


JOINING = "/UpdateHANDeviceLog/AddDeviceToCHFWhitelist"

VALUES: dict[str, Told] = {
    "an EUI without hyphens": device(
        "90B3D51F30000002", "'90B3D51F30000002'", "the hyphens are missing: write 90-B3-D5-1F-30-00-00-02"
    ),
    "an EUI with colons": device(
        "90:b3:d5:1f:30:00:00:02",
        "'90:b3:d5:1f:30:00:00:02'",
        "write hyphens in place of the colons: 90-b3-d5-1f-30-00-00-02",
    ),
    "an EUI of other groups": device("90B3D5-1F30-000002", "'90B3D5-1F30-000002'", "write 90-B3-D5-1F-30-00-00-02"),
    "an EUI-48": device("90-B3-D5-1F-30-00", "'90-B3-D5-1F-30-00'", "12 hexadecimal digits, and an EUI-64 has 16"),
    "an EUI with a letter O": device(
        "90-B3-D5-1F-30-00-0O-02", "'90-B3-D5-1F-30-00-0O-02'", "'O' is no hexadecimal digit"
    ),
    "an empty EUI": device("", "an empty value"),
    "an EUI of blanks": device("  \n", "3 blanks"),
    "an EUI across two lines": device(
        "90-B3-D5-1F\n-30-00-00-02", r"'90-B3-D5-1F\n-30-00-00-02'", "write 90-B3-D5-1F-30-00-00-02"
    ),
    "a value of hundreds of characters": device("90-" * 200, f"'{('90-' * 200)[:75]}...'"),
    "signs that change the direction of writing": device(
        "90\u202e\x85", r"'90\u202e\x85'", r"'\u202e' is no hexadecimal digit"
    ),
    "an element in a value": Told(
        whole(INVENTORY.replace(DEVICE, "<sr:EUI>1</sr:EUI>").replace("<sr:DeviceID>", MARK + "<sr:DeviceID>")),
        "/Request/Body/ReadInventory/DeviceID",
        f"DeviceID: expected {AN_EUI}, found the element EUI inside",
    ),
    "a RequestID of two parts": request_id(
        f"{USER}:{DCC}",
        f"expected originator EUI-64, target EUI-64 and counter joined by colons, found '{USER}:{DCC}' (2 parts)",
        "as in 90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000",
    ),
    "a RequestID of EUIs with colons": request_id(
        f"{str(USER).replace('-', ':')}:{DCC}:1",
        "expected originator EUI-64, target EUI-64 and counter joined by colons, "
        f"found '{str(USER).replace('-', ':')}:{DCC}:1' (10 parts)",
        "write the EUI-64s with hyphens: colons stand only between the three parts",
    ),
    "a RequestID with a wrong originator": request_id(
        f"A000000000000001:{DCC}:1000",
        "expected the originator's EUI-64 as the 1st of three parts, found 'A000000000000001'",
        "the hyphens are missing: write A0-00-00-00-00-00-00-01",
    ),
    "a RequestID with a wrong target": request_id(
        f"{USER}:{DCC}-00:1000",
        f"expected the target's EUI-64 as the 2nd of three parts, found '{DCC}-00'",
        "18 hexadecimal digits, and an EUI-64 has 16",
    ),
    "a RequestID with a counter of 65 bits": request_id(
        f"{USER}:{DCC}:18446744073709551616", f"expected {A_COUNTER}, found '18446744073709551616'"
    ),
    "a RequestID with leading zeros": request_id(
        f"{USER}:{DCC}:0001000", f"expected {A_COUNTER}, found '0001000'", "remove the leading zeros: write 1000"
    ),
    "a RequestID with two wrong parts": request_id(
        f"{USER}:{DCC}0:-1",
        f"expected the target's EUI-64 as the 2nd of three parts and {A_COUNTER}, found '{DCC}0' and '-1'",
        "17 hexadecimal digits, and an EUI-64 has 16",
    ),
    "a number that is too small": of_header(
        VARIANT,
        VARIANT.replace("8", "0").replace("<", MARK + "<", 1),
        "/CommandVariant",
        "CommandVariant: expected a whole number from 1 to 9, found '0'",
    ),
    "a word for a number": of_header(
        VARIANT,
        VARIANT.replace("8", "eight").replace("<", MARK + "<", 1),
        "/CommandVariant",
        "CommandVariant: expected a whole number from 1 to 9, found 'eight'",
    ),
    "a number with a point": of_header(
        VARIANT,
        VARIANT.replace("8", "8.0").replace("<", MARK + "<", 1),
        "/CommandVariant",
        "CommandVariant: expected a whole number from 1 to 9, found '8.0'",
        "write it without the point: 8",
    ),
    "a number with a comma": of_body(
        whitelist(seconds=MARK + "3,600"),
        JOINING + "/JoinTimePeriod",
        "JoinTimePeriod: expected a whole number from 1 to 3600, found '3,600'",
        "write it without commas: 3600",
    ),
    "one of many names": of_header(
        REFERENCE_VARIANT,
        REFERENCE_VARIANT.replace("8.2", "4.1.9").replace("<", MARK + "<", 1),
        "/ServiceReferenceVariant",
        "ServiceReferenceVariant: expected one of 129 values, the nearest of them 4.1.4, 4.1.3, 4.1.2 and 4.1.1, "
        "found '4.1.9'",
    ),
    "one of many names with blanks around it": of_header(
        REFERENCE,
        REFERENCE.replace("8.2", " 8.2\t").replace("<", MARK + "<", 1),
        "/ServiceReference",
        r"ServiceReference: expected one of 95 values, the nearest of them 8.2, 8.12, 8.9 and 8.8, found ' 8.2\t'",
        "remove the blanks around the value",
    ),
    "one of few names, in small letters": of_body(
        whitelist(kind=MARK + "add"),
        "/UpdateHANDeviceLog/RequestType",
        "RequestType: expected Add or Remove, found 'add'",
        "write Add: capitals and small letters differ",
    ),
    "a text that is too long": version("0A0B0C0D1", "'0A0B0C0D1' (9 characters)"),
    "an empty text": version("", "an empty value"),
    "an empty text that may be left out": of_body(
        "<sr:DevicePrenotification><sr:DeviceID>B0-00-00-00-00-00-00-0E</sr:DeviceID><sr:DeviceManufacturer>1"
        "</sr:DeviceManufacturer><sr:DeviceModel>1</sr:DeviceModel><sr:DeviceType>ESME</sr:DeviceType>"
        f"{MARK}<sr:SMETSCHTSVersion/></sr:DevicePrenotification>",
        "/DevicePrenotification/SMETSCHTSVersion",
        "SMETSCHTSVersion: expected 1 to 20 characters, found an empty value",
        "leave SMETSCHTSVersion out when there is nothing to say",
    ),
    "a text of another length": of_body(
        f"<sr:ReadInventory>{MARK}<sr:MPxN>13123456781111</sr:MPxN></sr:ReadInventory>",
        "/ReadInventory/MPxN",
        "MPxN: expected 1 to 13 characters, found '13123456781111' (14 characters)",
    ),
    "a boolean in capitals": of_header(
        VARIANT,
        f"{MARK}<sr:FirstInSequence>TRUE</sr:FirstInSequence>{VARIANT}",
        "/FirstInSequence",
        "FirstInSequence: expected true or false, found 'TRUE'",
        "write it in small letters",
    ),
    "a list of EUIs with a blank": devices(f"{DEVICE}, {DEVICE}", f"' {DEVICE}' as the 2nd of 2", "remove the blanks"),
    "a list of EUIs with a last comma": devices(f"{DEVICE},", "nothing after the last comma", "remove the last comma"),
    "a list of EUIs with nothing in it": devices(f"{DEVICE},,{DEVICE}", "nothing as the 2nd"),
    "a list of EUIs without hyphens": devices(
        f"{DEVICE},{DEVICE},{DEVICE.replace('-', '')}",
        f"'{DEVICE.replace('-', '')}' as the 3rd of 3",
        f"the hyphens are missing: write {DEVICE}",
    ),
    "a hash of 31 octets": of_body(
        f"<sr:ActivateFirmware>{MARK}<sr:FirmwareHash>{'0a' * 31}</sr:FirmwareHash></sr:ActivateFirmware>",
        "/ActivateFirmware/FirmwareHash",
        "FirmwareHash: expected 64 hexadecimal digits (32 octets), found 62 hexadecimal digits (31 octets)",
    ),
    "a hash of 63 digits": of_body(
        f"<sr:ActivateFirmware>{MARK}<sr:FirmwareHash>{'0a' * 31}0</sr:FirmwareHash></sr:ActivateFirmware>",
        "/ActivateFirmware/FirmwareHash",
        "FirmwareHash: expected 64 hexadecimal digits (32 octets), found 63 hexadecimal digits, an odd number",
    ),
    "a hash with a letter too far": of_body(
        f"<sr:ActivateFirmware>{MARK}<sr:FirmwareHash>{'0a' * 31}0G</sr:FirmwareHash></sr:ActivateFirmware>",
        "/ActivateFirmware/FirmwareHash",
        "FirmwareHash: expected 64 hexadecimal digits (32 octets), "
        "found 64 characters, the 64th of them no hexadecimal digit",
    ),
    "an install code with blanks": of_body(
        whitelist(code=MARK + "0011 2233 4455"),
        JOINING + "/InstallCode",
        "InstallCode: expected 12 to 32 hexadecimal digits (6 to 16 octets), "
        "found 14 characters, the 5th of them no hexadecimal digit",
        "remove the blanks from the value; the first is character 5",
    ),
    "base64 that is cut": of_body(
        f"<sr:SignedPreCommand>{MARK}<sr:GBCSPayload>3wkBA</sr:GBCSPayload></sr:SignedPreCommand>",
        "/SignedPreCommand/GBCSPayload",
        "GBCSPayload: expected base64, found 5 characters, which is no multiple of four",
    ),
    "a UTRN of 19 digits": of_body(
        f"<sr:TopUpDevice>{MARK}<sr:UTRN>{'7' * 19}</sr:UTRN></sr:TopUpDevice>",
        "/TopUpDevice/UTRN",
        "UTRN: expected 20 decimal digits, found 19 characters",
    ),
    "a UTRN in groups": of_body(
        f"<sr:TopUpDevice>{MARK}<sr:UTRN>7777 7777 7777 7777 7777</sr:UTRN></sr:TopUpDevice>",
        "/TopUpDevice/UTRN",
        "UTRN: expected 20 decimal digits, found 24 characters",
        "remove the blanks from the value; the first is character 5",
    ),
    "a version with a comma": Told(
        MARK + whole(INVENTORY, root=f'{SR} schemaVersion="5,4"'),
        "/Request/@schemaVersion",
        "schemaVersion of Request: expected a decimal number, found '5,4'",
        "write a point in place of the comma: 5.4",
    ),
}

_WRITTEN = "2026-11-21T09:30:10.00Z"
MOMENTS: dict[str, Told] = {
    "the day first": moment("21/11/2026", "'21/11/2026'", "the year comes first: write 2026-11-21T00:00:00.00Z"),
    "the day first, with a time": moment(
        "21/11/2026 09:30:10", "'21/11/2026 09:30:10'", f"the year comes first: write {_WRITTEN}"
    ),
    "no time": moment("2026-11-21", "'2026-11-21'", "the time of day is missing: midnight is 2026-11-21T00:00:00.00Z"),
    "no T": moment("2026-11-21 09:30:10Z", "'2026-11-21 09:30:10Z'", f"write {_WRITTEN}"),
    "no separators": moment("20261121T093010Z", "'20261121T093010Z'", f"write {_WRITTEN}"),
    "no seconds": moment("2026-11-21T09:30Z", "'2026-11-21T09:30Z'", "write 2026-11-21T09:30:00.00Z"),
    "a zone without colon": moment(
        "2026-11-21T09:30:10+0100", "'2026-11-21T09:30:10+0100'", "write 2026-11-21T09:30:10.00+01:00"
    ),
    "a zone by name": moment("2026-11-21T09:30:10 GMT", "'2026-11-21T09:30:10 GMT'", f"write {_WRITTEN}"),
    "small letters": moment("2026-11-21t09:30:10z", "'2026-11-21t09:30:10z'", f"write {_WRITTEN}"),
    "a day that there is not": moment(
        "2026-02-30T09:30:10Z", "'2026-02-30T09:30:10Z'", "there is no such day or time of day"
    ),
    "words": moment("tomorrow", "'tomorrow'"),
    "nothing, where it may be left out": moment(
        "", "an empty value", "leave ExecutionDateTime out when there is nothing to say"
    ),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_wrong_value_is_told_with_its_place_and_how_to_mend_it(either: DuisSchema, name: str) -> None:
    document, fault = VALUES[name].read()
    assert Malformed(kind="not-schema-valid", faults=(fault,)) == either.read(document)


FORMS: dict[str, tuple[Form, str, tuple[str, str, str]]] = {
    "hexadecimal digits in small letters": (
        Form(builtin="string", patterns=("[0-9A-F]{4}",)),
        "8f66",
        ("the form that the schema prescribes", "'8f66'", "write the letters as capitals"),
    ),
    "alternatives that a pattern has": (
        Form(builtin="string", patterns=("plain|encrypted",)),
        "Plain",
        ("encrypted or plain", "'Plain'", "write the letters as small letters"),
    ),
    "printable characters": (
        Form(builtin="string", patterns=("[ -~]+",), longest=15),
        "£",
        ("1 to 15 characters, printable ASCII only", "'£' (1 character)", ""),
    ),
    "digits and blanks": (
        Form(builtin="string", patterns=("[0-9 ]+",), longest=18),
        "+44",
        ("1 to 18 characters, digits and blanks only", "'+44' (3 characters)", ""),
    ),
    "four digits": (
        Form(builtin="string", patterns=("[0-9]{4}",), shortest=4, longest=4),
        "12345",
        ("4 decimal digits", "'12345' (5 characters)", ""),
    ),
    "a decimal number between limits": (
        Form(builtin="decimal", least="0.1", most="9.9", decimals=1),
        "0.05",
        ("a decimal number from 0.1 to 9.9 with at most 1 digit after the point", "'0.05'", ""),
    ),
    "a decimal number above a limit": (
        Form(builtin="decimal", above="0", digits=6),
        "0",
        ("a decimal number above 0, 6 digits in all", "'0'", ""),
    ),
    "a whole number of a built-in type": (
        Form(builtin="unsignedShort"),
        "65536",
        ("a whole number from 0 to 65535", "'65536'", ""),
    ),
    "a whole number of so many digits": (
        Form(builtin="positiveInteger", digits=12),
        "1000000000000",
        ("a whole number from 1 to 999999999999", "'1000000000000'", ""),
    ),
    "a whole number without end": (Form(builtin="integer"), "x", ("a whole number", "'x'", "")),
    "a whole number in hexadecimal": (
        Form(builtin="nonNegativeInteger"),
        "0x1F",
        ("a whole number, 0 or more", "'0x1F'", "write it in decimal digits: 31"),
    ),
    "one of some numbers": (
        Form(builtin="unsignedByte", values=("1", "2", "5")),
        "3",
        ("one of the numbers 1, 2 or 5", "'3'", ""),
    ),
    "a date with a time": (
        Form(builtin="date"),
        f"{_WRITTEN}",
        ("a date such as 2026-11-21", f"'{_WRITTEN}'", "write 2026-11-21"),
    ),
    "a date, the day first": (
        Form(builtin="date"),
        "21.11.2026",
        ("a date such as 2026-11-21", "'21.11.2026'", "the year comes first: write 2026-11-21"),
    ),
    "a time without seconds": (
        Form(builtin="time"),
        "09:30",
        ("a time of day such as 09:30:10.00Z", "'09:30'", "write 09:30:00.00Z"),
    ),
    "a time that there is not": (
        Form(builtin="time"),
        "25:00:00",
        ("a time of day such as 09:30:10.00Z", "'25:00:00'", ""),
    ),
    "a text of at least so much": (
        Form(builtin="string", shortest=6),
        "abc",
        ("at least 6 characters", "'abc' (3 characters)", ""),
    ),
    "a list, which nothing is known of": (Form(builtin=""), "a b", ("a text", "'a b'", "")),
    "a pattern that cannot be read here": (
        Form(builtin="string", patterns=(r"[\i-[:]][\c-[:]]*",)),
        "1",
        ("the form that the schema prescribes", "'1'", ""),
    ),
}
"""Form, value, and what is told; some forms that DUIS has in other services or not at all."""


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_told_in_words(name: str) -> None:
    form, value, expected = FORMS[name]
    assert Finding(*expected) == wrong_value(form, "Value", value)


@pytest.mark.parametrize("name", MOMENTS)
def test_a_wrong_moment_is_told_with_the_right_form(either: DuisSchema, name: str) -> None:
    document, fault = MOMENTS[name].read()
    assert Malformed(kind="not-schema-valid", faults=(fault,)) == either.read(document)
