"""Bodies of requests that set or act on an electricity meter, and what the tables make of them."""

from __future__ import annotations

import msgspec
from gbcs_world import BROKER, BUILD_TIME, DEVICE, USER

from gbcs import axdr
from gbcs.facts import DeviceFacts
from gbcs.select import choose
from gbcs.usecases.parts import Inputs
from gbcs.usecases.registry import CHOICES_BY_VARIANT
from gbcs.usecases.usecase import Asked, UseCase
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

ANY_DAY = "<Year><NonSpecifiedYear/></Year><Month><NonSpecifiedMonth/></Month>"
EVERY_DAY = (
    f"{ANY_DAY}<DayOfMonth><NonSpecifiedDayOfMonth/></DayOfMonth><DayOfWeek><NonSpecifiedDayOfWeek/></DayOfWeek>"
)


def inputs(asked: OtherBody, **known: object) -> Inputs:
    """Of a request to an ESME of which this is known."""
    facts = msgspec.structs.replace(DeviceFacts(id=DEVICE, type=DeviceType.ESME), **known)
    return Inputs(body=asked, facts=facts, user=USER, originator=BROKER, counter=1, build_time=BUILD_TIME)


def built(variant: str, asked: OtherBody, **known: object) -> str | dict[str, str]:
    """Each access of the payload, ``class name index``, with its data in hexadecimal; or why there is none."""
    about = inputs(asked, **known)
    rows = CHOICES_BY_VARIANT[ServiceReferenceVariant(variant)]
    chosen = choose(rows, Asked(body=asked, facts=about.facts, role=None))
    if not isinstance(chosen, UseCase):
        return chosen.reason
    reason = chosen.payload.refusal(about)
    if reason is not None:
        return reason
    decoded = axdr.decode_access_request(chosen.payload.encode(about))
    return {
        f"{s.class_id} {axdr.obis_text(s.logical_name)} {s.index}": d.encode().hex()
        for s, d in zip(decoded.specifications, decoded.data, strict=True)
    }


def load_limit(**changed: str) -> str:
    values = {
        "LoadLimitPeriod": "4294967295",
        "LoadLimitPowerThreshold": "0",
        "LoadLimitRestorationPeriod": "1",
        "LoadLimitSupplyState": "Unchanged",
    } | changed
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    element = "UpdateDeviceConfigurationLoadLimitingGeneralSettings"
    return f"<{element}>{inner}</{element}>"


def debt(period: str = "HOURLY", register: str = "-2147483648", share: str = "10000") -> str:
    recovery = (
        "<ElecDebtRecovery{0}><DebtRecoveryRate>-32768</DebtRecoveryRate>"
        f"<DebtRecoveryRatePriceScale>-128</DebtRecoveryRatePriceScale>"
        f"<DebtRecoveryRatePeriod>{period}</DebtRecoveryRatePeriod></ElecDebtRecovery{{0}}>"
    )
    return (
        f"<UpdateDebt><TimeDebtRegister1>{register}</TimeDebtRegister1><TimeDebtRegister2>7</TimeDebtRegister2>"
        "<PaymentDebtRegister>2147483647</PaymentDebtRegister>"
        f"<DebtRecoveryPerPayment>{share}</DebtRecoveryPerPayment>{recovery.format(1)}{recovery.format(2)}</UpdateDebt>"
    )


def billing(period: str, time: str = "23:30:00.00Z") -> str:
    calendar = f"<ElectricityBillingCalendar><BillingTime>{time}</BillingTime>{period}</ElectricityBillingCalendar>"
    return f"<UpdateDeviceConfigurationBillingCalendar>{calendar}</UpdateDeviceConfigurationBillingCalendar>"


def months(period: str, month: int, day: int = 28) -> str:
    return billing(
        f"<{period}><DayOfMonth>{day}</DayOfMonth><BillingPeriodStartMonth>{month}</BillingPeriodStartMonth></{period}>"
    )


def mode(disabled: str, emergency: str) -> str:
    return (
        f"<UpdatePaymentMode><Prepayment><SuspendDebtDisabled>{disabled}</SuspendDebtDisabled>"
        f"<SuspendDebtEmergency>{emergency}</SuspendDebtEmergency>"
        "<DisablementThreshold>-1</DisablementThreshold></Prepayment></UpdatePaymentMode>"
    )


def prices(elements: str, scale: str = "-5") -> str:
    return (
        "<UpdatePricePrimaryElement><PriceElements><ElectricityPriceElements><StandingCharge>-1</StandingCharge>"
        f"<StandingChargeScale>127</StandingChargeScale><PriceScale>{scale}</PriceScale>{elements}"
        "</ElectricityPriceElements></PriceElements></UpdatePricePrimaryElement>"
    )


def secondary(*values: tuple[int, str]) -> str:
    inner = "".join(f'<ElectricityPriceElement index="{n}">{value}</ElectricityPriceElement>' for n, value in values)
    return (
        f"<UpdatePriceSecondaryElement><PriceElements><PriceScale>0</PriceScale>{inner}</PriceElements>"
        "</UpdatePriceSecondaryElement>"
    )


def switch_calendar(start: str = EVERY_DAY, special: str = "1", defined: str = "3") -> str:
    return (
        "<UpdateDeviceConfigurationALCScheduler><ALCSHCALCSConnectionSchedule>"
        '<ActivateDeactivateSwitch index="5"><DeactivateSwitch/></ActivateDeactivateSwitch>'
        f'<SpecialDaysApplicability index="{special}"/>'
        "<DaysOfWeekApplicability><DayOfWeekApplicability><DayOfWeekID>Sunday</DayOfWeekID></DayOfWeekApplicability>"
        "<DayOfWeekApplicability><DayOfWeekID>Monday</DayOfWeekID></DayOfWeekApplicability></DaysOfWeekApplicability>"
        f"<ALCSScheduleDatesAndTime><SwitchTime>23:59:59.5+01:00</SwitchTime><StartDate>{start}</StartDate>"
        f"<EndDate>{EVERY_DAY}</EndDate></ALCSScheduleDatesAndTime></ALCSHCALCSConnectionSchedule>"
        f'<ALCSHCALCSSpecialDays><ALCSHCALCSSpecialDay index="{defined}">{EVERY_DAY}</ALCSHCALCSSpecialDay>'
        f'<ALCSHCALCSSpecialDay index="1">{EVERY_DAY}</ALCSHCALCSSpecialDay></ALCSHCALCSSpecialDays>'
        '<SwitchTypeAndId index="4"><HCALCS>00-DB-12-34-56-78-90-97</HCALCS></SwitchTypeAndId>'
        "</UpdateDeviceConfigurationALCScheduler>"
    )


def controller_calendar(direction: str) -> str:
    return (
        "<UpdateDeviceConfigurationAuxiliaryControllerScheduler><AuxiliaryControllerSchedule>"
        '<AuxiliaryControllerAction auxiliaryControllerN="2"><CommandedStateLevel>99</CommandedStateLevel>'
        f"{direction}</AuxiliaryControllerAction><AuxiliaryControllerSchedulePeriodAndTime>"
        f"<SwitchTime>00:00:00Z</SwitchTime><StartDate>{EVERY_DAY}</StartDate><EndDate>{EVERY_DAY}</EndDate>"
        "</AuxiliaryControllerSchedulePeriodAndTime></AuxiliaryControllerSchedule>"
        "<AuxiliaryControllerSpecialDayDefinitions/></UpdateDeviceConfigurationAuxiliaryControllerScheduler>"
    )


def alerts(groups: str, element: str = "ElectricityNetworkOperatorAlerts") -> str:
    return f"<ConfigureAlertBehaviour><{element}>{groups}</{element}></ConfigureAlertBehaviour>"


def bits(*events: int) -> str:
    return sum(1 << event for event in events).to_bytes(32, "big").hex()


ONE_PHASE_EVENTS = "<NetworkOperatorESMESinglePhase><x8002>Enable</x8002></NetworkOperatorESMESinglePhase>"
THREE_PHASE_EVENTS = "<NetworkOperatorESMEPolyPhase><x809C>Enable</x809C></NetworkOperatorESMEPolyPhase>"
CLOCK = (
    "<SynchroniseClock><CurrentDateTime>2024-02-28T23:59:59.99Z</CurrentDateTime>"
    "<TolerancePeriod>{}</TolerancePeriod></SynchroniseClock>"
)
BOOST = "".join(
    f'<AddToBoostButton index="{n}">{"true" if n == 3 else "false"}</AddToBoostButton>' for n in range(1, 6)
)
LEVEL = (
    '<SetAuxiliaryControllerState auxiliaryControllerN="{}"><StartDateTime>2024-02-29T00:00:00+01:00</StartDateTime>'
    "<EndDateTime>2024-03-01T00:00:00Z</EndDateTime><CommandedStateLevel>{}</CommandedStateLevel>"
    "</SetAuxiliaryControllerState>"
)
LAST_SUNDAY = (
    "<Year><SpecifiedYear>2014</SpecifiedYear></Year><Month><SpecifiedMonth>02</SpecifiedMonth></Month>"
    "<DayOfMonth><LastDayOfMonth/></DayOfMonth><DayOfWeek><SpecifiedDayOfWeek>7</SpecifiedDayOfWeek></DayOfWeek>"
)
SECOND_LAST = LAST_SUNDAY.replace("LastDayOfMonth", "SecondLastDayOfMonth")
