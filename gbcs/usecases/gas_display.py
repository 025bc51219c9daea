"""Use cases of what customers see on gas meters, and of the numbers that they are told: services 3, 6.20.1 and 9.1."""

from __future__ import annotations

from typing import Final

from gbcs.usecases.parts import Derived, Inputs, Part, decimal_digits
from gbcs.usecases.usecase import Choice, Condition, Originator, Supplementary, UseCase, element_absent
from gbcs.usecases.zcl import ISSUER_EVENT_ID, NOW, Cluster, one, payload, to_client, u8, u16, u32
from gbcs.usecases.zcl_values import characters, octet_string, utc_time
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_PROVIDER_ID: Final = u32(0)
_TARIFF_DELIVERED: Final = u8(0)


def _use_case(name: str, message_code: int, element: str, content: Part) -> UseCase:
    return UseCase(name=name, message_code=message_code, body=OtherBody, element=element, payload=content)


_DISPLAY_MESSAGE: Final = 0x00
_NORMAL_TRANSMISSION: Final = u8(0)
_UNTIL_CHANGED: Final = u16(0xFFFF)
_LONGEST_MESSAGE: Final = 116

GCS07: Final = _use_case(
    "GCS07",
    0x0071,
    "DisplayMessage",
    payload(
        to_client(
            Cluster.MESSAGING,
            _DISPLAY_MESSAGE,
            ISSUER_EVENT_ID,
            _NORMAL_TRANSMISSION,
            NOW,
            _UNTIL_CHANGED,
            characters("SupplierMessage", _LONGEST_MESSAGE),
        )
    ),
)

_PUBLISH_CHANGE_OF_TENANCY: Final = 0x00
_PUBLISH_CHANGE_OF_SUPPLIER: Final = 0x01
_REQUEST_NEW_PASSWORD_RESPONSE: Final = 0x02
_UPDATE_SITE_ID: Final = 0x03
_UPDATE_CIN: Final = 0x06
_HIDE_WHAT_WAS_RECORDED: Final = u32(0x00000200)
_KEEP_ALL: Final = u32(0x00001800)
"""Of a change of supplier only the name and the number reach the display."""
_LONGEST_NAME: Final = 15
_LONGEST_NUMBER: Final = 18
_LONGEST_MPRN: Final = 10

GCS09: Final = _use_case(
    "GCS09",
    0x0072,
    "RestrictAccessForChangeOfTenancy",
    payload(
        to_client(
            Cluster.DEVICE_MANAGEMENT,
            _PUBLISH_CHANGE_OF_TENANCY,
            _PROVIDER_ID,
            ISSUER_EVENT_ID,
            _TARIFF_DELIVERED,
            utc_time("RestrictionDateTime"),
            _HIDE_WHAT_WAS_RECORDED,
        )
    ),
)

_CLEAR_EVENT_LOG: Final = 0x01
_GENERAL_EVENT_LOG: Final = u8(3)
CS11: Final = _use_case("CS11", 0x0015, "ClearEventLog", one(Cluster.EVENTS, _CLEAR_EVENT_LOG, _GENERAL_EVENT_LOG))

GCS44: Final = _use_case(
    "GCS44",
    0x0088,
    "UpdateSupplierName",
    payload(
        to_client(
            Cluster.DEVICE_MANAGEMENT,
            _PUBLISH_CHANGE_OF_SUPPLIER,
            _PROVIDER_ID,
            ISSUER_EVENT_ID,
            _TARIFF_DELIVERED,
            _PROVIDER_ID,
            NOW,
            _KEEP_ALL,
            characters("SupplierName", _LONGEST_NAME),
            characters("SupplierTelephoneNumber", _LONGEST_NUMBER),
        )
    ),
)

_NO_DURATION: Final = u16(0)
_PRIVACY_PIN: Final = u8(2)
_NO_PASSWORD: Final = u8(0)
GCS11: Final = _use_case(
    "GCS11",
    0x0073,
    "DisablePrivacyPIN",
    payload(
        to_client(
            Cluster.DEVICE_MANAGEMENT,
            _REQUEST_NEW_PASSWORD_RESPONSE,
            ISSUER_EVENT_ID,
            NOW,
            _NO_DURATION,
            _PRIVACY_PIN,
            _NO_PASSWORD,
        )
    ),
)

_CIN_DIGITS: Final = 4
_cin_fault = decimal_digits(_CIN_DIGITS)


def _customer_identification_number(inputs: Inputs) -> bytes:
    return octet_string(inputs.facts.customer_identification_number or "")


def _customer_identification_number_fault(inputs: Inputs) -> str | None:
    number = inputs.facts.customer_identification_number
    if number is None:
        return "the customer identification number is missing"
    reason = _cin_fault(number)
    return None if reason is None else f"the customer identification number {reason}"


GCS36: Final = UseCase(
    name="GCS36",
    message_code=0x0083,
    body=OtherBody,
    element="RequestCustomerIdentificationNumber",
    originator=Originator.ACB,
    supplementary=Supplementary.PARTY,
    payload=payload(
        to_client(
            Cluster.DEVICE_MANAGEMENT,
            _UPDATE_CIN,
            ISSUER_EVENT_ID,
            NOW,
            _PROVIDER_ID,
            Derived(_customer_identification_number, _customer_identification_number_fault),
        )
    ),
)

GCS41: Final = _use_case(
    "GCS41",
    0x0087,
    "SetDeviceConfigurationImportMPxN",
    payload(
        to_client(
            Cluster.DEVICE_MANAGEMENT,
            _UPDATE_SITE_ID,
            ISSUER_EVENT_ID,
            NOW,
            _PROVIDER_ID,
            characters("ImportMPRN", _LONGEST_MPRN),
        )
    ),
)


def _choice(
    variant: str, use_case: UseCase, *conditions: Condition, device_type: DeviceType = DeviceType.GSME
) -> Choice:
    return Choice(
        variant=ServiceReferenceVariant(variant),
        device_types=(device_type,),
        use_case=use_case,
        conditions=conditions,
    )


CHOICES: Final = (
    _choice("3.1", GCS07),
    _choice("3.2", GCS09, device_type=DeviceType.GPF),
    _choice("3.3", CS11, element_absent("ESMEEventLogType")),
    _choice("3.4", GCS44),
    _choice("3.5", GCS11),
    _choice("6.20.1", GCS41),
    _choice("9.1", GCS36),
)
