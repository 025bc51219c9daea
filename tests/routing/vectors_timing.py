"""Vectors of the checks of execution times and sequences."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from estate import ESME_1, ESME_2, IMAGE, NOW, OTHER_SUPPLIER, SUPPLIER, asks, facts, rules
from vector import Vector

from routing.facts import Facts, HeldRequest, Preceding
from schemas.request import ActivateFirmware, OtherBody, ReadInstantaneousImportRegisters, TopUpDevice
from schemas.vocabulary import RequestId, UserId

_DAY: Final = timedelta(days=1)
_NEVER: Final = datetime(3000, 12, 31, tzinfo=UTC)
_HELD: Final = HeldRequest(
    request_id=RequestId(SUPPLIER, ESME_2.id, 7), execution=NOW + _DAY, hand_off="0a" * 16, trace_id="0b" * 16
)


def _reads(execution: datetime, variant: int = 1) -> Facts:
    return facts(asks("4.1.1", ESME_2, variant, ReadInstantaneousImportRegisters(execution=execution)))


def _activates(execution: datetime, variant: int = 4) -> Facts:
    target = ESME_2 if variant == 4 else ESME_1
    return facts(asks("11.3", target, variant, ActivateFirmware(firmware_hash=IMAGE, execution=execution)))


def _follows(preceding: RequestId, so_far: Preceding = Preceding.ANSWERED, *, first: bool | None = None) -> Facts:
    request = msgspec.structs.replace(asks("2.2", ESME_2), preceding=preceding, first_in_sequence=first)
    return facts(request, preceding=so_far)


def _earlier(originator: UserId = SUPPLIER, counter: int = 7) -> RequestId:
    return RequestId(originator, ESME_2.id, counter)


DATES: Final = (
    Vector("service-may-be-future-dated", "takes a read for tomorrow", "I99", _reads(NOW + _DAY)),
    Vector(
        "service-may-be-future-dated",
        "refuses a top-up for tomorrow",
        "E44",
        facts(asks("2.2", ESME_2, body=TopUpDevice(utrn="12345678901234567890", execution=NOW + _DAY))),
        "2.2 is done at once; it takes no ExecutionDateTime",
    ),
    Vector("variant-may-be-future-dated", "takes an activation to transform", "I0", _activates(NOW + _DAY)),
    Vector(
        "variant-may-be-future-dated",
        "refuses a local copy of a dated read",
        "E45",
        _reads(NOW + _DAY, 3),
        "command variant 3 takes no ExecutionDateTime; 1 4 5 do",
    ),
    Vector("execution-time-is-ahead", "takes this very moment", "I99", _reads(NOW)),
    Vector(
        "execution-time-is-ahead",
        "refuses yesterday",
        "E46",
        _reads(NOW - _DAY),
        "ExecutionDateTime 2026-03-01T09:30:00Z is past: it is 2026-03-02T09:30:00Z",
    ),
    Vector(
        "execution-time-is-within-horizon",
        "takes the last second of the horizon",
        "I99",
        _reads(NOW + 30 * _DAY),
    ),
    Vector(
        "execution-time-is-within-horizon",
        "refuses what is beyond it",
        "E47",
        _reads(NOW + 30 * _DAY + timedelta(seconds=1)),
        "ExecutionDateTime 2026-04-01T09:30:01Z is more than 30 days ahead",
    ),
    Vector(
        "execution-time-is-within-horizon",
        "takes what a wider horizon of the configuration reaches",
        "I99",
        _reads(NOW + 31 * _DAY),
        rules=rules(future_dating_days=31),
    ),
    Vector("execution-time-is-within-horizon", "takes what cancels on a device", "I0", _activates(_NEVER)),
    Vector(
        "execution-time-is-within-horizon",
        "refuses a later year, which cancels nothing",
        "E47",
        _activates(_NEVER.replace(year=3001)),
        "ExecutionDateTime 3001-12-31T00:00:00Z is more than 30 days ahead",
    ),
    Vector(
        "execution-time-is-within-horizon",
        "takes what cancels at the DSP",
        "I0",
        facts(_reads(_NEVER).request, held=(_HELD,)),
    ),
    Vector(
        "held-request-is-cancelled",
        "takes the cancellation of a read that is held",
        "I0",
        facts(_reads(_NEVER).request, held=(_HELD,)),
    ),
    Vector("held-request-is-cancelled", "asks nothing of a read for tomorrow", "I99", _reads(NOW + _DAY)),
    Vector(
        "held-request-is-cancelled",
        "refuses the cancellation of nothing",
        "E49",
        _reads(_NEVER),
        f"the year 3000 cancels, and no request of this user for 4.1.1 at {ESME_2.id} is held",
    ),
    Vector(
        "execution-time-is-within-horizon",
        "takes what cancels a change of supplier on a device",
        "I99",
        facts(asks("6.23", ESME_1, body=OtherBody(element="UpdateSecurityCredentialsCoS", execution=_NEVER))),
    ),
)

SEQUENCES: Final = (
    Vector("sequence-is-consistent", "takes a second request", "I99", _follows(_earlier(), first=False)),
    Vector(
        "sequence-is-consistent",
        "refuses a first request that follows another",
        "E43",
        _follows(_earlier(), first=True),
        f"FirstInSequence is true, and the request follows {_earlier()}",
    ),
    Vector(
        "sequence-is-consistent",
        "refuses a request that follows itself",
        "E43",
        _follows(_earlier(counter=2**64 - 1)),
        f"{_earlier(counter=2**64 - 1)} follows itself",
    ),
    Vector("preceding-request-is-known", "takes one that was accepted", "I99", _follows(_earlier())),
    Vector(
        "preceding-request-is-known",
        "refuses one that nobody accepted",
        "E40",
        _follows(_earlier(), Preceding.UNKNOWN),
        f"no preceding request {_earlier()} was accepted",
    ),
    Vector(
        "preceding-request-is-known",
        "refuses to follow another user",
        "E40",
        _follows(_earlier(OTHER_SUPPLIER)),
        f"the preceding request {_earlier(OTHER_SUPPLIER)} is another user's",
    ),
    Vector("preceding-request-is-answered", "takes one that was answered", "I99", _follows(_earlier())),
    Vector(
        "preceding-request-is-answered",
        "refuses to overtake one that was not",
        "E41",
        _follows(_earlier(), Preceding.OPEN),
        f"the preceding request {_earlier()} has not been answered",
    ),
)
