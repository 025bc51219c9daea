"""Documents of our own that between them use every optional part of the schemas we wrote."""

from __future__ import annotations

from datetime import UTC, date, datetime

from schemas_world import DCC, DEVICE, USER, provider, request, signed

from schemas.response import (
    DSPInventory,
    DSPUpdateFirmwareWarning,
    GBCSPayload,
    InventoryDevice,
    LocalCommand,
    PreCommand,
    ResponseHeader,
    Result,
    write_response,
)
from schemas.value_texts import Day
from schemas.vocabulary import CplStatus, DeviceId, DeviceStatus, DeviceType, RequestId, ResponseCode
from schemas.xsd import DUIS_NAMESPACE
from schemas.xsd import MESSAGE_MAPPING_NAMESPACE as MMC

OTHER_DEVICE = "B0-00-00-00-00-00-00-0F"
LATER = "<sr:ExecutionDateTime>2030-01-15T09:00:00.00Z</sr:ExecutionDateTime>"
PERIOD = (
    "<sr:ReadLogPeriod><sr:StartDateTime>2026-11-01T00:00:00Z</sr:StartDateTime>"
    "<sr:EndDateTime>2026-11-02T00:00:00Z</sr:EndDateTime></sr:ReadLogPeriod>"
)
TO_DEVICE = f"{USER}:{DEVICE}:18446744073709551615"
SEQUENCED = (
    "<sr:FirstInSequence>true</sr:FirstInSequence>"
    f"<sr:PrecedingServiceRequestID>{USER}:{DCC}:999</sr:PrecedingServiceRequestID>"
)


def _device(body: str, variant: str, command_variant: int = 1) -> bytes:
    return request(body, variant=variant, command_variant=command_variant, request_id=TO_DEVICE, extra=SEQUENCED)


def _inventory(question: str) -> bytes:
    return request(f"<sr:ReadInventory>{question}</sr:ReadInventory>")


REQUESTS: dict[str, bytes] = {
    "4.1.1 of a later time in a sequence": _device(
        f"<sr:ReadInstantaneousImportRegisters>{LATER}</sr:ReadInstantaneousImportRegisters>", "4.1.1"
    ),
    "4.8.1 with credentials": _device(
        f"<sr:ReadActiveImportProfileData>{LATER}{PERIOD}"
        "<sr:KAPublicSecurityCredentials>MIIB</sr:KAPublicSecurityCredentials></sr:ReadActiveImportProfileData>",
        "4.8.1",
    ),
    "2.2": _device("<sr:TopUpDevice><sr:UTRN>00000000000000000001</sr:UTRN></sr:TopUpDevice>", "2.2"),
    "7.2": _device("<sr:DisableSupply></sr:DisableSupply>", "7.2", 4),
    "7.2 as a signed pre-command": _device(
        f"<sr:SignedPreCommand>{LATER}<sr:GBCSPayload>3wkBAgM=</sr:GBCSPayload></sr:SignedPreCommand>", "7.2", 7
    ),
    "8.2 by device": _inventory(f"<sr:DeviceID>{DEVICE}</sr:DeviceID>"),
    "8.2 by meter point": _inventory("<sr:MPxN>1312345678111</sr:MPxN>"),
    "8.2 by property number": _inventory("<sr:UPRN>999999999999</sr:UPRN>"),
    "8.2 by postcode": _inventory(
        "<sr:PropertyFilter><sr:PostCode>AB1 2CD</sr:PostCode>"
        "<sr:AddressIdentifier>1 High Street</sr:AddressIdentifier></sr:PropertyFilter>"
    ),
    "8.11 with every meter point": _device(
        f"<sr:UpdateHANDeviceLog>{LATER}<sr:DeviceID>{OTHER_DEVICE}</sr:DeviceID><sr:RequestType>Add</sr:RequestType>"
        "<sr:AddDeviceToCHFWhitelist><sr:JoinTimePeriod>3600</sr:JoinTimePeriod>"
        "<sr:InstallCode>00112233445566778899AABBCCDDEEFF</sr:InstallCode><sr:ImportMPxN>1312345678111</sr:ImportMPxN>"
        "<sr:SecondaryImportMPAN>1312345678222</sr:SecondaryImportMPAN><sr:ExportMPAN>1312345678333</sr:ExportMPAN>"
        "</sr:AddDeviceToCHFWhitelist></sr:UpdateHANDeviceLog>",
        "8.11",
    ),
    "11.1 for two devices": request(
        "<sr:UpdateFirmware><sr:FirmwareImage>AAECAw==</sr:FirmwareImage><sr:FirmwareVersion>0A0B0C0D"
        f"</sr:FirmwareVersion><sr:DeviceIDList>{DEVICE},{OTHER_DEVICE.lower()}</sr:DeviceIDList></sr:UpdateFirmware>",
        variant="11.1",
    ),
    "11.2 of a later time": _device(f"<sr:ReadFirmwareVersion>{LATER}</sr:ReadFirmwareVersion>", "11.2"),
    "11.3 of a later time": _device(
        f"<sr:ActivateFirmware>{LATER}<sr:FirmwareHash>{'0a' * 32}</sr:FirmwareHash></sr:ActivateFirmware>", "11.3", 4
    ),
    "12.2 with everything": request(
        f"<sr:DevicePrenotification><sr:DeviceID>{OTHER_DEVICE}</sr:DeviceID><sr:DeviceManufacturer>10A1"
        "</sr:DeviceManufacturer><sr:DeviceModel>010A030B</sr:DeviceModel><sr:DeviceType>GSME</sr:DeviceType>"
        "<sr:SMETSCHTSVersion>SMETS V1.58</sr:SMETSCHTSVersion><sr:FirmwareVersion>0002012F</sr:FirmwareVersion>"
        f"<sr:ESMEVariant>ADEF</sr:ESMEVariant><sr:AssociatedGPFDeviceID>{DEVICE}</sr:AssociatedGPFDeviceID>"
        "</sr:DevicePrenotification>",
        variant="12.2",
    ),
}

REQUEST_ID = RequestId.parse(f"{str(USER).lower()}:{DEVICE}:1000")
MOMENT = datetime(2026, 11, 21, 9, 30, 10, 129_999, tzinfo=UTC)
FULL_DEVICE = InventoryDevice(
    device_id=DeviceId.parse(DEVICE),
    device_type=DeviceType.ESME,
    manufacturer="A & B <Meters>",
    model='"Sütten"',
    status=DeviceStatus.COMMISSIONED,
    smets_chts_version="SMETS V5.1",
    firmware_version="0A0B0C0D",
    firmware_version_status=CplStatus.ACTIVE,
    cpl_status=CplStatus.ACTIVE,
    date_commissioned=Day(date(2026, 11, 20)),
    import_mpxn="1312345678111",
    secondary_import_mpan="1312345678222",
    export_mpan="1312345678333",
    esme_variant="AD",
    uprn="100023336956",
    postcode="AB1 2CD",
    address="1 High Street",
    csp_region="North",
    gbcs_version="4.1",
    s1sp="S1SP-A",
)
BARE_DEVICE = InventoryDevice(
    device_id=DeviceId.parse(OTHER_DEVICE), device_type=DeviceType.IHD, manufacturer="", model=""
)
DEVICES = (DeviceId.parse(DEVICE), DeviceId.parse(OTHER_DEVICE))
RESULTS: dict[str, Result | None] = {
    "no result": None,
    "an inventory of seventeen": DSPInventory((FULL_DEVICE, *[BARE_DEVICE] * 16)),
    "a firmware warning of every kind": DSPUpdateFirmwareWarning(
        invalid=DEVICES,
        not_commissioned=DEVICES[:1],
        not_applicable_firmware=DEVICES[:1],
        other_request_in_progress=DEVICES[:1],
        invalid_gbcs_version=DEVICES[:1],
    ),
    "a firmware warning of one kind": DSPUpdateFirmwareWarning(not_commissioned=DEVICES),
    "a device's answer": GBCSPayload(bytes(range(256))),
    "a command for local delivery": LocalCommand(b"\xdf\x09\x01"),
    "a Pre-Command": PreCommand(gbcs_version="4.1", octets=b"\xdf\x09\x01"),
}


def header(code: str = "I0", *, final: bool = True, request_id: RequestId | None = REQUEST_ID) -> ResponseHeader:
    return ResponseHeader(
        request_id=request_id, code=ResponseCode(code), moment=MOMENT, schema_version="5.4", final=final
    )


RESPONSES: dict[str, bytes] = {
    f"a Response with {name}": write_response(header(), "8.2", "8.2", result) for name, result in RESULTS.items()
} | {
    "a synchronous Response": write_response(header("E110101", final=False), "11.1", "11.1"),
    "a Response to nobody's request": write_response(header("E1", final=False, request_id=None), "8.2", "8.2"),
}


def smets1_response(prefix: str = "sr", *, message_prefix: str = "ra", alert: bool = False) -> bytes:
    """A provider's response, unsigned: the user's EUI as target, a failure as content."""
    p, r = f"{prefix}:" if prefix else "", f"{message_prefix}:"
    kind = "DeviceAlertMessage" if alert else "ResponseMessage"
    content = (
        f"<{r}DeviceAlertContent><{r}GBCSHexAlertCode>8F72</{r}GBCSHexAlertCode><{r}AlertDescription>verified"
        f"</{r}AlertDescription><{r}Timestamp>2026-11-21T09:30:00Z</{r}Timestamp></{r}DeviceAlertContent>"
        if alert
        else f'<{r}DebugInfo><{r}SMETS1Debug><{r}SMETS1Response Position="1" ResponseCode="1"><{r}Error>no answer'
        f"</{r}Error></{r}SMETS1Response></{r}SMETS1Debug></{r}DebugInfo>"
    )
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    declarations = {prefix: f'{name}="{DUIS_NAMESPACE}"', message_prefix: f'xmlns:{message_prefix}="{MMC}"'}
    in_order = " ".join(text for _, text in sorted(declarations.items()))
    return (
        f'<{p}SMETS1SignedResponse {in_order} schemaVersion="5.4"><{p}SMETS1Response>'
        f"<{p}Header><{r}BusinessOriginatorID>{DEVICE}</{r}BusinessOriginatorID>"
        f"<{r}BusinessTargetID>{USER}</{r}BusinessTargetID><{r}OriginatorCounter>1000</{r}OriginatorCounter>"
        f"<{r}ServiceReference>4.1</{r}ServiceReference><{r}ServiceReferenceVariant>4.1.1</{r}ServiceReferenceVariant>"
        f"<{r}Timestamp>2026-11-21T09:30:00.00Z</{r}Timestamp></{p}Header><{p}Body><{p}{kind}>{content}"
        f"</{p}{kind}></{p}Body></{p}SMETS1Response></{p}SMETS1SignedResponse>"
    ).encode()


def s1sp_alert(prefix: str = "sr") -> bytes:
    """A provider's alert, unsigned, with every optional part."""
    p, name = (f"{prefix}:", f"xmlns:{prefix}") if prefix else ("", "xmlns")
    return (
        f'<{p}S1SPAlert {name}="{DUIS_NAMESPACE}" schemaVersion="5.4"><{p}RequestID>{REQUEST_ID.text}</{p}RequestID>'
        f"<{p}DeviceID>{DEVICE}</{p}DeviceID><{p}S1SPAlertCode>S1-9</{p}S1SPAlertCode>"
        f"<{p}AdditionalInformation>1 &lt; 2</{p}AdditionalInformation><{p}UTRN>00000000000000000001</{p}UTRN>"
        f"<{p}DateTime>2026-11-21T09:30:00.00Z</{p}DateTime></{p}S1SPAlert>"
    ).encode()


_RESPONSE, _ALERT = signed(smets1_response(), provider), signed(s1sp_alert(), provider)
FROM_PROVIDERS: dict[str, bytes] = {
    "a provider's response": _RESPONSE,
    "a provider's device alert": signed(smets1_response(alert=True), provider),
    "a provider's alert": _ALERT,
}


def around(message: str) -> bytes:
    """A Response with another message than those that the gateway writes."""
    head = write_response(header(), "8.2", "8.2").decode().partition("<sr:Body>")[0]
    return f"{head}<sr:Body>{message}</sr:Body></sr:Response>".encode()


_THROTTLED = (
    "<sr:ThrottledAlertSequenceId>1</sr:ThrottledAlertSequenceId><sr:ThrottledAlertCount>2</sr:ThrottledAlertCount>"
)
_SCHEDULE = "<sr:DSPScheduleID>1000000000000</sr:DSPScheduleID>"
_NAMED = "<sr:ServiceReference>4.1</sr:ServiceReference><sr:ServiceReferenceVariant>4.1.1</sr:ServiceReferenceVariant>"
OTHER_RESPONSES: dict[str, bytes] = {
    "a device alert": around(
        f"<sr:DeviceAlertMessage><sr:AlertCode>8F72</sr:AlertCode>{_THROTTLED}<sr:GBCSPayload>AAAA</sr:GBCSPayload>"
        "</sr:DeviceAlertMessage>"
    ),
    "a future-dated device alert": around(
        f"<sr:ResponseMessage>{_NAMED}<sr:FutureDatedDeviceAlertMessage><sr:FutureDatedAlertCode>8F66"
        "</sr:FutureDatedAlertCode><sr:GBCSPayload>AAAA</sr:GBCSPayload><sr:InstructionNumber>1</sr:InstructionNumber>"
        "<sr:TotalCommandInstructions>65535</sr:TotalCommandInstructions></sr:FutureDatedDeviceAlertMessage>"
        "</sr:ResponseMessage>"
    ),
    "a provider's response on its way to the user": around(
        f"<sr:SMETS1ResponseMessage>{_NAMED}{_SCHEDULE}{_THROTTLED}{_RESPONSE.decode()}</sr:SMETS1ResponseMessage>"
    ),
    "a provider's alert on its way to the user": around(
        f"<sr:DCCAlertMessage><sr:DCCAlertCode>N55</sr:DCCAlertCode>{_THROTTLED}<sr:DCCAlert><sr:S1SPAlertDSP>"
        f"{_ALERT.decode()}{_SCHEDULE}</sr:S1SPAlertDSP></sr:DCCAlert>"
        "</sr:DCCAlertMessage>"
    ),
}
"""What users may receive besides, written by hand."""
