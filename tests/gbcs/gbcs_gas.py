"""Bodies of requests to gas meters, and the components that they make."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from gbcs_bodies import body
from gbcs_world import BROKER_COUNTER, BUILD_TIME, USER, facts

from gbcs import gbz
from gbcs.facts import DeviceFacts
from gbcs.refusal import Refused
from gbcs.select import select_use_case
from gbcs.usecases.parts import Inputs
from gbcs.usecases.usecase import UseCase
from schemas.request import OtherBody
from schemas.vocabulary import DeviceType, ServiceReferenceVariant

GSME, GPF = DeviceType.GSME, DeviceType.GPF
BUILT = "5735732d"
"""BUILD_TIME as a ZCL UTCTime: issuer event ids and calendar ids."""
LATER = datetime(2024, 3, 31, 23, 0, tzinfo=UTC)
LATER_TEXT = "70a79c2d"
NEVER = datetime(3000, 12, 31, tzinfo=UTC)
EARLIEST_VERSION, LATEST_VERSION = "1.0", "4.2"


def content(
    variant: str, asked: OtherBody, device_type: DeviceType = GSME, **known: str
) -> tuple[UseCase, bytes] | Refused:
    """The use case and the payload of a body; a refusal of either."""
    device: DeviceFacts = msgspec.structs.replace(facts(device_type), **known)
    use_case = select_use_case(ServiceReferenceVariant(variant), asked, device)
    if isinstance(use_case, Refused):
        return use_case
    inputs = Inputs(body=asked, facts=device, user=USER, originator=USER, counter=BROKER_COUNTER, build_time=BUILD_TIME)
    reason = use_case.payload.refusal(inputs)
    return (use_case, use_case.payload.encode(inputs)) if reason is None else Refused(reason)


def components(variant: str, asked: OtherBody, device_type: DeviceType = GSME, **known: str) -> list[str]:
    """Cluster, frame control, command and payload of each component; a from-date-time in front."""
    found = content(variant, asked, device_type, **known)
    assert not isinstance(found, Refused), found
    return [shown(component) for component in gbz.decode(found[1])]


def shown(component: gbz.Component) -> str:
    start = component.from_date_time
    dated = "" if start is None else f"from {start:08x} "
    return (
        f"{dated}{component.cluster:04x} {component.frame_control:02x}"
        f" {component.command:02x} {component.payload.hex()}"
    )


def payment_mode(disabled: str, emergency: str, threshold: int = 0) -> str:
    return (
        f"<UpdatePaymentMode><Prepayment><SuspendDebtDisabled>{disabled}</SuspendDebtDisabled>"
        f"<SuspendDebtEmergency>{emergency}</SuspendDebtEmergency>"
        f"<DisablementThreshold>{threshold}</DisablementThreshold></Prepayment></UpdatePaymentMode>"
    )


CREDIT = "<UpdatePaymentMode><Credit/></UpdatePaymentMode>"


def debt(first: int, second: int, third: int, share: int, rate: int = 1, period: str = "DAILY") -> OtherBody:
    recovery = f"<DebtRecoveryRate>{rate}</DebtRecoveryRate><DebtRecoveryRatePeriod>{period}</DebtRecoveryRatePeriod>"
    return body(
        f"<UpdateDebt><TimeDebtRegister1>{first}</TimeDebtRegister1><TimeDebtRegister2>{second}</TimeDebtRegister2>"
        f"<PaymentDebtRegister>{third}</PaymentDebtRegister><DebtRecoveryPerPayment>{share}</DebtRecoveryPerPayment>"
        f"<GasDebtRecovery1>{recovery}</GasDebtRecovery1><GasDebtRecovery2>{recovery}</GasDebtRecovery2></UpdateDebt>"
    )


def date(**named: int) -> str:
    """A date with what is not named left open."""
    left_open = {
        "Year": "<NonSpecifiedYear/>",
        "Month": "<NonSpecifiedMonth/>",
        "DayOfMonth": "<GasNonSpecifiedDayOfMonth/>",
        "DayOfWeek": "<NonSpecifiedDayOfWeek/>",
    }
    inner = {f: f"<Specified{f}>{named[f]}</Specified{f}>" if f in named else any_ for f, any_ in left_open.items()}
    return "".join(f"<Gas{f}WithWildcards>{text}</Gas{f}WithWildcards>" for f, text in inner.items())


def week(name: int, *days: int) -> str:
    listed = "".join(f'<ReferencedDayName index="{i}">{day}</ReferencedDayName>' for i, day in enumerate(days, 1))
    return f"<WeekProfile><WeekName>{name}</WeekName>{listed}</WeekProfile>"


def tou_prices(*prices: int, currency: str = "GBP") -> str:
    listed = "".join(f'<TOUPrice index="{i}">{price}</TOUPrice>' for i, price in enumerate(prices, 1))
    return price_elements(f"<TOUTariff>{listed}</TOUTariff>", currency)


def block_prices(*prices: int, thresholds: int = 1) -> str:
    listed = "".join(f'<BlockPrice index="{i}">{price}</BlockPrice>' for i, price in enumerate(prices, 1))
    return price_elements(
        f"<BlockTariff>{listed}<NumberOfThresholds>{thresholds}</NumberOfThresholds></BlockTariff>", "GBP"
    )


def price_elements(scheme: str, currency: str) -> str:
    return (
        f"<PriceElements><GasPriceElements><CurrencyUnits>{currency}</CurrencyUnits>"
        f"<StandingCharge>4294967295</StandingCharge>{scheme}</GasPriceElements></PriceElements>"
    )


def new_prices(prices: str, execution: datetime | None = None) -> OtherBody:
    return body(f"<UpdatePricePrimaryElement>{prices}</UpdatePricePrimaryElement>", execution)


def tariff(days: str, special_days: str, thresholds: str, prices: str, execution: datetime | None) -> OtherBody:
    season = f"<Season><SeasonStartDate>{date(Month=4)}</SeasonStartDate>"
    return body(
        f"<UpdateImportTariffPrimaryElement><GasTariffElements><SwitchingTable><DayProfiles>{days}</DayProfiles>"
        f"<WeekProfiles>{week(2, 1, 2, 1, 2, 1, 2, 1)}</WeekProfiles>"
        f"<Seasons>{season}<ReferencedWeekName>2</ReferencedWeekName></Season></Seasons></SwitchingTable>"
        f"<SpecialDays>{special_days}</SpecialDays><ThresholdMatrix>{thresholds}</ThresholdMatrix>"
        f"</GasTariffElements>{prices}</UpdateImportTariffPrimaryElement>",
        execution,
    )


BLOCK_DAY = "<DayProfile><DayName>1</DayName><BlockTariff/></DayProfile>"
TIER_DAY = "<DayProfile><DayName>2</DayName><TOUTariffAction>4</TOUTariffAction></DayProfile>"
A_THRESHOLD = '<BlockThreshold index="1">281474976710655</BlockThreshold>'
A_SPECIAL_DAY = f"<SpecialDay><Date>{date(Year=2154, DayOfMonth=31, DayOfWeek=7)}</Date>"
A_SPECIAL_DAY += "<ReferencedDayName>2</ReferencedDayName></SpecialDay>"


def prepayment(cap: int, calendar: str, execution: datetime | None = None, limit: int = 1) -> OtherBody:
    return body(
        f"<UpdatePrepayConfiguration><UpdatePrepayConfigGas><DebtRecoveryRateCap>{cap}</DebtRecoveryRateCap>"
        f"<EmergencyCreditLimit>{limit}</EmergencyCreditLimit><EmergencyCreditThreshold>2</EmergencyCreditThreshold>"
        f"<LowCreditThreshold>3</LowCreditThreshold><GasNonDisablementCalendar>{calendar}"
        "</GasNonDisablementCalendar><MaxMeterBalance>4</MaxMeterBalance><MaxCreditThreshold>5</MaxCreditThreshold>"
        "</UpdatePrepayConfigGas></UpdatePrepayConfiguration>",
        execution,
    )


def protected_calendar(start: str = "23:59:00Z", action: str = "STOP") -> str:
    return (
        f"<DayProfiles><GasNonDisablementDayProfile><TimeStartAction><StartTime>{start}</StartTime>"
        f"<NonDisablementAction>{action}</NonDisablementAction></TimeStartAction><GasDayName>5</GasDayName>"
        f"</GasNonDisablementDayProfile></DayProfiles><WeekProfiles>{week(1, 5, 5, 5, 5, 5, 5, 5)}</WeekProfiles>"
        f"<SeasonProfiles><Season><SeasonStartDate>{date()}</SeasonStartDate>"
        "<ReferencedWeekName>1</ReferencedWeekName></Season></SeasonProfiles><SpecialDays/>"
    )


def log(element: str, start: str, end: str, more: str = "") -> OtherBody:
    period = f"<StartDateTime>{start}</StartDateTime><EndDateTime>{end}</EndDateTime>"
    return body(f"<{element}><ReadLogPeriod>{period}</ReadLogPeriod>{more}</{element}>")


START, END = "2024-03-31T23:00:00Z", "2024-04-01T00:00:00+00:00"


def conversion(factor: str, value: str) -> OtherBody:
    return body(
        f"<UpdateDeviceConfigurationGasConversion><CalorificValue>{value}</CalorificValue>"
        f"<ConversionFactor>{factor}</ConversionFactor></UpdateDeviceConfigurationGasConversion>"
    )


def alert(code: str, wan: str, han: str, logged: str, alarm: str) -> str:
    return (
        f"<{code}><WANAlert>{wan}</WANAlert><HANAlert>{han}</HANAlert>"
        f"<EventLog>{logged}</EventLog><Alarm>{alarm}</Alarm></{code}>"
    )


def alerts(*settings: str) -> OtherBody:
    inner = "".join(settings)
    return body(
        "<ConfigureAlertBehaviour><GasSupplierAlertEventSettings>"
        f"{inner}</GasSupplierAlertEventSettings></ConfigureAlertBehaviour>"
    )


ON, OFF = "Enable", "Disable"
