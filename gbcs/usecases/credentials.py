"""TABLE: certificates on devices, 6.15, 6.17, 6.21, 6.23, 6.24 and 8.5: the ASN.1 use cases CS02.

What is in a replacement is ``replacements``'s. Source: RTDS vectors.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gbcs import der
from gbcs.usecases.asn1 import Sequence
from gbcs.usecases.elements import Element, Path, base64_octets, one_of
from gbcs.usecases.parts import Constant, Derived, Inputs, Part
from gbcs.usecases.replacements import (
    DIGITAL_SIGNATURE,
    KEY_AGREEMENT,
    Mode,
    Replacement,
    Role,
    certificate_fault,
)
from gbcs.usecases.usecase import (
    Choice,
    Condition,
    Originator,
    UseCase,
    element_says,
)
from schemas.parts import parts_at
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_ROLE_NAMES: Final = {
    "ACB": Role.ACB,
    "LoadController": Role.LOAD_CONTROLLER,
    "NetworkOperator": Role.NETWORK_OPERATOR,
    "Recovery": Role.RECOVERY,
    "Root": Role.ROOT,
    "Supplier": Role.SUPPLIER,
    "TransCoS": Role.TRANS_COS,
}
_KEY_USES: Final = {"Digital Signature": 0, "Key Agreement": 1}

# ---- reads and the device's own keys


def _certificate(path: Path) -> Element:
    """DER, carried as it is given."""
    return Element(path, base64_octets, lambda octets: octets, certificate_fault)


def _roles(inputs: Inputs) -> bytes:
    asked = parts_at(inputs.body, "RemotePartyRole")
    return der.sequence(*(der.integer(_ROLE_NAMES[part.text.strip()]) for part in asked))


def _roles_fault(inputs: Inputs) -> str | None:
    names = [part.text.strip() for part in parts_at(inputs.body, "RemotePartyRole")]
    unknown = [name for name in names if name not in _ROLE_NAMES]
    if not names or unknown:
        return f"RemotePartyRole should be one of {', '.join(_ROLE_NAMES)}, found {', '.join(unknown) or 'none'}"
    return None


_ROLES_ASKED: Final = Sequence(
    (Constant(der.sequence(der.integer(Role.ACB), KEY_AGREEMENT)), Derived(_roles, _roles_fault))
)
_KEY_USE: Final = Sequence(
    (Element("CredentialType", one_of(_KEY_USES), lambda use: (DIGITAL_SIGNATURE, KEY_AGREEMENT)[use]),)
)


def _case(
    name: str,
    code: int,
    element: str,
    payload: Part,
    originator: Originator = Originator.USER,
    *,
    critical: bool = False,
) -> UseCase:
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element=element,
        payload=payload,
        originator=originator,
        critical=critical,
    )


_READ_KNOWN: Final = "RetrieveDeviceSecurityCredentialsKRP"
CS02A = _case("CS02a", 0x0008, _READ_KNOWN, _ROLES_ASKED, Originator.ACB)
CS02F = _case("CS02f", 0x011B, _READ_KNOWN, _ROLES_ASKED, Originator.ACB)
CS02C = _case("CS02c", 0x000A, "IssueSecurityCredentials", _KEY_USE, critical=True)
CS02D = _case("CS02d", 0x000B, "UpdateSecurityCredentialsDevice", _certificate("DeviceCertificate"), critical=True)
CS02E = _case("CS02e", 0x000C, "RetrieveDeviceSecurityCredentialsDevice", _KEY_USE, critical=True)

# ---- replacement

_OWN: Final = "ReplacementCertificates/SupplierOrNetworkOperatorCertificates"
_GIVEN: Final = "ReplacementCertificates"
_FLOOR: Final = "RemotePartyFloorSeqNumber"
_TOP_UP_FLOOR: Final = "RemotePartyPrepaymentTopUpFloorSeqNumber"


def _supplier(certificates: Path) -> Replacement:
    return Replacement(
        mode=Mode.SUPPLIER_BY_SUPPLIER,
        party=Role.SUPPLIER,
        authority=Role.SUPPLIER,
        certificates=certificates,
        floor=_FLOOR,
        top_up_floor=_TOP_UP_FLOOR,
    )


def _network_operator(certificates: Path) -> Replacement:
    return Replacement(
        mode=Mode.NETWORK_OPERATOR_BY_NETWORK_OPERATOR,
        party=Role.NETWORK_OPERATOR,
        authority=Role.NETWORK_OPERATOR,
        certificates=certificates,
        floor=_FLOOR,
    )


_UPDATE: Final = "UpdateSecurityCredentialsKRP"
_HANDOVER: Final = "RequestHandoverOfDCCControlledDevice"
CS02B_SUPPLIER = _case("CS02bSupplierBySupplier", 0x0102, _UPDATE, _supplier(_OWN), critical=True)
CS02B_NETWORK = _case("CS02bNOByNO", 0x0103, _UPDATE, _network_operator(_OWN), critical=True)
CS02G = _case(
    "CS02gLoadControllerBySupplier",
    0x0126,
    _UPDATE,
    Replacement(
        mode=Mode.LOAD_CONTROLLER_BY_SUPPLIER,
        party=Role.LOAD_CONTROLLER,
        authority=Role.SUPPLIER,
        certificates=_OWN,
        floor=_FLOOR,
        by_role=True,
    ),
    critical=True,
)
CS02B_SUPPLIER_HANDOVER = msgspec.structs.replace(
    _case("CS02bSupplierBySupplierHandover", 0x0102, _HANDOVER, _supplier(_GIVEN), Originator.ACB), signed_by_dcc=True
)
CS02B_NETWORK_HANDOVER = msgspec.structs.replace(
    _case("CS02bNOByNOHandover", 0x0103, _HANDOVER, _network_operator(_GIVEN), Originator.ACB), signed_by_dcc=True
)
CS02B_COS = msgspec.structs.replace(
    _case(
        "CS02bSupplierByTransCoS",
        0x0107,
        "UpdateSecurityCredentialsCoS",
        Replacement(
            mode=Mode.SUPPLIER_BY_TRANS_COS,
            party=Role.SUPPLIER,
            authority=Role.TRANS_COS,
            certificates="SupplierReplacementCertificates",
            floor="SupplierFloorSeqNumber",
            top_up_floor="SupplierPrepaymentTopUpFloorSeqNumber",
            by_role=True,
            # RTDS shows a cancellation without them, though its request has them: taken for a rule.
            floors_if_cancelled=False,
        ),
        Originator.TCOS,
    ),
    signed_by_dcc=True,
)
CS02B_ACB = _case(
    "CS02bACBByACB",
    0x0104,
    "ServiceOptOut",
    Replacement(
        mode=Mode.ACB_BY_ACB,
        party=Role.ACB,
        authority=None,
        certificates=_GIVEN,
        floor="ACBFloorSeqNumber",
        dated=False,
    ),
    Originator.ACB,
)

_ROLE: Final = "RemotePartyRole"
_OTHER_TYPES: Final = "RTDS shows these use cases on an ESME (6.21: on a GPF); their payload says nothing of the type"
_METERS: Final = (DeviceType.ESME,)
_OTHERS: Final = (DeviceType.GSME, DeviceType.GPF, DeviceType.CHF, DeviceType.HCALCS, DeviceType.PPMID)
_names_load_controller = Condition(
    _ROLE,
    "a RemotePartyRole is LoadController",
    lambda asked: any(part.text.strip() == "LoadController" for part in parts_at(asked.body, _ROLE)),
)


def _rows(
    variant: str, use_case: UseCase, *conditions: Condition, shown: tuple[DeviceType, ...] = _METERS
) -> tuple[Choice, ...]:
    """On the type that RTDS shows, and on the others by assumption."""
    every = (*_METERS, *_OTHERS)

    def row(types: tuple[DeviceType, ...], basis: Basis, note: str) -> Choice:
        return Choice(
            variant=ServiceReferenceVariant(variant),
            device_types=types,
            use_case=use_case,
            conditions=conditions,
            basis=basis,
            note=note,
        )

    others = tuple(each for each in every if each not in shown)
    return row(shown, Basis.TRANSCRIBED, ""), row(others, Basis.ASSUMED, _OTHER_TYPES)


CHOICES: Final = (
    *_rows("6.15.1", CS02B_SUPPLIER, element_says(_ROLE, "Supplier")),
    *_rows("6.15.1", CS02B_NETWORK, element_says(_ROLE, "NetworkOperator")),
    *_rows("6.15.1", CS02G, element_says(_ROLE, "LoadController")),
    *_rows("6.15.2", CS02D),
    *_rows("6.17", CS02C),
    *_rows("6.21", CS02B_SUPPLIER_HANDOVER, element_says(_ROLE, "Supplier"), shown=(DeviceType.GPF,)),
    *_rows("6.21", CS02B_NETWORK_HANDOVER, element_says(_ROLE, "NetworkOperator"), shown=(DeviceType.GPF,)),
    *_rows("6.23", CS02B_COS),
    *_rows("6.24.1", CS02F, _names_load_controller),
    *_rows("6.24.1", CS02A),
    *_rows("6.24.2", CS02E),
    *_rows("8.5", CS02B_ACB),
)
