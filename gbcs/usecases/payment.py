"""Use cases of payment of an ESME: mode, balance and block counters, services 1.5, 1.6 and 1.7.

Source: RTDS vectors.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gbcs import axdr
from gbcs.usecases.dlms import access_list, action, array, sets, structure
from gbcs.usecases.dlms_objects import CosemClass, fixed_script
from gbcs.usecases.dlms_values import activations, i32
from gbcs.usecases.elements import Path, text_at
from gbcs.usecases.parts import Constant, Derived, Inputs, Part
from gbcs.usecases.usecase import Choice, UseCase, element_given, element_says
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_ACCOUNT_NAME: Final = "0-1:19.0.0.255"
_METER_BALANCE: Final = "0-0:19.10.0.255"
_EMERGENCY_CREDIT: Final = "0-0:19.10.1.255"
_ACCUMULATED_DEBT: Final = "0-0:19.10.2.255"
_TARIFF_CHARGE: Final = "0-0:19.20.0.255"
_TIME_DEBT_1: Final = "0-0:19.20.1.255"
_TIME_DEBT_2: Final = "0-0:19.20.2.255"
_PAYMENT_DEBT: Final = "0-0:19.20.3.255"
_STANDING_CHARGE: Final = "0-0:19.20.4.255"
_SECONDARY_CHARGE: Final = "0-0:19.20.5.255"

_CREDIT_MODE: Final = 1
_PREPAYMENT_MODE: Final = 2
_ACCOUNT_ACTIVE: Final = 1
_ADD_AMOUNT: Final = 1
_SET_AMOUNT: Final = 2
_NOTHING: Final = Constant(axdr.number(axdr.Tag.DOUBLE_LONG, 0))
_RESET_BLOCK_COUNTERS: Final = 99


def _mode(mode: int) -> Part:
    return structure(Constant(axdr.enum(mode)), Constant(axdr.enum(_ACCOUNT_ACTIVE)))


# ---- which charges are collected from which credit

_ALWAYS: Final = Constant(axdr.bit_string((True, True, True)))
_NOT_WHILE_DISABLED: Final = axdr.bit_string((True, True, False))


def _collection(inputs: Inputs) -> bytes:
    """The last bit is cleared where the debt is not to be collected while supply is disabled."""
    suspended = text_at(inputs.body, "Prepayment/SuspendDebtDisabled") in {"true", "1"}
    return _NOT_WHILE_DISABLED if suspended else _ALWAYS.octets


_UNLESS_SUSPENDED: Final = Derived(_collection)


def _pair(credit: str, charge: str, collected: Part = _ALWAYS) -> Part:
    return structure(
        Constant(axdr.octet_string(axdr.obis(credit))), Constant(axdr.octet_string(axdr.obis(charge))), collected
    )


class _ForElements(msgspec.Struct, frozen=True):
    """One of two parts, as the meter has one measuring element or two."""

    single: Part
    twin: Part

    def members(self) -> tuple[Part, ...]:
        return self.single, self.twin

    def refusal(self, inputs: Inputs) -> str | None:
        return self._chosen(inputs).refusal(inputs)

    def encode(self, inputs: Inputs) -> bytes:
        return self._chosen(inputs).encode(inputs)

    def _chosen(self, inputs: Inputs) -> Part:
        return self.twin if inputs.facts.twin_element else self.single


def _charges(pairs: tuple[Part, ...], of_second_element: tuple[Part, ...]) -> Part:
    return _ForElements(array(*pairs), array(*pairs, *of_second_element))


_IN_CREDIT_MODE: Final = _charges(
    (_pair(_METER_BALANCE, _TARIFF_CHARGE), _pair(_METER_BALANCE, _STANDING_CHARGE)),
    (_pair(_METER_BALANCE, _SECONDARY_CHARGE),),
)


def _in_prepayment_mode(*debts_in_emergency: Part) -> Part:
    return _charges(
        (
            _pair(_METER_BALANCE, _TARIFF_CHARGE),
            _pair(_METER_BALANCE, _STANDING_CHARGE),
            _pair(_METER_BALANCE, _TIME_DEBT_1, _UNLESS_SUSPENDED),
            _pair(_METER_BALANCE, _TIME_DEBT_2, _UNLESS_SUSPENDED),
            _pair(_METER_BALANCE, _PAYMENT_DEBT),
            _pair(_EMERGENCY_CREDIT, _PAYMENT_DEBT),
            _pair(_EMERGENCY_CREDIT, _TARIFF_CHARGE),
            _pair(_EMERGENCY_CREDIT, _STANDING_CHARGE),
            *debts_in_emergency,
            _pair(_ACCUMULATED_DEBT, _STANDING_CHARGE),
            _pair(_ACCUMULATED_DEBT, _TIME_DEBT_1),
            _pair(_ACCUMULATED_DEBT, _TIME_DEBT_2),
        ),
        (_pair(_METER_BALANCE, _SECONDARY_CHARGE), _pair(_EMERGENCY_CREDIT, _SECONDARY_CHARGE)),
    )


def _prepayment(collected: Part) -> UseCase:
    threshold: Path = "Prepayment/DisablementThreshold"
    return UseCase(
        name="ECS03",
        message_code=0x001B,
        body=OtherBody,
        element="UpdatePaymentMode",
        critical=True,
        payload=access_list(
            sets(CosemClass.ACCOUNT, _ACCOUNT_NAME, 2, _mode(_PREPAYMENT_MODE)),
            sets(CosemClass.EXTENDED_DATA, "0-0:94.44.128.22", 4, i32(threshold)),
            sets(CosemClass.ACCOUNT, _ACCOUNT_NAME, 11, collected),
            *activations("9000 0-0:94.44.128.22 6; 111 0-1:19.0.0.255 13"),
        ),
    )


ECS02: Final = UseCase(
    name="ECS02",
    message_code=0x001A,
    body=OtherBody,
    element="UpdatePaymentMode",
    critical=True,
    payload=access_list(
        sets(CosemClass.ACCOUNT, _ACCOUNT_NAME, 2, _mode(_CREDIT_MODE)),
        sets(CosemClass.ACCOUNT, _ACCOUNT_NAME, 11, _IN_CREDIT_MODE),
        *activations("111 0-1:19.0.0.255 13"),
    ),
)
ECS03: Final = _prepayment(
    _in_prepayment_mode(
        _pair(_EMERGENCY_CREDIT, _TIME_DEBT_1, _UNLESS_SUSPENDED),
        _pair(_EMERGENCY_CREDIT, _TIME_DEBT_2, _UNLESS_SUSPENDED),
    )
)
ECS03_WITHOUT_EMERGENCY_DEBT: Final = _prepayment(_in_prepayment_mode())


def _balance(name: str, code: int, *changes: tuple[str, int, Part]) -> UseCase:
    steps = (action(CosemClass.CREDIT, credit, method, value) for credit, method, value in changes)
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element="UpdateMeterBalance",
        critical=True,
        payload=access_list(*steps),
    )


def _adjustment(mode: str) -> UseCase:
    return _balance("ECS04a", 0x001C, (_METER_BALANCE, _ADD_AMOUNT, i32(f"{mode}/AdjustMeterBalance")))


_CREDITS: Final = (_METER_BALANCE, _EMERGENCY_CREDIT, _ACCUMULATED_DEBT)

ECS04A: Final = _adjustment("PrepaymentMode")
ECS04A_IN_CREDIT_MODE: Final = _adjustment("CreditMode")
ECS04B: Final = _balance("ECS04b", 0x00B3, *((credit, _SET_AMOUNT, _NOTHING) for credit in _CREDITS))
ECS05: Final = UseCase(
    name="ECS05",
    message_code=0x001D,
    body=OtherBody,
    element="ResetTariffBlockCounterMatrix",
    critical=True,
    payload=access_list(fixed_script("0-0:10.0.100.255", _RESET_BLOCK_COUNTERS)),
)

_BALANCE: Final = ServiceReferenceVariant("1.5")
_MODE: Final = ServiceReferenceVariant("1.6")
_ESME: Final = (DeviceType.ESME,)
_EITHER_MODE: Final = (
    "RTDS shows an adjustment in prepayment mode and a reset in credit mode; the mode is taken to make no difference"
)
_EMERGENCY: Final = "Prepayment/SuspendDebtEmergency"

CHOICES: Final = (
    Choice(
        variant=_BALANCE,
        device_types=_ESME,
        use_case=ECS04A,
        conditions=(element_given("PrepaymentMode"), element_given("PrepaymentMode/AdjustMeterBalance")),
    ),
    Choice(
        variant=_BALANCE,
        device_types=_ESME,
        use_case=ECS04A_IN_CREDIT_MODE,
        conditions=(element_given("CreditMode"), element_given("CreditMode/AdjustMeterBalance")),
        basis=Basis.ASSUMED,
        note=_EITHER_MODE,
    ),
    Choice(
        variant=_BALANCE,
        device_types=_ESME,
        use_case=ECS04B,
        conditions=(element_given("CreditMode"), element_given("CreditMode/ResetMeterBalance")),
    ),
    Choice(
        variant=_BALANCE,
        device_types=_ESME,
        use_case=ECS04B,
        conditions=(element_given("PrepaymentMode"), element_given("PrepaymentMode/ResetMeterBalance")),
        basis=Basis.ASSUMED,
        note=_EITHER_MODE,
    ),
    Choice(variant=_MODE, device_types=_ESME, use_case=ECS02, conditions=(element_given("Credit"),)),
    Choice(variant=_MODE, device_types=_ESME, use_case=ECS03, conditions=(element_says(_EMERGENCY, "true", "1"),)),
    Choice(
        variant=_MODE,
        device_types=_ESME,
        use_case=ECS03_WITHOUT_EMERGENCY_DEBT,
        conditions=(element_says(_EMERGENCY, "false", "0"),),
        basis=Basis.ASSUMED,
        note=(
            "RTDS shows SuspendDebtEmergency true only, with the time debts collected from emergency credit; false is "
            "taken to leave these two pairs out. Alternatives: no difference, or other collection bits"
        ),
    ),
    Choice(variant=ServiceReferenceVariant("1.7"), device_types=_ESME, use_case=ECS05),
)
