"""TABLE: joining devices to each other and undoing it, 8.7 and 8.8; clocks (6.11, 8.1.1) and logs of gas devices.

A join tells the target which device may join it, by which method and in which part. What the other device is
the request does not say: it is a fact of the inventory. Source: RTDS vectors; what none shows is marked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from gbcs import der
from gbcs.times import generalized_time
from gbcs.usecases.asn1 import NULL, Sequence
from gbcs.usecases.elements import Element, device, moment, number, text_at
from gbcs.usecases.parts import Constant, Derived, Inputs, Part
from gbcs.usecases.usecase import Choice, Condition, Originator, Supplementary, UseCase, joining_is
from schemas.request import OtherBody
from schemas.vocabulary import Basis, DeviceType, ServiceReferenceVariant

_ESME, _GSME, _GPF, _CHF = DeviceType.ESME, DeviceType.GSME, DeviceType.GPF, DeviceType.CHF
_HCALCS, _PPMID, _IHD, _CAD = DeviceType.HCALCS, DeviceType.PPMID, DeviceType.IHD, DeviceType.CAD
_NUMBERS: Final = {_GSME: 0, _ESME: 1, _CHF: 2, _GPF: 3, _HCALCS: 4, _PPMID: 5, _IHD: 6, _CAD: 6}
"""Device types in GBCS; 6 is any Type 2 device."""
_INITIATOR_A, _RESPONDER_A, _METHOD_B, _METHOD_C = range(4)
"""Join methods and roles."""

_OTHER: Final = Element("OtherDeviceID", device, lambda other: der.octet_string(other.octets))


def _type_fault(inputs: Inputs) -> str | None:
    return "the type of the device to be joined is missing" if inputs.facts.joining_type is None else None


def _type(inputs: Inputs) -> bytes:
    joining = inputs.facts.joining_type
    return b"" if joining is None else der.integer(_NUMBERS[joining])


def _certificate_fault(inputs: Inputs) -> str | None:
    if inputs.facts.joining_certificate is None:
        return "the key agreement certificate of the device to be joined is missing"
    return None


_TYPE: Final = Derived(_type, _type_fault)
_CERTIFICATE: Final = Derived(lambda inputs: inputs.facts.joining_certificate or b"", _certificate_fault)


def _join(method: int, *more: Part) -> Part:
    return Sequence((Constant(der.integer(method)), _OTHER, _TYPE, *more))


def _critical(name: str, code: int, element: str, payload: Part) -> UseCase:
    return UseCase(name=name, message_code=code, body=OtherBody, element=element, payload=payload, critical=True)


def _by_user(name: str, code: int, element: str, payload: Part) -> UseCase:
    return UseCase(name=name, message_code=code, body=OtherBody, element=element, payload=payload)


def _by_broker(name: str, code: int, element: str, payload: Part) -> UseCase:
    """The broker asks and signs: the device takes it for critical, the user's request is not."""
    return UseCase(
        name=name,
        message_code=code,
        body=OtherBody,
        element=element,
        payload=payload,
        originator=Originator.ACB,
        supplementary=Supplementary.PARTY,
        signed_by_dcc=True,
    )


_JOIN, _JOIN_PLAIN = "JoinServiceCritical", "JoinServiceNonCritical"
_UNJOIN, _UNJOIN_PLAIN = "UnjoinServiceCritical", "UnjoinServiceNonCritical"
CS03A1 = _critical("CS03A1", 0x000D, _JOIN, _join(_INITIATOR_A))
CS03A2 = _critical("CS03A2Critical", 0x00AB, _JOIN, _join(_RESPONDER_A))
CS03A2_PLAIN = _by_broker("CS03A2NonCritical", 0x00AB, _JOIN_PLAIN, _join(_RESPONDER_A))
CS03B = _by_user("CS03B", 0x000E, _JOIN_PLAIN, _join(_METHOD_B))
CS03C = _critical("CS03CCritical", 0x00AF, _JOIN, _join(_METHOD_C, _CERTIFICATE))
CS03C_PLAIN = _by_broker("CS03CNonCritical", 0x00AF, _JOIN_PLAIN, _join(_METHOD_C, _CERTIFICATE))
CS04AC = _critical("CS04ACCritical", 0x000F, _UNJOIN, _OTHER)
CS04AC_PLAIN = _by_broker("CS04ACNonCritical", 0x000F, _UNJOIN_PLAIN, _OTHER)
CS04B = _by_user("CS04B", 0x0010, _UNJOIN_PLAIN, _OTHER)

# ---- clocks


def _latest(inputs: Inputs) -> bytes:
    """The end of the time that the device's clock may show: the current time and the tolerance (seconds)."""
    current = moment(text_at(inputs.body, "CurrentDateTime") or "")
    tolerance = number(text_at(inputs.body, "TolerancePeriod") or "")
    return der.generalized_time(generalized_time(current + timedelta(seconds=tolerance)))


def _latest_fault(inputs: Inputs) -> str | None:
    for name in ("CurrentDateTime", "TolerancePeriod"):
        if text_at(inputs.body, name) is None:
            return f"{name} is missing"
    try:
        _latest(inputs)
    except OverflowError:
        return "CurrentDateTime and TolerancePeriod should end before the year 10000"
    return None


_CLOCK: Final = Sequence(
    (
        Element("CurrentDateTime", moment, lambda at: der.generalized_time(generalized_time(at))),
        Derived(_latest, _latest_fault),
    )
)
GCS28 = _critical("GCS28", 0x007F, "SynchroniseClock", _CLOCK)
GCS28_COMMISSION = _critical("GCS28Commission", 0x007F, "CommissionDeviceSynchroniseClock", _CLOCK)

# ---- device logs of gas devices


def _log_fault(inputs: Inputs) -> str | None:
    return "the old gas proxy function's device log is missing" if inputs.facts.gpf_log is None else None


def _log(inputs: Inputs) -> bytes:
    log = inputs.facts.gpf_log or ()
    return der.sequence(
        der.sequence(*(der.sequence(der.octet_string(each.octets), der.integer(_NUMBERS[kind])) for each, kind in log))
    )


CS07 = _by_user("CS07", 0x0013, "ReadDeviceLog", NULL)
GCS59 = UseCase(
    name="GCS59",
    message_code=0x008C,
    body=OtherBody,
    element="RestoreGPFDeviceLog",
    payload=Derived(_log, _log_fault),
    originator=Originator.ACB,
)


def _row(
    variant: str, types: tuple[DeviceType, ...], use_case: UseCase, *conditions: Condition, assumed: str = ""
) -> Choice:
    return Choice(
        variant=ServiceReferenceVariant(variant),
        device_types=types,
        use_case=use_case,
        conditions=conditions,
        basis=Basis.ASSUMED if assumed else Basis.TRANSCRIBED,
        note=assumed,
    )


_PAIRS: Final = "RTDS shows the method on another pair of device types"
_TYPE_2: Final = "RTDS shows no Type 2 device; its method is taken for B"
_UNSAID: Final = "RTDS shows this use case on another type of device; the payload says nothing of it"
CHOICES: Final = (
    _row("8.7.1", (_ESME,), CS03A1, joining_is(_HCALCS)),
    _row("8.7.1", (_ESME,), CS03A1, joining_is(_PPMID), assumed=_PAIRS),
    _row("8.7.1", (_HCALCS,), CS03A2, joining_is(_ESME)),
    _row("8.7.1", (_GSME,), CS03C, joining_is(_PPMID)),
    _row("8.7.2", (_PPMID,), CS03A2_PLAIN, joining_is(_ESME)),
    _row("8.7.2", (_PPMID,), CS03C_PLAIN, joining_is(_GSME)),
    _row("8.7.2", (_GSME,), CS03B, joining_is(_GPF)),
    _row("8.7.2", (_ESME, _GPF), CS03B, joining_is(_IHD, _CAD), assumed=_TYPE_2),
    _row("8.8.1", (_ESME,), CS04AC),
    _row("8.8.1", (_GSME, _HCALCS), CS04AC, assumed=_UNSAID),
    _row("8.8.2", (_PPMID,), CS04AC_PLAIN),
    _row("8.8.2", (_GSME,), CS04B),
    _row("8.8.2", (_ESME, _GPF), CS04B, assumed=_TYPE_2),
    _row("6.11", (_GSME,), GCS28),
    _row("8.1.1", (_GSME,), GCS28_COMMISSION),
    _row("8.9", (_GSME,), CS07),
    _row("8.9", (_ESME, _GPF, _HCALCS, _PPMID), CS07, assumed=_UNSAID),
    _row("8.12.2", (_GPF,), GCS59),
)
