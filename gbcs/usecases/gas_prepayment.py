"""Use cases of payment and prepayment of gas meters: services 1.5, 1.6, 2.1, 2.3 and 2.5. Top-ups: ``prepayment``."""

from __future__ import annotations

from typing import Final

from gbcs.usecases.elements import Path, flag, part_at, text_at
from gbcs.usecases.gas_calendar import GasCalendar
from gbcs.usecases.parts import Derived, Inputs, Part, run
from gbcs.usecases.usecase import Choice, UseCase, element_given
from gbcs.usecases.zcl import ISSUER_EVENT_ID, NOW, Cluster, ZclCommand, one, payload, to_server, u8, u16, u32
from gbcs.usecases.zcl_values import ACTIVATION, Count, Each, enumeration, minutes_of_day, signed, unsigned
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

_SELECT_AVAILABLE_EMERGENCY_CREDIT: Final = 0x00
_CHANGE_DEBT: Final = 0x02
_EMERGENCY_CREDIT_SETUP: Final = 0x03
_CREDIT_ADJUSTMENT: Final = 0x05
_CHANGE_PAYMENT_MODE: Final = 0x06
_SET_LOW_CREDIT_WARNING_LEVEL: Final = 0x09
_SET_MAXIMUM_CREDIT_LIMIT: Final = 0x0B
_SET_OVERALL_DEBT_CAP: Final = 0x0C

_PROVIDER_ID: Final = u32(0)
_MONEY: Final = 4
"""Octets of an amount."""


def _use_case(name: str, message_code: int, element: str, content: Part) -> UseCase:
    return UseCase(
        name=name, message_code=message_code, body=OtherBody, element=element, critical=True, payload=content
    )


# ---- 1.5: the balance


def _adjustment(name: str, message_code: int, adjustment_type: int, value: Part) -> UseCase:
    content = one(Cluster.PREPAYMENT, _CREDIT_ADJUSTMENT, ISSUER_EVENT_ID, NOW, u8(adjustment_type), value)
    return _use_case(name, message_code, "UpdateMeterBalance", content)


_TO_NOTHING: Final = u32(0)
_ADJUST_PREPAYMENT: Final = "PrepaymentMode/AdjustMeterBalance"
_RESET_PREPAYMENT: Final = "PrepaymentMode/ResetMeterBalance"
_ADJUST_CREDIT: Final = "CreditMode/AdjustMeterBalance"
_RESET_CREDIT: Final = "CreditMode/ResetMeterBalance"

GCS40A: Final = _adjustment("GCS40a", 0x0086, 0, signed(_MONEY, _ADJUST_PREPAYMENT))
GCS40B: Final = _adjustment("GCS40b", 0x00B4, 1, _TO_NOTHING)
GCS40C: Final = _adjustment("GCS40c", 0x00C0, 3, signed(_MONEY, _ADJUST_CREDIT))
GCS40D: Final = _adjustment("GCS40d", 0x00C2, 2, _TO_NOTHING)

# ---- 1.6: the payment mode

_DISCONNECTION_ENABLED: Final = 1 << 0
_PREPAYMENT_ENABLED: Final = 1 << 1
_CREDIT_MANAGEMENT_ENABLED: Final = 1 << 2
_CREDIT_DISPLAY_ENABLED: Final = 1 << 4
_CONTACTOR_FITTED: Final = 1 << 7
_DEBT: Final = 1 << 10
"""Set where SuspendDebtDisabled is true. RTDS shows false only, and the bit clear; public parsers of GBCS messages
read the bit so."""
_EMERGENCY_DEBT: Final = 1 << 11
"""Clear where SuspendDebtEmergency is true."""
_EITHER_MODE: Final = _CREDIT_MANAGEMENT_ENABLED | _CREDIT_DISPLAY_ENABLED | _CONTACTOR_FITTED
_CREDIT_MODE: Final = _EITHER_MODE | _DEBT | _EMERGENCY_DEBT
_PREPAYMENT_MODE: Final = _EITHER_MODE | _DISCONNECTION_ENABLED | _PREPAYMENT_ENABLED
_SUSPEND_DISABLED: Final = "Prepayment/SuspendDebtDisabled"
_SUSPEND_EMERGENCY: Final = "Prepayment/SuspendDebtEmergency"
_NO_CUT_OFF: Final = u32(0xFFFFFFFF)


def _payment_control(inputs: Inputs) -> bytes:
    disabled = flag(text_at(inputs.body, _SUSPEND_DISABLED) or "")
    emergency = flag(text_at(inputs.body, _SUSPEND_EMERGENCY) or "")
    control = _PREPAYMENT_MODE | (_DEBT if disabled else 0) | (0 if emergency else _EMERGENCY_DEBT)
    return control.to_bytes(2, "little")


def _payment_control_fault(inputs: Inputs) -> str | None:
    missing = [path for path in (_SUSPEND_DISABLED, _SUSPEND_EMERGENCY) if part_at(inputs.body, path) is None]
    return f"{missing[0].partition('/')[2]} is missing" if missing else None


def _payment_mode(name: str, message_code: int, control: Part, cut_off: Part) -> UseCase:
    content = one(Cluster.PREPAYMENT, _CHANGE_PAYMENT_MODE, _PROVIDER_ID, ISSUER_EVENT_ID, ACTIVATION, control, cut_off)
    return _use_case(name, message_code, "UpdatePaymentMode", content)


GCS02: Final = _payment_mode("GCS02", 0x006C, u16(_CREDIT_MODE), _NO_CUT_OFF)
GCS03: Final = _payment_mode(
    "GCS03",
    0x006D,
    Derived(_payment_control, _payment_control_fault),
    signed(_MONEY, "Prepayment/DisablementThreshold"),
)

# ---- 2.1: limits of prepayment, and when supply stays on whatever the credit

_CONFIGURATION: Final = "UpdatePrepayConfigGas"
_CALENDAR: Final = f"{_CONFIGURATION}/GasNonDisablementCalendar"
_MOST_ENTRIES: Final = 3
_NON_DISABLEMENT: Final = {"START": 1, "STOP": 0}

GCS05: Final = _use_case(
    "GCS05",
    0x006F,
    "UpdatePrepayConfiguration",
    payload(
        to_server(
            Cluster.PREPAYMENT,
            _EMERGENCY_CREDIT_SETUP,
            ISSUER_EVENT_ID,
            ACTIVATION,
            unsigned(_MONEY, f"{_CONFIGURATION}/EmergencyCreditLimit"),
            unsigned(_MONEY, f"{_CONFIGURATION}/EmergencyCreditThreshold"),
        ),
        to_server(
            Cluster.PREPAYMENT,
            _SET_OVERALL_DEBT_CAP,
            _PROVIDER_ID,
            ISSUER_EVENT_ID,
            ACTIVATION,
            signed(_MONEY, f"{_CONFIGURATION}/DebtRecoveryRateCap"),
        ),
        to_server(
            Cluster.PREPAYMENT,
            _SET_LOW_CREDIT_WARNING_LEVEL,
            unsigned(_MONEY, f"{_CONFIGURATION}/LowCreditThreshold"),
            from_date_time=ACTIVATION,
        ),
        to_server(
            Cluster.PREPAYMENT,
            _SET_MAXIMUM_CREDIT_LIMIT,
            _PROVIDER_ID,
            ISSUER_EVENT_ID,
            ACTIVATION,
            unsigned(_MONEY, f"{_CONFIGURATION}/MaxMeterBalance"),
            unsigned(_MONEY, f"{_CONFIGURATION}/MaxCreditThreshold"),
        ),
        *GasCalendar(
            calendar_type=3,
            days=f"{_CALENDAR}/DayProfiles/GasNonDisablementDayProfile",
            weeks=f"{_CALENDAR}/WeekProfiles/WeekProfile",
            seasons=f"{_CALENDAR}/SeasonProfiles/Season",
            special_days=f"{_CALENDAR}/SpecialDays/SpecialDay",
            day_name="GasDayName",
            most_days=5,
            schedule_entries=Count("TimeStartAction", _MOST_ENTRIES, 1),
            schedule=Each(
                "TimeStartAction",
                run(minutes_of_day("StartTime"), enumeration("NonDisablementAction", _NON_DISABLEMENT)),
            ),
        ).commands(),
    ),
)

# ---- 2.3: debt; amounts are added to what the registers hold

_TIME_BASED: Final = u8(0)
_PAYMENT_BASED: Final = u8(1)
_NO_LABEL: Final = u8(0)
_AT_ANY_TIME: Final = u16(0)
_NO_AMOUNT: Final = u32(0)
_NO_PERCENTAGE: Final = u16(0)
_PERIODS: Final = {"HOURLY": 0, "DAILY": 1}
_DAILY: Final = u8(1)
"""A debt recovered by payments has no period; RTDS shows this value (assumed to be constant)."""


def _debt(register: str, method: Part, amount_type: int, frequency: Part, amount: Part, percentage: Part) -> ZclCommand:
    return to_server(
        Cluster.PREPAYMENT,
        _CHANGE_DEBT,
        ISSUER_EVENT_ID,
        _NO_LABEL,
        signed(_MONEY, register),
        method,
        u8(amount_type),
        NOW,
        _AT_ANY_TIME,
        frequency,
        amount,
        percentage,
    )


def _debt_over_time(register: str, recovery: str, amount_type: int) -> ZclCommand:
    return _debt(
        register,
        _TIME_BASED,
        amount_type,
        enumeration(f"{recovery}/DebtRecoveryRatePeriod", _PERIODS),
        signed(_MONEY, f"{recovery}/DebtRecoveryRate"),
        _NO_PERCENTAGE,
    )


GCS04: Final = _use_case(
    "GCS04",
    0x006E,
    "UpdateDebt",
    payload(
        _debt_over_time("TimeDebtRegister1", "GasDebtRecovery1", 1),
        _debt_over_time("TimeDebtRegister2", "GasDebtRecovery2", 3),
        _debt(
            "PaymentDebtRegister",
            _PAYMENT_BASED,
            5,
            _DAILY,
            _NO_AMOUNT,
            unsigned(2, "DebtRecoveryPerPayment", 0, 10_000),
        ),
    ),
)

# ---- 2.5: emergency credit

_ORIGINATING_DEVICE: Final = u8(0)
GCS06: Final = _use_case(
    "GCS06",
    0x0070,
    "ActivateEmergencyCredit",
    one(Cluster.PREPAYMENT, _SELECT_AVAILABLE_EMERGENCY_CREDIT, NOW, _ORIGINATING_DEVICE),
)


def _choice(variant: str, use_case: UseCase, *given: Path) -> Choice:
    return Choice(
        variant=ServiceReferenceVariant(variant),
        device_types=(DeviceType.GSME,),
        use_case=use_case,
        conditions=tuple(element_given(path) for path in given),
    )


CHOICES: Final = (
    _choice("1.5", GCS40A, "PrepaymentMode", _ADJUST_PREPAYMENT),
    _choice("1.5", GCS40B, "PrepaymentMode", _RESET_PREPAYMENT),
    _choice("1.5", GCS40C, "CreditMode", _ADJUST_CREDIT),
    _choice("1.5", GCS40D, "CreditMode", _RESET_CREDIT),
    _choice("1.6", GCS02, "Credit"),
    _choice("1.6", GCS03, "Prepayment"),
    _choice("2.1", GCS05),
    _choice("2.3", GCS04),
    _choice("2.5", GCS06),
)
