"""Use cases of what an ESME shows and keeps from sight: services 3.1 to 3.5 and 9.1.

Source: RTDS vectors.
"""

from __future__ import annotations

from typing import Final

from gbcs import axdr
from gbcs.usecases.dlms import Step, access_list, sets
from gbcs.usecases.dlms_objects import CosemClass, reset
from gbcs.usecases.dlms_values import characters, date_time
from gbcs.usecases.parts import Constant, Derived, Inputs, decimal_digits
from gbcs.usecases.usecase import Choice, Originator, Supplementary, UseCase, element_says
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_VALUE: Final = 2
_MESSAGE_CHARACTERS: Final = 116
_NAME_CHARACTERS: Final = 15
_TELEPHONE_CHARACTERS: Final = 18
_IDENTIFICATION_DIGITS: Final = 4
"""As its response tells it: DUIS 5.4."""


def _use_case(name: str, code: int, element: str, *steps: Step) -> UseCase:
    return UseCase(name=name, message_code=code, body=OtherBody, element=element, payload=access_list(*steps))


ECS10: Final = _use_case(
    "ECS10",
    0x0021,
    "DisplayMessage",
    sets(CosemClass.DATA, "0-2:96.13.1.255", _VALUE, characters("SupplierMessage", _MESSAGE_CHARACTERS)),
)
ECS12: Final = _use_case(
    "ECS12",
    0x0022,
    "RestrictAccessForChangeOfTenancy",
    sets(CosemClass.DATA, "0-0:94.44.3.2", _VALUE, date_time("RestrictionDateTime")),
)
ECS14: Final = _use_case(
    "ECS14",
    0x0023,
    "DisablePrivacyPIN",
    sets(CosemClass.DATA, "0-0:94.44.3.1", _VALUE, Constant(axdr.octet_string(b""))),
)
ECS15A: Final = _use_case("ECS15a", 0x0024, "ClearEventLog", reset(CosemClass.PROFILE, "0-0:99.98.0.255"))
ECS15C: Final = _use_case("ECS15c", 0x00C1, "ClearEventLog", reset(CosemClass.PROFILE, "0-17:99.98.2.255"))


def _identification_fault(inputs: Inputs) -> str | None:
    number = inputs.facts.customer_identification_number
    if number is None:
        return "the customer identification number is missing"
    fault = decimal_digits(_IDENTIFICATION_DIGITS)(number)
    return None if fault is None else f"the customer identification number {fault}"


def _identification(inputs: Inputs) -> bytes:
    return axdr.octet_string((inputs.facts.customer_identification_number or "").encode("ascii"))


ECS50: Final = UseCase(
    name="ECS50",
    message_code=0x0058,
    body=OtherBody,
    element="RequestCustomerIdentificationNumber",
    originator=Originator.ACB,
    supplementary=Supplementary.PARTY,
    payload=access_list(
        sets(CosemClass.DATA, "0-3:96.13.1.255", _VALUE, Derived(_identification, _identification_fault))
    ),
)
ECS16: Final = _use_case(
    "ECS16",
    0x0025,
    "UpdateSupplierName",
    sets(
        CosemClass.EXTENDED_DATA,
        "0-0:96.13.0.255",
        _VALUE,
        characters("SupplierTelephoneNumber", _TELEPHONE_CHARACTERS),
    ),
    sets(CosemClass.EXTENDED_DATA, "0-0:96.13.1.255", _VALUE, characters("SupplierName", _NAME_CHARACTERS)),
)

CHOICES: Final = (
    *(
        Choice(variant=ServiceReferenceVariant(variant), device_types=(DeviceType.ESME,), use_case=use_case)
        for variant, use_case in (("3.1", ECS10), ("3.2", ECS12), ("3.4", ECS16), ("3.5", ECS14), ("9.1", ECS50))
    ),
    *(
        Choice(
            variant=ServiceReferenceVariant("3.3"),
            device_types=(DeviceType.ESME,),
            use_case=use_case,
            conditions=(element_says("ESMEEventLogType", log),),
        )
        for use_case, log in ((ECS15A, "ESME"), (ECS15C, "ALCS"))
    ),
)
