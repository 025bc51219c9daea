"""Moments in the three notations of GBCS payloads, with their "now" and "never", in one place.

All moments are aware. "Never" cancels what was future-dated: in DUIS it is an ExecutionDateTime in
the year 3000. Sources: RTDS vectors; which notation and which "never" a field takes is its use
case's affair.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

from schemas.request import is_cancellation

ZIGBEE_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
ZCL_NOW: Final = 0
ZCL_NEVER: Final = 0xFFFFFFFF
ZCL_NEVER_SUBSTITUTED: Final = 0xFFFFFFFE
"""Cancels calendars, special days, price matrices and block thresholds, where FFFFFFFF means something else."""

COSEM_NOW: Final = bytes(9) + b"\x80\x00\xff"
COSEM_NEVER: Final = b"\xff" * 9 + b"\x80\x00\xff"
_COSEM_ANY_WEEKDAY: Final = b"\xff"
_COSEM_UTC: Final = b"\x00\x80\x00\xff"
"""No hundredths, no deviation given, clock status not given."""
GENERALIZED_NEVER: Final = b"99991231235959Z"
_ONE_SECOND: Final = timedelta(seconds=1)


def cosem_date_time(moment: datetime) -> bytes:
    """The 12 octets of a COSEM date-time, UTC, to the second (fractions are dropped)."""
    utc = moment.astimezone(UTC)
    date = utc.year.to_bytes(2, "big") + bytes((utc.month, utc.day))
    return date + _COSEM_ANY_WEEKDAY + bytes((utc.hour, utc.minute, utc.second)) + _COSEM_UTC


def activation_cosem_date_time(execution: datetime | None) -> bytes:
    """The 12 octets of when something takes effect: now, never (a cancellation), or at that moment."""
    if execution is None:
        return COSEM_NOW
    return COSEM_NEVER if is_cancellation(execution) else cosem_date_time(execution)


def cosem_time(clock: time) -> bytes:
    """The 4 octets of a COSEM time, UTC, with its hundredths; a clock without an offset is taken as UTC."""
    utc = datetime.combine(ZIGBEE_EPOCH, clock, clock.tzinfo or UTC).astimezone(UTC)
    return bytes((utc.hour, utc.minute, utc.second, utc.microsecond // 10_000))


def zigbee_seconds(moment: datetime) -> int:
    """Whole seconds since 2000-01-01T00:00:00Z. May lie outside what 32 bits carry; see ``zcl_refusal``."""
    return (moment - ZIGBEE_EPOCH) // _ONE_SECOND


def zcl_refusal(moment: datetime) -> str | None:
    """Why a moment cannot be told in a ZCL UTCTime; its two highest values and 0 have meanings of their own."""
    seconds = zigbee_seconds(moment)
    if seconds == ZCL_NOW:
        return f"{moment.isoformat()} is 0 as a ZCL UTCTime, which means now"
    if 0 < seconds < ZCL_NEVER_SUBSTITUTED:
        return None
    return f"{moment.isoformat()} is outside 2000-01-01 to 2136-02-07, the range of a ZCL UTCTime"


def zcl_earliest_refusal(moment: datetime) -> str | None:
    """The same for the start of a log's period, which is never now: 0 is the earliest that there is."""
    return None if zigbee_seconds(moment) == ZCL_NOW else zcl_refusal(moment)


def zcl_utc_time(moment: datetime) -> bytes:
    """The 4 little-endian octets of a ZCL UTCTime. Raises OverflowError where ``zcl_refusal`` has a reason."""
    return zigbee_seconds(moment).to_bytes(4, "little")


def generalized_time(moment: datetime) -> bytes:
    """The characters of an ASN.1 GeneralizedTime in DER, UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode("ascii").rjust(15, b"0")


def activation_generalized_time(execution: datetime) -> bytes:
    """The characters for a future-dated command, cancellation included."""
    return GENERALIZED_NEVER if is_cancellation(execution) else generalized_time(execution)
